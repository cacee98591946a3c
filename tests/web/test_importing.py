"""A file on its way through the page: brought, looked at, imported, and what was rejected taken back."""

import csv
import io
import re

import pytest
from sqlalchemy.orm import Session

from app.domain.intake.csv_import.kinds import KINDS
from app.domain.intake.csv_import.uploads import MANY_ROWS
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import reading
from app.web.importing import PAGES
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.shop import PEOPLE, Visitor
from tests.web.test_jobs import work

PRODUCTS = "sku,name,kind,group,unit,tax_rate,planned_cost,active"


def bring(visitor: Visitor, kind: str, content: str | bytes, name: str = "file.csv"):
    """The answer to a file that is brought."""
    data = content if isinstance(content, bytes) else content.encode()
    # Written by hand: the client would put what is long into a file, and leave that open.
    parts = (('name="csrf_token"', visitor.token().encode()), (f'name="file"; filename="{name}"', data))
    body = b"".join(b"--x\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (head.encode(), its)
                    for head, its in parts)  # fmt: skip
    return visitor.client.post(f"/import/{kind}/", data=body + b"--x--\r\n",
                               content_type="multipart/form-data; boundary=x")  # fmt: skip


def looked_at(visitor: Visitor, kind: str, content: str | bytes) -> str:
    """The address of a file's preview."""
    answer = bring(visitor, kind, content)
    assert answer.status_code == 302, re.sub(r"<[^>]+>|\s+", " ", answer.text)
    return answer.location


def counts(page: str) -> dict[str, int]:
    found = re.findall(r"what=(\w+)\">[^:<]+: ([\d,]+)</a>", page)
    return {what: int(number.replace(",", "")) for what, number in found}


def took(visitor: Visitor, kind: str, content: str | bytes, rows: str = "good") -> str:
    """The page of a file that was imported."""
    address = looked_at(visitor, kind, content)
    assert visitor.post(address, {"rows": rows}).status_code == 302
    return visitor.get(address).text


def product(shop: Shop, sku: str):
    with Session(shop.engine) as session:
        return next(iter(read(session, "SELECT * FROM product WHERE sku = %(sku)s", sku=sku)), None)


def test_a_file_is_looked_at_before_anything_is_stored_and_then_imported_once(own_shop: Shop) -> None:
    max_ = own_shop.visit("max")
    before = checksums(own_shop.engine)

    lines = ["BOLT,Long bolt,goods,GOODS,pcs,A,4,true", "NEW,New,goods,GOODS,pcs,A,,true"]
    address = looked_at(max_, "products", "\n".join([PRODUCTS, *lines]))
    page = max_.get(address).text

    assert counts(page) == {"added": 1, "changed": 1, "unchanged": 0, "rejected": 0}
    assert "Product BOLT" in page
    assert "Long bolt" in page
    changed = {name for name, its in checksums(own_shop.engine).items() if before[name] != its}
    assert changed == {"csv_upload"}
    assert product(own_shop, "BOLT").name == "Product BOLT"

    for _ in range(2):
        assert max_.post(address, {"rows": "all"}).location == address

    assert "It is imported: 1 new, 1 changed." in max_.get(address).text
    assert (product(own_shop, "BOLT").name, product(own_shop, "BOLT").version) == ("Long bolt", 2)
    assert product(own_shop, "NEW").planned_cost is None


def test_good_rows_are_taken_and_the_others_come_back_with_their_reasons(own_shop: Shop) -> None:
    max_ = own_shop.visit("max")
    lines = [
        "BOLT,=cmd,goods,GOODS,pcs,A,4.12345,true", "NUT,'=1+1,goods,GOODS,pcs,A,1,true", "X,X,goods,MOON,pcs,A,,true",
    ]  # fmt: skip

    address = looked_at(max_, "products", "\r\n".join([PRODUCTS, *lines, ""]))
    assert counts(max_.get(address).text) == {"added": 0, "changed": 1, "unchanged": 0, "rejected": 2}
    max_.post(address, {"rows": "all"})
    assert product(own_shop, "NUT").name == "Product NUT"
    assert "all or none were wanted" in max_.get(address).text
    max_.post(address, {"rows": "good"})

    assert product(own_shop, "NUT").name == "=1+1"
    with max_.get(f"{address}/rejected") as answer:
        rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert [row[:-1] for row in rows] == [PRODUCTS.split(","), lines[0].split(","), lines[2].split(",")]
    assert [row[-1] for row in rows] == [
        "reason", "planned_cost: 4.12345 has more than 4 decimals.", "group: there is no product group MOON."
    ]  # fmt: skip


def test_what_somebody_else_saved_meanwhile_is_seen_and_nothing_is_imported(own_shop: Shop) -> None:
    max_ = own_shop.visit("max")
    address = looked_at(max_, "products", "sku,name\nBOLT,Long bolt\nNUT,Wing nut\n")
    with Session(own_shop.engine) as session, session.begin():
        write(session, "UPDATE product SET name = 'Wing nut', version = version + 1 WHERE sku = 'NUT'")

    max_.post(address, {"rows": "all"})

    page = max_.get(address).text
    assert "somebody saved something meanwhile" in page
    assert product(own_shop, "BOLT").name == "Product BOLT"
    assert counts(page) == {"added": 0, "changed": 1, "unchanged": 1, "rejected": 0}
    max_.post(address, {"rows": "all"})
    assert product(own_shop, "BOLT").name == "Long bolt"


AWKWARD = """
    INSERT INTO product (sku, name, group_id, unit_id, tax_rate_id)
    SELECT it.sku, it.name, min(g.id), min(u.id), min(t.id) FROM product_group g, unit u, tax_rate t,
        unnest(ARRAY['-1', '''=x', 'TAB'], ARRAY['''-1', 'two' || chr(10) || 'lines', chr(9) || ' x '])
            AS it (sku, name)
    GROUP BY 1, 2;
    INSERT INTO customer_group (code, name) VALUES ('=G', 'Group');
    INSERT INTO customer (code, name, payment_term_id, group_id, discount, credit_limit, vat_number)
    SELECT 'X' || n, 'Ü, "q"; ' || n, min(term.id), min(g.id), 2.5, 100.125,
        CASE n WHEN 1 THEN '+359' WHEN 2 THEN '' END
    FROM generate_series(1, 3) n, payment_term term, customer_group g GROUP BY n;
    INSERT INTO price_list (code, name, currency, base_id, percent, step, less_cent, active)
    SELECT 'TRADE', '@Trade', 'EUR', min(id), -10, 0.05, true, false FROM price_list;
    INSERT INTO price_list_row (price_list_id, product_id, min_quantity, price, valid_from, valid_to)
    SELECT list.id, product.id, n, 1.2345, '2026-01-01', CASE n WHEN 1 THEN date '2026-06-30' END
    FROM generate_series(1, 2) n, price_list list, product WHERE list.code = 'TRADE';
    INSERT INTO discount (customer_id, product_id, special_price, min_quantity, valid_to)
    SELECT customer.id, product.id, 3.5, 2.5, '2026-12-31' FROM customer, product WHERE product.sku IN ('-1', 'TAB');
    INSERT INTO discount (customer_group_id, product_group_id, percent) SELECT g.id, its.id, 12.5
    FROM customer_group g, product_group its
"""


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("products", "Product NUT", "Wing nut"),
        ("customers", "100.125", "100.50"),
        ("price-lists", "'@Trade", "Trade"),
        ("prices", "NUT,2,1.2345", "NUT,2,1.2346"),
        ("discounts", ",12.5,", ",13,"),
    ],
)
def test_a_list_that_is_exported_and_imported_again_changes_just_what_was_edited(
    own_shop: Shop, kind: str, before: str, after: str
) -> None:  # fmt: skip
    max_ = own_shop.visit("max")
    with Session(own_shop.engine) as session, session.begin():
        session.connection().exec_driver_sql(AWKWARD)
    address = {"prices": "price-list-rows"}.get(kind, kind)
    exported = max_.get(f"/{address}/?format=csv").data.decode()
    there = checksums(own_shop.engine)

    same = counts(took(max_, kind, exported, "all"))

    assert same.pop("unchanged") == len(list(csv.reader(io.StringIO(exported, newline="")))) - 1 > 1
    assert set(same.values()) == {0}
    touched = {name for name, its in checksums(own_shop.engine).items() if there[name] != its}
    assert touched <= {"csv_upload", "deed", "audit_entry"}
    assert exported.count(before) >= 1
    edited = counts(took(max_, kind, exported.replace(before, after, 1), "all"))
    assert (edited["added"], edited["changed"], edited["rejected"]) == (0, 1, 0)
    again = max_.get(f"/{address}/?format=csv").data.decode()
    assert again == exported.replace(before, after, 1)


RECEIPT = "document,warehouse,product,quantity"


def test_a_storekeeper_imports_receipts_of_own_warehouses_and_meets_no_cost(own_shop: Shop) -> None:
    ken = own_shop.visit("ken")

    page = took(ken, "receipts", f"{RECEIPT}\nR1,NORTH,NUT,5\nR2,MAIN,NUT,5\nR3,MOON,NUT,5\n")

    assert counts(page) == {"added": 1, "changed": 0, "unchanged": 0, "rejected": 2}
    assert "warehouse: there is no warehouse MAIN." in page
    assert "warehouse: there is no warehouse MOON." in page
    refused = bring(ken, "receipts", f"{RECEIPT},unit_cost\nR4,NORTH,NUT,5,1\n")
    assert refused.status_code == 422
    assert "there is no column unit_cost" in refused.text
    assert "unit_cost" not in ken.get("/import/receipts/").text
    assert "unit_cost" in own_shop.visit("max").get("/import/receipts/").text


def test_a_seller_types_no_price_in_a_file_either_and_orders_for_own_warehouses(own_shop: Shop) -> None:
    sue, header = own_shop.visit("sue"), "document,customer,warehouse,product,quantity"

    page = took(sue, "orders", f"{header}\n1,C001,MAIN,BOLT,2\n2,C001,NORTH,BOLT,2\n")

    assert counts(page) == {"added": 1, "changed": 0, "unchanged": 0, "rejected": 1}
    assert bring(sue, "orders", f"{header},unit_price\n1,C001,MAIN,BOLT,2,1\n").status_code == 422
    assert bring(sue, "orders", f"{header},way\n1,C001,MAIN,BOLT,2,manager_seller\n").status_code == 422
    assert bring(own_shop.visit("max"), "orders", f"{header},unit_price\n1,C001,MAIN,BOLT,2,1\n").status_code == 302


@pytest.mark.parametrize("person", PEOPLE)
def test_a_list_leads_to_its_import_for_those_who_may(shop: Shop, person: str) -> None:
    visitor, wrong = shop.visit(person), {}
    for page in PAGES:
        view = next(it for it in shop.app.extensions["appbuilder"].baseviews if type(it).__name__ == page.of_list)
        answer = visitor.get(f"{view.route_base}/")
        if answer.status_code == 200:
            may = visitor.get(f"{page.route_base}/").status_code == 200
            if (f'href="{page.route_base}/"' in answer.text) is not may:
                wrong[page.route_base] = may

    assert wrong == {}


BAD = [
    b"", b"\x00", b"\xff\xfe\x00s", b"nonsense", b"sku\n\"", b"sku,sku\na,b\n", "sku,имя\na,b\n".encode("cp1251"),
    b"=cmd|' /C calc'!A0", b"<svg onload=alert(1)>,x\n1,2\n", b"' OR 1=1 --\nx\n", b"," * 10_000, b"\n" * 10_000,
    b"{\"a\": [[[[[[[[[[", b"\xed\xa0\x80,a\n1,2",
]  # fmt: skip
CELLS = [
    b"\x00", b"\xed\xa0\x80", b"\xff", "\u202eabc".encode(), b"NaN", b"1e309", b"1" + b"0" * 22, b"-0", b"x" * 2**19,
    b"' OR 1=1 --", b"<svg onload=alert(1)>", b"=cmd|' /C calc'!A0", b"''", b"%s%d{0}{x}", b'"a\nb"', b"9" * 400,
]  # fmt: skip


@pytest.mark.parametrize("content", BAD)
def test_a_file_that_is_none_is_answered_with_a_sentence_and_not_kept(shop: Shop, content: bytes) -> None:
    answer = bring(shop.visit("ada"), "receipts", content)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "<svg onload" not in answer.text


def test_whatever_stands_in_a_cell_is_answered_with_a_reason_and_stores_nothing(own_shop: Shop) -> None:
    ada, before = own_shop.visit("ada"), checksums(own_shop.engine)
    for kind in (page.kind for page in PAGES):
        names = [it.name for it in KINDS[kind].fields]
        rows = [[cell if it == place else b"1" for it in range(len(names))]
                for cell in CELLS for place in range(len(names))]  # fmt: skip
        file = b"\n".join([",".join(names).encode(), *map(b",".join, rows)])
        address = looked_at(ada, kind, file)

        page = ada.get(address).text

        assert counts(page) == {"added": 0, "changed": 0, "unchanged": 0, "rejected": len(rows)}, kind
        assert "<svg onload" not in page
        back = ada.get(f"{address}/rejected").data.removeprefix(b"\xef\xbb\xbf")
        with_reasons = csv.reader(io.StringIO(back.decode("utf-8", "surrogateescape"), newline=""))
        original = csv.reader(io.StringIO(file.decode("utf-8", "surrogateescape"), newline=""))
        assert [row[:-1] for row in with_reasons] == list(original)
    assert {name for name, its in checksums(own_shop.engine).items() if before[name] != its} == {"csv_upload"}


@pytest.mark.parametrize("name", ["a\0b.csv", "a\u202egpj.csv", "x" * 5000, "<svg onload=alert(1)>", "", "../../etc"])
def test_a_file_may_be_called_anything(own_shop: Shop, name: str) -> None:
    max_ = own_shop.visit("max")

    answer = max_.get(bring(max_, "products", "sku,name\nBOLT,Long bolt\n", name).location)

    assert counts(answer.text)["changed"] == 1
    assert not [it for it in ("\0", "\u202e", "x" * 50, "<svg onload") if it in answer.text]


def test_a_file_is_ones_own_and_kept_for_a_day(own_shop: Shop) -> None:
    max_, ada = own_shop.visit("max"), own_shop.visit("ada")
    address = looked_at(max_, "products", "sku,name\nBOLT,Long bolt\n")

    assert ada.get(address).status_code == 404
    assert ada.get(f"{address}/rejected").status_code == 404
    assert ada.post(address, {"rows": "all"}).status_code == 404
    with Session(own_shop.engine) as session, session.begin():
        write(session, "UPDATE csv_upload SET at = at - interval '25 hours'")
    assert max_.get(address).status_code == 404

    looked_at(ada, "products", "sku,name\nBOLT,Long bolt\n")
    with Session(own_shop.engine) as session:
        assert len(read(session, "SELECT id FROM csv_upload")) == 1


def test_a_file_that_is_too_large_is_refused_with_a_sentence(shop: Shop) -> None:
    answer = bring(shop.visit("max"), "products", b"x" * (16 * 2**20 + 1))

    assert answer.status_code == 413
    assert "at most 16 MB" in answer.text


MANY = "\n".join([PRODUCTS, *(f"N{place},New {place},goods,GOODS,pcs,A,,true" for place in range(MANY_ROWS + 1))])


def imports(shop: Shop) -> list[tuple[object, ...]]:
    with reading() as session:
        rows = read(session, "SELECT subject, facts, address FROM audit_entry WHERE event = 'imported' ORDER BY id")
    return [tuple(row) for row in rows]


def test_a_large_file_is_looked_at_and_imported_by_the_worker(own_shop: Shop) -> None:
    max_ = own_shop.visit("max")
    address = bring(max_, "products", MANY, "many.csv").location

    assert "What this file would change is looked up." in max_.get(address).text
    work(own_shop)
    assert counts(max_.get(address).text)["added"] == MANY_ROWS + 1
    assert product(own_shop, "N7") is None
    for _ in range(2):
        assert max_.post(address, {"rows": "all"}).status_code == 302
    assert "The file is imported." in max_.get(address).text
    work(own_shop)

    assert "It is imported: 3,001 new" in max_.get(address).text
    assert product(own_shop, "N7").name == "New 7"
    told = {"kind": "products", "counts": {"added": MANY_ROWS + 1, "changed": 0, "unchanged": 0, "rejected": 0}}
    assert imports(own_shop) == [("many.csv", told, "127.0.0.1")]
    listed = max_.get("/jobs/").text
    assert address in listed
    assert "Import: many.csv" in listed


def test_a_large_file_of_which_something_changed_is_looked_at_anew(own_shop: Shop) -> None:
    max_ = own_shop.visit("max")
    address = bring(max_, "products", MANY).location
    work(own_shop)
    took(max_, "products", f"{PRODUCTS}\nN7,Other,goods,GOODS,pcs,A,,true")

    max_.post(address, {"rows": "all"})
    work(own_shop)

    page = max_.get(address).text
    assert "has changed since you looked" in page
    assert counts(page) == {"added": MANY_ROWS, "changed": 1, "unchanged": 0, "rejected": 0}
    assert product(own_shop, "N8") is None


LESS = {
    "no person": ("UPDATE ab_user SET active = false WHERE username = 'max'", "may not sign in any more"),
    "no right": (
        "UPDATE ab_user_role SET role_id = (SELECT id FROM ab_role WHERE name = 'Seller') "
        "WHERE user_id = (SELECT id FROM ab_user WHERE username = 'max')",
        "may not import it any more",
    ),
    "fewer columns": (
        "UPDATE ab_user_role SET role_id = (SELECT id FROM ab_role WHERE name = 'Storekeeper') "
        "WHERE user_id = (SELECT id FROM ab_user WHERE username = 'max')",
        "there is no column unit_cost",
    ),
}


@pytest.mark.parametrize("less", LESS)
def test_a_large_file_is_imported_with_the_rights_that_its_person_has_then(own_shop: Shop, less: str) -> None:
    kind, file = "products", MANY
    if less == "fewer columns":
        lines = (f"D{place},NORTH,NUT,5,1" for place in range(MANY_ROWS + 1))
        kind, file = "receipts", "\n".join([f"{RECEIPT},unit_cost", *lines])
    max_, ada = own_shop.visit("max"), own_shop.visit("ada")
    address = bring(max_, kind, file, "many.csv").location
    if less == "no right":
        work(own_shop)
        assert max_.post(address, {"rows": "all"}).status_code == 302
    sql, says = LESS[less]
    with Session(own_shop.engine) as session, session.begin():
        write(session, sql)

    work(own_shop)

    assert says in ada.get("/jobs/?status=failed").text
    assert (product(own_shop, "N7"), imports(own_shop)) == (None, [])


def test_an_import_is_told_to_the_audit(own_shop: Shop) -> None:
    took(own_shop.visit("max"), "products", f"{PRODUCTS}\nNEW,New,goods,GOODS,pcs,A,,true\nX,,goods,GOODS,pcs,A,,true")

    told = {"kind": "products", "counts": {"added": 1, "changed": 0, "unchanged": 0, "rejected": 1}}
    assert imports(own_shop) == [("file.csv", told, "127.0.0.1")]
    page = own_shop.visit("ada").get("/audit/").text
    assert "imported" in page
    assert "rejected: 1" in page
