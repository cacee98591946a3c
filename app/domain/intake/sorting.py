"""What a line of a trade export is: goods, a service, or something that is not taken, with the reason. Pure.

Codes that are not goods, as the shop uses them: POST, DOT and C2 freight; BANK CHARGES, AMAZONFEE and CRUK (a donation)
fees; M (typed by hand) and S (samples sold); gift_0001_… vouchers; D discounts given afterwards; B bad debts. Invoices
that begin with C are credit notes, which name no invoice; those with A adjust bad debts.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from app.domain.intake.reading import Line

GOODS = "goods"
KINDS: Mapping[str, str] = MappingProxyType({
    GOODS: "Goods",
    "freight": "Freight",
    "fee": "Fees",
    "other": "Other services",
})  # fmt: skip
SERVICES: Mapping[str, str] = MappingProxyType({
    "POST": "freight", "DOT": "freight", "C2": "freight",
    "BANK CHARGES": "fee", "AMAZONFEE": "fee", "CRUK": "fee",
    "M": "other", "S": "other",
})  # fmt: skip

REASONS: Mapping[str, str] = MappingProxyType({
    "credit_note": "credit note: not yet taken",
    "bad_debt": "bad debt: not yet taken",
    "unknown_invoice": "the invoice number is neither a sale's nor a credit note's",
    "write_off": "stock written off, not a sale: not yet taken",
    "goods_back": "goods back without a credit note: not yet taken",
    "no_quantity": "the quantity is 0",
    "voucher": "gift voucher, sold without VAT: not yet taken",
    "discount": "discount given afterwards: not yet taken",
    "free": "price 0: a gift, a sample or found stock, not a sale",
    "negative_price": "the price is negative",
    "too_large": "quantity or amount is beyond what a sale can be",
    "other_customer": "the invoice's first line names another customer",
    "unreadable": "the line cannot be read",
})  # fmt: skip

VOUCHERS = "GIFT_0001"
LARGEST_QUANTITY = Decimal(10) ** 9
LARGEST_AMOUNT = Decimal(10) ** 10


def kind_of(line: Line) -> str:
    """The kind of what is sold, by its code."""
    return SERVICES.get(line.code.upper(), GOODS)


def reason_against(line: Line) -> str | None:
    """Why a line is not taken (a key of REASONS), or None for a sale. What the invoice is goes first."""
    return _of_invoice(line) or _of_code(line) or _of_numbers(line)


def _of_invoice(line: Line) -> str | None:
    first, rest = line.invoice[0].upper(), line.invoice[1:]
    if line.invoice.isascii() and line.invoice.isdecimal():
        return None
    if first in "CA" and rest.isascii() and rest.isdecimal():
        return "credit_note" if first == "C" else "bad_debt"
    return "unknown_invoice"


def _of_code(line: Line) -> str | None:
    code = line.code.upper()
    if code == "B":
        return "bad_debt"
    if code == "D":
        return "discount"
    return "voucher" if code.startswith(VOUCHERS) else None


def _of_numbers(line: Line) -> str | None:
    if line.quantity == 0:
        return "no_quantity"
    if line.quantity < 0:
        return "goods_back" if line.price else "write_off"
    if line.price <= 0:
        return "negative_price" if line.price else "free"
    return "too_large" if line.quantity >= LARGEST_QUANTITY or line.amount >= LARGEST_AMOUNT else None
