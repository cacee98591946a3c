"""Every action of the domain, and the random histories in which it is done."""

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import app
from app.domain.correcting import CORRECT
from app.domain.lifecycles import LIFECYCLES

TRADE = {
    "process_receipts", "cancel_receipts", "add_orders", "edit_order", "activate_orders", "approve_orders",
    "process_orders", "cancel_orders", "reprice_orders", "process_shipments", "cancel_shipments",
    "take_orders", "edit_shipment", "draft_invoices", "delete_invoices", "issue_invoices", "add_cash_orders",
    "process_cash_orders", "cancel_cash_orders", "add_returns", "process_returns", "cancel_returns",
    "add_credit_notes", "issue_credit_notes", "allocate_payments", "release_allocations",
    "reopen_orders", "give_up_orders", "undo_chains", "expire_reservations", "add_adjustments", "process_adjustments",
    "cancel_adjustments", "add_bank_lines", "process_bank_lines", "cancel_bank_lines", "correct stock_receipt",
    "correct cash_order", "correct customer_return", "correct adjustment", "correct bank_line",
}  # fmt: skip
GOODS = {
    "process_receipts", "cancel_receipts", "process_shipments", "cancel_shipments", "add_write_offs",
    "process_write_offs", "cancel_write_offs", "process_counts", "cancel_counts", "add_openings", "process_openings",
    "cancel_openings", "change_group", "change_product", "change_warehouse", "change_reorder_point",
    "propose_internal_orders", "add_internal_orders", "approve_internal_orders", "send_internal_orders",
    "receive_internal_orders", "cancel_internal_orders", "correct internal_order", "correct write_off",
    "correct stock_count", "correct opening_stock",
}  # fmt: skip
OFFICE = {
    "add_invoices", "edit_invoice", "add_advances", "edit_advance", "add_free_invoices", "edit_free_invoice",
    "issue_invoices", "reschedule_invoices", "credit_invoices", "credit_lines", "issue_credit_notes",
    "debit_credit_notes", "add_debit_notes", "edit_debit_note", "add_loose_credits", "edit_loose_credit",
    "edit_credit_note",
    "return_shipments", "edit_return", "add_loose_returns", "edit_loose_return",
    "process_returns", "delete_returns", "delete_credit_notes",
    "add_statements", "process_statements", "cancel_statements", "correct bank_statement", "allocate_payments",
    "release_allocations", "process_cash_orders", "undo_chains", "add_counts", "write_counted", "delete_counts",
    "edit_order", "delete_orders", "add_receipts", "edit_receipt", "delete_receipts", "add_write_offs",
    "edit_write_off", "delete_write_offs", "add_openings", "edit_opening", "delete_openings", "add_internal_orders",
    "edit_internal_order", "delete_internal_orders", "edit_cash_order", "delete_cash_orders", "add_bank_lines",
    "edit_bank_line", "delete_bank_lines", "edit_statement", "delete_statements", "add_adjustments", "edit_adjustment",
    "delete_adjustments", "edit_manual_entry", "delete_manual_entries", "edit_opening_balance",
    "delete_opening_balances",
}  # fmt: skip
BOOKS = {
    "add_opening_balances", "process_opening_balances", "cancel_opening_balances", "add_manual_entries",
    "process_manual_entries", "cancel_manual_entries", "close_period", "reopen_period", "change_rules",
    "process_cash_orders", "allocate_payments", "correct manual_entry", "correct opening_balance",
}  # fmt: skip
IN_NONE = {
    "perform_orders": "Shipping and giving up take this step, in every history.",
    "resume_orders": "Cancelling a shipment takes this step, in every history.",
    "change_unit": "What could touch stock, its decimals, never changes; the rest is a name.",
    "take": "It imports a file that somebody brought; what that does are actions of their own, and cards.",
    "keep": "It keeps a file that somebody brought; what comes of that is up to a job.",
    "upload": "It finds a file that somebody brought; what is imported of it are cards.",
    "ask": "It asks for a job; what that does are actions of their own.",
    "see_to": "It ends notices of orders that a shop sent; nothing that is booked changes.",
    "set_up_company": "Every history begins with it.",
}


def actions() -> set[str]:
    """Every step of a document, what corrects each kind, and all else of the domain that changes anything.

    That is what pages, commands and the like import of it, and what either asks who does it, or changes a card.
    """
    steps = {action.__name__ for lifecycle in LIFECYCLES for action in lifecycle.actions.values()}
    return steps | {f"correct {kind}" for kind in CORRECT} | set(_imported())


def _imported() -> Iterator[str]:
    """What the rest of the program imports of the domain that takes a session and who does it."""
    root = Path(app.__file__).parent
    for path in root.rglob("*.py"):
        if path.is_relative_to(root / "domain"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app.domain."):
                yield from (alias.name for alias in node.names if _acts(node.module or "", alias.name))


def _acts(module: str, name: str) -> bool:
    found = getattr(import_module(module), name, None)
    if not inspect.isfunction(found):
        return False
    parameters = inspect.signature(found).parameters
    return "session" in parameters and ("by" in parameters or name.startswith(("change_", "set_up_")))
