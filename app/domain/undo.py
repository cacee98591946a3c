"""The undo chain: takes back a document with all that follows it, newest first, in one deed or not at all.

An issued invoice is credited whole, so that its pieces are to be invoiced again. Money is never cancelled: what it
settled is released, and it stays the customer's advance.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.credit_notes import issue_credit_notes
from app.domain.billing.crediting import credit_invoices, delete_credit_notes
from app.domain.billing.invoicing import delete_invoices
from app.domain.billing.returns import cancel_returns, delete_returns
from app.domain.fulfilment.ordering import cancel_orders
from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.kernel.document import lock_documents, record
from app.domain.kernel.errors import DomainError, Invalid, NotFound, Refused, WrongState, refuse
from app.domain.kernel.lifecycle import Outcome, done_before
from app.domain.kernel.rows import read
from app.domain.ledger.periods import check_date
from app.domain.lifecycles import CREDIT_NOTE, CUSTOMER_RETURN, INVOICE, SALES_ORDER, SHIPMENT
from app.domain.settlement.releases import release_allocations


class Undoing(NamedTuple):
    """One line of the plan: what is done with a document."""

    document_id: int
    kind: str
    number: str | None
    what: str


# From an order to its shipments and advance invoices, from a shipment to its returns and invoices, from an invoice to
# what credits it, from that to what takes it back, and from an advance invoice to the shipments that delivered its
# pieces. Money is no part of it, and of what was credited already nothing is taken back; `is_left` tells what an
# invoice has left.
CHAIN = """
WITH RECURSIVE chain (root, id) AS (
    SELECT id, id FROM unnest(%(ids)s::bigint[]) AS id
    UNION
    SELECT chain.root, following.id FROM chain CROSS JOIN LATERAL (
        SELECT link.to_id FROM document_link link
        WHERE link.from_id = chain.id AND link.kind IN ('ships', 'invoices', 'returns', 'credits', 'debits')
        UNION ALL
        SELECT line.shipment_id FROM advance JOIN advance_delivery delivery ON delivery.advance_id = advance.id
        JOIN shipment_line line ON line.id = delivery.shipment_line_id WHERE advance.invoice_id = chain.id
    ) following (id)
)
SELECT chain.root, chain.id, document.kind, document.number,
       coalesce(sales_order.state, shipment.state, invoice.state, customer_return.state, credit_note.state) AS state,
       EXISTS (SELECT FROM advance WHERE advance.invoice_id = chain.id) AS is_advance,
       coalesce(invoice.kind = 'debit', false) AS is_debit,
       invoice.kind <> 'debit' AND EXISTS (SELECT FROM invoice_line line WHERE line.invoice_id = chain.id
               AND (line.credited < line.quantity OR line.credited_net <> line.net OR line.credited_vat <> line.vat)
       ) AS is_left
FROM chain JOIN document ON document.id = chain.id
LEFT JOIN sales_order ON sales_order.id = chain.id LEFT JOIN shipment ON shipment.id = chain.id
LEFT JOIN invoice ON invoice.id = chain.id LEFT JOIN customer_return ON customer_return.id = chain.id
LEFT JOIN credit_note ON credit_note.id = chain.id
ORDER BY chain.id DESC, chain.root
"""
# Money on invoices: what credit notes settled of them stays settled.
ACTS = """
SELECT act.id, act.target_id, payment.id AS payment_id, payment.kind, payment.number
FROM allocation act JOIN document payment ON payment.id = act.payment_id AND payment.kind <> 'credit_note'
WHERE act.target_id = ANY(%(ids)s::bigint[]) AND act.released_on IS NULL ORDER BY act.id DESC
"""
STANDING = {
    SALES_ORDER.kind: ("estimate", "active", "approved", "performed"), SHIPMENT.kind: ("processed",),
    INVOICE.kind: ("issued",), CUSTOMER_RETURN.kind: ("processed",),
}  # fmt: skip
END = {SALES_ORDER.kind: "cancelled", SHIPMENT.kind: "cancelled", CUSTOMER_RETURN.kind: "cancelled"}


def undo_chains(session: Session, ids: Iterable[int], /, *, by: int, on: date, reason: str) -> Outcome:
    """Takes back orders, shipments, invoices or returns, each with all that was made from it; the plan is the answer.

    Drafts are deleted and returns cancelled; money on invoices is released before they are credited; shipments are
    cancelled before the advance invoices that they delivered are credited, and orders last. What was taken back whole
    before is told as already done.

    Raises Refused, by the documents asked for, with the sentence of what blocks, and Invalid or DomainError for the
    date and for no reason.
    """
    check_date(session, on=on)
    if not reason.strip():
        raise Invalid("no_reason", "Say why this is taken back.")
    wanted = sorted(set(ids))
    chain = _locked(session, wanted)
    outcome = Outcome(done=[i for i in wanted if _stands(chain.rows.get(i))])
    others = [i for i in wanted if i not in outcome.done]
    outcome.already = done_before(session, "undo", [i for i in others if i in chain.rows])
    refuse({i: _refusal(chain.rows.get(i)) for i in others if i not in outcome.already})
    outcome.answer = _take_back(session, chain.of(outcome.done), on=on, reason=reason, by=by) if outcome.done else []
    return outcome


def plan_of(session: Session, ids: Sequence[int]) -> list[Undoing]:
    """What taking back these documents would do, in order; nothing is locked and nothing refused."""
    chain = Chain(read(session, CHAIN, ids=list(ids)))
    return chain.plan(read(session, ACTS, ids=chain.payable))


def touched(session: Session, ids: Sequence[int]) -> dict[int, dict[str, set[int]]]:
    """By document, the documents that its undo chain takes back, itself too, by their kind."""
    found: dict[int, dict[str, set[int]]] = {i: defaultdict(set) for i in ids}
    for row in read(session, CHAIN, ids=list(ids)):
        if row.state == "draft" or _stands(row):
            found[row.root][row.kind].add(row.id)
    return found


class Chain:
    """Documents by id with the roots that lead to each, sorted by what is done with them."""

    def __init__(self, found: Sequence[Row[Any]]) -> None:
        self.found = found
        self.rows: dict[int, Row[Any]] = {row.id: row for row in found}
        self.roots: dict[int, set[int]] = defaultdict(set)
        for row in found:
            self.roots[row.id].add(row.root)

    def of(self, roots: Sequence[int]) -> "Chain":
        """The part of it that follows these documents."""
        return Chain([row for row in self.found if row.root in set(roots)])

    def ids(self, kind: str, *states: str) -> list[int]:
        return [i for i, row in self.rows.items() if row.kind == kind and row.state in states]

    @property
    def issued(self) -> list[int]:
        """Invoices of which something is left to credit."""
        return [i for i in self.ids(INVOICE.kind, "issued") if self.rows[i].is_left]

    def credited(self, *, in_advance: bool) -> list[int]:
        """Those of them that were issued before the goods left, or those that were not."""
        return [i for i in self.issued if self.rows[i].is_advance is in_advance]

    @property
    def payable(self) -> list[int]:
        """Those, and debit notes of what was credited of them: crediting them anew settles these."""
        return [*self.issued, *(i for i in self.ids(INVOICE.kind, "issued") if self.rows[i].is_debit)]

    @property
    def drafts(self) -> list[int]:
        """Drafts that hold pieces or promise them."""
        return [i for kind in (CREDIT_NOTE, INVOICE, CUSTOMER_RETURN) for i in self.ids(kind.kind, "draft")]

    def plan(self, acts: Sequence[Row[Any]]) -> list[Undoing]:
        """Every line of it, in the order in which it is done."""
        told = [
            *self._told("delete", self.drafts),
            *self._told("cancel", self.ids(CUSTOMER_RETURN.kind, "processed")),
            *(Undoing(act.payment_id, act.kind, act.number, "release") for act in acts),
            *self._told("credit", self.credited(in_advance=False)),
            *self._told("cancel", self.ids(SHIPMENT.kind, "processed")),
            *self._told("credit", self.credited(in_advance=True)),
        ]
        orders = self.ids(SALES_ORDER.kind, *STANDING[SALES_ORDER.kind])
        waiting = [i for i in self.ids(SHIPMENT.kind, "draft") if self.roots[i] & set(orders)]
        return [*told, *self._told("delete", waiting), *self._told("cancel", orders)]

    def _told(self, what: str, ids: Sequence[int]) -> list[Undoing]:
        return [Undoing(i, self.rows[i].kind, self.rows[i].number, what) for i in ids]

    def by_root(self, errors: Mapping[int, DomainError]) -> Refused:
        """What stands in the way, told of the documents that were asked for."""
        told: dict[int, DomainError] = {}
        for document, error in errors.items():
            for root in self.roots.get(document) or {row.root for row in self.found}:
                told.setdefault(root, error)
        return Refused(told)


def _locked(session: Session, ids: Sequence[int]) -> Chain:
    """The chain with all its documents, and the money on them, locked; what joined it meanwhile is locked too."""
    held: set[int] = set()
    while True:
        chain = Chain(read(session, CHAIN, ids=list(ids)))
        acts = read(session, ACTS, ids=chain.payable)
        wanted = chain.rows.keys() | {i for act in acts for i in (act.id, act.payment_id)}
        if wanted <= held:
            return chain
        lock_documents(session, wanted)
        held |= wanted


def _stands(row: Row[Any] | None) -> bool:
    if row is None or row.state not in STANDING.get(row.kind, ()):
        return False
    return bool(row.kind != INVOICE.kind or row.is_left)


def _refusal(row: Row[Any] | None) -> DomainError:
    if row is None:
        return NotFound("not_found", "There is no such document.")
    kind = row.kind.replace("_", " ")
    if row.kind not in STANDING:
        return DomainError("no_chain", "A {kind} has no chain of its own: cancel it.", kind=kind)
    return WrongState("wrong_state", "This {kind} is {state}: there is nothing to take back.", kind=kind,
                      state=row.state)  # fmt: skip


def _take_back(session: Session, chain: Chain, *, on: date, reason: str, by: int) -> list[Undoing]:
    """Kind by kind, each once for all chains together."""
    acts = read(session, ACTS, ids=chain.payable)
    plan = chain.plan(acts)
    told: dict[str, Any] = {"on": on, "reason": reason, "by": by}

    def do(action: Callable[..., Any], ids: Sequence[int], **arguments: Any) -> Any:
        try:
            return action(session, ids, **arguments) if ids else None
        except Refused as refusal:
            raise chain.by_root(refusal.errors) from None

    def credit(invoices: Sequence[int]) -> None:
        if invoices:
            notes = do(credit_invoices, invoices, reason=reason, kind="invoice_again", by=by).answer
            chain.roots |= {note: chain.roots[i] for note, i in zip(notes, sorted(invoices), strict=True)}
            do(issue_credit_notes, notes, on=on, by=by)

    do(delete_credit_notes, chain.ids(CREDIT_NOTE.kind, "draft"), by=by)
    do(delete_invoices, chain.ids(INVOICE.kind, "draft"), by=by)
    do(delete_returns, chain.ids(CUSTOMER_RETURN.kind, "draft"), by=by)
    do(cancel_returns, chain.ids(CUSTOMER_RETURN.kind, "processed"), **told)
    # What came back is owed again, and money that followed it is an act of its own by now.
    acts = read(session, ACTS, ids=chain.payable)
    chain.roots |= {act.id: chain.roots[act.target_id] for act in acts}
    do(release_allocations, [act.id for act in acts], **told)
    credit(chain.credited(in_advance=False))
    do(cancel_shipments, chain.ids(SHIPMENT.kind, "processed"), **told)
    credit(chain.credited(in_advance=True))
    do(cancel_orders, chain.ids(SALES_ORDER.kind, *STANDING[SALES_ORDER.kind]), **told)
    _record(session, chain, plan, on=on, reason=reason, by=by)
    return plan


def _record(session: Session, chain: Chain, plan: Sequence[Undoing], *, on: date, reason: str, by: int) -> None:
    """Each document that was asked for tells that it was taken back, and with how many others."""
    roots = sorted({row.root for row in chain.found})
    record(session, "undo", [
        {"document_id": root, "from_state": chain.rows[root].state,
         "to_state": END.get(chain.rows[root].kind, chain.rows[root].state),
         "changes": {"on": str(on), "reason": reason, "documents": str(len(plan))}}
        for root in roots
    ], by=by)  # fmt: skip
