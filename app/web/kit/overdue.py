"""What fell due before today and is still open, on invoices and on what they were made from; reckoned when read."""

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Date, any_, bindparam, case, exists, func, select
from sqlalchemy.orm import aliased

from app.domain.kernel.document import Document
from app.domain.settlement.models import Instalment, OpenItem
from app.web.kit import look

_TODAY = bindparam("today", callable_=look.today, type_=Date)
_Owed = aliased(OpenItem)


def overdue_amount(invoice: Any) -> ColumnElement[Any]:
    """How much of an invoice is overdue, from the column of its id; 0 where nothing is.

    Payments and credits go to the earliest instalments, so what is open beyond those that are not due yet is overdue.
    """
    owed = select(func.coalesce(func.sum(_Owed.amount - _Owed.allocated), 0)).where(_Owed.document_id == invoice)
    later = select(func.coalesce(func.sum(Instalment.amount), 0)).where(
        Instalment.document_id == invoice, Instalment.due_on >= _TODAY
    )
    return func.greatest(owed.scalar_subquery() - later.scalar_subquery(), 0)


def is_overdue(of: str, document: Any) -> ColumnElement[bool]:
    """Whether something is open of a document on an overdue invoice: `of` names the column of open items that leads to
    it, `document` is the column of its id.
    """
    # Each invoice once: what is open of it is open at each of its lines.
    is_open = (OpenItem.amount > OpenItem.allocated, OpenItem.invoice_id.is_not(None))
    its = (
        select(OpenItem.document_id).distinct().where(getattr(OpenItem, of) == document, *is_open)
        .correlate_except(OpenItem).subquery()
    )  # fmt: skip
    return exists().select_from(its).where(overdue_amount(its.c.document_id) > 0)


@cache
def overdue_documents(of: str) -> ColumnElement[Any]:
    """The ids of all documents of which something is open on an overdue invoice, as an array: they are read from what
    is open and nothing else, and once in a statement, however often that asks for them. It is put together once.
    """
    # Arrays tell the planner that what is open is little: it would think it a third of all.
    is_open, its = OpenItem.amount > OpenItem.allocated, getattr(OpenItem, of)
    owed = select(OpenItem.document_id).where(is_open, OpenItem.invoice_id.is_not(None)).scalar_subquery()
    # Of most of them nothing is due yet, which is sooner known than how much would be left of them.
    earliest = select(func.min(Instalment.due_on)).where(Instalment.document_id == Document.id).scalar_subquery()
    is_due = func.coalesce(earliest, date.min) < _TODAY
    late = select(Document.id).where(Document.id == any_(func.array(owed)), is_due, overdue_amount(Document.id) > 0)
    theirs = OpenItem.document_id == any_(func.array(late.scalar_subquery()))
    found = select(its.label("id")).where(is_open, its.is_not(None), theirs).distinct()
    overdue = found.cte("overdue").prefix_with("MATERIALIZED")
    return func.array(select(overdue.c.id).scalar_subquery())


def overdue_flag(of: str, document: Any) -> ColumnElement[Any]:
    """`overdue`, or nothing."""
    return case((is_overdue(of, document), "overdue"))
