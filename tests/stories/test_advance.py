"""Chairs that are invoiced and paid before they leave, and the rest in two invoices, to which the money follows."""

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.invoicing import issue_invoices
from tests.stories.reading import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Story
from tests.world import D

JOURNAL = {
    "ifrs": """
Monday receipt.processed GR-000001
  1200  Inventory: goods for resale   56.00
  2010  Goods received, not invoiced         56.00
Monday invoice.issued 0000000001
  1100  Trade receivables             51.43
  2110  Invoiced, not delivered              42.86
  2200  Output VAT                            8.57
Monday cash_order.processed C-000001
  1000  Cash                          51.43
  1100  Trade receivables                    51.43
Tuesday cash_order.processed C-000002
  1000  Cash                          60.00
  2100  Customer advances                    60.00
Wednesday shipment.advance_delivered SH-000001
  2110  Invoiced, not delivered       42.86
  4000  Revenue: goods                       42.86
Wednesday shipment.processed SH-000001
  5000  Cost of sales: goods          40.00
  1200  Inventory: goods for resale          40.00
Wednesday allocation.made
  2100  Customer advances             34.29
  1100  Trade receivables                    34.29
Wednesday invoice.issued 0000000002
  1100  Trade receivables             34.28
  4000  Revenue: goods                       28.57
  2200  Output VAT                            5.71
Wednesday invoice.rounded 0000000002
  1100  Trade receivables              0.01
  6900  Rounding differences                  0.01
Thursday shipment.processed SH-000002
  5000  Cost of sales: goods          16.00
  1200  Inventory: goods for resale          16.00
Thursday allocation.made
  2100  Customer advances             25.71
  1100  Trade receivables                    25.71
Thursday invoice.issued 0000000003
  1100  Trade receivables             34.28
  4000  Revenue: goods                       28.57
  2200  Output VAT                            5.71
Friday cash_order.processed C-000003
  1000  Cash                           8.57
  1100  Trade receivables                     8.57
""",
    "bg": """
Monday receipt.processed GR-000001
  304   Стоки                                    56.00
  4019  Доставчици – получени стоки без фактура         56.00
Monday invoice.issued 0000000001
  411   Клиенти                                  51.43
  7511  Фактурирани, недоставени стоки                  42.86
  4532  Начислен данък за продажбите                     8.57
Monday cash_order.processed C-000001
  501   Каса                                     51.43
  411   Клиенти                                         51.43
Tuesday cash_order.processed C-000002
  501   Каса                                     60.00
  412   Клиенти по аванси                               60.00
Wednesday shipment.advance_delivered SH-000001
  7511  Фактурирани, недоставени стоки           42.86
  702   Приходи от продажби на стоки                    42.86
Wednesday shipment.processed SH-000001
  6112  Отчетна стойност на продадените стоки    40.00
  304   Стоки                                           40.00
Wednesday allocation.made
  412   Клиенти по аванси                        34.29
  411   Клиенти                                         34.29
Wednesday invoice.issued 0000000002
  411   Клиенти                                  34.28
  702   Приходи от продажби на стоки                    28.57
  4532  Начислен данък за продажбите                     5.71
Wednesday invoice.rounded 0000000002
  411   Клиенти                                   0.01
  6098  Разлики от закръгляване                          0.01
Thursday shipment.processed SH-000002
  6112  Отчетна стойност на продадените стоки    16.00
  304   Стоки                                           16.00
Thursday allocation.made
  412   Клиенти по аванси                        25.71
  411   Клиенти                                         25.71
Thursday invoice.issued 0000000003
  411   Клиенти                                  34.28
  702   Приходи от продажби на стоки                    28.57
  4532  Начислен данък за продажбите                     5.71
Friday cash_order.processed C-000003
  501   Каса                                      8.57
  411   Клиенти                                          8.57
""",
}
TRIAL_BALANCE = {
    "ifrs": """
account                                opening   debit  credit  closing
1000     Cash                             0.00  120.00    0.00   120.00
1100     Trade receivables                0.00  120.00  120.00     0.00
1200     Inventory: goods for resale      0.00   56.00   56.00     0.00
2010     Goods received, not invoiced     0.00    0.00   56.00   -56.00
2100     Customer advances                0.00   60.00   60.00     0.00
2110     Invoiced, not delivered          0.00   42.86   42.86     0.00
2200     Output VAT                       0.00    0.00   19.99   -19.99
4000     Revenue: goods                   0.00    0.00  100.00  -100.00
5000     Cost of sales: goods             0.00   56.00    0.00    56.00
6900     Rounding differences             0.00    0.00    0.01    -0.01
total                                     0.00  454.86  454.86     0.00
""",
    "bg": """
account                                           opening   debit  credit  closing
304      Стоки                                       0.00   56.00   56.00     0.00
4019     Доставчици – получени стоки без фактура     0.00    0.00   56.00   -56.00
411      Клиенти                                     0.00  120.00  120.00     0.00
412      Клиенти по аванси                           0.00   60.00   60.00     0.00
4532     Начислен данък за продажбите                0.00    0.00   19.99   -19.99
501      Каса                                        0.00  120.00    0.00   120.00
6098     Разлики от закръгляване                     0.00    0.00    0.01    -0.01
6112     Отчетна стойност на продадените стоки       0.00   56.00    0.00    56.00
702      Приходи от продажби на стоки                0.00    0.00  100.00  -100.00
7511     Фактурирани, недоставени стоки              0.00   42.86   42.86     0.00
total                                                0.00  454.86  454.86     0.00
""",
}


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_an_advance_and_then_two_invoices(session: Session, chart: str) -> None:
    story = Story(session, chart)
    chair = story.add_product("CHAIR", "14.2857")
    story.receive(chair, "7", "8.00", on=MONDAY)

    # Monday: seven chairs are ordered, and three of them invoiced and paid before anything leaves.
    order = story.order((chair, "7"), on=MONDAY)
    story.approve(order, on=MONDAY)
    [line] = (row.id for row in story.lines_of("sales_order_line", "order_id", order))
    [advance] = story.do(add_advances, [NewAdvance(order, {line: D(3)})])
    story.do(issue_invoices, [advance], on=MONDAY)
    story.pay(advance, "51.43", on=MONDAY)
    assert story.statuses(order, advance) == ["partly_paid", "paid"]

    # Tuesday: money comes for the rest as well, before it is invoiced.
    story.pay(order, "60.00", on=TUESDAY)

    # Wednesday: five chairs leave. Three of them are invoiced already, and two are left to invoice.
    [shipment] = story.drafts(order)
    story.ship_some(shipment, WEDNESDAY, "5")
    first = story.invoice(shipment, on=WEDNESDAY)
    assert (story.row("invoice", first).gross, story.paid(first)) == (D("34.28"), "paid")

    # Thursday: the last two leave. What is left of Tuesday's money goes with them to the last invoice.
    [rest] = story.drafts(order)
    story.ship(rest, on=THURSDAY)
    second = story.invoice(rest, on=THURSDAY)
    assert story.statuses(order, second) == ["partly_paid"] * 2

    # Friday: the rest is paid.
    story.pay(second, "8.57", on=FRIDAY)
    assert story.statuses(order, advance, shipment, first, rest, second) == ["paid"] * 6

    assert story.journal() == JOURNAL[chart]
    assert story.trial_balance() == TRIAL_BALANCE[chart]
    story.prove()
