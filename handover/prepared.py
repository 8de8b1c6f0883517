"""Queries that every call makes, written as SQL once: to put one together costs more than to run it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

_Row = TypeVar("_Row", bound=Model)

_HOLES: dict[type, Callable[[int], Any]] = {
    int: lambda position: -7_340_033 - position,
    str: lambda position: f"\x02{position}\x03",
}
"""Values that no query has by itself, to find again where a parameter goes."""


class Prepared(Generic[_Row]):
    """A query by its parameters. `make` is given stand-ins for them, of the `kinds` named: int or str.

    It selects whole rows of one model, without `select_related`.
    """

    def __init__(self, make: Callable[..., QuerySet[_Row]], *kinds: type) -> None:
        self._make = make
        self._holes = [_HOLES[kind](position) for position, kind in enumerate(kinds)]
        self._written: dict[str, tuple[type[_Row], str, tuple[Any, ...]]] = {}

    def rows(self, *values: Any) -> list[_Row]:
        """The rows for these values of the parameters."""
        if connection.vendor not in self._written:
            self._written[connection.vendor] = self._write()
        model, sql, parameters = self._written[connection.vendor]
        given = dict(zip(self._holes, values, strict=True))
        return list(model._default_manager.raw(sql, [given.get(value, value) for value in parameters]))

    def first(self, *values: Any) -> _Row | None:
        """The only row that there can be, or None."""
        rows = self.rows(*values)
        return rows[0] if rows else None

    def _write(self) -> tuple[type[_Row], str, tuple[Any, ...]]:
        queryset = self._make(*self._holes)
        sql, parameters = queryset.query.sql_with_params()
        return queryset.model, sql, tuple(parameters)
