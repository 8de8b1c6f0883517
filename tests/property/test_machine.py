"""A customer, a bot, an agent, the Page Inbox, our service and the clock, in any order, with answers lost and
webhooks held, turned round, repeated and lost. After every step our picture is held against the truth, and
what became of the agent's replies against what the customer saw (`agents_side`).

What is demanded of the picture, once Facebook has told everything that it tells:

* It names the true owner, or is not sure, or says `unknown`, or `other` where it does not know which app.
* Facebook does not tell everything (messenger-platform.md): a take is told to the previous owner alone, a
  release, an expiry and a take from idle to nobody. So while the last change is one that we were not told
  of, a sure picture may be wrong; `is_untold` stands for that. It ends when we observe the owner anew: by a
  webhook, by a reading or by a call of ours. Even then nothing is taken on a picture older than a minute
  without a reading first, and Facebook's own refusals protect the rest.
* A picture that lapsed is inferred, so it is never sure.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from channels_fb.models import DeliveryItem
from handover import doorbell, history
from handover.models import Handover, Thread
from handover.ownership import Owner
from tests.property.agents_side import AgentsSide
from tests.property.conversation import MOMENTS, STRANGER, Conversation
from tests.property.profiles import often
from tests.property.watching import IDENTIFIERS, strict_json
from tests.world import AGENT, BOT, INBOX, MAYA

NAMES = {None: Owner.IDLE, AGENT: Owner.AGENT, BOT: Owner.BOT, INBOX: Owner.INBOX, STRANGER: Owner.OTHER}


class Machine(AgentsSide):
    """Everybody, and what is always so."""

    @rule(moment=MOMENTS)
    def bot_to_agent(self, moment: float) -> None:
        self._later(moment)
        self._hand_over("bot", "agent")

    @rule(moment=MOMENTS)
    def agent_to_bot(self, moment: float) -> None:
        self._later(moment)
        self._hand_over("agent", "bot", app_id=BOT)

    def _hand_over(self, from_party: str, to_party: str, **more: str) -> None:
        is_engaged = self._engaged() is not None
        calls_before = len(self.facebook.calls)
        was_fresh = self.world.thread.picture.judged(timezone.now()).is_fresh(timezone.now())
        asked = {"identity_foreign_id": MAYA, "from": from_party, "to": to_party, "type": "messenger", **more}
        answer = self.client.post(
            "/1.0/bots/handover", asked, HTTP_AUTHORIZATION=f"Bearer {self.world.token}"
        )
        content = strict_json(answer.content)
        known = {**IDENTIFIERS, "facebook_unavailable": 503}
        assert answer.status_code == 200 or known[content["error"]] == answer.status_code != 500, content
        edges = [call.edge for call in self.facebook.calls[calls_before:] if call.app_id == AGENT]
        if is_engaged:
            assert "pass_thread_control" not in edges
        if "take_thread_control" in edges and not was_fresh:
            assert edges.index("thread_owner") < edges.index("take_thread_control")
        if answer.status_code == 200 and to_party == "bot" and "pass_thread_control" in edges:
            assert self.world.truth == BOT

    # What is always so

    @invariant()
    def it_all_adds_up(self) -> None:
        self.look_back()
        thread = self.world.thread
        self._look_at_the_history(thread)
        assert not Handover.objects.filter(lease_until__isnull=False).exists()
        assert not DeliveryItem.objects.filter(kind="failed").exists()
        if not self.is_held:
            self._look_at_the_picture(thread)
        self.look_at_the_agents_side(thread)

    def _look(self) -> None:
        self.it_all_adds_up()

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


def test_our_picture_is_the_truth_and_no_reply_is_lost_or_doubled(
    transactional_db: None, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = doorbell.is_rung_for
    monkeypatch.setattr(doorbell, "is_rung_for", lambda key: not Conversation.is_bell_heard or ring(key))
    monkeypatch.setattr("handover.pauses._JITTER", 0)
    monkeypatch.setattr(Conversation, "live_url", live_server.url)
    monkeypatch.setattr(Conversation, "settings", settings)
    run_state_machine_as_test(Machine, settings=often(0.5))
