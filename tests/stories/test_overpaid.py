"""A client pays too much, is paid back a part, and the rest pays for the next order before it leaves."""

import pytest
from sqlalchemy.orm import Session

from app.domain.sales.orders import activate_orders
from app.domain.settlement.allocations import Wish, allocate_payments
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, cancel_cash_orders, process_cash_orders
from tests.stories.reading import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Story
from tests.world import D

JOURNAL = {
    "ifrs": """
Monday receipt.processed GR-000001
  1200  Inventory: goods for resale   180.00
  2010  Goods received, not invoiced          180.00
Monday shipment.processed SH-000001
  5000  Cost of sales: goods           60.00
  1200  Inventory: goods for resale            60.00
Monday invoice.issued 0000000001
  1100  Trade receivables             120.00
  4000  Revenue: goods                        100.00
  2200  Output VAT                             20.00
Tuesday cash_order.processed C-000001
  1000  Cash                          200.00
  1100  Trade receivables                     120.00
  2100  Customer advances                      80.00
Wednesday cash_order.paid_out P-000001
  1000  Cash                                   50.00
  2100  Customer advances              50.00
Friday shipment.processed SH-000002
  5000  Cost of sales: goods           60.00
  1200  Inventory: goods for resale            60.00
Friday allocation.made
  2100  Customer advances              30.00
  1100  Trade receivables                      30.00
Friday invoice.issued 0000000002
  1100  Trade receivables             120.00
  4000  Revenue: goods                        100.00
  2200  Output VAT                             20.00
Friday cash_order.processed C-000002
  1000  Cash                           90.00
  1100  Trade receivables                      90.00
""",
    "bg": """
Monday receipt.processed GR-000001
  304   Стоки                                    180.00
  4019  Доставчици – получени стоки без фактура          180.00
Monday shipment.processed SH-000001
  6112  Отчетна стойност на продадените стоки     60.00
  304   Стоки                                             60.00
Monday invoice.issued 0000000001
  411   Клиенти                                  120.00
  702   Приходи от продажби на стоки                     100.00
  4532  Начислен данък за продажбите                      20.00
Tuesday cash_order.processed C-000001
  501   Каса                                     200.00
  411   Клиенти                                          120.00
  412   Клиенти по аванси                                 80.00
Wednesday cash_order.paid_out P-000001
  501   Каса                                              50.00
  412   Клиенти по аванси                         50.00
Friday shipment.processed SH-000002
  6112  Отчетна стойност на продадените стоки     60.00
  304   Стоки                                             60.00
Friday allocation.made
  412   Клиенти по аванси                         30.00
  411   Клиенти                                           30.00
Friday invoice.issued 0000000002
  411   Клиенти                                  120.00
  702   Приходи от продажби на стоки                     100.00
  4532  Начислен данък за продажбите                      20.00
Friday cash_order.processed C-000002
  501   Каса                                      90.00
  411   Клиенти                                           90.00
""",
}
TRIAL_BALANCE = {
    "ifrs": """
account                                opening   debit  credit  closing
1000     Cash                             0.00  290.00   50.00   240.00
1100     Trade receivables                0.00  240.00  240.00     0.00
1200     Inventory: goods for resale      0.00  180.00  120.00    60.00
2010     Goods received, not invoiced     0.00    0.00  180.00  -180.00
2100     Customer advances                0.00   80.00   80.00     0.00
2200     Output VAT                       0.00    0.00   40.00   -40.00
4000     Revenue: goods                   0.00    0.00  200.00  -200.00
5000     Cost of sales: goods             0.00  120.00    0.00   120.00
total                                     0.00  910.00  910.00     0.00
""",
    "bg": """
account                                           opening   debit  credit  closing
304      Стоки                                       0.00  180.00  120.00    60.00
4019     Доставчици – получени стоки без фактура     0.00    0.00  180.00  -180.00
411      Клиенти                                     0.00  240.00  240.00     0.00
412      Клиенти по аванси                           0.00   80.00   80.00     0.00
4532     Начислен данък за продажбите                0.00    0.00   40.00   -40.00
501      Каса                                        0.00  290.00   50.00   240.00
6112     Отчетна стойност на продадените стоки       0.00  120.00    0.00   120.00
702      Приходи от продажби на стоки                0.00    0.00  200.00  -200.00
total                                                0.00  910.00  910.00     0.00
""",
}


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_too_much_is_paid_and_a_part_goes_back(session: Session, chart: str) -> None:
    story = Story(session, chart)
    desk = story.add_product("DESK", "100.00")
    story.receive(desk, "3", "60.00", on=MONDAY)

    # Monday: a desk leaves and is invoiced at 120.00. Tuesday: 200.00 are paid at the desk.
    order, shipment = story.shipped_order((desk, "1"), on=MONDAY)
    invoice = story.invoice(shipment, on=MONDAY)
    payment = story.pay(invoice, "120.00", paid="200.00", on=TUESDAY)
    assert story.statuses(order, shipment, invoice) == ["paid", "paid", "paid"]

    # Wednesday: 50.00 go back. More than what is left cannot, and no other way than from what was paid.
    def back(amount: str) -> list[int]:
        new = NewCashOrder(story.desk, story.customer, D(amount), "too much",
                           [Target(payment, D(amount))], kind="expense")  # fmt: skip
        made: list[int] = story.do(add_cash_orders, [new])
        return made

    refund = back("50.00")
    story.do(process_cash_orders, refund, on=WEDNESDAY)
    assert story.refusal(process_cash_orders, back("30.01"), on=WEDNESDAY).facts["left"] == D("30.00")
    assert story.refusal(cancel_cash_orders, [payment], on=WEDNESDAY, reason="never mind")

    # Thursday: what is left pays ahead for a second desk. Friday: it leaves, is invoiced, and the money follows.
    second = story.order((desk, "1"), on=THURSDAY)
    story.do(activate_orders, [second])
    story.do(allocate_payments, [Wish(payment, second, D("30.00"))], on=THURSDAY)
    story.approve(second, on=THURSDAY)
    [leaving] = story.drafts(second)
    story.ship(leaving, on=FRIDAY)
    final = story.invoice(leaving, on=FRIDAY)
    assert story.statuses(second, leaving, final) == ["partly_paid"] * 3
    story.pay(final, "90.00", on=FRIDAY)
    assert story.statuses(second, leaving, final) == ["paid"] * 3

    assert story.journal() == JOURNAL[chart]
    assert story.trial_balance() == TRIAL_BALANCE[chart]
    story.prove()
