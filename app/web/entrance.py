"""Letting somebody in: the password, the second step where there is one, and the notes and counts of it."""

from typing import NamedTuple

from flask import current_app, request, session
from flask_babel import gettext
from flask_login import login_user
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash

from app.domain.kernel import clock
from app.domain.kernel.rows import write
from app.domain.kernel.unit import deed
from app.web import second_step
from app.web.audit import note
from app.web.passwords import LONGEST, storable
from app.web.people import Person
from app.web.tries import TooManyTries, count_try, forget_tries

HALF_WAY_SECONDS = 300

ENTERED = """
UPDATE ab_user SET last_login = %(at)s, login_count = coalesce(login_count, 0) + 1, fail_login_count = 0
WHERE id = %(id)s
"""


class HalfWay(NamedTuple):
    """Whose password was right, in this browser and a moment ago, and where they wanted to go."""

    user: Person
    then: str


def judged(pages: Session, username: str, password: str) -> Person | None:
    """Whoever this name or e-mail and password belong to; TooManyTries where it was tried too often.

    Each try is counted before it is made. Whoever is let in has then to be told to `entered`.
    """
    if not _possible(username) or not _possible(password):
        return None
    named = _named(pages, username.strip())
    _count(named, username)
    user = named if named and named.active else None
    # Somebody who is not there takes as long as somebody who is.
    kept = user.password if user else current_app.config["AUTH_DB_FAKE_PASSWORD_HASH_CHECK"]
    if check_password_hash(kept, password) and user:
        return user
    reason = "unknown_name" if named is None else "deactivated" if user is None else "wrong_password"
    deed(lambda work: _note_refusal(work, named, reason))
    return None


def proved(user: Person, password: str, code: str | None) -> str:
    """Whether somebody who is in already is still the same: the sentence that says what is wrong, or an empty one.

    Counted like signing in, and a right answer does not forget the tries before. Without a code (None) only the
    password is asked.
    """
    _count(user, user.username)
    if not _possible(password) or not check_password_hash(user.password, password):
        deed(lambda work: _note_refusal(work, user, "wrong_password"))
        return str(gettext("This is not the password."))
    if code is not None and not code_fits(user, code, counted=True):
        return str(gettext("This code does not fit, or was used before."))
    return ""


def code_fits(user: Person, code: str, *, counted: bool = False) -> bool:
    """Whether a code is good for the second step; used up by asking. TooManyTries and Invalid as they come."""
    if not counted:
        _count(user, user.username)
    if _possible(code) and deed(lambda work: second_step.accepts(work, user.id, code)):
        return True
    deed(lambda work: _note_refusal(work, user, "wrong_code"))
    return False


def stop_half_way(user: Person, then: str) -> None:
    """The password was right and the code is still to come; nobody is in yet, and the tries stay counted."""
    session["half_way"] = {
        "user": user.id, "epoch": user.epoch, "at": clock.now().timestamp(), "then": then,
    }  # fmt: skip


def half_way(pages: Session) -> HalfWay | None:
    """Who stopped half way in this browser; None where it is too long ago or something changed meanwhile."""
    kept = session.get("half_way")
    if not kept or clock.now().timestamp() - kept["at"] > HALF_WAY_SECONDS:
        return None
    user = pages.get(Person, kept["user"])
    if user is None or not user.active or user.epoch != kept["epoch"]:
        return None
    return HalfWay(user, kept["then"])


def begin_session(user: Person, *, tries: int = 1) -> None:
    """Lets somebody in by a cookie, for one working day and no longer."""
    entered(user, tries=tries)
    session.clear()
    login_user(user, remember=False)
    session.permanent = True
    session["since"] = clock.now().timestamp()


def session_ended() -> bool:
    """Whether nobody is signed in by this request's cookie, or it is a working day old, as it says itself."""
    age = clock.now().timestamp() - session.get("since", 0)
    return "_user_id" not in session or bool(age > current_app.config["WORKING_DAY"].total_seconds())


def session_left() -> int:
    """For how many seconds this request's session lasts."""
    age = clock.now().timestamp() - session.get("since", 0)
    return max(0, int(current_app.config["WORKING_DAY"].total_seconds() - age))


def entered(user: Person, *, tries: int = 1) -> None:
    """Notes that somebody is let in, by the page or for a token, after so many `tries`, and forgets those before."""

    def work(session: Session) -> None:
        forget_tries(session, user.username, request.remote_addr or "", tries)
        write(session, ENTERED, id=user.id, at=clock.now().replace(tzinfo=None))
        note(session, "signed_in", user.username, actor=user.actor_id)

    deed(work)


def _named(pages: Session, name: str) -> Person | None:
    """The user of this name, else of this e-mail; letter case is all one."""
    low = name.lower()
    its = func.lower(Person.username) == low
    statement = select(Person).where(its | (func.lower(Person.email) == low)).order_by(its.desc()).limit(1)
    found: Person | None = pages.scalar(statement)
    return found


def _count(named: Person | None, typed: str) -> None:
    """Counts a try for an account, however it was called; the first one too many is noted."""
    try:
        count_try(named.username if named else typed, request.remote_addr or "")
    except TooManyTries as refusal:
        if refusal.newly:
            deed(lambda work: _note_refusal(work, named, "too_many_tries"))
        raise


def _note_refusal(work: Session, named: Person | None, reason: str) -> None:
    # What nobody is called is not kept: people type their password into the wrong field.
    note(work, "sign_in_refused", named.username if named else "", reason=reason)


def _possible(text: str | None) -> bool:
    """Whether this can be somebody's name or password at all."""
    return bool(text) and len(text or "") <= LONGEST and storable(text or "")
