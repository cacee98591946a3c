"""Stock on the screen: who lets goods go that were held too long, and what becomes of promises."""

from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read, write
from tests.web.companies import Shop
from tests.web.shop import hidden
from tests.world import TODAY


def held(engine: Engine) -> list[tuple[str, str]]:
    """(held, waiting) of each order line that holds or waits."""
    with Session(engine) as session:
        rows = read(session, "SELECT quantity, waiting FROM reservation ORDER BY line_id")
        return [(str(row.quantity), str(row.waiting)) for row in rows]


def test_goods_that_are_held_too_long_go_to_the_next_in_line_by_a_button(own_shop: Shop) -> None:
    manager, seller = own_shop.visit("max"), own_shop.visit("sue")
    assert "/stock/lapse" not in manager.get("/stock/").text
    with Session(own_shop.engine) as session:
        write(session, "UPDATE reservation SET expires_on = %(on)s WHERE quantity > 0", on=TODAY - timedelta(days=3))
        session.commit()
    before = held(own_shop.engine)
    page = manager.get("/stock/").text
    assert 'action="/stock/lapse"' in page
    assert "/stock/lapse" not in seller.get("/stock/").text

    assert manager.post("/stock/lapse", hidden(page)).location == "/stock/"

    assert held(own_shop.engine) != before
    assert "/stock/lapse" not in manager.get("/stock/").text


def test_a_warehouse_that_stops_promising_more_than_is_there_is_saved_by_its_card(own_shop: Shop) -> None:
    administrator, known = own_shop.visit("ada"), own_shop.known
    address = f"/warehouses/{known.main}/edit"
    form = {"code": "MAIN", "name": "Main", "way": "manager_seller", "active": "y"}

    for bold in ({"negative_available": "y"}, {}):
        answer = administrator.post(address, hidden(administrator.get(address).text) | form | bold)
        assert answer.status_code == 302

    with Session(own_shop.engine) as session:
        card = read(session, "SELECT negative_available FROM warehouse WHERE id = %(id)s", id=known.main)[0]
        assert not card.negative_available
