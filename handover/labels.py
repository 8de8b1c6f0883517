"""What people read for the values that the domain computes with: the choices of columns have them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from handover.decision import Verb
from handover.outcomes import Outcome
from handover.ownership import ControlMode, EvidenceKind, How, Owner, Party
from handover.replying import Doubt

Value = TypeVar("Value", bound=StrEnum)

PARTIES = {Party.BOT: "Bot", Party.AGENT: "Agent"}
HOLDERS = {
    Owner.AGENT: "Agent",
    Owner.BOT: "Bot",
    Owner.INBOX: "Inbox",
    Owner.OTHER: "Other app",
    Owner.IDLE: "Idle",
    Owner.UNKNOWN: "Unsure",
}
MODES = {
    ControlMode.RECEIVERS: "Handover protocol, with a primary app",
    ControlMode.ROUTING: "Conversation Routing, with a default app",
    ControlMode.OPEN: "No routing: every app may speak in a thread that nobody holds",
    ControlMode.UNKNOWN: "Not known",
}
VERBS = {
    Verb.READ_OWNER: "Read the owner",
    Verb.REQUEST: "Request control",
    Verb.TAKE: "Take control",
    Verb.PASS: "Pass control",
    Verb.RELEASE: "Release control",
    Verb.SEND: "Send the message",
}
EVIDENCE = {
    EvidenceKind.HOLDS: "This app holds the thread",
    EvidenceKind.HELD_ELSEWHERE: "Somebody else than our app holds the thread",
    EvidenceKind.ROUTED_TO_US: "A customer's message came to us as the owner",
    EvidenceKind.ROUTED_ELSEWHERE: "A customer's message came to us as a bystander",
    EvidenceKind.SPOKE: "This app sent a message",
}
HOW = {
    How.NOTHING: "Nothing",
    How.HANDOVER_EVENT: "The platform told of a change",
    How.OUR_CALL: "The platform answered a call of ours",
    How.OWNER_READ: "The owner was read",
    How.MESSAGE_ROUTING: "Where a customer's message was delivered",
    How.ECHO: "Who spoke",
    How.LAPSED: "Control lapsed",
}
DOUBTS = {
    Doubt.UNKNOWN: "No answer came",
    Doubt.FAILED: "The platform failed, and may have sent it",
}
OUTCOMES = {
    Outcome.DONE: "Done",
    Outcome.REQUESTED: "Requested",
    Outcome.ASKED: "Asked for",
    Outcome.REFUSED: "Refused",
    Outcome.EXPIRED: "Expired",
    Outcome.FAILED: "Failed",
    Outcome.UNKNOWN: "Unknown",
    Outcome.SETTLED: "Settled later",
    Outcome.NOTHING_TO_MOVE: "Nothing to move",
}
EVENTS = {
    "thread_control.asked": "An app asked for control",
    "thread_control.expired": "Request expired",
    "thread_control.failed": "Failed",
    "thread_control.inferred": "Holder inferred",
    "thread_control.observed": "Holder observed",
    "thread_control.passed": "Control passed",
    "thread_control.refused": "Refused",
    "thread_control.released": "Control released",
    "thread_control.requested": "Control requested",
    "thread_control.settled": "Outcome settled",
    "thread_control.taken": "Control taken",
    "thread_control.unchanged": "Nothing to move",
    "thread_control.unknown": "Outcome unknown",
    "intervention.opened": "Intervention opened",
    "intervention.closing": "Intervention being closed",
    "intervention.closed": "Intervention closed",
    "intervention.canceled": "Intervention cancelled",
    "intervention.deferred": "Intervention deferred",
    "intervention.reactivated": "Intervention reactivated",
    "intervention.user_updated": "Intervention reassigned",
    "intervention_comment.created": "Note on the intervention",
    "content_thread.recategorized": "Thread recategorized",
    "content_thread.read": "Transcript read",
    "content.replied": "Reply written",
    "content.exported": "Reply went out after all",
    "content.api_submission_failed": "Reply failed",
    "content.retried_synchronization": "Reply retried",
}


def choices(labels: Mapping[Value, str]) -> list[tuple[str, str]]:
    """As a column wants them."""
    return [(value.value, label) for value, label in labels.items()]
