"""Which percentage of VAT an invoice carries: each line that of the day on which what it is about was supplied.

That is the day on which the goods of the line left; for an advance the day by which it was received; else the date of
the invoice. An invoice of several shipments is dated by the latest (`supply_on`), yet each of its lines keeps to its
own shipment: the tax fell due when those goods left (Directive 2006/112/EC, articles 63 and 93), and a shipment costs
the same whether it is invoiced alone or with others. A debit note keeps to its credit note, and a credit note to its
invoice; one without has the day that it names, else its own. What was agreed stays: the net, or the gross where prices
include VAT.

Money received ahead makes tax due on what was received and no more (article 65): a deposit does not date the whole. So
an advance was received on the day by which what was paid for its order lines covers it, each receipt as much of it as
it pays for at the percentages of its own day; until then it has the date of its invoice. Where that money came partly
before a percentage changed and partly after, one invoice cannot carry both: it is refused, to be written as two; what
cannot be parted is not drafted at all, as it has to leave first.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.catalog.tax_rates import percent_on
from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError, refuse
from app.domain.kernel.rows import read, write
from app.domain.kernel.values import rounded
from app.domain.sales.totals import Amounts, Taxed, amounts, total

# Money that waits on lines of orders. What gives back of an invoice is no receipt.
RECEIVED = """
SELECT item.line_id, credit."on", line.amount
FROM open_item item JOIN allocation_line line ON line.open_item_id = item.id
JOIN allocation act ON act.id = line.allocation_id AND act.released_on IS NULL
JOIN credit ON credit.document_id = act.payment_id AND credit.role = 'customer_advances'
WHERE item.document_id = ANY(%(orders)s::bigint[])
"""


class Advance(NamedTuple):
    """What is or will be an advance invoice: its lines with what is to be taxed of each, by order line.

    `rows` have `order_id`, `tax_rate_id` and PERCENTAGES.
    """

    rows: Sequence[Row[Any]]
    order_lines: Sequence[int]
    taxed: Sequence[Decimal]
    vat_included: bool

    def worth(self, on: date, decimals: int) -> list[Amounts]:
        """What its lines come to at the percentages of a day."""
        its = [Taxed(amount, row.tax_rate_id, percent_on(row, on))
               for row, amount in zip(self.rows, self.taxed, strict=True)]  # fmt: skip
        return amounts(its, vat_included=self.vat_included, decimals=decimals)


class Receipts:
    """What was paid for the lines of orders and waits there, as invoices in advance take it one after the other."""

    def __init__(self, session: Session, advances: Collection[Advance]) -> None:
        self.decimals = company(session).decimals
        self.of_line: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
        if orders := sorted({row.order_id for its in advances for row in its.rows}):
            for row in read(session, RECEIVED, orders=orders):
                self.of_line[row.line_id].append((row.on, row.amount))

    def days(self, advance: Advance, on: date) -> list[date]:
        """The days on which the money came that covers an advance, in order; none where it is not covered by a date.

        What covers it is taken, so that the next one does not count it again.
        """
        money = sorted(
            (day, line, amount) for line in set(advance.order_lines) for day, amount in self.of_line[line] if day <= on
        )
        covered = Fraction(0)
        for place, (day, _, amount) in enumerate(money, 1):
            gross = total(advance.worth(day, self.decimals)).gross
            if gross <= 0:
                break
            covered += Fraction(amount) / Fraction(gross)
            if covered >= 1:
                self._take(money[:place], (covered - 1) * Fraction(gross))
                return [day for day, _, _ in money[:place]]
        return []

    def _take(self, money: Sequence[tuple[date, int, Decimal]], change: Fraction) -> None:
        """`change` of the last receipt stays on its line."""
        for day, line, amount in money:
            self.of_line[line].remove((day, amount))
        if change:
            day, line, _ = money[-1]
            left = Decimal(change.numerator) / Decimal(change.denominator)
            self.of_line[line].append((day, rounded(left, self.decimals)))


def days_of_supply(
    session: Session, invoices: Sequence[tuple[Row[Any], Sequence[Row[Any]]]], on: date
) -> dict[int, date | None]:
    """The date of supply of each invoice that is issued on a date; a debit note has none of its own.

    Raises Refused, by invoice, for advances that were received at different percentages.
    """
    ahead = {
        head.id: Advance(
            lines, [line.order_line_id for line in lines],
            [line.gross if head.prices_include_vat else line.net for line in lines], head.prices_include_vat,
        )
        for head, lines in invoices if lines and lines[0].kind == "advance"
    }  # fmt: skip
    receipts = Receipts(session, ahead.values()) if ahead else None
    answer: dict[int, date | None] = {}
    errors: dict[int, DomainError] = {}
    for head, _ in invoices:
        if head.credit_note_id:
            answer[head.id] = None
        elif receipts and head.id in ahead:
            days = receipts.days(ahead[head.id], on)
            answer[head.id] = days[-1] if days else on
            if mixed := received_at_two_rates(ahead[head.id].rows, days):
                errors[head.id] = mixed
        else:
            answer[head.id] = head.left_on or on
    refuse(errors)
    return answer


def received_at_two_rates(rows: Sequence[Row[Any]], days: Sequence[date]) -> DomainError | None:
    """Why money that came on some days does not pay for one invoice, if a percentage changed between them."""
    for row in rows:
        for before, after in pairwise(days):
            if (old := percent_on(row, before)) != (new := percent_on(row, after)):
                return DomainError(
                    "received_at_two_rates", "What pays for it was received partly by {before}, at {old} % VAT, and "
                    "partly on {after}, at {new} %: make two invoices, one of what was paid for by {before} and one of "
                    "the rest; where that would part a piece, ship it first and invoice its shipment.",
                    before=before, after=after, old=old, new=new,
                )  # fmt: skip
    return None


class Anew:
    """A document whose lines carry other percentages than its draft said."""

    def __init__(self, head: Row[Any], lines: Sequence[Row[Any]], percents: Sequence[Decimal], decimals: int) -> None:
        self.id: int = head.id
        self.lines, self.percents = lines, percents
        vat_included = head.prices_include_vat
        self.worth: list[Amounts] = amounts([
            Taxed(line.gross if vat_included else line.net, line.tax_rate_id, percent)
            for line, percent in zip(lines, percents, strict=True)
        ], vat_included=vat_included, decimals=decimals)  # fmt: skip
        self.total = total(self.worth)


WRITE = """
WITH lines AS (
    UPDATE {table}_line line
    SET tax_percent = given.percent, net = given.net, vat = given.vat, gross = given.gross
    FROM unnest(%(lines)s::bigint[], %(percents)s::numeric[], %(net)s::numeric[], %(vat)s::numeric[],
                %(gross)s::numeric[]) AS given (id, percent, net, vat, gross)
    WHERE line.id = given.id
)
UPDATE {table} SET net = given.net, vat = given.vat, gross = given.gross
FROM unnest(%(ids)s::bigint[], %(nets)s::numeric[], %(vats)s::numeric[], %(grosses)s::numeric[])
     AS given (id, net, vat, gross)
WHERE {table}.id = given.id
"""
WRITES = {table: WRITE.format(table=table) for table in ("invoice", "credit_note")}


def rate_by_supply(
    session: Session, documents: Sequence[tuple[Row[Any], Sequence[Row[Any]]]], days: Mapping[int, date | None],
    table: str = "invoice",
) -> bool:  # fmt: skip
    """Gives the lines of drafts their percentages, by the date of supply of each; tells whether any is another now.

    Refused, by document, where one would be worth less than nothing.
    """
    decimals = company(session).decimals
    changed = []
    for head, lines in documents:
        supplied = days[head.id]
        if supplied is None:
            continue
        percents = [percent_on(line, line.supplied_on or supplied) for line in lines]
        if percents != [line.tax_percent for line in lines]:
            changed.append(Anew(head, lines, percents, decimals))
    refuse({
        its.id: DomainError("negative_total", "At the VAT of its date of supply it would be worth {gross}: write the "
                            "draft anew.", gross=its.total.gross)
        for its in changed if its.total.gross < 0
    })  # fmt: skip
    if changed:
        _write(session, WRITES[table], changed)
    return bool(changed)


def _write(session: Session, sql: str, changed: Sequence[Anew]) -> None:
    worth = [amount for its in changed for amount in its.worth]
    write(
        session, sql, lines=[line.id for its in changed for line in its.lines],
        percents=[percent for its in changed for percent in its.percents],
        net=[amount.net for amount in worth], vat=[amount.vat for amount in worth],
        gross=[amount.gross for amount in worth], ids=[its.id for its in changed],
        nets=[its.total.net for its in changed], vats=[its.total.vat for its in changed],
        grosses=[its.total.gross for its in changed],
    )  # fmt: skip
