"""Whatever is typed into the books, begun, closed and put elsewhere between the deeds of the trade, they stay true."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.properties.actions import BOOKS
from tests.properties.books import IN_THE_BOOKS, BooksHistory
from tests.properties.histories import throws
from tests.properties.test_histories import TRIED

REFUSED = {
    "process_opening_balances", "cancel_opening_balances", "process_manual_entries", "cancel_manual_entries",
    "change_rules", "process_cash_orders", "allocate_payments",
}  # fmt: skip


def test_every_history_of_the_books_keeps_every_proof_and_every_deed_is_in_some(engine: Engine) -> None:
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()

    @TRIED
    @given(seed=st.integers(0, 2**40), length=st.integers(40, 80), chart=st.sampled_from(["ifrs", "bg"]))
    def histories(seed: int, length: int, chart: str) -> None:
        with Session(engine, autoflush=False, expire_on_commit=False) as session:
            history = BooksHistory(session, chart, vat_included=False, currency="EUR")
            try:
                history.go(throws(seed, length, IN_THE_BOOKS))
            finally:
                session.rollback()
        done.update(history.shop.done)
        refused.update(history.shop.refused)

    histories()

    print("done", dict(done), "refused", dict(refused))
    assert BOOKS - set(done) == set()
    assert REFUSED - set(refused) == set()
