"""Steps of migrations that make the groups of the roles, and give them rights that came later.

Each migration names its rights in full, so that it does the same for ever. What administrators make of
the groups is theirs: one that is there is never made again, and one that was deleted stays so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.management import create_permissions
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

Granted = Mapping[str, Iterable[str]]
"""By role, as "app.codename"."""


class MakeRoles(RunPython):
    """A group for each role, under a name of its own where the role's is taken already."""

    def __init__(self, granted: Granted) -> None:
        self.granted = granted
        super().__init__(self._make, RunPython.noop)

    def _make(self, apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        alias = schema_editor.connection.alias
        groups = apps.get_model("auth", "Group").objects.using(alias)
        for role in self.granted:
            name = f"{role} (RingCX Bots)" if groups.filter(name=role).exists() else role
            group = groups.create(name=name)
            apps.get_model("handover", "StaffRole").objects.using(alias).create(key=role, group=group)
        _grant(self.granted, apps, alias)


class GrantRights(RunPython):
    """More rights for the groups of the roles, whatever they are called now."""

    def __init__(self, granted: Granted) -> None:
        self.granted = granted
        super().__init__(self._add, RunPython.noop)

    def _add(self, apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        _grant(self.granted, apps, schema_editor.connection.alias)


def permissions(names: Iterable[str], apps: Any, alias: str) -> list[Any]:
    """Rows of rights, made where Django, which does so after migrating, has not got to it yet.

    Raises `DoesNotExist` for a right that no table has at that point.
    """
    pairs = [name.split(".", 1) for name in sorted(names)]
    for label in sorted({label for label, _ in pairs}):
        _make_permissions(apps, label, alias)
    rows = apps.get_model("auth", "Permission").objects.using(alias)
    return [rows.get(content_type__app_label=label, codename=codename) for label, codename in pairs]


def _grant(granted: Granted, apps: Any, alias: str) -> None:
    roles = apps.get_model("handover", "StaffRole").objects.using(alias)
    for role, names in granted.items():
        found = permissions(names, apps, alias)
        for row in roles.filter(key=role).select_related("group"):
            row.group.permissions.add(*found)


def _make_permissions(apps: Any, label: str, alias: str) -> None:
    config = apps.get_app_config(label)
    # As a migration sees it, an app has no module of models, and Django would pass over it.
    config.models_module = True
    create_permissions(config, verbosity=0, using=alias, apps=apps)
