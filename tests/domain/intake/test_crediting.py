"""What else happens on a day: credits with their goods and refunds, losses, fees and vouchers, one after the other."""

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.domain.intake.cards import Cards, open_shop
from app.domain.intake.crediting import credit, pay_fees, refund, sell_vouchers, take_back, write_off
from app.domain.intake.plan import Plan, read_plan
from app.domain.intake.selling import Issued, invoice, pay, ship, take_orders
from app.domain.kernel.document import Actor
from app.domain.kernel.errors import Refused
from app.domain.kernel.rows import insert, read

D = Decimal


@pytest.fixture
def plan(export) -> Plan:
    return read_plan(export(
        "1001,MUG,TALL MUG,6,2020-03-02 08:26:00,2.50,,EIRE",
        "1001,gift_0001_20,VOUCHER,1,2020-03-02 08:26:00,16.67,,EIRE",
        "1002,MUG,TALL MUG,6,2020-03-02 09:00:00,2.50,500,EIRE",
        "C1003,MUG,TALL MUG,-2,2020-03-02 10:00:00,2.50,,EIRE",
        "C1004,D,Discount,-1,2020-03-02 10:00:00,1.50,500,EIRE",
        "C1005,AMAZONFEE,AMAZON FEE,-1,2020-03-02 10:00:00,5.55,,EIRE",
        "1006,MUG,smashed,-3,2020-03-02 11:00:00,0,,EIRE",
    ))  # fmt: skip


@pytest.fixture
def cards(session: Session) -> Cards:
    return open_shop(session)


@pytest.fixture
def clerk(session: Session) -> int:
    insert(session, Actor, [{"name": "clerk", "kind": "command"}])
    return read(session, "SELECT id FROM actor")[0].id


@pytest.fixture
def sold(session: Session, plan: Plan, cards: Cards, clerk: int) -> dict[str, Issued]:
    """The day's sales, those of guests paid."""
    chunk = plan.chunks[0]
    orders = take_orders(session, plan, cards, chunk, by=clerk)
    ship(session, plan, cards, chunk, orders, by=clerk)
    made = invoice(session, chunk, orders, by=clerk)
    pay(session, cards, chunk, {"1001": made["1001"]}, by=clerk)
    return made


def test_what_comes_back_is_credited_taken_in_and_paid_back_to_guests(
    session: Session, plan: Plan, cards: Cards, clerk: int, sold: dict[str, Issued]
) -> None:
    chunk = plan.chunks[0]

    notes = credit(session, chunk, sold, by=clerk)
    returns = take_back(session, chunk, notes, by=clerk)
    refunds = refund(session, cards, chunk, notes, by=clerk)

    rows = read(session, "SELECT state, net, vat, reason FROM credit_note ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("issued", D(5), D(1), "Credit note C1003 of the export"),
        ("issued", D("1.50"), D("0.30"), "Credit note C1004 of the export"),
    ]  # fmt: skip
    assert [row.quantity for row in read(session, "SELECT quantity FROM customer_return_line")] == [D(2)]
    assert len(returns) == len(refunds) == 1
    assert read(session, "SELECT amount FROM cash_order WHERE kind = 'expense'")[0].amount == D(6)
    assert refund(session, cards, chunk, notes, by=clerk) == [], "nothing is left to pay back"


def test_a_credit_of_what_was_credited_before_is_refused(
    session: Session, plan: Plan, cards: Cards, clerk: int, sold: dict[str, Issued]
) -> None:
    for _ in range(3):
        credit(session, plan.chunks[0], sold, by=clerk)
    with pytest.raises(Refused):
        credit(session, plan.chunks[0], sold, by=clerk)


def test_losses_leave_the_stock_and_what_is_not_there_comes_in_first(
    session: Session, plan: Plan, cards: Cards, clerk: int, sold: dict[str, Issued]
) -> None:
    written, receipts = write_off(session, plan, cards, plan.chunks[0], by=clerk)

    assert len(written) == len(receipts) == 1
    (line,) = read(session, "SELECT quantity, cost FROM write_off_line")
    assert (line.quantity, line.cost) == (D(3), D("4.50")), "at 60 % of the lowest price"
    assert read(session, "SELECT on_hand FROM stock_balance")[0].on_hand == D(9)


def test_fees_are_paid_out_of_the_desk(
    session: Session, plan: Plan, cards: Cards, clerk: int, sold: dict[str, Issued]
) -> None:
    assert len(pay_fees(session, cards, plan.chunks[0], by=clerk)) == 1

    row = read(session, "SELECT kind, about, amount, purpose FROM cash_order ORDER BY id DESC LIMIT 1")[0]
    assert tuple(row) == ("expense", "account", D("5.55"), "AMAZON FEE")


def test_vouchers_are_owed_to_whoever_brings_them(session: Session, plan: Plan, cards: Cards, clerk: int) -> None:
    made = sell_vouchers(session, plan, cards, plan.chunks[0], by=clerk)

    assert {number: its.gross for number, its in made.items()} == {"1001 vouchers": "16.67"}
    assert read(session, "SELECT vat FROM invoice")[0].vat == 0
