"""Several people use the same money, or the same room for it, at the same moment."""

from collections.abc import Callable
from functools import partial

from sqlalchemy.orm import Session

from app.domain.billing.invoicing import draft_invoices, issue_invoices
from app.domain.fulfilment.ordering import approve_orders, cancel_orders
from app.domain.fulfilment.shipping import process_shipments
from app.domain.kernel.document import register
from app.domain.kernel.rows import read
from app.domain.kernel.unit import at_seal, deed
from app.domain.settlement.allocations import Wish, allocate_payments
from app.domain.settlement.credits import Repayment, repay
from app.domain.settlement.releases import release_allocations
from app.domain.settlement.rounding import take_roundings_back
from app.domain.treasury.cash import cancel_cash_orders
from tests.domain.billing.ground import seven
from tests.faults.conftest import Company
from tests.world import TODAY, D

AGREED = {"on": TODAY, "agreed_by": "Mr Client", "agreed_how": "phone"}
UNDO = {"on": TODAY, "reason": "changed their mind"}
INVOICED = "SELECT id FROM invoice WHERE state = 'issued' ORDER BY id"
STATUS = "SELECT status FROM payment_status WHERE document_id = %(id)s"
ACTS = "SELECT count(*) FROM allocation WHERE released_on IS NULL"


def test_the_last_cent_of_a_payment_settles_one_of_two_invoices(company: Company) -> None:
    invoices = [company.world.invoice(shipment) for shipment in company.shipped(2)]
    payment = company.world.pay(None, "12.00")
    company.commit()

    answers = company.at_once(*(
        company.doing(allocate_payments, [Wish(payment, invoice, D(12))], on=TODAY) for invoice in invoices
    ))  # fmt: skip

    assert [answer for answer in answers if answer] == [["more_than_left"]]
    assert company.column("SELECT used FROM credit") == [12]
    company.prove()


def test_the_last_cent_of_an_invoice_is_settled_by_one_of_two_payments(company: Company) -> None:
    invoice = company.world.invoice(*company.shipped(1))
    payments = [company.world.pay(None, "12.00") for _ in range(2)]
    company.commit()

    answers = company.at_once(*(
        company.doing(allocate_payments, [Wish(payment, invoice, D(12))], on=TODAY) for payment in payments
    ))  # fmt: skip

    assert [answer for answer in answers if answer] == [["more_than_open"]]
    assert sorted(company.column("SELECT used FROM credit")) == [0, 12]
    company.prove()


def test_the_last_cent_is_allocated_or_paid_back_but_not_both(company: Company) -> None:
    invoice = company.world.invoice(*company.shipped(1))
    payment = company.world.pay(None, "12.00")
    [refund] = register(company.world.session, "cash_order", [{"customer_id": company.world.customer}])
    company.commit()

    def pay_back() -> None:
        deed(partial(repay, repayments=[Repayment(refund, payment, D(12))], on=TODAY))

    answers = company.at_once(company.doing(allocate_payments, [Wish(payment, invoice, D(12))], on=TODAY), pay_back)

    assert answers in ([["more_than_left"], None], [None, ["more_than_left"]])
    assert company.column("SELECT used FROM credit") == [12]


def test_an_act_is_released_once_by_many(company: Company) -> None:
    company.world.pay(company.world.invoice(*company.shipped(1)), "12.00")
    company.commit()
    acts = company.column("SELECT id FROM allocation")

    answers = company.at_once(*(company.doing(release_allocations, acts, **UNDO) for _ in range(4)))

    assert sorted(len(answer.done) for answer in answers) == [0, 0, 0, 1]
    assert company.column("SELECT used FROM credit") == [0]
    company.prove()


def test_money_follows_or_is_taken_back_whoever_comes_first(company: Company) -> None:
    """The payment of an order is cancelled, or its act released, while its goods leave."""
    for undo in ("cancel", "release"):
        world = company.world
        order = world.order((company.product, "1"))
        world.approve(order)
        payment = world.pay(order, "12.00")
        [act] = world.ids("SELECT id FROM allocation WHERE payment_id = %(id)s", id=payment)
        [draft] = world.drafts(order)
        company.commit()
        undoing = (
            company.doing(cancel_cash_orders, [payment], **UNDO) if undo == "cancel"
            else company.doing(release_allocations, [act], **UNDO)
        )  # fmt: skip

        shipped, undone = company.at_once(company.doing(process_shipments, [draft], on=TODAY), undoing)

        assert shipped.done == [draft]
        assert undone == ["moved_on"] or undone.done
        company.prove()


def test_an_invoice_takes_the_money_of_its_shipment_or_finds_it_gone(company: Company) -> None:
    world = company.world
    [shipment] = company.shipped(1)
    payment = world.pay(shipment, "12.00")
    [invoice] = world.do(draft_invoices, [[shipment]])
    company.commit()

    issued, cancelled = company.at_once(
        company.doing(issue_invoices, [invoice], on=TODAY), company.doing(cancel_cash_orders, [payment], **UNDO)
    )

    assert (issued.done, cancelled.done) == ([invoice], [payment])
    assert company.column(ACTS) == [0]
    company.prove()


def cancelling(company: Company, payment: int) -> Callable[[Session], object]:
    return lambda session: cancel_cash_orders(session, [payment], by=company.by, **UNDO)


def parts_of_seven(company: Company, *quantities: str) -> tuple[int, list[int]]:
    """Seven pieces of 100.00 that left, with invoices of so many of them: (shipment, invoices)."""
    _, shipment, line = seven(company.world)
    return shipment, [company.world.invoice(shipment, quantities={line: D(pieces)}) for pieces in quantities]


def test_no_cent_is_let_go_of_a_shipment_whose_payment_is_cancelled_meanwhile(company: Company) -> None:
    """The money came on account and was allocated later, so that nothing but what is owed is held by both."""
    world = company.world
    shipment, _ = parts_of_seven(company, "3", "2")
    payment = world.pay(None, "120.00")
    for document, amount in zip((*world.ids(INVOICED), shipment), ("51.43", "34.28", "34.29"), strict=True):
        world.do(allocate_payments, [Wish(payment, document, D(amount))], on=TODAY)
    [last] = world.do(draft_invoices, [[shipment]])
    company.commit()

    cancelled, issued = company.meeting(cancelling(company, payment), company.doing(issue_invoices, [last], on=TODAY))

    assert (cancelled.done, issued.done) == ([payment], [last])
    assert company.column("SELECT amount FROM rounding") == []
    company.prove()


def test_a_payment_that_is_cancelled_while_it_follows_the_goods_is_cancelled_where_it_is_by_then(
    company: Company,
) -> None:
    world = company.world
    [shipment] = company.shipped(1)
    payment = world.pay(None, "12.00")
    world.do(allocate_payments, [Wish(payment, shipment, D(12))], on=TODAY)
    [invoice] = world.do(draft_invoices, [[shipment]])
    company.commit()

    issued, cancelled = company.meeting(
        lambda session: issue_invoices(session, [invoice], on=TODAY, by=company.by),
        company.doing(cancel_cash_orders, [payment], **UNDO),
    )

    assert (issued.done, cancelled.done) == ([invoice], [payment])
    company.prove()


def test_two_payments_of_parts_that_are_cancelled_at_once_leave_their_shipment_unpaid(company: Company) -> None:
    world = company.world
    shipment, invoices = parts_of_seven(company, "3", "4")
    payments = []
    for invoice in invoices:
        payments.append(payment := world.pay(None, "50.00"))
        world.do(allocate_payments, [Wish(payment, invoice, D(50))], on=TODAY)
    company.commit()

    company.meeting(cancelling(company, payments[0]), company.doing(cancel_cash_orders, payments[1:], **UNDO))

    assert company.column(STATUS, id=shipment) == ["unpaid"]
    company.prove()


def test_cents_are_taken_back_once_all_that_is_owed_for_their_invoice_is_held(company: Company) -> None:
    """Else whoever holds that first, as everybody does, and needs the cents or a status next, would block it."""
    world = company.world
    _, shipment, line = seven(world)
    world.pay(shipment, "120.00")
    *_, last = (world.invoice(shipment, quantities={line: D(pieces)}) for pieces in ("3", "2", "2"))
    company.commit()

    def hold(session: Session) -> None:
        read(session, "SELECT FROM open_item WHERE document_id = %(id)s FOR NO KEY UPDATE", id=last)
        at_seal(session, look)

    def look(session: Session) -> None:
        read(session, "SELECT FROM rounding WHERE invoice_id = %(id)s FOR UPDATE NOWAIT", id=last)

    company.meeting(hold, company.doing(take_roundings_back, invoices=[last], on=TODAY))

    assert company.column("SELECT taken_back_on FROM rounding") == [TODAY]


def test_an_order_is_paid_or_cancelled_but_never_holds_money_after_it(company: Company) -> None:
    world = company.world
    order = world.order((company.product, "1"))
    world.approve(order)
    payment = world.pay(None, "12.00")
    company.commit()

    company.at_once(
        company.doing(allocate_payments, [Wish(payment, order, D(12))], on=TODAY),
        company.doing(cancel_orders, [order], **UNDO),
    )

    assert (company.column(ACTS), company.column("SELECT used FROM credit")) == ([0], [0])
    company.prove()


def test_two_sellers_use_up_one_credit_limit(company: Company) -> None:
    buyer = company.world.add_customer("LIMITED", limit="12")
    orders = [company.world.order((company.product, "1"), customer=buyer) for _ in range(2)]
    company.commit()

    answers = company.at_once(*(company.doing(approve_orders, [order], **AGREED) for order in orders))

    assert [answer for answer in answers if isinstance(answer, list)] == [["credit_limit"]]
    company.prove()
