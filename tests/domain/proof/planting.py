"""How a fault is planted behind the program's back: words for the rows that it changes."""

from typing import NamedTuple

from app.domain.proof import Proof


class Fault(NamedTuple):
    """The proof that must turn red, the statements that plant the fault, and a part of what the offender is called."""

    proof: Proof
    named: str
    sql: tuple[str, ...]


def fault(proof: Proof, named: str, *sql: str) -> Fault:
    return Fault(proof, named, sql)


def number(text: str) -> str:
    """The id of the document with this number."""
    return f"(SELECT id FROM document WHERE number = '{text}')"


def of(sku: str) -> str:
    """Rows of a product in the main warehouse."""
    return f"""product_id = (SELECT id FROM product WHERE sku = '{sku}')
               AND warehouse_id = (SELECT id FROM warehouse WHERE code = 'MAIN')"""


def entry(document: str, event: str) -> str:
    return f"(SELECT id FROM journal_entry WHERE document_id = {number(document)} AND event = '{event}')"


def account(role: str) -> str:
    return f"(SELECT min(id) FROM account WHERE role = '{role}')"


def astray(role: str, document: str, event: str) -> str:
    """Puts a line of an entry from the accounts of a role on another account."""
    return f"""UPDATE journal_line SET account_id = {account("other")} WHERE entry_id = {entry(document, event)}
               AND account_id IN (SELECT id FROM account WHERE role = '{role}')"""
