"""The shapes of marks and bars.

Colours are attributes, for file and print; the classes let a page change them. Everything can be told apart
without colour: bars by hatching, dots and dashes, marks by their form.
"""

from __future__ import annotations

from handover.timeline.facts import Lane
from handover.timeline.svg import element, number, points

INK, PAPER, RED, SOFT_INK, FAINT = "#1e1d1a", "#fff", "#c4342a", "#55524b", "#69655c"
SOLID = {
    Lane.CUSTOMER: INK,
    Lane.BOT: "#6b47cf",
    Lane.AGENT: "#1f7f49",
    Lane.INBOX: "#1c68c4",
    Lane.OTHER: "#ad3279",
    Lane.IDLE: "#7a756a",
    Lane.UNKNOWN: "#7a756a",
}
_LIGHT = {Lane.BOT: "#eee9fb", Lane.AGENT: "#e2f2e7", Lane.INBOX: "#e1edfb", Lane.OTHER: "#fae6f0"}
_PATTERNED = (Lane.BOT, Lane.INBOX, Lane.OTHER)
_DASHED, _DOTTED = "3 2", "1 2.5"
_ASKED = "3 2.5"


def patterns(name: str) -> str:
    """The fillings of bars. `name` begins their ids, as ids are unique within a page."""
    return element("defs", _hatching(name), _dots(name), _tiles(name))


def _hatching(name: str) -> str:
    line = element(
        "path", class_="h-bot", d="M0 0v6", stroke=SOLID[Lane.BOT], stroke_width="1.6", opacity=".45"
    )
    return _pattern(f"{name}-{Lane.BOT}", "6", line, patternTransform="rotate(45)")


def _dots(name: str) -> str:
    dot = element("circle", class_="h-inbox", cx="2", cy="2", r="1", fill=SOLID[Lane.INBOX], opacity=".5")
    return _pattern(f"{name}-{Lane.INBOX}", "5", dot)


def _tiles(name: str) -> str:
    tile = element(
        "path", class_="h-other", d="M0 0h3v3h-3zM3 3h3v3h-3z", fill=SOLID[Lane.OTHER], opacity=".3"
    )
    return _pattern(f"{name}-{Lane.OTHER}", "6", tile)


def _pattern(name: str, size: str, drawn: str, **more: str) -> str:
    return element("pattern", drawn, id=name, width=size, height=size, patternUnits="userSpaceOnUse", **more)


def bar(lane: Lane, box: tuple[float, float, float, float], *, is_sure: bool, name: str) -> str:
    """A holder's bar in `box`: x, y, width, height. Dotted where not sure, dashed where nobody holds."""
    x, y, width, height = box
    size = {"x": x, "y": y, "width": max(width, 1.5), "height": height, "rx": 3.0}
    looks = {"class_": f"b-{lane}" if is_sure else f"b-{lane} unsure", "stroke": SOLID[lane]}
    looks["fill"] = _LIGHT.get(lane, PAPER) if is_sure else PAPER
    if not is_sure:
        looks |= {"stroke_dasharray": _DOTTED, "stroke_linecap": "round", "stroke_width": "1.6"}
    elif lane is Lane.IDLE:
        looks["stroke_dasharray"] = _DASHED
    filling = element("rect", **size, fill=f"url(#{name}-{lane})") if is_sure and lane in _PATTERNED else ""
    return element("rect", **size, **looks) + filling


def wrote(lane: Lane, x: float, y: float, r: float) -> str:
    """A message: a triangle is the customer's, a square the bot's, a disc the agent's, a diamond the Inbox's,
    a plus another app's."""
    paint = {"class_": "cust" if lane is Lane.CUSTOMER else f"f-{lane}", "fill": SOLID[lane]}
    if lane is Lane.CUSTOMER:
        return element("path", d=points("M", x - r, y - r, "h", 2 * r, "l", -r, 1.8 * r, "z"), **paint)
    if lane is Lane.BOT:
        return element("rect", x=x - 0.9 * r, y=y - 0.9 * r, width=1.8 * r, height=1.8 * r, **paint)
    if lane is Lane.AGENT:
        return element("circle", cx=x, cy=y, r=r, **paint)
    if lane is Lane.INBOX:
        return element(
            "path",
            d=points("M", x, y - 1.2 * r, "l", 1.2 * r, 1.2 * r, -1.2 * r, 1.2 * r, -1.2 * r, -1.2 * r, "z"),
            **paint,
        )
    arm, thin = r, 0.35 * r
    plus = points("M", x - thin, y - arm, "h", 2 * thin, "v", arm - thin, "h", arm - thin, "v", 2 * thin)
    rest = points("h", thin - arm, "v", arm - thin, "h", -2 * thin, "v", thin - arm, "h", thin - arm)
    return element("path", d=f"{plus} {rest} v {number(-2 * thin)} h {number(arm - thin)} z", **paint)


def pending(x: float, y: float, r: float) -> str:
    """A message that is still to be sent."""
    return _ring("hole ink", x, y, r, INK, stroke_dasharray="2 1.6")


def failed(x: float, y: float, r: float) -> str:
    """A message that was not sent."""
    return _ring("hole bad", x, y, r + 0.6, RED) + _cross(x, y, 0.4 * r, 1.5)


def stayed(x: float, y: float, r: float) -> str:
    """Something that moved nothing."""
    return _ring("hole ink", x, y, 0.6 * r, INK)


def out_of_turn(x: float, y: float, r: float) -> str:
    """A message while another held the thread."""
    side = 1.8 * r
    square = {"x": x - 0.9 * r, "y": y - 0.9 * r, "width": side, "height": side}
    hole = element("rect", class_="hole ink", **square, fill=PAPER, stroke=INK, stroke_width="1.5")
    beside = x + 0.9 * r + 4
    stroke = stroke_of(RED, "bad", points("M", beside, y - 0.9 * r, "v", r), "2")
    return hole + stroke + element("circle", class_="fbad", cx=beside, cy=y + 0.75 * r, r="1.2", fill=RED)


def expired(x: float, y: float, r: float) -> str:
    """An hourglass."""
    wide, high = 0.9 * r, 1.1 * r
    glass = points("M", x - wide, y - high, "h", 2 * wide, "l", -2 * wide, 2 * high, "h", 2 * wide, "z")
    return element(
        "path",
        class_="hole bad",
        d=glass,
        fill=PAPER,
        stroke=RED,
        stroke_width="1.6",
        stroke_linejoin="round",
    )


def refused(x: float, y: float, r: float) -> str:
    """A cross."""
    return _cross(x, y, 0.8 * r, 2)


def not_known(x: float, y: float, r: float) -> str:
    """A question mark in a circle."""
    mark = element(
        "text", "?", class_="fink", x=x, y=y + 0.6 * r, text_anchor="middle", font_size=1.7 * r, fill=INK
    )
    return _ring("hole ink", x, y, r + 1, INK) + mark


def note(x: float, y: float, r: float) -> str:
    """A tick on an intervention's line."""
    return stroke_of(INK, "ink", points("M", x, y - r, "v", 2 * r), "1.5")


def arrow(x: float, start: float, end: float, *, is_sure: bool) -> str:
    """Control moved: an arrow with a full head, dotted where that is not sure."""
    back = -6.0 if end > start else 6.0
    shaft = {} if is_sure else {"stroke_dasharray": _DOTTED, "stroke_linecap": "round"}
    line = stroke_of(INK, "ink", points("M", x, start, "V", end), "1.4", **shaft)
    head = points("M", x - 3.6, end + back, "h", 7.2, "L", x, end, "z")
    return line + element("path", class_="fink", d=head, fill=INK)


def asking(x: float, start: float, end: float) -> str:
    """Control asked for: a dashed arrow with an open head."""
    back = -5.0 if end > start else 5.0
    line = stroke_of(INK, "ink", points("M", x, start, "V", end), "1.4", stroke_dasharray=_ASKED)
    head = points("M", x - 3.4, end + back, "L", x, end, "L", x + 3.4, end + back)
    return line + stroke_of(INK, "ink", head, "1.4")


def waiting(start: float, end: float, y: float) -> str:
    """A request that is open for a while."""
    return stroke_of(INK, "ink", points("M", start, y, "H", end), "1.4", stroke_dasharray="1.5 3")


def in_vain(x: float, start: float, end: float) -> str:
    """The way that control did not go."""
    return stroke_of(RED, "bad", points("M", x, start, "V", end), "1.4", stroke_dasharray=_ASKED)


def stroke_of(colour: str, name: str, data: str, width: str, **more: str) -> str:
    """A line."""
    return element("path", class_=name, d=data, stroke=colour, stroke_width=width, fill="none", **more)


def _ring(name: str, x: float, y: float, r: float, colour: str, **more: str) -> str:
    return element(
        "circle", class_=name, cx=x, cy=y, r=r, fill=PAPER, stroke=colour, stroke_width="1.5", **more
    )


def _cross(x: float, y: float, arm: float, width: float) -> str:
    data = points("M", x - arm, y - arm, "l", 2 * arm, 2 * arm, "m", 0, -2 * arm, "l", -2 * arm, 2 * arm)
    return stroke_of(RED, "bad", data, number(width), stroke_linecap="round")
