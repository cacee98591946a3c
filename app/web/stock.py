"""Where goods lie and money is taken: warehouses and cash desks."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from app.domain.kernel.numbering import NumberSeries
from app.domain.stock.models import WAYS, Warehouse
from app.domain.stock.warehouses import change_warehouse
from app.domain.treasury.models import CashDesk
from app.web.kit.scope import ScopedInterface
from app.web.kit.views import MasterView


class WarehouseView(MasterView):
    datamodel = ScopedInterface(Warehouse)
    resource = "Warehouses"
    route_base = "/warehouses"
    title = _("Warehouses")
    noun = _("warehouse")
    empty = _("No warehouses to be seen here. Add one, or have one assigned to you.")
    list_columns = ["code", "name", "way", "negative_available", "reservation_days", "active"]
    show_columns = list_columns
    add_columns = ["code", "name", "way", "negative_available", "reservation_days"]
    edit_columns = [*add_columns, "active"]
    search_columns = ["code", "name", "way", "active"]
    order_columns = ["code", "name"]
    base_order = ("code", "asc")
    choices = {"way": WAYS}
    label_columns = {
        "code": _("Code"), "name": _("Name"), "way": _("Way of working"),
        "negative_available": _("May promise more than is there"),
        "reservation_days": _("Days that goods are held"), "active": _("Active"),
    }  # fmt: skip
    description_columns = {
        "negative_available": _("Where it no longer may, the youngest orders that hold more than is there wait again."),
    }

    def assign(self, session: Session, item: Warehouse, values: Mapping[str, Any]) -> None:
        change_warehouse(session, item, values)


class CashDeskView(MasterView):
    datamodel = ScopedInterface(CashDesk)
    resource = "Cash desks"
    route_base = "/cash-desks"
    title = _("Cash desks")
    noun = _("cash desk")
    empty = _("No cash desks to be seen here. Add one, or have one assigned to you.")
    list_columns = ["code", "name", "account_id", "active"]
    show_columns = list_columns
    add_columns = ["code", "name", "account_id"]
    edit_columns = ["name", "active"]
    search_columns = ["code", "name", "active"]
    order_columns = ["code", "name"]
    base_order = ("code", "asc")
    only = {"account_id": ("role", "cash")}
    label_columns = {"code": _("Code"), "name": _("Name"), "account_id": _("Account"), "active": _("Active")}
    description_columns = {"account_id": _("One of its own for each desk. It cannot change later.")}

    def assign(self, session: Session, item: CashDesk, values: Mapping[str, Any]) -> None:
        """A new desk gets its own two series of numbers."""
        super().assign(session, item, values)
        if item.income_series_id is None:
            taken, given = (
                NumberSeries(code=f"{kind}-{item.code.lower()}", name=f"{words} {item.code}",
                             prefix=f"{letter}{item.code}-", ascending=True)
                for kind, words, letter in (("cash", "Cash", ""), ("paid", "Cash paid out", "P"))
            )  # fmt: skip
            session.add_all([taken, given])
            session.flush()
            item.income_series_id, item.expense_series_id = taken.id, given.id
