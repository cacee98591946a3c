"""Who buys: customers with their addresses and groups."""

from flask_babel import lazy_gettext as _

from app.domain.parties.models import (
    ADDRESS_KINDS,
    TAX_REGIMES,
    Customer,
    CustomerAddress,
    CustomerGroup,
)
from app.web.kit.scope import ScopedInterface
from app.web.kit.views import MasterView


class CustomerView(MasterView):
    datamodel = ScopedInterface(Customer)
    resource = "Customers"
    route_base = "/customers"
    title = _("Customers")
    noun = _("customer")
    empty = _("No customers yet. Add the first one: it needs a payment term.")
    list_columns = [
        "code", "name", "group_id", "payment_term_id", "price_list_id", "discount", "phone", "email", "active",
    ]  # fmt: skip
    show_columns = [
        "code", "name", "group_id", "payment_term_id", "price_list_id", "discount", "credit_limit", "tax_regime",
        "vat_number", "email", "phone", "language", "active",
    ]  # fmt: skip
    add_columns = show_columns[:-1]
    edit_columns = show_columns
    search_columns = [
        "code", "name", "group_id", "email", "vat_number", "payment_term_id", "price_list_id", "discount", "active",
    ]  # fmt: skip
    order_columns = ["code", "name", "discount"]
    base_order = ("code", "asc")
    # Who sees no prices (a storekeeper) needs of a customer only the name and the addresses.
    prices = frozenset({
        "group_id", "payment_term_id", "price_list_id", "discount", "credit_limit", "tax_regime", "vat_number",
        "email", "phone", "language",
    })  # fmt: skip
    choices = {"tax_regime": TAX_REGIMES}
    details = (("CustomerAddressView", "customer_id"),)
    label_columns = {
        "code": _("Code"), "name": _("Name"), "group_id": _("Customer group"),
        "payment_term_id": _("Payment term"), "price_list_id": _("Price list"),
        "discount": _("General discount, %"), "credit_limit": _("Credit limit"), "tax_regime": _("Tax regime"),
        "vat_number": _("VAT number"), "email": _("E-mail"), "phone": _("Phone"), "language": _("Language"),
        "active": _("Active"),
    }  # fmt: skip
    description_columns = {
        "discount": _("Empty is not the same as 0: 0 keeps discounts of the customer's group away."),
        "language": _("Documents are printed in it: en, bg, de, ru."),
    }


class CustomerGroupView(MasterView):
    """A group says what a customer's own card leaves open, so whoever keeps the prices keeps it."""

    datamodel = ScopedInterface(CustomerGroup)
    resource = "Price lists"
    route_base = "/customer-groups"
    title = _("Customer groups")
    noun = _("customer group")
    empty = _("No customer groups yet. A group gives its customers a price list and discounts.")
    list_columns = ["code", "name", "price_list_id", "discount", "active"]
    show_columns = list_columns
    add_columns = list_columns[:-1]
    edit_columns = list_columns
    search_columns = list_columns
    order_columns = ["code", "name", "discount"]
    base_order = ("code", "asc")
    prices = frozenset({"price_list_id", "discount"})
    label_columns = {
        "code": _("Code"), "name": _("Name"), "price_list_id": _("Price list"),
        "discount": _("General discount, %"), "active": _("Active"),
    }  # fmt: skip


class CustomerAddressView(MasterView):
    datamodel = ScopedInterface(CustomerAddress)
    resource = "Customers"
    route_base = "/customer-addresses"
    title = _("Addresses")
    noun = _("address")
    list_columns = ["customer_id", "kind", "name", "street", "postcode", "city", "country"]
    show_columns = list_columns
    add_columns = list_columns
    edit_columns = ["kind", "name", "street", "postcode", "city", "country"]
    search_columns = ["customer_id", "kind", "city", "postcode", "country"]
    order_columns = ["city", "postcode", "country"]
    base_order = ("id", "asc")
    choices = {"kind": ADDRESS_KINDS}
    label_columns = {
        "customer_id": _("Customer"), "kind": _("Kind"), "name": _("Name"), "street": _("Street"),
        "postcode": _("Postcode"), "city": _("City"), "country": _("Country"),
    }  # fmt: skip
