"""What was sold: net, cost and margin by whatever one asks, and VAT by rate."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from app.domain.kernel.errors import Invalid
from app.reports.query import Query, check_stretch, ids

# What a line is put under: what sets it apart from all others, the key by which people call it, and its name.
BY: Mapping[str, tuple[str, str, str]] = MappingProxyType({
    "day": ("sold.\"on\"::text", "sold.\"on\"::text", "''"),
    "month": ("to_char(sold.\"on\", 'YYYY-MM')", "to_char(sold.\"on\", 'YYYY-MM')", "''"),
    "quarter": ("to_char(sold.\"on\", 'YYYY-\"Q\"Q')", "to_char(sold.\"on\", 'YYYY-\"Q\"Q')", "''"),
    "year": ("to_char(sold.\"on\", 'YYYY')", "to_char(sold.\"on\", 'YYYY')", "''"),
    "customer": ("customer.id::text", "customer.code", "customer.name"),
    "product": ("coalesce(product.id::text, '')", "coalesce(product.sku, '')", "coalesce(product.name, '')"),
    "group": (
        "coalesce(product_group.id::text, '')", "coalesce(product_group.code, '')", "coalesce(product_group.name, '')",
    ),
    "seller": ("coalesce(seller.id::text, '')", "coalesce(seller.name, '')", "''"),
    "warehouse": ("coalesce(warehouse.id::text, '')", "coalesce(warehouse.code, '')", "coalesce(warehouse.name, '')"),
    "channel": ("coalesce(sales_order.channel, '')", "coalesce(sales_order.channel, '')", "''"),
})  # fmt: skip
PERIODS = ("day", "month", "quarter", "year")
# Lines of invoices, and of credit notes. Goods that are credited to come back take their cost with them, and bring it
# again where a debit note takes that back: `moved` pieces have their share of what their line left at, until they are
# back and what they brought is known. What left `at_invoice` has the cents that went on to cost of sales. What was
# invoiced in advance stands with what delivered it, once it left.
SOLD = """
WITH deliveries AS (
    SELECT invoice.id AS document_id, invoice."on", sold.id AS line_id, sold.product_id, sold.order_line_id,
           delivery.shipment_line_id, delivery.quantity, delivery.net, shipment.cogs_timing = 'at_invoice' AS is_late,
           round(line.cost * sum(delivery.quantity) OVER upto / line.quantity, 2)
           - round(line.cost * (sum(delivery.quantity) OVER upto - delivery.quantity) / line.quantity, 2) AS cost
    FROM advance_delivery delivery JOIN advance ON advance.id = delivery.advance_id
    JOIN invoice_line sold ON sold.id = advance.invoice_line_id JOIN invoice ON invoice.id = sold.invoice_id
    JOIN shipment_line line ON line.id = delivery.shipment_line_id
    JOIN shipment ON shipment.id = line.shipment_id AND shipment.state = 'processed'
    WINDOW upto AS (PARTITION BY delivery.shipment_line_id ORDER BY delivery.advance_id ROWS UNBOUNDED PRECEDING)
), brought AS (
    SELECT note.id AS document_id, note."on", line.product_id, line.shipment_line_id,
           line.quantity - line.uninvoiced AS quantity,
           CASE shipment.cogs_timing WHEN 'at_invoice' THEN line.value - line.deferred
                ELSE line.value * (line.quantity - line.uninvoiced) / line.quantity END AS cost
    FROM customer_return its JOIN customer_return_line line ON line.return_id = its.id AND line.quantity > uninvoiced
    JOIN shipment_line shipped ON shipped.id = line.shipment_line_id
    JOIN shipment ON shipment.id = shipped.shipment_id
    CROSS JOIN LATERAL (
        SELECT note.id, note."on" FROM credit_note note JOIN credit_note_line part ON part.credit_note_id = note.id
        WHERE note.state = 'issued' AND (note.return_id = its.id OR note.id = its.credit_note_id)
              AND part.kind = 'goods_back' AND part.shipment_line_id = line.shipment_line_id
        ORDER BY note.id LIMIT 1
    ) note
    WHERE its.state = 'processed'
), sold AS (
    SELECT invoice.id AS document_id, invoice."on", line.product_id,
           coalesce(line.shipment_line_id, credited.shipment_line_id) AS shipment_line_id, line.order_line_id,
           CASE credited.kind WHEN 'allowance' THEN 0 ELSE line.quantity - coalesce(gone.quantity, 0) END AS quantity,
           line.net - coalesce(gone.net, 0) AS net,
           CASE WHEN credited.kind = 'allowance' OR shipment.cogs_timing = 'at_invoice' THEN 0
                ELSE line.quantity END AS moved, line.cost
    FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id AND invoice.state = 'issued'
    LEFT JOIN credit_note_line credited ON credited.id = line.credit_line_id
    LEFT JOIN shipment_line shipped ON shipped.id = line.shipment_line_id
    LEFT JOIN shipment ON shipment.id = shipped.shipment_id
    LEFT JOIN (SELECT line_id, sum(quantity) AS quantity, sum(net) AS net FROM deliveries GROUP BY line_id) gone
         ON gone.line_id = line.id
    WHERE invoice."on" BETWEEN %(since)s AND %(until)s
          AND (line.quantity, line.net) IS DISTINCT FROM (gone.quantity, gone.net)
    UNION ALL
    SELECT document_id, "on", product_id, shipment_line_id, order_line_id, quantity, net,
           CASE WHEN is_late THEN 0 ELSE quantity END, CASE WHEN is_late THEN cost ELSE 0 END
    FROM deliveries WHERE "on" BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT note.id, note."on", line.product_id, line.shipment_line_id, invoiced.order_line_id,
           CASE line.kind WHEN 'allowance' THEN 0 ELSE -line.quantity END, -line.net,
           CASE WHEN line.kind = 'allowance' OR line.kind = 'invoice_again' AND shipment.cogs_timing = 'at_invoice'
                THEN 0 ELSE -line.quantity END, -line.again_cost
    FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id AND note.state = 'issued'
    LEFT JOIN invoice_line invoiced ON invoiced.id = line.invoice_line_id
    LEFT JOIN shipment_line shipped ON shipped.id = line.shipment_line_id
    LEFT JOIN shipment ON shipment.id = shipped.shipment_id
    WHERE note."on" BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT document_id, "on", product_id, shipment_line_id, NULL, 0, 0, quantity, -cost
    FROM brought WHERE "on" BETWEEN %(since)s AND %(until)s
), valued AS (
    SELECT {of} AS "of", {key} AS key, {name} AS name, sold.document_id, sold.quantity, sold.net,
           sold.cost + CASE WHEN shipped.quantity > 0 THEN shipped.cost * sold.moved / shipped.quantity ELSE 0 END
           AS cost
    FROM sold JOIN document ON document.id = sold.document_id JOIN customer ON customer.id = document.customer_id
    LEFT JOIN product ON product.id = sold.product_id LEFT JOIN product_group ON product_group.id = product.group_id
    LEFT JOIN shipment_line shipped ON shipped.id = sold.shipment_line_id
    LEFT JOIN document left_from ON left_from.id = shipped.shipment_id
    LEFT JOIN warehouse ON warehouse.id = left_from.warehouse_id
    LEFT JOIN sales_order_line ordered ON ordered.id = coalesce(sold.order_line_id, shipped.order_line_id)
    LEFT JOIN sales_order ON sales_order.id = ordered.order_id
    LEFT JOIN actor seller ON seller.id = sales_order.responsible_id
    WHERE %(warehouses)s::bigint[] IS NULL OR left_from.warehouse_id = ANY(%(warehouses)s::bigint[])
)
"""
SUMS = """
       sum(quantity) AS quantity, sum(net) AS net, round(sum(cost), 2) AS cost,
       sum(net) - round(sum(cost), 2) AS margin,
       CASE WHEN sum(net) > 0 THEN round((sum(net) - sum(cost)) * 100 / sum(net), 1) END AS percent
"""
SALES = f"""{SOLD}
SELECT "of", key, max(name) AS name, {SUMS} FROM valued GROUP BY "of", key ORDER BY {{order}}
"""
DOCUMENTS = f"""{SOLD}
SELECT coalesce(invoice."on", note."on") AS "on", document.kind, document.id AS document_id, document.number,
       customer.code AS customer, document.customer_id, customer.name,
       part.quantity, part.net, part.cost, part.margin, part.percent
FROM (
    SELECT document_id, {SUMS} FROM valued WHERE %(of)s::text IS NULL OR "of" = %(of)s::text GROUP BY document_id
) part JOIN document ON document.id = part.document_id JOIN customer ON customer.id = document.customer_id
LEFT JOIN invoice ON invoice.id = document.id LEFT JOIN credit_note note ON note.id = document.id
ORDER BY 1, document.id
"""
TAXED = """
    SELECT 'invoice' AS kind, invoice.id AS document_id, invoice."on", line.tax_rate_id, line.tax_percent, line.net,
           line.vat
    FROM invoice_line line JOIN invoice ON invoice.id = line.invoice_id AND invoice.state = 'issued'
    WHERE invoice."on" BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT 'credit_note', note.id, note."on", line.tax_rate_id, line.tax_percent, -line.net, -line.vat
    FROM credit_note_line line JOIN credit_note note ON note.id = line.credit_note_id AND note.state = 'issued'
    WHERE note."on" BETWEEN %(since)s AND %(until)s
"""
VAT = f"""
SELECT coalesce(tax_rate.code, '') AS code, taxed.tax_percent AS percent, taxed.kind,
       count(DISTINCT document_id) AS documents, sum(taxed.net) AS net, sum(taxed.vat) AS vat
FROM ({TAXED}) taxed LEFT JOIN tax_rate ON tax_rate.id = taxed.tax_rate_id
GROUP BY 1, 2, 3 ORDER BY 2 DESC, 1, 3 DESC
"""
VAT_DOCUMENTS = f"""
SELECT taxed."on", taxed.kind, document.id AS document_id, document.number, customer.code AS customer,
       document.customer_id, customer.name, coalesce(customer.vat_number, '') AS vat_number,
       sum(taxed.net) AS net, sum(taxed.vat) AS vat
FROM ({TAXED}) taxed JOIN document ON document.id = taxed.document_id
LEFT JOIN customer ON customer.id = document.customer_id LEFT JOIN tax_rate ON tax_rate.id = taxed.tax_rate_id
WHERE (%(kind)s::text IS NULL OR taxed.kind = %(kind)s::text)
      AND (%(percent)s::numeric IS NULL OR taxed.tax_percent = %(percent)s::numeric)
      AND (%(rate)s::text IS NULL OR coalesce(tax_rate.code, '') = %(rate)s::text)
GROUP BY taxed."on", taxed.kind, document.id, customer.id ORDER BY 1, document.id
"""


def sales(
    since: date, until: date, *, by: str = "month", warehouses: Collection[int] | None = None, by_net: bool = True
) -> Query:  # fmt: skip
    """Invoiced less credited in a stretch of dates, both included, by one of BY: quantity, net, cost, margin.

    Cost is what the invoiced pieces left the warehouse at, to the cent of the ledger where that went on to cost of
    sales with their invoice. With `warehouses` only what left these. Periods stand one
    after the other, all else with the largest net first or, without `by_net`, by key. Raises Invalid for anything else
    to go by.
    """
    _check(since, until, by)
    of, key, name = BY[by]
    sql = SALES.format(of=of, key=key, name=name, order="sum(net) DESC, key" if by_net and by not in PERIODS else "key")
    return Query(sql, {"since": since, "until": until, "warehouses": ids(warehouses)})


def sold_documents(
    since: date, until: date, *, by: str = "month", of: str | None = None, warehouses: Collection[int] | None = None
) -> Query:  # fmt: skip
    """The invoices and credit notes behind a row of `sales`, the one whose `of` it is (all rows without), with as much
    of each as is in that row.
    """
    _check(since, until, by)
    its_of, key, name = BY[by]
    sql = DOCUMENTS.format(of=its_of, key=key, name=name)
    return Query(sql, {"since": since, "until": until, "of": of, "warehouses": ids(warehouses)})


def _check(since: date, until: date, by: str) -> None:
    check_stretch(since, until)
    if by not in BY:
        raise Invalid("unknown_grouping", "Sales are told by {known}.", known=", ".join(BY))


def vat_by_rate(since: date, until: date) -> Query:
    """Net and VAT of issued invoices and credit notes by rate; together they are the turnover of output VAT."""
    check_stretch(since, until)
    return Query(VAT, {"since": since, "until": until})


def vat_documents(
    since: date, until: date, *, rate: str | None = None, percent: Decimal | None = None, kind: str | None = None
) -> Query:  # fmt: skip
    """The invoices and credit notes behind a row of `vat_by_rate`, with as much of each as is taxed at this rate."""
    check_stretch(since, until)
    return Query(VAT_DOCUMENTS, {"since": since, "until": until, "rate": rate, "percent": percent, "kind": kind})
