"""What a list of documents is narrowed by: read from the address, checked before any SQL, told to the page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Select, any_, exists, func, or_, select, union_all
from sqlalchemy.orm import aliased
from werkzeug.exceptions import BadRequest

from app.domain.kernel.document import Document
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read
from app.domain.kernel.values import exact
from app.domain.parties.models import Customer
from app.domain.settlement.models import STATUSES, PaymentStatus
from app.web.kit import look
from app.web.kit.arguments import whole
from app.web.kit.overdue import overdue_documents
from app.web.kit.rights import mine
from app.web.kit.scope import LARGEST_ID, ScopedInterface, places_seen, starts_with, words

AMOUNTS = ("gross", "amount")
DECIMALS = 3
PEOPLE = "SELECT id, name FROM actor WHERE active AND kind = 'person' ORDER BY name LIMIT 200"


class Ask(NamedTuple):
    """Something more that a list is narrowed by: one of a few codes, a row of the table `target`, or a key that
    `choices` offers.
    """

    label: Any
    expression: Any
    values: Sequence[str] = ()
    target: type | None = None
    choices: Callable[[Any], list[tuple[int, str]]] | None = None

    @property
    def column(self) -> str:
        """What it is called where it is a column of a list."""
        return str(self.expression.key).removesuffix("_id")


def people(session: Any) -> list[tuple[int, str]]:
    """Who may be answerable for documents."""
    return [(row.id, row.name) for row in read(session, PEOPLE)]


class Narrowed:
    """What the address asks of a view's list, as far as the person of this request may ask it.

    `asked` is what the page shows again. `conditions` are on the kind's own table; `registered`, on its row in the
    registry of documents, whatever that is called in a statement.
    """

    def __init__(self, view: Any, columns: Mapping[str, Any], q: str, given: Mapping[str, str]) -> None:
        self.view = view
        self.given = given
        self.model: Any = view.datamodel.obj
        self.asked: dict[str, Any] = {}
        self.conditions: list[Any] = []
        self.registered: list[Callable[[Any], ColumnElement[bool]]] = []
        self.amount = next((name for name in AMOUNTS if name in columns), "")
        self._read_its_own(columns)
        self._read_registered(q)

    def _read_its_own(self, columns: Mapping[str, Any]) -> None:
        if state := self._one_of("state", self.view.lifecycle.states):
            self.conditions.append(self.model.state == state)
        if self.view.pays and mine().sees("prices"):
            if payment := self._one_of("payment", STATUSES):
                self.conditions.append(PaymentStatus.status == payment)
            if self._one_of("overdue", ("yes",)):
                self.conditions.append(self.model.id == any_(overdue_documents(self.view.pays)))
        self._read_stretch("since", "until", self.model.on, self._date)
        if self.amount:
            self._read_stretch("least", "most", columns[self.amount].expression, self._amount)
        for name, ask in self.view.asks.items():
            if value := self._one_of(name, ask.values) if ask.values else self._key(name):
                self.conditions.append(ask.expression == value)

    def _read_registered(self, q: str) -> None:
        if customer := self._key("customer"):
            self.registered.append(lambda its: its.customer_id == customer)
        if (places := self._places()) is not None:
            self.registered.append(lambda its: its.warehouse_id.in_(places))
        self.words = q
        self.of_registry = (q, customer, places)

    def _read_stretch(self, first: str, last: str, expression: Any, read: Callable[[str], Any]) -> None:
        lowest, highest = read(first), read(last)
        if lowest is not None:
            self.conditions.append(expression >= lowest)
        if highest is not None:
            self.conditions.append(expression <= highest)

    def _places(self) -> frozenset[int] | None:
        """The warehouses that are asked for, of those that the person sees; None for all."""
        asked, own = self._key("warehouse"), places_seen(self.model)
        if not asked:
            return own
        return frozenset({asked}) if own is None else frozenset({asked}) & own

    @property
    def paid(self) -> bool:
        """Whether what is paid of a document has to be looked at."""
        return bool(self.asked.get("payment"))

    def offered(self, session: Any) -> Iterator[tuple[str, Ask, list[tuple[Any, str]]]]:
        """What else the view is narrowed by, with what may be chosen."""
        for name, ask in self.view.asks.items():
            if ask.choices is not None:
                yield name, ask, list(ask.choices(session))
            elif ask.target is not None:
                yield name, ask, ScopedInterface(ask.target).choices()
            else:
                yield name, ask, [(value, look.word(value)) for value in ask.values]

    def all_of(self, its: Any) -> list[ColumnElement[bool]]:
        """The conditions on the registry, of which `its` is the table as the statement calls it."""
        return [*self.apart_from_words(its), *([_found(its, self.words)] if self.words else [])]

    def apart_from_words(self, its: Any) -> list[ColumnElement[bool]]:
        """The same without what the words that are looked for say."""
        return [its.kind == self.view.lifecycle.kind, *(condition(its) for condition in self.registered)]

    @property
    def is_of_few(self) -> bool:
        """Whether the registry is asked for more than a kind."""
        return bool(self.registered or self.words)

    # Reading

    def _one_of(self, name: str, values: Sequence[str]) -> str:
        value = self.asked[name] = self.given.get(name, "")
        if value and value not in values:
            raise BadRequest(f"{name} cannot be {value[:40]}.")
        return value

    def _key(self, name: str) -> int:
        value: int = whole(name, 0, 1, LARGEST_ID, self.given)
        self.asked[name] = value
        return value

    def _date(self, name: str) -> date | None:
        text = self.given.get(name, "")
        try:
            self.asked[name] = date.fromisoformat(text) if text else None
        except ValueError:
            raise BadRequest(f"{name} must be a date like 2026-03-31.") from None
        return self.asked[name]

    def _amount(self, name: str) -> Decimal | None:
        text = self.given.get(name, "").strip()
        try:
            self.asked[name] = exact(text, DECIMALS, name) if text else None
        except Invalid as refusal:
            raise BadRequest(str(refusal)) from None
        return self.asked[name]


def _called(q: str) -> Select[Any]:
    """The customers whose code or name these words begin."""
    return select(Customer.id).where(_begins(Customer, q))


def _begins(customer: Any, q: str) -> ColumnElement[bool]:
    return or_(starts_with(customer.code, q), words(customer, q))


def _found(its: Any, q: str) -> ColumnElement[bool]:
    """Documents whose number these words begin, or the code or the name of whose customer."""
    # Of its own, also where the statement around it tells customers.
    customer = aliased(Customer)
    return or_(starts_with(its.number, q), exists().where(customer.id == its.customer_id, _begins(customer, q)))


def registered_ids(narrowed: Narrowed) -> Select[Any] | CompoundSelect[Any]:
    """The ids of all documents that the conditions on the registry let pass.

    Words are looked for among customers and among the numbers of other customers, each along an index of its own, so
    that whoever counts up to some number may stop there.
    """
    its = select(Document.id).where(*narrowed.apart_from_words(Document))
    if not narrowed.words:
        return its
    called = _called(narrowed.words).cte("called").prefix_with("MATERIALIZED")
    of_others = its.where(starts_with(Document.number, narrowed.words),
                          func.coalesce(Document.customer_id, 0).not_in(select(called.c.id)))  # fmt: skip
    return union_all(of_others, its.join(called, called.c.id == Document.customer_id))
