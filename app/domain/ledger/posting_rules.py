"""Which events reach the books, with which amounts, and the accounts that the rules of a date put them on.

`EVENTS` is the list; set-up copies a chart's defaults for it into the table `posting_rule`, which alone decides
afterwards.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.kernel.company import company
from app.domain.kernel.errors import DomainError
from app.domain.kernel.rows import read


class Amount(NamedTuple):
    """One amount of an event and the role of the account on each side; None where it has only the other side."""

    name: str
    debit: str | None
    credit: str | None

    def sides(self) -> list[tuple[str, str]]:
        """The sides it has: ("debit" or "credit", role)."""
        both = (("debit", self.debit), ("credit", self.credit))
        return [(side, role) for side, role in both if role is not None]


EVENTS: Mapping[str, tuple[Amount, ...]] = {
    # event                          amount        debit                credit
    "receipt.processed": (
        Amount("cost",               "inventory",         "goods_received_not_invoiced"),
    ),
    "opening_stock.processed": (
        Amount("cost",               "inventory",         "opening_equity"),
    ),
    "shipment.processed": (
        Amount("cost",               "cost_of_sales",     "inventory"),
        Amount("deferred",           "goods_shipped_not_invoiced", "inventory"),
    ),
    "write_off.processed": (
        Amount("cost",               "stock_losses",      "inventory"),
    ),
    "count.processed": (
        Amount("shortage",           "stock_losses",      "inventory"),
        Amount("surplus",            "inventory",         "stock_surplus"),
    ),
    "internal_order.sent": (
        Amount("cost",               "goods_in_transit",  "inventory"),
    ),
    "internal_order.received": (
        Amount("cost",               "inventory",         "goods_in_transit"),
        Amount("short",              "stock_losses",      "goods_in_transit"),
        Amount("surplus",            "inventory",         "stock_surplus"),
    ),
    "stock.valuation_difference": (
        Amount("difference",         "stock_losses",      "inventory"),
    ),
    "inventory.account_changed": (
        Amount("into",               "inventory",         None),
        Amount("out_of",             None,                "inventory"),
    ),
    "invoice.issued": (
        Amount("gross",              "receivables",       None),
        Amount("net",                None,                "revenue"),
        Amount("undelivered",        None,                "invoiced_not_delivered"),
        Amount("vouchers",           None,                "vouchers"),
        Amount("other",              None,                "other"),
        Amount("vat",                None,                "output_vat"),
        Amount("cost",               "cost_of_sales",     "goods_shipped_not_invoiced"),
    ),
    "invoice.rounded": (
        Amount("difference",         "receivables",       "rounding_differences"),
    ),
    "credit_note.issued": (
        Amount("net",                "revenue",           None),
        Amount("undelivered",        "invoiced_not_delivered", None),
        Amount("vouchers",           "vouchers",          None),
        Amount("other",              "other",             None),
        Amount("vat",                "output_vat",        None),
        Amount("gross",              None,                "receivables"),
        Amount("cost",               "goods_shipped_not_invoiced", "cost_of_sales"),
    ),
    "shipment.advance_delivered": (
        Amount("net",                "invoiced_not_delivered", "revenue"),
    ),
    "customer_return.processed": (
        Amount("cost",               "inventory",         "cost_of_sales"),
        Amount("deferred",           "inventory",         "goods_shipped_not_invoiced"),
    ),
    "cash_order.processed": (
        Amount("amount",             "cash",              None),
        Amount("allocated",          None,                "receivables"),
        Amount("on_account",         None,                "customer_advances"),
        Amount("other",              None,                "other"),
        Amount("in_transit",         None,                "money_in_transit"),
        Amount("difference",         None,                "desk_differences"),
    ),
    "cash_order.paid_out": (
        Amount("amount",             None,                "cash"),
        Amount("credit",             "receivables",       None),
        Amount("advance",            "customer_advances", None),
        Amount("other",              "other",             None),
        Amount("in_transit",         "money_in_transit",  None),
        Amount("difference",         "desk_differences",  None),
    ),
    "bank_line.processed": (
        Amount("amount",             "bank",              None),
        Amount("allocated",          None,                "receivables"),
        Amount("on_account",         None,                "customer_advances"),
        Amount("other",              None,                "other"),
        Amount("in_transit",         None,                "money_in_transit"),
    ),
    "bank_line.paid_out": (
        Amount("amount",             None,                "bank"),
        Amount("credit",             "receivables",       None),
        Amount("advance",            "customer_advances", None),
        Amount("other",              "other",             None),
        Amount("in_transit",         "money_in_transit",  None),
    ),
    "adjustment.processed": (
        Amount("voucher",            "vouchers",          "receivables"),
        Amount("bad_debt",           "bad_debts",         "receivables"),
        Amount("difference",         "rounding_differences", "receivables"),
    ),
    "opening_balance.processed": (
        Amount("owed",               "receivables",       "opening_equity"),
        Amount("paid_ahead",         "opening_equity",    "customer_advances"),
        Amount("cash",               "cash",              "opening_equity"),
        Amount("bank",               "bank",              "opening_equity"),
    ),
    "manual_entry.processed": (
        Amount("debit",              "other",             None),
        Amount("credit",             None,                "other"),
    ),
    "allocation.made": (
        Amount("amount",             "customer_advances", "receivables"),
    ),
    "allocation.released": (
        Amount("amount",             "receivables",       "customer_advances"),
    ),
}  # fmt: skip

CANCELLED = ".cancelled"


class Key(NamedTuple):
    """What a rule is about: one side of one amount of one event."""

    event: str
    amount: str
    side: str


class Rule(NamedTuple):
    id: int
    role: str
    account_id: int


class AccountName(NamedTuple):
    code: str
    role: str


# A row without a rule tells of an account; the two come in one read, which every posting needs.
RULES_AND_ACCOUNTS = """
SELECT rule.id AS rule_id, rule.event, rule.amount, rule.side, rule.role, rule.account_id, NULL AS code
FROM (SELECT DISTINCT ON (event, amount, side) * FROM posting_rule WHERE valid_from <= %(on)s
      ORDER BY event, amount, side, valid_from DESC) AS rule
UNION ALL
SELECT NULL, NULL, NULL, NULL, role, id, code FROM account
"""


class Rules:
    """The posting rules valid on a date, and every account with its role."""

    def __init__(self, on: date, rows: Sequence[Row[Any]]) -> None:
        self.on = on
        self.rules: dict[Key, Rule] = {}
        self.accounts: dict[int, AccountName] = {}
        for row in rows:
            if row.rule_id is None:
                self.accounts[row.account_id] = AccountName(row.code, row.role)
            else:
                self.rules[Key(row.event, row.amount, row.side)] = Rule(row.rule_id, row.role, row.account_id)

    def missing(self, event: str) -> list[str]:
        """A sentence for each side of the event that has no rule with an account of the right role."""
        return [
            f"{event}: no rule says which account of the role {role} its {amount.name} is put on as {side}"
            for amount in EVENTS[event]
            for side, role in amount.sides()
            if not self._complete(Key(event, amount.name, side), role)
        ]

    def _complete(self, key: Key, role: str) -> bool:
        rule = self.rules.get(key)
        return rule is not None and rule.role == role

    def of(self, event: str) -> list[tuple[str, str, Rule]]:
        """The event's (amount, side, rule) in the order of its lines; DomainError where one is missing."""
        missing = self.missing(event)
        if missing:
            raise DomainError(
                "no_posting_rule",
                "{missing} on {on}: complete the posting rules.",
                missing="; ".join(missing),
                on=self.on,
                event=event,
            )
        return [
            (amount.name, side, self.rules[Key(event, amount.name, side)])
            for amount in EVENTS[event]
            for side, _ in amount.sides()
        ]

    def account(self, role: str, account_id: int) -> int:
        """The account that a document names for a role; DomainError where it is not of that role."""
        named = self.accounts.get(account_id)
        if named is None or named.role != role:
            raise DomainError(
                "wrong_account",
                "Account {account} is not of the role {role}: choose one that is.",
                account=named.code if named else account_id,
                role=role,
            )
        return account_id


def rules_on(session: Session, on: date) -> Rules:
    """The rules of a date, read once in a deed."""
    known: dict[date, Rules] = session.info.setdefault("posting rules", {})
    if on not in known:
        known[on] = Rules(on, read(session, RULES_AND_ACCOUNTS, on=on))
    return known[on]


def complete_rules(session: Session) -> list[str]:
    """What today's rules lack: a sentence for each side of an event without a rule; empty when all is there."""
    today = company(session).today()
    rules = Rules(today, read(session, RULES_AND_ACCOUNTS, on=today))
    return [sentence for event in EVENTS for sentence in rules.missing(event)]
