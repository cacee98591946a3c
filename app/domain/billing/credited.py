"""What can still be credited of invoices: pieces, net and VAT of each line, and what became of the goods."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.ahead import BEHIND, STANDING, Ahead, Delivered, Goods, deliveries, kept_first, shared
from app.domain.billing.deferred import Deferred, deferred_costs
from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError, Invalid
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, exact, rounded

LINES = f"""
SELECT line.id, line.invoice_id, line.kind, line.shipment_line_id, line.order_line_id, line.product_id,
       line.account_id, account.role, line.sku, line.name, line.unit, coalesce(unit.decimals, 3) AS decimals,
       product.kind AS product_kind, line.quantity, line.unit_price, line.discount, line.tax_rate_id, line.tax_percent,
       line.net, line.vat, line.cost, line.credited, line.credited_net, line.credited_vat,
       tax_rate.account_id AS vat_account_id, left_with.cogs_timing,
       invoice.prices_include_vat, order_line.order_id, {STANDING},
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
LEFT JOIN advance ON advance.invoice_line_id = line.id {BEHIND}
WHERE line.invoice_id = ANY(%(ids)s::bigint[])
ORDER BY line.invoice_id, line.position
"""


class Wanted(NamedTuple):
    """So many pieces of a line, or an amount of it: without VAT, or with it where the prices of the invoice have it.

    Of what was invoiced in advance, `shipment_line_id` tells with what the pieces left; None that they did not.
    """

    kind: str
    quantity: Decimal
    amount: Decimal = ZERO
    shipment_line_id: int | None = None


class Part(NamedTuple):
    """What a credit takes of a line; `again_net` and `again_gross` are what can be invoiced again of its shipment or,
    of pieces that did not leave, of its order. `again_cost` waits for that invoice again.
    """

    net: Decimal
    vat: Decimal
    again_net: Decimal = ZERO
    again_gross: Decimal = ZERO
    again_cost: Decimal = ZERO


@dataclass
class Rest:
    """What stands of an invoice line, as it changes in the course of a batch; amounts are what is left of it."""

    row: Row[Any]
    decimals: int
    pieces: Decimal
    net: Decimal
    vat: Decimal
    ahead: Ahead | None = None

    @property
    def left(self) -> Decimal:
        """The pieces that are not credited."""
        return Decimal(self.row.quantity - self.pieces)

    @property
    def is_gone(self) -> bool:
        """Whether all its money is credited, by pieces or by allowances."""
        return not (self.net or self.vat)

    @property
    def is_goods(self) -> bool:
        """Whether its pieces can come back."""
        return self.row.kind in ("shipment", "advance") and self.row.product_kind != "service"

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
            left_with = wanted.shipment_line_id
            its = self.ahead if left_with is None else self.ahead.delivered[left_with]
            net, gross = its.take(wanted.quantity, self.decimals)
            again = (net, gross) if wanted.kind == "invoice_again" else (ZERO, ZERO)
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
        self._waiting: list[int] = []
        for row in read(session, LINES, ids=list(invoices)):
            ahead = Ahead(row.advanced, row.advance_net, row.advance_gross, row.gone, row.gone_net, row.gone_gross)
            self.lines[row.invoice_id].append(Rest(
                row, decimals, row.credited, row.net - row.credited_net, row.vat - row.credited_vat,
                ahead if row.advance_id else None,
            ))  # fmt: skip
            if row.shipment_line_id:
                self._stands(row)
        self.rests = {rest.row.id: rest for rests in self.lines.values() for rest in rests}
        if ahead_of := {i: rest.ahead for i, rest in self.rests.items() if rest.ahead}:
            for row in deliveries(session, ahead_of):
                self._stands(row)
                ahead_of[row.id].delivered[row.shipment_line_id] = Delivered(
                    row.shipment_id, row.quantity, row.net, row.gross, row.credited
                )
        self.costs: dict[int, Deferred] = deferred_costs(session, self._waiting) if self._waiting else {}

    def _stands(self, row: Row[Any]) -> None:
        self.goods[row.shipment_line_id] = Goods(row.at_hand, row.back, row.credited_back)
        if row.cogs_timing == "at_invoice":
            self._waiting.append(row.shipment_line_id)

    def left(self, invoice: int) -> Decimal:
        """What is left of an invoice as a document, with VAT: lines of less than nothing take it off the others."""
        return sum((rest.net + rest.vat for rest in self.lines[invoice]), ZERO)

    def refuse_worth(self, invoice: int, gross: Decimal, *, beyond: bool = True) -> None:
        """DomainError where a credit, which is taken already, is worth less than nothing or, where that is told, goes
        `beyond` what was left of its invoice.
        """
        if gross < 0:
            raise DomainError("negative_total", "The credit would be worth {gross}: credit more, or leave out what was "
                              "taken off.", gross=gross)  # fmt: skip
        if beyond and (left := self.left(invoice)) < 0:
            raise DomainError("more_than_left", "The credit would be worth {gross}, which is more than the {left} that "
                              "is left of the invoice: credit what was taken off there too.",
                              gross=gross, left=left + gross)  # fmt: skip

    def exact(self, rest: Rest, kind: str, quantity: object, amount: object) -> Wanted:
        """What is wanted of a line in exact numbers; DomainError for more than is left, and what cannot be."""
        row = rest.row
        name = row.sku or row.name
        if kind == "allowance":
            return Wanted(kind, ZERO, self._allowance(rest, name, amount), row.shipment_line_id)
        pieces = exact(quantity, row.decimals, f"{name}: quantity")
        if pieces <= 0:
            raise Invalid("quantity_not_positive", "{sku}: the quantity must be above 0.", sku=name)
        if pieces > rest.left:
            raise DomainError("more_than_invoiced", "{sku}: {wanted} is more than the {left} that are not credited.",
                              sku=name, wanted=pieces, left=rest.left)  # fmt: skip
        if kind == "goods_back" and not rest.is_goods:
            raise Invalid("nothing_to_return", "{sku} are no goods: nothing of it comes back.", sku=name)
        return Wanted(kind, pieces, shipment_line_id=row.shipment_line_id)

    def _allowance(self, rest: Rest, name: str, amount: object) -> Decimal:
        wanted = exact(amount, rest.decimals, f"{name}: amount")
        if rest.row.net < 0 <= wanted:
            raise Invalid("amount_not_negative", "{sku} was taken off: what is credited of it must be below 0.",
                          sku=name)  # fmt: skip
        if rest.row.net >= 0 >= wanted:
            raise Invalid("amount_not_positive", "{sku}: the amount must be above 0.", sku=name)
        if abs(wanted) > abs(rest.base):
            raise DomainError("more_than_invoiced", "{sku}: {wanted} is more than the {left} that is not credited.",
                              sku=name, wanted=wanted, left=rest.base)  # fmt: skip
        return wanted

    def divided(
        self, rest: Rest, wanted: Wanted, left_with: int | None = None, kept: Mapping[int, Decimal] | None = None
    ) -> list[Wanted]:
        """Pieces of a line by what they left with, where they were invoiced in advance; `left_with` takes only what
        left with that shipment line, and of what left so many pieces as are `kept` by shipment line go first.

        DomainError where there are not so many that can be credited so.
        """
        if not rest.ahead or not wanted.quantity:
            return [wanted]
        sources = kept_first(rest.ahead.sources(wanted.kind, self.goods), kept or {})
        found, missing = shared(
            [(line, most) for line, most in sources if left_with in (None, line)], wanted.quantity
        )  # fmt: skip
        if missing:
            raise _too_few(rest.row.sku, wanted.kind, wanted.quantity - missing)
        return [wanted._replace(quantity=quantity, shipment_line_id=line) for line, quantity in found.items()]

    def most(self, rest: Rest, kind: str) -> Decimal:
        """How many pieces of a line could be credited so, as things stand."""
        row = rest.row
        if kind == "goods_back" and not rest.is_goods:
            return ZERO
        if rest.ahead:
            return rest.left - shared(rest.ahead.sources(kind, self.goods), rest.left)[1]
        goods = self.goods.get(row.shipment_line_id)
        if goods is None:
            return rest.left
        return min(rest.left, goods.again if kind == "invoice_again" else goods.may_come_back)

    def as_it_is(self, lines: Iterable[int]) -> Callable[[], None]:
        """What puts lines of invoices, with the goods and costs behind them, back to what they are now."""
        rests = [self.rests[line] for line in lines if line in self.rests]
        ahead = [rest.ahead for rest in rests if rest.ahead]
        behind = [rest.row.shipment_line_id for rest in rests] + [line for its in ahead for line in its.delivered]
        return unchanged([
            *rests, *ahead, *(its for each in ahead for its in each.delivered.values()),
            *map(self.goods.get, behind), *map(self.costs.get, behind),
        ])  # fmt: skip

    def take(self, rest: Rest, wanted: Wanted) -> Part:
        """The part of a credit, which is gone then; DomainError where its pieces are back or promised back, or where
        those that were invoiced in advance are not where it says any more.
        """
        if not wanted.quantity:
            return rest.take(wanted)
        if rest.ahead:
            _check_ahead(rest.row.sku, rest.ahead, wanted)
        line = wanted.shipment_line_id
        self._check_goods(rest.row, wanted, self.goods.get(line) if line else None)
        part = rest.take(wanted)
        if not (cost := self.costs.get(line) if line else None):
            return part
        share = cost.credit_ahead(wanted.quantity) if rest.ahead else part.again_cost
        if wanted.kind != "invoice_again":
            return part
        return part._replace(again_cost=cost.open_again(wanted.quantity, share))

    def _check_goods(self, row: Row[Any], wanted: Wanted, goods: Goods | None) -> None:
        if goods and wanted.kind == "goods_back":
            goods.credited_back += wanted.quantity
        elif goods and wanted.kind == "invoice_again":
            goods.at_hand -= wanted.quantity
        if goods and goods.again < 0:
            raise DomainError("pieces_back", "{sku}: {back} are back, or credited as goods that come back: that many "
                              "cannot be invoiced again.", sku=row.sku or row.name,
                              back=max(goods.back, goods.credited_back))  # fmt: skip


def _too_few(sku: str, kind: str, left: Decimal) -> DomainError:
    if kind == "goods_back":
        return DomainError("not_delivered", "{sku}: {left} left and can come back: what did not leave can only be "
                           "invoiced again.", sku=sku, left=left)  # fmt: skip
    return DomainError("pieces_back", "{sku}: only {left} can be invoiced again: the others are back, or credited as "
                       "goods that come back.", sku=sku, left=left)  # fmt: skip


def _check_ahead(sku: str, ahead: Ahead, wanted: Wanted) -> None:
    """Drafts hold nothing: since one was written pieces may have left, come back to the shelf, or been credited."""
    if wanted.shipment_line_id is None:
        fits = wanted.quantity <= ahead.left
    else:
        its = ahead.delivered.get(wanted.shipment_line_id)
        fits = its is not None and wanted.quantity <= its.left and not (wanted.kind == "invoice_again" and ahead.left)
    if not fits:
        raise DomainError("moved_since", "{sku}: pieces of it were shipped, taken back or credited since this was "
                          "written: edit the draft and choose them anew.", sku=sku)  # fmt: skip
