"""Which rate of VAT a customer pays: the product's, unless the customer's tax regime has a rule for it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read

DOMESTIC = "domestic"
RULES = """
SELECT rule.regime, rule.tax_rate_id, rule.to_rate_id, target.rate AS percent, rule.category, rule.text
FROM tax_rule rule JOIN tax_rate target ON target.id = rule.to_rate_id
WHERE rule.regime = ANY(%(regimes)s::text[])
ORDER BY rule.id
"""


class Rate(NamedTuple):
    """A tax rate and its per cent."""

    tax_rate_id: int
    percent: Decimal


class TaxRules:
    """The rules of some regimes."""

    def __init__(self, rows: Iterable[Row[Any]] = ()) -> None:
        self.rows = list(rows)
        self._found = {(row.regime, row.tax_rate_id): Rate(row.to_rate_id, row.percent) for row in self.rows}

    def of(self, regime: str, tax_rate_id: int, percent: Decimal) -> Rate:
        """What is charged to a customer of the regime where a product has this rate."""
        return self._found.get((regime, tax_rate_id), Rate(tax_rate_id, percent))

    def notes(self, regime: str, rates: Iterable[int | None]) -> list[dict[str, Any]]:
        """What an invoice with these rates has to say of the tax: per cent, category and legal text, each once."""
        wanted = set(rates)
        notes = [
            {"percent": row.percent, "category": row.category, "text": row.text}
            for row in self.rows if row.regime == regime and row.to_rate_id in wanted
        ]  # fmt: skip
        return [note for place, note in enumerate(notes) if note not in notes[:place]]


def tax_rules(session: Session, regimes: Iterable[str]) -> TaxRules:
    """The rules of these regimes; at home every product has its own rate, and nothing is read."""
    foreign = sorted(set(regimes) - {DOMESTIC})
    return TaxRules(read(session, RULES, regimes=foreign)) if foreign else TaxRules()
