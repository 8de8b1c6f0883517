"""A system check: the secrets in the database can be decrypted with the keys that the settings give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage
from django.core.checks import Warning as Warn
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from channels_fb.encryption import EncryptedTextField, is_lost


def check_secrets(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """One warning for each kind of secret of which any is lost."""
    return [
        _warning(field, count)
        for alias in databases or ()
        for field in _encrypted_fields(connections[alias])
        if (count := _lost(field, alias))
    ]


def _encrypted_fields(connection: BaseDatabaseWrapper) -> Iterator[EncryptedTextField]:
    """Those whose column is there: the check runs before `migrate`, too."""
    tables = set(connection.introspection.table_names())
    for model in apps.get_models():
        if model._meta.db_table in tables:
            columns = _columns(connection, model._meta.db_table)
            for field in model._meta.concrete_fields:
                if isinstance(field, EncryptedTextField) and field.column in columns:
                    yield field


def _columns(connection: BaseDatabaseWrapper, table: str) -> set[str]:
    with connection.cursor() as cursor:
        return {column.name for column in connection.introspection.get_table_description(cursor, table)}


def _lost(field: EncryptedTextField, alias: str) -> int:
    rows = field.model._default_manager.using(alias).values_list(field.name, flat=True)
    return sum(map(is_lost, rows))


def _warning(field: EncryptedTextField, count: int) -> CheckMessage:
    # Not an error: that would keep `connect_page`, which mends it, from starting.
    options = field.model._meta
    whose = options.verbose_name if count == 1 else options.verbose_name_plural
    return Warn(
        f"Of {count} {whose}, the {field.verbose_name} cannot be decrypted.",
        hint="Put the missing key back into FIELD_ENCRYPTION_KEYS, or enter the secret anew.",
        id="channels_fb.W001",
    )
