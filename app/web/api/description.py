"""What the API says of itself, and the page on which one reads and tries it."""

from typing import Any

from flask import current_app, jsonify
from flask_appbuilder.api import BaseApi, expose
from flask_appbuilder.baseviews import BaseView
from flask_appbuilder.baseviews import expose as page
from flask_login import login_required

from app.web.api.eshop import EshopApi
from app.web.kit.rest.resource import ResourceApi
from app.web.kit.rest.spec import new_description
from app.web.security import TokenApi


class DescriptionApi(BaseApi):
    """The description of everything, the same for everybody and open to all: it tells no fact of the company."""

    route_base = "/api/v1"

    _described: dict[str, Any] | None = None

    @expose("/_openapi")
    def describe(self) -> Any:
        if self._described is None:
            spec = new_description(self.version or "v1")
            for api in current_app.extensions["appbuilder"].baseviews:
                if isinstance(api, (ResourceApi, TokenApi, EshopApi)):
                    api.add_api_spec(spec)
            self._described = spec.to_dict()
        return jsonify(self._described)

    def add_api_spec(self, api_spec: Any) -> None:
        """The description does not describe itself."""


class SwaggerPage(BaseView):
    """Swagger UI from files of ours: nothing inline, nothing from elsewhere."""

    route_base = "/swagger"
    default_view = "show"

    @page("/v1")
    @login_required
    def show(self) -> Any:
        return self.render_template("stockbook/swagger.html")
