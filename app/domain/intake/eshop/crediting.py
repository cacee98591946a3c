"""Refunds that no credit note could be drafted for: whether a person credited them since."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cached_property

from sqlalchemy.orm import Session

from app.domain.intake.eshop.notices import CENT, left_untold, matters
from app.domain.intake.eshop.value import Refund, ShopOrder
from app.domain.kernel.errors import DomainError
from app.domain.kernel.values import ZERO, rounded


class Credits:
    """What people credited of an order, to be counted against its refunds in their order: first against those that
    only messages told of which are kept no longer, then against `refunds`.
    """

    def __init__(self, session: Session, shop: int, order: ShopOrder, refunds: Sequence[Refund]) -> None:
        self.session, self.shop, self.order, self.refunds = session, shop, order, refunds
        self.told = ZERO

    @cached_property
    def untold(self) -> Decimal:
        """What was counted, gross, up to the last refund of which nothing is told any more."""
        left = left_untold(self.session, self.shop, self.order, self.refunds).values()
        facts = [its.facts for notices in left for its in notices if its.code == "refund_not_credited"]
        return max(
            (Decimal(str(its.get("before", 0))) + Decimal(str(its.get("due", 0))) for its in facts), default=ZERO
        )

    @property
    def before(self) -> Decimal:
        """What is counted already, gross."""
        return self.untold + self.told

    @cached_property
    def in_all(self) -> Decimal:
        """All of it, gross."""
        order = (self.shop, self.order.ref)
        now = matters(self.session, [order]).get(order)
        return now.credited_by_hand if now is not None else ZERO

    def has_some_of(self, refund: Refund, worth: Decimal) -> bool:
        """Whether people credited any of a refund whose lines are worth so much gross."""
        return min(refund.amount, worth, self.in_all - self.before) > CENT

    def notice(self, refund: Refund, worth: Decimal, *, why: str = "", deleted: bool = False) -> DomainError:
        """That a refund, whose lines are worth so much gross, has no credit note: none could be drafted, or the draft
        was `deleted`. True as long as nobody credited it.
        """
        due, before = min(refund.amount, worth), self.before
        self.told += due
        return DomainError("refund_not_credited", "", ref=refund.ref, amount=refund.amount, due=due, before=before,
                           why=why, deleted=deleted)  # fmt: skip


def gross_of(parts: Iterable[tuple[Decimal, Decimal, Decimal]], decimals: int) -> Decimal:
    """What parts of lines come to: (net of the part, net and gross of the line), at most the line."""
    return sum((rounded(min(part, net) * gross / net, decimals) for part, net, gross in parts if net > 0), ZERO)
