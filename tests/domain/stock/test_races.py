"""Two people want the same goods at the same moment: each deed in a connection of its own, as the program does it."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.domain.fulfilment.ordering import approve_orders, cancel_orders, process_orders
from app.domain.fulfilment.shipping import cancel_shipments, process_shipments
from app.domain.kernel.batch import Result, run_batch
from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed
from app.domain.proof import run_checks
from app.domain.sales.orders import NewLine, NewOrder, add_orders, delete_orders, edit_order
from app.domain.stock.moves import lock_balances
from app.domain.warehousing.receipts import (
    NewReceipt,
    NewReceiptLine,
    add_receipts,
    cancel_receipts,
    process_receipts,
)
from tests.world import TODAY, World

D = Decimal

AGREED = {"on": TODAY, "agreed_by": "Mr Client", "agreed_how": "phone"}


class Shop:
    """A company that is committed, and people who do deeds in it at once."""

    def __init__(self, engine: Engine, world: World) -> None:
        self.engine, self.world, self.by = engine, world, world.by

    def commit(self) -> None:
        """What was prepared through the world is there for everybody."""
        self.world.session.commit()

    def at_once(self, *works: Callable[[], Any]) -> list[Any]:
        """Does all this at the same moment; the answers or refusals in the same order."""
        start = Barrier(len(works))

        def do(work: Callable[[], Any]) -> Any:
            start.wait()
            try:
                return work()
            except (Refused, DomainError) as refusal:
                return refusal

        with ThreadPoolExecutor(len(works)) as pool:
            return list(pool.map(do, works))

    def deed(self, action: Callable[..., Any], *args: Any, **arguments: Any) -> Callable[[], Any]:
        return lambda: deed(lambda session: action(session, *args, by=self.by, **arguments))

    def all_is_true(self) -> None:
        """Every proof of the program holds."""
        with Session(self.engine) as session:
            wrong = {check.name: check.offenders for check in run_checks(session=session) if not check.ok}
        assert wrong == {}


@pytest.fixture
def shop(fresh_database: Engine) -> Iterator[Shop]:
    with Session(fresh_database, autoflush=False, expire_on_commit=False) as session:
        yield Shop(fresh_database, World(session))


def codes(answers: Iterable[Any]) -> list[str]:
    """What became of each, the refusals by their code."""
    refusals = (next(iter(it.errors.values())) if isinstance(it, Refused) else it for it in answers)
    return sorted(it.code if isinstance(it, DomainError) else "done" for it in refusals)


def test_a_balance_that_is_read_is_locked_until_the_deed_ends(shop: Shop) -> None:
    cup = shop.world.add_product("CUP")
    shop.world.receive(cup, "1")
    shop.commit()

    with Session(shop.engine) as one, Session(shop.engine) as other:
        lock_balances(one, [(shop.world.warehouse, cup)])
        with pytest.raises(OperationalError, match="could not obtain lock"):
            read(other, "SELECT FROM stock_balance WHERE product_id = %(id)s FOR NO KEY UPDATE NOWAIT", id=cup)


def test_of_two_sellers_who_approve_the_last_piece_one_gets_it(shop: Shop) -> None:
    cup = shop.world.add_product("CUP")
    shop.world.receive(cup, "1")
    orders = [shop.world.order((cup, "1")) for _ in range(2)]
    shop.commit()

    answers = shop.at_once(*(shop.deed(approve_orders, [order], **AGREED) for order in orders))

    assert codes(answers) == ["done", "short_stock"]
    assert shop.world.balance(cup)[:2] == (1, 1)
    shop.all_is_true()


def test_of_two_shipments_of_the_last_piece_one_leaves(shop: Shop) -> None:
    """In a warehouse that promises more than it has, both orders hold the piece."""
    bold, cup = shop.world.add_warehouse("BOLD", negative=True), shop.world.add_product("CUP")
    shop.world.receive(cup, "1", warehouse=bold)
    orders = [shop.world.order((cup, "1"), warehouse=bold) for _ in range(2)]
    shop.world.approve(*orders)
    shipments = [shop.world.drafts(order)[0] for order in orders]
    shop.commit()

    answers = shop.at_once(*(shop.deed(process_shipments, [shipment], on=TODAY) for shipment in shipments))

    assert codes(answers) == ["done", "insufficient_stock"]
    assert shop.world.balance(cup, bold) == (0, 1, 0)
    shop.all_is_true()


def test_two_who_sell_and_ship_at_once_sell_no_piece_twice(shop: Shop) -> None:
    cup = shop.world.add_product("CUP")
    shop.world.receive(cup, "3")
    orders = [shop.world.order((cup, "1")) for _ in range(6)]
    shop.commit()

    answers = shop.at_once(*(shop.deed(process_orders, [order], **AGREED) for order in orders))

    assert codes(answers) == ["done"] * 3 + ["short_stock"] * 3
    assert shop.world.balance(cup) == (0, 0, 0)
    shop.all_is_true()


def test_the_same_shipment_processed_by_two_leaves_once(shop: Shop) -> None:
    cup = shop.world.add_product("CUP")
    shop.world.receive(cup, "5")
    order = shop.world.order((cup, "2"))
    shop.world.approve(order)
    [shipment] = shop.world.drafts(order)
    shop.commit()

    answers = shop.at_once(*[shop.deed(process_shipments, [shipment], on=TODAY)] * 4)

    assert sorted(len(outcome.done) for outcome in answers) == [0, 0, 0, 1]
    assert shop.world.balance(cup)[0] == 3
    shop.all_is_true()


def test_the_first_receipts_of_a_product_meet_in_one_balance(shop: Shop) -> None:
    cup = shop.world.add_product("CUP")
    line = NewReceiptLine(cup, D(2), D("1.50"))
    receipts = shop.world.do(add_receipts, [NewReceipt(shop.world.warehouse, [line]) for _ in range(4)])
    shop.commit()

    answers = shop.at_once(*(shop.deed(process_receipts, [receipt], on=TODAY) for receipt in receipts))

    assert codes(answers) == ["done"] * 4
    assert shop.world.balance(cup) == (8, 0, 12)
    shop.all_is_true()


def test_goods_that_arrive_while_somebody_asks_for_them_are_promised_once(shop: Shop) -> None:
    cup = shop.world.add_product("CUP")
    waiters = [shop.world.order((cup, "1")) for _ in range(2)]
    shop.world.approve(waiters[0], consent=["short_stock"])
    line = NewReceiptLine(cup, D(1), D(1))
    [receipt] = shop.world.do(add_receipts, [NewReceipt(shop.world.warehouse, [line])])
    shop.commit()

    shop.at_once(
        shop.deed(process_receipts, [receipt], on=TODAY),
        shop.deed(approve_orders, [waiters[1]], consent=["short_stock"], **AGREED),
    )

    rows = read(shop.world.session, "SELECT document_id, quantity, waiting FROM reservation ORDER BY document_id")
    assert [tuple(row) for row in rows] == [(waiters[0], 1, 0), (waiters[1], 0, 1)]
    shop.all_is_true()


def test_a_receipt_is_not_cancelled_under_a_shipment(shop: Shop) -> None:
    cup = shop.world.add_product("CUP")
    receipt = shop.world.receive(cup, "3")
    order = shop.world.order((cup, "3"))
    shop.world.approve(order)
    [shipment] = shop.world.drafts(order)
    shop.commit()

    answers = shop.at_once(
        shop.deed(cancel_receipts, [receipt], on=TODAY, reason="oops"),
        shop.deed(process_shipments, [shipment], on=TODAY),
    )

    assert codes(answers) in (["already_gone", "done"], ["done", "insufficient_stock"])
    shop.all_is_true()


def test_an_order_is_edited_by_one_of_two(shop: Shop) -> None:
    cup = shop.world.add_product("CUP")
    order = shop.world.order((cup, "1"))
    shop.commit()

    def edit(quantity: int) -> Callable[[], Any]:
        wanted = NewOrder("phone", shop.world.customer, shop.world.warehouse, TODAY, [NewLine(cup, D(quantity))])
        return shop.deed(edit_order, order, wanted, version=1)

    answers = shop.at_once(edit(2), edit(3), edit(4))

    assert codes(answers) == ["done", "stale", "stale"]
    shop.all_is_true()


def test_an_order_is_deleted_or_approved_but_not_both(shop: Shop) -> None:
    cup = shop.world.add_product("CUP")
    shop.world.receive(cup, "1")
    order = shop.world.order((cup, "1"))
    shop.commit()

    answers = shop.at_once(shop.deed(delete_orders, [order]), shop.deed(approve_orders, [order], **AGREED))

    assert codes(answers) in (["done", "not_found"], ["done", "wrong_state"])
    shop.all_is_true()


def test_orders_that_want_the_same_goods_in_another_order_do_not_block_each_other(shop: Shop) -> None:
    products = [shop.world.add_product(f"P{number}") for number in range(6)]
    for product in products:
        shop.world.receive(product, "500")
    there = [shop.world.order(*((product, "1") for product in products)) for _ in range(12)]
    back = [shop.world.order(*((product, "1") for product in reversed(products))) for _ in range(12)]
    shop.commit()

    def sell(orders: list[int]) -> list[Result]:
        results = [run_batch(process_orders, [order], by=shop.by, **AGREED)[0] for order in orders]
        shipments = [shipment for order in orders[::2] for shipment in _shipments(shop, order, "processed")]
        return results + run_batch(cancel_shipments, shipments, by=shop.by, on=TODAY, reason="oops")

    answers = shop.at_once(lambda: sell(there), lambda: sell(back[::-1]), lambda: sell(back))

    assert {result.refusal for results in answers for result in results} == {None}
    shop.all_is_true()


def _shipments(shop: Shop, order: int, state: str) -> list[int]:
    sql = "SELECT id FROM shipment WHERE order_id = %(order)s AND state = %(state)s"
    with Session(shop.engine) as session:
        return [row.id for row in read(session, sql, order=order, state=state)]


def test_a_busy_hour_of_everything_at_once_ends_in_true_books(shop: Shop) -> None:
    """Receipts, approvals, cancellations and shipments over few goods; whatever is refused, nothing is ever wrong."""
    products = [shop.world.add_product(f"P{number}", cost="2.00") for number in range(3)]
    for product in products:
        shop.world.receive(product, "20")
    shop.commit()

    def clerk(number: int) -> Callable[[], None]:
        def work() -> None:
            for turn in range(8):
                wanted = [NewLine(products[(number + turn + step) % 3], D(2 + step)) for step in range(2)]
                order = NewOrder("phone", shop.world.customer, shop.world.warehouse, TODAY, wanted)
                [made] = shop.deed(add_orders, [order])()
                arrived = NewReceipt(shop.world.warehouse, [NewReceiptLine(line.product_id, D(1)) for line in wanted])
                receipts = shop.deed(add_receipts, [arrived])()
                run_batch(approve_orders, [made], by=shop.by, consent=["short_stock"], **AGREED)
                run_batch(process_receipts, receipts, by=shop.by, on=TODAY)
                if turn % 4 == 3:
                    run_batch(cancel_orders, [made], by=shop.by, on=TODAY, reason="no more")
                else:
                    run_batch(process_shipments, _shipments(shop, made, "draft"), by=shop.by, on=TODAY)
                if turn % 3 == number % 3:
                    run_batch(cancel_receipts, receipts, by=shop.by, on=TODAY, reason="sent back")

        return work

    shop.at_once(*(clerk(number) for number in range(4)))

    shop.all_is_true()
