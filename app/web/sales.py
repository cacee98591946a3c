"""What customers want: orders."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from flask import abort, jsonify, request, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import DateField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.domain.fulfilment.ending import BEGUN, give_up_orders, reopen_orders
from app.domain.fulfilment.models import Shipment
from app.domain.fulfilment.ordering import approve_orders, cancel_orders, for_storekeepers, process_orders
from app.domain.kernel.document import Actor, Document
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read
from app.domain.lifecycles import SALES_ORDER, SHIPMENT
from app.domain.parties.models import Customer
from app.domain.sales.models import CHANNELS, SalesOrder
from app.domain.sales.orders import NewLine, NewOrder, activate_orders, add_orders, delete_orders, edit_order, rewritten
from app.domain.sales.repricing import reprice_orders
from app.domain.sales.taking import take_orders
from app.domain.settlement.models import PaymentStatus
from app.domain.stock.models import WAYS, Warehouse
from app.web.inbox import from_shop
from app.web.kit import look, trails
from app.web.kit.anew import AnewView
from app.web.kit.documents import Button, Way, delete_button, telling
from app.web.kit.drafting import Cell, lines_by_place
from app.web.kit.forms import LONGEST_TEXT, CardForm, RelationField, keeps_to_own
from app.web.kit.limits import forbidden
from app.web.kit.lines import Head, lines_of
from app.web.kit.listing import Column
from app.web.kit.narrowing import Ask, people
from app.web.kit.overdue import overdue_flag
from app.web.kit.reasons import reasons
from app.web.kit.regimes import regime_field
from app.web.kit.rights import mine
from app.web.kit.scope import ScopedInterface, in_scope, own_places
from app.web.kit.settled import first, givers, paid, takers
from app.web.kit.undoing import undo_button
from app.web.quoting import quoted

LINES = "FROM sales_order_line line WHERE line.order_id = %(id)s ORDER BY line.position"
HEAD = """
SELECT document.customer_id AS customer, document.warehouse_id AS warehouse, "on", channel, requested_on, valid_until,
       customer_reference, note, sales_order.version::text, responsible_id, sales_order.price_list_id,
       coalesce(way, '') AS way, coalesce(nullif(sales_order.tax_regime, customer.tax_regime), '') AS tax_regime
FROM sales_order JOIN document USING (id) JOIN customer ON customer.id = document.customer_id
WHERE sales_order.id = %(id)s
"""
WRITTEN = """
SELECT line.position - 1 AS place, line.product_id::text AS product, line.sku || ' ' || line.name AS label,
       trim_scale(line.quantity)::text AS quantity,
       CASE line.price_source WHEN 'manual' THEN trim_scale(line.unit_price)::text END AS price,
       CASE line.price_source WHEN 'manual' THEN trim_scale(line.discount)::text END AS discount
FROM sales_order_line line WHERE line.order_id = %(id)s ORDER BY line.position
"""
# What once paid an order and is the customer's to have back.
LEFT_OVER = """
SELECT DISTINCT act.payment_id FROM allocation act JOIN credit ON credit.document_id = act.payment_id
WHERE act.target_id = %(id)s AND credit.amount > credit.used ORDER BY act.payment_id
"""
# Its shipments that wait to leave, and those that left of which something is to be invoiced.
DRAFTS = "SELECT id FROM shipment WHERE order_id = %(id)s AND state = 'draft'"
LEFT = """
SELECT shipment.id FROM shipment WHERE order_id = %(id)s AND state = 'processed' AND EXISTS (
    SELECT FROM shipment_line line
    WHERE line.shipment_id = shipment.id AND line.quantity > line.invoiced + line.returned_uninvoiced
)
"""
FREE = "SELECT id FROM sales_order WHERE id = %(id)s AND responsible_id IS NULL"
EXPLAINED = """
SELECT sku, name, price_source, explanation FROM sales_order_line WHERE order_id = %(id)s ORDER BY position
"""

OPEN = """
SELECT id, sku, name, quantity - shipped - given_up AS quantity FROM sales_order_line
WHERE order_id = %(id)s AND quantity > shipped + given_up ORDER BY position
"""
PROMISED = """
SELECT line.id, line.sku, line.name, coalesce(line.promised_on, sales_order.requested_on) AS day
FROM sales_order_line line JOIN sales_order ON sales_order.id = line.order_id
WHERE line.order_id = %(id)s ORDER BY line.position
"""
# Warehouses where a storekeeper ships, though not this order.
OVERRULED = """
SELECT warehouse.code FROM sales_order JOIN document USING (id) JOIN warehouse ON warehouse.way <> 'manager_seller'
WHERE sales_order.id = %(id)s AND sales_order.way = 'manager_seller' AND (warehouse.id = document.warehouse_id
      OR warehouse.id IN (SELECT line.warehouse_id FROM sales_order_line line WHERE line.order_id = sales_order.id))
"""
# Where goods of an order are still to leave, and services, which go with them, else from the order's own warehouse.
LEAVING = """
SELECT DISTINCT line.order_id, document.warehouse_id AS own,
       CASE WHEN product.kind <> 'service' THEN coalesce(line.warehouse_id, document.warehouse_id) END AS warehouse_id
FROM sales_order_line line JOIN document ON document.id = line.order_id JOIN product ON product.id = line.product_id
WHERE line.order_id = ANY(%(ids)s::bigint[]) AND line.quantity > line.shipped + line.given_up
"""
SHIP_THERE = Way(
    _("Ship what is there, let the rest wait"), {"short": "back_order", "consent": "short_stock"}
)  # fmt: skip


def types_prices() -> bool:
    """Whoever keeps the price lists may also type another price, where they see prices."""
    return mine().may("edit", "Price lists") and mine().sees("prices")


def ships_anywhere() -> bool:
    """Whether somebody may ship where a storekeeper does: only they may have an order go the other way there."""
    return mine().may("process", "Shipments") and not mine().limits("Shipments", "process")


def beyond_shipping(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Orders that this person may not process in one go, as it would ship what is not theirs to ship."""
    if not mine().may("process", "Shipments"):
        sentence = gettext("You may not ship: approve the order, and its shipment waits for whoever may.")
        return dict.fromkeys(ids, sentence)
    own = own_places("Shipments", "process")
    if own is None:
        return {}
    places: dict[int, set[int]] = defaultdict(set)
    homes: dict[int, int] = {}
    for row in read(session, LEAVING, ids=list(ids)):
        homes[row.order_id] = row.own
        places[row.order_id] |= {row.warehouse_id} - {None}
    sentence = gettext("Goods would leave a warehouse where you may not ship: approve the order, and they wait there.")
    return {order: sentence for order, home in homes.items() if not (places[order] or {home}) <= own}


def overruled(session: Session, order: int) -> set[str]:
    """The warehouses of an order where a storekeeper ships, though whoever sells it is to."""
    return {row.code for row in read(session, OVERRULED, id=order)}


def keep_way(session: Session, order: int, before: Set[str] = frozenset()) -> None:
    """An order that was just written; DomainError where it takes shipping away from a storekeeper, as it did not
    `before`, and that is not this person's to decide: else they could let themselves ship.
    """
    taken = sorted(overruled(session, order) - before)
    if taken and not ships_anywhere():
        raise DomainError("not_ones_way", gettext(
            "A storekeeper ships in %(warehouses)s: whoever may ship there, or a manager, may let the seller ship.",
            warehouses=", ".join(taken),
        ))  # fmt: skip


def _kept(session: Session, pk: int, new: NewOrder) -> NewOrder:
    """An order as it is rewritten, with what the form does not say of it."""
    head = read(session, HEAD, id=pk)[0]
    return replace(new, responsible_id=head.responsible_id, price_list_id=head.price_list_id)


class OrderForm(CardForm):
    customer = RelationField(
        _("Customer"), target=Customer, source="OrderView.choices_of", blank=False, validators=[InputRequired()]
    )
    warehouse = RelationField(_("Warehouse"), target=Warehouse, blank=False, validators=[InputRequired()])
    on = DateField(_("Date"), validators=[InputRequired()], default=look.today)
    channel = SelectField(
        _("Channel"), choices=[SelectChoice(value, look.WORDS[value]) for value in CHANNELS], default="phone"
    )
    way = SelectField(
        _("Way of working"), default="",
        choices=[SelectChoice("", _("as in the warehouse")), *(SelectChoice(way, look.WORDS[way]) for way in WAYS)],
    )  # fmt: skip
    tax_regime = regime_field()
    requested_on = DateField(_("Wanted on"), validators=[Optional()])
    valid_until = DateField(_("Valid until"), validators=[Optional()])
    customer_reference = StringField(_("Customer's reference"), validators=[Length(max=LONGEST_TEXT)])
    note = StringField(_("Note"), validators=[Length(max=LONGEST_TEXT)])


class OrderView(AnewView):
    datamodel = ScopedInterface(SalesOrder)
    lifecycle = SALES_ORDER
    resource = "Orders"
    route_base = "/orders"
    title = _("Orders")
    noun = _("order")
    empty = _("No orders here. Change what the list is narrowed by, or wait for the first one.")
    pays = "order_id"
    head = OrderForm
    said_head = HEAD
    said_lines = WRITTEN
    cells = (
        Cell("quantity", _("Quantity"), 3, needed=True),
        Cell("price", _("Another price"), 4, offered=types_prices, money=True),
        Cell("discount", _("Another discount, %"), 2, offered=types_prices),
    )
    told_by = ".quote"
    method_permission_name = {**AnewView.method_permission_name, "quote": "edit"}
    leading = ("take", "process", "approve")
    steps = {
        "process": Button(
            process_orders, "process", _("Process"), ("on", "agreed_by", "agreed_how", "short", "consent"), "check",
            ("estimate", "active", "approved"), beyond=beyond_shipping,
            ways={"short_stock": SHIP_THERE, "insufficient_stock": SHIP_THERE},
        ),
        "approve": Button(
            approve_orders, "process", _("Approve"), ("on", "agreed_by", "agreed_how", "consent", "promised_on"),
            "circle-check",
        ),
        "reopen": Button(reopen_orders, "process", _("Reopen"), ("on", "reason"), "lock-open"),
        "give_up": Button(
            give_up_orders, "process", _("Give up the rest"), ("on", "lines"), "scissors", ("approved",), danger=True
        ),
        "take": Button(take_orders, "edit", _("Take"), (), "user", ("active",)),
        "activate": Button(activate_orders, "edit", _("Activate"), (), "player-play"),
        "reprice": Button(
            telling(reprice_orders), "edit", _("Price again"), (), "refresh", ("estimate", "active")
        ),
        "cancel": Button(cancel_orders, "cancel", _("Cancel"), ("on", "reason"), "ban", danger=True),
        "undo": undo_button("approved", "performed"),
        "delete": delete_button(delete_orders, "estimate"),
    }  # fmt: skip
    columns = {
        "number": Column(_("Number"), Document.number),
        "on": Column(_("Date"), SalesOrder.on, "date"),
        "customer": Column(_("Customer"), Customer.name),
        "warehouse": Column(_("Warehouse"), Warehouse.code),
        "channel": Column(_("Channel"), SalesOrder.channel, "word"),
        "responsible": Column(
            _("Responsible"), select(Actor.name).where(Actor.id == SalesOrder.responsible_id).scalar_subquery()
        ),
        "requested_on": Column(_("Wanted on"), SalesOrder.requested_on, "date"),
        "valid_until": Column(_("Valid until"), SalesOrder.valid_until, "date"),
        "customer_reference": Column(_("Customer's reference"), SalesOrder.customer_reference),
        "agreed_by": Column(_("Agreed by"), SalesOrder.agreed_by),
        "agreed_how": Column(_("Agreed how"), SalesOrder.agreed_how, "word"),
        "note": Column(_("Note"), SalesOrder.note),
        "tax_regime": Column(_("Tax regime"), SalesOrder.tax_regime, "word"),
        "net": Column(_("Net"), SalesOrder.net, "money", "prices"),
        "vat": Column(_("VAT"), SalesOrder.vat, "money", "prices"),
        "gross": Column(_("Total"), SalesOrder.gross, "money", "prices"),
        "currency": Column(_("Currency"), SalesOrder.currency, needs="prices"),
        "payment": Column(_("Payment"), PaymentStatus.status, "payment", "prices"),
        "overdue": Column(_("Overdue"), overdue_flag("order_id", SalesOrder.id), "flag", "prices"),
        "state": Column(_("State"), SalesOrder.state, "state"),
        "works": Column(_("Way of working"), func.coalesce(SalesOrder.way, Warehouse.way), "word"),
    }  # fmt: skip
    asks = {
        "channel": Ask(_("Channel"), SalesOrder.channel, CHANNELS),
        "responsible": Ask(_("Responsible"), SalesOrder.responsible_id, choices=people),
    }
    list_columns = ["number", "on", "customer", "warehouse", "channel", "state", "payment", "gross"]
    order_columns = ["number", "on", "customer", "gross"]

    @expose("/quote", methods=["POST"])
    @expose("/<id:pk>/quote", methods=["POST"])
    @has_access
    def quote(self, pk: int | None = None) -> Any:
        """What the order on the form costs so far, and what of it is there. Nothing is stored."""
        if pk is not None and not self.editable(self.found(pk)):
            abort(404)
        form = self.head()
        form.validate()
        keeps_to_own(form, self.resource)
        values = {name: None if form[name].errors else value for name, value in self._values(form).items()}
        # Before somebody says how many they are asked the price of one.
        ones = {name.replace("product", "quantity"): "1" for name in request.form if name.startswith("product_")}
        given = MultiDict(ones | {name: text for name, text in request.form.items() if text.strip()})
        lines, _errors = lines_by_place(self.subject, self.offered(), given)
        order = self.make(values, list(lines.values()))
        if pk is not None:
            order = rewritten(self._session, pk, _kept(self._session, pk, order))
        return jsonify(quoted(self._session, order, lines))

    def make(self, values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> NewOrder:
        return NewOrder(
            channel=values["channel"], customer_id=values["customer"], warehouse_id=values["warehouse"],
            on=values["on"], requested_on=values["requested_on"], valid_until=values["valid_until"],
            customer_reference=values["customer_reference"] or "", note=values["note"] or "",
            responsible_id=current_user.actor_id, way=values["way"] or None, tax_regime=values["tax_regime"] or None,
            lines=[NewLine(line["product"], line["quantity"], line.get("price"), line.get("discount"))
                   for line in lines],
        )  # fmt: skip

    def store(self, session: Session, new: NewOrder, by: int) -> int:
        [order] = add_orders(session, [new], by=by)
        keep_way(session, order)
        return order

    def store_anew(self, session: Session, pk: int, new: NewOrder, version: int, by: int) -> None:
        self.rewrite(session, pk, _kept(session, pk, new), version, by)

    def rewrite(self, session: Session, pk: int, new: NewOrder, version: int, by: int) -> None:
        """Writes an order anew, as far as its way of working is this person's to choose."""
        before = overruled(session, pk)
        edit_order(session, pk, new, version=version, by=by)
        keep_way(session, pk, before)

    def anew_in(self) -> Sequence[str]:
        """An order may be rewritten until it is approved."""
        return ("estimate", "active")

    def makers(self, document: Any) -> Sequence[dict[str, Any]]:
        if document.state == "cancelled":
            return first([maker for row in read(self._session, LEFT_OVER, id=document.id)
                          for maker in givers(self._session, row.payment_id)])  # fmt: skip
        takes = takers(self._session, document.id)
        if edits := super().makers(document):
            return [*edits, *takes]
        return [*self._shipping(document), *self._invoicing(document), *takes]

    def _shipping(self, document: Any) -> Sequence[dict[str, Any]]:
        """The draft of the shipment that waits for this person, where they do not ship from here."""
        if document.state != "approved" or self.offers("process", document) or not mine().may("process", "Shipments"):
            return []
        drafts = [row.id for row in read(self._session, DRAFTS, id=document.id)]
        wait = sorted(in_scope(self._session, Shipment, drafts, "process"))
        if len(wait) != 1 or forbidden(self._session, mine().limits("Shipments", "process"), wait):
            return []
        address = url_for("ShipmentView.step", pk=wait[0], name="process")
        return [{"text": gettext("Ship"), "icon": "truck-delivery", "url": address, "next": True}]

    def _invoicing(self, document: Any) -> Sequence[dict[str, Any]]:
        """What left can be invoiced, and in advance what did not."""
        if document.state not in ("approved", "performed") or not mine().may("edit", "Invoices"):
            return []
        made = list[dict[str, Any]]()
        left = {row.id: SHIPMENT.kind for row in read(self._session, LEFT, id=document.id)}
        if seen := trails.seen(self._session, left):
            address = url_for("InvoiceView.portion", shipment=min(seen))
            made += [{"text": gettext("Invoice"), "icon": "file-invoice", "url": address, "next": True}]
        if document.state == "approved":
            address = url_for("InvoiceView.advance", order=document.id)
            made += [{"text": gettext("Invoice in advance"), "icon": "file-invoice", "url": address}]
        return made

    def offers(self, name: str, document: Any) -> bool:
        """Save and process is for warehouses where one person sells and ships; what has begun to leave is given up, or
        taken back with its shipments.
        """
        if name == "take":
            return bool(read(self._session, FREE, id=document.id))
        if name in ("reopen", "give_up", "cancel", "undo"):
            return self._begun(document.id) is (name in ("give_up", "undo"))
        return name != "process" or not for_storekeepers(self._session, [document.id])

    def _begun(self, order: int) -> bool:
        return bool(read(self._session, BEGUN, ids=[order]))

    def pieces(self, name: str, pk: int) -> dict[str, Any]:
        """The lines of which something is still to be shipped, or what is promised, and for when."""
        if name == "approve":
            return {"label": _("Promised for"), "rows": read(self._session, PROMISED, id=pk)}
        return {"label": _("Lines that are given up"), "rows": read(self._session, OPEN, id=pk)}

    def lines(self, pk: int) -> dict[str, Any]:
        heads = [
            Head("line.sku", _("SKU")),
            Head("line.name", _("Name")),
            Head("line.quantity", _("Quantity"), "number"),
            Head("line.unit", _("Unit")),
            Head("line.shipped", _("Shipped"), "number"),
            Head("line.unit_price", _("Price"), "price", "prices"),
            Head("line.discount", _("Discount, %"), "number", "prices"),
            Head("line.net", _("Net"), "money", "prices"),
            Head("line.gross", _("Total"), "money", "prices"),
        ]
        return lines_of(self._session, heads, LINES, pk, self.resource)

    def panels(self, document: Any) -> Sequence[dict[str, Any]]:
        """What the e-shop told of it; what paid it, and why each line costs what it does, for those who see prices."""
        told = from_shop(self._session, document.id) if document.channel == "eshop" else []
        if not mine().sees("lines", self.resource):
            return told
        paying = [*told, *paid(self._session, document.id)]
        lines = [
            {
                "sku": row.sku,
                "name": row.name,
                "manual": row.price_source == "manual",
                "shop": row.price_source == "shop",
                "reasons": reasons(row.explanation),
            }
            for row in read(self._session, EXPLAINED, id=document.id)
        ]
        return [*paying, {"template": "stockbook/why.html", "lines": lines}] if lines else paying
