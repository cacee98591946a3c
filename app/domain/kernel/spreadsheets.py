"""Texts in CSV files: what a spreadsheet would run is defused by an apostrophe in front (OWASP, CSV injection).

It would run what begins a cell, and a spreadsheet that parts cells at other letters than the file does finds more of
them: Excel takes a semicolon wherever a comma parts decimals. What looks defused already is defused once more, so that
whoever takes one apostrophe off has what it was.
"""

import re

# Python and PostgreSQL read both alike.
RUN = r"(^|[;\t\r\n])'*[=+\-@\t\r]"
BEFORE_RUN = r"(?<![^;\t\r\n])(?='*[=+\-@\t\r])"
_DEFUSED = re.compile(r"(?<![^;\t\r\n])'(?='*[=+\-@\t\r])")


def defused(text: str) -> str:
    """The text as it stands in a file."""
    return re.sub(BEFORE_RUN, "'", text)


def undefused(text: str) -> str:
    """The text that stands in a file defused."""
    return _DEFUSED.sub("", text)
