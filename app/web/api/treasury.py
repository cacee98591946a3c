"""Money over the API: cash orders, statements of banks and their lines."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask import abort
from flask_babel import gettext
from marshmallow import fields

from app.domain.kernel.rows import read
from app.domain.ledger.models import BY_HAND, Account
from app.domain.treasury.bank_files import digest_of
from app.domain.treasury.banks import NewBankLine, edit_bank_line
from app.domain.treasury.cash import Target, edit_cash_order
from app.domain.treasury.models import KINDS, PURPOSES, BankLine, BankStatement, CashOrder
from app.domain.treasury.statements import NewStatement, add_statements, edit_statement
from app.reports.settlement import settled_by
from app.web.api.bank_files import ImportQuery, proposed
from app.web.api.settlement import (
    AMOUNTS,
    GIVEN,
    OWED,
    TARGETS,
    Settled,
    allocate,
    allocation_body,
    release,
    release_body,
    settled_of,
    some_acts,
)
from app.web.banks import LINES as PAID_BY_BANK
from app.web.banks import BankLineView
from app.web.kit.listing import Column
from app.web.kit.rest.actions import Previewed
from app.web.kit.rest.columns import Lines, Value
from app.web.kit.rest.documents import DocumentApi, Made
from app.web.kit.rest.errors import Unusable
from app.web.kit.rest.fields import Choice, Day, Exact, Key, Text
from app.web.kit.rest.reading import sent_file
from app.web.kit.rest.references import DocumentId, named_in, named_schema
from app.web.kit.rest.resource import Operation
from app.web.kit.rest.settled import SettledApi
from app.web.kit.settled import settling
from app.web.statements import LINES as STATED
from app.web.statements import StatementView
from app.web.treasury import LINES as PAID_BY_CASH
from app.web.treasury import CashOrderView

ALLOCATIONS = named_schema("PaymentAllocation", OWED | GIVEN)
TRANSFER = DocumentId(
    CashOrder,
    BankLine,
    load_default=None,
    allow_none=True,
    metadata={"description": "The payment out of another place that it brings in."},
)
ABOUT = """
SELECT (SELECT code FROM account WHERE id = account_id) AS account, transfer_id AS transfer
FROM {kind} WHERE id = %(id)s
"""
FOR = """
(SELECT jsonb_agg(jsonb_build_object('document', target_id, 'line', line_id, 'amount', trim_scale(amount)::text)
                  ORDER BY id) FROM bank_line_target WHERE bank_line_id = line.id)
"""


def _with_id(view: Any, name: str, key: Any) -> dict[str, dict[str, Column]]:
    """What is told for a place that a screen names: its code, as there, and its id."""
    return {name: {name: view.columns[name], f"{name}_id": Column("", key)}}


class PaymentApi(SettledApi, abstract=True):
    """Payments: `allocations` name what they are for, be it paid or paid back; a transfer names what it brings in."""

    dated = True
    head_more = {
        "date": Day(load_default=None, allow_none=True), "allocations": ALLOCATIONS, "transfer": TRANSFER,
    }  # fmt: skip

    def made(self, given: dict[str, Any], pk: int | None = None) -> Any:
        """The payment with its date, and with all that it is for."""
        on, transfer = given.pop("date"), given.pop("transfer")
        targets = [Target(*its) for its in named_in(given.pop("allocations"))]
        return replace(super().made(given, pk), on=on, transfer_id=transfer, targets=targets)

    def told_fields(self) -> dict[str, fields.Field]:
        its = {"account": fields.String(allow_none=True), "transfer": fields.Integer(allow_none=True)}
        return super().told_fields() | its

    def told(self, document: Any) -> dict[str, Any]:
        """What it is for, beside what its lines name."""
        sql = ABOUT.format(kind=self.view.lifecycle.kind)
        return super().told(document) | read(self.screen.datamodel.session, sql, id=document.id)[0]._asdict()


class CashOrderApi(PaymentApi):
    view = CashOrderView
    keyed = _with_id(view, "cash_desk", CashOrder.cash_desk_id)
    lines = Lines(TARGETS, PAID_BY_CASH)

    def store_anew(self, session: Any, pk: int, new: Any, version: int, by: int) -> None:
        edit_cash_order(session, pk, new, version=version, by=by)


class BankLineApi(PaymentApi):
    """Lines of statements, and those without one. What is left of one is settled, and what it settles taken back."""

    view = BankLineView
    keyed = _with_id(view, "bank_account", BankLine.bank_account_id) | _with_id(
        view, "statement", BankLine.statement_id
    )  # fmt: skip
    resource_name = "bank-statement-lines"
    lines = Lines(TARGETS, PAID_BY_BANK)

    def operations(self) -> Iterable[Operation]:
        yield from super().operations()
        more: dict[str, Any] = {"query": Previewed, "answer": Settled, "keyed": True, "resource": "Settlement",
                                "also": AMOUNTS}  # fmt: skip
        yield self._op("settle", "POST", "/<id:pk>/settle", "Settle what is named with what is left", self.settle,
                       "process", body=allocation_body("BankLineSettle"), **more)  # fmt: skip
        yield self._op("unsettle", "POST", "/<id:pk>/unsettle", "Release what it settles, all or some", self.unsettle,
                       "process", body=release_body("BankLineUnsettle", allocations=some_acts()), **more)  # fmt: skip

    def store_anew(self, session: Any, pk: int, new: Any, version: int, by: int) -> None:
        edit_bank_line(session, pk, new, version=version, by=by)

    def settle(self, pk: int, given: dict[str, Any], preview: str) -> Any:
        """Has what is left of the line's money settle what is named."""
        self._settling(pk)
        return allocate(self.screen.datamodel.session, pk, given, preview)

    def unsettle(self, pk: int, given: dict[str, Any], preview: str) -> Any:
        """Takes back what the line settles: all of it, or the allocations that are named."""
        self._settling(pk)
        session = self.screen.datamodel.session

        def acts(session: Any) -> list[int]:
            own = [act.id for act in settled_by(session, pk)]
            named: list[int] = own if given["allocations"] is None else given["allocations"]
            if not named or not set(named) <= set(own):
                raise Unusable(409, gettext("It settles nothing, or not that."))
            return named

        return release(session, acts, given, preview, lambda session, _outcome: settled_of(session, pk))

    def _settling(self, pk: int) -> None:
        """Not found where the line is beyond the caller's right to settle."""
        self.screen.found(pk)
        if not settling(self.screen.datamodel.session, {pk: self.view.lifecycle.kind}, "process"):
            abort(404)


class StatementApi(DocumentApi):
    """Statements with their lines, each of which says what it is for as a payment of its own does."""

    view = StatementView
    keyed = _with_id(view, "bank_account", BankStatement.bank_account_id)
    head_more = {"digest": Text(64, load_default="", metadata={"description": "SHA-256 of the bank's file, if any."})}
    line_more = {
        "came": None, "went": None, "pays": None, "kind": Choice(KINDS, load_default=KINDS[0]),
        "about": Choice(PURPOSES, load_default=PURPOSES[0]), "amount": Exact(3, required=True),
        "account": Key(Account, only=("role", BY_HAND), load_default=None, allow_none=True),
        "allocations": ALLOCATIONS, "transfer": TRANSFER,
    }  # fmt: skip
    lines = Lines(
        {
            "number": Value("document.number"), "date": Value('line."on"', "date"), "kind": Value("line.kind"),
            "about": Value("line.about"), "customer": Value("customer.code"),
            "customer_id": Value("document.customer_id", "id"), "account": Value("account.code"),
            "transfer": Value("line.transfer_id", "id"), "amount": Value("line.amount", "money", "prices"),
            "purpose": Value("line.purpose"), "state": Value("line.state"),
            "allocations": Value(f"coalesce({FOR}, '[]')", "json", "prices"),
        },
        STATED,
    )  # fmt: skip

    def operations(self) -> Iterable[Operation]:
        yield from super().operations()
        yield self._op("import", "POST", "/import", "Draft a statement from a CSV file of the bank", self.import_file,
                       "edit", query=ImportQuery, answer=Made, status=201, keyed=True, file=True)  # fmt: skip

    def import_file(self, **asked: Any) -> dict[str, Any]:
        """Drafts what a file of the bank says; what it does not say plainly comes back, to be completed and sent."""
        content, name = sent_file()
        return self.kept(
            lambda session, by: self.store(session, proposed(session, content, name, asked), by),
            asked=[digest_of(content), name],
        )  # fmt: skip

    def made(self, given: dict[str, Any], pk: int | None = None) -> NewStatement:
        """The statement with its lines."""
        bank = given["bank_account"]
        lines = [
            NewBankLine(
                bank, line["customer"], line["amount"], line["purpose"] or "",
                [Target(*its) for its in named_in(line["allocations"], f"lines.{i}.allocations")], line["date"],
                line["kind"], line["about"], line["account"], line["transfer"],
            )
            for i, line in enumerate(given["lines"])
        ]  # fmt: skip
        return NewStatement(
            bank, given["bank_number"], given["date"], given["opening"], given["closing"], lines,
            given["digest"] or None,
        )  # fmt: skip

    def store(self, session: Any, new: NewStatement, by: int) -> int:
        return add_statements(session, [new], by=by)[0]

    def store_anew(self, session: Any, pk: int, new: NewStatement, version: int, by: int) -> None:
        edit_statement(session, pk, new, version=version, by=by)


TREASURY = (CashOrderApi, BankLineApi, StatementApi)
