"""The books of a story as a person reads them, from the first day to the last."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.kernel.rows import write
from app.domain.ledger.charts import CHARTS
from app.reports.ledger import journal, journal_text, trial_balance, trial_balance_text
from tests.world import TODAY, World

MONDAY = TODAY - timedelta(4)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (MONDAY + timedelta(days) for days in range(1, 5))
NAMES = {MONDAY: "Monday", TUESDAY: "Tuesday", WEDNESDAY: "Wednesday", THURSDAY: "Thursday", FRIDAY: "Friday"}
GROUP_ACCOUNTS = """
UPDATE product_group SET inventory_account_id = (SELECT id FROM account WHERE code = %(inventory)s),
       cost_account_id = (SELECT id FROM account WHERE code = %(cost)s),
       revenue_account_id = (SELECT id FROM account WHERE code = %(revenue)s)
WHERE id = %(id)s
"""


class Story(World):
    """A company whose week ends yesterday; its groups have the accounts that the chart has for their kind."""

    def __init__(self, session: Session, chart: str) -> None:
        super().__init__(session, chart=chart)
        for kind, codes in CHARTS[chart].by_kind.items():
            write(session, GROUP_ACCOUNTS, id=self.group(kind), inventory=codes.get("inventory"),
                  cost=codes.get("cost_of_sales"), revenue=codes["revenue"])  # fmt: skip

    def journal(self) -> str:
        """The journal of the week; the days are called by their names, because the week is never the same."""
        text = journal_text(journal(MONDAY, FRIDAY).rows(self.session))
        for day, name in NAMES.items():
            text = text.replace(str(day), name)
        return f"\n{text}\n"

    def trial_balance(self) -> str:
        return f"\n{trial_balance_text(trial_balance(MONDAY, FRIDAY).rows(self.session))}\n"

    def stock(self, product: int, warehouse: int | None = None) -> str:
        """What is on hand, held, and worth, in the main warehouse if none is named."""
        on_hand, reserved, value = self.balance(product, warehouse)
        return f"{on_hand.normalize():f} on hand, {reserved.normalize():f} held, worth {value:.2f}"

    def statuses(self, *documents: int) -> list[str | None]:
        return [self.paid(document) for document in documents]

    def ship_some(self, shipment: int, on: date, *quantities: str) -> None:
        """Ships so much of each line; the rest stays in a back order."""
        lines = self.lines_of("shipment_line", "shipment_id", shipment)
        parts = {line.id: Decimal(quantity) for line, quantity in zip(lines, quantities, strict=True)}
        self.ship(shipment, on=on, quantities=parts)
