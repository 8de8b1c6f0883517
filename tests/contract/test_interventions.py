"""Interventions over HTTP: a person's, and what agents do with them."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from django.utils import timezone

from handover import history, interventions, tokens
from handover.actors import SYSTEM
from handover.models import Content, Handover, Intervention, Source
from handover.wire_ids import key_of, wire_id
from tests.contract.test_handover_requests import is_refused
from tests.people import agent_user
from tests.world import AGENT, MAYA, PAGE, World

NOBODYS = ["f" * 24, "0" * 24, "1", "nonsense", "0" * 20 + "9999"]
CHANGES = [
    ("PUT", "close"),
    ("DELETE", "cancel"),
    ("PUT", "defer"),
    ("PUT", "reactivate"),
    ("PUT", "reassign"),
    ("POST", "notes"),
]
EMPTY_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": "0"}


@pytest.fixture
def world(world: World) -> World:
    """Maya has written, and our app holds her thread."""
    world.build()
    world.maya_writes("Where is my parcel?")
    world.bot_passes_to_us()
    world.facebook.forget()
    world.token = tokens.issue("desk", staff=agent_user("ana"))
    return world


def thread_id(world: World) -> str:
    return wire_id(world.thread.pk)


def content_id(world: World) -> str:
    return wire_id(Content.objects.get(author="customer").pk)


def post(world: World, path: str, **options: Any) -> requests.Response:
    return world.ask("POST", f"/1.0/{path}", **options)


def opened(world: World, **options: Any) -> dict[str, Any]:
    answer = post(world, "interventions", params={"thread_id": thread_id(world)}, **options)
    assert answer.status_code == 200, answer.text
    record: dict[str, Any] = answer.json()
    return record


def change(
    world: World, record: dict[str, Any], method: str, action: str, **options: Any
) -> requests.Response:
    return world.ask(method, f"/1.0/interventions/{record['id']}/{action}", **options)


def changed(world: World, record: dict[str, Any], method: str, action: str, **options: Any) -> dict[str, Any]:
    answer = change(world, record, method, action, **options)
    assert answer.status_code == 200, answer.text
    after: dict[str, Any] = answer.json()
    return after


def reply(world: World, text: str = "On its way") -> None:
    world.facebook.app_sends(AGENT, PAGE, MAYA, text)
    world.settle()


def names_in_history(world: World) -> list[str]:
    """The lines about interventions, oldest first; the chain is whole."""
    assert list(history.breaks(world.thread)) == []
    return list(
        world.thread.events.filter(name__startswith="intervention.")
        .order_by("seq")
        .values_list("name", flat=True)
    )


def other_pages_token() -> str:
    other = Source.objects.create(channel_type="messenger", foreign_id="9", name="Other")
    return tokens.issue("other page", sources=[other])


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

    def test_waits_for_no_handover_that_is_being_carried_out(self, world: World) -> None:
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


class TestDeferring:
    def test_puts_it_aside_until_it_is_reactivated(self, world: World) -> None:
        record = opened(world)
        after = changed(world, record, "PUT", "defer", headers=EMPTY_FORM)
        assert (after["status"], after["closed"], after["deferred_until"]) == ("deferred", False, None)
        assert after["deferred_at"]
        after = changed(world, record, "PUT", "reactivate", headers=EMPTY_FORM)
        assert (after["status"], after["deferred_at"]) == ("opened", None)
        assert names_in_history(world)[1:] == ["intervention.deferred", "intervention.reactivated"]

    @pytest.mark.parametrize("place", ["params", "data", "json"])
    def test_until_a_time_ends_by_itself(self, world: World, place: str) -> None:
        record = opened(world)
        until = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)
        sent: dict[str, Any] = {place: {"until": until.strftime("%Y-%m-%dT%H:%M:%SZ")}}
        after = changed(world, record, "PUT", "defer", **sent)
        assert after["deferred_until"] == until.strftime("%Y-%m-%dT%H:%M:%SZ")
        world.work()
        assert world.get(f"/1.0/interventions/{record['id']}")["status"] == "deferred"
        Intervention.objects.update(deferred_until=timezone.now() - timedelta(seconds=1))
        world.work()
        after = world.get(f"/1.0/interventions/{record['id']}")
        assert (after["status"], after["deferred_at"], after["deferred_until"]) == ("opened", None, None)
        assert world.thread.events.get(name="intervention.reactivated").actor_kind == "system"

    def test_may_take_an_offset_and_be_put_off_further(self, world: World) -> None:
        record = opened(world)
        changed(world, record, "PUT", "defer")
        until = (datetime.now(UTC) + timedelta(hours=5)).replace(microsecond=0)
        sent = {"until": f"{until + timedelta(hours=2):%Y-%m-%dT%H:%M:%S}+02:00"}
        after = changed(world, record, "PUT", "defer", json=sent)
        assert after["deferred_until"] == until.strftime("%Y-%m-%dT%H:%M:%SZ")
        assert names_in_history(world)[1:] == ["intervention.deferred"] * 2

    def test_twice_alike_is_once(self, world: World) -> None:
        record = opened(world)
        first = changed(world, record, "PUT", "defer")
        assert changed(world, record, "PUT", "defer") == first
        assert names_in_history(world)[1:] == ["intervention.deferred"]

    def test_reactivating_what_is_not_deferred_changes_nothing(self, world: World) -> None:
        record = opened(world)
        assert changed(world, record, "PUT", "reactivate") == record
        assert names_in_history(world) == ["intervention.opened"]

    @pytest.mark.parametrize(
        "until",
        [
            *("soon", "1", "2001-01-01T00:00:00Z", "2400-01-01T00:00:00Z", "9999-12-31T23:59:59-10:00"),
            *("2030-01-01", "2030-01-01T00:00:00", "0001-01-01T00:00:00+10:00", "٢٠٢٦-11-24T00:00:00Z"),
        ],
    )
    def test_until_nonsense_is_refused(self, world: World, until: str) -> None:
        record = opened(world)
        answer = change(world, record, "PUT", "defer", json={"until": until})
        is_refused(answer, 400, "invalid_parameter", "until")

    @pytest.mark.parametrize("action", ["defer", "reactivate"])
    def test_of_what_is_over_is_refused(self, world: World, action: str) -> None:
        record = opened(world)
        Intervention.objects.update(status="closed")
        is_refused(change(world, record, "PUT", action), 403, "forbidden", "closed already")


class TestReassigning:
    @pytest.mark.parametrize("place", ["params", "data", "json"])
    def test_makes_it_another_users(self, world: World, place: str) -> None:
        record, lee = opened(world), agent_user("lee")
        sent: dict[str, Any] = {place: {"user_id": wire_id(lee.pk)}}
        assert changed(world, record, "PUT", "reassign", **sent)["user_id"] == wire_id(lee.pk)
        event = world.thread.events.get(name="intervention.assigned")
        assert event.cause == "assigned to lee by desk"
        is_refused(world.agent_to_bot(), 422, "intervention_engaged", "lee has it")

    def test_to_whoever_has_it_changes_nothing(self, world: World) -> None:
        record = opened(world)
        assert changed(world, record, "PUT", "reassign", data={"user_id": record["user_id"]}) == record
        assert names_in_history(world) == ["intervention.opened"]

    def test_needs_a_user(self, world: World) -> None:
        record = opened(world)
        answer = change(world, record, "PUT", "reassign", headers=EMPTY_FORM)
        is_refused(answer, 400, "missing_parameter", "user_id")

    @pytest.mark.parametrize("wrong", NOBODYS)
    def test_needs_a_user_that_there_is(self, world: World, wrong: str) -> None:
        record = opened(world)
        is_refused(change(world, record, "PUT", "reassign", json={"user_id": wrong}), 404, "not_found")

    def test_needs_a_user_who_can_still_log_in(self, world: World) -> None:
        record, gone = opened(world), User.objects.create_user("gone", is_active=False)
        answer = change(world, record, "PUT", "reassign", data={"user_id": wire_id(gone.pk)})
        is_refused(answer, 404, "not_found")

    def test_of_what_is_over_is_refused(self, world: World) -> None:
        record = opened(world)
        Intervention.objects.update(status="closed")
        sent = {"user_id": wire_id(agent_user("lee").pk)}
        is_refused(change(world, record, "PUT", "reassign", data=sent), 403, "forbidden", "closed")


class TestNotes:
    @pytest.mark.parametrize("place", ["params", "data", "json"])
    def test_are_listed_with_the_intervention(self, world: World, place: str) -> None:
        record = opened(world)
        sent: list[dict[str, Any]] = [{place: {"body": text}} for text in ("Ring her\n\u00e9", "\U0001f600")]
        notes = [changed(world, record, "POST", "notes", **one) for one in sent]
        assert notes[0] == {
            "id": notes[0]["id"],
            "created_at": notes[0]["created_at"],
            "updated_at": notes[0]["updated_at"],
            "intervention_id": record["id"],
            "thread_id": record["thread_id"],
            "identity_id": record["identity_id"],
            "user_id": record["user_id"],
            "body": "Ring her\n\u00e9",
        }
        after = world.get(f"/1.0/interventions/{record['id']}")
        assert (after["comments_count"], after["comments"]) == (2, notes)
        assert world.get("/1.0/interventions")["records"][0] == after

    def test_stand_in_the_history_with_their_text_aside(self, world: World) -> None:
        record = opened(world)
        changed(world, record, "POST", "notes", data={"body": "Ring her"})
        event = world.thread.events.get(name="intervention.commented")
        assert (event.cause, event.text.body) == ("note by desk", {"comment": "Ring her"})
        assert names_in_history(world) == ["intervention.opened", "intervention.commented"]

    def test_may_be_left_on_what_is_closed(self, world: World) -> None:
        record = opened(world)
        reply(world)
        changed(world, record, "PUT", "close")
        assert changed(world, record, "POST", "notes", data={"body": "Was fine"})["body"] == "Was fine"

    def test_need_a_text(self, world: World) -> None:
        record = opened(world)
        is_refused(change(world, record, "POST", "notes", headers=EMPTY_FORM), 400, "missing_parameter")
        for wrong in (" \n", "x" * 5001):
            answer = change(world, record, "POST", "notes", json={"body": wrong})
            is_refused(answer, 400, "invalid_parameter", "body")

    def test_store_what_no_database_takes_as_something_else(self, world: World) -> None:
        record = opened(world)
        assert (
            changed(world, record, "POST", "notes", json={"body": "a\x00\ud800"})["body"] == "a\ufffd\ufffd"
        )


class TestTheList:
    def test_comes_newest_first_in_the_paging_envelope(self, world: World) -> None:
        records = []
        for _ in range(3):
            records.insert(0, opened(world))
            Intervention.objects.update(status="closed")
        page = world.get("/1.0/interventions", limit=2, offset=1)
        assert list(page) == ["count", "offset", "limit", "records"]
        assert (page["count"], page["offset"], page["limit"]) == (3, 1, 2)
        assert [record["id"] for record in page["records"]] == [record["id"] for record in records[1:]]

    def test_is_sorted_by_the_last_change_where_that_is_wanted(self, world: World) -> None:
        first = opened(world)
        Intervention.objects.update(status="closed")
        second = opened(world)
        Intervention.objects.filter(pk=key_of(first["id"])).update(
            updated_at=timezone.now() + timedelta(hours=1)
        )
        for sort, expected in [("created_at", [second, first]), ("updated_at", [first, second])]:
            records = world.get("/1.0/interventions", sort=sort)["records"]
            assert [record["id"] for record in records] == [record["id"] for record in expected]

    @pytest.mark.parametrize(
        ("status", "found"),
        [
            ("opened", {"active", "opened"}),
            ("closing", {"active", "opened"}),
            ("deferred", {"deferred", "opened"}),
            ("closed", {"closed"}),
            ("cancelled", set()),
        ],
    )
    def test_is_filtered_by_status(self, world: World, status: str, found: set[str]) -> None:
        opened(world)
        Intervention.objects.update(status=status)
        names = ["active", "opened", "deferred", "closed"]
        assert {n for n in names if world.get("/1.0/interventions", status=n)["count"]} == found

    @pytest.mark.parametrize("name", ["identity_id", "thread_id", "user_id"])
    def test_is_filtered_by_ids(self, world: World, name: str) -> None:
        record = opened(world)
        assert world.get("/1.0/interventions", **{name: record[name], "status": "active"})["count"] == 1
        assert world.get("/1.0/interventions", **{name: wire_id(999)})["count"] == 0
        answer = world.ask("GET", "/1.0/interventions", params={name: "x"})
        is_refused(answer, 400, "invalid_parameter", name)

    @pytest.mark.parametrize("name", ["identity_id[]", "identity_id"])
    def test_is_filtered_by_several_people(self, world: World, name: str) -> None:
        record = opened(world)
        for ids in ([wire_id(999), record["identity_id"]], f"{wire_id(999)},{record['identity_id']}"):
            assert world.get("/1.0/interventions", **{name: ids})["count"] == 1
        answer = world.ask("GET", "/1.0/interventions", params={name: ",".join([wire_id(1)] * 101)})
        is_refused(answer, 400, "invalid_parameter", "identity_id")

    @pytest.mark.parametrize("wrong", [{"status": "engaged"}, {"sort": "status"}, {"limit": "x"}])
    def test_refuses_what_is_malformed(self, world: World, wrong: dict[str, str]) -> None:
        (name,) = wrong
        is_refused(world.ask("GET", "/1.0/interventions", params=wrong), 400, "invalid_parameter", name)

    def test_costs_no_more_statements_where_it_is_longer(
        self, world: World, client: Any, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(4):
            record = opened(world)
            changed(world, record, "POST", "notes", data={"body": "x"})
            Intervention.objects.update(status="closed")
        with django_assert_max_num_queries(7):
            answer = client.get("/1.0/interventions", {"access_token": world.token})
        assert answer.json()["count"] == 4


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
