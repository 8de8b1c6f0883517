"""Every address of the console, from the site's own list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import NoReverseMatch, URLPattern, URLResolver, reverse

OF_A_TABLE = ("changelist", "add", "change", "delete", "history")
"""What Django has for each."""


def names() -> Iterator[str]:
    """What the addresses are called. Those without a name only lead to others."""
    return _names(admin.site.urls[0])


def _names(patterns: Sequence[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern.url_patterns)
        elif pattern.name:
            yield pattern.name


def table_of(name: str) -> type[Model] | None:
    """The table that an address belongs to."""
    fitting = [model for model in admin.site._registry if name.startswith(f"{_label(model)}_")]
    return max(fitting, key=lambda model: len(_label(model)), default=None)


def path_of(name: str, rows: Mapping[type[Model], Any]) -> str:
    """The address, of the row of its table where it has one."""
    table = table_of(name)
    try:
        return reverse(f"admin:{name}")
    except NoReverseMatch:
        assert table is not None
        return reverse(f"admin:{name}", args=[rows[table].pk])


def has_row(name: str) -> bool:
    """Whether an address is one of a row."""
    try:
        reverse(f"admin:{name}")
    except NoReverseMatch:
        return True
    return False


def split(name: str) -> tuple[str, str]:
    """From "handover_thread_reply" to "handover.Thread" and "reply". Of no table: the first is empty."""
    table = table_of(name)
    return ("", name) if table is None else (table._meta.label, name.removeprefix(f"{_label(table)}_"))


def _label(model: type[Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"
