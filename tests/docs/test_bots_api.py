"""docs/bots-api.md names what there is, all of it, and nothing else."""

from __future__ import annotations

import pytest
from django.urls import resolve
from django.utils import timezone

from handover.agents import Busyness
from handover.api import errors, event_search, handover_request, search
from handover.api.errors import ApiError
from handover.api.event_serializers import (
    CallSerializer,
    EventSerializer,
    EvidenceSerializer,
    ExtraInfosSerializer,
)
from handover.api.intervention_request import STATUSES
from handover.api.parameters import Parameters
from handover.api.schema.document import document
from handover.api.serializers import (
    AgentStatusSerializer,
    ChannelStatusSerializer,
    ContentSerializer,
    HandoverSerializer,
    IdentitySerializer,
    InterventionCommentSerializer,
    InterventionSerializer,
    SourceSerializer,
    ThreadControlSerializer,
    ThreadSerializer,
)
from handover.labels import EVENTS
from handover.models import (
    Author,
    AvailabilityState,
    Handover,
    HandoverState,
    Identity,
    InterventionStatus,
    Primary,
    Thread,
    ThreadEvent,
)
from handover.ownership import ControlMode, How, Owner
from tests.docs.documents import DOCS, Document, code, tables

PAGE = Document(DOCS / "bots-api.md")
FACEBOOKS = ("facebook_error", "facebook_unavailable")
READ_BEFORE_ANYTHING_ELSE = {"access_token", "impersonated_user_id"}
ACCEPTED_AND_IGNORED = {"intervention_id", "trigger"}


class Noticing(Parameters):
    """Parameters that know which of them were looked at."""

    def __init__(self, **sent: str) -> None:
        super().__init__({name: [value] for name, value in sent.items()})
        self.seen: set[str] = set()

    def text(self, name: str) -> str:
        self.seen.add(name)
        return super().text(name)

    def texts(self, name: str) -> list[str] | None:
        self.seen.add(f"{name}[]")
        return super().texts(name)


def first_words(table: list[list[str]]) -> list[str]:
    """What the first column names."""
    return [word for row in table for word in code(row[0])]


def row_of(table: list[list[str]], name: str) -> list[str]:
    """The words in the row about a field."""
    [found] = [row for row in table if name in code(row[0])]
    return code(found[-1])


def test_every_error_has_its_row_and_its_status() -> None:
    [table] = tables(PAGE.section("Errors"))
    documented = {(code(error)[0], int(status)) for status, error, *_ in table}
    real = {*errors.STATUSES.items(), *((name, errors.status_of(name)) for name in FACEBOOKS)}
    assert documented == real


def test_every_parameter_of_a_handover_has_its_row() -> None:
    asked = {"identity_foreign_id": "24001", "type": "messenger"}
    to_bot, to_agent = (
        Noticing(**asked, **{"from": "agent", "to": "bot"}),
        Noticing(**asked, **{"from": "bot", "to": "agent"}),
    )
    for sent in (to_bot, to_agent):
        handover_request.read(sent)
    [table] = tables(PAGE.section("Parameters"))
    real = to_bot.seen | to_agent.seen | READ_BEFORE_ANYTHING_ELSE | ACCEPTED_AND_IGNORED
    assert set(first_words(table)) == real


def test_every_state_of_a_handover_has_its_row() -> None:
    table = tables(PAGE.section("What happens at Facebook"))[1]
    assert sorted(first_words(table)) == sorted(HandoverState.values)


@pytest.mark.parametrize(
    ("heading", "serializer", "which"),
    [
        ("Interventions: `/1.0/interventions`", InterventionSerializer, 1),
        ("Threads: `/1.0/content_threads`", ThreadSerializer, 1),
        ("Messages: `/1.0/contents`", ContentSerializer, 0),
        ("Journal: `/1.0/events`", EventSerializer, 2),
        ("Journal: `/1.0/events`", ExtraInfosSerializer, 3),
        ("People: `/1.0/identities`", IdentitySerializer, 0),
        ("Pages: `/1.0/content_sources`", SourceSerializer, 0),
    ],
)
def test_every_field_has_its_row(heading: str, serializer: type, which: int) -> None:
    table = tables(PAGE.section(heading))[which]
    assert sorted(first_words(table)) == sorted(serializer().fields)


def test_every_field_of_a_handover_has_its_row() -> None:
    thread = Thread(pk=1, identity=Identity(pk=1))
    handover = Handover(pk=1, source_id=1, thread=thread, requested_at=timezone.now())
    [table] = tables(PAGE.section("Handovers: `/1.0/bots/handovers`"))
    assert sorted(first_words(table)) == sorted(HandoverSerializer(handover).data)


def test_every_call_that_changes_something_has_its_row_with_the_right_that_it_takes() -> None:
    rows = [*tables(PAGE.section("Interventions"))[0], *tables(PAGE.section("Agents"))[1]]
    documented = {(code(call)[0], frozenset(code(right))) for call, right, _ in rows}
    real = {
        (f"{method.upper()} {path}", frozenset(resolve(path).func.cls.rights[method]))
        for path, operations in document()["paths"].items()
        for method in operations.keys() - {"get"}
        if path != "/1.0/bots/handover"
    }
    assert documented == real


class TestAgents:
    fields = tables(PAGE.section("Agents"))[0]

    def test_have_these_fields(self) -> None:
        channels = [f"channels[].{name}" for name in ("status", "busyness")]
        assert sorted(first_words(self.fields)) == sorted([*AgentStatusSerializer().fields, *channels])

    def test_have_these_of_each_channel(self) -> None:
        assert row_of(self.fields, "channels") == list(ChannelStatusSerializer().fields)

    def test_are_in_these_states(self) -> None:
        assert row_of(self.fields, "channels[].status") == AvailabilityState.values

    def test_are_so_busy(self) -> None:
        assert sorted(row_of(self.fields, "channels[].busyness")) == sorted(Busyness)


class TestTheWordsOfFields:
    threads = tables(PAGE.section("Threads: `/1.0/content_threads`"))
    messages = tables(PAGE.section("Messages: `/1.0/contents`"))[0]
    interventions = tables(PAGE.section("Interventions: `/1.0/interventions`"))
    journal = tables(PAGE.section("Journal: `/1.0/events`"))
    pages = tables(PAGE.section("Pages: `/1.0/content_sources`"))[0]

    def test_thread_control_has_these_fields(self) -> None:
        control = ThreadControlSerializer(Thread()).data
        assert sorted(first_words(self.threads[2])) == sorted(control)

    def test_these_are_the_holders(self) -> None:
        assert sorted(row_of(self.threads[2], "owner")) == sorted(Owner)

    def test_these_are_the_kinds_of_evidence(self) -> None:
        assert sorted(row_of(self.threads[2], "how")) == sorted(How)

    def test_these_are_the_keys_of_a_search(self) -> None:
        documented = {word.partition(":")[0] for word in first_words(self.threads[0]) if ":" in word}
        with pytest.raises(ApiError) as refused:
            search.threads("nonsense:1")
        known = refused.value.message.partition("understands ")[2].partition(", each")[0]
        assert documented == set(known.split(", "))

    def test_these_are_the_statuses_of_an_intervention(self) -> None:
        assert sorted(row_of(self.interventions[1], "status")) == sorted(InterventionStatus.values)
        assert sorted(first_words(self.interventions[0])) == sorted(STATUSES)

    def test_a_note_has_these_fields(self) -> None:
        assert sorted(row_of(self.interventions[1], "comments")) == sorted(
            InterventionCommentSerializer().fields
        )

    def test_these_are_the_events(self) -> None:
        assert sorted(first_words(self.journal[1])) == sorted(EVENTS)

    def test_these_are_the_keys_of_a_search_in_the_journal(self) -> None:
        documented = [word.partition(":") for word in first_words(self.journal[0])]
        assert {key for key, _, _ in documented} == {*event_search.KEYS, "order"}
        orders = [word for row in self.journal[0] for word in code(" ".join(row)) if "order:" in word]
        assert sorted(orders) == sorted(f"order:{order}" for order in event_search.ORDERS)

    @pytest.mark.parametrize(
        ("name", "serializer"), [("call", CallSerializer), ("evidence", EvidenceSerializer)]
    )
    def test_a_call_and_evidence_have_these_fields(self, name: str, serializer: type) -> None:
        assert sorted(row_of(self.journal[3], name)) == sorted(serializer().fields)

    def test_these_are_the_kinds_of_actors(self) -> None:
        assert set(ThreadEvent.ActorKind.values) <= set(row_of(self.journal[3], "actor"))

    def test_these_are_the_authors(self) -> None:
        assert set(Author.values) <= set(row_of(self.messages, "author"))

    def test_these_are_the_modes_and_the_primaries(self) -> None:
        assert sorted(row_of(self.pages, "control_mode")) == sorted(ControlMode)
        assert sorted(row_of(self.pages, "primary")) == sorted(Primary.values)
