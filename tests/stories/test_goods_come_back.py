"""Chairs come back before they are invoiced, and one after; for a scratch something is taken off."""

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.credit_notes import NewCreditLine, NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.kernel.rows import read
from tests.stories.reading import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Story
from tests.world import D

JOURNAL = {
    "ifrs": """
Monday receipt.processed GR-000001
  1200  Inventory: goods for resale   56.00
  2010  Goods received, not invoiced         56.00
Tuesday shipment.processed SH-000001
  5000  Cost of sales: goods          56.00
  1200  Inventory: goods for resale          56.00
Wednesday customer_return.processed CR-000001
  1200  Inventory: goods for resale   16.00
  5000  Cost of sales: goods                 16.00
Wednesday invoice.issued 0000000001
  1100  Trade receivables             85.72
  4000  Revenue: goods                       71.43
  2200  Output VAT                           14.29
Thursday cash_order.processed C-000001
  1000  Cash                          85.72
  1100  Trade receivables                    85.72
Friday customer_return.processed CR-000002
  1200  Inventory: goods for resale    8.00
  5000  Cost of sales: goods                  8.00
Friday credit_note.issued CN-000001
  4000  Revenue: goods                14.29
  2200  Output VAT                     2.86
  1100  Trade receivables                    17.15
Friday credit_note.issued CN-000002
  4000  Revenue: goods                 5.00
  2200  Output VAT                     1.00
  1100  Trade receivables                     6.00
""",
    "bg": """
Monday receipt.processed GR-000001
  304   Стоки                                    56.00
  4019  Доставчици – получени стоки без фактура         56.00
Tuesday shipment.processed SH-000001
  6112  Отчетна стойност на продадените стоки    56.00
  304   Стоки                                           56.00
Wednesday customer_return.processed CR-000001
  304   Стоки                                    16.00
  6112  Отчетна стойност на продадените стоки           16.00
Wednesday invoice.issued 0000000001
  411   Клиенти                                  85.72
  702   Приходи от продажби на стоки                    71.43
  4532  Начислен данък за продажбите                    14.29
Thursday cash_order.processed C-000001
  501   Каса                                     85.72
  411   Клиенти                                         85.72
Friday customer_return.processed CR-000002
  304   Стоки                                     8.00
  6112  Отчетна стойност на продадените стоки            8.00
Friday credit_note.issued CN-000001
  702   Приходи от продажби на стоки             14.29
  4532  Начислен данък за продажбите              2.86
  411   Клиенти                                         17.15
Friday credit_note.issued CN-000002
  702   Приходи от продажби на стоки              5.00
  4532  Начислен данък за продажбите              1.00
  411   Клиенти                                          6.00
""",
}
TRIAL_BALANCE = {
    "ifrs": """
account                                opening   debit  credit  closing
1000     Cash                             0.00   85.72    0.00    85.72
1100     Trade receivables                0.00   85.72  108.87   -23.15
1200     Inventory: goods for resale      0.00   80.00   56.00    24.00
2010     Goods received, not invoiced     0.00    0.00   56.00   -56.00
2200     Output VAT                       0.00    3.86   14.29   -10.43
4000     Revenue: goods                   0.00   19.29   71.43   -52.14
5000     Cost of sales: goods             0.00   56.00   24.00    32.00
total                                     0.00  330.59  330.59     0.00
""",
    "bg": """
account                                           opening   debit  credit  closing
304      Стоки                                       0.00   80.00   56.00    24.00
4019     Доставчици – получени стоки без фактура     0.00    0.00   56.00   -56.00
411      Клиенти                                     0.00   85.72  108.87   -23.15
4532     Начислен данък за продажбите                0.00    3.86   14.29   -10.43
501      Каса                                        0.00   85.72    0.00    85.72
6112     Отчетна стойност на продадените стоки       0.00   56.00   24.00    32.00
702      Приходи от продажби на стоки                0.00   19.29   71.43   -52.14
total                                                0.00  330.59  330.59     0.00
""",
}


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_chairs_come_back_before_and_after_the_invoice(session: Session, chart: str) -> None:
    story = Story(session, chart)
    chair = story.add_product("CHAIR", "14.2857")
    story.receive(chair, "7", "8.00", on=MONDAY)

    # Tuesday: seven chairs leave.
    order, shipment = story.shipped_order((chair, "7"), on=TUESDAY)
    line = story.lines_of("shipment_line", "shipment_id", shipment)[0].id
    assert story.stock(chair) == "0 on hand, 0 held, worth 0.00"

    # Wednesday: two are too many; they come back before anything is invoiced, and only five are.
    story.bring_back((line, "2"), on=WEDNESDAY)
    assert story.stock(chair) == "2 on hand, 0 held, worth 16.00"
    invoice = story.invoice(shipment, on=WEDNESDAY)
    assert f"{story.row('invoice', invoice).gross:.2f}" == "85.72"

    # Thursday: she pays.
    payment = story.pay(invoice, "85.72", on=THURSDAY)
    assert story.statuses(order, shipment, invoice) == ["paid"] * 3

    # Friday: one leg is broken. The chair comes back, which makes the draft of a credit note; another is scratched.
    back = story.bring_back((line, "1"), on=FRIDAY)
    assert story.stock(chair) == "3 on hand, 0 held, worth 24.00"
    [broken] = story.ids("SELECT id FROM credit_note WHERE return_id = %(id)s", id=back)
    its = story.lines_of("invoice_line", "invoice_id", invoice)[0].id
    scratch = NewCreditNote(invoice, "scratched", [NewCreditLine(its, "allowance", amount=D("5.00"))])
    [scratched] = story.do(add_credit_notes, [scratch])
    story.do(issue_credit_notes, [broken, scratched], on=FRIDAY)

    # What she paid too much is hers: it waits on the credit notes.
    sql = "SELECT amount - used AS left FROM credit WHERE document_id = %(id)s"
    left = [f"{read(session, sql, id=document)[0].left:.2f}" for document in (payment, broken, scratched)]
    assert left == ["0.00", "17.15", "6.00"]
    assert story.state("sales_order", order) == "performed"

    assert story.journal() == JOURNAL[chart]
    assert story.trial_balance() == TRIAL_BALANCE[chart]
    story.prove()
