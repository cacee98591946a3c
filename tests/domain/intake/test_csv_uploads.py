"""A file is kept between its preview and its import, and imported as it was foreseen or not at all."""

import time
from threading import Thread

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.intake.csv_import.kinds import KINDS
from app.domain.intake.csv_import.plans import Access
from app.domain.intake.csv_import.uploads import (
    MANY_ROWS,
    MOST_KEPT,
    Upload,
    bring,
    carry_out,
    check_all,
    foresee,
    foresee_kept,
    look_again,
    take,
    upload,
)
from app.domain.intake.csv_import.uploads import leave as leave_to
from app.domain.kernel.errors import DomainError, Invalid, NotFound, Stale
from app.domain.kernel.jobs import ask
from app.domain.kernel.rows import read, write
from app.domain.kernel.unit import deed, reading
from tests.domain.intake.files_of import sheet_of
from tests.faults.hands import leave, leave_name, names
from tests.traces import checksums
from tests.world import World

ALL = Access()


@pytest.fixture
def by(fresh_database: Engine) -> int:
    """A person in a committed company with one product."""

    def found(session: Session) -> int:
        world = World(session)
        world.add_product("CUP", cost="4.00")
        return world.by

    return deed(found)


def name_of(sku: str) -> str:
    with reading() as session:
        return read(session, "SELECT name FROM product WHERE sku = %(sku)s", sku=sku)[0].name


def change(sql: str) -> None:
    deed(lambda session: write(session, sql))


def test_foreseeing_changes_nothing(by: int, fresh_database: Engine) -> None:
    before = checksums(fresh_database)

    plan = foresee("products", sheet_of("sku,name", "CUP,Best cup", "X,X"), ALL, by=by)

    assert plan.counts == {"added": 0, "changed": 1, "unchanged": 0, "rejected": 1}
    assert checksums(fresh_database) == before


def test_a_file_is_imported_once_and_gives_the_same_answer_again(by: int, fresh_database: Engine) -> None:
    kept = bring("products", "cups.csv", b"sku,name\nCUP,Best cup\n", ALL, by=by)

    first = carry_out("products", kept, ALL, everything=True, by=by)
    after = checksums(fresh_database)

    assert first == {"added": 0, "changed": 1, "unchanged": 0, "rejected": 0}
    assert carry_out("products", kept, ALL, everything=True, by=by) == first
    assert checksums(fresh_database) == after
    again = bring("products", "cups.csv", b"sku,name\nCUP,Best cup\n", ALL, by=by)
    assert carry_out("products", again, ALL, everything=True, by=by)["unchanged"] == 1


def test_all_or_none_takes_none_where_one_is_rejected(by: int) -> None:
    kept = bring("products", "cups.csv", b"sku,name\nCUP,Best cup\nX,X\n", ALL, by=by)

    with pytest.raises(DomainError, match="all or none were wanted"):
        carry_out("products", kept, ALL, everything=True, by=by)

    assert name_of("CUP") == "Product CUP"
    carry_out("products", kept, ALL, everything=False, by=by)
    assert name_of("CUP") == "Best cup"
    with pytest.raises(DomainError, match="all or none were wanted"):
        check_all(foresee("products", sheet_of("sku,name", "X,X"), ALL, by=by), everything=True)


def test_what_changed_since_one_looked_is_seen_and_foreseen_anew(by: int) -> None:
    kept = bring("products", "cups.csv", b"sku,name\nCUP,Best cup\n", ALL, by=by)
    change("UPDATE product SET name = 'Good cup'")

    with pytest.raises(Stale, match="has changed since you looked"):
        carry_out("products", kept, ALL, everything=True, by=by)

    assert name_of("CUP") == "Good cup"
    with reading() as session:
        assert upload(session, "products", kept, by=by).plan.rows[0].changes == (("name", "Good cup", "Best cup"),)
    assert carry_out("products", kept, ALL, everything=True, by=by)["changed"] == 1


@pytest.mark.parametrize(
    ("kind", "file", "told"),
    [
        ("products", "sku,name,group,unit,tax_rate\nPOT,Pot,GOODS,pcs,A\n", "wrote the same just now"),
        ("products", "sku,name\nCUP,Best cup\n", "has changed since you looked"),
        ("receipts", "document,warehouse,product,quantity\n1,MAIN,CUP,3\n", "imported the same just now"),
    ],
)
def test_of_two_who_import_the_same_at_once_the_second_is_told(by: int, kind: str, file: str, told: str) -> None:
    kept = bring(kind, "a.csv", file.encode(), ALL, by=by)
    errors: list[BaseException] = []

    def second() -> None:
        try:
            carry_out(kind, kept, ALL, everything=True, by=by)
        except Stale as error:
            errors.append(error)

    thread = Thread(target=second)

    def first(session: Session) -> None:
        KINDS[kind].run(session, sheet_of(*file.splitlines()), ALL, by=by)
        thread.start()
        until = time.monotonic() + 120
        while not waiting():
            assert time.monotonic() < until, "nobody waits"
            time.sleep(0.01)

    deed(first)
    thread.join()

    assert [told in str(error) for error in errors] == [True]
    with reading() as session:
        assert upload(session, kind, kept, by=by).plan.counts["unchanged"] == 1


def waiting() -> bool:
    """Whether somebody waits for a lock here: other databases of the server are other tests'."""
    with reading() as session:
        return bool(read(session, "SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) "
                                  "WHERE NOT granted AND datname = current_database()"))  # fmt: skip


def test_looking_again_leaves_what_is_imported_as_it_was(by: int) -> None:
    kept = bring("products", "cups.csv", b"sku,name\nCUP,Best cup\n", ALL, by=by)
    carry_out("products", kept, ALL, everything=True, by=by)

    look_again("products", kept, ALL, by=by)

    with reading() as session:
        assert upload(session, "products", kept, by=by).plan.counts["changed"] == 1


def test_nobody_else_has_a_file_and_an_old_one_is_gone(by: int) -> None:
    kept = bring("products", "cups.csv", b"sku,name\nCUP,Best cup\n", ALL, by=by)

    def look(kind: str, who: int) -> None:
        with reading() as session:
            upload(session, kind, kept, by=who)

    for kind, who in (("products", by + 1), ("orders", by)):
        with pytest.raises(NotFound):
            look(kind, who)
    change("UPDATE csv_upload SET at = at - interval '25 hours'")
    with pytest.raises(NotFound):
        look("products", by)


def test_files_are_forgotten_after_a_day_and_beyond_the_last_few(by: int) -> None:
    def bring_one() -> int:
        return bring("products", "cups.csv", b"sku,name\nCUP,Best cup\n", ALL, by=by)

    first = bring_one()
    deed(lambda session: leave_to(session, first, ask(session, leave_name, by=by, name="x")))
    ids = [first, *(bring_one() for _ in range(MOST_KEPT + 1))]

    with reading() as session:
        assert sorted(row.id for row in read(session, "SELECT id FROM csv_upload")) == [first, *ids[2:]]


def test_a_file_that_is_none_is_not_kept(by: int, fresh_database: Engine) -> None:
    before = checksums(fresh_database)

    for content in (b"", b"nonsense", b"sku,colour\nCUP,red\n"):
        with pytest.raises(Invalid):
            bring("products", "cups.csv", content, ALL, by=by)

    assert checksums(fresh_database) == before


def test_a_large_file_is_foreseen_by_a_job_that_is_asked_for_with_it(by: int) -> None:
    lines = ["sku,name", *(f"CUP{place},Cup" for place in range(MANY_ROWS + 1))]
    content = "\n".join(lines).encode()

    def later(session: Session, kept: int) -> int:
        return ask(session, leave_name, by=by, name=str(kept)) or 0

    kept = bring("products", "cups.csv", content, ALL, by=by, later=later)
    small = bring("products", "cups.csv", b"sku,name\nCUP,Best cup\n", ALL, by=by, later=later)

    with reading() as session:
        large, other = (upload(session, "products", it, by=by) for it in (kept, small))
        assert (large.plan, other.job_id) == (None, None)
        assert other.plan is not None
        (job,) = read(session, "SELECT arguments FROM job WHERE id = %(id)s", id=large.job_id)
        assert job.arguments["name"] == str(kept)
    with pytest.raises(Invalid, match="there is no column"):
        bring("products", "cups.csv", content.replace(b"name", b"nome"), ALL, by=by, later=later)
    with pytest.raises(Stale):
        carry_out("products", kept, ALL, everything=True, by=by)


def test_whoever_waits_is_told_how_many_rows_were_read(by: int) -> None:
    kept = bring("products", "cups.csv", b"sku,name\nCUP,Best cup\nPOT,Pot\n", ALL, by=by)
    told: list[int] = []

    foresee_kept("products", kept, ALL, by=by, tell=told.append)

    assert told == [1, 2]


def test_what_is_imported_is_told_in_the_same_deed_and_once(by: int) -> None:
    kept = bring("products", "cups.csv", b"sku,name\nCUP,Best cup\n", ALL, by=by)

    def told(session: Session, its: Upload, counts: dict[str, int]) -> None:
        leave(session, f"{its.name} {counts['changed']}")

    def broken(session: Session, its: Upload, counts: dict[str, int]) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        carry_out("products", kept, ALL, everything=True, by=by, told=broken)
    assert name_of("CUP") != "Best cup"
    for _ in range(2):
        carry_out("products", kept, ALL, everything=True, by=by, told=told)
    deed(lambda session: take(session, "products", kept, ALL, everything=True, by=by, told=broken))

    with reading() as session:
        assert names(session) == ["cups.csv 1"]
