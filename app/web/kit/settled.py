"""The cards of a document's page that say what it pays, or what paid it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext

from app.reports.settlement import credit_of, owed_for, owes, paid_by, settled_by
from app.web.kit import look, trails
from app.web.kit.rights import mine


def tells_amounts() -> bool:
    """Whether the person is told what pays what: it takes the right to settlement, and to prices, which amounts are."""
    return mine().may("view", "Settlement") and mine().sees("prices")


def settling(session: Any, payments: Mapping[int, str], right: str) -> set[int]:
    """Which payments, each with its kind, the person sees and their right on settlement reaches: where it is for their
    own only, those of their desks.
    """
    if not mine().may(right, "Settlement"):
        return set()
    return trails.seen(session, payments, right, "Settlement")


def settles(session: Any, pk: int) -> list[dict[str, Any]]:
    """What a payment settles and what is left of it, to be released or allocated by whoever may."""
    money = credit_of(session, pk) if tells_amounts() else None
    if money is None or not settling(session, {pk: money.kind}, "view"):
        return []
    may = settling(session, {pk: money.kind}, "process")
    acts = _shown(session, settled_by(session, pk), may)
    allocate = url_for("SettlementPage.allocate", pk=pk) if may and money.left else ""
    return [_card(gettext("Pays"), acts, look.money(money.left), allocate)]


def paid(session: Any, pk: int) -> list[dict[str, Any]]:
    """What paid a document."""
    acts = payments_of(session, pk) if tells_amounts() else ()
    if not acts:
        return []
    may = settling(session, {act.payment_id: act.kind for act in acts}, "process")
    return [_card(gettext("Paid by"), _shown(session, acts, may), "", "")]


def payments_of(session: Any, pk: int) -> list[Any]:
    """The acts that settle a document, as far as the person is told of their payments."""
    acts = paid_by(session, pk)
    reached = settling(session, {act.payment_id: act.kind for act in acts}, "view")
    return [act for act in acts if act.payment_id in reached]


def takers(session: Any, pk: int) -> list[dict[str, Any]]:
    """The buttons that take a payment of a document, where something is open on it."""
    if not owed_for(session, pk):
        return []
    return first(_begun("pays", pk, gettext("Take payment"), gettext("Paid by bank")))


def adjusters(session: Any, pk: int) -> list[dict[str, Any]]:
    """The button that settles what is owed for a document without money."""
    if not mine().may("edit", "Adjustments") or not owed_for(session, pk):
        return []
    address = url_for("AdjustmentView.new", settles=pk)
    return [{"text": gettext("Adjust"), "icon": "scale", "url": address}]


def givers(session: Any, pk: int) -> list[dict[str, Any]]:
    """The buttons that pay a customer back what is left of a payment or credit note."""
    money = credit_of(session, pk)
    return _begun("repays", pk, gettext("Pay back"), gettext("Pay back by bank")) if money and money.left else []


def allocators(session: Any, pk: int) -> list[dict[str, Any]]:
    """The button that uses what is left of a payment, where its customer owes something."""
    money = credit_of(session, pk) if tells_amounts() else None
    if money is None or not money.left or not owes(session, money.customer_id, money.currency):
        return []
    if not settling(session, {pk: money.kind}, "process"):
        return []
    address = url_for("SettlementPage.allocate", pk=pk)
    return [{"text": gettext("Allocate"), "icon": "arrows-exchange", "url": address, "next": True}]


def first(makers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same buttons, of which the first is what comes next."""
    return [maker | {"next": place == 0} for place, maker in enumerate(makers)]


def bringers(pk: int) -> list[dict[str, Any]]:
    """The buttons that bring in what was sent to another desk or bank."""
    return first(_begun("brings", pk, gettext("Bring into a desk"), gettext("Bring into a bank")))


def _begun(about: str, pk: int, at_desk: str, at_bank: str) -> list[dict[str, Any]]:
    places = (("Cash orders", "CashOrderView.new", at_desk, "cash"), ("Bank documents", "BankLineView.new", at_bank,
                                                                     "building-bank"))  # fmt: skip
    return [
        {"text": text, "icon": icon, "url": url_for(endpoint, **{about: pk})}
        for resource, endpoint, text, icon in places if mine().may("edit", resource)
    ]  # fmt: skip


def _card(title: str, acts: Sequence[dict[str, Any]], left: str, allocate: str) -> dict[str, Any]:
    return {"template": "stockbook/settled.html", "title": title, "acts": acts, "left": left, "allocate": allocate}


def _shown(session: Any, acts: Sequence[Any], may: Collection[int]) -> list[dict[str, Any]]:
    seen = trails.seen(session, {act.other_id: act.kind for act in acts})
    return [
        {
            "on": act.on, "kind": look.word(act.kind), "number": act.number or f"#{act.other_id}", "amount": act.amount,
            "url": trails.address(act.kind, act.other_id) if act.other_id in seen else "",
            "release": url_for("SettlementPage.release", pk=act.id) if act.payment_id in may else "",
        }
        for act in acts
    ]  # fmt: skip
