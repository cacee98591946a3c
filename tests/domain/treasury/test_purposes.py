"""What money is for beside paying documents: accounts, refunds, transfers and what a count found."""

from datetime import timedelta
from typing import Any

import pytest

from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read, write
from app.domain.treasury.cash import (
    NewCashOrder,
    Target,
    add_cash_orders,
    cancel_cash_orders,
    delete_cash_orders,
    edit_cash_order,
    process_cash_orders,
)
from app.domain.treasury.models import KINDS, PURPOSES
from tests.domain.treasury.conftest import Sale
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)


def drafted(world: World, amount: str, **more: Any) -> int:
    new = NewCashOrder(more.pop("desk", world.desk), more.pop("customer", None), D(amount), "why", **more)
    made: int = world.do(add_cash_orders, [new])[0]
    return made


def processed(world: World, amount: str, **more: Any) -> int:
    on = more.pop("on", TODAY)
    order = drafted(world, amount, **more)
    world.do(process_cash_orders, [order], on=on)
    return order


def refund(world: World, amount: str, *sources: int, customer: int | None = None) -> int:
    share = D(amount) / len(sources)
    targets = [Target(source, share) for source in sources]
    return drafted(world, amount, kind="expense", customer=customer or world.customer, targets=targets)


# Accounts


def test_money_goes_out_to_an_account_and_comes_in_from_one(world: World) -> None:
    income = processed(world, "100.00", about="account", account_id=world.account("4910"))
    expense = processed(world, "30.00", kind="expense", about="account", account_id=world.account("6990"))

    assert world.entry(income, "cash_order.processed") == [("1000", "100.00", "0.00"), ("4910", "0.00", "100.00")]
    assert world.entry(expense, "cash_order.paid_out") == [("1000", "0.00", "30.00"), ("6990", "30.00", "0.00")]
    assert [world.number(order) for order in (income, expense)] == ["C-000001", "P-000001"]
    assert world.ids("SELECT document_id FROM credit") == []
    world.prove()


def test_incomes_and_expenses_of_a_desk_are_numbered_apart_without_a_gap(world: World) -> None:
    world.pay(None, "10.00")
    bad = drafted(world, "99.00", kind="expense", about="difference")
    world.refused(process_cash_orders, [bad], on=TODAY)

    orders = [processed(world, "1.00", kind=kind, about="difference") for kind in ("expense", "income", "expense")]

    assert [world.number(order) for order in orders] == ["P-000001", "C-000002", "P-000002"]
    late = world.refused(process_cash_orders, [drafted(world, "1.00", about="difference")], on=YESTERDAY)
    assert [error.code for error in late.values()] == ["before_last_of_series"]


@pytest.mark.parametrize("role", ["cash", "bank", "receivables", "customer_advances", "inventory", "revenue",
                                  "output_vat", "money_in_transit", "desk_differences"])  # fmt: skip
def test_accounts_that_documents_keep_are_not_chosen_by_hand(world: World, role: str) -> None:
    account = world.ids("SELECT min(id) FROM account WHERE role = %(role)s", role=role)[0]
    new = NewCashOrder(world.desk, None, D(1), kind="expense", about="account", account_id=account)

    error = world.refusal(add_cash_orders, [new])

    assert (error.code, isinstance(error, Invalid)) == ("control_account", True)


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"about": "account"}, "unknown_account"),
        ({"about": "account", "account_id": 999_999_999}, "unknown_account"),
        ({"about": "gift"}, "unknown_purpose"),
        ({"kind": "loan", "about": "difference"}, "unknown_purpose"),
        ({"about": "transfer", "kind": "income"}, "unknown_transfer"),
        ({"about": "transfer", "kind": "income", "transfer_id": 999_999_999}, "unknown_transfer"),
        ({"about": "difference", "transfer_id": 1}, "purpose_mixed"),
        ({"about": "difference", "targets": [Target(1, D(1))]}, "purpose_mixed"),
        ({"about": "customer"}, "unknown_customer"),
        ({"about": "difference", "amount": D("1.001")}, "too_many_decimals"),
        ({"about": "difference", "amount": D("NaN")}, "out_of_range"),
        ({"about": "difference", "amount": D(0)}, "amount_not_positive"),
        ({"about": "difference", "cash_desk_id": 999_999_999}, "unknown_desk"),
    ],
)
def test_a_draft_that_cannot_be_is_refused(world: World, order: dict[str, Any], code: str) -> None:
    good = {"cash_desk_id": world.desk, "customer_id": None, "amount": D(10), "kind": "expense"}
    new = NewCashOrder(**(good | order))

    assert world.refusal(add_cash_orders, [new]).code == code


def test_an_account_and_a_customer_are_not_named_together_and_an_archived_account_not_at_all(world: World) -> None:
    account = world.account("6990")
    mixed = NewCashOrder(world.desk, world.customer, D(1), kind="expense", about="account", account_id=account)
    assert world.refusal(add_cash_orders, [mixed]).code == "purpose_mixed"

    write(world.session, "UPDATE account SET active = false WHERE id = %(id)s", id=account)
    archived = NewCashOrder(world.desk, None, D(1), kind="expense", about="account", account_id=account)
    assert world.refusal(add_cash_orders, [archived]).code == "unknown_account"


def test_an_account_that_was_archived_since_the_draft_takes_nothing(world: World) -> None:
    account = world.ids("SELECT id FROM account WHERE role = 'other' ORDER BY id")[0]
    new = NewCashOrder(world.desk, None, D(5), about="account", account_id=account)
    drafts = world.do(add_cash_orders, [new])
    write(world.session, "UPDATE account SET active = false WHERE id = %(id)s", id=account)

    assert world.refusal(process_cash_orders, drafts, on=TODAY).code == "unknown_account"


def test_every_purpose_is_met_both_ways(world: World, sale: Sale) -> None:
    world.pay(sale.invoice, "36.00", paid="40.00")
    processed(world, "40.00", about="account", account_id=world.account("4910"))
    sent = processed(world, "4.00", kind="expense", about="transfer")
    processed(world, "4.00", about="transfer", transfer_id=sent)
    processed(world, "1.00", kind="expense", about="account", account_id=world.account("6990"))
    for kind in KINDS:
        processed(world, "1.00", kind=kind, about="difference")
    advance = world.ids("SELECT id FROM document WHERE number = 'C-000001'")[0]
    world.do(process_cash_orders, [refund(world, "4.00", advance)], on=TODAY)

    met = {(row.kind, row.about) for row in read(world.session, "SELECT kind, about FROM cash_order")}

    assert met == {(kind, purpose) for kind in KINDS for purpose in PURPOSES}
    world.prove()


# Refunds


def test_an_advance_is_paid_back_in_part_and_no_more_than_is_left(world: World, sale: Sale) -> None:
    payment = world.pay(sale.invoice, "36.00", paid="50.00")
    back = refund(world, "10.00", payment)
    world.do(process_cash_orders, [back], on=TODAY)

    error = world.refused(process_cash_orders, [too_much := refund(world, "4.01", payment)], on=TODAY)[too_much]

    assert world.entry(back, "cash_order.paid_out") == [("1000", "0.00", "10.00"), ("2100", "10.00", "0.00")]
    assert (error.code, error.facts["left"]) == ("more_than_left", D(4))
    world.prove()


def test_a_refunded_payment_is_not_cancelled_before_its_refund(world: World) -> None:
    payment, other = world.pay(None, "50.00"), world.pay(None, "50.00")
    back = refund(world, "50.00", payment)
    world.do(process_cash_orders, [back], on=TODAY)

    error = world.refusal(cancel_cash_orders, [payment], on=TODAY, reason="false coin")

    assert (error.code, error.facts["number"]) == ("repaid", world.number(back))
    world.do(cancel_cash_orders, [back], on=TODAY, reason="not fetched")
    world.do(cancel_cash_orders, [payment], on=TODAY, reason="false coin")
    assert world.entry(back, "cash_order.paid_out.cancelled") == [("1000", "50.00", "0.00"), ("2100", "0.00", "50.00")]
    assert world.state("cash_order", other) == "processed"
    world.prove()


def test_a_refund_names_what_it_pays_back_and_all_of_it(world: World) -> None:
    payment = world.pay(None, "50.00")
    for targets in ([], [Target(payment, D(3))]):
        new = NewCashOrder(world.desk, world.customer, D(5), kind="expense", targets=targets)
        assert world.refusal(add_cash_orders, [new]).code == "nothing_paid_back"


def test_another_customers_money_and_what_gives_none_are_not_paid_back(world: World, sale: Sale) -> None:
    payment = world.pay(None, "50.00")
    foreign = refund(world, "5.00", payment, customer=world.add_customer("C002"))
    nothing = refund(world, "5.00", sale.invoice)

    refused = world.refused(process_cash_orders, [foreign], on=TODAY)
    again = world.refused(process_cash_orders, [nothing], on=TODAY)

    assert (refused[foreign].code, again[nothing].code) == ("foreign_document", "no_money")


def test_money_is_not_paid_back_twice_nor_before_it_came(world: World) -> None:
    world.pay(None, "90.00", on=YESTERDAY)
    payment = world.pay(None, "50.00")
    first, second = refund(world, "50.00", payment), refund(world, "50.00", payment)

    early = world.refused(process_cash_orders, [first], on=YESTERDAY)
    both = world.refused(process_cash_orders, [first, second], on=TODAY)

    assert (early[first].code, list(both), both[second].code) == ("before_document", [second], "more_than_left")


# Transfers


def test_money_goes_to_another_desk_by_two_orders(world: World) -> None:
    shop = world.add_desk("SHOP")
    world.pay(None, "50.00")
    sent = processed(world, "20.00", kind="expense", about="transfer")
    brought = processed(world, "20.00", desk=shop, about="transfer", transfer_id=sent)

    assert world.entry(sent, "cash_order.paid_out") == [("1000", "0.00", "20.00"), ("1020", "20.00", "0.00")]
    assert world.entry(brought, "cash_order.processed") == [("1000", "20.00", "0.00"), ("1020", "0.00", "20.00")]
    world.prove()


def test_what_was_sent_comes_in_once_and_is_not_cancelled_then(world: World) -> None:
    shop = world.add_desk("SHOP")
    world.pay(None, "50.00")
    sent = processed(world, "20.00", kind="expense", about="transfer")
    first, second = (drafted(world, "20.00", desk=shop, about="transfer", transfer_id=sent) for _ in range(2))

    both = world.refused(process_cash_orders, [second, first], on=TODAY)
    world.do(process_cash_orders, [first], on=TODAY)
    later = world.refused(process_cash_orders, [second], on=TODAY)
    error = world.refusal(cancel_cash_orders, [sent], on=TODAY, reason="not sent")

    assert (list(both), later[second].code, error.code) == ([second], "brought_in", "brought_in")
    world.do(cancel_cash_orders, [first], on=TODAY, reason="never came")
    world.do(cancel_cash_orders, [sent], on=TODAY, reason="not sent")
    assert world.refused(process_cash_orders, [second], on=TODAY)[second].code == "not_sent"
    world.prove()


def test_what_was_sent_comes_in_by_the_one_that_is_right_beside_one_that_is_not(world: World) -> None:
    shop = world.add_desk("SHOP")
    world.pay(None, "50.00")
    sent = drafted(world, "20.00", kind="expense", about="transfer")
    bad = drafted(world, "20.00", desk=shop, about="transfer", transfer_id=sent)
    less = NewCashOrder(world.desk, None, D(15), "why", kind="expense", about="transfer")
    world.do(edit_cash_order, sent, less, version=1)
    good = drafted(world, "15.00", desk=shop, about="transfer", transfer_id=sent)
    world.do(process_cash_orders, [sent], on=TODAY)

    refused = world.refused(process_cash_orders, [bad, good], on=TODAY)

    assert {i: error.code for i, error in refused.items()} == {bad: "other_amount"}
    world.do(process_cash_orders, [good], on=TODAY)
    world.prove()


def test_nothing_comes_in_that_was_not_sent_or_before_it_was_or_in_another_amount(world: World) -> None:
    world.pay(None, "50.00", on=YESTERDAY)
    waiting = drafted(world, "20.00", kind="expense", about="transfer")
    other = NewCashOrder(world.desk, None, D(19), about="transfer", transfer_id=waiting)
    assert world.refusal(add_cash_orders, [other]).code == "other_amount"
    back = drafted(world, "20.00", desk=world.add_desk("SHOP"), about="transfer", transfer_id=waiting)

    unsent = world.refused(process_cash_orders, [back], on=TODAY)
    world.do(process_cash_orders, [waiting], on=TODAY)
    early = world.refused(process_cash_orders, [back], on=YESTERDAY)

    assert (unsent[back].code, early[back].code) == ("not_sent", "before_document")


# What a count found


def test_a_count_of_the_desk_finds_too_much_or_too_little(world: World) -> None:
    surplus = processed(world, "0.50", about="difference")
    shortage = processed(world, "0.20", kind="expense", about="difference")

    assert world.entry(surplus, "cash_order.processed") == [("1000", "0.50", "0.00"), ("6910", "0.00", "0.50")]
    assert world.entry(shortage, "cash_order.paid_out") == [("1000", "0.00", "0.20"), ("6910", "0.20", "0.00")]
    world.prove()


def test_an_expense_is_deleted_as_a_draft_and_cancelled_once(world: World) -> None:
    world.pay(None, "5.00")
    world.do(delete_cash_orders, [drafted(world, "1.00", kind="expense", about="difference")])
    order = processed(world, "1.00", kind="expense", about="difference")
    world.do(cancel_cash_orders, [order], on=TODAY, reason="found it")

    again = world.do(cancel_cash_orders, [order], on=TODAY, reason="once more")

    assert (again.done, again.already[order].by) == ([], "Sonia Seller")
    world.prove()


def test_the_bulgarian_chart_has_its_accounts(session: Any) -> None:
    world = World(session, chart="bg")
    income = processed(world, "10.00", about="account", account_id=world.account("7099"))
    sent = processed(world, "10.00", kind="expense", about="transfer")

    assert world.entry(income, "cash_order.processed") == [("501", "10.00", "0.00"), ("7099", "0.00", "10.00")]
    assert world.entry(sent, "cash_order.paid_out") == [("501", "0.00", "10.00"), ("509", "10.00", "0.00")]
    world.prove()


def test_a_transfer_whose_sender_is_gone_is_refused_by_a_sentence(world: World) -> None:
    [sent] = world.do(add_cash_orders, [NewCashOrder(world.desk, None, D(5), kind="expense", about="transfer")])
    other = NewCashOrder(world.add_desk("B"), None, D(5), about="transfer", transfer_id=sent)
    [brings] = world.do(add_cash_orders, [other])
    world.do(edit_cash_order, sent, NewCashOrder(world.desk, world.customer, D(5)), version=1)

    assert world.refusal(process_cash_orders, [brings], on=TODAY).code == "not_sent"
