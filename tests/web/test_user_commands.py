"""`flask user`, as whoever has the server types it."""

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.test_cli import run


def line_of(shop: Shop, username: str) -> str:
    listed = run(shop, "user", "list")
    assert listed.exit_code == 0, listed.output
    return next(line for line in listed.output.splitlines() if line.startswith(username))


@pytest.mark.parametrize("command", ["", "add", "list", "password", "deactivate", "reset-code", "roles"])
def test_every_command_explains_itself(own_shop: Shop, command: str) -> None:
    result = run(own_shop, *["user", command, "--help"] if command else ["user", "--help"])

    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_the_list_names_users_roles_and_places(own_shop: Shop) -> None:
    assert line_of(own_shop, "ken").split() == ["ken", "active", "Storekeeper", "NORTH"]
    assert line_of(own_shop, "max").split() == ["max", "active", "Sales", "manager"]


def test_a_deactivated_user_is_out_at_once_and_no_session_of_theirs_comes_back(own_shop: Shop) -> None:
    visitor = own_shop.visit("sue")

    assert run(own_shop, "user", "deactivate", "SUE").exit_code == 0

    assert "/login/" in visitor.get("/").location
    assert line_of(own_shop, "sue").split()[1] == "deactivated"
    with Session(own_shop.engine) as session, session.begin():
        session.connection().exec_driver_sql("UPDATE ab_user SET active = true")
    assert "/login/" in visitor.get("/").location


def test_roles_are_shown_given_and_taken_and_hold_at_once(own_shop: Shop) -> None:
    visitor = own_shop.visit("sue")
    assert run(own_shop, "user", "roles", "sue").output == "Seller\n"

    assert (
        run(own_shop, "user", "roles", "sue", "--role", "Auditor", "--role", "Cashier").output == "Auditor, Cashier\n"
    )
    assert visitor.get("/users/").status_code == 200
    assert run(own_shop, "user", "roles", "sue", "--none").output == "no role\n"
    assert visitor.get("/users/").status_code == 403


def test_a_role_of_ones_own_can_be_given(own_shop: Shop) -> None:
    with Session(own_shop.engine) as session, session.begin():
        session.connection().exec_driver_sql("INSERT INTO ab_role (id, name) VALUES (900, 'Our own')")

    result = run(own_shop, "user", "add", "bea", "--role", "Our own", "--password", "only for tests")

    assert result.exit_code == 0, result.output
    assert line_of(own_shop, "bea").split() == ["bea", "active", "Our", "own"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "bea", "--role", "King", "--password", "only for tests"], "There is no role King"),
        (["add", "b" * 65, "--role", "Seller", "--password", "only for tests"], "at most 64 characters"),
        (["add", "bea", "--name", "b" * 1_000_000, "--role", "Seller", "--password", "only for tests"], "at most 64"),
        (["add", "bea", "--email", "b" * 400, "--role", "Seller", "--password", "only for tests"], "at most 320"),
        (["add", "b\x00", "--role", "Seller", "--password", "only for tests"], "cannot be stored"),
        (["add", "bea", "--name", "\udcff", "--role", "Seller", "--password", "only for tests"], "cannot be stored"),
        (["add", " ", "--role", "Seller", "--password", "only for tests"], "name to sign in with"),
        (["password", "nobody", "--password", "only for tests"], "There is no user nobody"),
        (["password", "b\x00", "--password", "only for tests"], "There is no user"),
        (["deactivate", "nobody"], "There is no user nobody"),
        (["roles", "nobody", "--role", "Seller"], "There is no user nobody"),
        (["roles", "sue", "--role", "King"], "There is no role King: there are Accountant"),
        (["roles", "sue", "--role", "Seller", "--none"], "either --role or --none"),
    ],
)
def test_what_cannot_be_is_told_and_changes_nothing(own_shop: Shop, words: list[str], said: str) -> None:
    before = checksums(own_shop.engine)

    result = run(own_shop, "user", *words)

    assert result.exit_code == 1
    assert said in result.output
    assert checksums(own_shop.engine) == before


def test_a_user_of_the_command_line_has_an_actor_of_their_name(own_shop: Shop) -> None:
    run(own_shop, "user", "add", "bea", "--name", "Bea Buyer", "--role", "Seller", "--password", "only for tests")

    with Session(own_shop.engine) as session:
        row = read(
            session, "SELECT a.name, a.kind FROM actor a JOIN ab_user u ON u.actor_id = a.id WHERE u.username = 'bea'"
        )[0]
    assert (row.name, row.kind) == ("Bea Buyer", "person")
