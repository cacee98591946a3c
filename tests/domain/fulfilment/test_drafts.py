"""Draft shipments: one for each order and warehouse, filled again, and removed."""

from app.domain.fulfilment.drafts import Piece, add_drafts, open_drafts, put_back, remove_drafts
from tests.domain.fulfilment.ground import approved, order_lines, part, pieces
from tests.world import D, World


def test_pieces_of_one_order_and_warehouse_share_a_draft(world: World, product: int) -> None:
    store = world.add_warehouse("STORE")
    one, two = world.order((product, "2"), (product, "1")), world.order((product, "3"))
    (first, second), [third] = order_lines(world, one), order_lines(world, two)
    places = [(one, world.warehouse, first), (two, store, third), (one, world.warehouse, second)]

    add_drafts(
        world.session, [Piece(order, world.customer, place, line, D(1)) for order, place, line in places], by=world.by
    )

    drafts = open_drafts(world.session, [one, two])
    assert list(drafts) == [(one, world.warehouse), (two, store)]
    assert pieces(world, drafts[one, world.warehouse]) == [(first, 1), (second, 1)]


def test_only_drafts_are_open(world: World, product: int) -> None:
    order, draft = approved(world, (product, "4"))
    before = open_drafts(world.session, [order])
    world.ship(draft)

    assert (before, open_drafts(world.session, [order])) == ({(order, world.warehouse): draft}, {})


def test_what_is_put_back_joins_the_line_that_is_there_or_follows_the_others(world: World, product: int) -> None:
    order, draft = approved(world, (product, "2"), (product, "3"))
    world.ship(draft, quantities=part(world, draft, "0", "2"))
    [rest] = world.drafts(order)
    first, second = order_lines(world, order)
    before = pieces(world, rest)

    its = [Piece(order, world.customer, world.warehouse, line, D(1)) for line in (second, first)]
    put_back(world.session, its, by=world.by)

    assert (before, pieces(world, rest)) == ([(first, 2), (second, 1)], [(first, 3), (second, 2)])
    assert world.drafts(order) == [rest]


def test_what_is_put_back_makes_the_draft_that_is_missing(world: World, product: int) -> None:
    order, draft = approved(world, (product, "2"))
    world.ship(draft)

    put_back(
        world.session, [Piece(order, world.customer, world.warehouse, order_lines(world, order)[0], D(2))], by=world.by
    )

    [made] = world.drafts(order)
    assert (made != draft, pieces(world, made)) == (True, [(order_lines(world, order)[0], 2)])


def test_drafts_of_an_order_are_removed_with_their_lines_and_links(world: World, product: int) -> None:
    order, draft = approved(world, (product, "2"))
    other, kept = approved(world, (product, "2"))

    remove_drafts(world.session, [order], by=world.by)

    assert (world.drafts(order), world.drafts(other), pieces(world, draft)) == ([], [kept], [])
    assert world.ids("SELECT to_id FROM document_link WHERE from_id = %(id)s", id=order) == []
