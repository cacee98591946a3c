"""The four steps of a day, one after the other."""

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.domain.intake.cards import Cards, open_shop
from app.domain.intake.plan import Plan, read_plan
from app.domain.intake.selling import Issued, invoice, pay, ship, take_orders
from app.domain.kernel.document import Actor
from app.domain.kernel.errors import Refused
from app.domain.kernel.rows import insert, read, write


@pytest.fixture
def plan(export) -> Plan:
    return read_plan(export(
        "1001,MUG,TALL MUG,13,2020-03-02 08:26:00,2.55,500,EIRE",
        "1001,POST,POSTAGE,1,2020-03-02 08:26:00,18.00,500,EIRE",
        "1002,MUG,TALL MUG,1,2020-03-02 09:00:00,0.05,,EIRE",
    ))  # fmt: skip


@pytest.fixture
def cards(session: Session) -> Cards:
    return open_shop(session)


@pytest.fixture
def clerk(session: Session) -> int:
    insert(session, Actor, [{"name": "clerk", "kind": "command"}])
    return read(session, "SELECT id FROM actor")[0].id


def states(session: Session, table: str) -> list[str]:
    return [row.state for row in read(session, f"SELECT state FROM {table} ORDER BY id")]


def test_sales_become_active_orders_at_the_prices_of_the_export(session: Session, plan: Plan, cards: Cards, clerk: int):
    orders = take_orders(session, plan, cards, plan.chunks[0], by=clerk)

    lines = read(session, """
        SELECT sku, quantity, unit_price, price_source, tax_percent FROM sales_order_line ORDER BY id""")  # fmt: skip
    assert len(orders) == 2
    assert states(session, "sales_order") == ["active", "active"]
    assert [tuple(line) for line in lines] == [
        ("MUG", Decimal(13), Decimal("2.55"), "manual", Decimal(20)),
        ("POST", Decimal(1), Decimal("18.00"), "manual", Decimal(20)),
        ("MUG", Decimal(1), Decimal("0.05"), "manual", Decimal(20)),
    ]


def test_shipping_takes_in_what_is_missing_for_the_whole_day(session: Session, plan: Plan, cards: Cards, clerk: int):
    orders = take_orders(session, plan, cards, plan.chunks[0], by=clerk)

    receipts = ship(session, plan, cards, plan.chunks[0], orders, by=clerk)

    received = read(session, "SELECT receipt_id, quantity, unit_cost FROM stock_receipt_line")
    assert [tuple(line) for line in received] == [(receipts[0], Decimal(24), Decimal("0.0300"))]
    assert [row.on_hand for row in read(session, "SELECT on_hand FROM stock_balance")] == [Decimal(10)]
    assert states(session, "shipment") == ["processed", "processed"]


def test_goods_that_others_hold_are_not_counted_as_there(session: Session, plan: Plan, cards: Cards, clerk: int):
    orders = take_orders(session, plan, cards, plan.chunks[0], by=clerk)
    ship(session, plan, cards, plan.chunks[0], orders, by=clerk)
    write(session, "UPDATE stock_balance SET reserved = on_hand")
    session.info.clear()
    more = take_orders(session, plan, cards, plan.chunks[0], by=clerk)

    ship(session, plan, cards, plan.chunks[0], more, by=clerk)

    assert [row.on_hand for row in read(session, "SELECT on_hand FROM stock_balance")] == [Decimal(20)]


def test_each_sale_has_its_own_invoice(session: Session, plan: Plan, cards: Cards, clerk: int):
    orders = take_orders(session, plan, cards, plan.chunks[0], by=clerk)
    ship(session, plan, cards, plan.chunks[0], orders, by=clerk)

    made = invoice(session, plan.chunks[0], orders, by=clerk)

    assert {number: its.gross for number, its in made.items()} == {"1001": "61.38", "1002": "0.06"}
    assert states(session, "invoice") == ["issued", "issued"]


def test_paying_settles_each_invoice_in_full(session: Session, plan: Plan, cards: Cards, clerk: int):
    orders = take_orders(session, plan, cards, plan.chunks[0], by=clerk)
    ship(session, plan, cards, plan.chunks[0], orders, by=clerk)
    made = invoice(session, plan.chunks[0], orders, by=clerk)

    pay(session, cards, plan.chunks[0], {"1001": made["1001"], "free": Issued(0, 0, "0.00")}, by=clerk)

    statuses = read(session, """
        SELECT status FROM payment_status JOIN invoice ON invoice.id = document_id ORDER BY invoice.id""")  # fmt: skip
    assert [row.status for row in statuses] == ["paid", "unpaid"]
    assert states(session, "cash_order") == ["processed"]


def test_an_order_that_was_cancelled_meanwhile_stops_the_day(session: Session, plan: Plan, cards: Cards, clerk: int):
    orders = take_orders(session, plan, cards, plan.chunks[0], by=clerk)
    write(session, "UPDATE sales_order SET state = 'cancelled' WHERE id = %(id)s", id=orders[0])

    with pytest.raises(Refused, match="cancelled"):
        ship(session, plan, cards, plan.chunks[0], orders, by=clerk)
