"""The charts as people and their readers get them: well-formed, titled, and readable without colour."""

from xml.etree.ElementTree import Element, fromstring

import pytest

from handover.charts import lengths, share, stacked
from handover.charts.lengths import Length
from handover.charts.stacked import Bar, Part

SVG = "{http://www.w3.org/2000/svg}"
DAYS = [
    Bar("Mon 16", "Mon 16 Nov", {Part.COMPLETED: 38, Part.EXPIRED: 4, Part.REFUSED: 1}),
    Bar("Tue 17", "Tue 17 Nov", {Part.COMPLETED: 41}),
    Bar("Wed 18", "Wed 18 Nov", {}),
]


def drawn(text: str) -> Element:
    return fromstring(text)  # noqa: S314 - what we drew ourselves


def titles(picture: Element) -> list[str]:
    return [title.text or "" for title in picture.iter("title")]


def texts(picture: Element) -> list[str]:
    return [text.text or "" for text in picture.iter("text")]


def width_of(picture: Element) -> float:
    return float(picture.attrib["viewBox"].split()[2])


class TestStackedBars:
    chart = drawn(stacked.draw(DAYS, "Handovers", "one"))

    def test_have_a_title_on_each_part(self) -> None:
        assert titles(self.chart) == [
            "Mon 16 Nov: 38 completed",
            "Mon 16 Nov: 4 expired",
            "Mon 16 Nov: 1 refused",
            "Tue 17 Nov: 41 completed",
        ]

    def test_have_their_sum_on_them_and_none_where_there_is_nothing(self) -> None:
        sums = [text.text for text in self.chart.iter("text") if text.attrib.get("class") == "v"]
        assert sums == ["43", "41"]

    def test_lie_on_each_other_without_touching(self) -> None:
        boxes = [next(group.iter("rect")) for group in self.chart.iter("g")][:3]
        ends = [
            (float(box.attrib["y"]), float(box.attrib["y"]) + float(box.attrib["height"])) for box in boxes
        ]
        assert all(above[1] < below[0] for below, above in zip(ends, ends[1:], strict=False))

    def test_are_as_high_as_what_they_count(self) -> None:
        heights = {title: float(next(group.iter("rect")).attrib["height"]) for title, group in self._groups()}
        assert heights["Tue 17 Nov: 41 completed"] > heights["Mon 16 Nov: 38 completed"]
        assert heights["Mon 16 Nov: 38 completed"] > 5 * heights["Mon 16 Nov: 4 expired"]

    def _groups(self) -> list[tuple[str, Element]]:
        return [(title.text or "", group) for group in self.chart.iter("g") for title in group.iter("title")]

    def test_differ_by_pattern_not_by_colour_alone(self) -> None:
        patterns = {pattern.attrib["id"] for pattern in self.chart.iter("pattern")}
        assert patterns == {"one-k-exp", "one-k-fail"}
        (expired,) = (group for title, group in self._groups() if "expired" in title)
        assert [box.attrib["fill"] for box in expired.iter("rect")] == ["#ffffff", "url(#one-k-exp)"]

    def test_are_called_what_they_show(self) -> None:
        assert self.chart.attrib["role"] == "img"
        assert self.chart.attrib["aria-label"] == "Handovers"

    def test_of_a_count_of_one_can_be_seen_beside_a_large_one(self) -> None:
        bars = [Bar("Mon", "Mon", {Part.COMPLETED: 100_000, Part.REFUSED: 1})]
        picture = drawn(stacked.draw(bars, "", "one"))
        assert min(float(box.attrib["height"]) for box in picture.iter("rect")) >= 2


class TestLengths:
    lines = [
        Length("Acme bot", "165 requests", 22, 96, "22 s", "1 min 36 s"),
        Length("A bot with quite a long name", "1 request", 300, 300, "5 min", "5 min"),
    ]
    chart = drawn(lengths.draw(lines, "Waits"))

    def test_have_the_numbers_beside_the_marks_and_in_the_title(self) -> None:
        assert titles(self.chart)[0] == "Acme bot: median 22 s, 95 of 100 within 1 min 36 s"
        assert {"22 s", "1 min 36 s", "165 requests"} <= set(texts(self.chart))

    def test_put_the_median_before_the_rest(self) -> None:
        dot = next(self.chart.iter("circle"))
        stroke = [path for path in self.chart.iter("path") if path.attrib.get("stroke-width") == "2.5"][0]
        assert float(dot.attrib["cx"]) < float(stroke.attrib["d"].removeprefix("M").split()[0])

    def test_shorten_a_long_name_but_not_its_title(self) -> None:
        assert "A bot with quit…" in texts(self.chart)
        assert "A bot with quite a long name:" in titles(self.chart)[1]

    def test_grow_by_the_line(self) -> None:
        heights = [drawn(lengths.draw(self.lines[:count], "")).attrib["viewBox"] for count in (1, 2)]
        assert heights[0] != heights[1]


@pytest.mark.parametrize("chart", [TestStackedBars.chart, TestLengths.chart], ids=["bars", "lengths"])
def test_a_chart_fits_a_phone_and_needs_neither_script_nor_style(chart: Element) -> None:
    assert width_of(chart) <= 358
    for mark in chart.iter():
        assert mark.tag not in ("script", "style")
        assert not {name for name in mark.attrib if name == "style" or name.startswith("on")}


def test_what_somebody_was_called_is_text_and_nothing_else() -> None:
    name = "<script>alert('x')</script>&"
    text = lengths.draw([Length(name, name, 1, 2, "1 s", "2 s")], name)
    assert "<script" not in text
    assert name in {title.split(":")[0] for title in titles(drawn(text))}


def test_a_share_is_as_long_as_it_is_large() -> None:
    widths = [
        float(next(drawn(share.draw(count, 200, "k-bot")).iter("rect")).attrib["width"])
        for count in (0, 1, 100)
    ]
    assert widths == [0, 4, 100]
