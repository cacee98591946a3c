"""What stands around every page: health, security headers, pages for errors, and addresses that cannot be meant."""

import logging
import secrets
from pathlib import Path
from typing import Any

from flask import Flask, Request, Response, current_app, jsonify, render_template, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError

from app.web.kit.callers import OF_PROGRAMS
from app.web.kit.rest.errors import CODES, body

log = logging.getLogger(__name__)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}
OVER_HTTPS = "max-age=31536000; includeSubDomains"

OF_URL_FOR = frozenset({"endpoint", "values", "_anchor", "_external", "_method", "_scheme"})


# What is read into memory as a whole: Werkzeug limits only the forms that it reads piece by piece.
READ_AS_A_WHOLE = frozenset({"application/x-www-form-urlencoded", "application/json"})


class LimitedRequest(Request):
    """A request whose body, where it is read as a whole, is no longer than what a form may keep in memory."""

    @property
    def max_content_length(self) -> int | None:
        """The most bytes that are read of the body."""
        whole = self._max_content_length is None and self.mimetype in READ_AS_A_WHOLE
        return self.max_form_memory_size if whole else super().max_content_length

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value


class PageSession(SecureCookieSessionInterface):
    """Sessions of pages: what programs are answered sets no cookie, whatever the framework put into the session."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not request.path.startswith(OF_PROGRAMS):
            super().save_session(app, session, response)


def guard(app: Flask) -> None:
    """Puts all of it around the application."""
    app.request_class = LimitedRequest
    app.session_interface = PageSession()
    app.add_url_rule("/health", "health", health)
    app.before_request(refuse_nul)
    app.before_request(refuse_names)
    app.after_request(add_headers)
    app.url_defaults(_version)
    app.register_error_handler(HTTPException, told)
    app.register_error_handler(Exception, broken)


def _version(endpoint: str, values: dict[str, Any]) -> None:
    """Files of the pages are kept by browsers for long, so each of their addresses names the version it is of."""
    if endpoint == "static" and "v" not in values:
        path = Path(current_app.static_folder or "") / values["filename"]
        values["v"] = f"{path.stat().st_mtime_ns:x}" if path.exists() else None


def health() -> tuple[Response, int]:
    """Whether the program answers and reaches its database."""
    try:
        current_app.extensions["appbuilder"].session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return jsonify(status="no database"), 503
    return jsonify(status="ok"), 200


def refuse_nul() -> None:
    """PostgreSQL has no NUL in texts: whoever sends one means no good."""
    values = [*request.args.values(), *(request.view_args or {}).values()]
    if request.mimetype == "application/x-www-form-urlencoded":
        # Reading it as a form would leave nothing of it for whoever wants it as it came.
        request.get_data(cache=True)
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        values += [value for texts in request.form.listvalues() for value in texts]
    if any("\x00" in value for value in values if isinstance(value, str)):
        raise BadRequest("A text contains a character that cannot be stored.")


def refuse_names() -> None:
    """The framework's lists hand an address's arguments on to `url_for`, which has names of its own (Flask)."""
    if OF_URL_FOR & set(request.args):
        raise BadRequest("The address has an argument that no page takes.")


def add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", OVER_HTTPS)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def told(error: HTTPException) -> Any:
    """A page, or JSON for those who asked for it, that says what is wrong and what to do."""
    if error.code is None or error.code < 400:
        return error
    most = (request.max_content_length or 0) // 2**20
    sentences = {
        403: gettext("You may not do this. Whoever gives out roles can change that."),
        404: gettext("There is nothing here, or nothing that you may see."),
        405: gettext("This address is not meant to be opened like this."),
        413: gettext("This is too much at once: at most %(most)s MB can be sent.", most=most),
    }
    said = sentences.get(error.code) or str(error.description or "")
    if isinstance(error, CSRFError):
        said = gettext("The page was open too long. Go back, reload it and try again.")
    return _answer(error.code, said, "")


def broken(error: Exception) -> Any:
    """Our own fault: logged under a reference that the person can quote."""
    reference = secrets.token_hex(4)
    current_app.extensions["appbuilder"].session.rollback()
    log.error("%s %s failed, reference %s", request.method, request.path, reference, exc_info=error)
    return _answer(InternalServerError.code, gettext("This should not have happened. Nothing was stored."), reference)


def _answer(code: int, said: str, reference: str) -> Any:
    if request.path.startswith(OF_PROGRAMS) or request.accept_mimetypes.best == "application/json":
        facts = {"reference": reference} if reference else {}
        return jsonify(body(CODES.get(code, "refused"), said, facts)), code
    try:
        return render_template("stockbook/error.html", code=code, said=said, reference=reference), code
    except Exception:
        log.exception("the error page failed too")
        return f"{said} {reference}", code
