"""A reader at a shell: takes the `sh` blocks of a document one by one and compares what is answered.

A block has assignments and curls. The `json` or `http` block right behind it has the answers of its last
calls, in order. What varies from run to run (times, ids, counts) is compared by its form, and an answer may
have more fields than the document shows.
"""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.docs.documents import Document, Fence

PATIENCE = 20.0
"""Seconds that a GET may take to answer as documented: bot and worker do their part in their own time."""

_ASSIGNMENT = re.compile(r"[A-Z_]+=")
_VARIABLE = re.compile(r"\$([A-Z_]+)")
_VARYING = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "<time>"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"\b[0-9a-f]{24}\b"), "<id>"),
)


@dataclass
class Curl:
    """What a command line of curl asks for; as much of curl as the documents use."""

    url: str = ""
    method: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    fields_in_query: bool = False

    @classmethod
    def parse(cls, words: list[str]) -> Curl:
        """From the words behind `curl`. Raises KeyError for an option that is not known here."""
        made, rest = cls(), iter(words)
        for word in rest:
            if word.startswith("-"):
                made._option(word, rest)
            else:
                made.url = word
        return made

    def _option(self, name: str, rest: Iterator[str]) -> None:
        if name == "-i":
            return
        if name == "-G":
            self.fields_in_query = True
            return
        value = next(rest)
        if name == "-H":
            title, _, content = value.partition(": ")
            self.headers[title] = content
        elif name == "-X":
            self.method = value
        elif name == "-d":
            self.fields.append(value)
        elif name == "--data-urlencode":
            title, _, content = value.partition("=")
            self.fields.append(f"{title}={requests.utils.quote(content)}")
        else:
            raise KeyError(name)

    def is_harmless(self) -> bool:
        """Whether it may be asked again."""
        return self._method() == "GET"

    def send(self, http: requests.Session) -> requests.Response:
        """As curl would."""
        url, body = self.url, "&".join(self.fields) or None
        headers = dict(self.headers)
        if self.fields_in_query:
            url, body = f"{url}?{body}", None
        elif body:
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        data = body.encode() if body else None
        return http.request(
            self._method(), url, data=data, headers=headers, timeout=30, allow_redirects=False
        )

    def _method(self) -> str:
        return self.method or ("POST" if self.fields and not self.fields_in_query else "GET")


@dataclass(frozen=True)
class Documented:
    """An answer as the document shows it; `status` is None where only the body is shown."""

    body: Any
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


class Session:
    """The shell: its variables, and the calls that are made in it."""

    def __init__(self, http: requests.Session, **given: str) -> None:
        """`given` wins over what the document assigns."""
        self._http = http
        self._given = given
        self._variables: dict[str, str] = {}

    def run(self, block: Fence, answers: list[Documented]) -> None:
        """Run a block. Raises AssertionError where an answer is not as documented."""
        curls = [Curl.parse(words[1:]) for words in self._commands(block.text) if words[0] == "curl"]
        assert len(answers) <= len(curls)
        silent = len(curls) - len(answers)
        for curl in curls[:silent]:
            answer = curl.send(self._http)
            assert answer.status_code == 200, f"{curl}: {answer.text}"
        for curl, documented in zip(curls[silent:], answers, strict=True):
            self._compare(curl, documented)

    def _commands(self, text: str) -> Iterator[list[str]]:
        """Each command as its words, once the assignments before it are made."""
        pending = ""
        for line in text.replace("\\\n", " ").splitlines():
            pending += line + "\n"
            if not _is_complete(pending):
                continue
            words = shlex.split(self._filled_in(pending), comments=True)
            pending = ""
            if words and _ASSIGNMENT.match(words[0]):
                self._assign(words[0])
            elif words:
                assert words[0] == "curl", f"neither an assignment nor curl: {words[0]}"
                yield words
        assert not pending, f"a quotation mark is not closed: {pending}"

    def _assign(self, word: str) -> None:
        name, _, value = word.partition("=")
        self._variables[name] = self._given.get(name, value)

    def _filled_in(self, text: str) -> str:
        return _VARIABLE.sub(lambda found: self._variables[found[1]], text)

    def _compare(self, curl: Curl, documented: Documented) -> None:
        ends = time.monotonic() + PATIENCE
        while True:
            answer = curl.send(self._http)
            if "Handover-Id" in answer.headers:
                self._given["HANDOVER_ID"] = answer.headers["Handover-Id"]
            try:
                check(answer, documented)
                return
            except AssertionError:
                if not curl.is_harmless() or time.monotonic() > ends:
                    raise
                time.sleep(0.1)


def _is_complete(text: str) -> bool:
    try:
        shlex.split(text, comments=True)
    except ValueError:
        return False
    return True


def blocks_with_answers(document: Document) -> list[tuple[Fence, list[Documented]]]:
    """Each `sh` block of a document with the answers that are shown behind it."""
    pairs = []
    fences = document.fences
    for fence, following in zip(fences, [*fences[1:], None], strict=True):
        if fence.language == "sh":
            pairs.append((fence, _answers(document, fence, following)))
    return pairs


def _answers(document: Document, fence: Fence, following: Fence | None) -> list[Documented]:
    """An answer stands right behind its call: text in between parts them."""
    if following is None or _lines_between(fence, following) > 1:
        return []
    if following.language == "json":
        return [Documented(body) for body in _several(following.text)]
    if following.language == "http":
        return [_with_head(following.text)]
    return []


def _lines_between(fence: Fence, following: Fence) -> int:
    return following.line - fence.line - fence.text.count("\n") - 2


def _several(text: str) -> Iterator[Any]:
    decoder, rest = json.JSONDecoder(), text.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        yield value
        rest = rest[end:].strip()


def _with_head(text: str) -> Documented:
    head, _, body = text.partition("\n\n")
    first, *headers = head.splitlines()
    named = dict(line.split(": ", 1) for line in headers)
    return Documented(json.loads(body), int(first.split()[1]), named)


def check(answer: requests.Response, documented: Documented) -> None:
    """Compare an answer with the document; the body's `status`, where it is a number, is the real one."""
    body = answer.json()
    shown = documented.body.get("status") if isinstance(documented.body, dict) else None
    status = documented.status or (shown if isinstance(shown, int) else 200)
    assert answer.status_code == status, answer.text
    for name, value in documented.headers.items():
        assert _steady(answer.headers.get(name, "")) == _steady(value), name
    assert _has(body, documented.body), f"documented: {documented.body}\nanswered: {body}"


def _has(actual: Any, documented: Any) -> bool:
    if isinstance(documented, dict):
        return isinstance(actual, dict) and all(
            name in actual and (name == "count" or _has(actual[name], value))
            for name, value in documented.items()
        )
    if isinstance(documented, list):
        return len(actual) == len(documented) and all(map(_has, actual, documented))
    if isinstance(documented, str) and isinstance(actual, str):
        return _steady(actual) == _steady(documented)
    return type(actual) is type(documented) and bool(actual == documented)


def _steady(text: str) -> str:
    for pattern, stand_in in _VARYING:
        text = pattern.sub(stand_in, text)
    return text
