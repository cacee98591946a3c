"""The base of every page that is not a card of master data: it names its resource, and every route asks for a right."""

from flask_appbuilder.baseviews import BaseView

from app.web import roles


class PageView(BaseView):
    """A page of its own. A subclass that leaves open what its base asks of it is refused when it is defined."""

    resource: str
    default_view = "index"

    def __init_subclass__(cls, *, abstract: bool = False) -> None:
        super().__init_subclass__()
        if abstract:
            return
        unsaid = [name for name in dir(cls) if getattr(getattr(cls, name), "__isabstractmethod__", False)]
        if unsaid:
            raise TypeError(f"{cls.__name__} does not say its {', '.join(unsaid)}")
        cls.class_permission_name = cls.resource
        cls.base_permissions = [f"can_{right}" for right in roles.rights_of(cls.resource)]

    def update_redirect(self) -> None:
        """Pages link back by themselves; the session keeps no history of addresses."""
