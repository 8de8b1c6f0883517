"""Who held a thread from when to when."""

from __future__ import annotations

from datetime import datetime, timedelta

from handover.ownership import Owner
from handover.timeline.excerpt import last_part, since
from handover.timeline.facts import Facts, Holder, Lane, Message
from handover.timeline.stretches import RENEWED, held_firmly, stretches
from tests.handover.timeline.stories import AGENT, BOT, IDLE, INBOX, about, at, eventful, facts, moved


def _told(known: Facts) -> list[tuple[Owner, datetime, datetime]]:
    return [(stretch.holder.owner, stretch.start, stretch.end) for stretch in stretches(known)]


def _customer(*moments: datetime) -> tuple[Message, ...]:
    return tuple(Message(moment, Lane.CUSTOMER) for moment in moments)


def test_each_change_ends_one_stretch_and_begins_the_next() -> None:
    known = facts(events=(moved(at("09:40"), BOT, AGENT), moved(at("09:50"), AGENT, INBOX)))
    assert _told(known) == [
        (Owner.BOT, at("09:36"), at("09:40")),
        (Owner.AGENT, at("09:40"), at("09:50")),
        (Owner.INBOX, at("09:50"), at("10:19:04")),
    ]


def test_a_line_that_leaves_the_holder_ends_nothing() -> None:
    known = facts(events=(about(at("09:40"), "thread_control.requested", BOT, "asked"),))
    assert _told(known) == [(Owner.BOT, at("09:36"), at("10:19:04"))]


def test_late_news_change_what_holds_from_what_was_known_before_them_on() -> None:
    known = facts(events=(moved(at("09:50"), BOT, AGENT), moved(at("09:45"), AGENT, IDLE)))
    assert _told(known) == [
        (Owner.BOT, at("09:36"), at("09:50")),
        (Owner.AGENT, at("09:50"), at("09:50")),
        (Owner.IDLE, at("09:50"), at("10:19:04")),
    ]


def test_doubt_begins_a_stretch_of_its_own() -> None:
    doubted = Holder(Owner.BOT, False, "Acme bot")
    first, second = stretches(facts(events=(moved(at("09:40"), BOT, doubted),)))
    assert first.holder.is_sure
    assert not second.holder.is_sure


def test_control_lapses_a_day_after_the_customers_last_message() -> None:
    known = facts(start=at("09:00", 20), messages=_customer(at("10:00", 20)), held_since=at("09:00", 20))
    assert _told(known) == [
        (Owner.BOT, at("09:00", 20), at("10:00", 21)),
        (Owner.IDLE, at("10:00", 21), at("10:19:04")),
    ]
    assert not stretches(known)[-1].holder.is_sure


def test_a_change_of_holder_does_not_prolong_the_customers_day() -> None:
    known = facts(
        start=at("09:00", 20),
        held=IDLE,
        messages=_customer(at("10:00", 20)),
        events=(moved(at("20:00", 20), IDLE, BOT),),
    )
    assert _told(known)[-1] == (Owner.IDLE, at("10:00", 21), at("10:19:04"))


def test_control_that_moves_after_that_day_is_held_for_a_day() -> None:
    known = facts(
        start=at("09:00", 20),
        held=IDLE,
        messages=_customer(at("09:30", 20)),
        events=(moved(at("10:00", 21), IDLE, BOT),),
    )
    assert _told(known)[1:] == [
        (Owner.BOT, at("10:00", 21), at("10:00", 22)),
        (Owner.IDLE, at("10:00", 22), at("10:19:04")),
    ]


def test_whoever_held_a_lapsed_thread_has_it_again_when_the_customer_writes() -> None:
    known = facts(start=at("09:00", 20), messages=_customer(at("09:00", 20), at("10:00", 22)))
    last = stretches(known)[-1]
    assert (last.holder, last.start, last.why) == (BOT, at("10:00", 22), RENEWED)


def test_the_thread_itself_knows_best_when_it_lapses_now() -> None:
    known = facts(start=at("09:00", 20), held_until=at("12:00", 21), messages=_customer(at("09:00", 20)))
    assert _told(known)[-1] == (Owner.IDLE, at("12:00", 21), at("10:19:04"))


def test_the_platforms_own_word_on_when_control_ends_counts_for_what_is_past() -> None:
    held = moved(at("09:00", 20), IDLE, BOT)
    longer = type(held)(**{**held.__dict__, "expires_at": at("10:00", 22)})
    known = facts(start=at("08:00", 20), held=IDLE, events=(longer, moved(at("10:10", 22), BOT, AGENT)))
    assert (Owner.IDLE, at("10:00", 22), at("10:10", 22)) in _told(known)


def test_a_thread_whose_customer_was_silent_for_long_had_lapsed_at_the_start() -> None:
    known = facts(wrote_before=at("08:00", 20), held_since=at("07:00", 20))
    assert _told(known) == [(Owner.IDLE, at("09:36"), at("10:19:04"))]


def test_what_is_written_within_a_second_of_a_change_is_nobodys_fault() -> None:
    found = stretches(facts(events=(moved(at("09:40"), BOT, AGENT),)))
    assert not held_firmly(found, at("09:40:01"), Lane.BOT)
    assert held_firmly(found, at("09:40:02"), Lane.BOT)
    assert not held_firmly(found, at("09:40:02"), Lane.AGENT)


def test_a_later_part_begins_with_whoever_held_the_thread_then() -> None:
    part = since(eventful(), at("10:00"))
    assert part.held == AGENT
    assert part.held_since == at("09:55:41")
    assert part.wrote_before == at("09:46")
    assert _told(part) == [
        (owner, max(start, at("10:00")), end) for owner, start, end in _told(eventful()) if end > at("10:00")
    ]


def test_of_a_thread_where_nothing_happened_lately_all_is_shown() -> None:
    known = facts(messages=_customer(at("09:40")))
    assert last_part(known, 1 / 3) == known
    assert last_part(eventful(), 1 / 3).start > at("09:36") + timedelta(minutes=20)
