"""What the triggers and the privileges refuse."""

from app import database
from tests.domain.kernel.changes import changed
from tests.domain.kernel.guarded_rows import CLOSINGS
from tests.domain.kernel.violations import (
    APPEND_ONLY,
    CHAINED,
    DERIVED,
    DESK,
    FIXED,
    FORBIDDEN,
    INSIDE,
    LEDGER,
    MEASURE,
    REGISTRY,
    Violation,
    copied,
)

HISTORIES = {
    "stock_move": "value", "journal_entry": "event", "journal_line": "debit", "journal_chain": "seq",
    "document_history": "step", "allocation_line": "amount", "advance_delivery": "net",
    "inventory_account_change": "last_move_id", "inventory_account_change_line": "value",
    "ledger_history": "reason", "audit_entry": "subject", "tax_rate_told": "after_id",
}  # fmt: skip
# Their rows change, and never go.
KEPT = ("document", "allocation", "instalment", "credit", "repayment", "rounding", "advance", "posting_rule")
# Other tables point at these, so that TRUNCATE meets the guards of those too.
POINTED_AT = {
    "document", "allocation", "credit", "journal_entry", "advance", "inventory_account_change", "posting_rule",
}  # fmt: skip


def _by_owner(trigger: str, table: str, sql: str) -> Violation:
    return Violation(f"{trigger} on {table}", sql, APPEND_ONLY, database.OWNER, alone=table not in POINTED_AT)


APPEND_ONLY_TRIGGERS = (
    [
        _by_owner("guard_append_only", table, sql)
        for table, column in HISTORIES.items()
        for sql in (
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        )
    ]
    + [
        _by_owner("guard_append_only", "instalment", sql)
        for sql in (
            "UPDATE instalment SET document_id = 5001",
            "UPDATE instalment SET position = 2",
            "UPDATE instalment SET amount = 13",
            "DELETE FROM instalment",
            "TRUNCATE instalment CASCADE",
        )
    ]
    + [
        _by_owner("guard_append_only", "advance", sql)
        for sql in (
            *changed("advance", 1001, "invoice_id invoice_line_id order_line_id quantity net gross"),
            "DELETE FROM advance WHERE id = 1002",
            "TRUNCATE advance CASCADE",
        )
    ]
    + [
        _by_owner("guard_no_removal", table, sql)
        for table, row in (
            ("document", "id = 7001"),
            ("allocation", "id = 7001"),
            ("credit", "document_id = 6003"),
            ("repayment", "refund_id = 6003"),
            ("rounding", "invoice_id = 5003"),
            ("posting_rule", "id = 1002"),
            ("account_day", "account_id = 1001"),
            ("customer_day", "customer_id = 1001"),
            ("desk_day", "cash_desk_id = 1001"),
        )
        for sql in (f"DELETE FROM {table} WHERE {row}", f"TRUNCATE {table} CASCADE")
    ]
)

REGISTRY_TRIGGER = [
    Violation("guard_document on document", sql, REGISTRY)
    for sql in changed("document", 2002, "kind created_at number series_id customer_id warehouse_id")
]

PRINTED = {
    "sales_order": (
        2002, "channel on price_list_id tax_regime prices_include_vat currency rate net vat gross agreed_by agreed_how "
        "agreed_at"
    ),
    "shipment": (3002, "order_id on cogs_timing net vat gross"),
    "stock_receipt": (4002, "on"),
    "opening_stock": (4302, "on"),
    "write_off": (4502, "on"),
    "internal_order": (4902, "source_id on sent_on received_on"),
    "customer_return": (5502, "on note"),
    "credit_note": (
        5702, "on reason seller buyer terms tax_regime prices_include_vat currency rate net vat gross"
    ),
    "stock_count": (4702, "on sheet_at"),
    "invoice": (
        5002,
        "on supply_on seller buyer terms tax_regime prices_include_vat currency rate note net vat gross",
    ),
    "cash_order": (6002, "cash_desk_id on amount currency rate purpose"),
    "adjustment": (6702, "on amount currency rate purpose"),
    "manual_entry": (6802, "on text"),
    "opening_balance": (6852, "on due_on amount currency rate purpose"),
    "bank_statement": (6602, "bank_account_id bank_number on opening closing currency digest"),
    "bank_line": (6502, "bank_account_id on amount currency rate purpose statement_id"),
}  # fmt: skip
FIRST_STATES = {"sales_order": "estimate", "shipment": "draft", "stock_receipt": "draft", "write_off": "draft",
                "invoice": "draft", "customer_return": "draft", "credit_note": "draft", "stock_count": "draft",
                "cash_order": "draft", "bank_line": "draft", "bank_statement": "draft",
                "adjustment": "draft", "opening_stock": "draft",
                "manual_entry": "draft", "internal_order": "draft", "opening_balance": "draft"}  # fmt: skip

FIXED_DOCUMENTS = [
    Violation(f"guard_fixed on {table}", sql, FIXED)
    for table, (row, columns) in PRINTED.items()
    for sql in (
        *changed(table, row, columns),
        f"UPDATE {table} SET state = '{FIRST_STATES[table]}' WHERE id = {row}",
    )
] + [
    Violation(f"guard_fixed on {table}", f"UPDATE {table} SET state = '{state}' WHERE id = {row}", FIXED)
    for table, state, row in (
        ("sales_order", "approved", 2003), ("shipment", "processed", 3003), ("stock_receipt", "processed", 4003),
        ("write_off", "processed", 4503), ("opening_stock", "processed", 4303), ("stock_count", "processed", 4703),
        ("customer_return", "processed", 5503), ("cash_order", "processed", 6003),
        ("bank_line", "processed", 6503), ("bank_statement", "processed", 6603), ("adjustment", "processed", 6703),
        ("internal_order", "performed", 4903), ("internal_order", "in_transit", 4902),
        ("manual_entry", "processed", 6803), ("opening_balance", "processed", 6853),
    )
] + [
    Violation(f"guard_no_removal on {table}", f"DELETE FROM {table} WHERE id = {row}", FIXED, alone=False)
    for table, (row, _) in PRINTED.items()
] + [
    # That one without invoice alone names a day is another rule.
    Violation("guard_fixed on credit_note", sql, FIXED, alone=False)
    for sql in changed("credit_note", 5702, "supply_on")
] + [
    Violation("guard_fixed on adjustment", "UPDATE adjustment SET kind = 'difference' WHERE id = 6702", FIXED)
] + [
    Violation("guard_fixed on invoice", f"UPDATE invoice SET {change}", FIXED)
    for change in ("kind = 'debit', credit_note_id = 5702 WHERE id = 5002", "credit_note_id = 5701 WHERE id = 5003")
] + [
    Violation(f"guard_fixed on {table}", f"UPDATE {table} SET {change} WHERE id = {row}", FIXED)
    for table, row in (("cash_order", 6002), ("bank_line", 6502))
    for change in ("kind = 'expense'", "about = 'account', account_id = 1002",
                   "about = 'transfer', transfer_id = 1502")
] + [
    Violation("guard_fixed on opening_balance", f"UPDATE opening_balance SET {change}", FIXED)
    for change in ("about = 'paid_ahead' WHERE id = 6852", "cash_desk_id = 1001 WHERE id = 6854",
                   "bank_account_id = 1001 WHERE id = 6855")
] + [
    Violation("guard_fixed on write_off", "UPDATE write_off SET reason = 'damaged' WHERE id = 4502", FIXED),
    Violation("guard_fixed on sales_order", "UPDATE sales_order SET state = 'active' WHERE id = 2002", FIXED,
              alone=False),
    Violation("guard_reopened on sales_order", "UPDATE sales_order SET state = 'active', agreed_by = NULL, "
              "agreed_how = NULL, agreed_at = NULL WHERE id = 2002", FIXED),
] + [
    Violation("guard_fixed on allocation", sql, APPEND_ONLY)
    for sql in (
        *changed("allocation", 7001, "payment_id target_id on at"),
        "UPDATE allocation SET posted = 'none' WHERE id = 7001",
        "UPDATE allocation SET since_id = 7002 WHERE id = 7001",
        "UPDATE allocation SET released_on = NULL WHERE id = 7002",
        "UPDATE allocation SET released_on = '2026-02-01' WHERE id = 7002",
    )
] + [
    Violation("guard_fixed on credit", f"UPDATE credit SET {change} WHERE document_id = 6002", APPEND_ONLY)
    for change in ("amount = 11", "amount = 13", "customer_id = 1002", "currency = 'USD'", "\"on\" = '2026-02-01'",
                   "role = 'receivables'")
] + [
    Violation("guard_fixed on repayment", f"UPDATE repayment SET {change}", APPEND_ONLY)
    for change in (
        "amount = 1 WHERE refund_id = 6001", "\"on\" = '2026-02-01' WHERE refund_id = 6001",
        "source_id = 6003 WHERE refund_id = 6001", "refund_id = 6002 WHERE refund_id = 6001",
        "cancelled_on = NULL WHERE refund_id = 6003", "cancelled_on = '2026-02-01' WHERE refund_id = 6003",
    )
] + [
    Violation("guard_fixed on rounding", f"UPDATE rounding SET {change}", APPEND_ONLY)
    for change in (
        "amount = 0.02 WHERE invoice_id = 5002", "line_id = 5101 WHERE invoice_id = 5002",
        "shipment_id = 3001 WHERE invoice_id = 5002", "invoice_id = 5001 WHERE invoice_id = 5002",
        "taken_back_on = NULL WHERE invoice_id = 5003", "taken_back_on = '2026-02-01' WHERE invoice_id = 5003",
    )
]  # fmt: skip

LINES = {
    "sales_order_line": (
        "sales_order", "order_id", 2102,
        "product_id warehouse_id position sku name unit quantity unit_price discount price_source manual_by_id"
        " explanation tax_rate_id tax_percent net vat gross",
    ),
    "shipment_line": (
        "shipment", "shipment_id", 3102, "position order_line_id quantity tax_percent net vat gross cost"
    ),
    "stock_receipt_line": ("stock_receipt", "receipt_id", 4102, "position product_id quantity unit_cost value"),
    "stock_count_line": (
        "stock_count", "count_id", 4802, "position expected counted unit_cost difference value"
    ),
    "opening_stock_line": ("opening_stock", "opening_id", 4402, "position quantity unit_cost value"),
    "write_off_line": ("write_off", "write_off_id", 4602, "position product_id quantity cost"),
    "internal_order_line": ("internal_order", "internal_order_id", 5002, "position product_id quantity"),
    "invoice_line": (
        "invoice", "invoice_id", 5102,
        "position shipment_line_id order_line_id product_id account_id sku name unit quantity unit_price discount"
        " tax_rate_id tax_percent net vat gross rounding cost",
    ),
    "credit_note_line": (
        "credit_note", "credit_note_id", 5802,
        "position shipment_line_id product_id account_id sku name unit quantity unit_price discount tax_rate_id"
        " tax_percent net vat gross again_net again_gross again_cost",
    ),
    "customer_return_line": (
        "customer_return", "return_id", 5602,
        "position shipment_line_id product_id quantity unit_cost uninvoiced value deferred",
    ),
    "cash_order_target": ("cash_order", "cash_order_id", 6102, "target_id line_id amount"),
    "adjustment_target": ("adjustment", "adjustment_id", 6802, "target_id line_id amount"),
    "manual_entry_line": ("manual_entry", "manual_entry_id", 6902, "position account_id debit"),
    "bank_line_target": ("bank_line", "bank_line_id", 6602, "target_id line_id amount"),
}  # fmt: skip

# What the other document has already.
OTHERWISE_TWICE = {
    "shipment_line": {"order_line_id": "2101"},
    "stock_count_line": {"product_id": "1001"},
    "opening_stock_line": {"product_id": "1001"},
}

FIXED_LINES = [
    Violation(f"guard_fixed_line on {table}", sql, FIXED)
    for table, (_, parent, row, columns) in LINES.items()
    for sql in (
        *changed(table, row, columns),
        f"UPDATE {table} SET {parent} = {parent} - 1 WHERE id = {row}",
        f"UPDATE {table} SET {parent} = {parent} + 1 WHERE id = {row - 1}",
    )
] + [
    Violation("guard_fixed_line on manual_entry_line",
              "UPDATE manual_entry_line SET debit = 0, credit = debit WHERE id = 6902", FIXED)
] + [
    Violation("guard_fixed_line on invoice_line", "UPDATE invoice_line SET credit_line_id = 5801 WHERE id = 5103",
              FIXED)
] + [
    Violation(f"guard_fixed_line on {table}", f"DELETE FROM {table} WHERE id = {row}", FIXED, alone=False)
    for table, (_, _, row, _) in LINES.items()
] + [
    Violation(f"guard_added_line on {table}", copied(table, **{parent: f"{parent} + 1"} | more), FIXED)
    for table, (_, parent, _, _) in LINES.items()
    for more in [OTHERWISE_TWICE.get(table, {})]
]  # fmt: skip

MOVED_LINES = [
    Violation(
        "guard_moved_line on internal_order_line", f"UPDATE internal_order_line SET {change} WHERE id = {row}", FIXED
    )
    for change in ("sent = 2", "cost = 2", "received = 2", "value = 2")
    for row in (5001, 5002)
]

FIRE = "; SET CONSTRAINTS ALL IMMEDIATE"
LEDGER_TRIGGERS = [
    Violation("guard_entry_balances on journal_entry", copied("journal_entry") + FIRE, LEDGER),
    Violation(
        "guard_entry_balances on journal_entry",
        copied("journal_entry") + "; " + copied("journal_line", entry_id="currval('journal_entry_id_seq')") + FIRE,
        LEDGER,
    ),
    Violation("guard_entry_lines on journal_line", copied("journal_line", on='"on" + 1'), LEDGER),
    Violation("guard_entry_lines on journal_line", copied("journal_line", entry_id="8001"), LEDGER),
    # Only whom no trigger sees can make an entry look like one of another transaction.
    Violation(
        "keep_days on journal_chain",
        "SET LOCAL session_replication_role = replica; UPDATE journal_entry SET txid = txid - 1 WHERE id = 8002; "
        f"SET LOCAL session_replication_role = origin; {copied('journal_chain')}",
        LEDGER,
        role="NONE",
    ),
]

CHAINED_TRIGGERS = [
    Violation("guard_used_account on account", f"UPDATE account SET {change} WHERE id = 1002", CHAINED)
    for change in ("code = '412'", "role = 'other'")
] + [
    Violation("guard_used_rule on posting_rule", f"UPDATE posting_rule SET {change} WHERE id = 1001", CHAINED)
    for change in ("event = 'x'", "amount = 'x'", "side = 'credit'", "role = 'receivables', account_id = 1002",
                   "valid_from = '2026-01-02'")
] + [
    Violation("guard_company on company", f"UPDATE company SET chain_seq = 2; UPDATE company SET {change}", CHAINED)
    for change in ("currency = 'USD'", "chain_seq = 1", "chain_hash = 'abc'")
]  # fmt: skip

DERIVED_LISTS = [
    Violation("guard_price_list on price_list", sql, DERIVED)
    for sql in (
        "UPDATE price_list SET base_id = 1001 WHERE id = 1002; UPDATE price_list SET base_id = 1002 WHERE id = 1001",
        "UPDATE price_list SET base_id = id WHERE id = 1002",
        copied("price_list", base_id="1001", currency="'USD'"),
        copied("price_list", base_id="1001", vat_included="true"),
        "UPDATE price_list SET base_id = 1001 WHERE id = 1002; UPDATE price_list SET currency = 'USD' WHERE id = 1001",
    )
]

CARDS = [
    Violation("guard_product_group on product_group", sql, INSIDE)
    for sql in (
        "UPDATE product_group SET parent_id = id WHERE id = 1001",
        "INSERT INTO product_group (id, code, name, parent_id) VALUES (1002, 'in', 'Inner', 1001); "
        "UPDATE product_group SET parent_id = 1002 WHERE id = 1001",
    )
] + [
    Violation("guard_measure on product", f"UPDATE product SET {change} WHERE id = 1002", MEASURE)
    for change in ("kind = 'production'", "unit_id = 1002")
] + [
    Violation("guard_measure on unit", "UPDATE unit SET decimals = 2 WHERE id = 1001", MEASURE)
]  # fmt: skip

SPENT = copied("cash_order", kind="'expense'")
# Of another amount than the order's.
POSTED = """
INSERT INTO journal_entry (id, document_id, event, "on", at, actor_id, currency)
    VALUES (8009, 1501, 'cash_order.paid_out', '2026-01-06', now(), 1001, 'EUR');
INSERT INTO journal_line ("on", entry_id, position, account_id, debit, credit, currency, currency_amount, rule_id)
    SELECT "on", 8009, position, account_id, credit / 2, debit / 2, 'EUR', -6, 1001
    FROM journal_line WHERE entry_id = 8001;
"""
DESKS = [
    Violation("guard_desk on cash_order", sql, DESK)
    for sql in (
        f"{SPENT}; UPDATE cash_order SET state = 'processed' WHERE id = 1501",
        copied("cash_order", kind="'expense'", state="'processed'"),
        f"{SPENT}; {POSTED} UPDATE cash_order SET state = 'processed' WHERE id = 1501",
        "UPDATE cash_order SET state = 'cancelled' WHERE id = 6002",
    )
] + [
    Violation("guard_desk on opening_balance", "UPDATE opening_balance SET state = 'cancelled' WHERE id = 6854", DESK)
]  # fmt: skip

TRIGGERS = [
    *APPEND_ONLY_TRIGGERS, *REGISTRY_TRIGGER, *FIXED_DOCUMENTS, *FIXED_LINES, *MOVED_LINES, *LEDGER_TRIGGERS,
    *CHAINED_TRIGGERS, *DERIVED_LISTS, *CARDS, *DESKS,
]  # fmt: skip

PRIVILEGES = [
    Violation(f"no {sql.split()[0]} on {table}", sql, FORBIDDEN)
    for table, column in HISTORIES.items() if table not in CLOSINGS
    for sql in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", f"TRUNCATE {table}")
] + [
    Violation(f"no DELETE on {table}", f"DELETE FROM {table}", FORBIDDEN) for table in KEPT
] + [
    Violation(f"no {sql.split()[0]} on {table}", sql, FORBIDDEN)
    for table, column in CLOSINGS.items()
    for sql in (copied(table), f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}")
] + [
    Violation("no structure", sql, FORBIDDEN)
    for sql in (
        "TRUNCATE actor",
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE actor ADD mine int",
        "ALTER TABLE stock_move DISABLE TRIGGER guard_append_only",
        "DROP TRIGGER guard_append_only ON stock_move",
        "DROP TABLE deed",
        "CREATE OR REPLACE FUNCTION guard_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
    )
]  # fmt: skip
