"""What pays what: allocating what is left of a payment, and releasing what it settles."""

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from flask import abort, flash, redirect, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from wtforms import DateField
from wtforms.validators import InputRequired

from app.domain.kernel.errors import DomainError, KeyReused, Refused
from app.domain.kernel.unit import deed
from app.domain.kernel.values import exact
from app.domain.settlement.allocations import Wish, allocate_payments
from app.domain.settlement.models import Allocation
from app.domain.settlement.releases import release_allocations
from app.reports.settlement import act_of, credit_of, open_lines
from app.web.kit import look, trails
from app.web.kit.asks import answers, questions
from app.web.kit.documents import telling
from app.web.kit.forms import CardForm
from app.web.kit.pages import PageView
from app.web.kit.previews import foresee
from app.web.kit.refusals import said
from app.web.kit.scope import ScopedInterface
from app.web.kit.settled import tells_amounts

ASKED = ("on", "reason")


class AllocationForm(CardForm):
    on = DateField(_("Date"), validators=[InputRequired()], default=look.today)


class SettlementPage(PageView):
    resource = "Settlement"
    route_base = "/settlement"
    default_view = "allocate"
    datamodel = ScopedInterface(Allocation)
    method_permission_name = {"allocate": "process", "release": "process"}

    @expose("/<id:pk>", methods=["GET", "POST"])
    @has_access
    def allocate(self, pk: int) -> Any:
        """What is left of a payment settles documents of its customer, or single lines of them."""
        money, back = self._money(pk)
        documents = self._documents(money)
        form = AllocationForm()
        errors: list[str] = []
        foreseen: dict[str, Any] = {}
        if request.method == "POST" and form.validate():
            wishes, errors = _wishes(pk, documents, request.form)
            if not errors and "preview" in request.form:
                foreseen = self._foresee(telling(partial(_allocate, wishes)), pk, {"on": form.on.data})
            elif not errors and (refusal := self._store(form, wishes)) is None:
                flash(gettext("Allocated."), "success")
                return redirect(back)
            else:
                errors = errors or [refusal or ""]
        page = self.render_template(
            "stockbook/allocate.html", view=self, form=form, money=money, back=back, documents=documents,
            errors=errors, given=request.form, number=money.number or f"#{pk}", foreseen=foreseen,
        )  # fmt: skip
        return page, 422 if request.method == "POST" and not foreseen else 200

    @expose("/acts/<id:pk>/release", methods=["GET", "POST"])
    @has_access
    def release(self, pk: int) -> Any:
        """Takes an allocation back, whole."""
        act = act_of(self._session, pk) or abort(404)
        money, back = self._money(act.payment_id)
        looks = request.method == "GET" or "preview" in request.form
        arguments, errors = answers(ASKED, request.values, guess=looks)
        refused = ""
        if not looks and not errors:
            by = current_user.actor_id
            self._session.rollback()
            try:
                deed(lambda session: release_allocations(session, [pk], by=by, **arguments))
                flash(gettext("Released."), "success")
                return redirect(back)
            except (DomainError, Refused) as refusal:
                refused = said(refusal)
        foreseen = {} if errors or refused else self._foresee(release_allocations, pk, arguments)
        page = self.render_template(
            "stockbook/release.html", view=self, act=act, back=back, refused=refused, foreseen=foreseen,
            number=money.number or f"#{pk}",
            questions=questions(ASKED, request.values), errors=errors if request.values else {},
        )  # fmt: skip
        return page, 200 if looks else 409

    def _foresee(self, action: Any, pk: int, arguments: dict[str, Any]) -> dict[str, Any]:
        by = current_user.actor_id
        self._session.rollback()
        return foresee(action, [pk], arguments | {"by": by})

    def _store(self, form: AllocationForm, wishes: list[Wish]) -> str | None:
        """Allocates, once for each form; gives the sentence of a refusal."""
        by, on = current_user.actor_id, form.on.data
        asked = [[str(part) for part in wish] for wish in wishes]
        self._session.rollback()
        try:
            deed(
                lambda session: allocate_payments(session, wishes, on=on, by=by), key=form.key(),
                request=[self.resource, str(on), asked],
            )  # fmt: skip
        except KeyReused:
            form.renew()
            return gettext("This form was saved before. Save again to allocate once more.")
        except (DomainError, Refused) as refusal:
            return said(refusal)
        return None

    @property
    def _session(self) -> Any:
        return self.datamodel.session

    def _money(self, pk: int) -> tuple[Any, str]:
        """What a document gives that the person may see and settle with, and the address of its page."""
        if not tells_amounts():
            abort(403)
        money = credit_of(self._session, pk)
        if money is None or pk not in trails.seen(self._session, {pk: money.kind}, "process", self.resource):
            abort(404)
        return money, trails.address(money.kind, pk)

    def _documents(self, money: Any) -> list[dict[str, Any]]:
        """What the customer owes, by document, as far as the person may see it."""
        rows = open_lines(self._session, money.customer_id, money.currency)
        seen = trails.seen(self._session, {row.document_id: row.kind for row in rows})
        lines: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            if row.document_id in seen:
                lines[row.document_id].append(row)
        return [
            {"id": i, "kind": look.word(its[0].kind), "number": its[0].number or f"#{i}", "on": its[0].on,
             "open": sum(row.open for row in its), "lines": its}
            for i, its in lines.items()
        ]  # fmt: skip


def _allocate(wishes: list[Wish], session: Session, ids: Any, /, *, on: date, by: int) -> None:
    """The wishes of one payment, as a batch of it."""
    allocate_payments(session, wishes, on=on, by=by)


def _wishes(payment: int, documents: list[dict[str, Any]], given: Mapping[str, str]) -> tuple[list[Wish], list[str]]:
    """What was typed beside documents and lines, and a sentence for each amount that cannot be read."""
    offered = {document["id"]: {row.line_id for row in document["lines"]} for document in documents}
    wishes, errors = [], []
    for name, text in given.items():
        match = re.fullmatch(r"(?:document|line)_(\d{1,19})(?:_(\d{1,19}))?", name)
        if not match or not text.strip():
            continue
        document, line = int(match[1]), int(match[2]) if match[2] else None
        if document not in offered or (line is not None and line not in offered[document]):
            errors.append(gettext("There is no such document among those the customer owes."))
            continue
        try:
            wishes.append(Wish(payment, document, exact(text.strip(), 3, gettext("Amount")), line))
        except DomainError as error:
            errors.append(str(error))
    if not wishes and not errors:
        errors.append(gettext("Enter an amount beside what it is to settle."))
    return wishes, errors
