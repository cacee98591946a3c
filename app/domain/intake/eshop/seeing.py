"""What a person says of notices: that they have seen to them, or that they are to be told after all.

Most notices go by themselves once people did something; of some there is nothing to do, or it is done elsewhere.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.intake.eshop.jobs import ask_to_apply
from app.domain.intake.eshop.messages import mark, told
from app.domain.intake.eshop.notices import KEEP_SEEN, each, gist, matters, standing, together
from app.domain.kernel import clock
from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.rows import as_json, read, write

# Whoever applies messages of the order holds the same row.
OF_MESSAGE = """
SELECT link.shop_id, link.ref, link.seen FROM inbound_message message
JOIN shop_order link ON link.shop_id = message.shop_id AND link.ref = message.order_ref
WHERE message.id = %(id)s FOR NO KEY UPDATE OF link
"""
SAID = """
SELECT outcome, reason, EXISTS (
    SELECT FROM inbound_message other
    WHERE other.shop_id = message.shop_id AND other.order_ref = message.order_ref AND length(other.body) > 0
) AS kept
FROM inbound_message message WHERE id = %(id)s
"""

# What the program does by itself, when its day comes.
AWAITED = ("nothing_open",)


def stamp(reason: Mapping[str, Any] | None) -> str:
    """What tells whether a message still says what a person read."""
    return hashlib.sha256(json.dumps(reason, sort_keys=True).encode()).hexdigest()[:16] if reason else ""


def can_be_seen_to(outcome: str, reason: Mapping[str, Any] | None) -> bool:
    """Whether a message has notices which a person can say that they have seen to."""
    return outcome == "noticed" and reason is not None and any(its.code not in AWAITED for its in each(reason))


def see_to(session: Session, message: int, read_as: str, *, by: int) -> None:
    """Ends the notices of a message as seen to, so that the same are not told again.

    `read_as` is the stamp of what the person read. Raises Refused where there is nothing to see to, or where the
    message says something else by now.
    """
    link, its = _locked(session, message)
    if link is None or not can_be_seen_to(its.outcome, its.reason):
        raise Refused({message: DomainError("nothing_noticed", "There is nothing to see to in it.")})
    if stamp(its.reason) != read_as:
        raise Refused({message: DomainError("says_otherwise", "It says something else by now: read it again.")})
    notices = each(its.reason)
    left = [notice for notice in notices if notice.code in AWAITED]
    seen = [
        {"notice": told(notice), "message": message, "by": by, "at": clock.now().isoformat()}
        for notice in notices if notice.code not in AWAITED
    ]  # fmt: skip
    _keep(session, link, [*link.seen, *seen])
    mark(session, {message: ("noticed" if left else "applied", together(left))})


def tell_again(session: Session, message: int) -> None:
    """Takes back that a message's notices were seen to; what of them is still so is told again.

    Raises Refused where nobody has seen to any.
    """
    link, its = _locked(session, message)
    back = [one for one in link.seen if one["message"] == message] if link else []
    if not link or not back:
        raise Refused({message: DomainError("nothing_seen", "Nobody has seen to anything in it.")})
    _keep(session, link, [one for one in link.seen if one not in back])
    if its.outcome in ("applied", "noticed") or (its.outcome == "superseded" and not its.kept):
        _tell(session, message, link, its.reason, [notice for one in back for notice in each(one["notice"])])
    else:
        # Another message says what is so by now.
        ask_to_apply(session, [(link.shop_id, link.ref)])


def _tell(
    session: Session, message: int, link: Row[Any], reason: Mapping[str, Any] | None, back: Sequence[DomainError]
) -> None:  # fmt: skip
    """Has a message tell what it does, and what is still so of more notices."""
    order = (link.shop_id, link.ref)
    now = matters(session, [order]).get(order)
    said = each(reason) if reason else []
    known = [gist(told(notice)) for notice in said]
    again = [notice for notice in back if gist(told(notice)) not in known]
    notices = [*said, *(standing(again, now) if now is not None else again)]
    mark(session, {message: ("noticed" if notices else "applied", together(notices))})


def _locked(session: Session, message: int) -> tuple[Row[Any] | None, Any]:
    """The order's row of a message, held; and what the message says."""
    links = read(session, OF_MESSAGE, id=message)
    return (links[0], read(session, SAID, id=message)[0]) if links else (None, None)


def _keep(session: Session, link: Row[Any], seen: Sequence[Mapping[str, Any]]) -> None:
    write(session, KEEP_SEEN, shop=link.shop_id, ref=link.ref, seen=as_json(list(seen)))
