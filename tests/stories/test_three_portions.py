"""Seven chairs and ten bottles that left at once, invoiced in three portions, paid by line and in stages."""

import pytest
from sqlalchemy.orm import Session

from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, process_cash_orders
from tests.stories.reading import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Story
from tests.world import D

JOURNAL = {
    "ifrs": """
Monday receipt.processed GR-000001
  1200  Inventory: goods for resale    56.00
  2010  Goods received, not invoiced           56.00
Monday receipt.processed GR-000002
  1200  Inventory: goods for resale    25.00
  2010  Goods received, not invoiced           25.00
Monday shipment.processed SH-000001
  5000  Cost of sales: goods           81.00
  1200  Inventory: goods for resale            81.00
Tuesday invoice.issued 0000000001
  1100  Trade receivables              73.23
  4000  Revenue: goods                         62.86
  2200  Output VAT                             10.37
Tuesday cash_order.processed C-000001
  1000  Cash                           51.43
  1100  Trade receivables                      51.43
Wednesday invoice.issued 0000000002
  1100  Trade receivables              34.28
  4000  Revenue: goods                         28.57
  2200  Output VAT                              5.71
Wednesday cash_order.processed C-000002
  1000  Cash                           11.80
  1100  Trade receivables                      11.80
Wednesday cash_order.processed C-000003
  1000  Cash                           10.00
  1100  Trade receivables                      10.00
Thursday invoice.issued 0000000003
  1100  Trade receivables              66.98
  4000  Revenue: goods                         58.57
  2200  Output VAT                              8.41
Friday cash_order.processed C-000004
  1000  Cash                          106.26
  1100  Trade receivables                     101.26
  2100  Customer advances                       5.00
""",
    "bg": """
Monday receipt.processed GR-000001
  304   Стоки                                     56.00
  4019  Доставчици – получени стоки без фактура           56.00
Monday receipt.processed GR-000002
  304   Стоки                                     25.00
  4019  Доставчици – получени стоки без фактура           25.00
Monday shipment.processed SH-000001
  6112  Отчетна стойност на продадените стоки     81.00
  304   Стоки                                             81.00
Tuesday invoice.issued 0000000001
  411   Клиенти                                   73.23
  702   Приходи от продажби на стоки                      62.86
  4532  Начислен данък за продажбите                      10.37
Tuesday cash_order.processed C-000001
  501   Каса                                      51.43
  411   Клиенти                                           51.43
Wednesday invoice.issued 0000000002
  411   Клиенти                                   34.28
  702   Приходи от продажби на стоки                      28.57
  4532  Начислен данък за продажбите                       5.71
Wednesday cash_order.processed C-000002
  501   Каса                                      11.80
  411   Клиенти                                           11.80
Wednesday cash_order.processed C-000003
  501   Каса                                      10.00
  411   Клиенти                                           10.00
Thursday invoice.issued 0000000003
  411   Клиенти                                   66.98
  702   Приходи от продажби на стоки                      58.57
  4532  Начислен данък за продажбите                       8.41
Friday cash_order.processed C-000004
  501   Каса                                     106.26
  411   Клиенти                                          101.26
  412   Клиенти по аванси                                  5.00
""",
}
TRIAL_BALANCE = {
    "ifrs": """
account                                opening   debit  credit  closing
1000     Cash                             0.00  179.49    0.00   179.49
1100     Trade receivables                0.00  174.49  174.49     0.00
1200     Inventory: goods for resale      0.00   81.00   81.00     0.00
2010     Goods received, not invoiced     0.00    0.00   81.00   -81.00
2100     Customer advances                0.00    0.00    5.00    -5.00
2200     Output VAT                       0.00    0.00   24.49   -24.49
4000     Revenue: goods                   0.00    0.00  150.00  -150.00
5000     Cost of sales: goods             0.00   81.00    0.00    81.00
total                                     0.00  515.98  515.98     0.00
""",
    "bg": """
account                                           opening   debit  credit  closing
304      Стоки                                       0.00   81.00   81.00     0.00
4019     Доставчици – получени стоки без фактура     0.00    0.00   81.00   -81.00
411      Клиенти                                     0.00  174.49  174.49     0.00
412      Клиенти по аванси                           0.00    0.00    5.00    -5.00
4532     Начислен данък за продажбите                0.00    0.00   24.49   -24.49
501      Каса                                        0.00  179.49    0.00   179.49
6112     Отчетна стойност на продадените стоки       0.00   81.00    0.00    81.00
702      Приходи от продажби на стоки                0.00    0.00  150.00  -150.00
total                                                0.00  515.98  515.98     0.00
""",
}


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_three_portions_paid_by_line_and_in_stages(session: Session, chart: str) -> None:
    story = Story(session, chart)
    chair = story.add_product("CHAIR", "14.2857")
    oil = story.add_product("OIL", "5.00", tax=9)
    story.receive(chair, "7", "8.00", on=MONDAY)
    story.receive(oil, "10", "2.50", on=MONDAY)
    term = story.add_term("THIRD", {"rule": "immediate", "percent": D("33.33")}, rule="days", days=30)
    customer = story.add_customer("CAFE", term=term)

    # Monday: seven chairs and ten bottles leave, and are to be invoiced as the café uses them.
    order, shipment = story.shipped_order((chair, "7"), (oil, "10"), customer=customer, on=MONDAY)
    chairs, bottles = (line.id for line in story.lines_of("shipment_line", "shipment_id", shipment))
    assert story.statuses(order, shipment) == ["unpaid"] * 2

    # Tuesday: the first three chairs and four bottles; the chairs alone are paid, by their line.
    first = story.invoice(shipment, on=TUESDAY, quantities={chairs: D(3), bottles: D(4)})
    line = story.lines_of("invoice_line", "invoice_id", first)[0].id
    story.pay(first, "51.43", line=line, customer=customer, on=TUESDAY)
    assert story.statuses(order, shipment, first) == ["partly_paid"] * 3

    # Wednesday: two chairs more, and the bottles of Tuesday are paid in two stages.
    second = story.invoice(shipment, on=WEDNESDAY, quantities={chairs: D(2)})
    story.pay(first, "11.80", customer=customer, on=WEDNESDAY)
    story.pay(first, "10.00", customer=customer, on=WEDNESDAY)
    assert story.statuses(first, second) == ["paid", "unpaid"]

    # Thursday: the rest. The parts of the chairs are 42.86, 28.57 and 28.57, which is 100.00.
    third = story.invoice(shipment, on=THURSDAY)
    nets = [story.row("invoice", invoice).net for invoice in (first, second, third)]
    assert nets == [D("62.86"), D("28.57"), D("58.57")]

    # Friday: one payment for two invoices, with five too much, which stay the café's advance.
    targets = [Target(second, D("34.28")), Target(third, D("66.98"))]
    payment = NewCashOrder(story.desk, customer, D("106.26"), targets=targets)
    story.do(process_cash_orders, story.do(add_cash_orders, [payment]), on=FRIDAY)
    assert story.statuses(order, shipment, first, second, third) == ["paid"] * 5

    assert story.journal() == JOURNAL[chart]
    assert story.trial_balance() == TRIAL_BALANCE[chart]
    story.prove()
