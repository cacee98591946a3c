"""Two storekeepers count the same goods at the same moment: what one of them puts right, the other does not again."""

import pytest

from app.domain.kernel.errors import Refused
from app.domain.warehousing.counts import process_counts
from app.domain.warehousing.sheets import Counted, NewCount, add_counts, write_counted
from tests.faults.conftest import Company
from tests.world import TODAY, D

ON_HAND = "SELECT on_hand FROM stock_balance WHERE product_id = %(product)s"


def test_what_two_count_at_once_is_put_right_once(company: Company) -> None:
    world, product = company.world, company.world.add_product("COUNTED")
    world.receive(product, "10")
    first, second = (world.sheet({product: "8"}) for _ in range(2))
    company.commit()

    with pytest.raises(Refused) as refusal:
        company.meeting(
            lambda session: process_counts(session, [first], on=TODAY, by=company.by),
            company.doing(process_counts, [second], on=TODAY),
        )

    assert {i: error.code for i, error in refusal.value.errors.items()} == {second: "counted_since"}
    assert company.column(ON_HAND, product=product) == [8]
    company.prove()


def test_a_sheet_that_is_drawn_while_somebody_counts_expects_what_they_found(company: Company) -> None:
    world, product = company.world, company.world.add_product("COUNTED")
    world.receive(product, "10")
    first = world.sheet({product: "8"})
    company.commit()

    _, [sheet] = company.meeting(
        lambda session: process_counts(session, [first], on=TODAY, by=company.by),
        company.doing(add_counts, [NewCount(world.warehouse)]),
    )

    [line] = company.column("SELECT id FROM stock_count_line WHERE count_id = %(id)s AND product_id = %(product)s",
                            id=sheet, product=product)  # fmt: skip
    company.doing(write_counted, sheet, {line: Counted(D(8))}, version=1)()
    company.doing(process_counts, [sheet], on=TODAY)()
    assert company.column(ON_HAND, product=product) == [8]
    company.prove()
