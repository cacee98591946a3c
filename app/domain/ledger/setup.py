"""Setting up the company: its settings, number series, chart of accounts and posting rules."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from babel.numbers import is_currency
from sqlalchemy.orm import Session

from app.domain.kernel.company import CompanyDetails
from app.domain.kernel.errors import DomainError, Invalid
from app.domain.kernel.numbering import NumberSeries
from app.domain.kernel.rows import insert, read, reserve_ids
from app.domain.ledger.charts import CHARTS, Chart
from app.domain.ledger.models import Account, PostingRule
from app.domain.ledger.posting_rules import EVENTS

# Earlier than any document, so that back-dated ones find details and rules too.
FROM_THE_FIRST_DAY = date(1900, 1, 1)

SERIES: tuple[Mapping[str, object], ...] = (
    {"code": "orders", "name": "Sales orders", "prefix": "SO-", "width": 6, "gapless": False, "ascending": False},
    {"code": "shipments", "name": "Shipments", "prefix": "SH-", "width": 6, "gapless": True, "ascending": False},
    {"code": "receipts", "name": "Stock receipts", "prefix": "GR-", "width": 6, "gapless": True, "ascending": False},
    {"code": "openings", "name": "Opening stock", "prefix": "OS-", "width": 6, "gapless": True, "ascending": False},
    {"code": "write_offs", "name": "Write-offs", "prefix": "WO-", "width": 6, "gapless": True, "ascending": False},
    {"code": "returns", "name": "Customer returns", "prefix": "CR-", "width": 6, "gapless": True, "ascending": False},
    {"code": "counts", "name": "Stock counts", "prefix": "SC-", "width": 6, "gapless": True, "ascending": False},
    {
        "code": "internal_orders",
        "name": "Internal orders",
        "prefix": "IO-",
        "width": 6,
        "gapless": True,
        "ascending": False,
    },
    {"code": "credit_notes", "name": "Credit notes", "prefix": "CN-", "width": 6, "gapless": True, "ascending": True},
    {"code": "adjustments", "name": "Adjustments", "prefix": "AD-", "width": 6, "gapless": True, "ascending": False},
    {"code": "bank-lines", "name": "Bank lines", "prefix": "BL-", "width": 6, "gapless": True, "ascending": False},
    {"code": "statements", "name": "Bank statements", "prefix": "BS-", "width": 6, "gapless": True, "ascending": False},
    {"code": "manual", "name": "Manual entries", "prefix": "ME-", "width": 6, "gapless": True, "ascending": False},
    {
        "code": "opening_balances",
        "name": "Opening balances",
        "prefix": "OB-",
        "width": 6,
        "gapless": True,
        "ascending": False,
    },
    {"code": "invoices", "name": "Invoices", "prefix": "", "width": 10, "gapless": True, "ascending": True},
)

ADD_COMPANY = """
INSERT INTO company (id, name, currency, time_zone, language, country, chart)
VALUES (1, %(name)s, %(currency)s, %(time_zone)s, %(language)s, %(country)s, %(chart)s)
ON CONFLICT DO NOTHING RETURNING id
"""


def set_up_company(
    session: Session,
    *,
    name: str,
    currency: str,
    time_zone: str,
    country: str,
    chart: str,
    language: str = "en",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Makes the company of this database, ready to trade.

    `currency` is an ISO 4217 code, `time_zone` an IANA name, `chart` a key of CHARTS; `details` is what documents
    print of the seller (its name is added where it is missing). Raises DomainError for anything unknown and where the
    company exists already.
    """
    _check(name, currency, time_zone, chart)
    added = read(
        session,
        ADD_COMPANY,
        name=name,
        currency=currency,
        time_zone=time_zone,
        language=language,
        country=country,
        chart=chart,
    )
    if not added:
        raise DomainError("company_exists", "The company is set up already: change its settings instead.")
    seller = {"name": name} | dict(details or {})
    insert(session, CompanyDetails, [{"valid_from": FROM_THE_FIRST_DAY, "details": seller}])
    insert(session, NumberSeries, SERIES)
    _write_rules(session, CHARTS[chart], _write_accounts(session, CHARTS[chart]))
    session.info.pop("company", None)


def _check(name: str, currency: str, time_zone: str, chart: str) -> None:
    if not name.strip():
        raise Invalid("no_name", "The company needs a name.")
    if not is_currency(currency):
        raise Invalid("unknown_currency", "{currency} is no ISO 4217 currency: write one like EUR.", currency=currency)
    if time_zone not in available_timezones():
        raise Invalid("unknown_time_zone", "{zone} is no time zone: write one like Europe/Sofia.", zone=time_zone)
    if chart not in CHARTS:
        raise Invalid(
            "unknown_chart",
            "There is no chart of accounts {chart}: choose {known}.",
            chart=chart,
            known=" or ".join(CHARTS),
        )


def _write_accounts(session: Session, chart: Chart) -> dict[str, int]:
    """Writes the chart's accounts; code → id."""
    ids = reserve_ids(session, Account, len(chart.accounts))
    rows = [
        {
            "id": account_id,
            "code": account.code,
            "name": account.name,
            "role": account.role,
            "translations": {"en": account.english} if account.english else {},
        }
        for account_id, account in zip(ids, chart.accounts, strict=True)
    ]
    insert(session, Account, rows)
    return {account.code: account_id for account_id, account in zip(ids, chart.accounts, strict=True)}


def _write_rules(session: Session, chart: Chart, accounts: Mapping[str, int]) -> None:
    rows = [
        {
            "event": event,
            "amount": amount.name,
            "side": side,
            "role": role,
            "account_id": accounts[chart.defaults[role]],
            "valid_from": FROM_THE_FIRST_DAY,
        }
        for event, amounts in EVENTS.items()
        for amount in amounts
        for side, role in amount.sides()
    ]
    insert(session, PostingRule, rows)
