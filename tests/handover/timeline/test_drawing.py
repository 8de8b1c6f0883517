"""The drawing itself, against files that were looked at. What holds of any is in `tests/property`."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from handover.timeline.drawing import draw
from handover.timeline.sheet import NARROW, WIDE, fitting, width_of
from handover.timeline.story import tell
from handover.timeline.svg import element, escaped, number
from tests.handover.timeline.draw_golden import FOLDER, by_line, drawings
from tests.handover.timeline.stories import at, eventful, facts, quiet


@pytest.mark.parametrize("name", drawings())
def test_is_the_one_that_was_looked_at(name: str) -> None:
    assert by_line(drawings()[name]) == (FOLDER / name).read_text()


def test_two_on_one_page_share_no_id() -> None:
    first, second = (draw(tell(quiet()), WIDE, name) for name in "ab")
    ids = re.findall(r' id="([^"]*)"', first + second)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]*)\)", first)) <= {name for name in ids if name.startswith("a-")}


def test_is_named_and_described_for_whoever_does_not_see_it() -> None:
    picture = ElementTree.fromstring(draw(tell(eventful()), WIDE, "x"))  # noqa: S314 - our own
    assert picture.attrib["role"] == "img"
    named = [element.text for element in picture if element.attrib.get("id") in ("x-t", "x-d")]
    assert picture.attrib["aria-labelledby"] == "x-t x-d"
    assert named == [tell(eventful()).name, tell(eventful()).description]
    assert named[0] == "Who held the thread of Maya Lind, Sunday 22 November 2026, 09:36 to 10:19 UTC"


def test_a_label_of_the_axis_that_would_be_over_the_edge_is_left_out() -> None:
    known = facts(start=at("09:00"), now=at("10:36"))
    labels = re.findall(r'class="tick"[^>]*>([^<]*)<', draw(tell(known), NARROW, "x"))
    assert tell(known).end == at("11:00")
    assert labels == ["09:30", "10:00"]


def test_a_name_that_is_too_long_is_cut() -> None:
    assert fitting("Maya", 12, 100) == "Maya"
    assert fitting("W" * 50, 12, 100) == "W" * 7 + "…"
    assert width_of(fitting("W" * 50, 12, 100), 12) <= 100
    assert fitting("Maya", 12, 3) == ""


def test_what_xml_cannot_hold_is_replaced() -> None:
    assert escaped("<\x00\x1b\ud800>&\"'") == "&lt;\ufffd\ufffd\ufffd&gt;&amp;&quot;&#x27;"


def test_numbers_have_one_decimal_at_most_and_no_minus_before_nothing() -> None:
    assert [number(value) for value in (1, 1.04, 1.06, -0.01, 100.0)] == ["1", "1", "1.1", "0", "100"]


def test_names_of_attributes_have_hyphens() -> None:
    assert element("rect", class_="a", stroke_width=1.5, viewBox="0") == (
        '<rect class="a" stroke-width="1.5" viewBox="0"/>'
    )
