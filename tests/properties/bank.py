"""What a bank says in random histories: statements typed or read from files, processed, cancelled and put right."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from app.domain.kernel.rows import read
from app.domain.treasury.bank_files import digest_of, read_file
from app.domain.treasury.banks import NewBankLine
from app.domain.treasury.cash import NewCashOrder, add_cash_orders, process_cash_orders
from app.domain.treasury.purposes import Target
from app.domain.treasury.statements import NewStatement, add_statements, last_closing, process_statements
from tests.properties.model import ZERO, Moved, Shop
from tests.properties.money import OPEN, OPEN_ITEMS, REFUSED, chosen, some
from tests.properties.wider import LEFT
from tests.world import D, World

if TYPE_CHECKING:
    from tests.properties.histories import Dice

SORTS = ("paid", "paid", "fee", "out", "in", "unknown", "back", "interest")
ON_ITS_WAY = """
SELECT id, amount FROM (
    SELECT id, amount, state FROM cash_order WHERE kind = 'expense' AND about = 'transfer'
    UNION ALL SELECT id, amount, state FROM bank_line WHERE kind = 'expense' AND about = 'transfer'
) sent WHERE state = 'processed' AND id NOT IN (
    SELECT transfer_id FROM cash_order WHERE state = 'processed' AND transfer_id IS NOT NULL
    UNION ALL SELECT transfer_id FROM bank_line WHERE state = 'processed' AND transfer_id IS NOT NULL
) ORDER BY id
"""
SAID = """
SELECT about, CASE kind WHEN 'income' THEN amount ELSE -amount END AS amount FROM bank_line WHERE statement_id = %(id)s
"""
NUMBERED = "SELECT id, number FROM document WHERE number IS NOT NULL AND id = ANY(%(ids)s::bigint[])"


class Bank:
    """A part of a history."""

    session: Session
    shop: Shop
    world: World
    customers: list[int]
    attempt: Callable[..., Any]
    _money: Callable[..., None]
    a_bank: int
    tries: int

    def hear_of(self, dice: "Dice") -> None:
        """A statement of one to four lines is typed, or what a file of as many says; some do not add up."""
        lines, digest = self.from_file(dice) if dice.third % 3 == 0 else (self.typed(dice), None)
        if made := self._write(dice, lines, digest):
            self._process(made)

    def _write(self, dice: "Dice", lines: Sequence[NewBankLine], digest: str | None) -> list[int]:
        opening = last_closing(self.session, self.a_bank) or ZERO
        moved = sum((line.amount if line.kind == "income" else -line.amount for line in lines), ZERO)
        closing = opening + moved + (dice.share == 0)
        number = str(dice.third) if dice.anywhere else f"{self.tries}"
        new = NewStatement(self.a_bank, number, dice.on, opening, closing, lines, digest)
        made = self.attempt(add_statements, [new])
        return [] if made is REFUSED else list(made)

    def typed(self, dice: "Dice") -> list[NewBankLine]:
        its = (self._line(SORTS[(dice.first + place * dice.third) % len(SORTS)], dice, place)
               for place in range(1 + dice.share % 4))  # fmt: skip
        return [line for line in its if line is not None]

    def _line(self, sort: str, dice: "Dice", place: int) -> NewBankLine | None:
        """A line of a sort, if there is what it is about."""
        bank, amount, number = self.a_bank, D(1 + (dice.second + place) % 30), dice.second + 5 * place
        on = dice.on - timedelta(place % 2)
        account: dict[str, Any] = {"about": "account", "account_id": chosen(self.own_accounts, number)}
        match sort:
            case "paid":
                items = read(self.session, OPEN_ITEMS, anywhere=dice.anywhere)
                return self._paid(chosen(items, number), dice, on) if items else None
            case "fee":
                return NewBankLine(bank, None, amount, "fee", kind="expense", on=on, **account)
            case "interest":
                return NewBankLine(bank, None, amount, "interest", on=on, **account)
            case "out":
                return NewBankLine(bank, None, amount, "out", kind="expense", about="transfer", on=on)
            case "in":
                sent = read(self.session, ON_ITS_WAY)
                row = chosen(sent, number) if sent else None
                return row and NewBankLine(bank, None, row.amount, "in", about="transfer", transfer_id=row.id, on=on)
            case "unknown":
                return NewBankLine(bank, chosen(self.customers, number), amount, "unknown", on=on)
            case _:
                left = read(self.session, LEFT)
                row = chosen(left, number) if left else None
                targets = [Target(row.document_id, row.left)] if row else []
                return row and NewBankLine(bank, row.customer_id, row.left, "back", targets, on, "expense")

    def _paid(self, item: Any, dice: "Dice", on: Any) -> NewBankLine:
        amount = (item.open * (1 + dice.share) / 8).quantize(D(1)) + 1
        line = item.line_id if dice.first % 2 else None
        targets = [Target(item.document_id, amount, line)]
        return NewBankLine(self.a_bank, item.customer_id, amount + dice.third % 3, "paid", targets, on)

    def from_file(self, dice: "Dice") -> tuple[list[NewBankLine], str]:
        """What a file says, with the document that each line proposes, and its digest.

        What proposes no customer is a fee.
        """
        items = read(self.session, OPEN_ITEMS, anywhere=False)
        numbers = {row.number: row.id for row in read(self.session, NUMBERED, ids=[it.document_id for it in items])}
        words = [*numbers, "Customer C001", "nobody"]
        places = [dice.first + i for i in range(1 + dice.share % 3)]
        rows = (f"{dice.on};{'' if place % 3 else '-'}{1 + dice.second};{chosen(words, place)}" for place in places)
        content = "\n".join(["date;amount;description", *rows]).encode()
        lines = read_file(self.session, content, most=9)
        return [self._as_proposed(line, numbers) for line in lines], digest_of(content)

    def _as_proposed(self, line: Any, numbers: dict[str, int]) -> NewBankLine:
        if line.amount < 0 or line.customer_id is None:
            kind, account = "income" if line.amount > 0 else "expense", self.own_accounts[0]
            return NewBankLine(self.a_bank, None, abs(line.amount), line.purpose, (), line.on, kind, "account", account)
        targets = []
        if line.pays:
            left = read(self.session, OPEN, ids=[numbers[line.pays]])[0].open
            targets = [Target(numbers[line.pays], min(line.amount, left))]
        return NewBankLine(self.a_bank, line.customer_id, line.amount, line.purpose, targets, line.on)

    @property
    def own_accounts(self) -> list[int]:
        """Those that are chosen by hand."""
        return self.world.ids("SELECT id FROM account WHERE role = 'other' ORDER BY code")

    def go_on(self, dice: "Dice") -> None:
        """Statements that were left, or that corrections left, are processed."""
        drafts = self.world.ids("SELECT id FROM bank_statement WHERE state = 'draft' ORDER BY id")
        if drafts:
            self._process(some(drafts, dice))

    def _process(self, statements: list[int]) -> None:
        if self.attempt(process_statements, statements) is not REFUSED:
            for it in statements:
                self.shop.money[it] = self._moved(it)

    def _moved(self, statement: int) -> Moved:
        sums = dict.fromkeys(("account", "transfer", "customer"), ZERO)
        for row in read(self.session, SAID, id=statement):
            sums[row.about] += row.amount
        return Moved("bank_statement", ZERO, sum(sums.values(), ZERO), -sums["transfer"], -sums["customer"])

    def into_the_desk(self, dice: "Dice") -> None:
        """What is on its way comes into the desk, money of no customer comes or goes, or what a count found."""
        sent = read(self.session, ON_ITS_WAY)
        if sent and dice.third % 2:
            row = chosen(sent, dice.first)
            how: dict[str, Any] = {"about": "transfer", "transfer_id": row.id}
            its = Moved("cash_order", desk=row.amount, in_transit=-row.amount)
        else:
            sign = 1 if dice.first % 2 else -1
            amount = D(sign * (1 + dice.second % 20))
            how = {"kind": "income" if sign > 0 else "expense", "about": "difference"}
            if dice.share % 2:
                how |= {"about": "account", "account_id": chosen(self.own_accounts, dice.first)}
            its = Moved("cash_order", desk=amount)
        new = NewCashOrder(self.world.desk, None, abs(its.desk), "desk", **how)
        self._money(its, new, add_cash_orders, process_cash_orders, dice)
