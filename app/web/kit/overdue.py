"""What fell due before today and is still open, on invoices and on what they were made from; reckoned when read."""

from typing import Any

from sqlalchemy import ColumnElement, Date, bindparam, case, exists, func, select
from sqlalchemy.orm import aliased

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
    return exists().where(
        getattr(OpenItem, of) == document, OpenItem.amount > OpenItem.allocated,
        overdue_amount(OpenItem.invoice_id) > 0,
    )  # fmt: skip


def overdue_flag(of: str, document: Any) -> ColumnElement[Any]:
    """`overdue`, or nothing."""
    return case((is_overdue(of, document), "overdue"))
