"""Numbers: every document has the number that its series gives, once, without a gap where none is allowed."""

from sqlalchemy.orm import Session

from app.domain.proof.found import Found, find

# The kinds with their dates; a document gets its number when it leaves the draft, an order at the first save.
NUMBERED = """
    SELECT id, "on", true AS is_numbered FROM sales_order
    UNION ALL SELECT id, "on", state <> 'draft' FROM shipment
    UNION ALL SELECT id, "on", state <> 'draft' FROM stock_receipt
    UNION ALL SELECT id, "on", state <> 'draft' FROM opening_stock
    UNION ALL SELECT id, "on", state <> 'draft' FROM write_off
    UNION ALL SELECT id, "on", state <> 'draft' FROM customer_return
    UNION ALL SELECT id, "on", state <> 'draft' FROM stock_count
    UNION ALL SELECT id, "on", state <> 'draft' FROM internal_order
    UNION ALL SELECT id, "on", state <> 'draft' FROM credit_note
    UNION ALL SELECT id, "on", state <> 'draft' FROM invoice
    UNION ALL SELECT id, "on", state <> 'draft' FROM cash_order
    UNION ALL SELECT id, "on", state <> 'draft' FROM bank_line
    UNION ALL SELECT id, "on", state <> 'draft' FROM bank_statement
    UNION ALL SELECT id, "on", state <> 'draft' FROM adjustment
    UNION ALL SELECT id, "on", state <> 'draft' FROM manual_entry
    UNION ALL SELECT id, "on", state <> 'draft' FROM opening_balance
"""
# What follows the prefix, and the year where the series restarts each year.
PARSED = f"""
WITH parsed AS (
    SELECT document.id AS document_id, document.series_id, document.number, dated."on", series.gapless,
           series.ascending, series.code,
           CASE series.restart WHEN 'yearly' THEN extract(year FROM dated."on")::bigint ELSE 0 END AS year,
           series.prefix || CASE series.restart WHEN 'yearly' THEN extract(year FROM dated."on") || '-' ELSE '' END
           AS head, series.width
    FROM document JOIN number_series series ON series.id = document.series_id
    JOIN ({NUMBERED}) dated ON dated.id = document.id
    WHERE document.number IS NOT NULL
), counted AS (
    SELECT *, CASE WHEN substr(number, length(head) + 1) ~ '^[0-9]+$' AND starts_with(number, head)
                        AND length(number) >= length(head) + width
                   THEN substr(number, length(head) + 1)::numeric END AS value
    FROM parsed
)
"""
GIVEN = (
    PARSED
    + f"""
SELECT 'number' AS what, document.id AS document_id, CASE WHEN is_numbered THEN 'given' ELSE 'none yet' END AS expected,
       document.number AS found
FROM ({NUMBERED}) dated JOIN document ON document.id = dated.id
WHERE is_numbered <> (document.number IS NOT NULL) OR (document.number IS NULL) <> (document.series_id IS NULL)
UNION ALL
SELECT 'number', document_id, head || ' and ' || width || ' digits', number FROM counted WHERE value IS NULL
UNION ALL
SELECT 'times that number ' || number || ' of ' || code || ' is given', max(document_id), '1', count(*)::text
FROM counted GROUP BY series_id, code, number HAVING count(*) > 1
"""
)


def every_number_is_given_once(session: Session) -> Found:
    """Every document that is no draft has a number of its series, which no other has; a draft has none."""
    return find(session, GIVEN)


GAPLESS = (
    PARSED
    + """, in_order AS (
    SELECT *, lag(value, 1, 0::numeric) OVER (PARTITION BY series_id, year ORDER BY value) AS value_before
    FROM counted WHERE gapless AND value IS NOT NULL
)
SELECT 'number after ' || value_before || ' of ' || code AS what, document_id,
       (value_before + 1)::text AS expected, value::text AS found
FROM in_order WHERE value <> value_before + 1
UNION ALL
SELECT 'last number of ' || code, NULL, coalesce(max(value), 0)::text, counter.last::text
FROM number_counter counter JOIN number_series series ON series.id = counter.series_id AND series.gapless
LEFT JOIN counted USING (series_id, year, code)
GROUP BY counter.series_id, counter.year, code, counter.last HAVING coalesce(max(value), 0) <> counter.last
"""
)


def gapless_numbers_have_no_gap(session: Session) -> Found:
    """Numbers of a gapless series run from 1 to the last one given."""
    return find(session, GAPLESS)


ASCENDING = (
    PARSED
    + """
SELECT 'date of ' || number AS what, document_id, 'not before ' || date_before || ' of ' || number_before AS expected,
       "on" AS found
FROM (SELECT *, lag("on") OVER in_order AS date_before, lag(number) OVER in_order AS number_before
      FROM counted WHERE ascending AND value IS NOT NULL
      WINDOW in_order AS (PARTITION BY series_id ORDER BY year, value)) number
WHERE "on" < date_before
"""
)


def ascending_numbers_follow_their_dates(session: Session) -> Found:
    """In an ascending series no document is dated before the one numbered before it."""
    return find(session, ASCENDING)
