"""What is overdue: a flag beside the payment status of invoices, orders and shipments, and a filter of their lists."""

import re

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from tests.web.companies import Shop
from tests.web.shop import hidden
from tests.world import TODAY

OVERDUE = re.compile(r'state">overdue<')
KINDS = (("invoices", "invoice"), ("orders", "performed"), ("shipments", "shipment"))


def fall_due(shop: Shop, days: int = 90, which: str = "true") -> None:
    """Instalments were due so long before they are now."""
    with shop.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE instalment SET due_on = due_on - {days} WHERE {which}")


def listed(shop: Shop, kind: str, person: str = "ada") -> set[int]:
    """The documents in the list that is narrowed to what is overdue."""
    page = shop.visit(person).get(f"/{kind}/?overdue=yes").text
    return {int(found) for found in re.findall(rf'data-href="/{kind}/(\d+)"', page)}


def pay(shop: Shop, amount: str, invoice: int) -> None:
    cashier, known = shop.visit("cat"), shop.known
    form = hidden(cashier.get(f"/cash-orders/new?pays={invoice}").text)
    form |= {"cash_desk": str(known.desk), "customer": str(known.customer), "amount": amount}
    made = cashier.post("/cash-orders/new", form)
    assert cashier.post(f"{made.location}/process", {"on": str(TODAY)}).status_code == 302


@pytest.mark.parametrize(("kind", "document"), KINDS)
def test_what_is_overdue_is_flagged_and_found(own_shop: Shop, kind: str, document: str) -> None:
    visitor, pk = own_shop.visit("ada"), own_shop.known.ids[document]
    assert not OVERDUE.search(visitor.get(f"/{kind}/{pk}").text)
    assert listed(own_shop, kind) == set()

    fall_due(own_shop)

    assert OVERDUE.search(visitor.get(f"/{kind}/{pk}").text)
    assert len(OVERDUE.findall(visitor.get(f"/{kind}/").text)) == 1
    assert listed(own_shop, kind) == {pk}


@pytest.mark.parametrize(("kind", "document"), KINDS)
def test_what_is_paid_is_not_overdue_however_long_ago_it_fell_due(own_shop: Shop, kind: str, document: str) -> None:
    fall_due(own_shop)
    assert listed(own_shop, kind) == {own_shop.known.ids[document]}

    pay(own_shop, "28.00", own_shop.known.invoice)

    assert listed(own_shop, kind) == set()
    assert not OVERDUE.search(own_shop.visit("ada").get(f"/{kind}/{own_shop.known.ids[document]}").text)


def test_money_pays_the_earliest_instalment_and_the_later_one_is_not_due(own_shop: Shop) -> None:
    known = own_shop.known
    with own_shop.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO payment_term_part (payment_term_id, position, amount, rule, days) "
            "SELECT payment_term_id, 1, 10, 'days', 5 FROM customer"
        )
    own_shop.visit("abe").post(f"/invoices/{known.draft_invoice}/issue", {"on": str(TODAY)})
    fall_due(own_shop, which=f"document_id = {known.draft_invoice} AND position = 1")
    assert listed(own_shop, "invoices") == {known.draft_invoice}

    pay(own_shop, "10.00", known.draft_invoice)

    assert listed(own_shop, "invoices") == set(), "8.00 are open, and they are due later"
    fall_due(own_shop, which=f"document_id = {known.draft_invoice} AND position = 2")
    assert listed(own_shop, "invoices") == {known.draft_invoice}


def test_what_falls_due_today_is_not_overdue_yet(own_shop: Shop) -> None:
    with Session(own_shop.engine) as session:
        today = read(session, "SELECT (now() AT TIME ZONE time_zone)::date AS day FROM company")[0].day
    with own_shop.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE instalment SET due_on = %s", (today,))

    assert listed(own_shop, "orders") == set()
    fall_due(own_shop, 1)
    assert listed(own_shop, "orders") == {own_shop.known.performed}


def test_who_sees_no_prices_is_told_nothing_of_it(own_shop: Shop) -> None:
    fall_due(own_shop)
    keeper = own_shop.visit("ken")

    assert "verdue" not in keeper.get("/shipments/").text
    assert listed(own_shop, "shipments", "ken") != set(), "what is asked is not heard: the list is not narrowed"


def test_a_filter_stays_while_the_list_is_narrowed_further(own_shop: Shop) -> None:
    fall_due(own_shop)

    page = own_shop.visit("ada").get("/orders/?overdue=yes&state=performed").text

    assert page.count('name="overdue" value="yes"') == 2
    assert 'href="/orders/?state=performed"' in page
