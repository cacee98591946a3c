"""How a list may be narrowed: a few plain filters for each type of column."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from flask_appbuilder.models.filters import BaseFilter
from flask_appbuilder.models.sqla.filters import SQLAFilterConverter
from flask_babel import lazy_gettext


class Narrowing(BaseFilter):
    """A filter on one column; the value has been read and checked before. A subclass says its `condition`."""

    def apply(self, query: Any, value: Any) -> Any:
        return query.where(self.condition(getattr(self.model, self.column_name), value))

    @abstractmethod
    def condition(self, column: Any, value: Any) -> Any:
        """What holds of the rows that stay."""


class Is(Narrowing):
    name = lazy_gettext("is")
    arg_name = "eq"

    def condition(self, column: Any, value: Any) -> Any:
        return column == value


class Contains(Narrowing):
    name = lazy_gettext("contains")
    arg_name = "ct"

    def condition(self, column: Any, value: Any) -> Any:
        return column.icontains(value, autoescape=True)


class StartsWith(Narrowing):
    name = lazy_gettext("starts with")
    arg_name = "sw"

    def condition(self, column: Any, value: Any) -> Any:
        return column.istartswith(value, autoescape=True)


class AtLeast(Narrowing):
    name = lazy_gettext("at least")
    arg_name = "ge"

    def condition(self, column: Any, value: Any) -> Any:
        return column >= value


class AtMost(Narrowing):
    name = lazy_gettext("at most")
    arg_name = "le"

    def condition(self, column: Any, value: Any) -> Any:
        return column <= value


class FilterConverter(SQLAFilterConverter):
    """Which filters a column gets; keys of other tables are only compared whole."""

    conversion_table = (
        ("is_fk", [Is]),
        ("is_boolean", [Is]),
        ("is_date", [Is, AtLeast, AtMost]),
        ("is_datetime", [AtLeast, AtMost]),
        ("is_integer", [Is, AtLeast, AtMost]),
        ("is_numeric", [Is, AtLeast, AtMost]),
        ("is_text", [Contains]),
        ("is_string", [Contains, StartsWith, Is]),
    )

    def convert(self, col_name: str) -> list[Narrowing] | None:
        """Nothing, and silently, for columns that nobody narrows by: JSON, relations, search vectors.

        They hold nothing of a request, so those of a column are made once for its table's door.
        """
        kept: dict[str, tuple[Narrowing, ...]] = vars(self.datamodel).setdefault("narrowings", {})
        if col_name not in kept:
            kept[col_name] = tuple(narrowing(col_name, self.datamodel) for narrowing in self._of(col_name))
        return list(kept[col_name]) or None

    def _of(self, col_name: str) -> Sequence[type[Narrowing]]:
        for test, found in self.conversion_table:
            if test == "is_fk" and not self.datamodel.is_integer(col_name):
                continue
            if getattr(self.datamodel, test)(col_name):
                return found
        return ()
