"""The `q` language of Engage Digital: `key:value` and words, `-` before a term for its opposite.

`key:"a b"` keeps blanks. All terms must hold, but of a key that stands several times one value is enough; not
so of words, the key `text`. Which keys there are is said here for threads: `identity:ID source:ID
foreign:PSID`, and words that must occur in a message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from handover.api.errors import ApiError
from handover.models import Content
from handover.text import storable
from handover.wire_ids import key_of

LONGEST = 1000
WORDS = "text"
"""The key of bare words."""
_TERM = re.compile(
    r"""\s*(?P<minus>-?)(?:(?P<key>[a-z_]+):)?(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+)|(?P<nothing>(?=\s|$)))""",
    re.VERBOSE,
)

Keys = Mapping[str, Callable[[str], Q]]
"""From a key to the condition that a value of it puts on rows. May raise `invalid_parameter`."""


@dataclass(frozen=True)
class Term:
    """One term of a `q`."""

    key: str
    value: str
    is_negated: bool


def threads(q: str) -> Q:
    """The condition that a `q` puts on threads. Raises `invalid_parameter` where it cannot be read."""
    return condition(terms(q), _KEYS)


def terms(q: str) -> list[Term]:
    """The terms of a `q`. Raises `invalid_parameter` where it cannot be read."""
    return [
        Term(match["key"] or WORDS, match["quoted"] or match["plain"] or "", bool(match["minus"]))
        for match in _matches(q)
    ]


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


def condition(found: Iterable[Term], keys: Keys) -> Q:
    """What terms put on rows that have these keys. Raises `invalid_parameter`."""
    wanted = Q()
    one_of: dict[str, Q] = {}
    for term in found:
        meant = _meaning(term, keys)
        if term.is_negated:
            wanted &= ~meant
        elif term.key == WORDS:
            wanted &= meant
        else:
            one_of[term.key] = one_of.get(term.key, Q()) | meant
    return Q(wanted, *one_of.values())


def _meaning(term: Term, keys: Keys) -> Q:
    read = keys.get(term.key)
    if read is None or not term.value:
        known = ", ".join(sorted(keys))
        raise ApiError(
            "invalid_parameter", f"Parameter q understands {known}, each with a value after the colon."
        )
    return read(term.value)


def id_in(value: str) -> int:
    """The database key behind an id. Raises `invalid_parameter`."""
    key = key_of(value)
    if key is None:
        raise ApiError("invalid_parameter", "Parameter q: an id has 24 hex digits.")
    return key


def _identity(value: str) -> Q:
    return Q(identity=id_in(value))


def _source(value: str) -> Q:
    return Q(source=id_in(value))


def _foreign(value: str) -> Q:
    return Q(identity__foreign_id=value)


def _text(value: str) -> Q:
    return Q(Exists(Content.objects.filter(thread=OuterRef("pk"), body__icontains=value)))


_KEYS: Keys = {
    "identity": _identity,
    "source": _source,
    "foreign": _foreign,
    WORDS: _text,
}
