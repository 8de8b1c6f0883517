"""A line of history on the wire: an event of Engage Digital's journal, with what an auditor asks for.

What people wrote along with it (`ThreadEventText`) is not shown: it is kept aside so that it can be erased.
"""

from __future__ import annotations

from rest_framework import serializers

from handover.api.serializers import IdField, MomentField, OptionalTextField
from handover.labels import EVENTS, EVIDENCE
from handover.models import ThreadEvent
from handover.ownership import How, Owner


class ActorSerializer(serializers.Serializer):
    """Who brought it about."""

    kind = serializers.ChoiceField(ThreadEvent.ActorKind.choices, source="actor_kind")
    name = serializers.CharField(source="actor_label")


class HolderBeforeSerializer(serializers.Serializer):
    """Who held the thread before."""

    owner = serializers.ChoiceField(list(Owner), source="owner_before")
    app_id = OptionalTextField(source="app_id_before")
    sure = serializers.BooleanField(source="sure_before")


class HolderAfterSerializer(serializers.Serializer):
    """Who held the thread afterwards."""

    owner = serializers.ChoiceField(list(Owner), source="owner_after")
    app_id = OptionalTextField(source="app_id_after")
    sure = serializers.BooleanField(source="sure_after")


class CallSerializer(serializers.Serializer):
    """A call to the platform and its answer."""

    edge = serializers.CharField()
    as_app_id = serializers.CharField()
    target_app_id = OptionalTextField()
    status = serializers.IntegerField(allow_null=True)
    code = serializers.IntegerField(allow_null=True)
    subcode = serializers.IntegerField(allow_null=True)
    message = OptionalTextField()
    trace_id = OptionalTextField()


class EvidenceSerializer(serializers.Serializer):
    """What the platform told."""

    kind = serializers.ChoiceField(list(EVIDENCE), source="evidence_kind")
    how = serializers.ChoiceField(list(How), source="evidence_how")
    at = MomentField(source="evidence_at")
    app_id = OptionalTextField(source="evidence_app_id")
    previous_app_id = OptionalTextField(source="evidence_previous_app_id")
    expires_at = MomentField(source="evidence_expires_at", allow_null=True)

    def get_attribute(self, instance: ThreadEvent) -> ThreadEvent | None:
        """Null for an event that rests on nothing from outside."""
        return instance if instance.evidence_kind else None


class ExtraInfosSerializer(serializers.Serializer):
    """What an event was about, and how it came about."""

    content_source_id = IdField(source="thread.source_id")
    content_thread_id = IdField(source="thread_id")
    identity_id = IdField(source="thread.identity_id")
    foreign_id = serializers.CharField(source="thread.identity.foreign_id")
    content_id = IdField(allow_null=True)
    intervention_id = IdField(allow_null=True)
    handover_id = IdField(allow_null=True)
    actor = ActorSerializer(source="*")
    before = HolderBeforeSerializer(source="*")
    after = HolderAfterSerializer(source="*")
    cause = serializers.CharField()
    call = CallSerializer(allow_null=True)
    evidence = EvidenceSerializer(source="*", allow_null=True)
    delivery = OptionalTextField(source="delivery_ref")
    request_id = OptionalTextField(source="correlation_id")
    seq = serializers.IntegerField()
    digest = serializers.CharField()


class EventSerializer(serializers.Serializer):
    """A line of the journal. Lines never change."""

    id = IdField(source="pk")
    name = serializers.ChoiceField(list(EVENTS))
    user_id = IdField(allow_null=True)
    created_at = MomentField(source="at")
    updated_at = MomentField(source="at")
    extra_infos = ExtraInfosSerializer(source="*")
