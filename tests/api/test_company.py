"""What every screen of cards and documents shows is asked for over the API too; of the company itself as well."""

from app.web.kit.documents import DocumentView
from app.web.kit.views import MasterView
from tests.api.conftest import Call
from tests.web.companies import Shop

# Who is let in, and as what, is said on the screens and the command line.
SCREENS_ONLY = {"UserView", "RoleView", "ApiKeyView"}


def test_every_screen_of_cards_and_documents_has_a_resource(shop: Shop) -> None:
    views = shop.app.extensions["appbuilder"].baseviews
    screens = {type(view).__name__ for view in views if isinstance(view, (MasterView, DocumentView))}

    assert screens - {type(view.screen).__name__ for view in views if hasattr(view, "screen")} == SCREENS_ONLY


def test_the_company_is_read_and_changed(call: Call) -> None:
    ada = call("ada")
    company = ada.get("company/1").json

    changed = ada.ask("PUT", "company/1", {"invoice_days": 7, "version": company["version"]})

    assert (changed.status_code, changed.json["invoice_days"]) == (200, 7), changed.text
    assert ada.ask("PUT", "company/1", {"currency": "USD", "version": 2}).status_code == 422
    assert ada.ask("PUT", "company/1", {"invoice_days": 1, "version": company["version"]}).status_code == 409
    assert not {"chain_hash", "chain_seq"} & changed.json.keys()


def test_what_documents_say_of_the_company_is_added_from_a_date_on(call: Call) -> None:
    ada = call("ada")
    body = {"valid_from": "2030-01-01", "name": "New Ltd", "city": "Varna"}

    made = [ada.post("company-details/", body, Idempotency_Key="1") for _ in range(2)]

    assert [answer.status_code for answer in made] == [201, 201], made[0].text
    assert made[0].json == made[1].json == ada.get(f"company-details/{made[0].json['id']}").json
    assert (made[0].json["valid_from"], made[0].json["city"], made[0].json["street"]) == ("2030-01-01", "Varna", "")
    assert ada.post("company-details/", body).status_code == 409
    listed = ada.get("company-details/?q=(filters:!((col:valid_from,opr:ge,value:'2030-01-01')))").json
    assert listed["result"] == [made[0].json]


def test_the_audit_is_read_by_those_who_may_see_it(call: Call) -> None:
    una = call(None)
    una.sign_in("una")

    told = una.get("audit/?q=(filters:!((col:event,value:signed_in)),page_size:1)").json

    assert (told["count"], told["result"][0]["actor"], told["result"][0]["event"]) == (1, "Una Example", "signed_in")
    assert call("max").get("audit/").status_code == 403


def test_a_discount_limit_is_a_persons_by_the_name_they_sign_in_with(call: Call) -> None:
    ada = call("ada")

    made = ada.post("discount-limits/", {"actor": "sue", "percent": "5.00"})
    again = ada.post("discount-limits/", {"actor": "sue", "percent": "6"})

    assert (made.status_code, made.json["actor"], made.json["percent"]) == (201, "sue", "5"), made.text
    assert again.status_code == 409
    assert ada.post("discount-limits/", {"actor": "nobody", "percent": "6"}).status_code == 422
    changed = ada.ask("PUT", f"discount-limits/{made.json['id']}", {"percent": "7.5", "version": made.json["version"]})
    assert changed.json["percent"] == "7.5"
    assert ada.ask("DELETE", f"discount-limits/{made.json['id']}").status_code == 204
