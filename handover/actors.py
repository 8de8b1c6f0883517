"""Who did something: as it stands in the history and in the logs."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User

from handover.models import ApiToken, ThreadEvent


@dataclass(frozen=True)
class Actor:
    """An API token, a member of staff, a webhook of the platform, or the system itself.

    `token_id` and `user_id` are database keys, where there are such.
    """

    kind: ThreadEvent.ActorKind
    id: str = ""
    label: str = ""
    token_id: int | None = None
    user_id: int | None = None

    @classmethod
    def for_token(cls, token: ApiToken) -> Actor:
        """The actor behind an API call."""
        return cls(ThreadEvent.ActorKind.TOKEN, str(token.pk), token.name, token.pk, token.user_id)

    @classmethod
    def for_staff(cls, user: User) -> Actor:
        """A member of staff in the admin."""
        return cls(ThreadEvent.ActorKind.STAFF, str(user.pk), user.get_username(), user_id=user.pk)


SYSTEM = Actor(ThreadEvent.ActorKind.SYSTEM, label="system")
PLATFORM = Actor(ThreadEvent.ActorKind.WEBHOOK, label="platform")
