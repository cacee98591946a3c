"""Previews of steps: what was typed and what was emptied stays, nothing is stored, and nothing long is an address."""

import re

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.shop import Visitor
from tests.web.test_documents import AGREED
from tests.web.test_settlement import act
from tests.web.test_ways import written

PREVIEW = {"preview": "1"}


def quantities(page: str) -> dict[str, str]:
    """What the fields of lines say."""
    return dict(re.findall(r'name="(quantity_\d+)"[^>]* value="([^"]*)"', page))


def shipped(shop: Shop, visitor: Visitor) -> str:
    """The address of a shipment of two lines that left."""
    known = shop.known
    order = written(visitor, (known.bolt, "3"), (known.bolt, "2"), shop=shop)
    visitor.post(f"{order}/approve", AGREED)
    with Session(shop.engine) as session:
        sql = "SELECT id FROM shipment WHERE order_id = %(id)s"
        [shipment] = read(session, sql, id=int(order.rsplit("/", 1)[1]))
    visitor.post(f"/shipments/{shipment.id}/process", {"rest": "back_order"})
    return f"/shipments/{shipment.id}"


def test_a_line_that_was_emptied_does_not_come_back(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    address = f"{shipped(own_shop, visitor)}/return"
    first, second = quantities(visitor.get(address).text)

    preview = visitor.post(address, PREVIEW | {first: "3", second: ""})
    refused = visitor.post(address, {first: "9", second: ""})
    nothing = visitor.post(address, {first: "", second: " "})
    visitor.post(address, {first: "3", second: ""})

    assert (quantities(preview.text), quantities(refused.text)) == ({first: "3", second: ""}, {first: "9", second: ""})
    assert (preview.status_code, refused.status_code, nothing.status_code) == (200, 409, 409)
    assert "Nothing comes back: enter the quantity of at least one line." in nothing.text
    with Session(own_shop.engine) as session:
        sql = "SELECT return_id, quantity FROM customer_return_line WHERE shipment_line_id = ANY(%(ids)s::bigint[])"
        back = read(session, sql, ids=[int(name.rpartition("_")[2]) for name in (first, second)])
    assert [int(row.quantity) for row in back] == [3]


def test_what_an_emptied_field_means_is_told_where_it_means_the_whole_line(own_shop: Shop) -> None:
    visitor, shipment = own_shop.visit("ada"), own_shop.known.draft_shipment
    address = f"/shipments/{shipment}/process"
    fields = quantities(visitor.get(address).text)

    page = visitor.post(address, PREVIEW | dict.fromkeys(fields, "")).text

    assert quantities(page) == dict.fromkeys(fields, "")
    assert "An empty field means the quantity that stood in it." in page
    assert "An empty field" not in visitor.get(f"/shipments/{own_shop.known.shipment}/return").text


def test_a_day_that_was_emptied_stays_empty(own_shop: Shop) -> None:
    address, days = f"/orders/{own_shop.known.active}/approve", r'name="promised_on_\d+" value="([^"]*)"'
    visitor = own_shop.visit("ada")
    [field] = re.findall(r'name="(promised_on_\d+)"', visitor.get(address).text)

    assert re.findall(days, visitor.post(address, PREVIEW | AGREED | {field: "2030-02-01"}).text) == ["2030-02-01"]
    assert re.findall(days, visitor.post(address, PREVIEW | AGREED | {field: ""}).text) == [""]


def test_a_preview_is_sent_as_the_step_is_and_stores_nothing(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("ada"), own_shop.known
    address = f"/shipments/{known.draft_shipment}/process"
    page = visitor.get(address).text
    fields = quantities(page)
    before = checksums(own_shop.engine)

    told = visitor.post(address, PREVIEW | fields | {next(iter(fields)): "2"})
    beyond = visitor.post(address, PREVIEW | fields | {next(iter(fields)): "99"})
    mistyped = visitor.post(address, PREVIEW | fields | {next(iter(fields)): "many"})

    assert 'formmethod="get"' not in page
    assert (told.status_code, beyond.status_code, mistyped.status_code) == (200, 200, 200)
    assert re.search(r'96<span class="arrow">→</span><strong>94</strong>', told.text)
    assert ("more than" in beyond.text, "is not a number" in mistyped.text) == (True, True)
    assert checksums(own_shop.engine) == before
    assert visitor.post(f"/shipments/{known.shipment}/process", PREVIEW).location == f"/shipments/{known.shipment}"


def test_what_a_release_would_do_is_asked_as_the_release_is(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    address = f"/settlement/acts/{act(own_shop)}/release"
    page = visitor.get(address).text
    before = checksums(own_shop.engine)

    told = visitor.post(address, PREVIEW | {"on": "", "reason": ""})

    assert ('formmethod="get"' in page, told.status_code) == (False, 200)
    assert checksums(own_shop.engine) == before
