"""What only the real server shows: two processes of gunicorn, as `Procfile` starts them."""

from __future__ import annotations

import http.client
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from handover import tokens
from tests.processes import ROOT, environment, free_port, is_listening
from tests.world import MAYA, World

SUCCESS = b'{"status":200,"message":"Success"}'
ASKED = {"identity_foreign_id": MAYA, "from": "bot", "to": "agent", "type": "messenger"}


@pytest.fixture
def served(world: World, tmp_path: Path) -> Iterator[World]:
    """The world, with its API in processes of its own."""
    world.build()
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "ringcx_bots.wsgi", "--bind", f"127.0.0.1:{port}"]
    with (tmp_path / "gunicorn.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(tmp_path, world.facebook.url), stdout=log, stderr=log
        )
        try:
            wait_for(port, process)
            world.url = f"http://127.0.0.1:{port}"
            yield world
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, "gunicorn stopped at its start"
        if is_listening(port):
            return
        time.sleep(0.1)
    raise AssertionError("gunicorn did not start")


def raw(world: World, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes, read one answer."""
    host, port = world.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as wire:
        wire.sendall(request)
        answer = http.client.HTTPResponse(wire)
        answer.begin()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


def head(line: str, *headers: str) -> bytes:
    return "\r\n".join([line, "Host: localhost", *headers, "", ""]).encode()


def test_the_wire_as_the_real_server_speaks_it(served: World, tmp_path: Path) -> None:
    query = urlencode({**ASKED, "access_token": served.token})
    for path in ("/1.0/bots/handover", "//1.0/bots/handover", "/1.0/bots/handover/"):
        status, headers, body = raw(served, head(f"POST {path}?{query} HTTP/1.1"))
        assert (status, body) == (200, SUCCESS), path
        assert headers["content-type"] == "application/json; charset=utf-8"

    for path in ("/1.0/schema", "//1.0/schema", "/1.0/schema/"):
        status, headers, body = raw(
            served, head(f"GET {path}?format=yaml HTTP/1.1", "Accept: application/xml")
        )
        assert (status, json.loads(body)["openapi"]) == (200, "3.1.0"), path
        assert headers["content-type"] == "application/json; charset=utf-8"

    chunked = (
        head("POST /1.0/bots/handover HTTP/1.1", "Transfer-Encoding: chunked") + b"3\r\na=b\r\n0\r\n\r\n"
    )
    refused: list[tuple[bytes, int, bytes]] = [
        (chunked, 411, b"length_required"),
        (head("POST /1.0/bots/handover HTTP/1.1", "Content-Length: 99999999"), 413, b"body_too_large"),
        (head("GET //1.0/nothing HTTP/1.1"), 404, b"not_found"),
        (b"GET /1.0/nothing HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n", 400, b"invalid_parameter"),
        (head("OPTIONS /1.0/bots/handover HTTP/1.1"), 405, b"method_not_allowed"),
        (head("POST //1.0/schema HTTP/1.1", "Content-Length: 0"), 405, b"method_not_allowed"),
        (head("GET /webhooks/facebook/nothing HTTP/1.1"), 404, b"not_found"),
    ]
    for request, status, error in refused:
        got, headers, body = raw(served, request)
        assert (got, error in body) == (status, True), (request[:60], got, body)
        assert headers["content-type"].startswith("application/json")

    unreadable = [
        head("GET /1.0/nothing HTTP/1.1", "Content-Length: abc"),
        head("GET /1.0/nothing HTTP/1.1", "Content-Length: 1", "Transfer-Encoding: chunked"),
        head("POST /1.0/nothing HTTP/1.1", "Transfer-Encoding: gzip"),
        head("GET /1.0/nothing HTTP/1.1", "bad header: x"),
        head(f"GET /1.0/nothing?{'x' * 9000} HTTP/1.1"),
        head("GET /1.0/nothing HTTP/1.1", f"X-Long: {'x' * 9000}"),
    ]
    for request in unreadable:
        got, headers, body = raw(served, request)
        assert (400 <= got < 500, json.loads(body)["status"]) == (True, got), (request[:60], got, body)
        assert headers["content-type"] == "application/json; charset=utf-8"

    for charset in ("hex", "utf-16", "undefined", "rot13"):
        typed = head(
            f"POST /1.0/bots/handover?{query} HTTP/1.1", f"Content-Type: application/json; charset={charset}"
        )
        assert raw(served, typed)[::2] == (200, SUCCESS), charset

    long_reason = urlencode({**ASKED, "reason": "\u00e9" * 500, "access_token": served.token})
    assert raw(served, head(f"POST /1.0/bots/handover?{long_reason} HTTP/1.1"))[0] == 200

    log = (tmp_path / "gunicorn.log").read_text()
    assert served.token not in log
    assert re.search("request_finished", log)


def test_the_rate_is_counted_across_processes(served: World) -> None:
    token = tokens.issue("few", per_minute=10)

    def call(_: int) -> int:
        answer: Any = served.ask("GET", "/1.0/content_sources", token=token)
        return int(answer.status_code)

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(call, range(30)))
    assert (statuses.count(200), statuses.count(429)) == (10, 20)


def test_the_schema_can_be_asked_for_by_many_at_once_right_after_the_start(served: World) -> None:
    def ask(_: int) -> tuple[int, bytes]:
        status, _, body = raw(served, head("GET /1.0/schema HTTP/1.1"))
        return status, body

    with ThreadPoolExecutor(32) as pool:
        answers = set(pool.map(ask, range(64)))
    assert [status for status, _ in answers] == [200]
