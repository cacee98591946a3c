"""What goes out to shops by itself: each minute they are asked for what changed, and told what they may sell."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask import current_app
from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.intake.eshop.jobs import ask_to_apply
from app.domain.intake.eshop.levels import body_of, keep_levels, keep_prices, levels_after, note_told
from app.domain.intake.eshop.polling import asked_until, awaited, keep_found, refunds_told
from app.domain.kernel.attempts import Run
from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError
from app.domain.kernel.jobs import Task, ask, task
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed, reading
from app.web.sealing import opened
from app.web.shop_calls import PAGES, Account, Again, Page, send_levels
from app.web.shops import PURPOSE

AT_ONCE = 500

SHOP = """
SELECT shop.*, price_list.currency, price_list.vat_included
FROM shop JOIN price_list ON price_list.id = shop.price_list_id WHERE shop.id = %(id)s AND shop.active
"""
ASKABLE = """
SELECT id, name, actor_id FROM shop
WHERE active AND polling_address <> '' AND polling_secret IS NOT NULL AND dialect = ANY(%(dialects)s::text[])
"""
UNTOLD = """
SELECT id, name, actor_id FROM shop WHERE active AND levels_address <> '' AND levels_secret IS NOT NULL
AND EXISTS (SELECT FROM shop_level level WHERE level.shop_id = shop.id AND level.seq > shop.levels_told)
"""


@task("ask_shops", every="* * * * *", kept=False)
def ask_shops(run: Run) -> None:
    """Has each shop asked that says where, one at a time."""
    run.deed(lambda session: _for_each(session, ask_shop, read(session, ASKABLE, dialects=list(PAGES))))


@task("ask_shop", lane="long", kept=False)
def ask_shop(run: Run, *, shop: int) -> None:
    """Asks a shop for the orders that changed since it was asked last, and has what is new applied."""
    with reading() as session:
        found = read(session, SHOP, id=shop)
        if not found:
            return
        since, its = asked_until(session, shop), awaited(session, shop)
    again = Again(its.due, its.resting, lambda refs: _told_with_lines(found[0], refs))
    pages = PAGES[found[0].dialect](_account(found[0], "polling"), since, again)
    for place, page in enumerate(pages, 1):
        deed(lambda session, page=page: _keep(session, shop, page))  # type: ignore[misc]
        run.progress(place)


def _told_with_lines(shop: Row[Any], refs: Sequence[str]) -> Mapping[str, Collection[str]]:
    with reading() as session:
        return refunds_told(session, shop.id, shop.dialect, refs)


def _keep(session: Session, shop: int, page: Page) -> None:
    refs = keep_found(session, shop, page.found, until=page.until)
    ask_to_apply(session, [(shop, ref) for ref in refs])


@task("shop_levels", every="* * * * *", kept=False)
def note_levels(run: Run) -> None:
    """Notes what each shop may sell by now, and has told whoever wants to be told."""

    def work(session: Session) -> None:
        keep_levels(session, on=company(session).today())
        _for_each(session, tell_shop, read(session, UNTOLD))

    run.deed(work)


@task("shop_prices", every="*/15 * * * *", lane="long", kept=False)
def note_prices(run: Run) -> None:
    """Notes what each shop may ask for by now: prices change by the day, and rarely within one."""
    run.deed(lambda session: keep_prices(session, on=company(session).today()))


@task("tell_shop", lane="long", kept=False)
def tell_shop(run: Run, *, shop: int) -> None:
    """Tells a shop what changed since it was told last, the same again until it has taken it."""
    while True:
        with reading() as session:
            found = read(session, SHOP, id=shop)
            rows = levels_after(session, shop, found[0].levels_told, AT_ONCE) if found else []
        if not rows or not found[0].levels_address:
            return
        body = body_of(rows, currency=found[0].currency, prices_include_vat=found[0].vat_included)
        send_levels(_account(found[0], "levels"), f"{found[0].code}-{rows[-1].seq}", body.encode())
        seq, address = rows[-1].seq, found[0].levels_address
        deed(lambda session, seq=seq, address=address: note_told(session, shop, seq, address))  # type: ignore[misc]
        run.progress(rows[-1].seq)


def _for_each(session: Session, its: Task, shops: Any) -> None:
    """Asks for a job for each shop; where one waits or is tried again already, that one is enough."""
    for shop in shops:
        key = f"{its.name} {shop.id}"
        ask(session, its, by=shop.actor_id, about=shop.name, lock=key, waiting_once=key, shop=shop.id)


def _account(shop: Row[Any], what: str) -> Account:
    """Where and as whom a shop is called; DomainError where its secret cannot be read any more."""
    secret = opened(PURPOSE, getattr(shop, f"{what}_secret") or "")
    if secret is None:
        raise DomainError("secret_lost", "The secret for {shop} cannot be read any more, as SECRET_KEY is another one "
                          "now: enter it again.", shop=shop.name)  # fmt: skip
    own = current_app.config["SHOP_HOSTS"]
    return Account(shop.name, getattr(shop, f"{what}_address"), shop.polling_key, secret, own)
