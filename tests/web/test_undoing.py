"""The undo chain on the pages of the documents that it starts from."""

from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.test_documents import buttons, state
from tests.world import TODAY

ANSWERS = {"on": str(TODAY), "reason": "a mistake"}


def test_the_plan_is_shown_before_anything_is_taken_back(own_shop: Shop) -> None:
    visitor, before = own_shop.visit("ada"), checksums(own_shop.engine)
    order = own_shop.known.ids["performed_north"]

    page = visitor.get(f"/orders/{order}/undo?on={TODAY}&reason=mistake").text

    plan = page.split("The plan, in this order")[1].split("</ul>")[0]
    places = [plan.index(word) for word in ("invoice", "shipment", "sales order")]
    assert places == sorted(places)
    assert plan.count("cancel") == 2
    assert checksums(own_shop.engine) == before


def test_whoever_may_cancel_all_of_it_takes_it_back(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")

    answer = visitor.post(f"/orders/{own_shop.known.ids['performed_north']}/undo", data=ANSWERS)

    assert answer.status_code == 302
    assert state(own_shop, "sales_order", "performed_north") == "cancelled"
    assert state(own_shop, "shipment", "shipment_north") == "cancelled"


def test_whoever_may_not_cancel_a_kind_that_it_takes_back_is_told_so(own_shop: Shop) -> None:
    seller, before = own_shop.visit("sue"), checksums(own_shop.engine)
    order = own_shop.known.ids["performed"]

    answer = seller.post(f"/orders/{order}/undo", data=ANSWERS)

    assert answer.status_code == 409
    assert "that you may not cancel." in answer.text
    assert checksums(own_shop.engine) == before
    assert "undo" not in buttons(seller, f"/orders/{order}")
