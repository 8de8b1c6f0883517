"""The client against a Facebook that is slow, broken, hostile or away."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction

from channels_fb import graph
from channels_fb.graph import GraphRequest
from channels_fb.models import Page
from handover.channel import CallRecord, ChannelError, Deadline, OutcomeUnknown, Refused, Unavailable
from tests.channels_fb.raw_server import RawServer
from tests.channels_fb.stage import AGENT, PAGE, PSID, SECRET, Stage, soon

pytestmark = pytest.mark.django_db(transaction=True)

SUCCESS = b'{"success": true}'


def take(token: str = "agent-token") -> GraphRequest:
    record = CallRecord("take_thread_control", AGENT)
    fields = {"recipient": {"id": PSID}}
    return GraphRequest("POST", f"{PAGE}/take_thread_control", fields, token, SECRET, record, PSID)


def read_owner(token: str = "agent-token") -> GraphRequest:
    record = CallRecord("thread_owner", AGENT)
    return GraphRequest("GET", f"{PAGE}/thread_owner", {"recipient": PSID}, token, SECRET, record, PSID)


def failure(deadline: Deadline | None = None, request: GraphRequest | None = None) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        graph.send(request or take(), deadline or soon())
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


class TestWhereSecretsGo:
    def test_the_token_is_in_the_header_and_the_proof_in_the_body(self, raw_server: RawServer) -> None:
        raw_server.answers(SUCCESS)
        graph.send(take(), soon())
        head, _, body = raw_server.requests[0].partition(b"\r\n\r\n")
        assert head.startswith(b"POST /v26.0/111/take_thread_control HTTP/1.1\r\n")
        assert b"Authorization: Bearer agent-token" in head.split(b"\r\n")
        assert set(json.loads(body)) == {"recipient", "appsecret_proof"}

    def test_a_get_carries_the_proof_alone_in_its_address(self, raw_server: RawServer) -> None:
        raw_server.answers(b'{"data": []}')
        graph.send(read_owner(), soon())
        address = raw_server.requests[0].partition(b"\r\n")[0]
        assert address.startswith(b"GET /v26.0/111/thread_owner?recipient=24001&appsecret_proof=")
        assert b"agent-token" not in address

    def test_facebook_accepts_it_where_it_requires_the_proof(self, stage: Stage) -> None:
        stage.facebook.add_app(AGENT, "agent-token-secret", "Agent", require_proof=True)
        stage.given_to("900")
        assert failure().call.code == 100  # A secondary may not take: it got as far as the rules.
        assert "proof" not in failure().message

    @pytest.mark.parametrize("token", ["a\nb", "a b\r\nHost: x", "tökén", "\ud800"])
    def test_what_cannot_be_a_token_is_not_sent(self, raw_server: RawServer, token: str) -> None:
        error = failure(request=take(token))
        assert type(error) is Refused
        assert token not in error.message
        assert raw_server.requests == []

    @pytest.mark.parametrize(
        "text",
        ["Malformed access token agent-token", "Object with ID '24001' does not exist", "Bad EAA" + "x" * 30],
    )
    def test_what_facebook_quotes_of_them_is_not_passed_on(self, raw_server: RawServer, text: str) -> None:
        raw_server.answers(json.dumps({"error": {"code": 190, "message": text}}).encode(), "HTTP/1.1 400 No")
        error = failure()
        for secret in ("agent-token", "24001", "EAA"):
            assert secret not in error.message + error.call.message

    def test_nothing_of_the_address_is_in_an_error_or_a_log(
        self, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO):
            error = failure(request=read_owner())
        assert error.message == "Facebook could not be asked: ConnectionError, Connection refused."
        assert "appsecret_proof" not in caplog.text
        assert PSID not in caplog.text

    def test_a_proxy_of_the_environment_is_not_asked_about_this_machine(
        self, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        raw_server.answers(SUCCESS)
        assert graph.send(take(), soon()).status == 200

    def test_cookies_are_not_kept(self, raw_server: RawServer) -> None:
        raw_server.answers(SUCCESS, "HTTP/1.1 200 OK", "Set-Cookie: a=b", "Connection: close")
        graph.send(take(), soon())
        graph.send(take(), soon())
        assert b"cookie" not in raw_server.requests[1].lower()


class TestWhenNothingWasAsked:
    def test_a_refused_connection_did_not_happen(self) -> None:
        assert type(failure()) is Unavailable

    def test_an_unknown_host_did_not_happen(self, settings: Any) -> None:
        settings.GRAPH_API_URL = "http://nowhere.invalid"
        assert type(failure()) is Unavailable

    def test_a_connection_that_does_not_come_about_is_given_up_in_time(self, settings: Any) -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
            address = full.getsockname()
            waiting = [socket.socket() for _ in range(3)]
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(address)
            settings.GRAPH_API_URL = f"http://127.0.0.1:{address[1]}"
            settings.GRAPH_CONNECT_TIMEOUT = 0.2
            started = time.monotonic()
            assert type(failure()) is Unavailable
            assert time.monotonic() - started < 2
            for one in waiting:
                one.close()

    def test_without_time_nothing_is_sent(self, raw_server: RawServer) -> None:
        error = failure(Deadline(0))
        assert type(error) is Unavailable
        assert error.message == "Facebook could not be asked: no time was left."
        assert raw_server.requests == []


class TestWhenTheAnswerIsBroken:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html>Bad gateway</html>",
            b"[]",
            b"null",
            b'"text"',
            b"\xff\xfe\x00",
            b"{" * 100_000,
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b'{"success": tr',
            gzip.compress(SUCCESS),
        ],
    )
    @pytest.mark.parametrize("status", [200, 204, 301, 404, 500, 502])
    def test_the_outcome_is_unknown(self, raw_server: RawServer, body: bytes, status: int) -> None:
        raw_server.answers(body, f"HTTP/1.1 {status} Whatever", "Location: http://127.0.0.1:1/")
        assert type(failure()) is OutcomeUnknown
        assert len(raw_server.requests) == 1

    def test_a_connection_that_ends_is_no_answer(self, raw_server: RawServer) -> None:
        assert type(failure()) is OutcomeUnknown
        assert len(raw_server.requests) == 1

    @pytest.mark.parametrize(
        "piece",
        [
            b"nonsense\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
            b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        ],
    )
    def test_what_is_no_http_is_no_answer(self, raw_server: RawServer, piece: bytes) -> None:
        raw_server.pieces = [piece]
        assert type(failure()) is OutcomeUnknown

    def test_a_huge_answer_is_not_read_to_its_end(self, raw_server: RawServer) -> None:
        raw_server.answers(b'{"a": "' + b"x" * 3_000_000 + b'"}')
        assert type(failure()) is OutcomeUnknown

    def test_a_success_that_says_no_is_refused(self, raw_server: RawServer) -> None:
        raw_server.answers(b'{"success": false}')
        assert type(failure()) is Refused

    def test_a_success_may_be_said_in_many_ways(self, raw_server: RawServer) -> None:
        for body in (b'{"success": true}', b'{"success": "true"}', b"{}", b'{"thread_owner": {}}'):
            raw_server.answers(body, "HTTP/1.1 200 OK", "Connection: close")
            assert graph.send(take(), soon()).is_success

    def test_a_chunked_answer_is_read(self, raw_server: RawServer) -> None:
        chunk = f"{len(SUCCESS):x}".encode() + b"\r\n" + SUCCESS + b"\r\n0\r\n\r\n"
        raw_server.pieces = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk]
        assert graph.send(take(), soon()).body == {"success": True}


class TestWhenTheAnswerIsSlow:
    def test_the_read_timeout_ends_it(self, stage: Stage, settings: Any) -> None:
        settings.GRAPH_READ_TIMEOUT = 0.2
        stage.facebook.knobs.delay("take_thread_control", 3, times=1)
        started = time.monotonic()
        error = failure()
        assert type(error) is OutcomeUnknown
        assert error.message == "No answer came from Facebook: ReadTimeout."
        assert time.monotonic() - started < 2

    def test_the_deadline_ends_it_sooner(self, stage: Stage) -> None:
        stage.facebook.knobs.delay("take_thread_control", 3, times=1)
        started = time.monotonic()
        assert type(failure(Deadline(0.3))) is OutcomeUnknown
        assert time.monotonic() - started < 2

    @pytest.mark.parametrize("head", ["Content-Length: 400", "Connection: close"])
    def test_a_trickle_does_not_stretch_it(self, raw_server: RawServer, head: str) -> None:
        raw_server.pieces = [f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode(), *[b" "] * 200]
        raw_server.pause = 0.05
        started = time.monotonic()
        assert type(failure(Deadline(0.5))) is OutcomeUnknown
        assert time.monotonic() - started < 1.5

    def test_a_lost_answer_is_unknown_and_not_repeated(self, stage: Stage) -> None:
        stage.facebook.knobs.lose_answer("take_thread_control")
        assert type(failure()) is OutcomeUnknown
        assert len(stage.facebook.calls) == 1


class TestTheClock:
    def test_answers_are_dated_by_facebook(self, raw_server: RawServer) -> None:
        raw_server.answers(SUCCESS, "HTTP/1.1 200 OK", "Date: Wed, 21 Oct 2026 07:28:00 GMT")
        assert graph.send(take(), soon()).at == datetime(2026, 10, 21, 7, 28, tzinfo=UTC)

    @pytest.mark.parametrize(
        "date", ["", "yesterday", "Wed, 99 Oct 2026 07:28:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "\xff"]
    )
    def test_without_a_usable_date_ours_has_to_do(self, raw_server: RawServer, date: str) -> None:
        raw_server.answers(SUCCESS, "HTTP/1.1 200 OK", f"Date: {date}")
        answer = graph.send(take(), soon())
        assert answer.date is None
        assert abs((answer.at - datetime.now(UTC)).total_seconds()) < 5

    def test_a_refusal_is_dated_too(self, stage: Stage) -> None:
        stage.facebook.advance(86_400)
        at = failure(request=take("wrong")).at
        assert at is not None
        assert abs((at - stage.facebook.now()).total_seconds()) < 5


class TestTheDatabase:
    def test_a_call_inside_a_transaction_is_a_mistake_of_the_programmer(self, raw_server: RawServer) -> None:
        with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction on 'default'"):
            graph.send(take(), soon())
        assert raw_server.requests == []

    def test_no_connection_is_held_meanwhile(self, stage: Stage) -> None:
        Page.objects.count()
        assert connection.connection is not None
        graph.send(take(), soon())
        assert connection.connection is None


def test_each_thread_keeps_a_connection_open(stage: Stage) -> None:
    sessions = []

    def ask() -> None:
        for _ in range(2):
            graph.send(read_owner(), soon())
            sessions.append(graph._session())
        connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert sessions[0] is sessions[1]
    assert sessions[0] is not graph._session()
