"""Documents that are paid, and documents that pay, over the API: what is open, and what is left."""

from typing import Any

from marshmallow import fields

from app.reports.settlement import credit_of, owed_for
from app.web.kit.rest.columns import number_field, plain_value
from app.web.kit.rest.documents import DocumentApi
from app.web.kit.rights import mine


class SettledApi(DocumentApi, abstract=True):
    """A kind of document that settlement knows. Whoever sees no prices is told none of it."""

    def told_fields(self) -> dict[str, fields.Field]:
        return {"open": number_field(), "left": number_field()}

    def told(self, document: Any) -> dict[str, Any]:
        """`open` is still to be paid for it; `left` is what is left of what it gives, null where it gives nothing."""
        if not mine().sees("prices"):
            return {}
        session = self.screen.datamodel.session
        money = credit_of(session, document.id)
        return {
            "open": plain_value(owed_for(session, document.id), "money"),
            "left": plain_value(money.left if money else None, "money"),
        }  # fmt: skip
