"""Price lists, their rows, and discounts with special prices out of files."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.domain.intake.csv_import.cards import Cards, Draft
from app.domain.intake.csv_import.cells import Field, card_field, told
from app.domain.intake.csv_import.spans import Spans
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read, write
from app.domain.kernel.values import HUNDRED, ZERO
from app.domain.pricing.models import STEPS, Discount, PriceList, PriceListRow

# As the guard of the table does: what lists follow stays as it is read until the deed ends.
HOLD_LISTS = "SELECT pg_advisory_xact_lock('price_list'::regclass::oid::bigint)"
LISTS = "SELECT id, code, base_id, currency, vat_included, is_default FROM price_list ORDER BY id"


class PriceLists(Cards):
    """A list follows another one in its currency, and one list is the default."""

    model = PriceList
    noun = "price list"
    fields = (
        card_field(PriceList, "code"),
        card_field(PriceList, "name"),
        card_field(PriceList, "currency", fixed=True),
        card_field(PriceList, "vat_included", fixed=True),
        card_field(PriceList, "base_id"),
        card_field(PriceList, "percent", low=Decimal("-99.99"), high=900),
        card_field(PriceList, "step"),
        card_field(PriceList, "less_cent"),
        card_field(PriceList, "is_default"),
        card_field(PriceList, "active"),
    )

    def check(self, draft: Draft) -> None:
        step, less_cent = draft.whole("step"), draft.whole("less_cent")
        if step is not None and step not in STEPS:
            raise Invalid(
                "step", "step: {step} is not one of {steps}.", step=told(step), steps=", ".join(map(str, STEPS))
            )
        if draft.whole("base") is None and (draft.whole("percent") or step is not None or less_cent):
            raise Invalid("derived", "base: percent, step and less_cent are for a list that follows another: name it.")
        if less_cent and step is None:
            raise Invalid("less_cent", "step: say what prices are rounded to before 0.01 is taken off.")

    def look_over(self, session: Session, drafts: Sequence[Draft]) -> None:
        write(session, HOLD_LISTS)
        lists = {row.id: row for row in read(session, LISTS)}
        above = {row.id: {row.base_id} - {None} for row in lists.values()}
        for draft in drafts:
            if draft.is_new or draft.is_changed:
                try:
                    _follow(draft, lists, above)
                except Invalid as error:
                    draft.entry.reject(error)
        given_up = {draft.before.id for draft in drafts if draft.is_changed and draft.after.get("is_default") is False}
        default = next((row.code for row in lists.values() if row.is_default and row.id not in given_up), None)
        for draft in drafts:
            was = getattr(draft.before, "is_default", False)
            if draft.is_good and draft.after.get("is_default") and not was:
                if default is None:
                    default = draft.entry.raw["code"]
                else:
                    draft.entry.reject(Invalid("other_default", "is_default: {code} is the default list: write false "
                                               "there in the same file.", code=default))  # fmt: skip

    def write(self, session: Session, drafts: Sequence[Draft], fields: Mapping[str, Field], *, by: int) -> None:
        """The list that is no longer the default gives way first."""
        first = [it for it in drafts if it.is_changed and it.before.is_default and not it.whole("is_default")]
        self.update(session, first, fields)
        super().write(session, [draft for draft in drafts if draft not in first], fields, by=by)


def _follow(draft: Draft, lists: Mapping[int, Any], above: dict[int, set[Any]]) -> None:
    """Whether a list can follow the one that it names; both what was and what shall be must not lead back to it."""
    base = lists.get(draft.after.get("base") or 0)
    if base is None or base.id == getattr(draft.before, "base", None):
        return
    if (base.currency, base.vat_included) != (draft.whole("currency"), bool(draft.whole("vat_included"))):
        raise Invalid("other_money", "base: {code} is in another currency, or the other way with VAT.", code=base.code)
    if draft.before is not None:
        reached, left = set[int](), {base.id}
        while left:
            reached |= left
            left = set[int]().union(*(above[it] for it in left)) - reached
        if draft.before.id in reached:
            raise Invalid("itself", "base: by way of {code} the list would follow itself.", code=base.code)
        above[draft.before.id] |= {base.id}


class Prices(Spans):
    """The rows of price lists."""

    model = PriceListRow
    noun = "price"
    key = ("price_list", "product", "min_quantity", "valid_from")
    needs = ("price_list", "product")
    fields = (
        card_field(PriceListRow, "price_list_id"),
        card_field(PriceListRow, "product_id"),
        card_field(PriceListRow, "min_quantity", low=0, empty=ZERO),
        card_field(PriceListRow, "price", low=0),
        card_field(PriceListRow, "valid_from"),
        card_field(PriceListRow, "valid_to"),
    )


class Discounts(Spans):
    """Of a customer or a customer group, on a product or a product group; of a product it may be a special price."""

    model = Discount
    noun = "discount"
    key = ("customer", "customer_group", "product", "product_group", "min_quantity", "valid_from")
    needs = ()
    fields = (
        card_field(Discount, "customer_id"),
        card_field(Discount, "customer_group_id"),
        card_field(Discount, "product_id"),
        card_field(Discount, "product_group_id"),
        card_field(Discount, "min_quantity", low=0, empty=ZERO),
        card_field(Discount, "percent", low=0, high=HUNDRED),
        card_field(Discount, "special_price", low=0),
        card_field(Discount, "valid_from"),
        card_field(Discount, "valid_to"),
    )

    def check(self, draft: Draft) -> None:
        super().check(draft)
        for one, other, sentence in (
            ("customer", "customer_group", "customer, customer_group: name one of them."),
            ("product", "product_group", "product, product_group: name one of them."),
            ("percent", "special_price", "percent, special_price: give one of them."),
        ):
            if (draft.whole(one) is None) == (draft.whole(other) is None):
                raise Invalid("one_of_two", sentence)
        if draft.whole("special_price") is not None and draft.whole("product") is None:
            raise Invalid("special_of_product", "special_price: it is for a product, not for a group.")
