"""The company over the API: what holds for everything, what documents say of it, and who did what."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from marshmallow import Schema, fields

from app.web.audits import AuditView
from app.web.kit.forms import LONGEST_TEXT
from app.web.kit.rest.cards import CardApi
from app.web.kit.rest.errors import as_json
from app.web.kit.rest.fields import Day, Text
from app.web.kit.rest.reading import schema_of
from app.web.settings import CompanyDetailsView, CompanyView


class CompanyApi(CardApi):
    """There is one company, whose id is 1."""

    view = CompanyView


class CompanyDetailsApi(CardApi):
    """What invoices are frozen with from a date on: rows are added, and stay."""

    view = CompanyDetailsView
    texts = tuple(name for name in CompanyDetailsView.add_columns if name != "valid_from")

    @cached_property
    def _row(self) -> type[Schema]:
        its: dict[str, fields.Field] = {"id": fields.Integer(required=True), "valid_from": Day()}
        return schema_of("CompanyDetails", its | {name: fields.String() for name in self.texts})

    def _body(self, suffix: str, columns: Sequence[str]) -> type[Schema]:
        its = {name: Text(LONGEST_TEXT, load_default="") for name in self.texts}
        its["name"] = Text(LONGEST_TEXT, shortest=1, required=True)
        return schema_of(f"CompanyDetails{suffix}", {"valid_from": Day(required=True), **its})

    def _told(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        return [
            {"id": row.id, "valid_from": as_json(row.valid_from),
             **{name: str(row.details.get(name, "")) for name in self.texts}}
            for row in rows
        ]  # fmt: skip

    def create(self, given: dict[str, Any]) -> dict[str, Any]:
        """Adds what holds from a date on."""
        return self.added(given)


class AuditApi(CardApi):
    """Who signed in, changed rights, exported and so on, from where; nobody where no one was signed in."""

    view = AuditView
    resource_name = "audit"


COMPANY = (CompanyApi, CompanyDetailsApi, AuditApi)
