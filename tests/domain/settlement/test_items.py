"""Open items and the payment statuses that follow from them."""

from decimal import Decimal

import pytest

from app.domain.kernel.document import register
from app.domain.kernel.rows import read, write
from app.domain.settlement.items import Item, change_items, close_items, open_items, refresh_statuses, remove_items
from tests.world import TODAY, D, World


@pytest.fixture
def documents(world: World) -> tuple[int, int, int]:
    """An order, a shipment of it and an invoice of that, registered and no more."""
    kinds = ("sales_order", "shipment", "invoice")
    order, shipment, invoice = (register(world.session, kind, [{}])[0] for kind in kinds)
    return order, shipment, invoice


def item(world: World, document: int, line: int, gross: str, **chain: int) -> Item:
    up = {"order_id": None, "shipment_id": None, "invoice_id": None} | chain
    return Item(document, line, world.customer, currency="EUR", on=TODAY, gross=D(gross), **up)


def amounts(world: World, document: int) -> list[Decimal]:
    sql = "SELECT amount FROM open_item WHERE document_id = %(id)s ORDER BY line_id"
    return [row.amount for row in read(world.session, sql, id=document)]


def settle(world: World, document: int, line: int, amount: str) -> None:
    sql = "UPDATE open_item SET allocated = %(amount)s WHERE document_id = %(document)s AND line_id = %(line)s"
    write(world.session, sql, document=document, line=line, amount=D(amount))


def test_each_document_sets_its_negative_lines_against_its_own(world: World, documents: tuple[int, int, int]) -> None:
    order, shipment, _ = documents

    open_items(world.session, [
        item(world, order, 1, "10"), item(world, shipment, 1, "10"), item(world, order, 2, "-4"),
        item(world, shipment, 2, "5"),
    ])  # fmt: skip

    assert (amounts(world, order), amounts(world, shipment)) == ([6, 0], [10, 5])


def test_changed_items_are_set_against_each_other_anew(world: World, documents: tuple[int, int, int]) -> None:
    order, other, _ = documents
    open_items(world.session, [item(world, order, 1, "10"), item(world, order, 2, "-4"), item(world, other, 1, "9")])

    change_items(world.session, {order: [(1, D("3")), (2, D("-1"))]})

    assert (amounts(world, order), amounts(world, other)) == ([2, 0], [9])


def test_closed_items_stay_at_nothing_and_removed_ones_are_gone(world: World, documents: tuple[int, int, int]) -> None:
    order, shipment, _ = documents
    open_items(world.session, [item(world, order, 1, "10"), item(world, shipment, 1, "9")])

    close_items(world.session, [order])
    remove_items(world.session, [shipment])

    assert (amounts(world, order), amounts(world, shipment)) == ([0], [])


@pytest.mark.parametrize(
    ("settled", "statuses"),
    [
        ({}, ["unpaid", "unpaid", "unpaid"]),
        ({"invoice": "1"}, ["partly_paid", "partly_paid", "partly_paid"]),
        ({"invoice": "10"}, ["partly_paid", "partly_paid", "paid"]),
        ({"invoice": "10", "shipment": "20"}, ["partly_paid", "paid", "paid"]),
        ({"order": "30"}, ["partly_paid", "unpaid", "unpaid"]),
        ({"invoice": "10", "shipment": "20", "order": "30"}, ["paid", "paid", "paid"]),
    ],
)
def test_a_status_sums_over_all_that_was_made_from_a_document(
    world: World, documents: tuple[int, int, int], settled: dict[str, str], statuses: list[str]
) -> None:
    order, shipment, invoice = documents
    open_items(world.session, [
        item(world, order, 1, "30", order_id=order),
        item(world, shipment, 1, "20", order_id=order, shipment_id=shipment),
        item(world, invoice, 1, "10", order_id=order, shipment_id=shipment, invoice_id=invoice),
    ])  # fmt: skip
    for name, amount in settled.items():
        settle(world, {"order": order, "shipment": shipment, "invoice": invoice}[name], 1, amount)

    refresh_statuses(world.session, [invoice])

    assert [world.paid(document) for document in documents] == statuses


def test_an_invoice_of_two_shipments_touches_both(world: World, documents: tuple[int, int, int]) -> None:
    order, shipment, invoice = documents
    second = register(world.session, "shipment", [{}])[0]
    open_items(world.session, [
        item(world, invoice, 1, "10", order_id=order, shipment_id=shipment, invoice_id=invoice),
        item(world, invoice, 2, "10", order_id=order, shipment_id=second, invoice_id=invoice),
    ])  # fmt: skip
    settle(world, invoice, 2, "10")

    refresh_statuses(world.session, [invoice])

    assert [world.paid(document) for document in (shipment, second, invoice)] == ["unpaid", "paid", "partly_paid"]


def test_a_document_of_nothing_is_paid_and_others_are_left_alone(world: World, documents: tuple[int, int, int]) -> None:
    order, shipment, invoice = documents
    open_items(world.session, [item(world, invoice, 1, "0", invoice_id=invoice), item(world, shipment, 1, "5")])

    refresh_statuses(world.session, [invoice, order])

    assert [world.paid(document) for document in documents] == ["paid", None, "paid"]


def test_a_status_is_true_again_after_it_changed_back(world: World, documents: tuple[int, int, int]) -> None:
    invoice = documents[2]
    open_items(world.session, [item(world, invoice, 1, "10", invoice_id=invoice)])
    statuses = []

    for amount in ("0", "4", "10", "4", "0"):
        settle(world, invoice, 1, amount)
        refresh_statuses(world.session, [invoice])
        statuses.append(world.paid(invoice))

    assert statuses == ["unpaid", "partly_paid", "paid", "partly_paid", "unpaid"]
