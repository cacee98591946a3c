"""E-shops over the API."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from marshmallow import fields

from app.domain.intake.eshop.levels import as_told, levels_after
from app.domain.pricing.models import PriceList
from app.web.api.inbox import InboxApi
from app.web.kit.reports import PAGING
from app.web.kit.rest.cards import CardApi
from app.web.kit.rest.columns import number_field
from app.web.kit.rest.errors import Unusable
from app.web.kit.rest.fields import Whole
from app.web.kit.rest.reading import Strict
from app.web.kit.rest.resource import Operation, once
from app.web.kit.scope import LARGEST_ID
from app.web.shops import ShopSkuView, ShopView, end_old_secret


class Level(Strict):
    """What may still be sold under a SKU of the shop (null: any number), and the price of one (null: none)."""

    seq = fields.Integer(metadata={"description": "Counts the changes of this shop."})
    sku = fields.String()
    available = number_field()
    price = number_field()
    at = fields.DateTime()


class Levels(Strict):
    """Changes in their order; `last` is `after` of the next question."""

    currency = fields.String()
    prices_include_vat = fields.Boolean()
    last = fields.Integer()
    result = fields.List(fields.Nested(Level))


class LevelsQuery(Strict):
    after = Whole(0, LARGEST_ID, load_default=0, metadata={"in_address": True, "description": "`last` of before."})
    page_size = PAGING["page_size"]


class ShopApi(CardApi):
    """Secrets are only ever written: no answer has them."""

    view = ShopView

    def operations(self) -> Iterable[Operation]:
        yield from super().operations()
        yield Operation("end-secret", "POST", "/<id:pk>/end-secret", "Let only the last secret be good: shops",
                        self.end_secret, "edit", status=204, keyed=True)  # fmt: skip
        yield Operation("levels", "GET", "/<id:pk>/levels", "What may still be sold, and for how much, as it changed",
                        self.levels, query=LevelsQuery, answer=Levels, also=(("view", "Prices"),))  # fmt: skip

    def end_secret(self, pk: int) -> Any:
        """Ends the secret before the last."""
        if not self.screen.may_edit(self._found(pk)):
            raise Unusable(403, gettext("You may not change this one."))
        self.screen.datamodel.session.rollback()
        once(lambda session: end_old_secret(session, pk), "shops.end-secret")

    def levels(self, pk: int, after: int, page_size: int) -> dict[str, Any]:
        """What changed behind a place, as it was noted at most a minute ago."""
        shop, session = self._found(pk), self.screen.datamodel.session
        rows = levels_after(session, pk, after, page_size)
        prices = session.get_one(PriceList, shop.price_list_id)
        return {
            "currency": prices.currency, "prices_include_vat": prices.vat_included,
            "last": rows[-1].seq if rows else after,
            "result": [{"seq": row.seq, "at": row.at.isoformat(), **as_told(row)} for row in rows],
        }  # fmt: skip


class ShopSkuApi(CardApi):
    view = ShopSkuView


SHOPS = (ShopApi, ShopSkuApi, InboxApi)
