"""Master data over the API: what is sold, who buys, what it costs, and where things are."""

from app.web.banks import BankAccountView
from app.web.catalog import ProductGroupView, ProductView, TaxRateRowView, TaxRateView, TaxRuleView, UnitView
from app.web.kit.rest.cards import CardApi
from app.web.parties import CustomerAddressView, CustomerGroupView, CustomerView
from app.web.pricing import DiscountView, PriceListRowView, PriceListView
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
    CustomerAddressApi, PriceListApi, PriceListRowApi, DiscountApi, PaymentTermApi, PaymentTermPartApi, WarehouseApi,
    CashDeskApi, BankAccountApi,
)  # fmt: skip
