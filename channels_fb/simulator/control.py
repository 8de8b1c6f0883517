"""Who may pass, take, request, release and extend thread control.

Rules: "Conversation routing" page of the Messenger Platform (2025-09-24), its Instagram twin for what
that leaves open, and the old "Handover protocol" pages for pages with a primary receiver.
Each function changes the thread and says which app is told; nobody is told of a release or an expiry.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from channels_fb.simulator import errors
from channels_fb.simulator.errors import GraphError, Refusal
from channels_fb.simulator.model import DAY, INBOX_APP_ID, Page, Thread

LONGEST_EXTENSION = 7 * DAY

Verb = Literal["pass_thread_control", "take_thread_control", "request_thread_control"]


@dataclass(frozen=True)
class Notice:
    """A handover webhook to come; `told` is None where Meta tells nobody.

    `new` is the new owner, or for a request the app that asks.
    """

    verb: Verb
    told: str | None
    previous: str | None
    new: str


def pass_control(page: Page, thread: Thread, caller: str, target: str | None, now: datetime) -> Notice:
    """By the owner, or by anybody while idle; the new owner is told."""
    owner = thread.owner(now)
    if owner not in (None, caller):
        raise GraphError(errors.PASS_NOT_OWNER)
    new = target or _default_target(page, caller)
    check_target(page, new)
    if owner == new:
        raise GraphError(errors.PASS_TO_ONESELF)
    thread.give(new, now)
    return Notice("pass_thread_control", new, owner, new)


def take_control(page: Page, thread: Thread, caller: str, now: datetime) -> Notice:
    """The previous owner is told; taken from idle, nobody is."""
    owner = thread.owner(now)
    if page.mode == "open":
        raise GraphError(errors.TAKE_NEEDS_ROUTING)
    if owner == caller:
        raise GraphError(errors.ALREADY_IN_CONTROL)
    if page.mode == "routing" and not page.connections[caller].take_over:
        raise GraphError(errors.TAKE_SWITCH_OFF)
    if page.mode == "receivers" and owner is not None and caller != page.primary_app_id:
        raise GraphError(errors.TAKE_BY_SECONDARY)
    return seize(thread, caller, now)


def seize(thread: Thread, caller: str, now: datetime) -> Notice:
    """Take without asking for the right: the Inbox does so whenever a person answers there."""
    owner = thread.owner(now)
    thread.give(caller, now)
    return Notice("take_thread_control", owner, owner, caller)


def request_control(page: Page, thread: Thread, caller: str, now: datetime) -> Notice:
    """The owner is asked and nothing changes; an idle thread is given at once, told as a pass."""
    owner = thread.owner(now)
    if page.mode == "routing":
        raise GraphError(errors.REQUEST_UNDER_ROUTING)
    if caller == page.primary_app_id:
        raise GraphError(errors.REQUEST_BY_PRIMARY)
    if owner == caller:
        raise GraphError(errors.ALREADY_IN_CONTROL)
    if owner is None:
        thread.give(caller, now)
        return Notice("pass_thread_control", caller, None, caller)
    return Notice("request_thread_control", owner, owner, caller)


def release_control(thread: Thread, caller: str, now: datetime) -> None:
    _only_owner(thread, caller, now, errors.RELEASE_NOT_OWNER)
    thread.free()


def extend_control(thread: Thread, caller: str, seconds: int, now: datetime) -> None:
    """`seconds` from now, at most 7 days; Meta's answer beyond that is not known, we refuse."""
    _only_owner(thread, caller, now, errors.EXTEND_NOT_OWNER)
    if not 0 < seconds <= LONGEST_EXTENSION.total_seconds():
        raise errors.invalid("Param duration must be between 1 and 604800 seconds.")
    thread.control_until = now + timedelta(seconds=seconds)


def visible_owner(page: Page, thread: Thread, caller: str, now: datetime) -> dict[str, str | int] | None:
    """None while idle; `expiration` (unix seconds) for all, `app_id` for the owner and the default app."""
    owner = thread.owner(now)
    if owner is None or thread.control_until is None:
        return None
    seen: dict[str, str | int] = {"expiration": int(thread.control_until.timestamp())}
    return seen | {"app_id": owner} if caller in (owner, page.primary_app_id) else seen


def check_target(page: Page, app_id: str) -> None:
    """Control goes to an app of the page or to the Inbox, which every page has."""
    if app_id not in page.connections and app_id != INBOX_APP_ID:
        raise GraphError(errors.WRONG_APP)


def _default_target(page: Page, caller: str) -> str:
    """Without a target: the default app; in the old protocol the primary had to name one."""
    if page.primary_app_id is None or (page.mode == "receivers" and caller == page.primary_app_id):
        raise errors.invalid("The parameter target_app_id is required")
    return page.primary_app_id


def _only_owner(thread: Thread, caller: str, now: datetime, refusal: Refusal) -> None:
    if thread.owner(now) != caller:
        raise GraphError(refusal)
