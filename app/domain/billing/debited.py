"""What can still be taken back of credit notes: pieces, net and VAT of each line, and what each belongs to."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.credited import Part, Rest, Wanted, unchanged
from app.domain.billing.promises import pieces_of
from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError, Invalid
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, exact

# `debited` is what issued debit notes took back of a line.
LINES = """
SELECT line.id, line.credit_note_id, line.kind, line.invoice_line_id, line.shipment_line_id, line.product_id,
       line.account_id, line.sku, line.name, line.unit, coalesce(unit.decimals, 3) AS decimals, line.quantity,
       line.net, line.vat, line.tax_rate_id, line.tax_percent, line.unit_price, line.discount,
       invoiced.quantity - invoiced.credited AS standing, invoiced.kind AS invoiced_kind, invoiced.invoice_id,
       ordered.order_id, shipped.shipment_id, note.prices_include_vat,
       note.currency, note.rate, note.state, note.tax_regime, note."on", document.customer_id, document.number,
       coalesce(debited.quantity, 0) AS debited, coalesce(debited.net, 0) AS debited_net,
       coalesce(debited.vat, 0) AS debited_vat
FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id
JOIN document ON document.id = note.id LEFT JOIN invoice_line invoiced ON invoiced.id = line.invoice_line_id
LEFT JOIN sales_order_line ordered ON ordered.id = invoiced.order_line_id
LEFT JOIN shipment_line shipped ON shipped.id = invoiced.shipment_line_id
LEFT JOIN product ON product.id = line.product_id LEFT JOIN unit ON unit.id = product.unit_id
LEFT JOIN LATERAL (
    SELECT sum(part.quantity) AS quantity, sum(part.net) AS net, sum(part.vat) AS vat
    FROM invoice_line part JOIN invoice ON invoice.id = part.invoice_id
    WHERE part.credit_line_id = line.id AND invoice.state = 'issued'
) debited ON true
WHERE line.credit_note_id = ANY(%(ids)s::bigint[])
ORDER BY line.credit_note_id, line.position
"""


class Left(NamedTuple):
    """A line of a credit note with the pieces and the amount that could be owed again of it."""

    id: int
    quantity: Decimal
    amount: Decimal


class Chain(NamedTuple):
    """The documents of which a line of a debit note makes something owed again; None where there is none."""

    order_id: int | None
    shipment_id: int | None
    invoice_id: int | None


class Debitable:
    """The lines of credit notes in order with what is left of each, and how many goods of each are not back."""

    def __init__(self, session: Session, notes: Iterable[int]) -> None:
        decimals = company(session).decimals
        wanted = sorted(set(notes))
        self.lines: dict[int, list[Rest]] = {note: [] for note in wanted}
        rows = read(session, LINES, ids=wanted) if wanted else []
        for row in rows:
            # What is taken back of an allowance has no pieces, though its line says one.
            pieces = ZERO if row.kind == "allowance" else row.debited
            rest = Rest(row, decimals, pieces, row.net - row.debited_net, row.vat - row.debited_vat)
            self.lines[row.credit_note_id].append(rest)
        self.rests = {rest.row.id: rest for rests in self.lines.values() for rest in rests}
        goods = [row.shipment_line_id for row in rows if row.kind == "goods_back"]
        known = pieces_of(session, goods) if goods else {}
        self.out = {line: its.credited - its.back - its.promised for line, its in known.items()}
        self.standing: dict[int, Decimal] = {row.invoice_line_id: row.standing for row in rows if row.invoice_line_id}

    def is_amount(self, line: Row[Any]) -> bool:
        """Whether a line of a debit note takes back an allowance."""
        return bool(self.rests[line.credit_line_id].row.kind == "allowance")

    def is_ahead(self, line: Row[Any]) -> bool:
        """Whether a line of a debit note takes back pieces that were invoiced in advance and left."""
        row = self.rests[line.credit_line_id].row
        return bool(row.invoiced_kind == "advance" and row.shipment_line_id)

    def chain(self, line: Row[Any]) -> Chain:
        """What a line of a debit note belongs to, by what its credit note took it off."""
        row = self.rests[line.credit_line_id].row
        return Chain(row.order_id, row.shipment_id, row.invoice_id)

    def wanted(self, rest: Rest, quantity: object, amount: object) -> Wanted:
        """What is wanted of a line in exact numbers; DomainError for more than is left of it."""
        row, name = rest.row, rest.row.sku or rest.row.name
        if row.kind == "invoice_again":
            raise DomainError("invoiced_again", "{sku} is to be invoiced again: make an invoice of it.", sku=name)
        if row.kind == "allowance":
            much, left, what = exact(amount, rest.decimals, f"{name}: amount"), rest.base, "amount"
        else:
            much, left, what = exact(quantity, row.decimals, f"{name}: quantity"), rest.left, "quantity"
        if left < 0 <= much:
            raise Invalid("amount_not_negative", "{sku} was taken off: what is owed again of it must be below 0.",
                          sku=name)  # fmt: skip
        if left >= 0 >= much:
            raise Invalid(f"{what}_not_positive", "{sku}: the {what} must be above 0.", sku=name, what=what)
        if abs(much) > abs(left):
            raise DomainError("more_than_credited", "{sku}: {wanted} is more than the {left} that credit note {number} "
                              "still takes off.", sku=name, wanted=much, left=left, number=row.number)  # fmt: skip
        return Wanted(row.kind, ZERO, much) if row.kind == "allowance" else Wanted(row.kind, much)

    def most(self, rest: Rest) -> Left:
        """What could be owed again of a line: pieces that are not back, or an amount."""
        if rest.row.kind == "allowance":
            return Left(rest.row.id, ZERO, rest.base)
        pieces = ZERO if rest.row.kind == "invoice_again" else rest.left
        if rest.row.kind == "goods_back":
            pieces = max(min(pieces, self.out[rest.row.shipment_line_id]), ZERO)
        return Left(rest.row.id, pieces, ZERO)

    def take(self, rest: Rest, wanted: Wanted) -> Part:
        """The part of a debit note, which is gone then; DomainError where its pieces are back or awaited."""
        row = rest.row
        if row.invoice_line_id is None:
            return rest.take(wanted)
        if wanted.quantity:
            if self.out[row.shipment_line_id] < wanted.quantity:
                raise DomainError("pieces_back", "{sku}: pieces came back, or a draft return waits for them: cancel or "
                                  "delete that first, or take back fewer.", sku=row.sku)  # fmt: skip
            self.out[row.shipment_line_id] -= wanted.quantity
        elif not self.standing[row.invoice_line_id]:
            raise DomainError("credited_since", "{sku}: all its pieces were credited since, so that no allowance on "
                              "them is owed again.", sku=row.sku or row.name)  # fmt: skip
        self.standing[row.invoice_line_id] += wanted.quantity
        return rest.take(wanted)

    def refuse_beyond(self, note: int) -> None:
        """DomainError where more is taken back than a credit note takes off as a document."""
        left = sum((rest.net + rest.vat for rest in self.lines[note] if rest.row.kind != "invoice_again"), ZERO)
        if left < 0:
            raise DomainError("more_than_left", "It would make {over} more owed again than the credit note takes off: "
                              "take back what lowers it too.", over=-left)  # fmt: skip

    def as_it_is(self, lines: Iterable[int]) -> Callable[[], None]:
        """What puts lines of credit notes, and what stands behind them, back to what they are now."""
        rests = unchanged([self.rests[line] for line in lines if line in self.rests])
        out, standing = dict(self.out), dict(self.standing)

        def put_back() -> None:
            rests()
            self.out, self.standing = out, standing

        return put_back
