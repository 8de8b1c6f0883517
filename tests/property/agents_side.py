"""An agent's side of the state machine: interventions, replies, control for their sake, and the worker.

What is demanded:

* No text reaches the customer twice, unless somebody retried by hand what was of unknown outcome; they come
  in the order of the queue; none is lost, and what is said of each is so (`ledger`).
* Control is passed on or released under no intervention that is open, and once the last one is over it does
  not stay with us, as soon as Facebook answers and time passes.
* Whatever waits says when it is looked at next.
"""

from __future__ import annotations

from contextlib import suppress

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from channels_fb.simulator import Line
from handover import contents, interventions, seeking, situations
from handover.actors import Actor
from handover.decision import RefusalCode
from handover.engagement import Status
from handover.errors import ServiceError
from handover.models import Content, Handover, HandoverState, Intervention, Reply, Synchronization, Thread
from handover.ownership import Party
from handover.replying import End
from tests.people import agent_user
from tests.property.conversation import MOMENTS, TROUBLES, Conversation
from tests.property.ledger import Ledger
from tests.world import AGENT, BOT, MAYA, PAGE

CHANGES = {
    "close": interventions.close_intervention,
    "cancel": interventions.cancel,
    "defer": interventions.defer,
    "reactivate": interventions.reactivate,
}
_FAILED = Content.objects.filter(synchronization_status=Synchronization.EXPORT_FAILURE).order_by("pk")
SPANS = st.sampled_from([0.3, 1, 5, 11, 21, 58, 61, 301, 1801, 25 * 3600])
A_ROUND = 301
"""Seconds, longer than a request stays open."""
ROUNDS = 9
"""Of them make longer than a reply waits at most."""


class AgentsSide(Conversation):
    """Ann, who answers customers."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.contents_seen: set[int] = set()
        self.engaged: int | None = None
        """The intervention that was open after the last step."""
        self.has_failed = False

    @precondition(lambda self: self.engaged is None)
    @rule(moment=MOMENTS)
    def agent_opens(self, moment: float) -> None:
        self._later(moment)
        self._open()

    def _open(self) -> None:
        with suppress(ServiceError):
            interventions.open_intervention(self.world.thread, agent_user("ann"), self._ann)

    @precondition(lambda self: self.engaged is not None)
    @rule(moment=MOMENTS, change=st.sampled_from(["close", "close", *CHANGES]))
    def agent_changes(self, moment: float, change: str) -> None:
        self._later(moment)
        row = self._engaged()
        if row is not None:
            with suppress(ServiceError):
                CHANGES[change](row, self._ann)

    @rule(moment=MOMENTS, trouble=st.none() | TROUBLES)
    def agent_replies(self, moment: float, trouble: str | None) -> None:
        self._later(moment)
        if trouble is not None:
            self._trouble("messages", trouble)
        self._reply()

    @rule(moment=MOMENTS, times=st.integers(1, 3), trouble=st.none() | TROUBLES)
    def agent_opens_and_replies(self, moment: float, times: int, trouble: str | None) -> None:
        self._later(moment)
        if self.engaged is None:
            self._open()
        if trouble is not None:
            self._trouble("messages", trouble)
        for _ in range(times):
            self._reply()

    def _reply(self) -> None:
        row, text = self._engaged(), f"Reply {len(self.ledger.texts) + 1}"
        is_possible = row is not None and row.status in (Status.OPENED, Status.DEFERRED)
        try:
            self.ledger.queued(contents.reply(self.world.thread, text, agent_user("ann"), self._ann))
        except ServiceError as error:
            assert error.code == RefusalCode.CONTENT_REFUSED
            assert not is_possible or "window closed" in error.message, error.message
        else:
            assert is_possible

    @precondition(lambda self: self.has_failed)
    @rule(moment=MOMENTS, which=st.integers(0, 2), opens=st.booleans())
    def agent_retries(self, moment: float, which: int, opens: bool) -> None:
        self._later(moment)
        if opens and self.engaged is None:
            self._open()
        for row in _FAILED.all()[which : which + 1]:
            may_double = row.synchronization_error.startswith(End.OUTCOME_UNKNOWN)
            with suppress(ServiceError):
                self.ledger.queued(contents.retry(row, self._ann), may_double=may_double)

    @precondition(lambda self: self.engaged is not None)
    @rule(moment=MOMENTS)
    def agent_takes_over(self, moment: float) -> None:
        self._later(moment)
        row = self._engaged()
        if row is not None:
            self.is_forced = True
            with suppress(ServiceError):
                seeking.take_over(row, self._ann)

    @rule(seconds=SPANS, is_worked=st.booleans())
    def pass_time(self, seconds: float, is_worked: bool) -> None:
        self._later(seconds)
        if is_worked:
            self.world.work()

    @rule(is_closed=st.booleans(), granted_after=st.sampled_from([None, 0, 2]))
    def everybody_waits(self, is_closed: bool, granted_after: int | None) -> None:
        """Facebook is well again and tells everything, the agent is done or not, the bot grants or not; then
        nobody does anything for longer than a reply may wait."""
        self._facebook_is_well()
        gives_back = is_closed and self._close() and self.world.truth == AGENT and not self.is_untold
        self._look()
        for passed in range(ROUNDS):
            if passed == granted_after and self.world.truth == BOT:
                gives_back = is_closed and self._was_asked_for_an_agent()
                self.bot_grants(1)
                self._look()
            self._later(A_ROUND)
            self.world.work()
            self._look()
        self._all_is_done(is_closed=is_closed)
        if gives_back:
            assert self.world.truth != AGENT, "control stays with us"

    def _facebook_is_well(self) -> None:
        self.facebook.knobs.reset()
        self.is_held, self.to_drop = False, 0
        self._look()

    def _close(self) -> bool:
        self._later(1)
        row = self._engaged()
        if row is not None and row.status != Status.CLOSING:
            interventions.close_intervention(row, self._ann)
        return row is not None

    def _was_asked_for_an_agent(self) -> bool:
        """Control that comes now was wanted by an agent, who is done, and by nobody else."""
        last = Handover.objects.filter(to_party=Party.AGENT).order_by("-requested_at", "-pk").first()
        if last is None or last.sought_for is None or last.repeats:
            return False
        return last.state in (HandoverState.REQUESTED, HandoverState.EXPIRED) and self._engaged() is None

    def _all_is_done(self, *, is_closed: bool) -> None:
        thread = self.world.thread
        assert not Reply.objects.filter(is_pending=True).exists()
        assert not Intervention.objects.filter(status=Status.CLOSING).exists()
        assert thread.give_back_for_id is None
        if is_closed:
            assert self._engaged() is None
            assert (thread.control_due_at, thread.attend_at) == (None, None)

    # What is always so

    def look_at_the_agents_side(self, thread: Thread) -> None:
        """Called after every step, once `look_back` has been."""
        told = self._told()
        self.ledger.look_at(told)
        rows = Reply.objects.select_related("content")
        self.ledger.compare(list(rows), told)
        self._look_at_the_contents(told)
        assert thread.attended_until is None
        if rows.filter(is_pending=True).exists() or thread.control_due_at is not None:
            assert thread.attend_at is not None, "nobody comes back to what waits"
        requests = Handover.objects.filter(state=HandoverState.REQUESTED, to_party=Party.AGENT)
        assert requests.count() <= 1
        self._look_at_what_we_gave_away()
        self.has_failed = _FAILED.exists()

    def _told(self) -> list[Line]:
        return [line for line in self.facebook.transcript(PAGE, MAYA) if line.app_id == AGENT]

    def _look_at_the_contents(self, told: list[Line]) -> None:
        known = set(Content.objects.values_list("pk", flat=True))
        assert self.contents_seen <= known
        self.contents_seen = known
        if not self.is_held and not self.has_dropped:
            assert {line.mid for line in told} <= set(Content.objects.values_list("foreign_id", flat=True))

    def _look_at_what_we_gave_away(self) -> None:
        """What was open before the step and is so after it was open all the while."""
        engaged = self._engaged()
        if engaged is not None and engaged.pk == self.engaged:
            assert not self.given_away & {"pass_thread_control", "release_thread_control"}
        self.engaged = None if engaged is None else engaged.pk

    # Inside

    @property
    def _ann(self) -> Actor:
        return Actor.for_staff(agent_user("ann"))

    def _engaged(self) -> Intervention | None:
        return situations.open_intervention(self.world.thread)

    def _look(self) -> None:
        """In the middle of a long rule, what else is done after each."""
        raise NotImplementedError
