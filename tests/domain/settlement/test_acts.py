"""Acts as rows."""

import pytest

from app.domain.settlement.acts import Act, how_posted, lines_of, release_acts, write_acts
from tests.domain.settlement.ground import acts, allocated, given, left
from tests.world import TODAY, D, World


@pytest.mark.parametrize(
    ("role", "invoice", "with_payment", "posted"),
    [
        ("customer_advances", 1, True, "with_payment"),
        ("customer_advances", 1, False, "own"),
        ("customer_advances", None, True, "none"),
        ("customer_advances", None, False, "none"),
        ("receivables", 1, True, "none"),
        ("receivables", None, False, "none"),
    ],
)
def test_only_advances_of_invoices_move_money_between_accounts(
    role: str, invoice: int | None, with_payment: bool, posted: str
) -> None:
    assert how_posted(role, invoice, with_payment=with_payment) == posted


def test_the_oldest_money_comes_first_even_where_its_act_is_younger(world: World, invoice: int) -> None:
    payment = given(world)
    item = world.ids("SELECT min(id) FROM open_item WHERE document_id = %(id)s", id=invoice)[0]
    for amount in ("2", "3"):
        world.do(write_acts, {Act(payment, invoice, TODAY, "own", world.customer): {item: D(amount)}})
    old, young = [act.id for act in acts(world)]
    world.do(release_acts, lines_of(world.session, [old]), on=TODAY)

    world.do(write_acts, {Act(payment, invoice, TODAY, "own", world.customer, old): {item: D(1)}})

    lines = lines_of(world.session, [act.id for act in acts(world)])
    assert [(line.since_id, line.amount) for line in lines] == [(old, 1), (young, 3)]
    assert (allocated(world, invoice), left(world, payment)) == ("4.00", "96.00")
