"""What hangs where: the areas of work, their screens, and who sees them."""

from typing import Any, NamedTuple

from flask import request
from flask_appbuilder import AppBuilder
from flask_babel import lazy_gettext as _

from app.web import (
    adjustments,
    banks,
    billing,
    catalog,
    counts,
    credit_notes,
    fulfilment,
    internal_orders,
    ledger,
    manual_entries,
    opening,
    opening_balances,
    parties,
    periods,
    posting_rules,
    pricing,
    proofs,
    reordering,
    reports,
    returns,
    sales,
    settings,
    settlement,
    simulator,
    statements,
    stock,
    tables,
    terms,
    to_invoice,
    treasury,
    warehousing,
)
from app.web.kit.rights import mine
from app.web.users import AccountPage


class Entry(NamedTuple):
    view: Any
    label: Any
    icon: str
    resource: str = ""


AREAS = (
    (_("Sales"), (
        Entry(sales.OrderView, _("Orders"), "shopping-cart"),
        Entry(parties.CustomerView, _("Customers"), "users"),
    )),
    (_("Prices"), (
        Entry(pricing.PriceListView, _("Price lists"), "tags"),
        Entry(pricing.DiscountView, _("Discounts"), "discount"),
        Entry(parties.CustomerGroupView, _("Customer groups"), "users-group"),
        Entry(pricing.DiscountLimitView, _("Discount limits"), "shield-half"),
        Entry(simulator.PricePage, _("Price check"), "zoom-question"),
    )),
    (_("Warehouse"), (
        Entry(fulfilment.ShipmentView, _("Shipments"), "truck-delivery"),
        Entry(warehousing.ReceiptView, _("Receipts"), "package"),
        Entry(warehousing.WriteOffView, _("Write-offs"), "package-off"),
        Entry(internal_orders.InternalOrderView, _("Internal orders"), "truck-loading"),
        Entry(reordering.ToOrderPage, _("To order"), "clipboard-list"),
        Entry(reordering.ReorderPointView, _("Reorder points"), "arrow-bar-to-down"),
        Entry(returns.ReturnView, _("Returns"), "arrow-back-up"),
        Entry(counts.CountView, _("Stock counts"), "clipboard-check"),
        Entry(opening.OpeningView, _("Opening stock"), "flag"),
        Entry(reports.StockPage, _("Stock"), "packages"),
    )),
    (_("Money"), (
        Entry(billing.InvoiceView, _("Invoices"), "file-invoice"),
        Entry(to_invoice.ToInvoicePage, _("To invoice"), "calendar-due"),
        Entry(credit_notes.CreditNoteView, _("Credit notes"), "receipt-refund"),
        Entry(treasury.CashOrderView, _("Cash orders"), "cash"),
        Entry(adjustments.AdjustmentView, _("Adjustments"), "scale"),
        Entry(statements.StatementView, _("Bank statements"), "building-bank"),
        Entry(banks.BankLineView, _("Bank lines"), "building-bank"),
        Entry(opening_balances.OpeningBalanceView, _("Opening balances"), "flag"),
    )),
    (_("Books"), (
        Entry(tables.SalesPage, _("Sales"), "chart-bar"),
        Entry(tables.AgeingPage, _("Receivables by age"), "hourglass"),
        Entry(tables.VatPage, _("VAT by rate"), "receipt-tax"),
        Entry(reports.JournalPage, _("Journal"), "book"),
        Entry(reports.TrialBalancePage, _("Trial balance"), "scale"),
        Entry(manual_entries.ManualEntryView, _("Manual entries"), "writing"),
        Entry(ledger.AccountView, _("Accounts"), "books"),
        Entry(posting_rules.PostingRulesPage, _("Posting rules"), "list-details"),
        Entry(periods.PeriodView, _("Periods"), "calendar"),
        Entry(proofs.ProofPage, _("Proofs"), "shield-half"),
    )),
    (_("Catalog"), (
        Entry(catalog.ProductView, _("Products"), "category"),
        Entry(catalog.ProductGroupView, _("Product groups"), "git-branch"),
        Entry(catalog.UnitView, _("Units"), "ruler-2"),
        Entry(catalog.TaxRateView, _("Tax rates"), "percentage"),
        Entry(catalog.TaxRuleView, _("Tax rules"), "arrows-left-right"),
    )),
    (_("Administration"), (
        Entry(stock.WarehouseView, _("Warehouses"), "building-warehouse"),
        Entry(stock.CashDeskView, _("Cash desks"), "cash-banknote"),
        Entry(banks.BankAccountView, _("Bank accounts"), "building-bank"),
        Entry(terms.PaymentTermView, _("Payment terms"), "receipt"),
        Entry(settings.CompanyView, _("Company"), "settings"),
        Entry("UserView", _("Users"), "user", "Users"),
        Entry("RoleView", _("Roles"), "shield", "Roles"),
    )),
)  # fmt: skip
# Screens that are reached from others.
INSIDE = (
    terms.PaymentTermPartView, parties.CustomerAddressView, pricing.PriceListRowView, settings.CompanyDetailsView,
    settlement.SettlementPage, tables.StatementPage,
)  # fmt: skip


def register(builder: AppBuilder) -> None:
    """Makes every screen known to the framework."""
    for _label, entries in AREAS:
        for entry in entries:
            if not isinstance(entry.view, str):
                builder.add_view_no_menu(entry.view)
    for view in (*INSIDE, AccountPage):
        builder.add_view_no_menu(view)


def areas() -> list[dict[str, Any]]:
    """The menu of the person of this request."""
    rights = mine()
    here = (request.endpoint or "").partition(".")[0]
    found = []
    for label, entries in AREAS:
        items = [
            {"label": entry.label, "icon": entry.icon, "endpoint": f"{name}.{start}", "active": name == here}
            for entry in entries
            for name, start, resource in [_target(entry)]
            if rights.may("view", resource)
        ]
        if items:
            found.append({"label": label, "items": items})
    return found


def _target(entry: Entry) -> tuple[str, str, str]:
    if isinstance(entry.view, str):
        return entry.view, "list", entry.resource
    return entry.view.__name__, entry.view.default_view, entry.view.resource
