"""Faults in stock: balances, days, reservations and moves."""

from app.domain.proof import balances, inventory, moves
from tests.domain.proof.planting import fault, number, of

SH1, SH2, SH4 = number("SH-000001"), number("SH-000002"), number("SH-000004")
GR1, GR5 = number("GR-000001"), number("GR-000005")
IO1, IO2, IO3, IO4 = (number(f"IO-00000{place}") for place in range(1, 5))
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
    fault(balances.reservations_are_what_is_still_to_ship, "document internal order IO-000004, product BOX",
          f"DELETE FROM reservation WHERE document_id = {IO4}"),
    fault(balances.reservations_are_what_is_still_to_ship, "document internal order IO-000004, product BOX",
          f"UPDATE internal_order SET state = 'in_transit' WHERE id = {IO4}"),
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
    fault(moves.lines_moved_once, "document opening stock OS-000001, product POT",
          f"UPDATE opening_stock_line SET quantity = quantity + 1 WHERE opening_id = {number('OS-000001')}"),
    fault(moves.costs_follow_the_moving_average, "document opening stock OS-000001, product POT",
          f"UPDATE opening_stock_line SET unit_cost = 1 WHERE opening_id = {number('OS-000001')}"),
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
    fault(moves.lines_moved_once, "document internal order IO-000001, product BOX",
          f"UPDATE internal_order_line SET sent = 1 WHERE internal_order_id = {IO1}"),
    fault(moves.lines_moved_once, "document internal order IO-000002, product MUG, warehouse SHOP",
          f"UPDATE internal_order_line SET value = value + 1 WHERE internal_order_id = {IO2}"),
    fault(moves.cancelled_lines_are_mirrored, "document internal order IO-000003, product MUG, warehouse SHOP",
          f"DELETE FROM stock_move WHERE document_id = {IO3} AND is_mirror AND quantity < 0"),
    fault(moves.costs_follow_the_moving_average, "document internal order IO-000001, product BOX",
          f"UPDATE stock_move SET value = value - 1 WHERE document_id = {IO1}"),
    fault(moves.costs_follow_the_moving_average, "document internal order IO-000002, product BOX, warehouse SHOP",
          f"UPDATE stock_move SET value = value + 1 WHERE document_id = {IO2} AND quantity = 1"),
    fault(moves.costs_follow_the_moving_average, "document internal order IO-000002, product MUG, warehouse SHOP",
          f"UPDATE stock_move SET value = value + 1 WHERE document_id = {IO2} AND quantity = 3"),
    fault(moves.recordings_leave_a_possible_value, "document shipment SH-000002, product CUP",
          f"UPDATE stock_move SET on_hand_after = 0 WHERE document_id = {SH2}"),
)  # fmt: skip
WENT_OVER, FOLLOWED = (
    f"(SELECT id FROM journal_entry WHERE event = 'inventory.account_changed' ORDER BY id {order} LIMIT 1)"
    for order in ("ASC", "DESC")
)
INVENTORY = (
    fault(inventory.inventory_lies_on_the_accounts_of_its_goods, "account 1210",
          f"""UPDATE journal_line SET account_id = (SELECT id FROM account WHERE code = '1220')
              WHERE entry_id = {WENT_OVER} AND debit > 0"""),
    fault(inventory.inventory_lies_on_the_accounts_of_its_goods, "account 1210",
          "UPDATE product_group SET inventory_account_id = NULL WHERE code = 'SHELF'"),
    fault(inventory.account_changes_take_along_what_lay_there, "product JAR",
          "UPDATE inventory_account_change_line SET value = value + 1"),
    fault(inventory.account_changes_take_along_what_lay_there, "product JAR",
          "UPDATE inventory_account_change SET last_move_id = last_move_id - 1"),
    fault(inventory.account_changes_are_posted, "document inventory account change #",
          f"DELETE FROM journal_entry WHERE id = {WENT_OVER}"),
    fault(inventory.account_changes_are_posted, "document stock receipt GR-",
          f"UPDATE journal_line SET debit = debit * 2, credit = credit * 2 WHERE entry_id = {FOLLOWED}"),
)  # fmt: skip
FAULTS = (*STOCK, *MOVES, *INVENTORY)
