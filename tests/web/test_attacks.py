"""What somebody might try: foreign rows and warehouses, addresses with names of the framework, numbers and files that
are none.
"""

import io
import re
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.shop import Visitor, hidden


def one(engine: Engine, sql: str, **values: Any) -> Any:
    with Session(engine) as session:
        return read(session, sql, **values)[0][0]


def two_roles(shop: Shop) -> Visitor:
    """A storekeeper of the north who is an auditor as well: sees everything, and writes in the north."""
    with shop.engine.begin() as connection:
        connection.execute(text("""
            INSERT INTO ab_user_role (id, user_id, role_id)
            SELECT nextval('ab_user_role_id_seq'), ab_user.id, ab_role.id FROM ab_user, ab_role
            WHERE ab_user.username = 'ken' AND ab_role.name = 'Auditor'"""))  # fmt: skip
    return shop.visit("ken")


def test_who_sees_everywhere_and_writes_in_one_place_writes_nowhere_else(own_shop: Shop) -> None:
    visitor, known = two_roles(own_shop), own_shop.known
    form = {"warehouse": str(known.main), "product_0": str(known.nut), "quantity_0": "1"}

    for kind in ("receipts", "internal-orders", "write-offs"):
        page = visitor.get(f"/{kind}/new").text
        more = {"reason": "lost", "source": str(known.north)}
        answer = visitor.post(f"/{kind}/new", form | more | hidden(page))
        assert (kind, answer.status_code, "not one of the choices" in answer.text) == (kind, 422, True)
    assert visitor.get(f"/receipts/{known.receipt}").status_code == 200


def test_a_card_of_another_warehouse_is_seen_and_not_written(own_shop: Shop) -> None:
    visitor, known = two_roles(own_shop), own_shop.known
    with own_shop.engine.begin() as connection:
        row = f"({known.main}, {known.bolt}, {known.north}, 5, 9)"
        point = connection.execute(text(f"""
            INSERT INTO reorder_point (warehouse_id, product_id, source_id, minimum, maximum) VALUES {row} RETURNING id
        """)).scalar_one()  # fmt: skip
    before = checksums(own_shop.engine)["reorder_point"]

    assert visitor.get(f"/reorder-points/{point}").status_code == 200
    assert visitor.get(f"/reorder-points/{point}/edit").status_code == 404
    assert visitor.post(f"/reorder-points/{point}/edit", {"minimum": "1", "maximum": "2"}).status_code == 404
    assert visitor.post(f"/reorder-points/{point}/delete").status_code == 404
    assert checksums(own_shop.engine)["reorder_point"] == before


def test_a_preview_tells_the_stock_of_ones_own_warehouses_only(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("ken"), own_shop.known
    form = {"warehouse": str(known.north), "source": str(known.main), "product_0": str(known.bolt), "quantity_0": "1"}
    made = visitor.post("/internal-orders/new", form | hidden(visitor.get("/internal-orders/new").text)).location

    page = visitor.get(f"{made}/approve").text
    whole = own_shop.visit("ada").get(f"{made}/approve").text

    stock = re.compile("Stock before and after")
    assert (bool(stock.search(page)), bool(stock.search(whole))) == (False, True)


@pytest.mark.parametrize("address", ["/sales/", "/vat/", "/receivables/", "/orders/", "/products/", "/receipts/"])
@pytest.mark.parametrize(
    "arguments", ["endpoint=x", "_method=BOGUS", "_external=1&_anchor=z", "_scheme=javascript", "values=1", "self=1"]
)
def test_names_of_the_framework_in_an_address_are_nothing_but_text(shop: Shop, address: str, arguments: str) -> None:
    answer = shop.visit("ada").get(f"{address}?{arguments}")

    # Refused before any page reads it: some page, one day, hands its arguments on.
    assert answer.status_code == 400 or (answer.status_code == 200 and arguments == "self=1")
    assert not re.search(r'href="(http|javascript:)[^"]*csv', answer.text)


@pytest.mark.parametrize("number", ["1e1000000", "-1e1000000", "1e-1000000", "9" * 100_000, "NaN", "Infinity", "1e309"])
def test_a_number_that_is_none_of_ours_is_told_and_never_an_error(own_shop: Shop, number: str) -> None:
    visitor, known = own_shop.visit("ada"), own_shop.known
    form = {"warehouse": str(known.main), "product_0": str(known.nut), "quantity_0": number}

    answer = visitor.post("/receipts/new", form | hidden(visitor.get("/receipts/new").text))

    assert answer.status_code == 422


@pytest.mark.parametrize(
    "content",
    [
        b"date,amount,name\n2026-01-01,5,a\0b\n",
        b"date,amount,name\n2026-01-01,5," + b"x" * 140_000,
        b"date,amount,name\n2026-01-01,1e1000000,x\n",
        b"date,amount\n" + b"2026-01-01,5\n" * 4_000,
        b"\xff\xfe\x00",
        b"",
    ],
    ids=["NUL", "long field", "huge number", "too many lines", "no text", "empty"],
)
def test_a_file_that_is_no_statement_is_told_and_never_an_error(own_shop: Shop, content: bytes) -> None:
    visitor = own_shop.visit("abe")
    bank = one(own_shop.engine, "SELECT min(id) AS id FROM bank_account")
    before = checksums(own_shop.engine)

    with io.BytesIO(content) as file:
        answer = visitor.post("/bank-statements/file", {"bank_account": str(bank), "file": (file, "may.csv")})

    assert answer.status_code in (200, 422)
    assert checksums(own_shop.engine) == before


def test_a_form_that_comes_back_does_not_name_the_place_of_others_that_it_was_sent(own_shop: Shop) -> None:
    known = own_shop.known
    cash = {"cash_desk": str(known.south_desk), "kind": "income", "about": "customer", "amount": "5"}
    goods = {"warehouse": str(known.main), "product_0": str(known.nut), "quantity_0": "1"}

    for name, kind, form, told in (("cat", "cash-orders", cash, "SOUTH"), ("ken", "receipts", goods, "MAIN")):
        visitor = own_shop.visit(name)
        answer = visitor.post(f"/{kind}/new", form | hidden(visitor.get(f"/{kind}/new").text))
        assert (name, answer.status_code, told in answer.text) == (name, 422, False)
