"""What happens to goods beside the trade: lost, counted, there from the start, on another account, promised or not."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from app.domain.catalog.models import Product, ProductGroup
from app.domain.stock.models import Warehouse
from app.domain.stock.warehouses import change_warehouse
from app.domain.warehousing.cards import change_group, change_product
from app.domain.warehousing.counts import cancel_counts, process_counts
from app.domain.warehousing.opening import NewOpening, NewOpeningLine, add_openings, cancel_openings, process_openings
from app.domain.warehousing.write_offs import (
    NewWriteOff,
    NewWriteOffLine,
    add_write_offs,
    cancel_write_offs,
    process_write_offs,
)
from tests.properties.model import Place, Shop
from tests.properties.money import REFUSED, chosen
from tests.world import D, World

if TYPE_CHECKING:
    from tests.properties.histories import Dice

CANCEL: Mapping[str, Callable[..., Any]] = {
    "write_off": cancel_write_offs, "stock_count": cancel_counts, "opening_stock": cancel_openings,
}  # fmt: skip


class Goods:
    """A part of a history."""

    session: Session
    shop: Shop
    world: World
    places: list[int]
    goods: list[int]
    attempt: Callable[..., Any]

    def place(self, dice: "Dice") -> Place:
        return chosen(self.places, dice.first), chosen(self.goods, dice.second)

    def lose(self, dice: "Dice") -> None:
        where, what = self.place(dice)
        gone = D(1 + dice.third % 6)
        its = self.attempt(add_write_offs, [NewWriteOff(where, "lost", [NewWriteOffLine(what, gone)])])[0]
        if self.attempt(process_write_offs, [its], on=dice.on) is not REFUSED:
            self.shop.moved(its, "write_off", (where, what), -gone)

    def count(self, dice: "Dice") -> None:
        """A few pieces more or less than there are, or as many."""
        where, what = self.place(dice)
        there = self.shop.on_hand[where, what]
        found = max(there + D(dice.third % 5 - 2), D(0))
        sheet = self.world.sheet({what: str(found)}, warehouse=where)
        if self.attempt(process_counts, [sheet], on=dice.on) is not REFUSED:
            self.shop.moved(sheet, "stock_count", (where, what), found - there)

    def begin_with(self, dice: "Dice") -> None:
        where, what = self.place(dice)
        quantity = D(1 + dice.third % 12)
        line = NewOpeningLine(what, quantity, value=D(dice.share * dice.first))
        its = self.attempt(add_openings, [NewOpening(where, [line])])[0]
        if self.attempt(process_openings, [its], on=dice.on) is not REFUSED:
            self.shop.moved(its, "opening_stock", (where, what), quantity)

    def take_goods_back(self, dice: "Dice") -> None:
        """A write-off, a count or opening stock is cancelled."""
        if self.shop.elsewhere:
            its = chosen(self.shop.elsewhere, dice.first)
            cancel = CANCEL[self.shop.elsewhere[its][0]]
            if self.attempt(cancel, [its], on=dice.on, reason="wrong") is not REFUSED:
                self.shop.moved_back(its)

    def go_over(self, dice: "Dice") -> None:
        """A group goes over to another inventory account, or to none of its own."""
        groups = self.world.ids("SELECT id FROM product_group ORDER BY id")
        accounts = self.world.ids("SELECT id FROM account WHERE role = 'inventory' ORDER BY code")
        group = self.session.get_one(ProductGroup, chosen(groups, dice.first))
        self.attempt(change_group, group, {"inventory_account_id": chosen([None, *accounts], dice.second)})

    def regroup(self, dice: "Dice") -> None:
        """A product goes over to another group, which may be on another inventory account."""
        groups = self.world.ids("SELECT id FROM product_group ORDER BY id")
        if len(groups) < 4:
            groups.append(self.world.add(ProductGroup, code="MORE", name="More"))
        product = self.session.get_one(Product, chosen(self.goods, dice.second))
        self.attempt(change_product, product, {"group_id": chosen(groups, dice.first)})

    def dare(self, dice: "Dice") -> None:
        """A warehouse may promise more than is there, or no longer."""
        warehouse = self.session.get_one(Warehouse, chosen(self.places[1:], dice.first))
        self.attempt(_change_warehouse, warehouse, {"negative_available": dice.third % 2 == 0})


def _change_warehouse(session: Session, warehouse: Warehouse, values: Mapping[str, object], *, by: int) -> None:
    change_warehouse(session, warehouse, values)
