"""The deeds of a random history that move money, and what must be true of it after any other deed."""

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.settlement.allocations import Wish, allocate_payments
from app.domain.settlement.releases import release_allocations
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, cancel_cash_orders, process_cash_orders
from tests.properties.model import Shop
from tests.world import D, World

if TYPE_CHECKING:
    from tests.properties.histories import Dice

Thing = TypeVar("Thing")
REFUSED = object()
# What each payment has on each order and all that was made from it.
MONEY = """
SELECT act.payment_id, item.order_id, sum(line.amount) AS amount
FROM allocation act JOIN allocation_line line ON line.allocation_id = act.id
JOIN open_item item ON item.id = line.open_item_id WHERE act.released_on IS NULL GROUP BY 1, 2
"""
SETTLED = "SELECT document_id, sum(allocated) AS amount FROM open_item WHERE document_id = invoice_id GROUP BY 1"
OPEN_ITEMS = """
SELECT document_id, line_id, customer_id, amount - allocated AS open FROM open_item
WHERE amount > allocated OR %(anywhere)s ORDER BY id
"""
CREDITS = "SELECT document_id FROM credit WHERE amount > used OR %(anywhere)s ORDER BY document_id"
OPEN = "SELECT coalesce(sum(amount - allocated), 0) AS open FROM open_item WHERE document_id = ANY(%(ids)s::bigint[])"

ORDERS = "SELECT DISTINCT order_id FROM open_item WHERE document_id = ANY(%(ids)s::bigint[])"


def _by_payment(money: dict[tuple[int, int | None], Decimal]) -> dict[tuple[int, int | None], Decimal]:
    """What each payment has on documents, whichever order's."""
    sums: dict[tuple[int, int | None], Decimal] = {}
    for (payment, _), amount in money.items():
        sums[payment, None] = sums.get((payment, None), D(0)) + amount
    return sums


def chosen(things: Collection[Thing], number: int) -> Thing:
    return list(things)[number % len(things)]


def some(things: Collection[int], dice: "Dice") -> list[int]:
    """From one to three of these."""
    numbers = (dice.first, dice.second, dice.third)[: 1 + dice.share % 3]
    return sorted({chosen(things, number) for number in numbers})


class Money:
    """A part of a history."""

    session: Session
    shop: Shop
    world: World
    customers: list[int]
    attempt: Callable[..., Any]

    def pay(self, dice: "Dice") -> None:
        """From nothing to a little more than all that is open on some invoices, and perhaps something on account."""
        invoices = some(self.shop.invoices, dice) if self.shop.invoices and dice.first % 8 else []
        parts = {i: (self.shop.owed_on(i) * dice.share / 8).quantize(Decimal(1)) for i in invoices}
        targets = [Target(i, amount) for i, amount in parts.items() if amount > 0]
        payer = self.world.row("document", invoices[0]).customer_id if invoices else self.customers[0]
        self._take(dice, payer, targets, D(dice.second % 3))

    def pay_ahead(self, dice: "Dice") -> None:
        """So much of a line of anything that is owed, or of its whole document, before or after there is an invoice."""
        if items := read(self.session, OPEN_ITEMS, anywhere=dice.anywhere):
            item = items[dice.first % len(items)]
            amount = (item.open * dice.share / 6).quantize(Decimal(1)) + 1
            target = Target(item.document_id, amount, item.line_id if dice.third % 2 else None)
            self._take(dice, item.customer_id, [target], D(dice.second % 20))

    def _take(self, dice: "Dice", payer: int, targets: list[Target], more: Decimal) -> None:
        paid = sum((target.amount for target in targets), more)
        made = self.attempt(add_cash_orders, [NewCashOrder(self.world.desk, payer, paid, targets=targets)])
        if made is not REFUSED and self.attempt(process_cash_orders, made, on=dice.on) is not REFUSED:
            self.shop.payments[made[0]] = paid

    def cancel_payment(self, dice: "Dice") -> None:
        if self.shop.payments:
            payments = some(self.shop.payments, dice)
            if self.attempt(cancel_cash_orders, payments, on=dice.on, reason="taken back") is not REFUSED:
                for payment in payments:
                    del self.shop.payments[payment]

    def allocate(self, dice: "Dice") -> None:
        """What is left of payments, credits and vouchers settles what is open, of any customer's documents."""
        items = read(self.session, OPEN_ITEMS, anywhere=dice.anywhere)
        sources = self.world.ids(CREDITS, anywhere=dice.anywhere)
        if items and sources:
            wishes = [
                Wish(source, item.document_id, D(1 + dice.share * dice.third % 50),
                     item.line_id if dice.second % 2 else None, up_to=dice.share % 3 > 0)
                for source in some(sources, dice) for item in (items[dice.second % len(items)],)
            ]  # fmt: skip
            self.attempt(allocate_payments, wishes, on=dice.on)

    def release(self, dice: "Dice") -> None:
        live = "released_on IS NULL" if not dice.anywhere else "true"
        if acts := self.world.ids(f"SELECT id FROM allocation WHERE {live} ORDER BY id"):
            self.attempt(release_allocations, some(acts, dice), on=dice.on, reason="meant for another")

    # What holds whoever moved it

    def look_at_money(self) -> dict[tuple[int, int | None], Decimal]:
        """What each payment has on each order's documents; the shop is told what its invoices have."""
        self.shop.settled = {row.document_id: row.amount for row in read(self.session, SETTLED)}
        return {(row.payment_id, row.order_id): row.amount for row in read(self.session, MONEY)}

    def money_followed(self, before: dict[tuple[int, int | None], Decimal], made: list[int]) -> None:
        """After goods left or were invoiced: money stays with its order, but for what finds no room on anything made.

        `made` are the new documents. None of the money is new, and none left while something is open on them. What is
        over for one order fills the lines of another one on the same invoice.
        """
        after = self.look_at_money()
        if len(self.world.ids(ORDERS, ids=made)) > 1:
            before, after = _by_payment(before), _by_payment(after)
        assert all(amount <= before.get(key, D(0)) for key, amount in after.items())
        if any(amount > after.get(key, D(0)) for key, amount in before.items()):
            assert read(self.session, OPEN, ids=made)[0].open == 0
