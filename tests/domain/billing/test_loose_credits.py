"""Credit notes without an invoice: what a customer is owed all the same."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.billing.credit_notes import issue_credit_notes
from app.domain.billing.crediting import delete_credit_notes
from app.domain.billing.debiting import NewDebitLine, NewDebitNote, add_debit_notes, is_debitable
from app.domain.billing.freelines import FreeLine
from app.domain.billing.invoicing import issue_invoices
from app.domain.billing.loose_credits import LooseCredit, add_loose_credits, edit_loose_credit
from app.domain.kernel.errors import DomainError, Stale, WrongState
from app.domain.kernel.rows import read, write
from app.domain.parties.models import TaxRule
from app.domain.settlement.allocations import Wish, allocate_payments
from app.domain.treasury.cash import NewCashOrder, Target, add_cash_orders, process_cash_orders
from tests.domain.billing.ground import owed
from tests.domain.billing.test_crediting import draft, invoiced
from tests.world import TODAY, D, World


def text(world: World, words: str = "Late delivery", role: str = "other", **more: object) -> FreeLine:
    account = world.ids("SELECT min(id) FROM account WHERE role = %(role)s", role=role)[0]
    its: dict[str, object] = {"quantity": D(2), "unit_price": D("10.00"), "tax_rate_id": world.taxes[20]} | more
    return FreeLine(text=words, account_id=account, **its)  # type: ignore[arg-type]


def loose(world: World, *lines: FreeLine, customer: int | None = None, vat_included: bool = False) -> int:
    wanted = LooseCredit(customer or world.customer, "agreed by phone", lines, vat_included)
    made: int = world.do(add_loose_credits, [wanted])[0]
    return made


def issued(world: World, *lines: FreeLine, **more: object) -> int:
    note = loose(world, *lines, **more)  # type: ignore[arg-type]
    world.do(issue_credit_notes, [note], on=TODAY)
    return note


def amounts(world: World, note: int) -> list[tuple[object, ...]]:
    """(kind, quantity, unit price, discount, amount, net, VAT) of the lines."""
    return [
        (row.kind, row.quantity, row.unit_price, row.discount, row.amount, row.net, row.vat)
        for row in world.lines_of("credit_note_line", "credit_note_id", note)
    ]


@pytest.mark.parametrize("chart", ["ifrs", "bg"])
def test_a_service_a_text_and_cheaper_goods_are_credited_to_the_customer(session: Session, chart: str) -> None:
    world = World(session, chart=chart)
    service, goods = world.add_product("ADVICE", None, kind="service"), world.add_product("TEA", tax=9)

    note = issued(
        world, FreeLine(D(2), D("50.00"), D(10), product_id=service), text(world),
        FreeLine(D(1), D("7.77"), product_id=goods),
    )  # fmt: skip

    assert amounts(world, note) == [
        ("free", 2, D("50.00"), D(10), 0, D("90.00"), D("18.00")),
        ("free", 2, D("10.00"), 0, 0, D("20.00"), D("4.00")),
        ("allowance", 0, 0, 0, D("7.77"), D("7.77"), D("0.70")),
    ]
    customers, revenue, other, vat = {
        "ifrs": ("1100", "4000", "2000", "2200"), "bg": ("411", "702", "401", "4532"),
    }[chart]  # fmt: skip
    assert sorted(world.entry(note, "credit_note.issued")) == sorted([
        (customers, "0.00", "140.47"), (revenue, "97.77", "0.00"), (other, "20.00", "0.00"), (vat, "22.70", "0.00"),
    ])  # fmt: skip
    row = world.row("credit_note", note)
    assert (row.invoice_id, row.reason, row.currency, row.gross) == (None, "agreed by phone", "EUR", D("140.47"))
    assert world.number(note) == "CN-000001"
    assert (row.seller["vat_number"], row.buyer["name"]) == ("BG123456789", "Customer C001")
    assert world.ids("SELECT count(*) FROM document_link") == [0]
    world.prove()


def test_its_number_is_in_the_series_of_invoices_where_they_share_one(world: World) -> None:
    write(world.session, "UPDATE company SET credit_series = 'invoices'")

    assert world.number(issued(world, text(world))) == "0000000001"
    world.prove()


def test_all_of_it_is_the_customers_credit_which_settles_invoices_and_is_paid_back(world: World) -> None:
    _, _, invoice, _ = invoiced(world)
    note = issued(world, text(world))
    assert (owed(world, invoice), world.paid(invoice)) == ([D("120.00")], "unpaid")

    world.do(allocate_payments, [Wish(note, invoice, D("10.00"))], on=TODAY)
    world.prove()
    world.pay(invoice, "50.00")
    back = NewCashOrder(world.desk, world.customer, D("14.00"), targets=[Target(note, D("14.00"))], kind="expense")
    world.do(process_cash_orders, [paid := world.do(add_cash_orders, [back])[0]], on=TODAY)

    assert world.paid(invoice) == "partly_paid"
    assert world.entry(paid, "cash_order.paid_out") == [("1000", "0.00", "14.00"), ("1100", "14.00", "0.00")]
    [credit] = read(world.session, "SELECT amount, used FROM credit WHERE document_id = %(id)s", id=note)
    assert (credit.amount, credit.used) == (D("24.00"), D("24.00"))
    world.prove()


def test_prices_may_include_vat(world: World) -> None:
    goods = world.add_product("TEA")

    note = issued(
        world, text(world, quantity=D(1), unit_price=D("0.05")), FreeLine(D(1), D("12.00"), product_id=goods),
        vat_included=True,
    )  # fmt: skip

    assert [line[5:] for line in amounts(world, note)] == [(D("0.04"), D("0.01")), (D("10.00"), D("2.00"))]
    world.prove()


def test_customers_from_elsewhere_are_credited_at_their_rate_and_what_is_printed_stays(world: World) -> None:
    world.add_product("ZERO", tax=0)
    world.add(TaxRule, regime="eu_business", tax_rate_id=world.taxes[20], to_rate_id=world.taxes[0], category="K",
              text="Intra-Community supply")  # fmt: skip
    customer = world.add_customer("EU1")
    write(world.session, "UPDATE customer SET tax_regime = 'eu_business' WHERE id = %(id)s", id=customer)

    note = issued(world, text(world), customer=customer)
    write(world.session, "UPDATE customer SET name = 'Another', tax_regime = 'domestic' WHERE id = %(id)s", id=customer)
    [debit] = world.do(add_debit_notes, [NewDebitNote(note, "mistake")])
    world.do(issue_invoices, [debit], on=TODAY)

    row = world.row("credit_note", note)
    assert (row.vat, row.buyer["name"]) == (0, "Customer EU1")
    assert row.terms["tax"] == [{"percent": "0", "category": "K", "text": "Intra-Community supply"}]
    taken_back = world.row("invoice", debit)
    assert (taken_back.buyer, taken_back.terms["tax"]) == (row.buyer, row.terms["tax"])
    world.prove()


def test_a_credit_note_of_an_invoice_prints_its_tax_and_stands_beside_one_without(world: World) -> None:
    _, _, invoice, _ = invoiced(world)
    both = [draft(world, invoice), loose(world, text(world))]

    world.do(issue_credit_notes, both, on=TODAY)

    assert [world.row("credit_note", note).terms for note in both] == [{"tax": []}] * 2
    assert [world.number(note) for note in both] == ["CN-000001", "CN-000002"]
    assert world.paid(invoice) == "paid"
    world.prove()


def test_a_debit_note_takes_it_back_in_parts_that_add_up(world: World) -> None:
    service, goods = world.add_product("ADVICE", None, kind="service"), world.add_product("TEA", tax=9)
    note = issued(world, FreeLine(D(3), D("14.2857"), product_id=service), FreeLine(D(1), D("7.77"), product_id=goods))
    hours, cheaper = (line.id for line in world.lines_of("credit_note_line", "credit_note_id", note))

    part = world.do(add_debit_notes, [
        NewDebitNote(note, "too much", [NewDebitLine(hours, D(1)), NewDebitLine(cheaper, amount=D("2.59"))])
    ])  # fmt: skip
    world.do(issue_invoices, part, on=TODAY)
    too_much = NewDebitNote(note, "too much", [NewDebitLine(hours, D(3))])
    assert world.refusal(add_debit_notes, [too_much]).code == "more_than_credited"
    assert is_debitable(world.session, note)
    rest = world.do(add_debit_notes, [NewDebitNote(note, "all of it")])
    world.do(issue_invoices, rest, on=TODAY)

    assert [
        [(row.quantity, row.unit_price, row.net, row.vat) for row in world.lines_of("invoice_line", "invoice_id", its)]
        for its in (*part, *rest)
    ] == [
        [(1, D("14.2857"), D("14.29"), D("2.86")), (1, D("2.59"), D("2.59"), D("0.23"))],
        [(2, D("14.2857"), D("28.57"), D("5.71")), (1, D("5.18"), D("5.18"), D("0.47"))],
    ]
    assert not is_debitable(world.session, note)
    assert world.refusal(add_debit_notes, [NewDebitNote(note, "once more")]).code == "nothing_left"
    world.prove()


def test_what_goods_cost_less_is_taken_back_whole(world: World, product: int) -> None:
    note = issued(world, FreeLine(D(1), D("7.77"), product_id=product))

    [debit] = world.do(add_debit_notes, [NewDebitNote(note, "mistake")])
    world.do(issue_invoices, [debit], on=TODAY)

    assert world.row("invoice", debit).gross == D("9.32")
    world.prove()


def test_the_second_of_two_debit_notes_of_all_is_refused_when_it_is_issued(world: World) -> None:
    note = issued(world, text(world))
    both = world.do(add_debit_notes, [NewDebitNote(note, "mistake")])
    both += world.do(add_debit_notes, [NewDebitNote(note, "mistake")])
    world.do(issue_invoices, both[:1], on=TODAY)

    assert world.refusal(issue_invoices, both[1:], on=TODAY).code == "more_than_credited"


def test_a_draft_is_rewritten_and_deleted(world: World) -> None:
    other = world.add_customer("C002")
    note = loose(world, text(world))
    new = LooseCredit(other, "another reason", [text(world, "Late", quantity=D(1)), text(world, "Later")],
                      prices_include_vat=True)  # fmt: skip

    world.do(edit_loose_credit, note, new, version=1)

    row = world.row("credit_note", note)
    assert (row.reason, row.prices_include_vat, row.gross, row.version) == ("another reason", True, D("30.00"), 2)
    assert world.row("document", note).customer_id == other
    assert [line.name for line in world.lines_of("credit_note_line", "credit_note_id", note)] == ["Late", "Later"]
    assert world.ids("SELECT count(*) FROM document_history WHERE step = 'edit'") == [1]
    assert world.refusal(edit_loose_credit, note, LooseCredit(other, " ", new.lines), version=2).code == "no_reason"
    with pytest.raises(Stale):
        world.do(edit_loose_credit, note, new, version=1)
    world.do(issue_credit_notes, [note], on=TODAY)
    with pytest.raises(WrongState):
        world.do(edit_loose_credit, note, new, version=3)
    world.prove()
    world.do(delete_credit_notes, [gone := loose(world, text(world))])
    assert world.ids("SELECT count(*) FROM credit_note WHERE id = %(id)s", id=gone) == [0]


def test_what_credits_an_invoice_is_not_rewritten_by_hand(world: World) -> None:
    _, _, invoice, _ = invoiced(world)
    note = draft(world, invoice)
    new = LooseCredit(world.customer, "by hand", [text(world)])

    with pytest.raises(DomainError) as refusal:
        world.do(edit_loose_credit, note, new, version=1)

    assert (refusal.value.code, world.number(invoice) in str(refusal.value)) == ("of_invoice", True)


@pytest.mark.parametrize(("changes", "code"), [
    ({"quantity": D(0)}, "quantity_not_positive"), ({"quantity": D("NaN")}, "out_of_range"),
    ({"quantity": D("0.0001")}, "too_many_decimals"), ({"unit_price": D("1.00001")}, "too_many_decimals"),
    ({"unit_price": D(0)}, "amount_not_positive"), ({"unit_price": D(-1)}, "amount_not_positive"),
    ({"unit_price": D("0.001"), "quantity": D(1)}, "amount_not_positive"),
    ({"discount": D(100)}, "amount_not_positive"), ({"discount": D("100.01")}, "discount_out_of_range"),
    ({"text": " "}, "no_text"), ({"account_id": None}, "no_account"), ({"account_id": 999_999}, "no_account"),
    ({"tax_rate_id": 999_999}, "unknown_tax_rate"), ({"unit_price": D(10) ** 11, "quantity": D(100)}, "out_of_range"),
])  # fmt: skip
def test_a_line_that_cannot_be_is_refused(world: World, changes: dict[str, object], code: str) -> None:
    line = FreeLine(**vars(text(world)) | changes)

    assert world.refusal(add_loose_credits, [LooseCredit(world.customer, "agreed", [line])]).code == code


@pytest.mark.parametrize("role", ["receivables", "output_vat", "inventory", "cash", "customer_advances"])
def test_a_control_account_is_not_chosen_by_hand(world: World, role: str) -> None:
    wanted = [LooseCredit(world.customer, "agreed", [text(world, role=role)])]

    assert world.refusal(add_loose_credits, wanted).code == "control_account"


def test_what_cannot_be_credited_so_is_refused_by_its_place(world: World, product: int) -> None:
    archived = world.add_customer("C002")
    write(world.session, "UPDATE customer SET active = false WHERE id = %(id)s", id=archived)
    gone = world.add_product("GONE", None)
    write(world.session, "UPDATE product SET active = false WHERE id = %(id)s", id=gone)
    good = [text(world)]

    refused = world.refused(add_loose_credits, [
        LooseCredit(world.customer, "agreed", good), LooseCredit(world.customer, " ", good),
        LooseCredit(archived, "agreed", good), LooseCredit(999_999, "agreed", good),
        LooseCredit(world.customer, "agreed", []),
        LooseCredit(world.customer, "agreed", [FreeLine(D(2), D(1), product_id=product)]),
        LooseCredit(world.customer, "agreed", [FreeLine(D(1), D(1), product_id=gone)]),
        LooseCredit(world.customer, "agreed", [FreeLine(D(1), D(1), product_id=999_999)]),
        LooseCredit(world.customer, "agreed", [text(world, role="vouchers")]),
    ])  # fmt: skip

    assert {place: error.code for place, error in refused.items()} == {
        1: "no_reason", 2: "archived_customer", 3: "unknown_customer", 4: "no_lines", 5: "no_pieces",
        6: "archived_product", 7: "unknown_product", 8: "taxed_voucher",
    }  # fmt: skip


def test_it_is_dated_neither_in_the_future_nor_before_the_last_of_its_series(world: World) -> None:
    issued(world, text(world))
    later = loose(world, text(world))

    assert world.refusal(issue_credit_notes, [later], on=TODAY + timedelta(3)).code == "in_the_future"
    assert world.refusal(issue_credit_notes, [later], on=TODAY - timedelta(1)).code == "before_last_of_series"
