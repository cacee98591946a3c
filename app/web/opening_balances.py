"""What customers owed and had, and what was in desks and at banks, when the books began here."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from wtforms import DateField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.domain.kernel.document import Document
from app.domain.kernel.errors import Invalid
from app.domain.kernel.unit import deed
from app.domain.lifecycles import OPENING_BALANCE
from app.domain.parties.models import Customer
from app.domain.settlement.models import PaymentStatus
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
from app.web.kit.documents import Button, delete_button
from app.web.kit.drafting import Cell, Subject
from app.web.kit.forms import LONGEST_TEXT, CardForm, ExactField, RelationField
from app.web.kit.listing import Column
from app.web.kit.overdue import overdue_amount
from app.web.kit.scope import ScopedInterface, keep_to_own
from app.web.kit.settled import adjusters, allocators, givers, paid, settles, takers

OF_CUSTOMERS = ("owed", "paid_ahead")


class BalanceForm(CardForm):
    about = SelectField(_("For"), choices=[SelectChoice(it, look.WORDS[it]) for it in BALANCES], default=BALANCES[0])
    customer = RelationField(_("Customer"), target=Customer, source="OpeningBalanceView.choices_of")
    cash_desk = RelationField(_("Cash desk"), target=CashDesk)
    bank_account = RelationField(_("Bank account"), target=BankAccount)
    amount = ExactField(
        _("Amount"), decimals=3, money=True, validators=[InputRequired()],
        description=_("Below 0 where a bank was overdrawn."),
    )  # fmt: skip
    due_on = DateField(_("Due"), validators=[Optional()], description=_("Of what a customer owes; empty: at once."))
    purpose = StringField(
        _("Purpose"), validators=[Length(max=LONGEST_TEXT)], description=_("The number of the old invoice or payment.")
    )
    on = DateField(_("Date"), validators=[Optional()])


class ManyForm(CardForm):
    """What all of the lines have in common."""

    about = SelectField(
        _("For"), choices=[SelectChoice(it, look.WORDS[it]) for it in OF_CUSTOMERS], default=OF_CUSTOMERS[0]
    )
    on = DateField(_("Date"), validators=[Optional()])


DESK = select(CashDesk.code).where(CashDesk.id == OpeningBalance.cash_desk_id).scalar_subquery()
BANK = select(BankAccount.code).where(BankAccount.id == OpeningBalance.bank_account_id).scalar_subquery()


class OpeningBalanceView(AnewView):
    datamodel = ScopedInterface(OpeningBalance)
    lifecycle = OPENING_BALANCE
    resource = "Opening balances"
    route_base = "/opening-balances"
    title = _("Opening balances")
    noun = _("opening balance")
    empty = _("Nobody owed anything at the start, and no money was there. What the old books say is written down with "
              "New.")  # fmt: skip
    pays = "document_id"
    head = BalanceForm
    subject = Subject("customer", _("Customer"), Customer, _("Choose a customer."), _("Code or name"))
    cells = (
        Cell("amount", _("Amount"), 3, needed=True, money=True),
        Cell("due", _("Due"), 0, kind="date"),
        Cell("number", _("Number of the old invoice or payment"), 0, kind="text"),
    )
    method_permission_name = {**AnewView.method_permission_name, "many": "edit"}
    said_head = """
        SELECT opening.about, document.customer_id AS customer, cash_desk_id AS cash_desk,
               bank_account_id AS bank_account, amount, due_on, purpose, "on", version::text
        FROM opening_balance opening JOIN document USING (id) WHERE id = %(id)s
    """
    steps = {
        "process": Button(process_opening_balances, "process", _("Process"), ("on",), "check"),
        "cancel": Button(cancel_opening_balances, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "correct": correct_button(OPENING_BALANCE, "Opening balances"),
        "delete": delete_button(delete_opening_balances),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), OpeningBalance.on, "date"),
        "about": Column(_("For"), OpeningBalance.about, "word"),
        "customer": Column(_("Customer"), Customer.name),
        "place": Column(
            _("Desk or bank"),
            func.coalesce(DESK, BANK),
        ),
        "due_on": Column(_("Due"), OpeningBalance.due_on, "date"),
        "overdue": Column(_("Overdue"), func.nullif(overdue_amount(OpeningBalance.id), 0), "money", "prices"),
        "purpose": Column(_("Purpose"), OpeningBalance.purpose),
        "amount": Column(_("Amount"), OpeningBalance.amount, "money", "prices"),
        "currency": Column(_("Currency"), OpeningBalance.currency, needs="prices"),
        "payment": Column(_("Payment"), PaymentStatus.status, "payment", "prices"),
        "state": Column(_("State"), OpeningBalance.state, "state"),
    }  # fmt: skip
    list_columns = ["number", "on", "about", "customer", "place", "overdue", "purpose", "state", "payment", "amount"]
    order_columns = ["number", "on", "customer", "amount"]

    @expose("/many", methods=["GET", "POST"])
    @has_access
    def many(self) -> Any:
        """What many customers owed or had, a line each; each becomes a draft, and all are processed from the list."""
        form = ManyForm()
        key, by = form.key(), current_user.actor_id

        def save(new: Sequence[NewOpeningBalance], asked: Any) -> int:
            if not new:
                raise Invalid("no_lines", gettext("Enter at least one customer with an amount."))
            return deed(
                lambda session: keep_to_own(session, OpeningBalance, add_opening_balances(session, new, by=by)[0]),
                key=key, request=[self.resource, asked],
            )  # fmt: skip

        return self._write(form, save, gettext("Open items of customers"), url_for(".list"))

    def _is_many(self) -> bool:
        return request.endpoint == f"{type(self).__name__}.many"

    def offered(self) -> Sequence[Cell]:
        return super().offered() if self._is_many() else ()

    def is_whole(self) -> bool:
        return not self._is_many()

    def leads(self, pk: int) -> str:
        return url_for(".list", state="draft") if self._is_many() else super().leads(pk)

    def list_makers(self) -> Sequence[dict[str, Any]]:
        many = {"text": gettext("Many customers"), "icon": "list-details", "url": url_for(".many")}
        return [many, *made] if (made := super().list_makers()) else []

    def make(
        self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]
    ) -> NewOpeningBalance | list[NewOpeningBalance]:  # fmt: skip
        if self._is_many():
            return [
                NewOpeningBalance(values["about"], line["amount"], line["customer"], due_on=line["due"],
                                  purpose=line["number"] or "", on=values["on"])
                for line in lines
            ]  # fmt: skip
        return NewOpeningBalance(
            values["about"], values["amount"], values["customer"], values["cash_desk"], values["bank_account"],
            values["due_on"], values["purpose"] or "", values["on"],
        )  # fmt: skip

    def store(self, session: Session, new: NewOpeningBalance, by: int) -> int:
        return add_opening_balances(session, [new], by=by)[0]

    def store_anew(self, session: Session, pk: int, new: NewOpeningBalance, version: int, by: int) -> None:
        edit_opening_balance(session, pk, new, version=version, by=by)

    def makers(self, document: Any) -> Sequence[dict[str, Any]]:
        """What was owed can be paid or let off, and what was paid ahead is used or paid back."""
        session, pk = self._session, document.id
        return [*super().makers(document), *takers(session, pk), *adjusters(session, pk), *allocators(session, pk),
                *givers(session, pk)]  # fmt: skip

    def panels(self, document: Any) -> Sequence[dict[str, Any]]:
        return [*settles(self._session, document.id), *paid(self._session, document.id)]

    def lines(self, pk: int) -> dict[str, Any]:
        return {"heads": [], "rows": []}
