"""What a notice says is true by what is here, or it is gone, though what was sent is kept no longer."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain.billing.credit_notes import issue_credit_notes
from app.domain.billing.crediting import NewCreditLine, NewCreditNote, add_credit_notes, delete_credit_notes
from app.domain.billing.returning import return_shipments
from app.domain.billing.returns import process_returns
from app.domain.fulfilment.ending import give_up_orders, reopen_orders
from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.intake.eshop.notices import look_again
from app.domain.kernel.company import company
from app.domain.kernel.rows import write
from app.domain.ledger.periods import close_period
from app.domain.treasury.banks import NewBankLine, add_bank_lines, cancel_bank_lines, process_bank_lines
from app.domain.treasury.purposes import Target
from tests.domain.intake.eshop import bodies
from tests.domain.intake.eshop.bodies import BILLING, REFUND, SHOPIFY_PAID, generic, item, shopify, shopify_refund, woo
from tests.domain.intake.eshop.conftest import Web
from tests.domain.intake.eshop.test_refunding import by_hand
from tests.traces import checksums
from tests.world import TODAY, World

D = Decimal
TODAY_LATER = date(2026, 4, 2)
PAID: dict[str, Any] = {"date_paid_gmt": "2026-03-02T10:00:00"}
MORE: dict[str, Any] = {"lines": [item(1, "MUG", "30.00", "6.00", 3)], "total": "36.00"}
FORGOTTEN = pytest.mark.parametrize("forgotten", [False, True])


def look(world: World) -> list[tuple[int, str]]:
    """What the program looks for every few minutes."""
    found: list[tuple[int, str]] = world.do(lambda session, by: look_again(session))
    return found


def forget(world: World) -> None:
    """What was sent is kept no longer."""
    write(world.session, "UPDATE inbound_message SET body = NULL")


def money(world: World, web: Web, kind: str, amount: str, target: int) -> None:
    """Somebody books money that came in or went out."""
    customer = world.row("document", web.document()).customer_id
    line = NewBankLine(web.clearing, customer, D(amount), "by hand", [Target(target, D(amount))], TODAY, kind=kind)
    [document] = world.do(add_bank_lines, [line])
    world.do(process_bank_lines, [document], on=TODAY)


def receipt(world: World) -> int:
    return world.ids("SELECT min(id) FROM bank_line")[0]


def reasons(web: Web) -> list[str]:
    """What the last message's notices are about."""
    reason = web.messages()[-1].reason
    if reason is None:
        return []
    return [one["code"] for one in reason["facts"].get("each", [reason])]


@FORGOTTEN
def test_a_difference_that_came_in_is_told_no_longer(world: World, web: Web, *, forgotten: bool) -> None:
    web.deliver(woo(**PAID), woo(at=5, **MORE, **PAID))
    if forgotten:
        forget(world)
    look(world)
    assert reasons(web) == ["changed_since_paid"]

    money(world, web, "income", "12.00", web.document())
    look(world)

    assert web.outcomes()[-1] == ("applied", None)


@FORGOTTEN
def test_a_difference_that_was_given_back_is_told_no_longer(world: World, web: Web, *, forgotten: bool) -> None:
    web.deliver(woo(at=1, **MORE, **PAID), woo(at=5, **PAID))
    if forgotten:
        forget(world)

    money(world, web, "expense", "7.00", receipt(world))
    look(world)
    assert reasons(web) == ["changed_since_paid"]
    money(world, web, "expense", "5.00", receipt(world))
    look(world)

    assert web.outcomes()[-1] == ("applied", None)
    world.prove()


def test_a_difference_that_was_credited_is_told_no_longer(world: World, web: Web, mug: int) -> None:
    world.receive(mug, "10")
    web.deliver(woo(at=1, **MORE, **PAID))
    _, invoice = hand_over(world, web)
    web.deliver(woo(at=5, **PAID))
    assert reasons(web) == ["changed_later", "changed_since_paid"]

    [line] = world.lines_of("invoice_line", "invoice_id", invoice)
    lines = [NewCreditLine(line.id, "allowance", amount=D("10.00"))]
    [note] = world.do(add_credit_notes, [NewCreditNote(invoice, "one less", lines)])
    look(world)
    assert reasons(web) == ["changed_later", "changed_since_paid"]
    world.do(issue_credit_notes, [note], on=TODAY)
    look(world)

    assert reasons(web) == ["changed_later"]
    world.prove()


@FORGOTTEN
def test_money_that_was_entered_for_another_customer_is_told_no_longer(
    world: World, web: Web, *, forgotten: bool
) -> None:
    web.deliver(woo(**PAID), woo(at=5, billing=BILLING | {"email": "ivan@example.test"}, **PAID))
    if forgotten:
        forget(world)
    before = checksums(world.session)
    look(world)
    assert checksums(world.session) == before

    world.do(cancel_bank_lines, [receipt(world)], on=TODAY, reason="moved")
    look(world)

    assert web.outcomes()[-1] == ("applied", None)


def test_what_is_left_of_money_of_another_customer_is_told(world: World, web: Web) -> None:
    web.deliver(woo(**PAID), woo(at=5, billing=BILLING | {"email": "ivan@example.test"}, **PAID))
    before = world.row("document", receipt(world)).customer_id
    line = NewBankLine(web.clearing, before, D(10), "back", [Target(receipt(world), D(10))], TODAY, kind="expense")
    world.do(process_bank_lines, world.do(add_bank_lines, [line]), on=TODAY)

    look(world)

    assert web.messages()[-1].reason["facts"]["amount"] == "14.00"


@FORGOTTEN
def test_what_the_shop_took_back_is_told_until_it_is_taken_back_here(
    world: World, web: Web, *, forgotten: bool
) -> None:
    web.deliver(woo(**PAID), woo(at=5))
    if forgotten:
        forget(world)
    look(world)
    assert reasons(web) == ["paid_less"]

    world.do(cancel_bank_lines, [receipt(world)], on=TODAY, reason="charged back")
    look(world)

    assert web.outcomes()[-1] == ("applied", None)


def use_drafts(world: World) -> None:
    """People take what was proposed."""
    world.do(issue_credit_notes, world.ids("SELECT id FROM credit_note WHERE state = 'draft'"), on=TODAY)
    world.do(process_bank_lines, world.ids("SELECT id FROM bank_line WHERE state = 'draft'"), on=TODAY)


def test_what_the_shop_took_back_beside_a_refund_is_told_until_that_is_taken_back_too(world: World, mug: int) -> None:
    web = Web(world, "generic")
    world.receive(mug, "10")
    web.deliver(told_once())
    hand_over(world, web)
    refund = told_once("3")["refunds"][0] | {"amount": "12.00"}
    refund["lines"][0] |= {"quantity": "1", "net": "10.00"}
    web.deliver(told_once() | {"refunds": [refund], "modified": "2026-03-02T11:00:00Z"})
    use_drafts(world)
    assert (reasons(web), look(world)) == ([], [])

    paid = told_once()["paid"] | {"amount": "18.00"}
    web.deliver(told_once() | {"paid": paid, "refunds": [refund], "modified": "2026-03-02T12:00:00Z"})
    assert reasons(web) == ["paid_less"]
    by_hand(world, "5.00")
    money(world, web, "expense", "6.00", world.ids("SELECT max(id) FROM credit_note")[0])
    look(world)

    assert web.outcomes()[-1] == ("applied", None)
    world.prove()


def test_a_difference_is_told_until_it_is_credited_beside_what_was_credited_for_a_refund(
    world: World, sold: Web
) -> None:
    paid = bodies.PAID
    sold.deliver(woo(at=5, refunds=REFUND, **paid))
    use_drafts(world)
    less = [item(1, "MUG", "20.00", "4.00", 2), item(2, "LAMP", "25.00", "5.00", 1)]
    sold.deliver(woo(at=9, refunds=REFUND, **paid | {"lines": less, "total": "54.00"}))
    look(world)
    assert reasons(sold) == ["changed_later", "changed_since_paid"]

    by_hand(world, "5.00")
    look(world)

    assert reasons(sold) == ["changed_later"]
    world.prove()


def test_what_the_shop_changed_is_applied_once_the_order_is_reopened(world: World, web: Web, mug: int) -> None:
    world.receive(mug, "10")
    web.deliver(woo())
    world.approve(web.document())
    web.deliver(woo(at=5, **MORE))
    assert (reasons(web), look(world)) == (["changed_later"], [])

    world.do(reopen_orders, [web.document()], on=TODAY, reason="one more")

    assert look(world) == [(web.id, "7")]
    forget(world)
    assert look(world) == []


def test_what_the_shop_cancelled_is_cancelled_once_nothing_of_it_is_shipped(world: World, web: Web, mug: int) -> None:
    world.receive(mug, "10")
    web.deliver(woo())
    world.approve(web.document())
    [shipment] = world.drafts(web.document())
    world.ship(shipment)
    web.deliver(woo(at=5, status="cancelled"))
    assert (reasons(web), look(world)) == (["cancelled_later"], [])

    world.do(cancel_shipments, [shipment], on=TODAY, reason="came back")

    assert look(world) == [(web.id, "7")]
    web.apply("7")
    assert (web.orders()["7"]["state"], look(world)) == ("cancelled", [])


@pytest.mark.parametrize("last", ["credit", "return", "give up"])
def test_what_the_shop_cancelled_is_told_until_all_of_it_is_undone(
    world: World, web: Web, mug: int, last: str
) -> None:  # fmt: skip
    def put_back() -> None:
        world.do(process_returns, world.do(return_shipments, [shipment]).answer, on=TODAY)

    def give_up() -> None:
        world.do(give_up_orders, [web.document()], on=TODAY)

    world.receive(mug, "10")
    web.deliver(woo())
    world.approve(web.document())
    [shipment] = world.drafts(web.document())
    [line] = world.lines_of("shipment_line", "shipment_id", shipment)
    world.ship(shipment, quantities={line.id: D(2 if last == "credit" else 1)})
    if last == "credit":
        world.invoice(shipment)
    web.deliver(woo(at=5, status="cancelled"))
    steps = {"credit": [put_back, lambda: use_drafts(world)], "return": [give_up, put_back],
             "give up": [put_back, give_up]}[last]  # fmt: skip
    for step in steps:
        assert (look(world), reasons(web)) == ([], ["cancelled_later"])
        step()

    assert (look(world), reasons(web)) == ([], [])
    web.apply("7")
    assert web.outcomes()[-1] == ("applied", None)
    world.prove()


def test_what_was_paid_while_no_day_was_open_is_booked_once_one_is(world: World, web: Web) -> None:
    today = company(world.session).today()
    world.do(close_period, date(2026, 3, 1), today)
    web.deliver(woo(**PAID))
    assert (reasons(web), look(world)) == (["nothing_open"], [])

    write(world.session, "UPDATE inbound_message SET reason = jsonb_set(reason, '{facts,on}', to_jsonb(%(day)s::text))",
          day=str(today))  # fmt: skip

    assert look(world) == [(web.id, "7")]


@FORGOTTEN
def test_of_a_receipt_in_a_later_period_nothing_is_told_once_it_is_cancelled(
    world: World, web: Web, *, forgotten: bool
) -> None:
    world.do(close_period, date(2026, 3, 1), date(2026, 3, 31))
    web.deliver(woo(**PAID))
    if forgotten:
        forget(world)
    look(world)
    assert reasons(web) == ["paid_in_closed_period"]

    world.do(cancel_bank_lines, [receipt(world)], on=TODAY_LATER, reason="never came")
    look(world)

    assert web.outcomes()[-1] == ("applied", None)


def test_a_notice_of_prices_ends_with_the_approval(world: World, web: Web, mug: int) -> None:
    world.receive(mug, "10")
    web.change(price_treatment="ours")
    web.deliver(woo(total="30.00"))
    assert reasons(web) == ["other_prices"]

    world.approve(web.document())
    look(world)

    assert web.outcomes()[-1] == ("applied", None)


def told_once(*refs: str) -> dict[str, Any]:
    """A paid order of our own dialect that tells refunds of more than it comes to, or leaves them out."""
    refunds = [
        {"id": ref, "amount": "99.00", "at": "2026-03-02T11:00:00Z",
         "lines": [{"line": "1", "quantity": "0", "net": "99.00", "vat": "2.00", "restock": False}]} for ref in refs
    ]  # fmt: skip
    paid = {"amount": "24.00", "at": "2026-03-02T10:00:00Z"}
    return generic(paid=paid, **({"refunds": refunds} if refunds else {}))


def noticed(web: Web) -> list[tuple[str, str]]:
    """What people are told of the refunds of all messages, and what of them is credited by hand."""
    each = [one for row in web.messages() if row.reason for one in row.reason["facts"].get("each", [row.reason])]
    return [(one["facts"]["ref"], one["facts"].get("credited", "")) for one in each]


def hand_over(world: World, web: Web) -> tuple[int, int]:
    """Ships and invoices the shop's order; gives the shipment and the invoice."""
    world.approve(web.document())
    [shipment] = world.drafts(web.document())
    world.ship(shipment)
    return shipment, world.invoice(shipment)


@FORGOTTEN
def test_what_is_not_told_of_again_is_noticed_until_it_is_seen_to(world: World, mug: int, *, forgotten: bool) -> None:
    web = Web(world, "generic")
    world.receive(mug, "10")
    web.deliver(told_once())
    hand_over(world, web)
    web.deliver(told_once("3") | {"modified": "2026-03-02T11:00:00Z"})
    if forgotten:
        forget(world)
    for hour in (12, 13):
        web.deliver(told_once() | {"modified": f"2026-03-02T{hour}:00:00Z"})
        assert noticed(web) == [("3", "")]
    web.apply("7")

    by_hand(world, "5.00")
    web.apply("7")
    assert noticed(web) == [("3", "6.00")]
    by_hand(world, "15.00")
    web.apply("7")

    assert {outcome for outcome, _ in web.outcomes()} == {"applied", "superseded"}
    world.prove()


def test_one_credit_does_not_do_for_a_refund_that_is_told_and_for_one_that_is_not(world: World, mug: int) -> None:
    web = Web(world, "shopify")
    world.receive(mug, "10")
    web.deliver(shopify(**SHOPIFY_PAID))
    hand_over(world, web)
    for ref in (5, 6):
        forget(world)
        refunds = [shopify_refund("no_restock", "12.00", id=ref)]
        web.deliver(shopify(**SHOPIFY_PAID, refunds=refunds, updated_at=f"2026-03-02T1{ref}:00:00+02:00"))
        world.do(delete_credit_notes, world.ids("SELECT id FROM credit_note"))
        web.apply("7")
    assert noticed(web) == [("5", ""), ("6", "")]

    by_hand(world, "10.00")
    web.apply("7")

    assert noticed(web) == [("6", "")]
