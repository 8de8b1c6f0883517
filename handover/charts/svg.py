"""Elements of an SVG picture. Whatever is put into one is escaped when it is written."""

from __future__ import annotations

from xml.etree.ElementTree import Element, tostring


class Drawing(str):
    """A picture as text. Its texts are escaped already, so templates take it as it is."""

    def __html__(self) -> str:
        return self


def element(tag: str, *children: Element | str, **attributes: str | float) -> Element:
    """An element. Attributes are written as in SVG, `_` for `-`, and `class_`; a text is its only content."""
    made = Element(
        tag, {name.rstrip("_").replace("_", "-"): _text(value) for name, value in attributes.items()}
    )
    for child in children:
        if isinstance(child, str):
            made.text = child
        else:
            made.append(child)
    return made


def titled(title: str, *children: Element) -> Element:
    """Marks with the words that a pointer, or a reader, finds on them."""
    return element("g", element("title", title), *children)


def picture(width: float, height: float, label: str, *children: Element) -> Drawing:
    """A chart of that size, which grows with its place. `label`: what it shows, for who cannot see it."""
    size = f"0 0 {_text(width)} {_text(height)}"
    return drawing(element("svg", *children, class_="chart", viewBox=size, role="img", aria_label=label))


def drawing(root: Element) -> Drawing:
    """An element with all that is in it, written."""
    return Drawing(tostring(root, encoding="unicode"))


def _text(value: str | float) -> str:
    """Tenths of a pixel are enough."""
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
