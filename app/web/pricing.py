"""What things cost: price lists and their rows, discounts and special prices, and how much a person may give."""

from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from app.domain.pricing.models import STEPS, Discount, DiscountLimit, PriceList, PriceListRow
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface
from app.web.kit.views import MasterView


def _step(value: object) -> Decimal | None:
    """The step of a row, or that of a choice; ValueError for a text that is none, which the field tells."""
    if value in (None, "", "None"):
        return None
    if isinstance(value, Decimal):
        return value
    return STEPS[[str(step) for step in STEPS].index(str(value))]


class PriceListView(MasterView):
    """A list of its own, or one that follows another."""

    datamodel = ScopedInterface(PriceList)
    resource = "Price lists"
    route_base = "/price-lists"
    title = _("Price lists")
    noun = _("price list")
    empty = _("No price lists yet. Without a default list no order finds a price.")
    list_columns = ["code", "name", "currency", "vat_included", "base_id", "percent", "is_default", "active"]
    show_columns = [
        "code", "name", "currency", "vat_included", "base_id", "percent", "step", "less_cent", "is_default", "active",
    ]  # fmt: skip
    add_columns = show_columns[:-1]
    edit_columns = ["code", "name", "base_id", "percent", "step", "less_cent", "is_default", "active"]
    search_columns = ["code", "name", "currency", "base_id", "active"]
    order_columns = ["code", "name"]
    base_order = ("code", "asc")
    prices = frozenset({"percent", "step", "less_cent"})
    details = (("PriceListRowView", "price_list_id"),)
    label_columns = {
        "code": _("Code"), "name": _("Name"), "currency": _("Currency"), "vat_included": _("Prices include VAT"),
        "is_default": _("Default list"), "active": _("Active"), "default": _("Default list"),
        "base_id": _("Follows the list"), "percent": _("Up or down, %"), "step": _("Rounded to"),
        "less_cent": _("Then 0.01 less"),
    }  # fmt: skip
    description_columns = {
        "base_id": _("Prices come from that list, except where this one has a row of its own."),
        "percent": _("-10 makes everything ten per cent cheaper."),
        "less_cent": _("For prices like 11.99."),
    }
    extra_fields = {
        "step": SelectField(
            _("Rounded to"), choices=[SelectChoice(text, text) for text in ("", *map(str, STEPS))], coerce=_step
        )
    }  # fmt: skip

    def buttons(self, item: PriceList) -> list[dict[str, Any]]:
        if not (self.may("edit") and mine().sees("prices")):
            return []
        return [{"text": gettext("Import prices"), "url": url_for("PriceImport.index"), "icon": "upload"}]


class PriceListRowView(MasterView):
    datamodel = ScopedInterface(PriceListRow)
    resource = "Price lists"
    route_base = "/price-list-rows"
    title = _("Prices")
    noun = _("price")
    empty = _("No prices here yet.")
    list_columns = ["price_list_id", "product_id", "min_quantity", "price", "valid_from", "valid_to"]
    show_columns = list_columns
    add_columns = list_columns
    edit_columns = ["min_quantity", "price", "valid_from", "valid_to"]
    search_columns = ["price_list_id", "product_id", "min_quantity", "price", "valid_from", "valid_to"]
    order_columns = ["min_quantity", "price", "valid_from", "valid_to"]
    base_order = ("id", "asc")
    prices = frozenset({"price"})
    label_columns = {
        "price_list_id": _("Price list"), "product_id": _("Product"), "min_quantity": _("From quantity"),
        "price": _("Price"), "valid_from": _("From"), "valid_to": _("To"),
    }  # fmt: skip
    description_columns = {"valid_from": _("Both dates are included; empty is open.")}


class DiscountView(MasterView):
    datamodel = ScopedInterface(Discount)
    resource = "Price lists"
    route_base = "/discounts"
    title = _("Discounts and special prices")
    noun = _("discount")
    empty = _("No discounts yet. General ones stand on the cards of customers and customer groups.")
    list_columns = [
        "customer_id", "customer_group_id", "product_id", "product_group_id", "min_quantity", "percent",
        "special_price", "valid_from", "valid_to",
    ]  # fmt: skip
    show_columns = list_columns
    add_columns = list_columns
    edit_columns = ["min_quantity", "percent", "special_price", "valid_from", "valid_to"]
    search_columns = list_columns
    order_columns = ["min_quantity", "percent", "special_price", "valid_from", "valid_to"]
    base_order = ("id", "asc")
    prices = frozenset({"percent", "special_price"})
    label_columns = {
        "customer_id": _("Customer"), "customer_group_id": _("or customer group"), "product_id": _("Product"),
        "product_group_id": _("or product group"), "min_quantity": _("From quantity"), "percent": _("Discount, %"),
        "special_price": _("or special price"), "valid_from": _("From"), "valid_to": _("To"),
    }  # fmt: skip
    description_columns = {
        "percent": _("0 is a discount too: it keeps all others away."),
        "special_price": _("Instead of the list's price, for a product; it carries no further discount."),
        "valid_from": _("Both dates are included; empty is open."),
    }


class DiscountLimitView(MasterView):
    datamodel = ScopedInterface(DiscountLimit)
    resource = "Price lists"
    route_base = "/discount-limits"
    title = _("Discount limits")
    noun = _("discount limit")
    empty = _("Nobody is limited: whoever may type prices may give any discount.")
    list_columns = ["actor_id", "percent"]
    show_columns = list_columns
    add_columns = list_columns
    edit_columns = ["percent"]
    search_columns = list_columns
    order_columns = ["percent"]
    base_order = ("id", "asc")
    prices = frozenset({"percent"})
    only = {"actor_id": ("kind", "person")}
    label_columns = {"actor_id": _("Person"), "percent": _("At most, %")}
    description_columns = {"percent": _("More than this, by a typed price or discount, needs somebody's consent.")}
