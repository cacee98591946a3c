"""Reports of what was sold, what is owed for it, and its VAT."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _

from app.domain.parties.models import Customer
from app.domain.stock.models import Warehouse
from app.reports.receivables import customer_statement, receivables_by_age
from app.reports.sales import BY, sales, sold_documents, vat_by_rate, vat_documents
from app.web.kit import look
from app.web.kit.reports import Fact, ReportPage, Told, documents
from app.web.kit.reports_asked import Argument, since, start_of_year, until
from app.web.kit.rest.fields import Choice, Day, Exact, Key, Text
from app.web.kit.rights import mine
from app.web.kit.scope import door_to, own_places
from app.web.kit.tables import Head

BOTH = ("prices", "costs")
DOCUMENT = (
    Head("on", _("Date"), "date"), Head("kind", _("What"), "word"), Head("document_id", _("Id"), "count", hidden=True),
    Head("number", _("Document")), Head("customer", _("Customer")), Head("customer_id", _("Id"), "count", hidden=True),
    Head("name", _("Name")),
)  # fmt: skip
EARNED = (
    Head("quantity", _("Pieces"), "number", summed=True), Head("net", _("Net"), "money", ("prices",), summed=True),
    Head("cost", _("Cost"), "money", ("costs",), summed=True), Head("margin", _("Margin"), "money", BOTH, summed=True),
    Head("percent", _("Margin, %"), "number", BOTH),
)  # fmt: skip
# What documents call "a customer" in a sentence is a heading here.
BY_WHAT = Argument(_("By"), Choice(BY, load_default="month"), labels={"customer": _("customer"), "group": _("group")})
WHERE = Argument(
    _("Warehouse"), Key(Warehouse, door=door_to("Reports"), archived=True, load_default=None),
)  # fmt: skip


def _places(asked: Mapping[str, Any]) -> Any:
    """The warehouse that is asked for, else those that the person may see."""
    return own_places("Reports") if asked["warehouse"] is None else [asked["warehouse"]]


class SalesPage(ReportPage):
    """Invoiced less credited by period, customer, product, group, seller, warehouse or channel, with its margin."""

    route_base = "/sales"
    title = _("Sales")
    needs = ()
    of_company = False
    arguments = {"by": BY_WHAT, "since": since(start_of_year), "until": until(), "warehouse": WHERE}
    heads = (
        Head("of", _("Of"), hidden=True), Head("key", _("Which")), Head("name", _("Name")), *EARNED,
    )  # fmt: skip
    empty = _("Nothing was invoiced in these dates. Choose others, or issue the invoices that wait under “To invoice”.")

    def told(self, session: Any, asked: Mapping[str, Any]) -> Told:
        return Told(
            sales(
                asked["since"], asked["until"], by=asked["by"], warehouses=_places(asked),
                by_net=mine().sees("prices"),
            )
        )  # fmt: skip

    def links(self, rows: Sequence[Any], asked: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        place = self.warehouse_code(asked)
        behind = [
            SoldPage.address(by=asked["by"], of=row.of or "-", since=asked["since"], until=asked["until"],
                             warehouse=place)
            for row in rows
        ]  # fmt: skip
        return dict.fromkeys(("key", "quantity", "net", "cost", "margin"), behind)

    def warehouse_code(self, asked: Mapping[str, Any]) -> str | None:
        """The code of the warehouse that is asked for, if any."""
        if asked["warehouse"] is None:
            return None
        code: str = self.appbuilder.session.get(Warehouse, asked["warehouse"]).code
        return code


class SoldPage(ReportPage):
    """The invoices and credit notes behind a row of the sales, with as much of each as is in that row."""

    route_base = "/sales-documents"
    title = _("Documents of sales")
    needs = ()
    of_company = False
    arguments = {
        **SalesPage.arguments,
        "of": Argument(_("Of"), Text(load_default=None, metadata={"description": "`of` of a row of the sales."}),
                       hidden=True),
    }  # fmt: skip
    heads = (*DOCUMENT, *EARNED)
    empty = SalesPage.empty

    def told(self, session: Any, asked: Mapping[str, Any]) -> Told:
        # A row of what has no product, group, seller or warehouse is called "-" in addresses, which need some text.
        of = "" if asked["of"] == "-" else asked["of"]
        return Told(
            sold_documents(asked["since"], asked["until"], by=asked["by"], of=of, warehouses=_places(asked))
        )  # fmt: skip

    def links(self, rows: Sequence[Any], asked: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        statements = [StatementPage.address(customer=row.customer, until=row.on) for row in rows]
        return {"number": documents(self.appbuilder.session, rows), "customer": statements}


class AgeingPage(ReportPage):
    """What each customer owed at the end of a date, by how long it had been due."""

    route_base = "/receivables"
    title = _("Receivables by age")
    arguments = {"at": Argument(_("At the end of"), Day(load_default=look.today))}
    heads = (
        Head("code", _("Customer")), Head("customer_id", _("Id"), "count", hidden=True), Head("name", _("Name")),
        Head("not_due", _("Not due yet"), "money", summed=True, sparse=True),
        Head("to_30", _("1–30 days"), "money", summed=True, sparse=True),
        Head("to_60", _("31–60"), "money", summed=True, sparse=True),
        Head("to_90", _("61–90"), "money", summed=True, sparse=True),
        Head("older", _("Older"), "money", summed=True, sparse=True),
        Head("open", _("Open"), "money", summed=True),
        Head("credit", _("Paid ahead, credited"), "money", summed=True, sparse=True),
        Head("balance", _("Balance"), "money", summed=True),
    )  # fmt: skip
    empty = _("Nobody owes anything. Whoever is invoiced and has not paid will stand here.")

    def told(self, session: Any, asked: Mapping[str, Any]) -> Told:
        return Told(receivables_by_age(asked["at"]))

    def links(self, rows: Sequence[Any], asked: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        statements = [StatementPage.address(customer=row.code, until=asked["at"]) for row in rows]
        return dict.fromkeys((head.name for head in self.heads if head.name != "name"), statements)


class StatementPage(ReportPage):
    """What happened between a customer and the company in a stretch of dates, with the balance after each step."""

    route_base = "/customer-statement"
    title = _("Customer statement")
    arguments = {
        "customer": Argument(_("Customer"), Key(Customer, archived=True, required=True)),
        "since": since(lambda: look.today() - timedelta(days=365)), "until": until(),
    }  # fmt: skip
    heads = (
        Head("on", _("Date"), "date"), Head("event", _("What"), "event"),
        Head("document_id", _("Id"), "count", hidden=True),
        Head("number", _("Document")), Head("debit", _("Owes"), "money", summed=True, sparse=True),
        Head("credit", _("Paid or credited"), "money", summed=True, sparse=True),
        Head("balance", _("Balance"), "money"),
    )  # fmt: skip
    empty = _("Nothing happened in these dates. Choose others.")
    first = _("Choose a customer: here stands what they were invoiced, what they paid, and what is left.")

    def told(self, session: Any, asked: Mapping[str, Any]) -> Told:
        its = customer_statement(session, asked["customer"], asked["since"], asked["until"])
        facts = (Fact("opening", _("Before"), its.opening), Fact("closing", _("After"), its.closing))
        return Told(its.lines, facts, f"{its.code} {its.name}")

    def links(self, rows: Sequence[Any], asked: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        return dict.fromkeys(("number", "debit", "credit"), documents(self.appbuilder.session, rows))


class VatPage(ReportPage):
    """Net and VAT of issued invoices and credit notes, by rate."""

    route_base = "/vat"
    title = _("VAT by rate")
    arguments = {"since": since(start_of_year), "until": until()}
    heads = (
        Head("code", _("Rate")), Head("percent", _("%"), "number"), Head("kind", _("Documents"), "word"),
        Head("documents", _("How many"), "count"), Head("net", _("Net"), "money", summed=True),
        Head("vat", _("VAT"), "money", summed=True),
    )  # fmt: skip
    empty = _("Nothing was issued in these dates. Choose others.")

    def told(self, session: Any, asked: Mapping[str, Any]) -> Told:
        return Told(vat_by_rate(asked["since"], asked["until"]))

    def links(self, rows: Sequence[Any], asked: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        behind = [
            VatDocumentsPage.address(since=asked["since"], until=asked["until"], rate=row.code or "-",
                                     percent=row.percent, kind=row.kind)
            for row in rows
        ]  # fmt: skip
        return dict.fromkeys(("code", "documents", "net", "vat"), behind)


class VatDocumentsPage(ReportPage):
    """The invoices and credit notes behind the VAT, with as much of each as is taxed at the rate that is asked for."""

    route_base = "/vat-documents"
    title = _("Documents of VAT")
    arguments = {
        **VatPage.arguments,
        "kind": Argument(_("Documents"), Choice(("invoice", "credit_note"), load_default=None)),
        "rate": Argument(_("Rate"), Text(load_default=None), hidden=True),
        "percent": Argument(_("%"), Exact(2, load_default=None), hidden=True),
    }  # fmt: skip
    heads = (
        *DOCUMENT, Head("vat_number", _("VAT number")), Head("net", _("Net"), "money", summed=True),
        Head("vat", _("VAT"), "money", summed=True),
    )  # fmt: skip
    empty = VatPage.empty

    def told(self, session: Any, asked: Mapping[str, Any]) -> Told:
        rate = "" if asked["rate"] == "-" else asked["rate"]
        query = vat_documents(
            asked["since"], asked["until"], rate=rate, percent=asked["percent"], kind=asked["kind"]
        )  # fmt: skip
        return Told(query, of=f"{look.number(asked['percent'])} %" if asked["percent"] is not None else "")

    def links(self, rows: Sequence[Any], asked: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        statements = [StatementPage.address(customer=row.customer, until=row.on) for row in rows]
        return {"number": documents(self.appbuilder.session, rows), "customer": statements}
