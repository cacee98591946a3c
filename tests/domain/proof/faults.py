"""Faults that nobody could make through the program: what is changed behind its back, and who must be named for it."""

from typing import NamedTuple

from app.domain.proof import Proof, accounts, amounts, balances, ledger, moves, numbers, progress, returns, settlement


class Fault(NamedTuple):
    """The proof that must turn red, the statements that plant the fault, and a part of what the offender is called."""

    proof: Proof
    named: str
    sql: tuple[str, ...]


def fault(proof: Proof, named: str, *sql: str) -> Fault:
    return Fault(proof, named, sql)


def number(text: str) -> str:
    """The id of the document with this number."""
    return f"(SELECT id FROM document WHERE number = '{text}')"


def of(sku: str) -> str:
    """Rows of a product in the main warehouse."""
    return f"""product_id = (SELECT id FROM product WHERE sku = '{sku}')
               AND warehouse_id = (SELECT id FROM warehouse WHERE code = 'MAIN')"""


def entry(document: str, event: str) -> str:
    return f"(SELECT id FROM journal_entry WHERE document_id = {number(document)} AND event = '{event}')"


def account(role: str) -> str:
    return f"(SELECT min(id) FROM account WHERE role = '{role}')"


def astray(role: str, document: str, event: str) -> str:
    """Puts a line of an entry from the accounts of a role on another account."""
    return f"""UPDATE journal_line SET account_id = {account("other")} WHERE entry_id = {entry(document, event)}
               AND account_id IN (SELECT id FROM account WHERE role = '{role}')"""


SH1, SH2, SH4 = number("SH-000001"), number("SH-000002"), number("SH-000004")
GR1, GR5 = number("GR-000001"), number("GR-000005")
INVOICE, CUPS = number("0000000001"), number("0000000002")
CR1 = number("CR-000001")
ORDER = number("SO-000001")
SHIPPED = entry("SH-000001", "shipment.processed")
TEA_RECEIVED = "document stock receipt GR-000001, product TEA"
TEA_SHIPPED = "document shipment SH-000001, product TEA"

STOCK = (
    fault(balances.balances_are_sums_of_moves, "product TEA, warehouse MAIN",
          f"UPDATE stock_balance SET value = value + 1 WHERE {of('TEA')}"),
    fault(balances.balances_are_sums_of_moves, "product TEA, warehouse MAIN",
          f"UPDATE stock_balance SET last_on = last_on - 1 WHERE {of('TEA')}"),
    fault(balances.balances_are_sums_of_moves, "product TEA, warehouse MAIN",
          f"DELETE FROM stock_balance WHERE {of('TEA')}"),
    fault(balances.moves_tell_the_balance_after_them, TEA_SHIPPED,
          f"UPDATE stock_move SET on_hand_after = on_hand_after + 1 WHERE document_id = {SH1} AND {of('TEA')}"),
    fault(balances.days_are_sums_of_moves, "product TEA, warehouse MAIN",
          f"UPDATE stock_day SET quantity = quantity + 1 WHERE {of('TEA')}"),
    fault(balances.days_are_sums_of_moves, "product POT, warehouse MAIN", f"DELETE FROM stock_day WHERE {of('POT')}"),
    fault(balances.days_are_sums_of_moves, "product POT, warehouse MAIN",
          f"""INSERT INTO stock_day SELECT warehouse_id, product_id, "on" - 9, quantity, value FROM stock_day
              WHERE {of('POT')}"""),
    fault(balances.stock_is_possible, "product CUP, warehouse MAIN: stock now is -1",
          "ALTER TABLE stock_balance DROP CONSTRAINT ck_stock_balance_on_hand, DROP CONSTRAINT ck_stock_balance_value",
          f"UPDATE stock_balance SET on_hand = -1 WHERE {of('CUP')}"),
    fault(balances.stock_is_possible, "product CUP, warehouse MAIN: stock on",
          "ALTER TABLE stock_day DROP CONSTRAINT ck_stock_day_closing",
          f"UPDATE stock_day SET value = 1, quantity = 0 WHERE {of('CUP')}"),
    fault(balances.reserved_is_the_sum_of_reservations, "product TEA, warehouse MAIN",
          f"UPDATE reservation SET quantity = quantity + 1 WHERE {of('TEA')}"),
    fault(balances.reservations_keep_their_promise, "product POT, warehouse MAIN: reserved",
          f"UPDATE stock_balance SET reserved = on_hand + 1 WHERE {of('POT')}"),
    fault(balances.reservations_keep_their_promise, "product POT, warehouse MAIN: available",
          f"UPDATE stock_balance SET on_hand = on_hand + 1 WHERE {of('POT')}"),
    fault(balances.reservations_are_what_is_still_to_ship, "product TEA, warehouse MAIN",
          f"UPDATE reservation SET waiting = waiting + 1 WHERE {of('TEA')}"),
    fault(balances.reservations_are_what_is_still_to_ship, "product POT", f"DELETE FROM reservation WHERE {of('POT')}"),
    fault(balances.reservations_are_what_is_still_to_ship, "document sales order SO-000003",
          f"""INSERT INTO reservation (document_id, line_id, warehouse_id, product_id, quantity, waiting)
              SELECT order_id, id, (SELECT id FROM warehouse WHERE code = 'MAIN'), product_id, 1, 0
              FROM sales_order_line WHERE order_id = {number('SO-000003')}"""),
)  # fmt: skip
MOVES = (
    fault(moves.lines_moved_once, TEA_RECEIVED, f"DELETE FROM stock_move WHERE document_id = {GR1}"),
    fault(moves.lines_moved_once, TEA_RECEIVED,
          f"""INSERT INTO stock_move ("on", at, warehouse_id, product_id, document_id, line_id, quantity, value,
                                      on_hand_after, value_after)
              SELECT "on", at, warehouse_id, product_id, document_id, line_id, quantity, value, on_hand_after,
                     value_after FROM stock_move WHERE document_id = {GR1}"""),
    fault(moves.lines_moved_once, TEA_RECEIVED, f"UPDATE stock_receipt SET state = 'draft' WHERE id = {GR1}"),
    fault(moves.lines_moved_once, TEA_RECEIVED, f'UPDATE stock_receipt SET "on" = "on" - 1 WHERE id = {GR1}'),
    fault(moves.lines_moved_once, TEA_SHIPPED, f"UPDATE shipment_line SET cost = cost + 1 WHERE shipment_id = {SH1}"),
    fault(moves.cancelled_lines_are_mirrored, "document stock receipt GR-000005, product CUP",
          f"DELETE FROM stock_move WHERE document_id = {GR5} AND is_mirror AND quantity <> 0"),
    fault(moves.cancelled_lines_are_mirrored, "document shipment SH-000004, product TEA",
          f"UPDATE stock_move SET value = value + 1 WHERE document_id = {SH4} AND is_mirror"),
    fault(moves.cancelled_lines_are_mirrored, TEA_RECEIVED,
          f"UPDATE stock_move SET is_mirror = true WHERE document_id = {GR1}"),
    fault(moves.cancelled_lines_are_mirrored, "document shipment SH-000004, product TEA",
          f"UPDATE stock_move SET \"on\" = \"on\" - 1 WHERE document_id = {SH4} AND is_mirror"),
    fault(moves.costs_follow_the_moving_average, TEA_SHIPPED,
          f"UPDATE stock_move SET value = value - 1 WHERE document_id = {SH1}"),
    fault(moves.costs_follow_the_moving_average, TEA_RECEIVED,
          f"UPDATE stock_receipt_line SET unit_cost = unit_cost + 1 WHERE receipt_id = {GR1}"),
    fault(moves.recordings_leave_a_possible_value, "document shipment SH-000002, product CUP",
          f"UPDATE stock_move SET on_hand_after = 0 WHERE document_id = {SH2}"),
)  # fmt: skip
AMOUNTS = (
    fault(amounts.order_lines_follow_their_prices, "document sales order SO-000001, product TEA: amount of line 1",
          f"UPDATE sales_order_line SET discount = 50 WHERE order_id = {ORDER} AND position = 1"),
    fault(amounts.order_lines_follow_their_prices, "document sales order SO-000001, product TEA: price of line 1",
          f"UPDATE sales_order_line SET unit_price = NULL WHERE order_id = {ORDER} AND position = 1"),
    fault(amounts.documents_are_the_sums_of_their_lines, "document invoice 0000000001",
          f"UPDATE invoice SET net = net + 1, gross = gross + 1 WHERE id = {INVOICE}"),
    fault(amounts.documents_are_the_sums_of_their_lines, "document shipment SH-000001: gross of line 1",
          f"UPDATE shipment_line SET gross = gross + 1 WHERE shipment_id = {SH1} AND position = 1"),
    fault(amounts.vat_is_reckoned_per_document_and_rate, "document invoice 0000000001: VAT at 9",
          f"""UPDATE invoice_line SET vat = vat + 0.01, gross = gross + 0.01
              WHERE invoice_id = {INVOICE} AND tax_percent = 9"""),
    fault(amounts.vat_is_shared_by_largest_remainder, "document sales order SO-000001: VAT of line 1",
          f"""UPDATE sales_order_line SET vat = vat + CASE position WHEN 1 THEN 0.01 ELSE -0.01 END
              WHERE order_id = {ORDER} AND position IN (1, 3)"""),
    fault(amounts.shipments_are_parts_of_their_orders, TEA_SHIPPED,
          f"UPDATE shipment_line SET net = net + 0.01 WHERE shipment_id = {SH1} AND position = 1"),
    fault(amounts.invoices_are_parts_of_their_shipments, "document invoice 0000000001, product TEA",
          f"UPDATE invoice_line SET net = net + 0.01 WHERE invoice_id = {INVOICE} AND position = 1"),
    fault(amounts.roundings_are_cents_of_shipments, "document invoice 0000000001",
          f"UPDATE invoice_line SET rounding = 1 WHERE invoice_id = {INVOICE} AND position = 1"),
    fault(amounts.roundings_are_cents_of_shipments, "document invoice 0000000005",
          f"UPDATE invoice_line SET rounding = 0.01 WHERE invoice_id = {number('0000000005')}"),
    fault(amounts.roundings_are_cents_of_shipments, "document invoice",
          "UPDATE invoice SET state = 'draft' WHERE id = (SELECT invoice_id FROM invoice_line WHERE rounding <> 0)"),
    fault(settlement.open_items_are_what_is_left_to_pay, "document invoice",
          "UPDATE invoice_line SET rounding = -rounding WHERE rounding <> 0"),
    fault(amounts.invoices_are_parts_of_their_shipments, "document invoice 0000000003, product SEVEN: part of",
          f"UPDATE invoice_line SET net = net - 0.01 WHERE invoice_id = {number('0000000003')}"),
    fault(settlement.open_items_are_what_is_left_to_pay, "document shipment SH-000005: owed",
          f"UPDATE open_item SET amount = amount + 0.01 WHERE document_id = {number('SH-000005')}"),
)  # fmt: skip
SH6, DELIVERED = number("SH-000006"), "shipment.advance_delivered"
OF_SH6 = f"(SELECT order_line_id FROM shipment_line WHERE shipment_id = {SH6})"
PROGRESS = (
    fault(progress.advances_are_what_was_invoiced_ahead, "document shipment SH-000006: covered of line 1",
          f"UPDATE shipment_line SET pre_net = pre_net + 0.01 WHERE shipment_id = {SH6}"),
    fault(progress.advances_are_what_was_invoiced_ahead, "invoiced ahead and shipped since of line 1",
          f"UPDATE sales_order_line SET pre_shipped = pre_shipped + 1 WHERE id = {OF_SH6}"),
    fault(progress.advances_are_what_was_invoiced_ahead, "document invoice 0000000004: delivered of advance line",
          f"UPDATE advance SET delivered_net = delivered_net + 0.01 WHERE order_line_id = {OF_SH6}"),
    fault(progress.advances_are_what_was_invoiced_ahead, "document invoice 0000000004: all of advance line",
          f"UPDATE advance SET credited = 1 WHERE order_line_id = {OF_SH6}"),
    fault(progress.advances_are_what_was_invoiced_ahead, "document invoice 0000000004: advance of line",
          f"UPDATE advance SET net = net + 0.01 WHERE order_line_id = {OF_SH6}"),
    fault(progress.advances_are_what_was_invoiced_ahead, "document invoice 0000000004: advance of line",
          f"UPDATE invoice SET state = 'draft' WHERE id = {number('0000000004')}"),
    fault(progress.shipped_is_what_shipments_took, "document sales order SO-000001, product TEA: shipped of line 1",
          f"UPDATE sales_order_line SET shipped = shipped - 1 WHERE order_id = {ORDER} AND position = 1"),
    fault(progress.shipped_is_what_shipments_took, "document sales order SO-000001, product TEA: shipped and given up",
          "ALTER TABLE sales_order_line DROP CONSTRAINT ck_sales_order_line_progress",
          f"UPDATE sales_order_line SET given_up = quantity WHERE order_id = {ORDER} AND position = 1"),
    fault(progress.shipped_is_what_shipments_took, "document sales order SO-000001, product TEA: waiting in draft",
          f"""UPDATE shipment_line SET quantity = quantity + 1 FROM shipment
              WHERE shipment.id = shipment_id AND state = 'draft' AND order_id = {ORDER}"""),
    fault(progress.invoiced_is_what_invoices_took, "document shipment SH-000001: invoiced of line 1",
          f"UPDATE shipment_line SET invoiced = invoiced - 1 WHERE shipment_id = {SH1}"),
    fault(progress.invoiced_is_what_invoices_took, "document shipment SH-000001: invoiced of line 1",
          f"UPDATE shipment SET state = 'cancelled' WHERE id = {SH1}"),
    fault(returns.returned_is_what_returns_brought, "document shipment SH-000005: returned, and of that uninvoiced",
          f"UPDATE shipment_line SET returned = 2 WHERE shipment_id = {number('SH-000005')}"),
    fault(returns.returned_is_what_returns_brought, "document shipment SH-000005: returned, and of that uninvoiced",
          f"UPDATE customer_return_line SET uninvoiced = 0 WHERE return_id = {CR1}"),
    fault(returns.returned_is_what_returns_brought, "document shipment SH-000005: returned of line 1",
          f"UPDATE shipment SET state = 'cancelled' WHERE id = {number('SH-000005')}"),
    fault(returns.returned_is_what_returns_brought, "document customer return CR-000001: customer or product",
          f"UPDATE document SET customer_id = (SELECT max(id) FROM customer) WHERE id = {CR1}"),
    fault(returns.returns_are_parts_of_their_shipments, "document customer return CR-000001, product SEVEN: cost of",
          f"UPDATE customer_return_line SET value = value + 0.01 WHERE return_id = {CR1}"),
    fault(moves.lines_moved_once, "document customer return CR-000001, product SEVEN",
          f"UPDATE customer_return_line SET value = value + 0.01 WHERE return_id = {CR1}"),
    fault(accounts.every_event_is_posted_once, "document customer return CR-000001: customer_return.processed",
          f"DELETE FROM journal_entry WHERE document_id = {CR1}"),
    fault(progress.links_tell_what_was_made_from_what, "document shipment SH-000005",
          f"DELETE FROM document_link WHERE to_id = {CR1}"),
    fault(progress.parts_are_of_their_whole, "document shipment SH-000002",
          f"UPDATE shipment SET order_id = {ORDER} WHERE id = {SH2}"),
    fault(progress.parts_are_of_their_whole, "document invoice 0000000001, product TEA",
          f"UPDATE invoice_line SET unit_price = 1 WHERE invoice_id = {INVOICE} AND position = 1"),
    fault(progress.parts_are_of_their_whole, "document invoice 0000000001: customer",
          f"UPDATE document SET customer_id = (SELECT max(id) FROM customer) WHERE id = {INVOICE}"),
    fault(progress.order_states_follow_their_lines, "document sales order SO-000002: state is approved",
          f"UPDATE sales_order SET state = 'approved' WHERE id = {number('SO-000002')}"),
    fault(progress.order_states_follow_their_lines, "document sales order SO-000001: state is performed",
          f"UPDATE sales_order SET state = 'performed' WHERE id = {ORDER}"),
    fault(progress.order_states_follow_their_lines, "document sales order SO-000001: agreement",
          f"UPDATE sales_order SET agreed_by = NULL WHERE id = {ORDER}"),
    fault(progress.order_states_follow_their_lines, "document sales order SO-000001: open draft shipments",
          f"UPDATE shipment SET state = 'draft' WHERE id = {SH1}"),
    fault(progress.states_are_what_the_history_tells, "document shipment SH-000001",
          f"UPDATE shipment SET state = 'cancelled' WHERE id = {SH1}"),
    fault(progress.links_tell_what_was_made_from_what, "document sales order SO-000001",
          f"DELETE FROM document_link WHERE from_id = {ORDER} AND to_id = {SH1}"),
    fault(progress.links_tell_what_was_made_from_what, "document shipment SH-000001",
          f"DELETE FROM document_link WHERE from_id = {SH1} AND to_id = {INVOICE}"),
    fault(progress.links_tell_what_was_made_from_what, "document cash order C-000001",
          f"DELETE FROM document_link WHERE from_id = {number('C-000001')} AND kind = 'allocates'"),
)  # fmt: skip
SETTLEMENT = (
    fault(settlement.open_items_are_what_is_left_to_pay, "document sales order SO-000001",
          f"UPDATE open_item SET amount = amount + 1 WHERE document_id = {ORDER}"),
    fault(settlement.open_items_are_what_is_left_to_pay, "document invoice 0000000001",
          f"DELETE FROM open_item WHERE document_id = {INVOICE}"),
    fault(settlement.open_items_are_what_is_left_to_pay, "document invoice 0000000001: chain",
          f"UPDATE open_item SET order_id = NULL WHERE document_id = {INVOICE}"),
    fault(settlement.allocated_is_what_live_allocations_settle, "document invoice 0000000001",
          f"UPDATE open_item SET allocated = allocated - 1 WHERE document_id = {INVOICE} AND allocated > 1"),
    fault(settlement.allocated_is_what_live_allocations_settle, "document invoice 0000000001",
          "ALTER TABLE open_item DROP CONSTRAINT ck_open_item_allocated",
          f"UPDATE open_item SET amount = 0 WHERE document_id = {INVOICE}"),
    fault(settlement.open_items_are_what_is_left_to_pay, "document invoice 0000000001: date of line",
          f"""UPDATE open_item SET "on" = "on" - 1 WHERE document_id = {INVOICE}"""),
    fault(settlement.credits_are_what_documents_give, "document cash order C-000001: amount",
          f"UPDATE cash_order SET amount = amount + 1 WHERE id = {number('C-000001')}"),
    fault(settlement.credits_are_what_documents_give, "document cash order C-000002: amount",
          f"UPDATE credit SET amount = 1 WHERE document_id = {number('C-000002')}"),
    fault(settlement.credits_are_what_documents_give, "document cash order C-000003: amount",
          f"UPDATE credit SET customer_id = (SELECT min(id) FROM customer) WHERE document_id = {number('C-000003')}"),
    fault(settlement.used_is_what_is_allocated_and_paid_back, "document cash order C-000001: used",
          f"UPDATE credit SET used = used - 1 WHERE document_id = {number('C-000001')}"),
    fault(settlement.used_is_what_is_allocated_and_paid_back, "document cash order C-000003: used",
          f"""INSERT INTO repayment (refund_id, source_id, amount, "on")
              VALUES ({number('C-000002')}, {number('C-000003')}, 1, '2026-01-01')"""),
    fault(settlement.used_is_what_is_allocated_and_paid_back, "document cash order C-000001: allocated and paid back",
          f"UPDATE cash_order SET amount = 1 WHERE id = {number('C-000001')}"),
    fault(settlement.used_is_what_is_allocated_and_paid_back, "document cash order C-000002: allocated",
          f"UPDATE allocation SET released_on = NULL WHERE payment_id = {number('C-000002')}"),
    fault(settlement.allocations_are_of_their_customer_and_date, "document cash order C-000001: document, customer",
          f"UPDATE allocation SET target_id = {CUPS} WHERE payment_id = {number('C-000001')}"),
    fault(settlement.allocations_are_of_their_customer_and_date, "document allocation #",
          f"""DELETE FROM allocation_line USING allocation
              WHERE allocation.id = allocation_id AND payment_id = {number('C-000001')}"""),
    fault(settlement.allocations_are_of_their_customer_and_date, ": how it is posted",
          f"UPDATE allocation SET posted = 'own' WHERE payment_id = {number('C-000001')}"),
    fault(settlement.allocations_are_of_their_customer_and_date, ": date is",
          f"""UPDATE allocation SET "on" = "on" - 1 WHERE payment_id = {number('C-000001')}"""),
    fault(settlement.allocations_are_of_their_customer_and_date, ": date of release",
          f"""UPDATE allocation SET released_on = "on" - 1 WHERE payment_id = {number('C-000002')}"""),
    fault(settlement.allocations_are_of_their_customer_and_date, ": the act it goes on from",
          f"UPDATE allocation SET since_id = id WHERE payment_id = {number('C-000001')}"),
    fault(settlement.instalments_add_up_to_their_invoice, "document invoice 0000000001: instalments",
          f"UPDATE instalment SET amount = amount + 0.01 WHERE document_id = {INVOICE}"),
    fault(settlement.instalments_add_up_to_their_invoice, "document invoice 0000000001: instalments",
          f"DELETE FROM instalment WHERE document_id = {INVOICE}"),
    fault(settlement.instalments_add_up_to_their_invoice, "document invoice 0000000001: due dates",
          f"UPDATE instalment SET due_on = due_on - 900 WHERE document_id = {INVOICE}"),
    fault(settlement.instalments_add_up_to_their_invoice, "document invoice 0000000001: due dates",
          f"UPDATE invoice SET due_on = due_on + 1 WHERE id = {INVOICE}"),
    fault(settlement.payment_statuses_follow_open_items, "document sales order SO-000001",
          f"UPDATE payment_status SET status = 'paid' WHERE document_id = {ORDER}"),
    fault(settlement.payment_statuses_follow_open_items, "document invoice 0000000001",
          f"DELETE FROM payment_status WHERE document_id = {INVOICE}"),
)  # fmt: skip
LEDGER = (
    fault(ledger.entries_balance, "document shipment SH-000001: entry",
          f"UPDATE journal_line SET debit = debit + 1 WHERE debit > 0 AND entry_id = {SHIPPED}"),
    fault(ledger.entries_balance, "document shipment SH-000001: entry",
          f"DELETE FROM journal_line WHERE entry_id = {SHIPPED}"),
    fault(ledger.lines_have_one_side, "document shipment SH-000001",
          f'UPDATE journal_line SET "on" = "on" - 1 WHERE entry_id = {SHIPPED}'),
    fault(ledger.lines_have_one_side, "document shipment SH-000001",
          "ALTER TABLE journal_line DROP CONSTRAINT ck_journal_line_one_sided",
          f"UPDATE journal_line SET debit = credit WHERE entry_id = {SHIPPED}"),
    fault(ledger.lines_follow_their_rules, "document shipment SH-000001",
          f"""UPDATE journal_line SET rule_id = (SELECT min(id) FROM posting_rule WHERE event = 'receipt.processed')
              WHERE entry_id = {SHIPPED}"""),
    fault(ledger.lines_follow_their_rules, "document shipment SH-000001",
          astray("inventory", "SH-000001", "shipment.processed")),
    fault(ledger.all_debits_are_all_credits, "all credits",
          f"UPDATE journal_line SET debit = debit + 1 WHERE debit > 0 AND entry_id = {SHIPPED}"),
    fault(ledger.the_chain_is_whole, "hash of entry 2", "UPDATE journal_chain SET hash = 'x' WHERE seq = 2"),
    fault(ledger.the_chain_is_whole, "document stock receipt GR-000001: hash of entry 1",
          f"""UPDATE journal_line SET debit = debit * 2, credit = credit * 2
              WHERE entry_id = {entry('GR-000001', 'receipt.processed')}"""),
    fault(ledger.the_chain_is_whole, "document stock receipt GR-000001: hash of entry 1",
          f"UPDATE journal_entry SET event = 'other' WHERE document_id = {GR1}"),
    fault(ledger.the_chain_is_whole, "document stock receipt GR-000001: hash of entry 1",
          f"UPDATE journal_entry SET at = at + interval '1 second' WHERE document_id = {GR1}"),
    fault(ledger.the_chain_is_whole, "document stock receipt GR-9: hash of entry 1",
          f"UPDATE document SET number = 'GR-9' WHERE id = {GR1}"),
    fault(ledger.the_chain_is_whole, "document stock receipt GR-000001: hash of entry 1",
          f"UPDATE account SET code = code || 'x' WHERE id = {account('inventory')}"),
    fault(ledger.the_chain_is_whole, "number of the entry after 1", "DELETE FROM journal_chain WHERE seq = 2"),
    fault(ledger.the_chain_is_whole, "place of entry", "DELETE FROM journal_chain WHERE seq = 2"),
    fault(ledger.the_chain_is_whole, "head of the chain", "UPDATE company SET chain_seq = chain_seq - 1"),
    fault(ledger.posting_rules_are_complete, "rule for credit of invoice.issued vat",
          "DELETE FROM posting_rule WHERE event = 'invoice.issued' AND amount = 'vat'"),
    fault(ledger.posting_rules_are_complete, "rule for credit of invoice.issued vat",
          "UPDATE posting_rule SET valid_from = '2999-01-01' WHERE event = 'invoice.issued' AND amount = 'vat'"),
    fault(ledger.posting_rules_are_complete, "role of the account of the rule for credit of invoice.issued vat",
          f"""UPDATE posting_rule SET account_id = {account('other')}
              WHERE event = 'invoice.issued' AND amount = 'vat'"""),
    fault(ledger.closed_periods_rest, "document stock receipt GR-000001",
          f"""UPDATE period SET changed_at = '2000-01-01',
                                ends_on = (SELECT "on" FROM stock_receipt WHERE id = {GR1})"""),
)  # fmt: skip
DATES = (
    fault(ledger.nothing_is_dated_in_the_future, "document stock receipt GR-000001: date of entry",
          f"UPDATE journal_entry SET at = at - interval '20 days' WHERE document_id = {GR1}"),
    fault(ledger.nothing_is_dated_in_the_future, "document stock receipt GR-000001: date of move",
          f"UPDATE stock_move SET at = at - interval '20 days' WHERE document_id = {GR1}"),
)  # fmt: skip
ACCOUNTS = (
    fault(accounts.every_event_is_posted_once, "document shipment SH-000001: shipment.processed on inventory",
          f"""UPDATE journal_line SET debit = debit * 2, credit = credit * 2
              WHERE entry_id = {SHIPPED}"""),
    fault(accounts.every_event_is_posted_once, "document shipment SH-000004: shipment.processed.cancelled on inventory",
          f"DELETE FROM journal_entry WHERE id = {entry('SH-000004', 'shipment.processed.cancelled')}"),
    fault(accounts.every_event_is_posted_once, "document shipment SH-000001: shipment.processed on inventory",
          f"""UPDATE journal_entry SET "on" = "on" - 1 WHERE id = {SHIPPED}"""),
    fault(accounts.every_event_is_posted_once, "document sales order SO-000001: shipment.processed is entry",
          f"""UPDATE journal_entry SET document_id = {ORDER} WHERE id = {SHIPPED}"""),
    fault(accounts.every_event_is_posted_once, "document cash order C-000002: cash_order.processed on cash",
          f"UPDATE cash_order SET amount = amount + 1 WHERE id = {number('C-000002')}"),
    fault(accounts.every_event_is_posted_once, "document stock receipt GR-000005: stock.valuation_difference",
          f"UPDATE stock_move SET value = value + 1 WHERE document_id = {GR5} AND quantity = 0"),
    fault(accounts.every_event_is_posted_once, "document allocation #",
          "DELETE FROM journal_entry WHERE event = 'allocation.released.cancelled'"),
    fault(accounts.mirrors_are_exact, "document shipment SH-000004, account 1210",
          f"""UPDATE journal_line SET account_id = (SELECT id FROM account WHERE code = '1210')
              WHERE entry_id = {entry('SH-000004', 'shipment.processed.cancelled')}
                    AND account_id IN (SELECT id FROM account WHERE role = 'inventory')"""),
    fault(accounts.mirrors_are_exact, "document cash order C-000002",
          """UPDATE journal_entry SET "on" = "on" - 1 WHERE event = 'cash_order.processed.cancelled'"""),
    fault(accounts.inventory_is_the_value_of_stock, "inventory",
          astray("inventory", "SH-000001", "shipment.processed")),
    fault(accounts.goods_not_invoiced_are_the_cost_of_receipts, "goods_received_not_invoiced",
          astray("goods_received_not_invoiced", "GR-000001", "receipt.processed")),
    fault(accounts.cost_of_sales_is_the_cost_of_shipments, "cost_of_sales",
          astray("cost_of_sales", "SH-000001", "shipment.processed")),
    fault(accounts.losses_are_write_offs_shortages_and_differences, "stock_losses",
          astray("stock_losses", "GR-000005", "stock.valuation_difference")),
    fault(accounts.surplus_is_what_counts_found, "stock_surplus",
          astray("stock_surplus", "SC-000001", "count.processed")),
    fault(accounts.revenue_is_the_net_of_invoices, "revenue", astray("revenue", "0000000001", "invoice.issued")),
    fault(accounts.revenue_is_the_net_of_invoices, "revenue", astray("revenue", "SH-000006", DELIVERED)),
    fault(accounts.not_delivered_is_the_net_of_pieces_to_come, "invoiced_not_delivered",
          astray("invoiced_not_delivered", "0000000004", "invoice.issued")),
    fault(accounts.not_delivered_is_the_net_of_pieces_to_come, "invoiced_not_delivered",
          f"UPDATE shipment SET state = 'cancelled' WHERE id = {SH6}"),
    fault(accounts.rounding_is_what_paid_shipments_left, "rounding_differences", f"""
          UPDATE journal_line SET account_id = {account("other")}
          WHERE account_id IN (SELECT id FROM account WHERE role = 'rounding_differences')"""),
    fault(accounts.vouchers_are_those_sold, "vouchers", astray("vouchers", "0000000005", "invoice.issued")),
    fault(accounts.every_event_is_posted_once, "document shipment SH-000006",
          astray("invoiced_not_delivered", "SH-000006", DELIVERED)),
    fault(accounts.output_vat_is_the_vat_of_invoices, "output_vat",
          astray("output_vat", "0000000001", "invoice.issued")),
    fault(accounts.receivables_are_open_invoices, "customer C001",
          astray("receivables", "0000000001", "invoice.issued")),
    fault(accounts.receivables_are_open_invoices, "customer C002",
          f"UPDATE allocation SET released_on = \"on\" WHERE payment_id = {number('C-000003')}"),
    fault(accounts.advances_are_payments_not_used, "customer C002",
          astray("customer_advances", "C-000003", "cash_order.processed")),
    fault(accounts.cash_is_what_the_desks_took, "account 1000",
          f"UPDATE cash_order SET amount = amount + 1 WHERE id = {number('C-000001')}"),
)  # fmt: skip
NUMBERS = (
    fault(numbers.every_number_is_given_once, "document shipment #",
          f"UPDATE document SET number = NULL, series_id = NULL WHERE id = {SH1}"),
    fault(numbers.every_number_is_given_once, "document shipment SH-1",
          f"UPDATE document SET number = 'SH-1' WHERE id = {SH1}"),
    fault(numbers.every_number_is_given_once, "document shipment SH-000001: number is SH-000001, it should be none yet",
          f"UPDATE shipment SET state = 'draft' WHERE id = {SH1}"),
    fault(numbers.every_number_is_given_once, "times that number SH-000002",
          "ALTER TABLE document DROP CONSTRAINT uq_document_series_id_number",
          f"UPDATE document SET number = 'SH-000002' WHERE id = {SH1}"),
    fault(numbers.gapless_numbers_have_no_gap, "document shipment SH-000009",
          f"UPDATE document SET number = 'SH-000009' WHERE id = {SH4}"),
    fault(numbers.gapless_numbers_have_no_gap, "last number of shipments", "UPDATE number_counter SET last = last + 1"),
    fault(numbers.ascending_numbers_follow_their_dates, "document invoice 0000000002",
          f"""UPDATE invoice SET "on" = "on" - 1 WHERE id = {CUPS}"""),
)  # fmt: skip
FAULTS = (*STOCK, *MOVES, *AMOUNTS, *PROGRESS, *SETTLEMENT, *LEDGER, *DATES, *ACCOUNTS, *NUMBERS)
