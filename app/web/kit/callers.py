"""Who calls the API: the person of a token, or the program of a key, from the Authorization header and nothing else."""

import hmac
from datetime import timedelta
from typing import Any

from flask import current_app, g, request
from flask_babel import gettext
from flask_jwt_extended import get_current_user, verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.exceptions import Unauthorized

from app.domain.kernel import clock
from app.domain.kernel.rows import write
from app.domain.kernel.unit import deed
from app.web.kit import look
from app.web.people import MachineKey, digest_of, prefix_of

OF_PROGRAMS = "/api/"
NOTED_EVERY = timedelta(minutes=1)
NOTE_USE = """
UPDATE api_key SET last_used_at = %(at)s
WHERE id = %(id)s AND (last_used_at IS NULL OR last_used_at < %(before)s)
"""


def identify() -> None:
    """Makes the caller of this request its user, for `current_user`, `g.user` and `mine()`; nothing goes to a cookie.

    Raises Unauthorized, with a sentence for the caller, where the Authorization header is missing or lets nobody in.
    """
    scheme, _, given = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer":
        caller = _person()
    elif scheme.lower() == "apikey":
        caller = _machine(given.strip())
    else:
        raise Unauthorized(
            gettext("Sign in: send the header Authorization with Bearer and a token, or with ApiKey and a key.")
        )
    g.user = g._login_user = caller


def _person() -> Any:
    try:
        verify_jwt_in_request(locations=["headers"])
    except (JWTExtendedException, PyJWTError):
        raise Unauthorized(gettext("The token is wrong or has ended. Sign in again to get another one.")) from None
    return get_current_user()


def _machine(key: str) -> MachineKey:
    """The holder of a key that is still good; that it was used is noted once a minute."""
    found = _row(key)
    if found is None or not hmac.compare_digest(found.digest, digest_of(key)):
        raise Unauthorized(gettext("There is no such API key. Ask an administrator for one."))
    if found.revoked_at is not None:
        raise Unauthorized(gettext("This API key was revoked. Ask an administrator for another one."))
    if found.expires_on is not None and found.expires_on < look.today():
        raise Unauthorized(
            gettext(
                "This API key expired on %(day)s. Ask an administrator for another one.",
                day=found.expires_on.isoformat(),
            )
        )
    at = clock.now()
    if found.last_used_at is None or found.last_used_at < at - NOTED_EVERY:
        deed(lambda work: write(work, NOTE_USE, id=found.id, at=at, before=at - NOTED_EVERY))
    return found


def _row(key: str) -> MachineKey | None:
    prefix = prefix_of(key)
    if prefix is None or "\x00" in prefix:
        return None
    statement = select(MachineKey).where(MachineKey.prefix == prefix).options(selectinload(MachineKey.roles))
    found: MachineKey | None = current_app.extensions["appbuilder"].session.scalar(statement)
    return found
