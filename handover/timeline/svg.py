"""Write SVG: elements with escaped text and attributes, and nothing that is not well-formed."""

from __future__ import annotations

import re
from html import escape

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold, escaped or not (XML 1.0, 2.2 Characters)."""

Value = str | float


def element(name: str, *children: str, **attributes: Value) -> str:
    """One element. `children` are written already. In names of attributes a last underscore is dropped, the
    others become hyphens."""
    written = "".join(f' {_name(key)}="{_value(value)}"' for key, value in attributes.items())
    if not children:
        return f"<{name}{written}/>"
    return f"<{name}{written}>{''.join(children)}</{name}>"


def text(content: str, **attributes: Value) -> str:
    """A line of text."""
    return element("text", escaped(content), **attributes)


def titled(title: str, *children: str) -> str:
    """Something drawn, with what it means."""
    return element("g", element("title", escaped(title)), *children)


def escaped(content: str) -> str:
    """Text as an element or attribute may hold it."""
    return escape(_NOT_XML.sub("\ufffd", content))


def number(value: float) -> str:
    """At most one decimal, as pixels are no smaller."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def points(*parts: Value) -> str:
    """The data of a path: letters and numbers."""
    return " ".join(part if isinstance(part, str) else number(part) for part in parts)


def _name(key: str) -> str:
    return key.removesuffix("_").replace("_", "-")


def _value(value: Value) -> str:
    return escaped(value) if isinstance(value, str) else number(value)
