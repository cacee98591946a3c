"""Every resource of the API."""

from typing import Any

from app.web.api.billing import BILLING
from app.web.api.books import BOOKS
from app.web.api.catalog import CATALOG
from app.web.api.company import COMPANY
from app.web.api.description import DescriptionApi, SwaggerPage
from app.web.api.eshop import EshopApi
from app.web.api.fulfilment import FULFILMENT
from app.web.api.imports import ImportApi
from app.web.api.invoices import InvoiceApi
from app.web.api.jobs import JOBS
from app.web.api.ledger_documents import LEDGER_DOCUMENTS
from app.web.api.reports import ReportApi
from app.web.api.sales import SALES
from app.web.api.settlement import SETTLEMENT
from app.web.api.shops import SHOPS
from app.web.api.stock import STOCK
from app.web.api.treasury import TREASURY
from app.web.api.warehousing import WAREHOUSING

RESOURCES = (
    *CATALOG, *SALES, *FULFILMENT, *WAREHOUSING, InvoiceApi, *BILLING, *TREASURY, *SETTLEMENT, *LEDGER_DOCUMENTS,
    *STOCK, *BOOKS, *SHOPS, *JOBS, *COMPANY, ReportApi, ImportApi,
)  # fmt: skip


def register(builder: Any) -> None:
    """Adds the API to the application, after the screens that it shares its columns and rights with."""
    for resource in RESOURCES:
        builder.add_api(resource)
    builder.add_api(EshopApi)
    builder.add_api(DescriptionApi)
    builder.add_view_no_menu(SwaggerPage)
