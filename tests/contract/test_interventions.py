"""Interventions over HTTP: how a person's begins and ends, and who may."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from django.utils import timezone

from handover import interventions, tokens
from handover.actors import SYSTEM
from handover.models import Content, Handover, Intervention
from handover.wire_ids import key_of, wire_id
from tests.contract.engaging import (
    CHANGES,
    EMPTY_FORM,
    NOBODYS,
    change,
    changed,
    content_id,
    names_in_history,
    opened,
    other_pages_token,
    post,
    reply,
    staged,
    thread_id,
)
from tests.contract.test_handover_requests import is_refused
from tests.people import agent_user
from tests.world import PAGE, World


@pytest.fixture
def world(world: World) -> World:
    return staged(world)


class TestOpening:
    @pytest.mark.parametrize("by", [content_id, thread_id])
    @pytest.mark.parametrize("place", ["params", "data", "json"])
    def test_is_by_message_or_by_thread_from_query_form_or_json(
        self, world: World, by: Any, place: str
    ) -> None:
        sent: dict[str, Any] = {place: {by.__name__: by(world)}}
        record = post(world, "interventions", **sent).json()
        assert record["thread_id"] == thread_id(world)
        assert record["content_id"] == (content_id(world) if by is content_id else None)

    def test_in_the_query_may_come_with_an_empty_form(self, world: World) -> None:
        params = {"content_id": content_id(world)}
        assert post(world, "interventions", params=params, headers=EMPTY_FORM).status_code == 200

    def test_is_answered_with_the_record(self, world: World) -> None:
        record = opened(world)
        assert record == {
            "id": record["id"],
            "created_at": record["created_at"],
            "updated_at": record["updated_at"],
            "source_id": wire_id(world.thread.source_id),
            "thread_id": thread_id(world),
            "content_id": None,
            "identity_id": wire_id(world.identity.pk),
            "identity_group_id": None,
            "user_id": wire_id(agent_user("ana").pk),
            "bots_own": False,
            "status": "opened",
            "closed": False,
            "closed_at": None,
            "deferred_at": None,
            "deferred_until": None,
            "category_ids": [],
            "custom_fields": {},
            "user_replies_count": 0,
            "first_user_reply_id": None,
            "comments_count": 0,
            "comments": [],
        }
        assert re.fullmatch("[0-9a-f]{24}", record["id"])
        assert world.get(f"/1.0/interventions/{record['id']}") == record

    def test_asks_facebook_nothing_and_is_a_line_of_history(self, world: World) -> None:
        record = opened(world)
        assert world.graph_calls() == []
        event = world.thread.events.get(name="intervention.opened")
        assert (event.actor_kind, event.actor_label, event.cause) == ("token", "desk", "opened by ana")
        assert event.intervention_id == key_of(record["id"])

    def test_keeps_the_thread_from_the_bot_until_it_is_over(self, world: World) -> None:
        record = opened(world)
        is_refused(world.agent_to_bot(), 422, "intervention_engaged", "ana has it")
        changed(world, record, "PUT", "defer")
        is_refused(world.agent_to_bot(), 422, "intervention_engaged", "ana has it (deferred)")
        changed(world, record, "DELETE", "cancel")
        assert world.agent_to_bot().status_code == 200

    def test_of_a_second_one_is_refused_and_says_who_has_the_first_and_since_when(self, world: World) -> None:
        record = opened(world)
        is_refused(
            post(world, "interventions", json={"content_id": content_id(world)}),
            422,
            "intervention_engaged",
            f"ana has it (opened) since {record['created_at']}",
        )

    @pytest.mark.parametrize("status", ["deferred", "closing"])
    def test_is_refused_while_one_is_deferred_or_closing(self, world: World, status: str) -> None:
        opened(world)
        Intervention.objects.update(status=status)
        answer = post(world, "interventions", data={"thread_id": thread_id(world)})
        is_refused(answer, 422, "intervention_engaged", status)

    def test_by_two_at_once_succeeds_for_one(self, world: World) -> None:
        asked = {"thread_id": thread_id(world)}
        address, headers = f"{world.url}/1.0/interventions", {"Authorization": f"Bearer {world.token}"}
        with ThreadPoolExecutor(4) as pool:
            answers = list(
                pool.map(lambda _: requests.post(address, asked, headers=headers, timeout=30), range(4))
            )
        assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]
        assert Intervention.objects.count() == 1

    def test_is_refused_while_a_handover_is_being_carried_out(self, world: World) -> None:
        running = Handover.objects.create(
            source=world.thread.source,
            thread=world.thread,
            from_party="agent",
            to_party="bot",
            requested_at=timezone.now(),
            lease_until=timezone.now() + timedelta(seconds=20),
        )
        answer = post(world, "interventions", data={"thread_id": thread_id(world)})
        is_refused(answer, 409, "handover_in_progress")
        assert answer.headers["Handover-Id"] == wire_id(running.pk)

    def test_needs_a_message_or_a_thread(self, world: World) -> None:
        is_refused(post(world, "interventions", headers=EMPTY_FORM), 400, "missing_parameter", "content_id")

    @pytest.mark.parametrize("name", ["content_id", "thread_id"])
    @pytest.mark.parametrize("wrong", NOBODYS)
    def test_needs_one_that_there_is(self, world: World, name: str, wrong: str) -> None:
        is_refused(post(world, "interventions", json={name: wrong}), 404, "not_found")

    @pytest.mark.parametrize("by", [content_id, thread_id])
    def test_does_not_find_those_of_a_page_that_the_token_has_not(self, world: World, by: Any) -> None:
        answer = post(world, "interventions", data={by.__name__: by(world)}, token=other_pages_token())
        is_refused(answer, 404, "not_found")

    def test_needs_a_message_of_the_thread_where_both_are_named(self, world: World) -> None:
        world.facebook.customer_writes(PAGE, "24002", "Hello")
        world.settle()
        other = Content.objects.get(body="Hello")
        sent = {"content_id": wire_id(other.pk), "thread_id": thread_id(world)}
        is_refused(post(world, "interventions", data=sent), 400, "invalid_parameter", "content_id")
        sent["thread_id"] = wire_id(other.thread_id)
        assert post(world, "interventions", data=sent).json()["thread_id"] == sent["thread_id"]


class TestClosing:
    def test_is_possible_once_our_app_has_sent_a_message(self, world: World) -> None:
        record = opened(world)
        reply(world)
        reply(world, "Anything else?")
        after = changed(world, record, "PUT", "close", headers=EMPTY_FORM)
        first = Content.objects.get(body="On its way")
        assert (after["status"], after["closed"], after["user_replies_count"]) == ("closed", True, 2)
        assert after["first_user_reply_id"] == wire_id(first.pk)
        assert after["closed_at"]
        assert world.get(f"/1.0/interventions/{record['id']}") == after
        assert names_in_history(world) == ["intervention.opened", "intervention.closed"]
        assert world.agent_to_bot().status_code == 200

    def test_without_a_reply_is_refused(self, world: World) -> None:
        record = opened(world)
        is_refused(change(world, record, "PUT", "close"), 403, "forbidden", "cancel it")
        assert names_in_history(world) == ["intervention.opened"]

    def test_does_not_count_what_was_said_before_or_by_others(self, world: World) -> None:
        reply(world, "Before")
        record = opened(world)
        world.maya_writes("Thanks")
        is_refused(change(world, record, "PUT", "close"), 403, "forbidden")

    def test_does_not_count_what_was_said_afterwards(self, world: World) -> None:
        record = opened(world)
        reply(world)
        changed(world, record, "PUT", "close")
        world.bot_passes_to_us()
        reply(world, "Afterwards")
        assert world.get(f"/1.0/interventions/{record['id']}")["user_replies_count"] == 1

    def test_of_a_closed_one_is_refused(self, world: World) -> None:
        record = opened(world)
        reply(world)
        changed(world, record, "PUT", "close")
        is_refused(change(world, record, "PUT", "close"), 403, "forbidden", "closed already")
        is_refused(change(world, record, "DELETE", "cancel"), 403, "forbidden", "closed already")
        assert names_in_history(world) == ["intervention.opened", "intervention.closed"]

    def test_of_a_deferred_one_leaves_nothing_deferred(self, world: World) -> None:
        record = opened(world)
        reply(world)
        changed(world, record, "PUT", "defer")
        after = changed(world, record, "PUT", "close")
        assert (after["status"], after["deferred_at"]) == ("closed", None)

    def test_at_the_same_moment_as_somebody_else_is_told_so(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The other call comes in between our looking and our lock."""
        record = opened(world)
        reply(world)
        close = interventions.close_intervention

        def after_another(seen: Intervention, *args: Any, **options: Any) -> Intervention:
            close(seen, SYSTEM)
            return close(seen, *args, **options)

        monkeypatch.setattr(interventions, "close_intervention", after_another)
        is_refused(change(world, record, "PUT", "close"), 409, "intervention_in_progress")
        assert names_in_history(world) == ["intervention.opened", "intervention.closed"]

    def test_by_many_at_once_happens_once(self, world: World) -> None:
        record = opened(world)
        reply(world)
        address = f"{world.url}/1.0/interventions/{record['id']}/close"
        headers = {"Authorization": f"Bearer {world.token}"}
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: requests.put(address, headers=headers, timeout=30), range(4)))
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses[0] == 200
        assert set(statuses[1:]) <= {403, 409}
        assert names_in_history(world) == ["intervention.opened", "intervention.closed"]

    def test_lets_another_one_be_opened(self, world: World) -> None:
        first = opened(world)
        reply(world)
        changed(world, first, "PUT", "close")
        assert opened(world)["id"] != first["id"]


class TestCancelling:
    def test_leaves_the_history_alone(self, world: World) -> None:
        record = opened(world)
        after = changed(world, record, "DELETE", "cancel", headers=EMPTY_FORM)
        assert (after["id"], after["status"], after["closed"]) == (record["id"], "cancelled", True)
        assert names_in_history(world) == ["intervention.opened", "intervention.canceled"]
        assert world.get("/1.0/interventions")["count"] == 0
        assert world.get("/1.0/content_threads")["records"][0]["interventions_count"] == 0
        is_refused(world.ask("GET", f"/1.0/interventions/{record['id']}"), 404, "not_found")
        for method, action in CHANGES:
            is_refused(change(world, record, method, action), 404, "not_found")

    def test_is_refused_where_somebody_has_replied(self, world: World) -> None:
        record = opened(world)
        reply(world)
        is_refused(change(world, record, "DELETE", "cancel"), 403, "forbidden", "1 reply")


class TestWhoMay:
    def test_reading_takes_the_right_to_read_and_the_rest_that_to_reply(self, world: World) -> None:
        record, token = opened(world), world.token
        world.token = tokens.issue("reader", rights=["read"])
        assert world.ask("GET", "/1.0/interventions").status_code == 200
        assert world.ask("GET", f"/1.0/interventions/{record['id']}").status_code == 200
        is_refused(post(world, "interventions"), 403, "forbidden", "reply")
        for method, action in CHANGES:
            is_refused(change(world, record, method, action), 403, "forbidden", "reply")
        world.token = tokens.issue("writer", rights=["reply", "handover"])
        is_refused(world.ask("GET", "/1.0/interventions"), 403, "forbidden", "read")
        world.token = token

    def test_somebody_elses_may_be_closed_and_the_history_says_by_whom(self, world: World) -> None:
        record = opened(world)
        reply(world)
        world.token = tokens.issue("supervisor", rights=["reply"])
        after = changed(world, record, "PUT", "close")
        assert after["user_id"] == record["user_id"]
        assert world.thread.events.get(name="intervention.closed").cause == "closed by supervisor"

    def test_a_token_of_no_member_of_staff_acts_as_its_service_user(self, world: World) -> None:
        world.token = tokens.issue("crm")
        record = opened(world)
        assert record["user_id"] == wire_id(User.objects.get(username="token:crm").pk)

    @pytest.mark.parametrize(("method", "action"), CHANGES)
    def test_what_is_on_another_page_is_not_there(self, world: World, method: str, action: str) -> None:
        record = opened(world)
        world.token = other_pages_token()
        assert world.get("/1.0/interventions")["count"] == 0
        is_refused(world.ask("GET", f"/1.0/interventions/{record['id']}"), 404, "not_found")
        is_refused(change(world, record, method, action), 404, "not_found")

    @pytest.mark.parametrize(("method", "action"), CHANGES)
    @pytest.mark.parametrize("wrong", NOBODYS)
    def test_an_unknown_id_is_not_there(self, world: World, method: str, action: str, wrong: str) -> None:
        is_refused(change(world, {"id": wrong}, method, action), 404, "not_found")
        is_refused(world.ask("GET", f"/1.0/interventions/{wrong}"), 404, "not_found")

    @pytest.mark.parametrize(("method", "action"), CHANGES)
    def test_another_method_is_refused(self, world: World, method: str, action: str) -> None:
        answer = change(world, {"id": wire_id(1)}, "GET", action)
        is_refused(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == method
