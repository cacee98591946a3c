"""Several people bill and take money for the same things at the same moment."""

from app.domain.billing.credit_notes import NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.billing.invoicing import delete_invoices, draft_invoices, issue_invoices
from app.domain.billing.returns import NewReturn, NewReturnLine, add_returns, process_returns
from app.domain.catalog.models import TaxRateRow
from app.domain.fulfilment.editing import edit_shipment
from app.domain.fulfilment.ordering import approve_orders, cancel_orders, process_orders
from app.domain.fulfilment.shipping import cancel_shipments, process_shipments
from app.domain.kernel.rows import insert
from app.domain.sales.orders import NewLine, NewOrder, add_orders
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, cancel_cash_orders, process_cash_orders
from app.domain.warehousing.receipts import NewReceipt, NewReceiptLine, add_receipts
from tests.faults.conftest import Company
from tests.world import TODAY, D

AGREED = {"on": TODAY, "agreed_by": "Mr Client", "agreed_how": "phone"}
NUMBERS = "SELECT number FROM document WHERE kind = %(kind)s AND number IS NOT NULL ORDER BY number"


def test_two_sellers_ship_the_last_piece(company: Company) -> None:
    world, last = company.world, company.world.add_product("LAST")
    world.receive(last, "1")
    orders = [world.order((last, "1")) for _ in range(2)]
    world.approve(*orders, consent=["short_stock"])
    drafts = [world.drafts(order)[0] for order in orders]
    company.commit()

    answers = company.at_once(*(company.doing(process_shipments, [draft], on=TODAY) for draft in drafts))

    assert answers[1] == ["insufficient_stock"]
    assert answers[0].done == drafts[:1]
    company.prove()


def test_two_storekeepers_take_the_last_piece_back(company: Company) -> None:
    world, [shipment] = company.world, company.shipped(1)
    line = world.lines_of("shipment_line", "shipment_id", shipment)[0]
    drafts = [
        world.do(add_returns, [NewReturn([NewReturnLine(line.id, line.quantity)])])[0] for _ in range(2)
    ]  # fmt: skip
    company.commit()

    answers = company.at_once(*(company.doing(process_returns, [draft], on=TODAY) for draft in drafts))

    assert [answer for answer in answers if isinstance(answer, list)] == [["more_than_shipped"]]
    assert company.column("SELECT returned FROM shipment_line") == [line.quantity]
    company.prove()


def test_two_accountants_credit_one_line(company: Company) -> None:
    invoice = company.world.invoice(*company.shipped(1))
    notes = [company.world.do(add_credit_notes, [NewCreditNote(invoice, "dented")])[0] for _ in range(2)]
    company.commit()

    answers = company.at_once(*(company.doing(issue_credit_notes, [note], on=TODAY) for note in notes))

    assert [answer for answer in answers if isinstance(answer, list)] == [["more_than_invoiced"]]
    assert company.column(NUMBERS, kind="credit_note") == ["CN-000001"]
    company.prove()


def test_two_cashiers_pay_one_invoice(company: Company) -> None:
    invoice = company.world.invoice(*company.shipped(1))
    payments = [company.payment(invoice, "12.00") for _ in range(2)]
    company.commit()

    answers = company.at_once(*(company.doing(process_cash_orders, [payment], on=TODAY) for payment in payments))

    refusals = [answer for answer in answers if isinstance(answer, list)]
    assert refusals == [["more_than_open"]]
    assert company.column("SELECT sum(allocated) FROM open_item") == [D("12.00")]
    assert company.column(NUMBERS, kind="cash_order") == ["C-000001"]
    company.prove()


def test_two_cashiers_spend_a_desks_last_money(company: Company) -> None:
    world = company.world
    world.pay(None, "10.00")
    stamps = NewCashOrder(world.desk, None, D(6), kind="expense", about="account", account_id=world.account("6990"))
    orders = world.do(add_cash_orders, [stamps] * 4)
    company.commit()

    answers = company.at_once(*(company.doing(process_cash_orders, [order], on=TODAY) for order in orders))

    assert sorted(answer == ["more_than_in_desk"] for answer in answers) == [False, True, True, True]
    company.prove()


def test_an_income_is_spent_while_it_is_cancelled(company: Company) -> None:
    world = company.world
    income = world.pay(None, "10.00")
    [order] = world.do(add_cash_orders, [NewCashOrder(world.desk, None, D(6), kind="expense", about="difference")])
    company.commit()

    answers = company.at_once(
        company.doing(process_cash_orders, [order], on=TODAY),
        company.doing(cancel_cash_orders, [income], on=TODAY, reason="false coin"),
    )

    assert sum(answer == ["more_than_in_desk"] for answer in answers) == 1
    company.prove()


def test_many_small_payments_of_one_invoice_add_up(company: Company) -> None:
    invoice = company.world.invoice(*company.shipped(1))
    payments = [company.payment(invoice, "2.00") for _ in range(8)]
    company.commit()

    answers = company.at_once(*(company.doing(process_cash_orders, [payment], on=TODAY) for payment in payments))

    assert sum(isinstance(answer, list) for answer in answers) == 2
    assert company.column("SELECT status FROM payment_status WHERE document_id = %(id)s", id=invoice) == ["paid"]
    assert company.column(NUMBERS, kind="cash_order") == [f"C-00000{number}" for number in range(1, 7)]
    company.prove()


def test_payments_for_the_same_invoices_the_other_way_round_do_not_block_each_other(company: Company) -> None:
    one, two = (company.world.invoice(shipment) for shipment in company.shipped(2))
    payments = [company.payment(*order) for order in [(one, "1.00", two), (two, "1.00", one)] * 4]
    company.commit()

    answers = company.at_once(*(company.doing(process_cash_orders, [payment], on=TODAY) for payment in payments))

    assert [answer.done for answer in answers] == [[payment] for payment in payments]
    company.prove()


def test_a_payment_is_cancelled_once_by_two(company: Company) -> None:
    invoice = company.world.invoice(*company.shipped(1))
    payment = company.world.pay(invoice, "12.00")
    company.commit()

    answers = company.at_once(
        *(company.doing(cancel_cash_orders, [payment], on=TODAY, reason="twice") for _ in range(4))
    )

    assert sorted(len(answer.done) for answer in answers) == [0, 0, 0, 1]
    assert company.column("SELECT count(*) FROM journal_entry WHERE event LIKE 'allocation.%%'") == [2]
    company.prove()


def test_one_shipment_goes_on_one_invoice(company: Company) -> None:
    [shipment] = company.shipped(1)
    company.commit()

    answers = company.at_once(*(company.doing(draft_invoices, [[shipment]]) for _ in range(4)))

    assert answers.count(["already_invoiced"]) == 3
    assert company.column("SELECT invoiced FROM shipment_line") == [1]
    company.prove()


def test_a_shipment_is_cancelled_or_invoiced_but_not_both(company: Company) -> None:
    [shipment] = company.shipped(1)
    company.commit()

    cancelled, drafted = company.at_once(
        company.doing(cancel_shipments, [shipment], on=TODAY, reason="wrong goods"),
        company.doing(draft_invoices, [[shipment]]),
    )

    assert (cancelled == ["invoiced"]) != (drafted == ["not_shipped"])
    company.prove()


def test_a_draft_is_issued_or_deleted_but_not_both(company: Company) -> None:
    [shipment] = company.shipped(1)
    [invoice] = company.world.do(draft_invoices, [[shipment]])
    company.commit()

    issued, deleted = company.at_once(
        company.doing(issue_invoices, [invoice], on=TODAY), company.doing(delete_invoices, [invoice])
    )

    assert (issued == ["not_found"]) != (deleted == ["wrong_state"])
    company.prove()


def test_invoices_issued_at_once_are_numbered_without_a_gap(company: Company) -> None:
    invoices = company.world.do(draft_invoices, [[shipment] for shipment in company.shipped(12)])
    company.commit()
    batches = [invoices[start::4] for start in range(4)]

    company.at_once(*(company.doing(issue_invoices, batch, on=TODAY) for batch in batches))

    assert company.column(NUMBERS, kind="invoice") == [f"{number:010d}" for number in range(1, 13)]
    company.prove()


def test_an_order_is_processed_or_cancelled_but_not_both(company: Company) -> None:
    order = company.world.order((company.product, "1"))
    company.commit()

    processed, cancelled = company.at_once(
        company.doing(process_orders, [order], **AGREED), company.doing(cancel_orders, [order], on=TODAY, reason="no")
    )

    assert (processed == ["wrong_state"]) != (cancelled == ["wrong_state"])
    company.prove()


def test_two_sellers_ship_what_is_there_of_one_product(company: Company) -> None:
    world, scarce = company.world, company.world.add_product("SCARCE")
    world.receive(scarce, "5")
    orders = [world.order((scarce, "4")) for _ in range(2)]
    company.commit()

    answers = company.at_once(*(
        company.doing(process_orders, [order], **AGREED, consent=["short_stock"], short="back_order")
        for order in orders
    ))  # fmt: skip

    assert [answer.done for answer in answers] == [[order] for order in orders]
    assert sorted(company.column("SELECT shipped FROM sales_order_line")) == [1, 4]
    assert company.column("SELECT on_hand FROM stock_balance WHERE product_id = %(id)s", id=scarce) == [0]
    company.prove()


def test_a_draft_is_edited_while_it_leaves(company: Company) -> None:
    order = company.world.order((company.product, "5"))
    company.world.approve(order)
    [draft] = company.world.drafts(order)
    [line] = company.world.lines_of("shipment_line", "shipment_id", draft)
    company.commit()

    edited, processed = company.at_once(
        company.doing(edit_shipment, draft, {line.id: D(2)}, version=1),
        company.doing(process_shipments, [draft], on=TODAY),
    )

    assert (edited, processed.done) in ((None, [draft]), (["not_editable"], [draft]))
    assert company.column("SELECT shipped FROM sales_order_line") == [5 if edited else 2]
    assert company.column("SELECT sum(quantity) FROM shipment_line") == [5]
    company.prove()


def test_many_edit_one_draft_and_one_of_them_is_first(company: Company) -> None:
    order = company.world.order((company.product, "5"))
    company.world.approve(order)
    [draft] = company.world.drafts(order)
    [line] = company.world.lines_of("shipment_line", "shipment_id", draft)
    company.commit()

    answers = company.at_once(
        *(company.doing(edit_shipment, draft, {line.id: D(left)}, version=1) for left in range(5))
    )

    assert sorted(map(str, answers)) == ["None"] + ["['stale']"] * 4
    assert company.column("SELECT version FROM shipment") == [2]
    company.prove()


def test_ten_clicks_on_approve_make_one_draft(company: Company) -> None:
    order = company.world.order((company.product, "1"))
    company.commit()

    answers = company.at_once(*(company.doing(approve_orders, [order], **AGREED) for _ in range(10)))

    assert sorted(len(answer.done) for answer in answers) == [0] * 9 + [1]
    assert company.column("SELECT count(*) FROM shipment") == [1]
    company.prove()


def test_ten_same_requests_with_one_key_make_one_document_of_each_kind(company: Company) -> None:
    world = company.world
    [shipment] = company.shipped(1)
    invoice = world.invoice(*company.shipped(1))
    company.commit()
    order = NewOrder("phone", world.customer, world.warehouse, TODAY, [NewLine(company.product, D(1))])
    payment = NewCashOrder(world.desk, world.customer, D(5), targets=[Target(invoice, D(5))])
    receipt = NewReceipt(world.warehouse, [NewReceiptLine(company.product, D(1))])
    kinds = ("sales_order", "stock_receipt", "invoice", "cash_order")
    before = {kind: company.column(f"SELECT count(*) FROM {kind}")[0] for kind in kinds}

    for action, what in ((add_orders, order), (add_cash_orders, payment), (add_receipts, receipt),
                         (draft_invoices, [shipment])):  # fmt: skip
        work = company.doing(action, [what], key=action.__name__)
        assert len({tuple(answer) for answer in company.at_once(*[work] * 10)}) == 1

    after = {kind: company.column(f"SELECT count(*) FROM {kind}")[0] for kind in before}
    assert after == {kind: count + 1 for kind, count in before.items()}
    company.prove()


def test_whoever_bills_while_a_tax_rate_is_edited_goes_by_what_was_told_before_or_by_what_is_told_now(
    company: Company,
) -> None:
    """The rate that the goods left at is put right; an invoice of them is issued before that is committed."""
    invoice = company.world.do(draft_invoices, [company.shipped(1)])[0]
    company.commit()
    edit = {"tax_rate_id": company.world.taxes[20], "valid_from": TODAY, "percent": D(19)}

    _, issued = company.meeting(
        lambda session: insert(session, TaxRateRow, [edit]), company.doing(issue_invoices, [invoice], on=TODAY)
    )

    assert issued.done == [invoice]
    assert company.column("SELECT tax_percent FROM invoice_line") == [19]
    company.prove()
