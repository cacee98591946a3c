"""A new order becomes somebody's: the first who takes it has it."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.domain.kernel.document import lock_documents, record
from app.domain.kernel.errors import DomainError, NotFound, WrongState, refuse
from app.domain.kernel.lifecycle import Outcome, done_before
from app.domain.kernel.rows import read, write

HEADS = """
SELECT sales_order.id, number, state, responsible_id, actor.name AS whose
FROM sales_order JOIN document USING (id) LEFT JOIN actor ON actor.id = responsible_id
WHERE sales_order.id = ANY(%(ids)s::bigint[])
"""
TAKE = """
UPDATE sales_order SET responsible_id = %(by)s, version = version + 1 WHERE id = ANY(%(ids)s::bigint[])
"""


def take_orders(session: Session, ids: Sequence[int], /, *, by: int) -> Outcome:
    """Makes active orders that are nobody's those of `by`; one's own are done already.

    Raises Refused where one is somebody else's, or not active.
    """
    lock_documents(session, wanted := sorted(set(ids)))
    heads = {row.id: row for row in read(session, HEADS, ids=wanted)}
    errors: dict[int, DomainError] = {}
    for i in wanted:
        head = heads.get(i)
        if head is None:
            errors[i] = NotFound("not_found", "There is no such {kind}.", kind="sales order")
        elif head.state != "active":
            errors[i] = WrongState(
                "wrong_state",
                "{step}: this {kind} is {state}; it would have to be {wanted}.",
                step="take",
                kind="sales order",
                state=head.state,
                wanted="active",
            )
        elif head.responsible_id not in (None, by):
            errors[i] = DomainError(
                "taken", "Order {number} is {whose}'s already.", number=head.number, whose=head.whose
            )
    refuse(errors)
    free = [i for i in wanted if heads[i].responsible_id is None]
    already = done_before(session, "take", [i for i in wanted if i not in free])
    write(session, TAKE, ids=free, by=by)
    entries = [{"document_id": i, "from_state": "active", "to_state": "active"} for i in free]
    record(session, "take", entries, by=by)
    return Outcome(done=[i for i in wanted if i not in already], already=already)
