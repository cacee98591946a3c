"""The small sign on pages of an account or a product: what is shown there is proved, on top of the last full proof."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.kernel.unit import reading
from app.domain.proof import Check
from app.domain.proof.since import last_mark


class Sign(NamedTuple):
    """Whether all of it holds, and when everything was proved last."""

    ok: bool
    since: datetime


def proved(check: Callable[[Session, int], list[Check]], of: int) -> Sign | None:
    """Proves a part as it is now; None where nothing was proved yet: all of it would take too long for a page."""
    with reading() as session:
        mark = last_mark(session)
        return None if mark is None else Sign(all(it.ok for it in check(session, of)), mark.at)
