"""A customer, a bot, the Page Inbox, our service and the clock, in any order, with answers lost and webhooks
held, turned round and repeated. After every step our picture is held against the truth.

What is demanded of the picture, once Facebook has told everything that it tells:

* It names the true owner, or is not sure, or says `unknown`, or `other` where it does not know which app.
* Facebook does not tell everything (messenger-platform.md): a take is told to the previous owner alone, a
  release, an expiry and a take from idle to nobody. So while the last change is one that we were not told
  of, a sure picture may be wrong; `is_untold` stands for that. It ends when we observe the owner anew: by a
  webhook, by a reading or by a call of ours. Even then nothing is taken on a picture older than a minute
  without a reading first, and Facebook's own refusals protect the rest.
* A picture that lapsed is inferred, so it is never sure.

Time stands still but for `pass_time` and a moment before each step, so that a failure can be repeated. Our
clock and Facebook's move together, Facebook's a little ahead.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from channels_fb.models import App, DeliveryItem, Page
from channels_fb.simulator import GraphError, SentEvent, Simulator
from handover import history, tokens, upkeep
from handover.actors import Actor
from handover.errors import ServiceError
from handover.interventions import close_intervention, open_intervention
from handover.models import ApiToken, BotApp, Handover, Intervention, Source, Thread
from handover.ownership import Owner
from tests.people import agent_user
from tests.property.profiles import often
from tests.property.tables import forget_conversations
from tests.property.watching import IDENTIFIERS, quiet_log, strict_json
from tests.world import AGENT, BOT, INBOX, MAYA, PAGE, World

START = datetime(2026, 10, 1, 12, 0, 0, 400_000, tzinfo=UTC)
STRANGER = "950"
"""An app on the page that is neither ours nor a registered bot's."""
NAMES = {None: Owner.IDLE, AGENT: Owner.AGENT, BOT: Owner.BOT, INBOX: Owner.INBOX, STRANGER: Owner.OTHER}
STAGES = [
    ("receivers", "bot"),
    ("receivers", "agent"),
    ("routing", "bot"),
    ("routing", "agent"),
    ("open", "none"),
]
EDGES = ["pass_thread_control", "take_thread_control", "request_thread_control", "thread_owner"]
MOMENTS = st.sampled_from([0.03, 0.3, 0.7, 1.0, 1.3, 2.5])


class Conversation(RuleBasedStateMachine):
    """One page, one customer. `live_url` is where Facebook brings its webhooks."""

    live_url = ""
    settings: Any = None

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
        self.is_held = False
        self.is_untold = self.has_lapsed = False
        self.events_seen = self.calls_seen = 0

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
    )
    def build(self, stage: tuple[Any, str], take_over: bool, ahead: float, has_stranger: bool) -> None:
        self.mode, primary = stage
        self.facebook.clock.advance(ahead)
        self.world.build(self.mode, primary, take_over=take_over)
        self.facebook.add_app(STRANGER, "s", "Stranger")
        self.facebook.connect(PAGE, STRANGER, "stranger-page-token", take_over=True)
        self.world.token = tokens.issue("machine", per_minute=1_000_000)
        self.others = [BOT, STRANGER] if has_stranger else [BOT]
        self.facebook.customer_writes(PAGE, MAYA, "Hello")
        self.facebook.wait_until_quiet()
        self.truth = self.world.truth
        self.events_seen, self.calls_seen = len(self.facebook.events(AGENT)), len(self.facebook.calls)

    # The customer, the bot, another app, the Inbox: what Facebook refuses them does not happen

    @rule(moment=MOMENTS)
    def customer_writes(self, moment: float) -> None:
        self._later(moment)
        self.facebook.customer_writes(PAGE, MAYA, "And another thing")

    @rule(
        moment=MOMENTS,
        app=st.sampled_from([BOT, BOT, STRANGER]),
        deed=st.sampled_from(["send", "take", "request"]),
    )
    def app_does(self, moment: float, app: str, deed: str) -> None:
        self._later(moment)
        if app not in self.others:
            return
        with suppress(GraphError):
            if deed == "send":
                self.facebook.app_sends(app, PAGE, MAYA, "Beep")
            elif deed == "take":
                self.facebook.app_takes(app, PAGE, MAYA)
            else:
                self.facebook.app_requests(app, PAGE, MAYA)

    @rule(
        moment=MOMENTS,
        app=st.sampled_from([BOT, BOT, STRANGER]),
        to=st.sampled_from([AGENT, AGENT, INBOX, BOT, STRANGER]),
    )
    def app_passes(self, moment: float, app: str, to: str) -> None:
        self._later(moment)
        if not {app, to} <= {AGENT, INBOX, *self.others}:
            return
        with suppress(GraphError):
            self.facebook.app_passes(app, PAGE, MAYA, to)

    @rule(moment=MOMENTS)
    def bot_releases(self, moment: float) -> None:
        self._later(moment)
        with suppress(GraphError):
            self.facebook.app_releases(BOT, PAGE, MAYA)

    @rule(moment=MOMENTS, deed=st.sampled_from(["take", "reply", "ai", "pass", "release"]))
    def inbox_does(self, moment: float, deed: str) -> None:
        self._later(moment)
        with suppress(GraphError):
            if deed == "take":
                self.facebook.inbox_takes(PAGE, MAYA)
            elif deed == "reply" or deed == "ai":
                self.facebook.inbox_replies(PAGE, MAYA, "A person here", ai_generated=deed == "ai")
            elif deed == "pass":
                self.facebook.inbox_passes(PAGE, MAYA, AGENT)
            else:
                self.facebook.inbox_releases(PAGE, MAYA)

    # Us

    @rule(moment=MOMENTS)
    def bot_to_agent(self, moment: float) -> None:
        self._later(moment)
        self._hand_over("bot", "agent")

    @rule(moment=MOMENTS)
    def agent_to_bot(self, moment: float) -> None:
        self._later(moment)
        self._hand_over("agent", "bot", app_id=BOT)

    @rule(moment=MOMENTS)
    def a_person_steps_in(self, moment: float) -> None:
        self._later(moment)
        user = agent_user("ann")
        with suppress(ServiceError):
            open_intervention(self.world.thread, user, Actor.for_staff(user))

    @rule(moment=MOMENTS)
    def the_person_is_done(self, moment: float) -> None:
        self._later(moment)
        for row in Intervention.objects.filter(closed_at=None):
            close_intervention(row, Actor.for_staff(row.user))

    @rule(moment=MOMENTS)
    def worker_goes_round(self, moment: float) -> None:
        self._later(moment)
        upkeep.run_due()

    # Trouble

    @rule(seconds=st.sampled_from([5, 21, 58, 61, 301, 25 * 3600]))
    def pass_time(self, seconds: int) -> None:
        before = self.world.truth
        self._later(seconds)
        self.has_lapsed = before is not None and self.world.truth is None

    @rule(edge=st.sampled_from(EDGES), times=st.sampled_from([1, 1, 2]))
    def facebook_loses_answers(self, edge: str, times: int) -> None:
        self.facebook.knobs.lose_answer(edge, times)

    @rule(edge=st.sampled_from(EDGES), status=st.sampled_from([400, 500, 503]))
    def facebook_fails(self, edge: str, status: int) -> None:
        self.facebook.knobs.fail_next(edge, status=status)

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

    @rule()
    def webhooks_come_twice(self) -> None:
        self.facebook.knobs.webhooks.duplicate(2)

    # What is always so

    @invariant()
    def it_all_adds_up(self) -> None:
        self.facebook.wait_until_quiet()
        self._notice()
        thread = self.world.thread
        self._look_at_the_history(thread)
        assert not Handover.objects.filter(lease_until__isnull=False).exists()
        assert not DeliveryItem.objects.filter(kind="failed").exists()
        if not self.is_held:
            self._look_at_the_picture(thread)

    def _look_at_the_picture(self, thread: Thread) -> None:
        picture, truth = thread.picture.judged(timezone.now()), self.world.truth
        if self.is_untold or not picture.sure or picture.owner is Owner.UNKNOWN:
            return
        if picture.owner is Owner.OTHER and not picture.app_id:
            assert truth not in (None, AGENT), picture
            return
        assert (picture.owner, picture.app_id or truth or "") == (NAMES[truth], truth or ""), (picture, truth)

    def _look_at_the_history(self, thread: Thread) -> None:
        assert list(history.breaks(thread)) == []
        holder = (Owner.UNKNOWN.value, "", False)
        for event in thread.events.order_by("seq"):
            assert (event.owner_before, event.app_id_before, event.sure_before) == holder, event
            holder = (event.owner_after, event.app_id_after, event.sure_after)
        assert holder == (thread.owner, thread.owner_app_id, thread.owner_sure)

    def _notice(self) -> None:
        """Keep `is_untold` in step with what Facebook told us, or we read or did, since the last step."""
        events, calls = self.facebook.events(AGENT), self.facebook.calls
        news = events[self.events_seen :]
        done = [c for c in calls[self.calls_seen :] if c.app_id == AGENT and c.status == 200]
        self.events_seen, self.calls_seen = len(events), len(calls)
        before, self.truth = self.truth, self.world.truth
        if self.truth != before and not self.has_lapsed:
            is_woken = before is None and any(
                "is_echo" not in n.event.get("message", {"is_echo": 1}) for n in news
            )
            self.is_untold = self.is_untold if is_woken else True
        self.has_lapsed = False
        moved = any(call.edge in ("pass_thread_control", "take_thread_control") for call in done)
        was_read = any(call.edge == "thread_owner" and not call.lost for call in done)
        if moved or was_read or any(self._tells_the_owner(sent) for sent in news):
            self.is_untold = False

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
        self.time.shift(seconds)

    def _hand_over(self, from_party: str, to_party: str, **more: str) -> None:
        before = self.world.truth
        is_engaged = Intervention.objects.filter(closed_at=None).exists()
        calls_before = len(self.facebook.calls)
        picture = self.world.thread.picture.judged(timezone.now())
        was_fresh = picture.is_fresh(timezone.now())
        asked = {"identity_foreign_id": MAYA, "from": from_party, "to": to_party, "type": "messenger", **more}
        answer = self.client.post(
            "/1.0/bots/handover", asked, HTTP_AUTHORIZATION=f"Bearer {self.world.token}"
        )
        content = strict_json(answer.content)
        known = {**IDENTIFIERS, "facebook_unavailable": 503}
        assert answer.status_code == 200 or known[content["error"]] == answer.status_code != 500, content
        calls = [call for call in self.facebook.calls[calls_before:] if call.app_id == AGENT]
        edges = [call.edge for call in calls]
        if is_engaged:
            assert "pass_thread_control" not in edges
        taken = [call for call in calls if call.edge == "take_thread_control" and call.status == 200]
        if taken and not (was_fresh and "thread_owner" not in edges):
            assert before in (None, BOT), f"taken from {before}"
        if "take_thread_control" in edges and not was_fresh:
            assert edges.index("thread_owner") < edges.index("take_thread_control")
        if answer.status_code == 200 and to_party == "bot" and "pass_thread_control" in edges:
            assert self.world.truth == BOT


def _forget_everything() -> None:
    forget_conversations()
    for model in (ApiToken, Page, BotApp, Source, App):
        model._default_manager.all().delete()
    connection.close()


def test_our_picture_is_the_truth_or_says_that_it_may_not_be(
    transactional_db: None, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Conversation, "live_url", live_server.url)
    monkeypatch.setattr(Conversation, "settings", settings)
    run_state_machine_as_test(Conversation, settings=often(0.4))
