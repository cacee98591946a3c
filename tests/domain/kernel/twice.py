"""Rows that would stand twice, or beside what they exclude, and all that the database refuses of rows together."""

from tests.domain.kernel.violations import (
    CHECKS,
    EXACT_COLUMNS,
    EXCLUDED,
    PROCESSED,
    UNIQUE,
    Violation,
    copied,
    inexact,
)

UNIQUES = [
    Violation(name, copied(table, **changes), UNIQUE)
    for name, table, changes in (
        ("uq_advance_invoice_line_id", "advance", {"invoice_line_id": "invoice_line_id"}),
        ("uq_cash_desk_code", "cash_desk", {"code": "lower(code)"}),
        ("uq_bank_statement_bank_number", "bank_statement", {"bank_number": "bank_number"}),
        ("uq_bank_statement_digest", "bank_statement", {"digest": "digest"}),
        ("uq_bank_account_code", "bank_account", {"code": "lower(code)"}),
        ("uq_account_code", "account", {"code": "code"}),
        ("uq_company_details_valid_from", "company_details", {"valid_from": "valid_from"}),
        ("uq_discount_limit_actor_id", "discount_limit", {"actor_id": "actor_id"}),
        ("uq_customer_code", "customer", {"code": "lower(code)"}),
        ("uq_customer_group_code", "customer_group", {"code": "upper(code)"}),
        ("uq_credit_note_line_position", "credit_note_line", {"position": "position"}),
        ("uq_customer_return_line_position", "customer_return_line", {"position": "position"}),
        ("uq_document_series_id_number", "document", {"series_id": "1001", "number": "'2002'"}),
        ("uq_internal_order_line_position", "internal_order_line", {"position": "position"}),
        ("uq_invoice_line_position", "invoice_line", {"position": "position"}),
        ("uq_journal_chain_entry_id", "journal_chain", {"entry_id": "entry_id"}),
        ("uq_journal_entry_document_id_event", "journal_entry", {"event": "event"}),
        ("uq_manual_entry_line_position", "manual_entry_line", {"position": "position"}),
        ("uq_number_series_code", "number_series", {"code": "code"}),
        ("uq_open_item_line", "open_item", {"line_id": "line_id"}),
        ("uq_opening_balance_desk", "opening_balance", {"about": "'cash'", "cash_desk_id": "1002"} | PROCESSED),
        ("uq_opening_balance_bank", "opening_balance", {"about": "'bank'", "bank_account_id": "1002"} | PROCESSED),
        ("uq_payment_term_code", "payment_term", {"code": "upper(code)"}),
        ("uq_tax_rate_row_valid_from", "tax_rate_row", {"valid_from": "valid_from"}),
        ("uq_tax_rule_regime", "tax_rule", {"tax_rate_id": "tax_rate_id"}),
        ("uq_payment_term_part_position", "payment_term_part", {"position": "position"}),
        ("uq_posting_rule_event_amount_side_valid_from", "posting_rule", {"valid_from": "valid_from"}),
        ("uq_price_list_code", "price_list", {"code": "upper(code)"}),
        ("uq_price_list_default", "price_list", {"is_default": "true"}),
        ("uq_product_group_code", "product_group", {"code": "upper(code)"}),
        ("uq_product_sku", "product", {"sku": "lower(sku)"}),
        ("uq_reorder_point_product", "reorder_point", {"product_id": "product_id"}),
        ("uq_reservation_line", "reservation", {"line_id": "line_id"}),
        ("uq_reservation_internal_line", "reservation", {"line_id": "NULL", "internal_line_id": "5002"}),
        ("uq_sales_order_line_position", "sales_order_line", {"position": "position"}),
        ("uq_inbound_message_digest", "inbound_message", {"digest": "digest"}),
        ("uq_shop_code", "shop", {"code": "lower(code)"}),
        ("uq_shop_actor_id", "shop", {"actor_id": "actor_id"}),
        ("uq_shop_sku_sku", "shop_sku", {"sku": "lower(sku)"}),
        ("uq_shop_level_seq", "shop_level", {"seq": "seq"}),
        ("uq_shop_order_document_id", "shop_order", {"document_id": "document_id"}),
        ("uq_shipment_line_order_line", "shipment_line", {"order_line_id": "order_line_id"}),
        ("uq_stock_receipt_line_position", "stock_receipt_line", {"position": "position"}),
        ("uq_stock_count_line_position", "stock_count_line", {"position": "position", "product_id": "1002"}),
        ("uq_stock_count_line_product", "stock_count_line", {"position": "99", "product_id": "product_id"}),
        ("uq_opening_stock_line_position", "opening_stock_line", {"position": "position", "product_id": "1002"}),
        ("uq_opening_stock_line_product", "opening_stock_line", {"position": "99", "product_id": "product_id"}),
        ("uq_write_off_line_position", "write_off_line", {"position": "position"}),
        ("uq_tax_rate_code", "tax_rate", {"code": "code"}),
        ("uq_unit_code", "unit", {"code": "upper(code)"}),
        ("uq_warehouse_code", "warehouse", {"code": "lower(code)"}),
    )
]

# The id alone is unique; PostgreSQL wants this one for the foreign key of the posting rules.
NEVER_ALONE = {"uq_account_id_role", "uq_bank_statement_of_lines"}

EXCLUSIONS = [
    Violation(
        "ex_discount_no_overlap",
        copied("discount", min_quantity="0", valid_from="'2026-12-31'", valid_to="NULL"), EXCLUDED,
    ),
    Violation(
        "ex_period_no_overlap", copied("period", starts_on="'2026-01-31'", ends_on="'2026-02-28'"), EXCLUDED
    ),
    Violation(
        "ex_price_list_row_no_overlap",
        copied("price_list_row", min_quantity="0", valid_from="'2026-12-31'", valid_to="NULL"), EXCLUDED,
    ),
]  # fmt: skip

CONSTRAINTS = [*CHECKS, *map(inexact, EXACT_COLUMNS), *UNIQUES, *EXCLUSIONS]
