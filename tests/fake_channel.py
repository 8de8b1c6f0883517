"""A second channel: everything that another kind of platform needs, without a line of `handover` changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from handover.channel import (
    Attachment,
    CallRecord,
    ControlAnswer,
    Deadline,
    OutgoingMessage,
    OwnerReading,
    Profile,
    SentMessage,
)
from handover.decision import Verb
from handover.messaging_window import ReplyLimits
from handover.models import Source
from handover.ownership import ControlMode


@dataclass
class PigeonPost:
    """A channel that does what it is told and remembers it."""

    type: str = "pigeon"
    vendor: str = "loft"
    inbox_app_ids: frozenset[str] = frozenset({"dovecote"})
    reply_limits: ReplyLimits = field(
        default_factory=lambda: ReplyLimits(140, timedelta(hours=12), timedelta(days=2))
    )
    mode: ControlMode = ControlMode.RECEIVERS
    owner: str = ""
    calls: list[tuple[Verb, str, str]] = field(default_factory=list)

    def edge(self, verb: Verb) -> str:
        return f"coo-{verb}"

    def attachment(self, raw: object) -> Attachment:
        return Attachment("Feather")

    def request_control(
        self, source: Source, foreign_id: str, metadata: str, deadline: Deadline
    ) -> ControlAnswer:
        return self._answer(Verb.REQUEST, source, foreign_id)

    def take_control(
        self, source: Source, foreign_id: str, metadata: str, deadline: Deadline
    ) -> ControlAnswer:
        self.owner = source.agent_app_id
        return self._answer(Verb.TAKE, source, foreign_id)

    def pass_control(
        self, source: Source, foreign_id: str, target_app_id: str, metadata: str, deadline: Deadline
    ) -> ControlAnswer:
        self.owner = target_app_id
        return self._answer(Verb.PASS, source, foreign_id, target_app_id)

    def release_control(
        self, source: Source, foreign_id: str, metadata: str, deadline: Deadline
    ) -> ControlAnswer:
        self.owner = ""
        return self._answer(Verb.RELEASE, source, foreign_id)

    def send_message(
        self, source: Source, foreign_id: str, message: OutgoingMessage, deadline: Deadline
    ) -> SentMessage:
        answer = self._answer(Verb.SEND, source, foreign_id, message.text)
        return SentMessage(answer.at, f"feather-{len(self.calls)}", answer.call)

    def read_owner(self, source: Source, foreign_id: str, deadline: Deadline) -> OwnerReading:
        answer = self._answer(Verb.READ_OWNER, source, foreign_id)
        return OwnerReading(answer.at, self.owner, None, answer.call)

    def read_mode(self, source: Source, deadline: Deadline) -> ControlMode:
        return self.mode

    def read_profile(self, source: Source, foreign_id: str, deadline: Deadline) -> Profile:
        return Profile("Columba", "Livia")

    def run_due(self) -> int:
        return 0

    def _answer(self, verb: Verb, source: Source, foreign_id: str, target: str = "") -> ControlAnswer:
        self.calls.append((verb, foreign_id, target))
        call = CallRecord(self.edge(verb), source.agent_app_id, target, 200)
        return ControlAnswer(datetime.now(UTC), call)
