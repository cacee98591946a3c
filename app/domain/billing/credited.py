"""What can still be credited of invoices: pieces, net and VAT of each line, and what became of the goods."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.deferred import Deferred, deferred_costs
from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError, Invalid
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, exact, part, rounded

# Of a shipment line: `at_hand` are pieces on issued invoices that are not to be invoiced again, `back` those of them
# that came back, `credited_back` those that issued credit notes took as goods back, less what debit notes took back.
LINES = """
SELECT line.id, line.invoice_id, line.kind, line.shipment_line_id, line.order_line_id, line.product_id,
       line.account_id, account.role, line.sku, line.name, line.unit, coalesce(unit.decimals, 3) AS decimals,
       product.kind AS product_kind, line.quantity, line.unit_price, line.discount, line.tax_rate_id, line.tax_percent,
       line.net, line.vat, line.cost, line.credited, line.credited_net, line.credited_vat,
       tax_rate.account_id AS vat_account_id, left_with.cogs_timing,
       invoice.prices_include_vat, shipped.shipment_id, order_line.order_id,
       shipped.invoiced - coalesce(held.quantity, 0) AS at_hand,
       shipped.returned - shipped.returned_uninvoiced AS back, coalesce(taken.quantity, 0) AS credited_back,
       advance.id AS advance_id,
       advance.delivered + advance.credited AS gone, advance.net AS advance_net, advance.gross AS advance_gross,
       advance.quantity AS advanced, advance.delivered_net + advance.credited_net AS gone_net,
       advance.delivered_gross + advance.credited_gross AS gone_gross
FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id
LEFT JOIN account ON account.id = line.account_id LEFT JOIN product ON product.id = line.product_id
LEFT JOIN unit ON unit.id = product.unit_id LEFT JOIN tax_rate ON tax_rate.id = line.tax_rate_id
LEFT JOIN shipment_line shipped ON shipped.id = line.shipment_line_id
LEFT JOIN shipment left_with ON left_with.id = shipped.shipment_id
LEFT JOIN sales_order_line order_line ON order_line.id = line.order_line_id
LEFT JOIN advance ON advance.invoice_line_id = line.id
LEFT JOIN LATERAL (
    SELECT sum(part.quantity) AS quantity FROM invoice_line part JOIN invoice ON invoice.id = part.invoice_id
    WHERE part.shipment_line_id = line.shipment_line_id AND invoice.state = 'draft'
) held ON true
LEFT JOIN LATERAL (
    SELECT sum(part.quantity) - sum(coalesce((
               SELECT sum(debit.quantity) FROM invoice_line debit JOIN invoice ON invoice.id = debit.invoice_id
               WHERE debit.credit_line_id = part.id AND invoice.state = 'issued'), 0)) AS quantity
    FROM credit_note_line part JOIN credit_note ON credit_note.id = part.credit_note_id
    WHERE part.shipment_line_id = line.shipment_line_id AND part.kind = 'goods_back' AND credit_note.state = 'issued'
) taken ON true
WHERE line.invoice_id = ANY(%(ids)s::bigint[])
ORDER BY line.invoice_id, line.position
"""


class Wanted(NamedTuple):
    """So many pieces of a line, or an amount of it: without VAT, or with it where the prices of the invoice have it."""

    kind: str
    quantity: Decimal
    amount: Decimal = ZERO


class Part(NamedTuple):
    """What a credit takes of a line; `again_net` and `again_gross` are what can be invoiced again of its shipment or,
    of pieces that were invoiced in advance, of its order. `again_cost` waits for that invoice again.
    """

    net: Decimal
    vat: Decimal
    again_net: Decimal = ZERO
    again_gross: Decimal = ZERO
    again_cost: Decimal = ZERO


@dataclass
class Goods:
    """What stands of a shipment line, as it changes in the course of a batch."""

    at_hand: Decimal
    back: Decimal
    credited_back: Decimal


@dataclass
class Ahead:
    """Pieces invoiced in advance: shipping and crediting take of them in one sequence."""

    quantity: Decimal
    net: Decimal
    gross: Decimal
    gone: Decimal
    gone_net: Decimal
    gone_gross: Decimal

    @property
    def left(self) -> Decimal:
        """The pieces that did not leave and are not credited."""
        return self.quantity - self.gone

    def take(self, quantity: Decimal, decimals: int) -> tuple[Decimal, Decimal]:
        """Net and gross of the next pieces."""
        self.gone += quantity
        net = part(self.net, self.quantity, self.gone, self.gone_net, decimals)
        gross = part(self.gross, self.quantity, self.gone, self.gone_gross, decimals)
        self.gone_net += net
        self.gone_gross += gross
        return net, gross


@dataclass
class Rest:
    """What stands of an invoice line, as it changes in the course of a batch; amounts are what is left of it."""

    row: Row[Any]
    decimals: int
    pieces: Decimal
    net: Decimal
    vat: Decimal
    ahead: "Ahead | None" = None

    @property
    def left(self) -> Decimal:
        """The pieces that are not credited."""
        return Decimal(self.row.quantity - self.pieces)

    @property
    def base(self) -> Decimal:
        """What is left of what an allowance is taken from."""
        return self.net + self.vat if self.row.prices_include_vat else self.net

    def take(self, wanted: Wanted) -> Part:
        """The part of a credit, which is gone then."""
        taken = self._allowance(wanted.amount) if wanted.kind == "allowance" else self._pieces(wanted)
        self.net -= taken.net
        self.vat -= taken.vat
        return taken

    def _pieces(self, wanted: Wanted) -> Part:
        """By the cumulative rule, and never more than is left after allowances: the last piece takes the rest.

        It may be a cent more than its share, where debit notes took back other pieces than the last.
        """
        net, vat = self._share(self.row.net, wanted.quantity), self._share(self.row.vat, wanted.quantity)
        again = (net, net + vat) if wanted.kind == "invoice_again" else (ZERO, ZERO)
        cost = self._share(self.row.cost, wanted.quantity) if wanted.kind == "invoice_again" else ZERO
        if self.ahead:
            again = self.ahead.take(wanted.quantity, self.decimals)
            net = again[0]
        self.pieces += wanted.quantity
        net = self.net if self.pieces == self.row.quantity else _within(net, self.net)
        return Part(net, self.vat if net == self.net else _within(vat, self.vat), *again, cost)

    def _share(self, whole: Decimal, quantity: Decimal) -> Decimal:
        of = self.row.quantity
        return rounded(whole * (self.pieces + quantity) / of, self.decimals) - rounded(
            whole * self.pieces / of, self.decimals
        )

    def _allowance(self, amount: Decimal) -> Part:
        """VAT follows all that is credited of the line so far."""
        whole = self.row.net + self.row.vat if self.row.prices_include_vat else self.row.net
        taken = whole - self.base + amount
        vat = rounded(self.row.vat * taken / whole, self.decimals) - (self.row.vat - self.vat)
        vat = self.vat if amount == self.base else _within(vat, self.vat)
        return Part(amount - vat if self.row.prices_include_vat else amount, vat)


def unchanged(things: Iterable[object]) -> Callable[[], None]:
    """What puts these objects back to what they are now; None among them is none."""
    before = [(thing, dict(vars(thing))) for thing in things if thing is not None]

    def put_back() -> None:
        for thing, values in before:
            vars(thing).update(values)

    return put_back


def _within(amount: Decimal, rest: Decimal) -> Decimal:
    return min(max(amount, ZERO), rest) if rest >= 0 else max(min(amount, ZERO), rest)


class Creditable:
    """The lines of invoices in order, what is left of each, and what stands of the goods behind them."""

    def __init__(self, session: Session, invoices: Sequence[int]) -> None:
        decimals = company(session).decimals
        self.lines: dict[int, list[Rest]] = {invoice: [] for invoice in invoices}
        self.goods: dict[int, Goods] = {}
        waiting: list[int] = []
        for row in read(session, LINES, ids=list(invoices)):
            ahead = Ahead(row.advanced, row.advance_net, row.advance_gross, row.gone, row.gone_net, row.gone_gross)
            self.lines[row.invoice_id].append(Rest(
                row, decimals, row.credited, row.net - row.credited_net, row.vat - row.credited_vat,
                ahead if row.advance_id else None,
            ))  # fmt: skip
            if row.shipment_line_id:
                self.goods[row.shipment_line_id] = Goods(row.at_hand, row.back, row.credited_back)
            if row.cogs_timing == "at_invoice":
                waiting.append(row.shipment_line_id)
        self.costs: dict[int, Deferred] = deferred_costs(session, waiting) if waiting else {}
        self.rests = {rest.row.id: rest for rests in self.lines.values() for rest in rests}

    def exact(self, rest: Rest, kind: str, quantity: object, amount: object) -> Wanted:
        """What is wanted of a line in exact numbers; DomainError for more than is left, and what cannot be."""
        row = rest.row
        name = row.sku or row.name
        if kind == "allowance":
            return Wanted(kind, ZERO, self._allowance(rest, name, amount))
        pieces = exact(quantity, row.decimals, f"{name}: quantity")
        if pieces <= 0:
            raise Invalid("quantity_not_positive", "{sku}: the quantity must be above 0.", sku=name)
        if pieces > rest.left:
            raise DomainError("more_than_invoiced", "{sku}: {wanted} is more than the {left} that are not credited.",
                              sku=name, wanted=pieces, left=rest.left)  # fmt: skip
        if kind == "goods_back":
            _check_back(row, name)
        elif rest.ahead and pieces > rest.ahead.left:
            raise DomainError("delivered", "{sku}: {left} did not leave yet and can be invoiced again: credit the "
                              "others with an allowance.", sku=name, left=rest.ahead.left)  # fmt: skip
        return Wanted(kind, pieces)

    def _allowance(self, rest: Rest, name: str, amount: object) -> Decimal:
        wanted = exact(amount, rest.decimals, f"{name}: amount")
        if wanted <= 0:
            raise Invalid("amount_not_positive", "{sku}: the amount must be above 0.", sku=name)
        if wanted > rest.base:
            raise DomainError("more_than_invoiced", "{sku}: {wanted} is more than the {left} that is not credited.",
                              sku=name, wanted=wanted, left=rest.base)  # fmt: skip
        return wanted

    def as_it_is(self, lines: Iterable[int]) -> Callable[[], None]:
        """What puts lines of invoices, with the goods and costs behind them, back to what they are now."""
        rests = [self.rests[line] for line in lines if line in self.rests]
        behind = [rest.row.shipment_line_id for rest in rests]
        return unchanged([
            *rests, *(rest.ahead for rest in rests), *map(self.goods.get, behind), *map(self.costs.get, behind)
        ])  # fmt: skip

    def take(self, rest: Rest, wanted: Wanted) -> Part:
        """The part of a credit, which is gone then; DomainError where its pieces are back or promised back."""
        goods = self.goods.get(rest.row.shipment_line_id)
        if goods and wanted.kind == "goods_back":
            goods.credited_back += wanted.quantity
        elif goods and wanted.kind == "invoice_again":
            goods.at_hand -= wanted.quantity
        if goods and goods.at_hand < max(goods.back, goods.credited_back):
            raise DomainError("pieces_back", "{sku}: {back} are back, or credited as goods that come back: that many "
                              "cannot be invoiced again.", sku=rest.row.sku or rest.row.name,
                              back=max(goods.back, goods.credited_back))  # fmt: skip
        part = rest.take(wanted)
        cost = self.costs.get(rest.row.shipment_line_id)
        if cost and wanted.kind == "invoice_again":
            part = part._replace(again_cost=cost.open_again(wanted.quantity, part.again_cost))
        return part


def _check_back(row: Row[Any], name: str) -> None:
    if row.kind == "shipment" and row.product_kind != "service":
        return
    if row.kind == "advance":
        raise DomainError("not_from_shipment", "{sku} was invoiced in advance: credit the pieces that did not leave to "
                          "be invoiced again, or an allowance.", sku=name)  # fmt: skip
    raise Invalid("nothing_to_return", "{sku} are no goods: nothing of it comes back.", sku=name)
