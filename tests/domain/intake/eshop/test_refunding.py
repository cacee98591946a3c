"""What a shop gave back: drafts of a credit note and of the money, which a person looks at."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.billing.credit_notes import issue_credit_notes
from app.domain.billing.crediting import NewCreditLine, NewCreditNote, add_credit_notes, delete_credit_notes
from app.domain.billing.debiting import debit_credit_notes
from app.domain.billing.invoicing import issue_invoices
from app.domain.intake.eshop.dialects import REFUNDS
from app.domain.intake.eshop.notices import look_again
from app.domain.kernel.rows import read
from app.domain.sales.orders import NewLine, NewOrder, edit_order
from app.domain.treasury.banks import process_bank_lines
from tests.domain.intake.eshop.bodies import PAID, REFUND, SHOPIFY_PAID, answer, item, shopify, shopify_refund, woo
from tests.domain.intake.eshop.conftest import Web
from tests.traces import checksums
from tests.world import TODAY, World

D = Decimal
LATER = "2026-03-02T09:00:09"


def credit_lines(world: World) -> list[tuple[Any, ...]]:
    rows = world.ids("SELECT id FROM credit_note ORDER BY id")
    return [(line.sku, line.kind, line.quantity, line.net) for row in rows
            for line in world.lines_of("credit_note_line", "credit_note_id", row)]  # fmt: skip


def test_a_refund_whose_lines_nobody_told_is_an_allowance_over_all_lines(world: World, sold: Web) -> None:
    sold.deliver(woo(at=5, refunds=REFUND, **PAID))

    assert credit_lines(world) == [("MUG", "allowance", 0, D("4.00")), ("LAMP", "allowance", 0, D("6.00"))]
    assert sold.orders()["7"]["refunds"] == [["3", True, "12.00", "12.00", "expense", "draft"]]


def test_pieces_that_went_back_are_credited_as_goods_back(world: World, sold: Web) -> None:
    sold.deliver(woo(at=5, refunds=REFUND, **PAID))
    sold.keep(answer(), REFUNDS + "7")
    sold.apply("7")

    assert credit_lines(world) == [("MUG", "goods_back", 1, D("10.00"))]
    assert sold.orders()["7"]["refunds"] == [["3", False, "12.00", "12.00", "expense", "draft"]]
    world.prove()


def test_the_drafts_are_the_same_whichever_was_told_first(world: World, sold: Web) -> None:
    sold.keep(answer(), REFUNDS + "7")
    sold.apply("7")
    sold.deliver(woo(at=5, refunds=REFUND, **PAID))

    assert credit_lines(world) == [("MUG", "goods_back", 1, D("10.00"))]
    assert len(world.ids("SELECT id FROM bank_line WHERE kind = 'expense'")) == 1


def test_money_for_a_line_without_pieces_is_an_allowance_of_it(world: World, sold: Web) -> None:
    sold.keep(answer(quantity=0), REFUNDS + "7")
    sold.apply("7")

    assert credit_lines(world) == [("MUG", "allowance", 0, D("10.00"))]


def test_both_drafts_can_be_taken_as_they_are(world: World, sold: Web) -> None:
    sold.keep(answer(), REFUNDS + "7")
    sold.apply("7")

    world.do(issue_credit_notes, world.ids("SELECT id FROM credit_note"), on=TODAY)
    world.do(process_bank_lines, world.ids("SELECT id FROM bank_line WHERE state = 'draft'"), on=TODAY)

    world.prove()
    sold.apply("7")
    assert len(world.ids("SELECT id FROM credit_note")) == 1


def test_what_a_person_used_already_is_not_taken_back_for_better_drafts(world: World, sold: Web) -> None:
    sold.deliver(woo(at=5, refunds=REFUND, **PAID))
    world.do(issue_credit_notes, world.ids("SELECT id FROM credit_note"), on=TODAY)

    sold.keep(answer(), REFUNDS + "7")
    sold.apply("7")

    assert [line[1] for line in credit_lines(world)] == ["allowance", "allowance"]
    assert {outcome for outcome, _ in sold.outcomes()} == {"applied", "superseded"}


def test_of_an_order_that_is_called_off_later_the_money_goes_back_and_nothing_is_credited(
    world: World, web: Web
) -> None:  # fmt: skip
    world.add_product("LAMP", "30.00")
    web.deliver(woo(at=5, refunds=REFUND, **PAID))
    assert web.orders()["7"]["refunds"] == [["3", True, "12.00", "12.00", "expense", "draft"]]

    web.deliver(woo(at=9, status="cancelled", refunds=REFUND, **PAID))

    assert web.orders()["7"]["refunds"] == [["3", True, None, "12.00", "expense", "draft"]]
    assert world.ids("SELECT id FROM credit_note") == []
    [out] = world.ids("SELECT id FROM bank_line WHERE kind = 'expense'")
    web.apply("7")
    world.do(process_bank_lines, [out], on=TODAY)
    left = read(world.session, "SELECT amount - used AS amount FROM credit")
    assert [row.amount for row in left] == [D("48.00")]
    world.prove()


def test_the_cent_that_was_taken_off_is_not_given_back(world: World, web: Web, mug: int) -> None:
    world.receive(mug, "10")
    paid = woo(total="23.99", date_paid_gmt=PAID["date_paid_gmt"])
    web.deliver(paid)
    world.approve(web.document())
    [shipment] = world.drafts(web.document())
    world.ship(shipment)
    world.invoice(shipment)
    told = answer(quantity=-2)
    told[0] |= {"amount": "23.99"}
    told[0]["line_items"][0] |= {"total": "-20.00", "total_tax": "-4.00"}
    web.deliver(paid | {"refunds": [{"id": 3, "reason": "Torn", "total": "-23.99"}], "date_modified_gmt": LATER})
    web.keep(told, REFUNDS + "7")
    web.apply("7")

    assert credit_lines(world) == [
        ("MUG", "goods_back", 2, D("20.00")), ("ROUNDING-WEB", "allowance", 0, D("-0.01")),
    ]  # fmt: skip
    world.do(issue_credit_notes, world.ids("SELECT id FROM credit_note"), on=TODAY)
    world.prove()


@pytest.mark.parametrize("status", ["processing", "cancelled"])
@pytest.mark.parametrize("line", ["1", "99"])
def test_drafts_are_not_written_anew_by_what_says_nothing_new(world: World, web: Web, line: str, status: str) -> None:
    world.add_product("LAMP", "30.00")
    told = answer()
    told[0]["line_items"][0]["meta_data"][0]["value"] = line
    web.deliver(woo(**PAID), woo(at=5, status=status, refunds=REFUND, **PAID))
    web.keep(told, REFUNDS + "7")
    web.apply("7")
    before = checksums(world.session)

    web.apply("7")

    assert checksums(world.session) == before
    assert len(web.orders()["7"]["refunds"]) == 1


def test_before_an_invoice_the_credit_stands_alone(world: World, web: Web, mug: int) -> None:
    world.add_product("LAMP", "30.00")
    web.deliver(woo(at=5, refunds=REFUND, **PAID))
    web.keep(answer(), REFUNDS + "7")
    web.apply("7")

    assert credit_lines(world) == [("MUG", "allowance", 0, D("10.00"))]
    assert web.orders()["7"]["refunds"] == [["3", False, "12.00", "12.00", "expense", "draft"]]
    world.prove()


def test_what_was_never_paid_is_not_paid_back(world: World, web: Web) -> None:
    web.deliver(woo(refunds=[{"id": 3, "total": "-6.00"}]))

    assert web.orders()["7"]["refunds"] == [["3", True, "6.00", None, None, None]]


def test_a_refund_that_cannot_be_credited_is_told(world: World, sold: Web) -> None:
    sold.keep([answer()[0] | {"amount": "99.00", "line_items": [answer()[0]["line_items"][0] | {"total": "-99.00"}]}],
              REFUNDS + "7")  # fmt: skip
    sold.keep([answer(quantity=0)[0] | {"id": 4, "line_items": [answer(0)[0]["line_items"][0] | {"total": "-99.00"}]}],
              REFUNDS + "7")  # fmt: skip
    sold.apply("7")

    assert ("noticed", "refund_not_credited") in sold.outcomes()
    sold.apply("7")
    assert ("noticed", "refund_not_credited") in sold.outcomes()


def by_hand(world: World, amount: str) -> None:
    """Somebody credits so much net of the mugs."""
    [line] = world.ids("SELECT id FROM invoice_line WHERE sku = 'MUG'")
    invoice = world.row("invoice_line", line).invoice_id
    lines = [NewCreditLine(line, "allowance", amount=D(amount))]
    [note] = world.do(add_credit_notes, [NewCreditNote(invoice, "torn", lines)])
    world.do(issue_credit_notes, [note], on=TODAY)


def test_what_is_credited_by_hand_is_told_and_then_no_longer_asked_for(world: World, sold: Web) -> None:
    too_much = answer(quantity=0)[0]["line_items"][0] | {"total": "-99.00", "total_tax": "-19.80"}
    sold.keep([answer()[0] | {"amount": "118.80", "line_items": [too_much]}], REFUNDS + "7")
    sold.apply("7")
    assert sold.outcomes()[0] == ("noticed", "refund_not_credited")

    by_hand(world, "5.00")
    world.do(lambda session, by: look_again(session))

    told = sold.messages()[0]
    assert (told.code, told.reason["facts"]["credited"]) == ("refund_not_credited", "6.00")
    sold.apply("7")
    before = checksums(world.session)
    world.do(lambda session, by: look_again(session))
    assert checksums(world.session) == before
    by_hand(world, "15.00")
    world.do(lambda session, by: look_again(session))
    assert {outcome for outcome, _ in sold.outcomes()} == {"applied"}
    world.prove()


def test_freight_that_went_back_is_credited_too(world: World, mug: int) -> None:
    web = Web(world, "shopify")
    world.receive(mug, "10")
    web.deliver(shopify(**SHOPIFY_PAID))
    world.approve(web.document())
    [shipment] = world.drafts(web.document())
    world.ship(shipment)
    world.invoice(shipment)

    freight = [{"kind": "shipping_refund", "amount": "-5.00", "tax_amount": "-1.00"}]
    web.deliver(shopify_refund("return", "18.00", order_adjustments=freight), topic="refunds/create")

    assert credit_lines(world) == [("MUG", "goods_back", 1, D("10.00")), ("FREIGHT-WEB", "allowance", 0, D("5.00"))]
    assert web.orders()["7"]["refunds"] == [["5", False, "18.00", "18.00", "expense", "draft"]]
    world.prove()


def test_what_was_taken_off_before_it_left_is_paid_back_and_not_credited(world: World, mug: int) -> None:
    web = Web(world, "shopify")
    web.deliver(shopify(**SHOPIFY_PAID))
    line = shopify()["line_items"][0] | {"current_quantity": 1}
    web.deliver(shopify(**SHOPIFY_PAID | {
        "line_items": [line], "current_total_price": "18.00", "financial_status": "partially_refunded",
        "refunds": [shopify_refund("cancel", "12.00")], "updated_at": "2026-03-02T12:00:00+02:00",
    }))  # fmt: skip

    order = web.orders()["7"]
    assert (order["gross"], order["money"], order["lines"][0][1]) == ("18.00", "30.00", "1")
    assert order["refunds"] == [["5", False, None, "12.00", "expense", "draft"]]
    world.prove()


def test_of_a_refund_of_sent_pieces_there_is_a_credit_though_others_were_taken_off(world: World, mug: int) -> None:
    web = Web(world, "shopify")
    [line] = shopify()["line_items"]
    line |= {"quantity": 3, "current_quantity": 2, "fulfillable_quantity": 0,
             "tax_lines": [{"price": "6.00", "rate": 0.2}]}  # fmt: skip
    left = [{"id": 9, "status": "success", "line_items": [{"id": 1, "quantity": 2}]}]
    off = shopify_refund("cancel", "0", transactions=[])
    told = SHOPIFY_PAID | {"shipping_lines": [], "total_price": "36.00", "current_total_price": "24.00"}
    web.deliver(shopify(**told, line_items=[line], refunds=[off], fulfillments=left))

    told |= {"current_total_price": "12.00", "financial_status": "partially_refunded"}
    web.deliver(shopify(**told, line_items=[line | {"current_quantity": 1}], fulfillments=left,
                        refunds=[off, shopify_refund("no_restock", "12.00", id=6)],
                        updated_at="2026-03-02T12:00:01+02:00"))  # fmt: skip

    assert web.orders()["7"]["gross"] == "24.00"
    assert web.orders()["7"]["refunds"] == [["6", False, "12.00", "12.00", "expense", "draft"]]


def test_lines_are_found_again_whatever_place_a_person_gave_them(world: World, sold: Web, mug: int) -> None:
    lamp, rug = (world.ids("SELECT id FROM product WHERE sku = 'LAMP'")[0], world.add_product("RUG", "5.00"))
    two = [item(1, "MUG", "20.00", "4.00", 2), item(2, "LAMP", "30.00", "6.00", 1), item(3, "MUG", "20.00", "4.00", 2)]
    sold.deliver(woo(8, lines=two, total="84.00"))
    wanted = [NewLine(rug, D(1)), NewLine(lamp, D(1)), NewLine(mug, D(2)), NewLine(mug, D(7))]
    order = NewOrder("eshop", world.customer, world.warehouse, TODAY, wanted)
    world.do(edit_order, sold.document("8"), order, version=world.row("sales_order", sold.document("8")).version)

    line = {"id": 9, "quantity": -1, "total": "-30.00", "total_tax": "-6.00",
            "meta_data": [{"key": "_refunded_item_id", "value": "2"}]}  # fmt: skip
    other = line | {"total": "-10.00", "total_tax": "-2.00", "meta_data": [{"key": "_refunded_item_id", "value": "3"}]}
    sold.keep([answer()[0] | {"amount": "48.00", "line_items": [line, other]}], REFUNDS + "8")
    sold.apply("8")

    assert credit_lines(world) == [("LAMP", "allowance", 0, D("30.00")), ("MUG", "allowance", 0, D("10.00"))]
    kept = world.lines_of("sales_order_line", "order_id", sold.document("8"))
    assert [row.shop_line for row in kept] == ["", "2", "1", "3"]


def test_a_refund_that_comes_before_its_order_waits_for_it(world: World, web: Web) -> None:
    world.add_product("LAMP", "30.00")
    web.keep(answer(), REFUNDS + "7")
    web.apply("7")
    assert web.outcomes() == [("waiting", "order_awaited")]

    web.deliver(woo(**PAID))

    assert web.outcomes() == [("applied", None), ("applied", None)]
    assert len(world.ids("SELECT id FROM credit_note")) == 1


def test_what_was_credited_by_hand_is_not_proposed_again_once_its_lines_are_told(world: World, sold: Web) -> None:
    sold.deliver(woo(at=5, refunds=REFUND, **PAID))
    world.do(delete_credit_notes, world.ids("SELECT id FROM credit_note"))
    by_hand(world, "10.00")

    sold.keep(answer(), REFUNDS + "7")
    sold.apply("7")

    assert credit_lines(world) == [("MUG", "allowance", 0, D("10.00"))]
    assert {outcome for outcome, _ in sold.outcomes()} == {"applied", "superseded"}


def test_one_credit_by_hand_does_not_do_for_two_refunds(world: World, sold: Web) -> None:
    two = [*REFUND, {"id": 4, "reason": "", "total": "-12.00"}]
    sold.deliver(woo(at=5, refunds=two, **PAID))
    world.do(delete_credit_notes, world.ids("SELECT id FROM credit_note"))
    by_hand(world, "10.00")

    sold.apply("7")

    told = sold.messages()[-1]
    assert (told.outcome, told.code, told.reason["facts"]["ref"]) == ("noticed", "refund_not_credited", "4")


def test_a_credit_by_hand_that_a_debit_note_took_back_credits_nothing(world: World, sold: Web) -> None:
    sold.deliver(woo(at=5, refunds=REFUND, **PAID))
    world.do(delete_credit_notes, world.ids("SELECT id FROM credit_note"))
    by_hand(world, "10.00")
    debit = world.do(debit_credit_notes, world.ids("SELECT id FROM credit_note"), reason="wrong line").answer
    sold.apply("7")
    assert sold.outcomes()[-1] == ("applied", None)

    world.do(issue_invoices, debit, on=TODAY)
    sold.apply("7")

    assert sold.outcomes()[-1] == ("noticed", "refund_not_credited")
    assert "credited" not in sold.messages()[-1].reason["facts"]
    world.prove()


def test_a_deleted_draft_is_told_as_one(world: World, sold: Web) -> None:
    sold.deliver(woo(at=5, refunds=REFUND, **PAID))
    world.do(delete_credit_notes, world.ids("SELECT id FROM credit_note"))

    sold.apply("7")

    told = sold.messages()[-1]
    assert (told.outcome, told.code) == ("noticed", "refund_not_credited")
    assert told.reason["template"] == "Refund {ref} of {amount}: the credit note that was drafted for it was deleted."


@pytest.mark.parametrize("used", [False, True])
def test_a_refund_of_an_order_that_is_wanted_again_is_credited(world: World, web: Web, *, used: bool) -> None:
    world.add_product("LAMP", "30.00")
    web.deliver(woo(**PAID), woo(at=5, status="refunded", refunds=REFUND, **PAID))
    assert web.orders()["7"]["refunds"] == [["3", True, None, "12.00", "expense", "draft"]]
    if used:
        world.do(process_bank_lines, world.ids("SELECT id FROM bank_line WHERE state = 'draft'"), on=TODAY)

    web.deliver(woo(at=9, refunds=REFUND, **PAID))

    [refund] = web.orders()["7"]["refunds"]
    assert refund == ["3", True, *([None, "12.00", "expense", "processed"] if used else ["12.00", "12.00", "expense",
                                                                                         "draft"])]  # fmt: skip
    assert web.outcomes()[-1] == (("noticed", "refund_not_credited") if used else ("applied", None))
    before = checksums(world.session)
    web.apply("7")
    assert checksums(world.session) == before
    world.prove()
