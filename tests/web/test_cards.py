"""Forms of master data: what is typed is kept, nothing is stored twice, over another's change, or wrongly."""

import re

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.models import Adjustment
from app.domain.kernel.rows import read
from app.domain.lifecycles import ADJUSTMENT
from app.domain.stock.models import Warehouse
from app.web.kit.drafting import DraftingView
from app.web.kit.reports import ReportPage
from app.web.kit.scope import ScopedInterface
from app.web.kit.views import MasterView
from tests.web.companies import Shop
from tests.web.shop import Visitor, hidden
from tests.web.test_granting import ticks

NEW = {"sku": "SCREW", "name": "Screw", "kind": "goods", "group_id": "1", "unit_id": "1", "tax_rate_id": "1"}


def form(visitor: Visitor, address: str, **changes: str) -> dict[str, str]:
    return hidden(visitor.get(address).text) | changes


def account(shop: Shop, role: str) -> str:
    """The first account of a role."""
    with Session(shop.engine) as session:
        return str(read(session, "SELECT min(id) AS id FROM account WHERE role = %(role)s", role=role)[0].id)


def products(shop: Shop, where: str = "true") -> list[dict[str, object]]:
    with Session(shop.engine) as session:
        return [row._asdict() for row in read(session, f"SELECT * FROM product WHERE {where} ORDER BY id")]


def test_a_new_card_is_stored_and_opened(own_shop: Shop) -> None:
    visitor = own_shop.visit("max")

    answer = visitor.post("/products/new", form(visitor, "/products/new", **NEW, planned_cost="1.2345"))

    assert answer.status_code == 302
    page = visitor.get(answer.location).text
    assert "SCREW" in page
    assert "1.2345" in page


def test_the_same_form_sent_twice_makes_one_card(own_shop: Shop) -> None:
    visitor = own_shop.visit("max")
    filled = form(visitor, "/products/new", **NEW)

    first, second = visitor.post("/products/new", filled), visitor.post("/products/new", filled)

    assert first.location == second.location
    assert len(products(own_shop, "sku = 'SCREW'")) == 1


def test_a_form_that_was_used_up_does_not_store_something_else(own_shop: Shop) -> None:
    visitor = own_shop.visit("max")
    filled = form(visitor, "/products/new", **NEW)
    visitor.post("/products/new", filled)

    answer = visitor.post("/products/new", filled | {"sku": "OTHER"})

    assert answer.status_code == 422
    assert "This form was saved before" in answer.text
    assert products(own_shop, "sku = 'OTHER'") == []
    assert visitor.post("/products/new", hidden(answer.text) | NEW | {"sku": "OTHER"}).status_code == 302


def test_a_code_that_is_taken_is_told_at_its_field_in_words(own_shop: Shop) -> None:
    visitor = own_shop.visit("max")

    answer = visitor.post("/products/new", form(visitor, "/products/new", **NEW | {"sku": "bolt"}))

    assert answer.status_code == 422
    assert "There is one with this already." in answer.text
    assert 'value="bolt"' in answer.text
    assert "INSERT" not in answer.text


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("planned_cost", "1.23456", "more than 4 decimals"),
        ("planned_cost", "NaN", "not a usable number"),
        ("planned_cost", "cheap", "is not a number"),
        ("planned_cost", "1e13", "not a usable number"),
        ("group_id", "999999", "This is not one of the choices."),
        ("group_id", "", "This field is required."),
        ("kind", "ghost", "Not a valid choice."),
        ("name", "x" * 300, "Field cannot be longer than 200"),
        ("sku", "  ", "This field is required."),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_nothing_is_stored(
    own_shop: Shop, field: str, typed: str, said: str
) -> None:
    visitor = own_shop.visit("max")
    before = products(own_shop)

    answer = visitor.post("/products/new", form(visitor, "/products/new", **NEW | {field: typed}))

    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Screw"' in answer.text or field == "name"
    assert products(own_shop) == before


def test_somebody_elses_change_is_not_overwritten_unseen(own_shop: Shop) -> None:
    visitor, other = own_shop.visit("max"), own_shop.visit("ada")
    bolt = f"/products/{own_shop.known.bolt}/edit"
    mine = form(visitor, bolt, **NEW | {"sku": "BOLT", "name": "Mine", "active": "y"})
    theirs = form(other, bolt, **NEW | {"sku": "BOLT", "name": "Theirs", "active": "y"})
    assert other.post(bolt, theirs).status_code == 302

    answer = visitor.post(bolt, mine)

    assert answer.status_code == 422
    assert "Somebody else saved this meanwhile" in answer.text
    assert "name: Theirs" in answer.text
    assert 'value="Mine"' in answer.text
    assert products(own_shop, "sku = 'BOLT'")[0]["name"] == "Theirs"
    assert visitor.post(bolt, mine | hidden(answer.text)).status_code == 302
    assert products(own_shop, "sku = 'BOLT'")[0]["name"] == "Mine"


def test_a_field_that_the_form_does_not_show_is_not_taken(own_shop: Shop) -> None:
    seller = own_shop.visit("sue")
    with Session(own_shop.engine) as session:
        before = read(session, "SELECT * FROM customer")

    address = f"/customers/{own_shop.known.customer}/edit"
    seller.post(address, form(seller, address) | {"id": "77", "translations": "{}", "search": "x"})

    with Session(own_shop.engine) as session:
        assert [row.id for row in read(session, "SELECT id FROM customer")] == [row.id for row in before]


def test_a_card_that_is_used_stays_and_says_what_to_do(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    bolt = own_shop.known.bolt

    answer = visitor.post(f"/products/{bolt}/delete")

    assert "It is used elsewhere and stays" in visitor.get(answer.location).text
    assert len(products(own_shop, f"id = {bolt}")) == 1


def test_a_card_that_nothing_uses_can_go(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    made = visitor.post("/products/new", form(visitor, "/products/new", **NEW)).location

    assert visitor.post(f"{made}/delete").status_code == 302
    assert products(own_shop, "sku = 'SCREW'") == []


def test_overlapping_prices_are_refused_in_words(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("max"), own_shop.known
    address = "/price-list-rows/new?price_list_id=1"
    row = {"price_list_id": "1", "product_id": str(known.bolt), "min_quantity": "0", "price": "9"}

    answer = visitor.post(address, form(visitor, address, **row))

    assert answer.status_code == 422
    assert "Its dates overlap another row of the same" in answer.text


def test_archived_rows_are_no_longer_offered_but_stay_where_they_are(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    group = form(visitor, "/product-groups/1/edit", code="GOODS", name="Goods")
    assert visitor.post("/product-groups/1/edit", group).status_code == 302

    refused = visitor.post("/products/new", form(visitor, "/products/new", **NEW))
    bolt = f"/products/{own_shop.known.bolt}/edit"
    kept = visitor.post(bolt, form(visitor, bolt, **NEW | {"sku": "BOLT", "active": "y"}))

    assert refused.status_code == 422
    assert kept.status_code == 302


def test_a_new_cash_desk_has_numbers_of_its_own(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    desk = form(visitor, "/cash-desks/new", code="WEST", name="West", account_id=account(own_shop, "cash"))

    assert visitor.post("/cash-desks/new", desk).status_code == 302

    with Session(own_shop.engine) as session:
        assert read(session, "SELECT ascending FROM number_series WHERE code = 'cash-west'")[0].ascending


def test_a_view_that_leaves_its_columns_to_chance_is_refused_when_it_is_written() -> None:
    with pytest.raises(TypeError, match="does not say its noun, list_columns"):

        class Careless(MasterView):
            datamodel = ScopedInterface(Warehouse)
            resource = "Warehouses"


def test_a_document_view_that_does_not_say_how_drafts_are_made_is_refused_when_it_is_written() -> None:
    with pytest.raises(TypeError, match=r"does not say its lines, make, store$"):

        class Careless(DraftingView):
            datamodel = ScopedInterface(Adjustment)
            lifecycle = ADJUSTMENT
            resource = title = noun = "Adjustments"
            steps, columns, list_columns = {}, {}, ()


def test_a_view_that_reads_past_the_scope_is_refused_when_it_is_written() -> None:
    from flask_appbuilder.models.sqla.interface import SQLAInterface

    with pytest.raises(TypeError, match="past the scope"):

        class Blind(MasterView):
            datamodel = SQLAInterface(Warehouse)
            resource, title, noun = "Warehouses", "Warehouses", "warehouse"
            list_columns = show_columns = add_columns = edit_columns = search_columns = order_columns = ["code"]
            base_order = ("code", "asc")


def test_two_administrators_do_not_overwrite_what_each_other_gave_a_user(own_shop: Shop) -> None:
    one, other, north = own_shop.visit("ada"), own_shop.visit("ada"), str(own_shop.known.north)
    page = one.get("/users/4/edit").text
    keys = {name: re.search(rf'<option[^>]*value="(\d+)"[^>]*>{name}</option>', page)[1]
            for name in ("Seller", "Cashier")}  # fmt: skip
    its = {"username": "ken", "first_name": "Ken", "last_name": "E", "email": "k@e.org", "active": "y"}
    mine = form(one, "/users/4/edit", **its) | {"roles": keys["Seller"], "warehouses": north}
    theirs = form(other, "/users/4/edit", **its) | {"roles": keys["Cashier"], "new_password": "four plain words here"}
    assert other.post("/users/4/edit", theirs).status_code == 302

    answer = one.post("/users/4/edit", mine)

    assert answer.status_code == 422
    assert "there now (roles: Cashier, warehouses: empty)" in answer.text
    assert "Cashier" in one.get("/users/4").text
    assert one.post("/users/4/edit", mine | hidden(answer.text)).status_code == 302
    assert "Seller" in one.get("/users/4").text


def test_a_role_made_here_reaches_what_it_was_given_and_only_own_warehouses(own_shop: Shop) -> None:
    admin = own_shop.visit("ada")
    page = admin.get("/roles/new").text
    wanted = ("Shipments: view", "Warehouses: view")
    keys = [ticks(page)[name] for name in wanted]
    made = admin.post("/roles/new", hidden(page) | {"name": "Picker", "permissions": keys})
    assert made.status_code == 302
    role = made.location.rsplit("/", 1)[1]
    user = form(admin, "/users/4/edit", username="ken", first_name="Ken", last_name="E", email="k@e.org", active="y")
    user |= {"roles": role, "warehouses": str(own_shop.known.north)}
    assert admin.post("/users/4/edit", user).status_code == 302

    picker = own_shop.visit("ken")

    assert picker.get("/receipts/").status_code == 403
    assert picker.get(f"/shipments/{own_shop.known.draft_shipment_north}").status_code == 200
    assert picker.get(f"/shipments/{own_shop.known.draft_shipment}").status_code == 404
    assert picker.post(f"/shipments/{own_shop.known.draft_shipment_north}/process").status_code == 403


def test_a_role_is_not_saved_over_somebody_elses_change(own_shop: Shop) -> None:
    one, other = own_shop.visit("ada"), own_shop.visit("ada")
    pairs = ticks(one.get("/roles/new").text)
    first = {"name": "Picker", "permissions": pairs["Shipments: view"]}
    role = one.post("/roles/new", hidden(one.get("/roles/new").text) | first).location
    mine = hidden(one.get(f"{role}/edit").text) | first | {"name": "Packer"}
    theirs = hidden(other.get(f"{role}/edit").text) | first | {"permissions": pairs["Orders: view"]}
    assert other.post(f"{role}/edit", theirs).status_code == 302

    answer = one.post(f"{role}/edit", mine)

    assert (answer.status_code, "Somebody else saved this meanwhile" in answer.text) == (422, True)
    assert ("Picker" in one.get(role).text, "Orders: view" in one.get(role).text) == (True, True)
    assert one.post(f"{role}/edit", mine | hidden(answer.text)).status_code == 302
    assert "Packer" in one.get(role).text


def test_goods_in_stock_go_over_to_the_account_that_their_group_names(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    named = form(visitor, "/product-groups/1/edit", code="GOODS", name="Goods", active="y")
    with Session(own_shop.engine) as session:
        other = read(session, "SELECT id FROM account WHERE code = '1210'")[0].id

    assert visitor.post("/product-groups/1/edit", named | {"inventory_account_id": str(other)}).status_code == 302

    with Session(own_shop.engine) as session:
        sql = "SELECT count(*) AS lines, count(DISTINCT to_account_id) AS accounts FROM inventory_account_change_line"
        row = read(session, sql)[0]
        assert row.lines > 0
        assert row.accounts == 1
    assert "inventory account changed" in visitor.get("/journal/").text


def test_an_account_of_another_role_is_no_choice(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    group = form(visitor, "/product-groups/new", code="X", name="X", inventory_account_id=account(own_shop, "cash"))

    answer = visitor.post("/product-groups/new", group)

    assert answer.status_code == 422
    assert "This is not one of the choices." in answer.text


def test_a_group_is_never_inside_of_itself(own_shop: Shop) -> None:
    visitor = own_shop.visit("ada")
    filled = form(visitor, "/product-groups/new", code="IN", name="In", parent_id="1")
    key = visitor.post("/product-groups/new", filled).location.rsplit("/", 1)[1]

    for above in ("1", key):
        outer = form(visitor, "/product-groups/1/edit", code="GOODS", name="Goods", active="y", parent_id=above)
        answer = visitor.post("/product-groups/1/edit", outer)
        assert answer.status_code == 422
        assert "cannot be inside of itself" in answer.text


def test_the_company_is_one_card_that_only_administrators_change(own_shop: Shop) -> None:
    ada, una = own_shop.visit("ada"), own_shop.visit("una")

    assert ada.get("/company/").location == "/company/1"
    answer = ada.post("/company/1/edit", form(ada, "/company/1/edit", name="Ada Ltd", language="bg",
                                              cogs_timing="at_invoice", invoice_days="5",
                                              difference_limit="0.50"))  # fmt: skip

    assert answer.status_code == 302
    assert "when they are invoiced" in una.get("/company/1").text
    assert una.get("/company/1/edit").status_code in (302, 403)
    assert ada.post("/company/1/delete").status_code in (403, 404)


def test_what_documents_say_of_the_seller_is_added_by_date_and_never_rewritten(own_shop: Shop) -> None:
    ada = own_shop.visit("ada")
    moved = {"valid_from": "2030-01-01", "name": "Ada & Sons", "city": "Varna", "vat_number": "BG1"}

    first = ada.post("/company-details/new", form(ada, "/company-details/new", **moved))
    again = ada.post("/company-details/new", form(ada, "/company-details/new", **moved))

    assert (first.status_code, again.status_code) == (302, 422)
    assert "Ada &amp; Sons, Varna, BG1" in ada.get("/company/1").text
    assert ada.get(f"{first.location}/edit").status_code == 404


def test_a_report_that_does_not_say_what_it_tells_is_no_report() -> None:
    with pytest.raises(TypeError, match=r"Silent does not say its told$"):

        class Silent(ReportPage):
            arguments, heads = {}, ()


def test_a_card_without_a_name_is_called_by_its_first_facts(shop: Shop) -> None:
    visitor = shop.visit("ada")

    for address in ("/price-list-rows/1", "/price-list-rows/1/edit"):
        page = visitor.get(address).text
        assert "object at" not in page
        title = re.search(r"<h1>(.*?)</h1>", page, re.S)
        assert title is not None
        assert "RETAIL" in title[1]
        assert "BOLT" in title[1]
