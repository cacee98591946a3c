"""An order as any shop means it, in plain values: what a dialect makes of a body, and all that applying it needs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from app.domain.kernel.values import ZERO

# What an order is at the shop: not ordered yet (a basket, a payment that failed), ordered, or called off.
OPEN, PLACED, CANCELLED = "open", "placed", "cancelled"
GOODS, FREIGHT, FEE = "goods", "freight", "fee"
LINE_KINDS = (GOODS, FREIGHT, FEE)
BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ShopLine:
    """A line as the shop charged it: net after discount, in the order's currency, its VAT and the per cent of it.

    `sku` and `product_ref` are the shop's names of the product, empty where it has none.
    """

    kind: str
    ref: str
    sku: str
    product_ref: str
    name: str
    quantity: Decimal
    net: Decimal
    vat: Decimal
    percent: Decimal


@dataclass(frozen=True)
class Address:
    name: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""


@dataclass(frozen=True)
class Buyer:
    """Who ordered. The name is the company's where there is one; an empty name means that the shop says nobody's."""

    name: str
    email: str
    phone: str
    vat_number: str
    billing: Address
    delivery: Address


@dataclass(frozen=True)
class RefundLine:
    """What went back of a line: pieces (0: only money) and money, both above 0.

    `ref` is empty where it is the freight, whichever line that is. `restock`: the goods came back. `unsent`: they were
    taken off the order before they left the shop.
    """

    ref: str
    quantity: Decimal
    net: Decimal
    vat: Decimal
    restock: bool
    unsent: bool = False


@dataclass(frozen=True)
class Refund:
    """Money given back, gross. `lines` is None where the shop tells them only when it is asked."""

    ref: str
    amount: Decimal
    reason: str
    at: datetime
    lines: Sequence[RefundLine] | None


@dataclass(frozen=True)
class ShopOrder:
    """One state of an order. `gross` is what the buyer owes in all, `paid` what was taken of it so far.

    `paid_by_word`: the shop says since when it is paid and not how much, so that `paid` is all that it comes to.
    `all_refunds`: the refunds are all that there are, so that one that was told before is there no longer.
    """

    ref: str
    number: str
    status: str
    modified: datetime
    created: datetime
    currency: str
    lines: Sequence[ShopLine]
    gross: Decimal
    paid: Decimal
    paid_at: datetime | None
    payment: str
    transaction: str
    note: str
    buyer: Buyer
    refunds: Sequence[Refund] = field(default_factory=tuple)
    paid_by_word: bool = False
    all_refunds: bool = False

    @property
    def rounding(self) -> Decimal:
        """What the shop's total is more than its lines with their VAT."""
        return self.gross - sum((line.net + line.vat for line in self.lines), ZERO)

    @property
    def advance(self) -> tuple[datetime, int, bool, bool, Decimal]:
        """How far it is: clocks of shops count whole seconds, in which an order may change twice."""
        return self.modified, len(self.refunds), self.status == CANCELLED, self.status == PLACED, self.paid


@dataclass(frozen=True)
class Told:
    """What one body says: a state of an order, that it was deleted, refunds of it, or nothing that matters (`ref` is
    empty then). Deletions carry no date: the moment when they came is theirs. `all_refunds`: there are no other ones.
    """

    ref: str = ""
    order: ShopOrder | None = None
    deleted: bool = False
    refunds: Sequence[Refund] = ()
    all_refunds: bool = False
