"""The books over the API: accounts, rules, periods, what the ledger shows, and whether everything holds."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import Response
from flask_babel import gettext
from flask_login import current_user
from marshmallow import ValidationError, fields, validate
from sqlalchemy import select

from app.domain.catalog.models import Product
from app.domain.kernel.rows import read
from app.domain.kernel.unit import reading
from app.domain.ledger.changing_rules import NewRule, change_rules
from app.domain.ledger.models import SIDES, Account, Period
from app.domain.ledger.periods import close_period, reopen_period
from app.domain.proof import check_account, check_product, run_checks
from app.reports.ledger import journal
from app.reports.rules import period_history, rules_in_force
from app.web.api.reports import ReportingApi
from app.web.books import AccountStatementPage, JournalPage, TrialBalancePage
from app.web.kit import look
from app.web.kit.asks import LONGEST
from app.web.kit.rest.actions import Previewed
from app.web.kit.rest.cards import CardApi
from app.web.kit.rest.errors import Unusable, as_json
from app.web.kit.rest.fields import Choice, Day, Key, Text
from app.web.kit.rest.reading import Strict, schema_of, wants_csv
from app.web.kit.rest.resource import Operation, ResourceApi, once
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface, as_id
from app.web.kit.tables import as_plain, csv_of_rows, seen
from app.web.ledger import AccountView
from app.web.periods import PeriodView, remaining
from app.web.posting_rules import HEADS
from app.web.proofs import sees_offenders

EVERYTHING = (("view", "Prices"), ("view", "Costs"))
NUMBERED = "SELECT id FROM document WHERE number = %(number)s"


class AccountApi(CardApi):
    view = AccountView


class EntriesQuery(Strict):
    """Whose entries: a document by its id, or by its number, which documents of two kinds may share."""

    document = Text(load_default=None, metadata={"description": "The id of a document, or its number."})
    number = Text(load_default=None, metadata={"description": "The number of a document."})


class Held(Strict):
    """Whether something that must always be true holds, and the first rows that break it."""

    name = fields.String()
    sentence = fields.String()
    ok = fields.Boolean()
    count = fields.Integer(metadata={"description": "How many rows break it."})
    offenders = fields.List(fields.String())


class ProvedQuery(Strict):
    """Everything, or an account by its code or a product by its SKU alone, which rest on the last full proof."""

    account = Key(Account, archived=True, load_default=None)
    product = Key(Product, archived=True, load_default=None)
    full = fields.String(
        validate=validate.OneOf(["true", "false"]), load_default="false",
        metadata={"description": "Reads all of an account or a product, whatever was proved before."},
    )  # fmt: skip


class Proved(Strict):
    """What must always be true. `since` is when everything was proved last, where this proves what came afterwards."""

    ok = fields.Boolean()
    since = fields.String(allow_none=True, metadata={"format": "date-time"})
    checks = fields.List(fields.Nested(Held))


class LedgerApi(ReportingApi):
    resource = "Ledger"
    resource_name = "ledger"

    def operations(self) -> Iterable[Operation]:
        yield self.report(TrialBalancePage, "trial-balance", "/trial-balance")
        statement = schema_of("AccountQuery", {
            name: field for name, field in AccountStatementPage.query_schema()._declared_fields.items()
            if name != "account"
        })  # fmt: skip
        yield self.report(
            AccountStatementPage, "account", "/accounts/<code>", query=statement, call=self.account
        )  # fmt: skip
        entry = schema_of("Entry", {head.name: head.field() for head in JournalPage.heads})
        yield Operation("entries", "GET", "/entries", "The entries of a document with their lines", self.entries,
                        query=EntriesQuery, also=EVERYTHING,
                        answer=schema_of("Entries", {"result": fields.List(fields.Nested(entry))}))  # fmt: skip
        yield Operation("check", "GET", "/check", "Proves everything that must always be true", self.check,
                        query=ProvedQuery, answer=Proved)  # fmt: skip

    def account(self, code: str, **asked: Any) -> Any:
        """The statement of an account."""
        session = self.appbuilder.session
        found = session.scalar(ScopedInterface(Account).scoped(select(Account.id).where(Account.code == code)))
        if found is None:
            raise Unusable(404, gettext("There is no such account."))
        return self.told(AccountStatementPage, account=found, **asked)

    def entries(self, document: str | None, number: str | None) -> dict[str, Any]:
        """All entries of a document. A number with noughts before it is no id."""
        if (document is None) == (number is None):
            raise ValidationError({"document": [gettext("Name a document by its id, or by its number.")]})
        session = self.appbuilder.session
        if not JournalPage.opens():
            raise Unusable(403, gettext("You may not do this. Whoever gives out roles can change that."))
        pk = as_id(document) if document and not document.startswith("0") else None
        its = [pk] if pk else [row.id for row in read(session, NUMBERED, number=document or number)]
        rows = journal(look.EARLIEST, look.today(), document_ids=its).rows(session)
        return {"result": [as_plain(JournalPage.heads, row) for row in rows]}

    def check(self, account: int | None, product: int | None, full: str) -> dict[str, Any]:
        """Every proof, or those of an account or a product."""
        if account is not None and product is not None:
            raise ValidationError({"product": [gettext("Name an account or a product, not both.")]})
        with reading() as session:
            if account is not None:
                checks = check_account(session, account, full=full == "true")
            elif product is not None:
                checks = check_product(session, product, full=full == "true")
            else:
                checks = run_checks()
        told = [
            {"name": it.name, "sentence": it.sentence, "ok": it.ok, "count": it.count,
             "offenders": [str(one) for one in it.offenders] if sees_offenders() else []}
            for it in checks
        ]  # fmt: skip
        return {"ok": all(it.ok for it in checks), "since": as_json(checks[0].since), "checks": told}


class RulesQuery(Strict):
    """Of which date."""

    on = Day(load_default=look.today)


class Rule(Strict):
    """A side of an event, and the account that it goes to."""

    event = Text(shortest=1, required=True)
    amount = Text(shortest=1, required=True)
    side = Choice(SIDES, required=True)
    account = Key(Account, required=True)


class NewRules(Strict):
    """What changes, from which date on; all of it or nothing."""

    on = Day(load_default=look.today)
    rules = fields.List(fields.Nested(Rule), required=True, validate=validate.Length(1, 200))


class PostingRuleApi(ResourceApi):
    resource = "Ledger"
    resource_name = "posting-rules"

    def operations(self) -> Iterable[Operation]:
        row = schema_of("PostingRule", {head.name: head.field() for head in HEADS})
        answer = schema_of("PostingRules", {"result": fields.List(fields.Nested(row))})
        yield Operation("list", "GET", "/", "The rules of a date", self.list, query=RulesQuery, answer=answer,
                        csv=True)  # fmt: skip
        yield Operation("change", "POST", "/change", "Put sides on other accounts from a date on", self.change, "edit",
                        body=NewRules, answer=answer, keyed=True)  # fmt: skip

    def list(self, on: date) -> dict[str, Any] | Response:
        """Every side of every event with its account."""
        if wants_csv():
            return csv_of_rows(seen(HEADS), rules_in_force(self.appbuilder.session, on), "posting-rules")
        return _rules(self.appbuilder.session, on)

    def change(self, given: dict[str, Any]) -> dict[str, Any]:
        """Changes rules; the answer is what holds then."""
        on = given["on"]
        rules = [NewRule(it["event"], it["amount"], it["side"], it["account"], on) for it in given["rules"]]
        self.appbuilder.session.rollback()

        def work(session: Any) -> dict[str, Any]:
            change_rules(session, rules, by=current_user.actor_id)
            return _rules(session, on)

        found: dict[str, Any] = once(work, "posting-rules.change")
        return found


def _rules(session: Any, on: date) -> dict[str, Any]:
    heads = seen(HEADS, programs=True)
    return {"result": [as_plain(heads, side) for side in rules_in_force(session, on)]}


class Stretch(Strict):
    """The first and the last day of a period."""

    starts_on = Day(required=True)
    ends_on = Day(required=True)


class Reason(Strict):
    """Why a period is reopened."""

    reason = Text(LONGEST, shortest=1, required=True)


class Happened(Strict):
    """What was done to a period, when, by whom and why."""

    at = fields.String(metadata={"format": "date-time"})
    actor = fields.String()
    step = fields.String()
    reason = fields.String(allow_none=True)


class PeriodHistory(Strict):
    """All that was done to a period, the latest first."""

    result = fields.List(fields.Nested(Happened))


# What a preview tells instead of the period, which there is not yet.
PREVIEWED: dict[str, Any] = {
    "id": fields.Integer(),
    "status": Choice(("previewed",)),
    "left": fields.Dict(metadata={"description": "What is left to do in it, by what it is."}),
    "unseen": fields.Dict(metadata={"description": "How much of each the caller does not see."}),
}  # fmt: skip


class PeriodApi(CardApi):
    view = PeriodView

    def operations(self) -> Iterable[Operation]:
        yield from (operation for operation in super().operations() if operation.name in ("list", "read"))
        yield Operation("history", "GET", "/<id:pk>/history", "Who closed and reopened a period", self.history,
                        answer=PeriodHistory)  # fmt: skip
        yield Operation("close", "POST", "/close", "Close a period: nothing posts into it afterwards", self.close,
                        "process", query=Previewed, body=Stretch, keyed=True,
                        answer=type("PeriodClosed", (self._row,), dict(PREVIEWED)))  # fmt: skip
        yield Operation("reopen", "POST", "/<id:pk>/reopen", "Reopen a period, for a reason that is kept", self.reopen,
                        "cancel", body=Reason, answer=self._row, keyed=True)  # fmt: skip

    def history(self, pk: int) -> dict[str, Any]:
        """What was done to it, when, by whom and why."""
        self._found(pk)
        return {"result": as_json([it._asdict() for it in period_history(self.appbuilder.session, pk)])}

    def close(self, given: dict[str, Any], preview: str) -> dict[str, Any]:
        """Closes a stretch, or tells what is left to do in it: documents that the caller sees, and how many others."""
        starts_on, ends_on = given["starts_on"], given["ends_on"]
        session = self.appbuilder.session
        if preview == "true":
            left = remaining(session, starts_on, ends_on)
            out = () if mine().sees("prices") else ("amount",)
            told = {what: [{name: value for name, value in it._asdict().items() if name not in out} for it in its.rows]
                    for what, its in left.items()}  # fmt: skip
            unseen = {what: its.unseen for what, its in left.items()}
            return {"status": "previewed", "left": as_json(told), "unseen": unseen}
        session.rollback()

        def work(its: Any) -> int:
            close_period(its, starts_on, ends_on, by=current_user.actor_id)
            found: int = its.scalar(select(Period.id).where(Period.starts_on == starts_on))
            return found

        return self.read(once(work, "periods.close"))

    def reopen(self, pk: int, given: dict[str, Any]) -> dict[str, Any]:
        """Lets deeds post into it again."""
        starts_on = self._found(pk).starts_on
        self.appbuilder.session.rollback()

        def work(session: Any) -> None:
            reopen_period(session, starts_on, by=current_user.actor_id, reason=given["reason"])

        once(work, "periods.reopen")
        return self.read(pk)


BOOKS = (AccountApi, LedgerApi, PostingRuleApi, PeriodApi)
