"""What would it cost: a customer, a product, a quantity and a date, and why."""

from typing import Any

from flask import request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import Forbidden
from werkzeug.exceptions import NotFound as Missing
from wtforms import DateField
from wtforms.validators import InputRequired

from app.domain.catalog.models import Product
from app.domain.kernel.errors import DomainError
from app.domain.kernel.values import HUNDRED, rounded
from app.domain.parties.models import Customer
from app.domain.pricing.models import PriceList
from app.domain.pricing.quotes import simulate
from app.web.kit import look
from app.web.kit.forms import CardForm, ExactField, RelationField
from app.web.kit.pages import PageView
from app.web.kit.reasons import reasons
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface

LARGE = {"customer": Customer, "product": Product}


class PriceForm(CardForm):
    customer = RelationField(
        _("Customer"), target=Customer, source="PricePage.choices_of", blank=False, validators=[InputRequired()]
    )
    product = RelationField(
        _("Product"), target=Product, source="PricePage.choices_of", blank=False, validators=[InputRequired()]
    )
    quantity = ExactField(_("Quantity"), decimals=3, default=1, validators=[InputRequired()])
    on = DateField(_("Date"), validators=[InputRequired()], default=look.today)
    price_list = RelationField(_("Price list"), target=PriceList, description=_("Empty: the one that applies."))


def priced(session: Any, **asked: Any) -> dict[str, Any]:
    """What `simulate` tells, what one would pay for one after the discount, and in sentences why."""
    quote = simulate(session, **asked)
    paid = None if quote.price is None else rounded(quote.price * (HUNDRED - quote.discount) / HUNDRED, 4)
    return {"price": quote.price, "discount": quote.discount, "paid": paid, "reasons": reasons(quote.explanation),
            "explanation": quote.explanation}  # fmt: skip


class PricePage(PageView):
    resource = "Price lists"
    route_base = "/price-check"
    title = _("Price check")
    method_permission_name = {"index": "view", "choices_of": "view"}

    @expose("/")
    @has_access
    def index(self) -> Any:
        """The price, the discount and every rule that was considered; nothing is stored."""
        if not mine().sees("prices"):
            raise Forbidden()
        form = PriceForm(request.args if request.args else None, meta={"csrf": False})
        answer, refusal = None, ""
        if request.args and form.validate():
            try:
                answer = priced(
                    self.appbuilder.session, customer_id=form.customer.data, product_id=form.product.data,
                    quantity=form.quantity.data, on=form.on.data, price_list_id=form.price_list.data,
                )  # fmt: skip
            except DomainError as error:
                refusal = str(error)
        return self.render_template(
            "stockbook/price_check.html", view=self, form=form, answer=answer, refusal=refusal,
            fields=[form[name] for name in ("customer", "product", "quantity", "on", "price_list")],
        )  # fmt: skip

    @expose("/choices/<column>")
    @has_access
    def choices_of(self, column: str) -> Any:
        """Customers and products while one types."""
        if column not in LARGE:
            raise Missing()
        found = ScopedInterface(LARGE[column]).choices(request.args.get("q", "")[:100], limit=30)
        return [{"value": key, "text": label} for key, label in found]
