"""A draft is written anew, from other documents, while somebody already waits to take it further."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaiting
from threading import Event

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.invoicing import NewInvoice, draft_invoices, edit_invoice, issue_invoices
from app.domain.billing.returns import NewReturn, NewReturnLine, add_returns, process_returns
from app.domain.kernel.unit import deed
from tests.faults.conftest import Company
from tests.world import TODAY, D


def test_goods_come_back_of_a_shipment_that_an_invoice_took_while_it_waited_to_be_issued(company: Company) -> None:
    world = company.world
    left, other = (world.shipped_order((company.product, "2"))[1] for _ in range(2))
    [line] = world.lines_of("shipment_line", "shipment_id", other)
    [invoice] = world.do(draft_invoices, [[left]])
    [back] = world.do(add_returns, [NewReturn([NewReturnLine(line.id, D(1))])])
    company.commit()
    waiting, issued, may_end = Event(), Event(), Event()

    def edit(session: Session) -> None:
        edit_invoice(session, invoice, NewInvoice([other], {line.id: D(1)}), version=1, by=company.by)
        waiting.set()
        with pytest.raises(StillWaiting):
            issuing.result(timeout=0.5)

    def issue(session: Session) -> None:
        waiting.wait(60)
        issue_invoices(session, [invoice], on=TODAY, by=company.by)
        issued.set()
        may_end.wait(60)

    with ThreadPoolExecutor(2) as pool:
        issuing = pool.submit(deed, issue)
        deed(edit)
        assert issued.wait(60)
        returning = pool.submit(company.doing(process_returns, [back], on=TODAY))
        with pytest.raises(StillWaiting):
            returning.result(timeout=0.5)
        may_end.set()
        issuing.result(10), returning.result(10)

    company.prove()
