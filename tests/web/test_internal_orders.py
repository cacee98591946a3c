"""Internal orders as people of the two warehouses meet them: who asks, who sends, who receives."""

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from tests.web.companies import Shop
from tests.web.shop import Visitor, hidden
from tests.web.test_scope import links

BASE = "/internal-orders"


def state(shop: Shop, order: int) -> str:
    with Session(shop.engine) as session:
        return str(read(session, "SELECT state FROM internal_order WHERE id = %(id)s", id=order)[0].state)


def ask(visitor: Visitor, **fields: object) -> object:
    form = hidden(visitor.get(f"{BASE}/new").text)
    return visitor.post(f"{BASE}/new", {**form, **fields})


def test_an_order_is_seen_by_those_of_both_its_warehouses_and_nobody_else(shop: Shop) -> None:
    known, keeper = shop.known, shop.visit("ken")

    page = keeper.get(f"{BASE}/").text

    assert links(page, BASE) == {known.internal_order, known.asked_of_main, known.asked_of_north}
    assert keeper.get(f"{BASE}/{known.sent_south}").status_code == 404
    assert shop.visit("cat").get(f"{BASE}/").status_code == 403


@pytest.mark.parametrize(
    ("person", "order", "buttons"),
    [
        ("ken", "internal_order", {"approve", "delete", "edit"}), ("ken", "asked_of_main", {"cancel", "correct"}),
        ("ken", "asked_of_north", {"send", "cancel"}), ("max", "asked_of_north", {"send", "cancel", "correct"}),
        ("max", "sent_south", {"receive", "cancel", "correct"}),
        ("sue", "internal_order", set()), ("una", "sent_south", set()),
    ],
)  # fmt: skip
def test_each_is_offered_what_is_theirs_to_do(shop: Shop, person: str, order: str, buttons: set[str]) -> None:
    pk = shop.known.ids[order]

    page = shop.visit(person).get(f"{BASE}/{pk}").text

    names = ("approve", "send", "receive", "cancel", "delete", "edit", "correct")
    assert {name for name in names if f'{BASE}/{pk}/{name}"' in page} == buttons


def test_what_is_the_other_warehouses_is_refused_with_a_sentence_and_changes_nothing(own_shop: Shop) -> None:
    known, keeper = own_shop.known, own_shop.visit("ken")

    page = keeper.post(f"{BASE}/bulk/send", {"rowid": [known.asked_of_main, known.asked_of_north]}).text

    assert page.count("This is for the people of the other warehouse.") == 1
    assert state(own_shop, known.asked_of_main) == "approved"
    assert state(own_shop, known.asked_of_north) == "in_transit"


def test_a_storekeeper_asks_a_warehouse_that_they_may_not_look_into(own_shop: Shop) -> None:
    known, keeper = own_shop.known, own_shop.visit("ken")
    line = {"product_0": known.bolt, "quantity_0": "3"}

    answer = ask(keeper, warehouse=known.north, source=known.main, note="", **line)

    assert answer.status_code == 302
    page = keeper.get(answer.location).text
    assert "MAIN" in page
    assert "Value" not in page
    assert ask(keeper, warehouse=known.main, source=known.north, **line).status_code == 422
    assert ask(keeper, warehouse=known.north, source=known.north, **line).status_code == 422


def test_a_draft_is_written_anew_by_those_who_ask_and_not_once_it_is_approved(own_shop: Shop) -> None:
    known, keeper = own_shop.known, own_shop.visit("ken")
    address = f"{BASE}/{known.internal_order}"
    form = hidden(keeper.get(f"{address}/edit").text) | {
        "warehouse": known.north, "source": known.main, "note": "", "product_0": known.bolt, "quantity_0": "7",
    }  # fmt: skip

    assert keeper.post(f"{address}/edit", form).location == address

    with Session(own_shop.engine) as session:
        sql = "SELECT quantity FROM internal_order_line WHERE internal_order_id = %(id)s"
        assert [row.quantity for row in read(session, sql, id=known.internal_order)] == [7]
    assert keeper.get(f"{BASE}/{known.asked_of_main}/edit").location == f"{BASE}/{known.asked_of_main}"


def test_short_goods_are_received_as_they_are(own_shop: Shop) -> None:
    known, manager = own_shop.known, own_shop.visit("max")
    address = f"{BASE}/{known.sent_south}/receive"
    with Session(own_shop.engine) as session:
        line = read(session, "SELECT id FROM internal_order_line WHERE internal_order_id = %(id)s",
                    id=known.sent_south)[0].id  # fmt: skip

    page = manager.get(address).text
    assert f'name="quantity_{line}"' in page
    assert "Quantities that arrive" in page
    assert manager.post(address, {f"quantity_{line}": "6"}).status_code == 302

    shown = manager.get(f"{BASE}/{known.sent_south}").text
    assert state(own_shop, known.sent_south) == "performed"
    assert "0.60" in shown


def test_what_is_below_its_point_becomes_internal_orders(own_shop: Shop) -> None:
    known, keeper = own_shop.known, own_shop.visit("ken")
    point = {"warehouse_id": known.north, "product_id": known.bolt, "minimum": "5", "maximum": "8"}

    form = hidden(keeper.get("/reorder-points/new").text)
    assert keeper.post("/reorder-points/new", {**form, **point, "source_id": known.main}).status_code == 302

    page = keeper.get("/to-order/").text
    assert "BOLT" in page
    assert "BOLT" not in own_shop.visit("sue").get("/to-order/").text
    with Session(own_shop.engine) as session:
        row = read(session, "SELECT id FROM reorder_point")[0].id
    keeper.post("/to-order/propose", {"rowid": row})
    assert "BOLT" not in keeper.get("/to-order/").text
    with Session(own_shop.engine) as session:
        made = read(session, "SELECT quantity FROM internal_order_line WHERE product_id = %(id)s", id=known.bolt)
    assert [line.quantity for line in made] == [8]
