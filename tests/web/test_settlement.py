"""What a payment settles, and what pays a document, as people see and change it."""

import re

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.shop import hidden
from tests.world import TODAY

WHY = {"on": str(TODAY), "reason": "meant for another"}


def one(shop: Shop, sql: str, **values: object) -> object:
    with Session(shop.engine) as session:
        return read(session, sql, **values)[0][0]


def act(shop: Shop) -> int:
    return int(str(one(shop, "SELECT max(id) FROM allocation")))


def left(shop: Shop, payment: int) -> str:
    return str(one(shop, "SELECT round(amount - used, 2) FROM credit WHERE document_id = %(id)s", id=payment))


def paid_in_advance(shop: Shop) -> int:
    """A processed payment of 30.00 for nothing in particular, made by the cashier."""
    cashier, known = shop.visit("cat"), shop.known
    form = hidden(cashier.get("/cash-orders/new").text)
    form |= {"cash_desk": str(known.desk), "customer": str(known.customer), "amount": "30.00", "purpose": "advance"}
    made = cashier.post("/cash-orders/new", form).location
    assert cashier.post(f"{made}/process", {"on": str(TODAY)}).status_code == 302
    return int(made.rsplit("/", 1)[1])


def test_a_payment_says_what_it_pays_and_the_invoice_what_paid_it(shop: Shop) -> None:
    visitor, known = shop.visit("abe"), shop.known

    payment, invoice = visitor.get(f"/cash-orders/{known.cash}").text, visitor.get(f"/invoices/{known.invoice}").text

    assert f'href="/invoices/{known.invoice}"' in payment.split("Pays</h2>")[1]
    assert f'href="/cash-orders/{known.cash}"' in invoice.split("Paid by</h2>")[1]
    assert "20.00" in invoice.split("Paid by</h2>")[1]


def test_whoever_may_settle_is_offered_to_release_and_others_only_see(shop: Shop) -> None:
    known = shop.known

    pages = {name: shop.visit(name).get(f"/invoices/{known.invoice}").text for name in ("max", "sue", "cat", "una")}

    assert {name: "/settlement/acts/" in page for name, page in pages.items()} == {
        "max": True, "sue": False, "cat": True, "una": False,
    }  # fmt: skip
    assert {name: "Paid by" in page for name, page in pages.items()} == {
        "max": True, "sue": False, "cat": True, "una": True,
    }  # fmt: skip


def test_a_released_payment_is_an_advance_and_says_why_in_its_history(own_shop: Shop) -> None:
    cashier, known = own_shop.visit("cat"), own_shop.known
    address = re.search(r'href="(/settlement/acts/\d+/release)"', cashier.get(f"/cash-orders/{known.cash}").text)[1]
    assert "20.00" in cashier.get(address).text

    assert cashier.post(address, {"on": str(TODAY)}).status_code == 409
    answer = cashier.post(address, WHY)

    assert (answer.status_code, answer.location) == (302, f"/cash-orders/{known.cash}")
    assert left(own_shop, known.cash) == "20.00"
    page = cashier.get(f"/cash-orders/{known.cash}").text
    assert "meant for another" in page
    assert "It settles nothing yet." in page
    assert cashier.post(address, WHY).status_code == 302


def test_an_advance_is_allocated_to_documents_and_single_lines(own_shop: Shop) -> None:
    payment, known = paid_in_advance(own_shop), own_shop.known
    cashier = own_shop.visit("cat")
    page = cashier.get(f"/settlement/{payment}").text
    line = re.search(rf"line_{known.approved}_(\d+)", page)[1]
    assert f"document_{known.invoice}" in page

    form = hidden(page) | {"on": str(TODAY), f"document_{known.invoice}": "20", f"line_{known.approved}_{line}": "7.50"}
    answer = cashier.post(f"/settlement/{payment}", form)
    again = cashier.post(f"/settlement/{payment}", form)

    assert (answer.status_code, again.status_code) == (302, 302)
    assert left(own_shop, payment) == "2.50"
    assert "7.50" in cashier.get(f"/orders/{known.approved}").text.split("Paid by</h2>")[1]


def test_what_an_allocation_would_settle_is_told_first_and_leaves_no_trace(own_shop: Shop) -> None:
    payment, known = paid_in_advance(own_shop), own_shop.known
    accountant = own_shop.visit("abe")
    form = hidden(accountant.get(f"/settlement/{payment}").text) | {"on": str(TODAY), "preview": "1"}
    before = checksums(own_shop.engine)

    fits = accountant.post(f"/settlement/{payment}", form | {f"document_{known.invoice}": "28"})
    refused = accountant.post(f"/settlement/{payment}", form | {f"document_{known.invoice}": "28.01"})

    number = one(own_shop, "SELECT number FROM document WHERE id = %(id)s", id=known.invoice)
    told = fits.text.split("Paid or owed</h2>")[1].split("</ul>")[0]
    assert (fits.status_code, str(number) in told, ">paid<" in told) == (200, True, True)
    assert "28.00" in fits.text.split("In the books</h2>")[1].split("</table>")[0]
    assert 'value="28"' in fits.text
    assert "more than the 28.00 that is open" in refused.text
    assert checksums(own_shop.engine) == before


def test_what_a_release_would_open_again_is_told_first_and_leaves_no_trace(own_shop: Shop) -> None:
    accountant, known = own_shop.visit("abe"), own_shop.known
    address = f"/settlement/acts/{act(own_shop)}/release"
    before = checksums(own_shop.engine)

    page = accountant.get(address).text
    refused = accountant.get(f"{address}?on=2001-01-01").text

    number = one(own_shop, "SELECT number FROM document WHERE id = %(id)s", id=known.invoice)
    told = page.split("Paid or owed</h2>")[1].split("</ul>")[0]
    assert (str(number) in told, ">unpaid<" in told) == (True, True)
    assert "20.00" in page.split("In the books</h2>")[1].split("</table>")[0]
    assert ("Paid or owed" in refused, 'role="alert"' in refused) == (False, True)
    assert checksums(own_shop.engine) == before


def test_what_cannot_be_allocated_is_said_and_changes_nothing(own_shop: Shop) -> None:
    payment, known = paid_in_advance(own_shop), own_shop.known
    manager = own_shop.visit("max")
    form = hidden(manager.get(f"/settlement/{payment}").text) | {"on": str(TODAY)}
    before = checksums(own_shop.engine)

    for typed, said in (
        ({}, "Enter an amount"), ({f"document_{known.invoice}": "x"}, "not a number"),
        ({f"document_{known.invoice}": "28.01"}, "more than the 28.00 that is open"),
        ({f"document_{known.approved}": "31"}, "that is left of it"),
        ({"document_999999999": "1"}, "no such document"), ({f"document_{known.invoice}": "-1"}, "above 0"),
    ):  # fmt: skip
        answer = manager.post(f"/settlement/{payment}", form | typed)
        assert (answer.status_code, said in answer.text) == (422, True), said

    assert checksums(own_shop.engine) == before


def test_a_cashier_settles_only_what_came_into_their_own_desk(own_shop: Shop) -> None:
    accountant, known = own_shop.visit("abe"), own_shop.known
    accountant.post(f"/cash-orders/{known.draft_cash_south}/process", {"on": str(TODAY)})
    elsewhere = known.draft_cash_south
    form = {"on": str(TODAY), f"document_{known.invoice}": "9"}
    form |= hidden(accountant.get(f"/settlement/{elsewhere}").text)

    assert own_shop.visit("cat").get(f"/settlement/{elsewhere}").status_code == 404
    assert own_shop.visit("cat").post(f"/settlement/{elsewhere}", form).status_code == 404
    assert accountant.post(f"/settlement/{elsewhere}", form).status_code == 302
    assert own_shop.visit("cat").post(f"/settlement/acts/{act(own_shop)}/release", WHY).status_code == 404
    assert accountant.post(f"/settlement/acts/{act(own_shop)}/release", WHY).status_code == 302


def test_orders_and_shipments_are_paid_at_a_desk_too(own_shop: Shop) -> None:
    cashier, known = own_shop.visit("cat"), own_shop.known

    for address, document in (("orders", known.approved), ("shipments", known.shipment_north)):
        page = cashier.get(f"/{address}/{document}").text
        begun = cashier.get(re.search(r'href="(/cash-orders/new\?pays=\d+)"', page)[1]).text
        amount = re.search(r'name="amount"[^>]*value="([^"]+)"', begun) or re.search(
            r'value="([^"]+)"[^>]*name="amount"', begun
        )
        form = hidden(begun) | {"cash_desk": str(known.desk), "customer": str(known.customer), "amount": amount[1]}
        made = cashier.post("/cash-orders/new", form | {"purpose": "in advance"})
        assert cashier.post(f"{made.location}/process", {"on": str(TODAY)}).status_code == 302

        assert "paid</span>" in cashier.get(f"/{address}/{document}").text
        assert "Take payment" not in cashier.get(f"/{address}/{document}").text
    assert "Take payment" not in cashier.get(f"/shipments/{known.shipment}").text
    assert "Take payment" not in cashier.get(f"/orders/{known.estimate}").text


def test_a_cancelled_order_offers_to_pay_back_what_was_paid_of_it(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("ada"), own_shop.known
    form = hidden(visitor.get(f"/cash-orders/new?pays={known.active}").text)
    form |= {"cash_desk": str(known.desk), "customer": str(known.customer), "amount": "10.00"}
    payment = visitor.post("/cash-orders/new", form).location
    assert visitor.post(f"{payment}/process", {"on": str(TODAY)}).status_code == 302
    assert "repays=" not in visitor.get(f"/orders/{known.active}").text

    assert visitor.post(f"/orders/{known.active}/cancel", WHY).status_code == 302

    back = f"/cash-orders/new?repays={payment.rsplit('/', 1)[1]}"
    assert back in visitor.get(f"/orders/{known.active}").text
    assert 'value="10"' in visitor.get(back).text
    assert "repays=" not in own_shop.visit("sue").get(f"/orders/{known.active}").text
