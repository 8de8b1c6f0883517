"""ORM queries whose SQL is written once.

Django writes the SQL of a query anew each time that it runs, which takes far longer than SQLite takes to
answer it; and what is written inside a transaction keeps every other writer waiting. So what each handover
and each webhook runs is written down as usual, but once, with a `Given` where a value goes:

    _OF_PERSON = Select(lambda: Thread.objects.filter(identity=Given("identity")))
    _OF_PERSON.first(identity=7)

The query is built at its first use, when all models are loaded. Everything else stays with the ORM.
No signals are sent. What it brings stands in `docs/performance.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import connection, models, transaction
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql import InsertQuery, UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

_Row = TypeVar("_Row")

_AS_THEY_ARE = (
    models.CharField,
    models.TextField,
    models.BooleanField,
    models.DateTimeField,
    models.PositiveIntegerField,
    models.ForeignKey,
    models.OneToOneField,
)
"""Fields whose values go to the database as they are, but for moments; asking each field takes long."""


class Given(Expression):
    """The place of a value that is named when the query runs. Never None in a condition."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any, **context: Any) -> Any:
        """A placeholder, with itself as the parameter that goes there."""
        return "%s", [self]


@dataclass(frozen=True)
class _Statement:
    """SQL, and its parameters, some of them still to be given."""

    sql: str
    parameters: tuple[Any, ...]

    def bound(self, values: Mapping[str, Any]) -> list[Any]:
        return [_adapted(values[p.name]) if isinstance(p, Given) else p for p in self.parameters]


def _adapted(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


class Select(Generic[_Row]):
    """A queryset of rows, or of tuples by `values_list`."""

    def __init__(self, rows: Callable[[], QuerySet[Any, _Row]]) -> None:
        self._rows = rows
        self._compiled: dict[str, _CompiledSelect] = {}

    def all(self, **given: Any) -> list[_Row]:
        """The rows, with every `Given` by its name."""
        compiled = self._compiled.get(connection.vendor)
        if compiled is None:
            compiled = self._compiled[connection.vendor] = _compile(self._rows())
        if compiled.locks and not connection.in_atomic_block:
            raise transaction.TransactionManagementError("rows are locked inside of a transaction only")
        with connection.cursor() as cursor:
            cursor.execute(compiled.statement.sql, compiled.statement.bound(given))
            found = cursor.fetchall()
        return compiled.read(found)

    def one(self, **given: Any) -> _Row:
        """The only row. Raises the model's `DoesNotExist` where there is none."""
        found = self.all(**given)
        if not found:
            raise self._rows().model.DoesNotExist
        return found[0]

    def first(self, **given: Any) -> _Row | None:
        """The first of the rows, or None. All are fetched: the query itself should be limited."""
        found = self.all(**given)
        return found[0] if found else None


@dataclass(frozen=True)
class _CompiledSelect:
    statement: _Statement
    read: Callable[[Iterable[Any]], list[Any]]
    locks: bool


def _compile(rows: QuerySet[Any, Any]) -> _CompiledSelect:
    compiler = rows.query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    reader = _rows_reader(compiler) if rows._iterable_class is ModelIterable else _tuples_reader(compiler)
    return _CompiledSelect(_Statement(sql, tuple(parameters)), reader, bool(rows.query.select_for_update))


def _tuples_reader(compiler: SQLCompiler) -> Callable[[Iterable[Any]], list[Any]]:
    """As `ValuesListIterable` does."""
    converted = _converter(compiler)
    return lambda found: [tuple(row) for row in converted(found)]


def _rows_reader(compiler: SQLCompiler) -> Callable[[Iterable[Any]], list[Any]]:
    """As `ModelIterable` does."""
    info: Any = compiler.klass_info
    columns, alias, converted = info["select_fields"], connection.alias, _converter(compiler)
    begin, end = columns[0], columns[-1] + 1
    names = [column.target.attname for column, _, _ in compiler.select[begin:end]]
    # The types are those of a later Django.
    related = get_related_populators(info, compiler.select, alias)  # type: ignore[call-arg]

    def read(row: Any) -> Model:
        instance: Model = info["model"].from_db(alias, names, row[begin:end])
        for populator in related:
            populator.populate(row, instance)
        return instance

    return lambda found: [read(row) for row in converted(found)]


def _converter(compiler: SQLCompiler) -> Callable[[Iterable[Any]], Iterable[Any]]:
    """From what the database has to what Python has: SQLite keeps moments as text."""
    converters = compiler.get_converters([column for column, _, _ in compiler.select])
    if not converters:
        return lambda found: found
    return lambda found: compiler.apply_converters(found, converters)


class Update:
    """An UPDATE of the rows that a queryset selects; a value may be an expression, and so a `Given`."""

    def __init__(self, rows: Callable[[], QuerySet[Any, Any]], **values: Any) -> None:
        self._rows, self._values = rows, values
        self._compiled: dict[str, _CompiledUpdate] = {}

    def run(self, **given: Any) -> int:
        """How many rows were changed. What a column is given may be None."""
        compiled = self._compiled.get(connection.vendor)
        if compiled is None:
            compiled = self._compiled[connection.vendor] = _compile_update(self._rows(), self._values)
        for name, column in compiled.columns.items():
            given[name] = _prepared(column, given[name])
        with _writing() as cursor:
            cursor.execute(compiled.statement.sql, compiled.statement.bound(given))
            return int(cursor.rowcount)


@dataclass(frozen=True)
class _CompiledUpdate:
    statement: _Statement
    columns: dict[str, Any]
    """By the name of what they are given."""


def _compile_update(rows: QuerySet[Any, Any], values: dict[str, Any]) -> _CompiledUpdate:
    query: Any = rows.query.chain(UpdateQuery)
    query.add_update_values(values)
    query.clear_select_clause()
    sql, parameters = query.get_compiler(connection=connection).as_sql()
    columns = {
        value.name: rows.model._meta.get_field(column)
        for column, value in values.items()
        if isinstance(value, Given)
    }
    return _CompiledUpdate(_Statement(sql, tuple(parameters)), columns)


def insert(instance: Model) -> None:
    """INSERT a new row; its key is made by the database, and set."""
    with _writing() as cursor:
        cursor.execute(_insert_sql(type(instance), connection.vendor), _values(instance))
        (instance.pk,) = cursor.fetchone()
    instance._state.adding, instance._state.db = False, connection.alias


def insert_unless_known(instance: Model) -> bool:
    """INSERT a new row, or return False where one that it must differ from is there. Its key is not set."""
    with _writing() as cursor:
        cursor.execute(_insert_unless_known_sql(type(instance), connection.vendor), _values(instance))
        return bool(cursor.rowcount == 1)


@contextmanager
def _writing() -> Iterator[Any]:
    with transaction.mark_for_rollback_on_error(using=connection.alias), connection.cursor() as cursor:
        yield cursor


def _values(instance: Model) -> list[Any]:
    columns = _columns(type(instance))
    return [_prepared(column, column.pre_save(instance, add=True)) for column in columns]


def _prepared(column: Field[Any, Any], value: Any) -> Any:
    """The value as the database takes it."""
    if type(column) in _AS_THEY_ARE:
        return _adapted(value)
    return column.get_db_prep_save(value, connection=connection)


@cache
def _columns(model: type[Model]) -> tuple[Field[Any, Any], ...]:
    return tuple(column for column in model._meta.local_concrete_fields if not column.primary_key)


@cache
def _insert_sql(model: type[Model], vendor: str) -> str:
    return _written_insert(InsertQuery(model), [model._meta.pk])


@cache
def _insert_unless_known_sql(model: type[Model], vendor: str) -> str:
    """Django's own way on SQLite, INSERT OR IGNORE, would also pass over columns that must not be empty."""
    return f"{_written_insert(InsertQuery(model), [])} ON CONFLICT DO NOTHING"


def _written_insert(query: InsertQuery, returning: list[Any]) -> str:
    model: Any = query.model
    query.insert_values(_columns(model), [model()])
    compiler = query.get_compiler(connection=connection)
    compiler.returning_fields = returning
    ((sql, _),) = compiler.as_sql()
    return str(sql)
