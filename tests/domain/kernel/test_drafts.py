"""Drafts are deleted with all that hangs on them, edited by one person at a time, and cancelled with a reason."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.document import links, write_history
from app.domain.kernel.drafts import check_cancellation, delete_drafts, lock_draft
from app.domain.kernel.errors import Invalid, NotFound, Refused, Stale, WrongState
from app.domain.kernel.rows import insert, read
from app.domain.lifecycles import SALES_ORDER
from app.domain.sales.models import SalesOrderLine
from tests.domain.kernel.ground import ANNA, DAY, add_orders, count_rows
from tests.traces import checksums

LINES = [(SalesOrderLine, "order_id")]


def delete(session: Session, ids: list[int]) -> None:
    delete_drafts(session, SALES_ORDER, ids, lines=LINES, by=ANNA)


def test_a_deleted_draft_leaves_its_registration_and_its_history(firm: Session) -> None:
    gone, kept = add_orders(firm, 2)
    insert(firm, *links([(kept, gone, "copies")]))

    delete(firm, [gone])

    write_history(firm)
    assert [row.id for row in read(firm, "SELECT id FROM sales_order")] == [kept]
    assert (count_rows(firm, "document_link"), count_rows(firm, "document")) == (0, 2)
    (history,) = read(firm, "SELECT * FROM document_history")
    assert (history.document_id, history.step) == (gone, "delete")
    assert (history.from_state, history.to_state) == ("estimate", None)


def test_what_is_no_draft_any_more_is_not_deleted_and_nor_is_the_rest(firm: Session) -> None:
    draft, active = [*add_orders(firm, 1), *add_orders(firm, 1, "active")]
    before = checksums(firm)

    with pytest.raises(Refused) as refusal:
        delete(firm, [draft, active, 10**12])

    assert {i: type(error) for i, error in refusal.value.errors.items()} == {active: WrongState, 10**12: NotFound}
    assert "is active" in str(refusal.value[active])
    assert checksums(firm) == before


def test_a_draft_is_locked_for_whoever_saw_it_last(firm: Session) -> None:
    (order,) = add_orders(firm, 1)

    assert lock_draft(firm, SALES_ORDER, order, states=("estimate",), version=1) == "estimate"
    with pytest.raises(Stale) as stale:
        lock_draft(firm, SALES_ORDER, order, states=("estimate",), version=2)
    assert stale.value.facts["version"] == 1
    with pytest.raises(WrongState, match="estimate"):
        lock_draft(firm, SALES_ORDER, order, states=("active",), version=1)
    with pytest.raises(NotFound):
        lock_draft(firm, SALES_ORDER, 10**12, states=("estimate",), version=1)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_cancellation_says_why(firm: Session, reason: str) -> None:
    with pytest.raises(Invalid, match="why"):
        check_cancellation(firm, SALES_ORDER, add_orders(firm, 1), on=DAY, reason=reason)


def test_a_cancellation_is_not_dated_before_its_document(firm: Session) -> None:
    ids = add_orders(firm, 2)
    check_cancellation(firm, SALES_ORDER, ids, on=DAY, reason="r")

    with pytest.raises(Refused) as refusal:
        check_cancellation(firm, SALES_ORDER, ids, on=DAY - timedelta(days=1), reason="r")

    assert refusal.value.errors.keys() == set(ids)
    assert refusal.value[ids[0]].facts == {"document_on": DAY, "on": date(2026, 3, 1)}
