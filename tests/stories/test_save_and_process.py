"""Save and process over the counter; then the goods come back and the order is cancelled."""

import pytest
from sqlalchemy.orm import Session

from app.domain.fulfilment.ordering import cancel_orders, process_orders
from app.domain.fulfilment.shipping import cancel_shipments
from tests.stories.reading import FRIDAY, MONDAY, TUESDAY, WEDNESDAY, Story

JOURNAL = {
    "ifrs": """
Monday receipt.processed GR-000001
  1200  Inventory: goods for resale   10.00
  2010  Goods received, not invoiced         10.00
Monday shipment.processed SH-000001
  5000  Cost of sales: goods           6.67
  1200  Inventory: goods for resale           6.67
Tuesday receipt.processed GR-000002
  1200  Inventory: goods for resale    9.00
  2010  Goods received, not invoiced          9.00
Tuesday shipment.processed SH-000002
  5000  Cost of sales: goods           6.17
  1200  Inventory: goods for resale           6.17
Wednesday shipment.processed.cancelled SH-000001
  5000  Cost of sales: goods                  6.67
  1200  Inventory: goods for resale    6.67
""",
    "bg": """
Monday receipt.processed GR-000001
  304   Стоки                                    10.00
  4019  Доставчици – получени стоки без фактура         10.00
Monday shipment.processed SH-000001
  6112  Отчетна стойност на продадените стоки     6.67
  304   Стоки                                            6.67
Tuesday receipt.processed GR-000002
  304   Стоки                                     9.00
  4019  Доставчици – получени стоки без фактура          9.00
Tuesday shipment.processed SH-000002
  6112  Отчетна стойност на продадените стоки     6.17
  304   Стоки                                            6.17
Wednesday shipment.processed.cancelled SH-000001
  6112  Отчетна стойност на продадените стоки            6.67
  304   Стоки                                     6.67
""",
}
TRIAL_BALANCE = {
    "ifrs": """
account                                opening  debit  credit  closing
1200     Inventory: goods for resale      0.00  25.67   12.84    12.83
2010     Goods received, not invoiced     0.00   0.00   19.00   -19.00
5000     Cost of sales: goods             0.00  12.84    6.67     6.17
total                                     0.00  38.51   38.51     0.00
""",
    "bg": """
account                                           opening  debit  credit  closing
304      Стоки                                       0.00  25.67   12.84    12.83
4019     Доставчици – получени стоки без фактура     0.00   0.00   19.00   -19.00
6112     Отчетна стойност на продадените стоки       0.00  12.84    6.67     6.17
total                                                0.00  38.51   38.51     0.00
""",
}


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_an_order_processed_at_once_is_taken_back_whole(session: Session, chart: str) -> None:
    story = Story(session, chart)
    lamp = story.add_product("LAMP", "20.00")
    story.receive(lamp, "3", "3.3333", on=MONDAY)

    # Monday: two lamps are wanted, and leave at once.
    order = story.order((lamp, "2"), on=MONDAY)
    story.do(process_orders, [order], on=MONDAY, agreed_by="Mr Client", agreed_how="in person")
    [shipment] = story.ids("SELECT id FROM shipment")
    assert (story.state("sales_order", order), story.stock(lamp)) == ("performed", "1 on hand, 0 held, worth 3.33")
    assert story.statuses(order, shipment) == ["unpaid", "unpaid"]

    # Tuesday: lamps come in at another price, and one is sold at the average.
    story.receive(lamp, "1", "9.00", on=TUESDAY)
    story.shipped_order((lamp, "1"), on=TUESDAY)
    assert story.stock(lamp) == "1 on hand, 0 held, worth 6.16"

    # Wednesday: the client sends the lamps back: they come in at what they left for, and are held for the order.
    story.do(cancel_shipments, [shipment], on=WEDNESDAY, reason="the wrong colour")
    assert (story.state("sales_order", order), story.stock(lamp)) == ("approved", "3 on hand, 2 held, worth 12.83")
    [draft] = story.drafts(order)

    # Friday: no other colour will do.
    story.do(cancel_orders, [order], on=FRIDAY, reason="no lamp in green")
    assert (story.state("sales_order", order), story.stock(lamp)) == ("cancelled", "3 on hand, 0 held, worth 12.83")
    assert (story.drafts(order), story.ids("SELECT id FROM shipment WHERE id = %(id)s", id=draft)) == ([], [])
    assert story.statuses(order, shipment) == ["paid", "paid"]

    assert story.journal() == JOURNAL[chart]
    assert story.trial_balance() == TRIAL_BALANCE[chart]
    story.prove()
