"""Quotes for documents and for people who ask what a price would be."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.domain.catalog.products import products
from app.domain.kernel.errors import Invalid, NotFound
from app.domain.kernel.values import exact
from app.domain.parties.customers import customers
from app.domain.pricing.lists import discounts, list_facts, list_rows, price_lists
from app.domain.pricing.price import Generals, Quote, Tariff, quote


class Wanted(NamedTuple):
    """A customer (as `parties.customers` tells it) asks for a product, in a list of its own choice or the usual one."""

    customer: Any
    product_id: int
    price_list_id: int | None = None


class Prices:
    """What decides the prices of all that is wanted, read at once."""

    def __init__(self, session: Session, wanted: Iterable[Wanted]) -> None:
        asked = list(wanted)
        self.lists = price_lists(session)
        self._facts = list_facts(row for key, row in self.lists.items() if key is not None)
        applied = {(its.id, it.product_id) for it in asked if (its := self.list_of(it.customer, it.price_list_id))}
        self._rows = list_rows(session, {(above, product) for its, product in applied for above in self._chain(its)})
        self._discounts = discounts(
            session,
            customers=(it.customer.id for it in asked),
            groups=(it.customer.group_id for it in asked if it.customer.group_id),
            products=(it.product_id for it in asked),
        )

    def list_of(self, customer: Any, price_list_id: int | None) -> Any:
        """The list that applies: the one asked for, else the customer's, else their group's, else the default."""
        return self.lists.get(price_list_id or customer.price_list_id or customer.group_price_list_id)

    def _chain(self, price_list: int) -> list[int]:
        """A list and those that it is derived from; Invalid where they stand in a ring."""
        chain = [price_list]
        while (above := self._facts[chain[-1]].base_id) is not None:
            if above in chain:
                raise Invalid("derived_from_itself", "Price list {code} is derived from itself: change its base.",
                              code=self._facts[above].code)  # fmt: skip
            chain.append(above)
        return chain

    def quote(self, wanted: Wanted, *, quantity: Decimal, on: date) -> Quote:
        """The price for the document's whole quantity of the product on a date, with its explanation."""
        customer, product = wanted.customer, wanted.product_id
        applied = self.list_of(customer, wanted.price_list_id)
        chain = self._chain(applied.id)
        tariff = Tariff(
            lists=self._facts,
            rows={its: self._rows.get((its, product), []) for its in chain},
            discounts=[
                *self._discounts.get(("customer", customer.id, product), ()),
                *self._discounts.get(("customer_group", customer.group_id, product), ()),
            ],
            generals=Generals(customer.discount, customer.group_discount),
        )
        return quote(tariff, price_list=applied.id, quantity=quantity, on=on)


def simulate(
    session: Session, *, customer_id: int, product_id: int, quantity: Decimal, on: date,
    price_list_id: int | None = None,
) -> Quote:  # fmt: skip
    """What a customer would pay for a product, and why.

    Raises NotFound for an unknown customer or product, Invalid for a quantity that cannot be ordered and where no price
    list applies.
    """
    customer = customers(session, [customer_id]).get(customer_id)
    product = products(session, [product_id]).get(product_id)
    if customer is None:
        raise NotFound("unknown_customer", "There is no customer {id}.", id=customer_id)
    if product is None:
        raise NotFound("unknown_product", "There is no product {id}.", id=product_id)
    if exact(quantity, product.decimals, f"{product.sku}: quantity") <= 0:
        raise Invalid("quantity_not_positive", "{what}: the quantity must be above 0.", what=product.sku)
    wanted = Wanted(customer, product_id, price_list_id)
    prices = Prices(session, [wanted])
    if prices.list_of(customer, price_list_id) is None:
        raise Invalid("no_price_list", "No price list applies: choose one, or make one the default.")
    return prices.quote(wanted, quantity=quantity, on=on)
