"""A lamp is credited by mistake, and a debit note puts it right; a visit paid twice is credited without an invoice."""

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.credit_notes import NewCreditLine, NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.billing.debiting import NewDebitLine, NewDebitNote, add_debit_notes
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.loose_credits import FreeLine, LooseCredit, add_loose_credits
from app.domain.billing.returns import delete_returns
from app.domain.settlement.allocations import Wish, allocate_payments
from tests.stories.reading import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Story
from tests.world import D

JOURNAL = {
    "ifrs": """
Monday receipt.processed GR-000001
  1200  Inventory: goods for resale   50.00
  2010  Goods received, not invoiced         50.00
Tuesday shipment.processed SH-000001
  5000  Cost of sales: goods          25.00
  1200  Inventory: goods for resale          25.00
Tuesday invoice.issued 0000000001
  1100  Trade receivables             72.00
  4000  Revenue: goods                       60.00
  2200  Output VAT                           12.00
Wednesday credit_note.issued CN-000001
  4000  Revenue: goods                35.00
  2200  Output VAT                     7.00
  1100  Trade receivables                    42.00
Thursday invoice.issued 0000000002
  1100  Trade receivables             39.60
  4000  Revenue: goods                       33.00
  2200  Output VAT                            6.60
Friday credit_note.issued CN-000002
  4020  Revenue: services             25.00
  2200  Output VAT                     5.00
  1100  Trade receivables                    30.00
Friday cash_order.processed C-000001
  1000  Cash                           9.60
  1100  Trade receivables                     9.60
Friday cash_order.processed C-000002
  1000  Cash                          30.00
  1100  Trade receivables                    30.00
""",
    "bg": """
Monday receipt.processed GR-000001
  304   Стоки                                    50.00
  4019  Доставчици – получени стоки без фактура         50.00
Tuesday shipment.processed SH-000001
  6112  Отчетна стойност на продадените стоки    25.00
  304   Стоки                                           25.00
Tuesday invoice.issued 0000000001
  411   Клиенти                                  72.00
  702   Приходи от продажби на стоки                    60.00
  4532  Начислен данък за продажбите                    12.00
Wednesday credit_note.issued CN-000001
  702   Приходи от продажби на стоки             35.00
  4532  Начислен данък за продажбите              7.00
  411   Клиенти                                         42.00
Thursday invoice.issued 0000000002
  411   Клиенти                                  39.60
  702   Приходи от продажби на стоки                    33.00
  4532  Начислен данък за продажбите                     6.60
Friday credit_note.issued CN-000002
  703   Приходи от продажби на услуги            25.00
  4532  Начислен данък за продажбите              5.00
  411   Клиенти                                         30.00
Friday cash_order.processed C-000001
  501   Каса                                      9.60
  411   Клиенти                                          9.60
Friday cash_order.processed C-000002
  501   Каса                                     30.00
  411   Клиенти                                         30.00
""",
}
TRIAL_BALANCE = {
    "ifrs": """
account                                opening   debit  credit  closing
1000     Cash                             0.00   39.60    0.00    39.60
1100     Trade receivables                0.00  111.60  111.60     0.00
1200     Inventory: goods for resale      0.00   50.00   25.00    25.00
2010     Goods received, not invoiced     0.00    0.00   50.00   -50.00
2200     Output VAT                       0.00   12.00   18.60    -6.60
4000     Revenue: goods                   0.00   35.00   93.00   -58.00
4020     Revenue: services                0.00   25.00    0.00    25.00
5000     Cost of sales: goods             0.00   25.00    0.00    25.00
total                                     0.00  298.20  298.20     0.00
""",
    "bg": """
account                                           opening   debit  credit  closing
304      Стоки                                       0.00   50.00   25.00    25.00
4019     Доставчици – получени стоки без фактура     0.00    0.00   50.00   -50.00
411      Клиенти                                     0.00  111.60  111.60     0.00
4532     Начислен данък за продажбите                0.00   12.00   18.60    -6.60
501      Каса                                        0.00   39.60    0.00    39.60
6112     Отчетна стойност на продадените стоки       0.00   25.00    0.00    25.00
702      Приходи от продажби на стоки                0.00   35.00   93.00   -58.00
703      Приходи от продажби на услуги               0.00   25.00    0.00    25.00
total                                                0.00  298.20  298.20     0.00
""",
}


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_a_credit_note_issued_by_mistake_is_put_right_by_a_debit_note(session: Session, chart: str) -> None:
    story = Story(session, chart)
    lamp, visit = story.add_product("LAMP", "30.00"), story.add_product("VISIT", "25.00", kind="service")
    story.receive(lamp, "4", "12.50", on=MONDAY)

    # Tuesday: two lamps leave with an invoice.
    _, shipment = story.shipped_order((lamp, "2"), on=TUESDAY)
    invoice = story.invoice(shipment, on=TUESDAY)
    line = story.lines_of("invoice_line", "invoice_id", invoice)[0].id

    # Wednesday: somebody takes one of them for broken, and 5.00 off the other. Nothing came back.
    mistake = NewCreditNote(invoice, "broken", [
        NewCreditLine(line, "goods_back", D(1)), NewCreditLine(line, "allowance", amount=D("5.00"))
    ])  # fmt: skip
    [note] = story.do(add_credit_notes, [mistake])
    story.do(issue_credit_notes, [note], on=WEDNESDAY)
    awaited = story.ids("SELECT id FROM customer_return WHERE credit_note_id = %(id)s", id=note)
    assert (len(awaited), story.statuses(invoice)) == (1, ["partly_paid"])

    # Thursday: it was another customer's lamp. Nobody waits for it any more, and a debit note makes it owed again; the
    # 5.00 were meant for 2.00, so that 3.00 of them are.
    story.do(delete_returns, awaited)
    pieces, amount = (its.id for its in story.lines_of("credit_note_line", "credit_note_id", note))
    [debit] = story.do(add_debit_notes, [
        NewDebitNote(note, "another customer's", [NewDebitLine(pieces, D(1)), NewDebitLine(amount, amount=D("3.00"))])
    ])  # fmt: skip
    story.do(issue_invoices, [debit], on=THURSDAY)
    row = story.row("invoice", debit)
    assert (row.kind, row.credit_note_id, f"{row.gross:.2f}", story.number(debit)) == (
        "debit", note, "39.60", "0000000002",
    )  # fmt: skip
    assert story.row("invoice_line", line).credited == 0

    # Friday: she was visited twice before there were any books here, and paid one visit too many: credited without an
    # invoice, it settles the debit note; what is left of that she pays at the desk.
    [given] = story.do(add_loose_credits, [
        LooseCredit(story.customer, "paid twice, before the books", [FreeLine(D(1), D("25.00"), product_id=visit)])
    ])  # fmt: skip
    story.do(issue_credit_notes, [given], on=FRIDAY)
    story.do(allocate_payments, [Wish(given, debit, D("30.00"))], on=FRIDAY)
    assert story.statuses(debit) == ["partly_paid"]
    story.pay(debit, "9.60", on=FRIDAY)
    story.pay(invoice, "30.00", on=FRIDAY)

    assert story.statuses(invoice, debit) == ["paid", "paid"]
    assert story.journal() == JOURNAL[chart]
    assert story.trial_balance() == TRIAL_BALANCE[chart]
    story.prove()
