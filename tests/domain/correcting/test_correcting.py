"""A document that was written down wrong is cancelled and opened anew, to be put right."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.domain.billing.adjustments import NewAdjustment, Settles, add_adjustments, process_adjustments
from app.domain.billing.returns import process_returns
from app.domain.correcting import CONTENTS, CORRECT
from app.domain.kernel.rows import read
from app.domain.ledger.manual import NewManualEntry, NewManualLine, add_manual_entries, process_manual_entries
from app.domain.lifecycles import LIFECYCLES
from app.domain.treasury.banks import NewBankLine, add_bank_lines, process_bank_lines
from app.domain.treasury.cash import delete_cash_orders, process_cash_orders
from app.domain.treasury.opening import NewOpeningBalance, add_opening_balances, process_opening_balances
from app.domain.treasury.purposes import Target
from app.domain.treasury.statements import NewStatement, add_statements, process_statements
from app.domain.warehousing.asking import approve_internal_orders
from app.domain.warehousing.counts import process_counts
from app.domain.warehousing.opening import NewOpening, NewOpeningLine, add_openings, process_openings
from app.domain.warehousing.receipts import process_receipts
from app.domain.warehousing.transit import send_internal_orders
from app.domain.warehousing.write_offs import NewWriteOff, NewWriteOffLine, add_write_offs, process_write_offs
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)
WRONG = {"on": TODAY, "reason": "a slip of the pen"}
Made = tuple[int, Callable[..., Any]]


def receipt(world: World) -> Made:
    return world.receive(world.add_product("A"), "10", "4.00", on=YESTERDAY), process_receipts


def opening_stock(world: World) -> Made:
    return world.begin_with((world.add_product("A"), "3", "10.00"), on=YESTERDAY), process_openings


def manual_entry(world: World) -> Made:
    lines = [NewManualLine(world.account("6990"), D(7)), NewManualLine(world.account("2000"), credit=D(7))]
    [made] = world.do(add_manual_entries, [NewManualEntry(lines, "rent")])
    world.do(process_manual_entries, [made], on=YESTERDAY)
    return made, process_manual_entries


def write_off(world: World) -> Made:
    product = world.add_product("A")
    world.receive(product, "10", "4.00", on=YESTERDAY)
    new = NewWriteOff(world.warehouse, "damaged", [NewWriteOffLine(product, D(2))], note="fell down")
    [made] = world.do(add_write_offs, [new])
    world.do(process_write_offs, [made], on=YESTERDAY)
    return made, process_write_offs


def count(world: World) -> Made:
    product = world.add_product("A")
    world.receive(product, "10", "4.00", on=YESTERDAY)
    return world.count({product: "8"}), process_counts


def customer_return(world: World) -> Made:
    product = world.add_product("A")
    world.receive(product, "10", "4.00", on=YESTERDAY)
    _, shipment = world.shipped_order((product, "5"), on=YESTERDAY)
    line = world.lines_of("shipment_line", "shipment_id", shipment)[0].id
    return world.bring_back((line, "2"), on=YESTERDAY), process_returns


def invoiced(world: World) -> int:
    product = world.add_product("A")
    world.receive(product, "10", "4.00", on=YESTERDAY)
    return world.invoice(world.shipped_order((product, "1"), on=YESTERDAY)[1], on=YESTERDAY)


def adjustment(world: World) -> Made:
    new = NewAdjustment("bad_debt", world.customer, D(5), "lost", [Settles(invoiced(world), D(5))])
    [made] = world.do(add_adjustments, [new])
    world.do(process_adjustments, [made], on=YESTERDAY)
    return made, process_adjustments


def cash_order(world: World) -> Made:
    return world.pay(invoiced(world), "7.00", on=YESTERDAY), process_cash_orders


def bank_line(world: World) -> Made:
    target = Target(invoiced(world), D(3))
    [made] = world.do(add_bank_lines, [NewBankLine(world.add_bank(), world.customer, D(7), "by bank", [target])])
    world.do(process_bank_lines, [made], on=YESTERDAY)
    return made, process_bank_lines


def opening_balance(world: World) -> Made:
    new = NewOpeningBalance("owed", D(40), world.customer, due_on=YESTERDAY, purpose="old invoice 77")
    [made] = world.do(add_opening_balances, [new])
    world.do(process_opening_balances, [made], on=YESTERDAY)
    world.pay(made, "7.00", on=YESTERDAY)
    return made, process_opening_balances


def internal_order(world: World) -> Made:
    product = world.add_product("A")
    world.receive(product, "10", "4.00", on=YESTERDAY)
    order = world.ask((product, "3"), warehouse=world.add_warehouse("SHOP"))
    world.do(send_internal_orders, [order], on=TODAY)
    return order, approve_internal_orders


def bank_statement(world: World) -> Made:
    line = NewBankLine(0, world.customer, D(7), "by bank", [Target(invoiced(world), D(3))], on=YESTERDAY)
    new = NewStatement(world.add_bank(), "7", YESTERDAY, D(0), D(7), [line], digest="f1")
    [made] = world.do(add_statements, [new])
    world.do(process_statements, [made])
    return made, lambda session, ids, *, by, on: process_statements(session, ids, by=by)


KINDS = {
    "stock_receipt": receipt, "opening_stock": opening_stock, "manual_entry": manual_entry, "write_off": write_off,
    "stock_count": count, "customer_return": customer_return, "adjustment": adjustment, "cash_order": cash_order,
    "bank_line": bank_line, "bank_statement": bank_statement, "opening_balance": opening_balance,
    "internal_order": internal_order,
}  # fmt: skip


# A statement's lines are corrected with it.
SOURCES = "SELECT from_id FROM document_link WHERE to_id = %(id)s AND kind <> 'lists' ORDER BY from_id"


def written(world: World, document: int, kind: str) -> list[Any]:
    """All that stands in a document's own table and its lines, but for ids, state, number and date."""
    content = next(content for content in CONTENTS if content.lifecycle.kind == kind)
    head = world.row(content.table.__tablename__, document)
    table = content.line.__tablename__ if content.line else ""
    sql = f"SELECT * FROM {table} WHERE {content.parent} = %(id)s ORDER BY id"
    lines = read(world.session, sql, id=document) if table else ()
    return [[getattr(head, name) for name in content.columns if name != "on"],
            *([getattr(line, name) for name in content.line_columns] for line in lines)]  # fmt: skip


def test_every_document_that_can_be_cancelled_and_has_content_of_its_own_can_be_corrected() -> None:
    cancellable = {its.kind for its in LIFECYCLES if "cancel" in its.steps}

    # A cancelled shipment is in its order's open draft again, and an order is reopened.
    assert set(KINDS) == set(CORRECT) == cancellable - {"shipment", "sales_order"}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_taken_back_and_a_draft_with_the_same_content_takes_its_place(world: World, kind: str) -> None:
    document, process = KINDS[kind](world)
    before, number = written(world, document, kind), world.number(document)
    sources = world.ids(SOURCES, id=document)

    draft = world.do(CORRECT[kind], [document], **WRONG).answer[document]

    assert (world.state(kind, document), world.number(document)) == ("cancelled", number)
    assert (world.state(kind, draft), world.number(draft)) == ("draft", None)
    assert written(world, draft, kind) == before
    assert world.ids(SOURCES, id=draft) == sorted([*sources, document])
    world.prove()

    world.do(process, [draft], on=TODAY)

    assert world.state(kind, draft) in ("processed", "approved")
    world.prove()


@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: content.lifecycle.kind)
def test_every_column_is_copied_or_is_written_by_the_document_itself(content: Any) -> None:
    by_itself = {
        "id",
        "state",
        "version",
        content.parent,
        "value",
        "cost",
        "difference",
        "uninvoiced",
        "deferred",
        "sent",
        "sent_on",
        "received",
        "received_on",
    }
    by_itself = (by_itself | {"statement_id"}) - content.meant.keys()

    for table, columns in ((content.table, content.columns), (content.line, content.line_columns)):
        assert table is None or set(table.__table__.columns.keys()) - by_itself == set(columns)


def test_a_cost_that_was_typed_is_copied_without_the_value_that_came_of_it(world: World) -> None:
    new = NewOpening(world.warehouse, [NewOpeningLine(world.add_product("A"), D(2), D(3))])
    [opening] = world.do(add_openings, [new])
    world.do(process_openings, [opening], on=YESTERDAY)

    draft = world.do(CORRECT["opening_stock"], [opening], **WRONG).answer[opening]

    [line] = world.lines_of("opening_stock_line", "opening_id", draft)
    assert (line.unit_cost, line.value) == (D(3), None)


def test_a_statement_is_corrected_with_its_lines(world: World) -> None:
    statement, _ = bank_statement(world)

    draft = world.do(CORRECT["bank_statement"], [statement], **WRONG).answer[statement]

    sql = "SELECT id, statement_id, state, amount FROM bank_line ORDER BY id"
    old, new = read(world.session, sql)
    assert (old.statement_id, old.state) == (statement, "cancelled")
    assert (new.statement_id, new.state, new.amount) == (draft, "draft", D(7))
    assert written(world, new.id, "bank_line") == written(world, old.id, "bank_line")


def test_correcting_twice_opens_one_draft(world: World) -> None:
    document, _ = cash_order(world)
    world.do(CORRECT["cash_order"], [document], **WRONG)

    outcome = world.do(CORRECT["cash_order"], [document], **WRONG)

    assert (list(outcome.already), outcome.answer) == ([document], {})
    assert len(world.ids("SELECT id FROM cash_order")) == 2


def test_what_may_not_be_cancelled_is_not_corrected(world: World) -> None:
    document, _ = receipt(world)
    product = world.lines_of("stock_receipt_line", "receipt_id", document)[0].product_id
    world.shipped_order((product, "8"))

    refusal = world.refusal(CORRECT["stock_receipt"], [document], **WRONG)

    assert "would" in str(refusal) or "negative" in str(refusal)
    assert world.ids("SELECT id FROM stock_receipt WHERE state = 'draft'") == []


def test_a_draft_that_corrects_can_be_deleted(world: World) -> None:
    document, _ = cash_order(world)
    draft = world.do(CORRECT["cash_order"], [document], **WRONG).answer[document]

    world.do(delete_cash_orders, [draft])

    assert world.ids("SELECT from_id FROM document_link WHERE to_id = %(id)s", id=draft) == []


def test_what_corrects_a_correction_says_only_that(world: World) -> None:
    first, process = cash_order(world)
    second = world.do(CORRECT["cash_order"], [first], **WRONG).answer[first]
    world.do(process, [second], on=TODAY)

    third = world.do(CORRECT["cash_order"], [second], **WRONG).answer[second]

    sql = "SELECT from_id FROM document_link WHERE to_id = %(id)s AND kind = 'corrects'"
    assert world.ids(sql, id=third) == [second]
