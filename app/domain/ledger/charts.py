"""The two charts of accounts that come with the program, as data: a plain IFRS-style one and the Bulgarian one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class ChartAccount(NamedTuple):
    """An account as set-up writes it. `english` is its name for people who do not read the chart's language."""

    code: str
    role: str
    name: str
    english: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart of accounts.

    `defaults` gives the code that a posting rule uses for a role where the document names no account of its own.
    `by_kind` gives, for products that are goods, own production or services, the codes that a group of such products
    takes for inventory, cost of sales and revenue.
    """

    name: str
    accounts: tuple[ChartAccount, ...]
    defaults: Mapping[str, str]
    by_kind: Mapping[str, Mapping[str, str]]


IFRS = Chart(
    name="Plain international",
    accounts=(
        ChartAccount("1000", "cash", "Cash"),
        ChartAccount("1010", "bank", "Bank"),
        ChartAccount("1020", "money_in_transit", "Money in transit"),
        ChartAccount("1100", "receivables", "Trade receivables"),
        ChartAccount("1200", "inventory", "Inventory: goods for resale"),
        ChartAccount("1210", "inventory", "Inventory: own production"),
        ChartAccount("1220", "inventory", "Inventory: materials"),
        ChartAccount("1240", "goods_in_transit", "Goods in transit between warehouses"),
        ChartAccount("1250", "goods_shipped_not_invoiced", "Goods shipped, not invoiced"),
        ChartAccount("2000", "other", "Trade payables"),
        ChartAccount("2010", "goods_received_not_invoiced", "Goods received, not invoiced"),
        ChartAccount("2100", "customer_advances", "Customer advances"),
        ChartAccount("2110", "invoiced_not_delivered", "Invoiced, not delivered"),
        ChartAccount("2120", "vouchers", "Vouchers sold"),
        ChartAccount("2200", "output_vat", "Output VAT"),
        ChartAccount("3000", "opening_equity", "Opening equity"),
        ChartAccount("4000", "revenue", "Revenue: goods"),
        ChartAccount("4010", "revenue", "Revenue: own production"),
        ChartAccount("4020", "revenue", "Revenue: services"),
        ChartAccount("4900", "stock_surplus", "Stock surplus"),
        ChartAccount("4910", "other", "Other income"),
        ChartAccount("5000", "cost_of_sales", "Cost of sales: goods"),
        ChartAccount("5010", "cost_of_sales", "Cost of sales: own production"),
        ChartAccount("5100", "stock_losses", "Stock losses and valuation differences"),
        ChartAccount("6900", "rounding_differences", "Rounding differences"),
        ChartAccount("6910", "desk_differences", "Cash desk surplus and shortage"),
        ChartAccount("6920", "other", "Bank charges"),
        ChartAccount("6930", "bad_debts", "Bad debts"),
        ChartAccount("6990", "other", "Other operating expenses"),
    ),
    defaults={
        "inventory": "1200", "cost_of_sales": "5000", "revenue": "4000", "receivables": "1100",
        "customer_advances": "2100", "output_vat": "2200", "cash": "1000", "bank": "1010",
        "goods_received_not_invoiced": "2010", "goods_shipped_not_invoiced": "1250", "stock_losses": "5100",
        "stock_surplus": "4900", "opening_equity": "3000", "rounding_differences": "6900",
        "invoiced_not_delivered": "2110", "vouchers": "2120", "other": "6990",
        "goods_in_transit": "1240", "money_in_transit": "1020", "desk_differences": "6910", "bad_debts": "6930",
    },
    by_kind={
        "goods": {"inventory": "1200", "cost_of_sales": "5000", "revenue": "4000"},
        "production": {"inventory": "1210", "cost_of_sales": "5010", "revenue": "4010"},
        "service": {"revenue": "4020"},
    },
)  # fmt: skip

BG = Chart(
    name="Bulgarian national",
    accounts=(
        ChartAccount("122", "opening_equity", "Неразпределена печалба от минали години", "Retained earnings"),
        ChartAccount("302", "inventory", "Материали", "Materials"),
        ChartAccount("303", "inventory", "Продукция", "Own production"),
        ChartAccount("304", "inventory", "Стоки", "Goods"),
        ChartAccount("306", "goods_in_transit", "Стоки на път между складове", "Goods in transit between warehouses"),
        ChartAccount("307", "goods_shipped_not_invoiced", "Изпратени стоки без фактура", "Goods shipped, not invoiced"),
        ChartAccount("401", "other", "Доставчици", "Suppliers"),
        ChartAccount("4019", "goods_received_not_invoiced", "Доставчици – получени стоки без фактура",
                     "Suppliers: goods received, not invoiced"),
        ChartAccount("411", "receivables", "Клиенти", "Customers"),
        ChartAccount("412", "customer_advances", "Клиенти по аванси", "Customer advances"),
        ChartAccount("4532", "output_vat", "Начислен данък за продажбите", "Output VAT"),
        ChartAccount("4981", "vouchers", "Продадени ваучери", "Vouchers sold"),
        ChartAccount("501", "cash", "Каса", "Cash"),
        ChartAccount("503", "bank", "Разплащателна сметка", "Bank"),
        ChartAccount("509", "money_in_transit", "Парични средства на път", "Money in transit"),
        ChartAccount("6091", "stock_losses", "Липси, брак и разлики от оценка на запаси",
                     "Stock losses and valuation differences"),
        ChartAccount("6096", "bad_debts", "Отписани вземания", "Bad debts"),
        ChartAccount("6097", "desk_differences", "Излишъци и липси в касата", "Cash desk surplus and shortage"),
        ChartAccount("6098", "rounding_differences", "Разлики от закръгляване", "Rounding differences"),
        ChartAccount("6099", "other", "Други разходи", "Other expenses"),
        ChartAccount("6111", "cost_of_sales", "Себестойност на продадената продукция", "Cost of own production sold"),
        ChartAccount("6112", "cost_of_sales", "Отчетна стойност на продадените стоки", "Cost of goods sold"),
        ChartAccount("629", "other", "Други финансови разходи", "Bank charges"),
        ChartAccount("701", "revenue", "Приходи от продажби на продукция", "Revenue: own production"),
        ChartAccount("702", "revenue", "Приходи от продажби на стоки", "Revenue: goods"),
        ChartAccount("703", "revenue", "Приходи от продажби на услуги", "Revenue: services"),
        ChartAccount("709", "revenue", "Приходи от други продажби", "Revenue: other"),
        ChartAccount("7091", "stock_surplus", "Излишъци на запаси", "Stock surplus"),
        ChartAccount("7099", "other", "Други приходи", "Other income"),
        ChartAccount("7511", "invoiced_not_delivered", "Фактурирани, недоставени стоки", "Invoiced, not delivered"),
    ),
    defaults={
        "inventory": "304", "cost_of_sales": "6112", "revenue": "702", "receivables": "411",
        "customer_advances": "412", "output_vat": "4532", "cash": "501", "bank": "503",
        "goods_received_not_invoiced": "4019", "goods_shipped_not_invoiced": "307", "stock_losses": "6091",
        "stock_surplus": "7091", "opening_equity": "122", "rounding_differences": "6098",
        "invoiced_not_delivered": "7511", "vouchers": "4981", "other": "6099",
        "goods_in_transit": "306", "money_in_transit": "509", "desk_differences": "6097", "bad_debts": "6096",
    },
    by_kind={
        "goods": {"inventory": "304", "cost_of_sales": "6112", "revenue": "702"},
        "production": {"inventory": "303", "cost_of_sales": "6111", "revenue": "701"},
        "service": {"revenue": "703"},
    },
)  # fmt: skip

CHARTS: Mapping[str, Chart] = {"ifrs": IFRS, "bg": BG}
