"""Payment terms: from the date of an invoice to the date it is due. Pure."""

from datetime import date, timedelta


def due_date(rule: str, days: int, on: date) -> date:
    """When an invoice of the date `on` is due: `immediate` at once, `days` so many calendar days later."""
    match rule:
        case "immediate":
            return on
        case "days":
            return on + timedelta(days=days)
    raise ValueError(rule)
