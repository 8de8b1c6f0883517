"""The roles as the code has them, as the migrations make them, and as the document tells."""

from __future__ import annotations

from collections import defaultdict

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.db.migrations import Migration, RunPython
from django.db.migrations.loader import MigrationLoader

from handover.models import StaffRole
from handover.role_migrations import GrantRights, MakeRoles
from handover.roles import Role
from tests.docs.documents import DOCS, Document, code, tables
from tests.handover.admin.staffing import RIGHTS

pytestmark = pytest.mark.django_db

OURS = ("handover", "channels_fb")


def migrations() -> list[tuple[tuple[str, str], Migration]]:
    """Those of ours that make roles or add to them, in the order in which they are carried out."""
    loader = MigrationLoader(connection)
    plan = loader.graph._generate_plan(loader.graph.leaf_nodes(), at_end=True)
    found = [(key, loader.disk_migrations[key]) for key in plan if key[0] in OURS]
    return [(key, migration) for key, migration in found if granting(migration)]


def granting(migration: Migration) -> list[MakeRoles | GrantRights]:
    return [step for step in migration.operations if isinstance(step, MakeRoles | GrantRights)]


def migrate() -> None:
    """Carry them out."""
    for found in migrations():
        run(found)


def run(found: tuple[tuple[str, str], Migration]) -> None:
    """One of them, with the tables as they were then."""
    key, migration = found
    state = MigrationLoader(connection).project_state(key).apps
    for step in migration.operations:
        if isinstance(step, RunPython):
            step.code(state, Editor)


class Editor:
    """All that they ask of a schema editor."""

    connection = connection


@pytest.fixture
def empty() -> None:
    """As before them: no groups, and none of our rights yet, as Django makes those only afterwards."""
    Group.objects.all().delete()
    Permission.objects.filter(content_type__app_label__in=(*OURS, "auth")).delete()


def made() -> dict[str, set[str]]:
    return {
        role.key: {".".join(name) for name in role.group.permissions.values_list(*_NAME)}
        for role in StaffRole.objects.all()
    }


_NAME = ("content_type__app_label", "codename")


def test_what_the_migrations_give_is_what_the_table_says() -> None:
    given: defaultdict[str, set[str]] = defaultdict(set)
    for _, migration in migrations():
        for step in granting(migration):
            for role, names in step.granted.items():
                given[role] |= set(names)
    assert given == {role: set(names) for role, names in RIGHTS.items()}, (
        "a right was added to the table, or taken out: add a migration with GrantRights"
    )


@pytest.mark.usefixtures("empty")
class TestMigrating:
    def test_an_empty_database_makes_the_groups_with_their_rights(self) -> None:
        migrate()
        assert made() == {role: set(names) for role, names in RIGHTS.items()}
        assert set(Group.objects.values_list("name", flat=True)) == set(Role)

    def test_leaves_a_group_of_that_name_as_it_is(self) -> None:
        theirs = Group.objects.create(name="Auditor")
        migrate()
        assert not theirs.permissions.exists()
        assert StaffRole.objects.get(key="Auditor").group.name == "Auditor (RingCX Bots)"
        assert made()["Auditor"] == RIGHTS[Role.AUDITOR]

    def test_gives_what_came_later_to_a_group_that_is_called_otherwise_now(self) -> None:
        made_first, *later = migrations()
        run(made_first)
        group = StaffRole.objects.get(key="Auditor").group
        group.name = "Revision"
        group.save()
        group.permissions.remove(Permission.objects.get(codename="view_thread"))
        for migration in later:
            run(migration)
        assert made()["Auditor"] == RIGHTS[Role.AUDITOR] - {"handover.view_thread"}
        assert not Group.objects.filter(name="Auditor").exists()

    def test_makes_no_group_anew_that_was_deleted(self) -> None:
        made_first, *later = migrations()
        run(made_first)
        Group.objects.filter(name="Auditor").delete()
        for migration in later:
            run(migration)
        assert set(made()) == set(Role) - {Role.AUDITOR}

    @pytest.mark.parametrize(
        ("is_staff", "right", "sees"),
        [(True, "view_thread", True), (True, "view_group", False), (False, "view_thread", False)],
    )
    def test_takes_no_page_from_staff_who_have_seen_them_all(
        self, is_staff: bool, right: str, sees: bool
    ) -> None:
        migrate()
        old = Permission.objects.get(codename=right)
        kim, lee = (User.objects.create_user(name, is_staff=is_staff) for name in ("kim", "lee"))
        kim.user_permissions.add(old)
        group = Group.objects.create(name="Desk")
        group.permissions.add(old)
        lee.groups.add(group)
        Group.objects.filter(role__isnull=False).delete()
        migrate()
        for user in (kim, lee):
            assert user.user_permissions.filter(codename="see_all_pages").exists() == sees


def test_every_right_in_the_table_is_one() -> None:
    known = {".".join(name) for name in Permission.objects.values_list(*_NAME)}
    assert {name for names in RIGHTS.values() for name in names} <= known


def test_administrators_have_every_right_of_our_own_making() -> None:
    own = {
        f"{model._meta.app_label}.{codename}"
        for label in OURS
        for model in apps.get_app_config(label).get_models()
        for codename, _ in model._meta.permissions
    }
    assert own - RIGHTS[Role.ADMINISTRATOR] == set(), "which role has this right? Say so in roles.py"


def test_auditors_change_nothing_and_read_no_transcripts() -> None:
    rights = RIGHTS[Role.AUDITOR]
    assert {name for name in rights if ".view_" not in name} == {
        "handover.see_all_pages",
        "handover.export_history",
    }
    assert "handover.view_content" not in rights


def test_agents_and_supervisors_see_the_pages_given_to_them() -> None:
    for role in (Role.AGENT, Role.SUPERVISOR):
        assert "handover.see_all_pages" not in RIGHTS[role]


def test_the_document_has_the_same_table() -> None:
    [table, *_] = tables(Document(DOCS / "console.md").section("Roles"))
    told: dict[str, set[str]] = {role: set() for role in Role}
    for _, rights, *ticks in table:
        for role, tick in zip(Role, ticks, strict=True):
            if tick:
                told[role] |= set(code(rights))
    assert told == {role: set(names) for role, names in RIGHTS.items()}
