"""What a tax rate is on a date: the percentage of its last row by then, before its first row that of its card."""

from bisect import bisect_right
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from app.domain.kernel.values import ZERO

# The columns, of a query that joins `tax_rate`, from which `percent_on` reads.
PERCENTAGES = """tax_rate.rate AS first_percent,
       ARRAY(SELECT its.valid_from FROM tax_rate_row its WHERE its.tax_rate_id = tax_rate.id ORDER BY its.valid_from)
           AS changed_on,
       ARRAY(SELECT its.percent FROM tax_rate_row its WHERE its.tax_rate_id = tax_rate.id ORDER BY its.valid_from)
           AS changed_to"""


def percent_on(row: Row[Any], on: date) -> Decimal:
    """The per cent of a row's tax rate on a date; 0 where it has none, because it is outside VAT."""
    place = bisect_right(row.changed_on, on)
    percent: Decimal | None = row.changed_to[place - 1] if place else row.first_percent
    return ZERO if percent is None else percent
