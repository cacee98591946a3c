"""`flask user`: who may sign in, for whoever has the server: add, list, password, deactivate, reset-code, roles."""

from collections.abc import Callable, Mapping
from typing import Any

import click
from flask.cli import AppGroup
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.kernel.document import Actor
from app.domain.kernel.errors import Invalid
from app.domain.kernel.unit import deed, reading
from app.domain.stock.models import Warehouse
from app.domain.treasury.models import CashDesk
from app.web.passwords import set_password, storable
from app.web.people import Person
from app.web.second_step import is_on, turn_off

users = AppGroup("user", help="Adds, lists and deactivates users, and changes passwords and roles.")
MANY_ROLES = "Name of a role; may be given more than once."


@users.command("add")
@click.argument("username")
@click.option("--name", default="", help="First and last name.")
@click.option("--email", default="")
@click.option("--role", "role_names", multiple=True, required=True, help=MANY_ROLES)
@click.option("--warehouse", "warehouses", multiple=True, help="Code of a warehouse that is the user's own.")
@click.option("--cash-desk", "cash_desks", multiple=True, help="Code of a cash desk that is the user's own.")
@click.password_option()
def add_user(username: str, **details: Any) -> None:
    """Adds a user. Without --password it is asked for."""
    deed(lambda session: new_user(session, username, **details))
    click.echo(f"{username} can sign in.")


@users.command("list")
def list_users() -> None:
    """Lists the users: name to sign in with, whether they may, roles, own warehouses and cash desks."""
    with reading() as session:
        for person in session.scalars(select(Person).order_by(func.lower(Person.username))):
            places = [place.code for place in (*person.warehouses, *person.cash_desks)]
            click.echo(
                f"{person.username:<20} {'active' if person.active else 'deactivated':<12} "
                f"{', '.join(sorted(role.name for role in person.roles)) or '-':<30} {', '.join(places)}".rstrip()
            )


@users.command("password")
@click.argument("username")
@click.password_option()
def change_password(username: str, password: str) -> None:
    """Gives a user another password, which ends their sessions. Without --password it is asked for."""
    _change(username, lambda session, person: _give_password(person, password))
    click.echo(f"The password of {username} is changed, and their sessions have ended.")


@users.command("deactivate")
@click.argument("username")
def deactivate_user(username: str) -> None:
    """Lets a user in no more and ends their sessions. The users' page lets them in again."""

    def work(session: Session, person: Person) -> None:
        person.active = False
        person.epoch += 1

    _change(username, work)
    click.echo(f"{username} is let in no more.")


@users.command("reset-code")
@click.argument("username")
def reset_code(username: str) -> None:
    """Turns off the second step of a user who has lost their telephone and their recovery codes."""

    def work(session: Session, person: Person) -> bool:
        found = is_on(session, person.id)
        if found:
            turn_off(session, person)
        return found

    if not _change(username, work):
        raise click.ClickException(f"{username} has no second step.")
    click.echo(f"The password alone lets {username} in again.")


@users.command("roles")
@click.argument("username")
@click.option("--role", "role_names", multiple=True, help=MANY_ROLES)
@click.option("--none", is_flag=True, help="Takes every role away.")
def change_roles(username: str, role_names: tuple[str, ...], *, none: bool) -> None:
    """Gives a user exactly these roles; without --role it shows what they have."""
    if none and role_names:
        raise click.ClickException("Give either --role or --none.")

    def work(session: Session, person: Person) -> str:
        if none or role_names:
            person.roles = _roles(session, role_names)
        return ", ".join(sorted(role.name for role in person.roles))

    click.echo(_change(username, work) or "no role")


def _change(username: str, work: Callable[[Session, Person], Any]) -> Any:
    """Does something to a user in a deed; ClickException where there is none of this name."""

    def found(session: Session) -> Any:
        its = func.lower(Person.username) == username.lower()
        person = session.scalar(select(Person).where(its)) if storable(username) else None
        if person is None:
            raise click.ClickException(f"There is no user {username}: `flask user list` names them.")
        return work(session, person)

    return deed(found)


def new_user(
    session: Session, username: str, *, password: str, role_names: Any, name: str = "", email: str = "",
    warehouses: Any = (), cash_desks: Any = (),
) -> Person:  # fmt: skip
    """Adds a user with their actor; raises ClickException for what does not exist, is taken, or is no good password."""
    first, _, last = (name or username).partition(" ")
    texts = {"username": username, "first_name": first, "last_name": last, "email": email or username}
    _check_texts(texts)
    if session.scalar(select(Person.id).where(func.lower(Person.username) == username.lower())):
        raise click.ClickException(f"There is a user {username} already.")
    person = Person(**texts, active=True)
    person.actor = Actor(name=person.get_full_name().strip())
    person.roles = _roles(session, role_names)
    person.warehouses = _by_code(session, Warehouse, warehouses)
    person.cash_desks = _by_code(session, CashDesk, cash_desks)
    _give_password(person, password)
    session.add(person)
    session.flush()
    return person


def _check_texts(texts: Mapping[str, str]) -> None:
    if not texts["username"].strip():
        raise click.ClickException("A user has a name to sign in with.")
    for name, text in texts.items():
        longest = Person.__table__.columns[name].type.length
        if not storable(text):
            raise click.ClickException("A text contains a character that cannot be stored.")
        if len(text) > longest:
            raise click.ClickException(f"{name.replace('_', ' ')}: at most {longest} characters.")


def _give_password(person: Person, password: str) -> None:
    try:
        set_password(person, password)
    except Invalid as refusal:
        raise click.ClickException(str(refusal)) from None


def _roles(session: Session, names: Any) -> list[Role]:
    known = {role.name: role for role in session.scalars(select(Role))}
    if strange := [name for name in names if name not in known]:
        raise click.ClickException(f"There is no role {strange[0]}: there are {', '.join(sorted(known))}.")
    return [known[name] for name in dict.fromkeys(names)]


def _by_code(session: Session, model: Any, codes: Any) -> list[Any]:
    found = list(session.scalars(select(model).where(func.upper(model.code).in_([code.upper() for code in codes]))))
    if len(found) < len({code.upper() for code in codes}):
        raise click.ClickException(f"Not every one of {', '.join(codes)} exists.")
    return found
