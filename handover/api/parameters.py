"""The parameters of a call: from the query, a form or a JSON object, merged.

The query wins, then the body; of a repeated parameter the last counts; an empty value is an absent one.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils.datastructures import MultiValueDict

from handover.api.errors import ApiError

LARGEST_BODY = 1024 * 1024
_TRUE = {"true", "1", "on", "yes"}
_FALSE = {"false", "0", "off", "no"}


class Parameters:
    """What was sent with a call, by name. Values are text; JSON numbers and booleans are written out."""

    def __init__(self, *sources: Mapping[str, list[Any]]) -> None:
        self._sources = sources

    def text(self, name: str) -> str:
        """The value, empty where it is absent. Raises `invalid_parameter` where it cannot be text."""
        for source in self._sources:
            values = [value for value in source.get(name, []) if value not in (None, "")]
            if values:
                return _text(name, values[-1])
        return ""

    def texts(self, name: str) -> list[str] | None:
        """The values of an array parameter, `name[]`; None where it is absent."""
        for source in self._sources:
            values = [*source.get(f"{name}[]", []), *source.get(name, [])]
            given = [_text(name, value) for value in values if value not in (None, "")]
            if given:
                return given
        return None

    def has_array(self, name: str) -> bool:
        """Whether an array parameter was sent at all, an empty one too."""
        return any(spelling in source for source in self._sources for spelling in (f"{name}[]", name))

    def flag(self, name: str) -> bool:
        """A boolean, false where it is absent."""
        value = self.text(name).lower()
        if value in _TRUE:
            return True
        if value in _FALSE or not value:
            return False
        raise ApiError("invalid_parameter", f"Parameter {name} must be true or false.")


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise ApiError("invalid_parameter", f"Parameter {name} must be text.")


def read(request: HttpRequest) -> Parameters:
    """All parameters of a request. Raises `ApiError` for a body that is too large or unreadable."""
    return Parameters(_query(request), _body(request))


def _query(request: HttpRequest) -> Mapping[str, list[Any]]:
    try:
        return dict(QueryDict(request.META.get("QUERY_STRING", ""), encoding="utf-8").lists())
    except SuspiciousOperation:
        raise ApiError("invalid_parameter", "The query has too many parameters.") from None


def _body(request: HttpRequest) -> Mapping[str, list[Any]]:
    if request.META.get("HTTP_TRANSFER_ENCODING") and not request.META.get("CONTENT_LENGTH"):
        raise ApiError("length_required", "A body must come with its Content-Length.")
    body = _bytes(request)
    if not body:
        return {}
    reader = _READERS.get((request.content_type or "").lower())
    if reader is None:
        raise ApiError(
            "invalid_parameter", "The body must be a form or JSON, and its Content-Type must say which."
        )
    return reader(request, body)


def _bytes(request: HttpRequest) -> bytes:
    if _announced_length(request) > LARGEST_BODY:
        raise ApiError("body_too_large", "The body may have at most 1 MiB.")
    try:
        return request.body
    except UnreadablePostError:
        raise ApiError("invalid_parameter", "The body broke off before its announced length.") from None


def _announced_length(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()):
        raise ApiError("invalid_parameter", "The Content-Length is no number.")
    return int(length[:12])


def _read_json(request: HttpRequest, body: bytes) -> Mapping[str, list[Any]]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise ApiError("invalid_parameter", "The body is not readable JSON.") from None
    if not isinstance(content, dict):
        raise ApiError("invalid_parameter", "The body must be a JSON object.")
    return {name: value if isinstance(value, list) else [value] for name, value in content.items()}


def _read_urlencoded(request: HttpRequest, body: bytes) -> Mapping[str, list[Any]]:
    try:
        return dict(QueryDict(body, encoding="utf-8").lists())
    except SuspiciousOperation:
        raise ApiError("invalid_parameter", "The form has too many fields.") from None


def _read_multipart(request: HttpRequest, body: bytes) -> Mapping[str, list[Any]]:
    try:
        parser = MultiPartParser(request.META, io.BytesIO(body), request.upload_handlers, "utf-8")
        fields: MultiValueDict[str, Any] = parser.parse()[0]
        return dict(fields.lists())
    except (MultiPartParserError, SuspiciousOperation, BadRequest, ValueError, LookupError):
        raise ApiError("invalid_parameter", "The body is not a readable form.") from None


_Reader = Callable[[HttpRequest, bytes], Mapping[str, list[Any]]]
_READERS: Mapping[str, _Reader] = {
    "application/json": _read_json,
    "application/x-www-form-urlencoded": _read_urlencoded,
    "multipart/form-data": _read_multipart,
}
MEDIA_TYPES = tuple(_READERS)
"""What a body may be."""
