"""Two people make price lists follow each other at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.domain.intake.csv_import.plans import Access, Plan
from app.domain.intake.csv_import.prices import PriceLists
from app.domain.kernel.rows import write
from app.domain.kernel.unit import deed
from app.domain.pricing.models import PriceList
from tests.domain.intake.files_of import reason, sheet_of, whats
from tests.faults.conftest import Company

FOLLOW = "UPDATE price_list SET base_id = %(base)s WHERE id = %(id)s"


def two_lists(company: Company) -> tuple[int, int]:
    one, two = (company.world.add(PriceList, code=code, name=code, currency="EUR") for code in ("ONE", "TWO"))
    company.commit()
    return one, two


def test_who_lets_a_list_follow_another_waits_for_whoever_is_doing_so(company: Company) -> None:
    """Else each of two could follow the other, and both would follow themselves."""
    one, two = two_lists(company)

    with Session(company.engine) as first, Session(company.engine) as other:
        write(first, FOLLOW, id=one, base=two)
        write(other, "SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(OperationalError, match="lock timeout"):
            write(other, FOLLOW, id=two, base=one)


def test_an_import_sees_what_a_list_follows_since_another_one_was_made(company: Company) -> None:
    two_lists(company)

    def brought(session: Session, line: str) -> Plan:
        return PriceLists().run(session, sheet_of("code,base,percent", line), Access(), by=company.by)

    def first(session: Session) -> None:
        assert whats(brought(session, "ONE,TWO,5")) == ["changed"]
        waiting.append(pool.submit(deed, lambda other: brought(other, "TWO,ONE,5")))
        with pytest.raises(StillWaiting):
            waiting[0].result(timeout=0.5)

    waiting = []
    with ThreadPoolExecutor(1) as pool:
        deed(first)
        plan = waiting[0].result(timeout=60)

    assert reason(plan) == "base: by way of ONE the list would follow itself."
