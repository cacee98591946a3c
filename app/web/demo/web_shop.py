"""The demo company's web shop, what it sent, and what became of it: orders, and a message that waits for a person."""

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple, TypeVar

from sqlalchemy.orm import Session

from app.domain.billing.invoicing import draft_invoices, issue_invoices
from app.domain.fulfilment.ordering import process_orders
from app.domain.intake.eshop.applying import apply_messages
from app.domain.intake.eshop.messages import store
from app.domain.kernel.rows import read, write
from app.domain.kernel.values import HUNDRED, rounded
from app.web.demo.aside import Act, Made
from app.web.demo.cards import WEB_SHOP, Cards
from app.web.sealing import seal
from app.web.shops import PURPOSE

T = TypeVar("T")

ROUNDING = """
INSERT INTO product (sku, name, translations, kind, group_id, unit_id, tax_rate_id)
SELECT 'ROUNDING', 'Rounding', '{"bg": "Закръгляване"}', kind, group_id, unit_id, tax_rate_id
FROM product WHERE id = %(pallet)s RETURNING id
"""
CLEARING = """
INSERT INTO bank_account (code, name, kind, account_id)
SELECT 'CARDS', 'Card payments of the web shop', 'clearing', account_id FROM bank_account WHERE code = 'BANK'
RETURNING id
"""
SHOP = """
INSERT INTO shop (code, name, dialect, secret, warehouse_id, clearing_account_id, price_list_id, payment_term_id,
                  freight_product_id, fee_product_id, rounding_product_id, actor_id)
SELECT 'WEB', 'Bright Home web shop', 'woocommerce', %(secret)s, %(warehouse)s, %(clearing)s, price_list.id,
       payment_term.id, %(delivery)s, %(delivery)s, %(rounding)s, %(actor)s
FROM price_list, payment_term WHERE price_list.code = 'WHOLESALE' AND payment_term.code = 'NOW' RETURNING id
"""
CAME = """
UPDATE inbound_message SET received_at = %(at)s, last_at = %(at)s,
    applied_at = CASE WHEN applied_at IS NOT NULL THEN %(at)s::timestamptz END
WHERE shop_id = %(shop)s AND order_ref = %(ref)s
"""
ORDERED = "SELECT document_id FROM shop_order WHERE shop_id = %(shop)s AND ref = %(ref)s"
SHIPMENTS = "SELECT id FROM shipment WHERE order_id = %(order)s ORDER BY id"
MORNING = time(9, 20, tzinfo=UTC)


class Basket(NamedTuple):
    """What somebody bought: (SKU, name, pieces, price with VAT, per cent of VAT), paid by card or on delivery."""

    number: int
    name: tuple[str, str]
    email: str
    street: str
    lines: tuple[tuple[str, str, int, str, int], ...]
    by_card: bool = True


LAMP, BOOK, GLASSES = (
    ("LAMP-T", "Table lamp", 1, "36.90", 20), ("COOKBOOK", "Cookbook: Balkan kitchen", 1, "14.90", 9),
    ("GLASS-6", "Water glasses, set of 6", 2, "13.90", 20),
)  # fmt: skip
SHIPPED = Basket(10311, ("Росица", "Ангелова"), "rositsa@mail.example", "ул. Оборище 31", (LAMP, BOOK))
PAID = Basket(10318, ("Stefan", "Winkler"), "winkler@post.example", "9 Maple St", (GLASSES,))
ON_DELIVERY = Basket(10321, ("Дария", "Пенева"), "dariya@mail.example", "ж.к. Изток 14", (BOOK, GLASSES), by_card=False)
# It is new in the shop's window, and nobody told the office what it is.
UNKNOWN = Basket(10322, ("Росица", "Ангелова"), "rositsa@mail.example", "ул. Оборище 31",
                 (("VASE-BLUE", "Blue vase", 1, "21.90", 20),))  # fmt: skip


def open_web_shop(session: Session, cards: Cards, on: date, made: Made) -> Made:
    """The shop, whose secret nobody is told: whoever wants to connect one enters another."""
    shop = read(
        session, SHOP, secret=seal(PURPOSE, secrets.token_urlsafe()), warehouse=cards.warehouses["SHOP"],
        clearing=read(session, CLEARING)[0].id, delivery=cards.products["DELIVERY"],
        rounding=read(session, ROUNDING, pallet=cards.products["PALLET"])[0].id, actor=cards.actors[WEB_SHOP],
    )[0].id  # fmt: skip
    return {"web shop": shop}


def sell(basket: Basket, session: Session, cards: Cards, on: date, made: Made) -> Made:
    """A message of the shop, applied as the worker does it."""
    shop, ref, at = made["web shop"], str(basket.number), datetime.combine(on, MORNING)
    body = json.dumps(_order(basket, at), ensure_ascii=False).encode()
    store(session, shop, body, {}, ref=ref, topic="order.created")
    apply_messages(shop, ref, do=partial(_within, session))
    write(session, CAME, shop=shop, ref=ref, at=at)
    return {f"W-{row.document_id}": row.document_id for row in read(session, ORDERED, shop=shop, ref=ref)
            if row.document_id}  # fmt: skip


def hand_over(session: Session, cards: Cards, on: date, made: Made) -> Made:
    """What was paid goes out, with its invoice."""
    order = read(session, ORDERED, shop=made["web shop"], ref=str(SHIPPED.number))[0].document_id
    seller, accountant = cards.actors["seller"], cards.actors["accountant"]
    process_orders(session, [order], by=seller, on=on, agreed_by="Web shop basket", agreed_how="eshop")
    shipments = [row.id for row in read(session, SHIPMENTS, order=order)]
    issue_invoices(session, draft_invoices(session, [shipments], by=accountant), by=accountant, on=on)
    return {}


def _within(session: Session, work: Callable[[Session], T]) -> T:
    """A part of the open deed: of what is refused, nothing stays."""
    with session.begin_nested():
        return work(session)


def _order(basket: Basket, at: datetime) -> dict[str, Any]:
    """An order as the shop writes it."""
    moment = f"{at:%Y-%m-%dT%H:%M:%S}"
    buyer = dict(zip(("first_name", "last_name"), basket.name, strict=True)) | {
        "address_1": basket.street, "city": "София", "postcode": "1000", "country": "BG", "email": basket.email,
    }  # fmt: skip
    percents = sorted({percent for *_, percent in basket.lines})
    total = sum((pieces * Decimal(price) for _, _, pieces, price, _ in basket.lines), Decimal(0))
    return {
        "id": basket.number, "number": f"W-{basket.number}", "status": "processing", "currency": "EUR",
        "total": str(total), "date_created_gmt": moment, "date_modified_gmt": moment,
        "date_paid_gmt": moment if basket.by_card else None, "billing": buyer, "shipping": buyer,
        "payment_method_title": "Card" if basket.by_card else "Cash on delivery",
        "transaction_id": f"ch_{basket.number}" if basket.by_card else "",
        "line_items": [_line(place, *line) for place, line in enumerate(basket.lines, 1)],
        "tax_lines": [{"rate_id": percent, "rate_percent": percent} for percent in percents],
    }  # fmt: skip


def _line(place: int, sku: str, name: str, pieces: int, price: str, percent: int) -> Mapping[str, Any]:
    gross = pieces * Decimal(price)
    net = rounded(gross * HUNDRED / (HUNDRED + percent), 2)
    return {"id": place, "sku": sku, "name": name, "product_id": 500 + place, "quantity": pieces, "total": str(net),
            "total_tax": str(gross - net), "taxes": [{"id": percent, "total": str(gross - net)}]}  # fmt: skip


ACTS: tuple[tuple[int, Act], ...] = (
    (6, open_web_shop), (4, partial(sell, SHIPPED)), (3, hand_over), (1, partial(sell, PAID)),
    (0, partial(sell, ON_DELIVERY)), (0, partial(sell, UNKNOWN)),
)  # fmt: skip
