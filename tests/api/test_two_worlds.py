"""Two companies that differ only in what somebody does not see look the same to them, whatever is read, searched,
ordered, narrowed, taken out or foreseen: prices and costs, or what is of other desks. It asks thousands
of questions: only `make torture` does.
"""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.domain.kernel.orm import Exact, Money, Price, metadata
from app.domain.lifecycles import LIFECYCLES
from app.web import roles
from app.web.kit.documents import DocumentView
from app.web.kit.views import MasterView
from tests.api.conftest import Caller
from tests.api.least import every_operation, least_body
from tests.api.test_attacks import only
from tests.conftest import Postgres
from tests.web.companies import Shop, opened
from tests.web.many import unguarded
from tests.web.shop import Known, Visitor

Question = tuple[str, str, Any]
VOLATILE = re.compile(
    r'name="(csrf_token|form_key)"[^>]*value="[^"]*"|name="csrf-token" content="[^"]*"|"at":"[^"]*"|nonce-[^"\']*'
    r'|data-left="\d+"'
)
ROWS = 12
QUERIES = ("format=csv", "least=30", "most=30", "payment=paid", "overdue=yes", "q=30")


def reprice(shop: Shop) -> None:
    """Gives every amount another value, and rows another order by them."""
    _multiply(shop, '(2 + "id" * 5 % 7)')


def double(shop: Shop) -> None:
    """Gives every amount twice its value, so that the books still agree with each other."""
    _multiply(shop, "2")


def _multiply(shop: Shop, each: str) -> None:
    with shop.engine.begin() as connection:
        unguarded(connection)
        for table in metadata.sorted_tables:
            amounts = [one.name for one in table.columns if isinstance(one.type, (Money, Price)) and not one.computed]
            numbered = "id" in table.columns and table.columns["id"].type.python_type is int
            factor = each if numbered else each.replace('"id"', "1")
            if amounts:
                sets = ", ".join(f'"{name}" = "{name}" * {factor}' for name in amounts)
                connection.execute(text(f'UPDATE "{table.name}" SET {sets}'))


def elsewhere(place: str, column: str, documents: str) -> Callable[[Shop], None]:
    """Gives all numbers and notes of a place other values: its own rows, and those of its documents (a table)."""

    def change(shop: Shop) -> None:
        own = f"SELECT id FROM {documents} WHERE {column} = {shop.known.ids[place]}"
        if documents == "document":
            own += " AND kind <> 'internal_order'"
        with shop.engine.begin() as connection:
            unguarded(connection)
            for table in metadata.sorted_tables:
                sets = [f'"{one.name}" = "{one.name}" * 3' for one in table.columns
                        if isinstance(one.type, Exact) and not one.computed]  # fmt: skip
                sets += ["note = 'elsewhere'"] if "note" in table.columns else []
                which = [f'"{one.name}" IN ({own})' for one in table.columns if _leads_to_document(one)]
                if column in table.columns:
                    which.append(f'"{column}" = {shop.known.ids[place]}')
                if sets and which:
                    connection.execute(text(f'UPDATE "{table.name}" SET {", ".join(sets)} WHERE {" OR ".join(which)}'))

    return change


def _leads_to_document(column: Any) -> bool:
    """Whether a column names the document that its row is, or is a part of."""
    kinds = {one.kind for one in LIFECYCLES}
    names = {key.column.table.name for key in column.foreign_keys if key.column.name == "id"}
    if column.table.name in kinds:
        return bool(column.name == "id")
    return column.name not in ("target_id", "transfer_id") and bool(names & {"document", *kinds})


def rows_of(shop: Shop, view: Any) -> list[int]:
    """Ids that are tried where an address names one."""
    model = getattr(getattr(view, "datamodel", None), "obj", None)
    if model is None:
        return sorted(shop.known.ids.values())[:ROWS]
    with shop.engine.connect() as connection:
        return list(connection.scalars(select(model.id).order_by(model.id).limit(ROWS)))


def amounts_of(view: Any) -> list[str]:
    """What of a screen tells of amounts, or might."""
    table = view.datamodel.obj.__table__.columns
    told = {name for name, one in getattr(view, "columns", {}).items() if one.needs or one.numeric}
    cards = {*getattr(view, "prices", ()), *getattr(view, "costs", ())}
    return sorted(told | cards | {one.name for one in table if isinstance(one.type, (Money, Price))})


def of_screens(shop: Shop, views: dict[str, Any]) -> Iterator[Question]:
    for rule in shop.app.url_map.iter_rules():
        view = views.get(rule.endpoint.partition(".")[0])
        known = rule.arguments <= {"pk", "name"} and not re.match("/(api|logout|live|lang|back|account)", rule.rule)
        if "GET" in (rule.methods or ()) and known:
            for name in list(getattr(view, "steps", ())) if "name" in rule.arguments else [""]:
                for pk in rows_of(shop, view) if "pk" in rule.arguments else [0]:
                    yield "GET", rule.rule.replace("<id:pk>", str(pk)).replace("<name>", name), None
    for view in views.values():
        if isinstance(view, (DocumentView, MasterView)):
            its, root = type(view).__name__, f"{view.route_base}/"
            yield from (("GET", f"{root}?{query}", None) for query in QUERIES)
            for column in amounts_of(view):
                yield "GET", f"{root}?_oc_{its}={column}&_od_{its}=asc", None
                yield "GET", f"{root}?_flt_1_{column}=30", None


def of_programs(shop: Shop, views: dict[str, Any]) -> Iterator[Question]:
    for endpoint, one in every_operation(shop.app).items():
        api = views[endpoint.partition(".")[0]]
        view, rule = getattr(api, "view", None), f"/api/v1/{api.resource_name}{one.rule}".replace("<code>", "1200")
        for pk in rows_of(shop, view) if "<id:pk>" in rule else [0]:
            address = rule.replace("<id:pk>", str(pk))
            if one.method == "GET":
                yield from ((method, address, None) for method in ("GET", "CSV"))
            elif one.method == "POST" and "preview" in one.query._declared_fields:
                yield "POST", f"{address}?preview=true", least_body(one)
        if view is not None and one.name == "list":
            for column in amounts_of(view):
                yield "GET", f"{rule}?q=(order_column:{column})", None
                yield "GET", f"{rule}?q=(filters:!((col:{column},opr:ge,value:'30')))", None


def answers(shop: Shop, person: str) -> dict[tuple[str, str], tuple[int, str]]:
    """What somebody is told, by what they asked."""
    views = {type(view).__name__: view for view in shop.app.extensions["appbuilder"].baseviews}
    # The audit tells who signed in: to both companies in the same way.
    visitor, caller, told = Visitor(shop.app, person), Caller(shop, None), {}
    caller.sign_in(person)
    for method, address, body in [*of_screens(shop, views), *of_programs(shop, views)]:
        if address.startswith("/api/"):
            headers = caller.headers | ({"Accept": "text/csv"} if method == "CSV" else {})
            method_ = method.replace("CSV", "GET")
            answer = caller.client.open(address, method=method_, json=body, headers=headers)
        else:
            answer = visitor.get(address)
        told[method, address] = answer.status_code, VOLATILE.sub("", answer.get_data(as_text=True))
        answer.close()
    return told


# Documents and cards that tell something besides amounts; all of it may be seen, and goods be moved too.
TOLD = (
    "Orders", "Invoices", "Settlement", "Credit notes", "Customers", "Products", "Price lists", "Payment terms",
    "Tax rates", "Warehouses", "Cash desks", "Bank accounts", "E-shop inbox", "Shops", "Jobs", "Reports",
    "Every warehouse",
)  # fmt: skip
MOVED = ("Shipments", "Receipts", "Opening stock", "Stock counts", "Write-offs", "Internal orders", "Returns", "Stock")


def without_amounts(shop: Shop) -> None:
    """Gives the storekeeper a role that was made here, and that sees everything but amounts."""
    rights = [("view", resource) for resource in TOLD]
    rights += [(right, resource) for resource in MOVED for right in roles.rights_of(resource)]
    only(shop, "ken", *rights)


# Who looks at both, how they came to that, and how the other differs.
WORLDS: dict[str, tuple[str, Callable[[Shop], None], Callable[[Shop], None]]] = {
    "a storekeeper sees no amounts": ("ken", lambda shop: None, reprice),
    "a role of one's own sees no amounts": ("ken", without_amounts, double),
    "a cashier sees their own desk": ("cat", lambda shop: None, elsewhere("south_desk", "cash_desk_id", "cash_order")),
}


@pytest.mark.skipif("STOCKBOOK_TORTURE" not in os.environ, reason="it asks thousands of questions: make torture")
@pytest.mark.parametrize("which", WORLDS)
def test_two_companies_that_differ_only_in_what_somebody_does_not_see_look_the_same_to_them(
    postgres: Postgres, seeded: tuple[str, Known], program: Flask, which: str
) -> None:  # fmt: skip
    seen, (person, prepare, differ) = [], WORLDS[which]
    for world in ("one", "other"):
        with opened(postgres, seeded, program, f"{world}_{os.getpid()}") as shop:
            prepare(shop)
            if world == "other":
                differ(shop)
            seen.append(answers(shop, person))
    one, other = seen

    assert [asked for asked in one if one[asked] != other[asked]] == []
    assert [asked for asked, (status, _) in one.items() if status >= 500] == []
    assert sum(status == 200 for status, _ in one.values()) > 150
