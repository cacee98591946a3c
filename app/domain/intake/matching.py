"""Which sale a credit is about: credit notes of a trade export name none. Pure.

Goods are taken from the customer's latest sales of the product at the very same price. An amount is taken off the
latest sale of the same service that is worth as much, else off the customer's latest sale that is. Where none fits, the
line is about something before the file begins: a guess would credit what was never paid.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from app.domain.intake.reading import Line
from app.domain.kernel.values import ZERO, rounded


class Back(NamedTuple):
    """So many pieces, or so much of the net, of a line of a sale: its invoice number, and its place in it from 0."""

    line: Line
    sale: str
    place: int
    quantity: Decimal = ZERO
    amount: Decimal = ZERO


class _Sold:
    """A line of a sale: how many pieces did not come back, and what is left of its net.

    A line of which pieces came back has no amounts taken off, and the reverse: their rounding would meet.
    """

    def __init__(self, sale: str, place: int, line: Line) -> None:
        self.sale = sale
        self.place = place
        self.whole = line.quantity
        self.left = line.quantity
        self.net = self.amount = rounded(line.amount)

    @property
    def pieces(self) -> Decimal:
        return self.left if self.amount == self.net else ZERO

    @property
    def worth(self) -> Decimal:
        return self.amount if self.left == self.whole else ZERO


class _Shop:
    """Everything that was sold up to a moment."""

    def __init__(self) -> None:
        self.at_price: dict[tuple[str, str, Decimal], list[_Sold]] = defaultdict(list)
        self.of_code: dict[tuple[str, str], list[_Sold]] = defaultdict(list)
        self.of_customer: dict[str, dict[str, list[_Sold]]] = defaultdict(lambda: defaultdict(list))

    def sell(self, sale: str, place: int, line: Line) -> None:
        sold = _Sold(sale, place, line)
        self.at_price[line.customer, line.code.upper(), line.price].append(sold)
        self.of_code[line.customer, line.code.upper()].append(sold)
        self.of_customer[line.customer][sale].append(sold)

    def take_back(self, line: Line) -> list[Back]:
        """Pieces, from the latest sales at this price."""
        sold = self.at_price.get((line.customer, line.code.upper(), line.price), [])
        wanted = -line.quantity
        if sum((its.pieces for its in sold), ZERO) < wanted:
            return []
        backs = []
        for its in reversed(sold):
            if taken := min(wanted, its.pieces):
                its.left -= taken
                wanted -= taken
                backs.append(Back(line, its.sale, its.place, quantity=taken))
        return backs

    def take_off(self, line: Line) -> list[Back]:
        """An amount, off one sale."""
        wanted = rounded(-line.amount)
        same = self.of_code.get((line.customer, line.code.upper()), [])
        for its in reversed(same):
            if its.worth >= wanted:
                return self._off(line, [its], wanted)
        for sold in reversed(self.of_customer.get(line.customer, {}).values()):
            if sum((its.worth for its in sold), ZERO) >= wanted:
                return self._off(line, sold, wanted)
        return []

    def _off(self, line: Line, sold: Sequence[_Sold], wanted: Decimal) -> list[Back]:
        backs = []
        for its in sold:
            if taken := min(wanted, its.worth):
                its.amount -= taken
                wanted -= taken
                backs.append(Back(line, its.sale, its.place, amount=taken))
        return backs


def match(
    sales: Mapping[str, Sequence[Line]], returned: Iterable[Line], allowed: Iterable[Line]
) -> dict[int, list[Back]]:
    """For each credited line, by its number, what it takes of which sales; nothing where none fits.

    `sales` are the lines that are ordered of each invoice; `returned` are goods, `allowed` amounts. All are gone
    through by date, then as they stand in the file.
    """
    waiting = sorted(
        ((line, sale, place) for sale, lines in sales.items() for place, line in enumerate(lines)),
        key=lambda its: (its[0].on, its[0].number),
        reverse=True,
    )
    shop, found = _Shop(), {}
    asked = [*((line, shop.take_back) for line in returned), *((line, shop.take_off) for line in allowed)]
    for line, take in sorted(asked, key=lambda its: (its[0].on, its[0].number)):
        while waiting and (waiting[-1][0].on, waiting[-1][0].number) < (line.on, line.number):
            earlier, sale, place = waiting.pop()
            shop.sell(sale, place, earlier)
        found[line.number] = take(line)
    return found
