"""A shop as simple as it can be told: what came in and went out, what was ordered, what is owed and what was paid."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)
Place = tuple[int, int]


class Moved(NamedTuple):
    """What a document of this kind did to the desk, to the bank, to what is between them, and to what is owed."""

    kind: str
    desk: Decimal = ZERO
    bank: Decimal = ZERO
    in_transit: Decimal = ZERO
    owed: Decimal = ZERO


@dataclass
class Asked:
    """An internal order: of which product each line is, and how many of each left and arrived so far."""

    place: int
    source: int
    lines: dict[int, int]
    state: str = "draft"
    sent: Mapping[int, Decimal] = field(default_factory=dict)
    arrived: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass
class Line:
    """A line of an order: what is wanted, and how far it has come."""

    place: Place | None
    wanted: Decimal
    shipped: Decimal = ZERO
    given_up: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        return self.wanted - self.shipped - self.given_up


@dataclass
class Order:
    customer: int
    lines: dict[int, Line]
    state: str = "estimate"

    def give_up(self) -> None:
        """Nothing more is to be shipped of it."""
        for line in self.lines.values():
            line.given_up += line.left
        self.settle()

    def settle(self) -> None:
        """Performed is what is shipped or given up, as long as something is shipped."""
        if self.state in ("approved", "performed"):
            complete = not any(line.left for line in self.lines.values())
            self.state = "performed" if complete and any(line.shipped for line in self.lines.values()) else "approved"


@dataclass
class Shop:
    """The whole shop. Every method tells of a deed that was done; nothing here refuses."""

    on_hand: dict[Place, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    orders: dict[int, Order] = field(default_factory=dict)
    shipments: dict[int, dict[int, Decimal]] = field(default_factory=dict)
    order_of: dict[int, int] = field(default_factory=dict)
    receipts: dict[int, tuple[Place, Decimal]] = field(default_factory=dict)
    drafts: dict[int, list[int]] = field(default_factory=dict)
    invoices: dict[int, Decimal] = field(default_factory=dict)
    settled: dict[int, Decimal] = field(default_factory=dict)
    payments: dict[int, Decimal] = field(default_factory=dict)
    returns: dict[int, Sequence[tuple[Place, Decimal]]] = field(default_factory=dict)
    elsewhere: dict[int, tuple[str, Place, Decimal]] = field(default_factory=dict)
    credits: list[Decimal] = field(default_factory=list)
    # What moved money beside what customers paid at the desk.
    money: dict[int, Moved] = field(default_factory=dict)
    asked: dict[int, Asked] = field(default_factory=dict)
    billed: set[int] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def received(self, receipt: int, place: Place, quantity: Decimal) -> None:
        self.receipts[receipt] = (place, quantity)
        self.on_hand[place] += quantity

    def unreceived(self, receipt: int) -> None:
        place, quantity = self.receipts.pop(receipt)
        self.on_hand[place] -= quantity

    def moved(self, its: int, kind: str, place: Place, quantity: Decimal) -> None:
        self.elsewhere[its] = (kind, place, quantity)
        self.on_hand[place] += quantity

    def moved_back(self, its: int) -> None:
        _, place, quantity = self.elsewhere.pop(its)
        self.on_hand[place] -= quantity

    def shipped(
        self, shipment: int, order: int, quantities: Mapping[int, Decimal], given_up: Mapping[int, Decimal]
    ) -> None:
        self.shipments[shipment] = dict(quantities)
        self.order_of[shipment] = order
        self._progress(order, quantities, 1)
        for line, quantity in given_up.items():
            self.orders[order].lines[line].given_up += quantity
        self.orders[order].settle()

    def unshipped(self, shipments: Sequence[int]) -> None:
        for shipment in shipments:
            order = self.order_of[shipment]
            self._progress(order, self.shipments.pop(shipment), -1)
            self.orders[order].settle()

    def _progress(self, order: int, quantities: Mapping[int, Decimal], sign: int) -> None:
        for line, quantity in quantities.items():
            its = self.orders[order].lines[line]
            its.shipped += sign * quantity
            if its.place:
                self.on_hand[its.place] -= sign * quantity

    def issued(self, invoice: int, gross: Decimal) -> None:
        self.billed.update(self.drafts.pop(invoice))
        self.invoices[invoice] = gross

    def came_back(self, it: int, pieces: Sequence[tuple[Place, Decimal]]) -> None:
        self.returns[it] = pieces
        for place, quantity in pieces:
            self.on_hand[place] += quantity

    def left_again(self, it: int) -> None:
        for place, quantity in self.returns.pop(it):
            self.on_hand[place] -= quantity

    def sent(self, order: int, quantities: Mapping[int, Decimal]) -> None:
        self.asked[order].sent = quantities
        self._between(self.asked[order].source, order, quantities, -1)

    def arrived(self, order: int, quantities: Mapping[int, Decimal]) -> None:
        self.asked[order].arrived = quantities
        self._between(self.asked[order].place, order, quantities, 1)

    def called_off(self, order: int) -> None:
        its = self.asked[order]
        self._between(its.source, order, its.sent, 1)
        self._between(its.place, order, its.arrived, -1)
        its.state = "cancelled"

    def _between(self, place: int, order: int, quantities: Mapping[int, Decimal], sign: int) -> None:
        for line, quantity in quantities.items():
            self.on_hand[place, self.asked[order].lines[line]] += sign * quantity

    def owed_on(self, invoice: int) -> Decimal:
        return self.invoices[invoice] - self.settled.get(invoice, ZERO)

    def status(self, invoice: int) -> str:
        """Whether an invoice is paid, for what was paid of it."""
        left = self.owed_on(invoice)
        return "paid" if not left else "unpaid" if left == self.invoices[invoice] else "partly_paid"

    @property
    def stock(self) -> dict[Place, Decimal]:
        """What is on hand wherever something is."""
        return {place: quantity for place, quantity in self.on_hand.items() if quantity}

    @property
    def cash(self) -> Decimal:
        """In the desk: what customers paid there, and what else came and went."""
        return sum(self.payments.values(), ZERO) + sum((its.desk for its in self.money.values()), ZERO)

    @property
    def bank(self) -> Decimal:
        return sum((its.bank for its in self.money.values()), ZERO)

    @property
    def in_transit(self) -> Decimal:
        """What left a desk or a bank for another one and did not arrive."""
        return sum((its.in_transit for its in self.money.values()), ZERO)

    @property
    def owed(self) -> Decimal:
        """Receivables less advances: all that was invoiced less all that was credited and paid."""
        paid = sum(self.payments.values(), ZERO) - sum((its.owed for its in self.money.values()), ZERO)
        return sum(self.invoices.values(), ZERO) - sum(self.credits, ZERO) - paid

    @property
    def standing(self) -> list[int]:
        """Processed shipments that no invoice holds."""
        held = {shipment for shipments in self.drafts.values() for shipment in shipments}
        return [shipment for shipment in self.shipments if shipment not in held | self.billed]
