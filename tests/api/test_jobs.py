"""Jobs over the API: one's own, how far they are and where what came of them lies, tried again and cancelled."""

from typing import Any

import pytest
from sqlalchemy import text

from app.domain.intake.csv_import.uploads import MANY_ROWS
from app.domain.kernel.jobs import Asked, ask, ask_all
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import deed, reading
from app.web.background import prove
from tests.api.conftest import Call, Caller
from tests.api.test_attacks import only
from tests.api.test_imports import bring
from tests.faults.hands import leave_name, refused
from tests.web.companies import Shop
from tests.web.many import unguarded
from tests.web.test_jobs import actor, asked, work
from tests.web.test_machines import make_key

HEADER = "sku,name,group,unit,tax_rate"
MANY = "\n".join([HEADER, *(f"N{place},New {place},GOODS,pcs,A" for place in range(MANY_ROWS + 1))])


def counted(sql: str) -> int:
    with reading() as session:
        return int(read(session, f"SELECT count(*) FROM {sql}")[0][0])


def after(own_shop: Shop, caller: Caller, left: Any) -> dict[str, Any]:
    """The job that something was left to, when the worker has done what there is."""
    assert left.status_code == 202, left.json
    assert left.headers["Location"] == left.json["url"] == f"/api/v1/jobs/{left.json['job']}"
    work(own_shop)
    told: dict[str, Any] = caller.get(f"jobs/{left.json['job']}").json
    assert told["result_url"] == left.json["result_url"]
    return told


def test_a_job_is_read_tried_again_and_cancelled(call: Call, own_shop: Shop) -> None:
    sue = call("sue")
    job = deed(lambda session: ask(session, refused, by=actor(own_shop, "sue"), about="x.csv"))
    first = sue.get(f"jobs/{job}").json
    assert (first["status"], first["title"], first["asked_by"]) == ("waiting", "Test.refused: x.csv", "Sue Example")
    assert (first["result"], first["result_url"], first["ended_at"]) == (None, None, None)

    work(own_shop)
    failed = sue.get(f"jobs/{job}").json
    assert (failed["status"], failed["error"]) == ("failed", "The file x.csv is not so.")
    assert sue.post(f"jobs/{job}/cancel").status_code == 409
    assert sue.post(f"jobs/{job}/retry").json["status"] == "waiting"
    assert sue.post(f"jobs/{job}/retry").status_code == 409
    assert sue.post(f"jobs/{job}/cancel").json["status"] == "cancelled"


def test_everybody_sees_their_own_and_administrators_all(call: Call, own_shop: Shop) -> None:
    job = asked(own_shop, "sue")

    for name, sees in (("sue", True), ("max", False), ("ada", True), ("una", True)):
        caller = call(name)
        assert [row["id"] for row in caller.get("jobs/").json["result"]] == ([job] if sees else []), name
        assert caller.get(f"jobs/{job}").status_code == (200 if sees else 404), name
        if name != "una":
            assert caller.post(f"jobs/{job}/retry").status_code == (409 if sees else 404), name


def test_what_breaks_a_proof_is_told_to_whoever_sees_amounts(call: Call, own_shop: Shop) -> None:
    with own_shop.engine.begin() as connection:
        unguarded(connection)
        connection.execute(text("UPDATE account_day SET debit = debit + 31.97"))
    job = deed(lambda session: ask(session, prove, by=None))
    work(own_shop)
    only(own_shop, "una", ("view", "Every warehouse"), ("view", "Jobs"))

    for name, sees in (("ada", True), ("una", False)):
        for told in (call(name).get(f"jobs/{job}").json, call(name).get("jobs/").json["result"][0]):
            red = [check for check in told["result"]["checks"] if not check["ok"]]
            assert (len(red) > 0, any(check["offenders"] for check in red)) == (True, sees), name


def test_jobs_are_listed_page_by_page(call: Call, own_shop: Shop) -> None:
    by = actor(own_shop, "sue")
    jobs = deed(lambda session: ask_all(session, [Asked(leave_name, {"name": "x"}) for _ in range(5)], by=by))
    sue = call("sue")

    page, found = sue.get("jobs/?q=(page_size:2)").json, []
    assert page["count"] == 5
    while page["next"]:
        found += [row["id"] for row in page["result"]]
        page = sue.get(f"jobs/?q=(page_size:2)&after={page['next']}").json
    found += [row["id"] for row in page["result"]]

    assert found == sorted(jobs, reverse=True)  # type: ignore[type-var]
    assert page["result"][0]["asked_by"] == "Sue Example"


def test_jobs_are_narrowed_and_ordered_as_every_list_is(call: Call, own_shop: Shop) -> None:
    by = actor(own_shop, "sue")
    done, other = (asked(own_shop, "sue"), deed(lambda session: ask(session, refused, by=by, about="b.csv")))
    work(own_shop)
    sue, max_ = call("sue"), call("max")

    def found(asked: str, by: Caller = sue) -> list[int]:
        answer = by.get(f"jobs/?q={asked}")
        assert answer.status_code == 200, answer.text
        return [row["id"] for row in answer.json["result"]]

    assert found("(filters:!((col:status,value:done)))") == [done]
    assert found("(filters:!((col:task,value:test.refused)))") == [other]
    assert found("(filters:!((col:about,opr:ct,value:csv),(col:status,value:failed)))") == [other]
    assert found("(filters:!((col:at,opr:ge,value:'2100-01-01')))") == []
    assert found("(order_column:id,order_direction:asc)") == [done, other]
    assert found("(filters:!((col:status,value:done)))", max_) == []
    assert sue.get("jobs/?q=(filters:!((col:result,opr:ct,value:x)))").status_code == 422
    assert sue.get("jobs/?q=(order_column:arguments)").status_code == 422


def test_the_file_of_an_export_is_its_persons_alone(call: Call, own_shop: Shop) -> None:
    own_shop.visit("sue").post("/jobs/export", {"address": "/orders/?format=csv"})
    work(own_shop)
    sue, ada = call("sue"), call("ada")

    (job,) = sue.get("jobs/?q=(filters:!((col:status,value:done)))").json["result"]

    assert job["result"]["file"] == "orders.csv"
    with sue.ask("GET", job["result_url"].removeprefix("/api/v1/")) as answer:
        assert answer.data.startswith(b"number,")
    assert ada.get(f"jobs/{job['id']}").json["result_url"] is None
    assert ada.get(f"jobs/{job['id']}/file").status_code == 404


def test_a_large_file_is_left_to_a_job_and_imported_once(call: Call, own_shop: Shop) -> None:
    max_ = call("max")

    left = bring(max_, "products", MANY, Idempotency_Key="k")
    assert bring(max_, "products", MANY, Idempotency_Key="k").json == left.json
    assert (counted("job"), counted("product WHERE sku ~ '^N[0-9]'")) == (1, 0)
    assert max_.get(left.json["result_url"].removeprefix("/api/v1/")).status_code == 404
    told = after(own_shop, max_, left)

    assert (told["status"], told["result"]["added"]) == ("done", MANY_ROWS + 1)
    found = max_.get(left.json["result_url"].removeprefix("/api/v1/")).json
    assert (found["stored"], found["counts"], len(found["rows"])) == (True, told["result"], MANY_ROWS + 1)
    assert call("ada").get(left.json["result_url"].removeprefix("/api/v1/")).status_code == 404
    assert counted("audit_entry WHERE event = 'imported'") == 1


END = {
    "revoked": "UPDATE api_key SET revoked_at = now()", "run out": "UPDATE api_key SET expires_on = '2020-01-01'",
    "without its role": "DELETE FROM api_key_role",
}  # fmt: skip


@pytest.mark.parametrize("end", END)
def test_what_was_left_by_a_key_that_lets_nobody_in_any_more_is_not_done(own_shop: Shop, end: str) -> None:
    program = Caller(own_shop, None)
    program.headers = {"Authorization": f"ApiKey {make_key(own_shop, 'Importer', 'Sales manager')}"}
    left = bring(program, "products", MANY)
    assert left.status_code == 202, left.json
    deed(lambda session: write(session, END[end]))

    work(own_shop)

    told = Caller(own_shop, "ada").get(f"jobs/{left.json['job']}").json
    assert (told["status"], counted("product WHERE sku ~ '^N[0-9]'")) == ("failed", 0)
    assert "any more" in told["error"]


@pytest.mark.parametrize(("query", "status", "rejected"), [("", "failed", 1), ("?preview=true", "done", 1)])
def test_what_a_large_file_would_do_is_told_row_by_row(
    call: Call, own_shop: Shop, query: str, status: str, rejected: int
) -> None:
    max_ = call("max")

    left = bring(max_, "products", f"{MANY}\nX,,GOODS,pcs,A", query)
    told = after(own_shop, max_, left)

    assert told["status"] == status
    found = max_.get(left.json["result_url"].removeprefix("/api/v1/")).json
    assert (found["stored"], found["counts"]["rejected"]) == (False, rejected)
    assert found["rows"][-1]["reason"]
    assert counted("product WHERE sku ~ '^N[0-9]'") == 0


def test_a_large_file_of_the_wrong_kind_is_refused_at_once(call: Call) -> None:
    ken = call("ken")
    lines = "\n".join(f"D{place},NORTH,NUT,5,1" for place in range(MANY_ROWS + 1))

    answer = bring(ken, "receipts", f"document,warehouse,product,quantity,unit_cost\n{lines}")

    assert (answer.status_code, counted("job")) == (422, 0)
