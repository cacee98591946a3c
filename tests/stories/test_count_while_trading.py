"""Nails are counted over a day on which they are sold and come in; what moved meanwhile is no difference."""

import pytest
from sqlalchemy.orm import Session

from app.domain.warehousing.counts import cancel_counts, process_counts
from tests.stories.reading import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Story
from tests.world import D

JOURNAL = {
    "ifrs": """
Monday receipt.processed GR-000001
  1200  Inventory: goods for resale             50.00
  2010  Goods received, not invoiced                   50.00
Monday receipt.processed GR-000002
  1200  Inventory: goods for resale             80.00
  2010  Goods received, not invoiced                   80.00
Tuesday shipment.processed SH-000001
  5000  Cost of sales: goods                    19.00
  1200  Inventory: goods for resale                    19.00
Tuesday receipt.processed GR-000003
  1200  Inventory: goods for resale             24.00
  2010  Goods received, not invoiced                   24.00
Wednesday count.processed SC-000001
  5100  Stock losses and valuation differences   1.50
  1200  Inventory: goods for resale                     1.50
  1200  Inventory: goods for resale              1.74
  4900  Stock surplus                                   1.74
Thursday shipment.processed SH-000002
  5000  Cost of sales: goods                     5.00
  1200  Inventory: goods for resale                     5.00
Friday count.processed.cancelled SC-000001
  5100  Stock losses and valuation differences          1.50
  1200  Inventory: goods for resale              1.50
  1200  Inventory: goods for resale                     1.74
  4900  Stock surplus                            1.74
""",
    "bg": """
Monday receipt.processed GR-000001
  304   Стоки                                      50.00
  4019  Доставчици – получени стоки без фактура           50.00
Monday receipt.processed GR-000002
  304   Стоки                                      80.00
  4019  Доставчици – получени стоки без фактура           80.00
Tuesday shipment.processed SH-000001
  6112  Отчетна стойност на продадените стоки      19.00
  304   Стоки                                             19.00
Tuesday receipt.processed GR-000003
  304   Стоки                                      24.00
  4019  Доставчици – получени стоки без фактура           24.00
Wednesday count.processed SC-000001
  6091  Липси, брак и разлики от оценка на запаси   1.50
  304   Стоки                                              1.50
  304   Стоки                                       1.74
  7091  Излишъци на запаси                                 1.74
Thursday shipment.processed SH-000002
  6112  Отчетна стойност на продадените стоки       5.00
  304   Стоки                                              5.00
Friday count.processed.cancelled SC-000001
  6091  Липси, брак и разлики от оценка на запаси          1.50
  304   Стоки                                       1.50
  304   Стоки                                              1.74
  7091  Излишъци на запаси                          1.74
""",
}
TRIAL_BALANCE = {
    "ifrs": """
account                                          opening   debit  credit  closing
1200     Inventory: goods for resale                0.00  157.24   27.24   130.00
2010     Goods received, not invoiced               0.00    0.00  154.00  -154.00
4900     Stock surplus                              0.00    1.74    1.74     0.00
5000     Cost of sales: goods                       0.00   24.00    0.00    24.00
5100     Stock losses and valuation differences     0.00    1.50    1.50     0.00
total                                               0.00  184.48  184.48     0.00
""",
    "bg": """
account                                             opening   debit  credit  closing
304      Стоки                                         0.00  157.24   27.24   130.00
4019     Доставчици – получени стоки без фактура       0.00    0.00  154.00  -154.00
6091     Липси, брак и разлики от оценка на запаси     0.00    1.50    1.50     0.00
6112     Отчетна стойност на продадените стоки         0.00   24.00    0.00    24.00
7091     Излишъци на запаси                            0.00    1.74    1.74     0.00
total                                                  0.00  184.48  184.48     0.00
""",
}


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_nails_and_screws_are_counted_while_they_are_sold(session: Session, chart: str) -> None:
    story = Story(session, chart)
    nail, screw = story.add_product("NAIL", "1.00"), story.add_product("SCREW", "2.00")

    # Monday: a hundred of each lie there; ten nails are promised to a client and not yet sent.
    story.receive(nail, "100", "0.50", on=MONDAY)
    story.receive(screw, "100", "0.80", on=MONDAY)
    promised = story.order((nail, "10"), on=MONDAY)
    story.approve(promised, on=MONDAY)

    # Tuesday: the sheet is drawn. While they count, thirty nails and five screws leave, and twenty screws come in.
    sheet = story.sheet({nail: "97", screw: "102"})
    story.shipped_order((nail, "30"), (screw, "5"), on=TUESDAY)
    story.receive(screw, "20", "1.20", on=TUESDAY)
    assert (story.stock(nail), story.stock(screw)) == (
        "70 on hand, 10 held, worth 35.00", "115 on hand, 0 held, worth 100.00",
    )  # fmt: skip

    # Wednesday: three nails fewer were found than the sheet expected, and two screws more, at what one is worth now.
    story.do(process_counts, [sheet], on=WEDNESDAY)
    assert (story.stock(nail), story.stock(screw)) == (
        "67 on hand, 10 held, worth 33.50", "117 on hand, 0 held, worth 101.74",
    )  # fmt: skip
    assert [
        (line.expected, line.counted, line.difference, line.value)
        for line in story.lines_of("stock_count_line", "count_id", sheet)
    ] == [(100, 97, -3, D("-1.50")), (100, 102, 2, D("1.74"))]

    # Thursday: the promised nails leave. Friday: the screws were counted twice; the count is taken back whole.
    story.ship(*story.drafts(promised), on=THURSDAY)
    story.do(cancel_counts, [sheet], on=FRIDAY, reason="the screws were counted twice")
    assert (story.stock(nail), story.stock(screw)) == (
        "60 on hand, 0 held, worth 30.00", "115 on hand, 0 held, worth 100.00",
    )  # fmt: skip

    assert story.journal() == JOURNAL[chart]
    assert story.trial_balance() == TRIAL_BALANCE[chart]
    story.prove()
