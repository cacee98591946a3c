"""Sales orders out of a file: estimates, or active where the file says so, priced like those that are typed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.domain.intake.csv_import.cells import REFUSED, Field, code_of, date_of, number_of, text_of, word_of
from app.domain.intake.csv_import.documents import Documents, Group
from app.domain.kernel.values import HUNDRED, PRICE_DECIMALS, QUANTITY_DECIMALS
from app.domain.sales.drafts import PERCENT_DECIMALS
from app.domain.sales.models import CHANNELS
from app.domain.sales.orders import NewLine, NewOrder, add_orders
from app.domain.stock.models import WAYS

ACTIVE = "active"


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
