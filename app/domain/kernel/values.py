"""Exact numbers: reading, rounding and sharing. No float comes in and none goes out."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from babel.numbers import get_currency_precision

from app.domain.kernel.errors import Invalid

ZERO = Decimal(0)
HUNDRED = Decimal(100)
QUANTITY_DECIMALS = 3
PRICE_DECIMALS = 4
LIMIT = Decimal(10) ** 12
LONGEST = 40


def currency_decimals(currency: str) -> int:
    """How many decimals amounts of an ISO 4217 currency have (EUR 2, JPY 0), as CLDR lists them."""
    return get_currency_precision(currency)


def rounded(value: Decimal, decimals: int = 2) -> Decimal:
    """Half away from zero."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def exact(value: object, decimals: int, what: str) -> Decimal:
    """A finite number of at most so many decimals from a Decimal, an int or a text.

    Raises Invalid for anything else: floats, NaN, infinity, more decimals, 10^12 and beyond.
    """
    if isinstance(value, bool) or not isinstance(value, (Decimal, int, str)):
        raise Invalid("not_a_number", "{what}: write a number, not {value!r}.", what=what, value=value)
    if isinstance(value, str) and (not value.isascii() or "_" in value):
        raise Invalid("not_a_number", "{what}: {value!r} is not a number.", what=what, value=value)
    if isinstance(value, str) and len(value) > LONGEST:
        raise Invalid("out_of_range", "{what}: {value} is not a usable number.", what=what, value=value[:LONGEST])
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise Invalid("not_a_number", "{what}: {value!r} is not a number.", what=what, value=value) from None
    # `abs` would round, and overflow where the exponent is large.
    if not number.is_finite() or number.copy_abs() >= LIMIT:
        raise Invalid("out_of_range", "{what}: {value} is not a usable number.", what=what, value=str(value)[:40])
    if number != number.quantize(Decimal(1).scaleb(-decimals)):
        raise Invalid(
            "too_many_decimals",
            "{what}: {value} has more than {decimals} decimals.",
            what=what,
            value=str(number),
            decimals=decimals,
        )
    # Zero has no sign.
    return number.quantize(Decimal(1).scaleb(-decimals)) + ZERO


def part(whole: Decimal, quantity: Decimal, upto: Decimal, earlier: Decimal, decimals: int = 2) -> Decimal:
    """What the next part of a whole is worth, so that all parts add up to it.

    `upto` of `quantity` pieces are taken with this part, and the parts before it took the amount `earlier`:
    of seven pieces worth 100.00, after three for 42.86, the next two carry `part(100, 7, 5, 42.86)`, 28.57.
    """
    return rounded(whole * upto / quantity, decimals) - earlier


def shared(total: Decimal, weights: Sequence[Decimal], decimals: int = 2) -> list[Decimal]:
    """The total shared in proportion to the weights by largest remainder; ties go to the larger weight, then the first.

    Weights that sum to zero leave the total on the largest weight.
    """
    if not weights:
        return []
    whole = sum(weights, ZERO)
    if not whole:
        largest = max(range(len(weights)), key=lambda i: (abs(weights[i]), -i))
        return [total if i == largest else ZERO for i in range(len(weights))]
    # In whole numbers: a quotient cut off at some digit makes ties of what are none, and misses others.
    places = max(0, *(-int(weight.as_tuple().exponent) for weight in weights))
    steps, scaled = int(total.scaleb(decimals)), [int(weight.scaleb(places)) for weight in weights]
    sign = 1 if whole > 0 else -1
    parts = [divmod(sign * steps * weight, sign * sum(scaled)) for weight in scaled]
    order = sorted(range(len(weights)), key=lambda i: (-parts[i][1], -abs(scaled[i]), i))
    shares = [floor for floor, _ in parts]
    for i in order[: steps - sum(shares)]:
        shares[i] += 1
    return [Decimal(share).scaleb(-decimals) for share in shares]
