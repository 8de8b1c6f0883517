"""The face of graph.facebook.com: paths, tokens, proofs, parameters, and what is kept of each call."""

import hashlib
import hmac
import http.client
import json
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.channels_fb.simulator.stage import AGENT, BOT, DAY, PAGE, PSID, TOKENS, Stage, error, running


@pytest.fixture
def stage() -> Iterator[Stage]:
    with running("receivers", primary=BOT) as stage:
        yield stage


def proof(secret: str, token: str = TOKENS[AGENT]) -> str:
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize("path", ["/v26.0/me", "/v6.0/me", "/me", f"/v26.0/{PAGE}", f"/{PAGE}"])
def test_version_and_page_can_be_written_in_every_way(stage: Stage, path: str) -> None:
    query = {"access_token": TOKENS[AGENT]}
    assert stage.http.get(stage.sim.url + path, params=query, timeout=5).json() == {
        "id": PAGE,
        "name": "Acme",
    }
    query["recipient"] = PSID
    owner = stage.http.get(f"{stage.sim.url}{path}/thread_owner", params=query, timeout=5)
    assert owner.json() == {"data": []}


@pytest.mark.parametrize(
    "where",
    [
        {"params": {"access_token": TOKENS[AGENT]}},
        {"data": {"access_token": TOKENS[AGENT]}},
        {"json": {"access_token": TOKENS[AGENT]}},
        {"headers": {"Authorization": f"Bearer {TOKENS[AGENT]}"}},
        {"headers": {"Authorization": f"OAuth {TOKENS[AGENT]}"}},
    ],
)
def test_the_token_may_come_in_every_place(stage: Stage, where: dict[str, Any]) -> None:
    url = f"{stage.sim.url}/v26.0/me/subscribed_apps?subscribed_fields=messages"
    assert stage.http.post(url, timeout=5, **where).json() == {"success": True}


def test_a_recipient_may_be_json_text_in_a_form(stage: Stage) -> None:
    form = {"recipient": json.dumps({"id": PSID}), "access_token": TOKENS[AGENT]}
    answer = stage.http.post(f"{stage.sim.url}/me/request_thread_control", data=form, timeout=5)
    assert answer.json() == {"success": True}
    assert stage.owner() == AGENT
    assert stage.sim.calls[-1].psid == PSID


def test_no_token_and_a_wrong_one_are_refused(stage: Stage) -> None:
    url = f"{stage.sim.url}/v26.0/me"
    assert error(stage.http.get(url, timeout=5)) == (400, 104, None)
    assert error(stage.http.get(url, params={"access_token": "x"}, timeout=5)) == (400, 190, None)


def test_a_replaced_token_no_longer_works(stage: Stage) -> None:
    stage.sim.connect(PAGE, AGENT, "fresh")
    assert error(stage.get("me")) == (400, 190, None)


def test_a_proof_is_checked_whenever_it_comes(stage: Stage) -> None:
    assert stage.get("me", appsecret_proof=proof("agent-secret")).ok
    answer = stage.get("me", appsecret_proof=proof("wrong"))
    assert error(answer) == (400, 100, None)
    assert answer.json()["error"]["message"] == "Invalid appsecret_proof provided in the API argument"


def test_an_app_may_require_the_proof(stage: Stage) -> None:
    stage.sim.add_app(AGENT, "agent-secret", "Agent", require_proof=True)
    assert error(stage.get("me")) == (400, 100, None)
    assert stage.get("me", appsecret_proof=proof("agent-secret")).ok


@pytest.mark.parametrize("path", ["999/thread_owner", "404"])
def test_somebody_elses_page_or_nobody_does_not_exist(stage: Stage, path: str) -> None:
    assert error(stage.get(path, recipient=PSID)) == (400, 100, 33)


@pytest.mark.parametrize("path", ["me/nonsense", "me/a/b/c", ""])
def test_unknown_paths_are_refused(stage: Stage, path: str) -> None:
    assert stage.get(path).status_code == 400


def test_a_profile_is_what_the_page_may_see(stage: Stage) -> None:
    found = stage.get(PSID, fields="first_name,last_name,profile_pic").json()
    assert (found["first_name"], found["last_name"], found["id"]) == ("Jane", "Doe", PSID)
    stage.sim.customer_writes(PAGE, "333", "hi")
    assert error(stage.get("333", fields="first_name")) == (400, 100, 2018218)
    assert error(stage.get(PSID, fields="shoe_size")) == (400, 100, None)


@pytest.mark.parametrize(
    "parameters",
    [
        {"recipient": {}},
        {"recipient": "222x"},
        {"recipient": [1]},
        {"recipient": None},
        {"target_app_id": "abc"},
        {"target_app_id": True},
        {"target_app_id": [1]},
        {"target_app_id": "9" * 500},
        {"metadata": {"not": "text"}},
    ],
)
def test_malformed_parameters_are_refused(stage: Stage, parameters: dict[str, Any]) -> None:
    stage.given_to(AGENT)
    assert error(stage.post("pass_thread_control", **parameters)) == (400, 100, None)
    assert stage.owner() == AGENT


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff", b"[" * 100_000, b'{"a":' * 100_000])
def test_an_unreadable_body_is_a_graph_error(stage: Stage, body: bytes) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKENS[AGENT]}"}
    answer = stage.http.post(f"{stage.sim.url}/me/messages", data=body, headers=headers, timeout=5)
    assert error(answer) == (400, 1, None)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": str(10 * 1024 * 1024 + 1)}, 413),
        ({"Content-Length": "9" * 5000}, 413),
        ({"Content-Length": "-1"}, 400),
        ({"Transfer-Encoding": "chunked"}, 411),
    ],
)
def test_a_body_of_wrong_length_is_refused_unread(stage: Stage, headers: dict[str, str], status: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(stage.sim.url.rsplit(":", 1)[1]), timeout=5)
    connection.putrequest("POST", "/me/messages")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["error"]["code"]) == (status, 1)
    connection.close()


def test_every_answer_has_the_platforms_date_and_is_json(stage: Stage) -> None:
    stage.sim.advance(100 * DAY)
    for answer in (stage.get("me"), stage.get("nobody")):
        assert answer.headers["Content-Type"].startswith("application/json")
        date = parsedate_to_datetime(answer.headers["Date"])
        assert abs((date - stage.sim.now()).total_seconds()) < 5


def test_every_call_is_kept_without_its_token(stage: Stage) -> None:
    stage.given_to(AGENT)
    stage.text("hello", appsecret_proof=proof("agent-secret"))
    stage.get("me/thread_owner", BOT, recipient=PSID)
    sent, asked = stage.sim.calls
    assert (sent.method, sent.edge, sent.version, sent.page_id) == ("POST", "messages", "v26.0", PAGE)
    assert (sent.app_id, sent.psid, sent.status) == (AGENT, PSID, 200)
    assert sent.parameters == {"recipient": {"id": PSID}, "message": {"text": "hello"}}
    assert sent.answer["recipient_id"] == PSID
    assert (asked.app_id, asked.edge, asked.psid) == (BOT, "thread_owner", PSID)


def test_a_refused_call_is_kept_too(stage: Stage) -> None:
    stage.http.get(f"{stage.sim.url}/me", params={"access_token": "wrong"}, timeout=5)
    (call,) = stage.sim.calls
    assert (call.app_id, call.status, call.answer["error"]["code"]) == (None, 400, 190)


def test_one_connection_serves_many_calls(stage: Stage) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(stage.sim.url.rsplit(":", 1)[1]), timeout=5)
    for _ in range(3):
        connection.request("GET", f"/me?access_token={TOKENS[AGENT]}")
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()
        assert connection.sock is not None
    connection.close()
