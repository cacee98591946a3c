"""What was sold: net, cost and margin by whatever one asks, and VAT by rate."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read
from app.domain.ledger import balances

# What a line is put under: its key, and its name.
BY: Mapping[str, tuple[str, str]] = MappingProxyType({
    "month": ("to_char(sold.\"on\", 'YYYY-MM')", "''"),
    "customer": ("customer.code", "customer.name"),
    "product": ("coalesce(product.sku, '')", "coalesce(product.name, sold.name)"),
    "group": ("coalesce(product_group.code, '')", "coalesce(product_group.name, '')"),
    "seller": ("coalesce(seller.name, '')", "''"),
    "warehouse": ("coalesce(warehouse.code, '')", "coalesce(warehouse.name, '')"),
})  # fmt: skip
# Lines of invoices, and of credit notes against them. Goods that are credited to come back take their cost with them,
# and bring it again where a debit note takes that back.
SALES = """
WITH sold AS (
    SELECT invoice."on", document.customer_id, line.product_id, line.name,
           coalesce(line.shipment_line_id, credited.shipment_line_id) AS shipment_line_id, line.order_line_id,
           CASE credited.kind WHEN 'allowance' THEN 0 ELSE line.quantity END AS quantity, line.net,
           CASE credited.kind WHEN 'allowance' THEN 0 ELSE line.quantity END AS moved
    FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id AND invoice.state = 'issued'
    LEFT JOIN credit_note_line credited ON credited.id = line.credit_line_id
    JOIN document ON document.id = invoice.id WHERE invoice."on" BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT note."on", document.customer_id, line.product_id, line.name, line.shipment_line_id, invoiced.order_line_id,
           CASE line.kind WHEN 'allowance' THEN 0 ELSE -line.quantity END, -line.net,
           CASE line.kind WHEN 'allowance' THEN 0 ELSE -line.quantity END
    FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id AND note.state = 'issued'
    JOIN invoice_line invoiced ON invoiced.id = line.invoice_line_id
    JOIN document ON document.id = note.id WHERE note."on" BETWEEN %(since)s AND %(until)s
), valued AS (
    SELECT {key} AS key, {name} AS name, sold.quantity, sold.net,
           CASE WHEN shipped.quantity > 0 THEN shipped.cost * sold.moved / shipped.quantity ELSE 0 END AS cost
    FROM sold JOIN customer ON customer.id = sold.customer_id
    LEFT JOIN product ON product.id = sold.product_id LEFT JOIN product_group ON product_group.id = product.group_id
    LEFT JOIN shipment_line shipped ON shipped.id = sold.shipment_line_id
    LEFT JOIN document left_from ON left_from.id = shipped.shipment_id
    LEFT JOIN warehouse ON warehouse.id = left_from.warehouse_id
    LEFT JOIN sales_order_line ordered ON ordered.id = coalesce(sold.order_line_id, shipped.order_line_id)
    LEFT JOIN sales_order ON sales_order.id = ordered.order_id
    LEFT JOIN actor seller ON seller.id = sales_order.responsible_id
)
SELECT key, max(name) AS name, sum(quantity) AS quantity, sum(net) AS net, round(sum(cost), 2) AS cost,
       sum(net) - round(sum(cost), 2) AS margin,
       CASE WHEN sum(net) > 0 THEN round((sum(net) - sum(cost)) * 100 / sum(net), 1) END AS percent
FROM valued GROUP BY key ORDER BY {order}
"""
VAT = """
SELECT coalesce(tax_rate.code, '') AS code, taxed.tax_percent AS percent, taxed.kind,
       count(DISTINCT document_id) AS documents,
       sum(taxed.net) AS net, sum(taxed.vat) AS vat
FROM (
    SELECT 'invoice' AS kind, invoice.id AS document_id, line.tax_rate_id, line.tax_percent, line.net, line.vat
    FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id AND invoice.state = 'issued'
    WHERE invoice."on" BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT 'credit_note', note.id, line.tax_rate_id, line.tax_percent, -line.net, -line.vat
    FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id AND note.state = 'issued'
    WHERE note."on" BETWEEN %(since)s AND %(until)s
) taxed LEFT JOIN tax_rate ON tax_rate.id = taxed.tax_rate_id
GROUP BY 1, 2, 3 ORDER BY 2 DESC, 1, 3 DESC
"""


def sales(session: Session, since: date, until: date, *, by: str = "month") -> Sequence[Row[Any]]:
    """Invoiced less credited in a stretch of dates, both included, by one of BY: quantity, net, cost, margin.

    Cost is what the invoiced pieces left the warehouse at. Raises Invalid for anything else to go by.
    """
    balances.check_stretch(since, until)
    if by not in BY:
        raise Invalid("unknown_grouping", "Sales are told by {known}.", known=", ".join(BY))
    key, name = BY[by]
    order = "key" if by == "month" else "sum(net) DESC, key"
    return read(session, SALES.format(key=key, name=name, order=order), since=since, until=until)


def vat_by_rate(session: Session, since: date, until: date) -> Sequence[Row[Any]]:
    """Net and VAT of issued invoices and credit notes by rate; together they are the turnover of output VAT."""
    balances.check_stretch(since, until)
    return read(session, VAT, since=since, until=until)
