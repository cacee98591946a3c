"""How a replay adds up: every line of the file by kind or reason, against what the documents in the database say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.domain.intake.plan import Plan, Tally, rejected
from app.domain.intake.sorting import ALLOWANCE, FEE_PAID, KINDS, REASONS, RETURNED, SOLD, VOUCHER, WRITTEN_OFF
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO

# Kinds are product groups of their own, so the documents are asked without a look at the file. Vouchers are texts.
INVOICED = """
SELECT coalesce(grp.code, %(vouchers)s) AS code, count(*) AS lines, sum(line.quantity * line.unit_price) AS amount
FROM invoice_line line LEFT JOIN product ON product.id = line.product_id
LEFT JOIN product_group grp ON grp.id = product.group_id
WHERE line.invoice_id = ANY(%(invoices)s::bigint[])
GROUP BY 1
"""
CREDITED = """
SELECT coalesce(-sum(line.quantity * invoiced.unit_price) FILTER (WHERE line.kind = 'goods_back'), 0) AS returned,
       coalesce(-sum(line.amount) FILTER (WHERE line.kind = 'allowance'), 0) AS allowance
FROM credit_note_line line JOIN invoice_line invoiced ON invoiced.id = line.invoice_line_id
WHERE line.credit_note_id = ANY(%(notes)s::bigint[])
"""
ELSE = """
SELECT (SELECT count(*) FROM write_off_line WHERE write_off_id = ANY(%(write_offs)s::bigint[])) AS lost,
       (SELECT coalesce(-sum(amount), 0) FROM cash_order WHERE id = ANY(%(fees)s::bigint[])) AS fees,
       (SELECT coalesce(sum(line.quantity), 0) FROM customer_return_line line
        WHERE line.return_id = ANY(%(returns)s::bigint[])) AS back,
       (SELECT coalesce(sum(line.quantity), 0) FROM credit_note_line line
        WHERE line.credit_note_id = ANY(%(notes)s::bigint[]) AND line.kind = 'goods_back') AS credited,
       (SELECT count(*) FROM stock_receipt WHERE id = ANY(%(receipts)s::bigint[]) AND state = 'processed') AS receipts,
       (SELECT coalesce(sum(amount), 0) FROM cash_order WHERE id = ANY(%(refunds)s::bigint[])) AS refunded
"""
TOTALS = """
SELECT count(*) AS number, coalesce(sum(net), 0) AS net, coalesce(sum(vat), 0) AS vat, coalesce(sum(gross), 0) AS gross
FROM {table} WHERE id = ANY(%(ids)s::bigint[]) AND state = 'issued'
"""
ORDERED = """
SELECT count(DISTINCT shipment.id) AS shipments, count(DISTINCT shipment.order_id) AS orders
FROM document_link link JOIN shipment ON shipment.id = link.from_id
WHERE link.to_id = ANY(%(invoices)s::bigint[]) AND link.kind = 'invoices' AND shipment.state = 'processed'
"""
PAID = """
SELECT count(*) AS number, coalesce(sum(amount), 0) AS amount FROM cash_order
WHERE state = 'processed' AND id IN (
    SELECT to_id FROM document_link WHERE from_id = ANY(%(invoices)s::bigint[]) AND kind = 'settles')
"""
OPEN = """
SELECT coalesce(sum(amount - allocated), 0) AS amount FROM open_item WHERE document_id = ANY(%(invoices)s::bigint[])
"""
CREDITS = """
SELECT coalesce(sum(used), 0) AS used, coalesce(sum(amount - used), 0) AS left
FROM credit WHERE document_id = ANY(%(notes)s::bigint[])
"""


@dataclass
class Made:
    """The documents of a replay by kind, as ids."""

    invoices: list[int] = field(default_factory=list)
    receipts: list[int] = field(default_factory=list)
    notes: list[int] = field(default_factory=list)
    returns: list[int] = field(default_factory=list)
    refunds: list[int] = field(default_factory=list)
    write_offs: list[int] = field(default_factory=list)
    fees: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Reconciliation:
    """A file against the documents made from it. Amounts are in the export's currency.

    `taken` and `rejected` are the file's lines with quantity × price as they stand there, `found` is the same of the
    documents' own lines, by kind. `invoiced` and `credited` have number, net, vat and gross; each line is rounded to
    the penny, and a line of which a part comes back by its part. `sales` are the invoice numbers to be taken.
    """

    lines: int
    taken: Mapping[str, Tally]
    rejected: Mapping[str, Tally]
    found: Mapping[str, Tally]
    sales: int
    vouchers: int
    orders: int
    shipments: int
    invoiced: Any
    credited: Any
    other: Any
    cash_orders: int
    returns: int
    paid: Decimal
    open: Decimal
    settled: Decimal
    left: Decimal

    @property
    def rounding(self) -> Decimal:
        """What rounding each line to the penny added or took."""
        kinds = (*SOLD, RETURNED, ALLOWANCE)
        exact = sum((self.taken[kind].amount for kind in kinds if kind in self.taken), ZERO)
        return Decimal(self.invoiced.net - self.credited.net - exact)

    @property
    def differences(self) -> list[str]:
        """A sentence for everything that does not add up; empty where all does."""
        accounted = _total(self.taken).lines + _total(self.rejected).lines
        made = {"orders": self.orders, "shipments": self.shipments, "invoices": self.invoiced.number - self.vouchers}
        checks = [
            (accounted == self.lines, f"{self.lines} lines came in, {accounted} are accounted for"),
            *[
                (_same(kind, self.taken.get(kind), self.found.get(kind)), f"{name}: the file and the documents differ")
                for kind, name in KINDS.items()
            ],
            *[(count == self.sales, f"{self.sales} sales, but {count} {what}") for what, count in made.items()],
            (self.other.back == self.other.credited, f"{self.other.credited} pieces credited, {self.other.back} back"),
            (self.paid + self.settled + self.open == self.invoiced.gross,
             f"paid {self.paid}, credited {self.settled} and open {self.open} are not gross {self.invoiced.gross}"),
            (self.settled + self.other.refunded + self.left == self.credited.gross,
             f"credited {self.credited.gross} is not what became of it"),
        ]  # fmt: skip
        return [sentence for holds, sentence in checks if not holds]

    def told(self) -> list[str]:
        """The reconciliation for a person, line by line."""
        total = Tally(self.lines, _total(self.taken).amount + _total(self.rejected).amount)
        return [
            _row("Lines in", total),
            *[_row(f"  taken: {name}", self.taken[kind]) for kind, name in KINDS.items() if kind in self.taken],
            *[_row(f"  not taken: {why}", self.rejected[key]) for key, why in REASONS.items() if key in self.rejected],
            _row("Invoiced, net", Tally(0, self.invoiced.net)),
            _row("  VAT", Tally(0, self.invoiced.vat)),
            _row("  gross", Tally(0, self.invoiced.gross)),
            _row("  paid", Tally(0, self.paid)),
            _row("  settled by credit notes", Tally(0, self.settled)),
            _row("  open, due after the file's last day", Tally(0, self.open)),
            _row("Credited, net", Tally(0, self.credited.net)),
            _row("  VAT", Tally(0, self.credited.vat)),
            _row("  gross", Tally(0, self.credited.gross)),
            _row("  refunded to guests", Tally(0, self.other.refunded)),
            _row("  left to customers", Tally(0, self.left)),
            _row("Each line rounded to the penny", Tally(0, self.rounding)),
            f"{self.sales} sales: {self.orders} orders, {self.shipments} shipments, {self.invoiced.number} invoices "
            f"({self.vouchers} of vouchers), {self.cash_orders} payments; {self.credited.number} credit notes, "
            f"{self.returns} returns; {self.other.receipts} stock receipts",
            *[f"DIFFERENCE: {sentence}" for sentence in self.differences],
        ]


def reconcile(session: Session, plan: Plan, made: Made) -> Reconciliation:
    """Asks the documents of a replay what they come to, beside the file."""
    other = read(
        session, ELSE, write_offs=made.write_offs, fees=made.fees, returns=made.returns, notes=made.notes,
        receipts=made.receipts, refunds=made.refunds,
    )[0]  # fmt: skip
    ordered = read(session, ORDERED, invoices=made.invoices)[0]
    paid = read(session, PAID, invoices=made.invoices)[0]
    credit = read(session, CREDITS, notes=made.notes)[0]
    return Reconciliation(
        lines=plan.lines,
        taken=plan.taken,
        rejected=rejected(plan.rejects),
        found=_found(session, made, other),
        sales=plan.sales,
        vouchers=sum(len(chunk.vouchers) for chunk in plan.chunks),
        orders=ordered.orders,
        shipments=ordered.shipments,
        invoiced=read(session, TOTALS.format(table="invoice"), ids=made.invoices)[0],
        credited=read(session, TOTALS.format(table="credit_note"), ids=made.notes)[0],
        other=other,
        cash_orders=paid.number,
        returns=len(made.returns),
        paid=paid.amount,
        open=read(session, OPEN, invoices=made.invoices)[0].amount,
        settled=credit.used - other.refunded,
        left=credit.left,
    )


def _found(session: Session, made: Made, other: Any) -> dict[str, Tally]:
    """What the documents say of each kind, as the file would say it."""
    codes = {f"TRADE-{kind.upper()}": kind for kind in SOLD}
    rows = read(session, INVOICED, invoices=made.invoices, vouchers=f"TRADE-{VOUCHER.upper()}")
    found = {codes.get(row.code, row.code): Tally(row.lines, row.amount) for row in rows}
    credited = read(session, CREDITED, notes=made.notes)[0]
    found |= {RETURNED: Tally(0, credited.returned), ALLOWANCE: Tally(0, credited.allowance)}
    return found | {FEE_PAID: Tally(len(made.fees), other.fees), WRITTEN_OFF: Tally(other.lost, ZERO)}


def _same(kind: str, taken: Tally | None, found: Tally | None) -> bool:
    """A credited line may be several lines of several credit notes, so there only the amount is the same."""
    file, documents = taken or Tally(), found or Tally()
    if kind in (RETURNED, ALLOWANCE):
        return file.amount == documents.amount
    return (file.lines, file.amount) == (documents.lines, documents.amount)


def _total(tallies: Mapping[str, Tally]) -> Tally:
    total = Tally()
    for tally in tallies.values():
        total = Tally(total.lines + tally.lines, total.amount + tally.amount)
    return total


def _row(label: str, tally: Tally) -> str:
    lines = f"{tally.lines:>10,}" if tally.lines else " " * 10
    return f"{label:<95}{lines}{tally.amount:>20,}"
