"""How a replay adds up: every line of the file by kind or reason, against what the documents in the database say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.intake.plan import Plan, Tally, rejected
from app.domain.intake.sorting import KINDS, REASONS
from app.domain.kernel.rows import read

# Kinds are product groups of their own, so the documents are asked without a look at the file.
INVOICED = """
SELECT grp.code, count(*) AS lines, sum(line.quantity * line.unit_price) AS amount
FROM invoice_line line JOIN product ON product.id = line.product_id JOIN product_group grp ON grp.id = product.group_id
WHERE line.invoice_id = ANY(%(invoices)s::bigint[])
GROUP BY grp.code
"""
INVOICES = """
SELECT count(*) AS number, coalesce(sum(net), 0) AS net, coalesce(sum(vat), 0) AS vat, coalesce(sum(gross), 0) AS gross
FROM invoice WHERE id = ANY(%(invoices)s::bigint[]) AND state = 'issued'
"""
ORDERED = """
SELECT count(DISTINCT shipment.id) AS shipments, count(DISTINCT shipment.order_id) AS orders
FROM document_link link JOIN shipment ON shipment.id = link.from_id
WHERE link.to_id = ANY(%(invoices)s::bigint[]) AND shipment.state = 'processed'
"""
PAID = """
SELECT count(*) AS number, coalesce(sum(amount), 0) AS amount FROM cash_order
WHERE state = 'processed' AND id IN (
    SELECT to_id FROM document_link WHERE from_id = ANY(%(invoices)s::bigint[]) AND kind = 'settles')
"""
OPEN = """
SELECT coalesce(sum(amount - allocated), 0) AS amount FROM open_item WHERE document_id = ANY(%(invoices)s::bigint[])
"""
RECEIVED = "SELECT count(*) AS number FROM stock_receipt WHERE id = ANY(%(receipts)s::bigint[]) AND state = 'processed'"


@dataclass(frozen=True)
class Reconciliation:
    """A file against the documents made from it. Amounts are in the export's currency.

    `taken` and `rejected` are the file's lines with quantity × price as they stand there, `invoiced` is the same of the
    invoices' own lines, by kind. `net` is what the invoices say: each line rounded to the penny, so that
    net = taken + rounding. `sales` are the invoice numbers that the file has lines of to be taken.
    """

    lines: int
    taken: Mapping[str, Tally]
    rejected: Mapping[str, Tally]
    invoiced: Mapping[str, Tally]
    sales: int
    orders: int
    shipments: int
    invoices: int
    receipts: int
    cash_orders: int
    net: Decimal
    vat: Decimal
    gross: Decimal
    paid: Decimal
    open: Decimal

    @property
    def rounding(self) -> Decimal:
        """What rounding each line to the penny added or took."""
        return self.net - _total(self.taken).amount

    @property
    def differences(self) -> list[str]:
        """A sentence for everything that does not add up; empty where all does."""
        accounted = _total(self.taken).lines + _total(self.rejected).lines
        made = {"orders": self.orders, "shipments": self.shipments, "invoices": self.invoices}
        checks = [
            (accounted == self.lines, f"{self.lines} lines came in, {accounted} are accounted for"),
            *[
                (self.taken.get(kind) == self.invoiced.get(kind), f"{name}: the file and the invoices differ")
                for kind, name in KINDS.items()
            ],
            *[(count == self.sales, f"{self.sales} sales, but {count} {what}") for what, count in made.items()],
            (self.net + self.vat == self.gross, f"net {self.net} and VAT {self.vat} are not gross {self.gross}"),
            (self.paid + self.open == self.gross, f"paid {self.paid} and open {self.open} are not gross {self.gross}"),
        ]
        return [sentence for holds, sentence in checks if not holds]

    def told(self) -> list[str]:
        """The reconciliation for a person, line by line."""
        total = Tally(self.lines, _total(self.taken).amount + _total(self.rejected).amount)
        return [
            _row("Lines in", total),
            *[_row(f"  taken: {name}", self.taken[kind]) for kind, name in KINDS.items() if kind in self.taken],
            *[_row(f"  not taken: {why}", self.rejected[key]) for key, why in REASONS.items() if key in self.rejected],
            _row("Taken", _total(self.taken)),
            _row("  each line rounded to the penny", Tally(0, self.rounding)),
            _row("Invoiced, net", Tally(_total(self.invoiced).lines, self.net)),
            _row("  VAT", Tally(0, self.vat)),
            _row("  gross", Tally(0, self.gross)),
            _row("  paid", Tally(0, self.paid)),
            _row("  open, due after the file's last day", Tally(0, self.open)),
            f"{self.sales} sales: {self.orders} orders, {self.shipments} shipments, {self.invoices} invoices, "
            f"{self.cash_orders} payments; {self.receipts} stock receipts",
            *[f"DIFFERENCE: {sentence}" for sentence in self.differences],
        ]


def reconcile(session: Session, plan: Plan, invoices: Mapping[str, int], receipts: Sequence[int]) -> Reconciliation:
    """Asks the documents of a replay (invoice by the file's number, receipts) what they come to, beside the file."""
    ids = list(invoices.values())
    groups = {f"TRADE-{kind.upper()}": kind for kind in KINDS}
    invoiced = read(session, INVOICED, invoices=ids)
    totals = read(session, INVOICES, invoices=ids)[0]
    ordered = read(session, ORDERED, invoices=ids)[0]
    paid = read(session, PAID, invoices=ids)[0]
    return Reconciliation(
        lines=plan.lines,
        taken=plan.taken,
        rejected=rejected(plan.rejects),
        invoiced={groups.get(row.code, row.code): Tally(row.lines, row.amount) for row in invoiced},
        sales=plan.sales,
        orders=ordered.orders,
        shipments=ordered.shipments,
        invoices=totals.number,
        receipts=read(session, RECEIVED, receipts=list(receipts))[0].number,
        cash_orders=paid.number,
        net=totals.net,
        vat=totals.vat,
        gross=totals.gross,
        paid=paid.amount,
        open=read(session, OPEN, invoices=ids)[0].amount,
    )


def _total(tallies: Mapping[str, Tally]) -> Tally:
    total = Tally()
    for tally in tallies.values():
        total = Tally(total.lines + tally.lines, total.amount + tally.amount)
    return total


def _row(label: str, tally: Tally) -> str:
    lines = f"{tally.lines:>10,}" if tally.lines else " " * 10
    return f"{label:<75}{lines}{tally.amount:>20,}"
