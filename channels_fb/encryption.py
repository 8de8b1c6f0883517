"""Secrets at rest: a text column that holds Fernet tokens and reads as plain text."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup, Transform


class UndecryptableSecret(ImproperlyConfigured):
    """A stored secret was encrypted with a key that FIELD_ENCRYPTION_KEYS no longer has."""


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # generic in the stubs only
    """Text encrypted with the first of FIELD_ENCRYPTION_KEYS and decrypted with whichever fits.

    An empty text is stored as it is. Equal texts differ once encrypted, so the column cannot be searched.
    Where a lost key must not get in the way, as when the secret is to be replaced, `defer()` the column.
    """

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """Expressions pass: those of `bulk_update` come back here with each value."""
        prepared = super().get_db_prep_save(value, connection)
        if not isinstance(prepared, str) or not prepared:
            return prepared
        return _fernet().encrypt(prepared.encode()).decode()

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        if not value:
            return value
        try:
            return _fernet().decrypt(value).decode()
        except InvalidToken:
            raise UndecryptableSecret(
                f"{self.model._meta.label}.{self.name} was encrypted with a key that is not in"
                " FIELD_ENCRYPTION_KEYS: put that key back, or enter the secret anew."
            ) from None

    def get_lookup(self, lookup_name: str) -> type[Lookup[Any]] | None:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def get_transform(self, lookup_name: str) -> type[Transform] | None:
        return None


def _fernet() -> MultiFernet:
    return _fernet_of(tuple(settings.FIELD_ENCRYPTION_KEYS))


@lru_cache(maxsize=8)
def _fernet_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
