"""The journal and the trial balance as people read them."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.document import Actor, register
from app.domain.kernel.errors import DomainError
from app.domain.kernel.numbering import ask_number
from app.domain.kernel.rows import insert, read
from app.domain.kernel.unit import seal
from app.domain.ledger.posting import Posting, post, post_mirrors
from app.domain.ledger.setup import set_up_company
from app.reports.ledger import journal, journal_text, trial_balance, trial_balance_text

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


@pytest.fixture
def books(session: Session) -> list[int]:
    """An invoice on Monday, and on Tuesday a receipt that is taken back on the same day."""
    set_up_company(
        session, name="Ada Ltd", currency="EUR", time_zone="Europe/Sofia", country="BG", chart="ifrs"
    )  # fmt: skip
    insert(session, Actor, [{"name": "Anna"}])
    [anna] = read(session, "SELECT id FROM actor")
    invoice, receipt = register(session, "invoice", [{}, {}])
    amounts = {"gross": Decimal("1230"), "net": Decimal("1025"), "vat": Decimal("205")}
    post(session, "receipt.processed", [Posting(receipt, {"cost": Decimal("7.5")})], on=TUESDAY, by=anna.id)
    post(session, "invoice.issued", [Posting(invoice, amounts)], on=MONDAY, by=anna.id)
    post_mirrors(session, "receipt.processed", [receipt], on=TUESDAY, by=anna.id)
    ask_number(session, "invoices", {invoice: MONDAY})
    return [invoice, receipt]


JOURNAL = """
2026-03-02 invoice.issued 0000000001
  1100  Trade receivables             1230.00
  4000  Revenue: goods                         1025.00
  2200  Output VAT                              205.00
2026-03-03 receipt.processed
  1200  Inventory: goods for resale      7.50
  2010  Goods received, not invoiced              7.50
2026-03-03 receipt.processed.cancelled
  1200  Inventory: goods for resale               7.50
  2010  Goods received, not invoiced     7.50
"""
TRIAL_BALANCE = """
account                                 opening  debit  credit   closing
1100     Trade receivables              1230.00   0.00    0.00   1230.00
1200     Inventory: goods for resale       0.00   7.50    7.50      0.00
2010     Goods received, not invoiced      0.00   7.50    7.50      0.00
2200     Output VAT                     -205.00   0.00    0.00   -205.00
4000     Revenue: goods                -1025.00   0.00    0.00  -1025.00
total                                      0.00  15.00   15.00      0.00
"""


def test_the_journal_reads_by_date_and_then_as_recorded(session, books) -> None:
    seal(session)

    rows = journal(MONDAY, TUESDAY).rows(session)

    assert f"\n{journal_text(rows)}\n" == JOURNAL
    assert [row.seq for row in rows] == [2, 2, 2, 1, 1, 3, 3]
    assert {(row.kind, row.actor) for row in rows} == {("invoice", "Anna")}


def test_the_journal_of_some_documents_and_dates_holds_no_others(session, books) -> None:
    invoice, receipt = books

    assert {row.document_id for row in journal(MONDAY, TUESDAY, document_ids=[receipt]).rows(session)} == {receipt}
    assert {row.document_id for row in journal(MONDAY, MONDAY).rows(session)} == {invoice}
    assert journal(MONDAY, TUESDAY, document_ids=[]).rows(session) == []


def test_entries_that_are_not_sealed_yet_are_in_the_journal_without_a_place(session, books) -> None:
    assert {row.seq for row in journal(MONDAY, TUESDAY).rows(session)} == {None}


def test_the_trial_balance_has_a_line_for_each_account_and_totals(session, books) -> None:
    seal(session)

    assert f"\n{trial_balance_text(trial_balance(TUESDAY, TUESDAY).rows(session))}\n" == TRIAL_BALANCE


def test_empty_books_read_as_empty(session, books) -> None:
    long_ago = date(2001, 1, 1)

    assert journal_text(journal(long_ago, long_ago).rows(session)) == ""
    assert trial_balance_text(trial_balance(long_ago, long_ago).rows(session)).splitlines()[-1].split() == [
        "total", "0.00", "0.00", "0.00", "0.00",
    ]  # fmt: skip


def test_a_stretch_the_wrong_way_round_is_refused() -> None:
    for report in (journal, trial_balance):
        with pytest.raises(DomainError) as refusal:
            report(TUESDAY, MONDAY)
        assert refusal.value.code == "wrong_order"
