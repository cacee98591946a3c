import pytest

from app.domain.kernel.rows import read
from app.domain.proof import INVARIANTS, check_account, check_product, run_checks
from app.domain.proof.found import SHOWN, Offender
from tests.domain.proof.faults import FAULTS
from tests.domain.proof.planting import Fault


def test_every_proof_holds_where_a_little_of_everything_has_happened(session, books):
    assert [f"{check.name}: {offender}" for check in run_checks(session=session) for offender in check.offenders] == []


def test_every_proof_holds_on_an_empty_database(session):
    assert [str(offender) for check in run_checks(session=session) for offender in check.offenders] == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.proof.__name__}-{fault.named}")
def test_a_fault_behind_the_programs_back_turns_its_proof_red_and_is_named(
    session, books, behind_the_back, fault: Fault
):
    assert not fault.proof(session).count

    for statement in fault.sql:
        assert behind_the_back(statement) != 0

    found = fault.proof(session)
    assert found.count
    assert [str(offender) for offender in found.offenders if fault.named in str(offender)]


def test_every_proof_has_a_fault_that_turns_it_red():
    assert set(INVARIANTS) == {fault.proof.__name__ for fault in FAULTS}


def test_every_proof_says_in_one_sentence_what_it_proves():
    assert [invariant.name for invariant in INVARIANTS.values() if not invariant.sentence.endswith(".")] == []


def test_one_product_is_proved_by_itself(session, books, behind_the_back):
    tea, pot = (read(session, "SELECT id FROM product WHERE sku = %(sku)s", sku=sku)[0].id for sku in ("TEA", "POT"))
    behind_the_back("UPDATE stock_balance SET value = value + 1 WHERE product_id = %(tea)s", tea=tea)

    assert [check.name for check in check_product(session, tea) if not check.ok] == ["balances_are_sums_of_moves"]
    assert all(check.ok for check in check_product(session, pot))


def test_one_account_is_proved_by_itself(session, books, behind_the_back):
    cash, revenue = (
        read(session, "SELECT min(id) AS id FROM account WHERE role = %(role)s", role=role)[0].id
        for role in ("cash", "revenue")
    )
    behind_the_back("UPDATE journal_line SET debit = debit + 1 WHERE account_id = %(cash)s AND debit > 0", cash=cash)

    red = [check.name for check in check_account(session, cash) if not check.ok]
    assert red == [
        "entries_balance", "lines_have_one_side", "account_days_are_sums_of_lines", "cash_is_what_the_desks_took"
    ]  # fmt: skip
    assert all(check.ok for check in check_account(session, revenue))


def test_many_offenders_are_counted_and_the_first_hundred_shown(session, books, behind_the_back):
    behind_the_back("""
        INSERT INTO stock_day SELECT warehouse_id, product_id, day, on_hand, value
        FROM stock_balance, generate_series('1999-01-01', '1999-12-31', interval '1 day') AS day
    """)

    found = INVARIANTS["days_are_sums_of_moves"].prove(session)

    assert found.count > len(found.offenders) == SHOWN


def test_progress_is_told_check_by_check_in_a_snapshot_of_its_own(engine):
    told = []

    checks = run_checks(told.append)

    assert told == checks
    assert [check.name for check in checks] == list(INVARIANTS)


def test_an_offender_says_where_what_is_and_what_should_be():
    offender = Offender("reserved", "3", "4", product_id=7, names={"product": "TEA", "warehouse": "MAIN"})

    assert str(offender) == "product TEA, warehouse MAIN: reserved is 4, it should be 3"
    assert str(Offender("all credits", "3", "4")) == "all credits is 4, it should be 3"
