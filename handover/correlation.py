"""The id that the log lines and the history of one piece of work share."""

from __future__ import annotations

import uuid
from contextlib import AbstractContextManager

import structlog


def current() -> str:
    """The id bound to this piece of work: a request's, or a chore's. Empty where none is."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64]


def piece_of_work() -> AbstractContextManager[None]:
    """Give what is done inside an id of its own: for work that no request asked for."""
    return structlog.contextvars.bound_contextvars(request_id=str(uuid.uuid4()))


def resumed(request_id: str) -> AbstractContextManager[None]:
    """Go on with a piece of work whose id was taken away: that of a request, when its answer is streamed."""
    return structlog.contextvars.bound_contextvars(request_id=request_id)
