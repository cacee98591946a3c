"""Lamps leave before they are invoiced, in a company that posts cost of sales with the invoice."""

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.credit_notes import NewCreditLine, NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.kernel.rows import write
from tests.stories.reading import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Story
from tests.world import D

JOURNAL = {
    "ifrs": """
Monday receipt.processed GR-000001
  1200  Inventory: goods for resale    42.87
  2010  Goods received, not invoiced           42.87
Monday receipt.processed GR-000002
  1200  Inventory: goods for resale    57.13
  2010  Goods received, not invoiced           57.13
Tuesday shipment.processed SH-000001
  1250  Goods shipped, not invoiced   100.00
  1200  Inventory: goods for resale           100.00
Wednesday invoice.issued 0000000001
  1100  Trade receivables             108.00
  4000  Revenue: goods                         90.00
  2200  Output VAT                             18.00
  5000  Cost of sales: goods           42.86
  1250  Goods shipped, not invoiced            42.86
Thursday customer_return.processed CR-000001
  1200  Inventory: goods for resale    14.28
  1250  Goods shipped, not invoiced            14.28
Thursday invoice.issued 0000000002
  1100  Trade receivables             108.00
  4000  Revenue: goods                         90.00
  2200  Output VAT                             18.00
  5000  Cost of sales: goods           42.86
  1250  Goods shipped, not invoiced            42.86
Friday customer_return.processed CR-000002
  1200  Inventory: goods for resale    14.29
  5000  Cost of sales: goods                   14.29
Friday credit_note.issued CN-000001
  4000  Revenue: goods                 30.00
  2200  Output VAT                      6.00
  1100  Trade receivables                      36.00
Friday credit_note.issued CN-000002
  4000  Revenue: goods                 30.00
  2200  Output VAT                      6.00
  1100  Trade receivables                      36.00
  1250  Goods shipped, not invoiced    14.29
  5000  Cost of sales: goods                   14.29
""",
    "bg": """
Monday receipt.processed GR-000001
  304   Стоки                                     42.87
  4019  Доставчици – получени стоки без фактура           42.87
Monday receipt.processed GR-000002
  304   Стоки                                     57.13
  4019  Доставчици – получени стоки без фактура           57.13
Tuesday shipment.processed SH-000001
  307   Изпратени стоки без фактура              100.00
  304   Стоки                                            100.00
Wednesday invoice.issued 0000000001
  411   Клиенти                                  108.00
  702   Приходи от продажби на стоки                      90.00
  4532  Начислен данък за продажбите                      18.00
  6112  Отчетна стойност на продадените стоки     42.86
  307   Изпратени стоки без фактура                       42.86
Thursday customer_return.processed CR-000001
  304   Стоки                                     14.28
  307   Изпратени стоки без фактура                       14.28
Thursday invoice.issued 0000000002
  411   Клиенти                                  108.00
  702   Приходи от продажби на стоки                      90.00
  4532  Начислен данък за продажбите                      18.00
  6112  Отчетна стойност на продадените стоки     42.86
  307   Изпратени стоки без фактура                       42.86
Friday customer_return.processed CR-000002
  304   Стоки                                     14.29
  6112  Отчетна стойност на продадените стоки             14.29
Friday credit_note.issued CN-000001
  702   Приходи от продажби на стоки              30.00
  4532  Начислен данък за продажбите               6.00
  411   Клиенти                                           36.00
Friday credit_note.issued CN-000002
  702   Приходи от продажби на стоки              30.00
  4532  Начислен данък за продажбите               6.00
  411   Клиенти                                           36.00
  307   Изпратени стоки без фактура               14.29
  6112  Отчетна стойност на продадените стоки             14.29
""",
}
TRIAL_BALANCE = {
    "ifrs": """
account                                opening   debit  credit  closing
1100     Trade receivables                0.00  216.00   72.00   144.00
1200     Inventory: goods for resale      0.00  128.57  100.00    28.57
1250     Goods shipped, not invoiced      0.00  114.29  100.00    14.29
2010     Goods received, not invoiced     0.00    0.00  100.00  -100.00
2200     Output VAT                       0.00   12.00   36.00   -24.00
4000     Revenue: goods                   0.00   60.00  180.00  -120.00
5000     Cost of sales: goods             0.00   85.72   28.58    57.14
total                                     0.00  616.58  616.58     0.00
""",
    "bg": """
account                                           opening   debit  credit  closing
304      Стоки                                       0.00  128.57  100.00    28.57
307      Изпратени стоки без фактура                 0.00  114.29  100.00    14.29
4019     Доставчици – получени стоки без фактура     0.00    0.00  100.00  -100.00
411      Клиенти                                     0.00  216.00   72.00   144.00
4532     Начислен данък за продажбите                0.00   12.00   36.00   -24.00
6112     Отчетна стойност на продадените стоки       0.00   85.72   28.58    57.14
702      Приходи от продажби на стоки                0.00   60.00  180.00  -120.00
total                                                0.00  616.58  616.58     0.00
""",
}


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_the_cost_of_lamps_waits_for_their_invoice_and_goes_back_with_what_is_wrong(
    session: Session, chart: str
) -> None:
    story = Story(session, chart)
    write(session, "UPDATE company SET cogs_timing = 'at_invoice'")
    lamp = story.add_product("LAMP", "30.00")
    story.receive(lamp, "3", "14.29", on=MONDAY)
    story.receive(lamp, "4", "14.2825", on=MONDAY)

    # Tuesday: seven lamps leave. They cost 100.00, which waits with them.
    order, shipment = story.shipped_order((lamp, "7"), on=TUESDAY)
    line = story.lines_of("shipment_line", "shipment_id", shipment)[0].id
    assert story.stock(lamp) == "0 on hand, 0 held, worth 0.00"

    # Wednesday: three are invoiced, and take three sevenths of it.
    first = story.invoice(shipment, on=WEDNESDAY, quantities={line: D(3)})
    assert cost(story, first) == "42.86"

    # Thursday: one comes back that nobody had invoiced; the other three are.
    story.bring_back((line, "1"), on=THURSDAY)
    assert story.stock(lamp) == "1 on hand, 0 held, worth 14.28"
    second = story.invoice(shipment, on=THURSDAY)
    assert cost(story, second) == "42.86"

    # Friday: a broken one comes back, out of cost of sales; and one was on the wrong invoice, and waits again.
    back = story.bring_back((line, "1"), on=FRIDAY)
    assert story.stock(lamp) == "2 on hand, 0 held, worth 28.57"
    broken = story.ids("SELECT id FROM credit_note WHERE return_id = %(id)s", id=back)
    its = story.lines_of("invoice_line", "invoice_id", second)[0].id
    wrong = NewCreditNote(second, "other address", [NewCreditLine(its, "invoice_again", D(1))])
    story.do(issue_credit_notes, [*broken, *story.do(add_credit_notes, [wrong])], on=FRIDAY)

    assert story.state("sales_order", order) == "performed"
    assert story.journal() == JOURNAL[chart]
    assert story.trial_balance() == TRIAL_BALANCE[chart]
    story.prove()


def cost(story: Story, invoice: int) -> str:
    """What went on to cost of sales with an invoice of one line."""
    return f"{story.lines_of('invoice_line', 'invoice_id', invoice)[0].cost:.2f}"
