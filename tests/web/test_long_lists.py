"""Lists and forms over long tables: no statement for a row, and no page that holds a whole table."""

import re
from collections.abc import Iterator
from typing import Any

from flask import url_for
from sqlalchemy import func, select

from app.domain.fulfilment.models import Shipment
from app.domain.kernel.orm import metadata
from app.web.kit.documents import DocumentView
from tests.traces import statements
from tests.web.companies import Shop
from tests.web.many import STRIDE, multiply, multiply_documents, unguarded
from tests.web.test_keyset import lists, rows

# Statements of a list: a user comes with roles, warehouses and desks, a product with its group, unit and tax rate.
MOST = {"/users": 10, "/products": 10}
# A page of a list and what a select offers at once.
LIMIT = 110


def lengthened(shop: Shop, times: int) -> None:
    with shop.engine.begin() as connection:
        unguarded(connection)
        for view in lists(shop):
            model: Any = view.datamodel.obj
            if isinstance(view, DocumentView):
                multiply_documents(connection, model, times)
            else:
                multiply(connection, model.__table__, times)


def test_a_page_names_the_nearest_of_what_belongs_together_and_says_how_many_more(own_shop: Shop) -> None:
    known, times = own_shop.known, 70
    with own_shop.engine.begin() as connection:
        unguarded(connection)
        multiply_documents(connection, Shipment, times)
        connection.exec_driver_sql(
            f"INSERT INTO document_link (from_id, to_id, kind) SELECT {known.performed_north}, "
            f"{known.shipment_north} + n * {STRIDE}, 'ships' FROM generate_series(1, {times}) n"
        )
    visitor, last = own_shop.visit("ada"), f"/shipments/{known.shipment_north + times * STRIDE}"

    page = visitor.get(last).text

    parts, more = trail(page), re.search(rf'href="{last}\?related=all">(\d+) more documents', page)
    assert (len(parts), parts[0].count(f'/orders/{known.performed_north}"'), parts[-1].count("<strong>")) == (60, 1, 1)
    assert more
    assert len(trail(visitor.get(f"{last}?related=all").text)) == 60 + int(more[1])


def trail(page: str) -> list[str]:
    """The documents that a page says belong together."""
    return re.findall("<li>.*?</li>", page.split('class="sb-trail"')[1].split("</ul>")[0], re.DOTALL)


def test_no_list_asks_more_for_fifty_rows_than_for_five(own_shop: Shop) -> None:
    lengthened(own_shop, 50)
    visitor, wrong, long = own_shop.visit("ada"), {}, 0
    for view in lists(own_shop):
        asked = {}
        for size in (5, 50):
            address = f"{view.route_base}/?psize_{type(view).__name__}={size}"
            visitor.get(address)
            with statements() as sent:
                page = visitor.get(address)
            assert page.status_code == 200, address
            long += len(rows(page.text)) == 50
            asked[size] = len(sent)
        if asked[5] != asked[50] or asked[50] > MOST.get(view.route_base, 9):
            wrong[view.route_base] = asked

    assert wrong == {}
    # The others cannot be long: what must be unique in them is one of a few things.
    assert long > 20


def pages(shop: Shop) -> Iterator[str]:
    """Every page that can be opened, each of a document or a card for the first that there is."""
    views = {type(view).__name__: view for view in shop.app.extensions["appbuilder"].baseviews}
    with shop.app.test_request_context():
        for rule in shop.app.url_map.iter_rules():
            view, _, action = rule.endpoint.partition(".")
            if "GET" not in (rule.methods or ()) or not hasattr(views.get(view), "resource") or action == "choices_of":
                continue
            model = getattr(views[view], "datamodel", None)
            with shop.engine.connect() as connection:
                first = connection.scalar(select(func.min(model.obj.id))) if model is not None else 1
            names = list(getattr(views[view], "steps", ())) if "name" in rule.arguments else [""]
            if rule.arguments <= {"pk", "name"} and (first is not None or "pk" not in rule.arguments):
                for name in names:
                    given = {"pk": first} if "pk" in rule.arguments else {}
                    yield url_for(rule.endpoint, **given, **({"name": name} if name else {}))


def test_no_page_holds_a_long_table_whole(own_shop: Shop) -> None:
    with own_shop.engine.begin() as connection:
        unguarded(connection)
        for table, rows in (("customer", 1), ("product", 3)):
            connection.exec_driver_sql(f"UPDATE {table} SET name = name || ' Longtable'")
            multiply(connection, metadata.tables[table], 500 // rows)
    visitor, wrong, seen = own_shop.visit("ada"), {}, 0
    for address in pages(own_shop):
        answer = visitor.get(address)
        seen += answer.status_code == 200
        if answer.status_code >= 500 or answer.text.count("Longtable") > LIMIT:
            wrong[address] = (answer.status_code, answer.text.count("Longtable"))

    assert wrong == {}
    assert seen > 100
