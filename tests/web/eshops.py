"""An e-shop of the seeded company, and what it needs around it."""

from typing import Any

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read, write
from tests.domain.intake.eshop.bodies import as_body, signed
from tests.web.companies import Shop

SECRETS = ("first secret", "second secret", "third secret")
CARDS = """
INSERT INTO tax_rate (code, name, rate) VALUES ('ZERO', 'None', 0);
INSERT INTO price_list (code, name, currency, vat_included) VALUES ('GROSS', 'With VAT', 'EUR', true);
INSERT INTO bank_account (code, name, kind, account_id) SELECT 'PAY', 'Payments', 'clearing', min(id) FROM account
WHERE role = 'bank';
INSERT INTO product (sku, name, kind, group_id, unit_id, tax_rate_id)
SELECT 'ROUNDING', 'Rounding', 'service', group_id, unit_id, (SELECT id FROM tax_rate WHERE code = 'ZERO')
FROM product WHERE sku = 'CARE'
"""
SIGNATURES = {"woocommerce": "X-WC-Webhook-Signature", "shopify": "X-Shopify-Hmac-Sha256"}
TOPICS = {"woocommerce": "X-WC-Webhook-Topic", "shopify": "X-Shopify-Topic"}


def prepare(shop: Shop) -> None:
    """The cards that a shop names."""
    with Session(shop.engine) as session, session.begin():
        for sql in CARDS.split(";"):
            write(session, sql)


def body(**changes: Any) -> dict[str, Any]:
    """A shop as a program writes it down."""
    return {
        "code": "WEB", "name": "Web shop", "dialect": "woocommerce", "secret": SECRETS[0], "warehouse": "MAIN",
        "clearing_account": "PAY", "price_list": "RETAIL", "payment_term": "N30", "freight_product": "CARE",
        "fee_product": "CARE", "rounding_product": "ROUNDING",
    } | changes  # fmt: skip


def send(
    shop: Shop, told: Any, *, code: str = "WEB", dialect: str = "woocommerce", secret: str = SECRETS[0],
    topic: str = "order.updated", **headers: str,
) -> Any:  # fmt: skip
    """What the program answers to a signed delivery."""
    sent = told if isinstance(told, bytes) else as_body(told)
    named = {SIGNATURES[dialect]: signed(sent, secret), TOPICS[dialect]: topic, "Content-Type": "application/json"}
    client = shop.app.test_client()
    return client.post(f"/api/v1/eshop/{code}/orders", data=sent, headers=named | headers)


def messages(shop: Shop) -> list[Any]:
    """(outcome, reason's code, how often it came) of each message."""
    sql = "SELECT outcome, reason ->> 'code' AS code, deliveries FROM inbound_message ORDER BY id"
    with Session(shop.engine) as session:
        return [tuple(row) for row in read(session, sql)]


def orders(shop: Shop) -> list[Any]:
    """(state, gross, reference) of the e-shop orders."""
    sql = "SELECT state, gross::text, customer_reference FROM sales_order WHERE channel = 'eshop' ORDER BY id"
    with Session(shop.engine) as session:
        return [tuple(row) for row in read(session, sql)]
