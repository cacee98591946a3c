"""The commands: `flask setup`, `user`, `import`, `export`, `check`, `export-ledger`, `expire-reservations`, `demo`,
`trade`, `worker`, `backup`, `restore`.
"""

import gzip
import importlib.util
import sys
from functools import partial
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import Migrate
from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import deed, open_session, reading
from app.domain.ledger.posting_rules import complete_rules
from app.domain.stock.expiry import expire_reservations
from app.place import CHECKOUT, home, make_folder
from app.reports.ledger_export import export_ledger
from app.web import roles
from app.web.audit import note
from app.web.backup_commands import backup, restore
from app.web.csv_commands import bring_in, command_line, progress, take_out
from app.web.user_commands import users
from app.web.worker import worker

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
    for command in (setup, users, bring_in, take_out, check, export, expire, demo, trade, worker, backup, restore):
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


@click.command()
@with_appcontext
def check() -> None:
    """Proves what must always be true, and lists what breaks it."""
    sys.exit(0 if _prove() else 1)


def _prove() -> bool:
    """Runs every proof and tells each as soon as it is done; whether all hold."""
    from app.domain.proof import prove_everything

    def tell(found: Any) -> None:
        click.echo(f"{'ok    ' if found.ok else 'BROKEN'} {found.seconds:7.2f} s  {found.sentence}")
        for offender in found.offenders:
            click.echo(f"         {offender}")
        if found.count > len(found.offenders):
            click.echo(f"         and {found.count - len(found.offenders):,} more")

    broken = [found for found in prove_everything(tell) if not found.ok]
    click.echo(f"{len(broken)} of the proofs fail." if broken else "Everything holds.")
    return not broken


@click.command("export-ledger")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_appcontext
def export(file: Path) -> None:
    """Writes the whole ledger to a file that `python3 app/verify_chain.py FILE` proves without this program."""
    unfinished = file.with_name(f"{file.name}.part")
    with (
        open_session() as session,
        gzip.open(unfinished, "wt", encoding="utf-8")
        if file.suffix == ".gz"
        else (unfinished.open("w", encoding="utf-8")) as out,
    ):
        write(session, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        with progress(export_ledger(session), "Writing") as lines:
            out.writelines(f"{line}\n" for line in lines)
    deed(lambda session: note(session, "exported", "ledger", filter={"file": str(file)}))
    unfinished.replace(file)
    click.echo(f"Written: {file}")


@click.command("expire-reservations")
@with_appcontext
def expire() -> None:
    """Gives goods that were held for longer than their warehouse's days to the next in line; once a day is enough."""

    def work(session: Session) -> int:
        return len(expire_reservations(session, by=command_line(session), on=company(session).today()))

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
            told = replay(path, by=deed(command_line), reject_path=rejects, progress=partial(_advance, bar))
    except DomainError as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo("\n".join([*told.told(), f"Lines not taken, with their reasons: {rejects}"]))
    sys.exit(0 if _prove() and not told.differences else 1)


def _advance(bar: Any, done: int, total: int) -> None:
    bar.length = total
    bar.update(done - bar.pos)


def _optional(name: str) -> Any:
    """A part of the program that an installation may leave out."""
    if importlib.util.find_spec(name) is None:
        click.echo("There is no demo in this installation.")
        return None
    return importlib.import_module(name)
