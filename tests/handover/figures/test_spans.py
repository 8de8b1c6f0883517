"""Which time is looked at and how it is cut up, without database or clock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.figures.spans import MOST_BARS, MOST_DAYS, Span, SpanKind, choose, in_words
from tests.handover.figures.stage import NOW


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def of(kind: str, first: str = "", last: str = "") -> Span:
    return choose(SpanKind(kind), NOW, first, last)


class TestASpan:
    @pytest.mark.parametrize(
        ("kind", "begins"),
        [
            ("today", "2026-11-24"),
            ("24h", "2026-11-23 16:00"),
            ("7d", "2026-11-18"),
            ("30d", "2026-10-26"),
        ],
    )
    def test_counts_the_hour_or_day_under_way(self, kind: str, begins: str) -> None:
        assert (of(kind).begins, of(kind).ends) == (at(begins), NOW)

    def test_of_dates_has_both_days_in_it(self) -> None:
        span = of("dates", "2026-11-02", "2026-11-03")
        assert (span.begins, span.ends) == (at("2026-11-02"), at("2026-11-04"))

    def test_does_not_reach_into_the_future(self) -> None:
        assert of("dates", "2026-11-23", "2026-12-24").ends == NOW

    def test_says_in_words_from_when_to_when(self) -> None:
        assert in_words(of("today")) == "24 Nov 2026, 00:00 to 24 Nov 2026, 15:30 UTC"

    def test_has_as_long_a_time_before_it(self) -> None:
        before = of("dates", "2026-11-02", "2026-11-03").before
        assert (before.begins, before.ends) == (at("2026-10-31"), at("2026-11-02"))

    @pytest.mark.parametrize(
        ("first", "last", "words"),
        [
            ("", "2026-11-03", "Both days are needed"),
            ("yesterday", "2026-11-03", "Both days are needed"),
            ("2026-02-30", "2026-11-03", "Both days are needed"),
            ("2026-11-04", "2026-11-03", "after the last one"),
            ("2026-11-25", "2026-11-26", "still to come"),
            ("2026-01-01", "2026-11-03", f"At most {MOST_DAYS} days"),
            ("0001-01-01", "0001-01-02", "so distant a day"),
            ("9999-12-31", "9999-12-31", "so distant a day"),
        ],
    )
    def test_that_cannot_be_is_refused_in_words(self, first: str, last: str, words: str) -> None:
        with pytest.raises(ValueError, match=words):
            of("dates", first, last)


class TestBars:
    def test_are_days_of_a_week(self) -> None:
        bars = of("7d").bars()
        assert [bar.label for bar in bars] == [
            "Wed 18",
            "Thu 19",
            "Fri 20",
            "Sat 21",
            "Sun 22",
            "Mon 23",
            "Tue 24",
        ]
        assert bars[0].name == "Wed 18 Nov"

    def test_are_three_hours_of_a_day(self) -> None:
        bars = of("24h").bars()
        assert len(bars) == 8
        assert (bars[0].label, bars[0].name) == ("16:00", "Mon 23 Nov, 16:00 to 19:00")

    def test_are_several_days_of_a_month(self) -> None:
        bars = of("30d").bars()
        assert len(bars) == 10
        assert (bars[0].label, bars[0].name) == ("26 Oct", "Mon 26 Oct to Wed 28 Oct")
        assert bars[-1].name == "Sun 22 Nov to Tue 24 Nov"

    @given(st.integers(0, MOST_DAYS - 1), st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))
    def test_and_pieces_cover_any_span_without_gaps(self, days: int, moment: datetime) -> None:
        now = moment.replace(tzinfo=UTC)
        first = (now - timedelta(days)).date()
        for kind in SpanKind:
            span = choose(kind, now, first.isoformat(), now.date().isoformat())
            bars, pieces = [bar.piece for bar in span.bars()], span.pieces()
            assert len(bars) <= MOST_BARS
            for cut in (bars, pieces):
                assert (cut[0].begins, cut[-1].ends) == (span.begins, span.ends)
                assert all(one.ends == next_.begins for one, next_ in zip(cut, cut[1:], strict=False))
            assert {bar.ends for bar in bars} <= {piece.ends for piece in pieces}
