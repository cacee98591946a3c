"""Drafts are opened again and written anew; what was processed wrong is taken back and opened as a draft."""

import re
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.credit_notes import issue_credit_notes
from app.domain.billing.crediting import credit_lines
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.portions import draft_invoices
from app.domain.billing.returning import ReturnOf, edit_return, return_shipments
from app.domain.billing.returns import process_returns
from app.domain.fulfilment.shipping import process_shipments
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed
from app.web.returns import ReturnView
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.shop import Visitor, hidden
from tests.world import TODAY


def rows(shop: Shop, sql: str, **values: Any) -> list[Any]:
    with Session(shop.engine) as session:
        return list(read(session, sql, **values))


def actor(shop: Shop) -> int:
    """By whom something is done behind somebody's back."""
    by: int = rows(shop, "SELECT actor_id FROM ab_user WHERE username = 'ada'")[0].actor_id
    return by


def form(visitor: Visitor, address: str) -> dict[str, str]:
    """All that a form says, as a browser would send it."""
    return fields(visitor.get(address).text)


def fields(page: str) -> dict[str, str]:
    """All that the form of a page says."""
    typed = dict(re.findall(r'<input[^>]*? name="(\w+)"[^>]*? value="([^"]*)"', page))
    for name, inner in re.findall(r'<select[^>]*? name="(\w+)".*?>(.*?)</select>', page, re.DOTALL):
        chosen = [option for option in re.findall("<option[^>]*>", inner) if " selected" in option]
        typed[name] = re.search('value="([^"]*)"', chosen[0])[1] if chosen else ""
    typed.pop("csrf_token", None)
    return {name: value for name, value in (typed | hidden(page)).items() if not name.endswith("_9999")}


PLACES = {
    "cash_order": ("cat", "/cash-orders", "draft_cash"), "bank_line": ("abe", "/bank-lines", "draft_bank"),
    "bank_statement": ("abe", "/bank-statements", "draft_statement"),
    "adjustment": ("abe", "/adjustments", "draft_adjustment"), "stock_receipt": ("ada", "/receipts", "receipt_draft"),
}  # fmt: skip


@pytest.mark.parametrize("kind", PLACES)
def test_a_draft_saved_as_it_stands_says_what_it_said(own_shop: Shop, kind: str) -> None:
    person, base, name = PLACES[kind]
    visitor, draft = own_shop.visit(person), own_shop.known.ids[name]
    sql = f"SELECT its.*, customer_id, warehouse_id FROM {kind} its JOIN document USING (id) WHERE id = %(id)s"
    before = rows(own_shop, sql, id=draft)[0]._asdict()

    answer = visitor.post(f"{base}/{draft}/edit", form(visitor, f"{base}/{draft}/edit"))

    assert (answer.status_code, answer.location) == (302, f"{base}/{draft}")
    assert rows(own_shop, sql, id=draft)[0]._asdict() == before | {"version": before["version"] + 1}


def test_an_order_that_was_written_abroad_stays_so_where_it_is_saved_as_it_stands(own_shop: Shop) -> None:
    visitor, draft = own_shop.visit("ada"), own_shop.known.ids["estimate"]
    address, sql = f"/orders/{draft}/edit", "SELECT tax_regime FROM sales_order WHERE id = %(id)s"
    assert form(visitor, address)["tax_regime"] == ""

    visitor.post(address, form(visitor, address) | {"tax_regime": "export"})
    visitor.post(address, form(visitor, address))

    assert rows(own_shop, sql, id=draft)[0].tax_regime == "export"


def test_a_payment_written_anew_is_for_its_invoice_with_the_new_amount(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("cat"), own_shop.known
    address = f"/cash-orders/{known.draft_cash}/edit"

    answer = visitor.post(address, form(visitor, address) | {"amount": "6.50", "purpose": "counted again"})

    assert answer.status_code == 302
    [target] = rows(own_shop, "SELECT * FROM cash_order_target WHERE cash_order_id = %(id)s", id=known.draft_cash)
    assert (target.target_id, target.amount) == (known.invoice, Decimal("6.50"))
    assert "counted again" in visitor.get(f"/cash-orders/{known.draft_cash}").text


def test_what_somebody_else_saved_meanwhile_is_not_lost(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("cat"), own_shop.known
    address = f"/cash-orders/{known.draft_cash}/edit"
    old = form(visitor, address)
    visitor.post(address, old | {"amount": "6.50"})

    answer = visitor.post(address, old | {"amount": "7.00"})

    assert (answer.status_code, "saved this meanwhile" in answer.text) == (422, True)
    assert rows(own_shop, "SELECT amount FROM cash_order WHERE id = %(id)s", id=known.draft_cash)[0].amount == 6.5


def test_a_storekeeper_rewrites_a_receipt_and_the_cost_that_others_typed_stays(own_shop: Shop) -> None:
    manager, keeper, known = own_shop.visit("ada"), own_shop.visit("ken"), own_shop.known
    address = f"/receipts/{known.receipt_draft_north}/edit"
    manager.post(address, form(manager, address) | {"cost_0": "2.5"})

    page = keeper.get(address).text
    answer = keeper.post(address, form(keeper, address) | {"quantity_0": "4"})

    assert ("cost_0" in page, answer.status_code) == (False, 302)
    sql = "SELECT quantity, unit_cost FROM stock_receipt_line WHERE receipt_id = %(id)s"
    assert [tuple(row) for row in rows(own_shop, sql, id=known.receipt_draft_north)] == [(4, Decimal("2.5"))]
    assert keeper.get(f"/receipts/{known.receipt_draft}/edit").status_code == 404


def test_a_product_that_stands_twice_in_a_receipt_keeps_both_its_costs(own_shop: Shop) -> None:
    manager, keeper, known = own_shop.visit("ada"), own_shop.visit("ken"), own_shop.known
    address = f"/receipts/{known.receipt_draft_north}/edit"
    twice = {"cost_0": "5", "product_1": str(known.nut), "quantity_1": "2", "cost_1": "7"}
    manager.post(address, form(manager, address) | twice)
    added = {"product_2": str(known.nut), "quantity_2": "1"}

    assert keeper.post(address, form(keeper, address) | added).status_code == 302

    sql = "SELECT unit_cost FROM stock_receipt_line WHERE receipt_id = %(id)s ORDER BY position"
    costs = [row.unit_cost for row in rows(own_shop, sql, id=known.receipt_draft_north)]
    assert costs == [Decimal(5), Decimal(7), None]


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 25, "1" * 5000])
def test_a_version_that_is_no_number_of_ours_is_a_bad_request(own_shop: Shop, version: str) -> None:
    visitor, known = own_shop.visit("cat"), own_shop.known
    address = f"/cash-orders/{known.draft_cash}/edit"

    assert visitor.post(address, form(visitor, address) | {"version": version}).status_code == 400


def test_a_product_key_of_any_length_is_told_as_no_product(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("ada"), own_shop.known
    address = f"/receipts/{known.receipt_draft}/edit"

    answer = visitor.post(address, form(visitor, address) | {"product_0": "1" * 5000})

    assert (answer.status_code, "Choose a product." in answer.text) == (422, True)


def test_an_adjustment_for_another_customer_settles_nothing_of_the_first_one(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("abe"), own_shop.known
    draft, address = known.draft_adjustment, f"/adjustments/{known.draft_adjustment}/edit"
    with own_shop.engine.begin() as connection:
        copy = "SELECT 'C9', 'Nine', payment_term_id FROM customer LIMIT 1 RETURNING id"
        other = connection.exec_driver_sql(f"INSERT INTO customer (code, name, payment_term_id) {copy}").scalar_one()
        part = f"VALUES ({draft}, {known.invoice}, 0.5)"
        connection.exec_driver_sql(f"INSERT INTO adjustment_target (adjustment_id, target_id, amount) {part}")
    sql = "SELECT count(*) AS count FROM adjustment_target WHERE adjustment_id = %(id)s"

    same = visitor.post(address, form(visitor, address))
    kept = rows(own_shop, sql, id=draft)[0].count
    moved = visitor.post(address, form(visitor, address) | {"customer": str(other)})

    assert (same.status_code, kept, moved.status_code) == (302, 1, 302)
    assert rows(own_shop, sql, id=draft)[0].count == 0


def test_correcting_opens_the_draft_and_a_second_click_opens_no_other(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("cat"), own_shop.known
    wrong = {"on": rows(own_shop, "SELECT max(at)::date::text AS on FROM document_history")[0].on, "reason": "slip"}

    first = visitor.post(f"/cash-orders/{known.cash}/correct", wrong)
    again = visitor.post(f"/cash-orders/{known.cash}/correct", wrong)

    draft = int(first.location.rsplit("/", 1)[1])
    assert (first.status_code, again.location) == (302, first.location)
    states = rows(own_shop, "SELECT id, state FROM cash_order WHERE id = ANY(%(ids)s)", ids=[known.cash, draft])
    assert {row.id: row.state for row in states} == {known.cash: "cancelled", draft: "draft"}
    assert f"/cash-orders/{draft}/edit" in visitor.get(first.location).text


def test_what_is_processed_has_no_form(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("cat"), own_shop.known
    before = checksums(own_shop.engine)

    answer = visitor.get(f"/cash-orders/{known.cash}/edit")

    assert (answer.status_code, answer.location) == (302, f"/cash-orders/{known.cash}")
    assert checksums(own_shop.engine) == before


def test_what_comes_back_of_a_shipment_is_picked_anew(own_shop: Shop) -> None:
    visitor, draft = own_shop.visit("sue"), own_shop.known.draft_return
    address, sql = f"/returns/{draft}/edit", "SELECT id, quantity FROM customer_return_line WHERE return_id = %(id)s"
    assert f'href="{address}"' in visitor.get(f"/returns/{draft}").text
    said = form(visitor, address)
    [line] = [name for name in said if name.startswith("quantity_")]
    assert said[line] == "1"

    as_it_stands = visitor.post(address, said)
    stale = visitor.post(address, said | {line: "2"})
    more = visitor.post(address, form(visitor, address) | {line: "2", "note": "counted"})
    too_many = visitor.post(address, form(visitor, address) | {line: "3"})

    assert [answer.status_code for answer in (as_it_stands, stale, more, too_many)] == [302, 422, 302, 422]
    assert ("saved this meanwhile" in stale.text, "more than the 2" in too_many.text) == (True, True)
    assert [row.quantity for row in rows(own_shop, sql, id=draft)] == [2]
    assert "counted" in visitor.get(f"/returns/{draft}").text
    manager = own_shop.visit("max")
    north = form(manager, address) | {line: "1", "warehouse": str(own_shop.known.north)}
    assert visitor.post(address, north | {"form_key": form(visitor, address)["form_key"]}).status_code == 422
    assert manager.post(address, north).status_code == 302
    assert "NORTH" in visitor.get(f"/returns/{draft}").text


def test_a_form_does_not_say_what_was_before_its_version(own_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, draft, shipment = own_shop.visit("sue"), own_shop.known.draft_return, own_shop.known.shipment_lamps
    address, sql = f"/returns/{draft}/edit", "SELECT * FROM customer_return_line WHERE return_id = %(id)s"
    line, by, said = rows(own_shop, sql, id=draft)[0].shipment_line_id, actor(own_shop), ReturnView.said

    def saved_meanwhile(view: ReturnView, pk: int) -> dict[str, Any]:
        monkeypatch.undo()
        deed(lambda session: edit_return(session, draft, ReturnOf([shipment], {line: Decimal(2)}), version=1, by=by))
        return said(view, pk)

    monkeypatch.setattr(ReturnView, "said", saved_meanwhile)
    old = form(visitor, address)
    visitor.post(address, old | {"note": "counted"})

    assert [row.quantity for row in rows(own_shop, sql, id=draft)] == [2]


def test_a_return_of_which_nobody_knows_the_shipment_is_written_anew_by_who_may_consent(own_shop: Shop) -> None:
    ada, sue, known = own_shop.visit("ada"), own_shop.visit("sue"), own_shop.known
    head = {"customer": str(known.customer), "warehouse": str(known.main), "note": ""}
    line = {"product_0": str(known.bolt), "quantity_0": "1"}
    address = ada.post("/returns/new", form(ada, "/returns/new") | head | line).location + "/edit"

    anew = ada.post(address, form(ada, address) | {"quantity_0": "3", "note": "found"})

    draft = int(address.split("/")[2])
    sql = """
    SELECT its.note, line.quantity FROM customer_return its JOIN customer_return_line line ON line.return_id = its.id
    WHERE its.id = %(id)s
    """
    assert (anew.status_code, sue.get(address).status_code) == (302, 302)
    assert [tuple(row) for row in rows(own_shop, sql, id=draft)] == [("found", 3)]


def test_what_is_taken_off_an_invoice_is_picked_anew(own_shop: Shop) -> None:
    visitor, draft = own_shop.visit("abe"), own_shop.known.draft_credit
    address = f"/credit-notes/{draft}/edit"
    assert f'href="{address}"' in visitor.get(f"/credit-notes/{draft}").text
    said = form(visitor, address)
    [back] = [name for name in said if name.startswith("goods_back_")]
    amount = back.replace("goods_back", "amount")
    assert (said["reason"], said[back], said[amount]) == ("dented", "4", "")

    as_it_stands = visitor.post(address, said)
    part = visitor.post(address, form(visitor, address) | {back: "1", amount: "2.50", "reason": "scratched"})
    nothing = visitor.post(address, form(visitor, address) | {back: "", amount: ""})

    sql = "SELECT kind, quantity, net FROM credit_note_line WHERE credit_note_id = %(id)s ORDER BY position"
    assert [answer.status_code for answer in (as_it_stands, part, nothing)] == [302, 302, 422]
    assert [tuple(row) for row in rows(own_shop, sql, id=draft)] == [
        ("goods_back", 1, 10), ("allowance", 0, Decimal("2.5")),
    ]  # fmt: skip
    assert "scratched" in visitor.get(f"/credit-notes/{draft}").text


def test_what_a_draft_says_of_a_line_that_is_credited_meanwhile_is_not_dropped(own_shop: Shop) -> None:
    visitor, shipment, by = own_shop.visit("abe"), own_shop.known.draft_shipment, actor(own_shop)
    deed(lambda session: process_shipments(session, [shipment], by=by, on=TODAY))
    [invoice] = deed(lambda session: draft_invoices(session, [[shipment]], by=by))
    deed(lambda session: issue_invoices(session, [invoice], by=by, on=TODAY))
    sql = "SELECT id FROM invoice_line WHERE invoice_id = %(id)s"
    lines = {row.id: Decimal(1) for row in rows(own_shop, sql, id=invoice)}
    last = max(lines)

    def drafted(pieces: dict[int, Decimal]) -> int:
        return int(deed(
            lambda session: credit_lines(session, [invoice], by=by, reason="x", invoice_again=pieces)
        ).answer[0])  # fmt: skip

    note, other = drafted(lines), drafted({last: Decimal(1)})
    address, name = f"/credit-notes/{note}/edit", f"invoice_again_{last}"
    old = form(visitor, address)
    deed(lambda session: issue_credit_notes(session, [other], by=by, on=TODAY))

    as_it_stands = visitor.post(address, old)
    without = visitor.post(address, form(visitor, address) | {name: ""})

    assert (as_it_stands.status_code, fields(as_it_stands.text)[name], without.status_code) == (422, "1", 302)


def test_what_a_draft_says_of_a_line_that_came_back_meanwhile_is_not_dropped(own_shop: Shop) -> None:
    visitor, draft, by = own_shop.visit("sue"), own_shop.known.draft_return, actor(own_shop)
    address = f"/returns/{draft}/edit"
    [name] = [name for name in form(visitor, address) if name.startswith("quantity_")]
    shipment = own_shop.known.shipment_lamps
    [other] = deed(lambda session: return_shipments(session, [shipment], by=by)).answer
    deed(lambda session: process_returns(session, [other], by=by, on=TODAY))

    old = form(visitor, address)
    as_it_stands = visitor.post(address, old)

    assert (old[name], as_it_stands.status_code, "more than the 0" in as_it_stands.text) == ("1", 422, True)


def test_what_was_filled_in_of_a_line_that_is_gone_meanwhile_is_told(own_shop: Shop) -> None:
    visitor, address = own_shop.visit("sue"), f"/returns/{own_shop.known.draft_return}/edit"
    gone, empty = {"quantity_999999": "1"}, {"quantity_999999": ""}

    answers = [visitor.post(address, form(visitor, address) | more) for more in (gone, empty)]

    assert [answer.status_code for answer in answers] == [422, 302]
    assert "Nothing is left of a line that you filled in" in answers[0].text
