"""The `q` language of Engage Digital, as far as threads need it: `key:value` and words.

`identity:ID source:ID foreign:PSID`, `key:"a b"`, `-` before a term for the opposite, and bare words, which
must occur in a message of the thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from django.db.models import Exists, OuterRef, Q

from handover.api.errors import ApiError
from handover.models import Content
from handover.text import storable
from handover.wire_ids import key_of

LONGEST = 1000
_TERM = re.compile(
    r"""\s*(?P<minus>-?)(?:(?P<key>[a-z_]+):)?(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+)|(?P<nothing>(?=\s|$)))""",
    re.VERBOSE,
)


def threads(q: str) -> Q:
    """The condition that a `q` puts on threads. Raises `invalid_parameter` where it cannot be read."""
    wanted = Q()
    for match in _matches(q):
        term = _term(match["key"] or "text", match["quoted"] or match["plain"] or "")
        wanted &= ~term if match["minus"] else term
    return wanted


def _matches(q: str) -> Iterator[re.Match[str]]:
    text, position = storable(q).rstrip(), 0
    if len(text) > LONGEST:
        raise ApiError("invalid_parameter", f"Parameter q may have at most {LONGEST} characters.")
    while position < len(text):
        match = _TERM.match(text, position)
        if match is None:
            raise ApiError("invalid_parameter", "Parameter q has a quotation mark that is not closed.")
        position = match.end()
        yield match


def _term(key: str, value: str) -> Q:
    read = _KEYS.get(key)
    if read is None or not value:
        known = ", ".join(sorted(_KEYS))
        raise ApiError(
            "invalid_parameter", f"Parameter q understands {known}, each with a value after the colon."
        )
    return read(value)


def _identity(value: str) -> Q:
    return Q(identity=_key(value))


def _source(value: str) -> Q:
    return Q(source=_key(value))


def _foreign(value: str) -> Q:
    return Q(identity__foreign_id=value)


def _text(value: str) -> Q:
    return Q(Exists(Content.objects.filter(thread=OuterRef("pk"), body__icontains=value)))


def _key(value: str) -> int:
    key = key_of(value)
    if key is None:
        raise ApiError("invalid_parameter", "Parameter q: an id has 24 hex digits.")
    return key


_KEYS: dict[str, Callable[[str], Q]] = {
    "identity": _identity,
    "source": _source,
    "foreign": _foreign,
    "text": _text,
}
