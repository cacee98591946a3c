"""Whatever is done in whatever order, all that must always be true stays true."""

import os
from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.properties.histories import IN_THE_WAREHOUSE, WEIGHTS, History, throws

# The same histories every time, so that a run can be repeated; HISTORIES=200 tries others, and more of them.
COUNT = int(os.environ.get("HISTORIES", "10"))
TRIED = settings(
    max_examples=COUNT, deadline=None, derandomize="HISTORIES" not in os.environ, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
ACTIONS = {
    "process_receipts", "cancel_receipts", "add_orders", "edit_order", "activate_orders", "approve_orders",
    "process_orders", "cancel_orders", "reprice_orders", "process_shipments", "cancel_shipments",
    "draft_invoices", "delete_invoices", "issue_invoices", "add_cash_orders",
    "process_cash_orders", "cancel_cash_orders", "add_returns", "process_returns", "cancel_returns",
    "add_credit_notes", "issue_credit_notes", "allocate_payments", "release_allocations",
    "reopen_orders", "give_up_orders", "undo_chains", "expire_reservations", "process_adjustments",
    "cancel_adjustments", "process_bank_lines", "cancel_bank_lines", "correct",
}  # fmt: skip


GOODS = {
    "process_receipts", "cancel_receipts", "process_shipments", "cancel_shipments", "process_write_offs",
    "cancel_write_offs", "process_counts", "cancel_counts", "process_openings", "cancel_openings", "change_group",
    "_change_warehouse",
}  # fmt: skip


@pytest.mark.parametrize(("often", "deeds"), [(WEIGHTS, ACTIONS), (IN_THE_WAREHOUSE, GOODS)], ids=["trade", "goods"])
def test_every_history_keeps_every_proof_and_nearly_every_deed_is_in_some(
    engine: Engine, often: Mapping[str, int], deeds: set[str]
) -> None:
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()

    @TRIED
    @given(
        seed=st.integers(0, 2**40), length=st.integers(60, 140), chart=st.sampled_from(["ifrs", "bg"]),
        vat_included=st.booleans(), currency=st.sampled_from(["EUR", "JPY"]),
    )  # fmt: skip
    def histories(seed: int, length: int, chart: str, vat_included: bool, currency: str) -> None:
        with Session(engine, autoflush=False, expire_on_commit=False) as session:
            history = History(session, chart, vat_included, currency)
            try:
                history.go(throws(seed, length, often))
            finally:
                session.rollback()
        done.update(history.shop.done)
        refused.update(history.shop.refused)

    histories()

    print("done", dict(done), "refused", dict(refused))
    assert len(deeds & set(done)) >= len(deeds) - 2
