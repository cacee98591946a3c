"""An order went all the way to the cash desk and should never have been: everything is taken back in one deed."""

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.undo import plan_of, undo_chains
from tests.stories.reading import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Story
from tests.world import D

JOURNAL = {
    "ifrs": """
Monday receipt.processed GR-000001
  1200  Inventory: goods for resale   400.00
  2010  Goods received, not invoiced          400.00
Tuesday shipment.processed SH-000001
  5000  Cost of sales: goods          200.00
  1200  Inventory: goods for resale           200.00
Tuesday invoice.issued 0000000001
  1100  Trade receivables             600.00
  4000  Revenue: goods                        500.00
  2200  Output VAT                            100.00
Wednesday cash_order.processed C-000001
  1000  Cash                          400.00
  1100  Trade receivables                     400.00
Thursday shipment.processed SH-000002
  5000  Cost of sales: goods          100.00
  1200  Inventory: goods for resale           100.00
Thursday customer_return.processed CR-000001
  1200  Inventory: goods for resale   100.00
  5000  Cost of sales: goods                  100.00
Friday customer_return.processed.cancelled CR-000001
  1200  Inventory: goods for resale           100.00
  5000  Cost of sales: goods          100.00
Friday allocation.released
  1100  Trade receivables             400.00
  2100  Customer advances                     400.00
Friday credit_note.issued CN-000001
  4000  Revenue: goods                500.00
  2200  Output VAT                    100.00
  1100  Trade receivables                     600.00
Friday shipment.processed.cancelled SH-000001
  5000  Cost of sales: goods                  200.00
  1200  Inventory: goods for resale   200.00
Friday shipment.processed.cancelled SH-000002
  5000  Cost of sales: goods                  100.00
  1200  Inventory: goods for resale   100.00
""",
    "bg": """
Monday receipt.processed GR-000001
  304   Стоки                                    400.00
  4019  Доставчици – получени стоки без фактура          400.00
Tuesday shipment.processed SH-000001
  6112  Отчетна стойност на продадените стоки    200.00
  304   Стоки                                            200.00
Tuesday invoice.issued 0000000001
  411   Клиенти                                  600.00
  702   Приходи от продажби на стоки                     500.00
  4532  Начислен данък за продажбите                     100.00
Wednesday cash_order.processed C-000001
  501   Каса                                     400.00
  411   Клиенти                                          400.00
Thursday shipment.processed SH-000002
  6112  Отчетна стойност на продадените стоки    100.00
  304   Стоки                                            100.00
Thursday customer_return.processed CR-000001
  304   Стоки                                    100.00
  6112  Отчетна стойност на продадените стоки            100.00
Friday customer_return.processed.cancelled CR-000001
  304   Стоки                                            100.00
  6112  Отчетна стойност на продадените стоки    100.00
Friday allocation.released
  411   Клиенти                                  400.00
  412   Клиенти по аванси                                400.00
Friday credit_note.issued CN-000001
  702   Приходи от продажби на стоки             500.00
  4532  Начислен данък за продажбите             100.00
  411   Клиенти                                          600.00
Friday shipment.processed.cancelled SH-000001
  6112  Отчетна стойност на продадените стоки            200.00
  304   Стоки                                    200.00
Friday shipment.processed.cancelled SH-000002
  6112  Отчетна стойност на продадените стоки            100.00
  304   Стоки                                    100.00
""",
}
TRIAL_BALANCE = {
    "ifrs": """
account                                opening    debit   credit  closing
1000     Cash                             0.00   400.00     0.00   400.00
1100     Trade receivables                0.00  1000.00  1000.00     0.00
1200     Inventory: goods for resale      0.00   800.00   400.00   400.00
2010     Goods received, not invoiced     0.00     0.00   400.00  -400.00
2100     Customer advances                0.00     0.00   400.00  -400.00
2200     Output VAT                       0.00   100.00   100.00     0.00
4000     Revenue: goods                   0.00   500.00   500.00     0.00
5000     Cost of sales: goods             0.00   400.00   400.00     0.00
total                                     0.00  3200.00  3200.00     0.00
""",
    "bg": """
account                                           opening    debit   credit  closing
304      Стоки                                       0.00   800.00   400.00   400.00
4019     Доставчици – получени стоки без фактура     0.00     0.00   400.00  -400.00
411      Клиенти                                     0.00  1000.00  1000.00     0.00
412      Клиенти по аванси                           0.00     0.00   400.00  -400.00
4532     Начислен данък за продажбите                0.00   100.00   100.00     0.00
501      Каса                                        0.00   400.00     0.00   400.00
6112     Отчетна стойност на продадените стоки       0.00   400.00   400.00     0.00
702      Приходи от продажби на стоки                0.00   500.00   500.00     0.00
total                                                0.00  3200.00  3200.00     0.00
""",
}


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_an_order_with_all_that_came_of_it_is_taken_back(session: Session, chart: str) -> None:
    story = Story(session, chart)
    sofa = story.add_product("SOFA", "250.00")
    story.receive(sofa, "4", "100.00", on=MONDAY)

    # Monday: three sofas are ordered. Tuesday: two leave and are invoiced. Wednesday: they are paid, in part.
    order = story.order((sofa, "3"), on=MONDAY)
    story.approve(order, on=MONDAY)
    [first] = story.drafts(order)
    story.ship_some(first, TUESDAY, "2")
    invoice = story.invoice(first, on=TUESDAY)
    payment = story.pay(invoice, "400.00", on=WEDNESDAY)

    # Thursday: the third leaves, and one of the first two comes back.
    [second] = story.drafts(order)
    story.ship(second, on=THURSDAY)
    line = story.lines_of("shipment_line", "shipment_id", first)[0].id
    story.bring_back((line, "1"), on=THURSDAY)
    assert story.stock(sofa) == "2 on hand, 0 held, worth 200.00"

    # Friday: it was somebody else's order. The plan is shown, and then it is done.
    plan = [(line.kind, line.number, line.what) for line in plan_of(session, [order])]
    assert plan == [
        ("credit_note", None, "delete"), ("customer_return", "CR-000001", "cancel"),
        ("cash_order", "C-000001", "release"), ("invoice", "0000000001", "credit"),
        ("shipment", "SH-000002", "cancel"), ("shipment", "SH-000001", "cancel"),
        ("sales_order", story.number(order), "cancel"),
    ]  # fmt: skip
    story.do(undo_chains, [order], on=FRIDAY, reason="another client's order")
    assert story.state("sales_order", order) == "cancelled"
    assert story.stock(sofa) == "4 on hand, 0 held, worth 400.00"
    [money] = read(session, "SELECT amount - used AS left FROM credit WHERE document_id = %(id)s", id=payment)
    assert money.left == D("400.00")

    assert story.journal() == JOURNAL[chart]
    assert story.trial_balance() == TRIAL_BALANCE[chart]
    story.prove()
