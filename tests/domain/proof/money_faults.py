"""Faults in what desks and banks took and gave, and in what was typed by hand."""

from app.domain.proof import accounts, events, manual, money
from tests.domain.proof.planting import account, entry, fault, number

ME1, ME2 = number("ME-000001"), number("ME-000002")
FAULTS = (
    fault(manual.manual_entries_are_in_the_books_as_typed,
          "document manual entry ME-000001, account 6990: manual_entry.processed",
          f"UPDATE manual_entry_line SET debit = debit + 1 WHERE manual_entry_id = {ME1} AND debit > 0"),
    fault(manual.manual_entries_are_in_the_books_as_typed, "document manual entry ME-000001, account 6920",
          f"""UPDATE journal_line SET account_id = (SELECT id FROM account WHERE code = '6920')
              WHERE entry_id = {entry("ME-000001", "manual_entry.processed")} AND debit > 0"""),
    fault(manual.manual_entries_are_in_the_books_as_typed, "document manual entry ME-000002",
          f"DELETE FROM journal_line WHERE entry_id = {entry('ME-000002', 'manual_entry.processed.cancelled')}"),
    fault(manual.manual_entries_are_in_the_books_as_typed, "document manual entry ME-000001",
          f'UPDATE manual_entry SET "on" = "on" - 1 WHERE id = {ME1}'),
    fault(manual.manual_entries_are_in_the_books_as_typed, "document manual entry ME-000002, account 6990",
          f"UPDATE manual_entry SET state = 'processed' WHERE id = {ME2}"),
    fault(manual.manual_entries_are_in_the_books_as_typed, "account 1000: role of the account of line 1",
          f"""UPDATE manual_entry_line SET account_id = {account("cash")}
              WHERE manual_entry_id = {ME1} AND position = 1"""),
    fault(money.cash_is_what_the_desks_took, "account 1000",
          f"UPDATE cash_order SET amount = amount + 1 WHERE id = {number('C-000001')}"),
    fault(money.cash_is_what_the_desks_took, "account 1000",
          f"UPDATE cash_order SET kind = 'income' WHERE id = {number('P-000001')}"),
    fault(accounts.bad_debts_are_those_written_off, "bad_debts",
          f"UPDATE adjustment SET amount = amount + 1 WHERE id = {number('AD-000001')}"),
    fault(accounts.vouchers_are_those_sold, "vouchers",
          f"UPDATE adjustment SET amount = amount + 1 WHERE id = {number('AD-000002')}"),
    fault(events.every_event_is_posted_once, "document adjustment AD-000001: adjustment.processed on bad_debts",
          f"UPDATE adjustment SET amount = amount + 1 WHERE id = {number('AD-000001')}"),
    fault(money.bank_is_what_its_lines_say, "account 1010",
          f"UPDATE bank_line SET amount = amount + 1 WHERE id = {number('BL-000001')}"),
    fault(events.every_event_is_posted_once, "document bank line BL-000002: bank_line.paid_out on bank",
          f"UPDATE bank_line SET amount = amount + 1 WHERE id = {number('BL-000002')}"),
    fault(money.money_in_transit_is_what_is_on_its_way, "money_in_transit",
          f"UPDATE cash_order SET amount = amount + 1 WHERE id = {number('P-000002')}"),
    fault(money.money_in_transit_is_what_is_on_its_way, "document cash order C-000004: what it brings in",
          f"UPDATE cash_order SET amount = amount + 1 WHERE id = {number('C-000004')}"),
    fault(money.money_in_transit_is_what_is_on_its_way, "document cash order C-000004: what it brings in",
          f"UPDATE cash_order SET transfer_id = {number('P-000001')} WHERE id = {number('C-000004')}"),
    fault(money.desks_are_never_below_zero, "desk MAIN on",
          f"UPDATE cash_order SET amount = 1000 WHERE id = {number('P-000001')}"),
    fault(money.desks_are_never_below_zero, "desk MAIN on",
          f"""UPDATE cash_order SET "on" = '1999-01-01' WHERE id = {number('P-000001')}"""),
    fault(events.every_event_is_posted_once, "document cash order P-000001: cash_order.paid_out on cash",
          f"UPDATE cash_order SET amount = amount + 1 WHERE id = {number('P-000001')}"),
    fault(events.every_event_is_posted_once, "document cash order P-000003: cash_order.paid_out on customer_advances",
          f"DELETE FROM journal_entry WHERE id = {entry('P-000003', 'cash_order.paid_out')}"),
)  # fmt: skip
