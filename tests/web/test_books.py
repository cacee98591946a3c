"""The accountant's own screens: entries typed by hand, opening balances, posting rules, periods."""

import re
from datetime import timedelta

from markupsafe import escape
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.proof import INVARIANTS
from tests.web.companies import Shop
from tests.web.shop import Visitor, checksums, hidden
from tests.world import TODAY

NET = "invoice.issued net credit"
# Still to come when midnight passes while the tests run.
SOON = str(TODAY + timedelta(3))


def account(shop: Shop, code: str) -> str:
    with Session(shop.engine) as session:
        return str(read(session, "SELECT id FROM account WHERE code = %(code)s", code=code)[0].id)


def typed(shop: Shop, visitor: Visitor, address: str, **fields: str) -> dict[str, str]:
    """The form of an entry: 12.50 of bank charges that are owed."""
    return hidden(visitor.get(address).text) | {
        "text": "Charges", "account_0": account(shop, "6920"), "debit_0": "12.50",
        "account_1": account(shop, "2000"), "credit_1": "12.50",
    } | fields  # fmt: skip


def test_an_entry_is_typed_once_processed_and_shown_in_the_books(own_shop: Shop) -> None:
    visitor = own_shop.visit("abe")
    form = typed(own_shop, visitor, "/manual-entries/new")

    entry = visitor.post("/manual-entries/new", form).location
    again = visitor.post("/manual-entries/new", form).location
    done = visitor.post(f"{entry}/process")

    assert (again, done.status_code) == (entry, 302)
    page = visitor.get(entry).text
    assert "ME-000001" in page
    assert "6920" in page
    assert visitor.get("/manual-entries/").text.count("12.50") == 1


def test_a_draft_is_edited_line_by_line(own_shop: Shop) -> None:
    visitor, draft = own_shop.visit("abe"), f"/manual-entries/{own_shop.known.draft_manual}"
    shown = visitor.get(f"{draft}/edit").text
    first = typed(own_shop, visitor, f"{draft}/edit")

    answer = visitor.post(f"{draft}/edit", first)
    late = visitor.post(f"{draft}/edit", first | {"text": "Other"})

    assert 'value="700.00"' in shown
    assert answer.location == draft
    assert re.findall(r"\b(?:6920|2000|6990)\b", visitor.get(draft).text.partition("Lines")[2]) == ["6920", "2000"]
    assert late.status_code == 422
    assert "saved this meanwhile" in late.text


def test_what_is_wrong_is_told_and_what_was_typed_stays(own_shop: Shop) -> None:
    visitor = own_shop.visit("abe")
    cash = account(own_shop, "1000")

    for fields, said in (
        ({"account_0": cash}, "cannot be chosen by hand"), ({"account_0": ""}, "Choose an account."),
        ({"debit_0": "many"}, "is not a number"), ({"credit_0": "1"}, "as debit or as credit"),
    ):  # fmt: skip
        answer = visitor.post("/manual-entries/new", typed(own_shop, visitor, "/manual-entries/new", **fields))
        assert answer.status_code == 422, said
        assert said in answer.text
        assert 'value="12.50"' in answer.text


def test_only_accounts_that_no_document_keeps_are_offered(shop: Shop) -> None:
    offered = shop.visit("abe").get("/manual-entries/choices/account").json

    assert [choice["text"][:4] for choice in offered] == ["2000", "4910", "6920", "6990"]


def changed(shop: Shop, visitor: Visitor, code: str, on: str, name: str = NET) -> dict[str, str]:
    """The form of the rules, with another account for one side."""
    page = visitor.get(f"/posting-rules/?on={on}").text
    was = re.search(rf'name="was {re.escape(name)}" value="(\d+)"', page)[1]
    return {"on": on, f"was {name}": was, f"account {name}": account(shop, code)}


def test_a_rule_is_changed_in_the_table_from_a_date_on(own_shop: Shop) -> None:
    visitor = own_shop.visit("abe")

    answer = visitor.post("/posting-rules/change", changed(own_shop, visitor, "4010", SOON))

    assert answer.location == f"/posting-rules/?on={SOON}"
    page = visitor.get(answer.location).text
    assert "1 rule is changed." in page
    assert re.search(rf'name="was {NET}" value="{account(own_shop, "4010")}"', page)
    today = visitor.get("/posting-rules/").text
    assert re.search(rf'name="was {NET}" value="{account(own_shop, "4000")}"', today)
    history = today.partition("History")[2]
    assert "Abe Example" in history
    assert "4010 Revenue: own production" in history


def test_a_rule_that_cannot_be_is_told_in_its_row_and_nothing_is_stored(own_shop: Shop) -> None:
    visitor = own_shop.visit("abe")
    before = checksums(own_shop.engine)

    for code, on, said in (
        ("1000", SOON, "this rule needs one with the role revenue"), ("4010", str(TODAY), "add one that is valid"),
    ):  # fmt: skip
        answer = visitor.post("/posting-rules/change", changed(own_shop, visitor, code, on))
        assert answer.status_code == 422
        assert said in answer.text
    for fields in ({"on": "soon"}, {f"account {NET}": "x", "on": SOON}):
        assert visitor.post("/posting-rules/change", fields).status_code == 400

    assert checksums(own_shop.engine) == before


def test_the_rules_are_a_file_too_and_the_auditor_changes_none(shop: Shop) -> None:
    auditor = shop.visit("una")

    rows = auditor.get("/posting-rules/?format=csv").text.splitlines()

    assert "invoice.issued,net,credit,revenue,4000,Revenue: goods,1900-01-01," in rows
    assert "<select" not in auditor.get("/posting-rules/").text.partition("sb-stack")[2]


def test_closing_shows_what_is_left_first(shop: Shop) -> None:
    visitor = shop.visit("abe")
    since, until = str(TODAY - timedelta(1)), str(TODAY + timedelta(1))

    page = visitor.get(f"/periods/new?starts_on={since}&ends_on={until}").text

    drafts, _, rest = page.partition("Shipped, not invoiced")
    not_invoiced, _, rest = rest.partition("Advances without invoice")
    _, _, unmatched = rest.partition("Money not used")
    assert f'href="/receipts/{shop.known.receipt_draft}"' in drafts
    assert f'href="/manual-entries/{shop.known.draft_manual}"' in drafts
    assert f'href="/shipments/{shop.known.shipment_lamps}"' in not_invoiced
    assert f"/shipments/{shop.known.shipment}" not in not_invoiced
    assert "Nothing is left here." in unmatched
    assert "too late" not in page
    later = visitor.get(f"/periods/new?starts_on={TODAY + timedelta(6)}&ends_on={TODAY + timedelta(6)}").text
    assert f'href="/shipments/{shop.known.shipment_lamps}"' in later
    assert "too late" in later
    proved = visitor.get("/periods/new?starts_on=2025-01-01&ends_on=2025-01-31&proved=1").text
    assert "All that must always be true" in proved
    assert "Still a draft" not in visitor.get("/periods/new?starts_on=2025-02-01&ends_on=2025-01-31").text


def test_every_proof_is_named_and_runs_when_it_is_asked_for(own_shop: Shop) -> None:
    auditor = own_shop.visit("una")
    named, proved = auditor.get("/proofs/").text, auditor.get("/proofs/?run=1").text
    assert [its.name for its in INVARIANTS.values() if escape(its.sentence) not in named] == []
    assert "all hold" in proved
    assert proved.count(">holds<") == len(INVARIANTS)

    with own_shop.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL ROLE NONE")
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("UPDATE stock_balance SET value = value + 1")

    broken = auditor.get("/proofs/?run=1").text
    assert "are broken" in broken
    assert "product BOLT, warehouse MAIN" in broken


def test_a_period_is_closed_reopened_with_a_reason_and_closed_again(own_shop: Shop) -> None:
    visitor = own_shop.visit("abe")

    def close(starts_on: str, ends_on: str) -> str:
        form = hidden(visitor.get("/periods/new").text) | {"starts_on": starts_on, "ends_on": ends_on}
        return visitor.client.post("/periods/new", data=form | {"csrf_token": visitor.token()},
                                   follow_redirects=True).text  # fmt: skip

    assert "The period is closed." in close("2025-01-01", "2025-01-31")
    assert "overlap the period" in close("2025-01-15", "2025-02-15")
    assert "still to come" in close("2026-01-01", "2999-01-31")
    assert 'value="2025-02-28"' in visitor.get("/periods/new").text
    assert "This is needed." in visitor.post("/periods/1/reopen").text
    assert visitor.post("/periods/1/reopen", {"reason": "A late bill"}).location == "/periods/1"
    page = visitor.get("/periods/1").text
    assert "“A late bill”" in page
    assert "Abe Example" in page
    assert "/periods/new?starts_on=2025-01-01&amp;ends_on=2025-01-31" in page
    assert "The period is closed." in close("2025-01-01", "2025-01-31")
    assert "Reopen" in visitor.get("/periods/1").text


def test_what_was_owed_at_the_start_is_written_down_processed_and_paid(own_shop: Shop) -> None:
    visitor, customer = own_shop.visit("abe"), str(own_shop.known.customer)
    form = hidden(visitor.get("/opening-balances/new").text) | {
        "about": "owed", "customer": customer, "amount": "40.50", "due_on": "2025-01-31", "purpose": "Old invoice 77",
    }  # fmt: skip

    balance = visitor.post("/opening-balances/new", form).location
    assert visitor.post(f"{balance}/process", {"on": str(TODAY)}).location == balance

    page = visitor.get(balance).text
    assert "Old invoice 77" in page
    assert "unpaid" in page
    assert re.search(r"Overdue</dt><dd>40\.50", page)
    settles = re.search(r'href="(/adjustments/new\?settles=\d+)"', page)[1]
    assert re.search(r'value="Opening balance OB-\d+"', visitor.get(settles).text)
    pays = re.search(r'href="(/cash-orders/new\?pays=\d+)"', page)[1]
    order = visitor.get(pays).text
    assert 'value="40.50"' in order
    paid = visitor.post("/cash-orders/new", hidden(order) | {
        "kind": "income", "about": "customer", "customer": customer, "amount": "40.50",
        "cash_desk": str(own_shop.known.desk),
    }).location  # fmt: skip
    visitor.post(f"{paid}/process")
    page = visitor.get(balance).text
    assert "Paid by" in page
    assert "settles=" not in page
    assert "OB-" in visitor.get(paid).text


def test_what_many_customers_owed_is_typed_as_one_table(own_shop: Shop) -> None:
    visitor, customer = own_shop.visit("abe"), str(own_shop.known.customer)
    form = hidden(visitor.get("/opening-balances/many").text) | {
        "about": "owed", "on": str(TODAY), "customer_0": customer, "amount_0": "12.50", "due_0": "2025-03-31",
        "number_0": "Old 101", "customer_3": customer, "amount_3": "7",
    }  # fmt: skip

    for fields, said in (
        ({"due_0": "soon"}, "This is not a date."), ({"customer_3": ""}, "Choose a customer."),
        ({"amount_3": ""}, "this is needed"), ({"amount_3": "-7"}, "must be above 0"),
        ({"number_0": "x" * 300}, "This is too long."), ({"about": "paid_ahead"}, "Only what a customer owes is due."),
    ):  # fmt: skip
        answer = visitor.post("/opening-balances/many", form | fields)
        assert (answer.status_code, said in answer.text) == (422, True), said
        assert 'value="12.50"' in answer.text
    empty = {name: text for name, text in form.items() if not name.endswith(("_0", "_3"))}
    assert "at least one customer" in visitor.post("/opening-balances/many", empty).text

    first = visitor.post("/opening-balances/many", form)
    again = visitor.post("/opening-balances/many", form)

    assert first.location == again.location == "/opening-balances/?state=draft"
    with Session(own_shop.engine) as session:
        sql = "SELECT amount, due_on, purpose FROM opening_balance ORDER BY id DESC LIMIT 2"
        rows = [(f"{row.amount:.2f}", str(row.due_on), row.purpose) for row in read(session, sql)]
    assert rows == [("7.00", "None", ""), ("12.50", "2025-03-31", "Old 101")]


def test_an_opening_balance_has_one_owner_and_a_draft_is_written_anew(own_shop: Shop) -> None:
    visitor, draft = own_shop.visit("abe"), f"/opening-balances/{own_shop.known.draft_balance}"
    form = hidden(visitor.get(f"{draft}/edit").text) | {
        "about": "cash", "cash_desk": str(own_shop.known.south_desk), "amount": "15",
    }  # fmt: skip

    wrong = visitor.post(f"{draft}/edit", form | {"customer": str(own_shop.known.customer)})
    right = visitor.post(f"{draft}/edit", form)

    assert (wrong.status_code, right.location) == (422, draft)
    assert "Name whose it is" in wrong.text
    assert "SOUTH" in visitor.get(draft).text
