"""Drafts of invoices as rows: written down, rewritten and removed, whatever their lines are made of."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.models import Invoice, InvoiceLine
from app.domain.kernel.document import links, lock_documents, record, register
from app.domain.kernel.drafts import delete_drafts, lock_draft
from app.domain.kernel.errors import DomainError, Invalid, Refused, refuse
from app.domain.kernel.rows import as_json, insert_together, read, write
from app.domain.lifecycles import INVOICE
from app.domain.sales.totals import Amounts, total

HOLD = """
UPDATE shipment_line line SET invoiced = line.invoiced + given.quantity
FROM unnest(%(lines)s::bigint[], %(quantities)s::numeric[]) AS given (id, quantity) WHERE line.id = given.id
"""
HOLD_AHEAD = """
UPDATE sales_order_line line SET pre_invoiced = line.pre_invoiced + given.quantity
FROM unnest(%(lines)s::bigint[], %(quantities)s::numeric[]) AS given (id, quantity) WHERE line.id = given.id
"""
LET_GO_AHEAD = """
UPDATE sales_order_line line SET pre_invoiced = line.pre_invoiced - held.quantity
FROM (SELECT order_line_id, sum(quantity) AS quantity FROM invoice_line
      WHERE invoice_id = ANY(%(ids)s::bigint[]) AND kind = 'advance' GROUP BY order_line_id) held
WHERE line.id = held.order_line_id
"""
LET_GO = """
UPDATE shipment_line line SET invoiced = line.invoiced - held.quantity
FROM (SELECT shipment_line_id, sum(quantity) AS quantity FROM invoice_line
      WHERE invoice_id = ANY(%(ids)s::bigint[]) AND shipment_line_id IS NOT NULL GROUP BY shipment_line_id) held
WHERE line.id = held.shipment_line_id
"""


@dataclass
class Plan:
    """An invoice to be: its head, the columns of its lines, what they are worth, and what it is made from.

    One that takes back a credit note is a debit note.
    """

    customer_id: int
    tax_regime: str
    prices_include_vat: bool
    currency: str
    rate: Decimal
    lines: Sequence[Mapping[str, Any]]
    worth: Sequence[Amounts]
    sources: Iterable[int] = ()
    note: str = ""
    due_dates: Sequence[date] = ()
    credit_note_id: int | None = None
    total: Amounts = field(init=False)

    def __post_init__(self) -> None:
        self.total = total(self.worth)

    def head(self) -> dict[str, Any]:
        """The columns of the invoice."""
        kept = ("tax_regime", "prices_include_vat", "currency", "rate", "note", "credit_note_id")
        return {name: getattr(self, name) for name in kept} | {
            "kind": "debit" if self.credit_note_id else "invoice",
            "due_dates": [day.isoformat() for day in self.due_dates], **self.total._asdict(),
        }  # fmt: skip

    def rows(self, invoice: int) -> list[dict[str, Any]]:
        """The rows of its lines."""
        return [
            {"invoice_id": invoice, "position": position, **line, **amount._asdict()}
            for position, (line, amount) in enumerate(zip(self.lines, self.worth, strict=True), 1)
        ]


def refuse_negative(plans: Sequence[Plan]) -> None:
    """What is worth less than nothing together is no invoice; Refused by position."""
    refuse({
        position: DomainError(
            "negative_total", "Together it would be worth {gross}: leave out what is given back, or invoice it apart.",
            gross=plan.total.gross,
        )
        for position, plan in enumerate(plans) if plan.total.gross < 0
    })  # fmt: skip


def write_drafts(session: Session, plans: Sequence[Plan], *, by: int) -> list[int]:
    """Makes a draft of each plan, holding the quantities it names, and gives the ids."""
    ids = register(session, INVOICE.kind, [{"customer_id": plan.customer_id} for plan in plans], lambda ids: [
        (Invoice, [{"id": invoice, **plan.head()} for invoice, plan in zip(ids, plans, strict=True)]),
        (InvoiceLine, [row for invoice, plan in zip(ids, plans, strict=True) for row in plan.rows(invoice)]),
        _links(dict(zip(ids, plans, strict=True))),
    ])  # fmt: skip
    _hold(session, plans)
    record(session, "create", [{"document_id": i, "to_state": INVOICE.initial} for i in ids], by=by)
    return ids


def _links(plans: Mapping[int, Plan]) -> Any:
    return links(
        (source, invoice, kind) for invoice, plan in plans.items()
        for kind, sources in (("invoices", plan.sources), ("debits", [plan.credit_note_id]))
        for source in sources if source is not None
    )  # fmt: skip


def _hold(session: Session, plans: Sequence[Plan]) -> None:
    for kind, key, sql in (("shipment", "shipment_line_id", HOLD), ("advance", "order_line_id", HOLD_AHEAD)):
        held = {line[key]: line["quantity"] for plan in plans for line in plan.lines if line["kind"] == kind}
        if held:
            write(session, sql, lines=list(held), quantities=list(held.values()))


def let_go(session: Session, ids: Sequence[int]) -> None:
    """The quantities that drafts hold can be invoiced again."""
    write(session, LET_GO, ids=list(ids))
    write(session, LET_GO_AHEAD, ids=list(ids))


def delete_invoices(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes drafts, whose pieces can then be invoiced again; Refused for what is issued."""
    lock_documents(session, ids)
    let_go(session, ids)
    delete_drafts(session, INVOICE, ids, lines=((InvoiceLine, "invoice_id"),), by=by)


WRITE_HEAD = """
UPDATE invoice SET tax_regime = %(tax_regime)s, prices_include_vat = %(prices_include_vat)s, currency = %(currency)s,
       rate = %(rate)s, note = %(note)s, due_dates = %(due_dates)s::jsonb, net = %(net)s, vat = %(vat)s,
       gross = %(gross)s, version = version + 1
WHERE id = %(id)s
"""
UNLINK = "DELETE FROM document_link WHERE to_id = %(id)s AND kind IN ('invoices', 'debits')"
UNWRITE = "DELETE FROM invoice_line WHERE invoice_id = %(id)s"
WRITTEN = """
SELECT position, sku, name, quantity, unit_price, discount, net FROM invoice_line
WHERE invoice_id = %(id)s ORDER BY position
"""
HEAD = """
SELECT customer_id, tax_regime, note, due_dates, gross FROM invoice JOIN document USING (id) WHERE invoice.id = %(id)s
"""


def rewrite(
    session: Session, invoice: int, planned: Callable[[], Sequence[Plan]], *, sources: Iterable[int], version: int,
    by: int,
) -> None:  # fmt: skip
    """Writes a draft anew as `planned`, which is asked once its own lines are out of the way.

    Raises Stale where it is no longer at `version`, WrongState once it is issued, and what planning refuses.
    """
    lock_documents(session, [invoice, *sources])
    lock_draft(session, INVOICE, invoice, states=(INVOICE.initial,), version=version)
    draft = Rewriting(session, invoice)
    try:
        [plan] = planned()
    except Refused as refusal:
        raise refusal[0] from None
    draft.write(plan, by=by)


class Rewriting:
    """A locked draft whose lines are taken out, so that others can be planned and written in their place."""

    def __init__(self, session: Session, invoice: int) -> None:
        self.session = session
        self.id = invoice
        self.before = read(session, HEAD, id=invoice)[0]
        self.lines_before = read(session, WRITTEN, id=invoice)
        let_go(session, [invoice])
        write(session, UNWRITE, id=invoice)
        write(session, UNLINK, id=invoice)

    def write(self, plan: Plan, *, by: int) -> None:
        """Writes the draft anew and notes what is different; Invalid where it would be another customer's."""
        if plan.customer_id != self.before.customer_id:
            raise Invalid("other_customer", "The draft is another customer's: make an invoice of its own.")
        head = plan.head()
        write(self.session, WRITE_HEAD, id=self.id, **head | {"due_dates": as_json(head["due_dates"])})
        insert_together(self.session, (InvoiceLine, plan.rows(self.id)), _links({self.id: plan}))
        _hold(self.session, [plan])
        after = read(self.session, HEAD, id=self.id)[0]
        changes = {
            name: [_said(was), _said(now)]
            for name, was, now in zip(after._fields, self.before, after, strict=True) if was != now
        } | _changed_lines(self.lines_before, read(self.session, WRITTEN, id=self.id))  # fmt: skip
        record(self.session, "edit", [
            {"document_id": self.id, "from_state": INVOICE.initial, "to_state": INVOICE.initial, "changes": changes}
        ], by=by)  # fmt: skip


def _said(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _changed_lines(before: Sequence[Row[Any]], after: Sequence[Row[Any]]) -> dict[str, list[str]]:
    """Line by line what was written there and what is now; nothing where a line is missing."""
    pairs = zip_longest(map(_told, before), map(_told, after), fillvalue="")
    return {f"line {number}": [old, new] for number, (old, new) in enumerate(pairs, 1) if old != new}


def _told(line: Row[Any]) -> str:
    words = f"{line.quantity.normalize():f} × {line.sku or line.name} at {line.unit_price.normalize():f}"
    return f"{words} less {line.discount.normalize():f} %" if line.discount else words
