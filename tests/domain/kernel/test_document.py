"""The registry: documents are entered, linked, recorded, and locked with all that they were made from."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.domain.kernel.document import LOCK, Document, held, links, lock_documents, record, register, write_history
from app.domain.kernel.rows import insert, read, write
from tests.domain.kernel.ground import ANNA, BORIS, add_orders, transaction


def test_documents_are_entered_together_and_belong_to_the_deed(firm: Session) -> None:
    ids = register(firm, "invoice", [{"customer_id": 1}, {"series_id": 1, "number": "P1", "warehouse_id": 1}])

    rows = read(firm, "SELECT * FROM document ORDER BY id")
    assert [(row.id, row.kind, row.customer_id, row.warehouse_id, row.series_id, row.number) for row in rows] == [
        (ids[0], "invoice", 1, None, None, None), (ids[1], "invoice", None, 1, 1, "P1"),
    ]  # fmt: skip
    assert abs(rows[0].created_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert held(firm) == set(ids)


def test_no_documents_are_entered_as_nothing(firm: Session) -> None:
    assert register(firm, "invoice", []) == []


def test_a_hundred_documents_are_entered_by_as_many_statements_as_one(firm: Session, statements) -> None:
    counts = [statements(lambda rows=rows: register(firm, "invoice", [{}] * rows)) for rows in (1, 100)]

    assert counts[0] == counts[1]


def test_a_document_is_called_by_its_number_or_as_a_draft() -> None:
    assert str(Document(id=7, number="INV-1")) == "INV-1"
    assert str(Document(id=7)) == "draft 7"


def test_a_link_named_twice_is_one(firm: Session) -> None:
    order, shipment = add_orders(firm, 2)
    insert(firm, *links([(order, shipment, "ships"), (order, shipment, "ships")]))

    assert [tuple(row) for row in read(firm, "SELECT from_id, to_id, kind FROM document_link")] == [
        (order, shipment, "ships")
    ]


def test_history_keeps_what_is_given_and_who_gave_it(firm: Session) -> None:
    first, second = add_orders(firm, 2)
    record(firm, "edit", [{"document_id": first, "changes": {"note": "x"}}, {"document_id": second}], by=BORIS)
    write_history(firm)

    rows = read(firm, "SELECT * FROM document_history ORDER BY id")
    assert [(row.document_id, row.actor_id, row.step, row.from_state, row.changes) for row in rows] == [
        (first, BORIS, "edit", None, {"note": "x"}), (second, BORIS, "edit", None, {}),
    ]  # fmt: skip


def test_history_of_nobody_is_refused(firm: Session) -> None:
    record(firm, "edit", [{"document_id": add_orders(firm, 1)[0]}], by=ANNA + 10**6)

    with pytest.raises(Exception, match="fk_document_history_actor_id"):
        write_history(firm)


def test_a_document_is_locked_with_all_it_was_made_from(firm: Session, statements) -> None:
    order, shipment, invoice, other = add_orders(firm, 4)
    insert(firm, *links([(order, shipment, "ships"), (shipment, invoice, "invoices"), (order, other, "ships")]))
    firm.info.clear()

    # All of them at once, so that they are taken in the order of their ids; and a look whether there are more by then.
    assert statements(lambda: lock_documents(firm, [invoice])) == 2

    assert held(firm) == {order, shipment, invoice}


def test_what_is_held_is_not_locked_again(firm: Session, statements) -> None:
    ids = add_orders(firm, 3)
    firm.info.clear()
    lock_documents(firm, ids)

    assert statements(lambda: lock_documents(firm, ids)) == 0
    assert statements(lambda: lock_documents(firm, [])) == 0


def test_locks_are_taken_in_the_order_of_the_ids(firm: Session) -> None:
    plan = "\n".join(row[0] for row in read(firm, f"EXPLAIN (COSTS OFF) {LOCK}", ids=[3, 1, 2]))

    assert plan.startswith("LockRows\n")
    assert "Sort Key: document.id" in plan or "Index Scan using pk_document" in plan


def test_two_deeds_on_one_chain_wait_for_each_other(shop: Engine) -> None:
    with transaction(shop) as session:
        order, first, second = add_orders(session, 3)
        insert(session, *links([(order, first, "ships"), (order, second, "ships")]))

    def lock_other_shipment() -> None:
        with transaction(shop) as session:
            lock_documents(session, [second])

    with ThreadPoolExecutor(1) as pool:
        with transaction(shop) as session:
            lock_documents(session, [first])
            waiting = pool.submit(lock_other_shipment)
            with pytest.raises(StillWaiting):
                waiting.result(timeout=0.3)
        waiting.result(timeout=60)


def test_what_a_draft_was_made_from_anew_while_its_lock_was_waited_for_is_locked_too(shop: Engine) -> None:
    with transaction(shop) as session:
        before, since, draft = add_orders(session, 3)
        insert(session, *links([(before, draft, "invoices")]))

    def lock_draft() -> set[int]:
        with transaction(shop) as session:
            lock_documents(session, [draft])
            return set(held(session))

    with ThreadPoolExecutor(1) as pool:
        with transaction(shop) as session:
            lock_documents(session, [draft])
            waiting = pool.submit(lock_draft)
            with pytest.raises(StillWaiting):
                waiting.result(timeout=0.3)
            write(session, "DELETE FROM document_link WHERE to_id = %(id)s", id=draft)
            insert(session, *links([(since, draft, "invoices")]))
        assert since in waiting.result(timeout=60)


def test_a_locked_document_can_still_be_pointed_at(shop: Engine) -> None:
    """A lock that forbade it would make every new line and note wait for the deed."""
    with transaction(shop) as session:
        (order,) = add_orders(session, 1)

    with transaction(shop) as session, transaction(shop) as other:
        lock_documents(session, [order])
        write(other, "SET LOCAL lock_timeout = '1s'")
        record(other, "note", [{"document_id": order}], by=ANNA)
        write_history(other)
        with pytest.raises(OperationalError, match="lock timeout"), other.begin_nested():
            write(other, "UPDATE document SET number = 'x' WHERE id = %(id)s", id=order)
