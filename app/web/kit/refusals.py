"""Refusals as the person of this request is told them: those that speak in amounts say less to who sees no prices."""

from typing import Any

from flask_babel import lazy_gettext as _

from app.domain.kernel.errors import DomainError, Refused
from app.web.kit.rights import mine

# Code → the sentence without amounts, for refusals that tell prices, discounts or what somebody owes.
WITHOUT_AMOUNTS: dict[str, Any] = {
    "discount_limit": _("More is taken off the price than you may give. Somebody who may has to agree."),
    "credit_limit": _(
        "The customer would owe more than their credit limit. Take a payment, or somebody who may has to agree."
    ),
    "negative_total": _("In all it would be worth less than nothing: leave out what is given back."),
    "parts_exceed_whole": _("The payment term does not fit what is owed: choose another term."),
}


def as_told(refusal: DomainError) -> DomainError:
    """The refusal with its facts; without amounts for those who see no prices."""
    sentence = WITHOUT_AMOUNTS.get(refusal.code)
    if sentence is None or mine().sees("prices"):
        return refusal
    return type(refusal)(refusal.code, str(sentence))


def said(refusal: DomainError | Refused) -> str:
    """The sentences of a refusal, each once."""
    errors = refusal.errors.values() if isinstance(refusal, Refused) else [refusal]
    return " ".join(dict.fromkeys(str(as_told(error)) for error in errors))
