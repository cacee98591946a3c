"""What is written down of a credit note, whatever it is made from."""

import pytest

from app.domain.billing.credit_drafts import CreditPlan
from app.domain.sales.totals import Amounts
from tests.world import D


@pytest.mark.parametrize(
    ("sources", "linked"), [({}, []), ({"invoice_id": 7}, [7]), ({"invoice_id": 7, "return_id": 8}, [7, 8])]
)
def test_its_lines_are_in_order_and_it_is_linked_to_what_it_is_made_from(
    sources: dict[str, int], linked: list[int]
) -> None:
    worth = Amounts(D(10), D(2), D(12))

    plan = CreditPlan(1, "dented", "domestic", False, "EUR", [{"sku": "A"}, {"sku": "B"}], worth, **sources)  # noqa: FBT003

    assert plan.rows(9) == [
        {"credit_note_id": 9, "position": 1, "sku": "A"}, {"credit_note_id": 9, "position": 2, "sku": "B"},
    ]  # fmt: skip
    assert list(plan.links(9)) == [(source, 9, "credits") for source in linked]
    head = plan.head()
    assert (head["invoice_id"], head["return_id"], head["gross"], head["rate"]) == (
        sources.get("invoice_id"), sources.get("return_id"), D(12), 1,
    )  # fmt: skip
