"""What the demo company had before it began to keep its stock here: a shelf of goods that came without a delivery."""

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.warehousing.opening import (
    NewOpening,
    NewOpeningLine,
    add_openings,
    cancel_openings,
    process_openings,
)
from app.web.demo.aside import Act, Made
from app.web.demo.cards import Cards

D = Decimal


def _there(session: Session, cards: Cards, warehouse: str, sku: str, quantity: str, value: str, note: str) -> int:
    line = NewOpeningLine(cards.products[sku], D(quantity), value=D(value))
    new = NewOpening(cards.warehouses[warehouse], [line], note=note)
    return add_openings(session, [new], by=cards.actors["accountant"])[0]


def open_shop(session: Session, cards: Cards, on: date, made: Made) -> Made:
    opening = _there(session, cards, "SHOP", "KNIFE-SET", "4", "62.50", "Left from the old shop")
    process_openings(session, [opening], by=cards.actors["accountant"], on=on)
    return {}


def open_wrongly(session: Session, cards: Cards, on: date, made: Made) -> Made:
    opening = _there(session, cards, "SHOP", "RUG-160", "11", "330.00", "Rugs")
    process_openings(session, [opening], by=cards.actors["accountant"], on=on)
    return {"wrong opening": opening}


def open_again(session: Session, cards: Cards, on: date, made: Made) -> Made:
    by = cards.actors["accountant"]
    cancel_openings(session, [made["wrong opening"]], by=by, on=on, reason="One rug, not eleven")
    _there(session, cards, "SHOP", "RUG-160", "1", "30.00", "Is it still there?")
    return {}


# (day, act), in the order in which they happen on a day.
ACTS: tuple[tuple[int, Act], ...] = ((42, open_shop), (42, open_wrongly), (41, open_again))
