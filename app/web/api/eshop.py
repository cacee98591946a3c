"""The door for e-shops: each has an address, and signs what it sends, or brings an API key.

What comes is believed, stored, and answered at once; a worker applies it.
"""

import logging
from typing import Any, NamedTuple

from flask import jsonify, request
from flask_appbuilder.api import BaseApi, expose
from flask_babel import gettext
from sqlalchemy import Row
from sqlalchemy.orm import Session
from werkzeug.exceptions import Forbidden, NotFound

from app.domain.intake.eshop.dialects import DIALECTS, apart, is_ping, is_signed, read, ref_of
from app.domain.intake.eshop.jobs import ask_to_apply
from app.domain.intake.eshop.messages import mark, refuse_message, store
from app.domain.intake.eshop.reading import Unreadable
from app.domain.intake.eshop.value import Told
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read as read_rows
from app.domain.kernel.unit import deed, reading
from app.web.api.eshop_schema import ANSWERS, ORDER
from app.web.kit.callers import identify
from app.web.kit.rest.errors import REFUSALS, Unusable, said
from app.web.kit.rest.resource import once
from app.web.kit.rest.spec import KEY
from app.web.kit.rights import mine
from app.web.shops import secrets_of

log = logging.getLogger(__name__)

# An order of two thousand lines is smaller.
LARGEST = 5 * 2**20
LONGEST_TOPIC = 100
STORED = {"status": "stored"}
SHOP = "SELECT * FROM shop WHERE upper(code) = %(code)s AND active"


class Sent(NamedTuple):
    """What a shop sent, as it came."""

    shop: Row[Any]
    body: bytes
    headers: dict[str, str]
    topic: str


class EshopApi(BaseApi):
    """Open to anyone who knows a shop's address; each dialect has a lock of its own."""

    resource_name = "eshop"
    version = "v1"

    @expose("/<code>/orders", methods=["POST"])
    def receive(self, code: str) -> Any:
        """What a shop sends about an order."""
        request.max_content_length = LARGEST
        try:
            return self._receive(code)
        except REFUSALS as error:
            self.appbuilder.session.rollback()
            told, status = said(error)
            return jsonify(told), status

    def _receive(self, code: str) -> Any:
        shop = _shop(code)
        headers = dict(request.headers)
        dialect = DIALECTS[shop.dialect]
        topic = request.headers.get(dialect.topic, "")[:LONGEST_TOPIC] if dialect.topic else ""
        sent = Sent(shop, request.get_data(), headers, topic)
        if not dialect.signature:
            return self._from_program(sent)
        if is_ping(shop.dialect, headers, sent.body):
            return jsonify(STORED)
        if not is_signed(sent.body, request.headers.get(dialect.signature, ""), secrets_of(shop)):
            _refuse(sent, DomainError("not_signed", "The signature is none of the shop's: compare the secret here and "
                                      "in the shop."))  # fmt: skip
            raise Unusable(401, gettext("The signature is wrong."), "not_signed")
        deed(lambda session: _store(session, sent))
        return jsonify(STORED)

    def _from_program(self, sent: Sent) -> Any:
        """Our own dialect comes with an API key, and is told at once what is wrong with it."""
        identify()
        rights = mine()
        # It says its own prices and what was paid, in the shop's name: more than a seller's right to write orders.
        if not (rights.may("edit", "Orders") and rights.may("edit", "E-shop inbox")):
            raise Forbidden()
        if rights.is_own("Orders", "edit") and sent.shop.warehouse_id not in rights.warehouses:
            raise Forbidden()
        if request.mimetype != "application/json":
            raise Unusable(415, gettext("Send JSON, with the header Content-Type: application/json."))
        self.appbuilder.session.rollback()
        try:
            told = read(sent.shop.dialect, sent.body, "")
        except Unreadable as why:
            _refuse(sent, why)
            raise
        return jsonify(once(lambda session: _keep(session, sent, told), "eshop.receive"))

    def add_api_spec(self, api_spec: Any) -> None:
        """The dialect of our own; what other shops send is theirs to describe."""
        api_spec.components.schema("EshopOrder", ORDER)
        api_spec.path(
            path="/api/v1/eshop/{code}/orders",
            operations={"post": {
                "operationId": "eshop.receive", "tags": ["eshop"],
                "summary": "Tell the state of an order of an e-shop",
                "description": "For shops of the kind `generic`. Send the whole order whenever anything of it changes: "
                "the state with the latest `modified` holds, whatever comes twice or late. It is stored at once and "
                "applied a moment later; what needs a person waits in the inbox of e-shops.",
                "parameters": [{"in": "path", "name": "code", "required": True, "schema": {"type": "string"},
                                "description": "Of the e-shop."}, KEY],
                "requestBody": {"required": True, "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/EshopOrder"}}
                }},
                "responses": ANSWERS,
            }},
        )  # fmt: skip


def _shop(code: str) -> Row[Any]:
    """Who is sending, it says. No connection is held while the body comes in, or while something is stored."""
    with reading() as session:
        rows = read_rows(session, SHOP, code=code.upper())
    if not rows:
        log.warning("a message for an e-shop that is not here: %.60r", code)
        raise NotFound()
    row: Row[Any] = rows[0]
    return row


def _store(session: Session, sent: Sent) -> None:
    """Keeps what a shop signed; what cannot be read waits for a person, and nothing of it is lost."""
    try:
        told = read(sent.shop.dialect, sent.body, sent.topic)
    except Unreadable as why:
        its = ref_of(sent.body)
        store(session, sent.shop.id, sent.body, sent.headers, ref=its, topic=sent.topic, unreadable=why)
    else:
        _keep(session, sent, told)


def _keep(session: Session, sent: Sent, told: Told) -> dict[str, str]:
    stored = store(session, sent.shop.id, sent.body, sent.headers, ref=told.ref, topic=sent.topic,
                   apart=apart(sent.shop.dialect, sent.headers, told))  # fmt: skip
    if told.ref:
        ask_to_apply(session, [(sent.shop.id, told.ref)])
    else:
        mark(session, {stored.id: ("ignored", None)})
    return STORED | {"order": told.ref}


def _refuse(sent: Sent, why: DomainError) -> None:
    log.warning("a message for e-shop %s was refused: %s", sent.shop.code, why)
    deed(lambda session: refuse_message(session, sent.shop.id, sent.body, sent.headers, why, topic=sent.topic))
