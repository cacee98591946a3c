"""The one button that comes next: what a person would press in this state, and none where nothing is next."""

import re

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from tests.web.companies import Shop
from tests.web.shop import Visitor
from tests.web.test_meanwhile import of_lines, sheet
from tests.web.test_rewriting import form
from tests.world import TODAY

MAIN = re.compile(r'<a class="btn btn-primary" href="[^"]*">(?:<svg.*?</svg>)? ?([^<]*)</a>', re.DOTALL)
# Person, where, what comes next.
NEXT = """
ada /orders/{estimate} Process
sue /orders/{estimate} Process
cat /orders/{estimate} -
ada /orders/{active} Take
ada /orders/{active_north} Take
ada /orders/{approved} Process
ada /orders/{approved_north} Ship
max /orders/{approved_north} Ship
abe /orders/{performed} -
abe /orders/{performed_north} -
ken /shipments/{draft_shipment_north} Process
ada /shipments/{shipment} -
abe /shipments/{shipment_north} -
cat /shipments/{shipment_north} Take payment
abe /shipments/{shipment_lamps} Draft invoice
ken /shipments/{shipment_north} -
ada /returns/{draft_return} Process
ada /returns/{return} -
ken /receipts/{receipt_draft_north} Process
ken /receipts/{receipt_north} -
ada /internal-orders/{internal_order} Ask
ada /internal-orders/{asked_of_main} Send
ada /internal-orders/{sent_south} Receive
ken /internal-orders/{asked_of_main} -
abe /invoices/{draft_invoice} Issue
sue /invoices/{draft_invoice} -
cat /invoices/{invoice} Take payment
abe /credit-notes/{draft_credit} Issue
cat /cash-orders/{draft_cash} Process
cat /cash-orders/{cash} -
abe /bank-lines/{draft_bank} Process
abe /bank-statements/{draft_statement} Process
abe /adjustments/{draft_adjustment} Process
abe /opening-balances/{draft_balance} Process
abe /opening-balances/{balance} Take payment
abe /manual-entries/{draft_manual} Process
"""


def of_page(visitor: Visitor, address: str) -> str:
    """What the main button of a document's page says; "-" where there is none."""
    page = visitor.get(address)
    assert page.status_code == 200, address
    bar = page.text.split('<div class="sb-actions stays">')[1].split('<div class="sb-cols">')[0]
    return ", ".join(" ".join(text.split()) for text in MAIN.findall(bar)) or "-"


@pytest.mark.parametrize("person", sorted({row.split()[0] for row in NEXT.strip().splitlines()}))
def test_the_main_button_is_what_comes_next(shop: Shop, person: str) -> None:
    visitor = shop.visit(person)
    rows = [row.split(maxsplit=2) for row in NEXT.strip().splitlines() if row.split()[0] == person]

    found = [(path, of_page(visitor, path.format_map(shop.known.ids))) for _person, path, _main in rows]

    assert found == [(path, main) for _person, path, main in rows]


def test_what_is_paid_is_neither_paid_nor_put_off_and_what_is_left_of_a_payment_is_allocated(own_shop: Shop) -> None:
    abe, known = own_shop.visit("abe"), own_shop.known
    invoice = f"/invoices/{known.invoice}"
    new = form(abe, f"/cash-orders/new?pays={known.invoice}") | {"cash_desk": str(known.desk)}
    paid = abe.post("/cash-orders/new", new).location
    more = abe.post("/cash-orders/new", form(abe, "/cash-orders/new") | {
        "cash_desk": str(known.desk), "customer": str(known.customer), "amount": "3",
    }).location  # fmt: skip
    for payment in (paid, more):
        assert abe.post(f"{payment}/process", {"on": str(TODAY)}).status_code == 302

    page = abe.get(invoice).text

    assert (of_page(abe, invoice), "reschedule" in page, "Undo chain" in page) == ("-", False, True)
    assert (of_page(abe, paid), of_page(abe, more)) == ("-", "Allocate")


def test_what_was_not_counted_is_counted_first(own_shop: Shop) -> None:
    ada, count = own_shop.visit("ada"), f"/counts/{sheet(own_shop)}"
    uncounted = of_page(ada, count)
    counted = dict.fromkeys(of_lines(form(ada, f"{count}/fill"), "counted"), "1")
    ada.post(f"{count}/fill", form(ada, f"{count}/fill") | counted)

    assert (uncounted, of_page(ada, count)) == ("Fill in", "Process")


def test_a_statement_is_edited_first_where_its_lines_do_not_explain_its_closing_balance(own_shop: Shop) -> None:
    abe, address = own_shop.visit("abe"), f"/bank-statements/{own_shop.known.draft_statement}"
    abe.post(f"{address}/edit", form(abe, f"{address}/edit") | {"closing": "107"})

    assert of_page(abe, address) == "Edit"


def test_what_is_made_of_a_document_is_opened(own_shop: Shop) -> None:
    abe, known = own_shop.visit("abe"), own_shop.known

    made = [abe.post(f"/shipments/{known.shipment_lamps}/invoice"),
            abe.post(f"/invoices/{known.invoice}/credit", {"reason": "dented", "kind": "allowance"})]  # fmt: skip

    sql = "SELECT max(id) AS id FROM invoice UNION ALL SELECT max(id) FROM credit_note"
    with Session(own_shop.engine) as session:
        invoice, note = (row.id for row in read(session, sql))
    assert [answer.location for answer in made] == [f"/invoices/{invoice}", f"/credit-notes/{note}"]
    assert of_page(abe, f"/shipments/{known.shipment_lamps}") == "-"
