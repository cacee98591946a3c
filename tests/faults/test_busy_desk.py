"""Sellers, accountants and cashiers at the same moment: refusals are allowed, deadlocks and wrong books are not."""

from collections.abc import Callable
from random import Random

from app.domain.billing.invoicing import draft_invoices, issue_invoices
from app.domain.fulfilment.ordering import process_orders
from app.domain.fulfilment.shipping import cancel_shipments
from app.domain.kernel.batch import run_batch
from app.domain.kernel.errors import Refused
from app.domain.kernel.unit import deed
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, cancel_cash_orders, process_cash_orders
from tests.faults.conftest import Company
from tests.world import TODAY, D

AGREED = {"on": TODAY, "agreed_by": "Mr Client", "agreed_how": "phone"}
TURNS = 10


def seller(company: Company, orders: list[int], chance: Random) -> None:
    """Processes orders in threes, in any order, and takes some of them back."""
    for _ in range(TURNS):
        its = chance.sample(orders, 3)
        run_batch(process_orders, its, by=company.by, **AGREED)
        sql = "SELECT id FROM shipment WHERE order_id = ANY(%(ids)s::bigint[]) AND state = 'processed'"
        shipments = company.column(sql, ids=its[:1])
        run_batch(cancel_shipments, shipments, by=company.by, on=TODAY, reason="no")


def accountant(company: Company, orders: list[int], chance: Random) -> None:
    """Invoices whatever has left, and issues some at once."""
    for _ in range(TURNS):
        shipments = company.column("SELECT id FROM shipment WHERE state = 'processed'")
        for shipment in chance.sample(shipments, min(3, len(shipments))):
            try:
                deed(lambda session, it=shipment: draft_invoices(session, [[it]], by=company.by))  # type: ignore[misc]
            except Refused:
                continue
        drafts = company.column("SELECT id FROM invoice WHERE state = 'draft'")
        chance.shuffle(drafts)
        run_batch(issue_invoices, drafts, by=company.by, on=TODAY)


def cashier(company: Company, orders: list[int], chance: Random) -> None:
    """Takes money for several invoices together, in any order, and gives some of it back."""
    for _ in range(TURNS):
        invoices = company.column("SELECT id FROM invoice WHERE state = 'issued'")
        its = chance.sample(invoices, min(3, len(invoices)))
        targets = [Target(invoice, D(1)) for invoice in its]
        order = NewCashOrder(company.world.desk, company.world.customer, D(5), targets=targets)
        made = deed(lambda session, new=order: add_cash_orders(session, [new], by=company.by))  # type: ignore[misc]
        run_batch(process_cash_orders, made, by=company.by, on=TODAY)
        paid = company.column("SELECT id FROM cash_order WHERE state = 'processed'")
        if paid and chance.random() < 0.5:
            run_batch(cancel_cash_orders, chance.sample(paid, 1), by=company.by, on=TODAY, reason="no")


def test_a_busy_hour_ends_in_true_books(company: Company) -> None:
    orders = [company.world.order((company.product, "2")) for _ in range(15)]
    for shipment in company.shipped(4):
        company.world.invoice(shipment)
    company.commit()

    def work(role: Callable[[Company, list[int], Random], None], seed: int) -> Callable[[], None]:
        return lambda: role(company, orders, Random(seed))

    roles = [seller, accountant, cashier]
    answers = company.at_once(*(work(role, seed) for seed, role in enumerate(roles * 2)))

    assert answers == [None] * 6
    assert company.column("SELECT count(*) > 0 FROM allocation") == [True]
    company.prove()
