"""What the warehouses of the demo company send each other; acts as they are told of in `aside`."""

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.warehousing.asking import (
    NewInternalLine,
    NewInternalOrder,
    add_internal_orders,
    approve_internal_orders,
)
from app.domain.warehousing.transit import cancel_internal_orders, receive_internal_orders, send_internal_orders
from app.web.demo.aside import Act, Made
from app.web.demo.cards import Cards

D = Decimal


def _ask(session: Session, cards: Cards, on: date | None, note: str, **goods: str) -> int:
    """The shop asks the central warehouse, SKU (with _ for -) → quantity; without a date it stays a draft."""
    by = cards.actors["seller"]
    lines = [NewInternalLine(cards.products[sku.replace("_", "-")], D(quantity)) for sku, quantity in goods.items()]
    new = NewInternalOrder(cards.warehouses["SHOP"], cards.warehouses["CENTRAL"], lines, note=note)
    order = add_internal_orders(session, [new], by=by)[0]
    if on is not None:
        approve_internal_orders(session, [order], by=by, on=on)
    return order


def send_lamps(session: Session, cards: Cards, on: date, made: Made) -> Made:
    order = _ask(session, cards, on, "For the lamp corner", LAMP_T="6", LED_E27="60")
    send_internal_orders(session, [order], by=cards.actors["storekeeper"], on=on)
    return {"lamps on the way": order}


def miss_bulb(session: Session, cards: Cards, on: date, made: Made) -> Made:
    """Two bulbs of the box are broken when it arrives."""
    order = made["lamps on the way"]
    sql = """SELECT line.id FROM internal_order_line line JOIN product ON product.id = line.product_id
             WHERE internal_order_id = %(id)s AND product.sku = 'LED-E27'"""
    bulbs = read(session, sql, id=order)[0].id
    receive_internal_orders(session, [order], by=cards.actors["manager"], on=on, quantities={bulbs: D(58)})
    return {}


def send_too_soon(session: Session, cards: Cards, on: date, made: Made) -> Made:
    order = _ask(session, cards, on, "For the window", APRON="4")
    send_internal_orders(session, [order], by=cards.actors["storekeeper"], on=on)
    return {"aprons on the way": order}


def turn_round(session: Session, cards: Cards, on: date, made: Made) -> Made:
    by = cards.actors["manager"]
    cancel_internal_orders(session, [made["aprons on the way"]], by=by, on=on, reason="The window is full already")
    return {}


def send_towels(session: Session, cards: Cards, on: date, made: Made) -> Made:
    order = _ask(session, cards, on, "Weekend", TOWEL_70="20", SOAP="2.5")
    send_internal_orders(session, [order], by=cards.actors["storekeeper"], on=on)
    return {}


def ask_for_candles(session: Session, cards: Cards, on: date, made: Made) -> Made:
    _ask(session, cards, on, "Before the holidays", CANDLE="24")
    return {}


def think_of_glasses(session: Session, cards: Cards, on: date, made: Made) -> Made:
    _ask(session, cards, None, "How many fit on the shelf?", GLASS_6="12")
    return {}


ACTS: tuple[tuple[int, Act], ...] = (
    (9, send_lamps), (8, miss_bulb), (5, send_too_soon), (4, turn_round), (1, send_towels), (0, ask_for_candles),
    (0, think_of_glasses),
)  # fmt: skip
