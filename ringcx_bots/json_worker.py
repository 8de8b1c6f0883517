"""gunicorn's threads, refusing in JSON: what it turns away itself never reaches Django.

The contract knows no other form of an answer, and a request line that cannot be read has no path.
"""

import json
from http import HTTPStatus
from typing import Any

from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker


class JsonThreadWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """A `gthread` worker whose own refusals are `{"error", "message", "status"}`."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Let gunicorn judge and log, and put its verdict into JSON. Nothing malformed is our fault."""
        verdict = _Verdict()
        super().handle_error(req, verdict, addr, exc)
        if verdict.status:
            is_ours = verdict.status == HTTPStatus.INTERNAL_SERVER_ERROR
            write_nonblock(client, _answer(verdict.status if is_ours or verdict.status < 500 else 400))


class _Verdict:
    """Stands in for the client's socket while gunicorn writes its page of HTML."""

    status = 0

    def gettimeout(self) -> float:
        """As a socket that does not block."""
        return 0.0

    def sendall(self, answer: bytes) -> None:
        """Keep the status of `HTTP/1.1 400 Bad Request`."""
        self.status = int(answer.split(b" ", 2)[1])


def _answer(status: int) -> bytes:
    is_ours = status >= 500
    content = {
        "error": "internal_error" if is_ours else "invalid_parameter",
        "message": "Something went wrong on our side."
        if is_ours
        else f"The server cannot read this request: {HTTPStatus(status).phrase}.",
        "status": status,
    }
    body = json.dumps(content).encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        "Content-Type: application/json; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
