"""Replays a trade export: each sale goes from order to cash through the same actions that people use, day by day.

Each step of a day is one deed, under a key made of the file's digest, the day and the step: a replay that was killed
goes on where it stopped, and one that was finished does nothing more. A step is a transaction of its own because
PostgreSQL checks the foreign keys of a row again whenever the transaction that inserted it changes it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from app.domain.intake.cards import Cards, open_shop
from app.domain.intake.crediting import VOUCHERS_OF, credit, pay_fees, refund, sell_vouchers, take_back, write_off
from app.domain.intake.plan import GUEST, Chunk, Plan, read_plan
from app.domain.intake.reconciliation import Made, Reconciliation, reconcile
from app.domain.intake.rejects import write_rejects
from app.domain.intake.selling import Issued, invoice, pay, ship, take_orders
from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed, open_session

Progress = Callable[[int, int], None]
T = TypeVar("T")


def replay(
    path: Path, *, by: int, reject_path: Path | None = None, progress: Progress = lambda _done, _total: None
) -> Reconciliation:
    """Replays a whole export and tells how it adds up; a second run of the same file changes nothing.

    Lines that are not taken go to `reject_path`. `progress` is told lines done and lines to do. Raises DomainError
    where the file is no export, the database is another company's, or the domain refuses a day; the days before stay.
    """
    plan = read_plan(path)
    if reject_path is not None:
        write_rejects(reject_path, plan.rejects)
    books = Books(plan, by)
    done = 0
    for chunk in plan.chunks:
        books.enter(chunk)
        done += chunk.lines
        progress(done, plan.taken_lines)
    with open_session() as session:
        books.made.invoices = [issued.id for issued in books.issued.values()]
        return reconcile(session, plan, books.made)


class Books:
    """What the replay has put into the books so far: its invoices by the export's numbers, and what else it made."""

    def __init__(self, plan: Plan, by: int) -> None:
        self.plan = plan
        self.by = by
        self.cards = Cards(**deed(self._open, key=f"trade:{plan.digest}:cards", request=plan.lines))
        self.issued: dict[str, Issued] = {}
        self.made = Made()

    def _open(self, session: Session) -> dict[str, Any]:
        """The cards, and a look whether the books are still before the file."""
        cards = open_shop(session)
        last = read(session, 'SELECT max("on") AS last FROM invoice')[0].last
        if last and self.plan.chunks and self.plan.chunks[0].on < last:
            raise DomainError(
                "books_are_ahead",
                "The last invoice in the books is of {last}, the file starts on {first}, and invoices do not go back "
                "in time: replay it into an empty database.",
                last=last,
                first=self.plan.chunks[0].on,
            )
        return cards._asdict()

    def enter(self, chunk: Chunk) -> None:
        """One chunk: its sales are ordered, shipped and invoiced, what is due is paid, then the rest of the day."""
        plan, cards, by = self.plan, self.cards, self.by
        if chunk.sales:
            orders = self._once(chunk, "orders", lambda session: take_orders(session, plan, cards, chunk, by=by))
            self.made.receipts += self._once(
                chunk, "shipments", lambda session: ship(session, plan, cards, chunk, orders, by=by)
            )
            made = self._once(chunk, "invoices", lambda session: invoice(session, chunk, orders, by=by))
            self.issued |= {number: Issued(*facts) for number, facts in made.items()}
        if chunk.vouchers:
            made = self._once(chunk, "vouchers", lambda session: sell_vouchers(session, plan, cards, chunk, by=by))
            self.issued |= {number: Issued(*facts) for number, facts in made.items()}
        if due := self._due(chunk):
            self._once(chunk, "payments", lambda session: pay(session, cards, chunk, due, by=by))
        self._give_back(chunk)

    def _due(self, chunk: Chunk) -> dict[str, Issued]:
        """What is paid now: what falls due, and what guests buy."""
        at_once = [sale.invoice for sale in (*chunk.sales, *chunk.vouchers) if sale.customer == GUEST]
        numbers = [name for number in (*chunk.due, *at_once) for name in (number, number + VOUCHERS_OF)]
        return {number: self.issued[number] for number in numbers if number in self.issued}

    def _give_back(self, chunk: Chunk) -> None:
        plan, cards, by = self.plan, self.cards, self.by
        if chunk.credits:
            notes = self._once(chunk, "credits", lambda session: credit(session, chunk, self.issued, by=by))
            self.made.notes += notes
            self.made.returns += self._once(chunk, "returns", lambda session: take_back(session, chunk, notes, by=by))
            self.made.refunds += self._once(
                chunk, "refunds", lambda session: refund(session, cards, chunk, notes, by=by)
            )
        if chunk.written_off:
            written, receipts = self._once(
                chunk, "losses", lambda session: write_off(session, plan, cards, chunk, by=by)
            )
            self.made.write_offs += written
            self.made.receipts += receipts
        if chunk.fees:
            self.made.fees += self._once(chunk, "fees", lambda session: pay_fees(session, cards, chunk, by=by))

    def _once(self, chunk: Chunk, step: str, work: Callable[[Session], T]) -> T:
        """Does a step, or gives the answer it gave when it was done; DomainError names the day that is refused."""
        sales = [sale.invoice for sale in (*chunk.sales, *chunk.vouchers)]
        notes = [credited.invoice for credited in chunk.credits]
        request = [sales, notes, chunk.due, len(chunk.written_off), len(chunk.fees)]
        try:
            return deed(work, key=f"trade:{self.plan.digest}:{chunk.on}:{chunk.piece}:{step}", request=request)
        except (DomainError, Refused) as refusal:
            first = next(iter(refusal.errors.values())) if isinstance(refusal, Refused) else refusal
            raise DomainError(
                "day_refused",
                "{on}, {step}: {sentence} What was done before is stored; the same command goes on from there.",
                on=chunk.on,
                step=step,
                sentence=str(first),
            ) from refusal
