"""`/1.0/status`, and pages that hand threads to agents only while one is there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import time_machine
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from handover import availability, interventions, tokens
from handover.actors import SYSTEM
from handover.models import (
    ApiToken,
    Availability,
    AvailabilityChange,
    AvailabilityState,
    Handover,
    HandoverState,
    Source,
)
from handover.wire_ids import wire_id
from tests.contract.test_handover_requests import is_refused
from tests.people import agent_user
from tests.world import BOT, World

AVAILABLE, AWAY = AvailabilityState.AVAILABLE, AvailabilityState.AWAY
NOBODY = "The page is open, but no agent is available; try again later."


@pytest.fixture
def world(world: World) -> World:
    """The bot holds Maya's thread."""
    world.build()
    world.maya_writes()
    return world


@pytest.fixture
def ana(world: World) -> User:
    """An agent, by her token."""
    user = agent_user("ana")
    tokens.issue("ana's desk", staff=user, rights=["reply"])
    return user


def admin_user(username: str, *permissions: str) -> User:
    user = agent_user(username)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def says(user: User, state: AvailabilityState) -> None:
    availability.set_state(user, state, SYSTEM)


def set_status(world: World, status: str, token: str | None = None) -> requests.Response:
    return world.ask("PUT", "/1.0/status", token=token, data={"status": status})


def status(world: World, token: str | None = None) -> Any:
    answer = world.ask("GET", "/1.0/status", token=token)
    assert answer.status_code == 200, answer.text
    return answer.json()


def page_needs_agents(**hours: str) -> None:
    Source.objects.update(needs_agent=True, **hours)


class TestTheList:
    def test_is_bare_and_has_each_agent_on_each_page_of_the_token(self, world: World, ana: User) -> None:
        page = Source.objects.get()
        assert status(world) == [
            {
                "agent_id": wire_id(ana.pk),
                "channels": [
                    {"id": wire_id(page.pk), "name": page.name, "status": None, "busyness": "unoccupied"}
                ],
                "custom_status": None,
            }
        ]

    def test_is_empty_where_nobody_is_an_agent(self, world: World) -> None:
        assert status(world) == []

    @pytest.mark.parametrize("state", AvailabilityState)
    def test_tells_what_an_agent_said(self, world: World, ana: User, state: AvailabilityState) -> None:
        says(ana, state)
        assert status(world)[0]["channels"][0]["status"] == state

    def test_shows_no_page_that_is_not_the_tokens(self, world: World, ana: User) -> None:
        other = Source.objects.create(channel_type="messenger", foreign_id="9", name="Other")
        limited = tokens.issue("other page", sources=[other], rights=["read"])
        assert [channel["name"] for channel in status(world, limited)[0]["channels"]] == ["Other"]

    @pytest.mark.parametrize(
        ("change", "busyness"),
        [
            (None, "ok"),
            (lambda row: interventions.defer(row, SYSTEM), "unoccupied"),
            (lambda row: interventions.close_intervention(row, SYSTEM), "unoccupied"),
        ],
    )
    def test_tells_who_has_something_in_hand(
        self, world: World, ana: User, change: Any, busyness: str
    ) -> None:
        row = interventions.open_intervention(world.thread, ana, SYSTEM)
        if change:
            change(row)
        assert status(world)[0]["channels"][0]["busyness"] == busyness

    def test_tells_that_page_by_page(self, world: World, ana: User) -> None:
        interventions.open_intervention(world.thread, ana, SYSTEM)
        Source.objects.create(channel_type="messenger", foreign_id="9", name="Other")
        assert [channel["busyness"] for channel in status(world)[0]["channels"]] == ["ok", "unoccupied"]

    def test_costs_the_same_for_one_agent_and_for_ten(
        self, world: World, ana: User, client: Any, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(1, 10):
            says(admin_user(f"agent {number}", "open_intervention"), AVAILABLE)
            Source.objects.create(channel_type="messenger", foreign_id=str(number), name=f"Page {number}")
        client.get("/1.0/status", {"access_token": world.token})
        with django_assert_max_num_queries(5):
            answer = client.get("/1.0/status", {"access_token": world.token})
        assert [len(agent["channels"]) for agent in answer.json()] == [10] * 10

    @pytest.mark.parametrize("right", ["read", "handover"])
    def test_is_for_bots_and_for_readers(self, world: World, right: str) -> None:
        assert status(world, tokens.issue("caller", rights=[right])) == []

    def test_is_for_nobody_else(self, world: World) -> None:
        desk = tokens.issue("desk", rights=["reply"])
        is_refused(world.ask("GET", "/1.0/status", token=desk), 403, "forbidden")


class TestWhoIsAnAgent:
    def listed(self, world: World) -> list[str]:
        keys = [int(agent["agent_id"], 16) for agent in status(world)]
        return [User.objects.get(pk=key).username for key in keys]

    def test_is_staff_who_may_open_interventions(self, world: World) -> None:
        admin_user("kim", "open_intervention")
        admin_user("bookkeeper", "view_thread")
        User.objects.create_superuser("lee")
        assert self.listed(world) == ["kim", "lee"]

    def test_is_staff_with_a_token_to_reply(self, world: World) -> None:
        tokens.issue("noa's desk", staff=agent_user("noa"), rights=["reply"])
        tokens.issue("dan's report", staff=agent_user("dan"), rights=["read"])
        assert self.listed(world) == ["noa"]

    def test_is_no_service_user(self, world: World) -> None:
        tokens.issue("bot with all rights")
        assert self.listed(world) == []

    @pytest.mark.parametrize(
        "loses",
        [
            lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
            lambda user: User.objects.filter(pk=user.pk).update(is_staff=False),
            lambda user: ApiToken.objects.filter(user=user).update(is_active=False),
            lambda user: ApiToken.objects.filter(user=user).update(may_reply=False),
            lambda user: ApiToken.objects.filter(user=user).update(expires_at=timezone.now()),
        ],
    )
    def test_is_nobody_who_has_lost_the_right(self, world: World, ana: User, loses: Any) -> None:
        page_needs_agents()
        says(ana, AVAILABLE)
        assert world.bot_to_agent(dry_run="1").status_code == 200
        loses(ana)
        assert self.listed(world) == []
        is_refused(world.bot_to_agent(), 422, "no_agent_available")


class TestSettingIt:
    @pytest.fixture
    def desk(self, world: World) -> str:
        return tokens.issue("desk", staff=agent_user("ana"), rights=["reply"])

    def test_is_for_the_tokens_user_who_is_told_how_they_are_now(self, world: World, desk: str) -> None:
        answer = set_status(world, "available", desk)
        assert answer.status_code == 200
        assert answer.json() == status(world)[0]
        assert answer.json()["channels"][0]["status"] == "available"

    def test_leaves_a_line_of_who_and_when(self, world: World, desk: str) -> None:
        before = timezone.now()
        answers = [set_status(world, name, desk) for name in ("available", "away")]
        lines = AvailabilityChange.objects.order_by("pk")
        assert [(line.user.username, line.state) for line in lines] == [("ana", "available"), ("ana", "away")]
        assert {(line.actor_kind, line.actor_label) for line in lines} == {("token", "desk")}
        assert [line.correlation_id for line in lines] == [
            answer.headers["X-Request-ID"] for answer in answers
        ]
        assert before <= lines[0].at <= lines[1].at == Availability.objects.get().since

    def test_to_what_it_is_already_changes_nothing(self, world: World, desk: str) -> None:
        set_status(world, "away", desk)
        since = Availability.objects.get().since
        assert set_status(world, "away", desk).status_code == 200
        assert AvailabilityChange.objects.count() == 1
        assert Availability.objects.get().since == since

    def test_by_many_at_once_is_one_change(self, world: World, desk: str) -> None:
        with ThreadPoolExecutor(8) as callers:
            answers = list(callers.map(lambda _: set_status(world, "available", desk), range(8)))
        assert {answer.status_code for answer in answers} == {200}
        assert AvailabilityChange.objects.count() == 1

    @pytest.mark.parametrize("where", ["params", "data", "json"])
    def test_is_told_in_the_query_a_form_or_json(self, world: World, desk: str, where: str) -> None:
        told: Any = {where: {"status": "away"}}
        assert world.ask("PUT", "/1.0/status", token=desk, **told).status_code == 200

    def test_needs_a_status(self, world: World, desk: str) -> None:
        is_refused(set_status(world, "", desk), 400, "missing_parameter", "status")

    @pytest.mark.parametrize("name", ["busy", "AVAILABLE", "null", "0"])
    def test_needs_one_that_there_is(self, world: World, desk: str, name: str) -> None:
        words = "Parameter status must be available or away."
        is_refused(set_status(world, name, desk), 400, "invalid_parameter", words)

    def test_is_not_for_a_service_user(self, world: World) -> None:
        is_refused(set_status(world, "available"), 403, "forbidden", "token:test bot is no agent")
        assert not Availability.objects.exists()

    def test_needs_the_right_to_reply(self, world: World) -> None:
        reader = tokens.issue("reader", staff=agent_user("ana"), rights=["read", "handover"])
        is_refused(set_status(world, "available", reader), 403, "forbidden")


class TestAPageWhereAgentsHaveToBeThere:
    def test_refuses_bots_while_nobody_is_available(self, world: World, ana: User) -> None:
        page_needs_agents()
        is_refused(world.bot_to_agent(), 422, "no_agent_available", NOBODY)
        assert world.graph_calls() == []

    @pytest.mark.parametrize("state", AvailabilityState)
    def test_hands_over_while_somebody_is(self, world: World, ana: User, state: AvailabilityState) -> None:
        page_needs_agents()
        says(ana, state)
        assert world.bot_to_agent().status_code == (200 if state == AVAILABLE else 422)

    def test_keeps_a_record_of_the_refusal_and_counts_its_repeats(self, world: World) -> None:
        page_needs_agents()
        answers = [world.bot_to_agent() for _ in range(3)]
        assert len({answer.headers["Handover-Id"] for answer in answers}) == 1
        handover = world.handover_of(answers[0])
        assert (handover.state, handover.error) == (HandoverState.REFUSED, "no_agent_available")
        assert (handover.outcome, handover.repeats) == (NOBODY, 2)
        assert world.thread.events.filter(cause="refused by rule: no_agent_available").count() == 1

    def test_explains_itself_in_a_dry_run(self, world: World) -> None:
        page_needs_agents()
        dry, real = world.bot_to_agent(dry_run="1"), world.bot_to_agent()
        assert {key: value for key, value in dry.json().items() if key != "plan"} == real.json()
        assert dry.json()["plan"]["rules"][-1] == {
            "name": "agent_available",
            "holds": False,
            "because": NOBODY,
        }

    def test_does_not_ask_facebook_about_a_stranger(self, world: World) -> None:
        page_needs_agents()
        answer = world.hand_over("bot", "agent", identity_foreign_id="404")
        is_refused(answer, 422, "no_agent_available")
        assert world.graph_calls() == []
        assert not Handover.objects.exists()

    def test_answers_a_repeat_while_the_first_is_under_way(self, world: World, ana: User) -> None:
        page_needs_agents()
        says(ana, AVAILABLE)
        first = world.bot_to_agent()
        says(ana, AWAY)
        second = world.bot_to_agent()
        assert second.status_code == 200
        assert second.headers["Handover-Id"] == first.headers["Handover-Id"]

    def test_grants_what_was_asked_for_before(self, world: World, ana: User) -> None:
        page_needs_agents()
        says(ana, AVAILABLE)
        answer = world.bot_to_agent()
        says(ana, AWAY)
        world.bot_passes_to_us()
        assert world.handover_of(answer).state == HandoverState.COMPLETED
        assert world.bot_to_agent().status_code == 200

    def test_gives_threads_back_at_any_time(self, world: World) -> None:
        world.bot_passes_to_us()
        page_needs_agents()
        assert world.agent_to_bot().status_code == 200
        assert world.truth == BOT

    def test_is_no_other_pages_business(self, world: World) -> None:
        assert world.bot_to_agent().status_code == 200


class TestOpeningHours:
    """Monday to Friday from nine to six in Vienna, where it is UTC+1 in November; ana is always available."""

    @pytest.fixture(autouse=True)
    def hours(self, world: World, ana: User) -> None:
        page_needs_agents(opening_hours="Mon-Fri 09:00-18:00", time_zone="Europe/Vienna")
        says(ana, AVAILABLE)

    def plan(self, world: World, now: str) -> requests.Response:
        with time_machine.travel(datetime.fromisoformat(now).replace(tzinfo=UTC)):
            return world.bot_to_agent(dry_run="1")

    @pytest.mark.parametrize("now", ["2026-11-24 08:00", "2026-11-27 16:59:59"])
    def test_let_bots_hand_over_while_the_page_is_open(self, world: World, now: str) -> None:
        assert self.plan(world, now).status_code == 200

    @pytest.mark.parametrize(
        ("now", "opens"),
        [
            ("2026-11-24 07:59:59", "2026-11-24T08:00:00Z (Tuesday 09:00, Europe/Vienna)"),
            ("2026-11-27 17:00", "2026-11-30T08:00:00Z (Monday 09:00, Europe/Vienna)"),
        ],
    )
    def test_tell_when_the_page_opens_next(self, world: World, now: str, opens: str) -> None:
        answer = self.plan(world, now)
        assert (answer.status_code, answer.json()["error"]) == (422, "no_agent_available")
        assert answer.json()["message"] == (
            f"The page is outside its opening hours; it opens next at {opens}."
        )

    def test_do_not_make_up_for_an_agent(self, world: World, ana: User) -> None:
        says(ana, AWAY)
        answer = self.plan(world, "2026-11-24 08:00")
        assert answer.json()["message"] == NOBODY

    def test_say_nothing_where_the_page_does_not_ask(self, world: World) -> None:
        Source.objects.update(needs_agent=False)
        assert self.plan(world, "2026-11-28 08:00").status_code == 200
