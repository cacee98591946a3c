"""A shop begins its books with what the old ones say, does its first week, and closes it."""

import pytest
from sqlalchemy.orm import Session

from app.domain.ledger.manual import (
    NewManualEntry,
    NewManualLine,
    add_manual_entries,
    cancel_manual_entries,
    process_manual_entries,
)
from app.domain.ledger.periods import close_period, reopen_period
from app.domain.settlement.allocations import Wish, allocate_payments
from app.domain.treasury.opening import NewOpeningBalance, add_opening_balances, process_opening_balances
from app.domain.warehousing.opening import NewOpening, NewOpeningLine, add_openings, process_openings
from app.reports.closing import closing_checklist
from tests.stories.reading import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Story
from tests.world import D

# What rent is, and what is owed to suppliers.
RENT = {"ifrs": ("6990", "2000"), "bg": ("6099", "401")}
JOURNAL = {
    "ifrs": """
Monday opening_stock.processed OS-000001
  1200  Inventory: goods for resale   98.00
  3000  Opening equity                        98.00
Monday opening_balance.processed OB-000001
  1100  Trade receivables             60.00
  3000  Opening equity                        60.00
Monday opening_balance.processed OB-000002
  3000  Opening equity                30.00
  2100  Customer advances                     30.00
Monday opening_balance.processed OB-000003
  1000  Cash                         150.00
  3000  Opening equity                       150.00
Monday opening_balance.processed OB-000004
  1010  Bank                                  25.50
  3000  Opening equity                25.50
Tuesday allocation.made
  2100  Customer advances             30.00
  1100  Trade receivables                     30.00
Tuesday cash_order.processed C-000001
  1000  Cash                          30.00
  1100  Trade receivables                     30.00
Wednesday shipment.processed SH-000001
  5000  Cost of sales: goods          36.75
  1200  Inventory: goods for resale           36.75
Wednesday manual_entry.processed ME-000001
  6990  Other operating expenses      80.00
  2000  Trade payables                        80.00
Wednesday manual_entry.processed ME-000002
  6990  Other operating expenses      80.00
  2000  Trade payables                        80.00
Wednesday manual_entry.processed.cancelled ME-000002
  6990  Other operating expenses              80.00
  2000  Trade payables                80.00
Thursday invoice.issued 0000000001
  1100  Trade receivables             72.00
  4000  Revenue: goods                        60.00
  2200  Output VAT                            12.00
Thursday manual_entry.processed ME-000003
  6990  Other operating expenses      12.00
  2000  Trade payables                        12.00
Friday cash_order.processed C-000002
  1000  Cash                           5.00
  2100  Customer advances                      5.00
""",
    "bg": """
Monday opening_stock.processed OS-000001
  304   Стоки                                     98.00
  122   Неразпределена печалба от минали години           98.00
Monday opening_balance.processed OB-000001
  411   Клиенти                                   60.00
  122   Неразпределена печалба от минали години           60.00
Monday opening_balance.processed OB-000002
  122   Неразпределена печалба от минали години   30.00
  412   Клиенти по аванси                                 30.00
Monday opening_balance.processed OB-000003
  501   Каса                                     150.00
  122   Неразпределена печалба от минали години          150.00
Monday opening_balance.processed OB-000004
  503   Разплащателна сметка                              25.50
  122   Неразпределена печалба от минали години   25.50
Tuesday allocation.made
  412   Клиенти по аванси                         30.00
  411   Клиенти                                           30.00
Tuesday cash_order.processed C-000001
  501   Каса                                      30.00
  411   Клиенти                                           30.00
Wednesday shipment.processed SH-000001
  6112  Отчетна стойност на продадените стоки     36.75
  304   Стоки                                             36.75
Wednesday manual_entry.processed ME-000001
  6099  Други разходи                             80.00
  401   Доставчици                                        80.00
Wednesday manual_entry.processed ME-000002
  6099  Други разходи                             80.00
  401   Доставчици                                        80.00
Wednesday manual_entry.processed.cancelled ME-000002
  6099  Други разходи                                     80.00
  401   Доставчици                                80.00
Thursday invoice.issued 0000000001
  411   Клиенти                                   72.00
  702   Приходи от продажби на стоки                      60.00
  4532  Начислен данък за продажбите                      12.00
Thursday manual_entry.processed ME-000003
  6099  Други разходи                             12.00
  401   Доставчици                                        12.00
Friday cash_order.processed C-000002
  501   Каса                                       5.00
  412   Клиенти по аванси                                  5.00
""",
}
TRIAL_BALANCE = {
    "ifrs": """
account                               opening   debit  credit  closing
1000     Cash                            0.00  185.00    0.00   185.00
1010     Bank                            0.00    0.00   25.50   -25.50
1100     Trade receivables               0.00  132.00   60.00    72.00
1200     Inventory: goods for resale     0.00   98.00   36.75    61.25
2000     Trade payables                  0.00   80.00  172.00   -92.00
2100     Customer advances               0.00   30.00   35.00    -5.00
2200     Output VAT                      0.00    0.00   12.00   -12.00
3000     Opening equity                  0.00   55.50  308.00  -252.50
4000     Revenue: goods                  0.00    0.00   60.00   -60.00
5000     Cost of sales: goods            0.00   36.75    0.00    36.75
6990     Other operating expenses        0.00  172.00   80.00    92.00
total                                    0.00  789.25  789.25     0.00
""",
    "bg": """
account                                           opening   debit  credit  closing
122      Неразпределена печалба от минали години     0.00   55.50  308.00  -252.50
304      Стоки                                       0.00   98.00   36.75    61.25
401      Доставчици                                  0.00   80.00  172.00   -92.00
411      Клиенти                                     0.00  132.00   60.00    72.00
412      Клиенти по аванси                           0.00   30.00   35.00    -5.00
4532     Начислен данък за продажбите                0.00    0.00   12.00   -12.00
501      Каса                                        0.00  185.00    0.00   185.00
503      Разплащателна сметка                        0.00    0.00   25.50   -25.50
6099     Други разходи                               0.00  172.00   80.00    92.00
6112     Отчетна стойност на продадените стоки       0.00   36.75    0.00    36.75
702      Приходи от продажби на стоки                0.00    0.00   60.00   -60.00
total                                                0.00  789.25  789.25     0.00
""",
}


def typed(story: Story, chart: str, amount: str, text: str) -> int:
    """An entry that puts rent on what is owed to suppliers."""
    expense, owed = (story.account(code) for code in RENT[chart])
    lines = [NewManualLine(expense, debit=D(amount)), NewManualLine(owed, credit=D(amount))]
    made: int = story.do(add_manual_entries, [NewManualEntry(lines, text)])[0]
    return made


def left(story: Story) -> list[int]:
    """What is still to do in the week."""
    found = closing_checklist(story.session, MONDAY, THURSDAY)
    return [row.id for rows in found.values() for row in rows]


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_a_shop_begins_and_closes_its_first_week(session: Session, chart: str) -> None:
    story = Story(session, chart)
    lamp = story.add_product("LAMP", "20.00")
    bank = story.add_bank()

    # Monday: eight lamps are on the shelf, one customer owes and has paid ahead, there is money in the desk and at the
    # bank, which is overdrawn.
    story.do(process_openings, story.do(add_openings, [
        NewOpening(story.warehouse, [NewOpeningLine(lamp, D(8), value=D("98.00"))])
    ]), on=MONDAY)  # fmt: skip
    owed, had, cash, overdraft = story.do(add_opening_balances, [
        NewOpeningBalance("owed", D("60.00"), story.customer, purpose="Old invoice 77"),
        NewOpeningBalance("paid_ahead", D("30.00"), story.customer),
        NewOpeningBalance("cash", D("150.00"), cash_desk_id=story.desk),
        NewOpeningBalance("bank", D("-25.50"), bank_account_id=bank),
    ])  # fmt: skip
    story.do(process_opening_balances, [owed, had, cash, overdraft], on=MONDAY)

    # Tuesday: the old invoice is paid, but for what was paid ahead.
    story.do(allocate_payments, [Wish(had, owed, D("30.00"))], on=TUESDAY)
    story.pay(owed, "30.00", on=TUESDAY)
    assert story.paid(owed) == "paid"

    # Wednesday: three lamps leave. The rent is typed in, once more by mistake, and that is taken back.
    order = story.order((lamp, "3"), on=WEDNESDAY)
    story.approve(order, on=WEDNESDAY)
    [shipment] = story.drafts(order)
    story.ship(shipment, on=WEDNESDAY)
    rent, twice = (typed(story, chart, "80.00", "Rent") for _ in range(2))
    story.do(process_manual_entries, [rent, twice], on=WEDNESDAY)
    story.do(cancel_manual_entries, [twice], on=WEDNESDAY, reason="It was there already")

    # Thursday: what is left before the week is closed is the invoice of the lamps.
    assert left(story) == [shipment]
    story.invoice(shipment, on=THURSDAY)
    assert left(story) == []
    story.do(close_period, MONDAY, THURSDAY)

    # Friday: a bill comes late. The week is opened again for it, and closed, and trade goes on.
    late = typed(story, chart, "12.00", "Heating")
    assert story.refusal(process_manual_entries, [late], on=THURSDAY).code == "closed_period"
    story.do(reopen_period, MONDAY, reason="The heating bill came late")
    story.do(process_manual_entries, [late], on=THURSDAY)
    story.do(close_period, MONDAY, THURSDAY)
    story.pay(None, "5.00", on=FRIDAY)

    assert story.journal() == JOURNAL[chart]
    assert story.trial_balance() == TRIAL_BALANCE[chart]
    story.prove()
