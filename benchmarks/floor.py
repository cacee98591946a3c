"""The floor: one order to cash by psycopg alone, as fast as this database lets the same rows be written.

The same tables, the same guards, the same five transactions as the program; hand-written multi-row statements, nothing
checked that a good order need not have checked, no refusal, no retry. Its database must satisfy every proof.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import namedtuple_row

from app.domain.sales.totals import Amounts, Taxed, amounts, line_amount, total
from app.domain.stock.costing import issue_cost
from benchmarks.ground import Facts

ZERO = Decimal(0)
LOCK = "SELECT id FROM document WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
GOODS = """
SELECT product.id, sku, product.name, unit.name AS unit, tax_rate_id, tax_rate.rate, row.price
FROM product JOIN unit ON unit.id = unit_id JOIN tax_rate ON tax_rate.id = tax_rate_id
JOIN price_list_row row ON row.product_id = product.id WHERE product.id = ANY(%s)
"""
NEXT = """
SELECT id, prefix || lpad(nextval('number_orders_seq')::text, width::int, '0') FROM number_series WHERE code = 'orders'
"""
ADD_ORDER = """
INSERT INTO sales_order (id, state, channel, "on", prices_include_vat, currency, net, vat, gross)
VALUES (%s, 'estimate', 'eshop', %s, false, 'EUR', %s, %s, %s)
"""
ADD_ORDER_LINES = """
INSERT INTO sales_order_line (order_id, position, product_id, sku, name, unit, quantity, unit_price, explanation,
                              tax_rate_id, tax_percent, net, vat, gross)
SELECT * FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::numeric[],
                     %s::numeric[], %s::text[]::jsonb[], %s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[],
                     %s::numeric[])
"""
ADD_HISTORY = """
INSERT INTO document_history (document_id, at, actor_id, step, from_state, to_state)
SELECT id, now(), %s, step, from_state, to_state
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS given (id, step, from_state, to_state)
"""
ADD_ITEMS = """
INSERT INTO open_item (document_id, line_id, customer_id, order_id, shipment_id, invoice_id, currency, "on", amount)
SELECT %s, line_id, %s, %s, %s, %s, 'EUR', %s, amount
FROM unnest(%s::bigint[], %s::numeric[]) AS given (line_id, amount) RETURNING id
"""
SET_STATUS = """
INSERT INTO payment_status (document_id, status) SELECT unnest(%s::bigint[]), %s
ON CONFLICT (document_id) DO UPDATE SET status = excluded.status WHERE payment_status.status <> excluded.status
"""
ORDER_LINES = """
SELECT id, product_id, quantity, net, vat, gross, sku, name, unit, unit_price, discount, tax_rate_id, tax_percent
FROM sales_order_line WHERE order_id = %s ORDER BY position
"""
LOCK_BALANCES = """
SELECT product_id, on_hand, reserved, value FROM stock_balance WHERE warehouse_id = %s AND product_id = ANY(%s)
ORDER BY product_id FOR NO KEY UPDATE
"""
WRITE_BALANCES = """
UPDATE stock_balance SET on_hand = given.on_hand, reserved = given.reserved, value = given.value, last_on = %s
FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[]) AS given (product_id, on_hand, reserved, value)
WHERE stock_balance.warehouse_id = %s AND stock_balance.product_id = given.product_id
"""
AGREE = """
UPDATE sales_order SET state = 'approved', agreed_by = 'Bench', agreed_how = 'phone', agreed_at = now(),
       version = version + 1 WHERE id = %s
"""
RESERVE = """
INSERT INTO reservation (document_id, line_id, warehouse_id, product_id, quantity, waiting)
SELECT %s, line_id, %s, product_id, quantity, 0
FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[]) AS given (line_id, product_id, quantity)
"""
ADD_DOCUMENT = """
INSERT INTO document (kind, series_id, number, customer_id, warehouse_id, created_at) VALUES (%s, %s, %s, %s, %s, now())
RETURNING id
"""
ADD_SHIPMENT_LINES = """
INSERT INTO shipment_line (shipment_id, position, order_line_id, quantity)
SELECT %s, position, line_id, quantity
FROM unnest(%s::int[], %s::bigint[], %s::numeric[]) AS given (position, line_id, quantity)
"""
LINK = "INSERT INTO document_link (from_id, to_id, kind) VALUES (%s, %s, %s)"
SHIPMENT_LINES = """
SELECT part.id, part.quantity, line.product_id, line.id AS line_id, line.sku, line.name, line.unit, line.unit_price,
       line.discount, line.tax_rate_id, line.tax_percent, line.net AS whole, part.net, part.vat, part.gross
FROM shipment_line part JOIN sales_order_line line ON line.id = part.order_line_id
WHERE part.shipment_id = %s ORDER BY part.position
"""
VALUE_SHIPMENT_LINES = """
UPDATE shipment_line
SET net = given.net, vat = given.vat, gross = given.gross, cost = given.cost, tax_percent = given.tax_percent
FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[])
     AS given (id, net, vat, gross, cost, tax_percent) WHERE shipment_line.id = given.id
"""
SHIP = """
UPDATE shipment SET state = 'processed', "on" = %s, cogs_timing = 'at_shipment', net = %s, vat = %s, gross = %s,
       version = version + 1 WHERE id = %s
"""
ADD_MOVES = """
INSERT INTO stock_move ("on", at, warehouse_id, product_id, document_id, line_id, quantity, value, on_hand_after,
                        value_after)
SELECT %s, now(), %s, product_id, %s, line_id, quantity, value, on_hand_after, value_after
FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[])
     AS given (product_id, line_id, quantity, value, on_hand_after, value_after)
"""
WRITE_DAYS = """
INSERT INTO stock_day (warehouse_id, product_id, "on", quantity, value)
SELECT %s, product_id, %s, quantity, value
FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[]) AS given (product_id, quantity, value)
ON CONFLICT (warehouse_id, product_id, "on") DO UPDATE SET quantity = excluded.quantity, value = excluded.value
"""
SHIPPED = "UPDATE sales_order_line SET shipped = quantity WHERE id = ANY(%s)"
PERFORM = "UPDATE sales_order SET state = 'performed', version = version + 1 WHERE id = %s"
CLOSE_ITEMS = "UPDATE open_item SET amount = 0 WHERE document_id = %s"
ADD_ENTRY = """
INSERT INTO journal_entry (document_id, customer_id, event, "on", at, actor_id, currency)
VALUES (%s, %s, %s, %s, %s, %s, 'EUR') RETURNING id
"""
ADD_ENTRY_LINES = """
INSERT INTO journal_line ("on", entry_id, position, account_id, debit, credit, currency, currency_amount, rule_id)
SELECT %s, %s, position, account_id, greatest(value, 0), greatest(-value, 0), 'EUR', value, rule_id
FROM unnest(%s::int[], %s::bigint[], %s::numeric[], %s::bigint[]) AS given (position, account_id, value, rule_id)
"""
LOCK_COUNTER = """
SELECT series.id, series.prefix, series.width, counter.last FROM number_counter counter
JOIN number_series series ON series.id = counter.series_id WHERE series.code = %s FOR NO KEY UPDATE OF counter
"""
ADD_COUNTER = """
INSERT INTO number_counter (series_id, year, last, last_on) SELECT id, 0, 0, %s FROM number_series WHERE code = ANY(%s)
ON CONFLICT DO NOTHING
"""
RAISE_COUNTER = "UPDATE number_counter SET last = last + 1, last_on = greatest(last_on, %s) WHERE series_id = %s"
NUMBER = "UPDATE document SET series_id = %s, number = %s WHERE id = %s"
LOCK_CHAIN = "SELECT chain_seq, chain_hash FROM company FOR NO KEY UPDATE"
MOVE_CHAIN = "UPDATE company SET chain_seq = %s, chain_hash = %s"
ADD_CHAIN = "INSERT INTO journal_chain (seq, entry_id, hash) VALUES (%s, %s, %s)"
ADD_INVOICE = """
WITH due AS (INSERT INTO instalment (document_id, position, due_on, amount) VALUES (%s, 1, %s, %s))
INSERT INTO invoice (id, state, "on", supply_on, due_on, seller, buyer, terms, prices_include_vat, currency, net, vat,
                     gross)
VALUES (%s, 'draft', %s, %s, %s, %s, %s, %s, false, 'EUR', %s, %s, %s)
"""
ADD_INVOICE_LINES = """
INSERT INTO invoice_line (invoice_id, position, shipment_line_id, order_line_id, product_id, sku, name, unit, quantity,
                          unit_price, discount, tax_rate_id, tax_percent, net, vat, gross)
SELECT %s, part.position, part.id, line.id, line.product_id, line.sku, line.name, line.unit, part.quantity,
       line.unit_price, line.discount, line.tax_rate_id, line.tax_percent, part.net, part.vat, part.gross
FROM shipment_line part JOIN sales_order_line line ON line.id = part.order_line_id
WHERE part.shipment_id = %s RETURNING id, gross
"""
INVOICED = "UPDATE shipment_line SET invoiced = quantity WHERE shipment_id = %s"
ISSUE = "UPDATE invoice SET state = 'issued', version = version + 1 WHERE id = %s"
ADD_CASH_ORDER = """
INSERT INTO cash_order (id, state, cash_desk_id, "on", amount, currency) VALUES (%s, 'draft', %s, %s, %s, 'EUR')
"""
ADD_TARGET = "INSERT INTO cash_order_target (cash_order_id, target_id, amount) VALUES (%s, %s, %s)"
LOCK_ITEMS = "SELECT id, amount FROM open_item WHERE document_id = %s ORDER BY id FOR NO KEY UPDATE"
ADD_ALLOCATION = """
WITH given AS (
    INSERT INTO credit (document_id, customer_id, currency, amount, used, "on", role)
    VALUES (%s, %s, 'EUR', %s, %s, %s, 'customer_advances')
)
INSERT INTO allocation (id, payment_id, target_id, "on", at, posted) VALUES (%s, %s, %s, %s, now(), 'with_payment')
"""
ADD_ALLOCATION_LINES = """
INSERT INTO allocation_line (allocation_id, open_item_id, amount)
SELECT %s, item_id, amount FROM unnest(%s::bigint[], %s::numeric[]) AS given (item_id, amount)
"""
SETTLE = "UPDATE open_item SET allocated = amount WHERE document_id = %s"
PAID = "UPDATE cash_order SET state = 'processed', version = version + 1 WHERE id = %s"


class Side(NamedTuple):
    account_id: int
    rule_id: int
    code: str


class Floor:
    """One connection that takes orders to cash."""

    def __init__(self, url: str, facts: Facts) -> None:
        self.connection = psycopg.connect(url, autocommit=True, row_factory=namedtuple_row)
        self.run = self.connection.execute
        self.facts = facts
        self.on: date = facts.today
        rules = self.run("SELECT rule.*, account.code FROM posting_rule rule JOIN account ON account.id = account_id")
        self.sides = {(r.event, r.amount, r.side): Side(r.account_id, r.id, r.code) for r in rules.fetchall()}
        self.run(ADD_COUNTER, (self.on, ["shipments", "invoices", "cash-main"]))

    def order_to_cash(self, customer: int, basket: Sequence[tuple[int, Decimal]]) -> None:
        """The five deeds, each in its own transaction."""
        order = self._in_transaction(self.create, customer, basket)
        shipment = self._in_transaction(self.approve, order, customer)
        self._in_transaction(self.ship, shipment, order, customer)
        invoice, gross = self._in_transaction(self.invoice, shipment, order, customer)
        self._in_transaction(self.pay, invoice, shipment, order, gross, customer)

    def _in_transaction(self, deed: Any, *arguments: Any) -> Any:
        with self.connection.transaction():
            return deed(*arguments)

    def create(self, customer: int, basket: Sequence[tuple[int, Decimal]]) -> int:
        goods = {row.id: row for row in self.run(GOODS, ([product for product, _ in basket],)).fetchall()}
        wanted = [(goods[product], quantity) for product, quantity in basket]
        its = amounts(
            [Taxed(line_amount(quantity, row.price, ZERO), row.tax_rate_id, row.rate) for row, quantity in wanted],
            vat_included=False,
        )
        series, number = self.run(NEXT).fetchone()
        order = self._document("sales_order", customer, series, number)
        whole = total(its)
        self.run(ADD_ORDER, (order, self.on, *whole))
        self.run(ADD_ORDER_LINES, (
            [order] * len(its), list(range(1, len(its) + 1)), [row.id for row, _ in wanted],
            [row.sku for row, _ in wanted], [row.name for row, _ in wanted], [row.unit for row, _ in wanted],
            [quantity for _, quantity in wanted], [row.price for row, _ in wanted],
            [json.dumps({"list": "base", "price": str(row.price)}) for row, _ in wanted],
            [row.tax_rate_id for row, _ in wanted], [row.rate for row, _ in wanted], *columns(its),
        ))  # fmt: skip
        self._history((order, "create", None, "estimate"))
        return order

    def approve(self, order: int, customer: int) -> int:
        self.run(LOCK, ([order],))
        lines = self.run(ORDER_LINES, (order,)).fetchall()
        balances = self._balances([line.product_id for line in lines])
        self.run(AGREE, (order,))
        self.run(RESERVE, (
            order, self.facts.warehouse, [line.id for line in lines], [line.product_id for line in lines],
            [line.quantity for line in lines],
        ))  # fmt: skip
        self._write_balances([
            (balance.product_id, balance.on_hand, balance.reserved + line.quantity, balance.value)
            for line in lines for balance in [balances[line.product_id]]
        ])  # fmt: skip
        shipment = self._document("shipment", customer)
        self.run("INSERT INTO shipment (id, order_id) VALUES (%s, %s)", (shipment, order))
        places = list(range(1, len(lines) + 1))
        its = ([line.id for line in lines], [line.quantity for line in lines])
        self.run(ADD_SHIPMENT_LINES, (shipment, places, *its))
        self.run(LINK, (order, shipment, "ships"))
        items = ([line.id for line in lines], [line.gross for line in lines])
        self.run(ADD_ITEMS, (order, customer, order, None, None, self.on, *items))
        self.run(SET_STATUS, ([order], "unpaid"))
        self._history((shipment, "create", None, "draft"), (order, "approve", "estimate", "approved"))
        return shipment

    def ship(self, shipment: int, order: int, customer: int) -> None:
        self.run(LOCK, ([order, shipment],))
        lines = self.run(SHIPMENT_LINES, (shipment,)).fetchall()
        balances = self._balances([line.product_id for line in lines])
        there = [balances[line.product_id] for line in lines]
        costs = [issue_cost(line.quantity, has.on_hand, has.value) for line, has in zip(lines, there, strict=True)]
        its = amounts([Taxed(line.whole, line.tax_rate_id, line.tax_percent) for line in lines], vat_included=False)
        ids = [line.id for line in lines]
        self.run(VALUE_SHIPMENT_LINES, (ids, *columns(its), costs, [line.tax_percent for line in lines]))
        self.run(SHIP, (self.on, *total(its), shipment))
        after = [
            (line.product_id, has.on_hand - line.quantity, has.reserved - line.quantity, has.value - cost)
            for line, cost, has in zip(lines, costs, there, strict=True)
        ]  # fmt: skip
        products, on_hand, _, value = columns(after)
        self.run(ADD_MOVES, (
            self.on, self.facts.warehouse, shipment, products, ids, [-line.quantity for line in lines],
            [-cost for cost in costs], on_hand, value,
        ))  # fmt: skip
        self._write_balances(after)
        self.run(WRITE_DAYS, (self.facts.warehouse, self.on, products, on_hand, value))
        self.run("DELETE FROM reservation WHERE document_id = %s", (order,))
        self.run(SHIPPED, ([line.line_id for line in lines],))
        self.run(PERFORM, (order,))
        self.run(CLOSE_ITEMS, (order,))
        self.run(ADD_ITEMS, (shipment, customer, order, shipment, None, self.on, ids, [one.gross for one in its]))
        self.run(SET_STATUS, ([order, shipment], "unpaid"))
        self._history((shipment, "process", "draft", "processed"), (order, "perform", "approved", "performed"))
        cost = sum(costs, ZERO)
        number = self._number("shipments", shipment)
        its_cost = ("cost", "debit", cost), ("cost", "credit", -cost)
        self._post("shipment.processed", shipment, customer, number, *its_cost)

    def invoice(self, shipment: int, order: int, customer: int) -> tuple[int, Decimal]:
        self.run(LOCK, ([order, shipment],))
        head = self.run("SELECT net, vat, gross FROM shipment WHERE id = %s", (shipment,)).fetchone()
        invoice = self._document("invoice", customer)
        seller, terms = json.dumps({"name": "Bench"}), json.dumps({"days": 14})
        buyer = json.dumps({"id": customer, "tax_regime": "domestic"})
        due = self.on + timedelta(days=14)
        self.run(ADD_INVOICE, (invoice, due, head.gross, invoice, self.on, self.on, due, seller, buyer, terms, *head))
        lines = self.run(ADD_INVOICE_LINES, (invoice, shipment)).fetchall()
        self.run(LINK, (shipment, invoice, "invoices"))
        self.run(INVOICED, (shipment,))
        self.run(ISSUE, (invoice,))
        self.run(CLOSE_ITEMS, (shipment,))
        items = ([line.id for line in lines], [line.gross for line in lines])
        self.run(ADD_ITEMS, (invoice, customer, order, shipment, invoice, self.on, *items))
        self.run(SET_STATUS, ([order, shipment, invoice], "unpaid"))
        self._history((invoice, "create", None, "draft"), (invoice, "issue", "draft", "issued"))
        number = self._number("invoices", invoice)
        self._post("invoice.issued", invoice, customer, number, ("gross", "debit", head.gross),
                   ("net", "credit", -head.net), ("vat", "credit", -head.vat))  # fmt: skip
        return invoice, head.gross

    def pay(self, invoice: int, shipment: int, order: int, gross: Decimal, customer: int) -> None:
        self.run(LOCK, ([order, shipment, invoice],))
        payment = self._document("cash_order", customer)
        self.run(ADD_CASH_ORDER, (payment, self.facts.desk, self.on, gross))
        self.run(ADD_TARGET, (payment, invoice, gross))
        self.run(LINK, (invoice, payment, "settles"))
        items = self.run(LOCK_ITEMS, (invoice,)).fetchall()
        act = self._document("allocation", customer)
        self.run(LINK, (payment, act, "allocates"))
        self.run(ADD_ALLOCATION, (payment, customer, gross, gross, self.on, act, payment, invoice, self.on))
        self.run(ADD_ALLOCATION_LINES, (act, [item.id for item in items], [item.amount for item in items]))
        self.run(SETTLE, (invoice,))
        self.run(SET_STATUS, ([order, shipment, invoice], "paid"))
        self.run(PAID, (payment,))
        self._history((payment, "create", None, "draft"), (payment, "process", "draft", "processed"))
        number = self._number("cash-main", payment)
        its_money = ("amount", "debit", gross), ("allocated", "credit", -gross)
        self._post("cash_order.processed", payment, customer, number, *its_money)

    def _document(self, kind: str, customer: int, series: int | None = None, number: str | None = None) -> int:
        values = (kind, series, number, customer, self.facts.warehouse)
        return self.run(ADD_DOCUMENT, values).fetchone().id

    def _history(self, *steps: tuple[int, str, str | None, str]) -> None:
        self.run(ADD_HISTORY, (self.facts.actor, *columns(steps)))

    def _balances(self, products: list[int]) -> dict[int, Any]:
        rows = self.run(LOCK_BALANCES, (self.facts.warehouse, products)).fetchall()
        return {row.product_id: row for row in rows}

    def _write_balances(self, after: Sequence[tuple[int, Decimal, Decimal, Decimal]]) -> None:
        self.run(WRITE_BALANCES, (self.on, *columns(after), self.facts.warehouse))

    def _number(self, series: str, document: int) -> str:
        row = self.run(LOCK_COUNTER, (series,)).fetchone()
        number = f"{row.prefix}{row.last + 1:0{row.width}d}"
        self.run(RAISE_COUNTER, (self.on, row.id))
        self.run(NUMBER, (row.id, number, document))
        return number

    def _post(self, event: str, document: int, customer: int, number: str, *lines: tuple[str, str, Decimal]) -> None:
        at = datetime.now(UTC)
        entry = self.run(ADD_ENTRY, (document, customer, event, self.on, at, self.facts.actor)).fetchone().id
        its = [(self.sides[event, amount, side], value) for amount, side, value in lines if value]
        self.run(ADD_ENTRY_LINES, (
            self.on, entry, list(range(1, len(its) + 1)), [side.account_id for side, _ in its],
            [value for _, value in its], [side.rule_id for side, _ in its],
        ))  # fmt: skip
        text = [event, number, self.on.isoformat(), at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "EUR"]
        for side, value in its:
            text += [side.code, f"{max(value, ZERO):.2f}", f"{max(-value, ZERO):.2f}"]
        head = self.run(LOCK_CHAIN).fetchone()
        seq = head.chain_seq + 1
        value = hashlib.sha256(bytes(head.chain_hash) + "\x1f".join([str(seq), *text]).encode()).digest()
        self.run(MOVE_CHAIN, (seq, value))
        self.run(ADD_CHAIN, (seq, entry, value))


def columns(rows: Sequence[Sequence[Any]] | Sequence[Amounts]) -> list[list[Any]]:
    """Rows turned into columns."""
    return [list(column) for column in zip(*rows, strict=True)]
