"""A request and an answer, free of the server that carries them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from channels_fb.simulator.errors import UNREADABLE_REQUEST, GraphError, Refusal, error_body
from channels_fb.simulator.records import Json


@dataclass(frozen=True)
class Request:
    """`headers` have lower-case names; `path` is without the query."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def parameters(self) -> Json:
        """Query and body merged, the body winning; raises GraphError where either cannot be read."""
        try:
            return _fields(self.query) | self.json_or_form()
        except (ValueError, RecursionError):
            raise GraphError(UNREADABLE_REQUEST) from None

    def json_or_form(self) -> Json:
        if not self.body.strip():
            return {}
        if "json" not in self.headers.get("content-type", ""):
            return _fields(self.body.decode())
        content = json.loads(self.body)
        if not isinstance(content, dict):
            raise ValueError("not an object")
        return content


@dataclass(frozen=True)
class Answer:
    """`lost` tells the server to close the connection instead of answering."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    lost: bool = False

    def content(self) -> Any:
        """What the body says, for the record: JSON where it is some, else text."""
        text = self.body.decode(errors="replace")
        try:
            return json.loads(text)
        except ValueError:
            return text


def json_answer(status: int, content: Any) -> Answer:
    return Answer(status, json.dumps(content).encode("ascii"))


def refusal_answer(refusal: Refusal) -> Answer:
    return json_answer(refusal.status, error_body(refusal))


def _fields(text: str) -> Json:
    return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=1000))
