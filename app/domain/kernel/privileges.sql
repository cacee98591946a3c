-- The application reads and writes rows; it cannot truncate, change structure, or touch what is append-only.

GRANT USAGE ON SCHEMA public TO stockbook_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO stockbook_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO stockbook_app;
REVOKE UPDATE, DELETE ON stock_move, journal_entry, journal_line, journal_chain, document_history, allocation_line,
    advance_delivery, inventory_account_change, inventory_account_change_line, ledger_history FROM stockbook_app;
REVOKE DELETE ON document, allocation, instalment, credit, repayment, advance, posting_rule FROM stockbook_app;
