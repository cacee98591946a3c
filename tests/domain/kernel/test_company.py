"""The one company: its settings, its date, and its details as they were on a date."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel import clock
from app.domain.kernel.company import CompanyDetails, company, seller_details
from app.domain.kernel.errors import NotFound
from app.domain.kernel.rows import insert, write


def test_before_it_is_set_up_it_says_how(session: Session) -> None:
    with pytest.raises(NotFound, match="flask demo"):
        company(session)


def test_settings_are_read_once_in_a_deed(firm: Session, statements) -> None:
    settings = company(firm)

    assert (settings.currency, settings.decimals, settings.time_zone) == ("EUR", 2, "Europe/Sofia")
    assert (settings.language, settings.cogs_timing) == ("en", "at_shipment")
    assert statements(lambda: company(firm)) == 0


def test_a_currency_without_decimals_has_none(firm: Session) -> None:
    write(firm, "UPDATE company SET currency = 'JPY'")

    assert company(firm).decimals == 0


class Midnight(datetime):
    """Half past ten in the evening in London, half past midnight in Sofia."""

    @classmethod
    def now(cls, tz=None):  # type: ignore[no-untyped-def]
        return datetime(2026, 3, 1, 22, 30, tzinfo=UTC).astimezone(tz)


def test_the_business_date_is_the_companys_own(firm: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "datetime", Midnight)

    assert company(firm).today() == date(2026, 3, 2)
    assert clock.today("Europe/London") == date(2026, 3, 1)
    assert clock.now() == datetime(2026, 3, 1, 22, 30, tzinfo=UTC)


def test_details_are_those_of_the_date(firm: Session) -> None:
    insert(firm, CompanyDetails, [
        {"valid_from": date(2025, 1, 1), "details": {"city": "Varna"}},
        {"valid_from": date(2026, 1, 1), "details": {"city": "Sofia"}},
    ])  # fmt: skip

    wanted = {date(2024, 12, 31): {}, date(2025, 12, 31): {"city": "Varna"}, date(2026, 1, 1): {"city": "Sofia"}}
    assert {on: seller_details(firm, on) for on in wanted} == wanted
