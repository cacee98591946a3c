"""Vases that were invoiced and paid before they left: some come back cracked, the others are on the wrong invoice."""

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.credit_notes import NewCreditLine, NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.returns import process_returns
from app.domain.kernel.rows import write
from app.domain.settlement.allocations import Wish, allocate_payments
from tests.stories.reading import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Story
from tests.world import D

JOURNAL = {
    ("ifrs", "at_shipment"): """
Monday receipt.processed GR-000001
  1200  Inventory: goods for resale    33.33
  2010  Goods received, not invoiced           33.33
Monday invoice.issued 0000000001
  1100  Trade receivables             171.43
  2110  Invoiced, not delivered               142.86
  2200  Output VAT                             28.57
Monday cash_order.processed C-000001
  1000  Cash                          171.43
  1100  Trade receivables                     171.43
Tuesday shipment.advance_delivered SH-000001
  2110  Invoiced, not delivered        85.72
  4000  Revenue: goods                         85.72
Tuesday shipment.processed SH-000001
  5000  Cost of sales: goods           20.00
  1200  Inventory: goods for resale            20.00
Wednesday credit_note.issued CN-000001
  4000  Revenue: goods                 28.57
  2200  Output VAT                      5.71
  1100  Trade receivables                      34.28
Wednesday customer_return.processed CR-000001
  1200  Inventory: goods for resale     6.67
  5000  Cost of sales: goods                    6.67
Thursday credit_note.issued CN-000002
  4000  Revenue: goods                 42.86
  2110  Invoiced, not delivered        57.14
  2200  Output VAT                     20.00
  1100  Trade receivables                     120.00
Friday shipment.processed SH-000002
  5000  Cost of sales: goods           13.33
  1200  Inventory: goods for resale            13.33
Friday invoice.issued 0000000002
  1100  Trade receivables             120.00
  4000  Revenue: goods                        100.00
  2200  Output VAT                             20.00
""",
    ("ifrs", "at_invoice"): """
Monday receipt.processed GR-000001
  1200  Inventory: goods for resale    33.33
  2010  Goods received, not invoiced           33.33
Monday invoice.issued 0000000001
  1100  Trade receivables             171.43
  2110  Invoiced, not delivered               142.86
  2200  Output VAT                             28.57
Monday cash_order.processed C-000001
  1000  Cash                          171.43
  1100  Trade receivables                     171.43
Tuesday shipment.advance_delivered SH-000001
  2110  Invoiced, not delivered        85.72
  4000  Revenue: goods                         85.72
Tuesday shipment.processed SH-000001
  5000  Cost of sales: goods           20.00
  1200  Inventory: goods for resale            20.00
Wednesday credit_note.issued CN-000001
  4000  Revenue: goods                 28.57
  2200  Output VAT                      5.71
  1100  Trade receivables                      34.28
Wednesday customer_return.processed CR-000001
  1200  Inventory: goods for resale     6.67
  5000  Cost of sales: goods                    6.67
Thursday credit_note.issued CN-000002
  4000  Revenue: goods                 42.86
  2110  Invoiced, not delivered        57.14
  2200  Output VAT                     20.00
  1100  Trade receivables                     120.00
  1250  Goods shipped, not invoiced    10.00
  5000  Cost of sales: goods                   10.00
Friday shipment.processed SH-000002
  1250  Goods shipped, not invoiced    13.33
  1200  Inventory: goods for resale            13.33
Friday invoice.issued 0000000002
  1100  Trade receivables             120.00
  4000  Revenue: goods                        100.00
  2200  Output VAT                             20.00
  5000  Cost of sales: goods           23.33
  1250  Goods shipped, not invoiced            23.33
""",
    ("bg", "at_shipment"): """
Monday receipt.processed GR-000001
  304   Стоки                                     33.33
  4019  Доставчици – получени стоки без фактура           33.33
Monday invoice.issued 0000000001
  411   Клиенти                                  171.43
  7511  Фактурирани, недоставени стоки                   142.86
  4532  Начислен данък за продажбите                      28.57
Monday cash_order.processed C-000001
  501   Каса                                     171.43
  411   Клиенти                                          171.43
Tuesday shipment.advance_delivered SH-000001
  7511  Фактурирани, недоставени стоки            85.72
  702   Приходи от продажби на стоки                      85.72
Tuesday shipment.processed SH-000001
  6112  Отчетна стойност на продадените стоки     20.00
  304   Стоки                                             20.00
Wednesday credit_note.issued CN-000001
  702   Приходи от продажби на стоки              28.57
  4532  Начислен данък за продажбите               5.71
  411   Клиенти                                           34.28
Wednesday customer_return.processed CR-000001
  304   Стоки                                      6.67
  6112  Отчетна стойност на продадените стоки              6.67
Thursday credit_note.issued CN-000002
  702   Приходи от продажби на стоки              42.86
  7511  Фактурирани, недоставени стоки            57.14
  4532  Начислен данък за продажбите              20.00
  411   Клиенти                                          120.00
Friday shipment.processed SH-000002
  6112  Отчетна стойност на продадените стоки     13.33
  304   Стоки                                             13.33
Friday invoice.issued 0000000002
  411   Клиенти                                  120.00
  702   Приходи от продажби на стоки                     100.00
  4532  Начислен данък за продажбите                      20.00
""",
    ("bg", "at_invoice"): """
Monday receipt.processed GR-000001
  304   Стоки                                     33.33
  4019  Доставчици – получени стоки без фактура           33.33
Monday invoice.issued 0000000001
  411   Клиенти                                  171.43
  7511  Фактурирани, недоставени стоки                   142.86
  4532  Начислен данък за продажбите                      28.57
Monday cash_order.processed C-000001
  501   Каса                                     171.43
  411   Клиенти                                          171.43
Tuesday shipment.advance_delivered SH-000001
  7511  Фактурирани, недоставени стоки            85.72
  702   Приходи от продажби на стоки                      85.72
Tuesday shipment.processed SH-000001
  6112  Отчетна стойност на продадените стоки     20.00
  304   Стоки                                             20.00
Wednesday credit_note.issued CN-000001
  702   Приходи от продажби на стоки              28.57
  4532  Начислен данък за продажбите               5.71
  411   Клиенти                                           34.28
Wednesday customer_return.processed CR-000001
  304   Стоки                                      6.67
  6112  Отчетна стойност на продадените стоки              6.67
Thursday credit_note.issued CN-000002
  702   Приходи от продажби на стоки              42.86
  7511  Фактурирани, недоставени стоки            57.14
  4532  Начислен данък за продажбите              20.00
  411   Клиенти                                          120.00
  307   Изпратени стоки без фактура               10.00
  6112  Отчетна стойност на продадените стоки             10.00
Friday shipment.processed SH-000002
  307   Изпратени стоки без фактура               13.33
  304   Стоки                                             13.33
Friday invoice.issued 0000000002
  411   Клиенти                                  120.00
  702   Приходи от продажби на стоки                     100.00
  4532  Начислен данък за продажбите                      20.00
  6112  Отчетна стойност на продадените стоки     23.33
  307   Изпратени стоки без фактура                       23.33
""",
}
TRIAL_BALANCE = {
    ("ifrs", "at_shipment"): """
account                                opening   debit  credit  closing
1000     Cash                             0.00  171.43    0.00   171.43
1100     Trade receivables                0.00  291.43  325.71   -34.28
1200     Inventory: goods for resale      0.00   40.00   33.33     6.67
2010     Goods received, not invoiced     0.00    0.00   33.33   -33.33
2110     Invoiced, not delivered          0.00  142.86  142.86     0.00
2200     Output VAT                       0.00   25.71   48.57   -22.86
4000     Revenue: goods                   0.00   71.43  185.72  -114.29
5000     Cost of sales: goods             0.00   33.33    6.67    26.66
total                                     0.00  776.19  776.19     0.00
""",
    ("ifrs", "at_invoice"): """
account                                opening   debit  credit  closing
1000     Cash                             0.00  171.43    0.00   171.43
1100     Trade receivables                0.00  291.43  325.71   -34.28
1200     Inventory: goods for resale      0.00   40.00   33.33     6.67
1250     Goods shipped, not invoiced      0.00   23.33   23.33     0.00
2010     Goods received, not invoiced     0.00    0.00   33.33   -33.33
2110     Invoiced, not delivered          0.00  142.86  142.86     0.00
2200     Output VAT                       0.00   25.71   48.57   -22.86
4000     Revenue: goods                   0.00   71.43  185.72  -114.29
5000     Cost of sales: goods             0.00   43.33   16.67    26.66
total                                     0.00  809.52  809.52     0.00
""",
    ("bg", "at_shipment"): """
account                                           opening   debit  credit  closing
304      Стоки                                       0.00   40.00   33.33     6.67
4019     Доставчици – получени стоки без фактура     0.00    0.00   33.33   -33.33
411      Клиенти                                     0.00  291.43  325.71   -34.28
4532     Начислен данък за продажбите                0.00   25.71   48.57   -22.86
501      Каса                                        0.00  171.43    0.00   171.43
6112     Отчетна стойност на продадените стоки       0.00   33.33    6.67    26.66
702      Приходи от продажби на стоки                0.00   71.43  185.72  -114.29
7511     Фактурирани, недоставени стоки              0.00  142.86  142.86     0.00
total                                                0.00  776.19  776.19     0.00
""",
    ("bg", "at_invoice"): """
account                                           opening   debit  credit  closing
304      Стоки                                       0.00   40.00   33.33     6.67
307      Изпратени стоки без фактура                 0.00   23.33   23.33     0.00
4019     Доставчици – получени стоки без фактура     0.00    0.00   33.33   -33.33
411      Клиенти                                     0.00  291.43  325.71   -34.28
4532     Начислен данък за продажбите                0.00   25.71   48.57   -22.86
501      Каса                                        0.00  171.43    0.00   171.43
6112     Отчетна стойност на продадените стоки       0.00   43.33   16.67    26.66
702      Приходи от продажби на стоки                0.00   71.43  185.72  -114.29
7511     Фактурирани, недоставени стоки              0.00  142.86  142.86     0.00
total                                                0.00  809.52  809.52     0.00
""",
}


@pytest.mark.parametrize("timing", ["at_shipment", "at_invoice"])
@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_an_advance_that_left_in_part_is_credited_and_sold_anew(session: Session, chart: str, timing: str) -> None:
    story = Story(session, chart)
    write(session, f"UPDATE company SET cogs_timing = '{timing}'")
    vase = story.add_product("VASE", "14.2857")
    story.receive(vase, "10", "3.333", on=MONDAY)

    # Monday: ten vases are ordered, invoiced and paid before anything leaves.
    order = story.order((vase, "10"), on=MONDAY)
    story.approve(order, on=MONDAY)
    [advance] = story.do(add_advances, [NewAdvance(order)])
    story.do(issue_invoices, [advance], on=MONDAY)
    story.pay(advance, "171.43", on=MONDAY)

    # Tuesday: six of them leave. Nothing is left to invoice.
    [first] = story.drafts(order)
    story.ship_some(first, TUESDAY, "6")
    assert story.statuses(order, advance, first) == ["paid"] * 3

    # Wednesday: two are cracked. They are credited, and the draft of their return waits; they come back.
    line = story.lines_of("invoice_line", "invoice_id", advance)[0].id
    story.do(issue_credit_notes, story.do(add_credit_notes, [
        NewCreditNote(advance, "cracked", [NewCreditLine(line, "goods_back", D(2))]),
    ]), on=WEDNESDAY)  # fmt: skip
    [back] = story.ids("SELECT id FROM customer_return WHERE state = 'draft'")
    story.do(process_returns, [back], on=WEDNESDAY)
    assert story.stock(vase) == "6 on hand, 4 held, worth 20.00"

    # Thursday: the invoice names the wrong buyer. What did not leave and what the customer kept are invoiced again.
    wrong = NewCreditNote(advance, "wrong buyer", [NewCreditLine(line, "invoice_again", D(7))])
    [note] = story.do(add_credit_notes, [wrong])
    story.do(issue_credit_notes, [note], on=THURSDAY)
    credited = story.lines_of("credit_note_line", "credit_note_id", note)
    assert [(its.quantity, its.net) for its in credited] == [(4, D("57.14")), (3, D("42.86"))]
    assert story.statuses(order, first) == ["partly_paid", "unpaid"]

    # Friday: the last four leave. All seven are on one invoice, which the credit pays.
    [rest] = story.drafts(order)
    story.ship(rest, on=FRIDAY)
    anew = story.invoice(first, rest, on=FRIDAY)
    story.do(allocate_payments, [Wish(note, anew, story.row("invoice", anew).gross)], on=FRIDAY)
    assert story.statuses(first, rest, anew) == ["paid"] * 3

    assert story.journal() == JOURNAL[chart, timing]
    assert story.trial_balance() == TRIAL_BALANCE[chart, timing]
    story.prove()
