"""Writing invoices down: portions, in advance, by hand; when they are due, and the terms that say so."""

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from tests.api.test_attacks import only
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.shop import Visitor, hidden


def rows(shop: Shop, sql: str, **values: object) -> list[tuple[object, ...]]:
    with Session(shop.engine) as session:
        return [tuple(row) for row in read(session, sql, **values)]


def lines(shop: Shop, address: str) -> list[tuple[object, ...]]:
    """SKU, quantity, kind and gross of an invoice's lines."""
    sql = "SELECT sku, quantity::text, kind, gross::text FROM invoice_line WHERE invoice_id = %(id)s ORDER BY position"
    return rows(shop, sql, id=int(address.rsplit("/", 1)[1]))


def line_of(shop: Shop, table: str, parent: str, document: int) -> int:
    found = rows(shop, f"SELECT min(id) FROM {table} WHERE {parent} = %(id)s", id=document)
    return int(str(found[0][0]))


def approved(shop: Shop) -> tuple[str, dict[str, str], Visitor]:
    """The page on which the approved order is invoiced in advance, three of its five bolts."""
    visitor = shop.visit("abe")
    address = f"/invoices/advance?order={shop.known.approved}"
    line = line_of(shop, "sales_order_line", "order_id", shop.known.approved)
    empty = {f"quantity_{line + 1}": ""}
    return address, hidden(visitor.get(address).text) | empty | {f"quantity_{line}": "3"}, visitor


def test_lines_are_picked_from_the_shipments_of_a_customer(own_shop: Shop) -> None:
    visitor = own_shop.visit("abe")
    visitor.post(f"/invoices/{own_shop.known.draft_invoice}/delete", hidden(visitor.get(
        f"/invoices/{own_shop.known.draft_invoice}/delete").text))  # fmt: skip
    line = line_of(own_shop, "shipment_line", "shipment_id", own_shop.known.shipment_north)
    assert "Show what is to be invoiced" in visitor.get("/invoices/portion").text
    address = f"/invoices/portion?shipment={own_shop.known.shipment_north}"
    page = visitor.get(address).text
    assert f'name="quantity_{line}" value="6"' in page

    answer = visitor.post(address, hidden(page) | {f"quantity_{line}": "4", "note": "first part"})

    assert answer.status_code == 302
    assert lines(own_shop, answer.location) == [("NUT", "4", "shipment", "12.00")]
    assert "first part" in visitor.get(answer.location).text


def test_a_portion_is_rewritten_and_a_stale_form_is_told(own_shop: Shop) -> None:
    visitor = own_shop.visit("abe")
    address = f"/invoices/{own_shop.known.draft_invoice}/edit"
    line = line_of(own_shop, "shipment_line", "shipment_id", own_shop.known.shipment_north)
    form = hidden(visitor.get(address).text) | {f"quantity_{line}": "2", "due_dates": "2031-01-31"}

    first, second = visitor.post(address, form), visitor.post(address, form | {f"quantity_{line}": "3"})

    assert first.status_code == 302
    assert lines(own_shop, first.location) == [("NUT", "2", "shipment", "6.00")]
    assert rows(own_shop, "SELECT due_dates FROM invoice WHERE due_dates <> '[]'") == [(["2031-01-31"],)]
    assert second.status_code == 422
    assert "saved this meanwhile" in second.text


@pytest.mark.parametrize(
    ("quantity", "dates", "said"),
    [
        ("7", "", "more than the 6"),
        ("many", "", "is not a number"),
        ("0", "", "must be above 0"),
        ("", "", "at least one line"),
        ("1", "soon", "Write dates like 2026-01-31"),
    ],
)
def test_what_cannot_be_picked_is_told_and_changes_nothing(
    own_shop: Shop, quantity: str, dates: str, said: str
) -> None:
    visitor = own_shop.visit("abe")
    address = f"/invoices/{own_shop.known.draft_invoice}/edit"
    line = line_of(own_shop, "shipment_line", "shipment_id", own_shop.known.shipment_north)
    form = hidden(visitor.get(address).text) | {f"quantity_{line}": quantity, "due_dates": dates}
    before = checksums(own_shop.engine)

    answer = visitor.post(address, form)

    assert (answer.status_code, said in answer.text) == (422, True)
    assert f'value="{quantity}"' in answer.text
    assert checksums(own_shop.engine) == before


def test_an_order_is_invoiced_in_advance_and_the_draft_is_rewritten(own_shop: Shop) -> None:
    address, form, visitor = approved(own_shop)
    assert "Invoice in advance" in visitor.get(f"/orders/{own_shop.known.approved}").text

    made = visitor.post(address, form)
    again = visitor.post(address, form)
    edit = f"{made.location}/edit"
    line = line_of(own_shop, "sales_order_line", "order_id", own_shop.known.approved)
    edited = visitor.post(edit, hidden(visitor.get(edit).text) | {f"quantity_{line}": "5"})

    assert made.location == again.location == edited.location
    assert lines(own_shop, made.location) == [("BOLT", "5", "advance", "60.00")]
    assert rows(own_shop, "SELECT pre_invoiced::text FROM sales_order_line WHERE id = %(id)s", id=line) == [("5",)]


def test_a_service_and_a_text_are_invoiced_by_hand_and_the_draft_is_rewritten(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("abe"), own_shop.known
    account = str(rows(own_shop, "SELECT min(id) FROM account WHERE role = 'other'")[0][0])
    rate = str(rows(own_shop, "SELECT min(id) FROM tax_rate WHERE rate = 20")[0][0])
    form = hidden(visitor.get("/invoices/new").text) | {
        "customer": str(known.customer), "product_0": str(known.care), "quantity_0": "2", "price_0": "15",
        "text_1": "Rent of a shelf", "account_1": account, "tax_rate_1": rate, "quantity_1": "1", "price_1": "10",
    }  # fmt: skip

    made = visitor.post("/invoices/new", form)
    edit = f"{made.location}/edit"
    page = visitor.get(edit).text
    edited = visitor.post(edit, form | hidden(page) | {"quantity_1": "3"})

    assert "Rent of a shelf" in page
    assert (made.status_code, edited.status_code) == (302, 302)
    assert lines(own_shop, edited.location) == [("CARE", "2", "free", "36.00"), ("", "3.000", "free", "36.00")]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"product_0": "bolt"}, "is no service"),
        ({"price_0": ""}, "is not a number"),
        ({"quantity_0": "0"}, "above 0"),
        ({"account_0": "9" * 30}, "not one of the choices"),
        ({"customer": ""}, "This field is required."),
        ({"product_0": "", "text_0": "Rent"}, "choose the account"),
        ({"product_0": "", "price_0": ""}, "no lines"),
    ],
)
def test_what_cannot_be_invoiced_by_hand_is_told(own_shop: Shop, changes: dict[str, str], said: str) -> None:
    visitor, known = own_shop.visit("abe"), own_shop.known
    form = hidden(visitor.get("/invoices/new").text) | {
        "customer": str(known.customer), "product_0": str(known.care), "price_0": "15",
    }  # fmt: skip
    named = {name: str(known.bolt) if value == "bolt" else value for name, value in changes.items()}
    before = checksums(own_shop.engine)

    answer = visitor.post("/invoices/new", form | named)

    assert (answer.status_code, said in answer.text) == (422, True)
    assert checksums(own_shop.engine) == before


def test_only_services_are_offered_for_a_line_by_hand(shop: Shop) -> None:
    found = shop.visit("abe").get("/invoices/choices/product?q=").json

    assert [row["text"] for row in found] == ["CARE Product CARE"]


def test_an_issued_invoice_is_put_off_with_a_reason(own_shop: Shop) -> None:
    visitor, address = own_shop.visit("abe"), f"/invoices/{own_shop.known.invoice}"
    step = f"{address}/reschedule"
    form = hidden(visitor.get(step).text)

    unanswered = visitor.post(step, form | {"due_dates": "soon", "reason": "holidays"})
    answer = visitor.post(step, form | {"due_dates": "2031-05-05", "reason": "holidays"})

    assert (unanswered.status_code, "Write dates like" in unanswered.text) == (409, True)
    assert answer.status_code == 302
    page = visitor.get(address).text
    assert "2031-05-05" in page
    assert "holidays" in page
    assert visitor.get(f"/invoices/{own_shop.known.draft_invoice}/reschedule").status_code == 302


def test_what_is_overdue_is_told_in_the_list_and_on_the_page(own_shop: Shop) -> None:
    visitor, address = own_shop.visit("abe"), f"/invoices/{own_shop.known.invoice}"
    assert "overdue" not in visitor.get(address).text

    with own_shop.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE instalment SET due_on = due_on - 90")

    assert "overdue" in visitor.get(address).text
    assert ">28.00<" in visitor.get("/invoices/").text, "48.00 less the 20.00 that are paid"


def test_a_term_has_parts_and_shows_its_dates(own_shop: Shop) -> None:
    visitor = own_shop.visit("abe")
    new = hidden(visitor.get("/payment-terms/new").text) | {
        "code": "END", "name": "End of next month", "rule": "end_of_month", "days": "0", "months": "1", "day": "1",
    }  # fmt: skip
    address = visitor.post("/payment-terms/new", new).location
    term = address.rsplit("/", 1)[1]
    part = hidden(visitor.get(f"/payment-term-parts/new?payment_term_id={term}").text) | {
        "payment_term_id": term, "position": "1", "percent": "30", "rule": "immediate", "days": "0", "months": "0",
        "day": "1",
    }  # fmt: skip

    both = visitor.post("/payment-term-parts/new", part | {"amount": "5"})
    one = visitor.post("/payment-term-parts/new", part)

    assert (both.status_code, "and not both" in both.text) == (422, True)
    assert one.status_code == 302
    page = visitor.get(address).text
    assert "The next twelve months" in page
    [[today]] = rows(own_shop, "SELECT (now() AT TIME ZONE time_zone)::date FROM company")
    assert f"<td>{today}</td><td>{today}, " in page


def test_what_waits_for_its_invoice_is_listed_red_after_the_companys_days(own_shop: Shop) -> None:
    visitor = own_shop.visit("abe")
    page = visitor.get("/to-invoice/").text
    assert f"/invoices/portion?shipment={own_shop.known.shipment_north}" in page
    assert "bg-red-lt" not in page

    with own_shop.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE company SET invoice_days = 0")

    assert "bg-red-lt" in visitor.get("/to-invoice/").text


def test_of_what_was_invoiced_in_advance_only_what_can_be_is_offered_to_credit(own_shop: Shop) -> None:
    address, form, visitor = approved(own_shop)
    made = visitor.post(address, form).location
    visitor.post(f"{made}/issue", hidden(visitor.get(f"{made}/issue").text))
    line = line_of(own_shop, "invoice_line", "invoice_id", int(made.rsplit("/", 1)[1]))

    page = visitor.get(f"{made}/credit_part").text
    asked = {"reason": "wrong", f"invoice_again_{line}": "2", f"amount_{line}": "1.50"}
    note = visitor.post(f"{made}/credit_part", hidden(page) | asked)

    assert "Invoice again, at most 3" in page
    assert f'name="goods_back_{line}"' not in page
    assert note.status_code == 302
    sql = "SELECT kind, quantity::text FROM credit_note_line WHERE invoice_line_id = %(id)s ORDER BY position"
    assert rows(own_shop, sql, id=line) == [("invoice_again", "2"), ("allowance", "0")]


def test_of_what_waits_for_its_invoice_one_sees_what_one_sees_elsewhere(own_shop: Shop) -> None:
    known, all_of_it = own_shop.known, own_shop.visit("abe").get("/to-invoice/").text
    [[shipment]] = rows(own_shop, f"SELECT number FROM document WHERE id = {known.shipment_north}")
    assert shipment in all_of_it
    assert "Advances without invoice" in all_of_it

    only(own_shop, "sue", ("view", "Invoices"), ("view", "Shipments"))
    own = own_shop.visit("sue").get("/to-invoice/").text
    assert "Shipped, not invoiced" in own
    assert shipment not in own
    assert "Advances without invoice" not in own

    only(own_shop, "ken", ("view", "Invoices"))
    assert "You see neither shipments nor payments." in own_shop.visit("ken").get("/to-invoice/").text


def test_lines_typed_by_hand_are_edited_by_those_who_see_their_prices(own_shop: Shop) -> None:
    visitor = own_shop.visit("abe")
    form = hidden(visitor.get("/invoices/new").text) | {
        "customer": str(own_shop.known.customer), "text_0": "Advice", "quantity_0": "1", "price_0": "33.70",
        "account_0": str(rows(own_shop, "SELECT min(id) FROM account WHERE role = 'other'")[0][0]),
    }  # fmt: skip
    address = visitor.post("/invoices/new", form).location
    assert "33.7" in visitor.get(f"{address}/edit").text

    only(own_shop, "sue", ("view", "Invoices"), ("edit", "Invoices"), ("view", "Every warehouse"))

    page = own_shop.visit("sue").get(f"{address}/edit")
    assert page.status_code == 302
    assert "/edit" not in own_shop.visit("sue").get(address).text


def test_a_draft_of_what_one_does_not_see_is_not_edited_as_its_lines_would_be_lost(own_shop: Shop) -> None:
    address = f"/invoices/{own_shop.known.draft_invoice}"
    assert own_shop.visit("abe").get(f"{address}/edit").status_code == 200

    rights = (("view", "Invoices"), ("edit", "Invoices"), ("view", "Prices"), ("view", "Every warehouse"))
    only(own_shop, "sue", *rights)
    only(own_shop, "ken", *rights, ("view", "Shipments"))

    assert own_shop.visit("sue").get(f"{address}/edit").status_code == 302
    assert own_shop.visit("ken").get(f"{address}/edit").status_code == 200
