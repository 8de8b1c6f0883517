"""Secrets at rest: a text column that holds Fernet tokens and reads as plain text."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup, Model, Transform
from django.db.models.query_utils import DeferredAttribute


class UndecryptableSecret(ImproperlyConfigured):
    """A stored secret was encrypted with a key that FIELD_ENCRYPTION_KEYS no longer has."""


@dataclass(frozen=True)
class Sealed:
    """A secret as it stands in the database. It shows nothing, in a template as in a traceback."""

    token: str = field(repr=False)


class _OpenedWhenRead(DeferredAttribute):
    """Decrypts a secret when somebody asks for it, so that a lost key spoils nothing but that."""

    def __get__(self, instance: Model | None, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed):
            value = self._opened(value, instance)
            self.__set__(instance, value)
        return value

    def __set__(self, instance: Any, value: object) -> None:
        instance.__dict__[self.field.attname] = value

    def _opened(self, sealed: Sealed, instance: Model | None) -> str:
        try:
            return _fernet().decrypt(sealed.token).decode()
        except InvalidToken:
            raise UndecryptableSecret(
                f"The {self.field.verbose_name} of {instance} was encrypted with a key that is not in"
                " FIELD_ENCRYPTION_KEYS: put that key back, or enter the secret anew."
            ) from None


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text encrypted with the first of FIELD_ENCRYPTION_KEYS and decrypted with whichever fits.

    Saving an old row encrypts it with the first key. An empty text is stored as it is. Equal texts differ
    once encrypted, so the column cannot be searched. `values()` and the like yield it sealed; an attribute
    is opened when it is read, which raises `UndecryptableSecret` where the key was lost.
    """

    descriptor_class = _OpenedWhenRead

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Sealed | str | None:
        return Sealed(value) if value else value

    def pre_save(self, model_instance: Model, add: bool) -> Any:
        """As it is, without opening what nobody has asked for."""
        raw = model_instance.__dict__.get(self.attname)
        return super().pre_save(model_instance, add) if raw is None else raw

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """Expressions pass: those of `bulk_update` come back here with each value."""
        if isinstance(value, Sealed):
            return _resealed(value).token
        prepared = super().get_db_prep_save(value, connection)
        if not isinstance(prepared, str) or not prepared:
            return prepared
        return _fernet().encrypt(prepared.encode()).decode()

    def get_lookup(self, lookup_name: str) -> type[Lookup[Any]] | None:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def get_transform(self, lookup_name: str) -> type[Transform] | None:
        return None


def is_lost(stored: object) -> bool:
    """Whether a value as `values()` yields it cannot be decrypted with the keys there are."""
    if not isinstance(stored, Sealed):
        return False
    try:
        _fernet().decrypt(stored.token)
    except InvalidToken:
        return True
    return False


def _resealed(sealed: Sealed) -> Sealed:
    try:
        return Sealed(_fernet().rotate(sealed.token.encode()).decode())
    except InvalidToken:
        return sealed


def _fernet() -> MultiFernet:
    return _fernet_of(tuple(settings.FIELD_ENCRYPTION_KEYS))


@lru_cache(maxsize=8)
def _fernet_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
