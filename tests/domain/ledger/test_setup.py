"""Setting up the company."""

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.company import company, seller_details
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read
from app.domain.ledger.charts import CHARTS
from app.domain.ledger.models import ROLES
from app.domain.ledger.posting_rules import EVENTS, complete_rules
from app.domain.ledger.setup import FROM_THE_FIRST_DAY, set_up_company

ASKED = {"name": "Ada Ltd", "currency": "EUR", "time_zone": "Europe/Sofia", "country": "BG", "chart": "bg"}


@pytest.mark.parametrize("chart", CHARTS)
def test_a_new_company_has_accounts_rules_and_number_series(session: Session, chart: str) -> None:
    set_up_company(session, **ASKED | {"chart": chart}, details={"vat_number": "BG123"})

    assert complete_rules(session) == []
    assert (company(session).currency, company(session).time_zone) == ("EUR", "Europe/Sofia")
    assert seller_details(session, FROM_THE_FIRST_DAY) == {"name": "Ada Ltd", "vat_number": "BG123"}
    assert len(read(session, "SELECT id FROM account")) == len(CHARTS[chart].accounts)
    series = read(session, "SELECT code, prefix, width, restart, gapless, ascending FROM number_series ORDER BY id")
    assert {tuple(row) for row in series} >= {
        ("orders", "SO-", 6, "never", False, False),
        ("shipments", "SH-", 6, "never", True, False),
        ("receipts", "GR-", 6, "never", True, False),
        ("invoices", "", 10, "never", True, True),
    }


@pytest.mark.parametrize("code", [
    ("currency", "EURO", "unknown_currency"),
    ("currency", "eur", "unknown_currency"),
    ("time_zone", "Sofia", "unknown_time_zone"),
    ("time_zone", "../etc/passwd", "unknown_time_zone"),
    ("chart", "de", "unknown_chart"),
    ("name", "  ", "no_name"),
])  # fmt: skip
def test_what_is_unknown_is_refused_and_leaves_no_trace(session: Session, code: tuple[str, str, str]) -> None:
    field, value, expected = code

    with pytest.raises(DomainError) as refusal:
        set_up_company(session, **ASKED | {field: value})

    assert refusal.value.code == expected
    assert value.strip() in str(refusal.value)
    assert read(session, "SELECT id FROM company UNION ALL SELECT id FROM account") == []


def test_a_second_company_is_refused(session: Session) -> None:
    set_up_company(session, **ASKED)
    accounts = read(session, "SELECT count(*) FROM account")

    with pytest.raises(DomainError) as refusal:
        set_up_company(session, **ASKED)

    assert refusal.value.code == "company_exists"
    assert read(session, "SELECT count(*) FROM account") == accounts


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_a_chart_has_an_account_for_every_role_and_says_which(chart) -> None:
    roles = {account.code: account.role for account in chart.accounts}

    assert len(roles) == len(chart.accounts)
    assert set(chart.defaults) == set(ROLES)
    assert all(roles[code] == role for role, code in chart.defaults.items())
    assert all(roles[code] == role for kind in chart.by_kind.values() for role, code in kind.items())
    assert len({kind["revenue"] for kind in chart.by_kind.values()}) == 3


def test_every_event_uses_only_known_roles_and_has_both_sides() -> None:
    for amounts in EVENTS.values():
        sides = [side for amount in amounts for side in amount.sides()]
        assert {role for _, role in sides} <= set(ROLES)
        assert {side for side, _ in sides} == {"debit", "credit"}


@pytest.mark.parametrize("change", [
    "UPDATE posting_rule SET valid_from = '2999-01-01' WHERE event = 'invoice.issued' AND amount = 'vat'",
    """UPDATE posting_rule SET (role, account_id) = (SELECT role, id FROM account WHERE role = 'cash')
       WHERE event = 'invoice.issued' AND amount = 'vat'""",
])  # fmt: skip
def test_a_side_without_a_rule_of_its_role_is_named(session: Session, change: str) -> None:
    set_up_company(session, **ASKED)
    session.connection().exec_driver_sql(change)

    [sentence] = complete_rules(session)

    assert "invoice.issued" in sentence
    assert "vat" in sentence
    assert "output_vat" in sentence
