"""Files of banks: what is read of them, and what is proposed."""

from decimal import Decimal

import pytest

from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import write
from app.domain.treasury.bank_files import digest_of, read_file
from tests.domain.treasury.conftest import Sale
from tests.traces import checksums
from tests.world import TODAY, D, World


def test_lines_are_read_with_whose_they_are_and_what_they_pay(world: World, sale: Sale) -> None:
    other = world.add_customer("C777")
    write(world.session, "UPDATE customer SET vat_number = 'BG777777777' WHERE id = %(id)s", id=other)
    number = world.number(sale.invoice)
    text = f"""Date;Amount;Name;Description
{TODAY};36,00;Somebody;invoice {number}
{TODAY:%d.%m.%Y};1 234,56;Customer C001;from BG777777777
{TODAY};5;customer c001;"""
    before = checksums(world.session)

    paid, vat, named = read_file(world.session, text.encode(), most=500)

    assert (paid.on, paid.amount, paid.customer_id, paid.pays) == (TODAY, D(36), world.customer, number)
    assert (vat.on, vat.amount, vat.customer_id, vat.pays) == (TODAY, D("1234.56"), other, "")
    assert (named.customer_id, named.purpose, named.problem) == (world.customer, "customer c001", "")
    assert checksums(world.session) == before


def test_a_number_of_another_customer_is_no_proposal(world: World, sale: Sale) -> None:
    other, number = world.add_customer("C777"), world.number(sale.invoice)
    world.pay(None, "1.00", customer=other)

    text = f"Date,Amount,Name\n{TODAY},5,Customer C777 {number}\n{TODAY},-5,{number}"
    line, out = read_file(world.session, text.encode(), most=500)

    assert (line.customer_id, line.pays, out.customer_id, out.pays) == (other, "", None, "")


def test_what_cannot_be_read_is_told_of_its_line_alone(world: World) -> None:
    text = "\ufeffDate,Debit,Credit,Details\n31.31.2026,1.00,,x\n2026-01-05,,,y\n"
    text += "2026-01-05,1.005,,z\n2026-01-05,7.50,,fee\n"

    lines = read_file(world.session, text.encode(), most=500)

    assert [line.amount for line in lines] == [None, None, None, Decimal("-7.50")]
    assert [line.problem for line in lines] == [
        "'31.31.2026' is not a date.", "There is no amount that came in or went out.",
        "Amount: 1.005 has more than 2 decimals.", "No customer was found in it: choose one, or type an account.",
    ]  # fmt: skip


def test_a_file_in_bulgarian_is_read_in_its_old_letters(world: World) -> None:
    text = "Дата;Дебит;Кредит;Основание\n05.01.2026;;10,00;наем\n"

    [line] = read_file(world.session, text.encode("cp1251"), most=500)

    assert (line.amount, line.purpose) == (D(10), "наем")


@pytest.mark.parametrize("content", [b"", b"hello", b"Date;Name\n2026-01-05;x", b"\x00\xff\xfe"])
def test_what_is_no_bank_file_is_refused(world: World, content: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read_file(world.session, content, most=500)

    assert refusal.value.code == "no_bank_file"


def test_a_file_is_known_by_its_content() -> None:
    assert digest_of(b"a") == digest_of(b"a") != digest_of(b"b")
