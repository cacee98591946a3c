"""The inbox of e-shops: what waits says why, a mapping or a second try helps, and nothing is done twice."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read, write
from tests.api.conftest import Caller
from tests.api.test_attacks import only
from tests.domain.intake.eshop.bodies import item, woo
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.eshops import body, messages, orders, prepare, send
from tests.web.shop import hidden
from tests.web.working import work_off


@pytest.fixture
def web(own_shop: Shop) -> Shop:
    """A shop that sells mugs and cups, of which nothing is known here, and bolts."""
    prepare(own_shop)
    assert Caller(own_shop, "max").ask("POST", "shops/", body()).status_code == 201
    for number, skus in ((7, ["MUG", "CUP"]), (8, ["MUG"]), (9, ["BOLT"])):
        lines = [item(place, sku, "20.00", "4.00") for place, sku in enumerate(skus, 1)]
        send(own_shop, woo(number, lines=lines, total=f"{24 * len(skus)}.00"))
    work_off(own_shop)
    assert [row[:2] for row in messages(own_shop)] == [("waiting", "unknown_sku")] * 2 + [("applied", None)]
    return own_shop


def ids(shop: Shop) -> list[int]:
    with Session(shop.engine) as session:
        return [row.id for row in read(session, "SELECT id FROM inbound_message ORDER BY id")]


def test_what_waits_says_why_and_proposes_to_choose_the_product(web: Shop) -> None:
    max_, first = web.visit("max"), ids(web)[0]

    assert "Nothing here is called CUP, MUG" in max_.get("/shop-inbox/").text
    page = max_.get(f"/shop-inbox/{first}").text
    assert "Choose the product for CUP" in page
    assert "wc_order" not in page
    assert f"/shop-inbox/{first}/edit" not in page
    assert max_.get(f"/shop-inbox/{first}/edit").status_code == 404
    assert "&#34;billing&#34;" in page
    form = max_.get(page.partition('href="/shop-skus/new')[2].partition('"')[0].join(["/shop-skus/new", ""])
                    .replace("&amp;", "&"))  # fmt: skip
    assert 'value="CUP"' in form.text


def test_a_chosen_product_is_kept_and_all_that_waited_for_it_is_tried_again(web: Shop) -> None:
    max_ = web.visit("max")
    with Session(web.engine) as session:
        shop, bolt = (read(session, sql)[0].id for sql in ("SELECT id FROM shop", "SELECT id FROM product LIMIT 1"))
    filled = hidden(max_.get("/shop-skus/new").text) | {"shop_id": str(shop), "sku": "mug", "product_id": str(bolt)}

    assert max_.post("/shop-skus/new", filled).status_code == 302
    work_off(web)

    assert [row[:2] for row in messages(web)] == [("waiting", "unknown_sku"), ("applied", None), ("applied", None)]
    Caller(web, "max").ask("POST", "shop-skus/", {"shop": "WEB", "sku": "CUP", "product": "NUT"})
    work_off(web)
    assert {row[0] for row in messages(web)} == {"applied"}
    assert len(orders(web)) == 3


def test_a_message_or_all_that_waits_is_tried_again_and_nothing_is_done_twice(web: Shop) -> None:
    max_ = web.visit("max")
    with Session(web.engine) as session, session.begin():
        write(session, "UPDATE product SET sku = 'MUG' WHERE sku = 'NUT'")
    every = ids(web)

    assert "1 order is looked at again." in max_.get(max_.post(f"/shop-inbox/{every[1]}/retry").location).text
    work_off(web)
    assert [row[0] for row in messages(web)] == ["waiting", "applied", "applied"]

    with Session(web.engine) as session, session.begin():
        write(session, "UPDATE product SET sku = 'CUP' WHERE sku = 'CARE'")
    assert "1 order is looked at again." in max_.get(max_.post("/shop-inbox/retry-all").location).text
    work_off(web)
    assert {row[0] for row in messages(web)} == {"applied"}

    caller = Caller(web, "max")
    before = checksums(web.engine)
    for pk in every:
        assert caller.ask("POST", f"shop-inbox/{pk}/retry").json == {"orders": 1}
    work_off(web)
    assert checksums(web.engine) == before


def test_what_was_never_believed_is_not_tried(web: Shop) -> None:
    send(web, woo(99), secret="guessed")
    last = ids(web)[-1]

    answer = Caller(web, "max").ask("POST", f"shop-inbox/{last}/retry")

    assert (answer.status_code, answer.json["error"]["code"]) == (409, "never_believed")
    assert "Retry<" not in web.visit("max").get(f"/shop-inbox/{last}").text.replace(" ", "")


def test_what_could_not_be_read_is_read_again(web: Shop) -> None:
    send(web, b"{")
    last = ids(web)[-1]
    caller = Caller(web, "max")

    assert caller.ask("POST", f"shop-inbox/{last}/retry").json == {"orders": 0}
    assert messages(web)[-1][:2] == ("waiting", "unreadable")
    with Session(web.engine) as session, session.begin():
        sql = "UPDATE inbound_message SET body = %(body)s WHERE id = %(id)s"
        write(session, sql, id=last, body=b'{"id": 9}')
    assert caller.ask("POST", f"shop-inbox/{last}/retry").json == {"orders": 1}
    work_off(web)
    assert [row[0] for row in orders(web)] == ["cancelled"]


def test_programs_see_what_waits_and_the_order_that_came_of_it(web: Shop) -> None:
    caller = Caller(web, "max")

    rows = caller.get("shop-inbox/?q=(order_column:last_at,order_direction:asc)").json["result"]

    told: list[Any] = [(row["order_ref"], row["outcome"], row["unknown"], row["order"] is None) for row in rows]
    assert sorted(told) == [
        ("7", "waiting", ["CUP", "MUG"], True), ("8", "waiting", ["MUG"], True), ("9", "applied", [], False),
    ]  # fmt: skip
    assert "body" not in rows[0]
    one = caller.get(f"shop-inbox/{rows[0]['id']}").json
    assert '"line_items"' in one["body"]
    assert one["shop"] == "WEB"


def test_the_order_is_one_click_away(web: Shop) -> None:
    assert "Open the order" in web.visit("max").get(f"/shop-inbox/{ids(web)[2]}").text


def test_the_order_tells_what_the_shop_told_and_what_is_to_be_seen_to(web: Shop) -> None:
    with Session(web.engine) as session:
        [order] = read(session, "SELECT id FROM sales_order WHERE channel = 'eshop'")
    lines = [item(1, "BOLT", "20.00", "4.00")]
    paid = {"date_paid_gmt": "2026-03-02T10:00:00"}
    for told in (woo(9, at=5, lines=lines, customer_note="<b>Ring</b>", **paid), woo(9, at=9, lines=lines, **paid)):
        send(web, told)
    work_off(web)
    send(web, woo(9, at=12, lines=lines))
    work_off(web)

    for person in ("sue", "max"):
        page = web.visit(person).get(f"/orders/{order.id}").text
        assert "From Web shop" in page
        assert "ул. Роза 1, 1000 София BG" in page
        assert "look what became of it" in page
        assert ("/shop-inbox/" in page) is (person == "max")
    # Reasons say what was charged and paid.
    only(web, "ken", ("view", "Orders"), ("view", "Every warehouse"))
    page = web.visit("ken").get(f"/orders/{order.id}").text
    assert "Something of it is to be seen to." in page
    assert "24" not in page.partition("From Web shop")[2].partition("</dl>")[0]


def test_whoever_only_looks_has_no_buttons(web: Shop) -> None:
    page = web.visit("una").get(f"/shop-inbox/{ids(web)[0]}").text

    assert "Nothing here is called" in page
    assert "/retry" not in page
    assert "Choose the product" not in page
    assert web.visit("sue").get("/shop-inbox/").status_code == 403


def test_whoever_sees_no_prices_sees_neither_what_was_sent_nor_reasons_which_tell_amounts(web: Shop) -> None:
    send(web, woo(6, lines=[item(1, "BOLT", "20.00", "4.00")], total="31.97"))
    work_off(web)
    first, last = ids(web)[0], ids(web)[-1]
    only(web, "ken", ("view", "E-shop inbox"), ("edit", "E-shop inbox"), ("view", "Every warehouse"))
    visitor, caller = web.visit("ken"), Caller(web, "ken")

    pages = [visitor.get(f"/shop-inbox/{address}").text for address in ("", "?format=csv", first, last)]
    told = [caller.get(f"shop-inbox/{pk}") for pk in (first, last)] + [caller.get("shop-inbox/")]

    for text in (*pages, *(answer.text for answer in told)):
        assert not [its for its in ("31.97", "20.00", "24.00", "line_items") if its in text]
    assert "vat_differs" in told[1].text
    assert {row["order_ref"] for row in told[2].json["result"]} == {"6", "7", "8", "9"}
    assert told[0].json["unknown"] == ["CUP", "MUG"]
    assert "31.97" in web.visit("max").get(f"/shop-inbox/{last}").text


def test_whoever_is_limited_to_places_sees_and_tries_again_what_waits_in_their_shops(web: Shop) -> None:
    assert Caller(web, "max").ask("POST", "shops/", body(code="NORTH", warehouse="NORTH")).status_code == 201
    send(web, woo(7, lines=[item(1, "CUP", "20.00", "4.00")]), code="NORTH")
    work_off(web)
    only(web, "ken", ("view", "E-shop inbox"), ("edit", "E-shop inbox"))
    ken, first = Caller(web, "ken"), ids(web)[0]

    assert [row["shop"] for row in ken.get("shop-inbox/").json["result"]] == ["NORTH"]
    assert ken.ask("POST", f"shop-inbox/{first}/retry").status_code == 404
    assert ken.ask("POST", "shop-inbox/retry-all").json == {"orders": 1}
    page = web.visit("ken")
    assert "1 order is looked at again." in page.get(page.post("/shop-inbox/retry-all").location).text
    assert page.post(f"/shop-inbox/{first}/retry").status_code == 404
    assert Caller(web, "max").ask("POST", "shop-inbox/retry-all").json == {"orders": 3}


def test_notices_are_ended_as_seen_to_and_told_again_by_whoever_can_read_them(web: Shop) -> None:
    lines = [item(1, "BOLT", "20.00", "4.00")]
    paid = {"date_paid_gmt": "2026-03-02T10:00:00"}
    for told in (woo(9, at=5, lines=lines, **paid), woo(9, at=12, lines=lines)):
        send(web, told)
        work_off(web)
    last, max_ = ids(web)[-1], web.visit("max")
    only(web, "ken", ("view", "E-shop inbox"), ("edit", "E-shop inbox"), ("view", "Every warehouse"))
    ken, page = web.visit("ken"), max_.get(f"/shop-inbox/{last}").text
    assert "look what became of it" in page
    assert "Seen to" not in ken.get(f"/shop-inbox/{last}").text
    assert ken.post(f"/shop-inbox/{last}/see-to", hidden(page)).status_code == 404
    assert "says something else by now" in max_.get(max_.post(f"/shop-inbox/{last}/see-to").location).text

    answer = max_.post(f"/shop-inbox/{last}/see-to", hidden(page))

    page = max_.get(answer.location).text
    assert ("It is told no longer." in page, page.count("look what became of it")) == (True, 1)
    assert "look what became of it" in page.split('<ul class="sb-log">')[1].split("Max Example, 20")[0]
    assert "Max Example" not in ken.get(f"/shop-inbox/{last}").text
    order = Caller(web, "max").get(f"shop-inbox/{last}").json["order"]
    assert "Seen to by Max" in max_.get(f"/orders/{order}").text
    assert "It is told again." in max_.get(max_.post(f"/shop-inbox/{last}/tell-again").location).text
    assert "look what became of it" in max_.get(f"/shop-inbox/{last}").text


def test_programs_end_notices_by_the_stamp_that_they_read(web: Shop) -> None:
    lines = [item(1, "BOLT", "20.00", "4.00")]
    for told in (woo(9, at=5, lines=lines, date_paid_gmt="2026-03-02T10:00:00"), woo(9, at=12, lines=lines)):
        send(web, told)
        work_off(web)
    last, caller = ids(web)[-1], Caller(web, "max")
    stamp = caller.get(f"shop-inbox/{last}").json["stamp"]

    stale = caller.ask("POST", f"shop-inbox/{last}/see-to", {"stamp": "0" * 16})
    done = [caller.ask("POST", f"shop-inbox/{last}/see-to", {"stamp": stamp}, Idempotency_Key="once") for _ in range(2)]

    assert (stale.status_code, stale.json["error"]["code"]) == (409, "says_otherwise")
    assert [(its.status_code, its.json["outcome"], its.json["stamp"]) for its in done] == [(200, "applied", "")] * 2
    assert caller.ask("POST", f"shop-inbox/{last}/tell-again").json["stamp"] == stamp
    only(web, "ken", ("view", "E-shop inbox"), ("edit", "E-shop inbox"), ("view", "Every warehouse"))
    ken = Caller(web, "ken")
    assert "stamp" not in ken.get(f"shop-inbox/{last}").json
    assert ken.ask("POST", f"shop-inbox/{last}/see-to", {"stamp": stamp}).status_code == 403
