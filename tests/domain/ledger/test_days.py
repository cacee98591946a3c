"""The closings of days that the database keeps as entries get their places."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.domain.kernel.document import register
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed, seal
from app.domain.ledger.posting import Posting, post
from app.domain.parties.models import Customer, PaymentTerm
from app.domain.proof import INVARIANTS
from tests.domain.ledger.conftest import found

D = Decimal
MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
FORBIDDEN, TWICE = "42501", "23505"
PROOFS = ("account_days_are_sums_of_lines", "customer_days_are_sums_of_lines")


def owe(session: Session, by: int, on: date, gross: int, customer: int | None = None) -> None:
    """An invoice, so far as the books are concerned."""
    [document] = register(session, "invoice", [{"customer_id": customer}])
    amounts = {"gross": D(gross), "net": D(gross), "vat": D(0)}
    post(session, "invoice.issued", [Posting(document, amounts)], on=on, by=by)


def closings(session: Session) -> list[tuple[date, Decimal, Decimal]]:
    sql = """SELECT "on", debit, credit FROM account_day JOIN account ON account.id = account_id
             WHERE role = 'receivables' ORDER BY "on" """
    return [tuple(row) for row in read(session, sql)]


def broken(session: Session) -> Sequence[object]:
    return [offender for name in PROOFS for offender in INVARIANTS[name].prove(session).offenders]


@pytest.fixture
def customer(session: Session, anna: int) -> int:
    term = PaymentTerm(code="14", name="14 days", days=14)
    session.add(term)
    session.flush()
    customer = Customer(code="C1", name="Bo", payment_term_id=term.id)
    session.add(customer)
    session.flush()
    return customer.id


def test_what_is_dated_back_counts_on_every_later_day(session, anna, customer) -> None:
    for on, gross in ((TUESDAY, 5), (WEDNESDAY, 7), (MONDAY, 2), (TUESDAY, 1)):
        owe(session, anna, on, gross, customer)
        seal(session)

    assert closings(session) == [(MONDAY, D(2), D(0)), (TUESDAY, D(8), D(0)), (WEDNESDAY, D(15), D(0))]
    days = read(session, """SELECT "on", balance FROM customer_day ORDER BY "on" """)
    assert [tuple(day) for day in days] == [(MONDAY, D(2)), (TUESDAY, D(8)), (WEDNESDAY, D(15))]
    assert broken(session) == []


def test_one_deed_may_post_on_several_days(session, anna, customer) -> None:
    owe(session, anna, TUESDAY, 5, customer)
    seal(session)
    for on, gross in ((WEDNESDAY, 7), (MONDAY, 2), (TUESDAY, 1)):
        owe(session, anna, on, gross, customer)
    seal(session)

    assert [closing[1] for closing in closings(session)] == [D(2), D(8), D(15)]
    assert broken(session) == []


def test_what_is_nobodys_business_stands_on_accounts_alone(session, anna) -> None:
    owe(session, anna, MONDAY, 5)
    seal(session)

    assert closings(session) == [(MONDAY, D(5), D(0))]
    assert read(session, "SELECT FROM customer_day") == []


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELECT keep_days()", FORBIDDEN),
        ("""CREATE TEMP TABLE mine AS SELECT * FROM journal_chain;
            CREATE TRIGGER mine AFTER INSERT ON mine REFERENCING NEW TABLE AS added
                FOR EACH STATEMENT EXECUTE FUNCTION keep_days();
            INSERT INTO mine SELECT * FROM journal_chain""", FORBIDDEN),
        ("INSERT INTO journal_chain SELECT seq + 1, entry_id, hash FROM journal_chain", TWICE),
        ("INSERT INTO journal_chain SELECT * FROM journal_chain ON CONFLICT DO NOTHING", None),
    ],
    ids=["by-name", "by-a-trigger-of-ones-own", "by-a-second-place", "by-the-same-place"],
)  # fmt: skip
def test_nobody_can_count_an_entry_a_second_time(session, anna, sql: str, error: str | None) -> None:
    owe(session, anna, MONDAY, 5)
    seal(session)

    try:
        with session.begin_nested():
            session.connection().exec_driver_sql(sql)
        refused = None
    except DBAPIError as failure:
        refused = getattr(failure.orig, "sqlstate", None)

    assert refused == error
    assert closings(session) == [(MONDAY, D(5), D(0))]


def test_deeds_at_the_same_time_lose_nothing(fresh_database) -> None:
    anna = deed(found)

    def trade(on: date) -> None:
        for _ in range(5):
            deed(lambda session: owe(session, anna, on, 1))

    with ThreadPoolExecutor(3) as hands:
        list(hands.map(trade, (TUESDAY, MONDAY, TUESDAY)))

    with Session(fresh_database) as session:
        assert closings(session) == [(MONDAY, D(5), D(0)), (TUESDAY, D(15), D(0))]
        assert broken(session) == []
