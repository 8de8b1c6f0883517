"""Put a story on paper: SVG, by attributes and classes alone, without style and script."""

from __future__ import annotations

from collections.abc import Iterator

from handover.timeline import legend, lines, shapes, svg
from handover.timeline.facts import Lane
from handover.timeline.marks import Mark, MarkKind
from handover.timeline.sheet import Place, Sheet, fitting, width_of
from handover.timeline.story import Bar, Story
from handover.timeline.ticks import Tick, ticks
from handover.timeline.words import minute

_FONTS = "Segoe UI, Roboto, Inter, Liberation Sans, Arial, sans-serif"
_LANES = {
    Lane.CUSTOMER: "Customer",
    Lane.BOT: "Bot",
    Lane.AGENT: "Agent",
    Lane.INBOX: "Inbox",
    Lane.OTHER: "Other app",
    Lane.IDLE: "Idle",
    Lane.UNKNOWN: "Unsure",
    Lane.INTERVENTION: "Intervention",
    Lane.WINDOW: "Window",
}
_BETWEEN_TICKS = 5.5
"""How far ticks are apart, in sizes of the letters."""
_GAP = 6


def draw(story: Story, sheet: Sheet, name: str) -> str:
    """The picture. `name` begins the ids in it, which are unique on a page where each picture has its own."""
    place = Place(sheet, story.start, story.end, story.lanes)
    height = place.bottom + (legend.HEIGHT if sheet.has_legend else 4)
    return svg.element(
        "svg",
        svg.element("title", svg.escaped(story.name), id=f"{name}-t"),
        svg.element("desc", svg.escaped(story.description), id=f"{name}-d"),
        shapes.patterns(name),
        svg.element("rect", class_="bg", width=sheet.width, height=height, fill=shapes.PAPER),
        *_parts(story, place, name),
        *(legend.draw(place.bottom, name) if sheet.has_legend else ()),
        xmlns="http://www.w3.org/2000/svg",
        class_="tl",
        viewBox=svg.points(0, 0, sheet.width, height),
        width=sheet.width,
        height=height,
        role="img",
        aria_labelledby=f"{name}-t {name}-d",
        font_family=_FONTS,
    )


def _parts(story: Story, place: Place, name: str) -> Iterator[str]:
    """From the ground up."""
    if place.sheet.has_legend:
        yield from _header(story, place.sheet)
    yield from (_lane(lane, row, place) for row, lane in enumerate(place.lanes))
    yield from _ticks(story, place)
    yield from (_bar(bar, place, name) for bar in story.bars)
    yield from (lines.window(window, place, story.now) for window in story.windows)
    yield from (lines.intervention(line, place) for line in story.lines)
    yield from (_mark(mark, place) for mark in story.marks)
    yield _now(story, place)


def _header(story: Story, sheet: Sheet) -> Iterator[str]:
    room = sheet.width - 32
    yield svg.text(
        fitting(story.heading, 17, room),
        class_="ttl",
        x=16,
        y=30,
        font_size=17,
        font_weight=650,
        fill=shapes.INK,
    )
    yield svg.text(
        fitting(story.subheading, 13, room), class_="lab", x=16, y=50, font_size=13, fill=shapes.SOFT_INK
    )


def _lane(lane: Lane, row: int, place: Place) -> str:
    sheet, y = place.sheet, place.y(lane)
    ground = {"class_": "lane-alt" if row % 2 else "lane", "fill": shapes.PAPER if row % 2 else "#fbfaf8"}
    top, wide = y - sheet.lane / 2, place.right - sheet.left
    return svg.element("rect", **ground, x=sheet.left, y=top, width=wide, height=sheet.lane) + svg.text(
        _LANES[lane],
        class_="lab",
        x=sheet.left - 10,
        y=y + 0.35 * sheet.font,
        text_anchor="end",
        font_size=sheet.font,
        fill=shapes.SOFT_INK,
    )


# The axis.


def _ticks(story: Story, place: Place) -> Iterator[str]:
    sheet = place.sheet
    most = (place.right - sheet.left) / (_BETWEEN_TICKS * sheet.font)
    for tick in ticks(story.start, story.end, int(most)):
        down = svg.points("M", place.x(tick.at), sheet.top, "V", place.bottom)
        yield shapes.stroke_of("#e3e0d9", "rule", down, "1")
        if _has_room(tick, story, place):
            yield _axis_label(tick.label, place.x(tick.at), place)


def _has_room(tick: Tick, story: Story, place: Place) -> bool:
    """Neither over an edge nor in the way of the present's label."""
    half, x = width_of(tick.label, place.sheet.font) / 2, place.x(tick.at)
    now_half = width_of("now", place.sheet.font) / 2
    is_clear = abs(x - _now_label_x(story, place)) >= half + now_half + _GAP
    return is_clear and x - half >= place.sheet.left - _GAP and x + half <= place.sheet.width


def _axis_label(label: str, x: float, place: Place, **more: svg.Value) -> str:
    y, size = place.sheet.top - 7, place.sheet.font
    return svg.text(
        label,
        **{"class_": "tick", "fill": shapes.FAINT, **more},
        x=x,
        y=y,
        text_anchor="middle",
        font_size=size,
    )


def _now(story: Story, place: Place) -> str:
    down = svg.points("M", place.x(story.now), place.sheet.top - 2, "V", place.bottom)
    label = _axis_label(
        "now", _now_label_x(story, place), place, class_="lab", fill=shapes.SOFT_INK, font_weight=600
    )
    title = f"Now, {minute(story.now)} UTC"
    return svg.titled(title, shapes.stroke_of(shapes.RED, "now", down, "1.2"), label)


def _now_label_x(story: Story, place: Place) -> float:
    return min(place.x(story.now), place.sheet.width - width_of("now", place.sheet.font) / 2)


# Holders and marks.


def _bar(bar: Bar, place: Place, name: str) -> str:
    x, high = place.x(bar.start), place.sheet.bar
    box = (x, place.y(bar.lane) - high / 2, place.x(bar.end) - x, float(high))
    return svg.titled(bar.title, shapes.bar(bar.lane, box, is_sure=bar.is_sure, name=name))


def _mark(mark: Mark, place: Place) -> str:
    x, y, r = place.mark_x(mark.at), place.y(mark.lane), place.sheet.mark
    if mark.kind is MarkKind.WROTE:
        return svg.titled(mark.title, shapes.wrote(mark.lane, x, y, r))
    if mark.kind in _SIMPLE:
        return svg.titled(mark.title, _since(mark, x, y, place), _SIMPLE[mark.kind](x, y, r))
    return svg.titled(mark.title, *_pointing(mark, x, place))


def _since(mark: Mark, x: float, y: float, place: Place) -> str:
    """The line from where it began."""
    if mark.since is None or place.mark_x(mark.since) > x - place.sheet.mark:
        return ""
    return shapes.waiting(place.mark_x(mark.since), x - place.sheet.mark, y)


_SIMPLE = {
    MarkKind.PENDING: shapes.pending,
    MarkKind.FAILED: shapes.failed,
    MarkKind.OUT_OF_TURN: shapes.out_of_turn,
    MarkKind.EXPIRED: shapes.expired,
    MarkKind.STAYED: shapes.stayed,
    MarkKind.NOTE: shapes.note,
}


def _pointing(mark: Mark, x: float, place: Place) -> Iterator[str]:
    """Marks that lead from one lane to another. A move is exactly at its moment, where the bars meet."""
    start, end = _way(mark, place)
    if mark.kind in (MarkKind.MOVED, MarkKind.MOVED_UNSURELY):
        is_sure = mark.kind is MarkKind.MOVED
        yield shapes.arrow(place.x(mark.at), start, end, is_sure=is_sure)
    elif mark.kind is MarkKind.REQUESTED:
        if mark.until is not None:
            yield shapes.waiting(x, place.x(mark.until), place.y(mark.lane))
        yield shapes.asking(x, place.y(mark.lane), end)
    else:
        yield shapes.in_vain(x, place.y(mark.lane), end)
        shape = shapes.refused if mark.kind is MarkKind.REFUSED else shapes.not_known
        yield shape(x, end, place.sheet.mark)


def _way(mark: Mark, place: Place) -> tuple[float, float]:
    """From the edge of one bar to that of the other; within its own lane where it points nowhere."""
    half, y = place.sheet.bar / 2, place.y(mark.lane)
    if mark.to_lane is None or mark.to_lane is mark.lane:
        return y + half, y - half
    to = place.y(mark.to_lane)
    side = half if to > y else -half
    return y + side, to - side
