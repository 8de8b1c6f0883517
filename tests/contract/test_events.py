"""The journal over HTTP: what is in it, what is not, and how it is searched."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from handover import interventions, tokens
from handover.actors import Actor
from handover.models import ApiToken, Handover, Identity, ThreadEvent, ThreadEventText
from handover.wire_ids import wire_id
from tests.contract.engaging import changed, opened, post, thread_id
from tests.contract.test_handover_requests import is_refused
from tests.people import agent_user
from tests.world import AGENT, BOT, MAYA, PAGE, World

REASON = "Lost parcel, call 555 0199"


@pytest.fixture
def world(world: World) -> World:
    """The bot has held Maya's thread, and has passed it on when asked to."""
    world.build()
    world.maya_writes("Where is my parcel?")
    world.facebook.app_sends(BOT, PAGE, MAYA, "I do not know")
    world.settle()
    world.bot_to_agent(reason=REASON)
    world.bot_passes_to_us()
    return world


def events(world: World, q: str = "", **parameters: Any) -> list[dict[str, Any]]:
    answer = world.ask("GET", "/1.0/events", params={"q": q, **parameters})
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["count"] == len(page["records"]) or parameters
    records: list[dict[str, Any]] = page["records"]
    return records


def names(world: World, q: str = "") -> list[str]:
    return [event["name"] for event in events(world, q)]


def event(world: World, name: str) -> dict[str, Any]:
    (found,) = events(world, f"name_in:{name}")
    return found


class TestTheJournal:
    def test_tells_every_change_of_control_newest_first(self, world: World) -> None:
        world.agent_to_bot()
        assert names(world) == [
            "thread_control.passed",
            "thread_control.observed",
            "thread_control.requested",
            "thread_control.inferred",
        ]

    def test_is_the_history_of_all_threads_line_by_line(self, world: World) -> None:
        world.facebook.customer_writes(PAGE, "24002", "Hello")
        world.settle()
        assert [event["id"] for event in events(world)] == [
            wire_id(row.pk) for row in ThreadEvent.objects.order_by("-at", "-pk")
        ]
        assert {event["extra_infos"]["foreign_id"] for event in events(world)} == {MAYA, "24002"}

    def test_tells_the_changes_of_interventions_and_threads_by_engage_digitals_names(
        self, world: World
    ) -> None:
        record = opened(world)
        changed(world, record, "PUT", "defer")
        changed(world, record, "PUT", "reactivate")
        changed(world, record, "PUT", "reassign", params={"user_id": wire_id(agent_user("ben").pk)})
        post(world, f"interventions/{record['id']}/notes", data={"body": "Rings back"})
        changed(world, record, "DELETE", "cancel")
        path = f"/1.0/content_threads/{thread_id(world)}/update_categories"
        world.ask("PUT", path, data={"thread_category_ids[]": "sales"})
        assert names(world)[:8] == [
            "content_thread.recategorized",
            "thread_control.released",
            "intervention.canceled",
            "intervention_comment.created",
            "intervention.user_updated",
            "intervention.reactivated",
            "intervention.deferred",
            "intervention.opened",
        ]
        assert {event["extra_infos"]["intervention_id"] for event in events(world)[1:8]} == {record["id"]}

    def test_tells_of_replies_and_finds_them(self, world: World) -> None:
        opened(world)
        where = {"thread_id": thread_id(world), "body": "On its way"}
        reply = post(world, "contents", json=where).json()
        told = events(world, f"content:{reply['id']}")
        assert [event["name"] for event in told] == ["content.replied"]
        assert told[0]["extra_infos"]["content_id"] == reply["id"]

    def test_does_not_tell_of_somebody_whom_facebook_has_not_confirmed(self, world: World) -> None:
        told = events(world)
        Identity.objects.update(is_known=False)
        assert events(world) == []
        is_refused(world.ask("GET", f"/1.0/events/{told[0]['id']}"), 404, "not_found")

    def test_does_not_tell_what_people_wrote(self, world: World) -> None:
        assert ThreadEventText.objects.get().body == {"reason": REASON}
        assert "parcel" not in world.ask("GET", "/1.0/events").text

    def test_wants_the_right_to_read(self, world: World) -> None:
        token = tokens.issue("bot only", rights=["handover", "reply"])
        is_refused(world.ask("GET", "/1.0/events", token=token), 403, "forbidden", "read")

    def test_can_be_read_page_by_page(self, world: World) -> None:
        whole = events(world)
        in_pages = [one for offset in range(4) for one in events(world, offset=offset, limit=1)]
        assert in_pages == whole


class TestAnEvent:
    def test_of_a_call_tells_what_was_asked_and_answered_for_whom(self, world: World) -> None:
        answer = world.agent_to_bot()
        told = event(world, "thread_control.passed")
        row = world.thread.events.get(name="thread_control.passed")
        assert told == {
            "id": wire_id(row.pk),
            "name": "thread_control.passed",
            "user_id": wire_id(tokens.row_of(world.token).user_id),
            "created_at": told["created_at"],
            "updated_at": told["created_at"],
            "extra_infos": {
                "content_source_id": wire_id(world.thread.source_id),
                "content_thread_id": thread_id(world),
                "identity_id": wire_id(world.identity.pk),
                "foreign_id": MAYA,
                "content_id": None,
                "intervention_id": None,
                "handover_id": answer.headers["Handover-Id"],
                "actor": {"kind": "token", "name": "test bot"},
                "before": {"owner": "agent", "app_id": AGENT, "sure": True},
                "after": {"owner": "bot", "app_id": BOT, "sure": True},
                "cause": "the platform moved control",
                "call": {
                    "edge": "pass_thread_control",
                    "as_app_id": AGENT,
                    "target_app_id": BOT,
                    "status": 200,
                    "code": None,
                    "subcode": None,
                    "message": None,
                    "trace_id": None,
                },
                "evidence": {
                    "kind": "holds",
                    "how": "our_call",
                    "at": told["extra_infos"]["evidence"]["at"],
                    "app_id": BOT,
                    "previous_app_id": None,
                    "expires_at": None,
                },
                "delivery": None,
                "request_id": answer.headers["X-Request-ID"],
                "seq": 4,
                "digest": row.digest,
            },
        }
        assert world.get(f"/1.0/events/{told['id']}") == told

    def test_of_a_webhook_has_its_delivery_and_nobody_as_user(self, world: World) -> None:
        told = event(world, "thread_control.observed")
        infos = told["extra_infos"]
        assert told["user_id"] is None
        assert infos["actor"] == {"kind": "webhook", "name": "platform"}
        assert infos["call"] is None
        assert infos["evidence"]["how"] == "handover_event"
        assert infos["evidence"]["previous_app_id"] == BOT
        assert infos["delivery"] == world.thread.events.get(name="thread_control.observed").delivery_ref
        assert re.fullmatch("delivery [0-9]+", infos["delivery"])

    def test_that_rests_on_nothing_from_outside_says_so(self, world: World) -> None:
        opened(world)
        infos = event(world, "intervention.opened")["extra_infos"]
        assert (infos["call"], infos["evidence"], infos["delivery"]) == (None, None, None)
        assert infos["before"] == infos["after"] == {"owner": "agent", "app_id": AGENT, "sure": True}

    def test_of_a_refusal_by_facebook_has_its_words(self, world: World) -> None:
        world.facebook.knobs.fail_next(
            "pass_thread_control", body={"error": {"code": 10, "message": "(#10) No permission"}}
        )
        world.agent_to_bot()
        call = event(world, "thread_control.refused")["extra_infos"]["call"]
        assert (call["code"], call["message"]) == (10, "(#10) No permission")

    def test_by_a_member_of_staff_names_them_as_the_user(self, world: World) -> None:
        ana = agent_user("ana")
        interventions.open_intervention(world.thread, ana, Actor.for_staff(ana))
        told = event(world, "intervention.opened")
        assert told["user_id"] == wire_id(ana.pk)
        assert told["extra_infos"]["actor"] == {"kind": "staff", "name": "ana"}

    def test_by_the_service_itself_has_no_user(self, world: World) -> None:
        world.agent_to_bot()
        world.bot_to_agent()
        Handover.objects.filter(state="requested").update(deadline_at=timezone.now())
        world.work()
        told = event(world, "thread_control.expired")
        assert (told["user_id"], told["extra_infos"]["actor"]["kind"]) == (None, "system")


class TestASearch:
    @pytest.mark.parametrize(
        ("q", "found"),
        [
            ("", 3),
            ("name_in:thread_control.requested", 1),
            ('name_in:"thread_control.requested"', 1),
            ("name_in:thread_control.requested,thread_control.observed", 2),
            ("name_in:thread_control.requested name_in:thread_control.observed", 2),
            ("name_in:content.ignored", 0),
            ("-name_in:thread_control.requested", 2),
            ("-name_in:thread_control.requested -name_in:thread_control.observed", 1),
            (f"content_thread:{wire_id(999)}", 0),
            (f"user:{wire_id(999)}", 0),
            (f"-user:{wire_id(999)}", 3),
            ("created_after:2014-03-20", 3),
            ("created_before:2014-03-20", 0),
            ("created_before:2014-03-20T01:15:28+02:00", 0),
            ('created_before:"2014-03-20 01:15:28"', 0),
            ("created_after:9999-12-31", 0),
            ("created_after:0001-01-01 name_in:thread_control.requested", 1),
            ("order:created_at.asc", 3),
        ],
    )
    def test_finds(self, world: World, q: str, found: int) -> None:
        assert len(events(world, q)) == found

    @pytest.mark.parametrize(
        "q",
        [
            *("parcel", "text:parcel", "colour:green", "-", "name_in:", "name_in", 'name_in:"', 'user:""'),
            *("content_thread:1", f"content_thread:{'f' * 24}", f"user:{'0' * 24}", "user:ana", "user:٣"),
            *(
                "created_after:",
                "created_after:yesterday",
                "created_before:2026-13-01",
                "created_after:1795509491",
            ),
            *("created_before:0001-01-01T00:00:00+14:00", "created_after:9999-12-31T23:59:59-10:00"),
            *("created_after:2026-11-24T25:00:00Z", "created_after:\x00", "created_before:٢٠٢٦-١١-٢٤"),
            *(
                "order:",
                "order:at.asc",
                "-order:created_at.asc",
                "order:created_at.asc order:created_at.desc",
            ),
            "x" * 1001,
        ],
    )
    def test_that_is_malformed_is_refused(self, world: World, q: str) -> None:
        is_refused(world.ask("GET", "/1.0/events", params={"q": q}), 400, "invalid_parameter", "q")

    @pytest.mark.parametrize("junk", ["'; DROP TABLE x", "\x00", "%", "_", "\ud800", "\U0001f600" * 300])
    def test_for_a_name_that_is_junk_finds_nothing(self, world: World, junk: str) -> None:
        q = f'name_in:"{junk}"'.encode(errors="surrogatepass")
        page = world.ask("GET", "/1.0/events", params={"q": q}).json()
        assert (page["count"], page["records"]) == (0, [])

    def test_in_the_other_order_begins_with_the_oldest(self, world: World) -> None:
        assert events(world, "order:created_at.asc") == events(world, "order:created_at.desc")[::-1]
        assert events(world) == events(world, "order:created_at.desc")

    def test_is_for_a_thread(self, world: World) -> None:
        world.facebook.customer_writes(PAGE, "24002", "Hello")
        world.settle()
        found = events(world, f"content_thread:{thread_id(world)}")
        assert {event["extra_infos"]["foreign_id"] for event in found} == {MAYA}
        assert len(found) == 3

    def test_is_for_a_user_in_person_and_through_any_of_their_tokens(self, world: World) -> None:
        ana = agent_user("ana")
        row = interventions.open_intervention(world.thread, ana, Actor.for_staff(ana))
        for name in ("phone", "desk"):
            token = tokens.row_of(tokens.issue(name, staff=ana))
            interventions.comment(row, ana, "Rings back", Actor.for_token(token))
        found = events(world, f"user:{wire_id(ana.pk)}")
        assert [event["extra_infos"]["actor"]["name"] for event in found] == ["desk", "phone", "ana"]
        assert {event["user_id"] for event in found} == {wire_id(ana.pk)}
        assert len(events(world, f"-user:{wire_id(ana.pk)}")) == 3

    def test_tells_a_user_from_a_token_of_the_same_number(self, world: World) -> None:
        ana, ben = User.objects.create(pk=4242, username="ana"), agent_user("ben")
        token = ApiToken.objects.create(pk=4242, name="desk", digest="0" * 64, user=ben)
        row = interventions.open_intervention(world.thread, ana, Actor.for_staff(ana))
        interventions.comment(row, ben, "Rings back", Actor.for_token(token))
        assert names(world, f"user:{wire_id(ana.pk)}") == ["intervention.opened"]
        assert names(world, f"user:{wire_id(ben.pk)}") == ["intervention_comment.created"]
        assert [event["user_id"] for event in events(world)[:2]] == [wire_id(ben.pk), wire_id(ana.pk)]

    def test_by_time_takes_the_moment_itself_for_after_and_not_for_before(self, world: World) -> None:
        row = world.thread.events.get(name="thread_control.requested")
        at, later = row.at, row.at + timedelta(microseconds=1)
        name = f"name_in:{row.name}"
        assert names(world, f'{name} created_after:"{at.isoformat()}"') == [row.name]
        assert names(world, f'{name} created_before:"{at.isoformat()}"') == []
        assert names(world, f'{name} created_after:"{later.isoformat()}"') == []
        assert names(world, f'{name} created_before:"{later.isoformat()}"') == [row.name]

    def test_by_a_moment_without_an_offset_means_utc(self, world: World) -> None:
        soon = datetime.now(UTC) + timedelta(minutes=5)
        assert len(events(world, f"created_before:{soon:%Y-%m-%dT%H:%M:%S}")) == 3
        assert events(world, f"created_after:{soon:%Y-%m-%dT%H:%M:%S}") == []
