"""A page and a customer for the state machine: everybody but us, the clock, and Facebook's moods.

Time stands still but for `pass_time` and a moment before each step, so that a failure can be repeated. Our
clock and Facebook's move together, Facebook's a little ahead.

After each step `look_back` works out what Facebook told us and who held the thread at each of our calls.
For that, a deed of somebody else's is done before any webhook of it goes out: whatever we do in the same step
comes after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import time_machine
from django.db import connection
from django.test import Client
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from channels_fb.models import App, Page
from channels_fb.simulator import GraphCall, GraphError, SentEvent, Simulator, errors
from handover import tokens
from handover.models import ApiToken, BotApp, Source
from tests.property.tables import forget_conversations
from tests.property.watching import quiet_log
from tests.world import AGENT, BOT, INBOX, MAYA, PAGE, World

START = datetime(2026, 10, 1, 12, 0, 0, 400_000, tzinfo=UTC)
STRANGER = "950"
"""An app on the page that is neither ours nor a registered bot's."""
STAGES = [
    ("receivers", "bot"),
    ("receivers", "agent"),
    ("routing", "bot"),
    ("routing", "agent"),
    ("open", "none"),
]
EDGES = [
    "pass_thread_control",
    "take_thread_control",
    "request_thread_control",
    "release_thread_control",
    "thread_owner",
    "messages",
]
FAILURES: dict[str, dict[str, Any]] = {
    "code 1": {"body": errors.error_body(errors.UNKNOWN_ERROR), "status": 500},
    "code 2": {"body": errors.error_body(errors.TEMPORARY), "status": 500},
    "code 4": {"body": {"error": {"message": "(#4) Application request limit reached", "code": 4}}},
    "code 10": {"body": errors.error_body(errors.CONTROLLED_BY_ANOTHER)},
    "code 551": {"body": errors.error_body(errors.PERSON_UNAVAILABLE)},
    "no words": {"body": b"", "status": 200},
    "500": {"body": b"Internal Server Error", "status": 500},
    "503": {"status": 503},
}
LOST = "lost"
"""What was asked is done, and the answer never comes."""
TROUBLES = st.sampled_from([LOST, LOST, *FAILURES])
MOMENTS = st.sampled_from([0.03, 0.3, 0.7, 1.0, 1.3, 2.5])


class Conversation(RuleBasedStateMachine):
    """One page, one customer. `live_url` is where Facebook brings its webhooks."""

    live_url = ""
    settings: Any = None
    is_bell_heard = True
    """Whether whoever rings for the worker is heard; else the worker's rounds have to do."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(START, tick=False)
        self.time = self.clock.start()
        self.log = quiet_log(is_outage_expected=True)
        self.log.__enter__()
        self.facebook = Simulator()
        self.facebook.start()
        self.settings.GRAPH_API_URL = self.facebook.url
        self.world = World(self.live_url, self.facebook)
        self.client = Client(raise_request_exception=False)
        self.is_held = self.has_dropped = False
        self.is_untold = self.is_forced = self.has_lapsed = False
        self.events_seen = self.calls_seen = self.to_drop = 0

    def teardown(self) -> None:
        try:
            self.facebook.knobs.reset()
            self.facebook.wait_until_quiet()
        finally:
            self.facebook.stop()
            self.world.http.close()
            self.clock.stop()
            _forget_everything()
        self.log.__exit__(None, None, None)

    # The stage

    @initialize(
        stage=st.sampled_from(STAGES),
        take_over=st.booleans(),
        ahead=st.sampled_from([0, 0.6, 40]),
        has_stranger=st.booleans(),
        is_granted=st.booleans(),
        is_bell_heard=st.sampled_from([True, True, False]),
        page=st.fixed_dictionaries(
            {
                "may_tag_human_agent": st.booleans(),
                "asks_on_opening": st.booleans(),
                "after_closing": st.sampled_from(["release", "pass_to_bot"]),
            }
        ),
    )
    def build(
        self,
        stage: tuple[Any, str],
        take_over: bool,
        ahead: float,
        has_stranger: bool,
        is_granted: bool,
        is_bell_heard: bool,
        page: dict[str, Any],
    ) -> None:
        (self.mode, primary), self.has_switch = stage, take_over
        self.facebook.clock.advance(ahead)
        self.world.build(self.mode, primary, take_over=take_over)
        self.facebook.add_app(STRANGER, "s", "Stranger")
        self.facebook.connect(PAGE, STRANGER, "stranger-page-token", take_over=True)
        self.world.token = tokens.issue("machine", per_minute=1_000_000)
        Source.objects.update(**page)
        Conversation.is_bell_heard = is_bell_heard
        self.others = [BOT, STRANGER] if has_stranger else [BOT]
        self.facebook.customer_writes(PAGE, MAYA, "Hello")
        if is_granted and self.world.truth == BOT:
            self.facebook.app_passes(BOT, PAGE, MAYA, AGENT)
        self.facebook.wait_until_quiet()
        self.truth = self.holder = self.world.truth
        self.events_seen, self.calls_seen = len(self.facebook.events(AGENT)), len(self.facebook.calls)

    # The customer, the bot, another app, the Inbox: what Facebook refuses them does not happen

    @rule(moment=MOMENTS)
    def customer_writes(self, moment: float) -> None:
        with self._somebody_acts(moment):
            self.facebook.customer_writes(PAGE, MAYA, "And another thing")

    @rule(
        moment=MOMENTS,
        app=st.sampled_from([BOT, BOT, STRANGER]),
        deed=st.sampled_from(["send", "take", "request", "release"]),
    )
    def app_does(self, moment: float, app: str, deed: str) -> None:
        with self._somebody_acts(moment):
            if app not in self.others:
                return
            if deed == "send":
                self.facebook.app_sends(app, PAGE, MAYA, "Beep")
            elif deed == "take":
                self.facebook.app_takes(app, PAGE, MAYA)
            elif deed == "request":
                self.facebook.app_requests(app, PAGE, MAYA)
            else:
                self.facebook.app_releases(app, PAGE, MAYA)

    @rule(
        moment=MOMENTS,
        app=st.sampled_from([BOT, BOT, STRANGER]),
        to=st.sampled_from([AGENT, AGENT, INBOX, BOT, STRANGER]),
    )
    def app_passes(self, moment: float, app: str, to: str) -> None:
        with self._somebody_acts(moment):
            if {app, to} <= {AGENT, INBOX, *self.others}:
                self.facebook.app_passes(app, PAGE, MAYA, to)

    @precondition(lambda self: self.world.truth == BOT)
    @rule(moment=MOMENTS)
    def bot_grants(self, moment: float) -> None:
        """In time, or long after control was asked for, or though it never was."""
        with self._somebody_acts(moment):
            self.facebook.app_passes(BOT, PAGE, MAYA, AGENT)

    @rule(moment=MOMENTS, deed=st.sampled_from(["take", "reply", "ai", "pass", "release"]))
    def inbox_does(self, moment: float, deed: str) -> None:
        with self._somebody_acts(moment):
            if deed == "take":
                self.facebook.inbox_takes(PAGE, MAYA)
            elif deed == "reply" or deed == "ai":
                self.facebook.inbox_replies(PAGE, MAYA, "A person here", ai_generated=deed == "ai")
            elif deed == "pass":
                self.facebook.inbox_passes(PAGE, MAYA, AGENT)
            else:
                self.facebook.inbox_releases(PAGE, MAYA)

    # Trouble

    @rule(edge=st.sampled_from(EDGES), trouble=TROUBLES, times=st.sampled_from([1, 1, 2]))
    def facebook_fails(self, edge: str, trouble: str, times: int) -> None:
        self._trouble(edge, trouble, times)

    def _trouble(self, edge: str, trouble: str, times: int = 1) -> None:
        if trouble == LOST:
            self.facebook.knobs.lose_answer(edge, times)
        else:
            self.facebook.knobs.fail_next(edge, times, **FAILURES[trouble])

    @precondition(lambda self: not self.is_held)
    @rule()
    def webhooks_are_held(self) -> None:
        self.facebook.knobs.webhooks.hold()
        self.is_held = True

    @precondition(lambda self: self.is_held)
    @rule(turn_round=st.booleans(), together=st.sampled_from([1, 2, 50]))
    def webhooks_come(self, turn_round: bool, together: int) -> None:
        if turn_round:
            self.facebook.knobs.webhooks.reorder()
        self.facebook.knobs.webhooks.batch(together)
        self.facebook.knobs.webhooks.release()
        self.is_held = False

    @rule(times=st.sampled_from([1, 2]), is_lost=st.booleans())
    def webhooks_come_twice_or_never(self, times: int, is_lost: bool) -> None:
        if is_lost:
            self.facebook.knobs.webhooks.drop_next(times)
            self.to_drop = times
        else:
            self.facebook.knobs.webhooks.duplicate(times)

    # What happened in a step

    def look_back(self) -> None:
        """Wait until all is told, and keep `truth` and `is_untold` in step with it."""
        self.facebook.wait_until_quiet()
        news = self._heard()
        calls = self.facebook.calls
        ours = [call for call in calls[self.calls_seen :] if call.app_id == AGENT]
        self.calls_seen = len(calls)
        before, self.truth = None if self.has_lapsed else self.truth, self.world.truth
        if self.holder != before:
            is_woken = before is None and any(
                "is_echo" not in n.event.get("message", {"is_echo": 1}) for n in news
            )
            self.is_untold = self.is_untold if is_woken else True
        self.has_lapsed = False
        self._follow(ours, may_be_behind=self.is_untold or self.is_held or news != [])
        assert self.holder == self.truth
        if any(self._tells_the_owner(sent) for sent in news) and not self.is_misled:
            self.is_untold = False
        self.is_forced = False
        self.given_away = {call.edge for call in ours}

    def _heard(self) -> list[SentEvent]:
        events = self.facebook.events(AGENT)
        news = events[self.events_seen :]
        self.events_seen = len(events)
        dropped, self.to_drop = min(self.to_drop, len(news)), max(0, self.to_drop - len(news))
        self.has_dropped = self.has_dropped or dropped > 0
        return news[dropped:]

    def _follow(self, calls: list[GraphCall], *, may_be_behind: bool) -> None:
        """Who held the thread before and after each of our calls."""
        was_read = self.is_misled = False
        for call in calls:
            is_done = call.status == 200 and isinstance(call.answer, dict)
            if not is_done:
                self._notice_lie(call)
                continue
            if self._takes(call) and not self.is_forced and self.holder not in (None, BOT, AGENT):
                assert may_be_behind and not was_read, f"taken from {self.holder}"
            was_read = was_read or (call.edge == "thread_owner" and not call.lost)
            self._move(call)
            if call.edge in _MOVES or (call.edge == "thread_owner" and not call.lost):
                self.is_untold = self.is_misled = False

    def _notice_lie(self, call: GraphCall) -> None:
        """Facebook says that we do not hold what we hold. Nobody can see through that."""
        error = call.answer.get("error", {}) if isinstance(call.answer, dict) else {}
        is_not_ours = error.get("error_subcode") == errors.CONTROLLED_BY_ANOTHER.subcode
        if is_not_ours and self.holder in (None, AGENT):
            self.is_untold = self.is_misled = True

    def _takes(self, call: GraphCall) -> bool:
        is_tagged = call.edge == "messages" and call.parameters.get("tag") == "HUMAN_AGENT"
        return call.edge == "take_thread_control" or (
            is_tagged and self.mode == "routing" and self.has_switch and self.holder != AGENT
        )

    def _move(self, call: GraphCall) -> None:
        if self._takes(call):
            self.holder = AGENT
        elif call.edge == "pass_thread_control":
            self.holder = call.parameters["target_app_id"]
        elif call.edge == "release_thread_control":
            self.holder = None
        elif call.edge == "request_thread_control" and self.holder is None:
            self.holder = AGENT

    def _tells_the_owner(self, sent: SentEvent) -> bool:
        for verb in ("pass_thread_control", "take_thread_control"):
            if verb in sent.event:
                return bool(sent.event[verb]["new_owner_app_id"] == self.truth)
        message = sent.event.get("message")
        if message is None or self.mode == "open":
            return False  # There, messages come to everybody, and everybody may write while it is idle.
        if message.get("is_echo"):
            return bool(message["app_id"] == self.truth)
        return sent.key == "messaging"

    # Inside

    def _later(self, seconds: float) -> None:
        before = self.world.truth
        self.time.shift(seconds)
        self.holder = self.world.truth
        self.has_lapsed = before is not None and self.holder is None

    @contextmanager
    def _somebody_acts(self, moment: float) -> Iterator[None]:
        self._later(moment)
        self.facebook.knobs.webhooks.hold()
        with suppress(GraphError):
            yield
        self.holder = self.world.truth
        if not self.is_held:
            self.facebook.knobs.webhooks.release()


_MOVES = ("pass_thread_control", "take_thread_control", "release_thread_control")


def _forget_everything() -> None:
    forget_conversations()
    for model in (ApiToken, Page, BotApp, Source, App):
        model._default_manager.all().delete()
    connection.close()
