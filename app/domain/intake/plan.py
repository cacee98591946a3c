"""From the lines of a trade export to what is to be done, day by day. Pure: the same file gives the same plan."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from app.domain.intake.matching import Back, match
from app.domain.intake.reading import Export, Line
from app.domain.intake.rejects import Reject
from app.domain.intake.sorting import (
    ALLOWANCE,
    CREDITED,
    FEE_PAID,
    RETURNED,
    SOLD,
    VOUCHER,
    WRITTEN_OFF,
    kind_of,
    sort_out,
)
from app.domain.kernel.values import rounded

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
    """One invoice number with all its lines that are ordered, on the day of the first of them.

    Gift vouchers are no goods and carry no VAT: those of an invoice number are a sale of their own.
    """

    invoice: str
    on: date
    customer: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Crediting:
    """One credit note's number: what it takes of which sales of the file."""

    invoice: str
    on: date
    customer: str
    backs: tuple[Back, ...]


class Chunk(NamedTuple):
    """What one deed after the other does on a day, or in a piece of it.

    Sales, and sales of vouchers; the invoices that are paid that day; and, once the day's sales are in, its credits,
    what was written off, and what the shop was charged.
    """

    on: date
    piece: int
    sales: tuple[Sale, ...]
    vouchers: tuple[Sale, ...] = ()
    due: tuple[str, ...] = ()
    credits: tuple[Crediting, ...] = ()
    written_off: tuple[Line, ...] = ()
    fees: tuple[Line, ...] = ()

    @property
    def lines(self) -> int:
        """How many lines of the file it is made of."""
        sold = sum(len(sale.lines) for sale in (*self.sales, *self.vouchers))
        credited = sum(len({back.line.number for back in credit.backs}) for credit in self.credits)
        return sold + credited + len(self.written_off) + len(self.fees)


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
    """A whole file: what happens in chunks by date, the cards that needs, and what is not taken.

    `products` are by code in upper case (codes that differ only in case are one product), `prices` the lowest that each
    was sold at, `customers` name the country of each id; `lines` counts every line of the file after its header.
    """

    digest: str
    lines: int
    taken: Mapping[str, Tally]
    rejects: Sequence[Reject]
    chunks: Sequence[Chunk]
    products: Mapping[str, Card]
    customers: Mapping[str, str]
    prices: Mapping[str, Decimal]

    @property
    def sales(self) -> int:
        return sum(len(chunk.sales) for chunk in self.chunks)

    @property
    def taken_lines(self) -> int:
        return sum(tally.lines for tally in self.taken.values())


def read_plan(path: Path) -> Plan:
    """Reads and sorts a whole file before anything is done; DomainError where it is no trade export."""
    export = Export(path)
    lines, taken, cells = 0, defaultdict[str, list[Line]](list), dict[int, tuple[str, ...]]()
    rejects, buyers = list[Reject](), dict[str, str]()
    for read in export:
        lines += 1
        line = read.line
        if line is None:
            rejects.append(Reject(read.number, read.cells, "unreadable", read.why))
            continue
        kind, reason = sort_out(line)
        if not reason and buyers.setdefault(line.invoice, line.customer) != line.customer:
            reason = "other_customer"
        if reason:
            rejects.append(Reject(read.number, read.cells, reason, amount=line.amount))
            continue
        taken[kind].append(line)
        if kind in CREDITED:
            cells[line.number] = read.cells
    sales, vouchers = _sales(line for kind in SOLD if kind != VOUCHER for line in taken[kind]), _sales(taken[VOUCHER])
    backs = match({sale.invoice: sale.lines for sale in sales}, taken[RETURNED], taken[ALLOWANCE])
    for kind, reason in ((RETURNED, "sold_before"), (ALLOWANCE, "nothing_to_credit")):
        without = [line for line in taken[kind] if not backs[line.number]]
        rejects += [Reject(line.number, cells[line.number], reason, amount=line.amount) for line in without]
        taken[kind] = [line for line in taken[kind] if backs[line.number]]
    days = _Days()
    days.sell(sales, vouchers)
    days.credit([*taken[RETURNED], *taken[ALLOWANCE]], backs)
    days.lose(taken[WRITTEN_OFF], taken[FEE_PAID])
    everything = [line for its in taken.values() for line in its]
    return Plan(
        export.digest, lines, _tallies(taken), rejects, list(days.chunks()), _products(everything),
        _customers(everything), _prices(sales),
    )  # fmt: skip


def _prices(sales: Sequence[Sale]) -> dict[str, Decimal]:
    prices: dict[str, Decimal] = {}
    for line in (line for sale in sales for line in sale.lines):
        code = line.code.upper()
        prices[code] = min(line.price, prices.get(code, line.price))
    return prices


def _tallies(taken: Mapping[str, Sequence[Line]]) -> dict[str, Tally]:
    tallies: dict[str, Tally] = {}
    for kind, lines in taken.items():
        if lines:
            tallies[kind] = Tally(len(lines), sum((_worth(kind, line) for line in lines), Decimal(0)))
    return tallies


def _worth(kind: str, line: Line) -> Decimal:
    """Quantity times price as it stands; what is an amount of money by itself has no less than pennies."""
    return rounded(line.amount) if kind in (ALLOWANCE, FEE_PAID) else line.amount


def _products(lines: Sequence[Line]) -> dict[str, Card]:
    """The words of what was written off name no product: they say what became of it."""
    cards: dict[str, Card] = {}
    for line in sorted(lines, key=lambda line: line.number):
        code, name = line.code.upper(), line.description if line.price else ""
        card = cards.get(code)
        if card is None:
            cards[code] = Card(line.code, name, kind_of(line))
        elif not card.name and name:
            cards[code] = card._replace(name=name)
    return {code: card if card.name else card._replace(name=card.sku) for code, card in cards.items()}


def _customers(lines: Sequence[Line]) -> dict[str, str]:
    countries: dict[str, str] = {}
    for line in sorted(lines, key=lambda line: line.number):
        if line.customer != GUEST and not countries.get(line.customer):
            countries[line.customer] = line.country
    return countries


def _sales(lines: Iterable[Line]) -> list[Sale]:
    """By day, then in the order of the file."""
    by_invoice: dict[str, list[Line]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: line.number):
        by_invoice[line.invoice].append(line)
    sales = [
        Sale(invoice, min(line.on for line in lines), lines[0].customer, tuple(lines))
        for invoice, lines in by_invoice.items()
    ]
    return sorted(sales, key=lambda sale: (sale.on, sale.lines[0].number))


class _Days:
    """What happens on each day, gathered by kind and handed out in the order of the dates."""

    def __init__(self) -> None:
        self.sales: dict[date, list[Sale]] = defaultdict(list)
        self.vouchers: dict[date, list[Sale]] = defaultdict(list)
        self.due: dict[date, list[str]] = defaultdict(list)
        self.credits: dict[date, list[Crediting]] = defaultdict(list)
        self.written_off: dict[date, list[Line]] = defaultdict(list)
        self.fees: dict[date, list[Line]] = defaultdict(list)

    def sell(self, sales: Sequence[Sale], vouchers: Sequence[Sale]) -> None:
        for days, its in ((self.sales, sales), (self.vouchers, vouchers)):
            for sale in its:
                days[sale.on].append(sale)
        for invoice, sale in {sale.invoice: sale for sale in (*sales, *vouchers)}.items():
            if sale.customer != GUEST:
                self.due[sale.on + timedelta(days=DAYS_TO_PAY)].append(invoice)

    def credit(self, lines: Sequence[Line], backs: Mapping[int, Sequence[Back]]) -> None:
        for sale in _sales(lines):
            its = tuple(back for line in sale.lines for back in backs[line.number])
            self.credits[sale.on].append(Crediting(sale.invoice, sale.on, sale.customer, its))

    def lose(self, written_off: Sequence[Line], fees: Sequence[Line]) -> None:
        for days, lines in ((self.written_off, written_off), (self.fees, fees)):
            for line in lines:
                days[line.on].append(line)

    def chunks(self) -> Iterator[Chunk]:
        """A long day in pieces; what falls due after the last day on which anything happens stays open."""
        happens = self.sales.keys() | self.vouchers.keys() | self.credits.keys() | self.written_off.keys()
        happens |= self.fees.keys()
        last = max(happens, default=date.min)
        for on in sorted(happens | {day for day in self.due if day <= last}):
            todays = self.sales.get(on, [])
            starts = range(0, max(len(todays), 1), SALES_AT_ONCE)
            for piece, start in enumerate(starts):
                chunk = Chunk(on, piece, tuple(todays[start : start + SALES_AT_ONCE]))
                if not piece:
                    chunk = chunk._replace(vouchers=tuple(self.vouchers[on]), due=tuple(self.due[on]))
                if piece == len(starts) - 1:
                    chunk = chunk._replace(
                        credits=tuple(self.credits[on]), written_off=tuple(self.written_off[on]),
                        fees=tuple(self.fees[on]),
                    )  # fmt: skip
                yield chunk


def rejected(rejects: Sequence[Reject]) -> dict[str, Tally]:
    """Lines and amounts of what is not taken, by reason."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for reject in rejects:
        tallies[reject.reason].add(reject.amount)
    return dict(tallies)
