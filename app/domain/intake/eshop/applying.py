"""What a shop's messages do: an order is written down, follows the shop while it may, is paid, called off, refunded.

Everything about one order happens in one deed, under the lock of its row: whatever comes twice, late or at the same
moment has its effect once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.fulfilment.ordering import cancel_orders
from app.domain.intake.eshop import dialects
from app.domain.intake.eshop.buyers import customer_of
from app.domain.intake.eshop.merging import Heard, Merged, Taken, merge
from app.domain.intake.eshop.messages import digest_of, mark, of_order
from app.domain.intake.eshop.notices import (
    BEGUN,
    Matter,
    forget_seen,
    left_untold,
    matters,
    of_another,
    standing,
    together,
)
from app.domain.intake.eshop.ordering import as_new_order, content, difference
from app.domain.intake.eshop.paying import bring_payment, settle_again
from app.domain.intake.eshop.reading import Unreadable
from app.domain.intake.eshop.refunding import propose_refunds
from app.domain.intake.eshop.value import CANCELLED, OPEN, PLACED, ShopOrder
from app.domain.kernel.company import company
from app.domain.kernel.document import lock_documents
from app.domain.kernel.errors import DomainError, NotFound, Refused
from app.domain.kernel.rows import as_json, read, write
from app.domain.kernel.unit import deed
from app.domain.sales.orders import add_orders, edit_order

BESIDE = ("cancelled", "at", "taken")

T = TypeVar("T")
Do = Callable[[Callable[[Session], T]], T]
Outcomes = dict[int, tuple[str, DomainError | None]]

SHOP = "SELECT * FROM shop WHERE id = %(id)s"
MAKE = "INSERT INTO shop_order (shop_id, ref) VALUES (%(shop)s, %(ref)s) ON CONFLICT DO NOTHING"
LINK = """
SELECT document_id, applied FROM shop_order WHERE shop_id = %(shop)s AND ref = %(ref)s FOR NO KEY UPDATE
"""
KEEP = """
UPDATE shop_order SET document_id = %(document)s, applied = %(applied)s::jsonb
WHERE shop_id = %(shop)s AND ref = %(ref)s
"""
STATE = f"""
SELECT sales_order.state, sales_order.version, sales_order.responsible_id, sales_order.gross, document.customer_id,
       {BEGUN} AS begun
FROM sales_order JOIN document USING (id) WHERE id = %(order)s
"""


class Link(NamedTuple):
    """Which order of ours it is, if any yet, and what was written into it last."""

    document_id: int | None
    applied: Mapping[str, Any] | None

    @property
    def taken(self) -> Taken | None:
        """What the shop took for it, as far as it was told before."""
        its = (self.applied or {}).get("taken")
        return its and Taken(datetime.fromisoformat(its[0]), datetime.fromisoformat(its[1]), Decimal(its[2]))


def apply_messages(shop: int, ref: str, do: Do[None] = deed) -> None:
    """Applies all that a shop sent about the order that it calls `ref`: in one deed, or not at all.

    What cannot be done waits with its reason. `do` does a deed (of a job, or of its own).
    """
    try:
        do(lambda session: apply_order(session, shop, ref))
    except (DomainError, Refused) as refusal:
        reason = refusal if isinstance(refusal, DomainError) else next(iter(refusal.errors.values()))
        do(lambda session: _wait(session, shop, ref, reason))


def apply_order(session: Session, shop_id: int, ref: str) -> None:
    """The same inside an open deed; raises DomainError or Refused for what needs a person first."""
    shop, link = _locked(session, shop_id, ref)
    heard, outcomes = _heard(session, shop, ref)
    merged = merge(heard, known=link.document_id is not None, taken=link.taken)
    if merged is None:
        outcomes |= _without_order(heard)
    elif _is_late(link, merged):
        outcomes |= {one.id: ("superseded", None) for one in heard if one.told.order is not None}
        outcomes |= _without_order(one for one in heard if one.told.order is None)
    elif merged.wanted == OPEN:
        outcomes |= _outcomes(heard, merged, "ignored", [])
    else:
        found = _apply(session, shop, link, merged)
        now = matters(session, [(shop.id, ref)])[shop.id, ref]
        found += of_another(now)
        forget_seen(session, now, found)
        notices = standing(found, now)
        outcomes |= _outcomes(heard, merged, "noticed" if notices else "applied", notices)
        outcomes |= _overtaken(session, shop, merged, now)
    mark(session, outcomes)


def _is_late(link: Link, merged: Merged) -> bool:
    """Whether all that is kept is older than what was written here: what is kept no longer told more."""
    at = (link.applied or {}).get("at")
    return at is not None and merged.at < datetime.fromisoformat(at)


def _locked(session: Session, shop_id: int, ref: str) -> tuple[Row[Any], Link]:
    shops = read(session, SHOP, id=shop_id)
    if not shops:
        raise NotFound("not_found", "There is no such e-shop.")
    write(session, MAKE, shop=shop_id, ref=ref)
    return shops[0], Link(*read(session, LINK, shop=shop_id, ref=ref)[0])


def _heard(session: Session, shop: Row[Any], ref: str) -> tuple[list[Heard], Outcomes]:
    """The messages that can be read; those that cannot keep waiting, until the shop changed the order after them."""
    heard, outcomes, unread = list[Heard](), Outcomes(), dict[int, datetime]()
    for row in of_order(session, shop.id, ref):
        try:
            told = dialects.read(shop.dialect, row.body, row.topic)
        except Unreadable as why:
            outcomes[row.id], unread[row.id] = ("waiting", why), row.received_at
        else:
            heard.append(Heard(row.id, told, row.received_at, row.digest))
            if told.order is not None:
                changed = min(told.order.modified, row.received_at)
                outcomes |= {one: ("superseded", None) for one, came in unread.items() if came < changed}
    return heard, outcomes


def _without_order(heard: Iterable[Heard]) -> Outcomes:
    awaited = DomainError("order_awaited", "The shop has not told of this order yet.")
    return {one.id: ("waiting", awaited) if one.told.refunds else ("ignored", None) for one in heard}


def _outcomes(heard: Iterable[Heard], merged: Merged, outcome: str, notices: Sequence[DomainError]) -> Outcomes:
    """What became of each message: the furthest state has the outcome, earlier ones are superseded."""
    found = Outcomes()
    for one in heard:
        if one.id == merged.message:
            found[one.id] = (outcome, together(notices))
        elif one.told.order is not None:
            found[one.id] = ("superseded", None)
        else:
            found[one.id] = ("ignored" if outcome == "ignored" else "applied", None)
    return found


def _overtaken(session: Session, shop: Row[Any], merged: Merged, now: Matter) -> Outcomes:
    """What was noticed in messages that are kept no longer holds where those that are do not speak of it."""
    found = Outcomes()
    for message, left in left_untold(session, shop.id, merged.order, merged.refunds).items():
        notices = standing(left, now)
        found[message] = ("noticed" if notices else "superseded", together(notices))
    return found


def _wait(session: Session, shop_id: int, ref: str, reason: DomainError) -> None:
    """Nothing was done: the furthest state waits, with what came with it."""
    shop, link = _locked(session, shop_id, ref)
    heard, outcomes = _heard(session, shop, ref)
    merged = merge(heard, known=link.document_id is not None)
    if merged is not None:
        outcomes |= {one.id: ("superseded" if one.told.order is not None else "waiting",
                              None if one.told.order is not None else reason) for one in heard}  # fmt: skip
        outcomes[merged.message] = ("waiting", reason)
    mark(session, outcomes)


def _apply(session: Session, shop: Row[Any], link: Link, merged: Merged) -> list[DomainError]:
    """Makes our order what the shop's is; gives a notice for each thing that a person has to see to."""
    order = merged.order
    notices: list[DomainError | None] = []
    wanted = content(order)
    applied = before = link.applied or {}
    called_off = bool(applied.get("cancelled"))
    if link.document_id is None or (called_off and merged.wanted == PLACED):
        document, applied, notice = _write_down(session, shop, order, wanted)
    else:
        document = link.document_id
        lock_documents(session, [document])
        applied, notice = _follow(session, shop, order, document, applied, wanted)
    anew = link.document_id not in (None, document)
    if anew or (before and _written(applied) != _written(before)):
        settle_again(session, shop, order, document)
    notices += bring_payment(session, shop, order, document)
    if merged.wanted == CANCELLED:
        still_there = _call_off(session, shop, document)
        notices.append(still_there)
        # Of what both call cancelled nothing is to be changed.
        notice = notice if still_there else None
        # What was shipped is not written down once more, should the shop want the order again.
        applied = {**applied, "cancelled": still_there is None}
    elif not called_off:
        notices.append(_not_called_off(session, document))
    notices += propose_refunds(session, shop, order, merged.refunds, document, applied["lines"], anew=anew)
    applied = {**applied, "at": merged.at.isoformat()}
    if merged.taken is not None:
        applied["taken"] = [merged.taken.told.isoformat(), merged.taken.at.isoformat(), str(merged.taken.amount)]
    write(session, KEEP, shop=shop.id, ref=order.ref, document=document, applied=as_json(applied))
    return [its for its in (notice, *notices) if its is not None]


def _written(applied: Mapping[str, Any]) -> dict[str, Any]:
    """What was written into our order (see `content`), without what else is known of the shop's."""
    return {name: value for name, value in applied.items() if name not in BESIDE}


def _write_down(
    session: Session, shop: Row[Any], order: ShopOrder, wanted: dict[str, Any]
) -> tuple[int, dict[str, Any], DomainError | None]:  # fmt: skip
    new = as_new_order(session, shop, order, customer_of(session, shop, order.buyer))
    [document] = add_orders(session, [new], by=shop.actor_id)
    return document, wanted, _other_prices(session, shop, order, document)


def _follow(
    session: Session, shop: Row[Any], order: ShopOrder, document: int, applied: Mapping[str, Any],
    wanted: dict[str, Any],
) -> tuple[dict[str, Any], DomainError | None]:  # fmt: skip
    """What the shop changed is changed here while the order is active; later it is told."""
    before = _written(applied)
    its = read(session, STATE, order=document)[0]
    if before == wanted:
        return dict(applied), _other_prices(session, shop, order, document)
    if its.state != "active":
        return dict(applied), DomainError(
            "changed_later", "The shop changed the order, which is {state} here: {difference}", state=its.state,
            difference=difference(before, wanted), wanted=digest_of(str(as_json(wanted)).encode()).hex(),
        )  # fmt: skip
    same = before["buyer"] == wanted["buyer"] and before["to"] == wanted["to"]
    customer = its.customer_id if same else customer_of(session, shop, order.buyer)
    new = replace(as_new_order(session, shop, order, customer), responsible_id=its.responsible_id)
    edit_order(session, document, new, version=its.version, by=shop.actor_id)
    return wanted, _other_prices(session, shop, order, document)


def _other_prices(session: Session, shop: Row[Any], order: ShopOrder, document: int) -> DomainError | None:
    """Where our own prices hold, what the shop charged otherwise."""
    ours = read(session, STATE, order=document)[0].gross
    if shop.price_treatment == "shop" or ours == order.gross:
        return None
    return DomainError("other_prices", "The shop charged {theirs}; at our prices the order comes to {ours}.",
                       theirs=order.gross, ours=ours)  # fmt: skip


def _call_off(session: Session, shop: Row[Any], document: int) -> DomainError | None:
    its = read(session, STATE, order=document)[0]
    if its.state == "cancelled":
        return None
    if its.begun or its.state == "performed":
        return DomainError("cancelled_later", "The shop cancelled the order, of which something was shipped or "
                           "invoiced here: give up the rest, or take it back.")  # fmt: skip
    today = company(session).today()
    cancel_orders(session, [document], by=shop.actor_id, on=today, reason=f"Cancelled in {shop.name}")
    return None


def _not_called_off(session: Session, document: int) -> DomainError | None:
    if read(session, STATE, order=document)[0].state != "cancelled":
        return None
    return DomainError("cancelled_here", "The order was cancelled here, but the shop still wants it.")
