"""What came along with a message, in words: pure.

Shapes: Meta's "Webhook events" reference, `message.attachments`. Its kinds grow, so one that is not known is
shown by its own name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from handover.channel import Attachment

LONGEST_TITLE = 80

_KINDS = {
    "image": "Photo",
    "video": "Video",
    "audio": "Voice message",
    "file": "File",
    "sticker": "Sticker",
    "location": "Place",
    "fallback": "Link",
    "share": "Link",
    "reel": "Reel",
    "ig_reel": "Reel",
    "story_mention": "Mention in a story",
    "template": "Message with buttons",
}


def describe(raw: object) -> Attachment:
    """An attachment as Facebook sent it. What makes no sense has a kind all the same."""
    if not isinstance(raw, Mapping):
        return Attachment("Attachment")
    payload = raw.get("payload")
    inner = payload if isinstance(payload, Mapping) else {}
    url = _address(inner.get("url") or raw.get("url"))
    title = _text(raw.get("title") or inner.get("title"))
    return Attachment(_kind(raw, inner), title or _place(inner) or _file_name(url), url)


def _kind(raw: Mapping[Any, Any], payload: Mapping[Any, Any]) -> str:
    if payload.get("sticker_id"):
        return "Sticker"
    name = _text(raw.get("type"))
    return _KINDS.get(name) or name.replace("_", " ").capitalize() or "Attachment"


def _address(value: object) -> str:
    """An address that may be linked to; empty for a script, a mail, a file and whatever is none."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in ("http", "https") and parts.hostname else ""


def _place(payload: Mapping[Any, Any]) -> str:
    where = payload.get("coordinates")
    if not isinstance(where, Mapping):
        return ""
    both = where.get("lat"), where.get("long")
    return (
        ", ".join(str(part) for part in both) if all(isinstance(part, int | float) for part in both) else ""
    )


def _file_name(url: str) -> str:
    """The last part of an address's path, where it looks like a file's name."""
    name = urlsplit(url).path.rpartition("/")[2] if url else ""
    return _text(name) if "." in name else ""


def _text(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= LONGEST_TITLE else f"{text[:LONGEST_TITLE]}…"
