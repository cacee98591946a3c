"""Lines written by hand: services, texts on an account and, where something is credited, what goods cost less."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.catalog.products import products
from app.domain.kernel.company import Settings, company
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read
from app.domain.kernel.values import HUNDRED, LIMIT, PRICE_DECIMALS, QUANTITY_DECIMALS, ZERO, exact
from app.domain.parties.customers import customers
from app.domain.pricing.taxes import DOMESTIC, check_regime, rates, tax_rules
from app.domain.sales.totals import Amounts, Taxed, amounts, line_amount, total

PERCENT_DECIMALS = 2
# The roles of the accounts that a line may name: every other account is kept by documents of its own.
FREE_ROLES = ("revenue", "other", "vouchers")


@dataclass(frozen=True)
class FreeLine:
    """A service (`product_id`), or a text on an account. `unit_price` is without VAT unless the document says so.

    A service has the tax rate of its product unless another is named; a text without one is outside VAT. Only a credit
    takes goods: `unit_price` is what they cost less then, all of it, and the quantity is 1.
    """

    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = ZERO
    product_id: int | None = None
    text: str = ""
    account_id: int | None = None
    tax_rate_id: int | None = None


class Freehand(Protocol):
    """A document of a customer that is written by hand, in the company's currency; the tax regime none is the
    customer's.
    """

    @property
    def customer_id(self) -> int: ...
    @property
    def lines(self) -> Sequence[FreeLine]: ...
    @property
    def prices_include_vat(self) -> bool: ...
    @property
    def tax_regime(self) -> str | None: ...


class Written(NamedTuple):
    """The columns that lines by hand have on any document, in order, what each is worth, and all together.

    `taxed` is the amount of each as it was written: without VAT, or with it where prices include it.
    """

    lines: list[dict[str, Any]]
    taxed: list[Decimal]
    worth: list[Amounts]
    total: Amounts


ACCOUNTS = "SELECT id, code, role, active FROM account WHERE id = ANY(%(ids)s::bigint[])"


class Facts:
    """All that the documents of a batch name, read at once; `goods` tells whether their lines may be about goods."""

    def __init__(self, session: Session, wanted: Sequence[Freehand], *, goods: bool = False) -> None:
        lines = [line for new in wanted for line in new.lines]
        self.company: Settings = company(session)
        self.customers = customers(session, (new.customer_id for new in wanted))
        self.taxes = tax_rules(session, (self.regime_of(new) for new in wanted))
        self.products = products(session, _given(line.product_id for line in lines))
        self.accounts = _by_id(session, ACCOUNTS, _given(line.account_id for line in lines))
        self.tax_rates = rates(session, (line.tax_rate_id for line in lines))
        self.goods = goods

    def regime_of(self, new: Freehand) -> str:
        """The tax regime that is chosen, else the customer's as it is now."""
        customer = self.customers.get(new.customer_id)
        return new.tax_regime or (customer.tax_regime if customer else DOMESTIC)

    def is_goods(self, line: FreeLine) -> bool:
        """Whether a line is about goods, which may be let cheaper, but do not come or go by hand."""
        product = self.products.get(line.product_id) if line.product_id else None
        return product is not None and product.kind != "service"


def _given(ids: Iterable[int | None]) -> list[int]:
    return sorted({i for i in ids if i is not None})


def _by_id(session: Session, sql: str, ids: Sequence[int]) -> dict[int, Row[Any]]:
    return {row.id: row for row in read(session, sql, ids=ids)}


def written_by_hand(new: Freehand, facts: Facts, supplied: date | None = None) -> Written:
    """What a document says and is worth, at the VAT of the day of supply, today if none is named.

    DomainError for whom, what and how much cannot be written by hand.
    """
    customer = facts.customers.get(new.customer_id)
    if customer is None:
        raise Invalid("unknown_customer", "There is no customer {id}.", id=new.customer_id)
    if not customer.active:
        raise Invalid("archived_customer", "Customer {code} is archived: choose another.", code=customer.code)
    check_regime(new.tax_regime)
    if not new.lines:
        raise Invalid("no_lines", "There are no lines: enter what it is for.")
    regime = facts.regime_of(new)
    tax = Tax(facts, regime, supplied or facts.company.today())
    lines = [_line(number, line, facts, customer.language, tax) for number, line in enumerate(new.lines, 1)]
    taxed = [
        Taxed(line_amount(line["quantity"], line["unit_price"], line["discount"], facts.company.decimals),
              line["tax_rate_id"], line["tax_percent"])
        for line in lines
    ]  # fmt: skip
    worth = amounts(taxed, vat_included=new.prices_include_vat, decimals=facts.company.decimals)
    whole = total(worth)
    if any(abs(amount) >= LIMIT for amount in (whole.gross, *(its.amount for its in taxed))):
        raise Invalid("out_of_range", "The amounts are too large: check the quantities and prices.")
    return Written(lines, [its.amount for its in taxed], worth, whole)


def _line(number: int, line: FreeLine, facts: Facts, language: str, tax: "Tax") -> dict[str, Any]:
    words = _product(number, line, facts, language) if line.product_id else _text(number, line, facts)
    what = f"Line {number}, {words['sku'] or words['name']}"
    quantity = exact(line.quantity, words.pop("decimals"), f"{what}: quantity")
    discount = exact(line.discount, PERCENT_DECIMALS, f"{what}: discount")
    if quantity <= 0:
        raise Invalid("quantity_not_positive", "{what}: the quantity must be above 0.", what=what)
    if not 0 <= discount <= HUNDRED:
        raise Invalid("discount_out_of_range", "{what}: a discount is from 0 to 100 %.", what=what)
    return words | tax.of(what, line, words) | {
        "quantity": quantity, "unit_price": exact(line.unit_price, PRICE_DECIMALS, f"{what}: price"),
        "discount": discount,
    }  # fmt: skip


def _product(number: int, line: FreeLine, facts: Facts, language: str) -> dict[str, Any]:
    product = facts.products.get(line.product_id) if line.product_id else None
    if product is None:
        raise Invalid("unknown_product", "Line {line}: there is no product {id}.", line=number, id=line.product_id)
    if product.kind != "service" and not facts.goods:
        raise Invalid("not_a_service", "Line {line}: {sku} is no service: invoice it from its order or shipment.",
                      line=number, sku=product.sku)  # fmt: skip
    if not product.active:
        raise Invalid("archived_product", "Line {line}: {sku} is archived.", line=number, sku=product.sku)
    if line.account_id:
        raise Invalid("account_of_service", "Line {line}: {sku} goes to the account of its group: name no other.",
                      line=number, sku=product.sku)  # fmt: skip
    name = line.text.strip() or product.translations.get(language) or product.name
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


class Tax(NamedTuple):
    """What is charged in a tax regime on a day."""

    facts: Facts
    regime: str
    on: date

    def of(self, what: str, line: FreeLine, words: Mapping[str, Any]) -> dict[str, Any]:
        """The rate that is named, else the one of the service, as the regime maps it; none is outside VAT."""
        facts = self.facts
        if line.tax_rate_id is not None:
            rate = facts.tax_rates.get(line.tax_rate_id)
            if rate is None or not rate.active:
                raise Invalid("unknown_tax_rate", "{what}: there is no tax rate {id}.", what=what, id=line.tax_rate_id)
            its = facts.taxes.of(self.regime, rate.id, rate, self.on)
        elif words["product_id"] is None:
            return {"tax_rate_id": None, "tax_percent": ZERO}
        else:
            product = facts.products[words["product_id"]]
            its = facts.taxes.of(self.regime, product.tax_rate_id, product, self.on)
        return {"tax_rate_id": its.tax_rate_id, "tax_percent": its.percent}
