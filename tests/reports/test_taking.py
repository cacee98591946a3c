"""How long new orders waited, against orders of which it is known."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel import clock
from app.domain.kernel.document import Actor
from app.domain.kernel.errors import Invalid
from app.domain.sales.orders import activate_orders
from app.domain.sales.taking import take_orders
from app.reports.taking import time_to_take
from tests.world import World

D = Decimal
# Half past midnight in Sofia, where it is a day later than in London.
CAME = datetime(2026, 3, 4, 22, 30, tzinfo=UTC)


@pytest.fixture
def busy(session: Session, monkeypatch: pytest.MonkeyPatch) -> World:
    """Of eleven orders one seller took ten within 1 to 10 minutes, and another one one after an hour."""
    world = World(session)
    cup = world.add_product("CUP", "10.00")
    people = [Actor(name=name) for name in ("Ann", "Bob")]
    session.add_all(people)
    session.flush()
    for minutes in (*range(1, 11), 60):
        order = world.order((cup, "1"))
        monkeypatch.setattr(clock, "now", lambda: CAME)
        world.do(activate_orders, [order])
        monkeypatch.setattr(clock, "now", lambda minutes=minutes: CAME + timedelta(minutes=minutes))
        monkeypatch.setattr(world, "by", people[minutes == 60].id)
        world.do(take_orders, [order])
        monkeypatch.undo()
    return world


def told(world: World, since: str, until: str) -> list[tuple]:
    days = [datetime.fromisoformat(day).date() for day in (since, until)]
    return [tuple(row) for row in time_to_take(*days).rows(world.session)]


def test_each_seller_has_the_minutes_from_active_to_taken(busy: World) -> None:
    assert told(busy, "2026-03-05", "2026-03-05") == [
        ("Ann", 10, D("5.5"), D("9.1"), D("10.0")),
        ("Bob", 1, D("60.0"), D("60.0"), D("60.0")),
    ]


def test_a_day_is_a_day_of_the_company(busy: World) -> None:
    assert told(busy, "2026-03-04", "2026-03-04") == []
    assert told(busy, "2026-03-06", "2026-03-09") == []


def test_a_stretch_that_ends_before_it_starts_is_refused(busy: World) -> None:
    with pytest.raises(Invalid, match="cannot end"):
        told(busy, "2026-03-05", "2026-03-04")
