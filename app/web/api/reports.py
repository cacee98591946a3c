"""Reports over the API: each is what its page is, as JSON or, for those who accept that before JSON, as CSV."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from app.web.books import AccountStatementPage, JournalPage, TrialBalancePage
from app.web.kit.reports import ReportPage
from app.web.kit.rest.reading import wants_csv
from app.web.kit.rest.resource import Operation, ResourceApi
from app.web.live import TakingPage
from app.web.money_reports import AgeingPage, SalesPage, SoldPage, StatementPage, VatDocumentsPage, VatPage
from app.web.stock_reports import ItemCardPage, StockValuePage

REPORTS: tuple[type[ReportPage], ...] = (
    SalesPage, SoldPage, StockValuePage, ItemCardPage, AgeingPage, StatementPage, JournalPage, TrialBalancePage,
    AccountStatementPage, VatPage, VatDocumentsPage, TakingPage,
)  # fmt: skip


class ReportingApi(ResourceApi, abstract=True):
    """Answers with reports."""

    def report(self, page: type[ReportPage], name: str, rule: str, **more: Any) -> Operation:
        """The operation that tells a report; its rights are those of the page."""
        given = {"call": partial(self.told, page), "query": page.query_schema()} | more
        return Operation(
            name, "GET", rule, page.summary(), answer=page.answer_schema(), resource=page.resource,
            also=tuple(("view", what.capitalize()) for what in page.needs), csv=True, **given,
        )  # fmt: skip

    def told(self, of: type[ReportPage], /, **asked: Any) -> Any:
        """A page of the report, or all of it as CSV."""
        screen = next(view for view in self.appbuilder.baseviews if type(view) is of)
        return screen.csv(asked) if wants_csv() else screen.json(asked)


class ReportApi(ReportingApi):
    resource = "Reports"
    resource_name = "reports"

    def operations(self) -> Iterable[Operation]:
        for page in REPORTS:
            name = page.route_base.strip("/")
            yield self.report(page, name, f"/{name}")
