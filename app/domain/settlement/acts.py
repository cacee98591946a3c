"""Acts of allocation as rows: written with their lines, released whole, and posted where they move money.

Whoever writes or releases an act holds the locks of its open items and of the credit that it uses.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel import clock
from app.domain.kernel.document import links, register
from app.domain.kernel.rows import insert, read, write
from app.domain.kernel.values import ZERO
from app.domain.ledger.posting import Posting, post, post_mirrors
from app.domain.settlement.credits import ADVANCES, NewCredit, summed
from app.domain.settlement.models import Allocation, AllocationLine, Credit


class Act(NamedTuple):
    """This customer's payment settles lines of this document: `posted` with its payment, by its `own` entry, or not at
    all.
    """

    payment_id: int
    target_id: int
    on: date
    posted: str
    customer_id: int
    since_id: int | None = None

    def row(self) -> dict[str, object]:
        """The columns of the table; whose it is, its document tells."""
        return {key: value for key, value in self._asdict().items() if key != "customer_id"}


Acts = Mapping[Act, Mapping[int, Decimal]]

SETTLE = """
WITH item AS (
    UPDATE open_item SET allocated = allocated + given.amount
    FROM unnest(%(items)s::bigint[], %(amounts)s::numeric[]) AS given (id, amount)
    WHERE open_item.id = given.id
)
UPDATE credit SET used = used + given.amount
FROM unnest(%(credits)s::bigint[], %(used)s::numeric[]) AS given (id, amount)
WHERE credit.document_id = given.id
"""
RELEASE = "UPDATE allocation SET released_on = %(on)s WHERE id = ANY(%(acts)s::bigint[])"
LINES = """
SELECT act.id, act.payment_id, act.target_id, act."on", act.posted, coalesce(act.since_id, act.id) AS since_id,
       line.open_item_id AS item_id, line.amount, item.invoice_id
FROM allocation act JOIN allocation_line line ON line.allocation_id = act.id
JOIN open_item item ON item.id = line.open_item_id
WHERE act.id = ANY(%(acts)s::bigint[]) AND act.released_on IS NULL
ORDER BY since_id, act.id, line.open_item_id
"""


def how_posted(role: str, invoice_id: int | None, *, with_payment: bool = False) -> str:
    """Which entry moves the money of a credit of this role to an item: an order's or a shipment's moves none."""
    if role != ADVANCES or invoice_id is None:
        return "none"
    return "with_payment" if with_payment else "own"


def write_acts(session: Session, acts: Acts, *, by: int, new: Sequence[NewCredit] = ()) -> None:
    """Writes acts with their lines (open item → amount), posts those that have entries of their own, and writes the
    `new` credits that come into being with them; items and credits stand at their new sums.
    """
    used = summed((act.payment_id, sum(lines.values(), ZERO)) for act, lines in acts.items())
    rows = (Credit, [credit.row(used.pop(credit.document_id, ZERO)) for credit in new])
    if not acts:
        insert(session, *rows)
        return
    at = clock.now()
    ids = register(session, "allocation", [{"customer_id": act.customer_id} for act in acts], lambda ids: [
        rows,
        (Allocation, [{"id": i, **act.row(), "at": at} for i, act in zip(ids, acts, strict=True)]),
        (AllocationLine, [
            {"allocation_id": i, "open_item_id": item, "amount": amount}
            for i, lines in zip(ids, acts.values(), strict=True) for item, amount in lines.items()
        ]),
        links((act.payment_id, i, "allocates") for i, act in zip(ids, acts, strict=True)),
    ])  # fmt: skip
    settle(session, [line for lines in acts.values() for line in lines.items()], used)
    _post_own(session, "allocation.made", (
        (act.on, i, sum(lines.values(), ZERO))
        for i, (act, lines) in zip(ids, acts.items(), strict=True) if act.posted == "own"
    ), by=by)  # fmt: skip


def settle(session: Session, lines: Iterable[tuple[int, Decimal]], used: Mapping[int, Decimal]) -> None:
    """Adds to what is allocated to open items and used of credits."""
    sums = summed(lines)
    write(session, SETTLE, items=list(sums), amounts=list(sums.values()), credits=list(used), used=list(used.values()))


def release_acts(session: Session, lines: Sequence[Row[Any]], *, on: date, by: int) -> None:
    """Releases live acts, given by all their lines: what was posted goes back to the customers' advances."""
    if not lines:
        return
    write(session, RELEASE, acts=sorted({line.id for line in lines}), on=on)
    settle(
        session, ((line.item_id, -line.amount) for line in lines),
        summed((line.payment_id, -line.amount) for line in lines),
    )  # fmt: skip
    sums = summed((line.id, line.amount) for line in lines if line.posted != "none")
    _post_own(session, "allocation.released", ((on, act, amount) for act, amount in sums.items()), by=by)


def _post_own(session: Session, event: str, amounts: Iterable[tuple[date, int, Decimal]], *, by: int) -> None:
    by_date: dict[date, list[Posting]] = defaultdict(list)
    for on, act, amount in amounts:
        by_date[on].append(Posting(act, {"amount": amount}))
    for on in sorted(by_date):
        post(session, event, by_date[on], on=on, by=by)


def mirror_releases(session: Session, acts: Iterable[int], *, on: date, by: int) -> None:
    """Takes back the entries of releases."""
    post_mirrors(session, "allocation.released", acts, on=on, by=by)


def lines_of(session: Session, acts: Iterable[int]) -> Sequence[Row[Any]]:
    """The lines of live acts, the oldest money first."""
    return read(session, LINES, acts=sorted(set(acts)))
