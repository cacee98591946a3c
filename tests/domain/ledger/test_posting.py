"""Events become balanced entries."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import fire_constraints, seal
from app.domain.ledger.posting import Posting, post, post_mirrors
from app.domain.ledger.posting_rules import EVENTS
from tests.domain.ledger.conftest import lines_of

D = Decimal


def invoice(document_id: int, net: D, vat: D, **accounts: int) -> Posting:
    return Posting(document_id, {"gross": net + vat, "net": net, "vat": vat}, accounts)


def test_an_invoice_debits_receivables_and_credits_revenue_and_vat(session, anna, documents, today) -> None:
    [document] = documents(1)

    post(session, "invoice.issued", [invoice(document, D("100.00"), D("20.00"))], on=today, by=anna)

    assert lines_of(session, document, "invoice.issued") == [
        ("1100", D("120.00"), D(0)),
        ("4000", D(0), D("100.00")),
        ("2200", D(0), D("20.00")),
    ]


def test_an_entry_keeps_who_when_and_by_which_rules(session, anna, documents, today) -> None:
    [document] = documents(1)

    post(session, "receipt.processed", [Posting(document, {"cost": D(7)})], on=today - timedelta(3), by=anna)

    [entry] = read(session, 'SELECT "on", actor_id, currency, at FROM journal_entry')
    assert (entry.on, entry.actor_id, entry.currency) == (today - timedelta(3), anna, "EUR")
    lines = read(
        session,
        """
        SELECT line."on", line.currency, line.currency_amount, rule.side FROM journal_line line
        JOIN posting_rule rule ON rule.id = line.rule_id AND rule.event = 'receipt.processed' ORDER BY position""",
    )
    assert [tuple(line) for line in lines] == [(entry.on, "EUR", D(7), "debit"), (entry.on, "EUR", D(-7), "credit")]


def test_accounts_that_the_document_names_replace_the_rules(session, anna, documents, account, today) -> None:
    [document] = documents(1)

    post(session, "invoice.issued", [
        invoice(document, D(100), D(20), revenue=account["4010"]),
        invoice(document, D(50), D(10), revenue=account["4020"]),
        Posting(document, {"gross": D(30), "net": D(30)}, {"revenue": None}),
        invoice(document, D(5), D(1), revenue=account["4010"]),
    ], on=today, by=anna)  # fmt: skip

    assert lines_of(session, document, "invoice.issued") == [
        ("1100", D(216), D(0)),
        ("4000", D(0), D(30)),
        ("4010", D(0), D(105)),
        ("4020", D(0), D(50)),
        ("2200", D(0), D(31)),
    ]


def test_an_account_of_another_role_is_refused_by_name(session, anna, documents, account, today) -> None:
    [document] = documents(1)

    with pytest.raises(DomainError) as refusal:
        post(session, "invoice.issued", [invoice(document, D(1), D(0), revenue=account["1000"])], on=today, by=anna)

    assert refusal.value.code == "wrong_account"
    assert "1000" in str(refusal.value)
    assert "revenue" in str(refusal.value)


def test_an_account_that_does_not_exist_is_refused(session, anna, documents, today) -> None:
    [document] = documents(1)

    with pytest.raises(DomainError) as refusal:
        post(session, "invoice.issued", [invoice(document, D(1), D(0), revenue=2**62)], on=today, by=anna)

    assert refusal.value.code == "wrong_account"


def test_a_negative_sum_changes_sides(session, anna, documents, today) -> None:
    [document] = documents(1)

    post(session, "stock.valuation_difference", [Posting(document, {"difference": D("-40.00")})], on=today, by=anna)

    assert lines_of(session, document, "stock.valuation_difference") == [
        ("5100", D(0), D("40.00")),
        ("1200", D("40.00"), D(0)),
    ]


def test_what_sums_to_zero_makes_no_line_and_no_lines_make_no_entry(session, anna, documents, today) -> None:
    some, none, nothing = documents(3)

    post(session, "cash_order.processed", [
        Posting(some, {"amount": D(9), "allocated": D(9), "on_account": D(0)}),
        Posting(none, {"amount": D(9), "allocated": D(9)}),
        Posting(none, {"amount": D(-9), "allocated": D(-9)}),
        Posting(nothing, {}),
    ], on=today, by=anna)  # fmt: skip

    assert lines_of(session, some, "cash_order.processed") == [("1000", D(9), D(0)), ("1100", D(0), D(9))]
    assert [row.document_id for row in read(session, "SELECT document_id FROM journal_entry")] == [some]


def test_nothing_to_post_makes_nothing(session, anna, today) -> None:
    post(session, "invoice.issued", [], on=today, by=anna)
    post_mirrors(session, "invoice.issued", [], on=today, by=anna)
    seal(session)

    assert read(session, "SELECT id FROM journal_entry") == []


@pytest.mark.parametrize("change", [
    "UPDATE posting_rule SET valid_from = '2999-01-01' WHERE event = 'invoice.issued' AND amount = 'vat'",
    """UPDATE posting_rule SET (role, account_id) = (SELECT role, id FROM account WHERE code = '1000')
       WHERE event = 'invoice.issued' AND amount = 'vat'""",
])  # fmt: skip
def test_an_event_without_a_complete_rule_is_refused(session, anna, documents, today, change: str) -> None:
    write(session, change)
    [document] = documents(1)

    with pytest.raises(DomainError) as refusal:
        post(session, "invoice.issued", [invoice(document, D(1), D(0))], on=today, by=anna)

    assert refusal.value.code == "no_posting_rule"
    assert "invoice.issued" in str(refusal.value)
    assert "vat" in str(refusal.value)


def test_each_date_has_its_rule(session, anna, documents, account, today) -> None:
    write(
        session,
        """INSERT INTO posting_rule (event, amount, side, role, account_id, valid_from)
           VALUES ('invoice.issued', 'net', 'credit', 'revenue', %(account)s, %(today)s)""",
        account=account["4020"], today=today,
    )  # fmt: skip
    before, after = documents(2)

    post(session, "invoice.issued", [invoice(before, D(1), D(0))], on=today - timedelta(1), by=anna)
    post(session, "invoice.issued", [invoice(after, D(1), D(0))], on=today, by=anna)

    assert lines_of(session, before, "invoice.issued")[1][0] == "4000"
    assert lines_of(session, after, "invoice.issued")[1][0] == "4020"


@pytest.mark.parametrize("amounts", [
    {"gross": D(120), "net": D(100), "vat": D(19)},
    {"gross": D("0.005"), "net": D("0.005")},
    {"gross": D("NaN"), "net": D("NaN")},
    {"gross": D(1), "net": D(1), "tip": D(0)},
])  # fmt: skip
def test_amounts_that_make_no_sound_entry_are_a_fault(session, anna, documents, today, amounts) -> None:
    [document] = documents(1)

    with pytest.raises(ValueError):
        post(session, "invoice.issued", [Posting(document, amounts)], on=today, by=anna)

    assert read(session, "SELECT id FROM journal_entry") == []


def test_a_mirror_swaps_the_sides_of_the_entry_whatever_the_rules_say_by_now(
    session, anna, documents, account, today
) -> None:
    posted, other = documents(2)
    yesterday = today - timedelta(1)
    post(session, "invoice.issued", [invoice(posted, D(100), D(20), revenue=account["4020"])], on=yesterday, by=anna)
    write(session, "UPDATE posting_rule SET valid_from = '2999-01-01' WHERE event = 'receipt.processed'")

    post_mirrors(session, "invoice.issued", [posted, other, posted], on=today, by=anna)

    assert lines_of(session, posted, "invoice.issued.cancelled") == [
        ("1100", D(0), D(120)),
        ("4020", D(100), D(0)),
        ("2200", D(20), D(0)),
    ]
    mirrors = read(session, """SELECT document_id, "on", actor_id FROM journal_entry WHERE event LIKE '%%.cancelled'""")
    assert [tuple(mirror) for mirror in mirrors] == [(posted, today, anna)]
    sums = read(
        session,
        """SELECT account_id FROM journal_line GROUP BY account_id
                            HAVING sum(debit) <> sum(credit) OR sum(currency_amount) <> 0""",
    )
    assert sums == []
    fire_constraints(session)


CENTS = st.integers(-(10**9), 10**9).map(lambda cents: D(cents).scaleb(-2))


@st.composite
def balanced_amounts(draw, event: str) -> dict[str, D]:
    """Amounts of an event whose debits and credits are equal."""
    amounts = EVENTS[event]
    two_sided = {amount.name: draw(CENTS) for amount in amounts if amount.debit and amount.credit}
    debit, credit = ([it.name for it in amounts if not getattr(it, other)] for other in ("credit", "debit"))
    # One amount faces many: the gross of an invoice, or the money that leaves a desk.
    [one], many = sorted((debit, credit), key=len) if debit or credit else ([""], [])
    single = {name: draw(CENTS) for name in many}
    return two_sided | single | ({one: sum(single.values())} if one else {})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), event=st.sampled_from(sorted(EVENTS)))
def test_every_posting_and_its_mirror_balance_and_cancel_out(session, anna, documents, today, data, event) -> None:
    ids = documents(3)
    amounts = data.draw(st.lists(st.tuples(st.sampled_from(ids), balanced_amounts(event)), max_size=6))

    post(session, event, [Posting(document, of) for document, of in amounts], on=today, by=anna)
    post_mirrors(session, event, ids, on=today, by=anna)
    seal(session)

    entries = read(
        session,
        """SELECT entry.document_id, count(DISTINCT entry.id) AS entries, sum(line.debit) - sum(line.credit) AS left,
                  count(*) FILTER (WHERE line.debit = 0 AND line.credit = 0) AS empty
           FROM journal_entry entry JOIN journal_line line ON line.entry_id = entry.id
           WHERE entry.document_id = ANY(%(ids)s) GROUP BY entry.document_id""",
        ids=ids,
    )
    assert all((entry.entries, entry.left, entry.empty) == (2, 0, 0) for entry in entries)
    by_account = read(
        session,
        """SELECT line.account_id FROM journal_entry entry JOIN journal_line line ON line.entry_id = entry.id
           WHERE entry.document_id = ANY(%(ids)s) GROUP BY entry.document_id, line.account_id
           HAVING sum(line.debit) <> sum(line.credit)""",
        ids=ids,
    )
    assert by_account == []


def test_posting_takes_the_same_few_statements_for_any_number_of_documents(
    session: Session, anna, documents, statements, today: date
) -> None:
    company(session)
    counts = []
    for size in (1, 100, 1200):
        ids = documents(size)
        session.info.pop("posting rules", None)
        statements.clear()
        post(session, "invoice.issued", [invoice(i, D(100), D(20)) for i in ids], on=today, by=anna)
        posting = len(statements)
        statements.clear()
        post_mirrors(session, "invoice.issued", ids, on=today, by=anna)
        mirroring = len(statements)
        statements.clear()
        seal(session)
        counts.append((posting, mirroring, len(statements)))

    assert counts[0] == counts[1] == counts[2]
    posting, mirroring, sealing = counts[0]
    assert posting == 2  # the rules, and all entries with all lines
    assert mirroring == 1
    assert sealing == 2  # the entries' texts and their places
