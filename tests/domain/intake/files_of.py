"""Files made of lines, and what becomes of them in the small company of the tests."""

from app.domain.intake.csv_import.cards import Cards
from app.domain.intake.csv_import.files import read_sheet
from app.domain.intake.csv_import.plans import Access, Plan
from tests.world import World


def sheet_of(*lines: str):
    """A file of these lines."""
    return read_sheet("\n".join([*lines, ""]).encode())


def brought(world: World, kind: Cards, *lines: str, access: Access | None = None) -> Plan:
    """What an import of these lines does, in a deed of its own."""
    return world.do(lambda session, *, by: kind.run(session, sheet_of(*lines), access or Access(), by=by))


def whats(plan: Plan) -> list[str]:
    return [row.what for row in plan.rows]


def reason(plan: Plan, number: int = 2) -> str:
    """Why the row of this number is not taken."""
    return plan.reasons[number]
