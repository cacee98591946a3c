"""Documents whose lines are written by hand: services, and texts on an account, with quantities and prices."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from flask import abort, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.domain.billing.freelines import FREE_ROLES, FreeLine
from app.domain.catalog.models import Product, TaxRate
from app.domain.kernel.errors import DomainError, Invalid, Refused
from app.domain.kernel.rows import read
from app.domain.kernel.values import exact
from app.domain.ledger.models import Account
from app.domain.parties.models import Customer
from app.web.kit.drafting import TWICE, Cell, Subject, doubled, filled_in
from app.web.kit.meanwhile import texts_there
from app.web.kit.onward import onward
from app.web.kit.scope import ScopedInterface, as_id
from app.web.kit.writing import Store, WritingView

MOST_LINES = 200
EMPTY_LINES = 3
# The fields of a line as they are told.
CELLS = (
    Cell("text", _("Text"), 0, kind="text"), Cell("account", _("Account"), 0, kind="text"),
    Cell("tax_rate", _("VAT"), 0, kind="text"), Cell("quantity", _("Quantity"), 3),
    Cell("price", _("Price"), 4, money=True), Cell("discount", _("Discount, %"), 2),
)  # fmt: skip
NUMBERS = (("quantity", _("Quantity")), ("price", _("Price")), ("discount", _("Discount, %")))
FIELDS = ("product", "text", "account", "tax_rate", *(name for name, _label in NUMBERS))
# A product's own name is no text that somebody typed.
WRITTEN = """
SELECT line.position AS place, line.product_id AS product, coalesce(product.sku || ' ' || product.name, '') AS label,
       CASE WHEN line.name = product.name OR line.name IN (SELECT value FROM jsonb_each_text(product.translations))
            THEN '' ELSE line.name END AS text,
       line.account_id AS account, line.tax_rate_id AS tax_rate, trim_scale({quantity})::text AS quantity,
       trim_scale({price})::text AS price, trim_scale(line.discount)::text AS discount
FROM {table} line LEFT JOIN product ON product.id = line.product_id
WHERE line.{parent} = %(id)s ORDER BY line.position
"""


class ByHandView(WritingView, abstract=True):
    """A document view with a page on which lines are written by hand. A subclass says what is made of them.

    `written` selects the lines of a draft, as WRITTEN does; `about` and `hint` say what a line is about, and `only`
    keeps the products to rows like that.
    """

    written: ClassVar[str]
    about: ClassVar[Any] = _("Service")
    hint: ClassVar[Any] = _("A service, or a text on an account. Without VAT it is outside VAT.")
    only: ClassVar[tuple[str, str] | None] = ("kind", "service")
    method_permission_name = {**WritingView.method_permission_name, "new": "edit", "choices_of": "edit"}

    @abstractmethod
    def made_by_hand(self, form: Any, lines: Sequence[FreeLine]) -> Any:
        """What the domain takes: the new document, from what was typed."""

    @expose("/choices/<column>")
    @has_access
    def choices_of(self, column: str) -> Any:
        """What may be chosen in a field that points to a long table, as JSON."""
        tables = {"customer": (Customer, None), "product": (Product, self.only)}
        if column not in tables:
            abort(404)
        table, only = tables[column]
        found = ScopedInterface(table).choices(request.args.get("q", "")[:100], limit=30, only=only)
        return [{"value": key, "text": label} for key, label in found]

    def by_hand(self, form: Any, store: Store, pk: int | None) -> Any:
        """Shows a form with lines, and writes down what was typed."""
        posted = request.method == "POST"
        rows = _rows(request.form) if posted else self._lines_of(pk)
        errors: dict[str, str] = {}
        if posted and form.validate():
            try:
                if doubled(request.form):
                    raise Invalid("line_twice", str(TWICE))
                new = self.made_by_hand(form, [_free_line(row) for row in rows])
                return self.written_down(form, new, store, rows, pk, lambda its: self._there(rows, its))
            except (DomainError, Refused) as refusal:
                errors[""] = self.told(form, refusal)
        first = max([row["place"] for row in rows], default=-1) + 1
        page = self.render_template(
            "stockbook/free.html", view=self, form=form, errors=errors, title=self.page_title(pk),
            back=self.back_to(pk), rows=[*rows, *({"place": first + i} for i in range(EMPTY_LINES))],
            accounts=_accounts(), tax_rates=ScopedInterface(TaxRate).choices(), numbers=NUMBERS, then=onward(self),
        )  # fmt: skip
        return page, 422 if posted else 200

    def _lines_of(self, pk: int | None) -> list[dict[str, Any]]:
        rows = () if pk is None else read(self._session, self.written, id=pk)
        return [filled_in(CELLS, row._asdict()) for row in rows]

    def _there(self, rows: Sequence[Mapping[str, Any]], pk: int) -> list[str]:
        """The lines of a draft as they are by now, where they are not those that were typed."""
        names = {"account": dict(_accounts()), "tax_rate": dict(ScopedInterface(TaxRate).choices())}

        def told(row: Mapping[str, Any]) -> dict[str, Any]:
            chosen = {field: choices.get(as_id(str(row[field] or "")), "") for field, choices in names.items()}
            discount = str(row["discount"] or "")
            usual = {"quantity": row["quantity"] or "1", "discount": discount if discount.strip("0.") else ""}
            return {**row, **chosen, **usual}

        subject = Subject("product", self.about, Product, "", needed=False)
        return texts_there(subject, CELLS, [told(row) for row in rows], [told(row) for row in self._lines_of(pk)])


def _accounts() -> list[tuple[int, str]]:
    """The accounts that a text may be on."""
    return [its for role in FREE_ROLES for its in ScopedInterface(Account).choices(only=("role", role), limit=200)]


def _rows(given: Mapping[str, str]) -> list[dict[str, Any]]:
    """The lines somebody typed, as texts; a line with nothing in it is none."""
    places = sorted({int(match[1]) for name in given if (match := re.fullmatch(r"[a-z_]+_(\d{1,4})", name))})
    if len(places) > MOST_LINES:
        abort(413)
    rows = []
    for place in places:
        row: dict[str, Any] = {name: given.get(f"{name}_{place}", "").strip() for name in FIELDS}
        if any(row.values()):
            product = as_id(row["product"])
            found = ScopedInterface(Product).get(product) if product else None
            rows.append(row | {"place": place, "label": str(found or "")})
    return rows


def _free_line(row: Mapping[str, Any]) -> FreeLine:
    def number(name: str, decimals: int, label: str, usual: str) -> Decimal:
        return exact(str(row[name]) or usual, decimals, label)

    def key(name: str) -> int | None:
        text = str(row[name] or "")
        if text and as_id(text) is None:
            raise Invalid("not_a_choice", gettext("This is not one of the choices."))
        return as_id(text)

    return FreeLine(
        number("quantity", 3, gettext("Quantity"), "1"), number("price", 4, gettext("Price"), ""),
        number("discount", 2, gettext("Discount, %"), "0"), key("product"), str(row["text"]), key("account"),
        key("tax_rate"),
    )  # fmt: skip
