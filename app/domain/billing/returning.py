"""Drafts of customers' returns: what comes back of which shipments. They hold nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.models import CustomerReturn, CustomerReturnLine
from app.domain.kernel.document import links, record, register
from app.domain.kernel.drafts import lock_draft, rewrite_draft
from app.domain.kernel.errors import DomainError, Invalid, NotFound, Refused, refuse
from app.domain.kernel.lifecycle import Outcome
from app.domain.kernel.rows import insert_together, read
from app.domain.kernel.values import exact
from app.domain.lifecycles import CUSTOMER_RETURN
from app.domain.stock.warehouses import warehouses


@dataclass(frozen=True)
class NewReturnLine:
    """So many pieces of a shipment line."""

    shipment_line_id: int
    quantity: Decimal


@dataclass(frozen=True)
class NewReturn:
    """What one customer brings back, into the warehouse it left unless another is named.

    `credit_note_id` is the credit note that it is made from.
    """

    lines: Sequence[NewReturnLine]
    warehouse_id: int | None = None
    note: str = ""
    credit_note_id: int | None = None


SHIPPED = """
SELECT line.id, line.shipment_id, line.quantity, line.returned, order_line.product_id, order_line.sku, product.kind,
       unit.decimals, shipment.state, document.customer_id, document.warehouse_id, document.number
FROM shipment_line line
JOIN shipment ON shipment.id = line.shipment_id JOIN document ON document.id = shipment.id
JOIN sales_order_line order_line ON order_line.id = line.order_line_id
JOIN product ON product.id = order_line.product_id JOIN unit ON unit.id = product.unit_id
WHERE line.id = ANY(%(ids)s::bigint[])
"""


@dataclass(frozen=True)
class Coming:
    """A return to be: whose, into which warehouse, the columns of its lines, and the shipments that they left with."""

    customer_id: int
    warehouse_id: int
    lines: Sequence[Mapping[str, Any]]
    shipments: Sequence[int] = ()
    note: str = ""
    credit_note_id: int | None = None

    def rows(self, document: int) -> list[dict[str, Any]]:
        """The rows of its lines."""
        return [{"return_id": document, "position": position, **line} for position, line in enumerate(self.lines, 1)]

    def links(self, document: int) -> Iterator[tuple[int, int, str]]:
        """What it is made from."""
        made_from = (*self.shipments, self.credit_note_id)
        return ((source, document, "returns") for source in made_from if source is not None)


def _coming(new: NewReturn, shipped: Mapping[int, Row[Any]], places: Mapping[int, Row[Any]]) -> Coming:
    """A return with exact quantities; raises DomainError for what cannot come back like this."""
    if not new.lines:
        raise Invalid("no_lines", "Nothing comes back: enter the quantity of at least one line.")
    if len({line.shipment_line_id for line in new.lines}) < len(new.lines):
        raise Invalid("line_twice", "A line of a shipment is named twice: enter its quantity once.")
    lines = [_exact(line, shipped.get(line.shipment_line_id)) for line in new.lines]
    rows = [shipped[line.shipment_line_id] for line in new.lines]
    customers, left = {row.customer_id for row in rows}, {row.warehouse_id for row in rows}
    if len(customers) > 1:
        raise DomainError("mixed_customers", "The shipments are of several customers: make a return of each.")
    if new.warehouse_id is None and len(left) > 1:
        raise Invalid("no_warehouse", "The goods left several warehouses: choose the one they come into.")
    warehouse = new.warehouse_id or left.pop()
    if warehouse not in places:
        raise Invalid("unknown_warehouse", "There is no active warehouse {id}.", id=warehouse)
    shipments = list(dict.fromkeys(row.shipment_id for row in rows))
    return Coming(customers.pop(), warehouse, lines, shipments, new.note, new.credit_note_id)


def _exact(line: NewReturnLine, row: Row[Any] | None) -> dict[str, Any]:
    """The columns of a line."""
    if row is None:
        raise NotFound("not_found", "There is no line {id} of a shipment.", id=line.shipment_line_id)
    if row.state != "processed":
        raise DomainError("not_shipped", "Shipment {number} is {state}: only what left comes back.",
                          number=row.number or row.shipment_id, state=row.state)  # fmt: skip
    if row.kind == "service":
        raise Invalid("service_returned", "{sku} is a service: it does not come back; credit its invoice.", sku=row.sku)
    quantity = exact(line.quantity, row.decimals, f"{row.sku}: quantity")
    if quantity <= 0:
        raise Invalid("quantity_not_positive", "{sku}: the quantity must be above 0.", sku=row.sku)
    if quantity > row.quantity - row.returned:
        raise DomainError(
            "more_than_shipped", "{sku}: {wanted} is more than the {left} of shipment {number} that are not back.",
            sku=row.sku, wanted=quantity, left=row.quantity - row.returned, number=row.number,
        )  # fmt: skip
    return {"shipment_line_id": row.id, "product_id": row.product_id, "quantity": quantity}


def add_returns(session: Session, wanted: Sequence[NewReturn], *, by: int) -> list[int]:
    """Writes drafts and gives their ids; Refused names what is wrong by position in the batch."""
    named = sorted({line.shipment_line_id for new in wanted for line in new.lines})
    shipped = {row.id: row for row in read(session, SHIPPED, ids=named)}
    into = {new.warehouse_id for new in wanted if new.warehouse_id} | {row.warehouse_id for row in shipped.values()}
    places = warehouses(session, into)
    drafts: list[Coming] = []
    errors: dict[int, DomainError] = {}
    for position, new in enumerate(wanted):
        try:
            drafts.append(_coming(new, shipped, places))
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    return write_drafts(session, drafts, by=by)


GOODS = """
SELECT line.shipment_id, line.id, line.quantity - line.returned AS left, product.kind
FROM shipment_line line JOIN sales_order_line order_line ON order_line.id = line.order_line_id
JOIN product ON product.id = order_line.product_id
WHERE line.shipment_id = ANY(%(ids)s::bigint[])
ORDER BY line.shipment_id, line.position
"""


def return_shipments(
    session: Session, shipments: Iterable[int], /, *, by: int, quantities: Mapping[int, Decimal] | None = None,
    note: str = "", warehouse_id: int | None = None,
) -> Outcome:  # fmt: skip
    """Makes a draft of a return of each shipment: all goods that are not back, or so many pieces of its lines.

    They come into the warehouse that they left unless another is named.

    Raises Refused, by shipment, for what `add_returns` refuses; Invalid for lines of other shipments.
    """
    wanted = sorted(set(shipments))
    lines = _goods(session, wanted, quantities)
    try:
        ids = add_returns(session, [NewReturn(its, warehouse_id, note) for its in lines.values()], by=by)
    except Refused as refusal:
        raise Refused({wanted[place]: error for place, error in refusal.errors.items()}) from None
    return Outcome(done=wanted, answer=ids)


def _goods(
    session: Session, shipments: Sequence[int], quantities: Mapping[int, Decimal] | None
) -> dict[int, list[NewReturnLine]]:
    """What comes back of each shipment: all goods that are not back, or so many pieces of its lines."""
    lines: dict[int, list[NewReturnLine]] = {shipment: [] for shipment in shipments}
    rows = read(session, GOODS, ids=list(shipments))
    if foreign := set(quantities or ()) - {row.id for row in rows}:
        raise Invalid("foreign_line", "Lines {lines} are not of these shipments.", lines=sorted(foreign))
    for row in rows:
        quantity = quantities.get(row.id) if quantities else row.left if row.kind != "service" else None
        if quantity:
            lines[row.shipment_id].append(NewReturnLine(row.id, quantity))
    return lines


@dataclass(frozen=True)
class ReturnOf:
    """All goods of shipments that are not back, or, with `quantities` (shipment line → quantity), so many pieces; into
    the warehouse of the draft that is written anew, unless another is named.
    """

    shipments: Sequence[int]
    quantities: Mapping[int, Decimal] | None = None
    note: str = ""
    warehouse_id: int | None = None


OWN = """
SELECT document.customer_id, document.warehouse_id, customer_return.credit_note_id,
       EXISTS (SELECT FROM customer_return_line line WHERE line.return_id = customer_return.id
               AND line.shipment_line_id IS NOT NULL) AS of_shipment
FROM customer_return JOIN document USING (id) WHERE customer_return.id = %(id)s
"""
# The shipments whose goods a credit note takes back.
PROMISED = """
SELECT DISTINCT shipped.shipment_id AS id FROM credit_note_line line
JOIN shipment_line shipped ON shipped.id = line.shipment_line_id
WHERE line.credit_note_id = %(note)s AND line.kind = 'goods_back'
"""


def edit_return(session: Session, document: int, new: ReturnOf, *, version: int, by: int) -> None:
    """Writes a draft of what comes back of shipments anew; it stays the credit note's it is of.

    Raises Stale where it is no longer at `version`, WrongState once it is processed, DomainError where nobody knows its
    shipment, Invalid for shipments of another customer or that its credit note does not name, and what
    `return_shipments` refuses.
    """
    own = lock_own(session, document, of_shipment=True, version=version)
    lines = [line for its in _goods(session, new.shipments, new.quantities).values() for line in its]
    shipped = {row.id: row for row in read(session, SHIPPED, ids=sorted(line.shipment_line_id for line in lines))}
    into = new.warehouse_id or own.warehouse_id
    back = NewReturn(lines, into, new.note, own.credit_note_id)
    draft = _coming(back, shipped, warehouses(session, [into]))
    if draft.customer_id != own.customer_id:
        raise Invalid("other_customer", "The draft is another customer's: make a return of its own.")
    if own.credit_note_id is not None:
        promised = {row.id for row in read(session, PROMISED, note=own.credit_note_id)}
        if not promised.issuperset(draft.shipments):
            raise Invalid("other_shipment", "The draft is of a credit note for goods of other shipments: make a return "
                          "of its own.")  # fmt: skip
    rewrite(session, document, draft, by=by)


def lock_own(session: Session, document: int, *, of_shipment: bool, version: int) -> Row[Any]:
    """Locks a draft that is written anew, and gives what it keeps; DomainError where it is of the other kind."""
    lock_draft(session, CUSTOMER_RETURN, document, states=(CUSTOMER_RETURN.initial,), version=version)
    own: Row[Any] = read(session, OWN, id=document)[0]
    if own.of_shipment and not of_shipment:
        raise DomainError("of_shipment", "It is drafted from a shipment: say what comes back of that.")
    if of_shipment and not own.of_shipment:
        raise DomainError("without_shipment", "Nobody knows its shipment: write its lines anew.")
    return own


def rewrite(session: Session, document: int, draft: Coming, *, by: int) -> None:
    """Writes a locked draft anew."""
    rewrite_draft(session, CUSTOMER_RETURN, document, {"note": draft.note}, lines=(CustomerReturnLine, "return_id"),
                  customer=draft.customer_id, warehouse=draft.warehouse_id, links=["returns"])  # fmt: skip
    insert_together(session, (CustomerReturnLine, draft.rows(document)), links(draft.links(document)))
    state = CUSTOMER_RETURN.initial
    record(session, "edit", [{"document_id": document, "from_state": state, "to_state": state}], by=by)


def write_drafts(session: Session, drafts: Sequence[Coming], *, by: int) -> list[int]:
    """Makes a draft of each and gives the ids."""
    heads = [{"customer_id": draft.customer_id, "warehouse_id": draft.warehouse_id} for draft in drafts]
    ids = register(session, CUSTOMER_RETURN.kind, heads, lambda ids: [
        (CustomerReturn, [
            {"id": i, "note": draft.note, "credit_note_id": draft.credit_note_id}
            for i, draft in zip(ids, drafts, strict=True)
        ]),
        (CustomerReturnLine, [row for i, draft in zip(ids, drafts, strict=True) for row in draft.rows(i)]),
        links(link for i, draft in zip(ids, drafts, strict=True) for link in draft.links(i)),
    ])  # fmt: skip
    record(session, "create", [{"document_id": i, "to_state": CUSTOMER_RETURN.initial} for i in ids], by=by)
    return ids
