"""What no input may cause: an error in the log, an answer that the contract does not know."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from handover.api.errors import STATUSES

IDENTIFIERS = {**STATUSES, "facebook_error": 422}
"""Without `facebook_unavailable`: the Facebook of these tests is well."""
SUCCESS = {"status": 200, "message": "Success"}

_LOUD_LOGGERS = ("", "huey")  # huey does not propagate to the root.


class _Listener(logging.Handler):
    def __init__(self, is_outage_expected: bool) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self._is_outage_expected = is_outage_expected

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("django.security"):
            return  # A bad Host: Django blames whoever sent it, in a line of its own.
        facts: dict[str, Any] = record.msg if isinstance(record.msg, dict) else {}
        text = str(facts) if facts else record.getMessage()
        if self._is_outage_expected and (facts.get("code") == 503 or text.startswith("Service Unavailable")):
            return
        if record.levelno >= logging.ERROR or record.exc_info or facts.get("exc_info") or "Traceback" in text:
            self.lines.append(f"{record.name} {record.levelname}: {text} {record.exc_info}")


@contextmanager
def quiet_log(*, is_outage_expected: bool = False) -> Iterator[None]:
    """Fails if anything in the block logs an error or an exception, on whichever thread."""
    listener = _Listener(is_outage_expected)
    loggers = [logging.getLogger(name) for name in _LOUD_LOGGERS]
    for logger in loggers:
        logger.addHandler(listener)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(listener)
    assert listener.lines == []


def strict_json(body: bytes) -> Any:
    """The JSON of an answer; NaN and infinities are none."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(body.decode(), parse_constant=refuse)


def as_agreed(answer: Any, method: str) -> Any:
    """Check an answer of the API against the contract, and return its content."""
    status, body = answer.status_code, answer.content
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    assert b"Traceback" not in body
    assert status == 200 or status in IDENTIFIERS.values(), (status, body)
    assert status < 500, body
    if status == 405:
        assert answer["Allow"]
    if status == 401:
        assert answer["WWW-Authenticate"] == "Bearer"
    if method == "HEAD":
        return None
    content = strict_json(body)
    # Agents' status alone is a bare list.
    assert isinstance(content, dict) or (status == 200 and isinstance(content, list))
    if status != 200:
        assert set(content) - {"plan"} == {"error", "message", "status"}, content
        assert IDENTIFIERS[content["error"]] == content["status"] == status, content
        assert content["message"].strip(), content
    return content
