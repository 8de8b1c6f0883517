"""The headers of answers, as far as they say something about the call."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter

from handover.api.errors import VENDORS_STATUSES, status_of
from handover.api.schema.values import ID, Schema

_TEXT: Schema = {"type": "string"}
_BEARER: Schema = {"type": "string", "const": "Bearer"}
_SECONDS: Schema = {"type": "integer", "minimum": 0}


def of_answers(statuses: set[int], naming_a_handover: set[int]) -> list[OpenApiParameter]:
    """The headers of an operation's answers. `naming_a_handover`: the statuses that may have a record."""
    other_method = {status_of("method_not_allowed")}
    too_many = {status_of("rate_limit_exceeded")}
    no_token = {status_of("access_token_missing"), status_of("invalid_access_token")}
    unavailable = {VENDORS_STATUSES["unavailable"]}
    again = "Seconds after which to try again"
    headers = [
        _header("X-Request-ID", _TEXT, "The id of this call in the service's log.", statuses),
        _header("Allow", _TEXT, "The methods of this path.", statuses & other_method, always=True),
        _header("Allow", _TEXT, "The methods of this path.", statuses - other_method),
        _header("WWW-Authenticate", _BEARER, "How to send a token.", statuses & no_token, always=True),
        _header("Retry-After", _SECONDS, f"{again}.", statuses & too_many, always=True),
        _header("Retry-After", _SECONDS, f"{again}, where the platform named them.", statuses & unavailable),
        _header("Handover-Id", ID, "The record of this handover, if there is one.", naming_a_handover),
    ]
    # Without a status drf-spectacular would take it for a header of the request.
    return [header for header in headers if header.response]


def _header(
    name: str, schema: Schema, words: str, statuses: set[int], *, always: bool = False
) -> OpenApiParameter:
    return OpenApiParameter(
        name, schema, "header", description=words, required=always, response=sorted(statuses)
    )
