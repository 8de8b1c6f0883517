"""What somebody reads on a page."""

from __future__ import annotations

import re
from html import unescape
from typing import Any


def words_of(answer: Any) -> str:
    """A page as its words, with single spaces; links, buttons and what forms send stay as they are."""
    return words_in(answer.content.decode())


def words_in(html: str) -> str:
    """The same of a part of a page."""
    apart = re.sub(r"</(dt|dd|p|li|div|h\d|strong|span|code)>", " ", html)
    return " ".join(unescape(re.sub(r"<(?!input|a |button)[^>]*>", "", apart)).split())
