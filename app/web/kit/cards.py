"""Writing one row of master data: in a deed of its own, once for each form, never over somebody else's change."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.domain.kernel.errors import DomainError, NotFound, Stale
from app.domain.kernel.unit import deed
from app.web.kit.forms import as_text

UNIQUE, OVERLAP, CHECK, MISSING, REQUIRED = "23505", "23P01", "23514", "23503", "23502"
# Checks over several fields say what they want.
WANTED = {
    "ck_discount_whose": lazy_gettext("Name either a customer or a customer group."),
    "ck_discount_of_what": lazy_gettext("Name either a product or a product group."),
    "ck_discount_how_much": lazy_gettext("Give either a discount or a special price."),
    "ck_discount_special_of_product": lazy_gettext("A special price is for a product, not for a group."),
    "ck_price_list_derived": lazy_gettext("Percentage and rounding are for a list that follows another: name it."),
    "ck_price_list_less_cent": lazy_gettext("Name what prices are rounded to first."),
    "ck_shop_code": lazy_gettext("The code stands in an address: letters, digits, - and _, at most 40."),
    "ck_shop_unknown_product": lazy_gettext("Name the service that unknown SKUs are taken as."),
    "ck_shop_fixed_customer": lazy_gettext("Name the customer whose orders they all are."),
}
# What the database itself holds about cards.
HELD = {
    "SB008": ("parent_id", lazy_gettext("A group cannot be inside of itself.")),
    "SB009": ("", lazy_gettext("What kind of thing it is and how it is counted is fixed: add another one instead.")),
    "SB006": ("base_id", lazy_gettext("A list follows another one in its currency, and never itself by a round way.")),
}
Assign = Callable[[Session, Any, Mapping[str, Any]], None]


class FieldErrors(Exception):
    """What the database refused, as sentences by field; "" is the whole form. `taken`: by another row."""

    def __init__(self, errors: Mapping[str, str], *, taken: bool = False) -> None:
        super().__init__(errors)
        self.errors = dict(errors)
        self.taken = taken


def add_card(model: type, values: Mapping[str, Any], key: str | None, assign: Assign) -> int:
    """Adds a row and gives its id; the same form or request sent twice under one key gives the same id.

    Raises FieldErrors, KeyReused where the key came with other values, and what `assign` refuses.
    """

    def work(session: Session) -> int:
        item = model()
        assign(session, item, values)
        session.add(item)
        session.flush()
        return int(item.id)

    # Secrets stay out of what is kept with the deed, even as a digest.
    request = {name: as_text(value) for name, value in values.items() if not _is_secret(name)}
    return _told(model, lambda: deed(work, key=key, request=[model.__name__, request]))


def _is_secret(column: str) -> bool:
    return "password" in column or "secret" in column


def change_card(model: type, pk: int, version: str, values: Mapping[str, Any], assign: Assign) -> None:
    """Changes a row that is still as it was when the form was read; raises Stale, NotFound, FieldErrors."""

    def work(session: Session) -> None:
        item = session.get(model, pk, with_for_update={"key_share": True})
        if item is None:
            raise NotFound("not_found", "It was deleted meanwhile.")
        if hasattr(item, "version") and str(item.version) != version:
            there = ", ".join(
                f"{name.removesuffix('_id').replace('_', ' ')}: {text}" for name, text in _differs(item, values)
            )
            raise Stale(
                "stale",
                "Somebody else saved this meanwhile; there now ({there}). What you typed is kept: "
                "look at it, and save again if it shall replace theirs.",
                there=there or "the same values",
                version=item.version,
            )
        assign(session, item, values)
        if hasattr(item, "version"):
            item.version += 1
        session.flush()

    _told(model, lambda: deed(work))


def _differs(item: Any, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What stands in a row otherwise than in these values; of other rows, what they are called."""
    for name, value in values.items():
        if _is_secret(name):
            continue
        there = getattr(item, name)
        if isinstance(there, list):
            if {row.id for row in there} != set(value or ()):
                yield name, as_text(", ".join(map(str, there)))
        elif there != value:
            yield name, as_text(there)


def delete_card(model: type, pk: int) -> None:
    """Deletes a row that nothing refers to; raises DomainError where something does."""

    def work(session: Session) -> None:
        item = session.get(model, pk)
        if item is not None:
            session.delete(item)
            session.flush()

    try:
        deed(work)
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", "") != MISSING:
            raise
        raise DomainError("in_use", "It is used elsewhere and stays. Take away its tick at Active instead.") from None


def _told(model: Any, work: Callable[[], Any]) -> Any:
    try:
        return work()
    except DBAPIError as error:
        told = _sentence(model.__table__, error.orig)
        if told is None:
            raise
        taken = getattr(error.orig, "sqlstate", "") in (UNIQUE, OVERLAP)
        raise FieldErrors(dict([told]), taken=taken) from None


def _sentence(table: Any, error: Any) -> tuple[str, str] | None:
    """Which field a constraint speaks of, and what it says; None where it is not the person's doing."""
    if error.sqlstate in HELD:
        field, sentence = HELD[error.sqlstate]
        return field, str(sentence)
    name = error.diag.constraint_name or ""
    field = re.sub(rf"^((uq|ex|ck|fk)_)?{table.name}_", "", name).removesuffix("_exact").removesuffix("_key")
    if field not in table.columns:
        field = ""
    if error.sqlstate == UNIQUE:
        return field, gettext("There is one with this already.")
    if error.sqlstate == OVERLAP:
        return "", gettext("Its dates overlap another row of the same: end that one first, or choose other dates.")
    if name in WANTED:
        return "", str(WANTED[name])
    if error.sqlstate == CHECK:
        return field, gettext("This value is not possible here.")
    if error.sqlstate == REQUIRED:
        return error.diag.column_name or "", gettext("This is needed.")
    if error.sqlstate == MISSING:
        return field, gettext("This does not exist any more.")
    return None
