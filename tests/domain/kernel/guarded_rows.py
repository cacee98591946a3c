"""One valid row in every table, and documents in every state, put there as the application may put them.

Drafts have the lowest ids of their kind, so that the first row of a table is one that may still be edited.
"""

from app import database

WORLD = """
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
INSERT INTO company (id, name, currency, time_zone, chart) VALUES (1, 'Dom', 'EUR', 'Europe/Sofia', 'ifrs');
INSERT INTO company_details (id, valid_from, details) VALUES (1001, '2026-01-01', '{}');
INSERT INTO actor (id, name) VALUES (1001, 'Anna'), (1002, 'Boris');
INSERT INTO deed (key, digest, at, answer) VALUES ('k', 'd', now(), '{}');
INSERT INTO account (id, code, name, role) VALUES (1001, '501', 'Cash', 'cash'), (1002, '411', 'Owed', 'receivables'),
    (1003, '413', 'Owed by others', 'receivables');
INSERT INTO posting_rule (id, event, amount, side, role, account_id, valid_from)
    VALUES (1001, 'cash_order.processed', 'amount', 'debit', 'cash', 1001, '2026-01-01'),
           (1002, 'cash_order.processed', 'amount', 'debit', 'cash', 1001, '2026-02-01');
INSERT INTO period (id, starts_on, ends_on) VALUES (1001, '2026-01-01', '2026-01-31');
INSERT INTO ledger_history (id, at, actor_id, step, period_id, reason)
    VALUES (1001, now(), 1001, 'reopen', 1001, 'a late bill');
INSERT INTO ledger_history (id, at, actor_id, step, rule_id, account_id)
    VALUES (1002, now(), 1001, 'change', 1001, 1001);
INSERT INTO number_series (id, code, name) VALUES (1001, 'a', 'A'), (1002, 'b', 'B');
INSERT INTO number_counter (series_id, year, last, last_on) VALUES (1001, 0, 5, '2026-01-05');

INSERT INTO unit (id, code, name) VALUES (1001, 'pc', 'piece'), (1002, 'm', 'metre');
INSERT INTO tax_rate (id, code, name, rate) VALUES (1001, '20', 'Standard', 20), (1002, '9', 'Low', 9);
INSERT INTO tax_rate_row (id, tax_rate_id, valid_from, percent) VALUES (1001, 1001, '2026-01-01', 21);
INSERT INTO tax_rule (id, regime, tax_rate_id, to_rate_id, category) VALUES (1001, 'export', 1001, 1002, 'G');
INSERT INTO product_group (id, code, name) VALUES (1001, 'all', 'All');
INSERT INTO product (id, sku, name, group_id, unit_id, tax_rate_id, planned_cost)
    VALUES (1001, 'A', 'Apple', 1001, 1001, 1001, 1), (1002, 'B', 'Bread', 1001, 1001, 1001, 1);
INSERT INTO barcode (code, product_id) VALUES ('111', 1001);
INSERT INTO payment_term (id, code, name) VALUES (1001, 'now', 'At once');
INSERT INTO payment_term_part (id, payment_term_id, position, percent) VALUES (1001, 1001, 1, 30);
INSERT INTO price_list (id, code, name, currency, is_default)
    VALUES (1001, 'retail', 'Retail', 'EUR', true), (1002, 'trade', 'Trade', 'EUR', false);
INSERT INTO price_list_row (id, price_list_id, product_id, min_quantity, valid_from, valid_to, price)
    VALUES (1001, 1001, 1001, 0, '2026-01-01', '2026-12-31', 5);
INSERT INTO customer_group (id, code, name, price_list_id, discount) VALUES (1001, 'dealers', 'Dealers', 1002, 3);
INSERT INTO customer (id, code, name, payment_term_id, discount, credit_limit)
    VALUES (1001, 'C1', 'Ivan', 1001, 5, 100), (1002, 'C2', 'Maria', 1001, 5, 100);
INSERT INTO discount (id, customer_id, product_id, percent, min_quantity, valid_from, valid_to)
    VALUES (1001, 1001, 1001, 5, 0, '2026-01-01', '2026-12-31');
INSERT INTO discount_limit (id, actor_id, percent) VALUES (1001, 1001, 10);
INSERT INTO customer_address (id, customer_id, kind) VALUES (1001, 1001, 'billing');
INSERT INTO warehouse (id, code, name) VALUES (1001, 'W1', 'Sofia'), (1002, 'W2', 'Varna');
INSERT INTO reorder_point (id, warehouse_id, product_id, minimum, maximum, source_id)
    VALUES (1001, 1001, 1001, 5, 9, 1002);
INSERT INTO bank_account (id, code, name, account_id)
    VALUES (1001, 'B1', 'Bank', 1001), (1002, 'B2', 'Other bank', 1001);
INSERT INTO cash_desk (id, code, name, account_id, income_series_id, expense_series_id)
    VALUES (1001, 'D1', 'Desk', 1001, 1001, 1002), (1002, 'D2', 'Other desk', 1001, 1002, 1001);

INSERT INTO document (id, kind, series_id, number, customer_id, warehouse_id, created_at)
SELECT kind.first + offset_, kind.name, CASE WHEN offset_ > 0 THEN 1001 END,
       CASE WHEN offset_ > 0 THEN (kind.first + offset_)::text END, 1001, 1001, now()
FROM (VALUES (2001, 'sales_order'), (3001, 'shipment'), (4001, 'stock_receipt'), (4501, 'write_off'),
             (4301, 'opening_stock'),
             (4901, 'internal_order'),
             (4701, 'stock_count'), (5001, 'invoice'), (5501, 'customer_return'), (5701, 'credit_note'),
             (6001, 'cash_order'), (6501, 'bank_line'), (6601, 'bank_statement'), (6701, 'adjustment'),
             (6801, 'manual_entry'),
             (6851, 'opening_balance'),
             (7001, 'allocation'), (7501, 'inventory_account_change')) AS kind (first, name),
     generate_series(0, 2) AS offset_;
INSERT INTO document (id, kind, series_id, number, created_at)
    VALUES (6854, 'opening_balance', 1001, '6854', now()), (6855, 'opening_balance', 1001, '6855', now());
-- Registered, and nothing else yet.
INSERT INTO document (id, kind, customer_id, warehouse_id, created_at)
    VALUES (1501, 'sales_order', 1001, 1001, now()), (1502, 'sales_order', 1001, 1001, now());
INSERT INTO document_link (from_id, to_id, kind) VALUES (2002, 3002, 'ships');
INSERT INTO document_history (id, document_id, at, actor_id, step) VALUES (1001, 2002, now(), 1001, 'approve');
INSERT INTO document_note (id, document_id, at, actor_id, text) VALUES (1001, 2002, now(), 1001, 'Hello');
INSERT INTO document_attachment (id, document_id, at, actor_id, name, media_type, content)
    VALUES (1001, 2002, now(), 1001, 'a', 'text/plain', '');

INSERT INTO csv_upload (id, actor_id, at, kind, name, content, plan)
    VALUES (1001, 1001, now(), 'products', 'a.csv', '', '[]');
INSERT INTO job (id, task, lane, about, arguments, at) VALUES (1001, 't', 'quick', 'n', '{}', now());
INSERT INTO job_file (job_id, place, content) VALUES (1001, 0, 'x');
INSERT INTO imported_document (kind, key, digest, document_id) VALUES ('receipts', 'R1', 'd', 4001);

INSERT INTO sales_order (id, channel, "on", price_list_id, prices_include_vat, currency, net, vat, gross, agreed_by,
                         agreed_how, agreed_at)
    SELECT id, 'phone', '2026-01-05', 1001, false, 'EUR', 10, 2, 12, 'Ivan', 'by phone', now()
    FROM generate_series(2001, 2003) AS id;
INSERT INTO sales_order_line (id, order_id, position, product_id, warehouse_id, sku, name, unit, quantity, unit_price,
                              tax_rate_id, tax_percent, net, vat, gross)
    SELECT id + 100, id, id - 2000, 1001, 1001, 'A', 'Apple', 'pc', 2, 5, 1001, 20, 10, 2, 12
    FROM generate_series(2001, 2003) AS id;
INSERT INTO shipment (id, order_id, "on", cogs_timing, net, vat, gross)
    SELECT id, 2002, '2026-01-06', 'at_shipment', 10, 2, 12 FROM generate_series(3001, 3003) AS id;
INSERT INTO shipment_line (id, shipment_id, position, order_line_id, quantity, net, vat, gross, cost)
    SELECT id + 100, id, id - 3000, id - 900, 2, 10, 2, 12, 3 FROM generate_series(3001, 3003) AS id;
INSERT INTO stock_receipt (id, "on") SELECT id, '2026-01-05' FROM generate_series(4001, 4003) AS id;
INSERT INTO stock_receipt_line (id, receipt_id, position, product_id, quantity, unit_cost, value)
    SELECT id + 100, id, id - 4000, 1001, 10, 1.5, 15 FROM generate_series(4001, 4003) AS id;
INSERT INTO opening_stock (id, "on") SELECT id, '2026-01-05' FROM generate_series(4301, 4303) AS id;
INSERT INTO opening_stock_line (id, opening_id, position, product_id, quantity, unit_cost, value)
    SELECT id + 100, id, id - 4300, 1001 + (id + 1) % 2, 10, 1.5, 15 FROM generate_series(4301, 4303) AS id;
INSERT INTO inventory_account_change (id, "on", last_move_id) VALUES (7501, '2026-01-06', 0);
INSERT INTO inventory_account_change_line (change_id, product_id, from_account_id, to_account_id, value)
    VALUES (7501, 1001, 1001, 1002, 15);
INSERT INTO write_off (id, "on", reason) SELECT id, '2026-01-06', 'lost' FROM generate_series(4501, 4503) AS id;
INSERT INTO write_off_line (id, write_off_id, position, product_id, quantity, cost)
    SELECT id + 100, id, id - 4500, 1001, 1, 1.5 FROM generate_series(4501, 4503) AS id;
INSERT INTO internal_order (id, source_id, "on", sent_on, received_on)
    SELECT id, 1001, '2026-01-05', '2026-01-06', '2026-01-08' FROM generate_series(4901, 4903) AS id;
INSERT INTO internal_order_line (id, internal_order_id, position, product_id, quantity, sent, cost, received, value)
    SELECT id + 100, id, id - 4900, 1001, 2, 1, 1.5, 1, 1.5 FROM generate_series(4901, 4903) AS id;
INSERT INTO stock_count (id, "on", sheet_at) SELECT id, '2026-01-06', now() FROM generate_series(4701, 4703) AS id;
INSERT INTO stock_count_line (id, count_id, position, product_id, expected, counted, unit_cost, difference, value)
    SELECT id + 100, id, id - 4700, 1001 + (id + 1) % 2, 10, 11, 1.5, 1, 1.5 FROM generate_series(4701, 4703) AS id;
INSERT INTO invoice (id, "on", supply_on, due_on, prices_include_vat, currency, net, vat, gross)
    SELECT id, '2026-01-06', '2026-01-06', '2026-01-06', false, 'EUR', 10, 2, 12 FROM generate_series(5001, 5002) AS id;
INSERT INTO invoice_line (id, invoice_id, position, shipment_line_id, order_line_id, product_id, sku, name, unit,
                          quantity, unit_price, discount, tax_rate_id, tax_percent, net, vat, gross)
    SELECT id + 100, id, id - 5000, 3102, 2102, 1001, 'A', 'Apple', 'pc', 2, 5, 0, 1001, 20, 10, 2, 12
    FROM generate_series(5001, 5002) AS id;
INSERT INTO customer_return (id, "on") SELECT id, '2026-01-07' FROM generate_series(5501, 5503) AS id;
INSERT INTO customer_return_line (id, return_id, position, shipment_line_id, product_id, quantity, uninvoiced, value)
    SELECT id + 100, id, id - 5500, 3102, 1001, 3, 0, 1.5 FROM generate_series(5501, 5503) AS id;
INSERT INTO credit_note (id, invoice_id, "on", reason, prices_include_vat, currency, net, vat, gross)
    SELECT id, 5002, '2026-01-07', 'dented', false, 'EUR', 5, 1, 6 FROM generate_series(5701, 5702) AS id;
INSERT INTO credit_note_line (id, credit_note_id, position, invoice_line_id, shipment_line_id, kind, product_id, sku,
                              name, unit, quantity, amount, unit_price, discount, tax_rate_id, tax_percent, net, vat,
                              gross)
    SELECT id + 100, id, id - 5700, 5102, 3102, 'goods_back', 1001, 'A', 'Apple', 'pc', 1, 0, 5, 0, 1001, 20, 5, 1, 6
    FROM generate_series(5701, 5702) AS id;
INSERT INTO invoice (id, kind, credit_note_id, "on", supply_on, due_on, prices_include_vat, currency, net, vat, gross)
    VALUES (5003, 'debit', 5702, '2026-01-08', NULL, '2026-01-08', false, 'EUR', 5, 1, 6);
INSERT INTO invoice_line (id, invoice_id, position, kind, credit_line_id, product_id, sku, name, unit, quantity,
                          unit_price, discount, tax_rate_id, tax_percent, net, vat, gross)
    VALUES (5103, 5003, 1, 'debit', 5802, 1001, 'A', 'Apple', 'pc', 1, 5, 0, 1001, 20, 5, 1, 6);
INSERT INTO cash_order (id, cash_desk_id, "on", amount, currency)
    SELECT id, 1001, '2026-01-06', 12, 'EUR' FROM generate_series(6001, 6003) AS id;
INSERT INTO adjustment (id, kind, "on", amount, currency)
    SELECT id, 'voucher', '2026-01-06', 12, 'EUR' FROM generate_series(6701, 6703) AS id;
INSERT INTO adjustment_target (id, adjustment_id, target_id, line_id, amount)
    SELECT id + 100, id, 5002, 5102, 12 FROM generate_series(6701, 6703) AS id;
INSERT INTO opening_balance (id, about, "on", amount, currency)
    SELECT id, 'owed', '2026-01-06', 12, 'EUR' FROM generate_series(6851, 6853) AS id;
INSERT INTO opening_balance (id, about, cash_desk_id, "on", amount, currency)
    VALUES (6854, 'cash', 1002, '2026-01-06', 12, 'EUR');
INSERT INTO opening_balance (id, about, bank_account_id, "on", amount, currency)
    VALUES (6855, 'bank', 1002, '2026-01-06', -12, 'EUR');
INSERT INTO manual_entry (id, "on", text)
    SELECT id, '2026-01-06', 'rent' FROM generate_series(6801, 6803) AS id;
INSERT INTO manual_entry_line (id, manual_entry_id, position, account_id, debit, credit)
    SELECT id + 100, id, id - 6800, 1001, 5, 0 FROM generate_series(6801, 6803) AS id;
INSERT INTO bank_statement (id, bank_account_id, bank_number, "on", opening, closing, currency, digest)
    SELECT id, 1001, (id - 6600)::text, '2026-01-06', 0, 12, 'EUR', id::text FROM generate_series(6601, 6603) AS id;
INSERT INTO bank_line (id, kind, about, bank_account_id, "on", amount, currency)
    SELECT id, 'income', 'customer', 1001, '2026-01-06', 12, 'EUR' FROM generate_series(6501, 6503) AS id;
INSERT INTO bank_line_target (id, bank_line_id, target_id, line_id, amount)
    SELECT id + 100, id, 5002, 5102, 12 FROM generate_series(6501, 6503) AS id;
INSERT INTO cash_order_target (id, cash_order_id, target_id, line_id, amount)
    SELECT id + 100, id, 5002, 5102, 12 FROM generate_series(6001, 6003) AS id;

INSERT INTO open_item (id, document_id, line_id, customer_id, order_id, shipment_id, invoice_id, currency, "on",
                       amount, allocated)
    VALUES (9001, 5002, 5102, 1001, 2002, 3002, 5002, 'EUR', '2026-01-06', 12, 6),
           (9002, 3002, 3102, 1001, 2002, 3002, NULL, 'EUR', '2026-01-06', 0, 0);
INSERT INTO advance (id, invoice_id, invoice_line_id, order_line_id, quantity, net, gross)
    VALUES (1001, 5002, 9101, 2102, 2, 10, 12), (1002, 5002, 9102, 2102, 2, 10, 12);
INSERT INTO advance_delivery (shipment_line_id, advance_id, quantity, net, gross) VALUES (3102, 1001, 2, 10, 12);
INSERT INTO instalment (document_id, position, due_on, amount) VALUES (5002, 1, '2026-01-06', 12);
INSERT INTO payment_status (document_id, status) VALUES (5002, 'partly_paid');
INSERT INTO credit (document_id, customer_id, currency, "on", role, amount, used)
    VALUES (6002, 1001, 'EUR', '2026-01-06', 'customer_advances', 12, 8),
           (6003, 1001, 'EUR', '2026-01-06', 'customer_advances', 0, 0);
INSERT INTO allocation (id, payment_id, target_id, "on", at, posted)
    SELECT id, 6002, 5002, '2026-01-06', now(), 'with_payment' FROM generate_series(7001, 7002) AS id;
INSERT INTO repayment (refund_id, source_id, amount, "on")
    VALUES (6001, 6002, 2, '2026-01-06'), (6003, 6002, 1, '2026-01-06');
INSERT INTO rounding (invoice_id, line_id, shipment_id, amount, taken_back_on)
    VALUES (5002, 5102, 3002, 0.01, NULL), (5003, 5103, 3003, 0.01, '2026-01-07');
INSERT INTO allocation_line (allocation_id, open_item_id, amount) VALUES (7001, 9001, 6), (7002, 9001, 6);
INSERT INTO stock_balance (warehouse_id, product_id, on_hand, reserved, value) VALUES (1001, 1001, 10, 2, 15);
INSERT INTO stock_day (warehouse_id, product_id, "on", quantity, value) VALUES (1001, 1001, '2026-01-05', 10, 15);
INSERT INTO stock_move (id, "on", at, warehouse_id, product_id, document_id, line_id, quantity, value, on_hand_after,
                        value_after)
    VALUES (1001, '2026-01-05', now(), 1001, 1001, 4002, 4102, 10, 15, 10, 15);
INSERT INTO reservation (id, document_id, line_id, warehouse_id, product_id, quantity, waiting)
    VALUES (1001, 2002, 2102, 1001, 1001, 2, 0);
INSERT INTO reservation (id, document_id, internal_line_id, warehouse_id, product_id, quantity, waiting)
    VALUES (1002, 4902, 5002, 1001, 1001, 2, 0);
INSERT INTO journal_entry (id, document_id, customer_id, event, "on", at, actor_id, currency)
    VALUES (8001, 6002, 1001, 'cash_order.processed', '2026-01-06', now(), 1001, 'EUR'),
           (8002, 6003, 1001, 'cash_order.processed', '2026-01-06', now(), 1001, 'EUR'),
           (8003, 6003, 1001, 'cash_order.processed.cancelled', '2026-01-06', now(), 1001, 'EUR');
INSERT INTO journal_line (id, "on", entry_id, position, account_id, debit, credit, currency, currency_amount, rule_id)
    SELECT entry * 10 + position, '2026-01-06', entry, position, 1000 + position, 12 * (2 - position),
           12 * (position - 1), 'EUR', 12, 1001
    FROM (VALUES (8001), (8002)) AS it (entry), generate_series(1, 2) AS position;
INSERT INTO journal_line (id, "on", entry_id, position, account_id, debit, credit, currency, currency_amount, rule_id)
    SELECT id + 10, "on", 8003, position, account_id, credit, debit, 'EUR', -12, 1001
    FROM journal_line WHERE entry_id = 8002;
INSERT INTO journal_chain (seq, entry_id, hash) VALUES (1, 8001, 'abc');

UPDATE sales_order SET state = 'approved' WHERE id = 2002;
UPDATE sales_order_line SET shipped = 1 WHERE id = 2102;
UPDATE sales_order SET state = 'cancelled' WHERE id = 2003;
UPDATE shipment SET state = 'processed' WHERE id IN (3002, 3003);
UPDATE shipment SET state = 'cancelled' WHERE id = 3003;
UPDATE stock_receipt SET state = 'processed' WHERE id IN (4002, 4003);
UPDATE stock_receipt SET state = 'cancelled' WHERE id = 4003;
UPDATE opening_stock SET state = 'processed' WHERE id IN (4302, 4303);
UPDATE opening_stock SET state = 'cancelled' WHERE id = 4303;
UPDATE write_off SET state = 'processed' WHERE id IN (4502, 4503);
UPDATE write_off SET state = 'cancelled' WHERE id = 4503;
UPDATE stock_count SET state = 'processed' WHERE id IN (4702, 4703);
UPDATE stock_count SET state = 'cancelled' WHERE id = 4703;
UPDATE internal_order SET state = 'performed' WHERE id IN (4902, 4903);
UPDATE internal_order SET state = 'cancelled' WHERE id = 4903;
UPDATE invoice SET state = 'issued' WHERE id IN (5002, 5003);
UPDATE credit_note SET state = 'issued' WHERE id = 5702;
UPDATE customer_return SET state = 'processed' WHERE id IN (5502, 5503);
UPDATE customer_return SET state = 'cancelled' WHERE id = 5503;
UPDATE adjustment SET state = 'processed' WHERE id IN (6702, 6703);
UPDATE adjustment SET state = 'cancelled' WHERE id = 6703;
UPDATE opening_balance SET state = 'processed' WHERE id IN (6852, 6853, 6854, 6855);
UPDATE opening_balance SET state = 'cancelled' WHERE id = 6853;
UPDATE manual_entry SET state = 'processed' WHERE id IN (6802, 6803);
UPDATE manual_entry SET state = 'cancelled' WHERE id = 6803;
UPDATE bank_statement SET state = 'processed' WHERE id IN (6602, 6603);
UPDATE bank_statement SET state = 'cancelled' WHERE id = 6603;
UPDATE bank_line SET state = 'processed' WHERE id IN (6502, 6503);
UPDATE bank_line SET state = 'cancelled' WHERE id = 6503;
UPDATE cash_order SET state = 'processed' WHERE id IN (6002, 6003);
INSERT INTO shop (id, code, name, dialect, warehouse_id, clearing_account_id, price_list_id, payment_term_id,
                  freight_product_id, fee_product_id, rounding_product_id, actor_id)
    VALUES (1001, 'WEB', 'Web shop', 'woocommerce', 1001, 1001, 1001, 1001, 1001, 1001, 1001, 1001);
INSERT INTO shop_sku (id, shop_id, sku, product_id) VALUES (1001, 1001, 'MUG', 1001);
INSERT INTO shop_level (shop_id, sku, product_id, available, price, seq, at)
    VALUES (1001, 'MUG', 1001, 3, 5, 1, now());
INSERT INTO inbound_message (id, shop_id, order_ref, digest, headers, body, received_at, last_at)
    VALUES (1001, 1001, '7', 'a', '{}', '', now(), now());
INSERT INTO shop_order (shop_id, ref, document_id) VALUES (1001, '7', 2001);
INSERT INTO shop_payment (document_id, shop_id, order_ref) VALUES (6001, 1001, '7');
INSERT INTO shop_refund (shop_id, order_ref, ref, credit_note_id, payment_id) VALUES (1001, '7', '1', 5701, 6001);
UPDATE cash_order SET state = 'cancelled' WHERE id = 6003;
UPDATE allocation SET released_on = '2026-01-07' WHERE id = 7002;
UPDATE repayment SET cancelled_on = '2026-01-07' WHERE refund_id = 6003;
SELECT keep_marks(true);
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""

# What makes a copy of a table's first row a row that may stand beside it.
BESIDE: dict[str, dict[str, str]] = {
    "account": {"code": "'502'"},
    "account_day": {"on": '"on" + 1'},
    "account_mark": {"account_id": "1003"},
    "actor": {},
    "adjustment": {"id": "1501"},
    "adjustment_target": {},
    "advance": {"invoice_line_id": "9103"},
    "advance_delivery": {"advance_id": "1002"},
    "allocation": {"id": "1501"},
    "allocation_line": {"open_item_id": "9002"},
    "bank_account": {"code": "'B3'"},
    "bank_line": {"id": "1501"},
    "bank_line_target": {},
    "bank_statement": {"id": "1501", "bank_number": "'9'", "digest": "'9'"},
    "barcode": {"code": "'222'"},
    "cash_desk": {"code": "'D3'"},
    "cash_order": {"id": "1501"},
    "cash_order_target": {},
    "company_details": {"valid_from": "valid_from + 1"},
    "credit": {"document_id": "1501"},
    "credit_note": {"id": "1501"},
    "credit_note_line": {"position": "99"},
    "csv_upload": {},
    "customer": {"code": "'C3'"},
    "customer_address": {},
    "customer_day": {"on": '"on" + 1'},
    "customer_group": {"code": "'others'"},
    "customer_return": {"id": "1501"},
    "customer_return_line": {"position": "99"},
    "deed": {"key": "'l'"},
    "desk_day": {"on": '"on" + 1'},
    "discount": {"min_quantity": "min_quantity + 1"},
    "discount_limit": {"actor_id": "1002"},
    "document": {},
    "document_attachment": {},
    "document_history": {},
    "document_link": {"to_id": "1501"},
    "document_note": {},
    "imported_document": {"key": "'R2'"},
    "job": {"id": "1002"},
    "job_file": {"place": "1"},
    "inbound_message": {"digest": "'b'"},
    "instalment": {"position": "2"},
    "internal_order": {"id": "1501"},
    "internal_order_line": {"position": "99"},
    "invoice": {"id": "1501"},
    "invoice_line": {"position": "99"},
    "journal_chain": {"seq": "2", "entry_id": "8002"},
    "journal_entry": {"event": "'other'"},
    "journal_line": {"entry_id": "8002"},
    "ledger_history": {},
    "manual_entry": {"id": "1501"},
    "manual_entry_line": {"position": "99"},
    "number_counter": {"year": "2026"},
    "number_series": {"code": "'c'"},
    "open_item": {"line_id": "5103"},
    "opening_balance": {"id": "1501"},
    "payment_status": {"document_id": "1501"},
    "payment_term": {"code": "'30'"},
    "payment_term_part": {"position": "2"},
    "period": {"starts_on": "'2026-02-01'", "ends_on": "'2026-02-28'"},
    "posting_rule": {"valid_from": "valid_from + 1"},
    "price_list": {"code": "'third'", "is_default": "false"},
    "price_list_row": {"min_quantity": "10"},
    "product": {"sku": "'C'"},
    "product_group": {"code": "'some'"},
    "proof_mark": {},
    "reorder_point": {"product_id": "1002"},
    "repayment": {"refund_id": "6002"},
    "reservation": {"line_id": "2103"},
    "rounding": {"line_id": "5101"},
    "sales_order": {"id": "1501"},
    "sales_order_line": {"position": "99"},
    "shipment": {"id": "1501"},
    "shipment_line": {"order_line_id": "2102"},
    "shop": {"code": "'B2B'", "actor_id": "1002"},
    "shop_level": {"sku": "'CUP'", "seq": "2"},
    "shop_order": {"ref": "'8'", "document_id": "2002"},
    "shop_payment": {"document_id": "6002"},
    "shop_refund": {"ref": "'2'"},
    "shop_sku": {"sku": "'CUP'"},
    "stock_balance": {"product_id": "1002"},
    "stock_day": {"product_id": "1002"},
    "stock_mark": {"product_id": "1002"},
    "stock_move": {},
    "stock_receipt": {"id": "1501"},
    "stock_receipt_line": {"position": "99"},
    "stock_count": {"id": "1501"},
    "stock_count_line": {"position": "99", "product_id": "1002"},
    "inventory_account_change": {"id": "1501"},
    "inventory_account_change_line": {"product_id": "1002"},
    "opening_stock": {"id": "1501"},
    "opening_stock_line": {"position": "99", "product_id": "1002"},
    "write_off": {"id": "1501"},
    "write_off_line": {"position": "99"},
    "tax_rate": {"code": "'0'"},
    "tax_rate_row": {"valid_from": "valid_from + 1"},
    "tax_rate_told": {},
    "tax_rule": {"tax_rate_id": "1002"},
    "unit": {"code": "'kg'"},
    "warehouse": {"code": "'W3'"},
}

# The application reads these, here with a column; only the database itself writes them.
CLOSINGS = {
    "account_day": "debit", "customer_day": "balance", "desk_day": "balance", "proof_mark": "seq",
    "account_mark": "debit", "stock_mark": "value", "tax_rate_told": "percents",
}  # fmt: skip


def writer(table: str) -> str:
    """The role that may add rows to a table."""
    return database.OWNER if table in CLOSINGS else database.APP
