"""From the lines of a trade export to what is to be done, day by day. Pure: the same file gives the same plan."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from app.domain.intake.reading import Export, Line
from app.domain.intake.rejects import Reject
from app.domain.intake.sorting import kind_of, reason_against

# Customers with an id pay so many days after the invoice, guests at once.
DAYS_TO_PAY = 30
# A day with more sales is done in pieces, so that no deed grows without limit.
SALES_AT_ONCE = 300
GUEST = ""


class Card(NamedTuple):
    """A product as the file knows it: the first spelling of its code, its first description, and its kind."""

    sku: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Sale:
    """One invoice number with all its lines that are taken, on the day of the first of them."""

    invoice: str
    on: date
    customer: str
    lines: tuple[Line, ...]


class Chunk(NamedTuple):
    """What one deed does: a day's sales (or a piece of them), and the payments that fall due that day."""

    on: date
    piece: int
    sales: tuple[Sale, ...]
    due: tuple[str, ...]

    @property
    def lines(self) -> int:
        return sum(len(sale.lines) for sale in self.sales)


@dataclass
class Tally:
    """How many lines, and what quantity × price of them comes to, not rounded."""

    lines: int = 0
    amount: Decimal = Decimal(0)

    def add(self, amount: Decimal) -> None:
        self.lines += 1
        self.amount += amount


@dataclass(frozen=True)
class Plan:
    """A whole file: its sales in chunks by date, the cards they need, and what is not taken.

    `products` are by code in upper case (codes that differ only in case are one product), `customers` name the country
    of each id; `lines` counts every line of the file after its header.
    """

    digest: str
    lines: int
    taken: Mapping[str, Tally]
    rejects: Sequence[Reject]
    chunks: Sequence[Chunk]
    products: Mapping[str, Card]
    customers: Mapping[str, str]

    @property
    def sales(self) -> int:
        return sum(len(chunk.sales) for chunk in self.chunks)

    @property
    def taken_lines(self) -> int:
        return sum(tally.lines for tally in self.taken.values())


def read_plan(path: Path) -> Plan:
    """Reads and sorts a whole file before anything is done; DomainError where it is no trade export."""
    export = Export(path)
    lines, taken, rejects, last = 0, list[Line](), list[Reject](), date.min
    buyers: dict[str, str] = {}
    for read in export:
        lines += 1
        line = read.line
        if line is None:
            rejects.append(Reject(read.number, read.cells, "unreadable", read.why))
            continue
        last = max(last, line.on)
        reason = reason_against(line)
        if not reason and buyers.setdefault(line.invoice, line.customer) != line.customer:
            reason = "other_customer"
        if reason:
            rejects.append(Reject(read.number, read.cells, reason, amount=line.amount))
        else:
            taken.append(line)
    return Plan(
        export.digest, lines, _tallies(taken), rejects, list(_chunks(_sales(taken), last)), _products(taken),
        _customers(taken),
    )  # fmt: skip


def _tallies(lines: Sequence[Line]) -> dict[str, Tally]:
    tallies: dict[str, Tally] = defaultdict(Tally)
    for line in lines:
        tallies[kind_of(line)].add(line.amount)
    return dict(tallies)


def _products(lines: Sequence[Line]) -> dict[str, Card]:
    cards: dict[str, Card] = {}
    for line in lines:
        code = line.code.upper()
        card = cards.get(code)
        if card is None:
            cards[code] = Card(line.code, line.description, kind_of(line))
        elif not card.name and line.description:
            cards[code] = card._replace(name=line.description)
    return {code: card if card.name else card._replace(name=card.sku) for code, card in cards.items()}


def _customers(lines: Sequence[Line]) -> dict[str, str]:
    countries: dict[str, str] = {}
    for line in lines:
        if line.customer != GUEST and not countries.get(line.customer):
            countries[line.customer] = line.country
    return countries


def _sales(lines: Sequence[Line]) -> list[Sale]:
    """By day, then in the order of the file."""
    by_invoice: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_invoice[line.invoice].append(line)
    sales = [
        Sale(invoice, min(line.on for line in lines), lines[0].customer, tuple(lines))
        for invoice, lines in by_invoice.items()
    ]
    return sorted(sales, key=lambda sale: (sale.on, sale.lines[0].number))


def _chunks(sales: Sequence[Sale], last: date) -> Iterator[Chunk]:
    """In the order of their dates; what falls due after the file's last day stays open."""
    by_day: dict[date, list[Sale]] = defaultdict(list)
    due: dict[date, list[str]] = defaultdict(list)
    for sale in sales:
        by_day[sale.on].append(sale)
        if sale.customer != GUEST and sale.on + timedelta(days=DAYS_TO_PAY) <= last:
            due[sale.on + timedelta(days=DAYS_TO_PAY)].append(sale.invoice)
    for on in sorted(by_day.keys() | due.keys()):
        todays = by_day.get(on, [])
        for piece, start in enumerate(range(0, max(len(todays), 1), SALES_AT_ONCE)):
            payments = () if piece else tuple(due.get(on, ()))
            yield Chunk(on, piece, tuple(todays[start : start + SALES_AT_ONCE]), payments)


def rejected(rejects: Sequence[Reject]) -> dict[str, Tally]:
    """Lines and amounts of what is not taken, by reason."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for reject in rejects:
        tallies[reject.reason].add(reject.amount)
    return dict(tallies)
