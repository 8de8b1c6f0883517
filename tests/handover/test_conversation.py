"""Messages and changes of control in one order: which belong to a piece, and who spoke out of turn."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from handover.conversation import Day, Entry, Hold, Message, Turn, marked, newest, with_days
from handover.ownership import Owner

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def customer(minute: float) -> Message:
    return Message(at(minute), f"customer {minute}", is_customers=True)


def bot(minute: float) -> Message:
    return Message(at(minute), f"bot {minute}", is_bots=True)


def turn(minute: float, after: Owner, *, is_sure: bool = True) -> Turn:
    return Turn(at(minute), f"turn {minute}", Owner.UNKNOWN, after, is_sure)


def rows(entries: list[Entry] | tuple[Entry, ...]) -> list[str]:
    return [str(entry.row) for entry in entries]


def out_of_turn(*entries: Entry, start: Hold | None = None) -> list[str]:
    found = marked(entries, start or Hold())
    return [str(entry.row) for entry in found if isinstance(entry, Message) and entry.is_out_of_turn]


class TestAPiece:
    def test_has_changes_between_the_messages_where_they_happened(self) -> None:
        piece = newest([bot(3), customer(1)], [turn(2, Owner.BOT)], 10)
        assert rows(piece.entries) == ["customer 1", "turn 2", "bot 3"]
        assert not piece.has_earlier

    def test_has_the_message_before_the_change_that_follows_from_it(self) -> None:
        assert rows(newest([bot(1)], [turn(1, Owner.BOT)], 10).entries) == ["bot 1", "turn 1"]

    def test_has_changes_of_one_moment_in_the_order_in_which_they_were_written_down(self) -> None:
        """An answer is dated by a whole second, and what it answered by our clock."""
        asked, passed, spoke = turn(0.01, Owner.BOT), turn(0, Owner.AGENT), bot(0.005)
        assert rows(newest([spoke], [passed, asked], 10).entries) == ["bot 0.005", "turn 0.01", "turn 0"]
        late = turn(-1, Owner.BOT)
        assert rows(newest([], [late, asked], 10).entries) == ["turn -1", "turn 0.01"]

    def test_ends_with_the_newest_and_says_that_there_is_more(self) -> None:
        piece = newest([bot(5), bot(3), bot(1)], [turn(4, Owner.BOT), turn(2, Owner.BOT)], 3)
        assert rows(piece.entries) == ["bot 3", "turn 4", "bot 5"]
        assert piece.has_earlier

    def test_of_exactly_all_says_that_there_is_no_more(self) -> None:
        assert not newest([bot(2), bot(1)], [], 2).has_earlier

    @given(
        messages=st.lists(st.integers(0, 50)),
        turns=st.lists(st.integers(0, 50)),
        size=st.integers(1, 9),
    )
    def test_after_piece_leaves_nothing_out_and_repeats_nothing(
        self, messages: list[int], turns: list[int], size: int
    ) -> None:
        """Even where the list of changes is out of order, as it is after late news."""
        said = [Message(at(minute), ("said", n)) for n, minute in enumerate(sorted(messages, reverse=True))]
        moved = [Turn(at(minute), ("moved", n), Owner.BOT, Owner.BOT) for n, minute in enumerate(turns)]
        everything, read, has_earlier = {entry.row for entry in (*said, *moved)}, [], True
        while has_earlier:
            piece = newest(said, moved, size)
            has_earlier = piece.has_earlier
            read += [entry.row for entry in piece.entries]
            said = [entry for entry in said if entry.row not in read]
            moved = [entry for entry in moved if entry.row not in read]
        assert len(read) == len(everything) and set(read) == everything


class TestOutOfTurn:
    def test_is_a_bot_that_speaks_while_the_agent_holds_the_thread(self) -> None:
        assert out_of_turn(turn(1, Owner.AGENT), bot(2), turn(3, Owner.BOT), bot(4)) == ["bot 2"]

    def test_is_nobody_else(self) -> None:
        agent = Message(at(3), "agent")
        assert out_of_turn(turn(1, Owner.AGENT), customer(2), agent) == []

    def test_is_not_said_where_it_is_not_sure_who_held_the_thread(self) -> None:
        assert out_of_turn(turn(1, Owner.AGENT, is_sure=False), bot(2)) == []

    def test_is_judged_by_who_held_the_thread_before_the_piece_began(self) -> None:
        assert out_of_turn(bot(1), start=Hold(Owner.AGENT, is_sure=True)) == ["bot 1"]
        assert out_of_turn(bot(1)) == []

    def test_ends_when_control_has_lapsed(self) -> None:
        day = 24 * 60
        assert out_of_turn(turn(0, Owner.AGENT), bot(day - 1), bot(day)) == [f"bot {day - 1}"]

    def test_lasts_longer_when_the_customer_writes(self) -> None:
        day = 24 * 60
        assert out_of_turn(turn(0, Owner.AGENT), customer(60), bot(day + 59)) == [f"bot {day + 59}"]


def test_each_day_begins_with_a_mark() -> None:
    entries = list(with_days([bot(0), bot(1), bot(24 * 60)]))
    days = [entry.day for entry in entries if isinstance(entry, Day)]
    assert days == [date(2026, 11, 22), date(2026, 11, 23)]
    assert [isinstance(entry, Day) for entry in entries] == [True, False, False, True, False]
