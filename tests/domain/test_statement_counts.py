"""Every action sends as many SQL statements for many documents as for one."""

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.advances import NewAdvance, add_advances
from app.domain.billing.credit_notes import (
    NewCreditNote,
    add_credit_notes,
    delete_credit_notes,
    issue_credit_notes,
)
from app.domain.billing.debiting import NewDebitNote, add_debit_notes
from app.domain.billing.due import reschedule_invoices
from app.domain.billing.freehand import FreeLine, NewFreeInvoice, add_free_invoices
from app.domain.billing.invoicing import NewInvoice, add_invoices, delete_invoices, draft_invoices, issue_invoices
from app.domain.billing.loose_credits import LooseCredit, add_loose_credits
from app.domain.billing.returns import (
    NewReturn,
    NewReturnLine,
    add_returns,
    cancel_returns,
    delete_returns,
    process_returns,
)
from app.domain.catalog.models import ProductGroup
from app.domain.fulfilment.ordering import approve_orders, cancel_orders, process_orders
from app.domain.fulfilment.shipping import cancel_shipments, process_shipments
from app.domain.kernel.rows import read, write
from app.domain.ledger.manual import (
    NewManualEntry,
    NewManualLine,
    add_manual_entries,
    cancel_manual_entries,
    delete_manual_entries,
    process_manual_entries,
)
from app.domain.sales.orders import activate_orders, delete_orders
from app.domain.settlement.allocations import Wish, allocate_payments
from app.domain.settlement.releases import release_allocations
from app.domain.treasury.cash import (
    NewCashOrder,
    Target,
    add_cash_orders,
    cancel_cash_orders,
    delete_cash_orders,
    process_cash_orders,
)
from app.domain.treasury.opening import (
    NewOpeningBalance,
    add_opening_balances,
    cancel_opening_balances,
    delete_opening_balances,
    process_opening_balances,
)
from app.domain.undo import undo_chains
from app.domain.warehousing.asking import (
    NewInternalLine,
    NewInternalOrder,
    add_internal_orders,
    approve_internal_orders,
    delete_internal_orders,
)
from app.domain.warehousing.cards import change_group
from app.domain.warehousing.counts import cancel_counts, process_counts
from app.domain.warehousing.opening import (
    NewOpening,
    NewOpeningLine,
    add_openings,
    cancel_openings,
    delete_openings,
    process_openings,
)
from app.domain.warehousing.receipts import (
    NewReceipt,
    NewReceiptLine,
    add_receipts,
    cancel_receipts,
    delete_receipts,
    process_receipts,
)
from app.domain.warehousing.sheets import Counted, NewCount, add_counts, delete_counts, write_counted
from app.domain.warehousing.transit import cancel_internal_orders, receive_internal_orders, send_internal_orders
from app.domain.warehousing.write_offs import (
    NewWriteOff,
    NewWriteOffLine,
    add_write_offs,
    cancel_write_offs,
    delete_write_offs,
    process_write_offs,
)
from tests.domain import deeds_of_money
from tests.domain.trade import AGREED, UNDO, D, Trade
from tests.world import TODAY


def order_to_cash_and_back(trade: Trade, size: int) -> None:
    """Every action that a sale can go through, and all that can be taken back."""
    orders = trade.orders(size)
    trade.do(activate_orders, orders)
    trade.do(approve_orders, orders, **AGREED)
    shipments = trade.shipments(orders)
    trade.do(process_shipments, shipments, on=TODAY)
    drafts = trade.do(draft_invoices, [[shipment] for shipment in shipments])
    trade.do(delete_invoices, drafts)
    invoices = trade.do(draft_invoices, [[shipment] for shipment in shipments])
    trade.do(issue_invoices, invoices, on=TODAY)
    payments = trade.do(add_cash_orders, trade.payments(invoices))
    trade.do(process_cash_orders, payments, on=TODAY)
    trade.do(cancel_cash_orders, payments, **UNDO)
    trade.do(delete_cash_orders, trade.do(add_cash_orders, trade.payments(invoices)))


def paid_in_advance(trade: Trade, size: int) -> None:
    """Money that follows from orders to invoices, and what is taken back of it."""
    orders = trade.orders(size)
    trade.do(approve_orders, orders, **AGREED)
    payments = trade.world.do(add_cash_orders, trade.payments(orders, "sales_order"))
    trade.do(process_cash_orders, payments, on=TODAY)
    shipments = trade.shipments(orders)
    trade.do(process_shipments, shipments, on=TODAY)
    trade.do(cancel_shipments, shipments, **UNDO)
    shipments = trade.shipments(orders)
    trade.do(process_shipments, shipments, on=TODAY)
    invoices = trade.do(draft_invoices, [[shipment] for shipment in shipments])
    trade.do(issue_invoices, invoices, on=TODAY)
    sql = """SELECT id FROM allocation WHERE payment_id = ANY(%(payments)s::bigint[]) AND released_on IS NULL"""
    trade.do(release_allocations, trade.world.ids(sql, payments=payments), **UNDO)
    wanted = zip(payments, invoices, strict=True)
    trade.do(allocate_payments, [Wish(payment, invoice, D(1)) for payment, invoice in wanted], on=TODAY)


def invoiced_ahead(trade: Trade, size: int) -> None:
    """Invoices before the goods leave, put off, delivered, and taken back."""
    orders = trade.orders(size)
    trade.do(approve_orders, orders, **AGREED)
    invoices = trade.do(add_advances, [NewAdvance(order) for order in orders])
    trade.do(delete_invoices, invoices)
    invoices = trade.do(add_advances, [NewAdvance(order) for order in orders])
    trade.do(issue_invoices, invoices, on=TODAY)
    trade.do(reschedule_invoices, invoices, due_dates=[TODAY], reason="agreed")
    shipments = trade.shipments(orders)
    trade.do(process_shipments, shipments, on=TODAY)
    trade.do(cancel_shipments, shipments, **UNDO)


def invoiced_in_portions(trade: Trade, size: int) -> None:
    """A piece of each shipment's first line, which may be all of it, on an invoice of its own; and services by hand."""
    orders = trade.orders(3 * size)
    trade.world.do(process_orders, orders, **AGREED)
    sql = """SELECT shipment_id, min(line.id) AS id FROM shipment_line line JOIN shipment ON shipment.id = shipment_id
             WHERE order_id = ANY(%(orders)s::bigint[]) GROUP BY shipment_id ORDER BY 1"""
    lines = read(trade.world.session, sql, orders=orders)
    portions = trade.do(add_invoices, [NewInvoice([row.shipment_id], {row.id: D(1)}) for row in lines])
    trade.do(issue_invoices, portions, on=TODAY)
    wanted = [
        NewFreeInvoice(trade.customers[i % 2], [FreeLine(D(1), D(5), product_id=trade.service)] * (1 + i % 3))
        for i in range(size)
    ]
    trade.do(delete_invoices, trade.do(add_free_invoices, wanted))


def orders_not_meant(trade: Trade, size: int) -> None:
    """Orders deleted, cancelled, or shipped at once and taken back."""
    trade.do(delete_orders, trade.orders(size))
    orders = trade.orders(size)
    trade.do(approve_orders, orders, **AGREED)
    trade.do(cancel_orders, orders, **UNDO)
    orders = trade.orders(size)
    trade.do(process_orders, orders, **AGREED)
    sql = "SELECT id FROM shipment WHERE order_id = ANY(%(orders)s::bigint[]) ORDER BY id"
    trade.do(cancel_shipments, trade.world.ids(sql, orders=orders), **UNDO)


def taken_back_whole(trade: Trade, size: int) -> None:
    """Orders of which something left, came back, was paid and is on a draft invoice, with all that follows them."""
    orders = trade.orders(3 * size)
    trade.world.do(process_orders, orders, **AGREED)
    sql = "SELECT id FROM shipment WHERE order_id = ANY(%(orders)s::bigint[]) ORDER BY id"
    shipments = trade.world.ids(sql, orders=orders)
    payments = trade.world.do(add_cash_orders, trade.payments(shipments, "shipment"))
    trade.world.do(process_cash_orders, payments, on=TODAY)
    sql = """SELECT min(id) AS id FROM shipment_line WHERE shipment_id = ANY(%(ids)s::bigint[])
             GROUP BY shipment_id ORDER BY 1"""
    back = [NewReturn([NewReturnLine(it, D(1))]) for it in trade.world.ids(sql, ids=shipments)]
    trade.world.do(process_returns, trade.world.do(add_returns, back), on=TODAY)
    trade.do(undo_chains, orders, **UNDO)


def goods_come_back(trade: Trade, size: int) -> None:
    """Returns of what was invoiced and of what was not, deleted, processed and cancelled."""
    orders = trade.orders(2 * size)
    trade.do(process_orders, orders, **AGREED)
    sql = "SELECT id FROM shipment WHERE order_id = ANY(%(orders)s::bigint[]) ORDER BY id"
    shipments = trade.world.ids(sql, orders=orders)
    trade.world.do(issue_invoices, trade.world.do(draft_invoices, [[it] for it in shipments[::2]]), on=TODAY)
    trade.do(delete_returns, trade.returns(shipments))
    returns = trade.returns(shipments)
    trade.do(process_returns, returns, on=TODAY)
    sql = "SELECT id FROM credit_note WHERE state = 'draft' ORDER BY id"
    trade.do(delete_credit_notes, trade.world.ids(sql))
    trade.do(cancel_returns, returns, **UNDO)


def invoices_taken_back(trade: Trade, size: int) -> None:
    """Invoices credited whole: half to be invoiced again, half with goods that come back."""
    orders = trade.orders(2 * size)
    trade.do(process_orders, orders, **AGREED)
    sql = "SELECT id FROM shipment WHERE order_id = ANY(%(orders)s::bigint[]) ORDER BY id"
    shipments = trade.world.ids(sql, orders=orders)
    invoices = trade.world.do(draft_invoices, [[it] for it in shipments])
    trade.world.do(issue_invoices, invoices, on=TODAY)
    kinds = ("goods_back", "invoice_again")
    wanted = [NewCreditNote(invoice, "dented", kind=kinds[i % 2]) for i, invoice in enumerate(invoices)]
    trade.do(issue_credit_notes, trade.do(add_credit_notes, wanted), on=TODAY)


def credits_taken_back(trade: Trade, size: int) -> None:
    """Invoices of which something was let off, and the debit notes that take that back."""
    orders = trade.orders(size)
    trade.do(process_orders, orders, **AGREED)
    sql = "SELECT id FROM shipment WHERE order_id = ANY(%(orders)s::bigint[]) ORDER BY id"
    invoices = trade.world.do(draft_invoices, [[it] for it in trade.world.ids(sql, orders=orders)])
    trade.world.do(issue_invoices, invoices, on=TODAY)
    kinds = ("goods_back", "allowance")
    notes = trade.world.do(add_credit_notes, [
        NewCreditNote(invoice, "dented", kind=kinds[i % 2]) for i, invoice in enumerate(invoices)
    ])  # fmt: skip
    trade.world.do(issue_credit_notes, notes, on=TODAY)
    trade.world.do(delete_returns, trade.world.ids("SELECT id FROM customer_return WHERE state = 'draft'"))
    trade.do(issue_invoices, trade.do(add_debit_notes, [NewDebitNote(note, "too much") for note in notes]), on=TODAY)


def credited_without_an_invoice(trade: Trade, size: int) -> None:
    """Services and cheaper goods, deleted, issued and taken back."""
    service, goods = (FreeLine(D(1), D(5), product_id=its) for its in (trade.service, trade.products[0]))
    wanted = [
        LooseCredit(trade.customers[i % 2], "agreed", [(service, goods)[i % 2]] * (1 + i % 3)) for i in range(size)
    ]
    trade.do(delete_credit_notes, trade.do(add_loose_credits, wanted))
    notes = trade.do(add_loose_credits, wanted)
    trade.do(issue_credit_notes, notes, on=TODAY)
    trade.do(issue_invoices, trade.do(add_debit_notes, [NewDebitNote(note, "mistake") for note in notes]), on=TODAY)


def cost_that_waits(trade: Trade, size: int) -> None:
    """What leaves, comes back and is invoiced again where cost of sales is posted at the invoice."""
    write(trade.world.session, "UPDATE company SET cogs_timing = 'at_invoice'")
    goods_come_back(trade, size)
    invoices_taken_back(trade, size)


def goods_in_and_back(trade: Trade, size: int) -> None:
    lines = [NewReceiptLine(product, D(3), D("4.5")) for product in trade.products]
    wanted = [NewReceipt(trade.world.warehouse, lines[: 1 + i % 7], note="N" if i % 2 else "") for i in range(size)]
    trade.do(delete_receipts, trade.do(add_receipts, wanted))
    receipts = trade.do(add_receipts, wanted)
    trade.do(process_receipts, receipts, on=TODAY)
    trade.do(cancel_receipts, receipts, **UNDO)


def there_at_the_start(trade: Trade, size: int) -> None:
    places = [trade.world.add_warehouse(f"O{len(trade.world.ids('SELECT id FROM warehouse'))}") for _ in range(size)]
    lines = [NewOpeningLine(product, D(3), D("4.5")) for product in trade.products]
    wanted = [NewOpening(place, lines[: 1 + i % 7]) for i, place in enumerate(places)]
    trade.do(delete_openings, trade.do(add_openings, wanted))
    openings = trade.do(add_openings, wanted)
    trade.do(process_openings, openings, on=TODAY)
    trade.do(cancel_openings, openings, **UNDO)


def goods_over_to_another_account(trade: Trade, size: int) -> None:
    """One group of so many products, each with a receipt from before that is cancelled after."""
    world, start = trade.world, len(trade.world.ids("SELECT id FROM product"))
    group = world.add(ProductGroup, code=f"G{start}", name="Shelf")
    lines = [[NewReceiptLine(world.add_product(f"G{start + i}", group=group), D(2), D(3))] for i in range(size)]
    receipts = world.do(add_receipts, [NewReceipt(world.warehouse, its) for its in lines])
    world.do(process_receipts, receipts, on=TODAY)
    card = world.session.get_one(ProductGroup, group)
    trade.do(change_group, card, values={"inventory_account_id": world.account("1210")})
    trade.do(cancel_receipts, receipts, **UNDO)


def goods_lost_and_found(trade: Trade, size: int) -> None:
    lines = [NewWriteOffLine(product, D(3)) for product in trade.products]
    wanted = [NewWriteOff(trade.world.warehouse, "lost", lines[: 1 + i % 7]) for i in range(size)]
    trade.do(delete_write_offs, trade.do(add_write_offs, wanted))
    write_offs = trade.do(add_write_offs, wanted)
    trade.do(process_write_offs, write_offs, on=TODAY)
    trade.do(cancel_write_offs, write_offs, **UNDO)


def between_warehouses(trade: Trade, size: int) -> None:
    """Asked for, called off, sent in part, received short and with more, and taken back."""
    lines = [NewInternalLine(product, D(3)) for product in trade.products]
    wanted = [NewInternalOrder(trade.shop, trade.world.warehouse, lines[: 1 + i % 7]) for i in range(size)]
    trade.do(delete_internal_orders, trade.do(add_internal_orders, wanted))
    orders = trade.do(add_internal_orders, wanted)
    trade.do(approve_internal_orders, orders, on=TODAY)
    trade.world.do(cancel_internal_orders, orders, **UNDO)
    orders = trade.world.do(add_internal_orders, wanted * 2)
    trade.world.do(approve_internal_orders, orders, on=TODAY)
    sql = "SELECT id FROM internal_order_line WHERE internal_order_id = ANY(%(ids)s::bigint[]) ORDER BY position, id"
    its = trade.world.ids(sql, ids=orders)
    trade.do(send_internal_orders, orders, on=TODAY, quantities=dict.fromkeys(its[::2], D(2)))
    trade.do(receive_internal_orders, orders, on=TODAY, quantities={it: D(1 + 3 * (i % 2)) for i, it in enumerate(its)})
    trade.do(cancel_internal_orders, orders, **UNDO)


def counted_and_not(trade: Trade, size: int) -> None:
    """Each sheet finds one piece too many and one too few."""
    world = trade.world
    start = len(world.ids("SELECT id FROM product"))
    pairs = [(world.add_product(f"M{start + i}", cost="1.00"), world.add_product(f"L{start + i}")) for i in range(size)]
    lines = [NewReceiptLine(less, D(2), D(3)) for _, less in pairs]
    world.do(process_receipts, world.do(add_receipts, [NewReceipt(world.warehouse, lines)]), on=TODAY)
    wanted = [NewCount(world.warehouse, pair) for pair in pairs]
    trade.do(delete_counts, trade.do(add_counts, wanted))
    counts = trade.do(add_counts, wanted)
    for count in counts:
        its = world.lines_of("stock_count_line", "count_id", count)
        trade.do(write_counted, count, counted={line.id: Counted(D(1)) for line in its}, version=1)
    trade.do(process_counts, counts, on=TODAY)
    trade.do(cancel_counts, counts, **UNDO)


def typed_by_hand(trade: Trade, size: int) -> None:
    accounts = trade.world.ids("SELECT id FROM account WHERE role = 'other' ORDER BY code")
    wanted = [
        NewManualEntry([NewManualLine(accounts[0], debit=D(1 + i % 3)), NewManualLine(accounts[1], credit=D(1 + i % 3))]
                       * (1 + i % 3), on=TODAY if i % 2 else None) for i in range(size)
    ]  # fmt: skip
    trade.do(delete_manual_entries, trade.do(add_manual_entries, wanted))
    entries = trade.do(add_manual_entries, wanted)
    trade.do(process_manual_entries, entries, on=TODAY)
    trade.do(cancel_manual_entries, entries, **UNDO)


def begun_with(trade: Trade, size: int) -> None:
    """What was owed, in part paid, what was paid ahead, and desks and banks; then all of it taken back."""
    world, start = trade.world, len(trade.world.ids("SELECT id FROM cash_desk"))
    wanted = [
        new for i in range(size) for new in (
            NewOpeningBalance("owed", D(50), trade.customers[i % 2], due_on=TODAY if i % 2 else None),
            NewOpeningBalance("paid_ahead", D(7), trade.customers[i % 2], on=TODAY if i % 3 else None),
            NewOpeningBalance("cash", D(100), cash_desk_id=world.add_desk(f"D{start + i}")),
            NewOpeningBalance("bank", D(1 - 2 * (i % 2)), bank_account_id=world.add_bank(f"B{start + i}")),
        )
    ]  # fmt: skip
    trade.do(delete_opening_balances, trade.do(add_opening_balances, wanted))
    balances = trade.do(add_opening_balances, wanted)
    trade.do(process_opening_balances, balances, on=TODAY)
    payments = [
        NewCashOrder(world.desk, new.customer_id, D(5), targets=[Target(balance, D(5))])
        for balance, new in zip(balances, wanted, strict=True) if new.about == "owed"
    ]  # fmt: skip
    world.do(process_cash_orders, world.do(add_cash_orders, payments), on=TODAY)
    trade.do(cancel_opening_balances, balances, **UNDO)


STORIES = [
    order_to_cash_and_back, paid_in_advance, invoiced_ahead, invoiced_in_portions, orders_not_meant,
    taken_back_whole, goods_come_back, invoices_taken_back, cost_that_waits,
    credits_taken_back, credited_without_an_invoice, goods_in_and_back, there_at_the_start,
    goods_over_to_another_account, goods_lost_and_found, counted_and_not,
    between_warehouses, typed_by_hand, begun_with, *deeds_of_money.STORIES,
]  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_an_action_sends_as_many_statements_for_fifteen_documents_as_for_one(session: Session, story):
    trade = Trade(session)
    story(trade, 1)  # the first document of a series makes its counter
    story(trade, 1)
    one = dict(trade.counts)

    story(trade, 15)

    assert min(one.values()) > 5
    assert trade.counts == one


def test_receiving_and_shipping_twelve_hundred_documents_sends_as_many_statements_as_one(session: Session):
    trade = Trade(session)
    counts = []
    for size in (1, 1, 1200):
        orders = trade.orders(size)
        trade.do(approve_orders, orders, **AGREED)
        trade.do(process_shipments, trade.shipments(orders), on=TODAY)
        counts.append(dict(trade.counts))

    assert min(counts[1].values()) > 5
    assert counts[1] == counts[2]
