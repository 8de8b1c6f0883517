"""`POST /1.0/bots/handover`: the ways in, and what is refused before anybody is looked for."""

from __future__ import annotations

import http.client
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from django.utils import timezone

from handover import tokens
from handover.models import ApiToken, Handover
from tests.world import BOT, MAYA, World

PATH = "/1.0/bots/handover"
ASKED = {"identity_foreign_id": MAYA, "from": "bot", "to": "agent", "type": "messenger"}
SUCCESS = b'{"status":200,"message":"Success"}'


@pytest.fixture
def world(world: World) -> World:
    world.build()
    world.maya_writes()
    return world


def is_refused(answer: requests.Response, status: int, error: str, words: str = "") -> None:
    """The failure is the contract's, to the byte."""
    body = answer.json()
    assert (answer.status_code, body["error"], body["status"]) == (status, error, status), answer.text
    assert set(body) == {"error", "message", "status"}
    assert body["message"]
    assert words in body["message"]
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


class TestTheWaysIn:
    @pytest.mark.parametrize(
        "sent",
        [
            pytest.param({"params": ASKED}, id="query"),
            pytest.param({"data": ASKED}, id="form"),
            pytest.param({"json": ASKED}, id="json"),
            pytest.param({"files": {name: (None, value) for name, value in ASKED.items()}}, id="multipart"),
            pytest.param(
                {"params": ASKED, "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
                id="query beside an empty form",
            ),
            pytest.param(
                {"params": {"from": "bot", "to": "agent"}, "json": {**ASKED, "to": "bot"}},
                id="query wins over body",
            ),
            pytest.param(
                {"params": {**ASKED, "from": ""}, "data": {"from": "bot"}}, id="empty counts as absent"
            ),
            pytest.param(
                {"params": [("to", "bot"), *ASKED.items()]}, id="the last of a repeated parameter counts"
            ),
            pytest.param({"params": {**ASKED, "colour": "green"}}, id="unknown parameters are ignored"),
            pytest.param(
                {"params": {**ASKED, "intervention_id": "x", "trigger": "y"}}, id="accepted and ignored"
            ),
            pytest.param({"params": {**ASKED, "app_id": "not one"}}, id="app_id is ignored to agent"),
        ],
    )
    def test_every_form_of_the_parameters_works(self, world: World, sent: dict[str, Any]) -> None:
        answer = world.ask("POST", PATH, **sent)
        assert (answer.status_code, answer.content) == (200, SUCCESS)
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert len(answer.headers["Handover-Id"]) == 24

    @pytest.mark.parametrize("accept", ["application/xml", "text/html", "*/*", "nonsense"])
    def test_the_answer_is_json_whatever_is_accepted(self, world: World, accept: str) -> None:
        answer = world.ask("POST", PATH, params={**ASKED, "format": "xml"}, headers={"Accept": accept})
        assert answer.content == SUCCESS

    def test_an_empty_list_is_an_absent_one(self, world: World) -> None:
        answer = world.ask("POST", PATH, params={**ASKED, "thread_category_ids[]": ""})
        assert world.handover_of(answer).thread_category_ids is None

    def test_the_answer_names_the_request_in_logs_and_history(self, world: World) -> None:
        answer = world.ask("POST", PATH, params=ASKED)
        assert world.handover_of(answer).correlation_id == answer.headers["X-Request-ID"]

    def test_a_slash_at_the_end_changes_nothing(self, world: World) -> None:
        assert world.ask("POST", PATH + "/", params=ASKED).content == SUCCESS


class TestTheToken:
    @pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer None", "Bearer wrong", "Basic x"])
    def test_a_parameter_wins_over_the_header(self, world: World, header: str) -> None:
        answer = world.ask(
            "POST",
            PATH,
            params={**ASKED, "access_token": world.token},
            headers={"Authorization": header},
        )
        assert answer.content == SUCCESS

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
    def test_the_header_is_enough(self, world: World, scheme: str) -> None:
        headers = {"Authorization": f"{scheme} {world.token}"}
        assert world.ask("POST", PATH, params=ASKED, headers=headers).content == SUCCESS

    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer None", "Basic abc"])
    def test_none_is_refused(self, world: World, header: str) -> None:
        answer = world.ask("POST", PATH, params=ASKED, headers={"Authorization": header})
        is_refused(answer, 401, "access_token_missing")
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    def test_what_is_no_text_is_no_token(self, world: World) -> None:
        answer = requests.post(world.url + PATH, json={**ASKED, "access_token": {}}, timeout=5)
        is_refused(answer, 401, "access_token_missing")

    def test_an_unknown_one_is_refused(self, world: World) -> None:
        is_refused(world.ask("POST", PATH, token="wrong", params=ASKED), 401, "invalid_access_token")

    @pytest.mark.parametrize(
        "change", [{"is_active": False}, {"expires_at": timezone.now() - timedelta(seconds=1)}]
    )
    def test_a_disabled_or_expired_one_is_refused(self, world: World, change: dict[str, Any]) -> None:
        ApiToken.objects.update(**change)
        is_refused(world.ask("POST", PATH, params=ASKED), 401, "invalid_access_token")

    def test_one_without_the_right_is_refused(self, world: World) -> None:
        reader = tokens.issue("reader", rights=["read"])
        is_refused(world.ask("POST", PATH, token=reader, params=ASKED), 403, "forbidden")

    def test_the_calls_of_a_minute_are_limited(self, world: World) -> None:
        few = tokens.issue("few", per_minute=2)
        for _ in range(2):
            assert world.ask("POST", PATH, token=few, params=ASKED).status_code == 200
        answer = world.ask("POST", PATH, token=few, params=ASKED)
        is_refused(answer, 429, "rate_limit_exceeded")
        assert answer.json()["message"] == "Rate limit exceeded"
        assert 1 <= int(answer.headers["Retry-After"]) <= 60

    def test_a_new_minute_is_a_new_start(self, world: World) -> None:
        few = tokens.issue("few", per_minute=1)
        world.ask("POST", PATH, token=few, params=ASKED)
        ApiToken.objects.filter(name="few").update(window_started_at=timezone.now() - timedelta(seconds=61))
        assert world.ask("POST", PATH, token=few, params=ASKED).status_code == 200


class TestTheRequest:
    @pytest.mark.parametrize("path", ["/1.0/nothing", "/1.0/", "/1.0", "/1.0/bots/handover/x/y"])
    def test_an_unknown_path_is_not_found_without_a_token(self, world: World, path: str) -> None:
        is_refused(requests.post(world.url + path, allow_redirects=False, timeout=5), 404, "not_found")

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
    def test_other_methods_are_refused_before_the_token_is_asked_for(self, world: World, method: str) -> None:
        answer = requests.request(method, world.url + PATH, timeout=5)
        is_refused(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == "POST"

    def test_a_body_over_a_mebibyte_is_refused_before_the_token_is_asked_for(self, world: World) -> None:
        is_refused(
            requests.post(world.url + PATH, data=b"x" * (1024 * 1024 + 1), timeout=5), 413, "body_too_large"
        )

    @pytest.mark.parametrize(
        ("content_type", "body"),
        [
            ("application/json", b"{"),
            ("application/json", b"[1]"),
            ("application/json", b"\xff\xfe"),
            ("application/json", b"[" * 100_000),
            ("application/json", b'{"a":' * 100_000),
            ("text/plain", b"from=bot"),
            ("", b"from=bot"),
            ("multipart/form-data", b"no boundary"),
        ],
    )
    def test_an_unreadable_body_is_refused_before_the_token_is_asked_for(
        self, world: World, content_type: str, body: bytes
    ) -> None:
        answer = requests.post(world.url + PATH, data=body, headers={"Content-Type": content_type}, timeout=5)
        is_refused(answer, 400, "invalid_parameter")

    def test_a_curl_without_a_body_is_a_call_without_a_body(self, world: World) -> None:
        address = urlsplit(world.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port or 0, timeout=5)
        query = urlencode({**ASKED, "access_token": world.token})
        connection.putrequest("POST", f"{PATH}?{query}")
        connection.endheaders()
        assert connection.getresponse().read() == SUCCESS
        connection.close()

    def test_another_host_is_refused_in_json(self, world: World) -> None:
        answer = world.ask("POST", PATH, params=ASKED, headers={"Host": "elsewhere.example"})
        is_refused(answer, 400, "invalid_parameter")


class TestTheParameters:
    @pytest.mark.parametrize("name", list(ASKED))
    @pytest.mark.parametrize("sent", ["absent", "empty"])
    def test_a_missing_one_is_named(self, world: World, name: str, sent: str) -> None:
        rest = {key: value for key, value in ASKED.items() if key != name}
        given = rest if sent == "absent" else {**rest, name: ""}
        is_refused(world.ask("POST", PATH, params=given), 400, "missing_parameter", name)

    @pytest.mark.parametrize(
        ("wrong", "named"),
        [
            ({"from": "robot"}, "from"),
            ({"from": "agent"}, "from"),
            ({"to": "bot"}, "to"),
            ({"type": "telegraph"}, "type"),
            ({"identity_foreign_id": "x" * 65}, "identity_foreign_id"),
            ({"identity_foreign_id": "a\x00b"}, "identity_foreign_id"),
            ({"identity_foreign_id": "a\nb"}, "identity_foreign_id"),
            ({"from": "agent", "to": "bot", "app_id": "nine hundred"}, "app_id"),
            ({"reason": "x" * 501}, "reason"),
            ({"dry_run": "perhaps"}, "dry_run"),
            ({"source_id": "not an id"}, "source_id"),
            ({"thread_category_ids[]": "x" * 65}, "thread_category_ids"),
        ],
    )
    def test_a_malformed_one_is_named(self, world: World, wrong: dict[str, str], named: str) -> None:
        answer = world.ask("POST", PATH, params={**ASKED, **wrong})
        is_refused(answer, 400, "invalid_parameter", named)

    @pytest.mark.parametrize("value", [{"a": 1}, [{"a": 1}]])
    def test_json_that_is_no_text_is_malformed(self, world: World, value: Any) -> None:
        answer = world.ask("POST", PATH, json={**ASKED, "identity_foreign_id": value})
        is_refused(answer, 400, "invalid_parameter", "identity_foreign_id")

    def test_a_lone_surrogate_in_the_foreign_id_is_malformed(self, world: World) -> None:
        body = json.dumps({**ASKED, "identity_foreign_id": "\ud800"})
        answer = world.ask("POST", PATH, data=body, headers={"Content-Type": "application/json"})
        is_refused(answer, 400, "invalid_parameter", "identity_foreign_id")

    def test_a_lone_surrogate_in_the_reason_is_replaced(self, world: World) -> None:
        body = json.dumps({**ASKED, "reason": "a\ud800b\x00c"})
        answer = world.ask("POST", PATH, data=body, headers={"Content-Type": "application/json"})
        assert world.handover_of(answer).reason == "a\ufffdb\ufffdc"

    def test_virtual_agents_are_not_offered(self, world: World) -> None:
        answer = world.ask("POST", PATH, params={**ASKED, "type": "engage_virtual_agent"})
        is_refused(answer, 422, "unsupported_handover_type")

    def test_impersonation_is_never_ignored_in_silence(self, world: World) -> None:
        answer = world.ask("POST", PATH, params={**ASKED, "impersonated_user_id": "1"})
        is_refused(answer, 400, "impersonation_refused")

    def test_what_is_malformed_leaves_no_record(self, world: World) -> None:
        world.ask("POST", PATH, params={**ASKED, "from": "robot"})
        assert not Handover.objects.exists()


def test_numbers_in_json_are_taken_as_text(world: World) -> None:
    world.facebook.app_passes(BOT, "111", MAYA, "800")
    world.settle()
    asked = {**ASKED, "identity_foreign_id": int(MAYA), "from": "agent", "to": "bot", "app_id": int(BOT)}
    assert world.ask("POST", PATH, json=asked).content == SUCCESS


def test_our_own_fault_says_nothing_of_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*args: Any) -> None:
        raise RuntimeError("access_token=very-secret in a traceback")

    monkeypatch.setattr("handover.handovers.hand_over", fault)
    answer = world.ask("POST", PATH, params=ASKED)
    is_refused(answer, 500, "internal_error")
    assert "secret" not in answer.text
