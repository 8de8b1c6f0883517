"""Members of staff for tests."""

from django.contrib.auth.models import Permission, User


def agent_user(username: str) -> User:
    """An agent, made at first use."""
    user, _ = User.objects.get_or_create(username=username, defaults={"is_staff": True})
    return user


def shut_out(username: str) -> None:
    """Take all pages away from a member of staff."""
    user = User.objects.get(username=username)
    user.user_permissions.remove(Permission.objects.get(codename="see_all_pages"))
