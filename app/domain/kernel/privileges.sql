-- The application reads and writes rows; it cannot truncate, change structure, or touch what is append-only.

GRANT USAGE ON SCHEMA public TO stockbook_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO stockbook_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO stockbook_app;
REVOKE UPDATE, DELETE ON stock_move, journal_entry, journal_line, journal_chain, document_history, allocation_line,
    advance_delivery, inventory_account_change, inventory_account_change_line, ledger_history, audit_entry FROM stockbook_app;
REVOKE DELETE ON document, allocation, instalment, credit, repayment, rounding, advance, posting_rule FROM stockbook_app;
REVOKE INSERT, UPDATE, DELETE ON account_day, customer_day, desk_day, proof_mark, account_mark, stock_mark, tax_rate_told
    FROM stockbook_app;
REVOKE EXECUTE ON FUNCTION keep_days FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION keep_told, keep_told_of FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION keep_marks FROM PUBLIC;
GRANT EXECUTE ON FUNCTION keep_marks TO stockbook_app;
