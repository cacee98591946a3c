"""What a credit note took off by mistake is owed again, from the credit note's page."""

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from tests.web.conftest import Shop
from tests.world import TODAY


def test_a_credit_note_is_put_right_by_a_debit_note(own_shop: Shop) -> None:
    visitor, known = own_shop.visit("max"), own_shop.known
    note = known.draft_credit
    assert visitor.post(f"/credit-notes/{note}/issue", {"on": str(TODAY)}).status_code == 302
    with Session(own_shop.engine) as session:
        sql = "SELECT id FROM customer_return WHERE credit_note_id = %(id)s AND state = 'draft'"
        for row in read(session, sql, id=note):
            assert visitor.post(f"/returns/{row.id}/delete").status_code == 302
    assert f"/credit-notes/{note}/debit" in visitor.get(f"/credit-notes/{note}").text
    assert "enter the pieces or the amount" in visitor.get(f"/credit-notes/{note}/debit_part").text

    assert visitor.post(f"/credit-notes/{note}/debit", {"reason": "it was not dented"}).status_code == 302

    with Session(own_shop.engine) as session:
        [debit] = read(session, "SELECT id, gross, state FROM invoice WHERE kind = 'debit'")
        [credit] = read(session, "SELECT gross FROM credit_note WHERE id = %(id)s", id=note)
    assert (debit.gross, debit.state) == (credit.gross, "draft")
    assert visitor.get(f"/invoices/{debit.id}/edit").status_code == 302
    assert visitor.post(f"/invoices/{debit.id}/issue", {"on": str(TODAY)}).status_code == 302
    assert "debit note" in visitor.get(f"/invoices/{debit.id}").text
    assert f"/credit-notes/{note}/debit" not in visitor.get(f"/credit-notes/{note}").text
