"""What the audit notes, of whom, and that no secret gets there."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.web.passwords import set_password
from app.web.tries import TRIES_PER_ACCOUNT
from tests.web.companies import Shop
from tests.web.shop import PASSWORD, Visitor, hidden
from tests.web.test_cli import run
from tests.web.test_machines import LOGIN, ids, make_key

ENTRIES = """
SELECT coalesce(actor.name, '') AS who, entry.event, entry.subject, entry.facts, entry.address
FROM audit_entry entry LEFT JOIN actor ON actor.id = entry.actor_id ORDER BY entry.id
"""


def entries(shop: Shop, *events: str) -> list[Any]:
    """What was noted after the company was made."""
    with Session(shop.engine) as session:
        rows = read(session, ENTRIES)
    return [row for row in rows if row.address != "command line" and (not events or row.event in events)]


def told(shop: Shop, *events: str) -> list[tuple[str, str, str]]:
    return [(row.event, row.who, row.subject) for row in entries(shop, *events)]


def test_signing_in_and_out_is_noted_with_who_and_from_where(own_shop: Shop) -> None:
    visitor = Visitor(own_shop.app, "sue")
    visitor.post("/login/", {"username": "x", "password": "y"})
    visitor.post("/logout/")
    own_shop.app.test_client().post(LOGIN, json={"username": "ken@example.org", "password": PASSWORD})

    assert told(own_shop) == [
        ("signed_in", "Sue Example", "sue"), ("signed_out", "Sue Example", "sue"), ("signed_in", "Ken Example", "ken"),
    ]  # fmt: skip
    assert {row.address for row in entries(own_shop)} == {"127.0.0.1"}


def test_why_somebody_was_not_let_in_is_noted_and_not_what_they_typed(own_shop: Shop) -> None:
    run(own_shop, "user", "deactivate", "ken")
    client = own_shop.app.test_client()
    for name, password in (("sue", "wrong"), ("ken", PASSWORD), ("my secret", "wrong"), ("Ada@example.org", "wrong")):
        client.post(LOGIN, json={"username": name, "password": password})

    found = [(row.subject, row.facts) for row in entries(own_shop)]
    assert found == [
        ("sue", {"reason": "wrong_password"}), ("ken", {"reason": "deactivated"}), ("", {"reason": "unknown_name"}),
        ("ada", {"reason": "wrong_password"}),
    ]  # fmt: skip


def test_that_somebody_has_to_wait_is_noted_once_however_often_they_try(own_shop: Shop) -> None:
    client = own_shop.app.test_client()
    for _ in range(TRIES_PER_ACCOUNT + 5):
        client.post(LOGIN, json={"username": "ada", "password": "wrong"})

    reasons = [row.facts["reason"] for row in entries(own_shop)]
    assert reasons == ["wrong_password"] * TRIES_PER_ACCOUNT + ["too_many_tries"]


def test_a_name_and_its_e_mail_are_one_account_for_the_count(own_shop: Shop) -> None:
    client = own_shop.app.test_client()
    for name in ("ada", "ADA@example.org") * (TRIES_PER_ACCOUNT // 2):
        client.post(LOGIN, json={"username": name, "password": "wrong"})

    assert client.post(LOGIN, json={"username": "ada", "password": PASSWORD}).status_code == 429


def test_a_changed_user_is_noted_with_before_and_after_and_without_the_password(own_shop: Shop) -> None:
    admin = own_shop.visit("ada")
    form = hidden(admin.get("/users/3/edit").text) | {
        "username": "sue", "first_name": "Susan", "last_name": "Example", "email": "sue@example.org", "active": "y",
        "roles": ids(own_shop, "Auditor", "Seller"), "new_password": "another one for tests",
    }  # fmt: skip
    assert admin.post("/users/3/edit", form).status_code == 302

    (entry,) = entries(own_shop, "user_changed")
    assert (entry.who, entry.subject) == ("Ada Example", "sue")
    assert entry.facts["changes"] == {
        "first_name": ["Sue", "Susan"], "roles": [["Seller"], ["Auditor", "Seller"]], "warehouses": [["MAIN"], []],
        "password": ["", "changed"],
    }  # fmt: skip


def test_a_user_saved_as_they_were_is_no_change(own_shop: Shop) -> None:
    admin = own_shop.visit("ada")
    form = hidden(admin.get("/users/2/edit").text) | {
        "username": "max", "first_name": "Max", "last_name": "Example", "email": "max@example.org", "active": "y",
        "roles": ids(own_shop, "Sales manager"),
    }  # fmt: skip
    assert admin.post("/users/2/edit", form).status_code == 302

    assert entries(own_shop, "user_changed") == []


def test_roles_and_keys_are_noted_from_their_birth_to_their_end(own_shop: Shop) -> None:
    admin = own_shop.visit("ada")
    with Session(own_shop.engine) as session:
        pair = read(
            session,
            """SELECT pair.id FROM ab_permission_view pair JOIN ab_view_menu menu ON menu.id = pair.view_menu_id
               JOIN ab_permission right_ ON right_.id = pair.permission_id
               WHERE menu.name = 'Orders' AND right_.name = 'can_view'""",
        )[0].id
    form = hidden(admin.get("/roles/new").text) | {"name": "Our own", "permissions": str(pair)}
    made = admin.post("/roles/new", form).location
    admin.post(f"{made}/delete")
    key = make_key(own_shop, "Web shop", "Seller")
    admin.post("/api-keys/1/revoke")

    found = [(row.subject, row.facts) for row in entries(own_shop, "role_changed", "key_changed")]
    assert found[0] == ("Our own", {"changes": {"name": [None, "Our own"], "permissions": [[], ["Orders: view"]]}})
    assert found[1] == ("Our own", {"deleted": True})
    assert found[2][1]["changes"]["key"] == ["", "changed"]
    assert found[2][1]["changes"]["roles"] == [[], ["Seller"]]
    assert list(found[3][1]["changes"]) == ["revoked_at"]
    with own_shop.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT string_agg(entry::text, ' ') FROM audit_entry entry").scalar_one()
    assert key[12:] not in kept
    assert "scrypt" not in kept
    assert "pbkdf2" not in kept


def test_the_command_line_is_noted_as_such(own_shop: Shop) -> None:
    run(own_shop, "user", "roles", "sue", "--role", "Auditor")

    with Session(own_shop.engine) as session:
        last = read(session, ENTRIES)[-1]
    assert (last.who, last.address, last.subject) == ("", "command line", "sue")
    assert last.facts["changes"] == {"roles": [["Seller"], ["Auditor"]]}


@pytest.mark.parametrize(
    ("address", "subject", "narrowed"),
    [
        ("/orders/?format=csv&state=estimate", "orders", {"state": "estimate"}),
        ("/products/?format=csv&_flt_0_name=Product", "products", {"_flt_0_name": "Product"}),
        ("/receivables/?format=csv&at=2026-01-31", "receivables", {"at": "2026-01-31"}),
        ("/posting-rules/?format=csv", "posting-rules", {}),
        ("/audit/?format=csv", "audit", {}),
    ],
)
def test_every_export_is_noted_with_its_filter(
    own_shop: Shop, address: str, subject: str, narrowed: dict[str, str]
) -> None:
    with own_shop.visit("una").get(address) as answer:
        assert answer.status_code == 200
        assert answer.text

    (entry,) = entries(own_shop, "exported")
    assert (entry.who, entry.subject) == ("Una Example", subject)
    assert entry.facts["filter"] == narrowed


def test_an_export_of_the_command_line_is_noted_too(own_shop: Shop, tmp_path: Path) -> None:
    result = run(own_shop, "export", "products", "--out", str(tmp_path / "products.csv"))
    assert result.exit_code == 0, result.output

    with Session(own_shop.engine) as session:
        last = read(session, ENTRIES)[-1]
    assert (last.event, last.subject, last.address) == ("exported", "products", "command line")


def test_no_file_leaves_but_through_the_door_that_notes_it() -> None:
    from tests.architecture.source import files

    doors = {path for path, text in files("app/web").items() if 'mimetype="text/csv' in text}
    # An import gives back only the rows that somebody brought.
    assert doors == {"app/web/kit/export.py", "app/web/importing.py"}


def test_the_page_shows_who_did_what_and_narrows(own_shop: Shop) -> None:
    make_key(own_shop, "Web shop", "Seller")
    run(own_shop, "user", "roles", "sue", "--role", "Auditor")
    una = own_shop.visit("una")

    page = una.get("/audit/").text
    assert "roles: Seller → Auditor" in page
    assert "key changed" in page
    narrowed = una.get("/audit/?_flt_2_event=key_changed").text
    assert "Web shop" in narrowed
    assert "Seller → Auditor" not in narrowed
    assert una.get("/audit/1").status_code == 200
    assert una.get("/audit/?_flt_0_at=soon").status_code == 400
    assert una.get("/audit/?_oc_AuditView=facts").status_code == 400


def test_a_change_that_is_rolled_back_is_not_noted(own_shop: Shop) -> None:
    from app.web.people import Person

    before = entries(own_shop)
    with own_shop.app.app_context(), Session(own_shop.engine) as session:
        set_password(session.query(Person).filter_by(username="sue").one(), "another one for tests")
        session.flush()
        session.rollback()

    assert entries(own_shop) == before


def test_an_event_that_nobody_knows_is_not_noted(own_shop: Shop) -> None:
    from app.web.audit import note

    with own_shop.app.app_context(), Session(own_shop.engine) as session:
        note(session, "guessed", "sue")
        with pytest.raises(IntegrityError, match="audit_entry_event"):
            session.flush()
