"""The commands, as a person types them."""

from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy.orm import Session

from app import verify_chain
from app.domain.kernel.rows import read, write
from app.web import roles
from tests.traces import checksums
from tests.web.companies import Shop


def run(shop: Shop, *words: str, answers: str | None = None) -> Result:
    return shop.app.test_cli_runner().invoke(args=list(words), input=answers)


def test_set_up_once_more_changes_nothing_and_says_nothing(own_shop: Shop) -> None:
    before = checksums(own_shop.engine)

    result = run(own_shop, "setup")

    assert (result.exit_code, result.output) == (0, "")
    assert checksums(own_shop.engine) == before


def test_set_up_puts_back_what_is_missing_and_leaves_what_somebody_made(own_shop: Shop) -> None:
    with Session(own_shop.engine) as session, session.begin():
        session.connection().exec_driver_sql("DELETE FROM ab_role WHERE name = 'Auditor'")
        session.connection().exec_driver_sql("INSERT INTO ab_role (id, name) VALUES (900, 'Our own')")

    run(own_shop, "setup")

    with Session(own_shop.engine) as session:
        names = {row.name for row in read(session, "SELECT name FROM ab_role")}
    assert names == {*roles.ROLES, "Our own"}


def test_set_up_refuses_books_in_which_an_event_finds_no_account(own_shop: Shop) -> None:
    """It runs before every start: the first invoice of the day is too late to find out."""
    with Session(own_shop.engine) as session, session.begin():
        write(session, "UPDATE posting_rule SET valid_from = '2999-01-01' WHERE event = 'count.processed'")

    result = run(own_shop, "setup")

    assert result.exit_code == 1
    assert "count.processed" in result.output


def test_a_user_is_added_and_can_sign_in(own_shop: Shop) -> None:
    result = run(
        own_shop, "user", "add", "bea", "--name", "Bea Buyer", "--role", "Seller", "--warehouse", "main",
        "--password", "only for tests",
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    page = own_shop.visit("bea").get("/account/").text
    assert "Bea Buyer" in page
    assert "MAIN" in page


def test_a_name_that_is_taken_and_a_warehouse_that_is_not_there_are_refused(own_shop: Shop) -> None:
    taken = run(own_shop, "user", "add", "ADA", "--role", "Seller", "--password", "only for tests")
    nowhere = run(
        own_shop, "user", "add", "bea", "--role", "Seller", "--warehouse", "MOON", "--password", "only for tests"
    )

    assert taken.exit_code == nowhere.exit_code == 1
    assert "There is a user ADA already." in taken.output
    assert "MOON" in nowhere.output


def test_a_password_from_the_command_line_ends_the_sessions(own_shop: Shop) -> None:
    visitor = own_shop.visit("sue")

    result = run(own_shop, "user", "password", "Sue", answers="another for tests\nanother for tests\n")

    assert result.exit_code == 0
    assert "/login/" in visitor.get("/").location
    assert "There is no user" in run(own_shop, "user", "password", "nobody", "--password", "x").output


def test_checking_names_every_proof_and_ends_well(own_shop: Shop) -> None:
    result = run(own_shop, "check")

    assert result.exit_code == 0, result.output
    assert result.output.count("\nok ") > 20
    assert "Everything holds." in result.output


def test_checking_a_broken_database_lists_what_is_broken_and_fails(own_shop: Shop) -> None:
    with own_shop.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL ROLE NONE")
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("UPDATE stock_balance SET on_hand = on_hand + 1 WHERE product_id = 1")

    result = run(own_shop, "check")

    assert result.exit_code == 1
    assert "BROKEN" in result.output
    assert "BOLT" in result.output


def test_a_trade_file_that_is_not_there_is_told(own_shop: Shop) -> None:
    result = run(own_shop, "trade", "nowhere.csv")

    assert result.exit_code == 1
    assert "There is no file nowhere.csv." in result.output


@pytest.mark.parametrize("role", roles.ROLES)
def test_the_frameworks_patterns_of_a_role_match_nothing_else(role: str) -> None:
    import re

    patterns = roles.framework_roles()[role]
    for permission, resource in roles.every_pair():
        matched = any(re.match(view, resource) and re.match(name, permission) for view, name in patterns)
        assert matched is ((permission, resource) in set(roles.pairs(role)))


def test_every_step_that_people_take_has_a_button_and_a_right() -> None:
    from app.web import billing, fulfilment, returns, sales, treasury, warehousing

    views = (sales.OrderView, fulfilment.ShipmentView, warehousing.ReceiptView, returns.ReturnView, billing.InvoiceView,
             treasury.CashOrderView)  # fmt: skip
    follow = {("sales_order", "perform"), ("sales_order", "resume")}
    for view in views:
        steps = {(view.lifecycle.kind, name) for name in view.lifecycle.steps} - follow
        assert {name for _, name in steps} <= set(view.steps)
        for button in view.steps.values():
            assert button.right in roles.rights_of(button.resource or view.resource)
        for name, button in view.steps.items():
            if name in view.lifecycle.actions and not button.states:
                assert button.action is view.lifecycle.actions[name]


def test_the_ledger_is_exported_and_proved_without_the_program(own_shop: Shop, tmp_path: Path) -> None:
    for name in ("ledger.jsonl", "ledger.jsonl.gz"):
        result = run(own_shop, "export-ledger", str(tmp_path / name))

        assert result.exit_code == 0, result.output
        entries, last = verify_chain.verify(tmp_path / name)
        with Session(own_shop.engine) as session:
            head = read(session, "SELECT chain_seq, encode(chain_hash, 'hex') AS hash FROM company")[0]
        assert (entries, last) == (head.chain_seq, head.hash)
        assert entries > 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ledger.jsonl", "ledger.jsonl.gz"]


def test_reservations_lapse_by_a_command_that_may_be_given_every_day(own_shop: Shop) -> None:
    for _ in range(2):
        result = run(own_shop, "expire-reservations")

        assert (result.exit_code, result.output) == (0, "Orders whose reservations lapsed: 0\n"), result.output
