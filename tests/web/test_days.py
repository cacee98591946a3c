"""On which day a step is offered: the draft's own, else today; never in a closed period while there is another."""

import re
from datetime import date, timedelta

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed
from app.domain.ledger.periods import close_period
from tests.web.companies import Shop
from tests.web.shop import Visitor
from tests.world import TODAY

DRAWN_UP = TODAY - timedelta(40)


def offered(visitor: Visitor, address: str) -> str:
    found = re.search(r'name="on" value="([^"]*)"', visitor.get(address).text)
    return found[1] if found else ""


def close(shop: Shop, first: date, last: date) -> None:
    with Session(shop.engine) as session:
        actor = read(session, "SELECT min(id) AS id FROM actor")[0].id
    deed(lambda session: close_period(session, first, last, by=actor))


def test_a_step_is_offered_on_the_first_day_on_which_it_can_be_taken(own_shop: Shop) -> None:
    visitor, entry = own_shop.visit("abe"), f"/manual-entries/{own_shop.known.draft_manual}"
    today = TODAY + timedelta(1)
    undated = offered(visitor, f"{entry}/process")
    with own_shop.engine.begin() as connection:
        connection.exec_driver_sql('UPDATE manual_entry SET "on" = %(on)s WHERE id = %(id)s',
                                   {"on": DRAWN_UP, "id": own_shop.known.draft_manual})  # fmt: skip

    dated = offered(visitor, f"{entry}/process")
    close(own_shop, DRAWN_UP - timedelta(5), DRAWN_UP + timedelta(5))
    later = offered(visitor, f"{entry}/process")
    done = visitor.post(f"{entry}/process")
    free = offered(visitor, f"{entry}/cancel")
    close(own_shop, DRAWN_UP + timedelta(10), today)
    back = offered(visitor, f"{entry}/cancel")
    close(own_shop, DRAWN_UP + timedelta(6), DRAWN_UP + timedelta(9))
    nowhere = offered(visitor, f"{entry}/cancel")

    assert (undated, dated, later) == (str(today), str(DRAWN_UP), str(DRAWN_UP + timedelta(6)))
    assert done.status_code == 302
    assert (free, back, nowhere) == (str(today), str(DRAWN_UP + timedelta(9)), str(today))
