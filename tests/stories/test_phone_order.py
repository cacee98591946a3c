"""A phone order, shipped in two parts, invoiced, and paid in stages."""

import pytest
from sqlalchemy.orm import Session

from app.domain.sales.orders import activate_orders
from app.domain.treasury.cash import cancel_cash_orders
from tests.stories.reading import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Story

JOURNAL = {
    "ifrs": """
Monday receipt.processed GR-000001
  1200  Inventory: goods for resale    40.00
  2010  Goods received, not invoiced           40.00
Monday receipt.processed GR-000002
  1200  Inventory: goods for resale    50.00
  2010  Goods received, not invoiced           50.00
Tuesday shipment.processed SH-000001
  5000  Cost of sales: goods           49.00
  1200  Inventory: goods for resale            49.00
Wednesday receipt.processed GR-000003
  1200  Inventory: goods for resale    60.00
  2010  Goods received, not invoiced           60.00
Wednesday shipment.processed SH-000002
  5000  Cost of sales: goods           38.00
  1200  Inventory: goods for resale            38.00
Wednesday invoice.issued 0000000001
  1100  Trade receivables             188.90
  4000  Revenue: goods                        150.00
  4020  Revenue: services                      12.00
  2200  Output VAT                             26.90
Thursday cash_order.processed C-000001
  1000  Cash                          100.00
  1100  Trade receivables                     100.00
Thursday cash_order.processed C-000002
  1000  Cash                           10.00
  1100  Trade receivables                      10.00
Friday allocation.released
  1100  Trade receivables              10.00
  2100  Customer advances                      10.00
Friday cash_order.processed.cancelled C-000002
  1000  Cash                                   10.00
  1100  Trade receivables              10.00
Friday allocation.released.cancelled
  1100  Trade receivables                      10.00
  2100  Customer advances              10.00
Friday cash_order.processed C-000003
  1000  Cash                           93.90
  1100  Trade receivables                      88.90
  2100  Customer advances                       5.00
""",
    "bg": """
Monday receipt.processed GR-000001
  304   Стоки                                     40.00
  4019  Доставчици – получени стоки без фактура           40.00
Monday receipt.processed GR-000002
  304   Стоки                                     50.00
  4019  Доставчици – получени стоки без фактура           50.00
Tuesday shipment.processed SH-000001
  6112  Отчетна стойност на продадените стоки     49.00
  304   Стоки                                             49.00
Wednesday receipt.processed GR-000003
  304   Стоки                                     60.00
  4019  Доставчици – получени стоки без фактура           60.00
Wednesday shipment.processed SH-000002
  6112  Отчетна стойност на продадените стоки     38.00
  304   Стоки                                             38.00
Wednesday invoice.issued 0000000001
  411   Клиенти                                  188.90
  702   Приходи от продажби на стоки                     150.00
  703   Приходи от продажби на услуги                     12.00
  4532  Начислен данък за продажбите                      26.90
Thursday cash_order.processed C-000001
  501   Каса                                     100.00
  411   Клиенти                                          100.00
Thursday cash_order.processed C-000002
  501   Каса                                      10.00
  411   Клиенти                                           10.00
Friday allocation.released
  411   Клиенти                                   10.00
  412   Клиенти по аванси                                 10.00
Friday cash_order.processed.cancelled C-000002
  501   Каса                                              10.00
  411   Клиенти                                   10.00
Friday allocation.released.cancelled
  411   Клиенти                                           10.00
  412   Клиенти по аванси                         10.00
Friday cash_order.processed C-000003
  501   Каса                                      93.90
  411   Клиенти                                           88.90
  412   Клиенти по аванси                                  5.00
""",
}
TRIAL_BALANCE = {
    "ifrs": """
account                                opening   debit  credit  closing
1000     Cash                             0.00  203.90   10.00   193.90
1100     Trade receivables                0.00  208.90  208.90     0.00
1200     Inventory: goods for resale      0.00  150.00   87.00    63.00
2010     Goods received, not invoiced     0.00    0.00  150.00  -150.00
2100     Customer advances                0.00   10.00   15.00    -5.00
2200     Output VAT                       0.00    0.00   26.90   -26.90
4000     Revenue: goods                   0.00    0.00  150.00  -150.00
4020     Revenue: services                0.00    0.00   12.00   -12.00
5000     Cost of sales: goods             0.00   87.00    0.00    87.00
total                                     0.00  659.80  659.80     0.00
""",
    "bg": """
account                                           opening   debit  credit  closing
304      Стоки                                       0.00  150.00   87.00    63.00
4019     Доставчици – получени стоки без фактура     0.00    0.00  150.00  -150.00
411      Клиенти                                     0.00  208.90  208.90     0.00
412      Клиенти по аванси                           0.00   10.00   15.00    -5.00
4532     Начислен данък за продажбите                0.00    0.00   26.90   -26.90
501      Каса                                        0.00  203.90   10.00   193.90
6112     Отчетна стойност на продадените стоки       0.00   87.00    0.00    87.00
702      Приходи от продажби на стоки                0.00    0.00  150.00  -150.00
703      Приходи от продажби на услуги               0.00    0.00   12.00   -12.00
total                                                0.00  659.80  659.80     0.00
""",
}


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_a_phone_order_in_two_parts_paid_in_stages(session: Session, chart: str) -> None:
    story = Story(session, chart)
    chair = story.add_product("CHAIR", "14.2857")
    oil = story.add_product("OIL", "5.00", tax=9)
    delivery = story.add_product("DELIVERY", "12.00", kind="service")
    story.receive(chair, "5", "8.00", on=MONDAY)
    story.receive(oil, "20", "2.50", on=MONDAY)

    # Monday: Mrs Client calls; there are not enough chairs, and she agrees to wait for the rest.
    order = story.order((chair, "7"), (oil, "10"), (delivery, "1"), on=MONDAY)
    story.do(activate_orders, [order])
    assert story.statuses(order) == ["unpaid"]
    story.approve(order, on=MONDAY, consent=["short_stock"])
    assert story.stock(chair) == "5 on hand, 5 held, worth 40.00"

    # Tuesday: three chairs, all the oil and the delivery leave; a back order is left.
    [first] = story.drafts(order)
    story.ship_some(first, TUESDAY, "3", "10", "1")
    [second] = story.drafts(order)
    assert story.state("sales_order", order) == "approved"
    assert story.stock(chair) == "2 on hand, 2 held, worth 16.00"

    # Wednesday: more chairs come, dearer than the first; the back order leaves, and both parts are invoiced.
    story.receive(chair, "6", "10.00", on=WEDNESDAY)
    assert story.stock(chair) == "8 on hand, 4 held, worth 76.00"
    story.ship(second, on=WEDNESDAY)
    assert story.state("sales_order", order) == "performed"
    invoice = story.invoice(first, second, on=WEDNESDAY)
    assert story.statuses(order, first, second, invoice) == ["unpaid"] * 4

    # Thursday: she pays a first part; ten more are typed for the wrong line, and taken back on Friday.
    story.pay(invoice, "100.00", on=THURSDAY)
    assert story.statuses(order, first, second, invoice) == ["partly_paid", "partly_paid", "unpaid", "partly_paid"]
    chairs = story.lines_of("invoice_line", "invoice_id", invoice)[3].id
    mistake = story.pay(invoice, "10.00", line=chairs, on=THURSDAY)
    story.do(cancel_cash_orders, [mistake], on=FRIDAY, reason="typed for the wrong line")

    # Then she pays the rest, and five more for the next time.
    story.pay(invoice, "88.90", on=FRIDAY, paid="93.90")
    assert story.statuses(order, first, second, invoice) == ["paid"] * 4
    assert story.stock(chair) == "4 on hand, 0 held, worth 38.00"

    assert story.journal() == JOURNAL[chart]
    assert story.trial_balance() == TRIAL_BALANCE[chart]
    story.prove()
