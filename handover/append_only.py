"""The database itself refuses to change or delete history, whoever asks.

Installed after every migration, as altering a table on SQLite makes it anew without its triggers. The
personal texts beside the history may be erased, not rewritten.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage
from django.core.checks import Warning as Warn
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from handover.models import AvailabilityChange, ThreadEvent, ThreadEventText

_EVENTS, _TEXTS = ThreadEvent._meta.db_table, ThreadEventText._meta.db_table
_CHANGES = AvailabilityChange._meta.db_table
UPDATE_GUARDS = ((_EVENTS, "UPDATE"), (_TEXTS, "UPDATE"), (_CHANGES, "UPDATE"))
DELETE_GUARDS = tuple((table, event) for table in (_EVENTS, _CHANGES) for event in ("DELETE", "TRUNCATE"))
_Guards = Sequence[tuple[str, str]]


def guard_updates(using: str, **kwargs: Any) -> None:
    """After a migration: history cannot be rewritten."""
    _install(connections[using], UPDATE_GUARDS)


def guard_deletes(using: str, **kwargs: Any) -> None:
    """After a migration: history cannot be deleted."""
    _install(connections[using], DELETE_GUARDS)


def check_guards(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A system check: the triggers are there."""
    missing = [
        name
        for alias in databases or ()
        for name in sorted(_expected(connections[alias]) - _installed(connections[alias]))
    ]
    return [_warning(name) for name in missing]


def _warning(name: str) -> CheckMessage:
    # Not an error: that would keep `migrate`, which mends it, from starting.
    return Warn(
        f"The history is not protected: trigger {name} is missing.",
        hint="Run manage.py migrate, which installs it.",
        id="handover.W001",
    )


def _trigger(table: str, event: str) -> str:
    return f"{table}_no_{event.lower()}"


def _expected(connection: BaseDatabaseWrapper) -> set[str]:
    tables = set(connection.introspection.table_names())
    guards = _possible(connection, (*UPDATE_GUARDS, *DELETE_GUARDS))
    return {_trigger(*guard) for guard in guards if guard[0] in tables}


def _possible(connection: BaseDatabaseWrapper, guards: _Guards) -> _Guards:
    """SQLite knows no TRUNCATE."""
    return [guard for guard in guards if guard[1] != "TRUNCATE" or connection.vendor != "sqlite"]


def _installed(connection: BaseDatabaseWrapper) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_LISTS[connection.vendor])
        return {row[0] for row in cursor.fetchall()}


def _install(connection: BaseDatabaseWrapper, guards: _Guards) -> None:
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table, event in _possible(connection, guards):
            if table in tables:
                _create(cursor, connection.vendor, table, event)


def _create(cursor: CursorWrapper, vendor: str, table: str, event: str) -> None:
    per = "STATEMENT" if event == "TRUNCATE" else "ROW"
    for statement in _STATEMENTS[vendor]:
        cursor.execute(statement.format(trigger=_trigger(table, event), table=table, event=event, per=per))


_REFUSAL = "the history is append-only"
_STATEMENTS = {
    "sqlite": (
        "CREATE TRIGGER IF NOT EXISTS {trigger} BEFORE {event} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION handover_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
        "CREATE OR REPLACE TRIGGER {trigger} BEFORE {event} ON {table} "
        "FOR EACH {per} EXECUTE FUNCTION handover_append_only()",
    ),
}
_LISTS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}
