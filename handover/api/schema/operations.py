"""What each path does, in words: one entry for each method of each view."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from handover.api import bots, resources
from handover.api.lists import ListView, RecordView
from handover.api.schema import failures, parameters
from handover.api.schema.parameters import Parameter
from handover.api.schema.plans import SUCCESS
from handover.api.schema.records import envelope
from handover.api.schema.values import Schema
from handover.api.schema.views import SchemaView

HANDOVERS, READING, ITSELF = "Handovers", "Reading", "This description"
TAGS = [
    {"name": HANDOVERS, "description": "Move a thread between bot and agent, and see what became of it."},
    {"name": READING, "description": "Pages, people, their threads with who holds them, and messages."},
    {"name": ITSELF},
]

Reference = Callable[[type[Serializer]], Schema]
"""From a serializer to a reference to its schema."""


@dataclass(frozen=True)
class Operation:
    """What a path does with one method. What depends on the registered channels is asked for late."""

    name: str
    tag: str
    summary: str
    gives: str
    """What a success is, in words."""
    answer: Callable[[Reference], Schema]
    """The body of a success."""
    failures: Callable[[], Iterable[str]] = failures.of_callers
    parameters: Callable[[], Iterable[Parameter]] = tuple
    words: str = ""
    is_handover: bool = False
    """Takes its parameters from a body, too; its answers may name a handover and explain its plan."""
    needs_token: bool = True


def of(view: type[APIView], method: str) -> Operation:
    """The operation behind a view's method, in small letters. Raises KeyError where none is described."""
    return _OPERATIONS[view, method]


def _list(
    name: str, tag: str, summary: str, view: type[ListView], *filters: Parameter
) -> dict[tuple[type[APIView], str], Operation]:
    operation = Operation(
        name,
        tag,
        summary,
        "One page of the collection.",
        lambda reference: envelope(reference(view.serializer_class)),
        parameters=lambda: (*filters, *parameters.PAGING),
    )
    return {(view, "get"): operation}


def _record(
    name: str, tag: str, summary: str, view: type[RecordView]
) -> dict[tuple[type[APIView], str], Operation]:
    operation = Operation(
        name,
        tag,
        summary,
        "The record.",
        lambda reference: reference(view.serializer_class),
        failures.of_records,
        lambda: (parameters.RECORD_ID,),
    )
    return {(view, "get"): operation}


_HAND_OVER = Operation(
    "hand_over",
    HANDOVERS,
    "Hand a thread over",
    "From bot to agent: the platform was asked, and the handover is `requested` until control is granted. "
    "From agent to bot: control was passed. Either way also: the asked-for side holds the thread already.",
    lambda reference: SUCCESS,
    failures.of_handovers,
    parameters.of_handover,
    "From bot to agent control is requested, and the bot's app still has to pass it; where the platform "
    "takes no requests, it is taken. From agent to bot it is passed, unless an intervention is open. A "
    "request repeated while it waits is answered with the first one's `Handover-Id`.\n\n"
    "Parameters may stand in the query, in the body, or in both; the query wins. Of a repeated one the last "
    "counts.",
    is_handover=True,
)
_DESCRIBE = Operation(
    "describe",
    ITSELF,
    "This description",
    "The OpenAPI document.",
    lambda reference: {"type": "object"},
    failures.of_anybody,
    words="Wants no token.",
    needs_token=False,
)
_OPERATIONS: Mapping[tuple[type[APIView], str], Operation] = {
    (bots.HandoverView, "post"): _HAND_OVER,
    **_list(
        "list_handovers",
        HANDOVERS,
        "Handovers, newest first",
        bots.HandoverListView,
        parameters.HANDOVERS_OF,
    ),
    **_record("get_handover", HANDOVERS, "What became of a handover", bots.HandoverRecordView),
    **_list(
        "list_content_sources",
        READING,
        "Pages, oldest first",
        resources.SourceListView,
        parameters.ACTIVE_FILTER,
        parameters.PERMISSION_FILTER,
    ),
    **_record("get_content_source", READING, "A page", resources.SourceRecordView),
    **_list(
        "list_identities",
        READING,
        "People, newest first",
        resources.IdentityListView,
        parameters.FOREIGN_ID_FILTER,
        parameters.SOURCE_FILTER,
    ),
    **_record("get_identity", READING, "A person", resources.IdentityRecordView),
    **_list(
        "list_content_threads",
        READING,
        "Threads, latest activity first",
        resources.ThreadListView,
        parameters.Q,
    ),
    **_record("get_content_thread", READING, "A thread, with who holds it", resources.ThreadRecordView),
    **_list(
        "list_contents",
        READING,
        "Messages, newest first",
        resources.ContentListView,
        parameters.THREAD_FILTER,
        parameters.SOURCE_FILTER,
    ),
    **_record("get_content", READING, "A message", resources.ContentRecordView),
    (SchemaView, "get"): _DESCRIBE,
}
