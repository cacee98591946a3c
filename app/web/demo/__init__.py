"""`flask demo`: a small invented company in an empty database, made by the very actions that people use.

Each day of its story is a deed of its own, under a key: a demo that was broken off goes on where it stopped, and the
second time there is nothing left to do. A database where anybody else has begun is left alone.
"""

from datetime import date, timedelta
from functools import partial
from typing import Any

import click
from flask import current_app
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash

from app.domain.kernel import clock
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed, open_session
from app.domain.ledger.periods import close_period
from app.web.demo import company, story
from app.web.demo.cards import Cards, add_cards
from app.web.demo.play import play

BEGIN, DONE = "demo begin", "demo done"
SUNDAY = 6

TAKEN = "SELECT 1 AS taken FROM company UNION ALL SELECT 1 FROM ab_user LIMIT 1"
FINISHED = "SELECT 1 AS finished FROM deed WHERE key = %(key)s"
PEOPLE = "SELECT username, password FROM ab_user WHERE active AND username = ANY(%(names)s::text[])"


class _Taken(Exception):
    """Somebody else's company or people are in this database."""


def seed_demo() -> None:
    """Makes the demo company if the database is empty, and shows who can sign in while that is still so.

    Raises ClickException in production, where everybody could guess the passwords.
    """
    if current_app.config["PRODUCTION"]:
        raise click.ClickException("The demo's passwords are known to everybody: it is not made in production.")
    if not _is_finished():
        try:
            begun = deed(_begin, key=BEGIN)
        except _Taken:
            return
        play(Cards(**begun["cards"]), partial(_day, date.fromisoformat(begun["today"])))
        deed(lambda session: None, key=DONE)
    _show_sign_ins()


def _is_finished() -> bool:
    with open_session() as session:
        return bool(read(session, FINISHED, key=DONE))


def _begin(session: Session) -> dict[str, Any]:
    """Makes the cards; gives the day on which the story ends and the ids of the cards, both kept with the deed."""
    if read(session, TAKEN):
        raise _Taken
    today = clock.today(company.TIME_ZONE)
    cards = add_cards(session, partial(_day, today))
    first = _day(today, max(story.FIRST_DELIVERY.values())).replace(day=1)
    before = first - timedelta(days=1)
    close_period(session, before.replace(day=1), before, by=cards.actors["accountant"])
    return {"today": today.isoformat(), "cards": cards._asdict()}


def _day(today: date, days: int) -> date:
    """So many days ago (or ahead, where negative); nobody worked on a Sunday that is over."""
    on = today - timedelta(days=days)
    return on - timedelta(days=1) if days > 0 and on.weekday() == SUNDAY else on


def _show_sign_ins() -> None:
    """Shows who can sign in with the demo's password; whoever was given another is not told."""
    with open_session() as session:
        rows = read(session, PEOPLE, names=[worker.username for worker in company.WORKERS])
    kept = {row.username for row in rows if check_password_hash(row.password, company.PASSWORD)}
    if not kept:
        return
    click.echo(f"\n{company.NAME} is a demo company, and these sign-ins are for trying it out only:\n")
    click.echo(f"  {'user':<14}{'password':<16}{'role':<16}name")
    for worker in company.WORKERS:
        if worker.username in kept:
            click.echo(f"  {worker.username:<14}{company.PASSWORD:<16}{worker.role:<16}{worker.name}")
