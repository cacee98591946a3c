"""The proof of one account or product rests on the last full one, and reads what came afterwards."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import reading
from app.domain.proof import Check, check_account, check_product, prove_everything
from app.domain.proof.since import BALANCES, last_mark, mark_proved
from tests.world import TODAY, World

EARLIER = TODAY - timedelta(5)
Plant = Callable[..., int]


@pytest.fixture
def session(session: Session) -> Session:
    """What is marked is what one snapshot shows."""
    session.connection().exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    return session


@pytest.fixture
def tea(world: World) -> int:
    """A product, traded before everything was proved and afterwards, also for days before."""
    product = world.add_product("TEA", "10.00", cost="4.00")
    world.receive(product, "20", on=EARLIER)
    _, shipment = world.shipped_order((product, "3"), on=EARLIER)
    world.pay(world.invoice(shipment, on=EARLIER), "10.00", on=EARLIER)
    world.receive(product, "5", on=TODAY)
    world.prove()
    mark_proved(world.session, holds=True)
    world.receive(product, "7", "5.00", on=EARLIER + timedelta(1))
    world.receive(world.add_product("POT", "30.00"), "1")
    write(world.session, "UPDATE number_counter SET last_on = '2000-01-01'")
    _, shipment = world.shipped_order((product, "2"), on=TODAY)
    world.pay(world.invoice(shipment), "24.00")
    return product


def account(world: World, role: str) -> int:
    return world.ids("SELECT min(id) FROM account WHERE role = %(role)s", role=role)[0]


def broken(checks: list[Check]) -> list[str]:
    return [check.name for check in checks if not check.ok]


def test_what_came_after_a_full_proof_is_proved_on_top_of_it(world: World, tea: int) -> None:
    accounts = world.ids("SELECT id FROM account")
    products = world.ids("SELECT id FROM product")
    mark = last_mark(world.session)
    parts = [check_product(world.session, product) for product in products]
    parts += [check_account(world.session, its) for its in accounts]

    assert mark is not None
    assert [f"{check.name}: {check.offenders[0]}" for checks in parts for check in checks if not check.ok] == []
    assert {check.since for checks in parts for check in checks} == {mark.at}
    for part, its in ((check_product, tea), (check_account, account(world, "cash"))):
        whole = part(world.session, its, full=True)
        assert [check.name for check in part(world.session, its)] == [check.name for check in whole]
        assert {check.since for check in whole} == {None}
    world.prove()


NEW_LINES = "entry_id IN (SELECT entry_id FROM journal_chain WHERE seq > (SELECT max(seq) FROM proof_mark))"
OF_TEA = "product_id = %(tea)s"
UNGUARDED = "ALTER TABLE stock_day DROP CONSTRAINT ck_stock_day_closing"


@pytest.mark.parametrize(
    ("sql", "red"),
    [
        (f"UPDATE stock_balance SET value = value + 1 WHERE {OF_TEA}", ["balances_are_sums_of_moves"]),
        (f"UPDATE stock_balance SET last_on = last_on - 1 WHERE {OF_TEA}", ["balances_are_sums_of_moves"]),
        (f"DELETE FROM stock_balance WHERE {OF_TEA}",
         ["balances_are_sums_of_moves"]),
        (f"""UPDATE stock_move SET on_hand_after = 99
             WHERE id > (SELECT max(move_id) FROM stock_mark) AND {OF_TEA}""", ["moves_tell_the_balance_after_them"]),
        (f"""UPDATE stock_move SET quantity = quantity + 1
             WHERE id > (SELECT max(move_id) FROM stock_mark) AND {OF_TEA}""",
         ["balances_are_sums_of_moves", "moves_tell_the_balance_after_them", "days_are_sums_of_moves"]),
        (f"UPDATE stock_day SET value = value + 1 WHERE {OF_TEA}", ["days_are_sums_of_moves"]),
        (f'DELETE FROM stock_day WHERE {OF_TEA} AND "on" = %(today)s', ["days_are_sums_of_moves"]),
        (f"{UNGUARDED}; UPDATE stock_day SET quantity = -1 WHERE {OF_TEA}",
         ["days_are_sums_of_moves", "stock_is_possible"]),
        (f"UPDATE stock_balance SET reserved = 1 WHERE {OF_TEA}", ["reserved_is_the_sum_of_reservations"]),
    ],
)  # fmt: skip
def test_a_fault_in_a_product_is_found(
    world: World, tea: int, behind_the_back: Plant, sql: str, red: list[str]
) -> None:  # fmt: skip
    for statement in sql.split(";"):
        assert behind_the_back(statement, tea=tea, today=TODAY)

    checks = check_product(world.session, tea)

    assert broken(checks) == red
    assert all(check.since for check in checks)


@pytest.mark.parametrize(
    ("sql", "red"),
    [
        (f"UPDATE journal_line SET debit = debit + 1 WHERE account_id = %(cash)s AND {NEW_LINES}",
         ["entries_balance", "lines_have_one_side", "account_days_are_sums_of_lines", "cash_is_what_the_desks_took"]),
        (f"UPDATE journal_line SET rule_id = NULL WHERE account_id = %(cash)s AND {NEW_LINES}",
         ["lines_follow_their_rules"]),
        ("UPDATE account_day SET debit = debit + 1 WHERE account_id = %(cash)s", ["account_days_are_sums_of_lines"]),
        ("""UPDATE account_day SET debit = debit + 1
            WHERE account_id = %(cash)s AND "on" = (SELECT min("on") FROM account_day)""",
         ["account_days_are_sums_of_lines"]),
        ("DELETE FROM account_day WHERE account_id = %(cash)s", ["account_days_are_sums_of_lines"]),
        ("""INSERT INTO account_day SELECT account_id, "on" - 99, 1, 0 FROM account_day
            WHERE account_id = %(cash)s LIMIT 1""", ["account_days_are_sums_of_lines"]),
        ("UPDATE cash_order SET amount = amount + 1 WHERE amount = 24", ["cash_is_what_the_desks_took"]),
        ("UPDATE account_mark SET debit = debit + 1 WHERE account_id = %(cash)s", ["account_days_are_sums_of_lines"]),
    ],
)  # fmt: skip
def test_a_fault_in_an_account_is_found(
    world: World, tea: int, behind_the_back: Plant, sql: str, red: list[str]
) -> None:  # fmt: skip
    cash = account(world, "cash")
    assert behind_the_back(sql, cash=cash)

    checks = check_account(world.session, cash)

    assert broken(checks) == red
    assert all(check.since for check in checks)


def test_only_the_whole_proof_reads_what_a_mark_rests_on(world: World, tea: int, behind_the_back: Plant) -> None:
    cash = account(world, "cash")
    behind_the_back("UPDATE journal_line SET debit = debit + 1 WHERE account_id = %(cash)s AND debit = 10", cash=cash)
    behind_the_back("""UPDATE stock_move SET on_hand_after = on_hand_after + 1
                       WHERE id < (SELECT max(move_id) FROM stock_mark)""")  # fmt: skip

    assert broken(check_account(world.session, cash)) == []
    assert broken(check_product(world.session, tea)) == []
    assert "entries_balance" in broken(check_account(world.session, cash, full=True))
    assert broken(check_product(world.session, tea, full=True)) == ["moves_tell_the_balance_after_them"]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE journal_chain SET hash = 'x' WHERE seq = (SELECT max(seq) FROM proof_mark)",
        "DELETE FROM journal_chain WHERE seq = (SELECT max(seq) FROM proof_mark)",
    ],
)
def test_nothing_rests_on_a_mark_whose_place_in_the_chain_is_another(
    world: World, tea: int, behind_the_back: Plant, sql: str
) -> None:
    behind_the_back(sql)

    assert last_mark(world.session) is None
    assert {check.since for check in check_product(world.session, tea)} == {None}


def test_nothing_rests_on_earlier_marks_once_something_did_not_hold(world: World, tea: int) -> None:
    mark_proved(world.session, holds=False)

    assert last_mark(world.session) is None
    assert broken(check_account(world.session, account(world, "cash"))) == []


def test_what_is_marked_is_one_snapshot(fresh_database: Engine) -> None:
    with pytest.raises(DBAPIError, match="in one snapshot"), reading() as session:
        mark_proved(session, holds=True)


@pytest.mark.parametrize("sql", [
    'UPDATE stock_day SET value = value + 1 WHERE "on" < (SELECT max("on") FROM stock_day)',
    'DELETE FROM stock_day WHERE "on" < (SELECT max("on") FROM stock_day)',
    "UPDATE stock_balance SET on_hand = on_hand + 1",
    "DELETE FROM stock_balance",
])  # fmt: skip
def test_stock_that_does_not_add_up_is_not_marked_whatever_is_said_of_it(
    world: World, tea: int, behind_the_back: Plant, sql: str
) -> None:
    before = last_mark(world.session)
    behind_the_back(sql)

    with pytest.raises(DBAPIError, match="does not add up"), world.session.begin_nested():
        mark_proved(world.session, holds=True)

    assert last_mark(world.session) == before


def test_of_two_full_proofs_at_once_one_is_marked(fresh_database: Engine) -> None:
    with Session(fresh_database, autoflush=False, expire_on_commit=False) as session:
        world = World(session)
        world.receive(world.add_product("TEA", "10.00"), "5")
        session.commit()
    with Session(fresh_database) as slow, slow.begin():
        slow.connection().exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        read(slow, "SELECT FROM proof_mark")
        checks = prove_everything()
        mark_proved(slow, holds=True)

    with reading() as session:
        rows = read(session, "SELECT holds, seq FROM proof_mark")

    assert all(check.ok for check in checks)
    assert [tuple(row) for row in rows] == [(True, 1)]


def test_of_moves_only_those_since_the_mark_are_read_however_the_planner_reckons(session: Session) -> None:
    session.execute(text("SET LOCAL enable_nestloop = off; SET LOCAL enable_seqscan = off"))
    plan = read(session, f"EXPLAIN {BALANCES}", product_id=1)
    (condition,) = [row[0] for row in plan if "Index Cond" in row[0] and "moved_at" in row[0]]

    assert "warehouse_id" in condition
    assert "at > " in condition
