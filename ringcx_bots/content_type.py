"""The media type and the boundary of a request, without the rest of its Content-Type.

Django decodes the query, too, by the body's `charset`, and fails before any of its handlers where that
is none for text. JSON and forms are UTF-8 here, whatever a client calls them.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

_BOUNDARY = re.compile(r';\s*(boundary=(?:"[^"]*"|[^\s;"]+))', re.IGNORECASE)
_Environment = dict[str, Any]
_Application = Callable[[_Environment, Callable[..., Any]], Iterable[bytes]]


def plain(content_type: str) -> str:
    """The Content-Type with nothing but its boundary, if it has one."""
    media_type = content_type.partition(";")[0].strip()
    boundary = _BOUNDARY.search(content_type)
    return f"{media_type}; {boundary[1]}" if boundary else media_type


def with_plain_content_type(application: _Application) -> _Application:
    """The application, seeing only plain Content-Types."""

    def wrapped(environ: _Environment, start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["CONTENT_TYPE"] = plain(environ.get("CONTENT_TYPE") or "")
        return application(environ, start_response)

    return wrapped
