"""Applying messages is a job: a shop is answered as soon as its message is stored."""

from datetime import timedelta

from sqlalchemy.orm import Session

from app.domain.intake.eshop.applying import apply_messages
from app.domain.intake.eshop.messages import forget_old, give_up
from app.domain.intake.eshop.notices import look_again
from app.domain.kernel import clock
from app.domain.kernel.attempts import Run
from app.domain.kernel.errors import DomainError
from app.domain.kernel.jobs import Asked, ask_all, task
from app.domain.kernel.rows import read
from app.domain.kernel.unit import deed

# What was stored and not looked at for so long has lost its job.
FORGOTTEN = timedelta(minutes=5)
SHOPS = "SELECT id, actor_id FROM shop WHERE id = ANY(%(shops)s::bigint[])"
UNTOUCHED = """
SELECT DISTINCT shop_id, order_ref FROM inbound_message WHERE outcome = 'received' AND last_at < %(before)s
"""


def wait_for_a_person(session: Session, error: str, *, shop: int, ref: str) -> None:
    """What was tried in vain until the queue gave it up waits in the inbox, where it can be tried again."""
    why = DomainError("gave_up", "It could not be applied, however often that was tried. {why}", why=error)
    give_up(session, shop, ref, why)


@task("shop_messages", kept=False, given_up=wait_for_a_person)
def apply_shop_messages(run: Run, *, shop: int, ref: str) -> None:
    """Applies all that a shop sent about an order that it calls `ref`."""
    apply_messages(shop, ref, do=run.deed)


@task("forgotten_shop_messages", every="*/5 * * * *", kept=False)
def look_for_forgotten(run: Run) -> None:
    """Asks for every message that nobody looked at."""

    def work(session: Session) -> None:
        rows = read(session, UNTOUCHED, before=clock.now() - FORGOTTEN)
        ask_to_apply(session, [(row.shop_id, row.order_ref) for row in rows])

    run.deed(work)


@task("shop_notices", every="*/5 * * * *", kept=False)
def look_at_notices(run: Run) -> None:
    """Looks at notices again, as people may have done something, and asks for what can be applied by now."""
    run.deed(lambda session: ask_to_apply(session, look_again(session)))


@task("old_shop_messages", lane="long", every="37 2 * * *", kept=False)
def forget_old_messages(run: Run) -> None:
    """Throws away, a few at a time, what was sent of orders that are long over."""
    after, portions = deed(forget_old), 0
    while after is not None:
        portions += 1
        run.progress(portions)
        after = deed(lambda session, after=after: forget_old(session, after))  # type: ignore[misc]


def ask_to_apply(session: Session, orders: list[tuple[int, str]]) -> None:
    """Has the messages about these orders (shop, the shop's name of the order) applied soon: one job for each that
    waits, and one at a time.
    """
    actors = {row.id: row.actor_id for row in read(session, SHOPS, shops=sorted({shop for shop, _ in orders}))}
    for actor in sorted(set(actors.values())):
        its = [(shop, ref) for shop, ref in orders if actors[shop] == actor]
        ask_all(session, [_asked(shop, ref) for shop, ref in dict.fromkeys(its)], by=actor)


def _asked(shop: int, ref: str) -> Asked:
    order = f"shop {shop} order {ref}"
    return Asked(apply_shop_messages, {"shop": shop, "ref": ref}, ref, lock=order, waiting_once=order)
