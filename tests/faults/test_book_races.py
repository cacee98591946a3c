"""Several people begin, type and close the books, and change what they go by, at the same moment."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from app.domain.kernel.unit import deed
from app.domain.ledger.changing_rules import NewRule, change_rules
from app.domain.ledger.manual import (
    NewManualEntry,
    NewManualLine,
    add_manual_entries,
    cancel_manual_entries,
    process_manual_entries,
)
from app.domain.ledger.periods import close_period
from app.domain.treasury.cash import NewCashOrder, add_cash_orders, process_cash_orders
from app.domain.treasury.opening import (
    NewOpeningBalance,
    add_opening_balances,
    cancel_opening_balances,
    process_opening_balances,
)
from app.domain.warehousing.receipts import NewReceipt, NewReceiptLine, add_receipts, process_receipts
from tests.faults.conftest import Company
from tests.world import TODAY, D

UNDO = {"on": TODAY, "reason": "not so"}
RENT_DEBIT = "SELECT debit FROM journal_line JOIN account ON account.id = account_id WHERE code = '6990' AND debit > 0"


def typed(company: Company, amount: str = "7.00") -> int:
    lines = [NewManualLine(company.world.account("6990"), debit=D(amount)),
             NewManualLine(company.world.account("2000"), credit=D(amount))]  # fmt: skip
    made: int = company.world.do(add_manual_entries, [NewManualEntry(lines, "rent")])[0]
    return made


def opening(company: Company, **more: Any) -> int:
    made: int = company.world.do(add_opening_balances, [NewOpeningBalance(**more)])[0]
    return made


def test_a_desk_begins_once_whoever_comes_first(company: Company) -> None:
    balances = [opening(company, about="cash", amount=D(5), cash_desk_id=company.world.desk) for _ in range(4)]
    company.commit()

    answers = company.at_once(*(company.doing(process_opening_balances, [balance], on=TODAY) for balance in balances))

    assert sorted(answer == ["begun"] for answer in answers) == [False, True, True, True]
    company.prove()


def test_what_a_desk_began_with_is_spent_or_taken_back_but_not_both(company: Company) -> None:
    world = company.world
    balance = opening(company, about="cash", amount=D(5), cash_desk_id=world.desk)
    world.do(process_opening_balances, [balance], on=TODAY)
    spent = world.do(add_cash_orders, [NewCashOrder(world.desk, None, D(1), kind="expense", about="transfer")])
    company.commit()

    answers = company.at_once(
        company.doing(cancel_opening_balances, [balance], **UNDO), company.doing(process_cash_orders, spent, on=TODAY)
    )

    assert [answer == ["more_than_in_desk"] for answer in answers].count(True) == 1
    company.prove()


def test_what_was_owed_is_paid_and_taken_back_and_the_money_stays_the_customers(company: Company) -> None:
    balance = opening(company, about="owed", amount=D(12), customer_id=company.world.customer)
    company.world.do(process_opening_balances, [balance], on=TODAY)
    payment = company.payment(balance, "12.00")
    company.commit()

    cancelled, paid = company.at_once(
        company.doing(cancel_opening_balances, [balance], **UNDO),
        company.doing(process_cash_orders, [payment], on=TODAY),
    )

    assert cancelled.done == [balance]
    assert paid == ["more_than_open"] or paid.done == [payment]
    assert company.column("SELECT used FROM credit") in ([], [0])
    company.prove()


def test_an_entry_is_posted_and_taken_back_once_by_many(company: Company) -> None:
    entry = typed(company)
    company.commit()

    company.at_once(*(company.doing(process_manual_entries, [entry], on=TODAY) for _ in range(4)))
    answers = company.at_once(*(company.doing(cancel_manual_entries, [entry], **UNDO) for _ in range(4)))

    assert sorted(len(answer.done) for answer in answers) == [0, 0, 0, 1]
    company.prove()


def test_an_entry_comes_before_the_period_closes_or_not_at_all(company: Company) -> None:
    entries = [typed(company, f"{i + 1}.00") for i in range(6)]
    company.commit()

    *answers, _ = company.at_once(
        *(company.doing(process_manual_entries, [entry], on=TODAY) for entry in entries),
        company.doing(close_period, TODAY, TODAY),
    )

    refused = [answer == ["closed_period"] for answer in answers]
    assert len(company.column(RENT_DEBIT)) == refused.count(False)
    company.prove()


def test_a_rule_changes_before_an_entry_follows_it_or_not_on_that_day(company: Company) -> None:
    """Each entry is on the account of the rule that held when it was posted, and no other rule holds of its day."""
    world = company.world
    lines = [NewReceiptLine(company.product, D(1), D(3))]
    receipts = world.do(add_receipts, [NewReceipt(world.warehouse, lines)] * 6)
    rule = NewRule("receipt.processed", "cost", "debit", world.account("1210"), TODAY)
    # What the world received today would stand in the way.
    later = rule._replace(event="manual_entry.processed", amount="debit", account_id=world.account("6920"))
    entries = [typed(company) for _ in range(6)]
    company.commit()

    def change(new: NewRule) -> Callable[[], Any]:
        def work(session: Session) -> None:
            change_rules(session, [new], by=company.by)

        return partial(deed, work)

    *posted, refused, changed = company.at_once(
        *(company.doing(process_receipts, [receipt], on=TODAY) for receipt in receipts),
        *(company.doing(process_manual_entries, [entry], on=TODAY) for entry in entries),
        change(rule),
        change(later),
    )

    assert all(answer.done for answer in posted)
    assert refused == ["rule_in_use"]
    assert changed in (None, ["rule_in_use"])
    company.prove()
