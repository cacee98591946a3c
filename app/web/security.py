"""Signing in and being let in: the framework's security manager with our users, roles, limits and session epoch."""

import hashlib
from datetime import timedelta
from typing import Any

from flask import current_app, flash, g, redirect, request, session
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.api import SecurityApi
from flask_appbuilder.security.decorators import no_cache
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.views import AuthDBView
from flask_appbuilder.utils.base import get_safe_redirect
from flask_babel import gettext, lazy_gettext
from flask_jwt_extended import JWTManager
from flask_login import LoginManager, login_user, logout_user
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from werkzeug.security import generate_password_hash

from app.domain.kernel import clock
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import deed
from app.web import roles
from app.web.kit.rights import mine
from app.web.people import Person

WINDOW = timedelta(minutes=15)
TRIES_PER_ACCOUNT = 10
TRIES_PER_ADDRESS = 100

COUNT_TRY = """
INSERT INTO sign_in_count AS counted (key, tries, since)
SELECT key, 1, %(at)s FROM unnest(%(keys)s::text[]) AS key ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    tries = CASE WHEN counted.since < %(oldest)s THEN 1 ELSE counted.tries + 1 END,
    since = CASE WHEN counted.since < %(oldest)s THEN %(at)s ELSE counted.since END
RETURNING key, tries, since
"""
FORGET = "DELETE FROM sign_in_count WHERE key = %(key)s OR since < %(oldest)s"
TAKE_BACK = "UPDATE sign_in_count SET tries = tries - 1 WHERE key = %(key)s AND tries > 0"


class TooManyTries(Exception):
    """Somebody has to wait before the next try; `minutes` says how long."""

    def __init__(self, minutes: int) -> None:
        super().__init__(minutes)
        self.minutes = minutes


def count_try(account: str, address: str) -> None:
    """Counts a try to sign in before it is made; raises TooManyTries where the account or the address had enough."""
    limits = {_account_key(account): TRIES_PER_ACCOUNT, f"address:{address}": TRIES_PER_ADDRESS}
    at = clock.now()
    rows = deed(lambda work: read(work, COUNT_TRY, keys=list(limits), at=at, oldest=at - WINDOW))
    waits = [row.since + WINDOW - at for row in rows if row.tries > limits[row.key]]
    if waits:
        raise TooManyTries(int(max(waits).total_seconds() // 60) + 1)


def forget_tries(account: str, address: str) -> None:
    """After a success the account begins anew, the address has one try less, and counts that are over go."""

    def forget(work: Session) -> None:
        write(work, FORGET, key=_account_key(account), oldest=clock.now() - WINDOW)
        write(work, TAKE_BACK, key=f"address:{address}")

    deed(forget)


def _account_key(account: str) -> str:
    return "account:" + hashlib.sha256(account.strip().lower().encode()).hexdigest()


class TokenApi(SecurityApi):
    """Tokens for name and password, under the same count of tries as the page."""

    @expose("/login", methods=["POST"])
    def login(self) -> Any:
        # Past the framework's wrapper, which would turn every refusal into a fault of ours.
        try:
            return SecurityApi.login.__wrapped__(self)
        except TooManyTries as refusal:
            return self.response(429, message=f"Too many tries. Wait {refusal.minutes} minutes and try again.")


class SignInView(AuthDBView):
    """The page to sign in; signing out is a button, never a link that somebody else can make one follow."""

    @expose("/login/", methods=["GET", "POST"])
    @no_cache
    def login(self) -> Any:
        if g.user is not None and g.user.is_authenticated:
            return redirect(self._get_safe_next_url())
        form = LoginForm_db()
        if form.validate_on_submit():
            user = self._signed_in(form)
            if user:
                login_user(user, remember=False)
                session.permanent = True
                return redirect(get_safe_redirect(request.args.get("next") or self.appbuilder.get_url_for_index))
        return self.render_template(self.login_template, title=lazy_gettext("Sign in"), form=form)

    def _signed_in(self, form: Any) -> Person | None:
        try:
            user: Person | None = self.appbuilder.sm.auth_user_db(form.username.data, form.password.data)
        except TooManyTries as refusal:
            flash(gettext("Too many tries. Wait %(minutes)s minutes and try again.", minutes=refusal.minutes), "danger")
            return None
        if user is None:
            flash(gettext("This name and password do not fit. Try again."), "danger")
        return user

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Any:
        logout_user()
        session.clear()
        return redirect(self.appbuilder.get_url_for_login)


class Security(SecurityManager):
    """The framework's manager; what a user may is worked out once for a request and costs no statement per question."""

    user_model = Person
    authdbview = SignInView
    security_api = TokenApi
    userstatschartview = None

    @staticmethod
    def create_builtin_roles() -> dict[str, list[list[str]]]:
        return roles.framework_roles()

    def create_login_manager(self, app: Any) -> LoginManager:
        manager = super().create_login_manager(app)
        manager.login_view = "SignInView.login"
        manager.login_message = None
        return manager

    def create_jwt_manager(self, app: Any) -> JWTManager:
        manager = super().create_jwt_manager(app)
        manager.additional_claims_loader(self._claims)
        return manager

    def register_views(self) -> None:
        """Only signing in and tokens come from the framework; users and roles have screens of ours."""
        from app.web.users import RoleView, UserView

        self.auth_view = self.authdbview()
        self.appbuilder.add_view_no_menu(self.auth_view)
        self.appbuilder.add_api(self.security_api)
        self.user_view = self.appbuilder.add_view_no_menu(UserView)
        self.appbuilder.add_view_no_menu(RoleView)

    # Who somebody is

    def load_user(self, pk: Any) -> Person | None:
        """The user of a session, unless their password changed after it began."""
        identity, _, epoch = str(pk).partition(".")
        user = self._user(identity)
        return user if user and user.active and str(user.epoch) == epoch else None

    def load_user_jwt(self, _jwt_header: Any, jwt_data: dict[str, Any]) -> Person | None:
        user = self._user(jwt_data["sub"])
        if user is None or not user.active or user.epoch != jwt_data.get("epoch"):
            return None
        g.user = user
        return user

    def _user(self, identity: str) -> Person | None:
        if not identity.isdecimal():
            return None
        statement = select(Person).where(Person.id == int(identity))
        found: Person | None = self.session.scalar(
            statement.options(selectinload(Person.roles), selectinload(Person.groups))
        )
        return found

    def _claims(self, identity: str) -> dict[str, Any]:
        user = self._user(identity)
        return {"epoch": user.epoch if user else None}

    # Letting in

    def auth_user_db(self, username: str, password: str) -> Person | None:
        """Whoever this name and password belong to; TooManyTries where it was tried too often."""
        if not username or "\x00" in username or "\x00" in (password or ""):
            return None
        count_try(username, request.remote_addr or "")
        user: Person | None = super().auth_user_db(username, password)
        if user:
            forget_tries(username, request.remote_addr or "")
        return user

    def reset_password(self, userid: int, password: str) -> None:
        """Changes a password, which ends every session and token of before."""
        deed(lambda work: set_password(work.get_one(Person, userid), password))

    def _has_view_access(self, user: Any, permission_name: str, view_name: str) -> bool:
        return (permission_name, view_name) in mine().pairs

    def has_access(self, permission_name: str, view_name: str) -> bool:
        return (permission_name, view_name) in mine().pairs

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        return False

    def get_public_permissions(self) -> list[Any]:
        return []


def set_password(user: Person, password: str) -> None:
    """Gives a loaded user another password and ends the sessions of before."""
    user.password = password_hash(password)
    user.epoch = (user.epoch or 0) + 1


def password_hash(password: str) -> str:
    """How a password is kept."""
    return generate_password_hash(password, method=current_app.config.get("FAB_PASSWORD_HASH_METHOD", "scrypt"))
