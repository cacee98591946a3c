"""Refunds that no credit note could be drafted for: whether a person credited them since."""

from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property

from sqlalchemy.orm import Session

from app.domain.intake.eshop.notices import CENT, matters
from app.domain.intake.eshop.value import Refund
from app.domain.kernel.errors import DomainError
from app.domain.kernel.values import ZERO, rounded


class Credits:
    """What people credited of an order, to be counted against its refunds in their order."""

    def __init__(self, session: Session, shop: int, ref: str) -> None:
        self.session, self.order = session, (shop, ref)
        self.before = ZERO

    @cached_property
    def in_all(self) -> Decimal:
        """All of it, gross."""
        now = matters(self.session, [self.order]).get(self.order)
        return now.credited_by_hand if now is not None else ZERO

    def has_some_of(self, refund: Refund, worth: Decimal) -> bool:
        """Whether people credited any of a refund whose lines are worth so much gross."""
        return min(refund.amount, worth, self.in_all - self.before) > CENT

    def notice(self, refund: Refund, worth: Decimal, *, why: str = "", deleted: bool = False) -> DomainError:
        """That a refund, whose lines are worth so much gross, has no credit note: none could be drafted, or the draft
        was `deleted`. True as long as nobody credited it.
        """
        due, before = min(refund.amount, worth), self.before
        self.before += due
        return DomainError("refund_not_credited", "", ref=refund.ref, amount=refund.amount, due=due, before=before,
                           why=why, deleted=deleted)  # fmt: skip


def gross_of(parts: Iterable[tuple[Decimal, Decimal, Decimal]], decimals: int) -> Decimal:
    """What parts of lines come to: (net of the part, net and gross of the line), at most the line."""
    return sum((rounded(min(part, net) * gross / net, decimals) for part, net, gross in parts if net > 0), ZERO)
