"""The database without one of its guards."""

from tests.domain.kernel.guarded_rows import CLOSINGS
from tests.domain.kernel.trigger_violations import HISTORIES, KEPT, PRIVILEGES, TRIGGERS
from tests.domain.kernel.twice import CONSTRAINTS
from tests.domain.kernel.violations import Violation, numbered
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
    return Fault(f"the database holds {violation.guard}", f"{TESTS}{test}[{identity}]", sql=sql)


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
            f"{TESTS}test_what_the_application_may_not_do_is_refused[{identity}]",
            sql=f"GRANT {violation.sql.split()[0]} ON {table} TO stockbook_app",
        )
        for identity, violation in identities.items()
        for table in dict.fromkeys((*HISTORIES, *KEPT, *CLOSINGS))
        if violation.guard.endswith(f" on {table}")
    ]


GUARDS = "migrations/versions/0001_first/guards.sql"
OF_DAYS = [
    Fault(rule, test, GUARDS, old, new)
    for rule, test, old, new in (
        ("what is dated back counts on the later days of its accounts",
         "tests/domain/ledger/test_days.py::test_what_is_dated_back_counts_on_every_later_day",
         'WHERE day.account_id = moved.account_id AND day."on" >= moved."on"',
         'WHERE day.account_id = moved.account_id AND day."on" = moved."on"'),
        ("what is dated back counts on the later days of its customer",
         "tests/domain/ledger/test_days.py::test_what_is_dated_back_counts_on_every_later_day",
         'WHERE day.customer_id = moved.customer_id AND day."on" >= moved."on"',
         'WHERE day.customer_id = moved.customer_id AND day."on" = moved."on"'),
        ("what is dated back counts on the later days of its desk",
         "tests/domain/treasury/test_desks.py::test_what_comes_in_for_an_earlier_day_is_there_on_every_later_one",
         'WHERE day.cash_desk_id = moved.cash_desk_id AND day."on" >= moved."on"',
         'WHERE day.cash_desk_id = moved.cash_desk_id AND day."on" = moved."on"'),
        ("a desk spends what it began with",
         "tests/domain/treasury/test_opening.py::test_what_was_in_a_desk_is_there_to_be_spent_and_no_more",
         "num_nonnulls(cash_order.cash_desk_id, opening.cash_desk_id) > 0", "cash_order.cash_desk_id IS NOT NULL"),
        ("an entry takes no lines once it has its place",
         f"{TESTS}test_what_a_trigger_guards_is_refused[guard_entry_lines-on-journal_line-2]",
         "JOIN journal_chain chain ON chain.entry_id = added.entry_id", "JOIN journal_chain chain ON false"),
        ("days that do not add up are not marked as proved", "tests/domain/proof/test_since.py::"
         "test_stock_that_does_not_add_up_is_not_marked_whatever_is_said_of_it[UPDATE stock_day SET value = value + 1 "
         'WHERE "on" < (SELECT max("on") FROM stock_day)]',
         "WHERE (day.quantity, day.value) IS DISTINCT FROM (moved.quantity, moved.value)", "WHERE false"),
        ("stock that does not add up is not marked as proved", "tests/domain/proof/test_since.py::"
         "test_stock_that_does_not_add_up_is_not_marked_whatever_is_said_of_it[UPDATE stock_balance SET on_hand = "
         "on_hand + 1]", "              <> (coalesce(moved.quantity, 0), coalesce(moved.value, 0))\n",
         "              IS NULL\n"),
        ("it is kept what a rate ever said",
         f"{TESTS}test_what_a_rate_ever_said_is_kept[DELETE FROM tax_rate_row WHERE id = 1001-percents3]",
         "    IF TG_OP <> 'INSERT' THEN\n        PERFORM keep_told_of(OLD",
         "    IF TG_OP = 'UPDATE' THEN\n        PERFORM keep_told_of(OLD"),
        ("what says the same of a rate is not told again",
         f"{TESTS}test_what_a_rate_ever_said_is_kept[DELETE FROM tax_rate_row WHERE id = 1001-percents3]",
         "AFTER INSERT OR UPDATE OF tax_rate_id, valid_from, percent OR DELETE ON tax_rate_row",
         "AFTER INSERT OR UPDATE OR DELETE ON tax_rate_row"),
        ("an edit of a rate does not wait long for whoever posts", "tests/api/test_taxes.py::"
         "test_who_edits_a_rate_does_not_wait_long_for_whoever_posts_and_posting_goes_on",
         "SET search_path = public, pg_temp SET lock_timeout = '2s' AS", "SET search_path = public, pg_temp AS"),
        ("an edit of a rate waits for whoever posts", "tests/faults/test_races.py::"
         "test_whoever_bills_while_a_tax_rate_is_edited_goes_by_what_was_told_before_or_by_what_is_told_now",
         "        LOCK TABLE period IN EXCLUSIVE MODE;\n", "        PERFORM 1;\n"),
        ("an entry gets its place in its own transaction",
         f"{TESTS}test_what_a_trigger_guards_is_refused[keep_days-on-journal_chain-1]",
         "WHERE id = ANY (entries) AND txid <>", "WHERE false AND txid <>"),
        ("every entry counts on its days as it gets its place",
         "tests/domain/ledger/test_days.py::test_one_deed_may_post_on_several_days",
         "ARRAY(SELECT entry_id FROM added)", "ARRAY(SELECT entry_id FROM added LIMIT 1)"),
    )
] + [
    Fault("nobody counts an entry by a trigger of their own",
          "tests/domain/ledger/test_days.py::test_nobody_can_count_an_entry_a_second_time[by-a-trigger-of-ones-own]",
          sql="GRANT EXECUTE ON FUNCTION keep_days TO stockbook_app"),
]  # fmt: skip

FAULTS = [
    *OF_DAYS,
    *_first_of_each(CONSTRAINTS, "test_a_row_that_breaks_a_constraint_is_refused"),
    *_first_of_each(TRIGGERS, "test_what_a_trigger_guards_is_refused"),
    *_granted(),
    Fault(
        "an entry belongs to the transaction that writes it",
        f"{TESTS}test_an_entry_cannot_claim_another_transaction",
        sql="DROP TRIGGER guard_own_txid ON journal_entry",
    ),
    Fault(
        "the database has the guards of the file and no others",
        f"{TESTS}test_the_databases_guards_are_those_of_the_file",
        sql="CREATE FUNCTION guard_nothing() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ),
    Fault(
        "every guard is broken by a test",
        f"{TESTS}test_every_rule_of_the_database_is_broken_by_a_test",
        sql="ALTER TABLE actor ADD CONSTRAINT ck_actor_name CHECK (name <> '')",
    ),
]
