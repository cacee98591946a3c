"""The shop asks the main warehouse for lamps and candles; a lamp is lost on the way, and a candle too many arrives."""

import pytest
from sqlalchemy.orm import Session

from app.domain.warehousing.transit import cancel_internal_orders, receive_internal_orders, send_internal_orders
from tests.stories.reading import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Story
from tests.world import D

JOURNAL = {
    "ifrs": """
Monday receipt.processed GR-000001
  1200  Inventory: goods for resale             21.00
  2010  Goods received, not invoiced                   21.00
Monday receipt.processed GR-000002
  1200  Inventory: goods for resale             63.00
  2010  Goods received, not invoiced                   63.00
Monday receipt.processed GR-000003
  1210  Inventory: own production               12.00
  2010  Goods received, not invoiced                   12.00
Monday receipt.processed GR-000004
  1210  Inventory: own production                2.40
  2010  Goods received, not invoiced                    2.40
Wednesday internal_order.sent IO-000001
  1240  Goods in transit between warehouses     58.40
  1200  Inventory: goods for resale                    50.40
  1210  Inventory: own production                       8.00
Thursday internal_order.received IO-000001
  1200  Inventory: goods for resale             42.00
  1210  Inventory: own production                8.00
  1240  Goods in transit between warehouses            50.00
  5100  Stock losses and valuation differences   8.40
  1240  Goods in transit between warehouses             8.40
  1210  Inventory: own production                2.08
  4900  Stock surplus                                   2.08
Thursday internal_order.sent IO-000002
  1240  Goods in transit between warehouses      4.00
  1210  Inventory: own production                       4.00
Friday internal_order.sent.cancelled IO-000002
  1240  Goods in transit between warehouses             4.00
  1210  Inventory: own production                4.00
Friday shipment.processed SH-000001
  5000  Cost of sales: goods                    33.60
  1200  Inventory: goods for resale                    33.60
""",
    "bg": """
Monday receipt.processed GR-000001
  304   Стоки                                      21.00
  4019  Доставчици – получени стоки без фактура           21.00
Monday receipt.processed GR-000002
  304   Стоки                                      63.00
  4019  Доставчици – получени стоки без фактура           63.00
Monday receipt.processed GR-000003
  303   Продукция                                  12.00
  4019  Доставчици – получени стоки без фактура           12.00
Monday receipt.processed GR-000004
  303   Продукция                                   2.40
  4019  Доставчици – получени стоки без фактура            2.40
Wednesday internal_order.sent IO-000001
  306   Стоки на път между складове                58.40
  303   Продукция                                          8.00
  304   Стоки                                             50.40
Thursday internal_order.received IO-000001
  303   Продукция                                   8.00
  304   Стоки                                      42.00
  306   Стоки на път между складове                       50.00
  6091  Липси, брак и разлики от оценка на запаси   8.40
  306   Стоки на път между складове                        8.40
  303   Продукция                                   2.08
  7091  Излишъци на запаси                                 2.08
Thursday internal_order.sent IO-000002
  306   Стоки на път между складове                 4.00
  303   Продукция                                          4.00
Friday internal_order.sent.cancelled IO-000002
  306   Стоки на път между складове                        4.00
  303   Продукция                                   4.00
Friday shipment.processed SH-000001
  6112  Отчетна стойност на продадените стоки      33.60
  304   Стоки                                             33.60
""",
}
TRIAL_BALANCE = {
    "ifrs": """
account                                          opening   debit  credit  closing
1200     Inventory: goods for resale                0.00  126.00   84.00    42.00
1210     Inventory: own production                  0.00   28.48   12.00    16.48
1240     Goods in transit between warehouses        0.00   62.40   62.40     0.00
2010     Goods received, not invoiced               0.00    0.00   98.40   -98.40
4900     Stock surplus                              0.00    0.00    2.08    -2.08
5000     Cost of sales: goods                       0.00   33.60    0.00    33.60
5100     Stock losses and valuation differences     0.00    8.40    0.00     8.40
total                                               0.00  258.88  258.88     0.00
""",
    "bg": """
account                                             opening   debit  credit  closing
303      Продукция                                     0.00   28.48   12.00    16.48
304      Стоки                                         0.00  126.00   84.00    42.00
306      Стоки на път между складове                   0.00   62.40   62.40     0.00
4019     Доставчици – получени стоки без фактура       0.00    0.00   98.40   -98.40
6091     Липси, брак и разлики от оценка на запаси     0.00    8.40    0.00     8.40
6112     Отчетна стойност на продадените стоки         0.00   33.60    0.00    33.60
7091     Излишъци на запаси                            0.00    0.00    2.08    -2.08
total                                                  0.00  258.88  258.88     0.00
""",
}


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_lamps_and_candles_go_to_the_shop(session: Session, chart: str) -> None:
    story = Story(session, chart)
    shop = story.add_warehouse("SHOP")
    lamp, candle = story.add_product("LAMP", "20.00"), story.add_product("CANDLE", "5.00", kind="production")

    # Monday: ten lamps at two costs, and six candles; one candle lies in the shop already.
    story.receive(lamp, "3", "7.00", on=MONDAY)
    story.receive(lamp, "7", "9.00", on=MONDAY)
    story.receive(candle, "6", "2.00", on=MONDAY)
    story.receive(candle, "1", "2.40", warehouse=shop, on=MONDAY)

    # Tuesday: the shop asks for eight lamps and four candles. A client who wants four lamps waits for two of them.
    asked = story.ask((lamp, "8"), (candle, "4"), warehouse=shop, on=TUESDAY)
    client = story.order((lamp, "4"), on=TUESDAY)
    story.approve(client, on=TUESDAY, consent=["short_stock"])
    assert story.stock(lamp) == "10 on hand, 10 held, worth 84.00"
    lamps, candles = (line.id for line in story.lines_of("internal_order_line", "internal_order_id", asked))

    # Wednesday: only six lamps fit on the van. The other two are given up, and the client has them.
    story.do(send_internal_orders, [asked], on=WEDNESDAY, quantities={lamps: D(6)})
    assert (story.stock(lamp), story.stock(candle)) == (
        "4 on hand, 4 held, worth 33.60", "2 on hand, 0 held, worth 4.00",
    )  # fmt: skip

    # Thursday: five lamps and five candles arrive.
    story.do(receive_internal_orders, [asked], on=THURSDAY, quantities={lamps: D(5), candles: D(5)})
    assert (story.stock(lamp, shop), story.stock(candle, shop)) == (
        "5 on hand, 0 held, worth 42.00", "6 on hand, 0 held, worth 12.48",
    )  # fmt: skip

    # A second van leaves on Thursday with candles, and turns round on Friday.
    second = story.ask((candle, "2"), warehouse=shop, on=THURSDAY)
    story.do(send_internal_orders, [second], on=THURSDAY)
    story.do(cancel_internal_orders, [second], on=FRIDAY, reason="the road is closed")
    story.ship(*story.drafts(client), on=FRIDAY)
    assert (story.stock(lamp), story.stock(candle)) == (
        "0 on hand, 0 held, worth 0.00", "2 on hand, 0 held, worth 4.00",
    )  # fmt: skip

    assert story.journal() == JOURNAL[chart]
    assert story.trial_balance() == TRIAL_BALANCE[chart]
    story.prove()
