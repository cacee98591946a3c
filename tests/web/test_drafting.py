"""Writing documents down: orders, receipts and payments, from a form with lines."""

import re

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.shop import Visitor, hidden
from tests.world import TODAY


def order(shop: Shop, visitor: Visitor, **changes: str) -> dict[str, str]:
    known = shop.known
    return hidden(visitor.get("/orders/new").text) | {
        "customer": str(known.customer), "warehouse": str(known.main), "on": str(TODAY), "channel": "phone",
        "product_0": str(known.bolt), "quantity_0": "3", "product_1": str(known.care), "quantity_1": "1",
    } | changes  # fmt: skip


def written(shop: Shop, address: str) -> list[tuple[str, str, str]]:
    """SKU, quantity and price of each line of an order."""
    sql = "SELECT sku, quantity, unit_price FROM sales_order_line WHERE order_id = %(id)s ORDER BY position"
    with Session(shop.engine) as session:
        return [(row.sku, str(row.quantity), str(row.unit_price)) for row in
                read(session, sql, id=int(address.rsplit("/", 1)[1]))]  # fmt: skip


def test_an_order_is_written_down_with_prices_from_the_list(own_shop: Shop) -> None:
    seller = own_shop.visit("sue")

    answer = seller.post("/orders/new", order(own_shop, seller))

    assert answer.status_code == 302
    assert written(own_shop, answer.location) == [("BOLT", "3", "10.00"), ("CARE", "1", "15.00")]
    page = seller.get(answer.location).text
    assert "estimate" in page
    assert "54.00" in page


def test_an_order_may_be_worked_in_another_way_than_its_warehouse(own_shop: Shop) -> None:
    seller = own_shop.visit("sue")

    made = seller.post("/orders/new", order(own_shop, seller, way="manager_storekeeper")).location

    assert f"{made}/process" not in seller.get(made).text
    page = seller.get(f"{made}/edit").text
    assert re.search(r'value="manager_storekeeper"[^>]*selected|selected[^>]*value="manager_storekeeper"', page)
    assert seller.post(f"{made}/edit", order(own_shop, seller, way="") | hidden(page)).location == made
    assert f"{made}/process" in seller.get(made).text
    assert seller.post("/orders/new", order(own_shop, seller, way="by_pigeon")).status_code == 422


def test_lines_that_came_under_one_number_are_refused_rather_than_one_be_lost(own_shop: Shop) -> None:
    known, seller, biller = own_shop.known, own_shop.visit("sue"), own_shop.visit("abe")
    twice = {"product_7": [str(known.bolt), str(known.nut)], "quantity_7": ["3", "4"]}
    by_hand = hidden(biller.get("/invoices/new").text) | {
        "customer": str(known.customer), "product_0": str(known.care), "price_0": ["15", "16"],
    }  # fmt: skip
    before = checksums(own_shop.engine)

    answers = [seller.post("/orders/new", order(own_shop, seller) | twice), biller.post("/invoices/new", by_hand)]

    assert [(answer.status_code, "came under one number" in answer.text) for answer in answers] == [(422, True)] * 2
    assert checksums(own_shop.engine) == before


def test_the_same_order_sent_twice_is_one(own_shop: Shop) -> None:
    seller = own_shop.visit("sue")
    form = order(own_shop, seller)

    first, second = seller.post("/orders/new", form), seller.post("/orders/new", form)

    assert first.location == second.location


def test_goods_of_no_shipment_are_written_down_by_whoever_may_consent(own_shop: Shop) -> None:
    known, visitor = own_shop.known, own_shop.visit("max")
    form = hidden(visitor.get("/returns/new").text) | {
        "customer": str(known.customer), "warehouse": str(known.main), "note": "", "product_0": str(known.bolt),
        "quantity_0": "2", "cost_0": "",
    }  # fmt: skip

    answer = visitor.post("/returns/new", form)

    assert answer.status_code == 302
    assert own_shop.visit("sue").get("/returns/new").status_code in (302, 403, 404)
    with Session(own_shop.engine) as session:
        [line] = read(session, "SELECT * FROM customer_return_line ORDER BY id DESC LIMIT 1")
        assert (line.shipment_line_id, line.product_id, line.quantity) == (None, known.bolt, 2)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"quantity_0": "many"}, "is not a number"),
        ({"quantity_0": "1.5"}, "decimals"),
        ({"quantity_0": "0"}, "BOLT"),
        ({"quantity_0": ""}, "this is needed"),
        ({"quantity_0": "1e99"}, "not a usable number"),
        ({"product_0": "999999"}, "Choose a product."),
        ({"product_0": ""}, "Choose a product."),
        ({"product_0": "9" * 40}, "Choose a product."),
        ({"customer": "999999"}, "This is not one of the choices."),
        ({"customer": ""}, "This field is required."),
        ({"on": "soon"}, "Not a valid date value"),
        ({"channel": "pigeon"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_is_told_and_what_was_typed_is_kept(own_shop: Shop, changes: dict[str, str], said: str) -> None:
    seller = own_shop.visit("sue")
    before = checksums(own_shop.engine)

    answer = seller.post("/orders/new", order(own_shop, seller, **changes))

    assert answer.status_code == 422
    assert said in answer.text
    assert "CARE Product CARE" in answer.text
    assert checksums(own_shop.engine) == before


def test_a_warehouse_that_is_not_ones_own_is_no_choice(own_shop: Shop) -> None:
    seller = own_shop.visit("sue")

    answer = seller.post("/orders/new", order(own_shop, seller, warehouse=str(own_shop.known.north)))

    assert answer.status_code == 422
    assert "This is not one of the choices." in answer.text


def test_only_who_keeps_the_price_lists_types_another_price(own_shop: Shop) -> None:
    seller, manager = own_shop.visit("sue"), own_shop.visit("max")

    by_seller = seller.post("/orders/new", order(own_shop, seller, price_0="1"))
    by_manager = manager.post("/orders/new", order(own_shop, manager, price_0="1"))

    assert "Another price" not in seller.get("/orders/new").text
    assert written(own_shop, by_seller.location)[0] == ("BOLT", "3", "10.00")
    assert written(own_shop, by_manager.location)[0][2].startswith("1")


def test_a_storekeeper_writes_a_receipt_without_seeing_its_cost(own_shop: Shop) -> None:
    keeper, known = own_shop.visit("ken"), own_shop.known
    page = keeper.get("/receipts/new").text
    form = hidden(page) | {"warehouse": str(known.north), "product_0": str(known.nut)}
    form |= {"quantity_0": "12", "cost_0": "9"}

    answer = keeper.post("/receipts/new", form)

    assert "Cost of one" not in page
    assert answer.status_code == 302
    with Session(own_shop.engine) as session:
        sql = "SELECT unit_cost FROM stock_receipt_line WHERE receipt_id = %(id)s"
        assert read(session, sql, id=int(answer.location.rsplit("/", 1)[1]))[0].unit_cost is None


def said(shop: Shop, table: str, parent: str, address: str) -> list[tuple[int, str]]:
    """Product and quantity of each line of a document."""
    sql = f"SELECT product_id, quantity FROM {table} WHERE {parent} = %(id)s ORDER BY position"
    with Session(shop.engine) as session:
        return [(row.product_id, str(row.quantity)) for row in
                read(session, sql, id=int(address.rsplit("/", 1)[1]))]  # fmt: skip


def test_a_draft_of_a_receipt_is_written_anew_and_a_processed_one_is_not(own_shop: Shop) -> None:
    manager, known = own_shop.visit("max"), own_shop.known
    address = f"/receipts/{known.receipt_draft}"
    page = manager.get(f"{address}/edit").text
    assert f'href="{address}/edit"' in manager.get(address).text
    assert "NUT Product NUT" in page

    form = hidden(page) | {"warehouse": str(known.main), "note": "counted again", "product_0": str(known.nut)}
    answer = manager.post(f"{address}/edit", form | {"quantity_0": "7", "cost_0": "2"})

    assert answer.location == address
    assert said(own_shop, "stock_receipt_line", "receipt_id", address) == [(known.nut, "7")]
    assert "counted again" in manager.get(address).text
    assert manager.post(f"{address}/edit", form | {"quantity_0": "9"}).status_code == 422
    assert said(own_shop, "stock_receipt_line", "receipt_id", address) == [(known.nut, "7")]
    assert manager.get(f"/receipts/{known.receipt}/edit").status_code == 302
    assert manager.post(f"{address}/edit", form | {"version": "x"}).status_code == 400


def test_a_draft_of_a_write_off_is_written_anew(own_shop: Shop) -> None:
    keeper, known = own_shop.visit("ken"), own_shop.known
    form = {"warehouse": str(known.north), "reason": "lost", "product_0": str(known.nut), "quantity_0": "3"}
    made = keeper.post("/write-offs/new", form | hidden(keeper.get("/write-offs/new").text)).location
    page = keeper.get(f"{made}/edit").text

    answer = keeper.post(f"{made}/edit", form | {"quantity_0": "2", "reason": "sample"} | hidden(page))

    assert 'value="3"' in page
    assert answer.location == made
    assert said(own_shop, "write_off_line", "write_off_id", made) == [(known.nut, "2")]
    assert "given as a sample" in keeper.get(made).text


def test_opening_stock_is_written_down_with_its_value_and_processed(own_shop: Shop) -> None:
    accountant, known = own_shop.visit("abe"), own_shop.known
    form = hidden(accountant.get("/opening-stock/new").text) | {
        "warehouse": str(known.north), "product_0": str(known.bolt), "quantity_0": "3", "value_0": "10.00",
    }  # fmt: skip
    made = accountant.post("/opening-stock/new", form).location
    again = hidden(accountant.get(f"{made}/edit").text) | {
        "warehouse": str(known.north), "product_0": str(known.bolt), "quantity_0": "4", "value_0": "10.00",
    }  # fmt: skip
    assert accountant.post(f"{made}/edit", again).location == made

    assert accountant.post(f"{made}/process", {"on": str(TODAY)}).status_code == 302

    page = accountant.get(made).text
    assert "OS-000001" in page
    assert said(own_shop, "opening_stock_line", "opening_id", made) == [(known.bolt, "4")]
    assert "/edit" not in page


def test_a_payment_begun_from_an_invoice_knows_whose_and_how_much(own_shop: Shop) -> None:
    cashier, known = own_shop.visit("cat"), own_shop.known
    address = re.search(r'href="(/cash-orders/new\?pays=\d+)"', cashier.get(f"/invoices/{known.invoice}").text)[1]
    page = cashier.get(address).text
    assert 'value="28.00"' in page

    form = hidden(page) | {"cash_desk": str(known.desk), "customer": str(known.customer), "amount": "28.00"}
    made = cashier.post("/cash-orders/new", form | {"purpose": "All of it"})
    assert made.status_code == 302
    assert cashier.post(f"{made.location}/process", {"on": str(TODAY)}).status_code == 302

    assert "paid</span>" in cashier.get(f"/invoices/{known.invoice}").text


def test_a_cashier_pays_into_no_desk_but_their_own(own_shop: Shop) -> None:
    cashier, known = own_shop.visit("cat"), own_shop.known
    form = hidden(cashier.get("/cash-orders/new").text)
    form |= {"cash_desk": str(known.south_desk), "customer": str(known.customer), "amount": "1"}

    answer = cashier.post("/cash-orders/new", form)

    assert answer.status_code == 422
    assert "This is not one of the choices." in answer.text


def test_more_lines_than_a_form_takes_are_refused(own_shop: Shop) -> None:
    seller = own_shop.visit("sue")
    many = {f"quantity_{i}": "1" for i in range(600)}

    assert seller.post("/orders/new", order(own_shop, seller, **many)).status_code == 413


def test_an_order_is_rewritten_until_it_is_approved(own_shop: Shop) -> None:
    seller, known = own_shop.visit("sue"), own_shop.known
    address = f"/orders/{known.estimate}/edit"
    page = seller.get(address).text
    assert 'value="3"' in page

    answer = seller.post(address, order(own_shop, seller, quantity_0="8") | hidden(page))

    assert answer.location == f"/orders/{known.estimate}"
    assert written(own_shop, answer.location)[0] == ("BOLT", "8", "10.00")
    assert seller.get(f"/orders/{known.approved}/edit").status_code == 302


def test_an_order_that_somebody_else_saved_meanwhile_is_not_overwritten(own_shop: Shop) -> None:
    seller, manager, known = own_shop.visit("sue"), own_shop.visit("max"), own_shop.known
    address = f"/orders/{known.estimate}/edit"
    first, second = hidden(seller.get(address).text), hidden(manager.get(address).text)
    assert seller.post(address, order(own_shop, seller, quantity_0="8") | first).status_code == 302

    answer = manager.post(address, order(own_shop, manager, quantity_0="9") | second)

    assert answer.status_code == 422
    assert written(own_shop, f"/orders/{known.estimate}")[0][1] == "8"


def test_a_seller_leaves_orders_with_typed_prices_to_those_who_type_them(own_shop: Shop) -> None:
    seller, manager = own_shop.visit("sue"), own_shop.visit("max")
    made = manager.post("/orders/new", order(own_shop, manager, price_0="1")).location

    assert "/edit" not in seller.get(made).text
    assert seller.get(f"{made}/edit").status_code == 302
    assert 'value="1"' in manager.get(f"{made}/edit").text


def test_a_cashier_pays_an_advance_back_and_sends_money_to_another_desk(own_shop: Shop) -> None:
    cashier, known = own_shop.visit("cat"), own_shop.known
    desk, customer = {"cash_desk": str(known.desk)}, {"customer": str(known.customer)}

    def made(begun: str, **values: str) -> str:
        """The address of a cash order that was written down and processed."""
        page = cashier.get(begun).text
        answer = cashier.post("/cash-orders/new", hidden(page) | desk | values)
        assert answer.status_code == 302, answer.text
        assert cashier.post(f"{answer.location}/process", {"on": str(TODAY)}).status_code == 302
        return str(answer.location)

    advance = made("/cash-orders/new", amount="20", **customer)
    pay_back = re.search(r'href="(/cash-orders/new\?repays=\d+)"', cashier.get(advance).text)[1]
    assert 'value="20.00"' in cashier.get(pay_back).text
    made(pay_back, amount="5", kind="expense", **customer)
    assert 'value="15.00"' in cashier.get(pay_back).text

    sent = made("/cash-orders/new", amount="7", kind="expense", about="transfer")
    bring_in = re.search(r'href="(/cash-orders/new\?brings=\d+)"', cashier.get(sent).text)[1]
    assert 'value="7.00"' in cashier.get(bring_in).text
    made(bring_in, amount="7", about="transfer")

    assert "brings=" not in cashier.get(sent).text


def test_an_accountant_writes_a_line_of_the_bank_down_and_nobody_else_does(own_shop: Shop) -> None:
    accountant, known = own_shop.visit("abe"), own_shop.known
    form = hidden(accountant.get(f"/bank-lines/new?pays={known.invoice}").text)
    form |= {"bank_account": str(known.bank), "customer": str(known.customer), "amount": "28", "statement": "17"}

    line = accountant.post("/bank-lines/new", form).location
    assert accountant.post(f"{line}/process", {"on": str(TODAY)}).status_code == 302

    assert "BL-000001" in accountant.get(line).text
    assert "paid</span>" in accountant.get(f"/invoices/{known.invoice}").text
    assert own_shop.visit("cat").get("/bank-lines/").status_code != 200


def test_an_accountant_gives_an_invoice_up_as_lost(own_shop: Shop) -> None:
    accountant, known = own_shop.visit("abe"), own_shop.known
    begun = re.search(r'href="(/adjustments/new\?settles=\d+)"', accountant.get(f"/invoices/{known.invoice}").text)[1]
    page = accountant.get(begun).text
    assert 'value="28.00"' in page
    form = hidden(page) | {"kind": "bad_debt", "customer": str(known.customer), "amount": "28"}

    lost = accountant.post("/adjustments/new", form).location
    assert accountant.post(f"{lost}/process", {"on": str(TODAY)}).status_code == 302

    assert "AD-000001" in accountant.get(lost).text
    assert "paid</span>" in accountant.get(f"/invoices/{known.invoice}").text


def test_a_desk_does_not_spend_what_it_does_not_have(own_shop: Shop) -> None:
    cashier, known = own_shop.visit("cat"), own_shop.known
    form = hidden(cashier.get("/cash-orders/new").text) | {"cash_desk": str(known.desk), "kind": "expense"}
    form |= {"amount": "5000", "about": "difference"}
    order = cashier.post("/cash-orders/new", form).location

    cashier.post(f"{order}/process", {"on": str(TODAY)})

    assert "is more than the" in cashier.post(f"{order}/process", {"on": str(TODAY)}).text


def test_amounts_and_prices_are_filled_in_with_the_decimals_of_the_currency_and_quantities_are_not(
    own_shop: Shop,
) -> None:
    manager, accountant, known = own_shop.visit("max"), own_shop.visit("abe"), own_shop.known
    line = {"quantity_0": "2.0", "price_0": "5.5", "discount_0": "10.00"}
    made = manager.post("/orders/new", order(own_shop, manager, **line)).location
    form = hidden(accountant.get("/bank-lines/new").text)
    form |= {"bank_account": str(known.bank), "customer": str(known.customer), "amount": "1055.8", "statement": "17"}
    paid = accountant.post("/bank-lines/new", form).location

    def filled(visitor: Visitor, address: str, name: str) -> str:
        return re.search(rf'name="{name}"[^>]* value="([^"]*)"', visitor.get(address).text)[1]

    wanted = {"quantity_0": "2", "price_0": "5.50", "discount_0": "10"}
    assert {name: filled(manager, f"{made}/edit", name) for name in wanted} == wanted
    assert filled(accountant, f"{paid}/edit", "amount") == "1055.80"


def test_a_payment_asks_first_whose_it_is_and_how_much(own_shop: Shop) -> None:
    pages = [own_shop.visit("cat").get("/cash-orders/new").text, own_shop.visit("abe").get("/bank-lines/new").text]

    asked = [re.findall(r'<label class="form-label[^"]*" for="(\w+)"', page)[:6] for page in pages]
    assert asked == [["kind", "about", "customer", "amount", "account", "purpose"]] * 2
    assert ['data-source="/cash-orders/choices/customer"' in pages[0],
            'data-source="/bank-lines/choices/customer"' in pages[1]] == [True, True]  # fmt: skip
