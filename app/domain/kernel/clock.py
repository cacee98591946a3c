"""The only place that reads the clock."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The moment of recording, in UTC."""
    return datetime.now(UTC)


def today(time_zone: str) -> date:
    """The business date in the company's time zone (an IANA name)."""
    return datetime.now(ZoneInfo(time_zone)).date()
