"""The database without one of its guards."""

from tests.domain.kernel.trigger_violations import HISTORIES, KEPT, PRIVILEGES, TRIGGERS
from tests.domain.kernel.violations import CONSTRAINTS, NEWEST, Violation, numbered
from tests.planted.fault import Fault

TESTS = "tests/domain/kernel/test_guards.py::"
DROP = """
DO $$ BEGIN EXECUTE coalesce(
    (SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
     FROM pg_constraint WHERE conname = '{0}'), 'DROP INDEX {0}');
END $$
"""


def _without(violation: Violation, test: str, identity: str) -> Fault:
    name, _, table = violation.guard.partition(" on ")
    sql = f"DROP TRIGGER {name} ON {table}" if table else DROP.format(name)
    return Fault(f"the database holds {violation.guard}", f"{TESTS}{test}[{NEWEST}-{identity}]", sql=sql)


def _first_of_each(violations: list[Violation], test: str) -> list[Fault]:
    return [
        _without(violation, test, identity)
        for violation, identity in zip(violations, numbered(violations), strict=True)
        if identity.endswith("-1")
    ]


def _granted() -> list[Fault]:
    identities = dict(zip(numbered(PRIVILEGES), PRIVILEGES, strict=True))
    return [
        Fault(
            f"the application has {violation.guard}",
            f"{TESTS}test_what_the_application_may_not_do_is_refused[{NEWEST}-{identity}]",
            sql=f"GRANT {violation.sql.split()[0]} ON {table} TO stockbook_app",
        )
        for identity, violation in identities.items()
        for table in (*HISTORIES, *KEPT)
        if violation.guard.endswith(f" on {table}")
    ]


FAULTS = [
    *_first_of_each(CONSTRAINTS, "test_a_row_that_breaks_a_constraint_is_refused"),
    *_first_of_each(TRIGGERS, "test_what_a_trigger_guards_is_refused"),
    *_granted(),
    Fault(
        "an entry belongs to the transaction that writes it",
        f"{TESTS}test_an_entry_cannot_claim_another_transaction[{NEWEST}]",
        sql="DROP TRIGGER guard_own_txid ON journal_entry",
    ),
    Fault(
        "the database has the guards of the file and no others",
        f"{TESTS}test_the_databases_guards_are_those_of_the_file[{NEWEST}]",
        sql="CREATE FUNCTION guard_nothing() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ),
    Fault(
        "every guard is broken by a test",
        f"{TESTS}test_every_rule_of_the_database_is_broken_by_a_test[{NEWEST}]",
        sql="ALTER TABLE actor ADD CONSTRAINT ck_actor_name CHECK (name <> '')",
    ),
]
