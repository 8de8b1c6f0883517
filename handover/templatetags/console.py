"""What the console's templates draw again and again: icons, who holds a thread, times."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from handover.admin_base import moment as in_full
from handover.labels import HOLDERS
from handover.models import Source
from handover.ownership import Owner, Picture

register = template.Library()

_LOOKS = {
    Owner.BOT: "bot",
    Owner.AGENT: "agent",
    Owner.INBOX: "inbox",
    Owner.OTHER: "other",
    Owner.IDLE: "idle",
    Owner.UNKNOWN: "unsure",
}
_ICONS_OF_MESSAGES = {"success": "okc", "warning": "warn", "error": "stop"}


@register.filter
def words(text: str) -> list[str]:
    """The words of a text, to go through."""
    return text.split()


@register.filter
def initials(name: str) -> str:
    """One or two letters that stand for a person."""
    parts = [part for part in str(name).replace("_", " ").replace(".", " ").split() if part[0].isalnum()]
    if len(parts) > 1:
        return (parts[0][0] + parts[-1][0]).upper()
    return parts[0][:2].upper() if parts else "?"


@register.filter
def message_icon(level: str) -> str:
    """The icon beside a message of that level."""
    return _ICONS_OF_MESSAGES.get(level, "clock")


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """A picture of `icons.svg`; it says nothing by itself, so it has words beside it."""
    kind = "i" if size == 16 else f"i i--{size}"  # noqa: PLR2004 - what `.i` is without more
    address = f"{static('handover/console/icons.svg')}#{name}"
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', kind, address)


@register.simple_tag
def holder(picture: Picture, source: Source | None = None, big: bool = False) -> SafeString:
    """Who holds a thread, as a badge. `picture` is judged already.

    With a `source`, whose `bot_apps` should be prefetched, another app is called by its name.
    """
    word = HOLDERS[picture.owner]
    if picture.owner is Owner.OTHER and source is not None and picture.app_id:
        word = next((bot.name for bot in source.bot_apps.all() if bot.app_id == picture.app_id), "") or word
    if picture.sure or picture.owner is Owner.UNKNOWN:
        return badge(picture.owner, word, big)
    return badge(Owner.UNKNOWN, f"{word}, unsure", big)


@register.simple_tag
def badge(owner: str, word: str = "", big: bool = False) -> SafeString:
    """A holder's badge: icon, word, colour."""
    known = Owner(owner)
    size = " own--big" if big else ""
    look = _LOOKS[known]
    return format_html(
        '<span class="own own--{}{}">{}{}</span>', look, size, icon(look), word or HOLDERS[known]
    )


@register.simple_tag
def ago(at: datetime | None, never: str = "–") -> SafeString | str:
    """How long ago, in one unit; the full time on it."""
    if at is None:
        return never
    return _time(at, span((timezone.now() - at).total_seconds()))


@register.simple_tag
def moment(at: datetime | None, never: str = "not known") -> SafeString | str:
    """A time in full, with its zone."""
    return never if at is None else _time(at, in_full(at))


@register.filter
def span(seconds: float) -> str:
    """A length of time in its largest unit: 40 s, 5 min, 3 h, 2 d."""
    whole = max(0, int(seconds))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if whole >= length:
            return f"{whole // length}\N{NO-BREAK SPACE}{unit}"
    return f"{whole}\N{NO-BREAK SPACE}s"


def _time(at: datetime, words_: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', at.isoformat(timespec="seconds"), in_full(at), words_
    )
