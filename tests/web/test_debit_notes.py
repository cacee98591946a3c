"""What a credit note took off by mistake is owed again, from the credit note's page."""

from datetime import timedelta

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from tests.web.companies import Shop
from tests.web.test_meanwhile import sentence
from tests.web.test_overdue import OVERDUE, fall_due
from tests.web.test_rewriting import fields, form, rows
from tests.world import TODAY


def of_draft(shop: Shop, debit: int) -> str:
    """What is told of the draft of a debit note that two people write anew, the one fewer pieces than the other."""
    max_, ada, address = shop.visit("max"), shop.visit("ada"), f"/invoices/{debit}/edit"
    assert f'href="{address}"' in max_.get(f"/invoices/{debit}").text
    mine, theirs = form(max_, address), form(ada, address)
    [pieces] = [name for name in mine if name.startswith("quantity_")]
    assert (mine["note"], mine[pieces], "Edit debit note" in max_.get(address).text) == (
        "it was not dented", "4", True,
    )  # fmt: skip
    assert ada.post(address, theirs | {pieces: "2", "due_dates": str(TODAY + timedelta(3))}).status_code == 302
    assert [its.quantity for its in rows(shop, "SELECT quantity FROM invoice_line WHERE invoice_id = %(id)s",
                                         id=debit)] == [2]  # fmt: skip
    stale = max_.post(address, mine | {"note": "counted"})
    assert stale.status_code == 422
    assert max_.post(address, fields(stale.text)).status_code == 302
    return sentence(stale.text)


def test_a_credit_note_is_put_right_by_a_debit_note(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("max"), own_shop.known
    note = known.draft_credit
    assert visitor.post(f"/credit-notes/{note}/issue", {"on": str(TODAY)}).status_code == 302
    with Session(own_shop.engine) as session:
        sql = "SELECT id FROM customer_return WHERE credit_note_id = %(id)s AND state = 'draft'"
        for row in read(session, sql, id=note):
            assert visitor.post(f"/returns/{row.id}/delete").status_code == 302
    assert f"/credit-notes/{note}/debit" in visitor.get(f"/credit-notes/{note}").text
    part = f"/credit-notes/{note}/debit_part"
    asked = visitor.get(part).text
    assert ("Answer the questions" in asked, "Pieces, at most 4" in asked, "Amount" in asked) == (True, True, False)
    assert "enter the pieces or the amount" in visitor.post(part, {"reason": "x", "preview": "1"}).text

    assert visitor.post(f"/credit-notes/{note}/debit", {"reason": "it was not dented"}).status_code == 302

    with Session(own_shop.engine) as session:
        [debit] = read(session, "SELECT id, gross, state FROM invoice WHERE kind = 'debit'")
        [credit] = read(session, "SELECT gross FROM credit_note WHERE id = %(id)s", id=note)
    assert (debit.gross, debit.state) == (credit.gross, "draft")
    told = of_draft(own_shop, debit.id)
    assert "BOLT, Pieces owed again: 2" in told
    assert f"Due dates: {TODAY + timedelta(3)}" in told
    assert "Reason: it was not dented" in told
    assert visitor.post(f"/invoices/{debit.id}/issue", {"on": str(TODAY)}).status_code == 302
    assert "debit note" in visitor.get(f"/invoices/{debit.id}").text
    assert f"/credit-notes/{note}/debit" not in visitor.get(f"/credit-notes/{note}").text

    fall_due(own_shop, which=f"document_id = {debit.id}")
    assert OVERDUE.search(visitor.get(f"/orders/{known.performed}").text), "what is owed again of it is overdue"
