"""Drafts of returns, which hold nothing."""

import pytest

from app.domain.billing.credit_notes import issue_credit_notes
from app.domain.billing.crediting import NewCreditNote, add_credit_notes
from app.domain.billing.loose_returns import LooseLine, LooseReturn, add_loose_returns
from app.domain.billing.returning import NewReturn, NewReturnLine, ReturnOf, add_returns, edit_return
from app.domain.billing.returns import delete_returns, process_returns
from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.kernel.errors import DomainError, Invalid, NotFound, Stale, WrongState
from app.domain.kernel.rows import write
from tests.domain.billing.ground import seven
from tests.world import TODAY, D, World


def test_a_draft_moves_nothing_and_is_linked_to_its_shipment(world: World) -> None:
    _, shipment, line = seven(world)

    [back] = world.do(add_returns, [NewReturn([NewReturnLine(line, D(2))], note="dented")])

    row = world.row("customer_return", back)
    assert (row.state, row.note, world.number(back)) == ("draft", "dented", None)
    head = world.row("document", back)
    assert (head.customer_id, head.warehouse_id) == (world.customer, world.warehouse)
    [it] = world.lines_of("customer_return_line", "return_id", back)
    assert (it.shipment_line_id, it.quantity, it.uninvoiced, it.value) == (line, 2, 0, 0)
    assert world.ids("SELECT from_id FROM document_link WHERE to_id = %(id)s", id=back) == [shipment]
    assert world.row("shipment_line", line).returned == 0
    world.prove()


def test_goods_may_come_into_another_warehouse(world: World) -> None:
    _, _, line = seven(world)
    side = world.add_warehouse("SIDE")

    [back] = world.do(add_returns, [NewReturn([NewReturnLine(line, D(2))], side)])

    assert world.row("document", back).warehouse_id == side


@pytest.mark.parametrize(
    ("quantity", "code"),
    [("0", "quantity_not_positive"), ("-1", "quantity_not_positive"), ("1.5", "too_many_decimals"),
     ("NaN", "out_of_range"), ("Infinity", "out_of_range"), ("7.001", "too_many_decimals"), ("8", "more_than_shipped")],
)  # fmt: skip
def test_quantities_that_cannot_come_back_are_refused(world: World, quantity: str, code: str) -> None:
    _, _, line = seven(world)

    assert world.refusal(add_returns, [NewReturn([NewReturnLine(line, D(quantity))])]).code == code


def test_a_float_is_no_quantity(world: World) -> None:
    _, _, line = seven(world)

    assert world.refusal(add_returns, [NewReturn([NewReturnLine(line, 1.0)])]).code == "not_a_number"


def test_a_return_without_lines_or_with_a_line_twice_is_refused(world: World) -> None:
    _, _, line = seven(world)
    twice = [NewReturnLine(line, D(1)), NewReturnLine(line, D(2))]

    refused = world.refused(add_returns, [NewReturn([]), NewReturn(twice), NewReturn([NewReturnLine(line, D(1))])])

    assert {place: error.code for place, error in refused.items()} == {0: "no_lines", 1: "line_twice"}


def test_only_goods_that_left_come_back(world: World) -> None:
    product, care = world.add_product("A"), world.add_product("CARE", kind="service")
    world.receive(product, "9")
    _, shipment = world.shipped_order((care, "1"), (product, "1"))
    service = world.lines_of("shipment_line", "shipment_id", shipment)[0].id
    order = world.order((product, "1"))
    world.approve(order)
    waiting = world.lines_of("shipment_line", "shipment_id", world.drafts(order)[0])[0].id
    _, cancelled = world.shipped_order((product, "1"))
    world.do(cancel_shipments, [cancelled], on=TODAY, reason="wrong")
    gone = world.lines_of("shipment_line", "shipment_id", cancelled)[0].id

    refused = world.refused(add_returns, [
        NewReturn([NewReturnLine(line, D(1))]) for line in (service, waiting, gone, 999_999)
    ])  # fmt: skip

    assert [refused[place].code for place in range(4)] == [
        "service_returned", "not_shipped", "not_shipped", "not_found"
    ]  # fmt: skip
    assert isinstance(refused[3], NotFound)


def test_a_return_is_of_one_customer_and_says_its_warehouse_where_it_is_in_doubt(world: World) -> None:
    product, side = world.add_product("A"), world.add_warehouse("SIDE")
    world.receive(product, "9")
    world.receive(product, "9", warehouse=side)
    mine, other, beside = (
        world.lines_of("shipment_line", "shipment_id", world.shipped_order((product, "1"), **more)[1])[0].id
        for more in ({}, {"customer": world.add_customer("C002")}, {"warehouse": side})
    )

    refused = world.refused(add_returns, [
        NewReturn([NewReturnLine(mine, D(1)), NewReturnLine(other, D(1))]),
        NewReturn([NewReturnLine(mine, D(1)), NewReturnLine(beside, D(1))]),
        NewReturn([NewReturnLine(mine, D(1))], 999_999),
    ])  # fmt: skip

    assert [refused[place].code for place in range(3)] == ["mixed_customers", "no_warehouse", "unknown_warehouse"]


def test_nothing_comes_into_an_archived_warehouse(world: World) -> None:
    _, _, line = seven(world)
    write(world.session, "UPDATE warehouse SET active = false")

    assert world.refusal(add_returns, [NewReturn([NewReturnLine(line, D(1))])]).code == "unknown_warehouse"


def test_a_draft_is_deleted_and_a_processed_return_is_not(world: World) -> None:
    _, _, line = seven(world)
    [back] = world.do(add_returns, [NewReturn([NewReturnLine(line, D(2))])])

    world.do(delete_returns, [back])

    assert world.ids("SELECT id FROM customer_return") == []
    assert isinstance(world.refusal(delete_returns, [world.bring_back((line, "1"))]), WrongState)
    world.prove()


def test_a_draft_is_written_anew_with_other_pieces_in_its_own_warehouse(world: World) -> None:
    _, shipment, line = seven(world)
    side = world.add_warehouse("SIDE")
    [back] = world.do(add_returns, [NewReturn([NewReturnLine(line, D(2))], side)])

    world.do(edit_return, back, ReturnOf([shipment], {line: D(3)}, "counted again"), version=1)

    row, head = world.row("customer_return", back), world.row("document", back)
    assert (row.note, row.version, head.warehouse_id) == ("counted again", 2, side)
    assert [it.quantity for it in world.lines_of("customer_return_line", "return_id", back)] == [3]
    assert world.ids("SELECT from_id FROM document_link WHERE to_id = %(id)s", id=back) == [shipment]
    assert world.ids("SELECT count(*) FROM document_history WHERE step = 'edit'") == [1]
    with pytest.raises(Stale):
        world.do(edit_return, back, ReturnOf([shipment]), version=1)
    world.do(edit_return, back, ReturnOf([shipment]), version=2)
    assert [it.quantity for it in world.lines_of("customer_return_line", "return_id", back)] == [7]
    world.do(process_returns, [back], on=TODAY)
    with pytest.raises(WrongState):
        world.do(edit_return, back, ReturnOf([shipment]), version=4)
    world.prove()


def test_what_a_credit_note_promised_stays_its_own_when_it_is_written_anew(world: World) -> None:
    _, shipment, line = seven(world)
    invoice = world.invoice(shipment)
    [note] = world.do(add_credit_notes, [NewCreditNote(invoice, "dented")])
    world.do(issue_credit_notes, [note], on=TODAY)
    [back] = world.ids("SELECT id FROM customer_return WHERE credit_note_id = %(id)s", id=note)

    world.do(edit_return, back, ReturnOf([shipment], {line: D(5)}), version=1)
    world.do(process_returns, [back], on=TODAY)

    assert world.row("customer_return", back).credit_note_id == note
    sources = world.ids("SELECT from_id FROM document_link WHERE to_id = %(id)s ORDER BY from_id", id=back)
    assert sources == sorted([shipment, note])
    assert world.ids("SELECT id FROM credit_note WHERE return_id IS NOT NULL") == []
    world.prove()


def test_what_a_credit_note_promised_is_not_written_anew_for_another_shipment(world: World) -> None:
    _, shipment, line = seven(world)
    invoice = world.invoice(shipment)
    [note] = world.do(add_credit_notes, [NewCreditNote(invoice, "dented")])
    world.do(issue_credit_notes, [note], on=TODAY)
    [back] = world.ids("SELECT id FROM customer_return WHERE credit_note_id = %(id)s", id=note)
    product = world.add_product("A")
    world.receive(product, "3")
    _, other = world.shipped_order((product, "3"))

    for shipments in ([other], [shipment, other]):
        with pytest.raises(Invalid) as refusal:
            world.do(edit_return, back, ReturnOf(shipments), version=1)
        assert refusal.value.code == "other_shipment"

    world.do(edit_return, back, ReturnOf([shipment], {line: D(7)}), version=1)


def test_a_draft_keeps_its_customer_and_is_of_shipments_or_of_none(world: World) -> None:
    _, shipment, line = seven(world)
    [back] = world.do(add_returns, [NewReturn([NewReturnLine(line, D(2))])])
    product = world.add_product("A")
    world.receive(product, "1")
    loose = LooseReturn(world.customer, world.warehouse, [LooseLine(product, D(1))])
    [other] = world.do(add_loose_returns, [loose])
    _, theirs = world.shipped_order((product, "1"), customer=world.add_customer("C002"))

    codes = []
    for document, new in ((other, ReturnOf([shipment])), (back, ReturnOf([theirs])), (back, ReturnOf([]))):
        with pytest.raises(DomainError) as refusal:
            world.do(edit_return, document, new, version=1)
        codes.append(refusal.value.code)

    assert codes == ["without_shipment", "other_customer", "no_lines"]
