"""The commands: `flask setup`, `user`, `check`, `export-ledger`, `expire-reservations`, `demo`, `trade`."""

import gzip
import importlib.util
import sys
from functools import partial
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from flask_appbuilder.security.sqla.models import Role
from flask_migrate import Migrate
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.document import Actor
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import deed, open_session, reading
from app.domain.ledger.posting_rules import complete_rules
from app.domain.stock.expiry import expire_reservations
from app.place import CHECKOUT, home, make_folder
from app.reports.ledger_export import export_ledger
from app.web import roles
from app.web.people import Person
from app.web.security import set_password

ADD_NAMES = """
INSERT INTO {table} (id, name)
SELECT nextval('{table}_id_seq'), name FROM unnest(%(names)s::text[]) AS name ON CONFLICT (name) DO NOTHING
"""
ADD_PAIRS = """
INSERT INTO ab_permission_view (id, permission_id, view_menu_id)
SELECT nextval('ab_permission_view_id_seq'), permission.id, view_menu.id
FROM unnest(%(permissions)s::text[], %(resources)s::text[]) AS pair (permission, resource)
JOIN ab_permission permission ON permission.name = pair.permission
JOIN ab_view_menu view_menu ON view_menu.name = pair.resource
WHERE NOT EXISTS (SELECT FROM ab_permission_view old
                  WHERE old.permission_id = permission.id AND old.view_menu_id = view_menu.id)
"""


def register(app: Flask) -> None:
    """Makes the commands known."""
    Migrate(app, app.extensions["sqlalchemy"], directory=str(CHECKOUT / "migrations"))
    for command in (setup, users, check, export, expire, demo, trade):
        app.cli.add_command(command)


@click.command()
@with_appcontext
def setup() -> None:
    """Makes the roles that ship and the permissions that they are made of; once more changes nothing.

    It runs before every start, and so refuses books in which an event would find no account.
    """
    deed(set_up)
    with reading() as session:
        missing = complete_rules(session) if read(session, "SELECT FROM company") else []
    if missing:
        raise click.ClickException("The posting rules are not complete:\n" + "\n".join(missing))


def set_up(session: Session) -> None:
    """Adds what is missing; roles that somebody made, and what they may, stay."""
    pairs = sorted(roles.every_pair())
    permissions, resources = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    write(session, ADD_NAMES.format(table="ab_role"), names=list(roles.ROLES))
    write(session, ADD_NAMES.format(table="ab_permission"), names=sorted(set(permissions)))
    write(session, ADD_NAMES.format(table="ab_view_menu"), names=sorted(set(resources)))
    write(session, ADD_PAIRS, permissions=permissions, resources=resources)


users = AppGroup("user", help="Adds users and changes passwords.")


@users.command("add")
@click.argument("username")
@click.option("--name", default="", help="First and last name.")
@click.option("--email", default="")
@click.option("--role", "role_names", multiple=True, required=True, type=click.Choice(roles.ROLES))
@click.option("--warehouse", "warehouses", multiple=True, help="Code of a warehouse that is the user's own.")
@click.option("--cash-desk", "cash_desks", multiple=True, help="Code of a cash desk that is the user's own.")
@click.password_option()
def add_user(username: str, **details: Any) -> None:
    """Adds a user."""
    deed(lambda session: new_user(session, username, **details))


@users.command("password")
@click.argument("username")
@click.password_option()
def change_password(username: str, password: str) -> None:
    """Gives a user another password, which ends their sessions."""

    def work(session: Session) -> None:
        found = session.scalar(select(Person).where(func.lower(Person.username) == username.lower()))
        if found is None:
            raise click.ClickException(f"There is no user {username}.")
        set_password(found, password)

    deed(work)


def new_user(
    session: Session, username: str, *, password: str, role_names: Any, name: str = "", email: str = "",
    warehouses: Any = (), cash_desks: Any = (),
) -> Person:  # fmt: skip
    """Adds a user with their actor; raises ClickException for codes that do not exist and names that are taken."""
    if session.scalar(select(Person.id).where(func.lower(Person.username) == username.lower())):
        raise click.ClickException(f"There is a user {username} already.")
    first, _, last = (name or username).partition(" ")
    person = Person(username=username, first_name=first, last_name=last, email=email or username, active=True)
    person.actor = Actor(name=person.get_full_name().strip())
    person.roles = list(session.scalars(select(Role).where(Role.name.in_(role_names))))
    person.warehouses = _by_code(session, "Warehouse", warehouses)
    person.cash_desks = _by_code(session, "CashDesk", cash_desks)
    set_password(person, password)
    session.add(person)
    session.flush()
    return person


def _by_code(session: Session, kind: str, codes: Any) -> list[Any]:
    from app.domain.stock.models import Warehouse
    from app.domain.treasury.models import CashDesk

    model: Any = {"Warehouse": Warehouse, "CashDesk": CashDesk}[kind]
    found = list(session.scalars(select(model).where(func.upper(model.code).in_([code.upper() for code in codes]))))
    if len(found) < len(set(codes)):
        raise click.ClickException(f"Not every one of {', '.join(codes)} exists.")
    return found


@click.command()
@with_appcontext
def check() -> None:
    """Proves what must always be true, and lists what breaks it."""
    sys.exit(0 if _prove() else 1)


def _prove() -> bool:
    """Runs every proof and tells each as soon as it is done; whether all hold."""
    from app.domain.proof import run_checks

    def tell(found: Any) -> None:
        click.echo(f"{'ok    ' if found.ok else 'BROKEN'} {found.seconds:7.2f} s  {found.sentence}")
        for offender in found.offenders:
            click.echo(f"         {offender}")
        if found.count > len(found.offenders):
            click.echo(f"         and {found.count - len(found.offenders):,} more")

    broken = [found for found in run_checks(tell) if not found.ok]
    click.echo(f"{len(broken)} of the proofs fail." if broken else "Everything holds.")
    return not broken


@click.command("export-ledger")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_appcontext
def export(file: Path) -> None:
    """Writes the whole ledger to a file that `python3 app/verify_chain.py FILE` proves without this program."""
    unfinished = file.with_name(f"{file.name}.part")
    with open_session() as session, gzip.open(unfinished, "wt", encoding="utf-8") if file.suffix == ".gz" else (
        unfinished.open("w", encoding="utf-8")
    ) as out:
        write(session, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        out.writelines(f"{line}\n" for line in export_ledger(session))
    unfinished.replace(file)
    click.echo(f"Written: {file}")


@click.command("expire-reservations")
@with_appcontext
def expire() -> None:
    """Gives goods that were held for longer than their warehouse's days to the next in line; once a day is enough."""

    def work(session: Session) -> int:
        return len(expire_reservations(session, by=_command_line(session), on=company(session).today()))

    click.echo(f"Orders whose reservations lapsed: {deed(work)}")


@click.command()
@with_appcontext
def demo() -> None:
    """Fills an empty database with a small company."""
    seed = _optional("app.web.demo")
    if seed is not None:
        seed.seed_demo()


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_appcontext
def trade(file: Path) -> None:
    """Replays an export of real trade through the same actions that people use, and proves what came of it."""
    from app.domain.intake.trade import replay

    path = file if file.exists() else current_app.config["STOCKBOOK_DATA"] / file
    if not path.exists():
        raise click.ClickException(f"There is no file {file}.")
    rejects = make_folder(home()) / f"{path.stem}.rejects.csv"
    deed(set_up)
    try:
        with click.progressbar(length=1, label="Replaying") as bar:
            told = replay(path, by=deed(_command_line), reject_path=rejects, progress=partial(_advance, bar))
    except DomainError as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo("\n".join([*told.told(), f"Lines not taken, with their reasons: {rejects}"]))
    sys.exit(0 if _prove() and not told.differences else 1)


def _advance(bar: Any, done: int, total: int) -> None:
    bar.length = total
    bar.update(done - bar.pos)


def _command_line(session: Session) -> int:
    """The actor of commands."""
    found = read(session, "SELECT id FROM actor WHERE kind = 'command' ORDER BY id LIMIT 1")
    if found:
        return int(found[0].id)
    actor = Actor(name="command line", kind="command")
    session.add(actor)
    session.flush()
    return actor.id


def _optional(name: str) -> Any:
    """A part of the program that an installation may leave out."""
    if importlib.util.find_spec(name) is None:
        click.echo("There is no demo in this installation.")
        return None
    return importlib.import_module(name)
