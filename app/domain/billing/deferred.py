"""The cost of what left `at_invoice`: it waits with the pieces, and goes on to cost of sales as they are invoiced.

Invoices, and returns of pieces that are on no invoice, take of a line's cost in one sequence. What comes back of
invoiced pieces shares the cost that these took to cost of sales.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.rows import read
from app.domain.kernel.values import ZERO, part, rounded

# What issued invoices and credit notes, and processed returns, moved of each line; drafts hold pieces, but no cost.
COSTS = """
SELECT line.id, line.cost, line.quantity, line.pre_invoiced, line.pre_credited, line.returned_uninvoiced,
       line.invoiced - coalesce(held.quantity, 0) AS sold, coalesce(taken.cost, 0) - coalesce(again.cost, 0) AS taken,
       line.returned - line.returned_uninvoiced AS back, coalesce(returned.cost, 0) AS back_cost,
       coalesce(returned.deferred, 0) AS deferred
FROM shipment_line line LEFT JOIN LATERAL (
    SELECT sum(part.quantity) AS quantity FROM invoice_line part JOIN invoice ON invoice.id = part.invoice_id
    WHERE part.shipment_line_id = line.id AND invoice.state = 'draft'
) held ON true LEFT JOIN LATERAL (
    SELECT sum(part.cost) AS cost FROM invoice_line part JOIN invoice ON invoice.id = part.invoice_id
    WHERE part.shipment_line_id = line.id AND invoice.state = 'issued'
) taken ON true LEFT JOIN LATERAL (
    SELECT sum(part.again_cost) AS cost
    FROM credit_note_line part JOIN credit_note ON credit_note.id = part.credit_note_id
    WHERE part.shipment_line_id = line.id AND credit_note.state = 'issued'
) again ON true LEFT JOIN LATERAL (
    SELECT sum(part.value - part.deferred) AS cost, sum(part.deferred) AS deferred
    FROM customer_return_line part JOIN customer_return ON customer_return.id = part.return_id
    WHERE part.shipment_line_id = line.id AND customer_return.state = 'processed'
) returned ON true
WHERE line.id = ANY(%(lines)s::bigint[])
"""


@dataclass
class Deferred:
    """The cost of a shipment line, as it changes in the course of a batch.

    `gone` pieces are invoiced or came back without an invoice, and took `gone_cost` of it; `sold` are the invoiced ones
    of them, with `sold_cost`, and `back` those of these that came back, with `back_cost`. `ahead` were invoiced in
    advance, so that they took `ahead_cost` to cost of sales as they left; `ahead_credited` of them are credited.
    """

    cost: Decimal
    quantity: Decimal
    gone: Decimal
    gone_cost: Decimal
    sold: Decimal
    sold_cost: Decimal
    back: Decimal
    back_cost: Decimal
    decimals: int = 2
    ahead: Decimal = ZERO
    ahead_cost: Decimal = ZERO
    ahead_credited: Decimal = ZERO

    def sell(self, quantity: Decimal) -> Decimal:
        """What goes on to cost of sales with pieces that are invoiced."""
        cost = self.take_back(quantity)
        self.sold += quantity
        self.sold_cost += cost
        return cost

    def take_back(self, quantity: Decimal) -> Decimal:
        """What pieces that are on no invoice bring back."""
        self.gone += quantity
        cost = max(part(self.cost, self.quantity, self.gone, self.gone_cost, self.decimals), ZERO)
        self.gone_cost += cost
        return cost

    def return_sold(self, quantity: Decimal) -> Decimal:
        """What invoiced pieces bring back from cost of sales; the last of them bring all that is left."""
        if not quantity:
            return ZERO
        self.back += quantity
        cost = max(part(self.sold_cost, self.sold, self.back, self.back_cost, self.decimals), ZERO)
        self.back_cost += cost
        return cost

    def credit_ahead(self, quantity: Decimal) -> Decimal:
        """The share of the next pieces that are credited in what was invoiced in advance took to cost of sales."""
        before = self.ahead_credited
        self.ahead_credited += quantity
        upto = rounded(self.ahead_cost * self.ahead_credited / self.ahead, self.decimals)
        return upto - rounded(self.ahead_cost * before / self.ahead, self.decimals)

    def open_again(self, quantity: Decimal, share: Decimal) -> Decimal:
        """What pieces to be invoiced again take out of cost of sales: their share of what their invoice took there.

        All that is left where no piece stays sold that is not back, for what came back may have cost a cent less.
        """
        self.sold -= quantity
        self.gone -= quantity
        left = self.sold_cost - self.back_cost
        cost = left if self.sold == self.back else min(share, left)
        self.sold_cost -= cost
        self.gone_cost -= cost
        return cost


def deferred_costs(session: Session, lines: Iterable[int]) -> dict[int, Deferred]:
    """The cost of shipment lines that left `at_invoice`, by their ids."""
    decimals = company(session).decimals
    answer = {}
    for row in read(session, COSTS, lines=sorted(set(lines))):
        # Pieces that were invoiced in advance were the first, on the day they left.
        ahead_cost = rounded(row.cost * row.pre_invoiced / row.quantity, decimals)
        sold_cost = ahead_cost + row.taken
        answer[row.id] = Deferred(
            row.cost, row.quantity, row.sold + row.returned_uninvoiced, sold_cost + row.deferred, row.sold, sold_cost,
            row.back, row.back_cost, decimals, row.pre_invoiced, ahead_cost, row.pre_credited,
        )  # fmt: skip
    return answer
