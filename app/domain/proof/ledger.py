"""The ledger by itself: entries balance, the chain is whole, rules are complete and followed, closed periods rest."""

from sqlalchemy.orm import Session

from app.domain.proof.found import Found, decimals, find

BALANCED = """
WITH sums AS (
    SELECT line.entry_id, sum(line.debit) AS debit, sum(line.credit) AS credit FROM journal_line line
    WHERE {only} GROUP BY line.entry_id
)
SELECT 'entry #' || coalesce(entry.id, sums.entry_id) AS what, entry.document_id,
       coalesce('credit ' || sums.debit, 'lines') AS expected, coalesce('credit ' || sums.credit, 'none') AS found
FROM (SELECT * FROM journal_entry entry WHERE {entries}) entry FULL JOIN sums ON sums.entry_id = entry.id
WHERE entry.id IS NULL OR sums.entry_id IS NULL OR sums.debit <> sums.credit
"""
OF_ACCOUNT = "SELECT line.entry_id FROM journal_line line WHERE "


def _lines(account_id: int | None, since: int | None) -> str:
    """The lines that are looked at: all, those of an account, or of them those with a later place in the chain."""
    if account_id is None:
        return "true"
    # The number itself, for the planner: whatever came since is little.
    later = "" if since is None else f" AND line.entry_id IN (SELECT entry_id FROM journal_chain WHERE seq > {since:d})"
    return f"line.account_id = %(account_id)s{later}"


def entries_balance(session: Session, account_id: int | None = None, since: int | None = None) -> Found:
    """Each entry has lines, and their debit is their credit."""
    only = entries = "true"
    if account_id is not None:
        its = OF_ACCOUNT + _lines(account_id, since)
        only, entries = f"line.entry_id IN ({its})", f"entry.id IN ({its})"
    return find(session, BALANCED.format(only=only, entries=entries), account_id=account_id)


LINES = """
SELECT 'line ' || line.position AS what, entry.document_id, line.account_id,
       'one side above 0, on ' || entry."on" || ', in ' || entry.currency AS expected,
       concat_ws(' ', 'debit', line.debit, 'credit', line.credit, 'on', line."on", 'in', line.currency) AS found
FROM journal_line line JOIN journal_entry entry ON entry.id = line.entry_id
WHERE (NOT (line.debit > 0 AND line.credit = 0 OR line.credit > 0 AND line.debit = 0) OR line."on" <> entry."on"
      OR line.debit <> round(line.debit, %(decimals)s) OR line.credit <> round(line.credit, %(decimals)s)
      OR line.currency = entry.currency AND abs(line.currency_amount) <> line.debit + line.credit)
      AND {only}
"""


def lines_have_one_side(session: Session, account_id: int | None = None, since: int | None = None) -> Found:
    """Each line is a debit or a credit above zero in whole units of the currency, on the date of its entry."""
    only = _lines(account_id, since)
    return find(session, LINES.format(only=only), decimals=decimals(session), account_id=account_id)


TRIAL = """
SELECT 'all credits' AS what, sum(debit) AS expected, sum(credit) AS found FROM journal_line
HAVING sum(debit) <> sum(credit)
"""


def all_debits_are_all_credits(session: Session) -> Found:
    """The debits of all lines are the credits of all lines."""
    return find(session, TRIAL)


# chr(31) is the separator 0x1F. Each hash is reckoned on the stored one before it, so that only what was changed is
# named, not everything after it.
CHAIN = """
WITH lines AS (
    SELECT line.entry_id,
           string_agg(concat_ws(chr(31), account.code, round(debit, %(decimals)s), round(credit, %(decimals)s)),
                      chr(31) ORDER BY position) AS text
    FROM journal_line line JOIN account ON account.id = line.account_id GROUP BY line.entry_id
), links AS (
    SELECT chain.seq, chain.hash, entry.document_id,
           lag(chain.seq, 1, 0::bigint) OVER in_order AS seq_before,
           sha256(lag(chain.hash, 1, ''::bytea) OVER in_order || convert_to(concat_ws(
               chr(31), chain.seq, entry.event, coalesce(document.number, ''), to_char(entry."on", 'YYYY-MM-DD'),
               to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), entry.currency, lines.text
           ), 'UTF8')) AS wanted
    FROM journal_chain chain LEFT JOIN journal_entry entry ON entry.id = chain.entry_id
    LEFT JOIN document ON document.id = entry.document_id LEFT JOIN lines ON lines.entry_id = entry.id
    WINDOW in_order AS (ORDER BY chain.seq)
)
SELECT 'hash of entry ' || seq AS what, document_id, encode(wanted, 'hex') AS expected, encode(hash, 'hex') AS found
FROM links WHERE hash IS DISTINCT FROM wanted
UNION ALL
SELECT 'number of the entry after ' || seq_before, document_id, (seq_before + 1)::text, seq::text
FROM links WHERE seq <> seq_before + 1
UNION ALL
SELECT 'place of entry #' || entry.id, entry.document_id, 'in the chain', 'nowhere'
FROM journal_entry entry LEFT JOIN journal_chain chain ON chain.entry_id = entry.id WHERE chain.seq IS NULL
UNION ALL
SELECT 'head of the chain', NULL, coalesce(last.seq, 0) || ' ' || encode(coalesce(last.hash, ''::bytea), 'hex'),
       company.chain_seq || ' ' || encode(company.chain_hash, 'hex')
FROM company LEFT JOIN (SELECT seq, hash FROM journal_chain ORDER BY seq DESC LIMIT 1) last ON true
WHERE (company.chain_seq, company.chain_hash) IS DISTINCT FROM (coalesce(last.seq, 0), coalesce(last.hash, ''::bytea))
"""


def the_chain_is_whole(session: Session) -> Found:
    """Every entry has its place in the chain, numbered without a gap, and each hash is that of all that is before."""
    return find(session, CHAIN, decimals=decimals(session))


# Every side of every event that this program posts, from the table of what documents mean.
SIDES = """
    (VALUES ('receipt.processed', 'cost', 'debit', 'inventory'),
            ('receipt.processed', 'cost', 'credit', 'goods_received_not_invoiced'),
            ('opening_stock.processed', 'cost', 'debit', 'inventory'),
            ('opening_stock.processed', 'cost', 'credit', 'opening_equity'),
            ('shipment.processed', 'cost', 'debit', 'cost_of_sales'),
            ('shipment.processed', 'cost', 'credit', 'inventory'),
            ('shipment.processed', 'deferred', 'debit', 'goods_shipped_not_invoiced'),
            ('shipment.processed', 'deferred', 'credit', 'inventory'),
            ('write_off.processed', 'cost', 'debit', 'stock_losses'),
            ('write_off.processed', 'cost', 'credit', 'inventory'),
            ('customer_return.processed', 'cost', 'debit', 'inventory'),
            ('customer_return.processed', 'cost', 'credit', 'cost_of_sales'),
            ('customer_return.processed', 'deferred', 'debit', 'inventory'),
            ('customer_return.processed', 'deferred', 'credit', 'goods_shipped_not_invoiced'),
            ('count.processed', 'shortage', 'debit', 'stock_losses'),
            ('count.processed', 'shortage', 'credit', 'inventory'),
            ('count.processed', 'surplus', 'debit', 'inventory'),
            ('count.processed', 'surplus', 'credit', 'stock_surplus'),
            ('internal_order.sent', 'cost', 'debit', 'goods_in_transit'),
            ('internal_order.sent', 'cost', 'credit', 'inventory'),
            ('internal_order.received', 'cost', 'debit', 'inventory'),
            ('internal_order.received', 'cost', 'credit', 'goods_in_transit'),
            ('internal_order.received', 'short', 'debit', 'stock_losses'),
            ('internal_order.received', 'short', 'credit', 'goods_in_transit'),
            ('internal_order.received', 'surplus', 'debit', 'inventory'),
            ('internal_order.received', 'surplus', 'credit', 'stock_surplus'),
            ('stock.valuation_difference', 'difference', 'debit', 'stock_losses'),
            ('stock.valuation_difference', 'difference', 'credit', 'inventory'),
            ('inventory.account_changed', 'into', 'debit', 'inventory'),
            ('inventory.account_changed', 'out_of', 'credit', 'inventory'),
            ('invoice.issued', 'gross', 'debit', 'receivables'),
            ('invoice.issued', 'net', 'credit', 'revenue'),
            ('invoice.issued', 'undelivered', 'credit', 'invoiced_not_delivered'),
            ('invoice.issued', 'vouchers', 'credit', 'vouchers'),
            ('invoice.issued', 'other', 'credit', 'other'),
            ('invoice.issued', 'vat', 'credit', 'output_vat'),
            ('invoice.issued', 'cost', 'debit', 'cost_of_sales'),
            ('invoice.issued', 'cost', 'credit', 'goods_shipped_not_invoiced'),
            ('invoice.rounded', 'difference', 'debit', 'receivables'),
            ('invoice.rounded', 'difference', 'credit', 'rounding_differences'),
            ('credit_note.issued', 'net', 'debit', 'revenue'),
            ('credit_note.issued', 'undelivered', 'debit', 'invoiced_not_delivered'),
            ('credit_note.issued', 'vouchers', 'debit', 'vouchers'),
            ('credit_note.issued', 'other', 'debit', 'other'),
            ('credit_note.issued', 'vat', 'debit', 'output_vat'),
            ('credit_note.issued', 'gross', 'credit', 'receivables'),
            ('credit_note.issued', 'cost', 'debit', 'goods_shipped_not_invoiced'),
            ('credit_note.issued', 'cost', 'credit', 'cost_of_sales'),
            ('shipment.advance_delivered', 'net', 'debit', 'invoiced_not_delivered'),
            ('shipment.advance_delivered', 'net', 'credit', 'revenue'),
            ('cash_order.processed', 'amount', 'debit', 'cash'),
            ('cash_order.processed', 'allocated', 'credit', 'receivables'),
            ('cash_order.processed', 'on_account', 'credit', 'customer_advances'),
            ('cash_order.processed', 'other', 'credit', 'other'),
            ('cash_order.processed', 'in_transit', 'credit', 'money_in_transit'),
            ('cash_order.processed', 'difference', 'credit', 'desk_differences'),
            ('cash_order.paid_out', 'amount', 'credit', 'cash'),
            ('cash_order.paid_out', 'credit', 'debit', 'receivables'),
            ('cash_order.paid_out', 'advance', 'debit', 'customer_advances'),
            ('cash_order.paid_out', 'other', 'debit', 'other'),
            ('cash_order.paid_out', 'in_transit', 'debit', 'money_in_transit'),
            ('cash_order.paid_out', 'difference', 'debit', 'desk_differences'),
            ('bank_line.processed', 'amount', 'debit', 'bank'),
            ('bank_line.processed', 'allocated', 'credit', 'receivables'),
            ('bank_line.processed', 'on_account', 'credit', 'customer_advances'),
            ('bank_line.processed', 'other', 'credit', 'other'),
            ('bank_line.processed', 'in_transit', 'credit', 'money_in_transit'),
            ('bank_line.paid_out', 'amount', 'credit', 'bank'),
            ('bank_line.paid_out', 'credit', 'debit', 'receivables'),
            ('bank_line.paid_out', 'advance', 'debit', 'customer_advances'),
            ('bank_line.paid_out', 'other', 'debit', 'other'),
            ('bank_line.paid_out', 'in_transit', 'debit', 'money_in_transit'),
            ('adjustment.processed', 'voucher', 'debit', 'vouchers'),
            ('adjustment.processed', 'voucher', 'credit', 'receivables'),
            ('adjustment.processed', 'bad_debt', 'debit', 'bad_debts'),
            ('adjustment.processed', 'bad_debt', 'credit', 'receivables'),
            ('adjustment.processed', 'difference', 'debit', 'rounding_differences'),
            ('adjustment.processed', 'difference', 'credit', 'receivables'),
            ('opening_balance.processed', 'owed', 'debit', 'receivables'),
            ('opening_balance.processed', 'owed', 'credit', 'opening_equity'),
            ('opening_balance.processed', 'paid_ahead', 'debit', 'opening_equity'),
            ('opening_balance.processed', 'paid_ahead', 'credit', 'customer_advances'),
            ('opening_balance.processed', 'cash', 'debit', 'cash'),
            ('opening_balance.processed', 'cash', 'credit', 'opening_equity'),
            ('opening_balance.processed', 'bank', 'debit', 'bank'),
            ('opening_balance.processed', 'bank', 'credit', 'opening_equity'),
            ('manual_entry.processed', 'debit', 'debit', 'other'),
            ('manual_entry.processed', 'credit', 'credit', 'other'),
            ('allocation.made', 'amount', 'debit', 'customer_advances'),
            ('allocation.made', 'amount', 'credit', 'receivables'),
            ('allocation.released', 'amount', 'debit', 'receivables'),
            ('allocation.released', 'amount', 'credit', 'customer_advances')) AS side (event, amount, side, role)
"""
# Rules are for the dates on which anything was posted; before the first entry, for whenever it will come.
RULES = f"""
SELECT concat_ws(' ', 'rule for', side.side, 'of', side.event, side.amount) AS what,
       'an account of the role ' || side.role || ' from ' || first_day."on" || ' on' AS expected,
       string_agg(rule.role || ' from ' || rule.valid_from, ', ') AS found
FROM {SIDES} CROSS JOIN (SELECT coalesce(min("on"), 'infinity') AS "on" FROM journal_entry) first_day
LEFT JOIN posting_rule rule USING (event, amount, side)
WHERE EXISTS (SELECT FROM company)
GROUP BY side.event, side.amount, side.side, side.role, first_day."on"
HAVING coalesce(bool_or(rule.valid_from <= first_day."on"), false) IS FALSE
       OR NOT bool_and(rule.role = side.role)
UNION ALL
SELECT concat_ws(' ', 'role of the account of the rule for', rule.side, 'of', rule.event, rule.amount), rule.role,
       account.role
FROM posting_rule rule JOIN account ON account.id = rule.account_id WHERE account.role <> rule.role
"""


def posting_rules_are_complete(session: Session) -> Found:
    """Every side of every event has a rule that leads to an account of the right role."""
    return find(session, RULES)


FOLLOWED = """
SELECT 'rule of line ' || line.position || ' of ' || entry.event AS what, entry.document_id, line.account_id,
       concat_ws(' ', replace(entry.event, '.cancelled', ''), 'for', account.role, 'by', entry."on") AS expected,
       concat_ws(' ', rule.event, 'for', rule.role, 'from', rule.valid_from) AS found
FROM journal_line line JOIN journal_entry entry ON entry.id = line.entry_id
JOIN account ON account.id = line.account_id LEFT JOIN posting_rule rule ON rule.id = line.rule_id
WHERE (rule.id IS NULL OR rule.event <> replace(entry.event, '.cancelled', '') OR rule.role <> account.role
       OR rule.valid_from > entry."on") AND {only}
UNION ALL
SELECT 'rule of line ' || line.position || ' of ' || entry.event, entry.document_id, line.account_id,
       'the one from ' || later.valid_from || ' on', 'the one from ' || rule.valid_from || ' on'
FROM posting_rule later JOIN posting_rule rule
     ON (rule.event, rule.amount, rule.side) = (later.event, later.amount, later.side)
JOIN journal_line line ON line.rule_id = rule.id
JOIN journal_entry entry ON entry.id = line.entry_id AND entry.event = rule.event
WHERE rule.valid_from < later.valid_from AND later.valid_from <= entry."on" AND {only}
"""


def lines_follow_their_rules(session: Session, account_id: int | None = None, since: int | None = None) -> Found:
    """Each line names the rule of its date that put it there, and is on an account of the role that this rule says."""
    return find(session, FOLLOWED.format(only=_lines(account_id, since)), account_id=account_id)


CLOSED = """
SELECT concat_ws(' ', 'entry of', entry."on", 'in the period', period.starts_on, 'to', period.ends_on) AS what,
       entry.document_id, 'recorded before ' || period.changed_at AS expected, entry.at AS found
FROM period JOIN journal_entry entry ON entry."on" BETWEEN period.starts_on AND period.ends_on
WHERE period.state = 'closed' AND entry.at > period.changed_at
"""


def closed_periods_rest(session: Session) -> Found:
    """Nothing was posted into a period after it was closed."""
    return find(session, CLOSED)


# A period is made by closing it; a rule that was there from the first has no history.
TOLD = """
WITH last AS (
    SELECT DISTINCT ON (period_id, rule_id) period_id, rule_id, step, account_id
    FROM ledger_history ORDER BY period_id, rule_id, id DESC
)
SELECT concat_ws(' ', 'state of the period', starts_on, 'to', ends_on) AS what, NULL::bigint AS account_id,
       CASE last.step WHEN 'close' THEN 'closed' WHEN 'reopen' THEN 'open' END AS expected, period.state AS found
FROM period LEFT JOIN last ON last.period_id = period.id
WHERE period.state IS DISTINCT FROM CASE last.step WHEN 'close' THEN 'closed' WHEN 'reopen' THEN 'open' END
UNION ALL
SELECT concat_ws(' ', 'account of the rule for', rule.side, 'of', rule.event, rule.amount, 'from', rule.valid_from),
       rule.account_id, 'account #' || last.account_id, 'account #' || rule.account_id
FROM posting_rule rule JOIN last ON last.rule_id = rule.id WHERE last.account_id <> rule.account_id
UNION ALL
SELECT concat_ws(' ', 'history of the period', starts_on, 'to', ends_on), NULL,
       'closed and reopened in turn, with a reason', concat_ws(' ', history.step, history.reason)
FROM (SELECT *, lag(step, 1, 'reopen') OVER (PARTITION BY period_id ORDER BY id) AS step_before
      FROM ledger_history WHERE period_id IS NOT NULL) history
JOIN period ON period.id = history.period_id
WHERE history.step = history.step_before OR history.step = 'reopen' AND history.reason = ''
"""


def periods_and_rules_are_as_last_told(session: Session) -> Found:
    """Each period is open or closed, and each changed rule on its account, as the history last tells it."""
    return find(session, TOLD)


FUTURE = """
SELECT 'date of entry #' || entry.id AS what, entry.document_id, 'not after ' || day.recorded AS expected,
       entry."on" AS found
FROM journal_entry entry CROSS JOIN company
CROSS JOIN LATERAL (SELECT (entry.at AT TIME ZONE company.time_zone)::date AS recorded) day
WHERE entry."on" > day.recorded
UNION ALL
SELECT 'date of move ' || move.id, move.document_id, 'not after ' || day.recorded, move."on"
FROM stock_move move CROSS JOIN company
CROSS JOIN LATERAL (SELECT (move.at AT TIME ZONE company.time_zone)::date AS recorded) day
WHERE move."on" > day.recorded
"""


def nothing_is_dated_in_the_future(session: Session) -> Found:
    """No entry and no move is dated after the day on which it was recorded, in the company's time zone."""
    return find(session, FUTURE)
