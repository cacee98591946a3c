"""Goods and credits that wait for each other."""

from app.domain.billing.promises import credit_returned, return_promised
from tests.domain.billing.test_crediting import draft, invoiced
from tests.world import D, World


def test_what_is_credited_already_or_on_a_draft_is_not_credited_again(world: World) -> None:
    _, line, _, _ = invoiced(world)
    back = world.bring_back((line, "2"))
    count = "SELECT count(*) FROM credit_note"
    assert world.ids(count) == [1]

    world.do(credit_returned, [(back, line, D(2))], reason="Goods came back")

    assert world.ids(count) == [1]


def test_a_note_without_goods_promises_nothing(world: World) -> None:
    _, _, invoice, _ = invoiced(world)
    note = draft(world, invoice, kind="allowance")

    world.do(return_promised, [note])

    assert world.ids("SELECT id FROM customer_return") == []
