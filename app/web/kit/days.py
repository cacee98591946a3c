"""The day on which a step is offered: the one that its document says or today, as far as the books still take it."""

from datetime import date
from typing import Any

from app.domain.kernel.lifecycle import Lifecycle
from app.domain.kernel.rows import read
from app.web.kit import look

# Days on which something may happen to a document: what it says of itself, and what happened to its goods.
SAID = ("on", "sent_on", "received_on")
# Of the days that are still open, the usual one, else the first after it, else the last before it.
NEAREST = """
SELECT day FROM (
    VALUES (%(usual)s::date), (%(last)s::date) UNION SELECT ends_on + 1 FROM period WHERE state = 'closed'
    UNION SELECT starts_on - 1 FROM period WHERE state = 'closed'
) possible (day)
WHERE day BETWEEN %(first)s AND %(last)s
  AND NOT EXISTS (SELECT FROM period WHERE state = 'closed' AND day BETWEEN starts_on AND ends_on)
ORDER BY day < %(usual)s, abs(day - %(usual)s) LIMIT 1
"""


def offered_day(session: Any, lifecycle: Lifecycle, name: str, document: Any) -> date:
    """When a step of a document is offered to be taken, by the name of its step.

    What gets its date by the step is offered on the date that its draft says, everything else today; both never later
    than today, and nothing before what happened to the document already. Where the day is in a closed period it is the
    nearest that is not; where there is none, the usual day, on which the step is then refused.
    """
    step, today = lifecycle.steps.get(name), look.today()
    said = [day for column in SAID if (day := getattr(document, column, None)) is not None]
    if step is not None and step.dates:
        usual, first = min([*said, today]), look.EARLIEST
    else:
        usual, first = today, max([look.EARLIEST, *said])
    found = read(session, NEAREST, usual=usual, first=first, last=today)
    return found[0].day if found else usual
