"""How long new orders wait for the seller who takes them."""

from datetime import date

from app.reports.query import Query, check_stretch

# Commands and programs take nothing, so whoever took an order is a person.
TAKEN = """
SELECT seller.name, count(*) AS orders,
       round((percentile_cont(0.5) WITHIN GROUP (ORDER BY waited.minutes))::numeric, 1) AS half,
       round((percentile_cont(0.9) WITHIN GROUP (ORDER BY waited.minutes))::numeric, 1) AS most,
       round(max(waited.minutes)::numeric, 1) AS longest
FROM company CROSS JOIN document_history taking JOIN actor seller ON seller.id = taking.actor_id
CROSS JOIN LATERAL (
    SELECT extract(epoch FROM taking.at - max(came.at)) / 60 AS minutes FROM document_history came
    WHERE came.document_id = taking.document_id AND came.id < taking.id AND came.to_state = 'active'
          AND came.from_state IS DISTINCT FROM 'active'
) waited
WHERE taking.step = 'take'
      AND taking.at >= %(since)s::date::timestamp AT TIME ZONE company.time_zone
      AND taking.at < (%(until)s::date + 1)::timestamp AT TIME ZONE company.time_zone
GROUP BY seller.id ORDER BY seller.name, seller.id
"""


def time_to_take(since: date, until: date) -> Query:
    """For each seller who took orders in a stretch of dates, both included: how many `orders`, and within how many
    minutes of their becoming active `half` of them, nine in ten (`most`) and all (`longest`) were taken.
    """
    check_stretch(since, until)
    return Query(TAKEN, {"since": since, "until": until})
