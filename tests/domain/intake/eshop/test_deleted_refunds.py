"""What becomes of the proposals for a refund that the shop deleted."""

from typing import Any

import pytest

from app.domain.billing.credit_notes import issue_credit_notes
from app.domain.billing.debiting import debit_credit_notes
from app.domain.billing.invoicing import issue_invoices
from app.domain.intake.eshop.dialects import REFUNDS
from app.domain.intake.eshop.notices import look_again
from app.domain.intake.eshop.polling import Found, awaited, keep_found
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import write
from app.domain.treasury.banks import cancel_bank_lines, process_bank_lines
from tests.domain.intake.eshop.bodies import (
    PAID,
    REFUND,
    SHOPIFY_PAID,
    answer,
    as_body,
    shopify,
    shopify_refund,
    woo,
)
from tests.domain.intake.eshop.conftest import Web
from tests.traces import checksums
from tests.world import TODAY, World


def proposed(world: World) -> tuple[list[int], list[int]]:
    """The credit notes and the payments that went out."""
    return world.ids("SELECT id FROM credit_note"), world.ids("SELECT id FROM bank_line WHERE kind = 'expense'")


@pytest.mark.parametrize("by_lines", [False, True])
def test_of_a_refund_that_the_shop_deleted_the_drafts_go(world: World, sold: Web, *, by_lines: bool) -> None:
    before = checksums(world.session)["stock_balance"]
    sold.deliver(woo(at=5, refunds=REFUND, **PAID))
    if by_lines:
        sold.keep(answer(), REFUNDS + "7")
        write(world.session, "UPDATE inbound_message SET received_at = '2026-03-02 09:00:08Z' WHERE topic <> ''")
        sold.apply("7")
    assert [len(its) for its in proposed(world)] == [1, 1]

    sold.deliver(woo(at=9, **PAID))

    assert (proposed(world), sold.orders()["7"]["refunds"]) == (([], []), None)
    assert (sold.outcomes()[-1], checksums(world.session)["stock_balance"]) == (("applied", None), before)
    # What the shop made anew is proposed anew.
    sold.deliver(woo(at=12, refunds=[REFUND[0] | {"id": 4}], **PAID))
    assert [refund[0] for refund in sold.orders()["7"]["refunds"]] == ["4"]
    world.prove()


def test_what_people_did_of_a_refund_that_the_shop_deleted_is_told_until_it_is_taken_back(
    world: World, sold: Web
) -> None:
    def told() -> str:
        world.do(lambda session, by: look_again(session))
        reason = sold.messages()[-1].reason
        return reason["template"].format(**reason["facts"]) if reason else ""

    sold.deliver(woo(at=5, refunds=REFUND, **PAID))
    ([note], [payment]) = proposed(world)
    world.do(issue_credit_notes, [note], on=TODAY)
    world.do(process_bank_lines, [payment], on=TODAY)
    sold.deliver(woo(at=9, **PAID))
    number = world.row("document", note).number
    assert told() == (
        f"The shop deleted refund 3, but credit note {number} is issued for it, and 12.00 is paid back: take the note "
        "back by a debit note, and cancel the payment."
    )

    world.do(cancel_bank_lines, [payment], on=TODAY, reason="deleted")
    assert told() == (
        f"The shop deleted refund 3, but credit note {number} is issued for it: take it back by a debit note."
    )
    debit = world.do(debit_credit_notes, [note], reason="deleted").answer
    world.do(issue_invoices, debit, on=TODAY)
    assert told() == ""
    sold.apply("7")
    assert sold.outcomes()[-1] == ("applied", None)
    world.prove()


def test_of_a_deleted_refund_whose_note_is_issued_the_payment_goes(world: World, sold: Web) -> None:
    sold.deliver(woo(at=5, refunds=REFUND, **PAID))
    ([note], _) = proposed(world)
    world.do(issue_credit_notes, [note], on=TODAY)

    sold.deliver(woo(at=9, **PAID))

    assert proposed(world) == ([note], [])
    assert sold.outcomes()[-1] == ("noticed", "refund_deleted")
    sold.apply("7")
    assert proposed(world) == ([note], [])


def answered(sold: Web, told: list[dict[str, Any]]) -> list[str]:
    """The shop was asked for the refunds of the order; the orders that something is new of."""
    found = [Found("7", REFUNDS + "7", as_body(told))]
    refs: list[str] = sold.world.do(lambda session, by: keep_found(session, sold.id, found))
    for ref in refs:
        sold.apply(ref)
    return refs


def due(sold: Web) -> list[str]:
    return [*awaited(sold.world.session, sold.id).due]


def test_a_refund_that_is_told_no_more_with_the_same_date_is_asked_about(world: World, sold: Web) -> None:
    sold.deliver(woo(at=5, refunds=REFUND, **PAID))
    assert (answered(sold, answer()), due(sold)) == (["7"], [])

    sold.deliver(woo(at=5, **PAID))
    assert ([len(its) for its in proposed(world)], due(sold)) == ([1, 1], ["7"])
    assert answered(sold, []) == ["7"]

    assert (proposed(world), sold.orders()["7"]["refunds"], due(sold)) == (([], []), None, [])
    # What comes late or once more brings nothing back.
    sold.deliver(woo(at=5, refunds=REFUND, **PAID))
    assert (proposed(world), due(sold)) == (([], []), [])
    world.prove()


def test_a_refund_that_was_asked_about_is_gone_though_people_used_its_drafts(world: World, sold: Web) -> None:
    sold.deliver(woo(at=5, refunds=REFUND, **PAID), woo(at=5, **PAID))
    ([note], [payment]) = proposed(world)
    world.do(issue_credit_notes, [note], on=TODAY)
    world.do(process_bank_lines, [payment], on=TODAY)
    assert due(sold) == ["7"]

    answered(sold, [])

    assert [message.code for message in sold.messages() if message.code] == ["refund_deleted"]


def test_drafts_for_refunds_are_asked_about_once_a_day(world: World, sold: Web) -> None:
    sold.deliver(woo(at=5, refunds=REFUND, **PAID))
    answered(sold, answer())
    world.do(issue_credit_notes, proposed(world)[0], on=TODAY)
    day = "UPDATE inbound_message SET last_at = last_at - interval '25 hours'"
    write(world.session, day)
    assert due(sold) == ["7"]

    assert (answered(sold, answer()), due(sold)) == ([], [])
    world.do(process_bank_lines, proposed(world)[1], on=TODAY)
    write(world.session, day)
    assert due(sold) == []


def test_what_a_shop_cannot_say_of_refunds_is_not_asked_for_at_once_again(world: World, sold: Web) -> None:
    sold.deliver(woo(at=5, refunds=REFUND, **PAID))
    assert due(sold) == ["7"]

    why = DomainError("refunds_untold", "The shop says nothing.")
    world.do(lambda session, by: keep_found(session, sold.id, [Found("7", REFUNDS + "7", b"", why)]))

    assert (due(sold), awaited(world.session, sold.id).resting) == ([], {"7"})


def test_a_refund_that_was_there_only_for_a_while_is_gone(world: World, sold: Web) -> None:
    sold.deliver(woo(at=5, refunds=REFUND, **PAID))
    another = [answer()[0], answer()[0] | {"id": 4}]
    told = []
    for its in (answer(), another, answer(), answer()):
        told.append((answered(sold, its), [refund[0] for refund in sold.orders()["7"]["refunds"]]))
        write(world.session, "UPDATE inbound_message SET last_at = last_at - interval '1 minute', "
                             "received_at = received_at - interval '1 minute'")  # fmt: skip

    assert told == [(["7"], ["3"]), (["7"], ["3", "4"]), (["7"], ["3"]), ([], ["3"])]


def test_only_a_later_state_says_that_a_refund_is_deleted(world: World, sold: Web) -> None:
    sold.keep(answer(), REFUNDS + "7")
    sold.apply("7")
    assert [len(its) for its in proposed(world)] == [1, 1]
    sold.deliver(woo(at=9, refunds=REFUND, **PAID), woo(at=5, **PAID))

    assert [len(its) for its in proposed(world)] == [1, 1]


def test_a_shop_that_tells_refunds_one_by_one_deletes_none(world: World, mug: int) -> None:
    web = Web(world, "shopify")
    web.deliver(shopify(**SHOPIFY_PAID))
    web.deliver(shopify_refund("no_restock", "12.00"), topic="refunds/create")
    assert [len(its) for its in proposed(world)] == [1, 1]
    write(world.session, "UPDATE inbound_message SET body = NULL")

    web.deliver(shopify(**SHOPIFY_PAID, updated_at="2026-03-02T13:00:00+02:00", note="x"))

    assert [len(its) for its in proposed(world)] == [1, 1]
