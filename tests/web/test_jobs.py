"""Jobs on the screen: asked for, done by a worker, and found again."""

import re

from app.domain.kernel.jobs import Asked, ask, ask_all
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import deed, reading
from tests.faults.hands import leave_name, refused
from tests.web.companies import Shop
from tests.web.working import work_off as work


def actor(shop: Shop, name: str) -> int:
    with reading() as session:
        return read(session, "SELECT actor_id FROM ab_user WHERE username = %(name)s", name=name)[0].actor_id


def asked(shop: Shop, name: str, **more: object) -> int:
    by = actor(shop, name)
    job = deed(lambda session: ask(session, leave_name, by=by, name="x", **more))
    assert job is not None
    return job


def exports(shop: Shop) -> list[tuple[object, ...]]:
    with reading() as session:
        rows = read(
            session, "SELECT subject, actor_id, facts, address FROM audit_entry WHERE event = 'exported' ORDER BY id"
        )
    return [tuple(row) for row in rows]


def test_an_export_in_the_background_is_the_file_that_the_list_gives(own_shop: Shop) -> None:
    sue = own_shop.visit("sue")
    address = "/orders/?format=csv"
    direct = sue.get(address).text

    page = sue.post("/jobs/export", {"address": address})
    assert page.status_code == 302
    place = page.location
    assert "data-job=" in sue.get(place).text
    before = exports(own_shop)
    work(own_shop)

    shown = sue.get(place).text
    assert "The file is ready" in shown
    with sue.get(f"{place}/file") as answer:
        assert (answer.text, answer.mimetype) == (direct, "text/csv")
        assert 'filename="orders.csv"' in answer.headers["Content-Disposition"]
    assert exports(own_shop)[len(before) :] == [("orders", actor(own_shop, "sue"), {"filter": {}}, "127.0.0.1")]


def test_an_export_is_made_with_the_rights_that_its_person_has_then(own_shop: Shop) -> None:
    sue, ada = own_shop.visit("sue"), own_shop.visit("ada")
    place = sue.post("/jobs/export", {"address": "/orders/?format=csv"}).location
    deed(lambda session: write(session, "UPDATE ab_user SET active = false WHERE username = 'sue'"))

    work(own_shop)

    assert "may not sign in any more" in ada.get(place).text


def test_only_lists_and_reports_of_this_program_are_exported(own_shop: Shop) -> None:
    sue = own_shop.visit("sue")

    for address in (
        "",
        "/orders/",
        "https://example.org/orders/?format=csv",
        "//example.org/?format=csv",
        "/nothing/?format=csv",
        "/static/x?format=csv",
        "/orders/?format=csv&x=" + "y" * 5000,
    ):
        assert sue.post("/jobs/export", {"address": address}).status_code == 400, address
    place = sue.post("/jobs/export", {"address": "/audit/?format=csv"}).location
    work(own_shop)
    assert "may not see the list" in sue.get(place).text


def test_everybody_sees_their_own_jobs_and_administrators_all(own_shop: Shop) -> None:
    job = asked(own_shop, "sue", about="of Sue")

    for name, sees in (("sue", True), ("max", False), ("ada", True), ("una", True)):
        visitor = own_shop.visit(name)
        assert ("of Sue" in visitor.get("/jobs/").text) is sees, name
        for page in ("", "/state"):
            assert visitor.get(f"/jobs/{job}{page}").status_code == (200 if sees else 404), name
        assert visitor.post(f"/jobs/{job}/again").status_code == (403 if name == "una" else 302 if sees else 404)


def test_the_file_is_its_persons_alone(own_shop: Shop) -> None:
    place = own_shop.visit("sue").post("/jobs/export", {"address": "/orders/?format=csv"}).location
    work(own_shop)

    assert own_shop.visit("ada").get(f"{place}/file").status_code == 404
    assert "Only whoever asked for it can download it." in own_shop.visit("ada").get(place).text


def test_what_failed_is_counted_in_the_menu_of_who_answers_for_it_and_tried_again(own_shop: Shop) -> None:
    job = deed(lambda session: ask(session, refused, by=actor(own_shop, "sue")))
    ada, sue = own_shop.visit("ada"), own_shop.visit("sue")
    assert 'title="failed"' not in ada.get("/jobs/").text
    work(own_shop)

    assert 'title="failed">1<' in ada.get("/products/").text
    assert 'title="failed"' not in sue.get("/orders/").text
    listed = ada.get("/jobs/?status=failed").text
    assert "The file x.csv is not so." in listed
    assert ada.get("/jobs/?status=ghost").status_code == 400
    ada.post(f"/jobs/{job}/again")
    assert sue.get(f"/jobs/{job}/state").json["status"] == "waiting"
    sue.post(f"/jobs/{job}/stop")
    assert sue.get(f"/jobs/{job}/state").json["status"] == "cancelled"


def test_how_far_a_job_is_takes_few_bytes_and_none_where_nothing_is_new(own_shop: Shop) -> None:
    job = asked(own_shop, "sue")
    sue = own_shop.visit("sue")

    first = sue.get(f"/jobs/{job}/state")
    again = sue.client.get(f"/jobs/{job}/state", headers={"If-None-Match": first.headers["ETag"]})

    assert first.json == {"status": "waiting", "done": 0, "total": None, "failures": 0}
    assert (again.status_code, again.data) == (304, b"")


def test_a_long_list_of_jobs_is_turned(own_shop: Shop) -> None:
    by = actor(own_shop, "sue")
    deed(
        lambda session: ask_all(
            session, [Asked(leave_name, {"name": "x"}, f"Nr {place}.") for place in range(60)], by=by
        )
    )
    sue = own_shop.visit("sue")

    page = sue.get("/jobs/").text
    older = re.search(r'href="(/jobs/\?up_to=\d+)"', page)

    assert older
    assert "Nr 59." in page
    assert "Nr 9." not in page
    assert "Nr 9." in sue.get(older[1]).text


def test_large_books_are_proved_by_the_worker_and_the_last_result_stays(own_shop: Shop) -> None:
    abe = own_shop.visit("abe")
    assert "Proved at" not in abe.get("/proofs/").text

    abe.post("/proofs/ask")
    abe.post("/proofs/ask")
    assert "data-job=" in abe.get("/proofs/").text
    work(own_shop)

    page = abe.get("/proofs/").text
    assert "all hold" in page
    assert "Proved at" in page
    assert "data-job=" not in page
    with reading() as session:
        assert read(session, "SELECT count(*) FROM job WHERE task = 'prove'")[0][0] == 1
