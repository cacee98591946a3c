"""Money follows the goods: from the order to its shipments and on to their invoices, and back where one is undone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.document import record
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO
from app.domain.ledger.periods import check_date
from app.domain.settlement.acts import Act, how_posted, lines_of, release_acts, write_acts
from app.domain.settlement.credits import lock_credits, summed
from app.domain.settlement.items import Settled, lower_items


class Move(NamedTuple):
    """Pieces of a line went on into a line of another document."""

    from_document: int
    from_line: int
    to_document: int
    to_line: int


ACTS_ON = """
SELECT DISTINCT act.id FROM allocation_line line JOIN allocation act ON act.id = line.allocation_id
WHERE line.open_item_id = ANY(%(items)s::bigint[]) AND act.released_on IS NULL
"""
OPEN = """
SELECT id, document_id, line_id, invoice_id, amount - allocated AS open FROM open_item
WHERE document_id = ANY(%(documents)s::bigint[]) ORDER BY document_id, id FOR NO KEY UPDATE
"""


def follow(session: Session, settled: Sequence[Settled], moves: Iterable[Move] = (), *, on: date, by: int) -> None:
    """What is allocated to changed items goes on along the moves, and what is then too much is the customer's advance.

    Line by line the oldest money goes first, up to what is open on the new line; what a line has left over fills the
    other lines of the same new document, in line order, and only then stays. What stays and exceeds the item is
    released, the youngest first. Moving is a release and a new allocation of the same payment, dated the later of the
    document, which is dated `on`, and the payment.

    Whoever calls refreshes the payment statuses. Raises DomainError where a later date is in a closed period.
    """
    if not settled:
        return
    found = lines_of(session, (row.id for row in read(session, ACTS_ON, items=[item.id for item in settled])))
    following = Following(settled, found, [*moves])
    following.open_targets(read(session, OPEN, documents=sorted(following.targets)))
    following.move()
    freed = following.free()
    money = lock_credits(session, (line.payment_id for line in found))
    _write(session, following, money, on=on, by=by)
    lower_items(session, settled)
    _record(session, freed, on=on, by=by)


class Following:
    """Amounts on their way: `held` is what each act has on each item, `moved` what it has on new items."""

    def __init__(self, settled: Sequence[Settled], found: Sequence[Row[Any]], moves: Sequence[Move]) -> None:
        self.settled = settled
        self.acts: dict[int, list[Row[Any]]] = defaultdict(list)
        self.on_item: dict[int, list[Row[Any]]] = defaultdict(list)
        for line in found:
            self.acts[line.id].append(line)
            self.on_item[line.item_id].append(line)
        self.held = {(line.id, line.item_id): Decimal(line.amount) for line in found}
        self.moved: dict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
        sources = {(item.document_id, item.line_id) for item in settled}
        self.moves: dict[tuple[int, int], list[Move]] = defaultdict(list)
        for move in moves:
            if (move.from_document, move.from_line) in sources:
                self.moves[move.from_document, move.from_line].append(move)
        self.targets = {move.to_document for its in self.moves.values() for move in its}
        self.items: dict[int, Row[Any]] = {}
        self.open: dict[int, Decimal] = {}

    def open_targets(self, rows: Sequence[Row[Any]]) -> None:
        """Takes the items of the new documents, in line order."""
        for row in rows:
            self.items[row.id], self.open[row.id] = row, row.open

    def move(self) -> None:
        """First every line has its own money, then what is left over fills the lines beside it."""
        by_line = {(row.document_id, row.line_id): row.id for row in self.items.values()}
        of_document: dict[int, list[int]] = defaultdict(list)
        for row in self.items.values():
            of_document[row.document_id].append(row.id)
        for item in self.settled:
            for move in self.moves[item.document_id, item.line_id]:
                self._fill(item, by_line[move.to_document, move.to_line])
        for item in self.settled:
            for document in dict.fromkeys(move.to_document for move in self.moves[item.document_id, item.line_id]):
                for target in of_document[document]:
                    self._fill(item, target)

    def _fill(self, item: Settled, target: int) -> None:
        for line in self.on_item[item.id]:
            amount = min(self.held[line.id, item.id], self.open[target])
            if amount:
                self.held[line.id, item.id] -= amount
                self.open[target] -= amount
                self.moved[line.id][target] += amount

    def free(self) -> list[tuple[Row[Any], Decimal]]:
        """Lets go of what items hold beyond what they come to, the youngest first; gives the lines and how much."""
        freed = []
        for item in self.settled:
            excess = sum((self.held[line.id, item.id] for line in self.on_item[item.id]), ZERO) - item.payable
            for line in reversed(self.on_item[item.id]):
                amount = min(self.held[line.id, item.id], max(excess, ZERO))
                if amount:
                    self.held[line.id, item.id] -= amount
                    excess -= amount
                    freed.append((line, amount))
        return freed

    def changed(self) -> dict[int, list[Row[Any]]]:
        """The acts that do not stay as they are, with all their lines."""
        return {
            act: lines for act, lines in self.acts.items()
            if any(self.held[act, line.item_id] != line.amount for line in lines)
        }  # fmt: skip


def _write(session: Session, following: Following, money: Mapping[int, Row[Any]], *, on: date, by: int) -> None:
    """Releases the acts that change, and makes new ones of what stays and of what goes on."""
    released: dict[date, list[Row[Any]]] = defaultdict(list)
    made: dict[Act, dict[int, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    posted: set[date] = set()
    for act, lines in following.changed().items():
        first, credit = lines[0], money[lines[0].payment_id]
        day = max(on, credit.on, first.on)
        released[day].extend(lines)
        stays = [(line.item_id, first.target_id, line.invoice_id, following.held[act, line.item_id]) for line in lines]
        goes = [
            (item, following.items[item].document_id, following.items[item].invoice_id, amount)
            for item, amount in following.moved[act].items()
        ]  # fmt: skip
        for item, document, invoice, amount in (*stays, *goes):
            if amount:
                how = how_posted(credit.role, invoice)
                made[Act(credit.document_id, document, day, how, credit.customer_id, first.since_id)][item] += amount
                posted.update({day} if how != "none" else ())
        posted.update({day} if first.posted != "none" else ())
    for day in sorted(posted - {on}):
        check_date(session, on=day)
    for day in sorted(released):
        release_acts(session, released[day], on=day, by=by)
    write_acts(session, made, by=by)


def _record(session: Session, freed: Sequence[tuple[Row[Any], Decimal]], *, on: date, by: int) -> None:
    amounts = summed((line.payment_id, amount) for line, amount in freed)
    record(session, "release", [
        {"document_id": payment, "changes": {"on": str(on), "reason": "no longer owed", "amount": str(amount)}}
        for payment, amount in amounts.items()
    ], by=by)  # fmt: skip
