"""What is sold: products, their groups and units, tax rates."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from app.domain.catalog.models import PRODUCT_KINDS, Product, ProductGroup, TaxRate, TaxRateRow, Unit
from app.domain.parties.models import TAX_CATEGORIES, TAX_REGIMES, TaxRule
from app.domain.warehousing.cards import change_group, change_product, change_unit
from app.web.kit.scope import ScopedInterface
from app.web.kit.views import MasterView


class ProductView(MasterView):
    datamodel = ScopedInterface(Product)
    resource = "Products"
    route_base = "/products"
    title = _("Products")
    noun = _("product")
    empty = _("No products yet. Add the first one: it needs a group, a unit and a tax rate.")
    list_columns = ["sku", "name", "group_id", "unit_id", "kind", "tax_rate_id", "planned_cost", "active"]
    show_columns = ["sku", "name", "kind", "group_id", "unit_id", "tax_rate_id", "planned_cost", "active"]
    add_columns = ["sku", "name", "kind", "group_id", "unit_id", "tax_rate_id", "planned_cost"]
    edit_columns = ["sku", "name", "group_id", "tax_rate_id", "planned_cost", "active"]
    search_columns = ["sku", "name", "kind", "group_id", "planned_cost", "active"]
    order_columns = ["sku", "name", "planned_cost"]
    base_order = ("sku", "asc")
    costs = frozenset({"planned_cost"})
    choices = {"kind": PRODUCT_KINDS}
    label_columns = {
        "sku": _("SKU"), "name": _("Name"), "kind": _("Kind"), "group_id": _("Group"), "unit_id": _("Unit"),
        "tax_rate_id": _("Tax rate"), "planned_cost": _("Planned cost"), "active": _("Active"),
    }  # fmt: skip
    description_columns = {
        "kind": _("A service never touches stock. Neither kind nor unit can change later."),
        "planned_cost": _("Without VAT, for one unit. Used where goods arrive without a cost."),
    }

    def assign(self, session: Session, item: Product, values: Mapping[str, Any]) -> None:
        change_product(session, item, values, by=current_user.actor_id)


class ProductGroupView(MasterView):
    datamodel = ScopedInterface(ProductGroup)
    resource = "Products"
    route_base = "/product-groups"
    title = _("Product groups")
    noun = _("product group")
    empty = _("No groups yet. Every product belongs to one.")
    list_columns = ["code", "name", "parent_id", "active"]
    show_columns = [
        "code", "name", "parent_id", "inventory_account_id", "cost_account_id", "revenue_account_id", "active",
    ]  # fmt: skip
    add_columns = ["code", "name", "parent_id", "inventory_account_id", "cost_account_id", "revenue_account_id"]
    edit_columns = [*add_columns, "active"]
    search_columns = ["code", "name", "parent_id", "active"]
    order_columns = ["code", "name"]
    base_order = ("code", "asc")
    costs = frozenset({"inventory_account_id", "cost_account_id", "revenue_account_id"})
    only = {
        "inventory_account_id": ("role", "inventory"), "cost_account_id": ("role", "cost_of_sales"),
        "revenue_account_id": ("role", "revenue"),
    }  # fmt: skip
    label_columns = {
        "code": _("Code"), "name": _("Name"), "parent_id": _("Inside of"), "active": _("Active"),
        "inventory_account_id": _("Inventory account"), "cost_account_id": _("Cost of sales account"),
        "revenue_account_id": _("Revenue account"),
    }  # fmt: skip
    description_columns = {
        "inventory_account_id": _(
            "Empty: as the group above it, else as the posting rule says. What is in stock goes over to a new one."
        ),
    }

    def assign(self, session: Session, item: ProductGroup, values: Mapping[str, Any]) -> None:
        change_group(session, item, values, by=current_user.actor_id)


class UnitView(MasterView):
    datamodel = ScopedInterface(Unit)
    resource = "Products"
    route_base = "/units"
    title = _("Units")
    noun = _("unit")
    list_columns = ["code", "name", "decimals", "active"]
    show_columns = list_columns
    add_columns = ["code", "name", "decimals"]
    edit_columns = ["code", "name", "active"]
    search_columns = ["code", "name", "active"]
    order_columns = ["code", "name"]
    base_order = ("code", "asc")
    label_columns = {"code": _("Code"), "name": _("Name"), "decimals": _("Decimals"), "active": _("Active")}
    description_columns = {"decimals": _("How many its quantities may have, from 0 to 3. It cannot change later.")}

    def assign(self, session: Session, item: Unit, values: Mapping[str, Any]) -> None:
        change_unit(session, item, values)


class TaxRuleView(MasterView):
    """Which rate customers from elsewhere pay instead of a product's own, and what their invoices say of it."""

    datamodel = ScopedInterface(TaxRule)
    resource = "Tax rates"
    route_base = "/tax-rules"
    title = _("Tax rules")
    noun = _("tax rule")
    empty = _("No rules: every customer pays the rates of the products.")
    list_columns = ["regime", "tax_rate_id", "to_rate_id", "category", "text"]
    show_columns = list_columns
    add_columns = list_columns
    edit_columns = list_columns
    search_columns = ["regime", "tax_rate_id", "category"]
    order_columns = ["regime"]
    base_order = ("regime", "asc")
    choices = {"regime": TAX_REGIMES[1:], "category": TAX_CATEGORIES}
    label_columns = {
        "regime": _("Customers"), "tax_rate_id": _("Instead of"), "to_rate_id": _("They pay"),
        "category": _("Category"), "text": _("Printed on the invoice"),
    }  # fmt: skip
    description_columns = {"category": _("Code of electronic invoices: AE reverse charge, K in the EU, G export, …")}


class TaxRateView(MasterView):
    datamodel = ScopedInterface(TaxRate)
    resource = "Tax rates"
    route_base = "/tax-rates"
    title = _("Tax rates")
    noun = _("tax rate")
    list_columns = ["code", "name", "rate", "account_id", "active"]
    show_columns = list_columns
    add_columns = ["code", "name", "rate", "account_id"]
    edit_columns = [*add_columns, "active"]
    search_columns = ["code", "name", "rate", "active"]
    only = {"account_id": ("role", "output_vat")}
    order_columns = ["code", "name", "rate"]
    base_order = ("code", "asc")
    details = (("TaxRateRowView", "tax_rate_id"),)
    label_columns = {
        "code": _("Code"), "name": _("Name"), "rate": _("Per cent at first"), "account_id": _("Output VAT account"),
        "active": _("Active"),
    }  # fmt: skip
    description_columns = {
        "rate": _("Until the first date on which it changes. Add a change with its date; do not write over this one."),
    }


class TaxRateRowView(MasterView):
    """From when a tax rate is another per cent. What is ordered, shipped or invoiced goes by its own date."""

    datamodel = ScopedInterface(TaxRateRow)
    resource = "Tax rates"
    route_base = "/tax-rate-rows"
    title = _("Changes of tax rates")
    noun = _("change of a tax rate")
    empty = _("It never changed.")
    list_columns = ["tax_rate_id", "valid_from", "percent"]
    show_columns = list_columns
    add_columns = list_columns
    edit_columns = ["valid_from", "percent"]
    search_columns = list_columns
    order_columns = ["valid_from", "percent"]
    base_order = ("valid_from", "asc")
    label_columns = {"tax_rate_id": _("Tax rate"), "valid_from": _("From"), "percent": _("Per cent")}
    description_columns = {
        "valid_from": _("The first day of supply to which it applies. What is issued already stays as it is."),
    }
