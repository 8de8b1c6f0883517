"""Whoever administers accounts gives no right that they lack, to nobody, by no way."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from handover.models import Source
from handover.roles import Role
from tests.handover.admin.scene import build
from tests.handover.admin.staffing import browser, member, permissions

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    """An Administrator, and no superuser."""
    return member(Role.ADMINISTRATOR, username="ada")


@pytest.fixture
def client(ada: User) -> Client:
    """Ada's browser."""
    return browser(ada)


def user_form(user: User) -> str:
    return reverse("admin:auth_user_change", args=[user.pk])


def sent(user: User, **changes: Any) -> dict[str, Any]:
    """What a browser sends for an account's form."""
    fields = {
        "username": user.username,
        "is_active": "on",
        "is_staff": "on",
        "groups": [group.pk for group in user.groups.all()],
        "user_permissions": [right.pk for right in user.user_permissions.all()],
        "date_joined_0": "2026-01-01",
        "date_joined_1": "12:00:00",
    }
    return {**fields, **changes}


def beyond() -> Permission:
    """A right that no role has."""
    return Permission.objects.get(codename="delete_logentry")


class TestAnAccount:
    @pytest.fixture
    def kim(self) -> User:
        """An agent."""
        return member(Role.AGENT, username="kim")

    def test_is_made_and_given_a_role(self, client: Client) -> None:
        member(Role.SUPERVISOR, username="somebody")
        new = {
            "username": "noa",
            "usable_password": "true",
            "password1": "Elm-5-Street",
            "password2": "Elm-5-Street",
        }
        assert client.post(reverse("admin:auth_user_add"), new).status_code == 302
        noa = User.objects.get(username="noa")
        supervisors = Group.objects.get(name=Role.SUPERVISOR)
        assert client.post(user_form(noa), sent(noa, groups=[supervisors.pk])).status_code == 302
        assert noa.has_perm("handover.close_intervention")

    def test_becomes_no_superuser(self, client: Client, kim: User, ada: User) -> None:
        for user in (kim, ada):
            assert client.post(user_form(user), sent(user, is_superuser="on")).status_code == 302
            user.refresh_from_db()
            assert not user.is_superuser

    def test_becomes_one_by_a_superusers_hand(self, staff: Client, kim: User) -> None:
        assert staff.post(user_form(kim), sent(kim, is_superuser="on")).status_code == 302
        kim.refresh_from_db()
        assert kim.is_superuser

    def test_gets_no_right_that_its_administrator_lacks(self, client: Client, kim: User, ada: User) -> None:
        stronger = Group.objects.create(name="Stronger")
        stronger.permissions.add(beyond())
        for user in (kim, ada):
            for changes in ({"user_permissions": [beyond().pk]}, {"groups": [stronger.pk]}):
                answer = client.post(user_form(user), sent(user, **changes))
                assert "is not one of the available choices" in answer.content.decode()
            assert not user.has_perm("admin.delete_logentry")
        text = client.get(user_form(kim)).content.decode()
        assert "Stronger" not in text and "log entry" not in text

    def test_keeps_what_is_not_changed(self, client: Client, kim: User) -> None:
        kim.user_permissions.set(permissions(["handover.view_source"]))
        before = kim.get_all_permissions()
        assert client.post(user_form(kim), sent(kim, first_name="Kim")).status_code == 302
        kim = User.objects.get(pk=kim.pk)
        assert (kim.first_name, kim.get_all_permissions()) == ("Kim", before)


class TestAStrongerAccount:
    """Whoever could set its password, or make it active again, could be it."""

    @pytest.fixture(
        params=["a superuser", "a superuser put to rest", "by a right", "by a group", "put to rest"]
    )
    def stronger(self, request: Any) -> User:
        user = User.objects.create_user(
            "lena", password="Oak-7-Road", is_staff=True, is_superuser="superuser" in request.param
        )
        user.is_active = "put to rest" not in request.param
        user.save()
        if request.param == "by a group":
            group = Group.objects.create(name="Stronger")
            group.permissions.add(beyond())
            user.groups.add(group)
        elif not user.is_superuser:
            user.user_permissions.add(beyond())
        return user

    def test_can_be_looked_at_and_nothing_else(self, client: Client, stronger: User) -> None:
        before = User.objects.filter(pk=stronger.pk).values().get()
        text = client.get(user_form(stronger)).content.decode()
        assert 'name="_save"' not in text
        assert "md5" not in text, "not even what the password is kept as"
        new = {"password1": "Elm-5-Street", "password2": "Elm-5-Street", "usable_password": "true"}
        for name, data in (("change", sent(stronger)), ("delete", {"post": "yes"}), ("password_change", new)):
            path = reverse(f"admin:auth_user_{name}", args=[stronger.pk])
            assert client.post(path, data).status_code == 403, name
        chosen = {"action": "delete_selected", "_selected_action": [stronger.pk], "post": "yes"}
        client.post(reverse("admin:auth_user_changelist"), chosen)
        assert User.objects.filter(pk=stronger.pk).values().get() == before

    def test_is_changed_by_a_superuser(self, staff: Client, stronger: User) -> None:
        assert staff.post(user_form(stronger), sent(stronger, first_name="Lena")).status_code == 302
        stronger.refresh_from_db()
        assert stronger.first_name == "Lena"


def test_an_account_that_sees_more_pages_is_a_stronger_one() -> None:
    mine, others = build(0)[Source], build(1)[Source]
    kim = member(Role.AGENT, others, username="kim")
    user = member(Role.ADMINISTRATOR, mine, username="ada")
    group = user.groups.get()
    group.permissions.remove(*group.permissions.filter(codename="see_all_pages"))
    assert browser(user).post(user_form(kim), sent(kim)).status_code == 403
    kim.pages.set([mine])
    assert browser(user).post(user_form(kim), sent(kim)).status_code == 302


class TestAGroup:
    @pytest.fixture
    def agents(self) -> Group:
        member(Role.AGENT, username="kim")
        return Group.objects.get(name=Role.AGENT)

    def form_of(self, group: Group) -> str:
        return reverse("admin:auth_group_change", args=[group.pk])

    def test_is_made_of_ones_own_rights(self, client: Client) -> None:
        [right] = permissions(["handover.view_thread"])
        path = reverse("admin:auth_group_add")
        assert client.post(path, {"name": "Readers", "permissions": [right.pk]}).status_code == 302
        answer = client.post(path, {"name": "Stronger", "permissions": [beyond().pk]})
        assert "is not one of the available choices" in answer.content.decode()
        assert Group.objects.filter(name="Readers").exists()
        assert not Group.objects.filter(name="Stronger").exists()

    def test_of_ones_own_gets_no_more(self, client: Client, ada: User) -> None:
        group = ada.groups.get()
        rights = [*group.permissions.values_list("pk", flat=True), beyond().pk]
        client.post(self.form_of(group), {"name": group.name, "permissions": rights})
        assert not group.permissions.filter(pk=beyond().pk).exists()

    def test_can_be_changed_and_deleted(self, client: Client, agents: Group) -> None:
        [right] = permissions(["handover.view_source"])
        sent_ = {"name": "Agents", "permissions": [right.pk]}
        assert client.post(self.form_of(agents), sent_).status_code == 302
        agents.refresh_from_db()
        assert (agents.name, list(agents.permissions.all())) == ("Agents", [right])
        delete = reverse("admin:auth_group_delete", args=[agents.pk])
        assert client.post(delete, {"post": "yes"}).status_code == 302

    def test_that_is_stronger_can_only_be_looked_at(self, client: Client, agents: Group) -> None:
        agents.permissions.add(beyond())
        assert client.get(self.form_of(agents)).status_code == 200
        assert client.post(self.form_of(agents), {"name": "Mine"}).status_code == 403
        delete = reverse("admin:auth_group_delete", args=[agents.pk])
        assert client.post(delete, {"post": "yes"}).status_code == 403
        chosen = {"action": "delete_selected", "_selected_action": [agents.pk], "post": "yes"}
        client.post(reverse("admin:auth_group_changelist"), chosen)
        assert Group.objects.filter(name=Role.AGENT).exists()
