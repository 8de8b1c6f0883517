"""Interventions and the messaging window, which last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from handover.timeline import shapes, svg
from handover.timeline.facts import Lane
from handover.timeline.sheet import Place, fitting, width_of
from handover.timeline.story import Line
from handover.timeline.windows import Window

_ROOM_FOR_ANY_NAME = 30
_TIP = 6


def intervention(line: Line, place: Place) -> str:
    """A line with a foot at its beginning, and one at its end if it is over; dotted while put aside."""
    return svg.titled(line.title, *_intervention(line, place))


def _intervention(line: Line, place: Place) -> Iterator[str]:
    y, foot = place.y(Lane.INTERVENTION), place.sheet.bar / 2
    start, end = place.x(line.start), place.x(line.end)
    aside = place.x(line.deferred_at) if line.deferred_at else end
    aside = min(max(aside, start), end)
    yield _stroke("M", start, y, "H", aside)
    if line.start > place.start:
        yield _stroke("M", start, y - foot, "v", 2 * foot)
    if aside < end:
        yield shapes.waiting(aside, end, y)
    if line.is_over:
        yield _stroke("M", end, y - foot, "v", 2 * foot)
    yield from _name(line, start, end, place)


def _stroke(*data: svg.Value) -> str:
    return shapes.stroke_of(shapes.INK, "ink", svg.points(*data), "1.5")


def _name(line: Line, start: float, end: float, place: Place) -> Iterator[str]:
    """Whose it is, on the line, if the line is long enough."""
    size, y = place.sheet.font, place.y(Lane.INTERVENTION)
    label = fitting(line.label, size, end - start - 24) if end - start > _ROOM_FOR_ANY_NAME else ""
    if not label:
        return
    width, height = width_of(label, size) + 6, size + 2
    yield svg.element(
        "rect", class_="hole", x=start + 8, y=y - height / 2, width=width, height=height, fill=shapes.PAPER
    )
    yield svg.text(label, class_="lab", x=start + 11, y=y + 0.35 * size, font_size=size, fill=shapes.SOFT_INK)


def window(drawn: Window, place: Place, now: datetime) -> str:
    """A bar, pointed where it goes on beyond the picture; an outline where only a person may answer."""
    start, end = place.x(drawn.start), place.x(drawn.end)
    y, half = place.y(Lane.WINDOW), place.sheet.bar / 2
    tip = min(_TIP, end - start) if drawn.goes_on else 0
    data = svg.points("M", start, y - half, "H", end - tip, "l", tip, half, -tip, half, "H", start, "z")
    looks = {"class_": "win", "fill": "#dcecef", "stroke": "#0e5a6b"}
    if drawn.is_by_hand:
        looks |= {"class_": "win byhand", "fill": shapes.PAPER, "stroke_dasharray": "5 3"}
    shape = svg.element("path", d=data, **looks)
    return svg.titled(drawn.title, shape, *_until(drawn, (start, end - tip), place, now))


def _until(drawn: Window, ends: tuple[float, float], place: Place, now: datetime) -> Iterator[str]:
    """When it closes, in the bar: after now if there is room, else before it, else only in the title."""
    size, middle = place.sheet.font, place.x(now)
    room = width_of(drawn.label, size) + 8
    start, end = ends
    spots = [(max(start, middle), end), (start, min(end, middle))]
    fit = [left for left, right in spots if right - left >= room]
    if fit and drawn.end > now:
        yield svg.text(
            drawn.label,
            class_="wint",
            x=fit[0] + 4,
            y=place.y(Lane.WINDOW) + 0.35 * size,
            font_size=size,
            font_weight=600,
            fill="#0e5a6b",
        )
