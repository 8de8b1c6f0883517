"""Bars of parts that lie on each other: how many, and how they ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from xml.etree.ElementTree import Element

from handover.charts.scale import Scale, of_counts
from handover.charts.svg import Drawing, drawing, element, picture, titled

WIDTH, HEIGHT = 352, 214
_LEFT, _BOTTOM, _TOP = 30, 184, 26
_LEAST, _GAP = 2.5, 1.5
"""A part that is there is seen, and stands apart from the next one."""
_LABELS_UNDER_A_BAR = 7
"""With more bars every second one has its label left out."""


class Part(StrEnum):
    """How something ended, in the order in which the parts lie on each other."""

    COMPLETED = "completed"
    OPEN = "not settled"
    EXPIRED = "expired"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class _Look:
    """`fill`, `edge`: on paper. `lines`: the pattern, a path on a square of 5, turned by 45 degrees."""

    class_: str
    fill: str
    edge: str = "none"
    lines: str = ""


_LOOKS = {
    Part.COMPLETED: _Look("k-done", "#0e5a6b"),
    Part.OPEN: _Look("k-open", "#ffffff", "#878277"),
    Part.EXPIRED: _Look("k-exp", "#ffffff", "#b06f00", "M0 0v5"),
    Part.REFUSED: _Look("k-ref", "#c4342a"),
    Part.FAILED: _Look("k-fail", "#ffffff", "#c4342a", "M0 0v5M0 2.5h5"),
}


@dataclass(frozen=True)
class Bar:
    """One bar. `label` stands below it, `name` in its titles."""

    label: str
    name: str
    parts: Mapping[Part, int]

    @property
    def total(self) -> int:
        """All parts together."""
        return sum(self.parts.values())


def draw(bars: Sequence[Bar], label: str, key: str) -> Drawing:
    """The chart. `key`: a word that no other chart of the page has, for the names of its patterns."""
    scale = of_counts(max(bar.total for bar in bars), _BOTTOM, _TOP)
    room = (WIDTH - _LEFT) / len(bars)
    drawn = (
        mark for place, bar in enumerate(bars) for mark in _bar(bar, _LEFT + room * place, room, scale, key)
    )
    labels = (
        _under(bar.label, _LEFT + room * (place + 0.5))
        for place, bar in enumerate(bars)
        if len(bars) <= _LABELS_UNDER_A_BAR or place % 2 == 0
    )
    return picture(WIDTH, HEIGHT, label, _patterns(key), *_axis(scale), *drawn, *labels)


def sample(part: Part, key: str) -> Drawing:
    """A square as the parts look, for beside their words."""
    look = _LOOKS[part]
    square = element("svg", *_box(look, 0.5, 0.5, 11, 11, key), viewBox="0 0 12 12", aria_hidden="true")
    if look.lines:
        square.insert(0, element("defs", _pattern(part, key)))
    return drawing(square)


def _bar(bar: Bar, left: float, room: float, scale: Scale, key: str) -> Iterator[Element]:
    width = min(room * 0.62, 30)
    x, y = left + (room - width) / 2, scale.zero - _GAP
    for part in Part:
        count = bar.parts.get(part, 0)
        if count:
            height = max(_LEAST, scale.zero - scale.place(count) - _GAP)
            y -= height
            yield titled(f"{bar.name}: {count} {part}", *_box(_LOOKS[part], x, y, width, height, key))
            y -= _GAP
    if bar.total:
        yield element("text", f"{bar.total}", class_="v", x=left + room / 2, y=y - 4, **_CENTRED)


def _box(look: _Look, x: float, y: float, width: float, height: float, key: str) -> Iterator[Element]:
    place = {"x": x, "y": y, "width": width, "height": height, "rx": 1.5}
    yield element("rect", class_=look.class_, fill=look.fill, stroke=look.edge, **place)
    if look.lines:
        yield element("rect", fill=f"url(#{key}-{look.class_})", **place)


def _patterns(key: str) -> Element:
    return element("defs", *(_pattern(part, key) for part, look in _LOOKS.items() if look.lines))


def _pattern(part: Part, key: str) -> Element:
    look = _LOOKS[part]
    lines = element("path", class_=f"{look.class_}-h", d=look.lines, stroke=look.edge, stroke_width=1.6)
    turned = {"patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
    return element("pattern", lines, id=f"{key}-{look.class_}", width=5, height=5, **turned)


def _axis(scale: Scale) -> Iterator[Element]:
    for number in scale.ticks():
        y = scale.place(number)
        line = "axis" if number == 0 else "grid"
        colour = "#878277" if number == 0 else "#e3e0d9"
        yield element("path", class_=line, d=f"M{_LEFT} {y:.1f}H{WIDTH}", stroke=colour)
        yield element("text", f"{number:g}", x=_LEFT - 8, y=y + 4, text_anchor="end", **_SMALL)


def _under(text: str, x: float) -> Element:
    return element("text", text, x=x, y=_BOTTOM + 17, **_CENTRED)


_SMALL = {"font-size": "11", "fill": "#69655c"}
_CENTRED = {"text-anchor": "middle", **_SMALL}
