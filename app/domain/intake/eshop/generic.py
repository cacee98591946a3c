"""The dialect of our own, for shops that have none that we know: documented with the API, and read strictly."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.domain.intake.eshop.reading import (
    LONGEST_NOTE,
    country,
    currency,
    line_of,
    listed,
    mapping,
    moment,
    number,
    ref,
    text,
    unreadable,
)
from app.domain.intake.eshop.value import (
    CANCELLED,
    GOODS,
    LINE_KINDS,
    OPEN,
    PLACED,
    Address,
    Buyer,
    Refund,
    RefundLine,
    ShopLine,
    ShopOrder,
    Told,
)
from app.domain.kernel.values import ZERO

STATUSES = (OPEN, PLACED, CANCELLED)
LINE_NAMES = ("kind", "id", "sku", "product_id", "name", "quantity", "net", "vat", "vat_percent")
ADDRESS_NAMES = ("name", "street", "postcode", "city", "country")
CUSTOMER_NAMES = ("name", "email", "phone", "vat_number", "billing", "delivery")
REFUND_NAMES = ("id", "amount", "reason", "at", "lines")
REFUND_LINE_NAMES = ("line", "quantity", "net", "vat", "restock")
PAID_NAMES = ("amount", "at", "transaction")
ORDER_NAMES = ("id", "number", "status", "modified", "created", "currency", "lines", "total", "paid", "payment_method",
               "note", "customer", "refunds")  # fmt: skip
MOST_DECIMALS = 3


def read(body: Any, topic: str = "") -> Told:
    """What a body says; Unreadable names the first place that is not as described."""
    its = _named(body, "order", ORDER_NAMES)
    paid = _named(its.get("paid") or {}, "paid", PAID_NAMES)
    status = its.get("status", PLACED)
    if status not in STATUSES:
        raise unreadable("status", f"this is one of {', '.join(STATUSES)}")
    order = ShopOrder(
        ref=ref(its.get("id"), "id"),
        number=line_of(its.get("number")) or ref(its.get("id"), "id"),
        status=status,
        modified=moment(its.get("modified"), "modified"),
        created=moment(its.get("created") or its.get("modified"), "created"),
        currency=currency(its.get("currency"), "currency"),
        lines=[_line(line, f"lines.{i}") for i, line in enumerate(listed(its.get("lines"), "lines"))],
        gross=_exact(its, "total", "total", needed=True),
        paid=_exact(paid, "amount", "paid.amount", needed=bool(paid)),
        paid_at=moment(paid.get("at"), "paid.at") if paid else None,
        payment=line_of(its.get("payment_method")),
        transaction=line_of(paid.get("transaction")),
        note=text(its.get("note"), LONGEST_NOTE),
        buyer=_buyer(_named(its.get("customer") or {}, "customer", CUSTOMER_NAMES)),
        refunds=[_refund(one, f"refunds.{i}") for i, one in enumerate(listed(its.get("refunds"), "refunds"))],
        all_refunds=its.get("refunds") is not None,
    )
    if order.gross < 0 or order.paid < 0:
        raise unreadable("total", "amounts are not below 0")
    return Told(order.ref, order)


def _line(its: Mapping[str, Any], path: str) -> ShopLine:
    _named(its, path, LINE_NAMES)
    kind = its.get("kind", GOODS)
    if kind not in LINE_KINDS:
        raise unreadable(f"{path}.kind", f"this is one of {', '.join(LINE_KINDS)}")
    return ShopLine(
        kind=kind, ref=ref(its.get("id"), f"{path}.id"), sku=line_of(its.get("sku")),
        product_ref=line_of(its.get("product_id")), name=line_of(its.get("name")),
        quantity=_exact(its, "quantity", f"{path}.quantity", needed=kind == GOODS) or Decimal(1),
        net=_exact(its, "net", f"{path}.net", needed=True), vat=_exact(its, "vat", f"{path}.vat", needed=True),
        percent=_exact(its, "vat_percent", f"{path}.vat_percent", needed=True),
    )  # fmt: skip


def _refund(its: Mapping[str, Any], path: str) -> Refund:
    _named(its, path, REFUND_NAMES)
    lines = None if its.get("lines") is None else [
        RefundLine(
            ref(line.get("line"), f"{path}.lines.{i}.line"), _exact(line, "quantity", f"{path}.lines.{i}.quantity"),
            _exact(line, "net", f"{path}.lines.{i}.net", needed=True), _exact(line, "vat", f"{path}.lines.{i}.vat"),
            restock=_named(line, f"{path}.lines.{i}", REFUND_LINE_NAMES).get("restock") is True,
        )
        for i, line in enumerate(listed(its["lines"], f"{path}.lines"))
    ]  # fmt: skip
    return Refund(ref(its.get("id"), f"{path}.id"), _exact(its, "amount", f"{path}.amount", needed=True),
                  line_of(its.get("reason")), moment(its.get("at"), f"{path}.at"), lines)  # fmt: skip


def _buyer(its: Mapping[str, Any]) -> Buyer:
    billing = _address(its.get("billing"), "customer.billing")
    return Buyer(
        name=line_of(its.get("name")) or billing.name, email=line_of(its.get("email")), phone=line_of(its.get("phone")),
        vat_number=line_of(its.get("vat_number")), billing=billing,
        delivery=_address(its.get("delivery"), "customer.delivery"),
    )  # fmt: skip


def _address(value: Any, path: str) -> Address:
    its = _named(value or {}, path, ADDRESS_NAMES)
    told = {name: line_of(its.get(name)) for name in ADDRESS_NAMES}
    return Address(**told | {"country": country(its.get("country"))})


def _exact(its: Mapping[str, Any], name: str, path: str, *, needed: bool = False) -> Decimal:
    """A decimal that came as a text: a JSON number with a point may have lost something already."""
    value = its.get(name)
    if (value in (None, "") and needed) or isinstance(value, Decimal):
        raise unreadable(path, "a decimal as a text is needed")
    found = number(value, path)
    if found != found.quantize(Decimal(1).scaleb(-MOST_DECIMALS)):
        raise unreadable(path, f"this has more than {MOST_DECIMALS} decimals")
    return found + ZERO


def _named(value: Any, path: str, names: tuple[str, ...]) -> Mapping[str, Any]:
    """An object that has no names but these."""
    its = mapping(value, path)
    if unknown := sorted(set(its) - set(names)):
        raise unreadable(path, f"{line_of(', '.join(unknown))[:60]} is not known here")
    return its
