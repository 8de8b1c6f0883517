"""Holds the API's answers against its own description, the document at `/1.0/schema`.

Stricter than the document: a property or a header that it does not name is an error here.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import requests
from jsonschema import Draft202012Validator

from handover.api.errors import status_of
from handover.api.schema.document import document

CONTENT_TYPE = "application/json; charset=utf-8"
OF_ANY_SITE = {
    *("connection", "content-length", "content-type", "date", "server"),
    *("cross-origin-opener-policy", "referrer-policy", "vary", "x-content-type-options", "x-frame-options"),
}
"""Headers that say nothing about a call: the server's, and those that browsers want."""


def check(answer: requests.Response) -> None:
    """Fails unless the answer is one that is described for its path and method."""
    path = "/" + urlsplit(answer.url).path.strip("/")
    if not f"{path}/".startswith("/1.0/"):
        return
    assert answer.headers["Content-Type"] == CONTENT_TYPE
    described = _path(path)
    if described is None:
        _check_no_path(answer)
    else:
        _check_described(answer, _responses(described, answer.request.method or ""))


def _path(path: str) -> dict[str, Any] | None:
    for template, described in document()["paths"].items():
        if re.fullmatch(template.replace("{id}", "[^/]+"), path):
            return dict(described)
    return None


def _check_no_path(answer: requests.Response) -> None:
    """There is no description for what does not exist."""
    assert set(answer.json()) == {"error", "message", "status"}
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def _responses(described: dict[str, Any], method: str) -> dict[str, Any]:
    """The described responses; of a method that does not exist, those that any of the path's own has."""
    operation = described.get(method.lower().replace("head", "get"))
    if operation is not None:
        return dict(operation["responses"])
    return {"405": next(iter(described.values()))["responses"]["405"]}


def _check_described(answer: requests.Response, responses: dict[str, Any]) -> None:
    status = str(answer.status_code)
    assert status in responses, f"{_name(answer)} is described with {', '.join(responses)} only"
    _check_headers(answer, responses[status].get("headers", {}))
    if answer.request.method == "HEAD":
        assert answer.content == b""
        return
    schema = responses[status]["content"]["application/json"]["schema"]
    _check_value(f"{_name(answer)}: the body", answer.json(), schema)
    if answer.status_code != 200:
        assert status_of(answer.json()["error"]) == answer.status_code


def _check_headers(answer: requests.Response, headers: dict[str, Any]) -> None:
    unknown = {name.lower() for name in answer.headers} - {name.lower() for name in headers} - OF_ANY_SITE
    assert not unknown, f"{_name(answer)} has headers that are not described: {', '.join(unknown)}"
    for name, header in headers.items():
        value = answer.headers.get(name)
        if value is None:
            assert not header.get("required"), f"{_name(answer)} lacks {name}"
        else:
            is_number = header["schema"]["type"] == "integer"
            _check_value(f"{_name(answer)}: {name}", int(value) if is_number else value, header["schema"])


def _check_value(what: str, value: Any, schema: dict[str, Any]) -> None:
    # References are local ones, so they are found beside the schema.
    whole = {**_closed(schema), "components": _closed(document()["components"])}
    problems = [
        f"{problem.json_path}: {problem.message}"
        for problem in Draft202012Validator(whole).iter_errors(value)
    ]
    assert not problems, f"{what} is not as described: {'; '.join(problems)}"


def _closed(schema: Any) -> Any:
    """The schema, with no properties but those it names."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(item) for name, item in schema.items()}
    return {"additionalProperties": False, **closed} if "properties" in closed else closed


def _name(answer: requests.Response) -> str:
    return f"{answer.request.method} {urlsplit(answer.url).path} ({answer.status_code})"
