"""Which rate of VAT is paid: the product's, unless the tax regime of the document has a rule for it."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.catalog.tax_rates import PERCENTAGES, percent_on
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read
from app.domain.parties.models import TAX_REGIMES

DOMESTIC = "domestic"
RULES = f"""
SELECT rule.regime, rule.tax_rate_id, rule.to_rate_id, rule.category, rule.text, {PERCENTAGES}
FROM tax_rule rule JOIN tax_rate ON tax_rate.id = rule.to_rate_id
WHERE rule.regime = ANY(%(regimes)s::text[])
ORDER BY rule.id
"""


def check_regime(regime: str | None) -> None:
    """Invalid for what is no tax regime; none is the customer's."""
    if regime is not None and regime not in TAX_REGIMES:
        raise Invalid("unknown_tax_regime", "{regime} is no tax regime: choose one of {regimes}.",
                      regime=regime, regimes=", ".join(TAX_REGIMES))  # fmt: skip


class Rate(NamedTuple):
    """A tax rate and its per cent."""

    tax_rate_id: int
    percent: Decimal


class TaxRules:
    """The rules of some regimes."""

    def __init__(self, rows: Iterable[Row[Any]] = ()) -> None:
        self.rows = list(rows)
        self._found = {(row.regime, row.tax_rate_id): row for row in self.rows}

    def of(self, regime: str, tax_rate_id: int, rated: Row[Any], on: date) -> Rate:
        """What is charged in the regime on a date where a product has this rate, whose PERCENTAGES are in a row."""
        rule = self._found.get((regime, tax_rate_id))
        return Rate(rule.to_rate_id, percent_on(rule, on)) if rule else Rate(tax_rate_id, percent_on(rated, on))

    def notes(self, regime: str, lines: Iterable[Row[Any]]) -> list[dict[str, Any]]:
        """What an invoice with these lines has to say of the tax: per cent, category and legal text, each once."""
        wanted = dict.fromkeys((line.tax_rate_id, line.tax_percent) for line in lines)
        notes = [
            {"percent": percent, "category": row.category, "text": row.text}
            for row in self.rows if row.regime == regime for rate, percent in wanted if rate == row.to_rate_id
        ]  # fmt: skip
        return [note for place, note in enumerate(notes) if note not in notes[:place]]


def tax_rules(session: Session, regimes: Iterable[str]) -> TaxRules:
    """The rules of these regimes; at home every product has its own rate, and nothing is read."""
    foreign = sorted(set(regimes) - {DOMESTIC})
    return TaxRules(read(session, RULES, regimes=foreign)) if foreign else TaxRules()


RATES = f"SELECT id, active, {PERCENTAGES} FROM tax_rate WHERE id = ANY(%(ids)s::bigint[])"


def rates(session: Session, ids: Iterable[int | None]) -> dict[int | None, Row[Any]]:
    """Tax rates by id, with their PERCENTAGES; unknown ids are left out, and nothing is read where there are none."""
    wanted = sorted({i for i in ids if i is not None})
    return {row.id: row for row in read(session, RATES, ids=wanted)} if wanted else {}
