"""Entries typed by hand: on accounts that no document keeps, balanced when processed, taken back by their mirror."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.kernel.errors import Invalid, NotFound, Stale, WrongState
from app.domain.kernel.rows import write
from app.domain.ledger.manual import (
    NewManualEntry,
    NewManualLine,
    add_manual_entries,
    cancel_manual_entries,
    delete_manual_entries,
    edit_manual_entry,
    process_manual_entries,
)
from app.domain.ledger.periods import close_period
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)


def typed(world: World, *lines: tuple[str, str, str]) -> NewManualEntry:
    """An entry of (account code, debit, credit) lines."""
    return NewManualEntry([NewManualLine(world.account(code), D(debit), D(credit)) for code, debit, credit in lines],
                          "rent")  # fmt: skip


def drafted(world: World, *lines: tuple[str, str, str]) -> int:
    made: int = world.do(add_manual_entries, [typed(world, *lines)])[0]
    return made


RENT = (("6990", "700.00", "0"), ("2000", "0", "700.00"))


def test_what_was_typed_is_in_the_books_and_each_account_has_one_line_a_side(world: World) -> None:
    entry = drafted(world, ("6990", "500", "0"), ("6920", "30.5", "0"), ("6990", "200", "0"), ("2000", "0", "730.50"))

    world.do(process_manual_entries, [entry], on=TODAY)

    assert (world.state("manual_entry", entry), world.number(entry)) == ("processed", "ME-000001")
    assert sorted(world.entry(entry, "manual_entry.processed")) == [
        ("2000", "0.00", "730.50"), ("6920", "30.50", "0.00"), ("6990", "700.00", "0.00"),
    ]  # fmt: skip
    world.prove()


def test_the_bulgarian_chart_has_accounts_to_type_on_too(session: Any) -> None:
    world = World(session, chart="bg")
    entry = drafted(world, ("6099", "1", "0"), ("401", "0", "1"))

    world.do(process_manual_entries, [entry], on=TODAY)

    assert world.entry(entry, "manual_entry.processed") == [("6099", "1.00", "0.00"), ("401", "0.00", "1.00")]
    world.prove()


def test_what_does_not_balance_is_not_processed(world: World) -> None:
    good, short, empty = drafted(world, *RENT), drafted(world, RENT[0], ("2000", "0", "699.99")), drafted(world)

    refused = world.refused(process_manual_entries, [good, short, empty], on=TODAY)

    assert {i: error.code for i, error in refused.items()} == {short: "not_balanced", empty: "no_lines"}
    assert refused[short].facts == {"debit": D(700), "credit": D("699.99")}
    assert world.state("manual_entry", good) == "draft"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (("1000", "5", "0"), "control_account"),
        (("1100", "5", "0"), "control_account"),
        (("3000", "5", "0"), "control_account"),
        (("6990", "5", "5"), "not_one_side"),
        (("6990", "0", "0"), "not_one_side"),
        (("6990", "-5", "0"), "not_one_side"),
        (("6990", "5", "-5"), "not_one_side"),
        (("6990", "5.001", "0"), "too_many_decimals"),
        (("6990", "NaN", "0"), "out_of_range"),
        (("6990", "1e12", "0"), "out_of_range"),
    ],
)
def test_a_line_that_cannot_be_is_refused(world: World, line: tuple[str, str, str], code: str) -> None:
    assert world.refusal(add_manual_entries, [typed(world, line)]).code == code


def test_an_account_that_is_not_there_or_was_archived_takes_nothing(world: World) -> None:
    entry = drafted(world, *RENT)
    missing = NewManualEntry([NewManualLine(999_999_999, debit=D(1))])
    assert world.refusal(add_manual_entries, [missing]).code == "unknown_account"
    write(world.session, "UPDATE account SET active = false WHERE code = '6990'")

    assert world.refusal(add_manual_entries, [typed(world, RENT[0])]).code == "archived_account"
    assert world.refusal(process_manual_entries, [entry], on=TODAY).code == "archived_account"


def test_so_many_lines_that_their_sum_is_no_amount_any_more_are_not_processed(world: World) -> None:
    most = "999999999999.99"
    entry = drafted(world, *[("6990", most, "0"), ("2000", "0", most)] * 2)

    assert world.refusal(process_manual_entries, [entry], on=TODAY).code == "out_of_range"


def test_a_draft_is_written_anew_and_whoever_has_an_older_one_is_told(world: World) -> None:
    entry = drafted(world, RENT[0])
    world.do(edit_manual_entry, entry, typed(world, ("6920", "3", "0"), ("2000", "0", "3")), version=1)

    with pytest.raises(Stale):
        world.do(edit_manual_entry, entry, typed(world, *RENT), version=1)
    with pytest.raises(Invalid):
        world.do(edit_manual_entry, entry, typed(world, ("6990", "0", "0")), version=2)
    world.do(process_manual_entries, [entry], on=TODAY)
    with pytest.raises(WrongState):
        world.do(edit_manual_entry, entry, typed(world, *RENT), version=3)

    assert world.entry(entry, "manual_entry.processed") == [("6920", "3.00", "0.00"), ("2000", "0.00", "3.00")]
    world.prove()


def test_a_cancelled_entry_is_mirrored_once_and_keeps_its_number(world: World) -> None:
    entry = drafted(world, *RENT)
    world.do(process_manual_entries, [entry], on=YESTERDAY)

    early = world.refusal(cancel_manual_entries, [entry], on=YESTERDAY - timedelta(1), reason="twice")
    silent = world.refusal(cancel_manual_entries, [entry], on=TODAY, reason=" ")
    world.do(cancel_manual_entries, [entry], on=TODAY, reason="twice")
    again = world.do(cancel_manual_entries, [entry], on=TODAY, reason="twice")

    assert (early.code, silent.code, again.done) == ("before_document", "no_reason", [])
    assert world.entry(entry, "manual_entry.processed.cancelled") == [
        ("6990", "0.00", "700.00"), ("2000", "700.00", "0.00"),
    ]  # fmt: skip
    assert (world.state("manual_entry", entry), world.number(entry)) == ("cancelled", "ME-000001")
    world.prove()


def test_a_draft_is_deleted_and_a_processed_entry_not(world: World) -> None:
    world.do(delete_manual_entries, [drafted(world, *RENT)])
    entry = drafted(world, *RENT)
    world.do(process_manual_entries, [entry], on=TODAY)

    assert isinstance(world.refusal(delete_manual_entries, [entry]), WrongState)
    assert isinstance(world.refusal(process_manual_entries, [999_999_999], on=TODAY), NotFound)


def test_nothing_is_typed_into_a_closed_period_or_the_future(world: World) -> None:
    entry = drafted(world, *RENT)
    world.do(close_period, YESTERDAY, YESTERDAY)

    assert world.refusal(process_manual_entries, [entry], on=YESTERDAY).code == "closed_period"
    assert world.refusal(process_manual_entries, [entry], on=TODAY + timedelta(9)).code == "in_the_future"
