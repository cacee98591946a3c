"""Master data over the API: what is sold, who buys, what it costs, and where things are."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields
from sqlalchemy import select

from app.web.banks import BankAccountView
from app.web.catalog import ProductGroupView, ProductView, TaxRateRowView, TaxRateView, TaxRuleView, UnitView
from app.web.kit.rest.cards import CardApi
from app.web.kit.rest.fields import Key
from app.web.parties import CustomerAddressView, CustomerGroupView, CustomerView
from app.web.people import Person
from app.web.pricing import DiscountLimitView, DiscountView, PriceListRowView, PriceListView
from app.web.stock import CashDeskView, WarehouseView
from app.web.terms import PaymentTermPartView, PaymentTermView


class ProductApi(CardApi):
    view = ProductView


class ProductGroupApi(CardApi):
    view = ProductGroupView


class UnitApi(CardApi):
    view = UnitView


class TaxRateApi(CardApi):
    view = TaxRateView


class TaxRateRowApi(CardApi):
    view = TaxRateRowView
    resource_name = "tax-rates/rows"


class TaxRuleApi(CardApi):
    view = TaxRuleView


class CustomerApi(CardApi):
    view = CustomerView


class CustomerGroupApi(CardApi):
    view = CustomerGroupView


class CustomerAddressApi(CardApi):
    view = CustomerAddressView


class PriceListApi(CardApi):
    view = PriceListView


class PriceListRowApi(CardApi):
    view = PriceListRowView
    resource_name = "price-lists/rows"


class DiscountApi(CardApi):
    view = DiscountView


class DiscountLimitApi(CardApi):
    """Whose limit it is is said by the name that they sign in with: two people may be called the same."""

    view = DiscountLimitView

    def _field(self, name: str, *, change: bool) -> fields.Field:
        if name == "actor_id":
            return Key(Person, what=lambda person: person.actor_id, required=True)
        return super()._field(name, change=change)

    def _names(self, name: str, rows: Sequence[Any]) -> dict[int, str]:
        statement = select(Person.actor_id, Person.username).where(Person.actor_id.in_([row.actor_id for row in rows]))
        return {row.actor_id: row.username for row in self.screen.datamodel.session.execute(statement)}


class PaymentTermApi(CardApi):
    view = PaymentTermView


class PaymentTermPartApi(CardApi):
    view = PaymentTermPartView


class WarehouseApi(CardApi):
    view = WarehouseView


class CashDeskApi(CardApi):
    view = CashDeskView


class BankAccountApi(CardApi):
    view = BankAccountView


CATALOG = (
    ProductApi, ProductGroupApi, UnitApi, TaxRateApi, TaxRateRowApi, TaxRuleApi, CustomerApi, CustomerGroupApi,
    CustomerAddressApi, PriceListApi, PriceListRowApi, DiscountApi, DiscountLimitApi, PaymentTermApi,
    PaymentTermPartApi, WarehouseApi, CashDeskApi, BankAccountApi,
)  # fmt: skip
