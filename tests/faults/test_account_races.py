"""Goods go over to another inventory account while others bring them, ship them and take them back."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.domain.catalog.models import ProductGroup
from app.domain.kernel.rows import write
from app.domain.kernel.unit import deed
from app.domain.stock.moves import lock_balances
from app.domain.warehousing.cards import change_group
from app.domain.warehousing.receipts import (
    NewReceipt,
    NewReceiptLine,
    add_receipts,
    cancel_receipts,
    process_receipts,
)
from tests.faults.conftest import Company
from tests.world import TODAY, D

POSTED = """
SELECT sum(line.debit - line.credit) FROM journal_line line JOIN account ON account.id = line.account_id
WHERE account.code = '1210'
"""


def going_over(company: Company, group: int, code: str) -> Callable[[], Any]:
    """A deed that puts a group on an account."""
    account = company.world.account(code)

    def work(session: Session) -> None:
        change_group(session, session.get_one(ProductGroup, group), {"inventory_account_id": account}, by=company.by)

    return lambda: deed(work)


def test_a_change_waits_for_those_who_are_moving_goods(company: Company) -> None:
    world = company.world
    shelf = world.group("goods")
    company.commit()

    with Session(company.engine) as mover, Session(company.engine) as other:
        lock_balances(mover, [(world.warehouse, company.product)])
        write(other, "SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(OperationalError, match="lock timeout"):
            change_group(
                other, other.get_one(ProductGroup, shelf), {"inventory_account_id": world.account("1210")},
                by=company.by,
            )  # fmt: skip


def test_who_moves_a_group_waits_for_whoever_is_moving_another(company: Company) -> None:
    """Else each of two could be moved into the other, and both would be inside of themselves."""
    one, two = (company.world.add(ProductGroup, code=code, name=code) for code in ("ONE", "TWO"))
    company.commit()

    with Session(company.engine) as mover, Session(company.engine) as other:
        change_group(mover, mover.get_one(ProductGroup, one), {"parent_id": two}, by=company.by)
        mover.flush()
        write(other, "SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(OperationalError, match="lock timeout"):
            write(other, "UPDATE product_group SET parent_id = %(one)s WHERE id = %(two)s", one=one, two=two)


def test_goods_that_come_in_meanwhile_are_on_the_account_that_holds_since(company: Company) -> None:
    world = company.world
    shelf = world.add(ProductGroup, code="SHELF", name="Shelf")
    products = [world.add_product(f"P{i}", group=shelf) for i in range(6)]
    gone = [world.receive(product, "1", "4.00") for product in products[:2]]
    drafts = [
        world.do(add_receipts, [NewReceipt(world.warehouse, [NewReceiptLine(product, D(1), D(4))])])[0]
        for product in products
    ]
    company.commit()

    answers = company.at_once(
        *(company.doing(process_receipts, [draft], on=TODAY) for draft in drafts[:3]),
        going_over(company, shelf, "1210"),
        *(company.doing(process_receipts, [draft], on=TODAY) for draft in drafts[3:]),
        *(company.doing(cancel_receipts, [receipt], on=TODAY, reason="sent back") for receipt in gone),
    )

    assert not [answer for answer in answers if isinstance(answer, list)]
    assert company.column(POSTED) == [24]
    company.prove()
