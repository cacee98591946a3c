"""What one is told on the page of a draft and before a step, though it does not stand in the way."""

import pytest
from sqlalchemy.orm import Session

from app.domain.kernel.rows import write
from tests.web.companies import Shop
from tests.world import TODAY

RAISED = """
INSERT INTO tax_rate_row (tax_rate_id, valid_from, percent) SELECT id, %(on)s, 21 FROM tax_rate WHERE code = 'A'
"""


@pytest.fixture
def raised(own_shop: Shop) -> Shop:
    """A shop whose 20 % are 21 % since its last day of trade."""
    with Session(own_shop.engine) as session:
        write(session, RAISED, on=TODAY)
        session.commit()
    return own_shop


def test_the_page_and_the_preview_of_a_draft_name_the_old_and_the_new_rate(raised: Shop) -> None:
    visitor, known = raised.visit("ada"), raised.known

    for address in (f"/shipments/{known.draft_shipment}", f"/invoices/{known.draft_invoice}"):
        for page in (address, f"{address}/{'process' if 'shipments' in address else 'issue'}"):
            text = visitor.get(page).text
            assert text.count("VAT A was 20 % when this was agreed and is 21 % on the date of supply") == 1, page
            assert "the price without VAT stays" in text


def test_the_preview_of_save_and_process_warns_of_the_shipment_that_it_makes(raised: Shop) -> None:
    address = f"/orders/{raised.known.active}/process?agreed_by=Ms+Stone&agreed_how=phone&on={TODAY}"

    assert "VAT A was 20 %" in raised.visit("ada").get(address).text


def test_what_is_done_warns_of_nothing(raised: Shop) -> None:
    visitor, known = raised.visit("ada"), raised.known

    for page in (f"/shipments/{known.shipment}", f"/invoices/{known.invoice}", f"/orders/{known.approved}"):
        assert "when this was agreed" not in visitor.get(page).text


def test_who_sees_no_prices_is_told_of_no_rates(raised: Shop) -> None:
    keeper, address = raised.visit("ken"), f"/shipments/{raised.known.draft_shipment_north}"

    for page in (address, f"{address}/process"):
        answer = keeper.get(page)
        assert (answer.status_code, "when this was agreed" in answer.text) == (200, False)
