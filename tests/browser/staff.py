"""Make a member of staff in the service's database, as an administrator would.

python -m tests.browser.staff USERNAME PASSWORD [--group NAME] [--page ID]... [--right APP.CODE]... [--all]
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import django


def options() -> Namespace:
    """`--all`: may do everything."""
    parser = ArgumentParser(prog="python -m tests.browser.staff")
    parser.add_argument("username")
    parser.add_argument("password")
    parser.add_argument("--group")
    parser.add_argument("--page", action="append", default=[])
    parser.add_argument("--right", action="append", default=[])
    parser.add_argument("--all", action="store_true")
    return parser.parse_args()


def make(wanted: Namespace) -> None:
    """Raises DoesNotExist for a group, right or page that is not there."""
    from django.contrib.auth.models import Group, Permission, User

    from handover.models import Source

    user = User.objects.create_user(
        wanted.username, password=wanted.password, is_staff=True, is_superuser=wanted.all
    )
    if wanted.group:
        user.groups.add(Group.objects.get(name=wanted.group))
    for right in wanted.right:
        app_label, codename = right.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app_label, codename=codename)
        )
    for page in wanted.page:
        Source.objects.get(foreign_id=page).staff.add(user)


if __name__ == "__main__":
    django.setup()
    make(options())
