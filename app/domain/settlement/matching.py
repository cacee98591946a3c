"""How amounts meet lines. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from app.domain.kernel.values import ZERO


def payable(grosses: Sequence[Decimal]) -> list[Decimal]:
    """What is owed for each line of a document: negative lines settle positive ones, in line order."""
    credit = -sum((gross for gross in grosses if gross < 0), ZERO)
    owed = []
    for gross in grosses:
        used = min(max(gross, ZERO), credit)
        credit -= used
        owed.append(max(gross, ZERO) - used)
    return owed


def share_in_order(amount: Decimal, open_amounts: Sequence[Decimal]) -> list[Decimal]:
    """An amount spread over open lines in order, each up to what is open on it; what is too much is left over."""
    shares = []
    for open_amount in open_amounts:
        share = min(amount, open_amount)
        amount -= share
        shares.append(share)
    return shares
