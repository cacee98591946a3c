"""New orders, told to every page within a second of their coming until a seller takes them, and how long that takes;
what failed or waits for somebody, told to those who see to it.
"""

import hashlib
import time
from collections.abc import Mapping
from threading import Lock
from typing import Any

from flask import current_app, jsonify, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.intake.models import InboundMessage
from app.domain.kernel.document import Document, DocumentHistory
from app.domain.kernel.rows import read
from app.domain.kernel.unit import reading
from app.domain.parties.models import Customer
from app.domain.sales.models import SalesOrder
from app.domain.stock.models import Warehouse
from app.reports.taking import time_to_take
from app.web.entrance import session_ended
from app.web.jobs import sees_to_all
from app.web.kit import look
from app.web.kit.reports import ReportPage, Told
from app.web.kit.reports_asked import since, start_of_year, until
from app.web.kit.rights import mine
from app.web.kit.scope import scope
from app.web.kit.tables import Head

FRESH = 0.2
TOLD = 20
LEFT = """
(SELECT count(*) FROM (SELECT FROM job WHERE status = 'failed' LIMIT 100) failed) AS failed,
(SELECT count(*) FROM (SELECT FROM inbound_message WHERE outcome = 'waiting' LIMIT 100) waiting) AS waiting
"""
# Which ones, since another one that fails or waits leaves the number as it is.
WHICH = """
(SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), '') FROM (
    SELECT id FROM job WHERE status = 'failed' LIMIT 100
) failed) AS failed,
(SELECT coalesce(string_agg(id::text, ' '), '') FROM (
    SELECT id FROM inbound_message WHERE outcome = 'waiting' ORDER BY id DESC LIMIT 100
) waiting) AS waiting
"""
NEWEST = """
(SELECT coalesce(string_agg(id || '.' || version, ' '), '') FROM (
    SELECT id, version FROM sales_order WHERE state = 'active' AND responsible_id IS NULL ORDER BY id DESC LIMIT 100
) newest) AS orders
"""
RESOURCE, RIGHT = "Orders", "edit"


class Pulse:
    """One word for all that waits, another one whenever that changes.

    Every open page asks for it about twice a second. A process reads it five times a second at most (FRESH, seconds),
    whoever asks and however many: so a company of a hundred sellers asks the database no more than one seller does.
    """

    def __init__(self, key: str) -> None:
        self._key = hashlib.sha256(key.encode()).digest()
        self._reading = Lock()
        self._word, self._until = "", 0.0

    def word(self) -> str:
        """The word of now, or of up to FRESH seconds ago."""
        # Whoever comes while another one reads is content with the word before.
        if time.monotonic() >= self._until and self._reading.acquire(blocking=not self._word):
            try:
                self._word, self._until = self._read(), time.monotonic() + FRESH
            finally:
                self._reading.release()
        return self._word

    def _read(self) -> str:
        with reading() as session:
            its = read(session, f"SELECT {NEWEST}, {WHICH}")[0]
        # Nobody can guess it who was not told: it is compared before anybody is asked who they are.
        told = f"{its.orders}, {its.failed}, {its.waiting}".encode()
        return hashlib.blake2b(told, key=self._key, digest_size=12).hexdigest()


def takes() -> bool:
    """Whether new orders concern the person of this request: those who may take them."""
    return mine().may(RIGHT, RESOURCE)


def hears() -> bool:
    """Whether anything that is told here concerns the person of this request."""
    return takes() or sees_to_all() or mine().may("edit", "E-shop inbox")


class LivePage(BaseView):
    """What the pages ask for again and again. Open to whoever is signed in; each hears of what they may see to."""

    route_base = "/live"
    default_view = "index"

    @expose("/")
    def index(self) -> Any:
        """The orders that wait, newest first, and the word for them; nothing where `seen` is still the word."""
        pulse: Pulse = current_app.extensions["pulse"]
        word = pulse.word()
        # Whose session is over by its own word is told so at once, not only when the next order comes.
        if request.args.get("seen") == word and not session_ended():
            return "", 204
        if not current_user.is_authenticated:
            return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
        rows = self.appbuilder.session.execute(_waiting()).all() if takes() else []
        orders = [_told(row) for row in rows[:TOLD]]
        return jsonify(
            word=word, more=len(rows) > TOLD, orders=orders, left=_left(), who=current_user.id, token=generate_csrf()
        )


def _waiting() -> Any:
    condition = scope(SalesOrder, RIGHT)
    came = select(func.max(DocumentHistory.at)).where(
        DocumentHistory.document_id == SalesOrder.id, DocumentHistory.to_state == "active"
    )
    rows = (
        select(SalesOrder.id, Document.number, came.scalar_subquery().label("at"), Customer.name, Warehouse.code,
               SalesOrder.gross, SalesOrder.currency, SalesOrder.channel)
        .join(Document, Document.id == SalesOrder.id).join(Customer, Customer.id == Document.customer_id)
        .join(Warehouse, Warehouse.id == Document.warehouse_id)
        .where(SalesOrder.state == "active", SalesOrder.responsible_id.is_(None))
    )  # fmt: skip
    return (rows if condition is None else rows.where(condition)).order_by(SalesOrder.id.desc()).limit(TOLD + 1)


def _told(row: Any) -> dict[str, Any]:
    return {
        "id": row.id, "who": row.name, "much": look.money(row.gross, row.currency) if mine().sees("prices") else "",
        "whence": f"{row.number} · {look.word(row.channel)} · {row.code}", "at": row.at.isoformat(),
        "url": url_for("OrderView.show", pk=row.id), "take": url_for("OrderView.step", pk=row.id, name="take"),
    }  # fmt: skip


def _left() -> list[dict[str, Any]]:
    """What failed, and what waits in the inbox: how many, in words, and where, for those who see to it."""
    found = []
    session = current_app.extensions["appbuilder"].session
    its = read(session, f"SELECT {LEFT}")[0]
    if its.failed and sees_to_all():
        text = ngettext("%(num)d job failed", "%(num)d jobs failed", its.failed)
        found.append({"count": its.failed, "text": text, "url": url_for("JobPage.index", status="failed")})
    if its.waiting and mine().may("edit", "E-shop inbox") and (waiting := _messages(session)):
        text = ngettext("%(num)d message of e-shops waits", "%(num)d messages of e-shops wait", waiting)
        address = url_for("InboxView.list", _flt_2_outcome="waiting")
        found.append({"count": waiting, "text": text, "url": address})
    return found


def _messages(session: Session) -> int:
    """How many messages wait that the person of this request may try again; a hundred are enough to say."""
    rows = select(InboundMessage.id).where(InboundMessage.outcome == "waiting")
    condition = scope(InboundMessage, "edit")
    rows = (rows if condition is None else rows.where(condition)).limit(100)
    return session.scalar(select(func.count()).select_from(rows.subquery())) or 0


class TakingPage(ReportPage):
    """Within how many minutes the orders that came were taken, by whom."""

    route_base = "/time-to-take"
    title = _("Time to take")
    needs = ()
    arguments = {"since": since(start_of_year), "until": until()}
    heads = (
        Head("name", _("Seller")), Head("orders", _("Orders taken"), "count", summed=True),
        Head("half", _("Half within, min"), "number"), Head("most", _("Nine in ten within, min"), "number"),
        Head("longest", _("Longest, min"), "number"),
    )  # fmt: skip
    empty = _("Nobody took an order in these dates. New orders are taken with the bell at the top of each page.")

    def told(self, session: Any, asked: Mapping[str, Any]) -> Told:
        return Told(time_to_take(asked["since"], asked["until"]))
