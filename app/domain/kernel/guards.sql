-- What Python could forget, the database holds. Applied by migration; a test compares it with the live catalogue.

-- Append-only: nothing recorded is changed, removed or truncated.

CREATE FUNCTION guard_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is not allowed', TG_TABLE_NAME, TG_OP USING ERRCODE = 'SB001';
END $$;

CREATE TRIGGER guard_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_move
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_entry
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_line
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_chain
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON document_history
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_history
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON allocation_line
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON inventory_account_change
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON inventory_account_change_line
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_append_only BEFORE UPDATE OF document_id, position, amount OR DELETE OR TRUNCATE ON instalment
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON advance_delivery
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_append_only
    BEFORE UPDATE OF invoice_id, invoice_line_id, order_line_id, quantity, net, gross OR DELETE OR TRUNCATE ON advance
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_no_removal BEFORE DELETE OR TRUNCATE ON document
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_no_removal BEFORE DELETE OR TRUNCATE ON allocation
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_no_removal BEFORE DELETE OR TRUNCATE ON credit
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_no_removal BEFORE DELETE OR TRUNCATE ON repayment
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_no_removal BEFORE DELETE OR TRUNCATE ON rounding
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_no_removal BEFORE DELETE OR TRUNCATE ON posting_rule
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tax_rate_told
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_no_removal BEFORE DELETE OR TRUNCATE ON account_day
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_no_removal BEFORE DELETE OR TRUNCATE ON customer_day
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_no_removal BEFORE DELETE OR TRUNCATE ON desk_day
    FOR EACH STATEMENT EXECUTE FUNCTION guard_append_only();

-- The registry: a number is given once; whose and where a document is may change only while it may be edited.

CREATE FUNCTION guard_document() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    editable boolean;
BEGIN
    IF OLD.kind <> NEW.kind OR OLD.created_at <> NEW.created_at THEN
        RAISE EXCEPTION 'document %: its kind and its birth are fixed', OLD.id USING ERRCODE = 'SB002';
    END IF;
    IF OLD.number IS NOT NULL
       AND (OLD.number, OLD.series_id) IS DISTINCT FROM (NEW.number, NEW.series_id) THEN
        RAISE EXCEPTION 'document %: number % is given for good', OLD.id, OLD.number USING ERRCODE = 'SB002';
    END IF;
    IF (OLD.customer_id, OLD.warehouse_id) IS DISTINCT FROM (NEW.customer_id, NEW.warehouse_id) THEN
        EXECUTE format('SELECT state IN (''draft'', ''estimate'', ''active'') FROM %I WHERE id = $1', OLD.kind)
           INTO editable USING OLD.id;
        IF NOT coalesce(editable, true) THEN
            RAISE EXCEPTION 'document %: customer and warehouse are fixed', OLD.id USING ERRCODE = 'SB002';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_document BEFORE UPDATE OF kind, created_at, number, series_id, customer_id, warehouse_id
    ON document FOR EACH ROW EXECUTE FUNCTION guard_document();

-- Documents that are no longer drafts: what was printed, moved or posted stays as it is, and cancelled is the end.

CREATE FUNCTION guard_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% %: it is %, so it cannot be changed or removed', TG_TABLE_NAME, OLD.id, OLD.state
        USING ERRCODE = 'SB003';
END $$;

CREATE TRIGGER guard_fixed BEFORE UPDATE ON sales_order FOR EACH ROW
    WHEN (OLD.state NOT IN ('estimate', 'active') AND (
        NEW.state = 'estimate' OR (OLD.state = 'cancelled' AND NEW.state <> 'cancelled')
        OR (OLD.channel, OLD."on", OLD.price_list_id, OLD.tax_regime, OLD.prices_include_vat, OLD.currency, OLD.rate,
            OLD.net, OLD.vat, OLD.gross)
           IS DISTINCT FROM
           (NEW.channel, NEW."on", NEW.price_list_id, NEW.tax_regime, NEW.prices_include_vat, NEW.currency, NEW.rate,
            NEW.net, NEW.vat, NEW.gross)
        OR CASE WHEN NEW.state = 'active'
                THEN OLD.state <> 'approved' OR num_nonnulls(NEW.agreed_by, NEW.agreed_how, NEW.agreed_at) > 0
                ELSE (OLD.agreed_by, OLD.agreed_how, OLD.agreed_at)
                     IS DISTINCT FROM (NEW.agreed_by, NEW.agreed_how, NEW.agreed_at) END))
    EXECUTE FUNCTION guard_fixed();

-- An order is opened again only as long as nothing of it left and nothing is invoiced.
CREATE FUNCTION guard_reopened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM sales_order_line WHERE order_id = NEW.id AND (shipped > 0 OR pre_invoiced > 0)) THEN
        RAISE EXCEPTION 'sales_order %: something of it is shipped or invoiced, so it cannot be opened again', OLD.id
            USING ERRCODE = 'SB003';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_reopened BEFORE UPDATE ON sales_order FOR EACH ROW
    WHEN (OLD.state = 'approved' AND NEW.state = 'active') EXECUTE FUNCTION guard_reopened();
CREATE TRIGGER guard_fixed BEFORE UPDATE ON shipment FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (NEW.state = 'draft' OR (OLD.state = 'cancelled' AND NEW.state <> 'cancelled')
        OR (OLD.order_id, OLD."on", OLD.cogs_timing, OLD.net, OLD.vat, OLD.gross)
           IS DISTINCT FROM (NEW.order_id, NEW."on", NEW.cogs_timing, NEW.net, NEW.vat, NEW.gross)))
    EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_fixed BEFORE UPDATE ON stock_receipt FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (NEW.state = 'draft' OR (OLD.state = 'cancelled' AND NEW.state <> 'cancelled')
        OR OLD."on" IS DISTINCT FROM NEW."on"))
    EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_fixed BEFORE UPDATE ON opening_stock FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (NEW.state = 'draft' OR (OLD.state = 'cancelled' AND NEW.state <> 'cancelled')
        OR OLD."on" IS DISTINCT FROM NEW."on"))
    EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_fixed BEFORE UPDATE ON write_off FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (NEW.state = 'draft' OR (OLD.state = 'cancelled' AND NEW.state <> 'cancelled')
        OR (OLD."on", OLD.reason) IS DISTINCT FROM (NEW."on", NEW.reason)))
    EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_fixed BEFORE UPDATE ON customer_return FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (NEW.state = 'draft' OR (OLD.state = 'cancelled' AND NEW.state <> 'cancelled')
        OR (OLD."on", OLD.credit_note_id, OLD.note) IS DISTINCT FROM (NEW."on", NEW.credit_note_id, NEW.note)))
    EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_fixed BEFORE UPDATE ON stock_count FOR EACH ROW
    WHEN (OLD.sheet_at <> NEW.sheet_at OR OLD.state <> 'draft' AND (NEW.state = 'draft'
        OR (OLD.state = 'cancelled' AND NEW.state <> 'cancelled') OR OLD."on" IS DISTINCT FROM NEW."on"))
    EXECUTE FUNCTION guard_fixed();
-- An internal order goes on from state to state; a day is fixed once the goods moved on it.
CREATE TRIGGER guard_fixed BEFORE UPDATE ON internal_order FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (
        array_position(ARRAY['approved', 'in_transit', 'performed', 'cancelled'], NEW.state::text) IS NULL
        OR array_position(ARRAY['approved', 'in_transit', 'performed', 'cancelled'], NEW.state::text)
           < array_position(ARRAY['approved', 'in_transit', 'performed', 'cancelled'], OLD.state::text)
        OR (OLD.source_id, OLD."on") IS DISTINCT FROM (NEW.source_id, NEW."on")
        OR (OLD.state <> 'approved' AND OLD.sent_on IS DISTINCT FROM NEW.sent_on)
        OR (OLD.state <> 'in_transit' AND OLD.received_on IS DISTINCT FROM NEW.received_on)))
    EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_fixed BEFORE UPDATE ON invoice FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (NEW.state = 'draft'
        OR (OLD.kind, OLD.credit_note_id, OLD."on", OLD.supply_on, OLD.seller, OLD.buyer, OLD.terms,
            OLD.tax_regime, OLD.prices_include_vat, OLD.currency, OLD.rate, OLD.note, OLD.net, OLD.vat, OLD.gross)
           IS DISTINCT FROM
           (NEW.kind, NEW.credit_note_id, NEW."on", NEW.supply_on, NEW.seller, NEW.buyer, NEW.terms,
            NEW.tax_regime, NEW.prices_include_vat, NEW.currency, NEW.rate, NEW.note, NEW.net, NEW.vat, NEW.gross)))
    EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_fixed BEFORE UPDATE ON credit_note FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (NEW.state = 'draft'
        OR (OLD.invoice_id, OLD.return_id, OLD."on", OLD.supply_on, OLD.reason, OLD.seller, OLD.buyer, OLD.terms,
            OLD.tax_regime, OLD.prices_include_vat, OLD.currency, OLD.rate, OLD.net, OLD.vat, OLD.gross)
           IS DISTINCT FROM
           (NEW.invoice_id, NEW.return_id, NEW."on", NEW.supply_on, NEW.reason, NEW.seller, NEW.buyer, NEW.terms,
            NEW.tax_regime, NEW.prices_include_vat, NEW.currency, NEW.rate, NEW.net, NEW.vat, NEW.gross)))
    EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_fixed BEFORE UPDATE ON cash_order FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (NEW.state = 'draft' OR (OLD.state = 'cancelled' AND NEW.state <> 'cancelled')
        OR (OLD.kind, OLD.about, OLD.account_id, OLD.transfer_id, OLD.cash_desk_id, OLD."on", OLD.amount, OLD.currency,
            OLD.rate, OLD.purpose)
           IS DISTINCT FROM
           (NEW.kind, NEW.about, NEW.account_id, NEW.transfer_id, NEW.cash_desk_id, NEW."on", NEW.amount, NEW.currency,
            NEW.rate, NEW.purpose)))
    EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_fixed BEFORE UPDATE ON bank_line FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (NEW.state = 'draft' OR (OLD.state = 'cancelled' AND NEW.state <> 'cancelled')
        OR (OLD.kind, OLD.about, OLD.account_id, OLD.transfer_id, OLD.bank_account_id, OLD.statement_id, OLD."on",
            OLD.amount, OLD.currency, OLD.rate, OLD.purpose)
           IS DISTINCT FROM
           (NEW.kind, NEW.about, NEW.account_id, NEW.transfer_id, NEW.bank_account_id, NEW.statement_id, NEW."on",
            NEW.amount, NEW.currency, NEW.rate, NEW.purpose)))
    EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_fixed BEFORE UPDATE ON bank_statement FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (NEW.state = 'draft' OR (OLD.state = 'cancelled' AND NEW.state <> 'cancelled')
        OR (OLD.bank_account_id, OLD.bank_number, OLD."on", OLD.opening, OLD.closing, OLD.currency, OLD.digest)
           IS DISTINCT FROM
           (NEW.bank_account_id, NEW.bank_number, NEW."on", NEW.opening, NEW.closing, NEW.currency, NEW.digest)))
    EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_fixed BEFORE UPDATE ON adjustment FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (NEW.state = 'draft' OR (OLD.state = 'cancelled' AND NEW.state <> 'cancelled')
        OR (OLD.kind, OLD."on", OLD.amount, OLD.currency, OLD.rate, OLD.purpose)
           IS DISTINCT FROM (NEW.kind, NEW."on", NEW.amount, NEW.currency, NEW.rate, NEW.purpose)))
    EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_fixed BEFORE UPDATE ON opening_balance FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (NEW.state = 'draft' OR (OLD.state = 'cancelled' AND NEW.state <> 'cancelled')
        OR (OLD.about, OLD.cash_desk_id, OLD.bank_account_id, OLD."on", OLD.due_on, OLD.amount, OLD.currency, OLD.rate,
            OLD.purpose)
           IS DISTINCT FROM
           (NEW.about, NEW.cash_desk_id, NEW.bank_account_id, NEW."on", NEW.due_on, NEW.amount, NEW.currency, NEW.rate,
            NEW.purpose)))
    EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_fixed BEFORE UPDATE ON manual_entry FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (NEW.state = 'draft' OR (OLD.state = 'cancelled' AND NEW.state <> 'cancelled')
        OR (OLD."on", OLD.text) IS DISTINCT FROM (NEW."on", NEW.text)))
    EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_fixed BEFORE UPDATE ON allocation FOR EACH ROW
    WHEN (OLD.released_on IS NOT NULL
        OR (OLD.payment_id, OLD.target_id, OLD."on", OLD.at, OLD.posted, OLD.since_id)
           IS DISTINCT FROM (NEW.payment_id, NEW.target_id, NEW."on", NEW.at, NEW.posted, NEW.since_id))
    EXECUTE FUNCTION guard_append_only();
-- What a document gives is taken back whole or not at all.
CREATE TRIGGER guard_fixed BEFORE UPDATE ON credit FOR EACH ROW
    WHEN ((OLD.amount <> NEW.amount AND NEW.amount <> 0)
        OR (OLD.document_id, OLD.customer_id, OLD.currency, OLD."on", OLD.role)
           IS DISTINCT FROM (NEW.document_id, NEW.customer_id, NEW.currency, NEW."on", NEW.role))
    EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_fixed BEFORE UPDATE ON repayment FOR EACH ROW
    WHEN (OLD.cancelled_on IS NOT NULL
        OR (OLD.refund_id, OLD.source_id, OLD.amount, OLD."on")
           IS DISTINCT FROM (NEW.refund_id, NEW.source_id, NEW.amount, NEW."on"))
    EXECUTE FUNCTION guard_append_only();
CREATE TRIGGER guard_fixed BEFORE UPDATE ON rounding FOR EACH ROW
    WHEN (OLD.taken_back_on IS NOT NULL
        OR (OLD.invoice_id, OLD.line_id, OLD.shipment_id, OLD.amount)
           IS DISTINCT FROM (NEW.invoice_id, NEW.line_id, NEW.shipment_id, NEW.amount))
    EXECUTE FUNCTION guard_append_only();

CREATE TRIGGER guard_no_removal BEFORE DELETE ON sales_order FOR EACH ROW
    WHEN (OLD.state <> 'estimate') EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_no_removal BEFORE DELETE ON shipment FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_no_removal BEFORE DELETE ON stock_receipt FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_no_removal BEFORE DELETE ON opening_stock FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_no_removal BEFORE DELETE ON write_off FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_no_removal BEFORE DELETE ON customer_return FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_no_removal BEFORE DELETE ON stock_count FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_no_removal BEFORE DELETE ON internal_order FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_no_removal BEFORE DELETE ON invoice FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_no_removal BEFORE DELETE ON credit_note FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_no_removal BEFORE DELETE ON cash_order FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_no_removal BEFORE DELETE ON bank_line FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_no_removal BEFORE DELETE ON bank_statement FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_no_removal BEFORE DELETE ON adjustment FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_no_removal BEFORE DELETE ON manual_entry FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION guard_fixed();
CREATE TRIGGER guard_no_removal BEFORE DELETE ON opening_balance FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION guard_fixed();

-- Their lines, which do not wander from a draft into such a document either: TG_ARGV names the parent table and the
-- column that points to it.

-- Written out for each table, because a query that is put together anew is planned anew, for every single line.
CREATE FUNCTION guard_fixed_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fixed text;
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'sales_order_line' THEN
            SELECT state INTO fixed FROM sales_order
            WHERE id IN (OLD.order_id, NEW.order_id) AND state NOT IN ('estimate', 'active') LIMIT 1;
        WHEN 'shipment_line' THEN
            SELECT state INTO fixed FROM shipment
            WHERE id IN (OLD.shipment_id, NEW.shipment_id) AND state NOT IN ('draft') LIMIT 1;
        WHEN 'stock_receipt_line' THEN
            SELECT state INTO fixed FROM stock_receipt
            WHERE id IN (OLD.receipt_id, NEW.receipt_id) AND state NOT IN ('draft') LIMIT 1;
        WHEN 'opening_stock_line' THEN
            SELECT state INTO fixed FROM opening_stock
            WHERE id IN (OLD.opening_id, NEW.opening_id) AND state NOT IN ('draft') LIMIT 1;
        WHEN 'write_off_line' THEN
            SELECT state INTO fixed FROM write_off
            WHERE id IN (OLD.write_off_id, NEW.write_off_id) AND state NOT IN ('draft') LIMIT 1;
        WHEN 'customer_return_line' THEN
            SELECT state INTO fixed FROM customer_return
            WHERE id IN (OLD.return_id, NEW.return_id) AND state NOT IN ('draft') LIMIT 1;
        WHEN 'stock_count_line' THEN
            SELECT state INTO fixed FROM stock_count
            WHERE id IN (OLD.count_id, NEW.count_id) AND state NOT IN ('draft') LIMIT 1;
        WHEN 'internal_order_line' THEN
            SELECT state INTO fixed FROM internal_order
            WHERE id IN (OLD.internal_order_id, NEW.internal_order_id) AND state NOT IN ('draft') LIMIT 1;
        WHEN 'invoice_line' THEN
            SELECT state INTO fixed FROM invoice
            WHERE id IN (OLD.invoice_id, NEW.invoice_id) AND state NOT IN ('draft') LIMIT 1;
        WHEN 'credit_note_line' THEN
            SELECT state INTO fixed FROM credit_note
            WHERE id IN (OLD.credit_note_id, NEW.credit_note_id) AND state NOT IN ('draft') LIMIT 1;
        WHEN 'cash_order_target' THEN
            SELECT state INTO fixed FROM cash_order
            WHERE id IN (OLD.cash_order_id, NEW.cash_order_id) AND state NOT IN ('draft') LIMIT 1;
        WHEN 'adjustment_target' THEN
            SELECT state INTO fixed FROM adjustment
            WHERE id IN (OLD.adjustment_id, NEW.adjustment_id) AND state NOT IN ('draft') LIMIT 1;
        WHEN 'manual_entry_line' THEN
            SELECT state INTO fixed FROM manual_entry
            WHERE id IN (OLD.manual_entry_id, NEW.manual_entry_id) AND state NOT IN ('draft') LIMIT 1;
        WHEN 'bank_line_target' THEN
            SELECT state INTO fixed FROM bank_line
            WHERE id IN (OLD.bank_line_id, NEW.bank_line_id) AND state NOT IN ('draft') LIMIT 1;
    END CASE;
    IF fixed IS NOT NULL THEN
        RAISE EXCEPTION '% %: its document is %', TG_TABLE_NAME, OLD, fixed USING ERRCODE = 'SB003';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;

-- TG_ARGV names the parent table and the column that points to it.
CREATE FUNCTION guard_added_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fixed boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM added JOIN %I parent ON parent.id = added.%I '
                   'WHERE parent.state NOT IN (''draft'', ''estimate'', ''active''))', TG_ARGV[0], TG_ARGV[1])
       INTO fixed;
    IF fixed THEN
        RAISE EXCEPTION '%: a document that is no draft takes no more lines', TG_TABLE_NAME USING ERRCODE = 'SB003';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER guard_fixed_line
    BEFORE DELETE OR UPDATE OF order_id, position, product_id, warehouse_id, sku, name, unit, quantity, unit_price,
        discount, price_source, manual_by_id, explanation, tax_rate_id, tax_percent, net, vat, gross
    ON sales_order_line FOR EACH ROW EXECUTE FUNCTION guard_fixed_line();
CREATE TRIGGER guard_fixed_line
    BEFORE DELETE OR UPDATE OF shipment_id, position, order_line_id, quantity, tax_percent, net, vat, gross, cost
    ON shipment_line FOR EACH ROW EXECUTE FUNCTION guard_fixed_line();
CREATE TRIGGER guard_fixed_line BEFORE DELETE OR UPDATE
    ON stock_receipt_line FOR EACH ROW EXECUTE FUNCTION guard_fixed_line();
CREATE TRIGGER guard_fixed_line BEFORE DELETE OR UPDATE
    ON stock_count_line FOR EACH ROW EXECUTE FUNCTION guard_fixed_line();
CREATE TRIGGER guard_fixed_line BEFORE DELETE OR UPDATE
    ON opening_stock_line FOR EACH ROW EXECUTE FUNCTION guard_fixed_line();
CREATE TRIGGER guard_fixed_line BEFORE DELETE OR UPDATE
    ON write_off_line FOR EACH ROW EXECUTE FUNCTION guard_fixed_line();
CREATE TRIGGER guard_fixed_line BEFORE DELETE OR UPDATE
    ON customer_return_line FOR EACH ROW EXECUTE FUNCTION guard_fixed_line();
CREATE TRIGGER guard_fixed_line
    BEFORE DELETE OR UPDATE OF internal_order_id, position, product_id, quantity
    ON internal_order_line FOR EACH ROW EXECUTE FUNCTION guard_fixed_line();
CREATE TRIGGER guard_fixed_line
    BEFORE DELETE OR UPDATE OF invoice_id, position, kind, shipment_line_id, order_line_id, credit_line_id,
        product_id, account_id, sku, name, unit, quantity, unit_price, discount, tax_rate_id, tax_percent, net, vat,
        gross, rounding, cost
    ON invoice_line FOR EACH ROW EXECUTE FUNCTION guard_fixed_line();
CREATE TRIGGER guard_fixed_line BEFORE DELETE OR UPDATE
    ON credit_note_line FOR EACH ROW EXECUTE FUNCTION guard_fixed_line();
CREATE TRIGGER guard_fixed_line BEFORE DELETE OR UPDATE
    ON cash_order_target FOR EACH ROW EXECUTE FUNCTION guard_fixed_line();
CREATE TRIGGER guard_fixed_line BEFORE DELETE OR UPDATE
    ON bank_line_target FOR EACH ROW EXECUTE FUNCTION guard_fixed_line();
CREATE TRIGGER guard_fixed_line BEFORE DELETE OR UPDATE
    ON adjustment_target FOR EACH ROW EXECUTE FUNCTION guard_fixed_line();
CREATE TRIGGER guard_fixed_line BEFORE DELETE OR UPDATE
    ON manual_entry_line FOR EACH ROW EXECUTE FUNCTION guard_fixed_line();

CREATE TRIGGER guard_added_line AFTER INSERT ON sales_order_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION guard_added_line('sales_order', 'order_id');
CREATE TRIGGER guard_added_line AFTER INSERT ON shipment_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION guard_added_line('shipment', 'shipment_id');
CREATE TRIGGER guard_added_line AFTER INSERT ON stock_receipt_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION guard_added_line('stock_receipt', 'receipt_id');
CREATE TRIGGER guard_added_line AFTER INSERT ON opening_stock_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION guard_added_line('opening_stock', 'opening_id');
CREATE TRIGGER guard_added_line AFTER INSERT ON write_off_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION guard_added_line('write_off', 'write_off_id');
CREATE TRIGGER guard_added_line AFTER INSERT ON customer_return_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION guard_added_line('customer_return', 'return_id');
CREATE TRIGGER guard_added_line AFTER INSERT ON stock_count_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION guard_added_line('stock_count', 'count_id');
CREATE TRIGGER guard_added_line AFTER INSERT ON internal_order_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION guard_added_line('internal_order', 'internal_order_id');
CREATE TRIGGER guard_added_line AFTER INSERT ON invoice_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION guard_added_line('invoice', 'invoice_id');
CREATE TRIGGER guard_added_line AFTER INSERT ON credit_note_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION guard_added_line('credit_note', 'credit_note_id');
CREATE TRIGGER guard_added_line AFTER INSERT ON cash_order_target REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION guard_added_line('cash_order', 'cash_order_id');
CREATE TRIGGER guard_added_line AFTER INSERT ON bank_line_target REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION guard_added_line('bank_line', 'bank_line_id');
CREATE TRIGGER guard_added_line AFTER INSERT ON adjustment_target REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION guard_added_line('adjustment', 'adjustment_id');
CREATE TRIGGER guard_added_line AFTER INSERT ON manual_entry_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION guard_added_line('manual_entry', 'manual_entry_id');

-- What left is written down when it is sent, what arrived when it is received, and neither at another time.

CREATE FUNCTION guard_moved_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its text;
BEGIN
    SELECT state INTO its FROM internal_order WHERE id = NEW.internal_order_id;
    IF (its <> 'approved' AND (OLD.sent, OLD.cost) IS DISTINCT FROM (NEW.sent, NEW.cost))
       OR (its <> 'in_transit' AND (OLD.received, OLD.value) IS DISTINCT FROM (NEW.received, NEW.value)) THEN
        RAISE EXCEPTION '% %: its document is %', TG_TABLE_NAME, OLD.id, its USING ERRCODE = 'SB003';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_moved_line BEFORE UPDATE OF sent, cost, received, value ON internal_order_line
    FOR EACH ROW EXECUTE FUNCTION guard_moved_line();

-- Whatever leaves a desk, or is taken back of what came in, is in the books: from there it gets into what is kept of the
-- desk's days (`keep_days`), none of which is ever below zero.

CREATE FUNCTION guard_desk() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    happened text := CASE WHEN TG_TABLE_NAME = 'opening_balance' THEN 'opening_balance.processed.cancelled'
                          WHEN NEW.state = 'cancelled' THEN 'cash_order.processed.cancelled'
                          ELSE 'cash_order.paid_out' END;
BEGIN
    IF NOT EXISTS (
        SELECT FROM journal_entry entry JOIN journal_line line ON line.entry_id = entry.id
        JOIN account ON account.id = line.account_id AND account.role = 'cash'
        WHERE entry.document_id = NEW.id AND entry.event = happened AND line.credit = NEW.amount
    ) THEN
        RAISE EXCEPTION '% %: what leaves the desk is not in the books', TG_TABLE_NAME, NEW.id USING ERRCODE = 'SB007';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER guard_desk AFTER INSERT OR UPDATE OF state ON cash_order FOR EACH ROW
    WHEN ((NEW.kind = 'expense' AND NEW.state = 'processed') OR (NEW.kind = 'income' AND NEW.state = 'cancelled'))
    EXECUTE FUNCTION guard_desk();
CREATE TRIGGER guard_desk AFTER INSERT OR UPDATE OF state ON opening_balance FOR EACH ROW
    WHEN (NEW.about = 'cash' AND NEW.state = 'cancelled') EXECUTE FUNCTION guard_desk();

-- What is charged is held against the percentages of tax rates as they were told by then. Whoever posts holds the
-- periods until its deed ends: an edit waits for them, so that the history tells what came before it and what after.

CREATE FUNCTION keep_told_of(rate_id bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tax_rate_told (tax_rate_id, after_id, percents)
    SELECT rate.id, coalesce((SELECT max(id) FROM document_history), 0),
           coalesce((SELECT jsonb_object_agg(valid_from, percent) FROM tax_rate_row WHERE tax_rate_id = rate.id), '{}')
           || jsonb_build_object('-infinity', rate.rate)
    FROM tax_rate rate WHERE rate.id = rate_id;
END $$;

-- Whoever posts next stands in line behind that edit, so it does not wait long.

CREATE FUNCTION keep_told() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
BEGIN
    -- Nobody went by a new rate yet.
    IF TG_TABLE_NAME <> 'tax_rate' OR TG_OP <> 'INSERT' THEN
        LOCK TABLE period IN EXCLUSIVE MODE;
    END IF;
    IF TG_TABLE_NAME = 'tax_rate' THEN
        PERFORM keep_told_of(NEW.id);
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM keep_told_of(OLD.tax_rate_id);
    END IF;
    IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.tax_rate_id <> OLD.tax_rate_id) THEN
        PERFORM keep_told_of(NEW.tax_rate_id);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER keep_told AFTER INSERT OR UPDATE OF rate ON tax_rate FOR EACH ROW EXECUTE FUNCTION keep_told();
CREATE TRIGGER keep_told AFTER INSERT OR UPDATE OF tax_rate_id, valid_from, percent OR DELETE ON tax_rate_row
    FOR EACH ROW EXECUTE FUNCTION keep_told();

-- The ledger: an entry balances when its deed ends, and takes lines only in its own transaction, until it has its place
-- in the chain.

CREATE FUNCTION guard_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    difference numeric;
BEGIN
    SELECT sum(debit) - sum(credit) INTO difference FROM journal_line WHERE entry_id = NEW.id;
    IF difference IS DISTINCT FROM 0 THEN
        RAISE EXCEPTION 'journal entry %: debit - credit = %', NEW.id, coalesce(difference::text, 'no lines')
            USING ERRCODE = 'SB004';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER guard_entry_balances AFTER INSERT ON journal_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard_entry_balances();

CREATE FUNCTION guard_entry_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added JOIN journal_entry entry ON entry.id = added.entry_id
               WHERE entry.txid <> pg_current_xact_id()::text::bigint OR entry."on" <> added."on") THEN
        RAISE EXCEPTION 'journal lines belong to the transaction and the date of their entry' USING ERRCODE = 'SB004';
    END IF;
    IF EXISTS (SELECT FROM added JOIN journal_chain chain ON chain.entry_id = added.entry_id) THEN
        RAISE EXCEPTION 'an entry takes no lines once it has its place in the chain' USING ERRCODE = 'SB004';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER guard_entry_lines AFTER INSERT ON journal_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION guard_entry_lines();

CREATE FUNCTION guard_own_txid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.txid := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_own_txid BEFORE INSERT ON journal_entry
    FOR EACH ROW EXECUTE FUNCTION guard_own_txid();

-- How accounts, customers and desks stand at the end of each day is written here alone, from new entries as they get their
-- places: an entry has one place, so it counts once. Whoever gives places holds the head of the chain. The application
-- itself may only read what is kept, and run this neither by name nor by a trigger of its own.

CREATE FUNCTION keep_days() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    entries bigint[] := ARRAY(SELECT entry_id FROM added);
BEGIN
    IF EXISTS (SELECT FROM journal_entry
               WHERE id = ANY (entries) AND txid <> pg_current_xact_id()::text::bigint) THEN
        RAISE EXCEPTION 'an entry gets its place in its own transaction' USING ERRCODE = 'SB004';
    END IF;
    WITH moved AS MATERIALIZED (
        SELECT account_id, "on", sum(sum(debit)) OVER so_far AS debit, sum(sum(credit)) OVER so_far AS credit,
               lead("on", 1, 'infinity'::date) OVER so_far AS next_on
        FROM journal_line WHERE entry_id = ANY (entries) GROUP BY account_id, "on"
        WINDOW so_far AS (PARTITION BY account_id ORDER BY "on")
    ), later AS (
        UPDATE account_day day SET debit = day.debit + moved.debit, credit = day.credit + moved.credit FROM moved
        WHERE day.account_id = moved.account_id AND day."on" >= moved."on" AND day."on" < moved.next_on
    )
    INSERT INTO account_day (account_id, "on", debit, credit)
    SELECT moved.account_id, moved."on", coalesce(closing.debit, 0) + moved.debit,
           coalesce(closing.credit, 0) + moved.credit
    FROM moved LEFT JOIN LATERAL (
        SELECT "on", debit, credit FROM account_day day
        WHERE day.account_id = moved.account_id AND day."on" <= moved."on" ORDER BY day."on" DESC LIMIT 1
    ) closing ON true WHERE closing."on" IS DISTINCT FROM moved."on";
    WITH moved AS MATERIALIZED (
        SELECT entry.customer_id, entry."on", sum(sum(line.debit - line.credit)) OVER so_far AS balance,
               lead(entry."on", 1, 'infinity'::date) OVER so_far AS next_on
        FROM journal_entry entry JOIN journal_line line ON line.entry_id = entry.id
        JOIN account ON account.id = line.account_id AND account.role IN ('receivables', 'customer_advances')
        WHERE entry.id = ANY (entries) AND entry.customer_id IS NOT NULL GROUP BY entry.customer_id, entry."on"
        WINDOW so_far AS (PARTITION BY entry.customer_id ORDER BY entry."on")
    ), later AS (
        UPDATE customer_day day SET balance = day.balance + moved.balance FROM moved
        WHERE day.customer_id = moved.customer_id AND day."on" >= moved."on" AND day."on" < moved.next_on
    )
    INSERT INTO customer_day (customer_id, "on", balance)
    SELECT moved.customer_id, moved."on", coalesce(closing.balance, 0) + moved.balance
    FROM moved LEFT JOIN LATERAL (
        SELECT "on", balance FROM customer_day day
        WHERE day.customer_id = moved.customer_id AND day."on" <= moved."on" ORDER BY day."on" DESC LIMIT 1
    ) closing ON true WHERE closing."on" IS DISTINCT FROM moved."on";
    WITH moved AS MATERIALIZED (
        SELECT coalesce(cash_order.cash_desk_id, opening.cash_desk_id) AS cash_desk_id, entry."on",
               sum(sum(line.debit - line.credit)) OVER so_far AS balance,
               lead(entry."on", 1, 'infinity'::date) OVER so_far AS next_on
        FROM journal_entry entry JOIN journal_line line ON line.entry_id = entry.id
        JOIN account ON account.id = line.account_id AND account.role = 'cash'
        LEFT JOIN cash_order ON cash_order.id = entry.document_id
        LEFT JOIN opening_balance opening ON opening.id = entry.document_id
        WHERE entry.id = ANY (entries) AND num_nonnulls(cash_order.cash_desk_id, opening.cash_desk_id) > 0
        GROUP BY 1, entry."on"
        WINDOW so_far AS (PARTITION BY coalesce(cash_order.cash_desk_id, opening.cash_desk_id) ORDER BY entry."on")
    ), later AS (
        UPDATE desk_day day SET balance = day.balance + moved.balance FROM moved
        WHERE day.cash_desk_id = moved.cash_desk_id AND day."on" >= moved."on" AND day."on" < moved.next_on
    )
    INSERT INTO desk_day (cash_desk_id, "on", balance)
    SELECT moved.cash_desk_id, moved."on", coalesce(closing.balance, 0) + moved.balance
    FROM moved LEFT JOIN LATERAL (
        SELECT "on", balance FROM desk_day day
        WHERE day.cash_desk_id = moved.cash_desk_id AND day."on" <= moved."on" ORDER BY day."on" DESC LIMIT 1
    ) closing ON true WHERE closing."on" IS DISTINCT FROM moved."on";
    RETURN NULL;
END $$;

CREATE TRIGGER keep_days AFTER INSERT ON journal_chain REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION keep_days();

-- How far everything was proved is written here alone, from the books as the proof saw them: whoever says that it holds
-- says nothing of what the sums are. Nor is it believed where stock does not add up: what lies before a mark is read
-- again only by the next full proof, while an account's days are held against its mark each time. Of two proofs at once
-- one is marked.

CREATE FUNCTION keep_marks(holds boolean) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'repeatable read' THEN
        RAISE EXCEPTION 'what is marked is what the proof saw, in one snapshot' USING ERRCODE = 'SB010';
    END IF;
    IF holds AND (EXISTS (
        SELECT FROM stock_day day FULL JOIN (
            SELECT warehouse_id, product_id, "on", sum(sum(quantity)) OVER so_far AS quantity,
                   sum(sum(value)) OVER so_far AS value
            FROM stock_move GROUP BY warehouse_id, product_id, "on"
            WINDOW so_far AS (PARTITION BY warehouse_id, product_id ORDER BY "on")
        ) moved USING (warehouse_id, product_id, "on")
        WHERE (day.quantity, day.value) IS DISTINCT FROM (moved.quantity, moved.value)
    ) OR EXISTS (
        SELECT FROM stock_balance balance FULL JOIN (
            SELECT warehouse_id, product_id, sum(quantity) AS quantity, sum(value) AS value
            FROM stock_move GROUP BY warehouse_id, product_id
        ) moved USING (warehouse_id, product_id)
        WHERE (coalesce(balance.on_hand, 0), coalesce(balance.value, 0))
              <> (coalesce(moved.quantity, 0), coalesce(moved.value, 0))
    )) THEN
        RAISE EXCEPTION 'stock that does not add up is not marked as proved' USING ERRCODE = 'SB010';
    END IF;
    INSERT INTO proof_mark (at, holds, seq, hash)
    SELECT now(), keep_marks.holds, coalesce(last.seq, 0), coalesce(last.hash, ''::bytea)
    FROM (VALUES (1)) one LEFT JOIN (SELECT seq, hash FROM journal_chain ORDER BY seq DESC LIMIT 1) last ON true;
    IF holds THEN
        INSERT INTO account_mark AS mark (account_id, debit, credit, days)
        SELECT account_id, max(debit), max(credit), sha256(convert_to(string_agg(concat_ws(
                   ' ', to_char("on", 'YYYY-MM-DD'), trim_scale(debit), trim_scale(credit)), ',' ORDER BY "on"), 'UTF8'))
        FROM (
            SELECT account_id, "on", sum(sum(debit)) OVER so_far AS debit, sum(sum(credit)) OVER so_far AS credit
            FROM journal_line GROUP BY account_id, "on" WINDOW so_far AS (PARTITION BY account_id ORDER BY "on")
        ) closing GROUP BY account_id
        ON CONFLICT (account_id) DO UPDATE SET (debit, credit, days) = (excluded.debit, excluded.credit, excluded.days)
        WHERE (mark.debit, mark.credit, mark.days) <> (excluded.debit, excluded.credit, excluded.days);
        INSERT INTO stock_mark AS mark (warehouse_id, product_id, move_id, moved_at, quantity, value, last_on)
        SELECT warehouse_id, product_id, max(id), max(at), sum(quantity), sum(value), max("on")
        FROM stock_move GROUP BY warehouse_id, product_id
        ON CONFLICT (warehouse_id, product_id) DO UPDATE
        SET (move_id, moved_at, quantity, value, last_on)
            = (excluded.move_id, excluded.moved_at, excluded.quantity, excluded.value, excluded.last_on)
        WHERE (mark.move_id, mark.quantity, mark.value) <> (excluded.move_id, excluded.quantity, excluded.value);
    END IF;
    RETURN holds;
EXCEPTION WHEN serialization_failure OR unique_violation THEN
    RETURN false;
END $$;

-- The chain is over account codes and amounts in the company's currency: what it has named is named so for good.

CREATE FUNCTION guard_used_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM journal_line WHERE account_id = OLD.id) THEN
        RAISE EXCEPTION 'account %: its code and role are fixed since it was posted to', OLD.code
            USING ERRCODE = 'SB005';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_used_account BEFORE UPDATE OF code, role ON account FOR EACH ROW
    WHEN ((OLD.code, OLD.role) IS DISTINCT FROM (NEW.code, NEW.role)) EXECUTE FUNCTION guard_used_account();

-- What the books have followed stays as it was; a rule that never was followed may still be put right.

CREATE FUNCTION guard_used_rule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM journal_line WHERE rule_id = OLD.id) THEN
        RAISE EXCEPTION 'posting rule %: it is fixed since entries follow it', OLD.id USING ERRCODE = 'SB005';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_used_rule BEFORE UPDATE ON posting_rule FOR EACH ROW
    WHEN ((OLD.event, OLD.amount, OLD.side, OLD.role, OLD.account_id, OLD.valid_from)
          IS DISTINCT FROM (NEW.event, NEW.amount, NEW.side, NEW.role, NEW.account_id, NEW.valid_from))
    EXECUTE FUNCTION guard_used_rule();

CREATE FUNCTION guard_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the currency is fixed since something was posted, and the chain only grows'
        USING ERRCODE = 'SB005';
END $$;

CREATE TRIGGER guard_company BEFORE UPDATE ON company FOR EACH ROW
    WHEN (OLD.chain_seq > 0 AND (OLD.currency <> NEW.currency OR NEW.chain_seq < OLD.chain_seq
          OR (NEW.chain_seq = OLD.chain_seq AND NEW.chain_hash <> OLD.chain_hash)))
    EXECUTE FUNCTION guard_company();

-- A group is never inside of itself; what quantities of a product mean is said once for all.

-- One after the other: of two groups that are moved into each other at the same moment, the second sees the first.
CREATE FUNCTION guard_product_group() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(TG_RELID::bigint);
    IF EXISTS (
        WITH RECURSIVE above (id, parent_id) AS (
            SELECT id, parent_id FROM product_group WHERE id = NEW.parent_id
            UNION
            SELECT outer_group.id, outer_group.parent_id
            FROM product_group outer_group JOIN above ON outer_group.id = above.parent_id
        )
        SELECT FROM above WHERE id = NEW.id
    ) THEN
        RAISE EXCEPTION 'product group % would be inside of itself', NEW.code USING ERRCODE = 'SB008';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_product_group BEFORE INSERT OR UPDATE OF parent_id ON product_group
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION guard_product_group();

CREATE FUNCTION guard_measure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% %: how it is counted is fixed', TG_TABLE_NAME, OLD.id USING ERRCODE = 'SB009';
END $$;

CREATE TRIGGER guard_measure BEFORE UPDATE OF kind, unit_id ON product FOR EACH ROW
    WHEN ((OLD.kind, OLD.unit_id) IS DISTINCT FROM (NEW.kind, NEW.unit_id)) EXECUTE FUNCTION guard_measure();
CREATE TRIGGER guard_measure BEFORE UPDATE OF decimals ON unit FOR EACH ROW
    WHEN (OLD.decimals <> NEW.decimals) EXECUTE FUNCTION guard_measure();

-- A derived price list leads to a list of the same money, and never back to itself.

-- One after the other: of two lists that are to follow each other from the same moment on, the second sees the first.
CREATE FUNCTION guard_price_list() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(TG_RELID::bigint);
    IF EXISTS (
        WITH RECURSIVE above (id, base_id) AS (
            SELECT id, base_id FROM price_list WHERE id = NEW.base_id
            UNION
            SELECT list.id, list.base_id FROM price_list list JOIN above ON list.id = above.base_id
        )
        SELECT FROM above WHERE id = NEW.id
    ) THEN
        RAISE EXCEPTION 'price list % would be derived from itself', NEW.code USING ERRCODE = 'SB006';
    END IF;
    IF EXISTS (
        SELECT FROM price_list list
        WHERE (list.id = NEW.base_id OR list.base_id = NEW.id)
              AND (list.currency, list.vat_included) IS DISTINCT FROM (NEW.currency, NEW.vat_included)
    ) THEN
        RAISE EXCEPTION 'price list %: it and its base need the same currency and the same way with VAT', NEW.code
            USING ERRCODE = 'SB006';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_price_list BEFORE INSERT OR UPDATE OF base_id, currency, vat_included ON price_list
    FOR EACH ROW EXECUTE FUNCTION guard_price_list();
