"""What may come in from outside: anything at all, and what is nearly right."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

ODD_TEXT = st.sampled_from(
    ["", " ", "\x00", "\ud800", "\udfff x", "\u202e", "None", "null", "true", "0", "-1", "1e400", "NaN"]
    + ["a" * 65, "x" * 501, "9" * 40, "٣", "ª", "'; --", "%00", "\r\n", "{}", "[]", "\u0130", "\ufeff"]
)
TEXT = st.text(max_size=12) | ODD_TEXT
NUMBERS = (
    st.integers(-3, 3)
    | st.integers()
    | st.sampled_from([2**31, 2**63, -(2**63) - 1, 10**30, 10**400])
    | st.floats()
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT


def any_json(names: st.SearchStrategy[str] = TEXT) -> st.SearchStrategy[Any]:
    """Any JSON value; `names` are the keys that its objects have, besides any text."""
    return st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names | TEXT, inner, max_size=4),
        max_leaves=8,
    )


def written(value: Any) -> bytes:
    """JSON with lone surrogates escaped. A whole number of any length is written out."""
    return json.dumps(value).encode()


def deep(levels: int, inner: str = "1") -> bytes:
    """Nested further than any reader goes."""
    return ('{"a":[' * levels + inner + "]}" * levels).encode()


DEPTHS = st.sampled_from([10, 49, 51, 500, 5000, 100_000])

HEADER_TEXT = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30
)
"""What a server lets through to us: control characters are refused before."""

CHARSETS = st.sampled_from(
    ["utf-8", "UTF8", "latin-1", "utf-16", "utf-7", "ascii", "klingon", "unicode_escape"]
    + ['"', "", "x" * 300, "cp037", "mbcs", "utf-8; charset=cp037"]
)
"""Without codecs that are not for text, or raise what no codec should, such as `hex` and `punycode`: on them
Django's client fails before it calls us."""
MEDIA_TYPES = st.sampled_from(
    ["application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "*/*"]
    + ["application/json; boundary=x", "multipart/form-data; boundary=x", "multipart/form-data; boundary="]
    + ["multipart/form-data; boundary=" + "y" * 300, "APPLICATION/JSON", "application/vnd.api+json", ""]
)


@st.composite
def content_types(draw: st.DrawFn) -> str:
    """Media types with and without a charset, and anything."""
    if draw(st.integers(0, 4)) == 0:
        return draw(HEADER_TEXT)
    media_type = draw(MEDIA_TYPES)
    return f"{media_type}; charset={draw(CHARSETS)}" if draw(st.booleans()) else media_type


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _quoted(value: Any) -> str:
    return quote(_text(value).encode(errors="surrogatepass"))


def as_query(pairs: list[tuple[str, Any]]) -> str:
    """Percent-encoded, lone surrogates as the bytes that some clients write for them."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs)


def as_form(pairs: list[tuple[str, Any]]) -> bytes:
    """The same as a body."""
    return urlencode(
        [(n.encode(errors="surrogatepass"), _text(v).encode(errors="surrogatepass")) for n, v in pairs]
    ).encode()


def as_multipart(pairs: list[tuple[str, Any]]) -> bytes:
    """As a browser writes it, with the boundary `x`."""
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (name.encode(errors="surrogatepass"), _text(value).encode(errors="surrogatepass"))
        for name, value in pairs
    ]
    return b"".join(parts) + b"--x--\r\n"


@st.composite
def sent(draw: st.DrawFn, parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters spread over query and body, in any of the forms, as options of Django's client."""
    pairs = list(parameters.items())
    cut = draw(st.integers(0, len(pairs)))
    query, body = pairs[:cut], pairs[cut:]
    if draw(st.booleans()) and query:
        query.append(draw(st.sampled_from(query)))
    form = draw(st.sampled_from(["json", "urlencoded", "multipart"]))
    content, content_type = {
        "json": lambda: (written(dict(body)), "application/json"),
        "urlencoded": lambda: (as_form(body), "application/x-www-form-urlencoded"),
        "multipart": lambda: (as_multipart(body), "multipart/form-data; boundary=x"),
    }[form]()
    return {
        "data": content if body else b"",
        "content_type": content_type,
        "QUERY_STRING": as_query(query),
    }
