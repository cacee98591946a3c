"""Statements of banks: lines that lead from one balance to the next, processed and taken back as one."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.kernel.errors import Stale, WrongState
from app.domain.kernel.rows import read
from app.domain.ledger.periods import close_period
from app.domain.treasury.banks import (
    NewBankLine,
    cancel_bank_lines,
    delete_bank_lines,
    edit_bank_line,
    process_bank_lines,
)
from app.domain.treasury.purposes import Target
from app.domain.treasury.statements import (
    NewStatement,
    WrongLines,
    add_statements,
    cancel_statements,
    delete_statements,
    edit_statement,
    last_closing,
    process_statements,
    statement_of,
)
from tests.domain.treasury.conftest import Sale
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)
BACK = {"on": TODAY, "reason": "of another bank"}


@pytest.fixture
def bank(world: World) -> int:
    return world.add_bank()


def came(world: World, amount: str, **more: Any) -> NewBankLine:
    return NewBankLine(0, world.customer, D(amount), "transfer 4711", **more)


def fee(world: World, amount: str, **more: Any) -> NewBankLine:
    account = world.account("6920")
    return NewBankLine(0, None, D(amount), "fee", kind="expense", about="account", account_id=account, **more)


def new(bank: int, *lines: NewBankLine, closing: str, number: str = "7", opening: str = "100", **more: Any) -> Any:
    return NewStatement(bank, number, TODAY, D(opening), D(closing), lines, **more)


def drafted(world: World, *statements: NewStatement) -> list[int]:
    made: list[int] = world.do(add_statements, statements)
    return made


def lines_of(world: World, statement: int) -> list[Any]:
    sql = "SELECT * FROM bank_line WHERE statement_id = %(id)s ORDER BY id"
    return list(read(world.session, sql, id=statement))


def test_a_statement_processes_all_its_lines_each_on_its_date(world: World, bank: int, sale: Sale) -> None:
    paid = came(world, "40.00", targets=[Target(sale.invoice, D(36))])
    [statement] = drafted(world, new(bank, paid, fee(world, "1.50", on=YESTERDAY), closing="138.50"))

    world.do(process_statements, [statement])

    payment, charge = lines_of(world, statement)
    assert (payment.state, payment.on, charge.state, charge.on) == ("processed", TODAY, "processed", YESTERDAY)
    assert [world.number(it) for it in (statement, charge.id, payment.id)] == ["BS-000001", "BL-000001", "BL-000002"]
    assert (sale.statuses, world.paid(sale.invoice)) == (["paid"] * 3, "paid")
    assert world.entry(charge.id, "bank_line.paid_out") == [("1010", "0.00", "1.50"), ("6920", "1.50", "0.00")]
    world.prove()


def test_what_does_not_add_up_is_refused_with_both_sums(world: World, bank: int) -> None:
    [good, bad] = drafted(
        world, new(bank, came(world, "40.00"), closing="140"), new(bank, came(world, "1.00"), closing="102", number="8")
    )

    refused = world.refused(process_statements, [good, bad])

    assert list(refused) == [bad]
    assert refused[bad].facts == {"opening": D(100), "sum": D(101), "closing": D(102), "difference": D(1)}
    world.do(process_statements, [good])
    assert (world.state("bank_statement", good), world.state("bank_statement", bad)) == ("processed", "draft")
    world.prove()


def test_a_statement_on_which_nothing_happened_adds_up(world: World, bank: int) -> None:
    [statement] = drafted(world, new(bank, closing="100"))

    world.do(process_statements, [statement])

    assert world.number(statement) == "BS-000001"
    world.prove()


def test_cancelling_takes_back_all_its_lines_and_frees_its_number(world: World, bank: int, sale: Sale) -> None:
    paid = new(bank, came(world, "36.00", targets=[Target(sale.invoice, D(36))]), closing="136", digest="f1")
    [statement] = drafted(world, paid)
    world.do(process_statements, [statement])
    world.do(cancel_statements, [statement], **BACK)

    again = world.do(cancel_statements, [statement], **BACK)

    assert ([line.state for line in lines_of(world, statement)], sale.open) == (["cancelled"], ["12.00", "24.00"])
    assert (again.done, list(again.already)) == ([], [statement])
    assert (statement_of(world.session, "f1"), last_closing(world.session, bank)) == (None, None)
    assert drafted(world, paid)
    world.prove()


def test_a_line_on_a_statement_goes_only_with_it(world: World, bank: int) -> None:
    statement, other = drafted(world, new(bank, came(world, "1.00"), closing="101"),
                               new(bank, came(world, "2.00"), closing="103", number="8", opening="101"))  # fmt: skip
    world.do(process_statements, [other])
    [draft], [done] = lines_of(world, statement), lines_of(world, other)

    refusals = [
        world.refusal(process_bank_lines, [draft.id], on=TODAY),
        world.refusal(delete_bank_lines, [draft.id]),
        world.refusal(edit_bank_line, draft.id, replace(came(world, "9.00"), bank_account_id=bank), version=1),
        world.refusal(cancel_bank_lines, [done.id], **BACK),
    ]

    assert [error.code for error in refusals] == ["on_a_statement"] * 4
    assert [error.facts["statement"] for error in refusals] == ["7", "7", "7", "8"]


def test_what_is_wrong_is_told_line_by_line(world: World, bank: int, sale: Sale) -> None:
    bad = [came(world, "1.00"), came(world, "-1"), came(world, "1.00", on=TODAY), fee(world, "1.001")]
    error = world.refusal(add_statements, [new(bank, *bad, closing="100")])
    assert isinstance(error, WrongLines)
    assert {place: its.code for place, its in error.lines.items()} == {
        1: "amount_not_positive", 3: "too_many_decimals"
    }  # fmt: skip

    too_much = came(world, "40.00", targets=[Target(sale.invoice, D(40))])
    [statement] = drafted(world, new(bank, came(world, "1.00"), too_much, closing="141"))
    error = world.refusal(process_statements, [statement])

    assert isinstance(error, WrongLines)
    assert (list(error.lines), str(error).startswith("Line 2: ")) == ([1], True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"bank_account_id": 999_999_999}, "unknown_bank"), ({"bank_number": " "}, "no_number"),
        ({"on": "today"}, "not_a_date"), ({"opening": Decimal("NaN")}, "out_of_range"),
        ({"closing": Decimal("1.001")}, "too_many_decimals"), ({"on": YESTERDAY}, "wrong_lines"),
    ],
)  # fmt: skip
def test_a_statement_that_cannot_be_is_refused(world: World, bank: int, change: dict[str, Any], code: str) -> None:
    good = new(bank, came(world, "1.00", on=TODAY), closing="101")

    assert world.refusal(add_statements, [replace(good, **change)]).code == code


def test_a_number_of_an_account_and_a_file_come_once(world: World, bank: int) -> None:
    [statement] = drafted(world, new(bank, closing="100", digest="f1"))
    world.do(process_statements, [statement])

    same = [world.refusal(add_statements, [new(bank, closing="100", **its)])
            for its in ({"number": " 7 "}, {"number": "8", "digest": "f1"})]  # fmt: skip

    assert [(error.code, error.facts["twin"]) for error in same] == [("written_before", "BS-000001")] * 2
    twice = world.refused(add_statements, [new(bank, closing="100", number="9"), new(bank, closing="100", number="9")])
    assert list(twice) == [1]
    assert statement_of(world.session, "f1").id == statement
    assert drafted(world, new(world.add_bank("OTHER"), closing="100"))


def test_the_next_statement_begins_where_the_last_one_ended(world: World, bank: int) -> None:
    early = replace(new(bank, closing="100", number="6"), on=YESTERDAY, closing=D(5), lines=[came(world, "1.00")])
    drafted(world, new(bank, closing="101"), early)

    assert (last_closing(world.session, bank), last_closing(world.session, 0)) == (D(101), None)


def test_a_draft_is_written_anew_with_more_or_fewer_lines(world: World, bank: int, sale: Sale) -> None:
    paid = came(world, "36.00", targets=[Target(sale.invoice, D(36))])
    [statement] = drafted(world, new(bank, paid, fee(world, "1.00"), closing="135", digest="f1"))
    first = lines_of(world, statement)[0].id

    world.do(edit_statement, statement, new(bank, fee(world, "2.00"), closing="98", number="9"), version=1)
    assert [(line.id, line.amount, line.kind) for line in lines_of(world, statement)] == [(first, D(2), "expense")]
    assert world.row("bank_statement", statement).digest == "f1"
    world.prove()
    world.do(edit_statement, statement, new(bank, paid, paid, fee(world, "1.00"), closing="171"), version=2)

    assert [line.amount for line in lines_of(world, statement)] == [D(36), D(36), D(1)]
    assert world.ids("SELECT customer_id FROM document WHERE id = %(id)s", id=first) == [world.customer]
    stale = world.refusal(edit_statement, statement, new(bank, closing="1"), version=2)
    assert isinstance(stale, Stale)
    world.prove()


def test_a_draft_is_deleted_with_its_lines_and_nothing_else_is(world: World, bank: int) -> None:
    draft, done = drafted(world, new(bank, came(world, "1.00"), closing="101"), new(bank, closing="9", number="8",
                                                                                  opening="9"))  # fmt: skip
    world.do(process_statements, [done])
    assert isinstance(world.refusal(delete_statements, [done]), WrongState)

    world.do(delete_statements, [draft])

    assert (world.ids("SELECT id FROM bank_statement"), world.ids("SELECT id FROM bank_line")) == ([done], [])
    world.prove()


def test_a_line_in_a_closed_period_stops_its_statement_and_no_other(world: World, bank: int) -> None:
    bad, good = drafted(world, new(bank, came(world, "1.00", on=YESTERDAY), closing="101"),
                        new(bank, came(world, "1.00"), closing="101", number="8"))  # fmt: skip
    world.do(close_period, YESTERDAY, YESTERDAY)

    refused = world.refused(process_statements, [bad, good])

    assert {i: error.code for i, error in refused.items()} == {bad: "closed_period"}


def test_what_was_paid_back_since_is_not_taken_back(world: World, bank: int) -> None:
    [statement] = drafted(world, new(bank, came(world, "50.00"), closing="150"))
    world.do(process_statements, [statement])
    payment = lines_of(world, statement)[0].id
    back = came(world, "20.00", kind="expense", targets=[Target(payment, D(20))])
    world.do(process_statements, drafted(world, new(bank, back, closing="130", opening="150", number="8")))

    blocked = world.refusal(cancel_statements, [statement], **BACK)

    assert (blocked.code, list(blocked.lines)) == ("wrong_lines", [0])
    world.prove()


def sent(world: World, amount: str) -> NewBankLine:
    return NewBankLine(0, None, D(amount), "over there", kind="expense", about="transfer")


def brought(world: World, amount: str, transfer: int) -> NewBankLine:
    return NewBankLine(0, None, D(amount), "from there", about="transfer", transfer_id=transfer)


def test_two_statements_that_send_to_each_other_are_processed_and_taken_back_together(world: World, bank: int) -> None:
    first, second = drafted(
        world, new(bank, sent(world, "10"), closing="90"), new(world.add_bank("B"), sent(world, "7"), closing="93")
    )
    [out], [back] = (world.ids("SELECT id FROM bank_line WHERE statement_id = %(id)s", id=i) for i in (first, second))
    other = world.row("bank_statement", second).bank_account_id
    world.do(edit_statement, first, new(bank, sent(world, "10"), brought(world, "7", back), closing="97"), version=1)
    world.do(edit_statement, second, new(other, sent(world, "7"), brought(world, "10", out), closing="103"), version=1)

    world.do(process_statements, [first, second])
    world.prove()
    world.do(cancel_statements, [first, second], **BACK)

    assert [world.state("bank_statement", i) for i in (first, second)] == ["cancelled", "cancelled"]
    world.prove()


def test_a_statement_with_a_payment_and_its_refund_is_taken_back_whole(world: World, bank: int) -> None:
    [statement] = drafted(world, new(bank, came(world, "10"), closing="110"))
    [payment] = world.ids("SELECT id FROM bank_line WHERE statement_id = %(id)s", id=statement)
    refund = NewBankLine(0, world.customer, D(10), "too much", [Target(payment, D(10))], kind="expense")
    world.do(edit_statement, statement, new(bank, came(world, "10"), refund, closing="100"), version=1)
    world.do(process_statements, [statement])

    world.do(cancel_statements, [statement], **BACK)

    assert world.state("bank_statement", statement) == "cancelled"
    world.prove()
