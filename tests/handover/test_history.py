"""The history: complete, chained, and closed to changes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.checks import run_checks
from django.db import DatabaseError, connection, transaction

from handover import append_only, availability, history, interventions
from handover.actors import SYSTEM
from handover.models import (
    AvailabilityChange,
    AvailabilityState,
    Thread,
    ThreadEvent,
    ThreadEventText,
)
from tests.people import agent_user
from tests.world import AGENT, BOT, MAYA, PAGE, World


@pytest.fixture
def world(world: World) -> World:
    """A conversation that went from the bot to an agent and back."""
    world.build()
    world.maya_writes()
    world.bot_to_agent(reason="Wants a human")
    world.bot_passes_to_us()
    world.agent_to_bot()
    return world


def story(thread: Thread) -> list[tuple[str, str, str, str]]:
    return [(e.name, e.actor_kind, e.owner_before, e.owner_after) for e in thread.events.order_by("seq")]


def test_tells_every_change_and_attempt(world: World) -> None:
    assert story(world.thread) == [
        ("thread_control.inferred", "webhook", "unknown", "bot"),
        ("thread_control.requested", "token", "bot", "bot"),
        ("thread_control.observed", "webhook", "bot", "agent"),
        ("thread_control.passed", "token", "agent", "bot"),
    ]


def test_names_actor_call_answer_and_correlation(world: World) -> None:
    passed = world.thread.events.get(name="thread_control.passed")
    assert (passed.actor_label, passed.owner_after, passed.app_id_after) == ("test bot", "bot", BOT)
    assert passed.call["edge"] == "pass_thread_control"
    assert (passed.call["as_app_id"], passed.call["target_app_id"], passed.call["status"]) == (
        AGENT,
        BOT,
        200,
    )
    assert passed.correlation_id
    assert passed.handover is not None
    assert passed.handover.correlation_id == passed.correlation_id


def test_the_webhook_behind_a_change_is_named(world: World) -> None:
    assert world.thread.events.get(name="thread_control.observed").delivery_ref


def test_a_grant_names_the_handover_it_settled(world: World) -> None:
    granted = world.thread.events.get(name="thread_control.observed")
    assert granted.handover == world.thread.handovers.get(to_party="agent")


def test_personal_text_is_kept_aside(world: World) -> None:
    requested = world.thread.events.get(name="thread_control.requested")
    assert requested.text.body == {"reason": "Wants a human"}
    row = {field.attname: getattr(requested, field.attname) for field in requested._meta.concrete_fields}
    assert "Wants a human" not in str(row)


def test_interventions_are_told(world: World) -> None:
    opened = interventions.open_intervention(world.thread, agent_user("ana"), SYSTEM)
    interventions.close_intervention(opened, SYSTEM)
    assert [name for name, *_ in story(world.thread)][-2:] == ["intervention.opened", "intervention.closed"]


def test_a_refusal_by_facebook_is_told_with_its_answer(world: World) -> None:
    world.facebook.knobs.fail_next(
        "request_thread_control", body={"error": {"code": 190, "message": "Bad token", "type": "x"}}
    )
    world.bot_to_agent()
    refused = world.thread.events.get(name="thread_control.refused")
    assert (refused.call["code"], refused.call["status"]) == (190, 400)
    assert "page-token" not in str(refused.call)


class TestTheChain:
    def test_of_an_untouched_thread_is_whole(self, world: World) -> None:
        assert list(history.breaks(world.thread)) == []
        assert [event.seq for event in world.thread.events.all()] == [1, 2, 3, 4]

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda events: events.filter(seq=2).update(owner_after="idle"), "Row 2 was changed"),
            (lambda events: events.filter(seq=4).delete(), "ends at row 3"),
            (lambda events: events.filter(seq=3).delete(), "Row 3 is missing"),
        ],
    )
    def test_finds_what_was_changed_behind_its_back(self, world: World, change: Any, words: str) -> None:
        unguarded(connection)
        change(ThreadEvent.objects.filter(thread=world.thread))
        append_only.guard_updates("default")
        assert words in " ".join(history.breaks(world.thread))

    def test_holds_when_personal_text_is_erased(self, world: World) -> None:
        ThreadEventText.objects.all().delete()
        assert list(history.breaks(world.thread)) == []


class TestWhereOneGrantSettlesTwoHandovers:
    """Each line begins with the holder that the line before it ended with."""

    @pytest.fixture
    def world(self, world: World) -> World:
        """Some seconds later, so that no event is too close to an answer to be ordered."""
        world.facebook.advance(5)
        return world

    def lines(self, world: World) -> list[tuple[str, str]]:
        events = list(world.thread.events.order_by("seq"))
        for earlier, later in pairwise(events):
            assert (earlier.owner_after, earlier.sure_after) == (later.owner_before, later.sure_before)
        return [(event.name, event.cause) for event in events]

    def test_by_a_reading(self, world: World) -> None:
        """The answers to a pass and to a reading are lost; the next pass reads the owner first."""
        world.facebook.set_mode(PAGE, "receivers", AGENT)
        world.bot_passes_to_us()
        world.facebook.knobs.lose_answer("pass_thread_control")
        world.facebook.knobs.fail_next("thread_owner", status=400)
        first, second = world.agent_to_bot(), world.agent_to_bot()
        assert (first.status_code, second.status_code) == (503, 200)
        assert self.lines(world)[-2:] == [
            ("thread_control.observed", "the owner was read"),
            ("thread_control.settled", "the pass left behind is completed"),
        ]

    def test_by_the_platforms_word(self, world: World) -> None:
        """The answers to a request are lost; the next one is delivered, and the bot grants both."""
        world.facebook.knobs.lose_answer("request_thread_control", times=2)
        first, second = world.bot_to_agent(), world.bot_to_agent()
        assert (first.status_code, second.status_code) == (503, 200)
        world.bot_passes_to_us()
        assert self.lines(world)[-2:] == [
            (
                "thread_control.observed",
                f"the platform told of a pass_thread_control to app {AGENT} from app {BOT}",
            ),
            ("thread_control.unchanged", "settled by the same grant"),
        ]


class TestTheDatabase:
    def test_refuses_to_rewrite_history(self, world: World) -> None:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            ThreadEvent.objects.update(owner_after="idle")

    def test_refuses_to_rewrite_who_was_available_when(self, world: World) -> None:
        lee = User.objects.create_superuser("lee")
        availability.set_state(lee, AvailabilityState.AVAILABLE, SYSTEM)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            AvailabilityChange.objects.update(state="away")

    def test_refuses_to_delete_history(self, world: World) -> None:
        append_only.guard_deletes("default")
        try:
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                ThreadEvent.objects.filter(seq=1).delete()
        finally:
            unguarded(connection, append_only.DELETE_GUARDS)

    def test_warns_where_it_is_not_protected(self, world: World) -> None:
        warnings = run_checks(databases=["default"], tags=["database"])
        assert {warning.id for warning in warnings} == {"handover.W001"}
        append_only.guard_deletes("default")
        try:
            assert run_checks(databases=["default"], tags=["database"]) == []
        finally:
            unguarded(connection, append_only.DELETE_GUARDS)


def unguarded(connection: Any, guards: Any = append_only.UPDATE_GUARDS) -> None:
    """Take the triggers away, as somebody with the database's password could."""
    with connection.cursor() as cursor:
        for table, event in guards:
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{event.lower()}{on}")


def test_news_told_twice_is_recorded_once(world: World) -> None:
    world.facebook.knobs.webhooks.duplicate(2)
    world.facebook.inbox_takes(PAGE, MAYA)
    world.facebook.inbox_passes(PAGE, MAYA, AGENT)
    world.settle()
    told = world.thread.events.filter(evidence_how="handover_event", evidence_app_id=AGENT)
    assert told.count() == 2  # The first grant, and this one.
