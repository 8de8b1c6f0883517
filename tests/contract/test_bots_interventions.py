"""`bots/engage` and `bots/complete`: the bot's own intervention, in nobody's way; threads' categories."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from handover import tokens
from handover.models import Content, Handover, Intervention
from handover.wire_ids import wire_id
from tests.contract.engaging import (
    EMPTY_FORM,
    NOBODYS,
    content_id,
    names_in_history,
    opened,
    other_pages_token,
    post,
    thread_id,
)
from tests.contract.test_handover_requests import is_refused
from tests.people import agent_user
from tests.world import BOT, MAYA, PAGE, World

SUCCESS = {"status": 200, "message": "Success"}
PLACES = pytest.mark.parametrize("place", ["params", "data", "json"])


@pytest.fixture
def world(world: World) -> World:
    """Maya has written to the bot."""
    world.build()
    world.maya_writes("Where is my parcel?")
    world.token = tokens.issue("acme bot", rights=["handover"])
    return world


def engaged(world: World, **options: Any) -> dict[str, Any]:
    answer = post(world, "bots/engage", params={"content_id": content_id(world)}, **options)
    assert answer.status_code == 200, answer.text
    record: dict[str, Any] = answer.json()
    return record


def desk() -> str:
    return tokens.issue("desk", staff=agent_user("ana"))


def status_of(record: dict[str, Any]) -> str:
    return Intervention.objects.get(pk=int(record["id"], 16)).status


class TestEngaging:
    @PLACES
    def test_opens_an_intervention_of_the_bots_own(self, world: World, place: str) -> None:
        sent: dict[str, Any] = {place: {"content_id": content_id(world)}}
        record = post(world, "bots/engage", **sent).json()
        assert (record["bots_own"], record["status"], record["closed"]) == (True, "opened", False)
        assert (record["content_id"], record["thread_id"]) == (content_id(world), thread_id(world))
        assert names_in_history(world) == ["intervention.opened"]

    def test_again_is_answered_with_the_same(self, world: World) -> None:
        assert engaged(world, headers=EMPTY_FORM) == engaged(world)
        assert names_in_history(world) == ["intervention.opened"]

    def test_by_another_bot_takes_its_place(self, world: World) -> None:
        first = engaged(world)
        world.token = tokens.issue("other bot")
        assert engaged(world)["id"] != first["id"]
        assert status_of(first) == "closed"

    def test_keeps_nobody_from_handing_over(self, world: World) -> None:
        engaged(world)
        assert world.bot_to_agent().status_code == 200
        world.bot_passes_to_us()
        assert world.agent_to_bot().status_code == 200

    def test_waits_for_no_handover(self, world: World) -> None:
        Handover.objects.create(
            source=world.thread.source,
            thread=world.thread,
            from_party="agent",
            to_party="bot",
            requested_at=timezone.now(),
            lease_until=timezone.now() + timedelta(seconds=20),
        )
        assert engaged(world)["status"] == "opened"

    def test_ends_when_a_person_opens_one(self, world: World) -> None:
        own = engaged(world)
        persons = opened(world, token=desk())
        assert (status_of(own), persons["status"]) == ("closed", "opened")
        assert names_in_history(world) == [
            "intervention.opened",
            "intervention.closed",
            "intervention.opened",
        ]

    def test_is_refused_while_a_person_has_one(self, world: World) -> None:
        opened(world, token=desk())
        answer = post(world, "bots/engage", data={"content_id": content_id(world)})
        is_refused(answer, 422, "intervention_engaged", "ana has it")

    def test_needs_a_message(self, world: World) -> None:
        is_refused(post(world, "bots/engage", headers=EMPTY_FORM), 400, "missing_parameter", "content_id")

    @pytest.mark.parametrize("wrong", NOBODYS)
    def test_needs_a_message_that_there_is(self, world: World, wrong: str) -> None:
        is_refused(post(world, "bots/engage", json={"content_id": wrong}), 404, "not_found")


class TestCompleting:
    @PLACES
    def test_closes_it_and_adds_categories(self, world: World, place: str) -> None:
        own, token = engaged(world), desk()
        path = f"/1.0/content_threads/{thread_id(world)}/update_categories"
        world.ask("PUT", path, token=token, data={"thread_category_ids[]": ["a", "b"]})
        sent: dict[str, Any] = {
            place: {
                "intervention_id": own["id"],
                "close_thread": "true",
                "thread_category_ids[]": ["b", "c"],
            }
        }
        answer = post(world, "bots/complete", **sent)
        assert (answer.status_code, answer.json()) == (200, SUCCESS)
        assert status_of(own) == "closed"
        assert world.thread.thread_category_ids == ["a", "b", "c"]
        assert names_in_history(world) == ["intervention.opened", "intervention.closed"]

    def test_needs_no_reply_and_no_more_than_the_id(self, world: World) -> None:
        own = engaged(world)
        params = {"intervention_id": own["id"]}
        assert post(world, "bots/complete", params=params, headers=EMPTY_FORM).json() == SUCCESS

    def test_of_a_completed_one_is_refused(self, world: World) -> None:
        own = {"intervention_id": engaged(world)["id"]}
        post(world, "bots/complete", data=own)
        is_refused(post(world, "bots/complete", data=own), 403, "forbidden", "closed already")

    def test_of_a_persons_is_refused_and_adds_no_category(self, world: World) -> None:
        persons = opened(world, token=desk())
        sent = {"intervention_id": persons["id"], "thread_category_ids": ["a"]}
        is_refused(post(world, "bots/complete", json=sent), 403, "forbidden", "a person's")
        assert (status_of(persons), world.thread.thread_category_ids) == ("opened", [])

    def test_needs_the_id(self, world: World) -> None:
        answer = post(world, "bots/complete", headers=EMPTY_FORM)
        is_refused(answer, 400, "missing_parameter", "intervention_id")

    @pytest.mark.parametrize("wrong", NOBODYS)
    def test_needs_an_id_that_there_is(self, world: World, wrong: str) -> None:
        is_refused(post(world, "bots/complete", json={"intervention_id": wrong}), 404, "not_found")

    @pytest.mark.parametrize("wrong", [{"close_thread": "perhaps"}, {"thread_category_ids[]": ["x" * 65]}])
    def test_refuses_what_is_malformed(self, world: World, wrong: dict[str, Any]) -> None:
        own, (name,) = engaged(world), wrong
        answer = post(world, "bots/complete", json={"intervention_id": own["id"], **wrong})
        is_refused(answer, 400, "invalid_parameter", name)
        assert status_of(own) == "opened"


class TestTheBotsOwnAndAgents:
    def test_its_replies_are_the_bots(self, world: World) -> None:
        own = engaged(world)
        world.facebook.app_sends(BOT, PAGE, MAYA, "On its way")
        world.settle()
        record = world.ask("GET", f"/1.0/interventions/{own['id']}", token=desk()).json()
        assert record["user_replies_count"] == 1
        assert record["first_user_reply_id"] == wire_id(Content.objects.get(author="bot").pk)

    @pytest.mark.parametrize("action", ["defer", "reactivate"])
    def test_it_is_not_put_aside(self, world: World, action: str) -> None:
        own = engaged(world)
        answer = world.ask("PUT", f"/1.0/interventions/{own['id']}/{action}", token=desk())
        is_refused(answer, 403, "forbidden", "the bot's own")


class TestWhoMay:
    @pytest.mark.parametrize("path", ["bots/engage", "bots/complete"])
    def test_it_takes_the_right_to_hand_over(self, world: World, path: str) -> None:
        world.token = tokens.issue("agent", rights=["reply", "read"])
        is_refused(post(world, path), 403, "forbidden", "handover")

    def test_what_is_on_another_page_is_not_there(self, world: World) -> None:
        own = engaged(world)
        world.token = other_pages_token()
        is_refused(post(world, "bots/engage", data={"content_id": content_id(world)}), 404, "not_found")
        is_refused(post(world, "bots/complete", data={"intervention_id": own["id"]}), 404, "not_found")

    @pytest.mark.parametrize("path", ["bots/engage", "bots/complete"])
    def test_another_method_is_refused(self, world: World, path: str) -> None:
        answer = world.ask("GET", f"/1.0/{path}")
        is_refused(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == "POST"


class TestCategories:
    def update(self, world: World, **options: Any) -> Any:
        return world.ask("PUT", f"/1.0/content_threads/{thread_id(world)}/update_categories", **options)

    @PLACES
    def test_replace_those_that_the_thread_had(self, world: World, place: str) -> None:
        for ids in (["a", "b"], ["c", "c"]):
            sent: dict[str, Any] = {place: {"thread_category_ids[]": ids}}
            record = self.update(world, **sent).json()
        assert record["thread_category_ids"] == record["category_ids"] == ["c"]
        assert record == world.ask("GET", "/1.0/content_threads", token=desk()).json()["records"][0]
        assert world.thread.events.filter(name="content_thread.recategorized").count() == 2

    @pytest.mark.parametrize(
        "nothing",
        [{"json": {"thread_category_ids": []}}, {"data": {"thread_category_ids[]": ""}}],
    )
    def test_are_taken_off_by_an_empty_list(self, world: World, nothing: dict[str, Any]) -> None:
        self.update(world, data={"thread_category_ids[]": "a"})
        assert self.update(world, **nothing).json()["thread_category_ids"] == []

    def test_alike_are_no_change(self, world: World) -> None:
        for _ in range(2):
            self.update(world, data={"thread_category_ids[]": "a"})
        assert world.thread.events.filter(name="content_thread.recategorized").count() == 1

    def test_must_be_named(self, world: World) -> None:
        answer = self.update(world, headers=EMPTY_FORM)
        is_refused(answer, 400, "missing_parameter", "thread_category_ids[]")
        answer = self.update(world, json={"thread_category_ids": [["x"]]})
        is_refused(answer, 400, "invalid_parameter", "thread_category_ids")

    def test_take_the_right_to_reply_or_to_hand_over(self, world: World) -> None:
        world.token = tokens.issue("reader", rights=["read"])
        is_refused(self.update(world), 403, "forbidden", "reply or handover")

    @pytest.mark.parametrize("wrong", NOBODYS)
    def test_of_an_unknown_thread_are_not_found(self, world: World, wrong: str) -> None:
        path = f"/1.0/content_threads/{wrong}/update_categories"
        is_refused(world.ask("PUT", path, data={"thread_category_ids[]": "a"}), 404, "not_found")

    def test_of_another_pages_thread_are_not_found(self, world: World) -> None:
        world.token = other_pages_token()
        is_refused(self.update(world, data={"thread_category_ids[]": "a"}), 404, "not_found")
