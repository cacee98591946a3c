"""Drafts of free-hand invoices: services, and texts on an account. Goods come from shipments and orders."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.billing.drafts import Plan, refuse_negative, rewrite, write_drafts
from app.domain.catalog.products import products
from app.domain.kernel.company import Settings, company
from app.domain.kernel.errors import DomainError, Invalid, refuse
from app.domain.kernel.rows import read
from app.domain.kernel.values import HUNDRED, LIMIT, PRICE_DECIMALS, QUANTITY_DECIMALS, ZERO, exact
from app.domain.parties.customers import customers
from app.domain.parties.taxes import tax_rules
from app.domain.sales.totals import Taxed, amounts, line_amount

PERCENT_DECIMALS = 2
# The roles of the accounts that a line may name: every other account is kept by documents of its own.
FREE_ROLES = ("revenue", "other", "vouchers")


@dataclass(frozen=True)
class FreeLine:
    """A service (`product_id`), or a text on an account. `unit_price` is without VAT unless the invoice says so.

    A service has the tax rate of its product unless another is named; a text without one is outside VAT.
    """

    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = ZERO
    product_id: int | None = None
    text: str = ""
    account_id: int | None = None
    tax_rate_id: int | None = None


@dataclass(frozen=True)
class NewFreeInvoice:
    """An invoice written by hand; `due_dates` as in a NewInvoice."""

    customer_id: int
    lines: Sequence[FreeLine]
    prices_include_vat: bool = False
    note: str = ""
    due_dates: Sequence[date] = ()


ACCOUNTS = "SELECT id, code, role, active FROM account WHERE id = ANY(%(ids)s::bigint[])"
TAX_RATES = "SELECT id, rate, active FROM tax_rate WHERE id = ANY(%(ids)s::bigint[])"


class Facts:
    """All that the invoices of a batch name, read at once."""

    def __init__(self, session: Session, wanted: Sequence[NewFreeInvoice]) -> None:
        lines = [line for new in wanted for line in new.lines]
        self.company: Settings = company(session)
        self.customers = customers(session, (new.customer_id for new in wanted))
        self.taxes = tax_rules(session, (customer.tax_regime for customer in self.customers.values()))
        self.products = products(session, _given(line.product_id for line in lines))
        self.accounts = _by_id(session, ACCOUNTS, _given(line.account_id for line in lines))
        self.tax_rates = _by_id(session, TAX_RATES, _given(line.tax_rate_id for line in lines))


def _given(ids: Iterable[int | None]) -> list[int]:
    return sorted({i for i in ids if i is not None})


def _by_id(session: Session, sql: str, ids: Sequence[int]) -> dict[int, Row[Any]]:
    return {row.id: row for row in read(session, sql, ids=ids)}


def add_free_invoices(session: Session, wanted: Sequence[NewFreeInvoice], *, by: int) -> list[int]:
    """Makes a draft of each and gives the ids; Refused, by position in the batch, for what cannot be invoiced so."""
    return write_drafts(session, _plans(session, wanted), by=by)


def edit_free_invoice(session: Session, invoice: int, new: NewFreeInvoice, *, version: int, by: int) -> None:
    """Writes a draft anew; Stale where it is no longer at `version`, and what `add_free_invoices` refuses."""
    rewrite(session, invoice, lambda: _plans(session, [new]), sources=(), version=version, by=by)


def _plans(session: Session, wanted: Sequence[NewFreeInvoice]) -> list[Plan]:
    facts = Facts(session, wanted)
    plans = []
    errors: dict[int, DomainError] = {}
    for position, new in enumerate(wanted):
        try:
            plans.append(_plan(new, facts))
        except DomainError as error:
            errors[position] = error
    refuse(errors)
    refuse_negative(plans)
    return plans


def _plan(new: NewFreeInvoice, facts: Facts) -> Plan:
    customer = facts.customers.get(new.customer_id)
    if customer is None:
        raise Invalid("unknown_customer", "There is no customer {id}.", id=new.customer_id)
    if not customer.active:
        raise Invalid("archived_customer", "Customer {code} is archived: choose another.", code=customer.code)
    if not new.lines:
        raise Invalid("no_lines", "The invoice has no lines: enter what it is for.")
    lines = [_line(number, line, facts, customer) for number, line in enumerate(new.lines, 1)]
    taxed = [
        Taxed(line_amount(line["quantity"], line["unit_price"], line["discount"], facts.company.decimals),
              line["tax_rate_id"], line["tax_percent"])
        for line in lines
    ]  # fmt: skip
    plan = Plan(
        new.customer_id, new.prices_include_vat, facts.company.currency, Decimal(1), lines,
        amounts(taxed, vat_included=new.prices_include_vat, decimals=facts.company.decimals),
        note=new.note, due_dates=new.due_dates,
    )  # fmt: skip
    if any(abs(amount) >= LIMIT for amount in (plan.total.gross, *(its.amount for its in taxed))):
        raise Invalid("out_of_range", "The amounts are too large: check the quantities and prices.")
    return plan


def _line(number: int, line: FreeLine, facts: Facts, customer: Row[Any]) -> dict[str, Any]:
    words = _service(number, line, facts, customer) if line.product_id else _text(number, line, facts)
    what = f"Line {number}, {words['sku'] or words['name']}"
    quantity = exact(line.quantity, words.pop("decimals"), f"{what}: quantity")
    discount = exact(line.discount, PERCENT_DECIMALS, f"{what}: discount")
    if quantity <= 0:
        raise Invalid("quantity_not_positive", "{what}: the quantity must be above 0.", what=what)
    if not 0 <= discount <= HUNDRED:
        raise Invalid("discount_out_of_range", "{what}: a discount is from 0 to 100 %.", what=what)
    return words | _tax(what, line, words, facts, customer) | {
        "kind": "free", "shipment_line_id": None, "order_line_id": None, "quantity": quantity,
        "unit_price": exact(line.unit_price, PRICE_DECIMALS, f"{what}: price"), "discount": discount,
    }  # fmt: skip


def _service(number: int, line: FreeLine, facts: Facts, customer: Row[Any]) -> dict[str, Any]:
    product = facts.products.get(line.product_id) if line.product_id else None
    if product is None:
        raise Invalid("unknown_product", "Line {line}: there is no product {id}.", line=number, id=line.product_id)
    if product.kind != "service":
        raise Invalid("not_a_service", "Line {line}: {sku} is no service: invoice it from its order or shipment.",
                      line=number, sku=product.sku)  # fmt: skip
    if not product.active:
        raise Invalid("archived_product", "Line {line}: {sku} is archived.", line=number, sku=product.sku)
    if line.account_id:
        raise Invalid("account_of_service", "Line {line}: {sku} goes to the account of its group: name no other.",
                      line=number, sku=product.sku)  # fmt: skip
    name = line.text.strip() or product.translations.get(customer.language) or product.name
    return {"product_id": product.id, "account_id": None, "sku": product.sku, "name": name, "unit": product.unit,
            "decimals": product.decimals}  # fmt: skip


def _text(number: int, line: FreeLine, facts: Facts) -> dict[str, Any]:
    if not line.text.strip():
        raise Invalid("no_text", "Line {line}: choose a service, or write what it is for.", line=number)
    account = facts.accounts.get(line.account_id) if line.account_id else None
    if account is None:
        raise Invalid("no_account", "Line {line}: choose the account that it goes to.", line=number)
    if account.role not in FREE_ROLES or not account.active:
        raise Invalid("control_account", "Line {line}: account {code} cannot be chosen by hand.",
                      line=number, code=account.code)  # fmt: skip
    if account.role == "vouchers" and line.tax_rate_id:
        raise Invalid("taxed_voucher", "Line {line}: a voucher is sold outside VAT: choose no tax rate.", line=number)
    return {"product_id": None, "account_id": account.id, "sku": "", "name": line.text.strip(), "unit": "",
            "decimals": QUANTITY_DECIMALS}  # fmt: skip


def _tax(
    what: str, line: FreeLine, words: Mapping[str, Any], facts: Facts, customer: Row[Any]
) -> dict[str, Any]:  # fmt: skip
    """The rate that is named, else the one of the service, as the customer's regime maps it; none is outside VAT."""
    if line.tax_rate_id is not None:
        rate = facts.tax_rates.get(line.tax_rate_id)
        if rate is None or not rate.active:
            raise Invalid("unknown_tax_rate", "{what}: there is no tax rate {id}.", what=what, id=line.tax_rate_id)
        its = facts.taxes.of(customer.tax_regime, rate.id, rate.rate)
    elif words["product_id"] is None:
        return {"tax_rate_id": None, "tax_percent": ZERO}
    else:
        product = facts.products[words["product_id"]]
        its = facts.taxes.of(customer.tax_regime, product.tax_rate_id, product.tax_percent)
    return {"tax_rate_id": its.tax_rate_id, "tax_percent": its.percent}
