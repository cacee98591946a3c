"""The master data and the people of the demo company, written from its data."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.domain.catalog.models import Product, ProductGroup, TaxRate, Unit
from app.domain.kernel.document import Actor
from app.domain.kernel.numbering import NumberSeries
from app.domain.kernel.orm import Base
from app.domain.kernel.rows import insert, read, reserve_ids, write
from app.domain.ledger.charts import CHARTS
from app.domain.ledger.setup import set_up_company
from app.domain.parties.models import Customer, CustomerAddress, CustomerGroup, PaymentTerm
from app.domain.pricing.models import Discount, PriceList, PriceListRow
from app.domain.stock.models import Warehouse
from app.domain.treasury.models import BankAccount, CashDesk
from app.domain.warehousing.models import ReorderPoint
from app.web.cli import set_up
from app.web.demo import company
from app.web.user_commands import new_user

CHART = "ifrs"
WEB_SHOP = "web shop"
Codes = dict[str, int]


class Cards(NamedTuple):
    """Ids by code: what the story's documents refer to. `actors` by user name, and the web shop."""

    actors: Codes
    warehouses: Codes
    desks: Codes
    products: Codes
    customers: Codes


def add_cards(session: Session, day: Callable[[int], date]) -> Cards:
    """Makes the company, its cards and its people; `day` tells which date so many days ago was."""
    set_up(session)
    set_up_company(
        session,
        name=company.NAME,
        currency="EUR",
        time_zone=company.TIME_ZONE,
        country="BG",
        chart=CHART,
        details=company.DETAILS,
    )
    accounts = {row.code: row.id for row in read(session, "SELECT id, code FROM account")}
    terms = _add(session, PaymentTerm, ("code", "name", "rule", "days"), company.TERMS)
    lists = _add(session, PriceList, ("code", "name", "vat_included", "is_default", "currency"),
                 [(*row, "EUR") for row in company.PRICE_LISTS])  # fmt: skip
    warehouses = _add(session, Warehouse, ("code", "name", "way"), company.WAREHOUSES)
    desks = _desks(session, accounts)
    _add(session, BankAccount, ("code", "name", "account_id", "iban"), [
        (*bank, accounts[CHARTS[CHART].defaults["bank"]], iban) for *bank, iban in company.BANKS
    ])  # fmt: skip
    products = _products(session, accounts)
    _prices(session, lists, products, day)
    insert(session, ReorderPoint, [
        {"warehouse_id": warehouses[place], "product_id": products[sku], "minimum": Decimal(low),
         "maximum": Decimal(high), "source_id": None if source is None else warehouses[source]}
        for place, sku, low, high, source in company.REORDER_POINTS
    ])  # fmt: skip
    customers = _customers(session, terms, lists)
    _discounts(session, products, customers)
    return Cards(_people(session), warehouses, desks, products, customers)


def _add(session: Session, entity: type[Base], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Codes:
    """Writes cards whose columns have these names, the first of which is their code; code → id."""
    rows = list(rows)
    ids = reserve_ids(session, entity, len(rows))
    insert(session, entity, [
        {"id": card} | dict(zip(names, row, strict=True)) for card, row in zip(ids, rows, strict=True)
    ])  # fmt: skip
    return {row[0]: card for card, row in zip(ids, rows, strict=True)}


def _desks(session: Session, accounts: Mapping[str, int]) -> Codes:
    series = _add(session, NumberSeries, ("code", "name", "prefix", "width", "gapless", "ascending"), [
        (f"{kind}-{code.lower()}", f"{words}, {name}", letters + prefix, 6, True, True)
        for code, name, prefix in company.DESKS
        for kind, words, letters in (("cash", "Cash receipts", ""), ("paid", "Cash paid out", "P"))
    ])  # fmt: skip
    return _add(session, CashDesk, ("code", "name", "account_id", "income_series_id", "expense_series_id"), [
        (code, name, accounts[CHARTS[CHART].defaults["cash"]], *(series[f"{kind}-{code.lower()}"]
                                                                 for kind in ("cash", "paid")))
        for code, name, _ in company.DESKS
    ])  # fmt: skip


def _products(session: Session, accounts: Mapping[str, int]) -> Codes:
    groups: Codes = {}
    kinds: dict[str, str] = {}
    for code, name, above, kind in company.GROUPS:
        its = {role: accounts[account] for role, account in CHARTS[CHART].by_kind.get(kind or "", {}).items()}
        row = (code, name, groups.get(above or ""), its.get("inventory"), its.get("cost_of_sales"), its.get("revenue"))
        columns = ("code", "name", "parent_id", "inventory_account_id", "cost_account_id", "revenue_account_id")
        groups |= _add(session, ProductGroup, columns, [row])
        kinds[code] = kind or kinds[above or ""]
    units = _add(session, Unit, ("code", "name", "decimals"), company.UNITS)
    rates = _add(session, TaxRate, ("code", "name", "rate"), company.TAX_RATES)
    fields = ("sku", "name", "translations", "kind", "group_id", "unit_id", "tax_rate_id", "planned_cost")
    return _add(session, Product, fields, [
        (item.sku, item.name, {"bg": item.bulgarian}, kinds[item.group], groups[item.group], units[item.unit],
         rates[item.tax], None if kinds[item.group] == "service" else Decimal(item.cost))
        for item in company.ITEMS
    ])  # fmt: skip


def _prices(session: Session, lists: Codes, products: Codes, day: Callable[[int], date]) -> None:
    replaced = {(row.price_list, row.sku) for row in company.DATED}
    plain = [
        company.Price(price_list, item.sku, price)
        for item in company.ITEMS
        for price_list, price in (("WHOLESALE", item.wholesale), ("RETAIL", item.retail))
        if (price_list, item.sku) not in replaced
    ]
    # A row begins on the day after the one before it ends, also where that moved off a Sunday.
    insert(session, PriceListRow, [
        {"price_list_id": lists[row.price_list], "product_id": products[row.sku], "price": Decimal(row.price),
         "min_quantity": Decimal(row.quantity),
         "valid_from": None if row.since is None else day(row.since + 1) + timedelta(days=1),
         "valid_to": None if row.until is None else day(row.until)}
        for row in (*plain, *company.DATED, *company.BREAKS)
    ])  # fmt: skip


def _customers(session: Session, terms: Codes, lists: Codes) -> Codes:
    columns = ("code", "name", "payment_term_id", "price_list_id", "discount", "credit_limit", "vat_number", "phone",
               "language", "active")  # fmt: skip
    customers = _add(session, Customer, columns, [
        (buyer.code, buyer.name, terms[buyer.term], lists.get(buyer.price_list or ""), _decimal(buyer.discount),
         _decimal(buyer.credit_limit), buyer.vat_number, buyer.phone, buyer.language, buyer.active)
        for buyer in company.BUYERS
    ])  # fmt: skip
    parts = ("street", "postcode", "city", "country")
    insert(session, CustomerAddress, [
        {"customer_id": customers[buyer.code], "kind": kind, "name": buyer.name}
        | dict(zip(parts, address, strict=True))
        for buyer in company.BUYERS
        for kind, address in (("billing", buyer.address), ("delivery", buyer.delivery)) if address
    ])  # fmt: skip
    return customers


def _discounts(session: Session, products: Codes, customers: Codes) -> None:
    """A list that follows another, a group of customers with its discount, and what single customers get."""
    wholesale = read(session, "SELECT id, currency, vat_included FROM price_list WHERE code = 'WHOLESALE'")[0]
    _add(session, PriceList, ("code", "name", "currency", "vat_included", "base_id", "percent", "step", "less_cent"), [
        (code, name, wholesale.currency, wholesale.vat_included, wholesale.id, Decimal(percent), Decimal(step), True)
        for code, name, percent, step in company.FOLLOWING_LISTS
    ])  # fmt: skip
    groups = _add(session, CustomerGroup, ("code", "name", "discount"), [
        (code, name, _decimal(discount)) for code, name, discount, _ in company.CUSTOMER_GROUPS
    ])  # fmt: skip
    for code, _, _, members in company.CUSTOMER_GROUPS:
        ids = [customers[member] for member in members]
        write(session, "UPDATE customer SET group_id = %(group)s WHERE id = ANY(%(ids)s::bigint[])",
              group=groups[code], ids=ids)  # fmt: skip
    insert(session, Discount, [
        {"customer_id": customers[customer], "product_id": products[sku], "percent": _decimal(percent),
         "special_price": _decimal(special)}
        for customer, sku, percent, special in company.DISCOUNTS
    ])  # fmt: skip


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _people(session: Session) -> Codes:
    actors = {}
    for worker in company.WORKERS:
        person = new_user(
            session,
            worker.username,
            name=worker.name,
            email=f"{worker.username}@brighthome.example",
            password=company.PASSWORD,
            role_names=[worker.role],
            warehouses=worker.warehouses,
            cash_desks=worker.desks,
        )
        actors[worker.username] = person.actor_id
    shop = Actor(name=WEB_SHOP, kind="shop")
    session.add(shop)
    session.flush()
    return actors | {WEB_SHOP: shop.id}
