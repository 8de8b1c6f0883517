"""How to read the picture: the shapes that it is drawn with, each with its meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from handover.timeline import shapes, svg
from handover.timeline.facts import Lane

HEIGHT = 192
_ROW, _COLUMN, _FIRST = 24, 260, 46
_R = 5.0
_Shape = Callable[[float, float, str], str]


def _wrote(lane: Lane) -> _Shape:
    return lambda x, y, name: shapes.wrote(lane, x, y, _R)


def _mark(shape: Callable[[float, float, float], str]) -> _Shape:
    return lambda x, y, name: shape(x, y, _R)


def _held(lane: Lane, *, is_sure: bool = True) -> _Shape:
    return lambda x, y, name: shapes.bar(lane, (x - 10, y - 7, 30, 14), is_sure=is_sure, name=name)


_MEANINGS: tuple[tuple[tuple[_Shape, str], ...], ...] = (
    (
        (_wrote(Lane.CUSTOMER), "Customer wrote"),
        (_wrote(Lane.BOT), "Bot wrote"),
        (_wrote(Lane.AGENT), "Agent wrote, sent"),
        (_wrote(Lane.INBOX), "Answered from the Inbox"),
        (_wrote(Lane.OTHER), "Another app wrote"),
    ),
    (
        (_mark(shapes.pending), "To be sent"),
        (_mark(shapes.failed), "Not sent, hover for the reason"),
        (_mark(shapes.out_of_turn), "Wrote while another held it"),
        (_mark(shapes.stayed), "Asked for, nothing moved"),
        (lambda x, y, name: _intervention(x, y), "Intervention, open end: still open"),
    ),
    (
        (lambda x, y, name: shapes.asking(x, y - 8, y + 8), "Control requested"),
        (lambda x, y, name: shapes.arrow(x, y - 8, y + 8, is_sure=True), "Control moved"),
        (_mark(shapes.expired), "Request expired"),
        (_mark(shapes.refused), "Refused, or failed"),
        (_mark(shapes.not_known), "Outcome not known"),
    ),
    (
        (_held(Lane.BOT), "Bot held it (hatched)"),
        (_held(Lane.AGENT), "Agent held it (plain)"),
        (_held(Lane.INBOX), "Inbox held it (spotted)"),
        (_held(Lane.IDLE), "Nobody held it (dashed edge)"),
        (_held(Lane.AGENT, is_sure=False), "As far as we know (dotted edge)"),
    ),
)


def draw(top: float, name: str) -> Iterator[str]:
    """Below `top`, in columns."""
    heading = {"font_size": 12, "font_weight": 600}
    yield svg.text("How to read it", class_="lab", x=16, y=top + 26, **heading, fill=shapes.INK)
    for column, meanings in enumerate(_MEANINGS):
        for row, (shape, meaning) in enumerate(meanings):
            x, y = 26 + column * _COLUMN, top + _FIRST + row * _ROW
            yield shape(x, y, name)
            yield svg.text(meaning, class_="lab", x=x + 28, y=y + 4, font_size=12, fill=shapes.SOFT_INK)


def _intervention(x: float, y: float) -> str:
    data = svg.points("M", x - 8, y - 5, "v", 10, "M", x - 8, y, "h", 18)
    return shapes.stroke_of(shapes.INK, "ink", data, "1.6")
