"""A small company for tests: it makes what a test names, does deeds as the program does them, and shows the books.

Each `do` is a deed of its own inside the test's transaction: sealed where it succeeds, undone whole where it is
refused, and nothing that one deed remembers reaches the next.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.invoicing import NewInvoice, add_invoices, issue_invoices
from app.domain.billing.returns import NewReturn, NewReturnLine, add_returns, process_returns
from app.domain.catalog.models import Product, ProductGroup, TaxRate, TaxRateRow, Unit
from app.domain.fulfilment.ordering import approve_orders
from app.domain.fulfilment.shipping import process_shipments
from app.domain.kernel import unit
from app.domain.kernel.document import Actor
from app.domain.kernel.errors import DomainError, Refused
from app.domain.kernel.numbering import NumberSeries
from app.domain.kernel.rows import insert, read, reserve_ids
from app.domain.ledger.setup import set_up_company
from app.domain.parties.models import Customer, PaymentTerm, PaymentTermPart
from app.domain.pricing.models import PriceList, PriceListRow
from app.domain.proof import run_checks
from app.domain.sales.orders import NewLine, NewOrder, add_orders
from app.domain.stock.models import Warehouse
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, process_cash_orders
from app.domain.treasury.models import BankAccount, CashDesk
from app.domain.warehousing.asking import (
    NewInternalLine,
    NewInternalOrder,
    add_internal_orders,
    approve_internal_orders,
)
from app.domain.warehousing.counts import process_counts
from app.domain.warehousing.opening import NewOpening, NewOpeningLine, add_openings, process_openings
from app.domain.warehousing.receipts import NewReceipt, NewReceiptLine, add_receipts, process_receipts
from app.domain.warehousing.sheets import Counted, NewCount, add_counts, write_counted

ZONE = "Europe/Sofia"
# The day before the company's own: tests that need a later one that is not in the future have it, at any time of day.
TODAY = datetime.now(ZoneInfo(ZONE)).date() - timedelta(days=1)
D = Decimal


class World:
    """`by` is the seller who does everything; MAIN is a manager–seller warehouse, price list RETAIL is the default."""

    def __init__(self, session: Session, *, chart: str = "ifrs", vat_included: bool = False, currency: str = "EUR"):
        self.session = session
        self._groups: dict[str, int] = {}
        set_up_company(
            session,
            name="Ada & Sons",
            currency=currency,
            time_zone=ZONE,
            country="BG",
            chart=chart,
            details={"vat_number": "BG123456789"},
        )
        self.by = self.add(Actor, name="Sonia Seller")
        self.unit = self.add(Unit, code="pcs", name="piece", decimals=0)
        self.kilo = self.add(Unit, code="kg", name="kilogram", decimals=3)
        self.taxes = {20: self.add(TaxRate, code="A", name="Standard", rate=D(20))}
        self.term = self.add(PaymentTerm, code="N30", name="30 days", rule="days", days=30)
        self.at_once = self.add(PaymentTerm, code="NOW", name="At once", rule="immediate", days=0)
        self.prices = self.add(
            PriceList, code="RETAIL", name="Retail", currency=currency, vat_included=vat_included, is_default=True
        )
        self.warehouse = self.add_warehouse("MAIN")
        self.customer = self.add_customer("C001")
        self.desk = self.add_desk("MAIN")

    def seen_by(self, session: Session) -> "World":
        """The same company, which was committed, for the deeds of another session."""
        twin = copy(self)
        twin.session, twin.taxes, twin._groups = session, dict(self.taxes), dict(self._groups)
        return twin

    def add(self, entity: type, **values: object) -> int:
        """A row of master data, written by the columns it names."""
        row = reserve_ids(self.session, entity, 1)[0]
        insert(self.session, entity, [{"id": row, **values}])
        return row

    def add_warehouse(self, code: str, *, way: str = "manager_seller", negative: bool = False) -> int:
        return self.add(Warehouse, code=code, name=code.title(), way=way, negative_available=negative)

    def add_customer(
        self, code: str, *, discount: str | None = None, term: int | None = None, limit: str | None = None
    ) -> int:  # fmt: skip
        return self.add(
            Customer, code=code, name=f"Customer {code}", payment_term_id=term or self.term,
            discount=None if discount is None else D(discount), credit_limit=None if limit is None else D(limit),
        )  # fmt: skip

    def add_term(self, code: str, *parts: dict[str, object], **rest: object) -> int:
        """A payment term: its parts, each with its rule and how much, and the rule of the rest."""
        term = self.add(PaymentTerm, code=code, name=f"Term {code}", **rest)
        for position, part in enumerate(parts, 1):
            self.add(PaymentTermPart, payment_term_id=term, position=position, **part)
        return term

    def add_desk(self, code: str) -> int:
        taken, given = (
            self.add(NumberSeries, code=f"{kind}-{code.lower()}", name=f"{kind} {code}", prefix=prefix, ascending=True)
            for kind, prefix in (("cash", "C-"), ("paid", "P-"))
        )
        account = read(self.session, "SELECT min(id) AS id FROM account WHERE role = 'cash'")[0].id
        return self.add(
            CashDesk, code=code, name=code.title(), account_id=account, income_series_id=taken, expense_series_id=given
        )

    def add_bank(self, code: str = "BANK") -> int:
        account = self.ids("SELECT min(id) FROM account WHERE role = 'bank'")[0]
        return self.add(BankAccount, code=code, name=code.title(), account_id=account)

    def account(self, code: str) -> int:
        return self.ids("SELECT id FROM account WHERE code = %(code)s", code=code)[0]

    def add_product(
        self, sku: str, price: str | None = "10.00", *, kind: str = "goods", tax: int = 20, cost: str | None = None,
        kilos: bool = False, group: int | None = None,
    ) -> int:  # fmt: skip
        """A product, with a row in the retail list unless `price` is None."""
        if tax not in self.taxes:
            self.taxes[tax] = self.add(TaxRate, code=f"T{tax}", name=f"{tax} %", rate=D(tax))
        product = self.add(
            Product,
            sku=sku,
            name=f"Product {sku}",
            kind=kind,
            group_id=group or self.group(kind),
            unit_id=self.kilo if kilos else self.unit,
            tax_rate_id=self.taxes[tax],
            planned_cost=None if cost is None else D(cost),
        )
        if price is not None:
            self.add(PriceListRow, price_list_id=self.prices, product_id=product, price=D(price), min_quantity=D(0))
        return product

    def change_rate(self, tax: int, percent: str, valid_from: date) -> None:
        """From a date on a tax rate is another per cent."""
        row = {"tax_rate_id": self.taxes[tax], "valid_from": valid_from, "percent": D(percent)}
        self.add(TaxRateRow, **row)

    def group(self, kind: str) -> int:
        if kind not in self._groups:
            self._groups[kind] = self.add(ProductGroup, code=kind.upper(), name=kind.title())
        return self._groups[kind]

    def do(self, work: Callable[..., Any], *args: Any, **arguments: Any) -> Any:
        """Does a deed as `by`: sealed, or undone whole where it raises."""
        self.session.info.clear()
        try:
            with self.session.begin_nested():
                answer = work(self.session, *args, by=self.by, **arguments)
                unit.seal(self.session)
                unit.fire_constraints(self.session)
        finally:
            self.session.info.clear()
        return answer

    def refused(self, work: Callable[..., Any], *args: Any, **arguments: Any) -> dict[int, DomainError]:
        """Why a deed is refused, by document or by position in the batch."""
        with pytest.raises(Refused) as refusal:
            self.do(work, *args, **arguments)
        assert all(str(error) for error in refusal.value.errors.values()), "a sentence for each"
        return refusal.value.errors

    def refusal(self, work: Callable[..., Any], *args: Any, **arguments: Any) -> DomainError:
        """The reason for which a deed is refused, of the first document where it is about several."""
        with pytest.raises((Refused, DomainError)) as refusal:
            self.do(work, *args, **arguments)
        error = refusal.value
        first = next(iter(error.errors.values())) if isinstance(error, Refused) else error
        assert str(first), "a sentence with its facts"
        return first

    def receive(
        self, product: int, quantity: str, cost: str | None = "4.00", *, warehouse: int | None = None, on: date = TODAY
    ) -> int:
        """A processed receipt of one product."""
        line = NewReceiptLine(product, D(quantity), None if cost is None else D(cost))
        receipt: int = self.do(add_receipts, [NewReceipt(warehouse or self.warehouse, [line])])[0]
        self.do(process_receipts, [receipt], on=on)
        return receipt

    def begin_with(
        self, *lines: tuple[int, str, str | None], warehouse: int | None = None, on: date = TODAY
    ) -> int:  # fmt: skip
        """Processed opening stock of (product, quantity, value of all of it) lines."""
        its = [NewOpeningLine(product, D(quantity), value=None if value is None else D(value))
               for product, quantity, value in lines]  # fmt: skip
        opening: int = self.do(add_openings, [NewOpening(warehouse or self.warehouse, its)])[0]
        self.do(process_openings, [opening], on=on)
        return opening

    def order(
        self, *lines: tuple[int, str] | NewLine, customer: int | None = None, on: date = TODAY, **more: Any
    ) -> int:
        """An estimate of (product, quantity) pairs or whole lines."""
        its = [line if isinstance(line, NewLine) else NewLine(line[0], D(line[1])) for line in lines]
        order = NewOrder("phone", customer or self.customer, more.pop("warehouse", self.warehouse), on, its, **more)
        made: int = self.do(add_orders, [order])[0]
        return made

    def approve(self, *orders: int, on: date = TODAY, consent: Sequence[str] = ()) -> None:
        self.do(approve_orders, orders, on=on, agreed_by="Mr Client", agreed_how="phone", consent=consent)

    def drafts(self, order: int) -> list[int]:
        """The draft shipments of an order."""
        return self.ids("SELECT id FROM shipment WHERE order_id = %(id)s AND state = 'draft' ORDER BY id", id=order)

    def ship(self, *shipments: int, on: date = TODAY, **more: Any) -> None:
        self.do(process_shipments, shipments, on=on, **more)

    def shipped_order(self, *lines: tuple[int, str] | NewLine, on: date = TODAY, **more: Any) -> tuple[int, int]:
        """An order approved, at whatever price, and shipped whole: (order, shipment)."""
        order = self.order(*lines, on=on, **more)
        self.approve(order, on=on, consent=["below_cost"])
        shipment = self.drafts(order)[0]
        self.ship(shipment, on=on)
        return order, shipment

    def count(self, found: Mapping[int, str | None], *, warehouse: int | None = None, on: date = TODAY) -> int:
        """A processed count of products: product → what lies there (None: not counted)."""
        count = self.sheet(found, warehouse=warehouse)
        self.do(process_counts, [count], on=on)
        return count

    def sheet(self, found: Mapping[int, str | None], *, warehouse: int | None = None) -> int:
        """A sheet of products with what somebody wrote on it."""
        count: int = self.do(add_counts, [NewCount(warehouse or self.warehouse, list(found))])[0]
        lines = {line.product_id: line.id for line in self.lines_of("stock_count_line", "count_id", count)}
        self.do(write_counted, count, {
            lines[product]: Counted(None if text is None else D(text)) for product, text in found.items()
        }, version=1)  # fmt: skip
        return count

    def ask(
        self, *lines: tuple[int, str], warehouse: int, source: int | None = None, approved: bool = True,
        on: date = TODAY,
    ) -> int:  # fmt: skip
        """An internal order of (product, quantity) pairs by a warehouse to another, the main one if none is named."""
        its = [NewInternalLine(product, D(quantity)) for product, quantity in lines]
        new = NewInternalOrder(warehouse, source or self.warehouse, its)
        made: int = self.do(add_internal_orders, [new])[0]
        if approved:
            self.do(approve_internal_orders, [made], on=on)
        return made

    def invoice(self, *shipments: int, on: date = TODAY, quantities: dict[int, Decimal] | None = None) -> int:
        """An issued invoice of whole shipments, or of so much of their lines."""
        invoice: int = self.do(add_invoices, [NewInvoice(shipments, quantities)])[0]
        self.do(issue_invoices, [invoice], on=on)
        return invoice

    def bring_back(self, *pieces: tuple[int, str], on: date = TODAY, warehouse: int | None = None) -> int:
        """A processed return of (shipment line, quantity) pairs."""
        lines = [NewReturnLine(line, D(quantity)) for line, quantity in pieces]
        made: int = self.do(add_returns, [NewReturn(lines, warehouse)])[0]
        self.do(process_returns, [made], on=on)
        return made

    def pay(self, invoice: int | None, amount: str, *, line: int | None = None, on: date = TODAY, **more: Any) -> int:
        """A processed cash order for an invoice, or on account."""
        targets = [Target(invoice, D(amount), line)] if invoice else []
        customer = more.pop("customer", self.customer)
        order = NewCashOrder(more.pop("desk", self.desk), customer, D(more.pop("paid", amount)), targets=targets)
        made: int = self.do(add_cash_orders, [order])[0]
        self.do(process_cash_orders, [made], on=on)
        return made

    def ids(self, sql: str, **values: object) -> list[int]:
        return [row[0] for row in read(self.session, sql, **values)]

    def row(self, table: str, document: int) -> Any:
        """The row of a table whose id it is."""
        return read(self.session, f"SELECT * FROM {table} WHERE id = %(id)s", id=document)[0]

    def state(self, table: str, document: int) -> str:
        return str(self.row(table, document).state)

    def number(self, document: int) -> str | None:
        number: str | None = self.row("document", document).number
        return number

    def paid(self, document: int) -> str | None:
        """The payment status of an order, shipment or invoice."""
        rows = read(self.session, "SELECT status FROM payment_status WHERE document_id = %(id)s", id=document)
        return rows[0].status if rows else None

    def balance(self, product: int, warehouse: int | None = None) -> tuple[Decimal, Decimal, Decimal]:
        """(on hand, reserved, value)."""
        sql = """SELECT on_hand, reserved, value FROM stock_balance
                 WHERE warehouse_id = %(warehouse)s AND product_id = %(product)s"""
        rows = read(self.session, sql, warehouse=warehouse or self.warehouse, product=product)
        return (rows[0].on_hand, rows[0].reserved, rows[0].value) if rows else (D(0), D(0), D(0))

    def entry(self, document: int, event: str) -> list[tuple[str, str, str]]:
        """The lines of an entry: (account code, debit, credit)."""
        sql = """SELECT account.code, line.debit, line.credit FROM journal_line line
                 JOIN journal_entry entry ON entry.id = line.entry_id JOIN account ON account.id = line.account_id
                 WHERE entry.document_id = %(id)s AND entry.event = %(event)s ORDER BY line.position"""
        return [(row.code, f"{row.debit:.2f}", f"{row.credit:.2f}") for row in
                read(self.session, sql, id=document, event=event)]  # fmt: skip

    def lines_of(self, table: str, parent: str, document: int) -> Sequence[Any]:
        return read(self.session, f"SELECT * FROM {table} WHERE {parent} = %(id)s ORDER BY position", id=document)

    def prove(self) -> None:
        """Every proof of what must always be true holds; the first rows that break one are named."""
        broken = {check.name: [str(row) for row in check.offenders[:5]] for check in run_checks(session=self.session)
                  if not check.ok}  # fmt: skip
        assert not broken, broken


def ids(rows: Iterable[Any]) -> list[int]:
    """The ids of rows, in order."""
    return [row.id for row in rows]
