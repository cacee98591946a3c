"""Sales orders out of a file: estimates, or active where the file says so, priced like those that are typed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from app.domain.intake.csv_import.cells import REFUSED, Field, code_of, date_of, number_of, text_of, word_of
from app.domain.intake.csv_import.documents import Documents, Group
from app.domain.intake.csv_import.standing import CALLED, Standing
from app.domain.kernel.errors import Invalid
from app.domain.kernel.values import HUNDRED, PRICE_DECIMALS, QUANTITY_DECIMALS
from app.domain.sales.drafts import PERCENT_DECIMALS
from app.domain.sales.models import CHANNELS
from app.domain.sales.orders import NewLine, NewOrder, add_orders, edit_order
from app.domain.stock.models import WAYS

ACTIVE = "active"
# A price that nobody typed is for the price list to say, and one that a shop charged stays as long as the line.
STANDING = f"""
SELECT its.id, its.version, its.state, {CALLED.format(owner="document.customer_id")}, document.customer_id,
       customer.code AS customer, document.warehouse_id, warehouse.code AS warehouse, line.product_id,
       product.sku AS product, line.quantity, line.promised_on,
       CASE line.price_source WHEN 'manual' THEN line.unit_price END AS unit_price,
       CASE line.price_source WHEN 'manual' THEN line.discount END AS discount,
       its.channel, its."on", its.requested_on, its.valid_until, its.price_list_id, price_list.code AS price_list,
       its.way, its.customer_reference, its.note, its.responsible_id, its.tax_regime,
       line.warehouse_id AS line_warehouse_id
FROM sales_order its JOIN document ON document.id = its.id JOIN customer ON customer.id = document.customer_id
JOIN warehouse ON warehouse.id = document.warehouse_id LEFT JOIN price_list ON price_list.id = its.price_list_id
JOIN sales_order_line line ON line.order_id = its.id JOIN product ON product.id = line.product_id
WHERE its.id = ANY(%(ids)s::bigint[]) ORDER BY its.id, line.position
"""


class Orders(Documents):
    """Without a price the price list decides; who brings the file is responsible."""

    noun = "order"
    table = "sales_order"
    head = (
        "customer", "warehouse", "channel", "on", "requested_on", "valid_until", "price_list", "way",
        "customer_reference", "note", "state",
    )  # fmt: skip
    owner = "customer"
    needs = ("document", "customer", "warehouse", "product", "quantity")
    standing = STANDING
    editable = ("estimate", ACTIVE)
    fields = (
        Field("document", code_of, REFUSED, needed=True),
        Field("customer", code_of, REFUSED, needed=True, target="customer"),
        Field("warehouse", code_of, REFUSED, needed=True, target="warehouse"),
        Field("product", code_of, REFUSED, needed=True, target="product"),
        Field("quantity", number_of(QUANTITY_DECIMALS), REFUSED, needed=True),
        Field("unit_price", number_of(PRICE_DECIMALS)),
        Field("discount", number_of(PERCENT_DECIMALS, low=0, high=HUNDRED)),
        Field("promised_on", date_of),
        Field("channel", word_of(CHANNELS)),
        Field("on", date_of),
        Field("requested_on", date_of),
        Field("valid_until", date_of),
        Field("price_list", code_of, target="price_list"),
        Field("way", word_of(WAYS)),
        Field("customer_reference", text_of(), ""),
        Field("note", text_of(), ""),
        Field("state", word_of(("estimate", ACTIVE))),
    )

    def make(self, group: Group, *, today: Any, by: int) -> NewOrder:
        its = group.head
        lines = [
            NewLine(line["product"], line["quantity"], line.get("unit_price"), line.get("discount"),
                    promised_on=line.get("promised_on"))
            for line in group.lines
        ]  # fmt: skip
        return NewOrder(
            its.get("channel") or "phone", its["customer"], its["warehouse"], its.get("on") or today, lines,
            requested_on=its.get("requested_on"), valid_until=its.get("valid_until"), responsible_id=by,
            price_list_id=its.get("price_list"), way=its.get("way"),
            customer_reference=its.get("customer_reference", ""), note=its.get("note", ""),
            active=its.get("state") == ACTIVE,
        )  # fmt: skip

    def add(self, session: Session, new: Sequence[NewOrder], *, by: int) -> list[int]:
        return add_orders(session, new, by=by)

    def edit(self, session: Session, document: int, new: NewOrder, *, version: int, by: int) -> None:
        edit_order(session, document, new, version=version, by=by)

    def kept(self, new: NewOrder, its: Standing, group: Group) -> NewOrder:
        """Whoever is responsible stays so, and lines go on leaving from where they did. Who ships was decided for the
        warehouse that it was: elsewhere it is as it is there, unless the file says so.
        """
        head = its.head
        if new.active != (head.state == ACTIVE):
            raise Invalid("state_elsewhere", "state: {document} is {state}; change that on its page.",
                          document=head.document, state=head.state)  # fmt: skip
        regime = head.tax_regime if head.customer_id == new.customer_id else None
        is_said = "way" in group.entries[0].values or head.warehouse_id == new.warehouse_id
        lines = [
            line if row is None else replace(line, warehouse_id=row.line_warehouse_id)
            for line, row in zip(new.lines, group.rows, strict=True)
        ]
        return replace(
            new, lines=lines, responsible_id=head.responsible_id, tax_regime=regime, way=new.way if is_said else None
        )
