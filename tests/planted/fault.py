"""A fault that is planted to see that a test goes red."""

from typing import NamedTuple


class Fault(NamedTuple):
    """One fault: the rule it breaks, the test that must see it, and how it is planted.

    Either in the source: in `file` the text `old` (which stands there once; empty: the end of the file) becomes `new`.
    Or in the database: `sql` runs as its owner when the schema has been made.

    Faults of the database, and those that name the same `together`, are planted all at once, which is quick; each of
    them needs a test that sees nothing but it.
    """

    rule: str
    test: str
    file: str = ""
    old: str = ""
    new: str = ""
    sql: str = ""
    together: str = ""

    @property
    def group(self) -> str:
        return self.together or ("database" if self.sql else "")
