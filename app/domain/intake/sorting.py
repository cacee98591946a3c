"""What a line of a trade export is: a sale, a credit, a loss, or something that is not taken, with the reason. Pure.

Codes that are not goods, as the shop uses them: POST, DOT and C2 freight; BANK CHARGES, AMAZONFEE and CRUK (a donation)
fees; M (typed by hand) and S (samples sold); gift_0001_… vouchers; D discounts given afterwards; B bad debts. Invoices
that begin with C are credit notes, which name no invoice; those with A adjust bad debts. A fee with a credit note's
number is what the shop itself was charged: the marketplace's or the bank's. A negative quantity at price 0 is stock
that was lost, broken or thrown away.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from app.domain.intake.reading import Line

GOODS = "goods"
VOUCHER = "voucher"
RETURNED, ALLOWANCE = "returned", "allowance"
WRITTEN_OFF, FEE_PAID = "written_off", "fee_paid"
# What an invoice takes, what a credit note takes, and what is neither.
SOLD: Mapping[str, str] = MappingProxyType({
    GOODS: "Goods",
    "freight": "Freight",
    "fee": "Fees",
    "other": "Other services",
    VOUCHER: "Gift vouchers",
})  # fmt: skip
CREDITED: Mapping[str, str] = MappingProxyType({
    RETURNED: "Goods back, credited",
    ALLOWANCE: "Services and discounts credited",
})  # fmt: skip
ELSE: Mapping[str, str] = MappingProxyType({
    FEE_PAID: "Fees paid to the marketplace and the bank",
    WRITTEN_OFF: "Stock written off",
})  # fmt: skip
KINDS: Mapping[str, str] = MappingProxyType({**SOLD, **CREDITED, **ELSE})
SERVICES: Mapping[str, str] = MappingProxyType({
    "POST": "freight", "DOT": "freight", "C2": "freight",
    "BANK CHARGES": "fee", "AMAZONFEE": "fee", "CRUK": "fee",
    "M": "other", "S": "other", "D": "other",
})  # fmt: skip

REASONS: Mapping[str, str] = MappingProxyType({
    "bad_debt": "bad debt that names no customer: nobody's invoice can be written off by it",
    "unknown_invoice": "the invoice number is neither a sale's nor a credit note's",
    "sold_before": "goods back of which the file has no sale at that price: sold before it begins, or at another price",
    "nothing_to_credit": "a credit larger than anything that the file sold to the customer before",
    "goods_back": "goods back at a price, without a credit note's number",
    "credit_of_more": "a credit note with a quantity above 0: it would credit less than nothing",
    "no_quantity": "the quantity is 0",
    "voucher_back": "a gift voucher taken back: the file does not say which",
    "discount": "a discount sold: a discount is given on a credit note",
    "free": "price 0: a gift, a sample or found stock, the file does not say which",
    "negative_price": "the price is negative",
    "too_large": "quantity or amount is beyond what a sale can be",
    "other_customer": "the invoice's first line names another customer",
    "unreadable": "the line cannot be read",
})  # fmt: skip

VOUCHERS = "GIFT_0001"
LARGEST_QUANTITY = Decimal(10) ** 9
LARGEST_AMOUNT = Decimal(10) ** 10


class Sorted(NamedTuple):
    """What a line is taken as (a key of KINDS), or why it is not taken (a key of REASONS)."""

    kind: str = ""
    reason: str = ""


def kind_of(line: Line) -> str:
    """The kind of what is sold, by its code."""
    code = line.code.upper()
    return VOUCHER if code.startswith(VOUCHERS) else SERVICES.get(code, GOODS)


def sort_out(line: Line) -> Sorted:
    """What a line is by itself: whether there is a sale that it credits, only the whole file tells."""
    first, rest = line.invoice[0].upper(), line.invoice[1:]
    if line.invoice.isascii() and line.invoice.isdecimal():
        return _of_sale(line)
    if first == "C" and rest.isascii() and rest.isdecimal():
        return _of_credit_note(line)
    is_adjustment = first == "A" and rest.isascii() and rest.isdecimal()
    return Sorted(reason="bad_debt" if is_adjustment else "unknown_invoice")


def _of_sale(line: Line) -> Sorted:
    code = line.code.upper()
    if code in ("B", "D"):
        return Sorted(reason="bad_debt" if code == "B" else "discount")
    if line.quantity < 0:
        is_loss = not line.price and kind_of(line) == GOODS and -line.quantity < LARGEST_QUANTITY
        return Sorted(kind=WRITTEN_OFF) if is_loss else Sorted(reason="goods_back")
    return Sorted(reason=_of_numbers(line)) if _of_numbers(line) else Sorted(kind=kind_of(line))


def _of_credit_note(line: Line) -> Sorted:
    kind = kind_of(line)
    if line.quantity > 0:
        return Sorted(reason="credit_of_more")
    if reason := _of_numbers(line._replace(quantity=-line.quantity)):
        return Sorted(reason=reason)
    if kind == VOUCHER or line.code.upper() == "B":
        return Sorted(reason="voucher_back" if kind == VOUCHER else "bad_debt")
    return Sorted(kind={GOODS: RETURNED, "fee": FEE_PAID}.get(kind, ALLOWANCE))


def _of_numbers(line: Line) -> str:
    if line.quantity == 0:
        return "no_quantity"
    if line.price <= 0:
        return "negative_price" if line.price else "free"
    return "too_large" if line.quantity >= LARGEST_QUANTITY or line.amount >= LARGEST_AMOUNT else ""
