"""The rules of a handover, without database, framework or network."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from handover.decision import Answer, Ask, Call, RefusalCode, Situation, Verb, decide, decide_opening
from handover.ownership import Cast, ControlMode, How, Owner, Party, Picture

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
AGENT, BOT = "800", "900"
CAST = Cast(AGENT, frozenset({BOT}), frozenset({"263"}), Party.BOT, ControlMode.RECEIVERS)
ROUTING = replace(CAST, mode=ControlMode.ROUTING)
TO_AGENT = Ask(Party.BOT, Party.AGENT)
TO_BOT = Ask(Party.AGENT, Party.BOT, BOT)
OURS_PRIMARY = replace(CAST, default=Party.AGENT)
FOR_REPLY = replace(TO_AGENT, for_reply=True)
BY_FORCE = replace(FOR_REPLY, by_force=True)
READ, REQUEST, TAKE, PASS = Call(Verb.READ_OWNER), Call(Verb.REQUEST), Call(Verb.TAKE), Call(Verb.PASS, BOT)


def held_by(owner: Owner, app_id: str = "", *, age: int = 10, sure: bool = True) -> Picture:
    seen = NOON - timedelta(seconds=age)
    return Picture(
        owner, app_id, since=seen, observed_at=seen, confirmed_at=seen, how=How.OWNER_READ, sure=sure
    )


BOTS = held_by(Owner.BOT, BOT)
OURS = held_by(Owner.AGENT, AGENT)
INBOXS = held_by(Owner.INBOX, "263")
NOBODYS = held_by(Owner.IDLE)
NOTHING_KNOWN = Picture()


def situation(picture: Picture, cast: Cast = CAST, **facts: object) -> Situation:
    return Situation(NOON, picture, cast, **facts)  # type: ignore[arg-type]


class TestFromBotToAgent:
    @pytest.mark.parametrize("picture", [BOTS, INBOXS, NOBODYS, NOTHING_KNOWN, held_by(Owner.OTHER, "555")])
    def test_control_is_requested_whoever_holds_the_thread(self, picture: Picture) -> None:
        assert decide(TO_AGENT, situation(picture)).calls == (REQUEST,)

    @pytest.mark.parametrize("default", [Party.BOT, Party.AGENT, None])
    def test_control_is_requested_whoever_is_primary(self, default: Party | None) -> None:
        assert decide(TO_AGENT, situation(BOTS, replace(CAST, default=default))).calls == (REQUEST,)

    def test_control_is_taken_under_conversation_routing(self) -> None:
        assert decide(TO_AGENT, situation(BOTS, ROUTING)).calls == (TAKE,)

    def test_control_is_taken_where_a_request_was_refused_before(self) -> None:
        assert decide(TO_AGENT, situation(BOTS, requests_refused=True)).calls == (TAKE,)

    def test_an_idle_thread_is_taken(self) -> None:
        assert decide(TO_AGENT, situation(NOBODYS, ROUTING)).calls == (TAKE,)

    @pytest.mark.parametrize("picture", [INBOXS, held_by(Owner.OTHER, "555"), held_by(Owner.OTHER)])
    def test_nothing_is_taken_from_the_inbox_or_another_app(self, picture: Picture) -> None:
        decision = decide(TO_AGENT, situation(picture, ROUTING))
        assert decision.why_not.code is RefusalCode.CONTROL_CONFLICT
        assert "since 2026-11-22T11:59:50Z" in decision.why_not.message

    @pytest.mark.parametrize(
        "picture", [held_by(Owner.BOT, BOT, age=61), held_by(Owner.INBOX, "263", age=61), NOTHING_KNOWN]
    )
    def test_the_owner_is_read_before_taking_on_an_old_picture(self, picture: Picture) -> None:
        assert decide(TO_AGENT, situation(picture, ROUTING)).calls == (READ, TAKE)

    def test_nothing_is_taken_while_the_reading_does_not_say_who_holds_it(self) -> None:
        unsure = held_by(Owner.BOT, BOT, sure=False)
        decision = decide(TO_AGENT, situation(unsure, ROUTING, just_read=True))
        assert decision.why_not.code is RefusalCode.CONTROL_CONFLICT

    def test_nothing_is_done_when_ours_was_confirmed_within_the_minute(self) -> None:
        assert decide(TO_AGENT, situation(OURS)).answer is Answer.NOTHING_TO_DO

    def test_the_owner_is_read_when_ours_was_confirmed_longer_ago(self) -> None:
        assert decide(TO_AGENT, situation(held_by(Owner.AGENT, AGENT, age=61))).calls == (READ,)

    @pytest.mark.parametrize("cast", [CAST, ROUTING])
    def test_a_repeat_while_the_first_is_requested_makes_no_call(self, cast: Cast) -> None:
        decision = decide(TO_AGENT, situation(INBOXS, cast, is_requested=True))
        assert (decision.answer, decision.calls) == (Answer.REPEAT, ())

    def test_a_foreign_app_id_is_ignored(self) -> None:
        assert decide(replace(TO_AGENT, app_id="1"), situation(BOTS)).app_id == AGENT

    def test_an_open_intervention_is_no_obstacle(self) -> None:
        assert decide(TO_AGENT, situation(BOTS, engagement="ana has it")).answer is Answer.CALL


class TestFromAgentToBot:
    @pytest.mark.parametrize("picture", [OURS, NOBODYS, NOTHING_KNOWN, held_by(Owner.AGENT, AGENT, age=600)])
    def test_control_is_passed(self, picture: Picture) -> None:
        assert decide(TO_BOT, situation(picture)).calls == (PASS,)

    def test_the_pages_only_bot_is_meant_where_none_is_named(self) -> None:
        assert decide(replace(TO_BOT, app_id=""), situation(OURS)).calls == (PASS,)

    def test_a_bot_must_be_named_where_there_are_several(self) -> None:
        cast = replace(CAST, bot_app_ids=frozenset({BOT, "901"}))
        decision = decide(replace(TO_BOT, app_id=""), situation(OURS, cast))
        assert decision.why_not.code is RefusalCode.MISSING_PARAMETER

    def test_an_app_that_is_no_bot_of_the_page_is_refused(self) -> None:
        decision = decide(replace(TO_BOT, app_id="1"), situation(OURS))
        assert decision.why_not.code is RefusalCode.INVALID_BOT_APP

    def test_it_is_refused_while_an_intervention_is_engaged(self) -> None:
        decision = decide(TO_BOT, situation(OURS, engagement="ana has it (opened) since noon"))
        assert decision.why_not.code is RefusalCode.INTERVENTION_ENGAGED
        assert "ana has it" in decision.why_not.message

    @pytest.mark.parametrize("picture", [INBOXS, held_by(Owner.OTHER), held_by(Owner.BOT, "901")])
    def test_it_is_refused_where_somebody_else_holds_the_thread(self, picture: Picture) -> None:
        cast = replace(CAST, bot_app_ids=frozenset({BOT, "901"}))
        assert decide(TO_BOT, situation(picture, cast)).why_not.code is RefusalCode.CONTROL_CONFLICT

    def test_somebody_elses_old_picture_is_read_first(self) -> None:
        assert decide(TO_BOT, situation(held_by(Owner.INBOX, "263", age=61))).calls == (READ, PASS)

    def test_nothing_is_done_when_the_bots_was_confirmed_within_the_minute(self) -> None:
        assert decide(TO_BOT, situation(BOTS)).answer is Answer.NOTHING_TO_DO

    def test_the_owner_is_read_when_the_bots_was_confirmed_longer_ago(self) -> None:
        assert decide(TO_BOT, situation(held_by(Owner.BOT, BOT, age=61))).calls == (READ,)


class TestAPageWhereAgentsHaveToBeThere:
    """`absence` says why none is; it is empty where one is, and None on all other pages."""

    closed = "The page is outside its opening hours; it opens next at 2026-11-23T08:00:00Z (Monday 09:00)."

    @pytest.mark.parametrize("cast", [CAST, ROUTING])
    def test_hands_nothing_over_while_nobody_is(self, cast: Cast) -> None:
        decision = decide(TO_AGENT, situation(BOTS, cast, absence=self.closed))
        assert (decision.why_not.code, decision.why_not.message) == (
            RefusalCode.NO_AGENT_AVAILABLE,
            self.closed,
        )
        assert decision.calls == ()

    def test_hands_over_while_one_is(self) -> None:
        decision = decide(TO_AGENT, situation(BOTS, absence=""))
        assert decision.calls == (REQUEST,)
        assert [rule.name for rule in decision.rules] == [
            "source_active",
            "nothing_in_progress",
            "agent_available",
            "control_free",
        ]

    def test_alone_has_the_rule(self) -> None:
        rules = decide(TO_AGENT, situation(BOTS)).rules
        assert [rule.name for rule in rules] == ["source_active", "nothing_in_progress", "control_free"]

    def test_gives_threads_back_to_the_bot_at_any_time(self) -> None:
        decision = decide(TO_BOT, situation(OURS, absence=self.closed))
        assert decision.calls == (PASS,)
        assert "agent_available" not in {rule.name for rule in decision.rules}

    def test_keeps_what_was_asked_for_before(self) -> None:
        asked = situation(BOTS, is_requested=True, absence=self.closed)
        assert decide(TO_AGENT, asked).answer is Answer.REPEAT

    def test_keeps_what_the_agents_have(self) -> None:
        assert decide(TO_AGENT, situation(OURS, absence=self.closed)).answer is Answer.NOTHING_TO_DO

    def test_reads_the_owner_first_where_the_agents_may_have_it(self) -> None:
        old = held_by(Owner.AGENT, AGENT, age=61)
        assert decide(TO_AGENT, situation(old, absence=self.closed)).calls == (READ,)
        loose = situation(BOTS, ROUTING, has_loose_ends=True, absence=self.closed)
        assert decide(TO_AGENT, loose).calls == (READ, TAKE)

    def test_refuses_once_the_reading_says_that_the_bot_has_it(self) -> None:
        read = situation(BOTS, ROUTING, has_loose_ends=True, just_read=True, absence=self.closed)
        assert decide(TO_AGENT, read).why_not.code is RefusalCode.NO_AGENT_AVAILABLE

    def test_hands_over_to_whoever_asks_in_person(self) -> None:
        in_person = replace(TO_AGENT, in_person=True)
        assert decide(in_person, situation(BOTS, absence=self.closed)).calls == (REQUEST,)

    def test_lets_agents_reply_at_any_time(self) -> None:
        replying = replace(TO_AGENT, for_reply=True)
        assert decide(replying, situation(BOTS, absence=self.closed)).calls == (REQUEST,)

    def test_lets_agents_engage_at_any_time(self) -> None:
        assert decide_opening(situation(BOTS, absence=self.closed)).answer is Answer.RECORD

    def test_says_who_holds_the_thread_only_after_that(self) -> None:
        inboxs = situation(INBOXS, ROUTING, absence=self.closed)
        assert decide(TO_AGENT, inboxs).why_not.code is RefusalCode.NO_AGENT_AVAILABLE
        busy = replace(inboxs, in_progress="Another handover")
        assert decide(TO_AGENT, busy).why_not.code is RefusalCode.HANDOVER_IN_PROGRESS


class TestForAReply:
    """Control is got as the guide says: asked for where the bot's app is primary, taken where ours is."""

    @pytest.mark.parametrize("picture", [BOTS, NOBODYS, NOTHING_KNOWN, held_by(Owner.OTHER)])
    @pytest.mark.parametrize("default", [Party.BOT, None])
    def test_it_is_requested_where_our_app_is_not_primary(
        self, picture: Picture, default: Party | None
    ) -> None:
        assert decide(FOR_REPLY, situation(picture, replace(CAST, default=default))).calls == (REQUEST,)

    @pytest.mark.parametrize("picture", [BOTS, NOBODYS])
    @pytest.mark.parametrize("cast", [OURS_PRIMARY, ROUTING])
    def test_it_is_taken_where_ours_is_or_under_conversation_routing(
        self, picture: Picture, cast: Cast
    ) -> None:
        assert decide(FOR_REPLY, situation(picture, cast)).calls == (TAKE,)

    def test_it_is_requested_where_the_platform_refused_a_take(self) -> None:
        assert decide(FOR_REPLY, situation(BOTS, OURS_PRIMARY, takes_refused=True)).calls == (REQUEST,)

    def test_a_bot_that_asks_does_not_have_it_taken_though_ours_is_primary(self) -> None:
        assert decide(TO_AGENT, situation(BOTS, OURS_PRIMARY)).calls == (REQUEST,)

    @pytest.mark.parametrize("cast", [CAST, OURS_PRIMARY, ROUTING])
    @pytest.mark.parametrize("picture", [INBOXS, held_by(Owner.OTHER, "555")])
    def test_somebody_elses_thread_is_left_alone(self, picture: Picture, cast: Cast) -> None:
        assert decide(FOR_REPLY, situation(picture, cast)).why_not.code is RefusalCode.CONTROL_CONFLICT

    @pytest.mark.parametrize(("cast", "last"), [(CAST, REQUEST), (OURS_PRIMARY, TAKE)])
    def test_but_the_owner_is_read_first_on_an_old_picture(self, cast: Cast, last: Call) -> None:
        old = held_by(Owner.INBOX, "263", age=61)
        assert decide(FOR_REPLY, situation(old, cast)).calls == (READ, last)

    @pytest.mark.parametrize("cast", [OURS_PRIMARY, ROUTING])
    def test_who_the_other_app_is_that_a_refusal_spoke_of_is_read_first(self, cast: Cast) -> None:
        assert decide(FOR_REPLY, situation(held_by(Owner.OTHER), cast)).calls == (READ, TAKE)

    @pytest.mark.parametrize("cast", [OURS_PRIMARY, ROUTING])
    def test_it_is_taken_once_for_one_reply(self, cast: Cast) -> None:
        decision = decide(replace(FOR_REPLY, may_take=False), situation(BOTS, cast))
        assert decision.why_not.code is RefusalCode.CONTROL_CONFLICT
        assert "taken for this reply once" in decision.why_not.message

    def test_but_it_may_be_asked_for_again(self) -> None:
        assert decide(replace(FOR_REPLY, may_take=False), situation(BOTS)).calls == (REQUEST,)

    def test_nothing_need_be_taken_where_it_is_here(self) -> None:
        decision = decide(replace(FOR_REPLY, may_take=False), situation(OURS, ROUTING))
        assert decision.answer is Answer.NOTHING_TO_DO


class TestTakenOverByHand:
    @pytest.mark.parametrize(
        "picture", [INBOXS, held_by(Owner.OTHER, "555"), NOTHING_KNOWN, held_by(Owner.BOT, BOT, age=600)]
    )
    @pytest.mark.parametrize("cast", [OURS_PRIMARY, ROUTING])
    def test_control_is_taken_from_whomever_without_a_reading(self, picture: Picture, cast: Cast) -> None:
        assert decide(BY_FORCE, situation(picture, cast)).calls == (TAKE,)

    @pytest.mark.parametrize("picture", [INBOXS, held_by(Owner.OTHER, "555"), BOTS])
    def test_it_is_asked_for_where_it_cannot_be_taken(self, picture: Picture) -> None:
        assert decide(BY_FORCE, situation(picture)).calls == (REQUEST,)

    def test_what_a_killed_process_left_behind_is_read_first(self) -> None:
        assert decide(BY_FORCE, situation(INBOXS, ROUTING, has_loose_ends=True)).calls == (READ, TAKE)

    def test_not_while_another_handover_is_carried_out(self) -> None:
        decision = decide(BY_FORCE, situation(INBOXS, ROUTING, in_progress="Another handover"))
        assert decision.why_not.code is RefusalCode.HANDOVER_IN_PROGRESS


class TestWhileControlIsGivenBack:
    def test_nobody_is_told_that_the_agent_has_what_it_is_about_to_lose(self) -> None:
        for ask in (TO_AGENT, FOR_REPLY, BY_FORCE):
            decision = decide(ask, situation(OURS, is_given_back=True))
            assert decision.why_not.code is RefusalCode.HANDOVER_IN_PROGRESS
            assert "Giving control back" in decision.why_not.message

    def test_it_may_be_passed_to_the_bot_and_an_intervention_be_opened(self) -> None:
        ours = situation(OURS, is_given_back=True)
        assert decide(TO_BOT, ours).calls == (PASS,)
        assert decide_opening(ours).answer is Answer.RECORD


class TestTheOrderOfRefusals:
    def test_is_the_contracts(self) -> None:
        worst = situation(
            INBOXS, source_active=False, engagement="ana has it", in_progress="Another handover"
        )
        stranger = replace(TO_BOT, app_id="1")
        codes = []
        for cured in ({}, {"source_active": True}, {}, {"engagement": ""}, {"in_progress": ""}):
            worst = replace(worst, **cured)  # type: ignore[arg-type]
            codes.append(decide(stranger, worst).why_not.code)
            if codes[-1] is RefusalCode.INVALID_BOT_APP:
                stranger = TO_BOT
        assert codes == [
            RefusalCode.SOURCE_INACTIVE,
            RefusalCode.INVALID_BOT_APP,
            RefusalCode.INTERVENTION_ENGAGED,
            RefusalCode.HANDOVER_IN_PROGRESS,
            RefusalCode.CONTROL_CONFLICT,
        ]

    def test_every_rule_up_to_the_broken_one_is_named(self) -> None:
        decision = decide(TO_BOT, situation(OURS, engagement="ana has it"))
        assert [(rule.name, rule.holds) for rule in decision.rules] == [
            ("source_active", True),
            ("bot_app_known", True),
            ("no_intervention_engaged", False),
        ]


def test_what_a_killed_process_left_behind_is_read_first() -> None:
    assert decide(TO_BOT, situation(OURS, has_loose_ends=True)).calls == (READ, PASS)
    assert decide(TO_AGENT, situation(BOTS, has_loose_ends=True)).calls == (READ, REQUEST)
