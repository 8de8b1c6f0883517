"""The picture of control: what each piece of news makes of it, in whatever order it comes."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from handover.ownership import (
    Cast,
    ControlMode,
    Evidence,
    EvidenceKind,
    How,
    Owner,
    Party,
    Picture,
    fold,
    learn,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
AGENT, BOT, INBOX, STRANGER = "800", "900", "263", "555"
ROUTING = Cast(AGENT, frozenset({BOT}), frozenset({INBOX}), Party.BOT, ControlMode.ROUTING)
OURS = Cast(AGENT, frozenset({BOT}), frozenset({INBOX}), Party.AGENT, ControlMode.ROUTING)
OPEN = Cast(AGENT, frozenset({BOT}), frozenset({INBOX}), None, ControlMode.OPEN)


def news(kind: EvidenceKind, seconds: float, app_id: str = "", how: How = How.HANDOVER_EVENT) -> Evidence:
    at = NOON + timedelta(seconds=seconds)
    return Evidence(kind, at, at, how, app_id)


def holds(app_id: str, seconds: float, how: How = How.HANDOVER_EVENT) -> Evidence:
    return news(EvidenceKind.HOLDS, seconds, app_id, how)


def wrote(seconds: float, *, to_us: bool) -> Evidence:
    kind = EvidenceKind.ROUTED_TO_US if to_us else EvidenceKind.ROUTED_ELSEWHERE
    return news(kind, seconds, how=How.MESSAGE_ROUTING)


def spoke(app_id: str, seconds: float) -> Evidence:
    return news(EvidenceKind.SPOKE, seconds, app_id, How.ECHO)


class TestHandoverEvents:
    @pytest.mark.parametrize(
        ("app_id", "owner"),
        [
            (AGENT, Owner.AGENT),
            (BOT, Owner.BOT),
            (INBOX, Owner.INBOX),
            (STRANGER, Owner.OTHER),
            ("", Owner.IDLE),
        ],
    )
    def test_name_the_holder(self, app_id: str, owner: Owner) -> None:
        picture = fold([holds(app_id, 0)], ROUTING)
        assert (picture.owner, picture.app_id, picture.sure) == (owner, app_id, True)
        assert picture.since == NOON

    def test_of_the_same_holder_keep_the_time_since_when(self) -> None:
        assert fold([holds(BOT, 0), holds(BOT, 60)], ROUTING).since == NOON

    def test_close_to_an_answer_that_says_otherwise_make_us_unsure(self) -> None:
        picture = fold([holds(BOT, 0, How.OUR_CALL), holds(INBOX, 0.4)], ROUTING)
        assert (picture.owner, picture.sure) == (Owner.INBOX, False)

    def test_an_answer_that_sorts_after_an_event_came_after_it(self) -> None:
        picture = fold([holds(INBOX, 0), holds(BOT, 0.4, How.OUR_CALL)], ROUTING)
        assert (picture.owner, picture.sure) == (Owner.BOT, True)

    def test_among_themselves_are_ordered_to_the_millisecond(self) -> None:
        picture = fold([holds(BOT, 0), holds(INBOX, 0.001)], ROUTING)
        assert (picture.owner, picture.sure) == (Owner.INBOX, True)


class TestWhereAMessageWent:
    def test_on_messaging_the_thread_is_ours_where_a_default_app_exists(self) -> None:
        picture = fold([wrote(0, to_us=True)], OURS)
        assert (picture.owner, picture.app_id, picture.sure) == (Owner.AGENT, AGENT, True)

    def test_on_messaging_it_is_no_more_than_likely_ours_while_the_mode_is_not_known(self) -> None:
        unread = Cast(AGENT, frozenset({BOT}), frozenset({INBOX}), Party.AGENT, ControlMode.UNKNOWN)
        picture = fold([wrote(0, to_us=True)], unread)
        assert (picture.owner, picture.sure) == (Owner.AGENT, False)

    def test_on_messaging_says_nothing_without_a_default_app(self) -> None:
        assert fold([wrote(0, to_us=True)], OPEN).owner is Owner.UNKNOWN

    def test_on_standby_a_new_thread_is_the_default_apps(self) -> None:
        picture = fold([wrote(0, to_us=False)], ROUTING)
        assert (picture.owner, picture.app_id, picture.sure) == (Owner.BOT, BOT, True)

    def test_on_standby_a_thread_of_ours_is_somebody_elses(self) -> None:
        picture = fold([holds(AGENT, 0), wrote(60, to_us=False)], ROUTING)
        assert (picture.owner, picture.app_id, picture.sure) == (Owner.OTHER, "", False)

    def test_on_standby_the_inbox_stays_the_holder(self) -> None:
        assert fold([holds(INBOX, 0), wrote(60, to_us=False)], ROUTING).owner is Owner.INBOX

    def test_on_standby_it_is_not_known_which_of_several_bots_got_a_new_thread(self) -> None:
        several = Cast(AGENT, frozenset({BOT, "901"}), frozenset({INBOX}), Party.BOT, ControlMode.ROUTING)
        picture = fold([wrote(0, to_us=False)], several)
        assert (picture.owner, picture.app_id, picture.sure) == (Owner.BOT, "", False)


class TestAnEcho:
    def test_never_overturns_a_handover_event(self) -> None:
        picture = fold([holds(AGENT, 0), spoke(BOT, 60)], ROUTING)
        assert (picture.owner, picture.sure) == (Owner.AGENT, False)

    def test_of_just_before_a_release_does_not_bring_control_back_however_many_come(self) -> None:
        released = holds("", 10, How.OUR_CALL)
        picture = fold([holds(AGENT, 0), released, spoke(AGENT, 10.3), spoke(AGENT, 10.6)], ROUTING)
        assert (picture.owner, picture.sure) == (Owner.IDLE, False)

    def test_of_the_holder_confirms_the_picture(self) -> None:
        picture = fold([holds(BOT, 0), spoke(BOT, 60)], ROUTING)
        assert (picture.owner, picture.sure) == (Owner.BOT, True)
        assert picture.confirmed_at == NOON + timedelta(seconds=60)

    def test_names_a_holder_that_was_not_named(self) -> None:
        elsewhere = news(EvidenceKind.HELD_ELSEWHERE, 0, how=How.OWNER_READ)
        picture = fold([elsewhere, spoke(INBOX, 60)], ROUTING)
        assert (picture.owner, picture.sure) == (Owner.INBOX, True)

    def test_makes_us_sure_again_of_the_holder_that_a_reading_did_not_name(self) -> None:
        elsewhere = news(EvidenceKind.HELD_ELSEWHERE, 60, how=How.OWNER_READ)
        picture = fold([holds(BOT, 0), elsewhere, spoke(BOT, 90)], ROUTING)
        assert (picture.owner, picture.sure) == (Owner.BOT, True)

    def test_says_nothing_where_anybody_may_speak(self) -> None:
        assert fold([spoke(BOT, 0)], OPEN).owner is Owner.UNKNOWN


class TestAReadingWithoutAName:
    def test_leaves_the_holder_we_knew_but_not_our_certainty(self) -> None:
        elsewhere = news(EvidenceKind.HELD_ELSEWHERE, 60, how=How.OWNER_READ)
        picture = fold([holds(BOT, 0), elsewhere], ROUTING)
        assert (picture.owner, picture.app_id, picture.sure) == (Owner.BOT, BOT, False)

    def test_says_another_app_where_we_held_the_thread(self) -> None:
        elsewhere = news(EvidenceKind.HELD_ELSEWHERE, 60, how=How.OWNER_READ)
        picture = fold([holds(AGENT, 0), elsewhere], ROUTING)
        assert (picture.owner, picture.app_id, picture.sure) == (Owner.OTHER, "", True)

    @pytest.mark.parametrize(("app_id", "owner"), [(BOT, Owner.BOT), (STRANGER, Owner.OTHER)])
    def test_after_a_pass_of_ours_says_its_target_but_not_surely(self, app_id: str, owner: Owner) -> None:
        elsewhere = news(EvidenceKind.HELD_ELSEWHERE, 60, app_id, How.OWNER_READ)
        picture = fold([holds(AGENT, 0), elsewhere], ROUTING)
        assert (picture.owner, picture.app_id, picture.sure) == (owner, app_id, False)
        assert picture.since == NOON + timedelta(seconds=60)

    def test_after_a_pass_of_ours_does_not_replace_a_holder_who_was_named_since(self) -> None:
        elsewhere = news(EvidenceKind.HELD_ELSEWHERE, 60, BOT, How.OWNER_READ)
        picture = fold([holds(AGENT, 0), elsewhere, holds(INBOX, 30)], ROUTING)
        assert (picture.owner, picture.app_id, picture.sure) == (Owner.INBOX, INBOX, False)

    def test_after_a_pass_of_ours_is_confirmed_by_the_targets_next_word(self) -> None:
        elsewhere = news(EvidenceKind.HELD_ELSEWHERE, 60, BOT, How.OWNER_READ)
        picture = fold([holds(AGENT, 0), elsewhere, spoke(BOT, 90)], ROUTING)
        assert (picture.owner, picture.app_id, picture.sure) == (Owner.BOT, BOT, True)


class TestLapse:
    def test_control_lapses_a_day_after_the_customers_last_message(self) -> None:
        picture = fold([wrote(0, to_us=True)], OURS)
        assert picture.judged(NOON + timedelta(hours=23, minutes=59)).owner is Owner.AGENT
        lapsed = picture.judged(NOON + timedelta(hours=24))
        assert (lapsed.owner, lapsed.how, lapsed.sure) == (Owner.IDLE, How.LAPSED, False)

    def test_the_owners_own_messages_prolong_nothing(self) -> None:
        picture = fold([wrote(0, to_us=False), spoke(BOT, 3600)], ROUTING)
        assert picture.judged(NOON + timedelta(hours=24)).owner is Owner.IDLE

    def test_what_the_platform_says_about_the_end_counts(self) -> None:
        until = NOON + timedelta(days=7)
        read = Evidence(EvidenceKind.HOLDS, NOON, NOON, How.OWNER_READ, BOT, expires_at=until)
        picture = fold([read], ROUTING)
        assert picture.judged(NOON + timedelta(days=6)).owner is Owner.BOT
        assert picture.judged(until).owner is Owner.IDLE

    def test_a_message_after_the_lapse_goes_to_the_default_app(self) -> None:
        day = timedelta(hours=25).total_seconds()
        picture = fold([wrote(0, to_us=False), holds(INBOX, 60), wrote(day, to_us=False)], ROUTING)
        assert picture.owner is Owner.BOT

    def test_control_gained_long_after_the_last_message_lapses_in_its_turn(self) -> None:
        later = timedelta(hours=30)
        picture = fold([wrote(0, to_us=True), holds(AGENT, later.total_seconds())], OURS)
        assert picture.judged(NOON + later + timedelta(hours=23)).owner is Owner.AGENT
        assert picture.judged(NOON + later + timedelta(hours=24)).owner is Owner.IDLE

    @pytest.mark.parametrize(
        "piece",
        [
            spoke(INBOX, timedelta(hours=30).total_seconds()),
            news(EvidenceKind.HELD_ELSEWHERE, timedelta(hours=30).total_seconds(), how=How.OWNER_READ),
        ],
        ids=lambda piece: piece.kind,
    )
    def test_so_does_that_of_whoever_is_seen_to_have_it_then(self, piece: Evidence) -> None:
        picture = fold([wrote(0, to_us=False), piece], ROUTING)
        assert picture.judged(piece.at + timedelta(hours=23)).owner is picture.owner is not Owner.IDLE
        assert picture.judged(piece.at + timedelta(hours=24)).owner is Owner.IDLE

    def test_whoever_spoke_after_the_lapse_is_not_forgotten_at_the_next_message(self) -> None:
        day = timedelta(hours=25).total_seconds()
        picture = fold([wrote(0, to_us=False), spoke(INBOX, day), wrote(day + 1, to_us=False)], ROUTING)
        assert (picture.owner, picture.sure) == (Owner.INBOX, False)

    def test_a_thread_without_a_message_never_lapses_by_our_reckoning(self) -> None:
        assert Picture(Owner.BOT).judged(NOON + timedelta(days=400)).owner is Owner.BOT


def test_the_order_of_arrival_never_decides() -> None:
    story = [
        wrote(0, to_us=False),
        spoke(BOT, 5),
        holds(AGENT, 10),
        wrote(20, to_us=True),
        holds(INBOX, 30),
        spoke(INBOX, 31),
        wrote(40, to_us=False),
    ]
    expected = fold(story, ROUTING)
    assert expected.owner is Owner.INBOX
    assert all(fold(order, ROUTING) == expected for order in permutations(story))


def test_learning_step_by_step_is_folding_at_once() -> None:
    story = [wrote(0, to_us=False), holds(AGENT, 10), spoke(BOT, 12), holds(BOT, 30)]
    picture = Picture()
    for piece in story:
        picture = learn(picture, piece, ROUTING)
    assert picture == fold(story, ROUTING)
