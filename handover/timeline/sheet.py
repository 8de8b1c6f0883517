"""The paper: how large things are, and where a moment or a lane is on it. Units are pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from handover.timeline.facts import Lane

_WIDTHS = {"ijltfrI.,:;'|!()[] ": 0.38, "mwABCDEGHKNOPQRSUVXYZ": 0.8, "MW@%": 1.0}
_USUAL, _WIDE_SCRIPT = 0.6, 1.1
_WIDTH_OF = {letter: width for letters, width in _WIDTHS.items() for letter in letters}
"""How wide letters are, in parts of their size: on the safe side for the fonts that are used."""


@dataclass(frozen=True)
class Sheet:
    """The sizes of one form of the picture. `left`: where the lanes begin; `mark`: half a mark's width."""

    width: int
    left: int
    right: int
    """The margin on that side."""
    head: int
    """Above the ticks."""
    lane: int
    bar: int
    mark: float
    font: int
    has_legend: bool = False

    @property
    def top(self) -> int:
        """Where the first lane begins: below the ticks."""
        return self.head + self.font + 8


WIDE = Sheet(width=720, left=82, right=16, head=0, lane=19, bar=11, mark=4, font=11)
NARROW = Sheet(width=358, left=82, right=8, head=0, lane=19, bar=11, mark=4, font=11)
FULL = Sheet(width=1060, left=104, right=16, head=64, lane=42, bar=20, mark=5.4, font=13, has_legend=True)


@dataclass(frozen=True)
class Place:
    """Where things are on a sheet for a span of time and some lanes."""

    sheet: Sheet
    start: datetime
    end: datetime
    lanes: Sequence[Lane]

    @property
    def right(self) -> int:
        """Where the lanes end."""
        return self.sheet.width - self.sheet.right

    @property
    def bottom(self) -> int:
        """Below the last lane."""
        return self.sheet.top + len(self.lanes) * self.sheet.lane

    def x(self, at: datetime) -> float:
        """Where a moment is; what is outside of the span is at its edge."""
        share = (at - self.start) / (self.end - self.start)
        return self.sheet.left + min(max(share, 0.0), 1.0) * (self.right - self.sheet.left)

    def mark_x(self, at: datetime) -> float:
        """Where a mark is, all of which has to be on the lanes."""
        room = self.sheet.mark + 2
        return min(max(self.x(at), self.sheet.left + room), self.right - room)

    def y(self, lane: Lane) -> float:
        """The middle of a lane."""
        return self.sheet.top + (self.lanes.index(lane) + 0.5) * self.sheet.lane


def width_of(content: str, size: float) -> float:
    """About how wide a text is, or a little more."""
    return sum(map(_letter, content)) * size


def _letter(letter: str) -> float:
    """What cannot be shown is replaced by a sign that is as wide as those of wide scripts."""
    return _WIDE_SCRIPT if letter >= "\u2e80" or letter < " " else _WIDTH_OF.get(letter, _USUAL)


def fitting(content: str, size: float, room: float) -> str:
    """The text, cut where it would be wider than the room."""
    if width_of(content, size) <= room:
        return content
    kept, left = 0, room - width_of("…", size)
    while left >= 0:
        left -= _letter(content[kept]) * size
        kept += left >= 0
    return f"{content[:kept].rstrip()}…" if kept else ""
