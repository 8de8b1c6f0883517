"""What the list of threads writes in a line."""

from __future__ import annotations

from django import template

from handover.models import Author, Content

register = template.Library()

_ICONS = {
    Author.CUSTOMER: "person",
    Author.BOT: "bot",
    Author.AGENT: "agent",
    Author.INBOX: "inbox",
    Author.OTHER: "other",
}
_LONGEST = 160
"""Characters: more than a line has room for."""


@register.filter
def author_icon(author: str) -> str:
    """The icon of whoever wrote a message."""
    return _ICONS[Author(author)]


@register.filter
def in_one_line(content: Content) -> str:
    """A message, or what it has instead of words."""
    text = " ".join(content.body.split())
    if text:
        return text[:_LONGEST]
    kinds = [str(part.get("type") or "file") for part in content.attachments if isinstance(part, dict)]
    return f"[{', '.join(kinds)}]" if kinds else "[no text]"


@register.filter
def clock(seconds: float) -> str:
    """A span as minutes and seconds, 1:05."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02}"
