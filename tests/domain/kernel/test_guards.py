"""What the database holds: every rule is broken through SQL and refused, on both versions of PostgreSQL we carry."""

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from app import database, embedded
from app.domain.kernel import orm
from app.domain.schema import metadata
from tests.conftest import Postgres, migrate
from tests.domain.kernel.guarded_rows import BESIDE, CLOSINGS, WORLD, writer
from tests.domain.kernel.trigger_violations import HISTORIES, KEPT, PRIVILEGES, TRIGGERS
from tests.domain.kernel.twice import CONSTRAINTS, NEVER_ALONE
from tests.domain.kernel.violations import (
    CHECK,
    EXACT_COLUMNS,
    FOREIGN,
    LEDGER,
    NEWEST,
    Violation,
    copied,
    numbered,
)
from tests.places import quick_place

GUARDS = (Path(orm.__file__).parent / "guards.sql").read_text()
ALONE = [violation for violation in CONSTRAINTS + TRIGGERS if violation.alone]
TABLES = sorted(metadata.tables)
Connection = psycopg.Connection[tuple[object, ...]]


@contextmanager
def migrated(version: int, postgres: Postgres, name: str) -> Iterator[str]:
    """The address of a migrated database on this version of PostgreSQL, for as long as the block lasts."""
    with psycopg.connect(postgres.superuser) as connection:
        same = connection.info.server_version // 10_000 == version
    with ExitStack() as exits:
        if same:
            postgres.copy(name)
            exits.callback(postgres.drop, name)
            yield postgres.url(name)
            return
        folder = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="stockbook-test-", dir=quick_place())))
        folder.chmod(0o755)
        server = exits.enter_context(embedded.serve(folder, version=version, durable=False))
        migrate(url := server.url(embedded.SUPERUSER))
        yield url


@contextmanager
def full(address: str) -> Iterator[Connection]:
    """The application's transaction in which every table has a row."""
    with psycopg.connect(address, options=f"-c role={database.APP} -c timezone=UTC") as connection:
        connection.execute(WORLD)
        yield connection
        connection.rollback()


@pytest.fixture(scope="module")
def world(postgres: Postgres, request: pytest.FixtureRequest) -> Iterator[Connection]:
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    with migrated(NEWEST, postgres, f"{postgres.template}_guards_{worker}") as address, full(address) as connection:
        yield connection


@pytest.fixture
def guarded(world: Connection) -> Iterator[Connection]:
    """The same for one test, which leaves nothing behind."""
    with world.transaction(force_rollback=True):
        yield world


def refused(connection: Connection, violation: Violation) -> psycopg.Error | None:
    """The error that the violation meets."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(f"SET LOCAL ROLE {violation.role}")
            connection.execute(violation.sql)
    except psycopg.Error as error:
        return error
    return None


# Checks of the same table that refuse what another one would refuse too.
SIBLINGS = ("ck_shipment_line_invoiced", "ck_price_list_step", "ck_reorder_point_maximum")


@pytest.mark.parametrize("violation", CONSTRAINTS, ids=numbered(CONSTRAINTS))
def test_a_row_that_breaks_a_constraint_is_refused(guarded: Connection, violation: Violation) -> None:
    error = refused(guarded, violation)

    assert error is not None
    assert (error.sqlstate, error.diag.constraint_name) in [
        (violation.error, violation.guard),
        *([] if violation.alone else [(violation.error, sibling) for sibling in SIBLINGS]),
    ]


@pytest.mark.parametrize("violation", TRIGGERS, ids=numbered(TRIGGERS))
def test_what_a_trigger_guards_is_refused(guarded: Connection, violation: Violation) -> None:
    error = refused(guarded, violation)

    assert error is not None
    assert error.sqlstate == violation.error


@pytest.mark.parametrize("violation", ALONE, ids=numbered(ALONE))
def test_nothing_but_the_guard_stands_in_the_way(guarded: Connection, violation: Violation) -> None:
    """Else the tests above would stay green when the guard is lost."""
    guarded.execute("SET LOCAL ROLE NONE")
    name, _, table = violation.guard.partition(" on ")
    if table:
        guarded.execute(f"DROP TRIGGER {name} ON {table}")
    else:
        _drop(guarded, name)

    assert refused(guarded, violation) is None


def _drop(connection: Connection, name: str) -> None:
    owner = "SELECT conrelid::regclass::text FROM pg_constraint WHERE conname = %s"
    table = connection.execute(owner, [name]).fetchone()
    connection.execute(f"ALTER TABLE {table[0]} DROP CONSTRAINT {name}" if table else f"DROP INDEX {name}")


@pytest.mark.parametrize("violation", PRIVILEGES, ids=numbered(PRIVILEGES))
def test_what_the_application_may_not_do_is_refused(guarded: Connection, violation: Violation) -> None:
    error = refused(guarded, violation)

    assert error is not None
    assert error.sqlstate == violation.error


@pytest.mark.parametrize("table", sorted(BESIDE))
def test_a_row_that_breaks_nothing_is_taken(guarded: Connection, table: str) -> None:
    """Else the violations would be refused for some other reason than theirs."""
    guarded.execute(f"SET LOCAL ROLE {writer(table)}")

    assert guarded.execute(copied(table)).rowcount == 1


@pytest.mark.parametrize("column", EXACT_COLUMNS, ids=str)
def test_an_exact_number_is_a_finite_number_of_reasonable_size(guarded: Connection, column: orm.Any) -> None:
    table = column.table.name
    for value in ("'NaN'", "'Infinity'", "'-Infinity'", "1e15", "-1e15"):
        error = refused(guarded, Violation("", copied(table, **{column.name: value}), CHECK, writer(table)))
        assert error is not None, value
        assert error.sqlstate == CHECK, value


FOREIGN_KEYS = [
    (table, key.name, key.column_keys)
    for table in TABLES
    for key in sorted(metadata.tables[table].foreign_key_constraints, key=lambda key: str(key.name))
]


# A discount is of one thing for one buyer: where one kind is named, the other is not. A payment has one purpose, a
# reservation one line, only a debit note points to a credit note, and the history of the books is about a period or
# about a rule.
INSTEAD = {
    ("discount", "customer_group_id"): {"customer_id": "NULL"},
    ("discount", "product_group_id"): {"product_id": "NULL"},
    ("reservation", "internal_line_id"): {"line_id": "NULL"},
    ("cash_order", "account_id"): {"about": "'account'"},
    ("cash_order", "transfer_id"): {"about": "'transfer'"},
    ("bank_line", "account_id"): {"about": "'account'"},
    ("bank_line", "transfer_id"): {"about": "'transfer'"},
    ("bank_line", "statement_id"): {"bank_account_id": "1001", "state": "'draft'"},
    ("opening_balance", "cash_desk_id"): {"about": "'cash'"},
    ("opening_balance", "bank_account_id"): {"about": "'bank'"},
    ("ledger_history", "rule_id"): {"step": "'change'", "period_id": "NULL", "account_id": "1001"},
    ("ledger_history", "account_id"): {"step": "'change'", "period_id": "NULL", "rule_id": "1001"},
    ("invoice", "credit_note_id"): {"kind": "'debit'"},
    ("invoice_line", "credit_line_id"): {"kind": "'debit'", "shipment_line_id": "NULL", "order_line_id": "NULL"},
}


@pytest.mark.parametrize(("table", "name", "columns"), FOREIGN_KEYS, ids=lambda it: it if isinstance(it, str) else "")
def test_nothing_points_to_what_is_not_there(guarded: Connection, table: str, name: str, columns: list[str]) -> None:
    if table == "company_details":
        sql = copied(table, company_id="2")
    elif table == "posting_rule":
        sql = copied(table, role="'revenue'")
    else:
        sql = copied(table, **dict.fromkeys(columns, "-1") | INSTEAD.get((table, columns[0]), {}))

    error = refused(guarded, Violation(name, f"{sql}; SET CONSTRAINTS ALL IMMEDIATE", FOREIGN, writer(table)))

    assert error is not None
    assert error.sqlstate == FOREIGN


def test_lines_of_another_transaction_are_refused(guarded: Connection) -> None:
    guarded.execute("SET LOCAL ROLE NONE")
    guarded.execute("SET LOCAL session_replication_role = replica")
    guarded.execute("UPDATE journal_entry SET txid = txid - 1 WHERE id = 8002")
    guarded.execute("SET LOCAL session_replication_role = origin")

    error = refused(guarded, Violation("guard_entry_lines on journal_line", copied("journal_line"), LEDGER))

    assert error is not None
    assert error.sqlstate == LEDGER


def test_an_entry_cannot_claim_another_transaction(guarded: Connection) -> None:
    """Covers guard_own_txid on journal_entry."""
    guarded.execute(copied("journal_entry", txid="1"))

    row = guarded.execute("SELECT txid, pg_current_xact_id()::text::bigint FROM journal_entry ORDER BY id").fetchone()
    assert row is not None
    assert row[0] == row[1]


@pytest.mark.parametrize(("sql", "percents"), [
    ("UPDATE tax_rate SET rate = 19 WHERE id = 1001", {"-infinity": 19, "2026-01-01": 21}),
    ("INSERT INTO tax_rate_row (tax_rate_id, valid_from, percent) VALUES (1001, '2027-01-01', 19)",
     {"-infinity": 20, "2026-01-01": 21, "2027-01-01": 19}),
    ("UPDATE tax_rate_row SET tax_rate_id = 1002", {"-infinity": 20}),
    ("DELETE FROM tax_rate_row WHERE id = 1001", {"-infinity": 20}),
])  # fmt: skip
def test_what_a_rate_ever_said_is_kept(guarded: Connection, sql: str, percents: dict[str, int]) -> None:
    """Covers keep_told on tax_rate and keep_told on tax_rate_row."""
    told = "SELECT percents FROM tax_rate_told WHERE tax_rate_id = 1001 ORDER BY id"
    before = guarded.execute(told).fetchall()

    guarded.execute("UPDATE tax_rate SET name = 'Same' WHERE id = 1001")
    guarded.execute("UPDATE tax_rate_row SET version = version + 1")
    assert guarded.execute(told).fetchall() == before
    guarded.execute(sql)

    assert guarded.execute(told).fetchall() == [*before, (percents,)]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE document SET customer_id = 1002, warehouse_id = 1002 WHERE id = 2001",
        "UPDATE document SET number = '7', series_id = 1001 WHERE id = 2001",
        "UPDATE sales_order SET note = 'n', customer_reference = 'r', requested_on = '2026-02-01' WHERE id = 2002",
        "UPDATE sales_order SET state = 'performed', version = version + 1 WHERE id = 2002",
        "UPDATE sales_order_line SET shipped = 1, given_up = 1 WHERE id = 2102",
        "UPDATE shipment_line SET invoiced = 1 WHERE id = 3102",
        "UPDATE invoice SET due_on = '2026-03-01' WHERE id = 5002",
        "UPDATE allocation SET released_on = '2026-01-08' WHERE id = 7001",
        "UPDATE credit SET used = 1 WHERE document_id = 6002; UPDATE credit SET used = 0, amount = 0",
        "UPDATE repayment SET cancelled_on = '2026-01-08' WHERE refund_id = 6001",
        "UPDATE rounding SET taken_back_on = '2026-01-08' WHERE invoice_id = 5002",
        "UPDATE invoice_line SET quantity = 1, invoice_id = 5001 WHERE id = 5101",
        "DELETE FROM cash_order_target WHERE id = 6101; DELETE FROM cash_order WHERE id = 6001",
        "UPDATE deed SET answer = '{}'",
    ],
)
def test_what_must_stay_possible_is_taken(guarded: Connection, sql: str) -> None:
    assert refused(guarded, Violation("", sql, "")) is None


# Tables of the web that the same triggers guard.
# They refuse nothing: they write what is so.
KEEPERS = {"guard_own_txid on journal_entry", "keep_told on tax_rate", "keep_told on tax_rate_row"}
OF_THE_WEB = ("audit_entry",)
TRIGGERED = (
    "SELECT tgname || ' on ' || relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"
)


def test_every_rule_of_the_database_is_broken_by_a_test(guarded: Connection) -> None:
    """A constraint, a unique index or a trigger that is new needs a violation."""
    covered = {it.guard for it in CONSTRAINTS + TRIGGERS} | KEEPERS
    rules = (
        "SELECT conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid WHERE contype IN ('c', 'x')",
        "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indrelid"
        " WHERE indisunique AND NOT indisprimary",
        TRIGGERED,
    )
    there = {
        row[0]
        for sql in rules
        for row in guarded.execute(
            f"{sql} AND relname = ANY(%s) AND relnamespace = 'public'::regnamespace",
            [[*TABLES, *OF_THE_WEB] if sql is TRIGGERED else TABLES],
        )
    }

    assert there - NEVER_ALONE == covered
    assert set(TABLES) == set(BESIDE) | {"company"}


LIVE = """
SELECT 'trigger', tgname || ' on ' || tgrelid::regclass, pg_get_triggerdef(oid) || ' ' || tgenabled::text
FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text NOT LIKE 'procrastinate%'
UNION ALL
SELECT 'function', oid::regprocedure::text, pg_get_functiondef(oid)
FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname NOT LIKE 'procrastinate%' AND NOT EXISTS (
    SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""


def test_the_databases_guards_are_those_of_the_file(guarded: Connection) -> None:
    def live() -> set[tuple[object, ...]]:
        return set(guarded.execute(LIVE).fetchall())

    guarded.execute(f"SET LOCAL ROLE {database.OWNER}")
    before = live()
    for kind, name, _ in sorted(before, reverse=True):
        guarded.execute(f"DROP {kind} {name}")
    assert live() == set()
    guarded.execute(GUARDS)

    assert live() == before


def test_the_applications_privileges_are_those_of_the_design(guarded: Connection) -> None:
    wanted = {
        table: {"SELECT", "INSERT", "UPDATE", "DELETE"}
        - ({"UPDATE", "DELETE"} if table in HISTORIES else set())
        - ({"DELETE"} if table in KEPT else set())
        - ({"INSERT", "UPDATE", "DELETE"} if table in CLOSINGS else set())
        for table in TABLES
    }
    held = {
        table: {
            privilege
            for privilege in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
            if guarded.execute("SELECT has_table_privilege(%s, %s, %s)", [database.APP, table, privilege]).fetchone()
            == (True,)
        }
        for table in TABLES
    }

    assert held == wanted
    member = guarded.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", [database.APP, database.OWNER]).fetchone()
    assert member == (False,)


def test_every_trigger_of_the_file_is_named_by_a_violation() -> None:
    statements = re.findall(r"CREATE (?:CONSTRAINT )?TRIGGER (\w+).*?\bON (\w+)\b", GUARDS, re.DOTALL)

    missing = {f"{name} on {table}" for name, table in statements} - {it.guard for it in TRIGGERS}
    assert missing == KEEPERS


def cases(test: Callable[..., None]) -> list[tuple[object, ...]]:
    """What the test is asked about, beside the connection."""
    for mark in getattr(test, "pytestmark", ()):
        names, values = mark.args
        return [(value,) for value in values] if isinstance(names, str) and "," not in names else list(values)
    return [()]


ALL = [test for name, test in list(globals().items()) if name.startswith("test_") and "guarded" in test.__annotations__]


@pytest.mark.parametrize("version", sorted(embedded.FOLDERS.keys() - {NEWEST}))
def test_an_older_postgresql_holds_the_same(postgres: Postgres, version: int) -> None:
    with migrated(version, postgres, f"{postgres.template}_older") as address, full(address) as connection:
        for test in ALL:
            for case in cases(test):
                with connection.transaction(force_rollback=True):
                    test(connection, *case)
