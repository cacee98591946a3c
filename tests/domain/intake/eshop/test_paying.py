"""A paid order brings its payment."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.intake.eshop.paying import brought
from app.domain.kernel.company import company
from app.domain.kernel.rows import read, write
from app.domain.ledger.periods import close_period, reopen_period
from app.domain.treasury.banks import cancel_bank_lines
from tests.domain.intake.eshop.bodies import BILLING, item, woo
from tests.domain.intake.eshop.conftest import Web
from tests.world import TODAY, World

D = Decimal
PAID = {"date_paid_gmt": "2026-03-02T10:00:00"}


def test_a_paid_order_brings_its_payment_which_settles_it(world: World, web: Web) -> None:
    web.deliver(woo(status="on-hold"))
    assert web.orders()["7"]["paid"] == "unpaid"

    web.deliver(woo(at=5, transaction_id="ch_1", **PAID), woo(at=6, status="completed", **PAID))

    order = web.orders()["7"]
    assert (order["paid"], order["money"]) == ("paid", "24.00")
    [line] = read(world.session, "SELECT * FROM bank_line")
    assert (line.bank_account_id, line.state, str(line.on)) == (web.clearing, "processed", "2026-03-02")
    assert line.purpose == "Web shop 7, Наложен платеж, ch_1"
    world.prove()


def test_a_paid_order_that_is_cancelled_leaves_the_money_as_an_advance_and_proposes_to_give_it_back(
    world: World, web: Web
) -> None:  # fmt: skip
    refunds = [{"id": 3, "reason": "", "total": "-24.00"}]
    web.deliver(woo(**PAID), woo(at=5, status="refunded", refunds=refunds, **PAID))

    order = web.orders()["7"]
    assert (order["state"], order["money"]) == ("cancelled", "24.00")
    assert order["refunds"] == [["3", True, None, "24.00", "expense", "draft"]]
    world.prove()


def test_what_the_shop_takes_back_of_a_payment_is_told(web: Web) -> None:
    web.deliver(woo(**PAID), woo(at=5))

    assert web.outcomes()[-1] == ("noticed", "paid_less")


MORE: dict[str, Any] = {"lines": [item(1, "MUG", "30.00", "6.00", 3)], "total": "36.00"}


def test_a_total_that_rises_after_it_was_paid_is_told_and_no_money(world: World, web: Web) -> None:
    web.deliver(woo(**PAID), woo(at=5, **MORE, **PAID))

    order = web.orders()["7"]
    assert (order["gross"], order["paid"], order["money"]) == ("36.00", "partly_paid", "24.00")
    assert web.outcomes()[-1] == ("noticed", "changed_since_paid")
    facts = web.messages()[-1].reason["facts"]
    assert (facts["paid"], facts["paid_on"], facts["total"], facts["difference"]) == (
        "24.00", "2026-03-02", "36.00", "12.00"
    )  # fmt: skip
    # A later word of another payment is one.
    web.deliver(woo(at=9, **MORE, date_paid_gmt="2026-03-03T10:00:00"))
    assert (web.orders()["7"]["money"], web.outcomes()[-1]) == ("36.00", ("applied", None))
    world.prove()


def test_what_was_paid_of_a_total_that_rose_is_known_though_its_messages_are_forgotten(world: World, web: Web) -> None:
    web.deliver(woo(**PAID))
    write(world.session, "UPDATE inbound_message SET body = NULL")

    web.deliver(woo(at=5, **MORE, **PAID))

    assert (web.orders()["7"]["money"], web.outcomes()[-1]) == ("24.00", ("noticed", "changed_since_paid"))


def test_of_a_total_that_rose_before_anything_was_heard_the_rest_is_told_once_it_is(world: World, web: Web) -> None:
    web.deliver(woo(at=5, **MORE, **PAID))
    assert (web.orders()["7"]["money"], web.outcomes()) == ("36.00", [("applied", None)])

    web.deliver(woo(**PAID))

    assert web.orders()["7"]["money"] == "36.00"
    assert web.outcomes() == [("noticed", "paid_less"), ("superseded", None)]


def test_a_total_that_falls_after_it_was_paid_is_told(world: World, web: Web) -> None:
    web.deliver(woo(at=1, **MORE, **PAID), woo(at=5, **PAID))

    order = web.orders()["7"]
    assert (order["gross"], order["paid"], order["money"]) == ("24.00", "paid", "36.00")
    assert web.outcomes()[-1] == ("noticed", "changed_since_paid")
    assert web.messages()[-1].reason["facts"]["difference"] == "-12.00"
    web.deliver(woo(at=9, **MORE, **PAID))
    assert (web.orders()["7"]["paid"], web.outcomes()[-1]) == ("paid", ("applied", None))
    world.prove()


def test_a_paid_order_that_is_wanted_again_is_paid_by_the_money_that_is_there(world: World, web: Web) -> None:
    web.deliver(woo(**PAID), woo(at=5, status="cancelled", **PAID), woo(at=9, **PAID))

    order = web.orders()["7"]
    assert (order["state"], order["paid"], order["money"]) == ("active", "paid", "24.00")
    assert web.outcomes()[-1] == ("applied", None)
    world.prove()


def test_money_of_an_order_that_is_another_customers_by_now_is_told(world: World, web: Web) -> None:
    web.deliver(woo(**PAID))
    web.deliver(woo(at=5, billing=BILLING | {"email": "ivan@example.test"}, **PAID))

    assert (web.orders()["7"]["email"], web.orders()["7"]["paid"]) == ("ivan@example.test", "unpaid")
    assert web.outcomes()[-1] == ("noticed", "paid_by_another")
    assert web.messages()[-1].reason["facts"]["amount"] == "24.00"


def test_a_paid_order_that_waits_for_more_money_is_not_called_off(world: World, web: Web) -> None:
    web.deliver(woo(**PAID), woo(at=5, status="pending", **MORE, **PAID))

    order = web.orders()["7"]
    assert (order["state"], order["gross"], order["money"]) == ("active", "36.00", "24.00")
    assert web.outcomes()[-1] == ("noticed", "changed_since_paid")


def test_what_is_paid_after_the_invoice_settles_the_invoice(world: World, web: Web, mug: int) -> None:
    world.receive(mug, "10")
    web.deliver(woo())
    world.approve(web.document())
    [shipment] = world.drafts(web.document())
    world.ship(shipment)
    invoice = world.invoice(shipment)

    web.deliver(woo(at=5, **PAID))

    assert world.paid(invoice) == "paid"
    world.prove()


def test_what_was_paid_in_a_closed_period_is_booked_on_the_first_open_day_and_told(world: World, web: Web) -> None:
    world.do(close_period, date(2026, 3, 1), date(2026, 3, 31))
    world.do(close_period, date(2026, 4, 1), date(2026, 4, 30))

    web.deliver(woo(**PAID))

    [line] = read(world.session, "SELECT * FROM bank_line")
    assert (line.on, line.state, line.purpose) == (
        date(2026, 5, 1), "processed", "Web shop 7, Наложен платеж, paid on 2026-03-02"
    )  # fmt: skip
    assert (web.orders()["7"]["state"], web.orders()["7"]["paid"]) == ("active", "paid")
    told = web.messages()[0].reason["facts"]
    assert (told["paid_on"], told["booked_on"]) == ("2026-03-02", "2026-05-01")
    web.apply("7")
    assert web.outcomes() == [("noticed", "paid_in_closed_period")]
    world.prove()


def test_where_no_day_is_open_the_order_is_there_and_its_payment_comes_once_one_is(world: World, web: Web) -> None:
    today = company(world.session).today()
    world.do(close_period, date(2026, 3, 1), today)

    web.deliver(woo(**PAID))

    assert (web.orders()["7"]["state"], web.orders()["7"]["money"]) == ("active", "0")
    assert web.outcomes() == [("noticed", "nothing_open")]
    world.do(reopen_period, date(2026, 3, 1), reason="late")
    web.apply("7")
    assert (web.orders()["7"]["money"], web.outcomes()) == ("24.00", [("applied", None)])


def test_a_receipt_that_was_cancelled_here_does_not_come_again(world: World, web: Web) -> None:
    web.deliver(woo(**PAID))
    world.do(cancel_bank_lines, world.ids("SELECT id FROM bank_line"), on=TODAY, reason="never came")

    web.deliver(woo(at=5, status="completed", **PAID))

    assert [row.state for row in brought(world.session, web.id, "7")] == ["cancelled"]


def test_a_paid_order_whose_money_was_charged_back_is_called_off(world: World, web: Web) -> None:
    web.deliver(woo(**PAID), woo(at=5, status="failed", **PAID))

    order = web.orders()["7"]
    assert (order["state"], order["money"], web.outcomes()[-1]) == ("cancelled", "24.00", ("applied", None))
    world.prove()


def test_a_day_that_is_to_come_settles_nothing_and_holds_up_nothing(
    world: World, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.deliver(woo(**PAID), woo(at=5, status="cancelled", **PAID))
    tomorrow = company(world.session).today() + timedelta(days=1)
    monkeypatch.setattr("app.domain.intake.eshop.ordering.local_day", lambda session, at: tomorrow)

    web.deliver(woo(at=9, **PAID))

    order = web.orders()["7"]
    assert (order["state"], order["paid"], web.outcomes()[-1]) == ("active", "unpaid", ("applied", None))
    world.prove()
