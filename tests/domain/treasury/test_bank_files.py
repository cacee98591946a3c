"""Files of banks: what is read of them, and what is proposed."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import write
from app.domain.treasury.bank_files import NOBODY, digest_of, propose_transfers, read_file, warn_of_known
from app.domain.treasury.banks import NewBankLine, add_bank_lines, cancel_bank_lines, process_bank_lines
from app.domain.treasury.cash import NewCashOrder, add_cash_orders, process_cash_orders
from app.domain.treasury.statements import NewStatement, add_statements, process_statements
from tests.domain.treasury.conftest import Sale
from tests.traces import checksums
from tests.world import TODAY, D, World

YESTERDAY = TODAY - timedelta(1)


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


@pytest.mark.parametrize(
    "head",
    ["Buchungstag;Betrag;Auftraggeber/Empfänger;Verwendungszweck", "Дата операции;Сумма;Плательщик;Назначение платежа"],
)
def test_columns_are_known_in_german_and_in_russian(world: World, head: str) -> None:
    [line] = read_file(world.session, f"{head}\n05.01.2026;10,00;Customer C001;rent\n".encode(), most=500)

    assert (line.amount, line.customer_id, line.purpose) == (D(10), world.customer, "Customer C001 rent")


def test_columns_are_called_what_somebody_says_and_nothing_that_is_not_there(world: World) -> None:
    content = b"Jour;Montant;Solde;Name\n05.01.2026;10,00;99;rent\n"

    [line] = read_file(world.session, content, most=500, called={"on": " jour", "amount": "MONTANT", "purpose": ""})

    assert (line.amount, line.purpose) == (D(10), "rent")
    with pytest.raises(Invalid, match=r"called Datum\. It names: Jour, Montant, Solde, Name"):
        read_file(world.session, content, most=500, called={"on": "Datum"})
    with pytest.raises(Invalid, match="It names: Jour, Montant"):
        read_file(world.session, content, most=500)


def test_lines_that_are_on_the_account_already_are_told_as_often_as_they_are_there(world: World) -> None:
    bank, other = world.add_bank(), world.add_bank("OTHER")
    rows = [
        ("10.00", "rent"),
        ("10.00", "rent"),
        ("10.00", "Rent"),
        ("-10.00", "rent"),
        ("7.00", "gone"),
        ("x", "rent"),
    ]
    text = "Date;Amount;Description\n" + "".join(f"{TODAY};{amount};{purpose}\n" for amount, purpose in rows)
    lines = [NewBankLine(bank, world.customer, D(10), "Rent", on=TODAY if i else None) for i in range(2)]
    [statement] = world.do(add_statements, [NewStatement(bank, "7", TODAY, D(0), D(20), lines)])
    world.do(process_statements, [statement])
    gone = world.do(add_bank_lines, [NewBankLine(bank, world.customer, D(7), "gone")])
    world.do(process_bank_lines, gone, on=TODAY)
    world.do(cancel_bank_lines, gone, on=TODAY, reason="not ours")
    told = [read_file(world.session, text.encode(), most=500) for _ in range(2)]
    before = checksums(world.session)

    assert (warn_of_known(world.session, bank, told[0]), warn_of_known(world.session, other, told[1])) == (2, 0)

    assert checksums(world.session) == before
    marked = f"It is there already, on {world.number(statement)}: leave it out unless it came twice."
    assert [line.problem == marked for line in told[0]] == [True, True, False, False, False, False]


def carried(world: World, amount: str, bank: int | None = None) -> int:
    """So much leaves the desk, or a bank account, for another place."""
    about = {"kind": "expense", "about": "transfer"}
    if bank is None:
        world.pay(None, amount, on=TODAY)
        [sent] = world.do(add_cash_orders, [NewCashOrder(world.desk, None, D(amount), **about)])
        world.do(process_cash_orders, [sent], on=TODAY)
    else:
        [sent] = world.do(add_bank_lines, [NewBankLine(bank, None, D(amount), **about)])
        world.do(process_bank_lines, [sent], on=TODAY)
    return int(sent)


def test_what_comes_in_is_proposed_as_what_left_another_place_each_once_and_not_before(world: World) -> None:
    bank, other = world.add_bank(), world.add_bank("OTHER")
    first, own, fifth, named = (
        carried(world, amount, place)
        for amount, place in (("50.00", None), ("50.00", bank), ("50.00", other), ("9.00", None))
    )
    world.do(add_bank_lines, [NewBankLine(other, None, D(9), about="transfer", transfer_id=named)])
    rows = [
        (YESTERDAY, "50.00", "cash"), (TODAY, "50.00", "customer c001"), (TODAY, "50.00", "cash"), (TODAY, "9.00", "x"),
        (TODAY, "-50.00", "out"), (TODAY, "50.00", "again"), (TODAY, "50.00", "too many"), (TODAY, "49.00", "other"),
    ]  # fmt: skip
    text = "Date;Amount;Description\n" + "".join(f"{on};{amount};{purpose}\n" for on, amount, purpose in rows)
    lines = read_file(world.session, text.encode(), most=500)

    propose_transfers(world.session, bank, lines)

    assert [line.transfer_id for line in lines] == [None, None, first, None, None, fifth, None, None]
    assert (lines[2].pays, lines[2].problem, lines[3].problem) == (world.number(first), "", NOBODY)
    propose_transfers(world.session, other, theirs := [replace(lines[6]), replace(lines[6])])
    assert [line.transfer_id for line in theirs] == [first, own]


@pytest.mark.parametrize("content", [b"", b"hello", b"Date;Name\n2026-01-05;x", b"\x00\xff\xfe"])
def test_what_is_no_bank_file_is_refused(world: World, content: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read_file(world.session, content, most=500)

    assert refusal.value.code == "no_bank_file"


def test_a_file_is_known_by_its_content() -> None:
    assert digest_of(b"a") == digest_of(b"a") != digest_of(b"b")
