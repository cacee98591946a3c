"""Sales orders before they are approved: written down, changed, taken up, deleted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.document import record, register
from app.domain.kernel.drafts import delete_drafts, lock_draft
from app.domain.kernel.errors import DomainError, Refused, refuse
from app.domain.kernel.numbering import next_order_numbers
from app.domain.kernel.rows import insert, read, write
from app.domain.lifecycles import SALES_ORDER
from app.domain.sales.drafts import Charged as Charged
from app.domain.sales.drafts import NewLine as NewLine
from app.domain.sales.drafts import NewOrder as NewOrder
from app.domain.sales.drafts import PricedLine, PricedOrder, no_lines, price_orders
from app.domain.sales.loading import Orders
from app.domain.sales.models import SalesOrder, SalesOrderLine
from app.domain.settlement.following import Move, follow
from app.domain.settlement.items import Item, open_items, refresh_statuses, remove_items

HEAD_FIELDS = (
    "channel", "on", "requested_on", "valid_until", "responsible_id", "price_list_id", "way", "tax_regime",
    "customer_reference", "note",
)  # fmt: skip
MOVE_DOCUMENT = "UPDATE document SET customer_id = %(customer)s, warehouse_id = %(warehouse)s WHERE id = %(id)s"
HEAD = f"""
SELECT {", ".join(f'sales_order."{name}"' for name in HEAD_FIELDS)}, document.customer_id, document.warehouse_id, gross
FROM sales_order JOIN document USING (id) WHERE sales_order.id = %(id)s
"""
WRITE_HEAD = f"""
UPDATE sales_order SET {", ".join(f'"{name}" = %({name})s' for name in HEAD_FIELDS)},
       prices_include_vat = %(prices_include_vat)s, currency = %(currency)s, net = %(net)s, vat = %(vat)s,
       gross = %(gross)s, version = version + 1
WHERE id = %(id)s
"""
LINES = """
SELECT id, position, sku, quantity, unit_price, discount, warehouse_id, promised_on, product_id, price_source, net,
       tax_rate_id, shop_line
FROM sales_order_line
WHERE order_id = %(id)s ORDER BY position
"""
# Shipments that were cancelled and invoices that were credited still name the lines they were made from.
KEPT = """
SELECT document.number FROM document_link link JOIN document ON document.id = link.to_id
WHERE link.from_id = %(id)s AND link.kind IN ('ships', 'invoices') ORDER BY document.id LIMIT 1
"""
DELETE_LINES = "DELETE FROM sales_order_line WHERE order_id = %(id)s"


def add_orders(session: Session, orders: Sequence[NewOrder], *, by: int) -> list[int]:
    """Writes orders down, priced and numbered, as estimates (or active, where asked), and gives their ids.

    Raises Refused with what is wrong by position in the batch.
    """
    priced = price_orders(session, orders)
    numbers = next_order_numbers(session, len(priced))
    heads = [
        {"customer_id": order.customer_id, "warehouse_id": order.warehouse_id, "series_id": series, "number": number}
        for order, (series, number) in zip(orders, numbers, strict=True)
    ]
    ids = register(session, SALES_ORDER.kind, heads, lambda ids: [
        (SalesOrder, [{"id": order} | _head(its) for order, its in zip(ids, priced, strict=True)]),
        (SalesOrderLine, _lines(dict(zip(ids, priced, strict=True)), by)),
    ])  # fmt: skip
    record(session, "create", [{"document_id": order, "to_state": SALES_ORDER.initial} for order in ids], by=by)
    if active := [document for document, order in zip(ids, orders, strict=True) if order.active]:
        activate_orders(session, active, by=by)
    return ids


def edit_order(session: Session, order_id: int, order: NewOrder, *, version: int, by: int) -> None:
    """Writes a whole estimate or active order anew, priced again; what a shop charged stays where a line does.

    Raises Stale where it is no longer at `version`, WrongState once it is approved, and Invalid for what is wrong.
    """
    state = lock_draft(session, SALES_ORDER, order_id, states=("estimate", "active"), version=version)
    lines_before = read(session, LINES, id=order_id)
    order = replace(order, active=state == "active", lines=_still_the_shops(order.lines, lines_before))
    try:
        priced = price_orders(session, [order])[0]
    except Refused as refusal:
        raise refusal[0] from None
    if kept := read(session, KEPT, id=order_id):
        raise DomainError("lines_named", "Document {number} names its lines, so they stay as they were printed: price "
                          "it again, or cancel it and write another.", number=kept[0].number)  # fmt: skip
    before = read(session, HEAD, id=order_id)[0]
    write(session, MOVE_DOCUMENT, id=order_id, customer=order.customer_id, warehouse=order.warehouse_id)
    write(session, WRITE_HEAD, id=order_id, **_head(priced))
    settled = remove_items(session, [order_id]) if state == "active" else ()
    write(session, DELETE_LINES, id=order_id)
    insert(session, SalesOrderLine, _lines({order_id: priced}, by))
    lines_after = read(session, LINES, id=order_id)
    if state == "active":
        open_order_items(session, Orders(session, [order_id]), [order_id])
        stays = before.customer_id == order.customer_id
        moves = _same_places(order_id, lines_before, lines_after) if stays else []
        follow(session, settled, moves, on=order.on, by=by)
        refresh_statuses(session, [order_id])
    changes = _changes(before, priced) | _changed_lines(lines_before, lines_after)
    record(session, "edit", [
        {"document_id": order_id, "from_state": state, "to_state": state, "changes": changes}
    ], by=by)  # fmt: skip


def rewritten(session: Session, order_id: int, order: NewOrder) -> NewOrder:
    """An order as an estimate or active one is written anew with it: what a shop charged stays where a line does."""
    return replace(order, lines=_still_the_shops(order.lines, read(session, LINES, id=order_id)))


def _still_the_shops(lines: Sequence[NewLine], before: Sequence[Row[Any]]) -> list[NewLine]:
    """Lines for which nobody typed a price keep what a shop charged for as many of the same product; and each of the
    same product is still the shop's line that it was.
    """
    charged = [row for row in before if row.price_source == "shop"]
    named = [row for row in before if row.shop_line]
    told = any(line.shop_line for line in lines)
    kept = []
    for line in lines:
        same = [row for row in charged if (row.product_id, row.quantity) == (line.product_id, line.quantity)]
        if same and line.unit_price is None and line.discount is None and line.charged is None:
            charged.remove(same[0])
            line = replace(line, charged=Charged(same[0].net, same[0].tax_rate_id))
        alike = [row for row in named if row.product_id == line.product_id and not told]
        if alike:
            its = next((row for row in alike if row.quantity == line.quantity), alike[0])
            named.remove(its)
            line = replace(line, shop_line=its.shop_line)
        kept.append(line)
    return kept


def delete_orders(session: Session, ids: Sequence[int], *, by: int) -> None:
    """Removes estimates; Refused for anything else."""
    delete_drafts(session, SALES_ORDER, ids, lines=((SalesOrderLine, "order_id"),), by=by)


@SALES_ORDER.step("activate", load=Orders)
def activate_orders(session: Session, orders: Orders, /, *, by: int) -> None:
    """The customer wants it: it waits for a seller, and may be paid from now on. Refused where nothing is wanted."""
    refuse({order: no_lines() for order, lines in orders.lines.items() if not lines})
    _open(session, orders)


def open_order_items(session: Session, orders: Orders, ids: Iterable[int]) -> None:
    """What is owed for each line of these orders; called where an order becomes payable."""
    heads = orders.heads
    open_items(session, [
        Item(order, line.id, heads[order].customer_id, order, None, None, heads[order].currency,
             heads[order].on, line.gross)
        for order in ids for line in orders.lines[order]
    ])  # fmt: skip


def _open(session: Session, orders: Orders) -> None:
    open_order_items(session, orders, orders.ids)
    refresh_statuses(session, orders.ids)


def _same_places(order: int, before: Sequence[Row[Any]], after: Sequence[Row[Any]]) -> list[Move]:
    """Each line that was written there goes on in the line at its place, or in the last one."""
    return [Move(order, old.id, order, after[min(place, len(after) - 1)].id) for place, old in enumerate(before)]


def _head(priced: PricedOrder) -> dict[str, Any]:
    order, total = priced.order, priced.total
    return {name: getattr(order, name) for name in HEAD_FIELDS} | {
        "prices_include_vat": priced.vat_included,
        "currency": priced.currency,
        "net": total.net,
        "vat": total.vat,
        "gross": total.gross,
    }


def _lines(orders: Mapping[int, PricedOrder], by: int) -> list[dict[str, Any]]:
    return [
        {"order_id": order, "position": position} | _line(line, priced.customer.language, by)
        for order, priced in orders.items() for position, line in enumerate(priced.lines, 1)
    ]  # fmt: skip


def _line(priced: PricedLine, language: str, by: int) -> dict[str, Any]:
    line, product = priced.line, priced.product
    explanation = priced.quote.explanation
    if line.charged is not None:
        explanation = explanation | {"shop": {"amount": str(line.charged.amount)}}
    elif priced.source == "manual":
        typed = {"price": line.unit_price, "discount": line.discount}
        told = {key: str(value) for key, value in typed.items() if value is not None}
        explanation = explanation | {"manual": told | {"by": by}}
    return {
        "product_id": product.id,
        "warehouse_id": line.warehouse_id,
        "promised_on": line.promised_on,
        "sku": product.sku,
        "name": product.translations.get(language) or product.name,
        "unit": product.unit,
        "quantity": line.quantity,
        "unit_price": priced.unit_price,
        "discount": priced.discount,
        "price_source": priced.source,
        "manual_by_id": by if priced.source == "manual" else None,
        "explanation": explanation,
        "shop_line": line.shop_line,
        "tax_rate_id": priced.tax.tax_rate_id,
        "tax_percent": priced.tax.percent,
        **priced.amounts._asdict(),
    }


def _changes(before: Any, priced: PricedOrder) -> dict[str, list[str]]:
    after = {name: getattr(priced.order, name) for name in (*HEAD_FIELDS, "customer_id", "warehouse_id")}
    after["gross"] = priced.total.gross
    return {
        name: [str(getattr(before, name)), str(value)]
        for name, value in after.items()
        if getattr(before, name) != value
    }


def _changed_lines(before: Sequence[Row[Any]], after: Sequence[Row[Any]]) -> dict[str, list[str]]:
    """Line by line what was written there and what is now; nothing where a line is missing."""
    pairs = zip_longest(map(_told, before), map(_told, after), fillvalue="")
    return {f"line {number}": [old, new] for number, (old, new) in enumerate(pairs, 1) if old != new}


def _told(line: Row[Any]) -> str:
    price = "no price" if line.unit_price is None else f"{line.unit_price.normalize():f}"
    words = [f"{line.quantity.normalize():f} × {line.sku} at {price}"]
    words += [f"less {line.discount.normalize():f} %"] if line.discount else []
    words += [f"from warehouse {line.warehouse_id}"] if line.warehouse_id else []
    words += [f"promised for {line.promised_on}"] if line.promised_on else []
    return ", ".join(words)
