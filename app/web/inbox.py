"""What e-shops sent, and what became of it; what waits says why, and is tried again."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from markupsafe import Markup, escape
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound as Missing

from app.domain.intake.eshop.inbox import retry, retry_waiting
from app.domain.intake.eshop.seeing import can_be_seen_to, see_to, stamp, tell_again
from app.domain.intake.models import OUTCOMES, InboundMessage, ShopOrder
from app.domain.kernel.errors import Refused
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed
from app.web.kit import look
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface, own_places
from app.web.kit.views import MasterView

MOST_SHOWN = 50_000


def text_of(body: bytes) -> str:
    """A body as it is shown."""
    return body.decode("utf-8", "replace")


def sentence(reason: Mapping[str, Any] | None) -> str:
    """Why something waits, was refused or is to be seen to, as a person reads it."""
    return str(reason["template"]).format(**reason["facts"]) if reason else ""


FROM_SHOP = """
SELECT shop.name, link.ref, link.applied, (
    SELECT json_agg(json_build_array(one -> 'notice', actor.name, one ->> 'at') ORDER BY place)
    FROM jsonb_array_elements(link.seen) WITH ORDINALITY AS its (one, place)
    JOIN actor ON actor.id = (one ->> 'by')::bigint
) AS seen
FROM shop_order link JOIN shop ON shop.id = link.shop_id WHERE link.document_id = %(order)s
"""
NOTICES = """
SELECT message.id, message.reason FROM shop_order link
JOIN inbound_message message ON message.shop_id = link.shop_id AND message.order_ref = link.ref
WHERE link.document_id = %(order)s AND message.outcome IN ('noticed', 'waiting') ORDER BY message.id
"""


SEEN = """
SELECT one -> 'notice' AS notice, actor.name AS who, one ->> 'at' AS at
FROM shop_order link, jsonb_array_elements(link.seen) WITH ORDINALITY AS its (one, place)
JOIN actor ON actor.id = (one ->> 'by')::bigint
WHERE link.shop_id = %(shop)s AND link.ref = %(ref)s AND (one ->> 'message')::bigint = %(message)s ORDER BY place
"""


def seen_to(notice: Mapping[str, Any], who: str, at: str) -> dict[str, str]:
    """What was seen to, by whom and when, as a person reads it."""
    return {"text": sentence(notice), "who": who, "at": look.moment(datetime.fromisoformat(at))}


def from_shop(session: Session, order: int) -> list[dict[str, Any]]:
    """What an e-shop told of an order beyond its lines, and what of it a person has to see to; none for others."""
    for row in read(session, FROM_SHOP, order=order):
        sees, prices = mine().may("view", InboxView.resource), mine().sees("prices")
        notices = [
            {
                "text": sentence(its.reason) if prices else gettext("Something of it is to be seen to."),
                "url": url_for("InboxView.show", pk=its.id) if sees else "",
            }
            for its in read(session, NOTICES, order=order)
        ]
        told = row.applied
        facts = [
            (gettext("Order of the shop"), told["number"]), (gettext("Buyer"), ", ".join(filter(None, told["buyer"]))),
            (gettext("Goes to"), told["to"]), (gettext("Paid by"), told["payment"]), (gettext("Note"), told["note"]),
        ]  # fmt: skip
        seen = [seen_to(*one) for one in row.seen or () if prices]
        return [{"template": "stockbook/from_shop.html", "shop": row.name, "notices": notices, "seen": seen,
                 "facts": facts}]  # fmt: skip
    return []


class InboxView(MasterView):
    datamodel = ScopedInterface(InboundMessage)
    resource = "E-shop inbox"
    route_base = "/shop-inbox"
    title = _("E-shop inbox")
    noun = _("message")
    empty = _("No e-shop has sent anything yet.")
    show_template = "stockbook/message.html"
    can_add = False
    can_edit = False
    can_delete = False
    list_columns = ["last_at", "shop_id", "order_ref", "outcome", "reason", "deliveries"]
    show_columns = [
        "shop_id", "order_ref", "outcome", "reason", "topic", "received_at", "last_at", "deliveries", "applied_at",
        "body",
    ]  # fmt: skip
    add_columns: list[str] = []
    edit_columns: list[str] = []
    search_columns = ["shop_id", "order_ref", "outcome", "last_at"]
    order_columns = ["last_at"]
    base_order = ("last_at", "desc")
    choices = {"outcome": OUTCOMES}
    # Reasons tell amounts too.
    prices = frozenset({"reason", "body", "stamp"})
    method_permission_name = {
        **MasterView.method_permission_name, "retry": "edit", "retry_all": "edit", "see_to": "edit",
        "tell_again": "edit",
    }  # fmt: skip
    label_columns = {
        "shop_id": _("E-shop"), "order_ref": _("Order of the shop"), "outcome": _("What became of it"),
        "reason": _("Why"), "topic": _("Topic"), "received_at": _("Came first"), "last_at": _("Came last"),
        "deliveries": _("How often"), "applied_at": _("Applied"), "body": _("What was sent"),
    }  # fmt: skip

    def cell(self, row: Any, name: str, names: dict[int, str] | None = None) -> Any:
        if name == "reason":
            return sentence(row.reason)
        if name == "outcome":
            return look.badge(row.outcome)
        if name == "body":
            told = gettext("It is kept no longer.") if row.body is None else text_of(row.body[:MOST_SHOWN])
            return Markup('<pre class="sb-wide">%s</pre>') % escape(told)
        return super().cell(row, name, names)

    def seen(self, item: InboundMessage) -> list[dict[str, str]]:
        """What of a message was seen to, by whom and when; for those who see prices, which it tells too."""
        if not mine().sees("prices"):
            return []
        keys = {"shop": item.shop_id, "ref": item.order_ref, "message": item.id}
        return [seen_to(*row) for row in read(self.datamodel.session, SEEN, **keys)]

    def may_retry(self, item: InboundMessage) -> bool:
        """Whether the person of this request may have it applied again."""
        return self.may("edit") and self._reaches(item, "edit")

    def may_see_to(self, item: InboundMessage) -> bool:
        """Whether the person of this request may say that its notices are seen to: whoever can read them."""
        return self.may_retry(item) and mine().sees("prices")

    @expose("/<id:pk>/retry", methods=["POST"])
    @has_access
    def retry(self, pk: int) -> Any:
        """Has a message applied again."""
        if not self.may_retry(self.found(pk)):
            raise Missing()
        self._looked_again(lambda session: retry(session, [pk]))
        return redirect(url_for(".show", pk=pk))

    @expose("/retry-all", methods=["POST"])
    @has_access
    def retry_all(self) -> Any:
        """Has all that waits applied again, of the shops that are the person's."""
        if not self.may("edit"):
            raise Missing()
        places = own_places(self.resource, "edit")
        self._looked_again(lambda session: retry_waiting(session, places))
        return redirect(url_for(".list"))

    @expose("/<id:pk>/see-to", methods=["POST"])
    @has_access
    def see_to(self, pk: int) -> Any:
        """Ends the notices of a message, as they were read, as seen to."""
        if not self.may_see_to(self.found(pk)):
            raise Missing()
        read_as, by = request.form.get("stamp", ""), current_user.actor_id
        self._told(lambda session: see_to(session, pk, read_as, by=by), lambda done: gettext("It is told no longer."))
        return redirect(url_for(".show", pk=pk))

    @expose("/<id:pk>/tell-again", methods=["POST"])
    @has_access
    def tell_again(self, pk: int) -> Any:
        """Takes back that the notices of a message were seen to."""
        if not self.may_see_to(self.found(pk)):
            raise Missing()
        self._told(lambda session: tell_again(session, pk), lambda done: gettext("It is told again."))
        return redirect(url_for(".show", pk=pk))

    def _looked_again(self, work: Callable[[Any], int]) -> None:
        self._told(work, lambda count: ngettext(
            "%(num)d order is looked at again.", "%(num)d orders are looked at again.", count
        ))  # fmt: skip

    def _told(self, work: Callable[[Any], Any], words: Callable[[Any], str]) -> None:
        self.datamodel.session.rollback()
        try:
            done = deed(work)
        except Refused as refusal:
            flash(str(next(iter(refusal.errors.values()))), "danger")
        else:
            flash(words(done), "success")

    def head_buttons(self) -> list[dict[str, Any]]:
        if not self.may("edit"):
            return []
        return [{"post": url_for(".retry_all"), "text": gettext("Retry all that waits"), "icon": "refresh"}]

    def buttons(self, item: InboundMessage) -> list[dict[str, Any]]:
        """To its order, to the products that it waits for, to see to it, and to try again."""
        its: list[dict[str, Any]] = []
        order = self.datamodel.session.get(ShopOrder, (item.shop_id, item.order_ref))
        if order is not None and order.document_id is not None and mine().may("view", "Orders"):
            address = url_for("OrderView.show", pk=order.document_id)
            its.append({"url": address, "text": gettext("Open the order"), "icon": "shopping-cart"})
        if not self.may_retry(item) or item.outcome == "refused":
            return its
        if mine().may("edit", "Shops"):
            its += [
                {"url": url_for("ShopSkuView.add", shop_id=item.shop_id, sku=sku), "icon": "category",
                 "text": gettext("Choose the product for %(sku)s", sku=sku)}
                for sku in (item.reason or {}).get("facts", {}).get("unknown", ())
            ]  # fmt: skip
        if self.may_see_to(item):
            its += self._seeing(item, order)
        return [*its, {"post": url_for(".retry", pk=item.id), "text": gettext("Retry"), "icon": "refresh"}]

    @staticmethod
    def _seeing(item: InboundMessage, order: ShopOrder | None) -> list[dict[str, Any]]:
        if can_be_seen_to(item.outcome, item.reason):
            return [{"post": url_for(".see_to", pk=item.id), "fields": {"stamp": stamp(item.reason)}, "icon": "check",
                     "text": gettext("Seen to")}]  # fmt: skip
        if order is not None and any(one["message"] == item.id for one in order.seen):
            return [{"post": url_for(".tell_again", pk=item.id), "text": gettext("Tell it again"), "icon": "bell"}]
        return []
