"""Lengths of time, one below the other: a dot for the median, a stroke for the 95th percentile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from handover.charts.scale import Scale, of_times
from handover.charts.svg import Drawing, drawing, element, picture, titled

WIDTH = 352
_LEFT, _RIGHT, _TOP, _ROW, _FOOT = 104, 292, 8, 46, 24
_ACCENT = "#0e5a6b"
_LONGEST_NAME = 16


@dataclass(frozen=True)
class Length:
    """One line. Seconds in numbers to draw, and in words to read."""

    name: str
    note: str
    median: float
    most: float
    median_words: str
    most_words: str


def draw(lengths: Sequence[Length], label: str) -> Drawing:
    """The chart, as high as it has lines."""
    bottom = _TOP + _ROW * len(lengths)
    scale = of_times(max(length.most for length in lengths), _LEFT, _RIGHT)
    lines = (
        mark for place, length in enumerate(lengths) for mark in _line(length, _TOP + _ROW * place, scale)
    )
    return picture(WIDTH, bottom + _FOOT, label, *_grid(scale, bottom), *lines)


def _line(length: Length, top: float, scale: Scale) -> Iterator[Element]:
    middle, median, most = top + 28, scale.place(length.median), scale.place(length.most)
    yield element("text", _short(length.name), class_="l", x=0, y=top + 24, **_LARGE)
    yield element("text", length.note, x=0, y=top + 38, **_SMALL)
    yield titled(
        f"{length.name}: median {length.median_words}, 95 of 100 within {length.most_words}",
        _stroke(f"M{median:.1f} {middle}H{most:.1f}", 3, stroke_linecap="round", opacity=0.45),
        element("circle", class_="k-acc", cx=median, cy=middle, r=5.5, fill=_ACCENT),
        _stroke(f"M{most:.1f} {middle - 7}v14", 2.5),
    )
    yield element("text", length.median_words, class_="v", x=median, y=middle - 10, **_CENTRED)
    yield element("text", length.most_words, class_="v", x=most + 7, y=middle + 4, **_SMALL)


def _stroke(path: str, width: float, **more: str | float) -> Element:
    return element("path", class_="s-acc", d=path, stroke=_ACCENT, stroke_width=width, **more)


def _grid(scale: Scale, bottom: float) -> Iterator[Element]:
    in_minutes = scale.step >= 60
    for seconds in scale.ticks():
        x = scale.place(seconds)
        words = f"{seconds / 60:g} min" if in_minutes else f"{round(seconds, 1):g} s"
        yield element("path", class_="grid", d=f"M{x:.1f} {_TOP}V{bottom}", stroke="#e3e0d9")
        yield element("text", words, x=x, y=bottom + 17, **_CENTRED)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"


_LARGE = {"font-size": "12", "fill": "#55524b"}
_SMALL = {"font-size": "11", "fill": "#69655c"}
_CENTRED = {"text-anchor": "middle", **_SMALL}


def _sample(*marks: Element) -> Drawing:
    return drawing(element("svg", *marks, viewBox="0 0 12 12", aria_hidden="true"))


DOT = _sample(element("circle", class_="k-acc", cx=6, cy=6, r=5, fill=_ACCENT))
STROKE = _sample(_stroke("M6 0v12", 2.5))
"""The marks, for beside their words."""
