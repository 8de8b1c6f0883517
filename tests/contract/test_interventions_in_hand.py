"""Interventions over HTTP: what agents do with one while they have it, and how it is found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from handover.models import Intervention
from handover.wire_ids import key_of, wire_id
from tests.contract.engaging import (
    EMPTY_FORM,
    NOBODYS,
    change,
    changed,
    names_in_history,
    opened,
    reply,
    staged,
)
from tests.contract.test_handover_requests import is_refused
from tests.people import agent_user
from tests.world import World


@pytest.fixture
def world(world: World) -> World:
    return staged(world)


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
        event = world.thread.events.get(name="intervention.user_updated")
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
        event = world.thread.events.get(name="intervention_comment.created")
        assert (event.cause, event.text.body) == ("note by desk", {"comment": "Ring her"})
        assert names_in_history(world) == ["intervention.opened", "intervention_comment.created"]

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
