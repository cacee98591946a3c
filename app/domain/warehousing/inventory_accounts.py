"""Goods on another inventory account than before: their value goes there too, and cancellations follow it.

A product is on the account that its groups name, else on the posting rule's. Nothing that is posted is posted anew:
what lies there goes over by an entry of its own, on the day of the change.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.catalog.products import accounts_of
from app.domain.kernel.company import company
from app.domain.kernel.document import record, register
from app.domain.kernel.rows import read
from app.domain.ledger.periods import check_date
from app.domain.ledger.posting import Posting, post
from app.domain.ledger.posting_rules import rules_on
from app.domain.stock.moves import hold_moves
from app.domain.warehousing.models import InventoryAccountChange, InventoryAccountChangeLine

EVENT = "inventory.account_changed"
VALUES = "SELECT product_id, sum(value) AS value FROM stock_balance GROUP BY product_id ORDER BY product_id"
LAST_MOVE = "SELECT coalesce(max(id), 0) AS id FROM stock_move"
# Mirrors of moves from before a change are posted to the account from before.
LEFT_BEHIND = """
SELECT mirror.document_id, first.from_account_id, last.to_account_id, sum(mirror.value) AS value
FROM stock_move mirror
JOIN stock_move original USING (document_id, line_id, warehouse_id, product_id)
CROSS JOIN LATERAL (
    SELECT line.from_account_id FROM inventory_account_change_line line
    JOIN inventory_account_change change ON change.id = line.change_id AND change.last_move_id >= original.id
    WHERE line.product_id = original.product_id ORDER BY change.id LIMIT 1
) first
CROSS JOIN LATERAL (
    SELECT line.to_account_id FROM inventory_account_change_line line
    WHERE line.product_id = original.product_id ORDER BY line.change_id DESC LIMIT 1
) last
WHERE mirror.document_id = ANY(%(ids)s::bigint[]) AND mirror.is_mirror AND mirror.quantity <> 0
      AND NOT original.is_mirror AND first.from_account_id <> last.to_account_id
GROUP BY mirror.document_id, first.from_account_id, last.to_account_id
"""


@contextmanager
def value_follows(session: Session, *, by: int) -> Iterator[None]:
    """Whatever inside changes the inventory accounts of goods, what is in stock of them goes over today.

    Raises DomainError where today is in a closed period.
    """
    today = company(session).today()
    check_date(session, on=today)
    hold_moves(session)
    values = {row.product_id: row.value for row in read(session, VALUES)}
    before = _accounts(session, values, today)
    yield
    session.flush()
    after = _accounts(session, values, today)
    changed = [product for product in values if before[product] != after[product]]
    if changed:
        _go_over(session, {product: (before[product], after[product], values[product]) for product in changed},
                 on=today, by=by)  # fmt: skip


def _accounts(session: Session, products: Iterable[int], on: date) -> dict[int, int]:
    """The inventory account of each product; the rule's where its groups name none."""
    named = accounts_of(session, products)
    if not named:
        return {}
    otherwise = rules_on(session, on).of(EVENT)[0][2].account_id
    return {product: accounts.get("inventory", otherwise) for product, accounts in named.items()}


def _go_over(session: Session, changed: Mapping[int, tuple[int, int, Decimal]], *, on: date, by: int) -> None:
    last_move = read(session, LAST_MOVE)[0].id
    change = register(session, "inventory_account_change", [{}], lambda ids: [
        (InventoryAccountChange, [{"id": ids[0], "on": on, "last_move_id": last_move}]),
        (InventoryAccountChangeLine, [
            {"change_id": ids[0], "product_id": product, "from_account_id": old, "to_account_id": new, "value": value}
            for product, (old, new, value) in changed.items()
        ]),
    ])[0]  # fmt: skip
    record(session, "create", [{"document_id": change}], by=by)
    _post(session, [(change, *its) for its in changed.values()], on=on, by=by)


def follow_accounts(session: Session, documents: Iterable[int], *, on: date, by: int) -> None:
    """What cancelled documents took back on accounts from before a change goes over to those that hold since."""
    rows = read(session, LEFT_BEHIND, ids=list(documents))
    _post(session, [(row.document_id, row.from_account_id, row.to_account_id, row.value) for row in rows], on=on, by=by)


def _post(session: Session, over: Iterable[tuple[int, int, int, Decimal]], *, on: date, by: int) -> None:
    """One entry for each document, of (document, old account, new account, value)."""
    postings = [
        posting for document, old, new, value in over for posting in (
            Posting(document, {"into": value}, {"inventory": new}),
            Posting(document, {"out_of": value}, {"inventory": old}),
        )
    ]  # fmt: skip
    if postings:
        post(session, EVENT, postings, on=on, by=by)
