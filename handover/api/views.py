"""What every API view has in common: the order in which faults are looked for.

Method, body, token, rate, right; then the view's own parameters.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

import structlog
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.views import APIView

from handover import tokens
from handover.api import parameters
from handover.api.errors import ApiError
from handover.api.parameters import Parameters
from handover.models import ApiToken

_BEARER = re.compile(r"bearer(?:\s+(?P<token>.*?))?\s*", re.IGNORECASE | re.DOTALL)
_NOBODYS_TOKENS = {"", "None", "null", "undefined"}
"""What clients send as a bearer when they were given no token."""


class ApiView(APIView):
    """A view whose caller is known and has one of the `rights` its method needs."""

    http_method_names = ["get", "head", "post", "put", "delete"]
    rights: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Method -> rights, of which one is enough."""

    parameters: Parameters
    token: ApiToken

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Look for everything that is wrong with a call before its parameters are."""
        if (request.method or "").lower() not in self._served():
            raise MethodNotAllowed(request.method or "")
        self.parameters = parameters.read(request._request)
        self.token = _authenticate(request, self.parameters)
        structlog.contextvars.bind_contextvars(caller=self.token.name)
        self._check_right(request)
        if self.parameters.text("impersonated_user_id"):
            raise ApiError("impersonation_refused", "Impersonation is not available on this service.")

    def _served(self) -> set[str]:
        return {name for name in self.http_method_names if hasattr(self, name)}

    def _check_right(self, request: Request) -> None:
        needed = self.rights[(request.method or "").lower().replace("head", "get")]
        held = {
            "handover": self.token.may_hand_over,
            "reply": self.token.may_reply,
            "read": self.token.may_read,
        }
        if not any(held[right] for right in needed):
            raise ApiError("forbidden", f"This access token has no right to {' or '.join(needed)}.")


def _authenticate(request: Request, sent: Parameters) -> ApiToken:
    token = _parameter(sent) or _bearer(request)
    if not token:
        raise _unauthorized("access_token_missing", "An access token is required.")
    try:
        return tokens.use(token)
    except tokens.InvalidToken:
        raise _unauthorized("invalid_access_token", "The access token is invalid.") from None
    except tokens.TooManyCalls as error:
        headers = {"Retry-After": str(error.retry_after)}
        raise ApiError("rate_limit_exceeded", "Rate limit exceeded", headers=headers) from None


def _parameter(sent: Parameters) -> str:
    """What is no text is no token."""
    try:
        return sent.text("access_token")
    except ApiError:
        return ""


def _bearer(request: Request) -> str:
    match = _BEARER.fullmatch(request.META.get("HTTP_AUTHORIZATION", "").strip())
    token = (match and match["token"]) or ""
    return "" if token in _NOBODYS_TOKENS else token


def _unauthorized(code: str, message: str) -> ApiError:
    return ApiError(code, message, headers={"WWW-Authenticate": "Bearer"})
