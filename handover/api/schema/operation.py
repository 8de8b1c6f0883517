"""What is said of one method of one path, and the two kinds of it that recur: a collection, a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from handover.api.lists import ListView, RecordView
from handover.api.schema import failures, parameters
from handover.api.schema.parameters import Parameter
from handover.api.schema.records import envelope
from handover.api.schema.values import Schema

HANDOVERS, INTERVENTIONS, REPLIES = "Handovers", "Interventions", "Replies"
READING, ITSELF = "Reading", "This description"
TAGS = [
    {"name": HANDOVERS, "description": "Move a thread between bot and agent, and see what became of it."},
    {"name": INTERVENTIONS, "description": "Agents' engagements in threads, and what a thread is about."},
    {"name": REPLIES, "description": "What agents write to customers, and how far it has come."},
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
    takes_body: bool = False
    """Its parameters may stand in a body, too."""
    naming_a_handover: tuple[str, ...] = ()
    """The failures whose answers may name one that is being carried out."""
    names_its_own: bool = False
    """Its success names the handover that it made."""
    is_handover: bool = False
    """Its answers may name a handover and explain its plan."""
    needs_token: bool = True


def collection(
    name: str, tag: str, summary: str, view: type[ListView], *filters: Parameter
) -> dict[tuple[type[APIView], str], Operation]:
    """`GET` of a collection."""
    operation = Operation(
        name,
        tag,
        summary,
        "One page of the collection.",
        lambda reference: envelope(reference(view.serializer_class)),
        parameters=lambda: (*filters, *parameters.PAGING),
    )
    return {(view, "get"): operation}


def record(
    name: str, tag: str, summary: str, view: type[RecordView]
) -> dict[tuple[type[APIView], str], Operation]:
    """`GET` of a record."""
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
