"""CSV files into the books: brought, looked at row by row, and imported; one page for every kind."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any, ClassVar

from flask import Response, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import Forbidden
from werkzeug.exceptions import NotFound as Missing
from wtforms import FileField

from app.domain.intake.csv_import.documents import Documents
from app.domain.intake.csv_import.files import MOST_ROWS, rejected_file, shown
from app.domain.intake.csv_import.kinds import KINDS
from app.domain.intake.csv_import.plans import REJECTED, UNCHANGED, WHATS, Access, Plan
from app.domain.intake.csv_import.standing import rows_of
from app.domain.intake.csv_import.uploads import MANY_ROWS, Upload, bring, carry_out, leave, upload
from app.domain.kernel.document import Document
from app.domain.kernel.errors import DomainError, NotFound
from app.domain.kernel.jobs import FAILED, RUNNING, WAITING, ask
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed, reading
from app.web.background import csv_foresee, csv_import, note_import
from app.web.kit.arguments import whole
from app.web.kit.export import AT_ONCE, csv_file, wants_csv
from app.web.kit.forms import CardForm
from app.web.kit.pages import PageView
from app.web.kit.rights import mine
from app.web.parties import CustomerView
from app.web.pricing import PriceListView
from app.web.sales import ships_anywhere, types_prices

ROWS_SHOWN = 100
JOB = "SELECT id, status, done, total, error, next_at FROM job WHERE id = %(id)s"


class FileForm(CardForm):
    file = FileField(_("CSV file"))


LINES = _(
    "The rows with the same document are its lines and say its head alike. It becomes a draft; brought again it does "
    "not become another one, but is changed where the file says something else by then."
)


def sees_costs() -> bool:
    return mine().sees("costs")


def sees_prices() -> bool:
    return mine().sees("prices")


class ImportPage(PageView, abstract=True):
    """A kind of import: whoever may edit what comes out of it may bring files.

    `of_list` is the view whose list it fills, `hint` what else to know of a file. `only` says of a column who may write
    it; `door` who may import at all.
    """

    kind: ClassVar[str]
    title: ClassVar[Any]
    of_list: ClassVar[str]
    hint: ClassVar[Any] = _("A column that is missing leaves what is there, and an empty cell empties it.")
    only: ClassVar[Mapping[str, Callable[[], bool]]] = {}
    door: ClassVar[Callable[[], bool]] = staticmethod(lambda: True)
    method_permission_name = {"index": "edit", "rows": "edit", "rejected": "edit"}

    def fields(self) -> list[Any]:
        """The columns that this person may write."""
        return [it for it in KINDS[self.kind].fields if it.name not in self.only or self.only[it.name]()]

    def access(self) -> Access:
        """What this person may write; Forbidden where they may not import."""
        if not self.door():
            raise Forbidden()
        own = mine().is_own(self.resource, "edit")
        return Access(
            frozenset(it.name for it in self.fields()),
            mine().warehouses if own or mine().is_own("Warehouses") else None,
            mine().cash_desks if own or mine().is_own("Cash desks") else None,
        )

    @expose("/", methods=["GET", "POST"])
    @has_access
    def index(self) -> Any:
        """Asks for a file, and says what may be in it."""
        form, refused, access = FileForm(), "", self.access()
        if request.method == "POST" and form.validate():
            file, by = request.files.get("file"), current_user.actor_id
            name, content = (shown(file.filename or ""), file.read()) if file is not None else ("", b"")
            self.appbuilder.session.rollback()
            try:
                kept = bring(self.kind, name, content, access, by=by, later=partial(self._later, name))
            except DomainError as refusal:
                refused = str(refusal)
            else:
                return redirect(url_for(".rows", pk=kept))
        page = self.render_template(
            "stockbook/import.html", view=self, form=form, refused=refused, back=url_for(f"{self.of_list}.list"),
            fields=self.fields(), its=KINDS[self.kind], most=MOST_ROWS,
        )  # fmt: skip
        return page, 422 if request.method == "POST" else 200

    @expose("/<id:pk>", methods=["GET", "POST"])
    @has_access
    def rows(self, pk: int) -> Any:
        """What a file would do row by row, and the import of it; afterwards what it did."""
        access, its = self.access(), self._upload(pk)
        if request.method == "POST":
            everything = request.form.get("rows") != "good"
            self.appbuilder.session.rollback()
            try:
                self._carry_out(its, access, everything=everything)
            except DomainError as refusal:
                flash(str(refusal), "danger")
            return redirect(url_for(".rows", pk=pk))
        with reading() as session:
            found = read(session, JOB, id=its.job_id) if its.job_id and its.result is None else []
        job = found[0] if found else None
        if its.plan is None or (job is not None and job.status in (WAITING, RUNNING)):
            return self.render_template(
                "stockbook/import_waits.html", view=self, its=its, job=job, back=url_for(f"{self.of_list}.list")
            )
        return self._shown(its, its.plan, job.error if job is not None and job.status == FAILED else "")

    def _carry_out(self, its: Upload, access: Access, *, everything: bool) -> None:
        """Imports a small file at once, and has the worker import a large one."""
        by, remote = current_user.actor_id, request.remote_addr or ""
        if len(its.sheet.rows) <= MANY_ROWS:
            carry_out(self.kind, its.id, access, everything=everything, by=by, told=note_import())
            return

        def work(session: Session) -> None:
            job = ask(
                session, csv_import, by=by, about=its.name or self.kind, waiting_once=f"import {its.id}",
                kind=self.kind, upload=its.id, everything=everything, remote=remote,
            )  # fmt: skip
            if job is not None:
                leave(session, its.id, job)

        deed(work)

    def _later(self, name: str, session: Session, kept: int) -> int:
        """Asks for a job that foresees a large file."""
        by, remote = current_user.actor_id, request.remote_addr or ""
        job = ask(session, csv_foresee, by=by, about=name or self.kind, kind=self.kind, upload=kept, remote=remote)
        assert job is not None
        return job

    def _shown(self, its: Upload, plan: Plan, refused: str) -> Any:
        what = request.args.get("what", "")
        if what and what not in WHATS:
            what = ""
        rows = [row for row in plan.rows if row.what == what or (not what and row.what != UNCHANGED)]
        page = whole("page", 0, 0, MOST_ROWS)
        counts = plan.counts
        return self.render_template(
            "stockbook/import_rows.html", view=self, its=its, refused=refused, counts=counts, what=what, page=page,
            pages=ROWS_SHOWN,
            rows=rows[page * ROWS_SHOWN : (page + 1) * ROWS_SHOWN], found=len(rows), whats=WHATS,
            good=len(plan.rows) - counts[REJECTED] - counts[UNCHANGED], back=url_for(f"{self.of_list}.list"),
        )  # fmt: skip

    @expose("/<id:pk>/rejected")
    @has_access
    def rejected(self, pk: int) -> Any:
        """The rejected rows as a file like the one that came, with the reasons."""
        self.access()
        its = self._upload(pk)
        if its.plan is None:
            raise Missing()
        answer = Response(rejected_file(its.sheet, its.plan.reasons), mimetype="text/csv")
        answer.headers["Content-Disposition"] = f'attachment; filename="{self.kind}-rejected.csv"'
        return answer

    def _upload(self, pk: int) -> Upload:
        try:
            with reading() as session:
                return upload(session, self.kind, pk, by=current_user.actor_id)
        except NotFound:
            raise Missing() from None


class ProductImport(ImportPage):
    kind = "products"
    resource = "Products"
    route_base = "/import/products"
    title = _("Import products")
    of_list = "ProductView"
    only = {"planned_cost": sees_costs}


class CustomerImport(ImportPage):
    kind = "customers"
    resource = "Customers"
    route_base = "/import/customers"
    title = _("Import customers")
    of_list = "CustomerView"
    only = {name.removesuffix("_id"): sees_prices for name in CustomerView.prices}


class PriceListImport(ImportPage):
    kind = "price-lists"
    resource = "Price lists"
    route_base = "/import/price-lists"
    title = _("Import price lists")
    of_list = "PriceListView"
    only = dict.fromkeys(PriceListView.prices, sees_prices)


class PriceImport(ImportPage):
    kind = "prices"
    resource = "Price lists"
    route_base = "/import/prices"
    title = _("Import prices")
    of_list = "PriceListRowView"
    door = staticmethod(sees_prices)


class DiscountImport(ImportPage):
    kind = "discounts"
    resource = "Price lists"
    route_base = "/import/discounts"
    title = _("Import discounts and special prices")
    of_list = "DiscountView"
    door = staticmethod(sees_prices)


class DocumentImport(ImportPage, abstract=True):
    """Documents: those that may still be changed are taken out with their lines, to be edited and brought back."""

    hint = LINES

    @expose("/", methods=["GET", "POST"])
    @has_access
    def index(self) -> Any:
        """The page, or what it takes out."""
        return self.taken_out() if wants_csv() else super().index()

    def taken_out(self) -> Response:
        """All of them that this person may change, as an import takes them; Forbidden where they may not import."""
        access, its = self.access(), KINDS[self.kind]
        assert isinstance(its, Documents)
        view = next(view for view in self.appbuilder.baseviews if type(view).__name__ == self.of_list)
        model, places = view.datamodel.obj, access.warehouses
        wanted = select(model.id).join(Document, Document.id == model.id).where(model.state.in_(its.editable))
        if places is not None:
            wanted = wanted.where(Document.warehouse_id.in_(places))
        ids = self.appbuilder.session.scalars(view.datamodel.scoped(wanted).order_by(model.id)).all()
        return csv_file(_pieces(its, ids, [it.name for it in self.fields()]), self.kind)


def _pieces(its: Documents, ids: Sequence[int], names: Sequence[str]) -> Iterator[bytes]:
    with reading() as session:
        rows = chain([names], rows_of(session, its.standing, ids, names))
        while piece := list(islice(rows, AT_ONCE)):
            out = io.StringIO(newline="")
            csv.writer(out, lineterminator="\n").writerows(piece)
            yield out.getvalue().encode()


class ReceiptImport(DocumentImport):
    kind = "receipts"
    resource = "Receipts"
    route_base = "/import/receipts"
    title = _("Import receipts")
    of_list = "ReceiptView"
    only = {"unit_cost": sees_costs}


class OpeningStockImport(DocumentImport):
    kind = "opening-stock"
    resource = "Opening stock"
    route_base = "/import/opening-stock"
    title = _("Import opening stock")
    of_list = "OpeningView"
    only = {"unit_cost": sees_costs, "value": sees_costs}


class OpeningBalanceImport(DocumentImport):
    kind = "opening-balances"
    resource = "Opening balances"
    route_base = "/import/opening-balances"
    title = _("Import opening balances")
    of_list = "OpeningBalanceView"
    # They are of no warehouse and of no desk, so that no right to write only there reaches them.
    door = staticmethod(lambda: not mine().is_own("Opening balances", "edit"))
    hint = _(
        "Each row becomes a draft; brought again it does not become another one, but is changed where the file says "
        "something else by then."
    )


class OrderImport(DocumentImport):
    kind = "orders"
    resource = "Orders"
    route_base = "/import/orders"
    title = _("Import orders")
    of_list = "OrderView"
    only = {"unit_price": types_prices, "discount": types_prices, "price_list": types_prices, "way": ships_anywhere}


PAGES = (
    ProductImport, CustomerImport, PriceListImport, PriceImport, DiscountImport, ReceiptImport, OpeningStockImport,
    OpeningBalanceImport, OrderImport,
)  # fmt: skip


def importer(view: Any) -> str:
    """The address of the page by which this list's rows are imported; nothing where the person may not."""
    for page in PAGES:
        if page.of_list == type(view).__name__ and mine().may("edit", page.resource) and page.door():
            return url_for(f"{page.__name__}.index")
    return ""
