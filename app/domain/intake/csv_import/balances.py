"""What customers owed and had, and what was in desks and at banks, out of a file: drafts of opening balances."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.domain.intake.csv_import.cells import REFUSED, Field, code_of, date_of, number_of, text_of, word_of
from app.domain.intake.csv_import.documents import Documents, Group
from app.domain.intake.csv_import.keys import plain
from app.domain.intake.csv_import.plans import Access, Entry
from app.domain.kernel.errors import Invalid
from app.domain.kernel.rows import read
from app.domain.treasury.models import BALANCES
from app.domain.treasury.opening import NewOpeningBalance, add_opening_balances, edit_opening_balance

OWNERS = ("customer", "cash_desk", "bank_account")
STANDING = """
SELECT its.id, its.version, its.state, its.about, document.customer_id, customer.code AS customer, its.cash_desk_id,
       cash_desk.code AS cash_desk, its.bank_account_id, bank_account.code AS bank_account, its.amount, its.due_on,
       its.purpose, its."on", coalesce(document.number, 'draft ' || its.id) AS document, NULL::bigint AS product_id
FROM opening_balance its JOIN document ON document.id = its.id
LEFT JOIN customer ON customer.id = document.customer_id LEFT JOIN cash_desk ON cash_desk.id = its.cash_desk_id
LEFT JOIN bank_account ON bank_account.id = its.bank_account_id
WHERE its.id = ANY(%(ids)s::bigint[]) ORDER BY its.id
"""
# Of several alike nobody can say which is meant: the first one that may still be changed.
ALIKE = """
SELECT key, min(id) AS id FROM (
    SELECT its.id, concat_ws(' ', its.about, coalesce(document.customer_id::text, '-'),
                             coalesce(its.cash_desk_id::text, '-'), coalesce(its.bank_account_id::text, '-'),
                             its.purpose) AS key
    FROM opening_balance its JOIN document ON document.id = its.id WHERE its.state = 'draft'
) AS named WHERE key = ANY(%(keys)s::text[]) GROUP BY key
"""


class OpeningBalances(Documents):
    """A draft for each row, known by what it is about, whose it is and its purpose: the number of the old invoice."""

    noun = "opening balance"
    table = "opening_balance"
    head = ()
    owner = "customer"
    key = ("about", *OWNERS, "purpose")
    needs = ("about", "amount")
    standing = STANDING
    fields = (
        Field("about", word_of(BALANCES), REFUSED, needed=True),
        *(Field(owner, code_of, target=owner) for owner in OWNERS),
        Field("amount", number_of(3), REFUSED, needed=True),
        Field("due_on", date_of),
        Field("purpose", text_of(), ""),
        Field("on", date_of),
    )

    def key_of(self, entry: Entry, fields: Mapping[str, Field]) -> str | None:
        if any(entry.values.get(name) is None for name in self.needs):
            return None
        owners = [plain(fields[name], entry.values.get(name)) if name in fields else None for name in OWNERS]
        return " ".join(str(it or "-") for it in (entry.values["about"], *owners, entry.values.get("purpose")))

    def suspects(self, entry: Entry, groups: Sequence[Group]) -> list[Group]:
        """No row belongs to another."""
        return []

    def check_group(self, group: Group) -> None:
        """Each is a row of its own."""
        for entry in group.entries[1:]:
            entry.reject(Invalid("row_twice", "It is in row {row} already: keep one of them, or give them different "
                                 "purposes.", row=group.entries[0].row.number))  # fmt: skip
        del group.entries[1:], group.lines[1:]

    def make(self, group: Group, *, today: Any, by: int) -> NewOpeningBalance:
        its = group.head
        return NewOpeningBalance(
            its["about"], its["amount"], its.get("customer"), its.get("cash_desk"), its.get("bank_account"),
            its.get("due_on"),
            its.get("purpose", ""), its.get("on"),
        )  # fmt: skip

    def add(self, session: Session, new: Sequence[NewOpeningBalance], *, by: int) -> list[int]:
        return add_opening_balances(session, new, by=by)

    def edit(self, session: Session, document: int, new: NewOpeningBalance, *, version: int, by: int) -> None:
        edit_opening_balance(session, document, new, version=version, by=by)

    def find(self, session: Session, keys: Iterable[str], access: Access) -> dict[str, int]:
        return {row.key: row.id for row in read(session, ALIKE, keys=sorted(keys))}
