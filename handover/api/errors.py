"""Failures on the wire: always `{"error", "message", "status"}`, always JSON under the API's paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

from handover.errors import ServiceError
from handover.models import Handover
from handover.text import storable
from handover.wire_ids import wire_id

log = structlog.get_logger(__name__)

STATUSES: Mapping[str, int] = {
    "invalid_parameter": 400,
    "missing_parameter": 400,
    "impersonation_refused": 400,
    "access_token_missing": 401,
    "invalid_access_token": 401,
    "forbidden": 403,
    "not_found": 404,
    "identity_not_found": 404,
    "method_not_allowed": 405,
    "handover_in_progress": 409,
    "control_conflict": 409,
    "intervention_in_progress": 409,
    "length_required": 411,
    "body_too_large": 413,
    "unsupported_handover_type": 422,
    "ambiguous_identity": 422,
    "source_inactive": 422,
    "invalid_bot_app": 422,
    "intervention_engaged": 422,
    "no_agent_available": 422,
    "content_refused": 422,
    "rate_limit_exceeded": 429,
    "internal_error": 500,
}
VENDORS_STATUSES: Mapping[str, int] = {"error": 422, "unavailable": 503}
"""`facebook_error`, `facebook_unavailable`: what the platform's failures are on the wire."""

_OUR_FAULT = "Something went wrong on our side. The log knows more under this answer's X-Request-ID."


class ApiError(exceptions.APIException):
    """A failure with an identifier of the contract. `headers` and `extra` go along with the answer."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        headers: dict[str, str] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status_code = status_of(code)
        self.headers = headers or {}
        self.extra = extra or {}


def on_the_wire(error: ServiceError, extra: dict[str, Any] | None = None) -> ApiError:
    """A service's refusal or failure, as it is answered."""
    headers = naming(error.handover) if error.handover else {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return ApiError(error.code, error.message, headers=headers, extra=extra)


def naming(handover: Handover) -> dict[str, str]:
    """The header that names the record of a handover."""
    return {"Handover-Id": wire_id(handover.pk)}


def status_of(code: str) -> int:
    """The HTTP status of an identifier."""
    return STATUSES.get(code) or VENDORS_STATUSES[kind_of(code)]


def kind_of(vendors_code: str) -> str:
    """Which of the platform's failures: `error` or `unavailable`."""
    return vendors_code.rpartition("_")[2]


def vendors_codes(vendor: str) -> list[str]:
    """The identifiers that a platform brings along."""
    return [f"{vendor}_{kind}" for kind in VENDORS_STATUSES]


def body(code: str, message: str) -> dict[str, Any]:
    """The three keys that every failure has."""
    return {"error": code, "message": storable(message), "status": status_of(code)}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Every exception of an API view as an answer; what nobody foresaw is logged and says nothing."""
    if isinstance(error, ApiError):
        log.info("api.refused", error=error.code)
        content = {**body(error.code, error.message), **error.extra}
        return Response(content, status=error.status_code, headers=error.headers)
    if isinstance(error, exceptions.MethodNotAllowed):
        return Response(body("method_not_allowed", str(error.detail)), status=405)
    if isinstance(error, SuspiciousOperation):
        return Response(body("invalid_parameter", "The request is malformed."), status=400)
    log.exception("api.failed")
    return Response(body("internal_error", _OUR_FAULT), status=500)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's own 400: a bad Host, a malformed request."""
    if not _is_api(request):
        return defaults.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        return _answer("body_too_large", "The body is too large.")
    return _answer("invalid_parameter", "The request is malformed, or its Host is not one of this service's.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's own 403."""
    if not _is_api(request):
        return defaults.permission_denied(request, exception)
    return _answer("forbidden", "This is not allowed.")


def not_found(request: HttpRequest, exception: Exception | None) -> HttpResponseBase:
    """An unknown path."""
    if not _is_api(request) and exception is not None:
        return defaults.page_not_found(request, exception)
    return _answer("not_found", "There is nothing at this path.")


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Our own fault, outside any view's reach."""
    if not _is_api(request):
        return defaults.server_error(request)
    return _answer("internal_error", _OUR_FAULT)


def _is_api(request: HttpRequest) -> bool:
    return request.path.lstrip("/").startswith(("1.0/", "webhooks/"))


def _answer(code: str, message: str) -> JsonResponse:
    return JsonResponse(
        body(code, message), status=status_of(code), content_type="application/json; charset=utf-8"
    )
