"""Lines that are written by hand, over the API: services, goods that are let cheaper, and texts on an account."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from marshmallow import fields, validate

from app.domain.billing.freelines import FreeLine
from app.domain.catalog.models import Product, TaxRate
from app.domain.ledger.models import Account
from app.domain.parties.models import TAX_REGIMES
from app.web.kit.by_hand import MOST_LINES
from app.web.kit.rest.fields import Choice, Exact, Key, Text
from app.web.kit.rest.reading import schema_of


def free_line_schema(name: str, *, services: bool) -> fields.Field:
    """The lines of a document by hand; of some only services, of others also goods."""
    its = {
        "product": Key(Product, only=("kind", "service") if services else None, load_default=None, allow_none=True),
        "text": Text(load_default=""), "account": Key(Account, load_default=None, allow_none=True),
        "tax_rate": Key(TaxRate, load_default=None, allow_none=True), "quantity": Exact(3, load_default=Decimal(1)),
        "unit_price": Exact(4, required=True), "discount": Exact(2, load_default=Decimal(0)),
    }  # fmt: skip
    return fields.List(fields.Nested(schema_of(name, its)), required=True, validate=validate.Length(1, MOST_LINES))


def tax_regime_field() -> fields.Field:
    """The tax regime of a document by hand; none is the customer's."""
    return Choice(TAX_REGIMES, load_default=None, allow_none=True)


def free_lines(given: Iterable[dict[str, Any]]) -> list[FreeLine]:
    """What the domain takes of such lines."""
    return [
        FreeLine(line["quantity"], line["unit_price"], line["discount"], line["product"], line["text"],
                 line["account"], line["tax_rate"])
        for line in given
    ]  # fmt: skip
