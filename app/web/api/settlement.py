"""What pays what over the API: allocating what is left of a payment, and releasing what it settles."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Response
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy import func, select, type_coerce
from sqlalchemy.orm import Session, aliased

from app.domain.billing.models import Adjustment, CreditNote, Invoice
from app.domain.fulfilment.models import Shipment
from app.domain.kernel.document import Document
from app.domain.kernel.rows import read
from app.domain.sales.models import SalesOrder
from app.domain.settlement.allocations import Wish, allocate_payments
from app.domain.settlement.models import Allocation, AllocationLine
from app.domain.settlement.releases import release_allocations
from app.domain.treasury.models import BankLine, CashOrder, OpeningBalance
from app.reports.settlement import act_of, credit_of, settled_by
from app.web.kit import look, trails
from app.web.kit.asks import LONGEST
from app.web.kit.documents import telling
from app.web.kit.export import cell
from app.web.kit.previews import foreseen
from app.web.kit.rest import lists
from app.web.kit.rest.actions import Previewed, shown
from app.web.kit.rest.columns import Value, number_field, plain_value
from app.web.kit.rest.errors import Unusable
from app.web.kit.rest.fields import Choice, Day, Id, Text
from app.web.kit.rest.reading import Strict, schema_of, wants_csv
from app.web.kit.rest.references import MOST_NAMED, DocumentId, named_in, named_schema
from app.web.kit.rest.resource import Operation, ResourceApi, once
from app.web.kit.scope import ScopedInterface

# What a payment settles, what money that goes back to a customer is taken from, and all that gives money.
OWED: dict[str, tuple[Any, ...]] = {
    "invoice": (Invoice,), "shipment": (Shipment,), "order": (SalesOrder,), "opening_balance": (OpeningBalance,),
}  # fmt: skip
GIVEN: dict[str, tuple[Any, ...]] = {
    "credit_note": (CreditNote,), "payment": (CashOrder, BankLine, Adjustment, OpeningBalance),
}  # fmt: skip
# Kind of document → what names it in an allocation.
NAMED = {model.__tablename__: name for name, models in {**GIVEN, **OWED}.items() for model in models}
MONEY: tuple[type, ...] = (CashOrder, BankLine, CreditNote, Adjustment, OpeningBalance)
# The lines of a document that says what it settles.
TARGETS = {
    "document": Value("line.target_id", "id"), "kind": Value("document.kind"), "number": Value("document.number"),
    "line": Value("line.line_id", "id"), "amount": Value("line.amount", "money", "prices"),
}  # fmt: skip
# Amounts are prices: what pays what is told to those who see them, as on the screens.
AMOUNTS = (("view", "Settlement"), ("view", "Prices"))
SETTLES = ("process", "Settlement")
LISTED = """
SELECT act.id, act."on", sum(line.amount) AS amount,
       jsonb_build_object('id', payment.id, 'kind', payment.kind, 'number', payment.number) AS payment,
       jsonb_build_object('id', paid.id, 'kind', paid.kind, 'number', paid.number) AS document
FROM allocation act JOIN allocation_line line ON line.allocation_id = act.id
JOIN document payment ON payment.id = act.payment_id JOIN document paid ON paid.id = act.target_id
WHERE act.id = ANY(%(ids)s::bigint[]) GROUP BY act.id, payment.id, paid.id
"""
NO_SUCH_ACT = _("There is no such allocation, or none that you may see.")
NAMES = "SELECT id, kind, number FROM document WHERE id = %(id)s"


class Party(Strict):
    """A document that pays or is paid."""

    id = fields.Integer()
    kind = fields.String()
    number = fields.String(allow_none=True)


class Act(Strict):
    """So much of a payment settles a document, since a date."""

    id = fields.Integer()
    date = fields.String(metadata={"format": "date"})
    payment = fields.Nested(Party)
    document = fields.Nested(Party)
    amount = number_field()


class Settled(Strict):
    """What a payment settles now, and what is left of it; or what it would be."""

    left = number_field()
    allocations = fields.List(fields.Nested(Act))
    preview = fields.Dict(metadata={"description": "Entries, states, what is paid then."})


class Asked(lists.ListQuery):
    """Of one payment, or of one document; all of them else."""

    payment = DocumentId(*MONEY, used=("view", "Settlement"), in_address=True, load_default=None)
    document = DocumentId(*trails.MODELS.values(), in_address=True, load_default=None)


class Released(Strict):
    """What became of an allocation."""

    id = fields.Integer()
    status = Choice(("done", "already_done", "previewed"))
    preview = fields.Dict(metadata={"description": "Entries, states, what is paid then."})


def allocation_body(name: str, **more: fields.Field) -> type[Schema]:
    """A body that says what money is to settle."""
    return schema_of(name, {
        **more, "date": Day(load_default=look.today),
        "allocations": named_schema(f"{name}Part", OWED, at_least=1),
    })  # fmt: skip


def release_body(name: str, **more: fields.Field) -> type[Schema]:
    """A body that says why and when something is released."""
    return schema_of(name, {
        **more, "date": Day(load_default=look.today), "reason": Text(LONGEST, shortest=1, required=True),
    })  # fmt: skip


def some_acts() -> fields.Field:
    """The ids of allocations; left out where all of them are meant."""
    return fields.List(Id(), load_default=None, allow_none=True, validate=validate.Length(1, MOST_NAMED))


def allocate(session: Session, payment: int, given: dict[str, Any], preview: str) -> Any:
    """Has what is left of a payment settle what is named, once for each key; tells what it settles then."""
    wishes = [Wish(payment, *its) for its in named_in(given["allocations"])]
    arguments = {"on": given["date"], "by": current_user.actor_id}
    session.rollback()

    def act(session: Session, _ids: Any, /, **arguments: Any) -> None:
        allocate_payments(session, wishes, **arguments)

    if preview == "true":
        return {"preview": shown(foreseen(telling(act), [payment], arguments))}

    def work(session: Session) -> dict[str, Any]:
        allocate_payments(session, wishes, **arguments)
        return settled_of(session, payment)

    return once(work, "allocate")


def release(
    session: Session, acts: Callable[[Session], Sequence[int]], given: dict[str, Any], preview: str,
    tell: Callable[[Session, Any], Any],
) -> Any:  # fmt: skip
    """Takes acts back, once for each key; gives what `tell` makes of the deed's session and outcome.

    Which acts is asked inside the deed: when the same request comes again they are not there any more.
    """
    arguments = {"on": given["date"], "reason": given["reason"], "by": current_user.actor_id}
    if preview == "true":
        named = acts(session)
        session.rollback()
        return {"preview": shown(foreseen(release_allocations, named, arguments))}
    session.rollback()
    return once(lambda session: tell(session, release_allocations(session, acts(session), **arguments)), "release")


def settled_of(session: Session, payment: int) -> dict[str, Any]:
    """What a payment settles, and what is left of it."""
    money = credit_of(session, payment)
    return {
        "left": plain_value(money.left if money else None, "money"),
        "allocations": _told(session, [act.id for act in settled_by(session, payment)]),
    }  # fmt: skip


def _told(session: Session, acts: Sequence[int]) -> list[dict[str, Any]]:
    """Acts with both of their documents, in this order."""
    rows = {row.id: row for row in read(session, LISTED, ids=list(acts))}
    return [
        {"id": act, "date": rows[act].on.isoformat(), "payment": rows[act].payment, "document": rows[act].document,
         "amount": plain_value(rows[act].amount, "money")}
        for act in acts
    ]  # fmt: skip


class StandingActs(ScopedInterface):
    """Allocations that are not released, of payments which the right on settlement reaches."""

    def scoped(self, query: Any) -> Any:
        its = trails.all_seen((model.__tablename__ for model in MONEY), "view", "Settlement")
        return query.where(Allocation.released_on.is_(None), Allocation.payment_id.in_(its))


class ActTable:
    """What the list of allocations is narrowed and ordered by."""

    datamodel = StandingActs(Allocation)
    search_columns = ("on", "at")
    order_columns = ("on",)
    visible = staticmethod(list)


def _as_cells(acts: Any) -> Any:
    """Acts as cells of a file."""
    payment, paid = aliased(Document), aliased(Document)
    amount = select(func.sum(AllocationLine.amount)).where(AllocationLine.allocation_id == Allocation.id)
    told = {
        "id": Allocation.id, "date": Allocation.on, "payment_kind": payment.kind, "payment": payment.number,
        "document_kind": paid.kind, "document": paid.number,
        "amount": type_coerce(amount.scalar_subquery(), AllocationLine.amount.type),
    }  # fmt: skip
    both = acts.join(payment, payment.id == Allocation.payment_id).join(paid, paid.id == Allocation.target_id)
    return both.with_entities(*(cell(column).label(name) for name, column in told.items()))


class AllocationApi(ResourceApi):
    """Allocations are made and released, and listed to those who see their payment."""

    resource = "Settlement"
    resource_name = "allocations"
    datamodel = ScopedInterface(Allocation)

    def operations(self) -> Iterable[Operation]:
        body = allocation_body("AllocationNew", payment=DocumentId(*MONEY, used=SETTLES, required=True))
        yield Operation("list", "GET", "/", "What payments settle", self.list, query=Asked,
                        answer=lists.page_schema("Allocation", Act), also=AMOUNTS, csv=True)  # fmt: skip
        yield Operation("read", "GET", "/<id:pk>", "What a payment settles of a document", self.read, answer=Act,
                        also=AMOUNTS)  # fmt: skip
        yield Operation("create", "POST", "/", "Allocate what is left of a payment", self.create, "process", body=body,
                        query=Previewed, answer=Settled, keyed=True, also=AMOUNTS)  # fmt: skip
        yield Operation("release", "POST", "/<id:pk>/release", "Release an allocation", self.release, "process",
                        query=Previewed, body=release_body("AllocationRelease"), answer=Released,
                        keyed=True, also=AMOUNTS)  # fmt: skip

    def list(self, q: str, after: str, payment: int | None, document: int | None) -> dict[str, Any] | Response:
        """A page of the allocations that stand, or all as CSV: of a payment, of a document, or all that one may see."""
        if payment is not None and document is not None:
            raise ValidationError({"payment": [gettext("Name a payment or a document, not both.")]})
        named = {"payment_id": payment, "target_id": document}
        of = {name: pk for name, pk in named.items() if pk is not None}
        if wants_csv():
            return lists.csv_of_table(ActTable, q, after, _as_cells, self.resource_name, **of)
        found = lists.cards(ActTable, q, after, **of)
        rows = _told(self.datamodel.session, [act.id for act in found.rows])
        return {"count": found.count, "next": found.after or None, "result": rows}

    def read(self, pk: int) -> dict[str, Any]:
        """An allocation that stands."""
        session = self.datamodel.session
        if session.scalar(ActTable.datamodel.scoped(select(Allocation.id).where(Allocation.id == pk))) is None:
            raise Unusable(404, str(NO_SUCH_ACT))
        return _told(session, [pk])[0]

    def create(self, given: dict[str, Any], preview: str) -> Any:
        """Allocates what is left of a payment."""
        return allocate(self.datamodel.session, given["payment"], given, preview)

    def release(self, pk: int, given: dict[str, Any], preview: str) -> Any:
        """Takes an allocation back, whole."""
        act = act_of(self.datamodel.session, pk)
        if act is None or not self._seen(act.payment_id, *SETTLES):
            raise Unusable(404, str(NO_SUCH_ACT))

        def tell(_session: Session, outcome: Any) -> dict[str, Any]:
            return {"id": pk, "status": "done" if outcome.done else "already_done"}

        told: dict[str, Any] = release(self.datamodel.session, lambda _: [pk], given, preview, tell)
        return {"id": pk, "status": "previewed"} | told

    def _seen(self, document: int, *used: str) -> bool:
        rows = read(self.datamodel.session, NAMES, id=document)
        return bool(rows) and document in trails.seen(self.datamodel.session, {document: rows[0].kind}, *used)


SETTLEMENT = (AllocationApi,)
