"""The amounts of a document: line amounts, VAT per document and rate, shared so that lines add up. Pure.

VAT is reckoned on the sum of a rate, not line by line (EN 16931, BR-CO-17), and shared to the lines by largest
remainder.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import NamedTuple

from app.domain.kernel.values import HUNDRED, ZERO, rounded, shared


class Taxed(NamedTuple):
    """A line's amount (net, or gross where prices include VAT), the tax rate it falls under, and its per cent."""

    amount: Decimal
    rate: Hashable
    percent: Decimal


class Amounts(NamedTuple):
    net: Decimal
    vat: Decimal
    gross: Decimal


def line_amount(quantity: Decimal, unit_price: Decimal, discount: Decimal, decimals: int = 2) -> Decimal:
    """quantity × unit price less the discount in per cent, rounded once."""
    return rounded(quantity * unit_price * (HUNDRED - discount) / HUNDRED, decimals)


def amounts(lines: Sequence[Taxed], *, vat_included: bool, decimals: int = 2) -> list[Amounts]:
    """Net, VAT and gross of each line of one document; they add up to the document's.

    Lines of one rate that was changed between them have its per cent of before and of after, and are two rates.
    """
    by_rate: dict[Hashable, list[int]] = defaultdict(list)
    for position, line in enumerate(lines):
        by_rate[line.rate, line.percent].append(position)
    answer: list[Amounts] = [Amounts(ZERO, ZERO, ZERO)] * len(lines)
    for positions in by_rate.values():
        weights = [lines[position].amount for position in positions]
        vat = _vat(sum(weights, ZERO), lines[positions[0]].percent, vat_included, decimals)
        shares = shared(vat, weights, decimals)
        for position, amount, share in zip(positions, weights, shares, strict=True):
            net = amount - share if vat_included else amount
            answer[position] = Amounts(net, share, net + share)
    return answer


def _vat(total: Decimal, percent: Decimal, vat_included: bool, decimals: int) -> Decimal:
    if vat_included:
        return total - rounded(total * HUNDRED / (HUNDRED + percent), decimals)
    return rounded(total * percent / HUNDRED, decimals)


class Made(NamedTuple):
    """What was made from a line; `otherwise` is the net of it that carries another percentage of VAT than the line."""

    net: Decimal = ZERO
    gross: Decimal = ZERO
    otherwise: Decimal = ZERO

    def and_also(self, more: "Made") -> "Made":
        """Both together."""
        return Made(self.net + more.net, self.gross + more.gross, self.otherwise + more.otherwise)


def left_to_pay(
    net: Decimal, gross: Decimal, made: Made, percent: Decimal, *, vat_included: bool, decimals: int
) -> Decimal:  # fmt: skip
    """What is left of the gross of a line, worth `net` and `gross` in all, of which something was made before.

    A gross at one percentage is not taken from one at another: where what was made carries another one, it is the net
    left, and VAT on it at the line's own `percent`. Where prices include VAT the gross is what was agreed. Never of the
    other sign than the line.
    """
    if made.otherwise and not vat_included:
        left = net - made.net
        left += rounded(left * percent / HUNDRED, decimals)
    else:
        left = gross - made.gross
    return max(left, ZERO) if (gross or made.gross) >= 0 else min(left, ZERO)


def total(lines: Sequence[Amounts]) -> Amounts:
    """The document's own amounts."""
    return Amounts(
        sum((line.net for line in lines), ZERO),
        sum((line.vat for line in lines), ZERO),
        sum((line.gross for line in lines), ZERO),
    )
