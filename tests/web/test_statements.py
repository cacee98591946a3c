"""Statements of banks on screen: a page of lines, typed, told what is wrong with them, and processed."""

import re
from decimal import Decimal
from io import BytesIO

from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.domain.kernel.numbering import NumberSeries
from app.domain.treasury.models import CashDesk
from tests.traces import checksums
from tests.web.companies import Shop
from tests.web.shop import Visitor, hidden
from tests.web.test_rewriting import fields, form, rows
from tests.world import TODAY

NEW = "/bank-statements/new"


def typed(shop: Shop, visitor: Visitor, **fields: str) -> dict[str, str]:
    """A statement from 100 to 110: 15.00 of a customer, of which 1.00 is for the invoice, less a fee."""
    known = shop.known
    [invoice] = rows(shop, "SELECT number, customer_id FROM document WHERE id = %(id)s", id=known.invoice)
    return hidden(visitor.get(NEW).text) | {
        "bank_account": str(known.bank), "bank_number": "8", "on": str(TODAY), "opening": "100", "closing": "110",
        "customer_0": str(invoice.customer_id), "came_0": "15.00", "pays_0": invoice.number, "purpose_0": "thanks",
        "went_1": "5.00", "account_1": "6920",
    } | fields  # fmt: skip


def test_a_statement_is_typed_once_processed_and_pays_an_invoice(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("abe"), own_shop.known
    sent = typed(own_shop, visitor)

    statement = visitor.post(NEW, sent).location
    again = visitor.post(NEW, sent).location
    page = visitor.get(f"{statement}/process").text
    done = visitor.post(f"{statement}/process")

    assert (again, done.status_code) == (statement, 302)
    assert "bank line" in page
    shown = visitor.get(statement).text
    assert ("BS-000001" in shown, "6920" in shown, "thanks" in shown, "Difference" in shown) == (True,) * 3 + (False,)
    [payment] = rows(own_shop, "SELECT id FROM bank_line WHERE purpose = 'thanks' AND state = 'processed'")
    sql = """SELECT sum(line.amount) AS paid FROM allocation act
             JOIN allocation_line line ON line.allocation_id = act.id
             WHERE payment_id = %(id)s AND target_id = %(to)s"""
    [settled] = rows(own_shop, sql, id=payment.id, to=known.invoice)
    assert settled.paid == 15
    assert "/edit" not in visitor.get(f"/bank-lines/{payment.id}").text
    assert visitor.get(f"/bank-lines/{payment.id}/edit").status_code == 302


def test_what_is_wrong_is_told_line_by_line_and_nothing_is_stored(own_shop: Shop) -> None:
    visitor = own_shop.visit("abe")
    wrong = {"came_1": "5.00", "pays_0": "nothing 1", "came_2": "1", "account_3": "0000", "went_3": "2"}
    sent = typed(own_shop, visitor, **wrong)
    before = checksums(own_shop.engine)

    answer = visitor.post(NEW, sent)

    assert answer.status_code == 422
    told = answer.text
    for sentence in ("Line 1: The customer has no document nothing 1 for this.", "Line 2: Type an amount that came in",
                     "Line 3: Choose a customer, or type an account.",
                     "Line 4: There is no account 0000."):  # fmt: skip
        assert sentence in told
    assert 'value="thanks"' in told
    assert checksums(own_shop.engine) == before


def test_what_does_not_add_up_shows_the_difference(own_shop: Shop) -> None:
    visitor = own_shop.visit("abe")
    statement = visitor.post(NEW, typed(own_shop, visitor, closing="112.50")).location

    page = visitor.get(f"{statement}/process").text

    assert "come to 110.00, but the closing balance is 112.50: 2.50 is missing." in page
    assert re.search(r"Difference</dt><dd>2\.50", visitor.get(statement).text)


def test_the_next_statement_begins_where_the_last_one_ended(own_shop: Shop) -> None:
    page = own_shop.visit("abe").get(f"{NEW}?bank_account={own_shop.known.bank}").text

    assert re.search(r'name="opening"[^>]*value="106.00"', page)


def test_lines_are_added_to_a_draft_and_a_transfer_is_between_places_of_ones_own(own_shop: Shop) -> None:
    visitor, draft = own_shop.visit("abe"), own_shop.known.draft_statement
    address = f"/bank-statements/{draft}/edit"

    answer = visitor.post(address, form(visitor, address) | {"went_2": "30", "account_2": "1020"})

    assert answer.status_code == 302
    sql = "SELECT about, kind, amount FROM bank_line WHERE statement_id = %(id)s ORDER BY id"
    assert [tuple(line) for line in rows(own_shop, sql, id=draft)] == [
        ("customer", "income", Decimal(8)), ("account", "expense", Decimal(2)), ("transfer", "expense", Decimal(30))
    ]  # fmt: skip


def read_in(shop: Shop, visitor: Visitor, content: bytes, **called: str) -> TestResponse:
    """A file is sent as a browser sends it, with what its columns are called."""
    file = {"file": (BytesIO(content), "nov.csv")}
    given = {"bank_account": str(shop.known.bank), "csrf_token": visitor.token(), **file, **called}
    return visitor.client.post("/bank-statements/file", data=given, content_type="multipart/form-data")


def test_a_file_fills_the_form_and_the_same_file_twice_is_one_statement(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("abe"), own_shop.known
    [invoice] = rows(own_shop, "SELECT number FROM document WHERE id = %(id)s", id=known.invoice)
    content = f"Date;Amount;Description\n{TODAY};12.00;{invoice.number}\n{TODAY};-3;for the account\n".encode()
    before = checksums(own_shop.engine)

    page = read_in(own_shop, visitor, content).text

    assert checksums(own_shop.engine) == before
    assert ("No customer was found in it" in page, 'value="115.00"' in page) == (True, True)
    sent = fields(page) | {"account_1": "6920"}
    saved = visitor.post("/bank-statements/file", sent)
    after = checksums(own_shop.engine)
    again = read_in(own_shop, visitor, content)

    assert (saved.status_code, again.location, checksums(own_shop.engine)) == (302, saved.location, after)
    assert "read before" in visitor.get(again.location).text
    lines = rows(own_shop, "SELECT amount FROM bank_line WHERE statement_id = %(id)s ORDER BY id",
                 id=int(saved.location.rsplit("/", 1)[1]))  # fmt: skip
    assert [line.amount for line in lines] == [12, 3]


def test_a_file_that_overlaps_another_says_which_lines_are_there_already(own_shop: Shop) -> None:
    visitor = own_shop.visit("abe")
    first, second = (
        f"Date;Amount;Description\n{TODAY};-3;a fee\n{more}".encode() for more in ("", f"{TODAY};-4;more\n")
    )
    saved = visitor.post(
        "/bank-statements/file", fields(read_in(own_shop, visitor, first).text) | {"account_0": "6920"}
    )
    before = checksums(own_shop.engine)

    page = read_in(own_shop, visitor, second)

    assert (saved.status_code, page.status_code, checksums(own_shop.engine)) == (302, 200, before)
    assert page.text.count("It is there already, on #") == 1
    assert "1 of these lines are on the account already" in page.text


def test_cash_on_its_way_is_proposed_by_a_file_and_found_by_its_account_alone(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("ada"), own_shop.known
    desk = {"cash_desk": str(known.desk)}
    for told in ({"amount": "90", "customer": str(known.customer)},
                 *({"amount": "45", "kind": "expense", "about": "transfer"},) * 2):  # fmt: skip
        saved = visitor.post("/cash-orders/new", hidden(visitor.get("/cash-orders/new").text) | desk | told)
        assert visitor.post(f"{saved.location}/process", {"on": str(TODAY)}).status_code == 302
    sql = """SELECT document.id, number FROM document JOIN cash_order USING (id)
             WHERE about = 'transfer' AND amount = 45 ORDER BY id"""
    first, second = rows(own_shop, sql)

    page = read_in(own_shop, visitor, f"Date;Amount;Description\n{TODAY};45;at the counter\n".encode()).text
    sent = fields(page)
    line = {
        "came_1": "45",
        "account_1": sent["account_0"],
        "pays_0": second.number,
        "closing": str(Decimal(sent["closing"]) + 45),
    }
    saved = visitor.post("/bank-statements/file", sent | line)

    assert "No customer was found" not in page
    assert (sent["account_0"], sent["pays_0"]) == ("1020", first.number)
    brought = "SELECT transfer_id FROM bank_line WHERE statement_id = %(id)s ORDER BY id"
    made = rows(own_shop, brought, id=int(saved.location.rsplit("/", 1)[1]))
    # The one that is not named gets what is left, though it waited longer.
    assert [row.transfer_id for row in made] == [second.id, first.id]
    assert visitor.post(f"{saved.location}/process").status_code == 302


def second_desk(shop: Shop) -> int:
    """A desk whose payments have the same numbers as those of the first: the first of its expenses is P-000001 too."""
    with Session(shop.engine) as session, session.begin():
        taken, given = (NumberSeries(code=f"{kind}2", name=kind, prefix=kind, ascending=True) for kind in ("C-", "P-"))
        session.add_all([taken, given])
        session.flush()
        first = session.get_one(CashDesk, shop.known.desk)
        desk = CashDesk(code="TWO", name="Two", account_id=first.account_id, income_series_id=taken.id,
                        expense_series_id=given.id)  # fmt: skip
        session.add(desk)
        session.flush()
        return desk.id


def test_a_line_keeps_what_it_brings_in_of_two_desks_whose_payments_have_one_number(own_shop: Shop) -> None:
    visitor, new = own_shop.visit("ada"), "/cash-orders/new"
    for desk in (own_shop.known.desk, second_desk(own_shop)):
        for told in ({"amount": "90", "customer": str(own_shop.known.customer)},
                     {"amount": "45", "kind": "expense", "about": "transfer"}):  # fmt: skip
            saved = visitor.post(new, hidden(visitor.get(new).text) | {"cash_desk": str(desk)} | told)
            assert visitor.post(f"{saved.location}/process", {"on": str(TODAY)}).status_code == 302
    first, second = rows(
        own_shop,
        """SELECT document.id, number FROM document JOIN cash_order USING (id)
                                      WHERE about = 'transfer' AND amount = 45 ORDER BY id""",
    )
    assert first.number == second.number
    line = {"came_0": "45", "account_0": "1020", "pays_0": second.number}
    head = {"bank_account": str(own_shop.known.bank), "on": str(TODAY), "opening": "0", "closing": "45"}
    made = []
    for number in ("21", "22"):
        sent = hidden(visitor.get(NEW).text) | head | {"bank_number": number} | line
        made.append(int(visitor.post(NEW, sent).location.rsplit("/", 1)[1]))
    brought = "SELECT transfer_id FROM bank_line WHERE statement_id = %(id)s"
    before = [rows(own_shop, brought, id=statement)[0].transfer_id for statement in made]

    for statement in made:
        anew = f"/bank-statements/{statement}/edit"
        assert visitor.post(anew, form(visitor, anew)).status_code == 302

    assert [rows(own_shop, brought, id=statement)[0].transfer_id for statement in made] == before
    assert before == [first.id, second.id]


def test_the_columns_of_a_file_are_named_where_they_are_not_known(own_shop: Shop) -> None:
    visitor = own_shop.visit("abe")
    content = f"Jour;Montant;Motif\n{TODAY};5;loyer\n".encode()

    refused = read_in(own_shop, visitor, content)
    page = read_in(own_shop, visitor, content, on="Jour", amount="Montant", purpose="Motif")

    assert (refused.status_code, "It names: Jour, Montant, Motif" in refused.text) == (422, True)
    assert (page.status_code, 'value="loyer"' in page.text) == (200, True)


def test_what_is_no_bank_file_is_said(own_shop: Shop) -> None:
    answer = read_in(own_shop, own_shop.visit("abe"), b"hello")

    assert (answer.status_code, "has to name its columns" in answer.text) == (422, True)
