"""Goods that are back and not credited yet, or credited and not back yet: each opens the draft of the other."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.crediting import NewCreditLine, NewCreditNote, add_credit_notes
from app.domain.billing.returning import NewReturn, NewReturnLine, add_returns
from app.domain.kernel.rows import read

# Of each shipment line behind a return or a credit note: the invoiced pieces that are back, those credited as goods
# that come back, less what debit notes took back of them, and those of either that drafts say. `notes` and `returns`
# are issued, or processed, in this deed.
PIECES = """
SELECT line.id, line.shipment_id, line.returned - line.returned_uninvoiced AS back,
       coalesce(credited.issued, 0) - coalesce(debited.quantity, 0) AS credited,
       coalesce(credited.drafted, 0) AS crediting, coalesce(promised.quantity, 0) AS promised
FROM shipment_line line LEFT JOIN LATERAL (
    SELECT sum(part.quantity) FILTER (WHERE note.state = 'issued' OR note.id = ANY(%(notes)s::bigint[])) AS issued,
           sum(part.quantity) FILTER (WHERE note.state = 'draft' AND note.id <> ALL(%(notes)s::bigint[])) AS drafted
    FROM credit_note_line part JOIN credit_note note ON note.id = part.credit_note_id
    WHERE part.shipment_line_id = line.id AND part.kind = 'goods_back'
) credited ON true LEFT JOIN LATERAL (
    SELECT sum(part.quantity) AS quantity
    FROM credit_note_line its JOIN invoice_line part ON part.credit_line_id = its.id
    JOIN invoice ON invoice.id = part.invoice_id AND invoice.state = 'issued'
    WHERE its.shipment_line_id = line.id AND its.kind = 'goods_back'
) debited ON true LEFT JOIN LATERAL (
    SELECT sum(part.quantity) AS quantity
    FROM customer_return_line part JOIN customer_return ON customer_return.id = part.return_id
    WHERE part.shipment_line_id = line.id AND customer_return.state = 'draft'
          AND customer_return.credit_note_id IS NOT NULL AND customer_return.id <> ALL(%(returns)s::bigint[])
) promised ON true
WHERE line.id = ANY(%(lines)s::bigint[]) ORDER BY line.shipment_id, line.position
"""
BACK_LINES = """
SELECT line.credit_note_id, line.shipment_line_id, sum(line.quantity) AS quantity
FROM credit_note_line line
WHERE line.credit_note_id = ANY(%(notes)s::bigint[]) AND line.kind = 'goods_back'
GROUP BY line.credit_note_id, line.shipment_line_id ORDER BY 1, 2
"""


def pieces_of(
    session: Session, lines: Sequence[int], *, notes: Sequence[int] = (), returns: Sequence[int] = ()
) -> dict[int, Row[Any]]:
    """What stands of goods behind returns and credit notes, by shipment line: see the comment on the statement."""
    wanted = sorted(set(lines))
    return {
        row.id: row for row in read(session, PIECES, lines=wanted, notes=list(notes), returns=list(returns))
    }  # fmt: skip


def return_promised(session: Session, notes: Sequence[int], *, by: int) -> None:
    """Makes the draft of a return for each credit note whose goods are to come back and are not back yet."""
    rows = read(session, BACK_LINES, notes=list(notes))
    if not rows:
        return
    pieces = pieces_of(session, [row.shipment_line_id for row in rows], notes=notes)
    missing = {i: its.credited - its.back - its.promised for i, its in pieces.items()}
    lines: dict[int, dict[int, list[NewReturnLine]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        quantity = min(row.quantity, missing[row.shipment_line_id])
        if quantity > 0:
            missing[row.shipment_line_id] -= quantity
            shipment = pieces[row.shipment_line_id].shipment_id
            lines[row.credit_note_id][shipment].append(NewReturnLine(row.shipment_line_id, quantity))
    new = [
        NewReturn(its, credit_note_id=note) for note, by_shipment in lines.items() for its in by_shipment.values()
    ]  # fmt: skip
    if new:
        add_returns(session, new, by=by)


# The pieces of shipment lines on issued invoices, those in advance too, that are neither credited nor on a draft credit
# note, oldest first.
INVOICED = """
SELECT line.id, line.invoice_id, line.shipment_line_id, line.quantity - coalesce((
           SELECT sum(part.quantity) - sum(coalesce((
                      SELECT sum(debit.quantity) FROM invoice_line debit JOIN invoice ON invoice.id = debit.invoice_id
                      WHERE debit.credit_line_id = part.id AND invoice.state = 'issued'), 0))
           FROM credit_note_line part
           WHERE part.invoice_line_id = line.id AND part.shipment_line_id = line.shipment_line_id
                 AND part.kind <> 'allowance'), 0) AS left
FROM (
    SELECT part.id, part.invoice_id, part.position, part.shipment_line_id, part.quantity
    FROM invoice_line part WHERE part.shipment_line_id = ANY(%(lines)s::bigint[])
    UNION ALL
    SELECT part.id, part.invoice_id, part.position, delivery.shipment_line_id, delivery.quantity
    FROM advance_delivery delivery JOIN advance ON advance.id = delivery.advance_id
    JOIN invoice_line part ON part.id = advance.invoice_line_id
    WHERE delivery.shipment_line_id = ANY(%(lines)s::bigint[])
) line JOIN invoice ON invoice.id = line.invoice_id AND invoice.state = 'issued'
ORDER BY invoice."on", line.invoice_id, line.position
"""


def credit_returned(
    session: Session, back: Sequence[tuple[int, int, Decimal]], *, reason: str, by: int
) -> None:  # fmt: skip
    """Makes the drafts of credit notes for invoiced pieces that came back: (return, shipment line, quantity).

    What was credited before it came back, or is on a draft already, is not credited again.
    """
    if not back:
        return
    lines = [line for _, line, _ in back]
    pieces = pieces_of(session, lines, returns=[document for document, _, _ in back])
    missing = {i: its.back + its.promised - its.credited - its.crediting for i, its in pieces.items()}
    invoiced: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in read(session, INVOICED, lines=sorted(set(lines))):
        invoiced[row.shipment_line_id].append(row)
    left = {(row.id, line): row.left for line, rows in invoiced.items() for row in rows}
    crediting: dict[tuple[int, int], list[NewCreditLine]] = defaultdict(list)
    for document, line, quantity in back:
        wanted = min(quantity, missing[line])
        for row in invoiced[line]:
            taken = min(wanted, left[row.id, line])
            if taken > 0:
                its = NewCreditLine(row.id, "goods_back", taken, shipment_line_id=line)
                crediting[document, row.invoice_id].append(its)
                left[row.id, line] -= taken
                missing[line] -= taken
                wanted -= taken
    new = [
        NewCreditNote(invoice, reason, its, return_id=document, completed=True)
        for (document, invoice), its in crediting.items()
    ]  # fmt: skip
    if new:
        add_credit_notes(session, new, by=by)
