"""Rows on the wire: field names, ids and dates as clients of Engage Digital know them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from handover.models import Author, Content, Handover, Thread
from handover.ownership import HELD, Owner
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
    primary = serializers.CharField()
    control_mode = serializers.CharField()
    agent_app_id = serializers.CharField()

    def get_status(self, row: Any) -> str:
        """In a word."""
        return "active" if row.is_active else "inactive"


class IdentitySerializer(_Record):
    """A person on a page."""

    type = serializers.CharField(source="source.channel_type")
    foreign_id = serializers.CharField()
    community_id = IdField(source="source_id")
    source_id = IdField()
    identity_group_id = serializers.ReadOnlyField(default=None)
    display_name = serializers.CharField()
    firstname = serializers.CharField(source="first_name")
    lastname = serializers.CharField(source="last_name")
    avatar_url = serializers.SerializerMethodField()
    extra_values = serializers.ReadOnlyField(default=dict)

    def get_avatar_url(self, row: Any) -> str | None:
        """The picture's address, if one is known."""
        return row.picture_url or None


class ThreadSerializer(_Record):
    """A conversation, with who holds it as far as we have seen."""

    source_id = IdField()
    identity_id = IdField()
    title = serializers.CharField(source="identity.display_name")
    foreign_id = serializers.CharField(source="identity.foreign_id")
    closed = serializers.ReadOnlyField(default=False)
    category_ids = serializers.ReadOnlyField(source="thread_category_ids")
    thread_category_ids = serializers.ReadOnlyField()
    contents_count = serializers.IntegerField()
    interventions_count = serializers.IntegerField()
    extra_data = serializers.ReadOnlyField(default=dict)
    last_content_at = MomentField()
    thread_control = serializers.SerializerMethodField()

    def get_thread_control(self, row: Thread) -> dict[str, Any]:
        """The picture of control, judged now: held threads lapse."""
        picture = row.picture.judged(timezone.now())
        return {
            "owner": picture.owner,
            "app_id": picture.app_id or None,
            "since": moment(picture.since) if picture.owner is not Owner.UNKNOWN else None,
            "expires_at": moment(picture.expires_at) if picture.owner in HELD else None,
            "observed_at": moment(picture.observed_at),
            "how": picture.how,
            "sure": picture.sure,
        }


class ContentSerializer(_Record):
    """A message."""

    source_id = IdField()
    source_type = serializers.CharField(source="source.channel_type")
    thread_id = IdField()
    type = serializers.CharField(source="kind")
    foreign_id = serializers.CharField()
    author_id = serializers.SerializerMethodField()
    author = serializers.CharField()
    app_id = serializers.SerializerMethodField()
    body = serializers.CharField()
    body_input_format = serializers.ReadOnlyField(default="text")
    attachments = serializers.ReadOnlyField()
    attachments_count = serializers.SerializerMethodField()
    private_message = serializers.ReadOnlyField(default=True)
    created_from = serializers.ReadOnlyField(default="synchronizer")
    synchronization_status = serializers.CharField()
    synchronization_error = serializers.SerializerMethodField()
    sent_at = MomentField()

    def get_author_id(self, row: Content) -> str | None:
        """The customer's identity; apps and agents have none on the page."""
        return wire_id(row.thread.identity_id) if row.author == Author.CUSTOMER else None

    def get_app_id(self, row: Content) -> str | None:
        """The sending app, where the platform named it."""
        return row.app_id or None

    def get_attachments_count(self, row: Content) -> int:
        """How many there are."""
        return len(row.attachments)

    def get_synchronization_error(self, row: Content) -> str | None:
        """Why it could not be sent, if it could not."""
        return row.synchronization_error or None


class HandoverSerializer(serializers.Serializer):
    """A handover and what became of it."""

    def to_representation(self, instance: Handover) -> dict[str, Any]:
        """`from` is no name for a Python attribute, hence by hand."""
        return {
            "id": wire_id(instance.pk),
            "from": instance.from_party,
            "to": instance.to_party,
            "state": instance.state,
            "reason": instance.reason or None,
            "requested_at": moment(instance.requested_at),
            "settled_at": moment(instance.settled_at),
            "deadline_at": moment(instance.deadline_at),
            "outcome": instance.outcome or None,
            "app_id": instance.app_id or None,
            "source_id": wire_id(instance.source_id),
            "thread_id": wire_id(instance.thread_id) if instance.thread.identity.is_known else None,
        }
