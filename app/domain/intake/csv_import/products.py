"""Products out of a file, by SKU."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from sqlalchemy.orm import Session

from app.domain.catalog.models import PRODUCT_KINDS, Product
from app.domain.intake.csv_import.cards import Cards, Draft
from app.domain.intake.csv_import.cells import Field, card_field
from app.domain.kernel.errors import DomainError
from app.domain.warehousing.inventory_accounts import value_follows


class Products(Cards):
    """What kind of thing a product is and how it is counted is fixed, as on its card."""

    model = Product
    noun = "product"
    key = ("sku",)
    needs = ("sku",)
    fields = (
        card_field(Product, "sku"),
        card_field(Product, "name"),
        card_field(Product, "kind", words=PRODUCT_KINDS, fixed=True),
        card_field(Product, "group_id"),
        card_field(Product, "unit_id", fixed=True),
        card_field(Product, "tax_rate_id"),
        card_field(Product, "planned_cost"),
        card_field(Product, "active"),
    )

    def write(self, session: Session, drafts: Sequence[Draft], fields: Mapping[str, Field], *, by: int) -> None:
        """In another group goods may be on another inventory account: their value goes there too."""
        moved = [draft for draft in drafts if draft.is_changed and "group" in {name for name, _, _ in draft.changes}]
        with ExitStack() as stack:
            if moved:
                try:
                    stack.enter_context(value_follows(session, by=by))
                except DomainError as closed:
                    for draft in moved:
                        draft.entry.reject(closed)
            super().write(session, drafts, fields, by=by)
