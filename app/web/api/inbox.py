"""The inbox of e-shops over the API."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from flask_babel import gettext
from flask_login import current_user
from marshmallow import Schema, fields
from sqlalchemy import select

from app.domain.intake.eshop.inbox import retry, retry_waiting
from app.domain.intake.eshop.seeing import can_be_seen_to, see_to, stamp, tell_again
from app.domain.intake.models import OUTCOMES, ShopOrder
from app.web.inbox import InboxView, sentence, text_of
from app.web.kit.rest.cards import CardApi
from app.web.kit.rest.errors import Unusable
from app.web.kit.rest.fields import Choice
from app.web.kit.rest.reading import Strict, schema_of
from app.web.kit.rest.resource import Operation, once
from app.web.kit.scope import own_places

MOMENT = {"format": "date-time"}


class Retried(Schema):
    """How many orders are looked at again."""

    orders = fields.Integer(required=True)


class Seen(Strict):
    """What the caller read."""

    stamp = fields.String(required=True, metadata={"description": "The stamp of the message when it was read."})


class InboxApi(CardApi):
    """Messages with what became of them. `unknown` are SKUs that wait for a row of `shop-skus`; `order` is our own.

    Whoever sees no prices is told neither `reason` nor `body`, as on the screen.
    """

    view = InboxView

    def operations(self) -> Iterable[Operation]:
        yield from super().operations()
        yield Operation("retry", "POST", "/<id:pk>/retry", "Apply a message again", self.retry, "edit", answer=Retried,
                        keyed=True)  # fmt: skip
        yield Operation("retry_all", "POST", "/retry-all", "Apply all that waits again", self.retry_all, "edit",
                        answer=Retried, keyed=True)  # fmt: skip
        yield Operation("see_to", "POST", "/<id:pk>/see-to", "End a message's notices as seen to", self.see_to, "edit",
                        body=Seen, answer=self._row, keyed=True)  # fmt: skip
        yield Operation("tell_again", "POST", "/<id:pk>/tell-again", "Take back that notices were seen to",
                        self.tell_again, "edit", answer=self._row, keyed=True)  # fmt: skip

    @cached_property
    def _row(self) -> type[Schema]:
        text, whole, moment = fields.String, fields.Integer, lambda: fields.String(allow_none=True, metadata=MOMENT)
        return schema_of("InboundMessage", {
            "id": whole(required=True), "shop": text(), "shop_id": whole(), "order_ref": text(), "topic": text(),
            "outcome": Choice(OUTCOMES), "reason": text(), "code": text(), "unknown": fields.List(text()),
            "stamp": text(metadata={"description": "Of its notices, to end them by; empty where there are none."}),
            "order": whole(allow_none=True), "deliveries": whole(), "received_at": moment(), "last_at": moment(),
            "applied_at": moment(),
            "body": text(allow_none=True, metadata={"description": "Null where it is kept no longer."}),
        })  # fmt: skip

    def _told(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Rows without their bodies, which only a single one tells."""
        shops, orders = self._names("shop_id", rows), self._orders(rows)
        return [
            self._without_prices({
                "id": row.id, "shop": shops[row.shop_id], "shop_id": row.shop_id, "order_ref": row.order_ref,
                "topic": row.topic, "outcome": row.outcome, "reason": sentence(row.reason),
                "code": row.reason["code"] if row.reason else "",
                "unknown": row.reason["facts"].get("unknown", []) if row.reason else [],
                "stamp": stamp(row.reason) if can_be_seen_to(row.outcome, row.reason) else "",
                "order": orders.get((row.shop_id, row.order_ref)), "deliveries": row.deliveries,
                "received_at": row.received_at.isoformat(), "last_at": row.last_at.isoformat(),
                "applied_at": row.applied_at and row.applied_at.isoformat(),
            })
            for row in rows
        ]  # fmt: skip

    def _without_prices(self, told: dict[str, Any]) -> dict[str, Any]:
        """The same without what the caller does not see."""
        seen = self.screen.visible(told)
        return {name: told[name] for name in seen}

    def _orders(self, rows: Sequence[Any]) -> dict[tuple[int, str], int]:
        statement = select(ShopOrder.shop_id, ShopOrder.ref, ShopOrder.document_id).where(
            ShopOrder.shop_id.in_({row.shop_id for row in rows}), ShopOrder.ref.in_({row.order_ref for row in rows})
        )
        return {(shop, ref): order for shop, ref, order in self.screen.datamodel.session.execute(statement)}

    def read(self, pk: int) -> dict[str, Any]:
        """One message, with what was sent."""
        row = self._found(pk)
        body = None if row.body is None else text_of(row.body).replace("\x00", "")
        return self._told([row])[0] | self._without_prices({"body": body})

    def retry(self, pk: int) -> dict[str, int]:
        """Has one applied again."""
        if not self.screen.may_retry(self._found(pk)):
            raise Unusable(403, gettext("You may not change this one."))
        self.screen.datamodel.session.rollback()
        return {"orders": once(lambda session: retry(session, [pk]), "shop-inbox.retry")}

    def retry_all(self) -> dict[str, int]:
        """Has all that waits applied again, of the shops that are the caller's."""
        places = own_places(self.screen.resource, "edit")
        self.screen.datamodel.session.rollback()
        return {"orders": once(lambda session: retry_waiting(session, places), "shop-inbox.retry-all")}

    def see_to(self, pk: int, given: dict[str, Any]) -> dict[str, Any]:
        """Ends one's notices as seen to."""
        by = current_user.actor_id
        return self._seen(pk, lambda session: see_to(session, pk, given["stamp"], by=by), "shop-inbox.see-to")

    def tell_again(self, pk: int) -> dict[str, Any]:
        """Takes back that they were."""
        return self._seen(pk, lambda session: tell_again(session, pk), "shop-inbox.tell-again")

    def _seen(self, pk: int, work: Callable[[Any], None], operation: str) -> dict[str, Any]:
        if not self.screen.may_see_to(self._found(pk)):
            raise Unusable(403, gettext("You may not change this one."))
        self.screen.datamodel.session.rollback()
        once(work, operation)
        return self.read(pk)
