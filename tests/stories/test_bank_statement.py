"""A bank says what came and went: two invoices paid, its fee, cash on its way, and money of somebody unknown."""

import pytest
from sqlalchemy.orm import Session

from app.domain.correcting import CORRECT
from app.domain.kernel.rows import read
from app.domain.settlement.allocations import Wish, allocate_payments
from app.domain.treasury.banks import NewBankLine
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, process_cash_orders
from app.domain.treasury.statements import (
    NewStatement,
    add_statements,
    edit_statement,
    last_closing,
    process_statements,
)
from tests.stories.reading import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Story
from tests.world import D

FEES = {"ifrs": "6920", "bg": "629"}
JOURNAL = {
    "ifrs": """
Monday receipt.processed GR-000001
  1200  Inventory: goods for resale    40.00
  2010  Goods received, not invoiced           40.00
Monday receipt.processed GR-000002
  1200  Inventory: goods for resale    40.00
  2010  Goods received, not invoiced           40.00
Monday shipment.processed SH-000001
  5000  Cost of sales: goods            8.00
  1200  Inventory: goods for resale             8.00
Monday shipment.processed SH-000002
  5000  Cost of sales: goods            8.00
  1200  Inventory: goods for resale             8.00
Monday invoice.issued 0000000001
  1100  Trade receivables              84.00
  4000  Revenue: goods                         70.00
  2200  Output VAT                             14.00
Monday invoice.issued 0000000002
  1100  Trade receivables             120.00
  4000  Revenue: goods                        100.00
  2200  Output VAT                             20.00
Tuesday cash_order.processed C-000001
  1000  Cash                          300.00
  2100  Customer advances                     300.00
Tuesday cash_order.paid_out P-000001
  1000  Cash                                  250.00
  1020  Money in transit              250.00
Tuesday bank_line.processed BL-000001
  1010  Bank                          174.00
  1100  Trade receivables                     174.00
Tuesday bank_line.processed BL-000005
  1010  Bank                          174.00
  1100  Trade receivables                     174.00
Wednesday bank_line.processed BL-000003
  1010  Bank                          250.00
  1020  Money in transit                      250.00
Wednesday bank_line.processed BL-000004
  1010  Bank                           40.00
  2100  Customer advances                      40.00
Wednesday bank_line.paid_out BL-000002
  1010  Bank                                    2.50
  6920  Bank charges                    2.50
Wednesday bank_line.processed BL-000007
  1010  Bank                          250.00
  1020  Money in transit                      250.00
Wednesday bank_line.processed BL-000008
  1010  Bank                           40.00
  1100  Trade receivables                      30.00
  2100  Customer advances                      10.00
Wednesday bank_line.paid_out BL-000006
  1010  Bank                                    2.50
  6920  Bank charges                    2.50
Thursday allocation.released
  1100  Trade receivables              54.00
  2100  Customer advances                      54.00
Thursday allocation.released
  1100  Trade receivables             120.00
  2100  Customer advances                     120.00
Thursday bank_line.processed.cancelled BL-000001
  1010  Bank                                  174.00
  1100  Trade receivables             174.00
Thursday bank_line.processed.cancelled BL-000003
  1010  Bank                                  250.00
  1020  Money in transit              250.00
Thursday bank_line.processed.cancelled BL-000004
  1010  Bank                                   40.00
  2100  Customer advances              40.00
Thursday bank_line.paid_out.cancelled BL-000002
  1010  Bank                            2.50
  6920  Bank charges                            2.50
Thursday allocation.released.cancelled
  1100  Trade receivables                      54.00
  2100  Customer advances              54.00
Thursday allocation.released.cancelled
  1100  Trade receivables                     120.00
  2100  Customer advances             120.00
Friday shipment.processed SH-000003
  5000  Cost of sales: goods            4.00
  1200  Inventory: goods for resale             4.00
Friday invoice.issued 0000000003
  1100  Trade receivables              24.00
  4000  Revenue: goods                         20.00
  2200  Output VAT                              4.00
Friday allocation.made
  2100  Customer advances              10.00
  1100  Trade receivables                      10.00
""",
    "bg": """
Monday receipt.processed GR-000001
  304   Стоки                                     40.00
  4019  Доставчици – получени стоки без фактура           40.00
Monday receipt.processed GR-000002
  304   Стоки                                     40.00
  4019  Доставчици – получени стоки без фактура           40.00
Monday shipment.processed SH-000001
  6112  Отчетна стойност на продадените стоки      8.00
  304   Стоки                                              8.00
Monday shipment.processed SH-000002
  6112  Отчетна стойност на продадените стоки      8.00
  304   Стоки                                              8.00
Monday invoice.issued 0000000001
  411   Клиенти                                   84.00
  702   Приходи от продажби на стоки                      70.00
  4532  Начислен данък за продажбите                      14.00
Monday invoice.issued 0000000002
  411   Клиенти                                  120.00
  702   Приходи от продажби на стоки                     100.00
  4532  Начислен данък за продажбите                      20.00
Tuesday cash_order.processed C-000001
  501   Каса                                     300.00
  412   Клиенти по аванси                                300.00
Tuesday cash_order.paid_out P-000001
  501   Каса                                             250.00
  509   Парични средства на път                  250.00
Tuesday bank_line.processed BL-000001
  503   Разплащателна сметка                     174.00
  411   Клиенти                                          174.00
Tuesday bank_line.processed BL-000005
  503   Разплащателна сметка                     174.00
  411   Клиенти                                          174.00
Wednesday bank_line.processed BL-000003
  503   Разплащателна сметка                     250.00
  509   Парични средства на път                          250.00
Wednesday bank_line.processed BL-000004
  503   Разплащателна сметка                      40.00
  412   Клиенти по аванси                                 40.00
Wednesday bank_line.paid_out BL-000002
  503   Разплащателна сметка                               2.50
  629   Други финансови разходи                    2.50
Wednesday bank_line.processed BL-000007
  503   Разплащателна сметка                     250.00
  509   Парични средства на път                          250.00
Wednesday bank_line.processed BL-000008
  503   Разплащателна сметка                      40.00
  411   Клиенти                                           30.00
  412   Клиенти по аванси                                 10.00
Wednesday bank_line.paid_out BL-000006
  503   Разплащателна сметка                               2.50
  629   Други финансови разходи                    2.50
Thursday allocation.released
  411   Клиенти                                   54.00
  412   Клиенти по аванси                                 54.00
Thursday allocation.released
  411   Клиенти                                  120.00
  412   Клиенти по аванси                                120.00
Thursday bank_line.processed.cancelled BL-000001
  503   Разплащателна сметка                             174.00
  411   Клиенти                                  174.00
Thursday bank_line.processed.cancelled BL-000003
  503   Разплащателна сметка                             250.00
  509   Парични средства на път                  250.00
Thursday bank_line.processed.cancelled BL-000004
  503   Разплащателна сметка                              40.00
  412   Клиенти по аванси                         40.00
Thursday bank_line.paid_out.cancelled BL-000002
  503   Разплащателна сметка                       2.50
  629   Други финансови разходи                            2.50
Thursday allocation.released.cancelled
  411   Клиенти                                           54.00
  412   Клиенти по аванси                         54.00
Thursday allocation.released.cancelled
  411   Клиенти                                          120.00
  412   Клиенти по аванси                        120.00
Friday shipment.processed SH-000003
  6112  Отчетна стойност на продадените стоки      4.00
  304   Стоки                                              4.00
Friday invoice.issued 0000000003
  411   Клиенти                                   24.00
  702   Приходи от продажби на стоки                      20.00
  4532  Начислен данък за продажбите                       4.00
Friday allocation.made
  412   Клиенти по аванси                         10.00
  411   Клиенти                                           10.00
""",
}
TRIAL_BALANCE = {
    "ifrs": """
account                                opening    debit   credit  closing
1000     Cash                             0.00   300.00   250.00    50.00
1010     Bank                             0.00   930.50   469.00   461.50
1020     Money in transit                 0.00   500.00   500.00     0.00
1100     Trade receivables                0.00   576.00   562.00    14.00
1200     Inventory: goods for resale      0.00    80.00    20.00    60.00
2010     Goods received, not invoiced     0.00     0.00    80.00   -80.00
2100     Customer advances                0.00   224.00   524.00  -300.00
2200     Output VAT                       0.00     0.00    38.00   -38.00
4000     Revenue: goods                   0.00     0.00   190.00  -190.00
5000     Cost of sales: goods             0.00    20.00     0.00    20.00
6920     Bank charges                     0.00     5.00     2.50     2.50
total                                     0.00  2635.50  2635.50     0.00
""",
    "bg": """
account                                           opening    debit   credit  closing
304      Стоки                                       0.00    80.00    20.00    60.00
4019     Доставчици – получени стоки без фактура     0.00     0.00    80.00   -80.00
411      Клиенти                                     0.00   576.00   562.00    14.00
412      Клиенти по аванси                           0.00   224.00   524.00  -300.00
4532     Начислен данък за продажбите                0.00     0.00    38.00   -38.00
501      Каса                                        0.00   300.00   250.00    50.00
503      Разплащателна сметка                        0.00   930.50   469.00   461.50
509      Парични средства на път                     0.00   500.00   500.00     0.00
6112     Отчетна стойност на продадените стоки       0.00    20.00     0.00    20.00
629      Други финансови разходи                     0.00     5.00     2.50     2.50
702      Приходи от продажби на стоки                0.00     0.00   190.00  -190.00
total                                                0.00  2635.50  2635.50     0.00
""",
}


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_a_statement_is_typed_and_one_of_its_lines_is_put_right(session: Session, chart: str) -> None:
    story = Story(session, chart)
    lamp, rug = story.add_product("LAMP", "20.00"), story.add_product("RUG", "50.00")
    bank, unknown = story.add_bank(), story.add_customer("UNKNOWN")
    for product in (lamp, rug):
        story.receive(product, "10", on=MONDAY)

    # Monday: two orders of one customer are shipped and invoiced, 84.00 and 120.00.
    (_, first), (_, second) = (
        story.shipped_order(*lines, on=MONDAY) for lines in ([(lamp, "1"), (rug, "1")], [(rug, "2")])
    )
    one, two = (story.invoice(shipment, on=MONDAY) for shipment in (first, second))
    lamp_line, rug_line = (line.id for line in story.lines_of("invoice_line", "invoice_id", one))

    # Tuesday: somebody pays 300.00 at the desk, and 250.00 of it is carried to the bank.
    story.pay(None, "300.00", on=TUESDAY)
    [carried] = story.do(add_cash_orders, [
        NewCashOrder(story.desk, None, D("250.00"), "To the bank", kind="expense", about="transfer")
    ])  # fmt: skip
    story.do(process_cash_orders, [carried], on=TUESDAY)

    # Wednesday: the statement is typed. The customer pays the lamp and half of the rug of the first invoice, and the
    # second one whole; the bank takes its fee, the cash has arrived, and nobody knows whose 40.00 are.
    paid = NewBankLine(bank, story.customer, D("174.00"), "two invoices", [
        Target(one, D("24.00"), lamp_line), Target(one, D("30.00"), rug_line), Target(two, D("120.00")),
    ], TUESDAY)  # fmt: skip
    fee = NewBankLine(bank, None, D("2.50"), "fee", on=WEDNESDAY, kind="expense", about="account",
                      account_id=story.account(FEES[chart]))  # fmt: skip
    arrived = NewBankLine(bank, None, D("250.00"), "cash", on=WEDNESDAY, about="transfer", transfer_id=carried)
    nobody = NewBankLine(bank, unknown, D("40.00"), "who is it?", on=WEDNESDAY)
    typed = NewStatement(bank, "47", WEDNESDAY, D(0), D("461.50"), [paid, fee, arrived, nobody])
    [statement] = story.do(add_statements, [typed])
    story.do(process_statements, [statement])
    assert (story.number(statement), last_closing(session, bank)) == ("BS-000001", D("461.50"))
    assert story.statuses(one, two) == ["partly_paid", "paid"]
    assert lines_paid(story, one) == {lamp_line: D("24.00"), rug_line: D("30.00")}

    # Thursday: the 40.00 were the customer's too, for the rest of the rug. The statement is put right: it is
    # cancelled with all its lines, and its draft, in which one line is another one, is processed.
    outcome = story.do(CORRECT["bank_statement"], [statement], on=THURSDAY, reason="The 40.00 are known by now")
    again = outcome.answer[statement]
    assert story.statuses(one, two) == ["unpaid", "unpaid"]
    known = NewBankLine(
        bank, story.customer, D("40.00"), "rest of the rug", [Target(one, D("30.00"), rug_line)], WEDNESDAY
    )
    right = NewStatement(bank, "47", WEDNESDAY, D(0), D("461.50"), [paid, fee, arrived, known])
    story.do(edit_statement, again, right, version=1)
    story.do(process_statements, [again])
    assert story.statuses(one, two) == ["paid", "paid"]

    # Friday: what is left of the 40.00 pays a part of the next invoice.
    _, third = story.shipped_order((lamp, "1"), on=FRIDAY)
    last = story.invoice(third, on=FRIDAY)
    [rest] = read(session, "SELECT id FROM bank_line WHERE statement_id = %(id)s AND amount = 40", id=again)
    story.do(allocate_payments, [Wish(rest.id, last, D("10.00"))], on=FRIDAY)
    assert story.paid(last) == "partly_paid"

    assert story.journal() == JOURNAL[chart]
    assert story.trial_balance() == TRIAL_BALANCE[chart]
    story.prove()


def lines_paid(story: Story, invoice: int) -> dict[int, object]:
    """What is allocated to each line of an invoice."""
    sql = "SELECT line_id, allocated FROM open_item WHERE document_id = %(id)s ORDER BY id"
    return {row.line_id: row.allocated for row in read(story.session, sql, id=invoice)}
