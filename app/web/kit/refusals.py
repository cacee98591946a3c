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
# The same for those who see no costs: what each of several goods costs could be found out by trying prices.
WITHOUT_COSTS: dict[str, Any] = {
    "below_cost": _("Goods are sold below cost. Ask a higher price, or somebody who may has to agree."),
}


def as_told(refusal: DomainError) -> DomainError:
    """The refusal with its facts; without amounts for those who see no prices, or no costs where it speaks of those."""
    untold, what = (WITHOUT_COSTS, "costs") if refusal.code in WITHOUT_COSTS else (WITHOUT_AMOUNTS, "prices")
    sentence = untold.get(refusal.code)
    if sentence is None or mine().sees(what):
        return refusal
    return type(refusal)(refusal.code, str(sentence))


def said(refusal: DomainError | Refused) -> str:
    """The sentences of a refusal, each once."""
    errors = refusal.errors.values() if isinstance(refusal, Refused) else [refusal]
    return " ".join(dict.fromkeys(str(as_told(error)) for error in errors))
