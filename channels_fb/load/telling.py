"""One thread's plot, told as the rows that the service would have written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from channels_fb.channel import PAGE_INBOX
from channels_fb.load import letters, words
from channels_fb.load.cast import AGENT_APP_ID, BOT_APP_ID, PageCast
from channels_fb.load.plot import PATIENCE, Beat, Deed
from channels_fb.load.rows import Line, Rows
from channels_fb.models import Delivery, DeliveryItem
from handover import last_words
from handover.actors import PLATFORM, SYSTEM, Actor
from handover.channel import CallRecord
from handover.decision import Verb
from handover.history import Entry
from handover.models import (
    Author,
    Content,
    Handover,
    HandoverState,
    Intervention,
    InterventionComment,
    InterventionStatus,
    Reply,
    Synchronization,
    Thread,
)
from handover.ownership import Evidence, EvidenceKind, How, Owner, Party, Picture, learn

REFUSAL = "not delivered - (#10) This message is sent outside of allowed window."
DELIVERIES_FAILING = 0.002
"""Of all deliveries."""

_WRITERS = {
    Deed.CUSTOMER_WRITES: (Author.CUSTOMER, ""),
    Deed.BOT_WRITES: (Author.BOT, BOT_APP_ID),
    Deed.AGENT_WRITES: (Author.AGENT, AGENT_APP_ID),
    Deed.AGENT_FAILS: (Author.AGENT, ""),
    Deed.INBOX_WRITES: (Author.INBOX, PAGE_INBOX),
}


@dataclass
class Telling:
    """Call `tell` with each beat. What comes of it is added to `rows` and `lines`, and kept on the thread.

    `asked` is the handover that waits for the bot, `intervention` the agent's, from when there is one.
    """

    page: PageCast
    thread: Thread
    rng: Random
    rows: Rows
    lines: list[Line]
    at: datetime
    agent: Actor = field(init=False)
    asked: Handover = field(init=False)
    intervention: Intervention = field(init=False)
    work: str = ""
    written: int = 0

    def __post_init__(self) -> None:
        self.agent = Actor.for_staff(self.rng.choice(self.page.agents))
        self.bot = Actor.for_token(self.page.token)
        self.psid = self.thread.identity.foreign_id

    def tell(self, beat: Beat) -> None:
        """What the beat leaves behind."""
        self.at += timedelta(seconds=beat.pause)
        self.work = str(UUID(int=self.rng.getrandbits(128), version=4))
        _TOLD[beat.deed](self, beat.deed)

    # Messages.

    def customer_writes(self, deed: Deed) -> None:
        """Wherever the message is delivered says something about control."""
        content = self._message(deed, Content.Field.STANDBY)
        last_words.said(self.thread, content)
        kind = EvidenceKind.ROUTED_ELSEWHERE
        if self.thread.picture.judged(self.at).owner is Owner.AGENT:
            kind, content.field = EvidenceKind.ROUTED_TO_US, Content.Field.MESSAGING
        before, after = self._learn(Evidence(kind, self.at, self.at))
        if not before.says_the_same_as(after):
            cause = "a customer's message was delivered to us as a bystander"
            entry = Entry("thread_control.inferred", PLATFORM, cause, before, after)
            mid = content.foreign_id or ""
            letter = letters.message(self.page.source.foreign_id, self.psid, self.at, mid, content.body)
            self._line(entry, self._delivery(letter))

    def app_writes(self, deed: Deed) -> None:
        """An echo: the bot, or somebody at the Inbox."""
        content = self._message(deed, Content.Field.STANDBY)
        last_words.said(self.thread, content)
        if deed is Deed.INBOX_WRITES:
            self.thread.agent_wanted_since = None
        elif self.thread.picture.judged(self.at).owner is Owner.AGENT:
            self.thread.talked_over_at = self.at
        self._learn(Evidence(EvidenceKind.SPOKE, self.at, self.at, app_id=content.app_id))

    def agent_writes(self, deed: Deed) -> None:
        """A reply, which goes out or fails."""
        content = self._message(deed, Content.Field.MESSAGING)
        reply = self._reply(content)
        self._unchanged("content.replied", f"reply written by {self.agent.label}", content=content)
        if deed is Deed.AGENT_WRITES:
            last_words.said(self.thread, content)
            self.thread.agent_wanted_since = None
        else:
            reply.unhandled_since = self.at
            self.thread.failed_sends += 1
            content.foreign_id = None
            content.synchronization_status = Synchronization.EXPORT_FAILURE
            content.synchronization_error = REFUSAL
            cause = f"the reply failed: {REFUSAL}"
            self._unchanged("content.api_submission_failed", cause, content=content)

    def _message(self, deed: Deed, came_as: Content.Field) -> Content:
        self.written += 1
        author, app_id = _WRITERS[deed]
        content = Content(
            source=self.page.source,
            thread=self.thread,
            foreign_id=f"m_load_{self.thread.pk}_{self.written}",
            author=author,
            app_id=app_id,
            field=came_as,
            body=words.said(self.rng, deed),
            sent_at=self.at,
            received_at=self.at,
        )
        self.rows.contents.append(content)
        return content

    def _reply(self, content: Content) -> Reply:
        reply = Reply(
            content=content,
            thread=self.thread,
            intervention=self.intervention,
            user=self.intervention.user,
            is_pending=False,
            queued_at=self.at,
            due_at=self.at,
            expires_at=self.at + timedelta(seconds=self.page.source.reply_max_age),
            attempts=1,
        )
        self.rows.replies.append(reply)
        return reply

    # Control.

    def bot_asks(self, deed: Deed) -> None:
        """The Bots API is called, and Facebook asked."""
        self.asked = self._handover(Party.BOT, Party.AGENT, HandoverState.REQUESTED)
        self.asked.verb, self.asked.outcome = Verb.REQUEST, "The platform delivered the request."
        self.asked.deadline_at = self.at + timedelta(seconds=PATIENCE)
        texts = {"reason": self.asked.reason}
        self._unchanged(
            "thread_control.requested",
            "the platform delivered the request",
            self.bot,
            call=CallRecord("request_thread_control", AGENT_APP_ID, status=200),
            handover=self.asked,
            texts=texts,
        )

    def bot_passes(self, deed: Deed) -> None:
        """Facebook tells that control is ours."""
        handover = self._settled(HandoverState.COMPLETED, "Control has come.")
        letter = letters.pass_of_control(
            self.page.source.foreign_id, self.psid, self.at, BOT_APP_ID, AGENT_APP_ID
        )
        self._observed(AGENT_APP_ID, BOT_APP_ID, self._delivery(letter), handover=handover)
        self.thread.agent_wanted_since = self.at

    def request_expires(self, deed: Deed) -> None:
        """Nobody granted it in time."""
        handover = self._settled(HandoverState.EXPIRED, "Control was not granted in time.")
        cause = f"control was not granted within {PATIENCE:.0f} seconds"
        self._unchanged("thread_control.expired", cause, SYSTEM, handover=handover)

    def handover_refused(self, deed: Deed) -> None:
        """The bot wants the thread back while an agent is engaged."""
        handover = self._handover(Party.AGENT, Party.BOT, HandoverState.REFUSED)
        handover.error, handover.settled_at = "intervention_engaged", self.at
        handover.outcome = "An intervention is currently engaged with this identity."
        cause = "refused by rule: intervention_engaged"
        self._unchanged("thread_control.refused", cause, self.bot, handover=handover)

    def inbox_takes(self, deed: Deed) -> None:
        """Somebody answers in the Page Inbox."""
        letter = letters.pass_of_control(
            self.page.source.foreign_id, self.psid, self.at, BOT_APP_ID, PAGE_INBOX
        )
        self._observed(PAGE_INBOX, BOT_APP_ID, self._delivery(letter))

    def _observed(
        self, app_id: str, previous: str, delivery: Delivery, handover: Handover | None = None
    ) -> None:
        kind, how = EvidenceKind.HOLDS, How.HANDOVER_EVENT
        piece = Evidence(kind, self.at, self.at, how, app_id, previous)
        before, after = self._learn(piece)
        cause = f"the platform told of a pass_thread_control to app {app_id} from app {previous}"
        key = hashlib.sha256(f"{self.thread.pk} {self.at}".encode()).hexdigest()
        known: dict[str, Any] = {"evidence": piece, "evidence_key": key, "handover": handover}
        self._line(Entry("thread_control.observed", PLATFORM, cause, before, after, **known), delivery)

    def _handover(self, from_party: Party, to_party: Party, state: HandoverState) -> Handover:
        handover = Handover(
            source=self.page.source,
            thread=self.thread,
            from_party=from_party,
            to_party=to_party,
            app_id=AGENT_APP_ID if to_party is Party.AGENT else BOT_APP_ID,
            holder_app_id=self.thread.picture.judged(self.at).app_id,
            state=state,
            reason="The customer asked for a person" if to_party is Party.AGENT else "The bot can go on",
            token=self.page.token,
            user=self.page.token.user,
            correlation_id=self.work,
            requested_at=self.at,
        )
        self.rows.handovers.append(handover)
        return handover

    def _settled(self, state: HandoverState, outcome: str) -> Handover:
        self.asked.state, self.asked.outcome, self.asked.settled_at = state, outcome, self.at
        return self.asked

    # The intervention.

    def agent_opens(self, deed: Deed) -> None:
        """An agent engages."""
        self.intervention = Intervention(
            source=self.page.source,
            thread=self.thread,
            identity=self.thread.identity,
            user=next(user for user in self.page.agents if user.pk == self.agent.user_id),
            opened_at=self.at,
        )
        self.rows.interventions.append(self.intervention)
        self._unchanged("intervention.opened", f"opened by {self.agent.label}")

    def agent_notes(self, deed: Deed) -> None:
        """A note for the others."""
        text = words.noted(self.rng)
        self.rows.comments.append(
            InterventionComment(intervention=self.intervention, user=self.intervention.user, body=text)
        )
        self._unchanged("intervention_comment.created", f"note by {self.agent.label}", texts={"body": text})

    def agent_closes(self, deed: Deed) -> None:
        """The intervention is over, and control is released."""
        row = self.intervention
        row.status, row.closed_at, row.closed_by = InterventionStatus.CLOSED, self.at, self.agent.label
        self._unchanged("intervention.closed", f"closed by {self.agent.label}")
        piece = Evidence(EvidenceKind.HOLDS, self.at, self.at, How.OUR_CALL)
        before, after = self._learn(piece)
        cause = "the intervention is closed; the platform released control"
        call = CallRecord("release_thread_control", AGENT_APP_ID, status=200)
        known: dict[str, Any] = {"evidence": piece, "call": call, "intervention": row}
        self._line(Entry("thread_control.released", SYSTEM, cause, before, after, **known))

    # What all of them leave behind.

    def _learn(self, piece: Evidence) -> tuple[Picture, Picture]:
        before = self.thread.picture.judged(piece.at)
        self.thread.picture = after = learn(before, piece, self.page.cast)
        if not before.says_the_same_as(after):
            last_words.control_moved(self.thread)
        return before, after

    def _unchanged(self, name: str, cause: str, actor: Actor | None = None, **known: Any) -> None:
        """An agent's doing, where nobody else is named."""
        picture = self.thread.picture
        if actor is None:
            known["intervention"] = self.intervention
        self._line(Entry(name, actor or self.agent, cause, picture, picture, **known))

    def _line(self, entry: Entry, delivery: Delivery | None = None) -> None:
        self.lines.append(Line(self.thread, self.at, self.work, entry, delivery))

    def _delivery(self, letter: Mapping[str, Any]) -> Delivery:
        fails = self.rng.random() < DELIVERIES_FAILING
        error = "OperationalError: the database was away" if fails else ""
        delivery = letters.delivery(self.page.app, letter, self.at, error)
        self.rows.deliveries.append(delivery)
        if fails:
            known = {"page_id": self.page.source.foreign_id, "psid": self.psid, "note": error}
            kind = DeliveryItem.Kind.FAILED
            self.rows.items.append(DeliveryItem(delivery=delivery, position=0, kind=kind, **known))
        return delivery


_TOLD = {
    Deed.CUSTOMER_WRITES: Telling.customer_writes,
    Deed.BOT_WRITES: Telling.app_writes,
    Deed.INBOX_WRITES: Telling.app_writes,
    Deed.AGENT_WRITES: Telling.agent_writes,
    Deed.AGENT_FAILS: Telling.agent_writes,
    Deed.BOT_ASKS: Telling.bot_asks,
    Deed.BOT_PASSES: Telling.bot_passes,
    Deed.REQUEST_EXPIRES: Telling.request_expires,
    Deed.HANDOVER_REFUSED: Telling.handover_refused,
    Deed.INBOX_TAKES: Telling.inbox_takes,
    Deed.AGENT_OPENS: Telling.agent_opens,
    Deed.AGENT_NOTES: Telling.agent_notes,
    Deed.AGENT_CLOSES: Telling.agent_closes,
}
