"""Faults in what desks and banks took and gave."""

from app.domain.proof import accounts, events, money
from tests.domain.proof.planting import entry, fault, number

FAULTS = (
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
