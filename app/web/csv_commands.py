"""Commands for CSV: `flask import KIND FILE` and `flask export LIST`."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from flask import current_app, g
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from app.domain.intake.csv_import.files import Sheet, read_sheet, rejected_file
from app.domain.intake.csv_import.kinds import KINDS
from app.domain.intake.csv_import.plans import CHANGED, REJECTED, WHATS, Access, Outcome, Plan
from app.domain.intake.csv_import.uploads import check_all, telling
from app.domain.kernel.document import Actor
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed, preview
from app.web.audit import note
from app.web.importing import DocumentImport
from app.web.kit.documents import DocumentView
from app.web.kit.rights import Everything
from app.web.kit.views import MasterView

ROWS_TOLD = 20
# Lists that imports call otherwise than pages do.
CALLED = {"prices": "price-list-rows"}
FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command("import")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Tell what would change, and change nothing.")
@click.option("--good-rows", is_flag=True, help="Take the good rows where some are bad; else all are taken or none.")
@with_appcontext
def bring_in(kind: str, file: Path, *, dry_run: bool, good_rows: bool) -> None:
    """Imports a CSV file, as lists export it. What is rejected is written beside it; the exit code is then 1."""
    try:
        sheet = read_sheet(file.read_bytes())
        plan = _foreseen(kind, sheet)
        rejected = plan.counts[REJECTED]
        done = not dry_run and (good_rows or not rejected)
        if done:
            plan = deed(lambda session: _import(session, kind, file.name, sheet, everything=not good_rows))
    except DomainError as refusal:
        raise click.ClickException(str(refusal)) from None
    for row in [row for row in plan.rows if row.what == REJECTED or (dry_run and row.what == CHANGED)][:ROWS_TOLD]:
        click.echo(_told(row))
    click.echo(
        f"{', '.join(f'{plan.counts[what]:,} {what}' for what in WHATS)}.{'' if done else ' Nothing is stored.'}"
    )
    if plan.reasons:
        beside = file.with_name(f"{file.stem}.rejected.csv")
        beside.write_bytes(rejected_file(sheet, plan.reasons))
        click.echo(f"Rejected rows, with their reasons: {beside}")
    sys.exit(1 if plan.reasons else 0)


def _foreseen(kind: str, sheet: Sheet) -> Plan:
    found: list[Plan] = []
    return preview(
        lambda session: found.append(_run(session, kind, sheet, everything=False)), lambda _session: found[-1]
    )


def _run(session: Session, kind: str, sheet: Sheet, *, everything: bool) -> Plan:
    with progress(None, "Reading rows", len(sheet.rows)) as bar:
        rows = telling(sheet, lambda place: bar.update(place - bar.pos))
        plan = KINDS[kind].run(session, rows, Access(), by=command_line(session))
    check_all(plan, everything=everything)
    return plan


def _import(session: Session, kind: str, name: str, sheet: Sheet, *, everything: bool) -> Plan:
    plan = _run(session, kind, sheet, everything=everything)
    note(session, "imported", name, actor=command_line(session), kind=kind, counts=plan.counts)
    return plan


def _told(row: Outcome) -> str:
    changes = "; ".join(f"{column} {before or '–'} → {after or '–'}" for column, before, after in row.changes)
    return f"Row {row.number}, {row.key or '–'}: {row.reason or changes}"


@click.command("export")
@click.argument("name", metavar="LIST")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A file instead of the standard output.")
@click.option("--lines", is_flag=True, help="Documents that may still be changed, with lines, as an import takes them.")
@with_appcontext
def take_out(name: str, out: Path | None, *, lines: bool) -> None:
    """Writes a whole list as CSV, as its page exports it: products, customers, orders, …"""
    views = _with_lines() if lines else _lists()
    if name not in views:
        raise click.ClickException(f"There is no list {name}. There are: {', '.join(sorted(views))}.")
    view = views[name]
    with (
        current_app.test_request_context(f"{view.route_base}/", environ_base={"REMOTE_ADDR": "command line"}),
        progress(_pieces(view), "Writing") as pieces,
    ):
        if out is None:
            sys.stdout.buffer.writelines(pieces)
            return
        unfinished = out.with_name(f"{out.name}.part")
        with unfinished.open("wb") as file:
            file.writelines(pieces)
        unfinished.replace(out)
    click.echo(f"Written: {out}")


def _lists() -> dict[str, Any]:
    views = {
        view.route_base[1:]: view
        for view in current_app.extensions["appbuilder"].baseviews
        if isinstance(view, (MasterView, DocumentView))
    }
    return views | {called: views[its] for called, its in CALLED.items()}


def _with_lines() -> dict[str, Any]:
    views = current_app.extensions["appbuilder"].baseviews
    return {view.kind: view for view in views if isinstance(view, DocumentImport)}


def _pieces(view: Any) -> Iterable[bytes]:
    """The list of a page as a file, or what an import takes, piece by piece."""
    g.rights = Everything()
    yield from (view.taken_out() if isinstance(view, DocumentImport) else view.csv()).iter_encoded()


def progress(its: Iterable[Any] | None, label: str, length: int | None = None) -> Any:
    """A bar for whoever looks on: beside what is written, and nothing where nobody does."""
    return click.progressbar(its, length, label, file=sys.stderr, hidden=not sys.stderr.isatty())


def command_line(session: Session) -> int:
    """The actor of commands."""
    found = read(session, "SELECT id FROM actor WHERE kind = 'command' ORDER BY id LIMIT 1")
    if found:
        return int(found[0].id)
    actor = Actor(name="command line", kind="command")
    session.add(actor)
    session.flush()
    return actor.id
