"""When a page is open, without database, framework or clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.opening_hours import FORM, OpeningHours, Span, read_spans, read_zone

VIENNA = ZoneInfo("Europe/Vienna")
OFFICE = "Mon-Fri 09:00-12:30, 13:30-18:00"


def hours(text: str, zone: str = "") -> OpeningHours:
    return OpeningHours(read_spans(text), read_zone(zone))


def at(text: str) -> datetime:
    """A moment in UTC. 2026-11-23 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def in_vienna(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIENNA, fold=fold)


class TestAPage:
    @pytest.mark.parametrize("text", ["", "\n", "  \n\n"])
    def test_without_hours_is_always_open(self, text: str) -> None:
        assert hours(text, "Europe/Vienna").is_open(at("2026-11-22 03:00"))

    @pytest.mark.parametrize("moment", ["2026-11-23 09:00", "2026-11-23 12:29:59", "2026-11-27 17:59"])
    def test_is_open_from_the_first_minute_to_the_last(self, moment: str) -> None:
        assert hours(OFFICE).is_open(at(moment))

    @pytest.mark.parametrize(
        "moment", ["2026-11-23 08:59:59", "2026-11-23 12:30", "2026-11-23 18:00", "2026-11-28 10:00"]
    )
    def test_is_closed_at_all_other_times(self, moment: str) -> None:
        assert not hours(OFFICE).is_open(at(moment))

    def test_keeps_the_time_of_its_own_zone(self) -> None:
        vienna = hours(OFFICE, "Europe/Vienna")
        assert vienna.is_open(at("2026-11-23 08:00"))
        assert not vienna.is_open(at("2026-11-23 17:00"))


class TestHoursOverMidnight:
    night = hours("Sat 22:00-02:00")

    @pytest.mark.parametrize("moment", ["2026-11-28 22:00", "2026-11-29 00:00", "2026-11-29 01:59"])
    def test_end_on_the_next_day(self, moment: str) -> None:
        assert self.night.is_open(at(moment))

    @pytest.mark.parametrize("moment", ["2026-11-28 01:00", "2026-11-29 02:00", "2026-11-29 22:00"])
    def test_do_not_begin_on_it(self, moment: str) -> None:
        assert not self.night.is_open(at(moment))

    def test_of_a_sunday_end_on_monday(self) -> None:
        assert hours("Sun 20:00-06:00").is_open(at("2026-11-23 05:59"))

    def test_a_whole_day_ends_at_midnight(self) -> None:
        whole = hours("Mon 00:00-24:00")
        assert whole.is_open(at("2026-11-23 00:00")) and whole.is_open(at("2026-11-23 23:59:59"))
        assert not whole.is_open(at("2026-11-24 00:00"))


class TestWhereTheClockIsSet:
    """In Vienna on 2026-03-29 from 02:00 to 03:00, and on 2026-10-25 from 03:00 back to 02:00."""

    @pytest.mark.parametrize(("day", "moment"), [("28", "2026-03-28 08:00"), ("29", "2026-03-29 07:00")])
    def test_it_opens_at_the_same_time_by_the_clock_on_the_wall(self, day: str, moment: str) -> None:
        daily = hours("Mon-Sun 09:00-17:00", "Europe/Vienna")
        assert daily.opens_next(in_vienna(f"2026-03-{day} 00:30")) == at(moment)
        assert daily.is_open(at(moment)) and not daily.is_open(at(moment) - timedelta(minutes=1))

    def test_an_hour_that_comes_twice_is_open_twice(self) -> None:
        night = hours("Sun 02:00-02:30", "Europe/Vienna")
        for fold in (0, 1):
            assert night.is_open(in_vienna("2026-10-25 02:15", fold))
            assert not night.is_open(in_vienna("2026-10-25 02:45", fold))
        assert night.opens_next(in_vienna("2026-10-25 02:45")) == at("2026-10-25 01:00")

    def test_hours_that_the_clock_jumps_over_fall_out(self) -> None:
        night = hours("Sun 02:15-02:45", "Europe/Vienna")
        assert night.opens_next(in_vienna("2026-03-29 00:00")) == in_vienna("2026-04-05 02:15")


class TestTheNextOpening:
    @pytest.mark.parametrize(
        ("moment", "opens"),
        [
            ("2026-11-23 08:00", "2026-11-23 09:00"),
            ("2026-11-23 12:30", "2026-11-23 13:30"),
            ("2026-11-23 18:00", "2026-11-24 09:00"),
            ("2026-11-27 18:00", "2026-11-30 09:00"),
        ],
    )
    def test_is_the_first_one_to_come(self, moment: str, opens: str) -> None:
        assert hours(OFFICE).opens_next(at(moment)) == at(opens)

    def test_may_be_a_week_away(self) -> None:
        assert hours("Mon 09:00-10:00").opens_next(at("2026-11-23 10:00")) == at("2026-11-30 09:00")

    @given(
        st.lists(
            st.builds(Span, st.integers(0, 6), st.integers(0, 1439), st.integers(1440, 2000)), min_size=1
        )
        | st.lists(
            st.builds(Span, st.integers(0, 6), st.integers(0, 700), st.integers(701, 1440)), min_size=1
        ),
        st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    )
    def test_is_where_it_is_open_and_was_not_before(self, spans: list[Span], now: datetime) -> None:
        page = OpeningHours(tuple(spans))
        if not page.is_open(now):
            opens = page.opens_next(now)
            assert now < opens and page.is_open(opens)
            assert not page.is_open(opens - timedelta(microseconds=1))


class TestWhatIsWritten:
    def test_names_days_and_times(self) -> None:
        assert read_spans("Tue 9:00-17:30\nsat,SUN 22:00 - 2:00") == (
            Span(1, 540, 1050),
            Span(5, 1320, 1560),
            Span(6, 1320, 1560),
        )

    @pytest.mark.parametrize(
        ("days", "weekdays"),
        [("Mon", [0]), ("Mon-Wed", [0, 1, 2]), ("Sat-Mon", [5, 6, 0]), ("Mon, Wed-Thu", [0, 2, 3])],
    )
    def test_may_name_days_from_and_to(self, days: str, weekdays: list[int]) -> None:
        assert [span.weekday for span in read_spans(f"{days} 09:00-10:00")] == weekdays

    def test_may_have_the_dash_that_word_processors_make(self) -> None:
        assert read_spans("Mon–Tue 09:00–10:00") == read_spans("Mon-Tue 09:00-10:00")

    def test_the_example_can_be_read(self) -> None:
        assert len(read_spans(FORM)) == 10

    @pytest.mark.parametrize(
        "line",
        [
            *("Mon", "09:00-17:00", "Mon 9-17", "Mon 09:00", "Mon 09:00-", "Mon 09:00-17:00-18:00", "Mon,"),
            *("Mo 09:00-17:00", "Monday 09:00-17:00", "Mon-Foo 09:00-10:00", "Mon 25:00-26:00"),
            *("Mon 09:60-10:00", "Mon 09:00-09:00", "Mon 24:00-02:00", "Mon 09:00-24:01", "closed", "-"),
            "Mon ٠٩:٠٠-١٠:٠٠",
        ],
    )
    def test_is_refused_by_the_line_where_it_makes_no_sense(self, line: str) -> None:
        with pytest.raises(ValueError, match="Line 2 cannot be read"):
            read_spans(f"Mon 09:00-10:00\n{line}")

    @pytest.mark.parametrize(
        "name", ["Vienna", "europe", "../etc/passwd", "Europe", "Europe/", "\0", "+01:00"]
    )
    def test_a_zone_that_is_not_known_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match="no time zone"):
            read_zone(name)

    def test_no_zone_is_utc(self) -> None:
        assert read_zone("") is UTC
