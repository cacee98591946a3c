"""Invoices written by hand: services, texts on accounts, vouchers."""

import pytest

from app.domain.billing.freehand import FreeLine, NewFreeInvoice, add_free_invoices, edit_free_invoice
from app.domain.billing.invoicing import issue_invoices
from app.domain.kernel.rows import read, write
from tests.domain.billing.ground import lines, owed
from tests.world import TODAY, D, World


def account(world: World, role: str) -> int:
    return world.ids("SELECT min(id) FROM account WHERE role = %(role)s", role=role)[0]


def text(world: World, words: str = "Rent of a shelf", role: str = "other", **more: object) -> FreeLine:
    its: dict[str, object] = {"tax_rate_id": world.taxes[20]} | more
    return FreeLine(D(2), D("10.00"), text=words, account_id=account(world, role), **its)  # type: ignore[arg-type]


def written(world: World, *its: FreeLine, **more: object) -> int:
    invoice: int = world.do(add_free_invoices, [NewFreeInvoice(world.customer, its, **more)])[0]  # type: ignore[arg-type]
    return invoice


def test_a_service_and_a_text_go_to_their_accounts(world: World) -> None:
    service = world.add_product("ADVICE", None, kind="service")

    invoice = written(world, FreeLine(D(1), D("100.00"), D(10), product_id=service), text(world))
    world.do(issue_invoices, [invoice], on=TODAY)

    assert lines(world, invoice) == [
        ("ADVICE", 1, D("90.00"), D("18.00"), D("108.00")), ("", 2, D("20.00"), D("4.00"), D("24.00")),
    ]  # fmt: skip
    assert world.entry(invoice, "invoice.issued") == [
        ("1100", "132.00", "0.00"), ("4000", "0.00", "90.00"), ("2000", "0.00", "20.00"), ("2200", "0.00", "22.00"),
    ]  # fmt: skip
    assert (owed(world, invoice), world.paid(invoice)) == ([D("108.00"), D("24.00")], "unpaid")
    row = world.row("invoice", invoice)
    assert (row.supply_on, row.due_on is not None, world.number(invoice)) == (TODAY, True, "0000000001")
    world.prove()


def test_a_text_may_go_to_an_account_of_revenue(world: World) -> None:
    invoice = written(world, text(world, role="revenue"))

    world.do(issue_invoices, [invoice], on=TODAY)

    assert world.entry(invoice, "invoice.issued")[1] == ("4000", "0.00", "20.00")
    world.prove()


def test_a_voucher_is_sold_outside_vat(world: World) -> None:
    invoice = written(world, text(world, "Voucher 77", "vouchers", tax_rate_id=None))

    world.do(issue_invoices, [invoice], on=TODAY)

    assert world.entry(invoice, "invoice.issued") == [("1100", "20.00", "0.00"), ("2120", "0.00", "20.00")]
    assert world.row("invoice", invoice).vat == 0
    world.pay(invoice, "20.00")
    assert world.paid(invoice) == "paid"
    world.prove()


def test_prices_may_include_vat_and_lines_may_be_negative(world: World) -> None:
    back = FreeLine(D(1), D("-6.00"), text="Discount", account_id=account(world, "other"),
                    tax_rate_id=world.taxes[20])  # fmt: skip

    invoice = written(world, text(world), back, prices_include_vat=True)
    world.do(issue_invoices, [invoice], on=TODAY)

    assert [line[2:] for line in lines(world, invoice)] == [
        (D("16.67"), D("3.33"), D("20.00")), (D("-5.00"), D("-1.00"), D("-6.00")),
    ]  # fmt: skip
    assert owed(world, invoice) == [D("14.00"), 0]
    world.prove()


def test_a_draft_is_rewritten(world: World) -> None:
    invoice = written(world, text(world))

    new = NewFreeInvoice(world.customer, [text(world, "Two shelves", tax_rate_id=None)])
    world.do(edit_free_invoice, invoice, new, version=1)

    assert lines(world, invoice) == [("", 2, D("20.00"), 0, D("20.00"))]
    [history] = read(world.session, "SELECT changes FROM document_history WHERE step = 'edit'")
    assert history.changes["line 1"] == ["2 × Rent of a shelf at 10", "2 × Two shelves at 10"]


@pytest.mark.parametrize(("changes", "code"), [
    ({"quantity": D(0)}, "quantity_not_positive"), ({"quantity": D("NaN")}, "out_of_range"),
    ({"quantity": D("0.0001")}, "too_many_decimals"), ({"unit_price": D("1.00001")}, "too_many_decimals"),
    ({"discount": D("100.01")}, "discount_out_of_range"), ({"text": " "}, "no_text"),
    ({"account_id": None}, "no_account"), ({"account_id": 999_999}, "no_account"),
    ({"tax_rate_id": 999_999}, "unknown_tax_rate"),
    ({"unit_price": D("-1")}, "negative_total"), ({"unit_price": D(10) ** 11, "quantity": D(100)}, "out_of_range"),
])  # fmt: skip
def test_a_line_that_cannot_be_is_refused(world: World, changes: dict[str, object], code: str) -> None:
    line = FreeLine(**vars(text(world)) | changes)

    assert world.refusal(add_free_invoices, [NewFreeInvoice(world.customer, [line])]).code == code


@pytest.mark.parametrize("role", ["receivables", "output_vat", "inventory", "cash", "customer_advances"])
def test_a_control_account_is_not_chosen_by_hand(world: World, role: str) -> None:
    wanted = [NewFreeInvoice(world.customer, [text(world, role=role)])]

    assert world.refusal(add_free_invoices, wanted).code == "control_account"


def test_goods_archived_cards_and_taxed_vouchers_are_refused_by_their_place(world: World, product: int) -> None:
    gone = world.add_product("GONE", None, kind="service")
    write(world.session, "UPDATE product SET active = false WHERE id = %(id)s", id=gone)
    archived = world.add_customer("C002")
    write(world.session, "UPDATE customer SET active = false WHERE id = %(id)s", id=archived)
    good = [text(world)]
    service = FreeLine(D(1), D(1), product_id=world.add_product("S", None, kind="service"),
                       account_id=account(world, "other"))  # fmt: skip

    refused = world.refused(add_free_invoices, [
        NewFreeInvoice(world.customer, good),
        NewFreeInvoice(world.customer, [FreeLine(D(1), D(1), product_id=product)]),
        NewFreeInvoice(world.customer, [FreeLine(D(1), D(1), product_id=gone)]),
        NewFreeInvoice(archived, good), NewFreeInvoice(999_999, good), NewFreeInvoice(world.customer, []),
        NewFreeInvoice(world.customer, [text(world, role="vouchers")]), NewFreeInvoice(world.customer, [service]),
        NewFreeInvoice(world.customer, [FreeLine(D(1), D(1), product_id=999_999)]),
    ])  # fmt: skip

    assert {place: error.code for place, error in refused.items()} == {
        1: "not_a_service", 2: "archived_product", 3: "archived_customer", 4: "unknown_customer", 5: "no_lines",
        6: "taxed_voucher", 7: "account_of_service", 8: "unknown_product",
    }  # fmt: skip
