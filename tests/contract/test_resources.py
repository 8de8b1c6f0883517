"""The neighbouring resources, for reading."""

from __future__ import annotations

import re
from typing import Any

import pytest

from handover import tokens
from handover.models import Handover, Source
from handover.wire_ids import wire_id
from tests.contract.test_handover_requests import is_refused
from tests.world import AGENT, BOT, MAYA, PAGE, World

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
COLLECTIONS = ["content_sources", "identities", "content_threads", "contents", "bots/handovers"]


@pytest.fixture
def world(world: World) -> World:
    world.build()
    world.maya_writes("Where is my parcel?")
    world.facebook.app_sends(BOT, PAGE, MAYA, "On its way")
    world.settle()
    world.bot_to_agent(reason="Lost parcel")
    return world


class TestEveryCollection:
    @pytest.mark.parametrize("name", COLLECTIONS)
    def test_comes_in_the_paging_envelope(self, world: World, name: str) -> None:
        page = world.get(f"/1.0/{name}")
        assert list(page) == ["count", "offset", "limit", "records"]
        assert (page["offset"], page["limit"]) == (0, 30)
        assert page["count"] == len(page["records"]) >= 1

    @pytest.mark.parametrize("name", COLLECTIONS)
    def test_has_each_of_its_records(self, world: World, name: str) -> None:
        record = world.get(f"/1.0/{name}")["records"][0]
        assert re.fullmatch("[0-9a-f]{24}", record["id"])
        assert world.get(f"/1.0/{name}/{record['id']}") == record

    @pytest.mark.parametrize("name", COLLECTIONS)
    @pytest.mark.parametrize("wrong", ["f" * 24, "0" * 24, "1", "nonsense", "0" * 23 + "9"])
    def test_does_not_find_an_unknown_id(self, world: World, name: str, wrong: str) -> None:
        is_refused(world.ask("GET", f"/1.0/{name}/{wrong}"), 404, "not_found")

    @pytest.mark.parametrize("name", COLLECTIONS)
    def test_hides_what_the_token_may_not_see(self, world: World, name: str) -> None:
        record = world.get(f"/1.0/{name}")["records"][0]
        other = Source.objects.create(channel_type="messenger", foreign_id="9", name="Other")
        limited = tokens.issue("limited", sources=[other])
        if name != "content_sources":
            assert world.ask("GET", f"/1.0/{name}", token=limited).json()["count"] == 0
        answer = world.ask("GET", f"/1.0/{name}/{record['id']}", token=limited)
        is_refused(answer, 404, "not_found")

    @pytest.mark.parametrize("name", COLLECTIONS)
    def test_needs_a_token(self, world: World, name: str) -> None:
        is_refused(world.ask("GET", f"/1.0/{name}", token=""), 401, "access_token_missing")

    @pytest.mark.parametrize("name", COLLECTIONS)
    def test_refuses_other_methods(self, world: World, name: str) -> None:
        answer = world.ask("PATCH", f"/1.0/{name}")
        is_refused(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == ("GET, HEAD, POST" if name == "contents" else "GET, HEAD")

    @pytest.mark.parametrize(
        "limit", [("150", 150), ("151", 150), ("999999", 150), ("9" * 30, 150), ("0", 0), ("1", 1)]
    )
    def test_limits_the_page(self, world: World, limit: tuple[str, int]) -> None:
        page = world.get("/1.0/contents", limit=limit[0])
        assert page["limit"] == limit[1]
        assert len(page["records"]) == min(limit[1], 2)

    def test_ends_before_a_very_large_offset(self, world: World) -> None:
        assert world.get("/1.0/contents", offset="9" * 30)["records"] == []

    def test_starts_at_the_offset(self, world: World) -> None:
        page = world.get("/1.0/contents", offset=1)
        assert (page["count"], len(page["records"])) == (2, 1)

    @pytest.mark.parametrize("wrong", [{"offset": "-1"}, {"offset": "x"}, {"limit": "ten"}, {"limit": "1e3"}])
    def test_refuses_malformed_paging(self, world: World, wrong: dict[str, str]) -> None:
        (name,) = wrong
        is_refused(world.ask("GET", "/1.0/contents", params=wrong), 400, "invalid_parameter", name)


def test_a_token_without_the_right_to_read_is_refused(world: World) -> None:
    token = tokens.issue("bot only", rights=["handover"])
    is_refused(world.ask("GET", "/1.0/contents", token=token), 403, "forbidden")
    assert world.ask("GET", "/1.0/bots/handovers", token=token).status_code == 200


def test_a_page(world: World) -> None:
    (page,) = world.get("/1.0/content_sources")["records"]
    assert (page["name"], page["type"], page["active"]) == ("Page 111", "messenger", True)
    assert MOMENT.fullmatch(page["created_at"])


def test_an_identity_is_found_by_its_foreign_id(world: World) -> None:
    (maya,) = world.get("/1.0/identities", foreign_id=MAYA)["records"]
    assert (maya["foreign_id"], maya["type"]) == (MAYA, "messenger")
    assert world.get("/1.0/identities", foreign_id="nobody")["count"] == 0
    assert world.get("/1.0/identities", source_id=maya["source_id"])["count"] == 1


class TestAThread:
    def test_says_who_controls_it(self, world: World) -> None:
        control = world.control
        assert set(control) == {"owner", "app_id", "since", "expires_at", "observed_at", "how", "sure"}
        assert (control["owner"], control["app_id"], control["sure"]) == ("bot", BOT, True)
        assert all(MOMENT.fullmatch(control[name]) for name in ("since", "expires_at", "observed_at"))

    @pytest.mark.parametrize(
        ("q", "found"),
        [
            ("", 1),
            (f"foreign:{MAYA}", 1),
            (f'foreign:"{MAYA}"', 1),
            (f"-foreign:{MAYA}", 0),
            ("foreign:nobody", 0),
            ("parcel", 1),
            ("bicycle", 0),
            ("-bicycle", 1),
            ("don't", 0),
            ('"my parcel"', 1),
        ],
    )
    def test_is_found_by_q(self, world: World, q: str, found: int) -> None:
        assert world.get("/1.0/content_threads", q=q)["count"] == found

    def test_is_found_by_identity_and_source(self, world: World) -> None:
        thread = world.thread
        q = f"identity:{wire_id(thread.identity_id)} source:{wire_id(thread.source_id)}"
        assert world.get("/1.0/content_threads", q=q)["count"] == 1
        assert world.get("/1.0/content_threads", q=f"identity:{wire_id(999)}")["count"] == 0

    @pytest.mark.parametrize("q", ["colour:green", "identity:1", "foreign:", 'foreign:"', "x" * 1001])
    def test_a_malformed_q_is_refused(self, world: World, q: str) -> None:
        is_refused(world.ask("GET", "/1.0/content_threads", params={"q": q}), 400, "invalid_parameter", "q")

    def test_counts_its_contents(self, world: World) -> None:
        (thread,) = world.get("/1.0/content_threads")["records"]
        assert thread["contents_count"] == 2


def test_contents_are_newest_first_and_name_their_author(world: World) -> None:
    thread = wire_id(world.thread.pk)
    contents = world.get("/1.0/contents", thread_id=thread)["records"]
    assert [(c["body"], c["author"], c["app_id"]) for c in contents] == [
        ("On its way", "bot", BOT),
        ("Where is my parcel?", "customer", None),
    ]
    assert contents[1]["author_id"] == wire_id(world.thread.identity_id)
    assert world.get("/1.0/contents", thread_id=wire_id(999))["count"] == 0
    is_refused(world.ask("GET", "/1.0/contents", params={"thread_id": "x"}), 400, "invalid_parameter")


class TestAHandover:
    def test_tells_what_became_of_it(self, world: World) -> None:
        (record,) = world.get("/1.0/bots/handovers", identity_foreign_id=MAYA)["records"]
        assert list(record) == [
            "id", "from", "to", "state", "reason", "requested_at", "settled_at", "deadline_at",
            "outcome", "app_id", "source_id", "thread_id",
        ]  # fmt: skip
        assert (record["from"], record["to"], record["state"]) == ("bot", "agent", "requested")
        assert (record["reason"], record["app_id"], record["settled_at"]) == ("Lost parcel", AGENT, None)
        assert MOMENT.fullmatch(record["deadline_at"])
        world.bot_passes_to_us()
        record = world.get(f"/1.0/bots/handovers/{record['id']}")
        assert record["state"] == "completed"
        assert MOMENT.fullmatch(record["settled_at"])

    def test_of_somebody_else_is_not_listed(self, world: World) -> None:
        assert world.get("/1.0/bots/handovers", identity_foreign_id="nobody")["count"] == 0

    def test_in_a_state_while_facebook_is_asked_is_unknown(self, world: World) -> None:
        Handover.objects.update(state="unknown")
        (record,) = world.get("/1.0/bots/handovers")["records"]
        assert record["state"] == "unknown"


def test_statements_do_not_grow_with_the_rows(
    world: World, django_assert_max_num_queries: Any, client: Any
) -> None:
    for number in range(5):
        world.facebook.customer_writes(PAGE, f"3000{number}", "Hi")
    world.settle()
    for name, bound in [("content_threads", 6), ("contents", 6), ("identities", 6), ("bots/handovers", 7)]:
        with django_assert_max_num_queries(bound):
            assert client.get(f"/1.0/{name}", {"access_token": world.token}).status_code == 200
