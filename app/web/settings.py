"""The company: what holds for everything, and what its documents say of it from a date on."""

from collections.abc import Mapping
from typing import Any

from flask import redirect, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length

from app.domain.kernel.company import COGS_TIMINGS, CREDIT_SERIES, Company, CompanyDetails
from app.web.kit.forms import LONGEST_TEXT
from app.web.kit.scope import ScopedInterface
from app.web.kit.views import MasterView

LANGUAGES = ("en", "bg", "de", "ru")


class CompanyView(MasterView):
    """There is one company, so its card stands where other screens have a list."""

    datamodel = ScopedInterface(Company)
    resource = "Settings"
    route_base = "/company"
    title = _("Company")
    noun = _("company")
    can_add = False
    can_delete = False
    list_columns = [
        "name", "currency", "time_zone", "country", "language", "chart", "cogs_timing", "credit_series", "invoice_days",
        "difference_limit",
    ]  # fmt: skip
    show_columns = list_columns
    add_columns = list_columns
    edit_columns = ["name", "language", "cogs_timing", "credit_series", "invoice_days", "difference_limit"]
    search_columns = ["name"]
    order_columns = ["name"]
    base_order = ("name", "asc")
    choices = {"cogs_timing": COGS_TIMINGS, "credit_series": CREDIT_SERIES, "language": LANGUAGES}
    details = (("CompanyDetailsView", "company_id"),)
    label_columns = {
        "name": _("Name"), "currency": _("Currency"), "time_zone": _("Time zone"), "country": _("Country"),
        "language": _("Language"), "chart": _("Chart of accounts"), "cogs_timing": _("Cost of sales is posted"),
        "invoice_days": _("Invoice within, days"), "difference_limit": _("Differences let go up to"),
        "credit_series": _("Credit notes are numbered with"),
    }  # fmt: skip
    description_columns = {
        "invoice_days": _("What left, and advances, without an invoice after so many days are shown red."),
        "cogs_timing": _("Shipments keep the way that held when they left; this changes only what comes."),
    }

    @expose("/")
    @has_access
    def list(self) -> Any:
        """Straight to the one there is."""
        return redirect(url_for(".show", pk=1))


def _text(label: Any, *, needed: bool = False) -> Any:
    return StringField(label, validators=[*([InputRequired()] if needed else []), Length(max=LONGEST_TEXT)])


class CompanyDetailsView(MasterView):
    """Invoices are frozen with what stands here on their date, so a move of the company is a new row, not a change."""

    datamodel = ScopedInterface(CompanyDetails)
    resource = "Settings"
    route_base = "/company-details"
    title = _("On documents")
    noun = _("seller's details")
    can_edit = False
    can_delete = False
    list_columns = ["company_id", "valid_from", "seller"]
    show_columns = list_columns
    add_columns = ["valid_from", "name", "street", "postcode", "city", "country", "vat_number", "registration"]
    edit_columns = add_columns
    search_columns = ["company_id", "valid_from"]
    order_columns = ["valid_from"]
    base_order = ("valid_from", "desc")
    extra_fields = {
        "valid_from": DateField(_("From"), validators=[InputRequired()]),
        "name": _text(_("Name"), needed=True), "street": _text(_("Street")), "postcode": _text(_("Postcode")),
        "city": _text(_("City")), "country": _text(_("Country")), "vat_number": _text(_("VAT number")),
        "registration": _text(_("Company register number")),
    }  # fmt: skip
    label_columns = {"company_id": _("Company"), "valid_from": _("From"), "seller": _("Seller")}

    def assign(self, session: Any, item: CompanyDetails, values: Mapping[str, Any]) -> None:
        item.valid_from = values["valid_from"]
        item.details = {name: text for name, text in values.items() if name != "valid_from" and text}

    def cell(self, row: Any, name: str, names: dict[int, str] | None = None) -> Any:
        if name == "seller":
            return ", ".join(str(row.details[part]) for part in self.add_columns if part in row.details)
        return super().cell(row, name, names)
