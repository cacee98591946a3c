"""Everybody's own account: what the program knows of oneself, a new password, and the second step of signing in."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.forms import DynamicForm
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user, login_required
from sqlalchemy.orm import Session
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import AnyOf, DataRequired, EqualTo, Length, Regexp

from app.domain.kernel.errors import Invalid
from app.domain.kernel.unit import deed
from app.web import second_step
from app.web.entrance import proved
from app.web.passwords import LONGEST
from app.web.people import Person
from app.web.security import wait
from app.web.tries import TooManyTries
from app.web.users import WANTED


class PasswordForm(DynamicForm):
    current = PasswordField(_("Password until now"), validators=[DataRequired(), Length(max=LONGEST)])
    password = PasswordField(_("New password"), validators=[DataRequired(), Length(max=LONGEST)], description=WANTED)
    again = PasswordField(
        _("The new one again"), validators=[DataRequired(), EqualTo("password", _("The two are not the same."))]
    )


class SecondStepForm(DynamicForm):
    current = PasswordField(_("Your password"), validators=[DataRequired(), Length(max=LONGEST)])
    code = StringField(
        _("Code"), validators=[DataRequired(), Length(max=40)], description=_("Six digits, as the app shows them now.")
    )
    secret = HiddenField(validators=[Regexp("^([A-Z2-7]{32})?$")])
    # What the page offered: sent again, it is not taken for the other one.
    wanted = HiddenField(validators=[AnyOf(("on", "off"))])


class AccountPage(BaseView):
    """Open to whoever is signed in."""

    route_base = "/account"
    default_view = "index"

    @expose("/", methods=["GET", "POST"])
    @login_required
    def index(self) -> Any:
        form = PasswordForm()
        if request.method == "POST" and form.validate() and self._changed(form):
            flash(gettext("The password is changed. Sign in with the new one."), "success")
            return redirect(url_for("SignInView.login"))
        page = self.render_template("stockbook/account.html", form=form, person=current_user, has_code=self._has_code())
        return page, 422 if request.method == "POST" else 200

    @expose("/code", methods=["GET", "POST"])
    @login_required
    def code(self) -> Any:
        """Turns the second step on or off, for whoever knows the password and has the telephone in their hand."""
        form, on = SecondStepForm(), self._has_code()
        if request.method == "POST" and form.validate():
            if on is (form.wanted.data == "on"):
                flash(_done_before(on=on), "info")
                return redirect(url_for(".index"))
            codes = self._turned(form, on=on)
            if codes:
                return self.render_template(
                    "stockbook/recovery_codes.html", title=gettext("Recovery codes"), codes=codes
                )
            if codes is not None:
                flash(gettext("The second step is off."), "success")
                return redirect(url_for(".index"))
        form.wanted.data = "off" if on else "on"
        if not on:
            form.secret.data = (
                second_step.new_secret() if form.secret.errors else form.secret.data or second_step.new_secret()
            )
        page = self.render_template(
            "stockbook/account_code.html", title=gettext("Second step when signing in"), form=form, on=on,
            picture="" if on else second_step.picture(form.secret.data, current_user.username),
        )  # fmt: skip
        return page, 422 if request.method == "POST" else 200

    def _has_code(self) -> bool:
        return second_step.is_on(self.appbuilder.session, current_user.id)

    def _turned(self, form: Any, *, on: bool) -> list[str] | None:
        """The recovery codes of a second step that is on now, none where it is off; None where the form is refused."""
        if not _proved(form, form.code.data if on else None):
            return None

        def work(session: Session) -> list[str]:
            person = session.get_one(Person, current_user.id, with_for_update=True)
            if on:
                second_step.turn_off(session, person)
                return []
            return second_step.turn_on(session, person, form.secret.data or "", form.code.data)

        try:
            return deed(work)
        except Invalid as refusal:
            form.code.errors = [*form.code.errors, str(refusal)]
            return None

    def _changed(self, form: Any) -> bool:
        """Whether the password is another one now; the form says why where it is not."""
        if not _proved(form, None):
            return False
        try:
            self.appbuilder.sm.reset_password(current_user.id, form.password.data)
        except Invalid as refusal:
            form.password.errors = [*form.password.errors, str(refusal)]
            return False
        return True


def _done_before(*, on: bool) -> str:
    if on:
        return gettext(
            "The second step is on already. Whoever has not seen the recovery codes turns it off, and on again."
        )
    return gettext("The second step is off already.")


def _proved(form: Any, code: str | None) -> bool:
    """Whether it is really they: the password, and a code where one is asked; the form says what is wrong."""
    try:
        wrong = proved(current_user, form.current.data, code)
    except TooManyTries as refusal:
        wrong = wait(refusal)
    except Invalid as refusal:
        wrong = str(refusal)
    if wrong:
        form.current.errors = [*form.current.errors, wrong]
    return not wrong
