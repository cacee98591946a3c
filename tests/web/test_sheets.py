"""Pages on which the numbers of a draft's lines are filled in: count sheets, and what leaves with a shipment."""

import re

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read, write
from app.domain.warehousing.sheets import NewCount, add_counts
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.shop import Visitor, hidden


def form(visitor: Visitor, address: str) -> dict[str, str]:
    """What a sheet says, by the names of its fields; its first line is `first`, and so on."""
    page = visitor.get(address).text
    return dict(re.findall(r'name="(\w+_\d+)" value="([^"]*)"', page)) | {"version": hidden(page)["version"]}


def leaving(shop: Shop, shipment: int) -> list[int]:
    sql = "SELECT quantity FROM shipment_line WHERE shipment_id = %(id)s ORDER BY position"
    with Session(shop.engine) as session:
        return [int(row.quantity) for row in read(session, sql, id=shipment)]


def test_what_leaves_is_lowered_on_the_draft_and_offered_when_it_is_processed(own_shop: Shop) -> None:
    visitor, shipment = own_shop.visit("sue"), own_shop.known.draft_shipment
    address = f"/shipments/{shipment}"
    its = form(visitor, f"{address}/fill")
    bolts, care = (name for name in its if name.startswith("quantity_"))

    answer = visitor.post(f"{address}/fill", its | {bolts: "2", care: "0"})

    assert ((its[bolts], its[care]), answer.location, leaving(own_shop, shipment)) == (("5", "1"), address, [2, 0])
    page = visitor.get(f"{address}/process").text
    assert re.findall(r'name="quantity_\d+"[^>]* value="(\d)"', page) == ["2", "0"]
    visitor.post(f"{address}/process", {"rest": "back_order"})
    with Session(own_shop.engine) as session:
        sql = "SELECT id FROM shipment WHERE order_id = %(order)s AND state = 'draft'"
        [rest] = read(session, sql, order=own_shop.known.approved)
    assert leaving(own_shop, rest.id) == [3, 1]


def test_a_storekeeper_edits_in_their_own_warehouse_and_meets_no_price(own_shop: Shop) -> None:
    keeper, known = own_shop.visit("ken"), own_shop.known
    address = f"/shipments/{known.draft_shipment_north}/fill"
    page = keeper.get(address).text
    its = form(keeper, address)

    answer = keeper.post(address, its | {next(iter(its)): "3"})

    assert ("Still to be shipped" in page, "2.50" in page, "17.50" in page) == (True, False, False)
    assert (answer.status_code, leaving(own_shop, known.draft_shipment_north)) == (302, [3])
    assert keeper.get(f"/shipments/{known.draft_shipment}/fill").status_code == 404


@pytest.mark.parametrize(("person", "document"), [("sue", "draft_shipment_north"), ("ada", "shipment")])
def test_what_one_may_not_edit_is_shown_and_stays(own_shop: Shop, person: str, document: str) -> None:
    visitor, shipment = own_shop.visit(person), own_shop.known.ids[document]
    before = checksums(own_shop.engine)

    answer = visitor.post(f"/shipments/{shipment}/fill", {"version": "1", "quantity_1": "1"})

    assert (answer.status_code, answer.location) == (302, f"/shipments/{shipment}")
    assert checksums(own_shop.engine) == before


def test_an_emptied_line_is_left_alone(own_shop: Shop) -> None:
    visitor, shipment = own_shop.visit("ada"), own_shop.known.draft_shipment
    its = form(visitor, f"/shipments/{shipment}/fill")
    bolts, care = (name for name in its if name.startswith("quantity_"))

    visitor.post(f"/shipments/{shipment}/fill", its | {bolts: "", care: "0"})

    assert leaving(own_shop, shipment) == [5, 0]


@pytest.mark.parametrize(
    ("typed", "said"),
    [("6", "more than the 5 still to be shipped"), ("-1", "must not be negative"), ("1.5", "more than 0 decimals"),
     ("many", "is not a number"), ("9" * 400, "is not a usable number")],
)  # fmt: skip
def test_a_quantity_that_cannot_be_is_told_and_kept_in_its_field(own_shop: Shop, typed: str, said: str) -> None:
    visitor, shipment = own_shop.visit("ada"), own_shop.known.draft_shipment
    its = form(visitor, f"/shipments/{shipment}/fill")

    answer = visitor.post(f"/shipments/{shipment}/fill", its | {next(iter(its)): typed})

    assert (answer.status_code, said in answer.text, f'value="{typed}"' in answer.text) == (422, True, True)
    assert leaving(own_shop, shipment) == [5, 1]


def test_a_line_of_another_shipment_is_told(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("ada"), own_shop.known
    other = form(visitor, f"/shipments/{known.draft_shipment_north}/fill")

    answer = visitor.post(f"/shipments/{known.draft_shipment}/fill", other | {"version": "1"})

    assert (answer.status_code, "are not of this shipment" in answer.text) == (422, True)


def test_what_somebody_else_saved_meanwhile_stays(own_shop: Shop) -> None:
    visitor, shipment = own_shop.visit("ada"), own_shop.known.draft_shipment
    its = form(visitor, f"/shipments/{shipment}/fill")
    first = next(iter(its))
    visitor.post(f"/shipments/{shipment}/fill", its | {first: "3"})

    answer = visitor.post(f"/shipments/{shipment}/fill", its | {first: "1"})

    assert ("Ada Example saved this meanwhile" in answer.text, leaving(own_shop, shipment)) == (True, [3, 1])


@pytest.mark.parametrize("version", ["", "x", "9" * 25])
def test_a_version_that_is_none_is_a_bad_request(own_shop: Shop, version: str) -> None:
    visitor, shipment = own_shop.visit("ada"), own_shop.known.draft_shipment

    assert visitor.post(f"/shipments/{shipment}/fill", {"version": version, "quantity_1": "1"}).status_code == 400


def test_a_form_without_lines_is_told(own_shop: Shop) -> None:
    visitor, shipment = own_shop.visit("ada"), own_shop.known.draft_shipment

    answer = visitor.post(f"/shipments/{shipment}/fill", {"version": "1", f"quantity_{'9' * 30}": "1"})

    assert (answer.status_code, "Nothing came with the form." in answer.text) == (422, True)


def test_a_storekeeper_writes_down_what_was_counted_and_the_cost_that_others_typed_stays(own_shop: Shop) -> None:
    known = own_shop.known
    with Session(own_shop.engine) as session, session.begin():
        [count] = add_counts(session, [NewCount(known.north)], by=1)
        write(session, "UPDATE stock_count_line SET unit_cost = 7 WHERE count_id = %(id)s", id=count)
    keeper, address = own_shop.visit("ken"), f"/counts/{count}/fill"
    its = form(keeper, address)
    field = next(iter(its))

    answer = keeper.post(address, its | {field: "88", field.replace("counted", "cost"): "9"})

    assert (list(its), answer.status_code) == ([field, f"was_{field}", "version"], 302)
    with Session(own_shop.engine) as session:
        [line] = read(session, "SELECT counted, unit_cost FROM stock_count_line WHERE count_id = %(id)s", id=count)
    assert (line.counted, line.unit_cost) == (88, 7)
