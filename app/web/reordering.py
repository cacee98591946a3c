"""When goods are ordered again: the points, and what is below them, from which internal orders are proposed."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.unit import deed
from app.domain.stock.models import Warehouse
from app.domain.warehousing.models import ReorderPoint
from app.domain.warehousing.reordering import change_reorder_point, propose_internal_orders, to_order
from app.web.kit.forms import RelationField
from app.web.kit.pages import PageView
from app.web.kit.refusals import said
from app.web.kit.rights import mine
from app.web.kit.scope import OpenInterface, ScopedInterface, own_places
from app.web.kit.views import MasterView

RESOURCE = "Internal orders"


class ReorderPointView(MasterView):
    datamodel = ScopedInterface(ReorderPoint)
    resource = RESOURCE
    route_base = "/reorder-points"
    title = _("Reorder points")
    noun = _("reorder point")
    empty = _("No reorder points yet. Say for a product and a warehouse when to order again, and how much.")
    list_columns = ["warehouse_id", "product_id", "minimum", "maximum", "source_id"]
    show_columns = list_columns
    add_columns = list_columns
    edit_columns = ["minimum", "maximum", "source_id"]
    search_columns = ["warehouse_id", "product_id", "minimum", "maximum"]
    order_columns = ["minimum", "maximum"]
    base_order = ("id", "asc")
    label_columns = {
        "warehouse_id": _("Warehouse"), "product_id": _("Product"), "minimum": _("Order below"),
        "maximum": _("Fill up to"), "source_id": _("From warehouse"),
    }  # fmt: skip
    extra_fields = {
        "source_id": RelationField(
            _("From warehouse"), target=Warehouse, door=OpenInterface, description=_("Empty: bought from outside.")
        )
    }  # fmt: skip

    def assign(self, session: Session, item: ReorderPoint, values: Mapping[str, Any]) -> None:
        change_reorder_point(session, item, values)


class ToOrderPage(PageView):
    resource = RESOURCE
    route_base = "/to-order"
    title = _("To order")
    method_permission_name = {"index": "view", "propose": "edit"}

    @expose("/")
    @has_access
    def index(self) -> Any:
        """What is below its point in the warehouses of the person."""
        rows = to_order(self.appbuilder.session, warehouses=own_places(RESOURCE))
        return self.render_template(
            "stockbook/to_order.html", view=self, rows=rows, may_propose=mine().may("edit", RESOURCE)
        )

    @expose("/propose", methods=["POST"])
    @has_access
    def propose(self) -> Any:
        """Drafts internal orders for all that is below its point and comes from a warehouse of ours."""
        session, by = self.appbuilder.session, current_user.actor_id
        ticked = set(request.form.getlist("rowid"))
        rows = to_order(session, warehouses=own_places(RESOURCE, "edit"))
        points = [row.id for row in rows if str(row.id) in ticked]
        session.rollback()
        try:
            made = deed(lambda session: propose_internal_orders(session, points, by=by))
        except (DomainError, Refused) as refusal:
            flash(said(refusal), "danger")
            return redirect(url_for(".index"))
        flash(gettext("Internal orders drafted: %(number)s.", number=len(made)), "success")
        return redirect(url_for("InternalOrderView.list", state="draft") if made else url_for(".index"))
