"""Who uses the admin in these tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

StaffWith = Callable[..., Client]


@pytest.fixture
def lee() -> User:
    """May do everything."""
    return User.objects.create_superuser("lee")


@pytest.fixture
def staff(lee: User) -> Client:
    """Lee's browser."""
    client = Client()
    client.force_login(lee)
    return client


@pytest.fixture
def staff_with() -> StaffWith:
    """The browser of a member of staff with the permissions named, on all pages, and no others."""

    def log_in(*permissions: str, username: str = "kim") -> Client:
        user = User.objects.create_user(username, is_staff=True)
        for permission in ("handover.see_all_pages", *permissions):
            app_label, codename = permission.split(".")
            user.user_permissions.add(
                Permission.objects.get(content_type__app_label=app_label, codename=codename)
            )
        client = Client()
        client.force_login(user)
        return client

    return log_in
