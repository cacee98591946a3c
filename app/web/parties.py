"""Who buys: customers with their addresses, and payment terms."""

from flask_babel import lazy_gettext as _

from app.domain.parties.models import (
    ADDRESS_KINDS,
    TAX_REGIMES,
    TERM_RULES,
    Customer,
    CustomerAddress,
    PaymentTerm,
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
    list_columns = ["code", "name", "payment_term_id", "price_list_id", "discount", "phone", "email", "active"]
    show_columns = [
        "code", "name", "payment_term_id", "price_list_id", "discount", "credit_limit", "tax_regime", "vat_number",
        "email", "phone", "language", "active",
    ]  # fmt: skip
    add_columns = show_columns[:-1]
    edit_columns = show_columns
    search_columns = ["code", "name", "email", "vat_number", "payment_term_id", "price_list_id", "discount", "active"]
    order_columns = ["code", "name", "discount"]
    base_order = ("code", "asc")
    # Who sees no prices (a storekeeper) needs of a customer only the name and the addresses.
    prices = frozenset({
        "payment_term_id", "price_list_id", "discount", "credit_limit", "tax_regime", "vat_number", "email", "phone",
        "language",
    })  # fmt: skip
    choices = {"tax_regime": TAX_REGIMES}
    details = (("CustomerAddressView", "customer_id"),)
    label_columns = {
        "code": _("Code"), "name": _("Name"), "payment_term_id": _("Payment term"), "price_list_id": _("Price list"),
        "discount": _("General discount, %"), "credit_limit": _("Credit limit"), "tax_regime": _("Tax regime"),
        "vat_number": _("VAT number"), "email": _("E-mail"), "phone": _("Phone"), "language": _("Language"),
        "active": _("Active"),
    }  # fmt: skip
    description_columns = {
        "discount": _("Empty is not the same as 0: 0 keeps discounts of the customer's group away."),
        "language": _("Documents are printed in it: en, bg, de, ru."),
    }


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


class PaymentTermView(MasterView):
    datamodel = ScopedInterface(PaymentTerm)
    resource = "Payment terms"
    route_base = "/payment-terms"
    title = _("Payment terms")
    noun = _("payment term")
    list_columns = ["code", "name", "rule", "days", "active"]
    show_columns = list_columns
    add_columns = ["code", "name", "rule", "days"]
    edit_columns = [*add_columns, "active"]
    search_columns = ["code", "name", "rule", "active"]
    order_columns = ["code", "name", "days"]
    base_order = ("code", "asc")
    choices = {"rule": TERM_RULES}
    label_columns = {
        "code": _("Code"), "name": _("Name"), "rule": _("Due"), "days": _("Days"), "active": _("Active"),
    }  # fmt: skip
