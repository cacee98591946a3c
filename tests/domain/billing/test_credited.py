"""What is left of invoice lines, as credits take of it."""

import pytest

from app.domain.billing.credited import Creditable, Wanted
from app.domain.kernel.errors import DomainError
from tests.domain.billing.test_crediting import invoiced
from tests.world import D, World


def creditable(world: World, invoice: int) -> Creditable:
    world.session.info.clear()
    return Creditable(world.session, [invoice])


def test_a_credit_takes_pieces_net_and_vat_and_the_last_piece_takes_the_rest(world: World) -> None:
    _, _, invoice, line = invoiced(world)
    its = creditable(world, invoice)
    rest = its.rests[line]

    parts = [its.take(rest, Wanted("goods_back", D(pieces))) for pieces in (3, 2, 2)]

    assert [(part.net, part.vat) for part in parts] == [
        (D("42.86"), D("8.57")), (D("28.57"), D("5.72")), (D("28.57"), D("5.71")),
    ]  # fmt: skip
    assert (rest.left, rest.net, rest.vat) == (0, 0, 0)


def test_vat_follows_allowances_and_all_of_it_goes_with_the_last_cent(world: World) -> None:
    _, _, invoice, line = invoiced(world)
    its = creditable(world, invoice)
    rest = its.rests[line]

    parts = [its.take(rest, Wanted("allowance", D(0), D(amount))) for amount in ("33.33", "33.33", "33.34")]

    assert [part.vat for part in parts] == [D("6.67"), D("6.66"), D("6.67")]
    assert (rest.base, rest.left) == (0, 7)


def test_an_allowance_after_pieces_brings_the_vat_to_its_share_of_all_that_is_credited(world: World) -> None:
    """Of 52.88 it is 10.58, of 62.90 it is 12.58; what is left is of the last pieces, and never more than that."""
    _, _, invoice, line = invoiced(world)
    its = creditable(world, invoice)
    rest = its.rests[line]

    wanted = [Wanted("goods_back", D(3)), *[Wanted("allowance", D(0), D("10.02"))] * 2, Wanted("goods_back", D(4))]
    parts = [its.take(rest, each) for each in wanted]

    assert [(part.net, part.vat) for part in parts] == [
        (D("42.86"), D("8.57")), (D("10.02"), D("2.01")), (D("10.02"), D("2.00")), (D("37.10"), D("7.42")),
    ]  # fmt: skip
    assert (rest.left, rest.net, rest.vat) == (0, 0, 0)


def test_exact_numbers_are_asked_for_and_pieces_that_are_back_are_kept(world: World) -> None:
    _, shipped, invoice, line = invoiced(world)
    world.bring_back((shipped, "2"))
    its = creditable(world, invoice)

    assert its.exact(its.rests[line], "goods_back", "3", None) == Wanted("goods_back", D(3), shipment_line_id=shipped)
    with pytest.raises(DomainError) as refusal:
        its.take(its.rests[line], Wanted("invoice_again", D(6), shipment_line_id=shipped))
    assert refusal.value.facts["back"] == 2
