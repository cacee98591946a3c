"""What customers owed and had, and what was in desks and at banks, when the books began here."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Date, bindparam, func, select
from sqlalchemy.orm import Session
from wtforms import DateField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.domain.kernel.document import Document
from app.domain.lifecycles import OPENING_BALANCE
from app.domain.parties.models import Customer
from app.domain.settlement.models import Instalment, OpenItem, PaymentStatus
from app.domain.treasury.models import BALANCES, BankAccount, CashDesk, OpeningBalance
from app.domain.treasury.opening import (
    NewOpeningBalance,
    add_opening_balances,
    cancel_opening_balances,
    delete_opening_balances,
    edit_opening_balance,
    process_opening_balances,
)
from app.web.kit import look
from app.web.kit.anew import AnewView
from app.web.kit.correcting import correct_button
from app.web.kit.documents import Button, deleting
from app.web.kit.forms import LONGEST_TEXT, CardForm, ExactField, RelationField
from app.web.kit.listing import Column
from app.web.kit.scope import ScopedInterface
from app.web.kit.settled import adjusters, givers, paid, settles, takers

# What is open of what was due before today.
_OVERDUE = func.nullif(
    select(func.sum(OpenItem.amount - OpenItem.allocated))
    .join(Instalment, Instalment.document_id == OpenItem.document_id)
    .where(
        OpenItem.document_id == OpeningBalance.id,
        Instalment.due_on < bindparam("today", callable_=look.today, type_=Date),
    ).scalar_subquery(), 0,
)  # fmt: skip


class BalanceForm(CardForm):
    about = SelectField(_("For"), choices=[SelectChoice(it, look.WORDS[it]) for it in BALANCES], default=BALANCES[0])
    customer = RelationField(_("Customer"), target=Customer, source="OpeningBalanceView.choices_of")
    cash_desk = RelationField(_("Cash desk"), target=CashDesk)
    bank_account = RelationField(_("Bank account"), target=BankAccount)
    amount = ExactField(
        _("Amount"), decimals=3, validators=[InputRequired()], description=_("Below 0 where a bank was overdrawn.")
    )
    due_on = DateField(_("Due"), validators=[Optional()], description=_("Of what a customer owes; empty: at once."))
    purpose = StringField(
        _("Purpose"), validators=[Length(max=LONGEST_TEXT)], description=_("The number of the old invoice or payment.")
    )
    on = DateField(_("Date"), validators=[Optional()])


class OpeningBalanceView(AnewView):
    datamodel = ScopedInterface(OpeningBalance)
    lifecycle = OPENING_BALANCE
    resource = "Opening balances"
    route_base = "/opening-balances"
    title = _("Opening balances")
    noun = _("opening balance")
    empty = _("Nobody owed anything at the start, and no money was there. What the old books say is written down with "
              "New.")  # fmt: skip
    pays = True
    head = BalanceForm
    said_head = """
        SELECT opening.about, document.customer_id AS customer, cash_desk_id AS cash_desk,
               bank_account_id AS bank_account, amount, due_on, purpose, "on", version::text
        FROM opening_balance opening JOIN document USING (id) WHERE id = %(id)s
    """
    steps = {
        "process": Button(process_opening_balances, "process", _("Process"), ("on",), "check"),
        "cancel": Button(cancel_opening_balances, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "correct": correct_button(OPENING_BALANCE, "Opening balances"),
        "delete": Button(
            deleting(delete_opening_balances), "delete", _("Delete"), (), "trash", ("draft",), danger=True,
            previewed=False,
        ),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), OpeningBalance.on, "date"),
        "about": Column(_("For"), OpeningBalance.about, "word"),
        "customer": Column(_("Customer"), Customer.name),
        "cash_desk": Column(
            _("Cash desk"), select(CashDesk.code).where(CashDesk.id == OpeningBalance.cash_desk_id).scalar_subquery()
        ),
        "bank_account": Column(
            _("Bank account"),
            select(BankAccount.code).where(BankAccount.id == OpeningBalance.bank_account_id).scalar_subquery(),
        ),
        "due_on": Column(_("Due"), OpeningBalance.due_on, "date"),
        "overdue": Column(_("Overdue"), _OVERDUE, "money", "prices"),
        "purpose": Column(_("Purpose"), OpeningBalance.purpose),
        "amount": Column(_("Amount"), OpeningBalance.amount, "money", "prices"),
        "currency": Column(_("Currency"), OpeningBalance.currency, needs="prices"),
        "payment": Column(_("Payment"), PaymentStatus.status, "payment", "prices"),
        "state": Column(_("State"), OpeningBalance.state, "state"),
    }  # fmt: skip
    list_columns = [
        "number", "on", "about", "customer", "cash_desk", "bank_account", "due_on", "overdue", "purpose", "state",
        "payment", "amount",
    ]  # fmt: skip
    order_columns = ["number", "on", "customer", "amount"]

    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> NewOpeningBalance:
        return NewOpeningBalance(
            values["about"], values["amount"], values["customer"], values["cash_desk"], values["bank_account"],
            values["due_on"], values["purpose"] or "", values["on"],
        )  # fmt: skip

    def store(self, session: Session, new: NewOpeningBalance, by: int) -> int:
        return add_opening_balances(session, [new], by=by)[0]

    def store_anew(self, session: Session, pk: int, new: NewOpeningBalance, version: int, by: int) -> None:
        edit_opening_balance(session, pk, new, version=version, by=by)

    def makers(self, document: Any) -> Sequence[dict[str, Any]]:
        """What was owed can be paid or let off, and what was paid ahead paid back."""
        session, pk = self._session, document.id
        return [*super().makers(document), *takers(session, pk), *adjusters(session, pk), *givers(session, pk)]

    def panels(self, document: Any) -> Sequence[dict[str, Any]]:
        return [*settles(self._session, document.id), *paid(self._session, document.id)]

    def lines(self, pk: int) -> dict[str, Any]:
        return {"heads": [], "rows": []}
