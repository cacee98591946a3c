"""What may become of the cards of goods: products, their groups, their units."""

from collections import defaultdict
from collections.abc import Mapping
from contextlib import nullcontext

from sqlalchemy.orm import Session

from app.domain.catalog.models import Product, ProductGroup, Unit
from app.domain.kernel.errors import Invalid, NotFound
from app.domain.kernel.rows import read
from app.domain.warehousing.inventory_accounts import value_follows

Card = Product | ProductGroup | Unit
Values = Mapping[str, object]

# What a column points to, and the role of the account that it takes.
POINTS = {
    "group_id": ("product_group", None), "parent_id": ("product_group", None), "unit_id": ("unit", None),
    "tax_rate_id": ("tax_rate", None), "inventory_account_id": ("account", "inventory"),
    "cost_account_id": ("account", "cost_of_sales"), "revenue_account_id": ("account", "revenue"),
}  # fmt: skip
CHOICES = """
SELECT 'product_group' AS kind, id, code, active, NULL AS role FROM product_group
WHERE id = ANY(%(product_group)s::bigint[])
UNION ALL SELECT 'unit', id, code, active, NULL FROM unit WHERE id = ANY(%(unit)s::bigint[])
UNION ALL SELECT 'tax_rate', id, code, active, NULL FROM tax_rate WHERE id = ANY(%(tax_rate)s::bigint[])
UNION ALL SELECT 'account', id, code, active, role FROM account WHERE id = ANY(%(account)s::bigint[])
"""
ABOVE = """
WITH RECURSIVE above (id, parent_id) AS (
    SELECT id, parent_id FROM product_group WHERE id = %(parent)s
    UNION
    SELECT outer_group.id, outer_group.parent_id
    FROM product_group outer_group JOIN above ON outer_group.id = above.parent_id
)
SELECT id FROM above WHERE id = %(id)s
"""
FIXED = {Product: ("kind", "unit_id"), Unit: ("decimals",), ProductGroup: ()}


def change_product(session: Session, product: Product, values: Values, *, by: int) -> None:
    """Writes values of a product's card by their names; in another group it may be on another inventory account.

    Raises Invalid where kind or unit would change and for what is archived, NotFound for what does not exist, and
    DomainError where its stock should go over on a day of a closed period.
    """
    _change(session, product, values, ("group_id",), by=by)


def change_group(session: Session, group: ProductGroup, values: Values, *, by: int) -> None:
    """Writes values of a group's card by their names; products in it and below may be on another inventory account.

    Raises Invalid where it would be inside of itself and for an account of another role; else as change_product does.
    """
    parent = values.get("parent_id")
    if parent is not None and group.id is not None and read(session, ABOVE, id=group.id, parent=parent):
        raise Invalid("inside_itself", "{code}: a group cannot be inside of itself.", code=group.code)
    _change(session, group, values, ("parent_id", "inventory_account_id"), by=by)


def change_unit(session: Session, unit: Unit, values: Values) -> None:
    """Writes values of a unit's card by their names; raises Invalid where its decimals would change."""
    _check(session, unit, values)
    _assign(unit, values)


def _change(
    session: Session, card: Product | ProductGroup, values: Values, deciding: tuple[str, ...], *, by: int
) -> None:
    _check(session, card, values)
    on_another_account = card.id is not None and bool(_changed(card, values).keys() & set(deciding))
    with value_follows(session, by=by) if on_another_account else nullcontext():
        _assign(card, values)


def _assign(card: Card, values: Values) -> None:
    for name, value in values.items():
        setattr(card, name, value)


def _changed(card: Card, values: Values) -> dict[str, object]:
    return {name: value for name, value in values.items() if value != getattr(card, name)}


def _check(session: Session, card: Card, values: Values) -> None:
    changed = _changed(card, values)
    if card.id is not None and not changed.keys().isdisjoint(FIXED[type(card)]):
        raise Invalid(
            "fixed_measure", "What kind of thing {card} is and how it is counted is fixed: add another one instead.",
            card=str(card),
        )  # fmt: skip
    chosen = {name: value for name, value in changed.items() if name in POINTS and value is not None}
    ids: dict[str, list[object]] = defaultdict(list, {kind: [] for kind, _ in POINTS.values()})
    for name, value in chosen.items():
        ids[POINTS[name][0]].append(value)
    found = {(row.kind, row.id): row for row in read(session, CHOICES, **ids)} if chosen else {}
    for name, value in chosen.items():
        kind, role = POINTS[name]
        row = found.get((kind, value))
        if row is None:
            raise NotFound("no_such_choice", "There is no {kind} {id}.", kind=kind.replace("_", " "), id=value)
        if not row.active:
            raise Invalid("archived_choice", "{code} is archived: choose another.", code=row.code)
        if row.role != role:
            raise Invalid(
                "other_role", "{code} has the role {found}; this needs an account with the role {wanted}.",
                code=row.code, found=row.role, wanted=role,
            )  # fmt: skip
