"""Signing in and being let in: the framework's security manager with our users, roles, limits and session epoch."""

from typing import Any, ClassVar

from flask import flash, g, jsonify, redirect, request, session, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.api import SecurityApi
from flask_appbuilder.security.decorators import no_cache
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.views import AuthDBView
from flask_appbuilder.utils.base import get_safe_redirect
from flask_babel import gettext, lazy_gettext
from flask_jwt_extended import JWTManager, create_access_token
from flask_login import LoginManager, current_user, logout_user
from flask_wtf import FlaskForm
from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import BadRequest, TooManyRequests, Unauthorized, UnprocessableEntity
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.domain.kernel.errors import Invalid
from app.domain.kernel.unit import deed
from app.web import roles
from app.web.audit import note
from app.web.entrance import begin_session, code_fits, entered, half_way, judged, session_ended, stop_half_way
from app.web.kit.callers import OF_PROGRAMS
from app.web.kit.rest.errors import body
from app.web.kit.rights import mine
from app.web.passwords import set_password
from app.web.people import Person
from app.web.second_step import is_on
from app.web.tries import TooManyTries

# Of roles and groups there are few, so that one statement brings them all.
PERSON = (
    select(Person).where(Person.id == bindparam("id")).options(joinedload(Person.roles), joinedload(Person.groups))
)  # fmt: skip


class TokenApi(SecurityApi):
    """Tokens for name and password, under the same count of tries as the page."""

    openapi_spec_tag = "security"

    # A token ends with the working day, and at once with whatever ends sessions: nothing to be renewed.
    exclude_route_methods: ClassVar = {"refresh"}

    @expose("/login", methods=["POST"])
    def login(self) -> Any:
        """A token for a name and a password.
        ---
        post:
          operationId: security.login
          security: []
          requestBody:
            required: true
            content:
              application/json:
                schema:
                  required: [username, password]
                  properties:
                    username: {type: string}
                    password: {type: string}
                    provider: {type: string, enum: [db]}
                    code: {type: string, description: "Of the second step, where the user has turned it on."}
          responses:
            200:
              description: "Send it as `Authorization: Bearer …`."
              content:
                application/json:
                  schema: {type: object, properties: {access_token: {type: string}}}
            400: {description: The body is not JSON.}
            401: {description: "The name and the password do not fit, or (`code_needed`) a code is to be sent too."}
            422: {description: A value is missing or of another type.}
            429: {description: Too many tries.}
        """
        asked = _credentials()
        user = self._user(asked)
        if is_on(self.appbuilder.session, user.id):
            if "code" not in asked:
                needed = gettext("This user signs in with a code too: send the one that their app shows as code.")
                return jsonify(body("code_needed", str(needed), {})), 401
            self._check_code(user, asked["code"])
        entered(user)
        return jsonify(access_token=create_access_token(identity=str(user.id), fresh=True))

    def _user(self, asked: dict[str, str]) -> Person:
        try:
            user: Person | None = self.appbuilder.sm.auth_user_db(asked["username"], asked["password"])
        except TooManyTries as refusal:
            raise TooManyRequests(wait(refusal)) from None
        if user is None:
            raise Unauthorized(gettext("This name and password do not fit. Try again."))
        return user

    def _check_code(self, user: Person, code: str) -> None:
        try:
            # The try was counted with the password, and stays so unless both are right.
            fits = code_fits(user, code, counted=True)
        except Invalid as refusal:
            raise Unauthorized(str(refusal)) from None
        if not fits:
            raise Unauthorized(gettext("This code does not fit, or was used before."))


def _credentials() -> dict[str, str]:
    """Name and password from the body of a request for a token."""
    try:
        given = request.get_json()
    except RecursionError:
        raise BadRequest(gettext("The body is nested too deeply.")) from None
    if not isinstance(given, dict):
        raise UnprocessableEntity(gettext("Send an object with username and password."))
    asked = {"provider": "db", **given}
    for name in ("username", "password", "provider", "code"):
        if not isinstance(asked.get(name, "" if name == "code" else None), str):
            raise UnprocessableEntity(gettext("%(name)s must be a text.", name=name))
    if asked["provider"] != "db":
        raise UnprocessableEntity(gettext("provider can only be db."))
    return asked


def wait(refusal: TooManyTries) -> str:
    """What to tell somebody who has to wait."""
    return str(gettext("Too many tries. Wait %(minutes)s minutes and try again.", minutes=refusal.minutes))


class CodeForm(FlaskForm):
    """The second step."""

    code = StringField(lazy_gettext("Code"), validators=[DataRequired(), Length(max=40)])


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
            then = get_safe_redirect(request.args.get("next") or self.appbuilder.get_url_for_index)
            if user and is_on(self.appbuilder.session, user.id):
                stop_half_way(user, then)
                return redirect(url_for(".code"))
            if user:
                begin_session(user)
                return redirect(then)
        return self.render_template(self.login_template, title=lazy_gettext("Sign in"), form=form)

    def _signed_in(self, form: Any) -> Person | None:
        try:
            user: Person | None = self.appbuilder.sm.auth_user_db(form.username.data, form.password.data)
        except TooManyTries as refusal:
            flash(wait(refusal), "danger")
            return None
        if user is None:
            flash(gettext("This name and password do not fit. Try again."), "danger")
        return user

    @expose("/login/code", methods=["GET", "POST"])
    @no_cache
    def code(self) -> Any:
        """The second step, for whoever gave their password a moment ago in this browser."""
        known = half_way(self.appbuilder.session)
        if known is None or current_user.is_authenticated:
            return redirect(self.appbuilder.get_url_for_login)
        form = CodeForm()
        if form.validate_on_submit() and self._accepted(known.user, form.code.data):
            begin_session(known.user, tries=2)
            return redirect(known.then)
        return self.render_template("stockbook/sign_in_code.html", title=lazy_gettext("Sign in"), form=form)

    def _accepted(self, user: Person, code: str) -> bool:
        try:
            if code_fits(user, code):
                return True
            flash(gettext("This code does not fit, or was used before."), "danger")
        except TooManyTries as refusal:
            flash(wait(refusal), "danger")
        except Invalid as refusal:
            flash(str(refusal), "danger")
        return False

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Any:
        if current_user.is_authenticated:
            name = current_user.username
            deed(lambda work: note(work, "signed_out", name))
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
        """The user of a session, unless it is a working day old or their password changed after it began.

        The API knows no sessions: what a browser sends by itself must not act there.
        """
        if request.path.startswith(OF_PROGRAMS):
            return None
        identity, _, epoch = str(pk).partition(".")
        if session_ended():
            return None
        user = self._user(identity)
        return user if user and user.active and str(user.epoch) == epoch else None

    def load_user_jwt(self, _jwt_header: Any, jwt_data: dict[str, Any]) -> Person | None:
        user = self._user(jwt_data["sub"])
        return user if user and user.active and user.epoch == jwt_data.get("epoch") else None

    def _user(self, identity: str) -> Person | None:
        if not identity.isdecimal():
            return None
        found: Person | None = self.session.scalars(PERSON, {"id": int(identity)}).unique().first()
        return found

    def _claims(self, identity: str) -> dict[str, Any]:
        user = self._user(identity)
        return {"epoch": user.epoch if user else None}

    # Letting in

    def auth_user_db(self, username: str, password: str) -> Person | None:
        return judged(self.session, username, password)

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
