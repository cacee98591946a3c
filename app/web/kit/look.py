"""How values look: states as badges, money to the right, dates as dates, nothing as nothing."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, g
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup, escape
from sqlalchemy import Date

from app.domain.kernel import clock
from app.domain.kernel.rows import read
from app.domain.kernel.values import currency_decimals

EARLIEST = date(1900, 1, 1)
CLOSED = "</td>"

# State → Tabler's colour.
COLOURS = {
    "estimate": "secondary", "active": "azure", "approved": "blue", "performed": "green", "cancelled": "red",
    "draft": "secondary", "in_transit": "yellow", "processed": "green", "issued": "green",
    "unpaid": "orange", "partly_paid": "yellow", "paid": "green", "overdue": "red",
    "open": "green", "closed": "secondary", "archived": "secondary", "applied": "green", "waiting": "orange",
    "noticed": "orange", "refused": "red", "running": "azure", "done": "green", "failed": "red",
    "proved": "green", "broken": "red",
}  # fmt: skip
WORDS = {
    "proved": lazy_gettext("proved"), "broken": lazy_gettext("broken"),
    "signed_in": lazy_gettext("signed in"), "sign_in_refused": lazy_gettext("not let in"),
    "signed_out": lazy_gettext("signed out"), "code_on": lazy_gettext("second step turned on"),
    "code_off": lazy_gettext("second step turned off"), "user_changed": lazy_gettext("user changed"),
    "role_changed": lazy_gettext("role changed"), "key_changed": lazy_gettext("API key changed"),
    "shop_changed": lazy_gettext("e-shop changed"), "received": lazy_gettext("received"),
    "applied": lazy_gettext("applied"), "superseded": lazy_gettext("superseded"),
    "ignored": lazy_gettext("nothing to do"), "waiting": lazy_gettext("waiting"),
    "noticed": lazy_gettext("to be seen to"), "refused": lazy_gettext("refused"),
    "estimate": lazy_gettext("estimate"), "active": lazy_gettext("active"), "approved": lazy_gettext("approved"),
    "performed": lazy_gettext("performed"), "cancelled": lazy_gettext("cancelled"), "draft": lazy_gettext("draft"),
    "processed": lazy_gettext("processed"), "issued": lazy_gettext("issued"), "unpaid": lazy_gettext("unpaid"),
    "partly_paid": lazy_gettext("partly paid"), "paid": lazy_gettext("paid"), "overdue": lazy_gettext("overdue"),
    "open": lazy_gettext("open"),
    "closed": lazy_gettext("closed"), "archived": lazy_gettext("archived"), "goods": lazy_gettext("goods"),
    "production": lazy_gettext("own production"), "service": lazy_gettext("service"),
    "immediate": lazy_gettext("immediately"), "days": lazy_gettext("after days"),
    "end_of_month": lazy_gettext("at the end of a month"), "day_of_month": lazy_gettext("on a day of a month"),
    "days_then_end_of_month": lazy_gettext("after days, at the end of that month"),
    "end_of_month_then_days": lazy_gettext("days after the end of the month"),
    "reschedule": lazy_gettext("put off"),
    "billing": lazy_gettext("billing"), "delivery": lazy_gettext("delivery"), "domestic": lazy_gettext("domestic"),
    "eu_business": lazy_gettext("business in the EU"), "export": lazy_gettext("export"),
    "exempt": lazy_gettext("exempt"), "manager_seller": lazy_gettext("one person sells and ships"),
    "manager_storekeeper": lazy_gettext("a manager sells, a storekeeper ships"), "debit": lazy_gettext("debit"),
    "debit_note": lazy_gettext("debit note"),
    "credit": lazy_gettext("credit"), "eshop": lazy_gettext("e-shop"), "phone": lazy_gettext("phone"),
    "fax": lazy_gettext("fax"), "email": lazy_gettext("e-mail"), "counter": lazy_gettext("counter"),
    "income": lazy_gettext("money in"), "expense": lazy_gettext("money out"), "customer": lazy_gettext("a customer"),
    "account": lazy_gettext("an account"), "transfer": lazy_gettext("on the way between desks and banks"),
    "difference": lazy_gettext("a difference"), "voucher": lazy_gettext("a voucher redeemed"),
    "bad_debt": lazy_gettext("a bad debt"),
    "in_transit": lazy_gettext("on the way"), "send": lazy_gettext("send"), "receive": lazy_gettext("receive"),
    "running": lazy_gettext("running"), "done": lazy_gettext("done"),
    "failed": lazy_gettext("failed"),
    "owed": lazy_gettext("owed by a customer"), "paid_ahead": lazy_gettext("paid ahead by a customer"),
    "cash": lazy_gettext("in a cash desk"), "bank": lazy_gettext("at a bank"),
    "process": lazy_gettext("process"), "cancel": lazy_gettext("cancel"),
    "approve": lazy_gettext("approve"), "activate": lazy_gettext("activate"), "issue": lazy_gettext("issue"),
    "perform": lazy_gettext("perform"), "resume": lazy_gettext("resume"), "create": lazy_gettext("create"),
    "damaged": lazy_gettext("damaged"), "expired": lazy_gettext("out of date"), "lost": lazy_gettext("lost"),
    "sample": lazy_gettext("given as a sample"), "own_use": lazy_gettext("used by ourselves"),
    "other": lazy_gettext("something else"),
    "close": lazy_gettext("close"), "reopen": lazy_gettext("reopen"), "undo": lazy_gettext("undo chain"),
    "give_up": lazy_gettext("give up the rest"),
    "month": lazy_gettext("month"), "product": lazy_gettext("product"),
    "group": lazy_gettext("product group"), "seller": lazy_gettext("seller"), "warehouse": lazy_gettext("warehouse"),
    "at_shipment": lazy_gettext("when goods leave"), "at_invoice": lazy_gettext("when they are invoiced"),
    "edit": lazy_gettext("edit"), "list": lazy_gettext("from the list"), "manual": lazy_gettext("typed in"),
}  # fmt: skip


def word(value: Any) -> str:
    """A code of the domain as a person reads it."""
    known = WORDS.get(value)
    return str(known) if known is not None else str(value).replace("_", " ")


def event(name: str) -> str:
    """An event of the books as a person reads it: `shipment.processed.cancelled` is a processed shipment, cancelled."""
    return name.replace(".cancelled", ", cancelled").replace(".", " ").replace("_", " ")


def badge(state: str | None) -> Markup:
    """A state in its colour; a list says the same few again and again, so each is drawn once in a request."""
    if not state:
        return Markup("")
    drawn: dict[str, Markup] = g.setdefault("badges", {})
    if state not in drawn:
        colour = COLOURS.get(state, "secondary")
        drawn[state] = Markup('<span class="badge bg-{0}-lt state">{1}</span>').format(colour, word(state))
    return drawn[state]


def money(value: Decimal | None, currency: str = "", *, decimals: int | None = None) -> str:
    """An amount with the decimals of its currency (the company's, if none is named) and a comma at each thousand."""
    if value is None:
        return ""
    places = decimals if decimals is not None else company_facts()["decimals"]
    text = f"{value:,.{places}f}"
    return f"{text} {currency}" if currency else text


def plain(value: Decimal) -> str:
    """A number without zeros at its end, as one would type it."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount(value: Decimal) -> str:
    """An amount or a price as a form fills it in: with at least the decimals of the currency, and no commas."""
    return price(value).replace(",", "")


def number(value: Decimal | int | None) -> str:
    """A quantity or a price without zeros at its end."""
    if value is None:
        return ""
    sign = "-" if value < 0 else ""
    whole, _, rest = plain(abs(Decimal(value))).partition(".")
    return f"{sign}{int(whole):,}" + (f".{rest}" if rest else "")


def price(value: Decimal | None) -> str:
    """A price of one: at least the decimals of the currency, more where it has them."""
    if value is None:
        return ""
    places = max(company_facts()["decimals"], -int(value.normalize().as_tuple().exponent))
    return money(value, decimals=places)


def day(value: date | None) -> str:
    return value.isoformat() if value else ""


def moment(value: datetime | None) -> str:
    """A time of recording in the company's time zone."""
    if value is None:
        return ""
    if value.tzinfo is not None:
        value = value.astimezone(ZoneInfo(company_facts()["time_zone"]))
    return value.strftime("%Y-%m-%d %H:%M")


def shown(value: Any) -> str | Markup:
    """Any other value."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    return value if isinstance(value, Markup) else str(value)


def company_facts() -> dict[str, Any]:
    """The company's name, currency and its decimals, and time zone, read once in a request."""
    facts: dict[str, Any] | None = g.get("company facts")
    if facts is None:
        rows = read(current_app.extensions["appbuilder"].session, "SELECT name, currency, time_zone FROM company")
        facts = rows[0]._asdict() if rows else {"name": "", "currency": "EUR", "time_zone": "UTC"}
        facts["decimals"] = currency_decimals(facts["currency"])
        g.setdefault("company facts", facts)
    return facts


def today() -> date:
    """The business date now."""
    return clock.today(company_facts()["time_zone"])


def opening(label: Any, *, main: bool, numeric: bool, whole: bool = False) -> str:
    """The tag that opens a cell of a list's column; small screens show the label beside the cell.

    What is `whole`, a date or a number that names something, is never broken into two lines beside others.
    """
    classes = " ".join(["main"] * main + ["num"] * numeric + ["whole"] * whole)
    return f'<td data-label="{escape(label)}" class="{classes}">'


def column(opening: str, values: Iterable[Any], shown: Callable[[Any], Any] = escape) -> list[str]:
    """The cells of a column, opened as it says. Most say few things again and again, and each of them is drawn once."""
    # A text that is written as some markup is, is another thing: it is escaped.
    told = [(type(value), value) for value in values]
    drawn = {(kind, value): f"{opening}{escape(shown(value))}{CLOSED}" for kind, value in set(told)}
    return [drawn[its] for its in told]


def rows(columns: Iterable[Sequence[str]]) -> list[Markup]:
    """The cells of each row, from those of each column.

    A page of a list is little but cells, and a template looks at each piece of one again wherever it puts pieces
    together: here a value is looked at once.
    """
    return [Markup("".join(cells)) for cells in zip(*columns, strict=True)]  # noqa: S704


def body(heads: Sequence[Any], lines: Iterable[Sequence[Any]]) -> Markup:
    """The rows of a table; each head says its `label`, whether it is `numeric`, and how a value below it is `shown`."""
    drawn = rows(
        column(opening(head.label, main=not place, numeric=head.numeric), values, head.shown)
        for place, (head, values) in enumerate(zip(heads, zip(*lines, strict=True), strict=False))
    )
    return Markup("<tbody>{}</tbody>").format(Markup("").join(Markup(f"<tr>{cells}</tr>") for cells in drawn))  # noqa: S704


def leading(
    root: str, labels: Mapping[str, Markup], numeric: Container[str], cards: Sequence[tuple[int, Sequence[Any]]],
    model: Any,
) -> list[tuple[str, Markup]]:  # fmt: skip
    """Rows that each lead to a page below `root`: its address, and the cells of these labels, the first a link; the
    labels are by the names of columns of `model`, as far as it has them.
    """
    if not cards:
        return []
    table = model.__table__.columns
    whole = {name for name in labels if name == "phone" or (name in table and isinstance(table[name].type, Date))}
    openings = [opening(label, main=not i, numeric=name in numeric, whole=name in whole)
                for i, (name, label) in enumerate(labels.items())]  # fmt: skip
    addresses = [f"{root}{key}" for key, _values in cards]
    first, *others = zip(*(values for _key, values in cards), strict=True)
    named = zip(addresses, (text or "—" for text in first), strict=True)
    drawn = [column(openings[0], named, lambda its: link(*its)), *map(column, openings[1:], others)]
    return list(zip(addresses, rows(drawn), strict=True))


def link(address: str, text: Any) -> Markup:
    """A text that leads somewhere."""
    return Markup(f'<a href="{escape(address)}">{escape(text)}</a>')  # noqa: S704


def called(view: Any, item: Any) -> str:
    """What a card is called: as it says itself, else by its first two facts."""
    if type(item).__repr__ is not object.__repr__ or type(item).__str__ is not object.__str__:
        return str(item)
    cells = view.cells([item], view.visible(view.show_columns)[:2])[0]
    return ", ".join(str(cell) for cell in cells.values() if cell)
