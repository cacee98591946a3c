"""What stands in the books beside trade, over the API: opening balances and manual entries."""

from collections.abc import Iterable
from typing import Any

from flask_login import current_user
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from app.domain.parties.models import Customer
from app.domain.treasury.models import OpeningBalance
from app.domain.treasury.opening import NewOpeningBalance, add_opening_balances
from app.web.kit.drafting import MOST_LINES
from app.web.kit.listing import Column
from app.web.kit.rest.columns import Lines, Value
from app.web.kit.rest.documents import DocumentApi
from app.web.kit.rest.fields import Choice, Day, Exact, Key, Text
from app.web.kit.rest.reading import Strict, schema_of
from app.web.kit.rest.resource import Operation, once
from app.web.kit.rest.settled import SettledApi
from app.web.kit.scope import keep_to_own
from app.web.manual_entries import LINES as TYPED
from app.web.manual_entries import ManualEntryView
from app.web.opening_balances import BANK, DESK, OF_CUSTOMERS, OpeningBalanceView

SIDES = Lines(
    {
        "account": Value("account.code"), "account_id": Value("line.account_id", "id"), "name": Value("account.name"),
        "debit": Value("nullif(line.debit, 0)", "money", "prices"),
        "credit": Value("nullif(line.credit, 0)", "money", "prices"),
    },
    TYPED,
)  # fmt: skip


class MadeMany(Strict):
    """Drafts that were written down, in the order they were sent."""

    ids = fields.List(fields.Integer(), required=True)


def _many() -> type[Schema]:
    line = {
        "customer": Key(Customer, required=True), "amount": Exact(3, required=True),
        "due_on": Day(load_default=None, allow_none=True), "purpose": Text(load_default=""),
    }  # fmt: skip
    return schema_of("OpeningBalanceMany", {
        "about": Choice(OF_CUSTOMERS, load_default=OF_CUSTOMERS[0]), "date": Day(load_default=None, allow_none=True),
        "lines": fields.List(
            fields.Nested(schema_of("OpeningBalanceManyLine", line)), required=True,
            validate=validate.Length(1, MOST_LINES),
        ),
    })  # fmt: skip


class OpeningBalanceApi(SettledApi):
    """What customers owed and had, and what was in desks and at banks, one by one or of many customers at once."""

    view = OpeningBalanceView
    dated = True
    keyed = {"place": {
        "place": view.columns["place"], "cash_desk": Column("", DESK),
        "cash_desk_id": Column("", OpeningBalance.cash_desk_id),
        "bank_account": Column("", BANK), "bank_account_id": Column("", OpeningBalance.bank_account_id),
    }}  # fmt: skip
    head_more = {"lines": None}

    def operations(self) -> Iterable[Operation]:
        yield from super().operations()
        yield self._op("many", "POST", "/many", "Write drafts of many customers", self.many, "edit", body=_many(),
                       answer=MadeMany, status=201, keyed=True)  # fmt: skip

    def many(self, given: dict[str, Any]) -> Any:
        """Writes a draft of each line."""
        new = [
            NewOpeningBalance(given["about"], line["amount"], line["customer"], due_on=line["due_on"],
                              purpose=line["purpose"], on=given["date"])
            for line in given["lines"]
        ]  # fmt: skip
        by = current_user.actor_id
        self.screen.datamodel.session.rollback()

        def work(session: Session) -> dict[str, list[int]]:
            ids = add_opening_balances(session, new, by=by)
            keep_to_own(session, OpeningBalance, ids[0])
            return {"ids": ids}

        return once(work, self.resource_name)


class ManualEntryApi(DocumentApi):
    view = ManualEntryView
    lines = SIDES
    dated = True


LEDGER_DOCUMENTS = (OpeningBalanceApi, ManualEntryApi)
