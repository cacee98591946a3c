"""Faults in the cost of what left at_invoice: where it waits, and what moved it on."""

from app.domain.proof import accounts, costs, events
from tests.domain.proof.planting import astray, fault, number

LATE, AGAIN = number("0000000009"), number("CN-000003")
UNINVOICED, BACK = number("CR-000003"), number("CR-000004")
CHANGED = "UPDATE {table} SET {column} = {column} + 0.01 WHERE {parent} = {document}"
INVOICED = CHANGED.format(table="invoice_line", column="cost", parent="invoice_id", document=LATE)
OPENED = CHANGED.format(table="credit_note_line", column="again_cost", parent="credit_note_id", document=AGAIN)
VALUED = CHANGED.format(table="customer_return_line", column="value", parent="return_id", document=BACK)
FAULTS = (
    fault(costs.costs_go_on_with_their_pieces, "document invoice 0000000009, product LATE: cost of the part", INVOICED),
    fault(costs.costs_go_on_with_their_pieces, "document credit note CN-000003, product LATE: cost of the part",
          OPENED),
    fault(costs.costs_go_on_with_their_pieces, "document customer return CR-000003, product LATE: cost of the part",
          f"UPDATE customer_return_line SET deferred = deferred - 0.01 WHERE return_id = {UNINVOICED}"),
    fault(costs.costs_go_on_with_their_pieces, "document customer return CR-000004, product LATE: cost of the part",
          VALUED),
    fault(costs.costs_go_on_with_their_pieces, "document invoice 0000000001, product TEA: cost of the part",
          f"UPDATE invoice_line SET cost = 1 WHERE invoice_id = {number('0000000001')}"),
    fault(costs.no_cost_waits_without_its_pieces, "document shipment SH-000008, product LATE: cost of sales of line 1",
          INVOICED),
    fault(costs.no_cost_waits_without_its_pieces, "document shipment SH-000008, product LATE: cost that waits",
          "ALTER TABLE credit_note_line DROP CONSTRAINT ck_credit_note_line_again_cost",
          f"UPDATE credit_note_line SET again_cost = -9 WHERE credit_note_id = {AGAIN}"),
    fault(accounts.shipped_not_invoiced_is_the_cost_that_waits, "goods_shipped_not_invoiced",
          astray("goods_shipped_not_invoiced", "SH-000008", "shipment.processed")),
    fault(accounts.shipped_not_invoiced_is_the_cost_that_waits, "goods_shipped_not_invoiced", INVOICED),
    fault(accounts.cost_of_sales_is_the_cost_of_what_is_sold, "cost_of_sales",
          astray("cost_of_sales", "0000000009", "invoice.issued")),
    fault(events.every_event_is_posted_once, "document invoice 0000000009: invoice.issued on cost_of_sales",
          INVOICED),
    fault(events.every_event_is_posted_once,
          "document credit note CN-000003: credit_note.issued on goods_shipped_not_invoiced", OPENED),
    fault(events.every_event_is_posted_once,
          "document customer return CR-000003: customer_return.processed on goods_shipped_not_invoiced",
          f"UPDATE customer_return_line SET deferred = 0 WHERE return_id = {UNINVOICED}"),
)  # fmt: skip
