"""What must always be true, proved at any time from documents, lines and moves.

Every proof is one function that finds the rows which break it; its first sentence says what it proves. Nothing here
knows the actions that write: a proof that shared code with them would share their mistakes.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.kernel import unit
from app.domain.kernel.rows import write
from app.domain.proof import (
    accounts,
    advances,
    amounts,
    balances,
    costs,
    crediting,
    days,
    debiting,
    events,
    inventory,
    ledger,
    manual,
    money,
    moves,
    numbers,
    progress,
    returns,
    roundings,
    settlement,
    since,
    statements,
    taxes,
)
from app.domain.proof.found import Found, Offender

__all__ = [
    "INVARIANTS", "Check", "Invariant", "Offender", "check_account", "check_product", "prove_everything", "run_checks",
]  # fmt: skip

Proof = Callable[..., Found]


@dataclass(frozen=True)
class Invariant:
    """A proof with its name and the sentence that it holds to."""

    name: str
    sentence: str
    prove: Proof


@dataclass(frozen=True)
class Check:
    """What came of a proof: the first offenders, how many there are in all, and how long it took.

    `since` is when everything was proved last, where this rests on it and proves what came afterwards.
    """

    name: str
    sentence: str
    ok: bool
    offenders: list[Offender]
    count: int
    seconds: float
    since: datetime | None = None


def _invariant(prove: Proof) -> Invariant:
    sentence = (prove.__doc__ or "").strip().splitlines()[0]
    return Invariant(prove.__name__, sentence, prove)


OF_A_PRODUCT: tuple[Proof, ...] = (
    balances.balances_are_sums_of_moves,
    balances.moves_tell_the_balance_after_them,
    balances.days_are_sums_of_moves,
    balances.stock_is_possible,
    balances.reserved_is_the_sum_of_reservations,
)
OF_AN_ACCOUNT: tuple[Proof, ...] = (
    ledger.entries_balance,
    ledger.lines_have_one_side,
    ledger.lines_follow_their_rules,
    days.account_days_are_sums_of_lines,
    money.cash_is_what_the_desks_took,
    money.bank_is_what_its_lines_say,
)
PROOFS: tuple[Proof, ...] = (
    *OF_A_PRODUCT,
    balances.reservations_keep_their_promise,
    balances.reservations_are_what_is_still_to_ship,
    moves.lines_moved_once,
    moves.cancelled_lines_are_mirrored,
    moves.costs_follow_the_moving_average,
    moves.recordings_leave_a_possible_value,
    amounts.order_lines_follow_their_prices,
    amounts.lines_by_hand_follow_their_prices,
    amounts.documents_are_the_sums_of_their_lines,
    amounts.vat_is_reckoned_per_document_and_rate,
    amounts.vat_is_shared_by_largest_remainder,
    amounts.shipments_are_parts_of_their_orders,
    amounts.invoices_are_parts_of_their_shipments,
    roundings.roundings_are_cents_of_shipments,
    roundings.roundings_rest_on_paid_shipments,
    roundings.roundings_are_what_invoices_leave_of_shipments,
    progress.shipped_is_what_shipments_took,
    progress.invoiced_is_what_invoices_took,
    crediting.credited_is_what_credit_notes_took,
    taxes.documents_print_the_tax_regime_they_are_in,
    taxes.what_is_supplied_together_has_one_percentage,
    taxes.percentages_are_those_of_the_day_of_supply,
    taxes.dates_of_supply_are_when_goods_left_or_money_came,
    crediting.credits_are_parts_of_their_invoices,
    debiting.debits_are_parts_of_their_credits,
    returns.returned_is_what_returns_brought,
    returns.returns_are_parts_of_their_shipments,
    progress.parts_are_of_their_whole,
    advances.advances_are_what_was_invoiced_ahead,
    advances.advances_are_taken_in_one_sequence,
    advances.what_left_ahead_is_credited_once,
    progress.order_states_follow_their_lines,
    progress.states_are_what_the_history_tells,
    progress.links_tell_what_was_made_from_what,
    settlement.open_items_are_what_is_left_to_pay,
    settlement.allocated_is_what_live_allocations_settle,
    settlement.credits_are_what_documents_give,
    settlement.used_is_what_is_allocated_and_paid_back,
    settlement.allocations_are_of_their_customer_and_date,
    settlement.payment_statuses_follow_open_items,
    settlement.instalments_add_up_to_their_invoice,
    *OF_AN_ACCOUNT,
    days.customer_days_are_sums_of_lines,
    ledger.all_debits_are_all_credits,
    ledger.the_chain_is_whole,
    ledger.posting_rules_are_complete,
    ledger.closed_periods_rest,
    ledger.periods_and_rules_are_as_last_told,
    ledger.nothing_is_dated_in_the_future,
    events.every_event_is_posted_once,
    events.mirrors_are_exact,
    accounts.inventory_is_the_value_of_stock,
    inventory.inventory_lies_on_the_accounts_of_its_goods,
    inventory.account_changes_take_along_what_lay_there,
    inventory.account_changes_are_posted,
    accounts.goods_not_invoiced_are_the_cost_of_receipts,
    accounts.opening_equity_is_what_there_was_at_the_start,
    accounts.cost_of_sales_is_the_cost_of_what_is_sold,
    accounts.shipped_not_invoiced_is_the_cost_that_waits,
    costs.costs_go_on_with_their_pieces,
    costs.no_cost_waits_without_its_pieces,
    accounts.losses_are_write_offs_shortages_and_differences,
    accounts.surplus_is_what_counts_found,
    accounts.goods_in_transit_are_those_on_their_way,
    accounts.revenue_is_the_net_of_invoices,
    accounts.not_delivered_is_the_net_of_pieces_to_come,
    accounts.vouchers_are_those_sold,
    accounts.bad_debts_are_those_written_off,
    accounts.rounding_is_what_paid_shipments_left,
    accounts.output_vat_is_the_vat_of_invoices,
    accounts.receivables_are_open_invoices,
    accounts.advances_are_payments_not_used,
    money.money_in_transit_is_what_is_on_its_way,
    money.desks_are_never_below_zero,
    money.desk_days_are_sums_of_documents,
    manual.manual_entries_are_in_the_books_as_typed,
    statements.statements_add_up,
    statements.statement_lines_live_with_their_statement,
    statements.statements_are_written_down_once,
    numbers.every_number_is_given_once,
    numbers.gapless_numbers_have_no_gap,
    numbers.ascending_numbers_follow_their_dates,
)
INVARIANTS: dict[str, Invariant] = {proof.__name__: _invariant(proof) for proof in PROOFS}

# Sorting a few hundred thousand moves in memory is many times faster than through files.
SNAPSHOT = ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SET LOCAL work_mem = '64MB'", "SET LOCAL jit = off")


def run_checks(on_progress: Callable[[Check], None] | None = None, session: Session | None = None) -> list[Check]:
    """Proves everything in one read-only snapshot, or inside the given session's transaction.

    `on_progress` is told each check as soon as it is done.
    """
    if session is not None:
        return [_told(_check(session, invariant), on_progress) for invariant in INVARIANTS.values()]
    with unit.open_session() as own:
        for setting in (*SNAPSHOT, "SET TRANSACTION READ ONLY"):
            write(own, setting)
        return run_checks(on_progress, own)


def prove_everything(on_progress: Callable[[Check], None] | None = None) -> list[Check]:
    """Proves everything in one snapshot as `run_checks` does, and marks how far, for the proofs of parts to rest on."""

    def work(session: Session) -> list[Check]:
        for setting in SNAPSHOT:
            write(session, setting)
        checks = run_checks(on_progress, session)
        since.mark_proved(session, holds=all(check.ok for check in checks))
        return checks

    return unit.deed(work)


def check_product(session: Session, product_id: int, *, full: bool = False) -> list[Check]:
    """Proves what can be proved of one product's stock alone: all of it where that is asked or nothing is marked, else
    the mark of the last full proof and all that came after it.
    """
    mark = None if full else since.last_mark(session)
    if mark is None:
        return [_check(session, INVARIANTS[proof.__name__], product_id=product_id) for proof in OF_A_PRODUCT]
    return [
        replace(_check(session, replace(INVARIANTS[name], prove=proof), product_id=product_id), since=mark.at)
        for name, proof in since.OF_A_PRODUCT.items()
    ]


def check_account(session: Session, account_id: int, *, full: bool = False) -> list[Check]:
    """Proves what can be proved of one account's lines alone, in the same way."""
    mark = None if full else since.last_mark(session)
    if mark is None:
        return [_check(session, INVARIANTS[proof.__name__], account_id=account_id) for proof in OF_AN_ACCOUNT]
    return [
        replace(
            _check(session, replace(INVARIANTS[name], prove=proof), account_id=account_id, since=mark.seq),
            since=mark.at,
        )
        for name, proof in since.OF_AN_ACCOUNT.items()
    ]


def _check(session: Session, invariant: Invariant, **scope: int) -> Check:
    start = time.perf_counter()
    found = invariant.prove(session, **scope)
    seconds = time.perf_counter() - start
    return Check(invariant.name, invariant.sentence, not found.count, found.offenders, found.count, seconds)


def _told(check: Check, on_progress: Callable[[Check], None] | None) -> Check:
    if on_progress is not None:
        on_progress(check)
    return check
