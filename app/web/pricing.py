"""What things cost: price lists and their rows."""

from flask_babel import lazy_gettext as _

from app.domain.pricing.models import PriceList, PriceListRow
from app.web.kit.scope import ScopedInterface
from app.web.kit.views import MasterView


class PriceListView(MasterView):
    datamodel = ScopedInterface(PriceList)
    resource = "Price lists"
    route_base = "/price-lists"
    title = _("Price lists")
    noun = _("price list")
    empty = _("No price lists yet. Without a default list no order finds a price.")
    list_columns = ["code", "name", "currency", "vat_included", "is_default", "active"]
    show_columns = list_columns
    add_columns = ["code", "name", "currency", "vat_included", "is_default"]
    edit_columns = ["code", "name", "is_default", "active"]
    search_columns = ["code", "name", "currency", "active"]
    order_columns = ["code", "name"]
    base_order = ("code", "asc")
    details = (("PriceListRowView", "price_list_id"),)
    label_columns = {
        "code": _("Code"), "name": _("Name"), "currency": _("Currency"), "vat_included": _("Prices include VAT"),
        "is_default": _("Default list"), "active": _("Active"), "default": _("Default list"),
    }  # fmt: skip


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
