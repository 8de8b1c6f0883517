"""The records in answers: names and types from the serializers, and what the fields mean."""

from __future__ import annotations

from collections.abc import Mapping

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, extend_schema_field
from rest_framework import serializers

from handover.api.event_serializers import (
    ActorSerializer,
    CallSerializer,
    EventSerializer,
    EvidenceSerializer,
    ExtraInfosSerializer,
    HolderAfterSerializer,
    HolderBeforeSerializer,
)
from handover.api.lists import LARGEST_LIMIT, LARGEST_OFFSET
from handover.api.schema.values import ID, MOMENT, OPTIONAL_TEXT, Schema, object_with, or_null
from handover.api.serializers import (
    AgentStatusSerializer,
    ChannelStatusSerializer,
    ContentSerializer,
    HandoverSerializer,
    IdentitySerializer,
    IdField,
    InterventionCommentSerializer,
    InterventionSerializer,
    MessagingWindowSerializer,
    MomentField,
    OptionalTextField,
    SourceSerializer,
    ThreadControlSerializer,
    ThreadSerializer,
)

extend_schema_field(ID)(IdField)
extend_schema_field(MOMENT)(MomentField)
extend_schema_field(OPTIONAL_TEXT)(OptionalTextField)
extend_schema_field(or_null(ID))(ContentSerializer.get_author_id)

_OF_REQUESTS = ("readOnly", "default", "title", "x-spec-enum-id")
"""What drf-spectacular notes at a field that says nothing about answers."""

_RECORD = {
    "id": "The record's id.",
    "created_at": "When we first stored it.",
    "updated_at": "When the record last changed.",
}
_HOLDER = {
    "owner": "`other` is another app, perhaps not known which.",
    "app_id": "The app that holds it, where that is known.",
    "sure": "False where it is inferred, or may have changed since.",
}
_WORDS: Mapping[type[serializers.BaseSerializer], Mapping[str, str]] = {
    SourceSerializer: {
        **_RECORD,
        "name": "The page's name.",
        "type": "The channel, as in a handover's `type`.",
        "active": "Whether threads of the page can be handed over.",
        "status": "`active`, in a word.",
        "error_message": "What the platform said about the primary app, if it differs. Else empty.",
        "community_id": "A page is its own community: this is its id again.",
        "channel_id": "A page is its own channel: this is its id again.",
        "foreign_id": "The platform's id of the page.",
        "primary": "Whose app gets the conversations that nobody holds.",
        "control_mode": "How the platform decides about control: `receivers` is the handover protocol with a "
        "primary app, `routing` is Conversation Routing, `open` has neither.",
        "agent_app_id": "The app that we call the platform as.",
    },
    IdentitySerializer: {
        **_RECORD,
        "type": "The channel, as in a handover's `type`.",
        "foreign_id": "The platform's id of the person, for Messenger the PSID.",
        "community_id": "The page, as a community.",
        "source_id": "The page that the person is known on.",
        "identity_group_id": "Identities are not grouped here: null.",
        "display_name": "The name, or the foreign id while none is known.",
        "firstname": "Empty while it is not known.",
        "lastname": "Empty while it is not known.",
        "avatar_url": "The picture's address.",
        "extra_values": "Empty here.",
    },
    ThreadControlSerializer: {
        "owner": "Who holds the thread; `other` is another app, perhaps not known which.",
        "app_id": "The app that holds it, where that is known.",
        "since": "Since when, by the platform's clock.",
        "expires_at": "When control lapses, by the platform's clock, unless the person writes before.",
        "observed_at": "When the platform last told, by its own clock.",
        "how": "What this rests on.",
        "sure": "False where it is inferred, or may have changed since.",
    },
    MessagingWindowSerializer: {
        "response_until": "For anything, unless the person writes before; null while they were not heard of.",
        "by_hand_until": "For what a person writes, where the page may use the platform's tag for that.",
    },
    ThreadSerializer: {
        **_RECORD,
        "source_id": "The page.",
        "identity_id": "The person.",
        "title": "The person's name.",
        "foreign_id": "The platform's id of the person.",
        "closed": "Threads are not closed here: false.",
        "category_ids": "The same as `thread_category_ids`.",
        "thread_category_ids": "The categories that were set last.",
        "contents_count": "How many messages there are.",
        "interventions_count": "How many interventions there were, open ones included, cancelled ones not.",
        "extra_data": "Empty here.",
        "last_content_at": "When the last message was sent; null where none was seen.",
        "messaging_window": "Until when the person may be answered.",
        "thread_control": "Who may write to the person, as far as we have seen.",
    },
    ContentSerializer: {
        **_RECORD,
        "source_id": "The page.",
        "source_type": "The channel, as in a handover's `type`.",
        "thread_id": "The thread.",
        "type": "A message, or the tap on a button.",
        "foreign_id": "The platform's id of the message; null while it has none.",
        "author_id": "The person's identity; null for what an app or an agent wrote.",
        "creator_id": "The user who wrote a reply.",
        "intervention_id": "The intervention that a reply was written under.",
        "in_reply_to_id": "The message that a reply answers.",
        "author": "Who wrote it; `other` is another app.",
        "app_id": "The app that sent it, where the platform named one.",
        "body": "The text.",
        "body_input_format": "Always `text`.",
        "attachments": "As the platform sent them.",
        "attachments_count": "How many attachments there are.",
        "private_message": "Messages are private: true.",
        "created_from": "`synchronizer`: it came from the platform. `api`, `interface`: an agent wrote it.",
        "synchronization_status": "How far the exchange with the platform has come.",
        "synchronization_error": "Why it could not be sent.",
        "waiting_for": "What a reply that is to be sent waits for, where it was tried.",
        "sent_at": "By the platform's clock; of a reply that has not gone out, when it was written.",
    },
    InterventionSerializer: {
        **_RECORD,
        "source_id": "The page.",
        "thread_id": "The thread.",
        "content_id": "The message that it was opened on; null where it was opened on the thread.",
        "identity_id": "The person.",
        "identity_group_id": "Identities are not grouped here: null.",
        "user_id": "Whose it is.",
        "bots_own": "Whether it is the bot's own, which never blocks a handover.",
        "status": "`closing` is still engaged; `cancelled` is seen in the answer to cancelling alone.",
        "closed": "Whether it is over.",
        "closed_at": "When it ended.",
        "deferred_at": "When it was put aside; null while it is not.",
        "deferred_until": "When it is reactivated by itself, if it is.",
        "category_ids": "Empty here: the thread has the categories.",
        "custom_fields": "Empty here.",
        "user_replies_count": "How many messages of our app's there are in the thread since, those that wait "
        "to be sent included and those that failed not; for the bot's own, a bot's app's.",
        "first_user_reply_id": "The first of them.",
        "comments_count": "How many notes there are.",
        "comments": "The notes, oldest first.",
    },
    InterventionCommentSerializer: {
        **_RECORD,
        "intervention_id": "The intervention.",
        "thread_id": "The thread.",
        "identity_id": "The person.",
        "user_id": "Who wrote it.",
        "body": "The text.",
    },
    HandoverSerializer: {
        "id": "The record's id, which the header `Handover-Id` names.",
        "from": "Who was to give the thread.",
        "to": "Who was to get it.",
        "state": "`requested`: asked, not granted yet. `unknown`: the platform has not told the outcome yet. "
        "All others are final.",
        "reason": "As it was sent.",
        "requested_at": "When it was asked for.",
        "settled_at": "When its outcome was known.",
        "deadline_at": "When a request that was not granted expires.",
        "outcome": "What became of it, in words.",
        "app_id": "The app that is to hold the thread.",
        "source_id": "The page.",
        "thread_id": "The thread; null while the platform has not confirmed that the person exists.",
    },
    EventSerializer: {
        "id": "The line's id.",
        "name": "What happened. `thread_control.observed`: the platform told of it, or the owner was read; "
        "`.inferred`: concluded from who spoke; `.asked`: another app asked for control.",
        "user_id": "Whom the actor acts as: the member of staff, or the token's user. Else null.",
        "created_at": "When it was recorded, by our clock.",
        "updated_at": "The same: lines do not change.",
        "extra_infos": "What it was about, and how it came about.",
    },
    ExtraInfosSerializer: {
        "content_source_id": "The page.",
        "content_thread_id": "The thread.",
        "identity_id": "The person.",
        "foreign_id": "The platform's id of the person.",
        "content_id": "The reply that it was about.",
        "intervention_id": "The intervention that it was about, cancelled ones included.",
        "handover_id": "The handover that it was part of.",
        "actor": "Who brought it about.",
        "before": "Who held the thread before.",
        "after": "Who held the thread afterwards.",
        "cause": "Why, in a clause of ours.",
        "call": "The call to the platform and its answer; null where none was made.",
        "evidence": "What the platform told about who holds the thread; null where it told nothing.",
        "delivery": "The webhook delivery that brought it, as the admin calls it.",
        "request_id": "The id of the piece of work in the service's log; of an API call, its `X-Request-ID`.",
        "seq": "The line's number in the history of its thread, from 1 and without gaps.",
        "digest": "SHA-256 over this line and, by the digest before it, all lines of the thread before. Kept "
        "elsewhere, it shows later whether any of them was rewritten.",
    },
    ActorSerializer: {
        "kind": "`webhook` is the platform, `system` the service by itself.",
        "name": "The token's or user's name at that time.",
    },
    HolderBeforeSerializer: _HOLDER,
    HolderAfterSerializer: _HOLDER,
    CallSerializer: {
        "edge": "The platform's name of the call, such as `pass_thread_control`.",
        "as_app_id": "The app that made it.",
        "target_app_id": "The app that was to get the thread, for a pass.",
        "status": "The HTTP status of the answer; null where none came.",
        "code": "The platform's error code.",
        "subcode": "The platform's error subcode.",
        "message": "The platform's words.",
        "trace_id": "The platform's id of the call, for its support.",
    },
    EvidenceSerializer: {
        "kind": "What it says: that an app holds the thread or spoke, that somebody else than our app holds "
        "it, or where a message was delivered.",
        "how": "How we came to know.",
        "at": "When it was so, by the platform's clock.",
        "app_id": "The app; null for nobody, or where it was not told.",
        "previous_app_id": "The app that held the thread before, where it was told.",
        "expires_at": "When control lapses, where it was told, by the platform's clock.",
    },
    AgentStatusSerializer: {
        "agent_id": "The agent's user, as in an intervention's `user_id`.",
        "channels": "The token's pages, each of which is a channel.",
        "custom_status": "There are no other kinds of being away: null.",
    },
    ChannelStatusSerializer: {
        "id": "The page.",
        "name": "The page's name.",
        "status": "What the agent said last, the same on all pages; null where that is nothing.",
        "busyness": "`ok`: the agent has an intervention open on the page, not counting deferred ones; else "
        "`unoccupied`.",
    },
}


class RecordExtension(OpenApiSerializerExtension):
    """What a serializer says of itself, with the words for each of its fields."""

    target_class = serializers.Serializer
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Schema:
        """The JSON Schema. Raises KeyError for a field without words."""
        record: Schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        words = _WORDS[type(self.target)]
        properties = {
            name: {**_without(value, _OF_REQUESTS), "description": words[name]}
            for name, value in record["properties"].items()
        }
        return {**object_with(properties), "description": record["description"]}


def _without(schema: Schema, names: tuple[str, ...]) -> Schema:
    return {name: value for name, value in schema.items() if name not in names}


def envelope(record: Schema) -> Schema:
    """One page of a collection."""
    return object_with(
        {
            "count": {"type": "integer", "minimum": 0, "description": "How many records there are in all."},
            "offset": {"type": "integer", "minimum": 0, "maximum": LARGEST_OFFSET},
            "limit": {"type": "integer", "minimum": 0, "maximum": LARGEST_LIMIT},
            "records": {"type": "array", "items": record, "maxItems": LARGEST_LIMIT},
        }
    )
