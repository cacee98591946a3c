"""Random histories of a shop: every deed of the trade, in any order, on any document, with dates that go back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.domain.billing.credit_notes import NewCreditLine, NewCreditNote, add_credit_notes, issue_credit_notes
from app.domain.billing.invoicing import delete_invoices, draft_invoices, issue_invoices
from app.domain.billing.returns import NewReturn, NewReturnLine, add_returns, cancel_returns, process_returns
from app.domain.catalog.models import TaxRate
from app.domain.fulfilment.ordering import approve_orders, cancel_orders, process_orders
from app.domain.fulfilment.shipping import cancel_shipments, process_shipments
from app.domain.kernel.company import COGS_TIMINGS
from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.rows import read, write
from app.domain.parties.models import TaxRule
from app.domain.sales.orders import NewLine, NewOrder, activate_orders, add_orders, edit_order
from app.domain.sales.repricing import reprice_orders
from app.domain.warehousing.receipts import (
    NewReceipt,
    NewReceiptLine,
    add_receipts,
    cancel_receipts,
    process_receipts,
)
from tests.properties.bank import Bank
from tests.properties.between import Between
from tests.properties.drafts import Drafts
from tests.properties.model import Line, Order, Shop
from tests.properties.money import REFUSED, Money, chosen, some
from tests.properties.righted import Righted
from tests.properties.warehouse import Goods
from tests.properties.wider import WIDER, Wider
from tests.traces import checksums
from tests.world import TODAY, D, World

# How often each deed is tried, among all.
WEIGHTS = {
    "receive": 4, "cancel_receipt": 1, "order": 6, "edit": 1, "activate": 1, "reprice": 1, "approve": 5,
    "save_and_process": 3, "cancel_order": 1, "ship": 7, "cancel_shipment": 3, "draft_invoice": 5, "delete_invoice": 2,
    "issue_invoice": 4, "pay": 4, "cancel_payment": 2, "bring_back": 4, "cancel_return": 2, "credit": 6, "sell": 3,
    "pay_ahead": 5, "allocate": 3, "release": 2,
    "turn": 1, "move_away": 2, "raise_tax": 2,
} | WIDER  # fmt: skip
# And where it is about goods.
IN_THE_WAREHOUSE = {
    "receive": 6, "cancel_receipt": 2, "order": 5, "approve": 5, "ship": 6, "cancel_shipment": 3, "bring_back": 3,
    "cancel_return": 1, "lose": 4, "count": 4, "begin_with": 3, "take_goods_back": 6, "go_over": 4, "dare": 3,
    "regroup": 2, "ask": 5, "take_further": 9, "call_off": 3, "fill_up": 2, "correct": 3,
}  # fmt: skip
# And in the office: what the bank says, and what puts invoices right.
IN_THE_OFFICE = {
    "receive": 2, "sell": 8, "sell_ahead": 5, "ship": 2, "cancel_shipment": 1, "turn": 1, "order": 2, "approve": 3,
    "ahead": 3, "issue_invoice": 9, "rewrite": 2, "by_hand": 3, "give": 3,
    "credit_some": 4, "credit": 5, "debit": 6, "throw_away": 1, "bring_back": 1, "bring_some_back": 3, "put_off": 1,
    "hear_of": 9, "go_on": 2, "into_the_desk": 4, "send": 2, "take_money_back": 3, "correct": 3, "allocate": 3,
    "release": 3, "pay_ahead": 2, "undo": 2, "think_again": 4, "count_again": 1,
    "move_away": 2, "raise_tax": 2,
}  # fmt: skip


class Dice(NamedTuple):
    """One deed to try: three numbers choose documents and quantities; `anywhere` takes documents of any state."""

    deed: str
    first: int
    second: int
    third: int
    share: int
    ago: int
    anywhere: bool

    @property
    def on(self) -> date:
        return TODAY - timedelta(self.ago)


def throws(seed: int, length: int, often: Mapping[str, int] = WEIGHTS) -> list[Dice]:
    """So many deeds to try; the longer history of a seed begins with the shorter one."""
    chance = Random(seed)
    deeds, weights = list(often), list(often.values())
    return [
        Dice(
            chance.choices(deeds, weights)[0], *(chance.randrange(100) for _ in range(3)), chance.randrange(10),
            chance.choice((0,) * 12 + (1, 2, 5)), chance.random() < 0.2,
        )
        for _ in range(length)
    ]  # fmt: skip


AGREED = {"agreed_by": "Mr Client", "agreed_how": "phone"}
LINES = """
SELECT line.id, line.product_id, line.quantity, product.kind,
       coalesce(line.warehouse_id, document.warehouse_id) AS warehouse_id
FROM sales_order_line line JOIN document ON document.id = line.order_id JOIN product ON product.id = line.product_id
WHERE line.order_id = %(id)s ORDER BY line.position
"""
PARTS = """
SELECT line.id, line.order_line_id, line.quantity, shipment.order_id
FROM shipment_line line JOIN shipment ON shipment.id = line.shipment_id WHERE shipment.id = %(id)s ORDER BY line.id
"""
BY_ROLE = """
SELECT account.role, sum(line.debit - line.credit) AS amount
FROM journal_line line JOIN account ON account.id = line.account_id GROUP BY account.role
"""


class History(Money, Goods, Between, Wider, Bank, Righted, Drafts):
    """Does deeds in a shop of a few products and tells the model; what is refused must leave no trace."""

    def __init__(self, session: Session, chart: str, vat_included: bool, currency: str) -> None:
        self.session = session
        self.shop = Shop()
        self.tries = 0
        self.whole_amounts, self.vat_included = currency == "JPY", vat_included
        self.world = world = World(session, chart=chart, vat_included=vat_included, currency=currency)
        world.taxes[0] = world.add(TaxRate, code="Z", name="None", rate=D(0))
        for rate in (0, 20):
            world.add(TaxRule, regime="export", tax_rate_id=world.taxes[rate], to_rate_id=world.taxes[0], category="G")
        self.places = [world.warehouse, world.add_warehouse("STORE"), world.add_warehouse("FREE", negative=True)]
        self.customers = [world.customer, world.add_customer("C002", discount="12.5", term=world.at_once)]
        self.goods = [
            world.add_product("A", "0.3333"), world.add_product("B", "12.99", tax=9),
            world.add_product("K", "3.3330", kilos=True), world.add_product("P", "99.95", kind="production"),
        ]  # fmt: skip
        self.fee = world.add_product("FEE", None, kind="service")
        self.products = [*self.goods, world.add_product("S", "5.01", kind="service"), self.fee]
        for place, quantity in zip(self.places[:2], ("60", "9"), strict=True):
            for product, cost in zip(self.goods, ("1", "7", "2", "50"), strict=True):
                receipt = world.receive(product, quantity, cost, warehouse=place, on=TODAY - timedelta(4))
                self.shop.received(receipt, (place, product), D(quantity))

    def go(self, throws: Sequence[Dice]) -> None:
        """Does one deed after the other; after each, tables and shop agree, and in the end every proof holds."""
        for dice in throws:
            getattr(self, dice.deed)(dice)
            self.agree()
        self.world.prove()

    def attempt(self, work: Callable[..., Any], *args: Any, named: str = "", **arguments: Any) -> Any:
        """The answer of a deed, or REFUSED, after which every table must be as it was (looked at every third time)."""
        self.tries += 1
        named = named or work.__name__.lstrip("_")
        before = checksums(self.session) if self.tries % 3 == 0 else None
        try:
            answer = self.world.do(work, *args, **arguments)
        except (DomainError, Refused):
            assert before is None or checksums(self.session) == before
            self.shop.refused[named] += 1
            return REFUSED
        self.shop.done[named] += 1
        return answer

    def orders(self, dice: Dice, *states: str) -> list[int]:
        """Orders in these states, or all of them where the dice says so, or where there are none."""
        fit = [order for order, its in self.shop.orders.items() if its.state in states]
        return list(self.shop.orders) if dice.anywhere or not fit else fit

    # Goods come in, and go back.

    def receive(self, dice: Dice) -> None:
        where, what = chosen(self.places, dice.first % 4), chosen(self.goods, dice.second)
        quantity = D(1 + dice.third % 40)
        cost = None if dice.share == 0 else D(dice.share * dice.first) / (1 if self.whole_amounts else 100)
        receipt = self.world.do(add_receipts, [NewReceipt(where, [NewReceiptLine(what, quantity, cost)])])[0]
        if self.attempt(process_receipts, [receipt], on=dice.on) is not REFUSED:
            self.shop.received(receipt, (where, what), quantity)

    def cancel_receipt(self, dice: Dice) -> None:
        if self.shop.receipts:
            receipt = chosen(self.shop.receipts, dice.first)
            if self.attempt(cancel_receipts, [receipt], on=dice.on, reason="wrong") is not REFUSED:
                self.shop.unreceived(receipt)

    # Orders.

    def written(self, dice: Dice, *, active: bool) -> NewOrder:
        """From one to four lines; an eighth of a kilo makes amounts that do not divide."""
        place = dice.first % 4
        lines = []
        for number in range(1 + dice.share % 4):
            product = chosen(self.products, dice.second + number * (1 + dice.third % 3))
            quantity = D(1 + (dice.third + number) % 9) + (D("0.125") if product == self.goods[2] else D(0))
            price = D("-0.75") if product == self.fee else None
            other = chosen(self.places, dice.second) if number % 2 and dice.anywhere else None
            lines.append(NewLine(product, quantity, price, warehouse_id=other, charged=self.charge(product, dice)))
        customer = chosen(self.customers, dice.third)
        regime = "export" if dice.share == 7 else None
        where = chosen(self.places, place)
        return NewOrder("phone", customer, where, dice.on, lines, active=active, tax_regime=regime)

    def as_written(self, order: int, new: NewOrder, state: str) -> Order:
        lines = {
            row.id: Line(None if row.kind == "service" else (row.warehouse_id, row.product_id), row.quantity)
            for row in read(self.session, LINES, id=order)
        }
        return Order(new.customer_id, lines, state)

    def order(self, dice: Dice) -> None:
        new = self.written(dice, active=bool(dice.second % 2))
        made = self.attempt(add_orders, [new])
        if made is not REFUSED:
            self.shop.orders[made[0]] = self.as_written(made[0], new, "active" if new.active else "estimate")

    def edit(self, dice: Dice) -> None:
        if self.shop.orders:
            order = chosen(self.orders(dice, "estimate", "active"), dice.first)
            new, version = self.written(dice, active=False), self.world.row("sales_order", order).version
            if self.attempt(edit_order, order, new, version=version) is not REFUSED:
                self.shop.orders[order] = self.as_written(order, new, self.shop.orders[order].state)

    def activate(self, dice: Dice) -> None:
        if self.shop.orders:
            outcome = self.attempt(activate_orders, some(self.orders(dice, "estimate"), dice))
            self.tell("active", outcome)

    def reprice(self, dice: Dice) -> None:
        """A price of the list changes, and orders that are not agreed yet are priced again."""
        if self.shop.orders:
            product, tenths = chosen(self.goods, dice.second), D(8 + dice.share) / 10
            sql = "UPDATE price_list_row SET price = round(price * %(tenths)s, 4) WHERE product_id = %(product)s"
            write(self.session, sql, product=product, tenths=tenths)
            self.attempt(reprice_orders, some(self.orders(dice, "estimate", "active"), dice))

    def approve(self, dice: Dice) -> None:
        if self.shop.orders:
            orders = some(self.orders(dice, "estimate", "active"), dice)
            consent = ("below_cost", "short_stock") if dice.share % 3 else ("below_cost",)
            self.tell("approved", self.attempt(approve_orders, orders, on=dice.on, consent=consent, **AGREED))

    def save_and_process(self, dice: Dice) -> None:
        if self.shop.orders:
            orders = some(self.orders(dice, "estimate", "active", "approved"), dice)
            outcome = self.attempt(process_orders, orders, on=dice.on, consent=("below_cost",), **AGREED)
            self.tell("approved", outcome)
            for order in () if outcome is REFUSED else outcome.done:
                for shipment in self.new_shipments(order):
                    self.tell_shipped(shipment, "back_order")

    def cancel_order(self, dice: Dice) -> None:
        if self.shop.orders:
            orders = some(self.orders(dice, "estimate", "active", "approved"), dice)
            self.tell("cancelled", self.attempt(cancel_orders, orders, on=dice.on, reason="not wanted"))

    def tell(self, state: str, outcome: Any) -> None:
        for order in () if outcome is REFUSED else outcome.done:
            self.shop.orders[order].state = state

    # Shipments.

    def new_shipments(self, order: int) -> list[int]:
        sql = "SELECT id FROM shipment WHERE order_id = %(id)s AND state = 'processed' ORDER BY id"
        return [i for i in self.world.ids(sql, id=order) if i not in self.shop.shipments]

    def tell_shipped(self, shipment: int, rest: str) -> None:
        rows = read(self.session, PARTS, id=shipment)
        order = self.shop.orders[rows[0].order_id]
        left = {row.order_line_id: order.lines[row.order_line_id].left - row.quantity for row in rows}
        shipped = {row.order_line_id: row.quantity for row in rows}
        self.shop.shipped(shipment, rows[0].order_id, shipped, left if rest == "give_up" else {})

    def ship(self, dice: Dice) -> None:
        """Whole, or each line as far as the dice say, down to nothing."""
        drafts = self.world.ids("SELECT id FROM shipment WHERE state = 'draft' ORDER BY id")
        if not drafts:
            return
        shipment, rest = chosen(drafts, dice.first), "give_up" if dice.second % 5 == 0 else "back_order"
        parts: Mapping[int, Decimal] = {
            row.id: (row.quantity * ((dice.share + place) % 4) / 4).quantize(Decimal(1))
            for place, row in enumerate(read(self.session, PARTS, id=shipment)) if dice.third % 2
        }  # fmt: skip
        before = self.look_at_money()
        if self.attempt(process_shipments, [shipment], on=dice.on, quantities=parts, rest=rest) is not REFUSED:
            self.tell_shipped(shipment, rest)
            self.money_followed(before, [shipment])

    def cancel_shipment(self, dice: Dice) -> None:
        if self.shop.shipments:
            choice = self.shop.standing if self.shop.standing and not dice.anywhere else self.shop.shipments
            shipments = some(choice, dice)
            if dice.share > 6:
                first = self.shop.order_of[shipments[0]]
                shipments = [i for i in choice if self.shop.order_of[i] == first]
            if self.attempt(cancel_shipments, shipments, on=dice.on, reason="wrong goods") is not REFUSED:
                self.shop.unshipped(shipments)

    # Invoices.

    def draft_invoice(self, dice: Dice) -> None:
        if self.shop.shipments:
            choice = self.shop.standing if self.shop.standing and not dice.anywhere else self.shop.shipments
            shipments = some(choice, dice)
            made = self.attempt(draft_invoices, [shipments])
            if made is not REFUSED:
                self.shop.drafts[made[0]] = shipments

    def delete_invoice(self, dice: Dice) -> None:
        if self.shop.drafts:
            invoice = chosen(self.shop.drafts, dice.first)
            if self.attempt(delete_invoices, [invoice]) is not REFUSED:
                del self.shop.drafts[invoice]

    def issue_invoice(self, dice: Dice) -> None:
        if self.shop.drafts:
            invoices, before = some(self.shop.drafts, dice), self.look_at_money()
            if self.attempt(issue_invoices, invoices, on=dice.on) is not REFUSED:
                self.money_followed(before, invoices)
                for invoice in invoices:
                    self.shop.issued(invoice, self.world.row("invoice", invoice).gross)

    def turn(self, dice: Dice) -> None:
        """From here on cost of sales is posted the other way."""
        write(self.session, "UPDATE company SET cogs_timing = %(timing)s", timing=COGS_TIMINGS[dice.first % 2])

    def move_away(self, dice: Dice) -> None:
        """A customer is abroad, or at home, from here on; what is agreed stays as it is."""
        regime, customer = ("export", "domestic")[dice.second % 2], chosen(self.customers, dice.first)
        sql = "UPDATE customer SET tax_regime = %(regime)s WHERE id = %(id)s"
        write(self.session, sql, regime=regime, id=customer)

    # What comes back.

    def bring_back(self, dice: Dice) -> None:
        """Goods that a credit note waits for, or some pieces of a shipment."""
        waiting = self.world.ids("SELECT id FROM customer_return WHERE state = 'draft' ORDER BY id")
        if waiting and dice.second % 2:
            self._take_back(chosen(waiting, dice.first), dice)
        elif self.shop.shipments:
            parts = read(self.session, PARTS, id=chosen(self.shop.shipments, dice.first))
            part = parts[dice.second % len(parts)]
            quantity = min(part.quantity, D(1 + dice.third % 3)) if not dice.anywhere else D(dice.third)
            made = self.attempt(add_returns, [NewReturn([NewReturnLine(part.id, quantity)])])
            if made is not REFUSED:
                self._take_back(made[0], dice)

    def _take_back(self, it: int, dice: Dice) -> None:
        if self.attempt(process_returns, [it], on=dice.on) is not REFUSED:
            place = self.world.row("document", it).warehouse_id
            self.shop.came_back(it, [
                ((place, line.product_id), line.quantity)
                for line in self.world.lines_of("customer_return_line", "return_id", it)
            ])  # fmt: skip

    def cancel_return(self, dice: Dice) -> None:
        if self.shop.returns:
            it = chosen(self.shop.returns, dice.first)
            if self.attempt(cancel_returns, [it], on=dice.on, reason="kept") is not REFUSED:
                self.shop.left_again(it)

    def credit(self, dice: Dice) -> None:
        """The draft that a return left, a whole invoice, or some pieces or an amount of one of its lines."""
        drafts = self.world.ids("SELECT id FROM credit_note WHERE state = 'draft' ORDER BY id")
        if drafts and dice.second % 3 == 0:
            note = chosen(drafts, dice.first)
        elif self.shop.invoices:
            made = self.attempt(add_credit_notes, [self._credit_of(chosen(self.shop.invoices, dice.first), dice)])
            if made is REFUSED:
                return
            note = made[0]
        else:
            return
        if self.attempt(issue_credit_notes, [note], on=dice.on) is not REFUSED:
            row = self.world.row("credit_note", note)
            self.shop.credits.append(row.gross)

    def _credit_of(self, invoice: int, dice: Dice) -> NewCreditNote:
        kind = ("goods_back", "invoice_again", "allowance")[dice.third % 3]
        if dice.share < 3:
            return NewCreditNote(invoice, "wrong", kind=kind)
        lines = self.world.lines_of("invoice_line", "invoice_id", invoice)
        line = lines[dice.second % len(lines)]
        pieces = None if kind == "allowance" else min(line.quantity, D(1 + dice.share % 3))
        amount = (line.gross * dice.share / 16).quantize(D(1)) if kind == "allowance" else None
        return NewCreditNote(invoice, "wrong", [NewCreditLine(line.id, kind, pieces, amount)])

    def agree(self) -> None:
        """What the tables say is what the shop says."""
        session, shop = self.session, self.shop
        self.look_at_money()
        stock = read(session, "SELECT warehouse_id, product_id, on_hand FROM stock_balance WHERE on_hand <> 0")
        assert {(row.warehouse_id, row.product_id): row.on_hand for row in stock} == shop.stock
        states = {row.id: row.state for row in read(session, "SELECT id, state FROM sales_order")}
        assert states == {order: its.state for order, its in shop.orders.items()}
        told = [(line, its) for order in shop.orders.values() for line, its in order.lines.items()]
        progress = read(session, "SELECT id, shipped, given_up FROM sales_order_line")
        assert {row.id: (row.shipped, row.given_up) for row in progress} == {
            line: (its.shipped, its.given_up) for line, its in told
        }
        roles = {row.role: row.amount for row in read(session, BY_ROLE)}
        money = {role: roles.get(role, 0) for role in ("cash", "bank", "money_in_transit")}
        assert money == {"cash": shop.cash, "bank": shop.bank, "money_in_transit": shop.in_transit}
        asked = {row.id: row.state for row in read(session, "SELECT id, state FROM internal_order")}
        assert asked == {order: its.state for order, its in shop.asked.items()}
        assert roles.get("receivables", 0) + roles.get("customer_advances", 0) == shop.owed
        assert {i: self.world.paid(i) for i in shop.invoices} == {i: shop.status(i) for i in shop.invoices}
