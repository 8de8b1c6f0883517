"""Members of staff with a role, as the migrations and an administrator would have left them."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q
from django.test import Client

from channels_fb import roles as facebooks
from handover import roles
from handover.models import Source
from handover.roles import Role

RIGHTS = {role: roles.RIGHTS[role] | facebooks.RIGHTS[role] for role in Role}


def permissions(names: Iterable[str]) -> list[Permission]:
    """The rows of rights, given as "app.codename"."""
    pairs = (name.split(".") for name in names)
    wanted = Q(pk=None)
    for label, codename in pairs:
        wanted |= Q(content_type__app_label=label, codename=codename)
    return list(Permission.objects.filter(wanted))


def member(role: Role | None, *pages: Source, username: str = "robin") -> User:
    """Somebody with a role, or with none, who was given pages."""
    user = User.objects.create_user(username, is_staff=True)
    if role is not None:
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set(permissions(RIGHTS[role]))
        user.groups.add(group)
    user.pages.set(pages)
    return user


def browser(user: User) -> Client:
    """Theirs, logged in."""
    client = Client()
    client.force_login(user)
    return client
