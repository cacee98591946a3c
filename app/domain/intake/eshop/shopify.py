"""Shopify: orders and refunds as its webhooks write them (Admin API 2026-07).

What is booked is the money of the shop (`shop_money`), not the one the buyer was shown. The price of a line is per unit
before its discounts, which are the sum of `discount_allocations` whatever `total_discount` says.

An order that was edited keeps its lines, its prices and its `total_price` as they were; what is left of it stands in
`current_quantity` and `current_total_price`, which refunds and returns lower too. Pieces that came back, whether money
went back for them or not, were sold all the same, and are counted again; those that were taken off before they left are
not. Whether pieces that are not put on stock again had left, `restock_type` does not say, but `fulfillable_quantity`
does: they are no longer to be sent.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from app.domain.intake.eshop.reading import (
    LONGEST_NOTE,
    country,
    currency,
    joined,
    line_of,
    listed,
    mapping,
    moment,
    moment_or_none,
    number,
    ref,
    text,
    unreadable,
)
from app.domain.intake.eshop.value import (
    CANCELLED,
    FEE,
    FREIGHT,
    GOODS,
    PLACED,
    Address,
    Buyer,
    Refund,
    RefundLine,
    ShopLine,
    ShopOrder,
    Told,
)
from app.domain.kernel.values import HUNDRED, ZERO, rounded

SIGNATURE = "X-Shopify-Hmac-Sha256"
TOPIC = "X-Shopify-Topic"
DELIVERY = "X-Shopify-Webhook-Id"
PAID = ("paid", "partially_refunded", "refunded")
# A total that is further from its lines than their roundings is that of an order that was edited since.
EDITED = Decimal(1)
CENT = Decimal("0.01")
SHIPPING_REFUND = "shipping_refund"
# Fulfilments of which nothing came, and lines of which nothing is ever sent.
NOT_SENT = ("cancelled", "error", "failure")
NEVER_SENT = "not_eligible"
VAT_NUMBERS = ("vat_number", "vat number", "vat id", "vat_id", "vat")


def read(body: Any, topic: str = "") -> Told:
    """What a body says; Unreadable where it is neither an order nor a refund of one."""
    if topic.startswith("refunds/"):
        several = body if isinstance(body, list) else [body]
        if not several:
            return Told()
        refunds = [_refund(mapping(one, "refund"), f"{i}") for i, one in enumerate(several)]
        return Told(ref(several[0].get("order_id"), "order_id"), refunds=[one for one in refunds if one is not None])
    if topic and not topic.startswith("orders/"):
        return Told()
    its = mapping(body, "order")
    if topic == "orders/delete":
        return Told(ref(its.get("id"), "id"), deleted=True)
    order = _order(its)
    return Told(order.ref, order)


class Sold(NamedTuple):
    """What is ordered by now: the lines, their total, and whether the shop changed it since it was ordered."""

    lines: Sequence[ShopLine]
    gross: Decimal
    edited: bool


def _order(its: Mapping[str, Any]) -> ShopOrder:
    theirs = moment(its.get("created_at"), "created_at")
    told = [(_refund(one, path), list(_refunded(one, path))) for path, one in _numbered(its, "refunds")]
    refunds = _unsent(its, told)
    back = [line for one in refunds for line in one.lines or ()]
    back += [line for one, lines in told if one is None for line in lines if line.restock and not line.unsent]
    called_off = _called_off(its, back)
    sold, gateways = _sold(its, refunds, back, called_off=called_off), its.get("payment_gateway_names")
    paid = _paid(its, sold, refunds)
    return ShopOrder(
        ref=ref(its.get("id"), "id"),
        number=line_of(its.get("name")).removeprefix("#") or ref(its.get("id"), "id"),
        status=CANCELLED if called_off else PLACED,
        modified=moment(its.get("updated_at") or its.get("created_at"), "updated_at"),
        created=theirs,
        currency=currency(its.get("currency"), "currency"),
        lines=sold.lines,
        gross=sold.gross,
        paid=paid,
        paid_at=(moment_or_none(its.get("processed_at"), "processed_at") or theirs) if paid else None,
        payment=joined(*gateways, by=", ") if isinstance(gateways, list) else "",
        transaction=line_of(its.get("checkout_token")),
        note=text(its.get("note"), LONGEST_NOTE),
        buyer=_buyer(its),
        refunds=refunds,
    )  # fmt: skip


def _called_off(its: Mapping[str, Any], back: Sequence[RefundLine]) -> bool:
    """Whether the shop says so, or took everything off the order before it left."""
    if its.get("cancelled_at") or its.get("financial_status") == "voided":
        return True
    return _all_gone(its, _left(its, [line for line in back if not line.unsent]))


def _all_gone(its: Mapping[str, Any], left: Mapping[str, Decimal]) -> bool:
    lines = listed(its.get("line_items"), "line_items")
    return bool(lines) and all(left.get(line_of(line.get("id"))) == 0 for line in lines)


def _sold(
    its: Mapping[str, Any], refunds: Sequence[Refund], gone: Sequence[RefundLine], *, called_off: bool
) -> Sold:  # fmt: skip
    """What the figures say together. Of a line that was changed they do not say whether its discounts and taxes are
    those of all its pieces or of what is left; and an order that is called off may have nothing left. Unreadable where
    no reading of them comes to the total: better no order than a wrong one.
    """
    back = [line for line in gone if called_off or not line.unsent]
    left = _left(its, back)
    readings = [] if called_off and _all_gone(its, left) else [left]
    for kept in [*readings, {}] if called_off else readings:
        for whole in (True, False):
            lines = list(_lines(its, kept, whole=whole))
            if (found := _agreed(its, lines, kept, back, refunds)) is not None:
                return found
    told, summed = _total(its), sum((line.net + line.vat for line in _lines(its, left, whole=True)), ZERO)
    raise unreadable("total_price", f"it is {told}, but the lines come to {summed}")


def _left(its: Mapping[str, Any], back: Sequence[RefundLine]) -> dict[str, Decimal]:
    """The quantities of lines that were changed since they were ordered; what has left was not taken off before."""
    returned, sent = defaultdict[str, Decimal](Decimal), _sent(its)
    for one in back:
        returned[one.ref] += one.quantity
    found = {}
    for i, line in enumerate(listed(its.get("line_items"), "line_items")):
        if (current := line.get("current_quantity")) is None:
            continue
        its_ref, ordered = ref(line.get("id"), f"line_items.{i}.id"), number(line.get("quantity"), f"line_items.{i}")
        kept = number(current, f"line_items.{i}.current_quantity") + returned[its_ref]
        left = min(ordered, max(kept, sent[its_ref]))
        if left != ordered:
            found[its_ref] = left
    return found


def _sent(its: Mapping[str, Any], by: datetime | None = None) -> Mapping[str, Decimal]:
    """How many pieces of each line left the shop, or are on their way out; `by` a moment, or by now."""
    found = defaultdict[str, Decimal](Decimal)
    for path, fulfilment in _numbered(its, "fulfillments"):
        at = moment_or_none(fulfilment.get("created_at"), f"{path}.created_at") if by else None
        if fulfilment.get("status") not in NOT_SENT and (by is None or at is None or at <= by):
            for place, line in _numbered(fulfilment, "line_items", path):
                found[ref(line.get("id"), place)] += number(line.get("quantity"), place)
    return found


def _unsent(its: Mapping[str, Any], told: Sequence[tuple[Refund | None, Sequence[RefundLine]]]) -> list[Refund]:
    """Refunds with the pieces marked that need not be sent any more, though they were not put on stock again.

    Those are as many as neither left nor are to be sent, but for what was taken off by edits. What a refund is of that
    had not left when it was made are such pieces; of which refunds the others are nobody says, so the latest ones have
    them, as what is given back for a flaw comes before what is given back of the rest.
    """
    refunds = [one for one, _ in told if one is not None]
    if its.get("cancelled_at"):
        return refunds
    gone, had_left = _never_left(its, told), defaultdict[str, Decimal](Decimal)
    parts: dict[tuple[int, int], Decimal] = {}
    places = [(i, k, line) for i, one in sorted(enumerate(refunds), key=lambda it: it[1].at)
              for k, line in enumerate(one.lines or ()) if not line.unsent]  # fmt: skip
    for i, k, line in places:
        sent = max(min(line.quantity, _sent(its, refunds[i].at)[line.ref] - had_left[line.ref]), ZERO)
        parts[i, k] = ZERO if line.restock else max(min(line.quantity - sent, gone[line.ref]), ZERO)
        had_left[line.ref] += line.quantity - parts[i, k]
        gone[line.ref] -= parts[i, k]
    for i, k, line in reversed(places):
        more = ZERO if line.restock else max(min(line.quantity - parts[i, k], gone[line.ref]), ZERO)
        parts[i, k] += more
        gone[line.ref] -= more
    return [
        replace(one, lines=one.lines and [part for k, line in enumerate(one.lines)
                                          for part in _parted(line, parts.get((i, k), ZERO))])
        for i, one in enumerate(refunds)
    ]  # fmt: skip


def _never_left(
    its: Mapping[str, Any], told: Sequence[tuple[Refund | None, Sequence[RefundLine]]]
) -> defaultdict[str, Decimal]:
    """How many pieces of each line are no longer to be sent, but for those of which refunds say themselves that they
    were taken off: with money, or as edits do without.
    """
    sent, gone = _sent(its), defaultdict[str, Decimal](Decimal)
    for path, line in _numbered(its, "line_items"):
        if line.get("fulfillable_quantity") is not None and line.get("fulfillment_status") != NEVER_SENT:
            name = ref(line.get("id"), path)
            yet = number(line["fulfillable_quantity"], path)
            gone[name] = number(line.get("quantity"), path) - sent[name] - yet
    for refund, lines in told:
        for one in lines:
            if one.unsent or (refund is None and not one.restock):
                gone[one.ref] -= one.quantity
    return gone


def _parted(line: RefundLine, unsent: Decimal) -> list[RefundLine]:
    """A line as what never left of it, and the rest."""
    if not 0 < unsent < line.quantity:
        return [replace(line, unsent=line.unsent or unsent > 0)]
    part = unsent / line.quantity
    first = replace(line, quantity=unsent, net=_share(line.net, part), vat=_share(line.vat, part), unsent=True)
    rest = replace(line, quantity=line.quantity - unsent, net=line.net - first.net, vat=line.vat - first.vat)
    return [first, rest]


def _agreed(
    its: Mapping[str, Any], lines: Sequence[ShopLine], changed: Mapping[str, Decimal], back: Sequence[RefundLine],
    refunds: Sequence[Refund],
) -> Sold | None:  # fmt: skip
    """The order with these lines, if they come to its total: as it was ordered, or what it is now and was refunded."""
    summed = sum((line.net + line.vat for line in lines), ZERO)
    ordered = _money(its, "total_price", "total_price")
    if not changed and abs(ordered - summed) < EDITED:
        return Sold(lines, ordered, edited=False)
    current = _total(its)
    for more in (sum((line.net + line.vat for line in back), ZERO), sum((one.amount for one in refunds), ZERO)):
        if abs(current + more - summed) <= CENT * (len(lines) + 1):
            return Sold(lines, current + more, edited=True)
    return None


def _total(its: Mapping[str, Any]) -> Decimal:
    """What the order comes to by now."""
    told = its.get("current_total_price") not in (None, "") or its.get("current_total_price_set")
    name = "current_total_price" if told else "total_price"
    return _money(its, name, name)


def _paid(its: Mapping[str, Any], sold: Sold, refunds: Sequence[Refund]) -> Decimal:
    """What was taken so far, whatever was given back of it since; Unreadable where the figures contradict the word."""
    status = its.get("financial_status")
    if status != "partially_paid" and not (sold.edited and status in PAID):
        return sold.gross if status in PAID else ZERO
    open_yet = _money(its, "total_outstanding", "total_outstanding")
    taken = _total(its) - open_yet + sum((one.amount for one in refunds), ZERO)
    if taken < 0 or (status == "paid" and open_yet > 0):
        raise unreadable("total_outstanding", f"it is {open_yet}, but the order is told to be {status}")
    return taken


def _lines(its: Mapping[str, Any], changed: Mapping[str, Decimal], *, whole: bool) -> Iterator[ShopLine]:
    """The lines as they are by now, `changed` saying how many are left; `whole`: discounts and taxes are of all."""
    included = its.get("taxes_included") is True
    for i, line in enumerate(listed(its.get("line_items"), "line_items")):
        where = f"line_items.{i}"
        ordered = number(line.get("quantity"), f"{where}.quantity")
        quantity = changed.get(ref(line.get("id"), f"{where}.id"), ordered)
        part = quantity / ordered if whole and ordered else Decimal(1)
        if quantity or not changed:
            amount = rounded(quantity * _money(line, "price", where), 2) - _share(_discounts(line, where), part)
            refs = [told for name in ("product_id", "variant_id") if (told := line_of(line.get(name)))]
            yield _line(GOODS, line, "/".join(refs), quantity, amount, where, part, included=included)
    for i, line in enumerate(listed(its.get("shipping_lines"), "shipping_lines")):
        where = f"shipping_lines.{i}"
        if line.get("is_removed") is not True:
            amount = _money(line, "price", where) - _discounts(line, where)
            yield _line(FREIGHT, line, "", Decimal(1), amount, where, Decimal(1), included=included)
    if tip := number(its.get("total_tip_received"), "total_tip_received"):
        yield ShopLine(FEE, "tip", "", "", "Tip", Decimal(1), tip, ZERO, ZERO)


def _line(
    kind: str, line: Mapping[str, Any], product: str, quantity: Decimal, amount: Decimal, where: str, part: Decimal, *,
    included: bool,
) -> ShopLine:  # fmt: skip
    taxes = list(listed(line.get("tax_lines"), f"{where}.tax_lines"))
    vat = _share(sum((_money(tax, "price", f"{where}.tax_lines") for tax in taxes), ZERO), part)
    rate = sum((number(tax.get("rate"), f"{where}.tax_lines.rate") for tax in taxes), ZERO)
    return ShopLine(
        kind=kind, ref=ref(line.get("id"), f"{where}.id"), sku=line_of(line.get("sku")), product_ref=product,
        name=line_of(line.get("name") or line.get("title")), quantity=quantity,
        net=amount - vat if included else amount, vat=vat, percent=rate * HUNDRED,
    )  # fmt: skip


def _numbered(its: Mapping[str, Any], name: str, within: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of a list, each with the place where it stands."""
    path = f"{within}.{name}" if within else name
    for i, one in enumerate(listed(its.get(name), path)):
        yield f"{path}.{i}", one


def _share(amount: Decimal, part: Decimal) -> Decimal:
    return amount if part == 1 else rounded(amount * part, 2)


def _discounts(line: Mapping[str, Any], where: str) -> Decimal:
    allocated = listed(line.get("discount_allocations"), f"{where}.discount_allocations")
    return sum((_money(one, "amount", where) for one in allocated), ZERO)


def _money(its: Mapping[str, Any], name: str, where: str) -> Decimal:
    """An amount in the money of the shop, where it is told apart from the one shown to the buyer."""
    both = its.get(f"{name}_set")
    shops = both.get("shop_money") if isinstance(both, dict) else None
    if isinstance(shops, dict) and shops.get("amount") not in (None, ""):
        return number(shops["amount"], f"{where}.{name}_set")
    return number(its.get(name), f"{where}.{name}")


def _refund(its: Mapping[str, Any], path: str) -> Refund | None:
    """A refund; None where no money went back, as when an order is edited before it is paid."""
    amount = sum((
        _money(one, "amount", path) for one in listed(its.get("transactions"), f"{path}.transactions")
        if one.get("kind") == "refund" and one.get("status") == "success"
    ), ZERO)  # fmt: skip
    if not amount:
        return None
    lines = [*_refunded(its, path), *_freight_back(its, path)]
    if sum((line.net for line in lines), ZERO) == amount:
        # Where prices include taxes, so do the amounts of refunds.
        lines = [replace(line, net=line.net - line.vat) for line in lines]
    at = moment(its.get("processed_at") or its.get("created_at"), f"{path}.created_at")
    return Refund(ref(its.get("id"), f"{path}.id"), amount, line_of(its.get("note")), at, lines or None)


def _refunded(its: Mapping[str, Any], path: str) -> Iterator[RefundLine]:
    for line in listed(its.get("refund_line_items"), f"{path}.refund_line_items"):
        yield RefundLine(
            ref(line.get("line_item_id"), f"{path}.line_item_id"), number(line.get("quantity"), f"{path}.quantity"),
            _money(line, "subtotal", path), _money(line, "total_tax", path),
            restock=line.get("restock_type") not in (None, "no_restock"), unsent=line.get("restock_type") == "cancel",
        )  # fmt: skip


def _freight_back(its: Mapping[str, Any], path: str) -> Iterator[RefundLine]:
    """Freight that was given back: by its lines, or as an adjustment, whose amounts are below 0 and name no line."""
    told = listed(its.get("refund_shipping_lines"), f"{path}.refund_shipping_lines")
    for i, line in enumerate(told):
        where = f"{path}.refund_shipping_lines.{i}"
        of = mapping(line.get("shipping_line") or {}, f"{where}.shipping_line").get("id")
        net, vat = (abs(_money(line, name, where)) for name in ("subtotal_amount", "tax_amount"))
        yield RefundLine(ref(of, where) if of is not None else "", ZERO, net, vat, restock=False)
    for i, one in enumerate(listed(its.get("order_adjustments"), f"{path}.order_adjustments")):
        if one.get("kind") == SHIPPING_REFUND and not told:
            where = f"{path}.order_adjustments.{i}"
            net, vat = (abs(_money(one, name, where)) for name in ("amount", "tax_amount"))
            yield RefundLine("", ZERO, net, vat, restock=False)


def _buyer(its: Mapping[str, Any]) -> Buyer:
    customer = mapping(its.get("customer") or {}, "customer")
    usual = customer.get("default_address")
    billing = mapping(its.get("billing_address") or its.get("shipping_address") or usual or {}, "billing_address")
    mine = _address(billing)
    attributes = {
        text(it.get("name")).lower(): line_of(it.get("value"))
        for it in listed(its.get("note_attributes"), "note_attributes")
    }
    return Buyer(
        name=mine.name or joined(customer.get("first_name"), customer.get("last_name")),
        email=line_of(its.get("email") or customer.get("email")),
        phone=line_of(its.get("phone") or billing.get("phone") or customer.get("phone")),
        vat_number=next((attributes[key] for key in VAT_NUMBERS if attributes.get(key)), ""), billing=mine,
        delivery=_address(mapping(its.get("shipping_address") or {}, "shipping_address")),
    )  # fmt: skip


def _address(its: Mapping[str, Any]) -> Address:
    return Address(
        name=line_of(its.get("company")) or joined(its.get("first_name"), its.get("last_name")),
        street=joined(its.get("address1"), its.get("address2"), by=", "), postcode=line_of(its.get("zip")),
        city=line_of(its.get("city")), country=country(its.get("country_code")),
    )  # fmt: skip
