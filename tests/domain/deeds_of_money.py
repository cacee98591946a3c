"""Deeds that move money otherwise than from an invoice to a desk, and second thoughts, as stories of many documents."""

from typing import TYPE_CHECKING, Any

from app.domain.billing.adjustments import (
    NewAdjustment,
    Settles,
    add_adjustments,
    cancel_adjustments,
    delete_adjustments,
    process_adjustments,
)
from app.domain.correcting import CORRECT
from app.domain.fulfilment.ending import give_up_orders, reopen_orders
from app.domain.fulfilment.ordering import approve_orders, process_orders
from app.domain.fulfilment.shipping import process_shipments
from app.domain.kernel.rows import read, write
from app.domain.sales.orders import activate_orders
from app.domain.sales.repricing import reprice_orders
from app.domain.sales.taking import take_orders
from app.domain.treasury.banks import (
    NewBankLine,
    add_bank_lines,
    cancel_bank_lines,
    delete_bank_lines,
    process_bank_lines,
)
from app.domain.treasury.cash import (
    NewCashOrder,
    Target,
    add_cash_orders,
    cancel_cash_orders,
    delete_cash_orders,
    process_cash_orders,
)
from app.domain.treasury.statements import (
    NewStatement,
    add_statements,
    cancel_statements,
    delete_statements,
    process_statements,
)
from app.domain.warehousing.receipts import NewReceipt, NewReceiptLine, add_receipts, process_receipts
from tests.world import TODAY, D

if TYPE_CHECKING:
    from tests.domain.trade import Trade

UNDO = {"on": TODAY, "reason": "again"}


def invoiced(trade: "Trade", size: int) -> list[tuple[int, int]]:
    """(invoice, customer) of so many sales; the customers take turns."""
    world = trade.world
    made = []
    for i in range(size):
        customer = trade.customers[i % 2]
        made.append((world.invoice(world.shipped_order((trade.products[0], "1"), customer=customer)[1]), customer))
    return made


def paid_back_and_spent(trade: "Trade", size: int) -> None:
    """Advances paid back, expenses and income on accounts, money sent from one desk to a bank and brought in there."""
    world = trade.world
    bank = world.ids("SELECT id FROM bank_account") or [world.add_bank()]
    other = world.ids("SELECT id FROM account WHERE role = 'other' ORDER BY code")[0]
    world.pay(None, str(1000 * size))
    sources = [world.pay(None, "9.00", customer=trade.customers[i % 2]) for i in range(size)]

    def cash(number: int, about: str, kind: str = "expense", **more: Any) -> NewCashOrder:
        return NewCashOrder(world.desk, more.pop("customer", None), D(3), "why" if number % 2 else "", kind=kind,
                            about=about, **more)  # fmt: skip

    wanted = [cash(i, "account", ("income", "expense")[i % 2], account_id=other) for i in range(2 * size)]
    wanted += [
        cash(i, "customer", customer=trade.customers[i % 2], targets=[Target(source, D(3))])
        for i, source in enumerate(sources)
    ]
    trade.do(delete_cash_orders, trade.do(add_cash_orders, wanted))
    spent = trade.do(add_cash_orders, wanted)
    trade.do(process_cash_orders, spent, on=TODAY)
    trade.do(cancel_cash_orders, spent, **UNDO)
    sent = world.do(add_cash_orders, [cash(i, "transfer") for i in range(size)])
    world.do(process_cash_orders, sent, on=TODAY)
    brought = [NewBankLine(bank[0], None, D(3), about="transfer", transfer_id=it) for it in sent]
    trade.do(process_bank_lines, trade.do(add_bank_lines, brought), on=TODAY)


def paid_at_the_bank(trade: "Trade", size: int) -> None:
    bank = trade.world.ids("SELECT id FROM bank_account") or [trade.world.add_bank()]
    wanted = [
        NewBankLine(bank[0], customer, D(5), "by bank" if i % 2 else "", [Target(invoice, D(4))] if i % 3 else ())
        for i, (invoice, customer) in enumerate(invoiced(trade, 2 * size))
    ]
    trade.do(delete_bank_lines, trade.do(add_bank_lines, wanted))
    lines = trade.do(add_bank_lines, wanted)
    trade.do(process_bank_lines, lines, on=TODAY)
    trade.do(cancel_bank_lines, lines, **UNDO)


def stated_by_banks(trade: "Trade", size: int) -> None:
    """Statements of five accounts, with lines in and out; then all of it is taken back."""
    world, start = trade.world, len(trade.world.ids("SELECT id FROM bank_statement"))
    banks = [world.add_bank(f"S{start}-{i}") for i in range(5)]
    fee = {"kind": "expense", "about": "account", "account_id": world.account("6920")}
    wanted = [
        NewStatement(banks[i % 5], str(i), TODAY, D(0), D(9), [
            NewBankLine(0, trade.customers[i % 2], D(10)), NewBankLine(0, None, D(1), **fee)
        ]) for i in range(size)
    ]  # fmt: skip
    trade.do(delete_statements, trade.do(add_statements, wanted))
    statements = trade.do(add_statements, wanted)
    trade.do(process_statements, statements)
    trade.do(cancel_statements, statements, **UNDO)


def not_paid_at_all(trade: "Trade", size: int) -> None:
    """Bad debts and small differences."""
    wanted = [
        NewAdjustment(("bad_debt", "difference")[i % 2], customer, D(1), "gone" if i % 2 else "", [Settles(it, D(1))])
        for i, (it, customer) in enumerate(invoiced(trade, 2 * size))
    ]
    trade.do(delete_adjustments, trade.do(add_adjustments, wanted))
    adjustments = trade.do(add_adjustments, wanted)
    trade.do(process_adjustments, adjustments, on=TODAY)
    trade.do(cancel_adjustments, adjustments, **UNDO)


def thought_over(trade: "Trade", size: int) -> None:
    """Orders priced again, opened again, and given up for what did not leave."""
    agreed: dict[str, Any] = {"on": TODAY, "agreed_by": "Mr Client", "agreed_how": "phone", "consent": ["below_cost"]}
    orders = trade.orders(3 * size)
    trade.do(reprice_orders, orders)
    trade.do(activate_orders, orders)
    write(trade.world.session, "UPDATE sales_order SET responsible_id = NULL WHERE id = ANY(%(ids)s)", ids=orders)
    trade.do(take_orders, orders)
    trade.do(approve_orders, orders, **agreed)
    trade.do(reopen_orders, orders, **UNDO)
    trade.do(approve_orders, orders, **agreed)
    shipments = trade.shipments(orders)
    sql = """SELECT id, row_number() OVER (PARTITION BY shipment_id ORDER BY id) = 1 AS leaves
             FROM shipment_line WHERE shipment_id = ANY(%(ids)s::bigint[])"""
    parts = {line.id: D(int(line.leaves)) for line in read(trade.world.session, sql, ids=shipments)}
    trade.world.do(process_shipments, shipments, on=TODAY, quantities=parts)
    sql = "SELECT id FROM sales_order WHERE id = ANY(%(ids)s::bigint[]) AND state = 'approved'"
    trade.do(give_up_orders, trade.world.ids(sql, ids=orders), on=TODAY)


def corrected(trade: "Trade", size: int) -> None:
    """Payments taken back with a draft in the place of each."""
    payments = [trade.world.pay(invoice, "2.00", customer=customer) for invoice, customer in invoiced(trade, size)]
    trade.do(CORRECT["cash_order"], payments, **UNDO)


def shipped_as_far_as_it_is_there(trade: "Trade", size: int) -> None:
    """Orders of which a piece is there; the rest waits, and in the end is given up."""
    world, known = trade.world, len(trade.world.ids("SELECT id FROM product"))
    scarce = [world.add_product(f"SCARCE{known + i}", "12.34") for i in range(size)]
    receipts = world.do(add_receipts, [NewReceipt(world.warehouse, [NewReceiptLine(it, D(1), D(5))]) for it in scarce])
    world.do(process_receipts, receipts, on=TODAY)
    orders = [world.order((it, "3"), (trade.service, "1")) for it in scarce]
    trade.do(
        process_orders, orders, on=TODAY, agreed_by="Mr Client", agreed_how="phone", short="back_order",
        consent=["below_cost", "short_stock"],
    )  # fmt: skip
    sql = """SELECT min(id) AS id FROM sales_order_line WHERE order_id = ANY(%(ids)s::bigint[])
             GROUP BY order_id ORDER BY 1"""
    trade.do(give_up_orders, orders, on=TODAY, lines=world.ids(sql, ids=orders))


STORIES = [
    paid_back_and_spent, paid_at_the_bank, stated_by_banks, not_paid_at_all, thought_over, corrected,
    shipped_as_far_as_it_is_there,
]  # fmt: skip
