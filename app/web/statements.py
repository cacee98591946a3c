"""Statements of banks: one page with all that came and went, typed line by line."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session
from wtforms import DateField, FileField, HiddenField, StringField
from wtforms.validators import InputRequired, Length

from app.domain.kernel.document import Document
from app.domain.kernel.errors import DomainError, Invalid, Refused
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO
from app.domain.lifecycles import BANK_STATEMENT
from app.domain.parties.models import Customer
from app.domain.treasury.bank_files import (
    NAMES,
    FileLine,
    digest_of,
    propose_transfers,
    read_file,
    warn_of_known,
)
from app.domain.treasury.banks import NewBankLine
from app.domain.treasury.models import BankAccount, BankLine, BankStatement
from app.domain.treasury.purposes import Target, brought_by
from app.domain.treasury.statements import (
    NewStatement,
    WrongLines,
    add_statements,
    cancel_statements,
    delete_statements,
    edit_statement,
    last_closing,
    process_statements,
    statement_of,
)
from app.web.kit import look
from app.web.kit.anew import AnewView
from app.web.kit.correcting import correct_button
from app.web.kit.documents import Button, delete_button
from app.web.kit.drafting import MOST_LINES, Cell, Subject, empty_lines
from app.web.kit.forms import LONGEST_TEXT, CardForm, ExactField, RelationField
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.scope import ScopedInterface, as_id

LINES = """
FROM bank_line line JOIN document ON document.id = line.id LEFT JOIN customer ON customer.id = document.customer_id
LEFT JOIN account ON account.id = line.account_id WHERE line.statement_id = %(id)s ORDER BY line.id
"""
# The number of what a line is for.
PAYS = """
SELECT string_agg(coalesce(its.number, '#' || its.id), ', ') FROM document its WHERE its.id = line.transfer_id
OR its.id IN (SELECT target_id FROM bank_line_target WHERE bank_line_id = line.id)
"""
HEAD = """
SELECT bank_account_id AS bank_account, bank_number, "on", opening, closing, version::text
FROM bank_statement WHERE id = %(id)s
"""
TRANSIT = "SELECT min(code) AS code FROM account WHERE role = 'money_in_transit'"
WRITTEN = f"""
SELECT row_number() OVER (ORDER BY line.id) - 1 AS place, document.customer_id AS customer,
       customer.code || ' ' || customer.name AS label, line."on"::text AS on,
       coalesce(account.code, CASE line.about WHEN 'transfer' THEN ({TRANSIT}) END) AS account,
       CASE line.kind WHEN 'income' THEN trim_scale(line.amount)::text END AS came,
       CASE line.kind WHEN 'expense' THEN trim_scale(line.amount)::text END AS went,
       ({PAYS}) AS pays, line.purpose
{LINES}
"""
# What a line may be for, by its number: what a customer owes, what they get back, and what is on its way.
NUMBERED = """
SELECT document.id, document.number, document.kind, document.customer_id,
       (SELECT sum(amount - allocated) FROM open_item WHERE document_id = document.id) AS open
FROM document WHERE document.number = ANY(%(numbers)s::text[]) ORDER BY document.id
"""
ACCOUNTS = "SELECT id, code, role FROM account WHERE code = ANY(%(codes)s::text[])"
OWED = ("invoice", "shipment", "sales_order", "opening_balance")
SENT = ("cash_order", "bank_line")


# What the lines do not explain; nothing where they do.
_DIFFERENCE = func.nullif(
    BankStatement.closing - BankStatement.opening - func.coalesce(
        select(func.sum(case((BankLine.kind == "income", BankLine.amount), else_=-BankLine.amount)))
        .where(BankLine.statement_id == BankStatement.id).scalar_subquery(), 0
    ), 0,
)  # fmt: skip


class Typed(NamedTuple):
    """A statement as it was typed: the fields of its head, and of its lines."""

    head: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]


class StatementForm(CardForm):
    bank_account = RelationField(_("Bank account"), target=BankAccount, blank=False, validators=[InputRequired()])
    bank_number = StringField(
        _("The bank's number"), validators=[InputRequired(), Length(max=LONGEST_TEXT)],
        description=_("As it stands on the statement."),
    )  # fmt: skip
    on = DateField(_("Date"), validators=[InputRequired()])
    opening = ExactField(_("Opening balance"), decimals=3, money=True, validators=[InputRequired()])
    closing = ExactField(_("Closing balance"), decimals=3, money=True, validators=[InputRequired()])
    digest = HiddenField()


class FileForm(CardForm):
    bank_account = RelationField(_("Bank account"), target=BankAccount, blank=False, validators=[InputRequired()])
    file = FileField(_("CSV file of the bank"))
    on = StringField(_("Column of the date"), validators=[Length(max=LONGEST_TEXT)])
    amount = StringField(
        _("Column of the amount"), validators=[Length(max=LONGEST_TEXT)],
        description=_("One with a sign, or one of what came in and one of what went out."),
    )  # fmt: skip
    came = StringField(_("Column of what came in"), validators=[Length(max=LONGEST_TEXT)])
    went = StringField(_("Column of what went out"), validators=[Length(max=LONGEST_TEXT)])
    who = StringField(_("Column of the other's name"), validators=[Length(max=LONGEST_TEXT)])
    purpose = StringField(_("Column of the purpose"), validators=[Length(max=LONGEST_TEXT)])

    @property
    def called(self) -> dict[str, str]:
        """What columns are called in the file, as far as somebody said so."""
        return {field.name: field.data for field in self if field.name in NAMES and field.data}


class StatementView(AnewView):
    datamodel = ScopedInterface(BankStatement)
    lifecycle = BANK_STATEMENT
    resource = "Bank documents"
    route_base = "/bank-statements"
    title = _("Bank statements")
    noun = _("bank statement")
    empty = _("No statements of banks here.")
    head = StatementForm
    said_head = HEAD
    said_lines = WRITTEN
    subject = Subject("customer", _("Customer"), Customer, _("Choose a customer."), _("Code or name"), needed=False)
    cells = (
        Cell("came", _("In"), 3, money=True),
        Cell("went", _("Out"), 3, money=True),
        Cell("pays", _("Number of what it pays"), 0, kind="text"),
        Cell("account", _("or account"), 0, kind="text"),
        Cell("on", _("Date"), 0, kind="date"),
        Cell("purpose", _("Purpose"), 0, kind="text"),
    )
    steps = {
        "process": Button(process_statements, "process", _("Process"), (), "check"),
        "cancel": Button(cancel_statements, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "correct": correct_button(BANK_STATEMENT, "Bank documents"),
        "delete": delete_button(delete_statements),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), BankStatement.on, "date"),
        "bank_account": Column(
            _("Bank account"),
            select(BankAccount.code).where(BankAccount.id == BankStatement.bank_account_id).scalar_subquery(),
        ),
        "bank_number": Column(_("The bank's number"), BankStatement.bank_number),
        "opening": Column(_("Opening balance"), BankStatement.opening, "money", "prices"),
        "closing": Column(_("Closing balance"), BankStatement.closing, "money", "prices"),
        "difference": Column(_("Difference"), _DIFFERENCE, "money", "prices"),
        "currency": Column(_("Currency"), BankStatement.currency, needs="prices"),
        "state": Column(_("State"), BankStatement.state, "state"),
    }  # fmt: skip
    list_columns = ["number", "on", "bank_account", "bank_number", "opening", "closing", "difference", "state"]

    def prefilled(self) -> dict[str, Any]:
        """The next statement begins where the last one of the account ended."""
        asked = request.args.get("bank_account", "")
        banks = [key for key, _label in ScopedInterface(BankAccount).choices(limit=2)]
        bank = as_id(asked) or (banks[0] if len(banks) == 1 else None)
        return {} if bank is None else {"bank_account": bank, "opening": last_closing(self._session, bank)}

    method_permission_name = {**AnewView.method_permission_name, "file": "edit"}

    @expose("/file", methods=["GET", "POST"])
    @has_access
    def file(self) -> Any:
        """Reads a bank's file into the form of a new statement, which is sent back here; reading stores nothing."""
        if request.method == "POST" and "file" not in request.files:
            return self.new()
        form, refused = FileForm(), ""
        if request.method == "POST" and form.validate():
            content = request.files["file"].read()
            if known := statement_of(self._session, digest_of(content)):
                number = known.number or f"#{known.id}"
                flash(gettext("This file was read before: it is statement %(number)s.", number=number), "info")
                return redirect(url_for(".show", pk=known.id))
            try:
                return self._filled(form.bank_account.data, content, form.called)
            except Invalid as refusal:
                refused = str(refusal)
        page = self.render_template("stockbook/bank_file.html", view=self, form=form, refused=refused, columns=NAMES)
        return page, 422 if request.method == "POST" else 200

    def _filled(self, bank: int, content: bytes, called: Mapping[str, str]) -> str:
        """The form of a new statement with what a file says, and what of it is known already."""
        lines = read_file(self._session, content, most=MOST_LINES, called=called)
        known = warn_of_known(self._session, bank, lines)
        propose_transfers(self._session, bank, lines)
        transit = read(self._session, TRANSIT)[0].code
        opening = last_closing(self._session, bank) or ZERO
        said = {
            "bank_account": bank, "bank_number": request.files["file"].filename, "opening": opening,
            "closing": opening + sum((line.amount or ZERO for line in lines), ZERO), "digest": digest_of(content),
            "on": max((line.on for line in lines if line.on), default=None),
        }  # fmt: skip
        return str(self.render_template(
            "stockbook/draft.html", view=self, form=StatementForm(formdata=None, data=said), cells=self.offered(),
            title=gettext("New %(noun)s", noun=self.noun), back=url_for(".list"),
            rows=[_row(place, line, transit) for place, line in enumerate(lines)] + empty_lines(len(lines)),
            errors={f"line_{place}": line.problem for place, line in enumerate(lines) if line.problem} | {
                "": gettext("%(known)s of these lines are on the account already: they are marked.", known=known)
                if known else ""
            },
        ))  # fmt: skip

    def next_of(self, document: Any, buttons: Sequence[dict[str, Any]], makers: Sequence[dict[str, Any]]) -> str:
        """First the lines are to explain the closing balance."""
        if document.difference and makers:
            return str(makers[0]["url"])
        return super().next_of(document, buttons, makers)

    def list_makers(self) -> Sequence[dict[str, Any]]:
        made = super().list_makers()
        return [*made, {"text": gettext("From a file"), "icon": "upload", "url": url_for(".file")}] if made else []

    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Typed:
        return Typed(values, lines)

    def store(self, session: Session, new: Typed, by: int) -> int:
        return add_statements(session, [_statement(session, new)], by=by)[0]

    def store_anew(self, session: Session, pk: int, new: Typed, version: int, by: int) -> None:
        edit_statement(session, pk, _statement(session, new, pk), version=version, by=by)

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("coalesce(document.number, '#' || document.id)", _("Number")),
            Head('line."on"', _("Date")),
            Head("coalesce(customer.name, account.code || ' ' || account.name)", _("Customer or account")),
            Head("line.purpose", _("Purpose")),
            Head(f"({PAYS})", _("Pays")),
            Head("CASE line.kind WHEN 'income' THEN line.amount END", _("In"), "money", "prices"),
            Head("CASE line.kind WHEN 'expense' THEN line.amount END", _("Out"), "money", "prices"),
        ]
        return lines_of(self._session, heads, LINES, pk, self.resource)


def _row(place: int, line: FileLine, transit: str) -> dict[str, Any]:
    """A line of a file as the form shows it; `transit` is the account of what is on its way between places."""
    amount = line.amount or ZERO
    return {
        "place": place, "customer": line.customer_id, "label": line.customer, "pays": line.pays,
        "account": transit if line.transfer_id else "",
        "came": look.amount(amount) if amount > 0 else "", "went": look.amount(-amount) if amount < 0 else "",
        "on": line.on.isoformat() if line.on else "", "purpose": line.purpose,
    }  # fmt: skip


def _statement(session: Session, typed: Typed, pk: int | None = None) -> NewStatement:
    """What was typed as the domain takes it, of a draft that is written anew where it has an id; Refused, with the
    position 0, for lines that do not say what they are.
    """
    head, bank = typed.head, typed.head["bank_account"]
    numbers = [line["pays"] for line in typed.lines if line["pays"]]
    documents = read(session, NUMBERED, numbers=numbers)
    codes = [line["account"] for line in typed.lines if line["account"]]
    accounts = {row.code: row for row in read(session, ACCOUNTS, codes=codes)}
    sent = _sent(session, typed, documents, accounts, pk)
    digest = head["digest"] if re.fullmatch("[0-9a-f]{64}", head["digest"] or "") else None
    lines, wrong = [], dict[int, DomainError]()
    for place, line in enumerate(typed.lines):
        try:
            lines.append(_line(bank, line, documents, accounts, sent.get(place)))
        except Invalid as error:
            wrong[place] = error
    if wrong:
        raise Refused({0: WrongLines(wrong)})
    return NewStatement(bank, head["bank_number"], head["on"], head["opening"], head["closing"], lines, digest)


def _sent(
    session: Session, typed: Typed, documents: Sequence[Any], accounts: Mapping[str, Any], pk: int | None
) -> dict[int, int]:  # fmt: skip
    """By line, the payment out of another place that comes in: the one that is named, else the oldest alike."""
    came = dict[int, Any]()
    for place, line in enumerate(typed.lines):
        account = accounts.get(line["account"])
        if line["came"] is not None and account is not None and account.role == "money_in_transit":
            came[place] = line["came"], line["on"] or typed.head["on"], line["pays"] or None
    # Those that are named come first: none of the others may take theirs.
    places = sorted(came, key=lambda place: came[place][2] is None)
    proposed = brought_by(session, typed.head["bank_account"], [came[place] for place in places], pk)
    found = {place: row.id for place, row in zip(places, proposed, strict=True) if row}
    # What does not fit is refused by its own name.
    named = {row.number: row.id for row in reversed(documents) if row.kind in SENT}
    return {place: named[came[place][2]] for place in places if came[place][2] in named} | found


def _line(
    bank: int, line: Mapping[str, Any], documents: Sequence[Any], accounts: Mapping[str, Any], sent: int | None
) -> NewBankLine:  # fmt: skip
    """A line is a customer's or an account's; on money in transit it goes to another desk or bank, or comes from it."""
    if (line["came"] is None) == (line["went"] is None):
        raise Invalid("in_or_out", "Type an amount that came in or one that went out.")
    kind, amount = ("income", line["came"]) if line["went"] is None else ("expense", line["went"])
    common = {"purpose": line["purpose"] or "", "on": line["on"], "kind": kind}
    if line["customer"]:
        targets = targets_of(line["pays"], line["customer"], kind, amount, documents)
        return NewBankLine(bank, line["customer"], amount, targets=targets, **common)
    if not line["account"]:
        raise Invalid("nothing_named", "Choose a customer, or type an account.")
    account = accounts.get(line["account"])
    if account is None:
        raise Invalid("unknown_account", "There is no account {code}.", code=line["account"])
    if account.role != "money_in_transit":
        return NewBankLine(bank, None, amount, about="account", account_id=account.id, **common)
    return NewBankLine(bank, None, amount, about="transfer", transfer_id=sent, **common)


def targets_of(number: str | None, customer: int, kind: str, amount: Any, documents: Sequence[Any]) -> list[Target]:
    """What a customer pays by a document's number, as far as it is open, or gets back; the rest of what they pay is
    their advance. `documents` are those that NUMBERED gives. Invalid where they have no such one, or nothing is open.
    """
    if not number:
        return []
    found = [row for row in documents if row.number == number and row.customer_id == customer
             and (kind == "expense") != (row.kind in OWED)]  # fmt: skip
    if not found:
        raise Invalid("not_found", "The customer has no document {number} for this.", number=number)
    part = min(amount, found[0].open or 0) if kind == "income" else amount
    if part <= 0:
        raise Invalid("nothing_open", "Nothing is open on {number}.", number=number)
    return [Target(found[0].id, part)]
