"""Reports of the books: journal, trial balance, and the statement of an account."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.domain.kernel.errors import Invalid
from app.domain.ledger.models import Account
from app.domain.proof import check_account
from app.reports.ledger import account_statement, journal, trial_balance
from app.web.kit import look
from app.web.kit.proved import Sign, proved
from app.web.kit.reports import Fact, ReportPage, Told, documents
from app.web.kit.reports_asked import Argument, since, start_of_year, until
from app.web.kit.rest.fields import Key
from app.web.kit.tables import Head

# A year of books is what accountants send; ten of them at once is a backup.
MOST_DAYS = 366
# Entries tell what goods cost and what they were sold for.
EVERYTHING = ("prices", "costs")
TURNOVER = (
    Head("debit", _("Debit"), "money", summed=True, sparse=True),
    Head("credit", _("Credit"), "money", summed=True, sparse=True),
)


class JournalPage(ReportPage):
    """The entries of a stretch of dates with their lines, by date, then as recorded."""

    resource = "Ledger"
    route_base = "/journal"
    title = _("Journal")
    needs = EVERYTHING
    arguments = {"since": since(lambda: look.today() - timedelta(days=7)), "until": until()}
    heads = (
        Head("seq", _("No."), "count", once=True), Head("on", _("Date"), "date", once=True),
        Head("event", _("Event"), "event", once=True), Head("document_id", _("Id"), "count", hidden=True),
        Head("number", _("Document"), once=True), Head("code", _("Account")), Head("name", _("Name")),
        *TURNOVER,
        Head("actor", _("By"), once=True), Head("at", _("Recorded"), "moment", once=True),
    )  # fmt: skip
    told_once_for = "entry_id"
    empty = _("Nothing was posted in these days. Choose others.")

    def told(self, session: Any, asked: Mapping[str, Any]) -> Told:
        if (asked["until"] - asked["since"]).days > MOST_DAYS:
            raise Invalid(
                "too_many_days", gettext("The journal tells at most {most} days at once: choose fewer."), most=MOST_DAYS
            )
        return Told(journal(asked["since"], asked["until"]))

    def links(self, rows: Sequence[Any], asked: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        stretch = {"since": asked["since"], "until": asked["until"]}
        accounts = [AccountStatementPage.address(account=row.code, **stretch) for row in rows]
        return {"number": documents(self.appbuilder.session, rows), "code": accounts}


class TrialBalancePage(ReportPage):
    """Opening balance, turnover and closing balance of each account."""

    resource = "Ledger"
    route_base = "/trial-balance"
    title = _("Trial balance")
    needs = EVERYTHING
    arguments = {"since": since(start_of_year), "until": until()}
    heads = (
        Head("code", _("Account")), Head("name", _("Name")), Head("opening", _("Opening"), "money", summed=True),
        *TURNOVER,
        Head("closing", _("Closing"), "money", summed=True),
    )  # fmt: skip
    empty = _("Nothing was posted up to then. Whatever is processed will stand here.")

    def told(self, session: Any, asked: Mapping[str, Any]) -> Told:
        return Told(trial_balance(asked["since"], asked["until"]))

    def links(self, rows: Sequence[Any], asked: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        first, last = asked["since"], asked["until"]
        before = first - timedelta(days=1)
        page, year = AccountStatementPage, before.replace(month=1, day=1)
        stretch = [page.address(account=row.code, since=first, until=last) for row in rows]
        opening = [page.address(account=row.code, since=year, until=before) if row.opening else "" for row in rows]
        return {"opening": opening} | dict.fromkeys(("code", "debit", "credit", "closing"), stretch)


class AccountStatementPage(ReportPage):
    """What happened on an account, with the balance after each line, in the order of dates, then of recording."""

    resource = "Ledger"
    route_base = "/account-statement"
    title = _("Account statement")
    needs = EVERYTHING
    arguments = {
        "account": Argument(_("Account"), Key(Account, archived=True, required=True)),
        "since": since(start_of_year), "until": until(),
    }  # fmt: skip
    heads = (
        Head("on", _("Date"), "date"), Head("seq", _("No."), "count"), Head("event", _("Event"), "event"),
        Head("document_id", _("Id"), "count", hidden=True), Head("number", _("Document")),
        *TURNOVER,
        Head("balance", _("Balance"), "money"), Head("at", _("Recorded"), "moment"),
    )  # fmt: skip
    empty = _("Nothing was posted on this account in these dates. Choose others.")
    first = _("Choose an account: here stands what was posted on it, and its balance after each line.")

    def told(self, session: Any, asked: Mapping[str, Any]) -> Told:
        its = account_statement(session, asked["account"], asked["since"], asked["until"])
        facts = (Fact("opening", _("Before"), its.opening), Fact("closing", _("After"), its.closing))
        return Told(its.lines, facts, f"{its.code} {its.name}")

    def sign(self, asked: Mapping[str, Any]) -> Sign | None:
        return proved(check_account, asked["account"])

    def links(self, rows: Sequence[Any], asked: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        return dict.fromkeys(("number", "debit", "credit"), documents(self.appbuilder.session, rows))
