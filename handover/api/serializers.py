"""Rows on the wire: field names, ids and dates as clients of Engage Digital know them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from django.utils import timezone
from rest_framework import serializers

from handover import situations
from handover.agents import Busyness
from handover.models import (
    Author,
    AvailabilityState,
    Content,
    Handover,
    HandoverState,
    Intervention,
    InterventionStatus,
    Primary,
    Synchronization,
    Thread,
)
from handover.models.interventions import OVER
from handover.ownership import HELD, ControlMode, How, Owner, Party
from handover.wire_ids import wire_id


def moment(at: datetime | None) -> str | None:
    """ISO 8601, UTC, whole seconds, `Z`."""
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class IdField(serializers.Field):
    """A database key as 24 hex digits."""

    def to_representation(self, value: int) -> str:
        """The wire id."""
        return wire_id(value)


class MomentField(serializers.Field):
    """A date and time."""

    def to_representation(self, value: datetime) -> str | None:
        """The wire's form."""
        return moment(value)


class OptionalTextField(serializers.Field):
    """Text, null where there is none."""

    def to_representation(self, value: str) -> str | None:
        """The text, if it has any characters."""
        return value or None


class _Record(serializers.Serializer):
    id = IdField(source="pk", read_only=True)
    created_at = MomentField(read_only=True)
    updated_at = MomentField(read_only=True)


class SourceSerializer(_Record):
    """A page. It is its own community and channel: identities are known on one page each."""

    name = serializers.CharField()
    type = serializers.CharField(source="channel_type")
    active = serializers.BooleanField(source="is_active")
    status = serializers.SerializerMethodField()
    error_message = serializers.CharField(source="primary_note")
    community_id = IdField(source="pk")
    channel_id = IdField(source="pk")
    foreign_id = serializers.CharField()
    primary = serializers.ChoiceField(Primary.choices)
    control_mode = serializers.ChoiceField(list(ControlMode))
    agent_app_id = serializers.CharField()

    def get_status(self, row: Any) -> Literal["active", "inactive"]:
        """In a word."""
        return "active" if row.is_active else "inactive"


class IdentitySerializer(_Record):
    """A person on a page."""

    type = serializers.CharField(source="source.channel_type")
    foreign_id = serializers.CharField()
    community_id = IdField(source="source_id")
    source_id = IdField()
    identity_group_id = IdField(read_only=True, allow_null=True, default=None)
    display_name = serializers.CharField()
    firstname = serializers.CharField(source="first_name")
    lastname = serializers.CharField(source="last_name")
    avatar_url = OptionalTextField(source="picture_url")
    extra_values = serializers.DictField(read_only=True, default=dict)


class ThreadControlSerializer(serializers.Serializer):
    """Who holds a thread, as far as we have seen."""

    owner = serializers.ChoiceField(list(Owner))
    app_id = OptionalTextField()
    since = MomentField(allow_null=True)
    expires_at = MomentField(allow_null=True)
    observed_at = MomentField(allow_null=True)
    how = serializers.ChoiceField(list(How))
    sure = serializers.BooleanField()

    def to_representation(self, instance: Thread) -> dict[str, Any]:
        """The picture of control, judged now: held threads lapse."""
        picture = instance.picture.judged(timezone.now())
        since = picture.since if picture.owner is not Owner.UNKNOWN else None
        expires_at = picture.expires_at if picture.owner in HELD else None
        shown: dict[str, Any] = super().to_representation(
            replace(picture, since=since, expires_at=expires_at)
        )
        return shown


class MessagingWindowSerializer(serializers.Serializer):
    """Until when the person may be answered."""

    response_until = MomentField(allow_null=True)
    by_hand_until = MomentField(allow_null=True)

    def to_representation(self, instance: Thread) -> dict[str, Any]:
        """By the person's last known action."""
        shown: dict[str, Any] = super().to_representation(situations.window(instance))
        return shown


class ThreadSerializer(_Record):
    """A conversation, with who holds it as far as we have seen."""

    source_id = IdField()
    identity_id = IdField()
    title = serializers.CharField(source="identity.display_name")
    foreign_id = serializers.CharField(source="identity.foreign_id")
    closed = serializers.BooleanField(read_only=True, default=False)
    category_ids = serializers.ListField(source="thread_category_ids", child=serializers.CharField())
    thread_category_ids = serializers.ListField(child=serializers.CharField())
    contents_count = serializers.IntegerField()
    interventions_count = serializers.IntegerField()
    extra_data = serializers.DictField(read_only=True, default=dict)
    last_content_at = MomentField(allow_null=True)
    thread_control = ThreadControlSerializer(source="*")
    messaging_window = MessagingWindowSerializer(source="*")


class ContentSerializer(_Record):
    """A message."""

    source_id = IdField()
    source_type = serializers.CharField(source="source.channel_type")
    thread_id = IdField()
    type = serializers.ChoiceField(Content.Kind.choices, source="kind")
    foreign_id = OptionalTextField()
    author_id = serializers.SerializerMethodField()
    creator_id = IdField(source="reply.user_id", allow_null=True, default=None)
    intervention_id = IdField(source="reply.intervention_id", allow_null=True, default=None)
    in_reply_to_id = IdField(source="reply.in_reply_to_id", allow_null=True, default=None)
    author = serializers.ChoiceField(Author.choices)
    app_id = OptionalTextField()
    body = serializers.CharField()
    body_input_format = serializers.CharField(read_only=True, default="text")
    attachments = serializers.ListField()
    attachments_count = serializers.SerializerMethodField()
    private_message = serializers.BooleanField(read_only=True, default=True)
    created_from = serializers.SerializerMethodField()
    synchronization_status = serializers.ChoiceField(Synchronization.choices)
    synchronization_error = OptionalTextField()
    waiting_for = OptionalTextField(source="reply.note", default=None)
    sent_at = MomentField()

    def get_author_id(self, row: Content) -> str | None:
        """The customer's identity; apps and agents have none on the page."""
        return wire_id(row.thread.identity_id) if row.author == Author.CUSTOMER else None

    def get_created_from(self, row: Content) -> Literal["synchronizer", "api", "interface"]:
        """The platform, or an agent through the API or in the admin."""
        reply = getattr(row, "reply", None)
        if reply is None:
            return "synchronizer"
        return "interface" if reply.token_id is None else "api"

    def get_attachments_count(self, row: Content) -> int:
        """How many there are."""
        return len(row.attachments)


class HandoverSerializer(serializers.Serializer):
    """A handover and what became of it."""

    id = IdField(source="pk")
    state = serializers.ChoiceField(HandoverState.choices)
    reason = OptionalTextField()
    requested_at = MomentField()
    settled_at = MomentField(allow_null=True)
    deadline_at = MomentField(allow_null=True)
    outcome = OptionalTextField()
    app_id = OptionalTextField()
    source_id = IdField()
    thread_id = IdField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        """With both sides, as `from` is no name for a Python attribute."""
        fields = super().get_fields()
        sides = {
            side: serializers.ChoiceField(list(Party), source=f"{side}_party") for side in ("from", "to")
        }
        return {"id": fields.pop("id"), **sides, **fields}

    def to_representation(self, instance: Handover) -> dict[str, Any]:
        """Without a thread where nobody has vouched for the person: the API does not show it."""
        shown: dict[str, Any] = super().to_representation(instance)
        return shown if instance.thread.identity.is_known else {**shown, "thread_id": None}


class InterventionCommentSerializer(_Record):
    """A note of an agent's for other agents."""

    intervention_id = IdField()
    thread_id = IdField(source="intervention.thread_id")
    identity_id = IdField(source="intervention.identity_id")
    user_id = IdField()
    body = serializers.CharField()


class InterventionSerializer(_Record):
    """An engagement in a thread: a person's, or the bot's own."""

    source_id = IdField()
    thread_id = IdField()
    content_id = IdField(allow_null=True)
    identity_id = IdField()
    identity_group_id = IdField(read_only=True, allow_null=True, default=None)
    user_id = IdField()
    bots_own = serializers.BooleanField(source="is_bots")
    status = serializers.ChoiceField(InterventionStatus.choices)
    closed = serializers.SerializerMethodField()
    closed_at = MomentField(allow_null=True)
    deferred_at = MomentField(allow_null=True)
    deferred_until = MomentField(allow_null=True)
    category_ids = serializers.ListField(read_only=True, default=list, child=serializers.CharField())
    custom_fields = serializers.DictField(read_only=True, default=dict)
    user_replies_count = serializers.IntegerField(source="replies_count")
    first_user_reply_id = IdField(source="first_reply_id", allow_null=True)
    comments_count = serializers.SerializerMethodField()
    comments = InterventionCommentSerializer(many=True)

    def get_closed(self, row: Intervention) -> bool:
        """Whether it is over."""
        return row.status in OVER

    def get_comments_count(self, row: Intervention) -> int:
        """How many notes there are."""
        return len(row.comments.all())


class ChannelStatusSerializer(serializers.Serializer):
    """An agent, as seen from one page."""

    id = IdField(source="source.pk")
    name = serializers.CharField(source="source.name")
    status = serializers.ChoiceField(AvailabilityState.choices, source="state", allow_null=True)
    busyness = serializers.ChoiceField(list(Busyness))


class AgentStatusSerializer(serializers.Serializer):
    """An agent, on each of the token's pages."""

    agent_id = IdField(source="user.pk")
    channels = ChannelStatusSerializer(many=True)
    custom_status = serializers.CharField(read_only=True, allow_null=True, default=None)
