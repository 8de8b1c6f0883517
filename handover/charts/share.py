"""A small bar beside a number: how much of the largest it is."""

from __future__ import annotations

from handover.charts.svg import Drawing, drawing, element

_WIDTH, _LEAST = 200, 4


def draw(count: int, largest: int, class_: str) -> Drawing:
    """The bar, which fills its place; nothing in it for nothing. `class_`: of its colour."""
    width = max(_LEAST, _WIDTH * count / largest) if count else 0
    bar = element("rect", class_=class_, width=width, height=10, rx=2, fill="#7a756a")
    place = {"viewBox": f"0 0 {_WIDTH} 10", "preserveAspectRatio": "none"}
    return drawing(element("svg", bar, width="100%", height=10, aria_hidden="true", **place))
