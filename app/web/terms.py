"""Payment terms: when invoices are due, in which parts, and the dates that come of it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.domain.kernel.errors import Invalid
from app.domain.parties.customers import terms_of
from app.domain.parties.models import TERM_RULES, PaymentTerm, PaymentTermPart
from app.domain.parties.terms import Rule, due_date, due_dates
from app.web.kit import look
from app.web.kit.scope import ScopedInterface
from app.web.kit.views import MasterView

LABELS = {"rule": _("Due"), "days": _("Days"), "months": _("Months on"), "day": _("Day of the month")}
HELP = {
    "days": _("For the rules that count days."),
    "months": _("For the end of a month and a day of a month: 0 is the month of the invoice, 1 the next one."),
    "day": _("For a day of a month; 31 is always the last one."),
}


class PaymentTermView(MasterView):
    """The parts of a term are due by their own rules; what they leave, by the rule of the term itself."""

    datamodel = ScopedInterface(PaymentTerm)
    resource = "Payment terms"
    route_base = "/payment-terms"
    title = _("Payment terms")
    noun = _("payment term")
    show_template = "stockbook/term.html"
    list_columns = ["code", "name", "rule", "days", "months", "day", "active"]
    show_columns = ["code", "name", "rule", "days", "months", "day", "working_days", "active"]
    add_columns = show_columns[:-1]
    edit_columns = show_columns
    search_columns = ["code", "name", "rule", "working_days", "active"]
    order_columns = ["code", "name", "days"]
    base_order = ("code", "asc")
    choices = {"rule": TERM_RULES}
    details = (("PaymentTermPartView", "payment_term_id"),)
    label_columns = LABELS | {
        "code": _("Code"), "name": _("Name"), "working_days": _("Only working days"), "active": _("Active"),
    }  # fmt: skip
    description_columns = HELP | {
        "working_days": _("What is due on a weekend or a public holiday is due on the next working day."),
    }

    def twelve_months(self, item: PaymentTerm) -> list[tuple[date, list[date]]]:
        """When an invoice of today, and of the same day of the next months, would be due."""
        term = terms_of(self.datamodel.session, [item.id])[item.id]
        today = look.today()
        days = [due_date(Rule("day_of_month", months=months, day=today.day), today) for months in range(12)]
        return [(on, due_dates(term, on)) for on in days]


class PaymentTermPartView(MasterView):
    datamodel = ScopedInterface(PaymentTermPart)
    resource = "Payment terms"
    route_base = "/payment-term-parts"
    title = _("Parts before the rest")
    noun = _("part of a payment term")
    list_columns = ["payment_term_id", "position", "percent", "amount", "rule", "days", "months", "day"]
    show_columns = list_columns
    add_columns = list_columns
    edit_columns = list_columns[1:]
    search_columns = ["payment_term_id", "rule"]
    order_columns = ["position"]
    base_order = ("position", "asc")
    choices = {"rule": TERM_RULES}
    label_columns = LABELS | {
        "payment_term_id": _("Payment term"), "position": _("Place"), "percent": _("Share, %"),
        "amount": _("Or an amount"),
    }  # fmt: skip
    description_columns = HELP | {"percent": _("A share or an amount; what the parts leave is the rest.")}

    def assign(self, session: Any, item: PaymentTermPart, values: Mapping[str, Any]) -> None:
        """A part says how much it is in one way."""
        if (values["percent"] is None) == (values["amount"] is None):
            raise Invalid("how_much", gettext("Write a share or an amount, and not both."))
        super().assign(session, item, values)
