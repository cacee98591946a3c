"""What is refused leaves nothing behind, in a database where everything else is kept."""

from datetime import timedelta

import pytest

from app.domain.billing.invoicing import delete_invoices, draft_invoices, issue_invoices
from app.domain.fulfilment.ordering import approve_orders, cancel_orders, process_orders
from app.domain.fulfilment.shipping import cancel_shipments, process_shipments
from app.domain.kernel.batch import run_batch
from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.rows import write
from app.domain.kernel.unit import preview
from app.domain.treasury.cash import cancel_cash_orders, process_cash_orders
from tests.faults.conftest import Company
from tests.world import TODAY, D

AGREED = {"on": TODAY, "agreed_by": "Mr Client", "agreed_how": "phone"}
BEFORE = TODAY - timedelta(1)


def refusals(company: Company) -> list[tuple[str, object]]:
    """Deeds of every kind that go wrong late: (code, deed)."""
    world = company.world
    low = world.add_product("LOW", price=None)
    held, invoiced, early = company.shipped(3)
    drafted = world.do(draft_invoices, [[held]])[0]
    issued = world.invoice(invoiced)
    greedy = company.payment(issued, "12.01")
    paid = world.pay(issued, "1.00")
    unpriced, short = world.order((low, "1")), world.order((company.product, "9999"))
    waiting = world.order((company.product, "9999"))
    world.approve(waiting, consent=["short_stock"])
    draft, reason = world.drafts(waiting)[0], {"on": TODAY, "reason": "no"}
    performed = world.row("shipment", invoiced).order_id
    company.commit()
    return [
        ("no_price", company.doing(approve_orders, [unpriced], **AGREED)),
        ("short_stock", company.doing(approve_orders, [short], **AGREED)),
        ("short_stock", company.doing(process_orders, [short], **AGREED)),
        ("insufficient_stock", company.doing(process_orders, [waiting], **AGREED)),
        ("insufficient_stock", company.doing(process_shipments, [draft], on=TODAY)),
        ("wrong_state", company.doing(cancel_orders, [performed], **reason)),
        ("invoiced", company.doing(cancel_shipments, [early, held], **reason)),
        ("invoiced", company.doing(cancel_shipments, [invoiced], **reason)),
        ("already_invoiced", company.doing(draft_invoices, [[early], [held]])),
        ("before_last_of_series", company.doing(issue_late, [drafted])),
        ("wrong_state", company.doing(delete_invoices, [drafted, issued])),
        ("more_than_open", company.doing(process_cash_orders, [greedy], on=TODAY)),
        ("before_document", company.doing(cancel_cash_orders, [paid], on=BEFORE, reason="no")),
    ]


def issue_late(session, invoices, *, by):  # type: ignore[no-untyped-def]
    """An invoice that is dated before the last one is refused only when numbers are given."""
    write(session, "UPDATE number_counter SET last_on = %(on)s", on=TODAY + timedelta(1))
    return issue_invoices(session, invoices, by=by, on=TODAY)


def test_no_refused_deed_leaves_a_trace(company: Company) -> None:
    deeds = refusals(company)
    before = company.checksums()

    for code, work in deeds:
        with pytest.raises((Refused, DomainError)) as refusal:
            work()
        error = refusal.value
        codes = {it.code for it in error.errors.values()} if isinstance(error, Refused) else {error.code}
        assert codes == {code}
        assert company.checksums() == before
    company.prove()


def test_a_batch_does_what_can_be_done_and_gives_a_sentence_for_the_rest(company: Company) -> None:
    """A hundred with three bad: 97 done, three sentences, and no gap in the numbers."""
    world, scarce = company.world, company.world.add_product("SCARCE")
    orders = [world.order((company.product, "1")) for _ in range(97)]
    bad = [world.order((scarce, "1")) for _ in range(3)]
    company.commit()

    results = run_batch(process_orders, [*bad, *orders], by=company.by, **AGREED)

    assert [result.document_id for result in results if result.status == "refused"] == bad
    assert sum(result.status == "done" for result in results) == 97
    sql = "SELECT number FROM document WHERE kind = 'shipment' AND number IS NOT NULL ORDER BY number"
    assert company.column(sql) == [f"SH-{number:06d}" for number in range(1, 98)]
    company.prove()


def test_a_batch_again_tells_what_was_done_before_and_by_whom(company: Company) -> None:
    invoices = company.world.do(draft_invoices, [[shipment] for shipment in company.shipped(3)])
    company.commit()
    run_batch(issue_invoices, invoices[:2], by=company.by, on=TODAY)
    before = company.checksums()

    again = run_batch(issue_invoices, invoices[:2], by=company.by, on=TODAY)
    rest = run_batch(issue_invoices, [*invoices, 999_999_999], by=company.by, on=TODAY)

    assert [(result.status, result.already and result.already.by) for result in again] == [
        ("already_done", "Sonia Seller"),
    ] * 2  # fmt: skip
    assert company.checksums() != before
    assert [result.status for result in rest] == ["already_done", "already_done", "done", "refused"]


def test_a_preview_of_every_step_is_the_step_and_leaves_nothing(company: Company) -> None:
    world = company.world
    order = world.order((company.product, "2"))
    shipment, other = company.shipped(2)
    drafted, issued = world.do(draft_invoices, [[shipment]])[0], world.invoice(other)
    payment, paid = company.payment(issued, "6.00"), world.pay(issued, "6.00")
    company.commit()
    before, reason = company.checksums(), {"on": TODAY, "reason": "no"}
    steps = [
        (process_orders, order, AGREED, "sales_order", "performed"),
        (cancel_orders, order, reason, "sales_order", "cancelled"),
        (issue_invoices, drafted, {"on": TODAY}, "invoice", "issued"),
        (process_cash_orders, payment, {"on": TODAY}, "cash_order", "processed"),
        (cancel_cash_orders, paid, reason, "cash_order", "cancelled"),
    ]  # fmt: skip

    for action, document, told, table, state in steps:
        seen = preview(
            lambda session, do=action, it=document, with_=told: do(session, [it], by=company.by, **with_),
            lambda session, it=document, of=table: session.connection().exec_driver_sql(
                f"SELECT state, number FROM {of} JOIN document USING (id) WHERE id = {it}"
            ).one(),
        )  # fmt: skip
        assert seen.state == state
        assert company.checksums() == before
    assert D(company.column("SELECT sum(allocated) FROM open_item")[0]) == D("6.00")
