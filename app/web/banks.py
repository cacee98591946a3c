"""Money at banks: our accounts there, and the lines of their statements."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms.validators import InputRequired

from app.domain.kernel.document import Document
from app.domain.lifecycles import BANK_LINE
from app.domain.parties.models import Customer
from app.domain.treasury.banks import (
    NewBankLine,
    add_bank_lines,
    cancel_bank_lines,
    delete_bank_lines,
    edit_bank_line,
    process_bank_lines,
)
from app.domain.treasury.models import BANK_KINDS, KINDS, BankAccount, BankLine, BankStatement
from app.web.kit.correcting import correct_button
from app.web.kit.documents import Button, delete_button
from app.web.kit.forms import RelationField
from app.web.kit.lines import Head, any_lines_of
from app.web.kit.listing import Column
from app.web.kit.narrowing import Ask
from app.web.kit.scope import ScopedInterface
from app.web.kit.views import MasterView
from app.web.treasury import PaymentForm, PaymentView

LINES = """
FROM bank_line_target line JOIN document ON document.id = line.target_id
WHERE line.bank_line_id = %(id)s ORDER BY line.id
"""
DRAFT = """
SELECT bank_line.kind, about, account_id AS account, amount, purpose, transfer_id AS transfer,
       bank_account_id AS bank_account, document.customer_id AS customer, version::text
FROM bank_line JOIN document USING (id) WHERE id = %(id)s
"""


class BankAccountView(MasterView):
    datamodel = ScopedInterface(BankAccount)
    resource = "Bank accounts"
    route_base = "/bank-accounts"
    title = _("Bank accounts")
    noun = _("bank account")
    empty = _("No bank accounts yet.")
    list_columns = ["code", "name", "kind", "iban", "account_id", "active"]
    show_columns = list_columns
    add_columns = ["code", "name", "kind", "iban", "account_id"]
    edit_columns = ["name", "iban", "active"]
    search_columns = ["code", "name", "kind", "iban", "active"]
    order_columns = ["code", "name"]
    base_order = ("code", "asc")
    only = {"account_id": ("role", "bank")}
    choices = {"kind": BANK_KINDS}
    label_columns = {
        "code": _("Code"), "name": _("Name"), "kind": _("Kind"), "iban": _("IBAN"), "account_id": _("Account"),
        "active": _("Active"),
    }  # fmt: skip
    description_columns = {
        "account_id": _("One of its own for each bank account. It cannot change later."),
        "kind": _("Clearing: a payment service collects there for an e-shop, and pays out later."),
    }  # fmt: skip


class BankForm(PaymentForm):
    bank_account = RelationField(_("Bank account"), target=BankAccount, blank=False, validators=[InputRequired()])


class BankLineView(PaymentView):
    datamodel = ScopedInterface(BankLine)
    lifecycle = BANK_LINE
    resource = "Bank documents"
    route_base = "/bank-lines"
    title = _("Bank lines")
    noun = _("bank line")
    empty = _("No lines of bank statements here.")
    head = BankForm
    said_head = DRAFT
    steps = {
        "process": Button(process_bank_lines, "process", _("Process"), ("on",), "check"),
        "cancel": Button(cancel_bank_lines, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "correct": correct_button(BANK_LINE, "Bank documents"),
        "delete": delete_button(delete_bank_lines),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), BankLine.on, "date"),
        "kind": Column(_("Kind"), BankLine.kind, "word"),
        "about": Column(_("For"), BankLine.about, "word"),
        "bank_account": Column(
            _("Bank account"),
            select(BankAccount.code).where(BankAccount.id == BankLine.bank_account_id).scalar_subquery(),
        ),
        "statement": Column(
            _("Statement"),
            select(BankStatement.bank_number).where(BankStatement.id == BankLine.statement_id).scalar_subquery(),
        ),
        "customer": Column(_("Customer"), Customer.name),
        "purpose": Column(_("Purpose"), BankLine.purpose),
        "amount": Column(_("Amount"), BankLine.amount, "money", "prices"),
        "currency": Column(_("Currency"), BankLine.currency, needs="prices"),
        "state": Column(_("State"), BankLine.state, "state"),
    }  # fmt: skip
    asks = {
        "kind": Ask(_("Kind"), BankLine.kind, KINDS),
        "bank": Ask(_("Bank account"), BankLine.bank_account_id, target=BankAccount),
    }
    list_columns = ["number", "on", "kind", "bank_account", "statement", "customer", "purpose", "state", "amount"]
    order_columns = ["number", "on", "customer", "amount"]

    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> NewBankLine:
        return NewBankLine(values["bank_account"], **self.common(values))

    def store(self, session: Session, new: NewBankLine, by: int) -> int:
        return add_bank_lines(session, [new], by=by)[0]

    def store_anew(self, session: Session, pk: int, new: NewBankLine, version: int, by: int) -> None:
        edit_bank_line(session, pk, self.kept(session, pk, new), version=version, by=by)

    def offers(self, name: str, document: Any) -> bool:
        """What stands on a statement goes only with it."""
        return not document.statement

    def editable(self, document: Any) -> bool:
        return not document.statement and super().editable(document)

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("replace(document.kind, '_', ' ')", _("Pays")),
            Head("coalesce(document.number, '#' || document.id)", _("Number")),
            Head("line.amount", _("Amount"), "money", "prices"),
        ]
        return any_lines_of(self._session, heads, LINES, pk, self.resource)
