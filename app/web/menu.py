"""What hangs where: the areas of work, their screens, and who sees them."""

from functools import lru_cache
from typing import Any, NamedTuple

from flask import render_template, request
from flask_appbuilder import AppBuilder
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from app.web import (
    adjustments,
    audits,
    banks,
    billing,
    books,
    catalog,
    counts,
    credit_notes,
    fulfilment,
    importing,
    inbox,
    internal_orders,
    jobs,
    ledger,
    machines,
    manual_entries,
    money_reports,
    opening,
    opening_balances,
    parties,
    periods,
    posting_rules,
    pricing,
    proofs,
    reordering,
    returns,
    sales,
    settings,
    settlement,
    shops,
    simulator,
    statements,
    stock,
    stock_reports,
    terms,
    to_invoice,
    treasury,
    warehousing,
)
from app.web.account import AccountPage
from app.web.kit.rights import Rights, mine
from app.web.live import LivePage, TakingPage


class Entry(NamedTuple):
    view: Any
    label: Any
    icon: str
    resource: str = ""


AREAS = (
    (_("Sales"), (
        Entry(sales.OrderView, _("Orders"), "shopping-cart"),
        Entry(parties.CustomerView, _("Customers"), "users"),
        Entry(inbox.InboxView, _("E-shop inbox"), "plug"),
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
        Entry(stock_reports.StockPage, _("Stock"), "packages"),
        Entry(stock_reports.StockValuePage, _("Stock at a date"), "calendar-due"),
        Entry(stock_reports.ItemCardPage, _("Item card"), "history"),
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
        Entry(money_reports.SalesPage, _("Sales"), "chart-bar"),
        Entry(TakingPage, _("Time to take"), "clock"),
        Entry(money_reports.AgeingPage, _("Receivables by age"), "hourglass"),
        Entry(money_reports.StatementPage, _("Customer statement"), "report"),
        Entry(money_reports.VatPage, _("VAT by rate"), "receipt-tax"),
        Entry(books.JournalPage, _("Journal"), "book"),
        Entry(books.TrialBalancePage, _("Trial balance"), "scale"),
        Entry(books.AccountStatementPage, _("Account statement"), "report"),
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
        Entry(shops.ShopView, _("E-shops"), "plug"),
        Entry(settings.CompanyView, _("Company"), "settings"),
        Entry("UserView", _("Users"), "user", "Users"),
        Entry("RoleView", _("Roles"), "shield", "Roles"),
        Entry(machines.ApiKeyView, _("API keys"), "key"),
        Entry(audits.AuditView, _("Audit"), "history"),
        Entry(jobs.JobPage, _("Jobs"), "list-check"),
    )),
)  # fmt: skip
# Screens that are reached from others.
INSIDE = (
    terms.PaymentTermPartView, catalog.TaxRateRowView, parties.CustomerAddressView, pricing.PriceListRowView,
    settings.CompanyDetailsView, shops.ShopSkuView, settlement.SettlementPage, money_reports.SoldPage,
    money_reports.VatDocumentsPage, *importing.PAGES,
)  # fmt: skip


def register(builder: AppBuilder) -> None:
    """Makes every screen known to the framework."""
    for _label, entries in AREAS:
        for entry in entries:
            if not isinstance(entry.view, str):
                builder.add_view_no_menu(entry.view)
    for view in (*INSIDE, AccountPage, LivePage):
        builder.add_view_no_menu(view)


def drawn() -> Markup:
    """The menu of the person of this request. It is long, and the same for many: it is drawn once for them all."""
    rights = mine()
    opened = tuple(tuple(_opens(entry, rights) for entry in entries) for _label, entries in AREAS)
    here = (request.endpoint or "").partition(".")[0]
    return _drawn(opened, here, str(get_locale()), request.script_root, jobs.failed_jobs())


@lru_cache(maxsize=1_000)
def _drawn(opened: tuple[tuple[bool, ...], ...], here: str, _language: str, _root: str, failed: int) -> Markup:
    """The menu of these entries in the language, and under the address, of the request."""
    areas = [
        (label, [_item(entry, here) for entry, opens in zip(entries, its, strict=True) if opens])
        for (label, entries), its in zip(AREAS, opened, strict=True)
    ]
    return Markup(render_template("stockbook/menu.html", areas=areas, counts={"JobPage.index": failed}))  # noqa: S704


def _item(entry: Entry, here: str) -> dict[str, Any]:
    name, start, _resource = _target(entry)
    return {"label": entry.label, "icon": entry.icon, "endpoint": f"{name}.{start}", "active": name == here}


def _opens(entry: Entry, rights: Rights) -> bool:
    """Whether the person may open a view: by its own word, where it has conditions beyond the right to view."""
    opens = getattr(entry.view, "opens", None)
    return rights.may("view", _target(entry)[2]) if opens is None else bool(opens())


def _target(entry: Entry) -> tuple[str, str, str]:
    if isinstance(entry.view, str):
        return entry.view, "list", entry.resource
    return entry.view.__name__, entry.view.default_view, entry.view.resource
