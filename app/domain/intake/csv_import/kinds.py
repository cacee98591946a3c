"""Everything that can be imported from CSV, by the name that it has in addresses and commands."""

from app.domain.intake.csv_import.arrivals import OpeningStock, Receipts
from app.domain.intake.csv_import.balances import OpeningBalances
from app.domain.intake.csv_import.customers import Customers
from app.domain.intake.csv_import.orders import Orders
from app.domain.intake.csv_import.plans import Kind
from app.domain.intake.csv_import.prices import Discounts, PriceLists, Prices
from app.domain.intake.csv_import.products import Products

KINDS: dict[str, Kind] = {
    "products": Products(),
    "customers": Customers(),
    "price-lists": PriceLists(),
    "prices": Prices(),
    "discounts": Discounts(),
    "receipts": Receipts(),
    "opening-stock": OpeningStock(),
    "opening-balances": OpeningBalances(),
    "orders": Orders(),
}
