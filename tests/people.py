"""Members of staff for tests."""

from django.contrib.auth.models import User


def agent_user(username: str) -> User:
    """An agent, made at first use."""
    user, _ = User.objects.get_or_create(username=username, defaults={"is_staff": True})
    return user
