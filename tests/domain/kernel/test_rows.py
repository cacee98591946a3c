"""Set-based reads and writes: one text of SQL for any number of rows, and every type comes back as it went in."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.domain.catalog.models import Barcode, Product
from app.domain.kernel.company import Company
from app.domain.kernel.document import Actor, Document, DocumentAttachment, DocumentHistory
from app.domain.kernel.rows import array_type, insert, read, reserve_ids, write
from app.domain.stock.models import StockMove
from tests.domain.kernel.ground import ANNA, DAY, add_orders


def test_rows_are_written_in_one_statement_whatever_their_number(firm: Session, statements) -> None:
    texts = [statements(lambda rows=rows: insert(firm, Actor, [{"name": "x"}] * rows)) for rows in (1, 500)]

    assert texts == [1, 1]
    assert read(firm, "SELECT count(*) AS rows FROM actor WHERE name = 'x'")[0].rows == 501


def test_no_rows_are_no_statement(firm: Session, statements) -> None:
    assert statements(lambda: insert(firm, Actor, [])) == 0


def test_every_type_comes_back_as_it_went_in(firm: Session) -> None:
    (document,) = add_orders(firm, 1)
    at = datetime(2026, 3, 2, 12, 30, 15, 123456, tzinfo=UTC)
    move = {
        "on": DAY, "at": at, "warehouse_id": 1, "product_id": _product(firm), "document_id": document, "line_id": 2**40,
        "quantity": Decimal("-0.001"), "value": Decimal("123456789012.345"), "on_hand_after": Decimal(0),
        "value_after": Decimal("0.10"), "is_mirror": True,
    }  # fmt: skip
    insert(firm, StockMove, [move])

    (row,) = read(firm, "SELECT * FROM stock_move")
    assert {key: getattr(row, key) for key in move} == move
    assert str(row.value_after) == "0.10"


def _product(firm: Session) -> int:
    write(firm, "INSERT INTO unit (id, code, name) VALUES (1, 'pc', 'piece')")
    write(firm, "INSERT INTO tax_rate (id, code, name, rate) VALUES (1, '20', 'Standard', 20)")
    write(firm, "INSERT INTO product_group (id, code, name) VALUES (1, 'all', 'All')")
    insert(firm, Product, [{"sku": "A", "name": "Яблъко", "group_id": 1, "unit_id": 1, "tax_rate_id": 1}])
    return int(read(firm, "SELECT id FROM product")[0].id)


def test_json_bytes_and_nothing_come_back_as_they_went_in(firm: Session) -> None:
    (document,) = add_orders(firm, 1)
    entry = {"document_id": document, "at": datetime.now(UTC), "actor_id": ANNA, "step": "s", "from_state": None}
    changes = {"name": "Ябълка \"x\" \\ 'y' {1,2}", "price": Decimal("1.50"), "on": date(2026, 1, 1), "list": [1, None]}
    insert(firm, DocumentHistory, [entry | {"changes": changes}, entry | {"changes": {}}])
    insert(firm, DocumentAttachment, [
        {"document_id": document, "at": datetime.now(UTC), "actor_id": ANNA, "name": "n", "media_type": "m",
         "content": bytes(range(256))},
    ])  # fmt: skip

    rows = read(firm, "SELECT from_state, changes FROM document_history ORDER BY id")
    assert [row.changes for row in rows] == [changes | {"price": "1.50", "on": "2026-01-01"}, {}]
    assert rows[0].from_state is None
    assert bytes(read(firm, "SELECT content FROM document_attachment")[0].content) == bytes(range(256))


def test_reserved_ids_are_fresh_ascending_and_never_given_again(firm: Session) -> None:
    first, second = reserve_ids(firm, Document, 50), reserve_ids(firm, Document, 50)

    assert first == sorted(set(first))
    assert max(first) < min(second)
    assert reserve_ids(firm, Document, 0) == []


def test_a_change_tells_how_many_rows_it_touched(firm: Session) -> None:
    sql = "UPDATE actor SET active = false WHERE id = ANY(%(ids)s::bigint[])"

    assert write(firm, sql, ids=[ANNA, 10**9]) == 1


@pytest.mark.parametrize(
    ("column", "cast"),
    [(Barcode.quantity, "numeric[]"), (Barcode.code, "VARCHAR[]"), (Barcode.product_id, "BIGINT[]"),
     (Document.created_at, "TIMESTAMP WITH TIME ZONE[]"), (StockMove.on, "DATE[]"), (Actor.active, "BOOLEAN[]"),
     (Company.chain_hash, "BYTEA[]")],
    ids=str,
)  # fmt: skip
def test_a_column_knows_the_cast_of_its_list(column, cast: str) -> None:
    assert array_type(column.type) == cast


TEXTS = ["", " ", "NULL", "null", 'a "b" \\ c', "{1,2}", "a,b", "line\nbreak\ttab", "Ябълка", None]


def test_texts_that_look_like_arrays_come_back_as_they_went_in(firm: Session) -> None:
    rows = read(firm, "SELECT * FROM unnest(%(texts)s::text[]) WITH ORDINALITY AS row (text, place)", texts=TEXTS)

    assert [row.text for row in rows] == TEXTS


def test_numbers_days_and_nothing_mix_in_a_list(firm: Session) -> None:
    numbers = [Decimal("1E+3"), None, Decimal("-0.10"), 7]
    sql = "SELECT %(numbers)s::numeric[] AS numbers, %(days)s::date[] AS days, %(yes)s::boolean[] AS yes"

    (row,) = read(firm, sql, numbers=numbers, days=[DAY, None], yes=[True, False, None])

    assert (row.numbers, row.days, row.yes) == (numbers, [DAY, None], [True, False, None])


def test_what_has_no_place_in_a_column_is_our_mistake(firm: Session) -> None:
    with pytest.raises(TypeError, match="a list of float"):
        read(firm, "SELECT %(values)s::numeric[]", values=[0.1])
