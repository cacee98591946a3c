"""Moving average cost. Pure."""

from decimal import Decimal

from app.domain.kernel.values import ZERO, rounded


def issue_cost(quantity: Decimal, on_hand: Decimal, value: Decimal, decimals: int = 2) -> Decimal:
    """What pieces that leave take of the value of all that is there; the last piece takes the rest.

    3 pieces worth 10.00 leave one by one as 3.33, 3.34 and 3.33.
    """
    if quantity == on_hand:
        return value
    return rounded(value * quantity / on_hand, decimals)


def correction(on_hand: Decimal, value: Decimal, last_cost: Decimal | None, decimals: int = 2) -> Decimal:
    """What to add to a value that an exact mirror left impossible (IAS 2 knows no negative inventory).

    Where nothing is left the value becomes 0.00; a negative value becomes what is there at the last cost known.
    """
    if on_hand == 0:
        return -value
    if value < 0:
        return rounded(on_hand * (last_cost or ZERO), decimals) - value
    return ZERO
