"""Every rule of the database, and the SQL that breaks it.

A case says what it breaks (`guard`: a constraint, an index, or `trigger on table`), how, and the error it meets.
`alone` means that nothing else stands in the way: without the guard the same SQL is taken.
"""

from collections import Counter
from typing import NamedTuple

from sqlalchemy import Column, Computed, Identity

from app import database, embedded
from app.domain.kernel.orm import Exact
from app.domain.schema import metadata
from tests.domain.kernel.guarded_rows import BESIDE, writer

NEWEST = embedded.NEWEST
PROCESSED = {"state": "'processed'"}
CHECK, UNIQUE, EXCLUDED, FOREIGN, FORBIDDEN = "23514", "23505", "23P01", "23503", "42501"
APPEND_ONLY, REGISTRY, FIXED, LEDGER, CHAINED, DERIVED, DESK, INSIDE, MEASURE = (
    f"SB00{place}" for place in range(1, 10)
)


class Violation(NamedTuple):
    guard: str
    sql: str
    error: str
    role: str = database.APP
    alone: bool = True


def numbered(violations: list[Violation]) -> list[str]:
    """A name for each: what it breaks, and which of the ways to break it."""
    ways: Counter[str] = Counter()
    names = []
    for violation in violations:
        ways[violation.guard] += 1
        names.append(f"{violation.guard.replace(' ', '-')}-{ways[violation.guard]}")
    return names


def copied(table: str, **changes: str) -> str:
    """INSERT of a copy of a table's first row, acceptable but for these changes (column → SQL expression)."""
    changes = BESIDE.get(table, {}) | changes
    columns = [
        column.name for column in metadata.tables[table].columns
        if not isinstance(column.server_default, (Computed, Identity))
    ]  # fmt: skip
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(changes.get(name, f'"{name}"') for name in columns)
    order = ", ".join(f'"{column.name}"' for column in metadata.tables[table].primary_key)
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} ORDER BY {order} LIMIT 1"


# Every document says its state.
STATED = (
    "cash_order", "bank_line", "bank_statement", "adjustment", "credit_note", "customer_return", "internal_order",
    "invoice", "manual_entry", "opening_balance", "period", "sales_order", "shipment", "stock_receipt",
    "stock_count", "opening_stock", "write_off",
)  # fmt: skip
CHECKS = [
    Violation(f"ck_{table}_{name}", copied(table, **changes), CHECK, writer(table))
    for table, name, changes in (
        *(("account_day", "closing", {"debit": debit, "credit": "0"}) for debit in ("0", "-1")),
        ("account_day", "closing", {"credit": "-1"}),
        ("desk_day", "balance", {"balance": "-1"}),
        ("actor", "kind", {"kind": "'ghost'"}),
        ("advance", "quantity", {"quantity": "0"}),
        ("advance", "taken", {"delivered": "-1"}),
        ("advance", "taken", {"credited": "-1"}),
        ("advance", "taken", {"delivered": "1", "credited": "1.001"}),
        ("advance_delivery", "quantity", {"quantity": "0"}),
        ("account", "role", {"role": "'ghost'"}),
        ("allocation", "posted", {"posted": "'ghost'"}),
        ("allocation_line", "amount", {"amount": "0"}),
        *((table, "state", {"state": "'ghost'"}) for table in STATED),
        *(
            ("shop", column, {column: "'ghost'"})
            for column in ("dialect", "price_treatment", "vat_treatment", "unknown_skus", "unknown_customers")
        ),
        ("shop", "code", {"code": "'A B'"}),
        ("shop", "unknown_product", {"unknown_skus": "'service'"}),
        ("shop", "fixed_customer", {"unknown_customers": "'fixed'"}),
        ("shop", "old_secret", {"old_secret": "'s'"}),
        ("shop", "keep_days", {"keep_days": "0"}),
        ("shop_sku", "sku", {"sku": "''"}),
        ("shop_level", "available", {"available": "-1"}),
        ("inbound_message", "outcome", {"outcome": "'ghost'"}),
        ("inbound_message", "reason", {"outcome": "'waiting'"}),
        ("inbound_message", "reason", {"reason": "'{}'"}),
        ("inbound_message", "body", {"body": "NULL"}),
        ("job", "status", {"status": "'ghost'"}),
        ("job", "lane", {"lane": "'ghost'"}),
        ("cash_order", "kind", {"kind": "'ghost'"}),
        ("cash_order", "amount", {"amount": "0"}),
        ("cash_order", "about", {"about": "'ghost'"}),
        ("cash_order", "account", {"account_id": "1001"}),
        ("cash_order", "account", {"about": "'account'"}),
        ("cash_order", "transfer", {"transfer_id": "1502"}),
        ("cash_order", "transfer", {"about": "'transfer'"}),
        ("cash_order_target", "amount", {"amount": "0"}),
        ("bank_account", "kind", {"kind": "'ghost'"}),
        ("bank_line", "kind", {"kind": "'ghost'"}),
        ("bank_line", "amount", {"amount": "0"}),
        ("bank_line", "about", {"about": "'ghost'"}),
        ("bank_line", "account", {"account_id": "1001"}),
        ("bank_line", "account", {"about": "'account'"}),
        ("bank_line", "transfer", {"transfer_id": "1502"}),
        ("bank_line", "transfer", {"about": "'transfer'"}),
        ("bank_line", "only_desks_are_counted", {"about": "'difference'"}),
        ("bank_statement", "bank_number", {"bank_number": "''"}),
        ("bank_line_target", "amount", {"amount": "0"}),
        ("adjustment", "kind", {"kind": "'ghost'"}),
        ("adjustment", "amount", {"amount": "0"}),
        ("adjustment_target", "amount", {"amount": "0"}),
        ("company", "only_one", {"id": "2"}),
        ("credit", "used", {"used": "12.01"}),
        ("credit", "used", {"used": "-0.01"}),
        ("credit", "role", {"role": "'revenue'"}),
        *(
            (table, "tax_regime", {"tax_regime": "'ghost'"})
            for table in ("customer", "sales_order", "invoice", "credit_note")
        ),
        ("customer", "discount", {"discount": "100.01"}),
        ("customer", "credit_limit", {"credit_limit": "-0.01"}),
        ("customer_address", "kind", {"kind": "'ghost'"}),
        ("customer_group", "discount", {"discount": "100.01"}),
        ("credit_note", "gross", {"gross": "-0.01"}),
        ("credit_note", "reason", {"reason": "''"}),
        ("credit_note", "supply_on", {"supply_on": "'2026-01-01'"}),
        ("credit_note", "without_invoice", {"invoice_id": "NULL", "gross": "0"}),
        ("credit_note", "without_invoice", {"invoice_id": "NULL", "return_id": "5502"}),
        ("credit_note_line", "how_much", {"quantity": "0"}),
        ("credit_note_line", "how_much", {"amount": "1"}),
        ("credit_note_line", "how_much", {"kind": "'allowance'", "quantity": "0"}),
        ("credit_note_line", "how_much", {"kind": "'allowance'", "amount": "1"}),
        (
            "credit_note_line",
            "how_much",
            {"kind": "'allowance'", "quantity": "0", "amount": "-1", "invoice_line_id": "NULL"},
        ),
        ("credit_note_line", "kind", {"kind": "'ghost'"}),
        ("credit_note_line", "of_invoice", {"invoice_line_id": "NULL"}),
        ("credit_note_line", "of_invoice", {"kind": "'free'"}),
        ("credit_note_line", "tax", {"tax_rate_id": "NULL"}),
        ("credit_note_line", "again_cost", {"again_cost": "-0.01"}),
        ("customer_return_line", "uninvoiced", {"uninvoiced": "3.001"}),
        ("customer_return_line", "uninvoiced", {"uninvoiced": "-1"}),
        ("customer_return_line", "quantity", {"quantity": "0"}),
        ("customer_return_line", "unit_cost", {"unit_cost": "-1"}),
        ("customer_return_line", "value", {"deferred": "1.501"}),
        ("customer_return_line", "value", {"deferred": "-1"}),
        ("discount", "whose", {"customer_group_id": "1001"}),
        ("discount", "whose", {"customer_id": "NULL"}),
        ("discount", "of_what", {"product_group_id": "1001"}),
        ("discount", "of_what", {"product_id": "NULL"}),
        ("discount", "how_much", {"special_price": "1"}),
        ("discount", "how_much", {"percent": "NULL"}),
        (
            "discount",
            "special_of_product",
            {"product_id": "NULL", "product_group_id": "1001", "percent": "NULL", "special_price": "1"},
        ),
        ("discount", "percent", {"percent": "100.01"}),
        ("discount", "special_price", {"percent": "NULL", "special_price": "-0.01"}),
        ("discount", "min_quantity", {"min_quantity": "-1"}),
        ("discount_limit", "percent", {"percent": "100.01"}),
        ("internal_order", "dates", {"sent_on": "'2026-01-04'"}),
        ("internal_order", "dates", {"received_on": "'2026-01-05'"}),
        ("internal_order_line", "quantity", {"quantity": "0", "sent": "0"}),
        ("internal_order_line", "sent", {"sent": "-1"}),
        ("internal_order_line", "sent", {"sent": "2.001"}),
        ("internal_order_line", "sent_at_cost", {"cost": "NULL"}),
        ("internal_order_line", "received", {"received": "-1"}),
        ("internal_order_line", "received_at_value", {"value": "NULL"}),
        ("internal_order_line", "received_after_sent", {"sent": "NULL", "cost": "NULL"}),
        ("invoice", "kind", {"kind": "'ghost'"}),
        ("invoice", "gross", {"gross": "-0.01"}),
        ("invoice", "debit", {"kind": "'debit'"}),
        ("invoice", "debit", {"credit_note_id": "5702"}),
        ("invoice_line", "quantity", {"quantity": "0"}),
        ("invoice_line", "cost", {"cost": "-0.01"}),
        ("invoice_line", "credited", {"credited": "2.001"}),
        ("invoice_line", "credited", {"credited": "-1"}),
        ("invoice_line", "credited_net", {"credited_net": "10.01"}),
        ("invoice_line", "credited_net", {"credited_net": "-1"}),
        ("invoice_line", "credited_vat", {"credited_vat": "2.01"}),
        ("invoice_line", "credited_vat", {"credited_vat": "-1"}),
        ("invoice_line", "of_shipment", {"shipment_line_id": "NULL"}),
        ("invoice_line", "of_shipment", {"kind": "'advance'"}),
        ("invoice_line", "of_order", {"order_line_id": "NULL"}),
        ("invoice_line", "of_credit", {"credit_line_id": "5802"}),
        ("invoice_line", "tax", {"tax_rate_id": "NULL"}),
        ("journal_line", "one_sided", {"debit": "1", "credit": "1"}),
        ("journal_line", "one_sided", {"debit": "0", "credit": "0"}),
        ("journal_line", "one_sided", {"debit": "-1", "credit": "0"}),
        ("ledger_history", "step", {"step": "'ghost'"}),
        ("ledger_history", "subject", {"step": "'change'"}),
        ("ledger_history", "subject", {"period_id": "NULL"}),
        ("ledger_history", "subject", {"account_id": "1001"}),
        ("ledger_history", "subject", {"rule_id": "1001", "account_id": "1001"}),
        ("ledger_history", "reason", {"reason": "''"}),
        ("manual_entry_line", "one_sided", {"credit": "5"}),
        ("manual_entry_line", "one_sided", {"debit": "0"}),
        ("manual_entry_line", "one_sided", {"debit": "-1"}),
        ("number_series", "restart", {"restart": "'ghost'"}),
        ("number_series", "width", {"width": "0"}),
        ("open_item", "allocated", {"allocated": "12.01"}),
        ("open_item", "allocated", {"allocated": "-0.01"}),
        ("opening_balance", "about", {"about": "'ghost'"}),
        ("opening_balance", "amount", {"amount": "0"}),
        ("opening_balance", "amount", {"amount": "-1"}),
        ("opening_balance", "amount", {"about": "'bank'", "bank_account_id": "1001", "amount": "0"}),
        ("opening_balance", "cash_desk", {"cash_desk_id": "1001"}),
        ("opening_balance", "cash_desk", {"about": "'cash'"}),
        ("opening_balance", "bank_account", {"bank_account_id": "1001"}),
        ("opening_balance", "bank_account", {"about": "'bank'"}),
        ("opening_balance", "due_on", {"about": "'paid_ahead'", "due_on": "'2026-02-01'"}),
        ("payment_status", "status", {"status": "'ghost'"}),
        ("instalment", "amount", {"amount": "0"}),
        *(
            (table, name, changes)
            for table in ("payment_term", "payment_term_part")
            for name, changes in (
                ("rule", {"rule": "'ghost'"}),
                *((name, {name: "-1"}) for name in ("days", "months")),
                ("day", {"day": "0"}),
                ("day", {"day": "32"}),
            )
        ),
        ("payment_term_part", "how_much", {"amount": "1"}),
        ("payment_term_part", "how_much", {"percent": "NULL"}),
        ("payment_term_part", "percent", {"percent": "0"}),
        ("payment_term_part", "percent", {"percent": "100.01"}),
        ("payment_term_part", "amount", {"percent": "NULL", "amount": "0"}),
        ("posting_rule", "side", {"side": "'ghost'"}),
        ("price_list", "percent", {"base_id": "1001", "percent": "900.01"}),
        ("price_list", "step", {"base_id": "1001", "step": "0.02"}),
        ("price_list", "derived", {"percent": "5"}),
        ("price_list", "derived", {"step": "1"}),
        ("price_list", "less_cent", {"base_id": "1001", "less_cent": "true"}),
        ("price_list_row", "price", {"price": "-0.01"}),
        ("price_list_row", "min_quantity", {"min_quantity": "-1"}),
        ("product", "kind", {"kind": "'ghost'"}),
        ("reorder_point", "minimum", {"minimum": "0"}),
        ("reorder_point", "maximum", {"maximum": "4.999"}),
        ("reorder_point", "source", {"source_id": "1001"}),
        ("repayment", "amount", {"amount": "0"}),
        ("rounding", "amount", {"amount": "0"}),
        ("reservation", "quantities", {"quantity": "-1"}),
        ("reservation", "quantities", {"waiting": "-1"}),
        ("reservation", "one_line", {"internal_line_id": "5003"}),
        ("reservation", "one_line", {"line_id": "NULL"}),
        ("sales_order", "channel", {"channel": "'ghost'"}),
        ("sales_order", "way", {"way": "'ghost'"}),
        ("sales_order", "gross", {"gross": "-0.01"}),
        ("sales_order_line", "price_source", {"price_source": "'ghost'"}),
        ("sales_order_line", "quantity", {"quantity": "0"}),
        ("sales_order_line", "discount", {"discount": "100.01"}),
        ("sales_order_line", "ahead", {"pre_shipped": "-1"}),
        ("sales_order_line", "ahead", {"pre_invoiced": "1", "pre_shipped": "1.001"}),
        ("sales_order_line", "ahead", {"pre_invoiced": "2.001"}),
        ("sales_order_line", "progress", {"shipped": "-1"}),
        ("sales_order_line", "progress", {"given_up": "-1"}),
        ("sales_order_line", "progress", {"shipped": "2", "given_up": "1"}),
        ("shipment", "cogs_timing", {"cogs_timing": "'ghost'"}),
        ("shipment_line", "invoiced", {"invoiced": "2.001"}),
        ("shipment_line", "pre_invoiced", {"pre_invoiced": "2.001"}),
        ("shipment_line", "pre_credited", {"pre_credited": "0.001"}),
        ("shipment_line", "pre_credited", {"pre_credited": "-1"}),
        ("shipment_line", "pre_credited", {"pre_invoiced": "-1"}),
        ("shipment_line", "invoiced", {"invoiced": "1", "returned": "2", "returned_uninvoiced": "2"}),
        ("shipment_line", "returned", {"returned": "2.001"}),
        ("shipment_line", "returned_uninvoiced", {"returned": "1", "returned_uninvoiced": "2"}),
        ("shipment_line", "returned_uninvoiced", {"returned_uninvoiced": "-1"}),
        ("stock_balance", "on_hand", {"on_hand": "-1", "value": "0"}),
        ("stock_balance", "reserved", {"reserved": "-1"}),
        ("stock_balance", "value", {"value": "-0.01"}),
        ("stock_balance", "value", {"on_hand": "0"}),
        ("stock_day", "closing", {"quantity": "-1", "value": "0"}),
        ("stock_day", "closing", {"value": "-0.01"}),
        ("stock_day", "closing", {"quantity": "0"}),
        ("stock_move", "moves_something", {"quantity": "0", "value": "0"}),
        ("stock_count_line", "counted", {"counted": "-1"}),
        ("stock_count_line", "unit_cost", {"unit_cost": "-0.01"}),
        ("inventory_account_change_line", "accounts", {"from_account_id": "to_account_id"}),
        ("opening_stock_line", "quantity", {"quantity": "0"}),
        ("opening_stock_line", "unit_cost", {"unit_cost": "-0.01"}),
        ("opening_stock_line", "value", {"value": "-0.01"}),
        ("write_off", "reason", {"reason": "'ghost'"}),
        ("write_off_line", "quantity", {"quantity": "0"}),
        ("stock_receipt_line", "quantity", {"quantity": "-1"}),
        ("stock_receipt_line", "unit_cost", {"unit_cost": "-0.01"}),
        ("tax_rate", "rate", {"rate": "100.01"}),
        ("tax_rate_row", "percent", {"percent": "100.01"}),
        ("tax_rule", "regime", {"regime": "'domestic'"}),
        ("tax_rule", "category", {"category": "'X'"}),
        ("unit", "decimals", {"decimals": "4"}),
        ("warehouse", "way", {"way": "'ghost'"}),
        ("warehouse", "reservation_days", {"reservation_days": "0"}),
    )
] + [
    # What is no kind is neither of a shipment nor free.
    Violation("ck_invoice_line_kind", copied("invoice_line", kind="'ghost'"), CHECK, alone=False),
    Violation("ck_company_difference_limit", "UPDATE company SET difference_limit = -1", CHECK),
    Violation("ck_company_invoice_days", "UPDATE company SET invoice_days = -1", CHECK),
    Violation("ck_company_credit_series", "UPDATE company SET credit_series = 'ghost'", CHECK),
    Violation("ck_company_cogs_timing", "UPDATE company SET cogs_timing = 'ghost'", CHECK),
    # Without the check the exclusion would stumble over the range that ends before it begins.
    Violation("ck_period_dates", copied("period", ends_on="starts_on - 100"), CHECK, alone=False),
    Violation("ck_price_list_row_dates", copied("price_list_row", valid_to="valid_from - 1"), CHECK, alone=False),
    Violation("ck_discount_dates", copied("discount", valid_to="valid_from - 1"), CHECK, alone=False),
    # Its sibling `invoiced` refuses the same: no more is invoiced than there is, and not less than nothing.
    Violation("ck_shipment_line_quantity", copied("shipment_line", quantity="-1"), CHECK, alone=False),
    # Nor is more invoiced in advance than at all.
    Violation("ck_shipment_line_invoiced", copied("shipment_line", invoiced="-1"), CHECK, alone=False),
]

EXACT_COLUMNS = [
    column for table in metadata.tables.values() for column in table.columns if isinstance(column.type, Exact)
]
TOO_FINE = {
    # Where a plain tiny amount would break a rule of its own, the value stays close to the row's.
    ("journal_line", "debit"): {"credit": "0"},
    ("journal_line", "credit"): {"debit": "0"},
    ("manual_entry_line", "credit"): {"debit": "0"},
    ("credit", "amount"): {"used": "0"},
    ("internal_order_line", "quantity"): {"sent": "0"},
    ("open_item", "amount"): {"allocated": "0"},
    ("sales_order_line", "pre_shipped"): {"pre_invoiced": "1"},
    ("shipment_line", "pre_credited"): {"pre_invoiced": "1"},
    ("shipment_line", "returned_uninvoiced"): {"returned": "1"},
    ("credit_note_line", "amount"): {"kind": "'allowance'", "quantity": "0"},
    ("price_list", "percent"): {"base_id": "1001"},
    ("price_list", "step"): {"base_id": "1001"},
    ("discount", "special_price"): {"percent": "NULL"},
    ("payment_term_part", "amount"): {"percent": "NULL"},
}
# A step is one of a few, none of which is too fine; a maximum is never below a minimum.
LISTED = {("price_list", "step"), ("reorder_point", "maximum")}


def inexact(column: Column[object], value: str = "0.00001") -> Violation:
    """More decimals than the column has, in a row that breaks no other rule."""
    changes = TOO_FINE.get((column.table.name, column.name), {}) | {column.name: value}
    alone = (column.table.name, column.name) not in LISTED
    name = f"ck_{column.table.name}_{column.name}_exact"
    if column.table.name == "company":
        return Violation(name, f"UPDATE company SET {column.name} = {value}", CHECK)
    return Violation(name, copied(column.table.name, **changes), CHECK, writer(column.table.name), alone)
