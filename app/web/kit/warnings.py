"""What a person should know before a step, though it does not stand in the way."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from app.reports.tax_changes import Changed, rates_changed
from app.web.kit import look
from app.web.kit.look import plain
from app.web.kit.rights import mine


def rate_warnings(changed: Iterable[Changed]) -> list[dict[str, Any]]:
    """For those who see prices: which tax rate is another one than was agreed, as code, sentence and facts."""
    if not mine().sees("prices"):
        return []
    return list({row[3:]: _rate_warning(row) for row in changed}.values())


def draft_warnings(session: Session, document: Any) -> list[dict[str, Any]]:
    """What one should know of a draft before it goes on, as if that were today."""
    return rate_warnings(rates_changed(session, [document.id], look.today())) if document.state == "draft" else []


def _rate_warning(row: Changed) -> dict[str, Any]:
    told = {"rate": row.rate, "agreed": plain(row.agreed), "charged": plain(row.charged)}
    sentence = (
        gettext("VAT %(rate)s was %(agreed)s %% when this was agreed and is %(charged)s %% on the date of supply: the "
                "price with VAT stays, the part without VAT is another one.", **told)
        if row.prices_include_vat else
        gettext("VAT %(rate)s was %(agreed)s %% when this was agreed and is %(charged)s %% on the date of supply: the "
                "price without VAT stays, the total is another one.", **told)
    )  # fmt: skip
    return {"code": "tax_rate_changed", "message": sentence, "facts": told}
