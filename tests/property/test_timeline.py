"""Whatever a thread has been through, and whatever people are called, its timeline is a proper picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from handover.decision import Verb
from handover.labels import EVENTS
from handover.ownership import Owner, Party
from handover.timeline.drawing import draw
from handover.timeline.facts import Asked, Engagement, Event, Facts, Fate, Holder, Lane, Message, Outcome
from handover.timeline.sheet import FULL, NARROW, WIDE, Sheet, width_of
from handover.timeline.story import tell
from handover.timeline.stretches import stretches
from tests.handover.timeline.stories import at, facts
from tests.property.profiles import often

SVG = "{http://www.w3.org/2000/svg}"
NOW = at("10:19:04")
HOSTILE = "<script>alert('x')</script>&\"]]>\x00\x1b\ud800\uffff\r"
TEXTS = st.sampled_from(["", "Maya", HOSTILE, "W" * 300, "\u6f22\u5b57" * 20, "\U0001f642"])
AGES = st.one_of(st.integers(-600, 4_000), st.integers(0, 86_400 * 400))
"""In seconds. What the platform dates by its own clock may seem to be still to come."""
MOMENTS: st.SearchStrategy[datetime] = AGES.map(lambda seconds: NOW - timedelta(seconds=seconds))
PERHAPS = st.none() | MOMENTS
HOLDERS = st.builds(Holder, st.sampled_from(Owner), st.booleans(), TEXTS)
WRITERS = st.sampled_from([Lane.CUSTOMER, Lane.BOT, Lane.AGENT, Lane.INBOX, Lane.OTHER])
ASKED = st.builds(
    Asked,
    MOMENTS,
    st.sampled_from(Party),
    st.sampled_from(Outcome),
    st.none() | st.sampled_from(Verb),
    PERHAPS,
)
NAMES = st.sampled_from([*EVENTS, "another.kind"])
DRAWN_EVENTS = st.builds(
    Event, MOMENTS, NAMES, HOLDERS, HOLDERS, TEXTS, TEXTS, TEXTS, st.none() | ASKED, PERHAPS
)
KNOWN = st.builds(
    facts,
    person=TEXTS,
    page=TEXTS,
    start=st.integers(0, 86_400 * 400).map(lambda seconds: NOW - timedelta(seconds=seconds)),
    held=HOLDERS,
    held_since=PERHAPS,
    held_until=st.none() | AGES.map(lambda seconds: NOW + timedelta(seconds=seconds - 90_000)),
    wrote_before=PERHAPS,
    is_cut=st.booleans(),
    events=st.lists(DRAWN_EVENTS, max_size=6).map(tuple),
    messages=st.lists(
        st.builds(Message, MOMENTS, WRITERS, st.sampled_from(Fate), TEXTS, TEXTS), max_size=6
    ).map(tuple),
    engagements=st.lists(
        st.builds(Engagement, TEXTS, MOMENTS, TEXTS, closed_at=PERHAPS, deferred_at=PERHAPS), max_size=3
    ).map(tuple),
)
SHEETS = st.sampled_from([WIDE, NARROW, FULL])


@often(4)
@given(known=KNOWN)
def test_somebody_or_nobody_holds_the_thread_at_each_moment(known: Facts) -> None:
    found = stretches(known)
    assert (found[0].start, found[-1].end) == (known.start, known.now)
    assert all(before.end == after.start for before, after in zip(found, found[1:], strict=False))
    assert all(stretch.start <= stretch.end for stretch in found)


@often(2)
@given(known=KNOWN, sheet=SHEETS)
def test_it_is_well_formed_and_has_neither_script_nor_style(known: Facts, sheet: Sheet) -> None:
    picture = _read(draw(tell(known), sheet, "x"))
    assert not any(part.tag in (f"{SVG}script", f"{SVG}style") for part in picture.iter())
    assert not any(
        name == "style" or name.startswith("on") for part in picture.iter() for name in part.attrib
    )
    assert not any("nan" in value for part in picture.iter() for value in part.attrib.values())


@often(2)
@given(known=KNOWN, sheet=SHEETS)
def test_all_that_is_drawn_has_a_title(known: Facts, sheet: Sheet) -> None:
    story = tell(known)
    titles = [title.text or "" for title in _read(draw(story, sheet, "x")).iter(f"{SVG}title")]
    drawn = [*story.bars, *story.marks, *story.lines, *story.windows]
    assert {_as_read(each.title) for each in drawn} <= set(titles)
    assert len(titles) == len(drawn) + 2, "besides the picture's own, and that of now"


@often(2)
@given(known=KNOWN, sheet=SHEETS)
def test_nothing_is_over_the_edge(known: Facts, sheet: Sheet) -> None:
    picture = _read(draw(tell(known), sheet, "x"))
    width, height = (float(picture.attrib[side]) for side in ("width", "height"))
    for x, y in _corners(picture):
        assert 0 <= x <= width
        assert 0 <= y <= height


@often(2)
@given(known=KNOWN, sheet=SHEETS)
def test_labels_of_the_axis_do_not_touch(known: Facts, sheet: Sheet) -> None:
    labels = [
        part
        for part in _read(draw(tell(known), sheet, "x")).iter(f"{SVG}text")
        if float(part.attrib["y"]) == sheet.top - 7
    ]
    ends = sorted(_ends(label, float(label.attrib["x"])) for label in labels)
    assert all(left[1] <= right[0] for left, right in zip(ends, ends[1:], strict=False))


def _read(drawing: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawing)  # noqa: S314 - our own


def _as_read(title: str) -> str:
    """What comes back of a text that holds what XML cannot, or ends lines in other ways."""
    possible = "".join(
        c if c in "\t\n\r" or (c >= " " and c not in "\ud800\uffff") else "\ufffd" for c in title
    )
    return re.sub("\r\n?", "\n", possible)


def _corners(picture: ElementTree.Element) -> Iterator[tuple[float, float]]:
    patterns = {part for pattern in picture.iter(f"{SVG}pattern") for part in pattern.iter()}
    for part in picture.iter():
        if part not in patterns:
            yield from _corners_of(part)


def _corners_of(part: ElementTree.Element) -> Iterator[tuple[float, float]]:
    x, y, wide, high = (float(part.attrib.get(name, 0)) for name in ("x", "y", "width", "height"))
    if part.tag == f"{SVG}rect":
        yield from [(x, y), (x + wide, y + high)]
    elif part.tag == f"{SVG}circle":
        x, y, r = (float(part.attrib[name]) for name in ("cx", "cy", "r"))
        yield from [(x - r, y - r), (x + r, y + r)]
    elif part.tag == f"{SVG}text":
        yield from [(end, y) for end in _ends(part, x)]
    elif part.tag == f"{SVG}path":
        yield from _corners_of_path(part.attrib["d"])


def _ends(text: ElementTree.Element, x: float) -> tuple[float, float]:
    width = width_of(text.text or "", float(text.attrib["font-size"]))
    share = {"middle": 0.5, "end": 1.0}.get(text.attrib.get("text-anchor", ""), 0.0)
    return x - share * width, x + (1 - share) * width


def _corners_of_path(data: str) -> Iterator[tuple[float, float]]:
    """Follow a path of straight lines."""
    x = y = 0.0
    for letter, numbers in re.findall(r"([A-Za-z])([^A-Za-z]*)", data):
        values = [float(value) for value in numbers.split()]
        for step in range(0, len(values), 1 if letter in "hHvV" else 2):
            left, top = (0.0, 0.0) if letter.isupper() else (x, y)
            x = left + values[step] if letter not in "vV" else x
            if letter in "vV":
                y = top + values[step]
            elif letter not in "hH":
                y = top + values[step + 1]
            yield x, y
