"""Why a price is what it is: an explanation as it was kept, told in sentences."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from flask_babel import gettext, lazy_gettext

from app.web.kit import look
from app.web.kit.look import plain

RULES = {
    "customer_product": lazy_gettext("The customer's discount for the product"),
    "customer_group_product": lazy_gettext("The customer group's discount for the product"),
    "customer_group": lazy_gettext("The customer's discount for the product group"),
    "customer_group_group": lazy_gettext("The customer group's discount for the product group"),
    "customer_general": lazy_gettext("The customer's general discount"),
    "customer_group_general": lazy_gettext("The customer group's general discount"),
}


class Reason(NamedTuple):
    """One thing that was considered: its sentence, and whether it decided."""

    text: str
    won: bool


def reasons(explanation: Mapping[str, Any]) -> list[Reason]:
    """The price first, list by list, then every discount in the order in which they are asked."""
    if not explanation:
        return []
    return [*_of_list(explanation), *(_of_rule(rule) for rule in explanation.get("discounts", ()))]


def _of_list(told: Mapping[str, Any]) -> Iterator[Reason]:
    own = list(told.get("rows", ()))
    for row in own:
        text = gettext("Price list %(list)s: %(price)s%(span)s", list=told["list"], price=_price(row["price"]),
                       span=_span(row))  # fmt: skip
        yield Reason(text, bool(row["won"]))
    if derived := told.get("derived"):
        yield from _of_list(derived["from"])
        yield Reason(_derived(told, derived), told.get("base_price") is not None)
    elif not own:
        yield Reason(gettext("Price list %(list)s has no price of the product.", list=told["list"]), won=False)


def _derived(told: Mapping[str, Any], derived: Mapping[str, Any]) -> str:
    parts = [gettext("Price list %(list)s follows it", list=told["list"])]
    if Decimal(derived["percent"]):
        parts.append(gettext("%(percent)s %%", percent=f"{Decimal(derived['percent']):+f}"))
    if derived["step"]:
        parts.append(gettext("rounded to %(step)s", step=derived["step"]))
    if derived["less_cent"]:
        parts.append(gettext("less 0.01"))
    price = told.get("base_price")
    return f"{', '.join(parts)}: {_price(price) if price else gettext('no price')}"


def _of_rule(rule: Mapping[str, Any]) -> Reason:
    special, percent = rule.get("special_price"), rule.get("percent")
    if special is not None:
        worth = gettext("special price %(price)s", price=_price(special))
    else:
        worth = gettext("none") if percent is None else f"{_number(percent)} %"
    return Reason(f"{RULES[rule['rule']]}: {worth}{_span(rule)}", bool(rule["won"]))


def _span(row: Mapping[str, Any]) -> str:
    """From which quantity and in which dates; nothing where it holds always."""
    parts = []
    if Decimal(row.get("min_quantity") or 0):
        parts.append(gettext("from %(quantity)s on", quantity=_number(row["min_quantity"])))
    if row.get("from") or row.get("to"):
        parts.append(f"{row.get('from') or '…'} – {row.get('to') or '…'}")
    if row.get("valid") is False:
        parts.append(gettext("not valid here"))
    return f" ({', '.join(parts)})" if parts else ""


def _price(text: str) -> str:
    return look.price(Decimal(text))


def _number(text: str) -> str:
    return plain(Decimal(text))
