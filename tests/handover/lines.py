"""Lines of history for tests that read it: written by the service, at times of the test's choosing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from django.db import transaction

from handover import history, threads
from handover.actors import PLATFORM, Actor
from handover.channel import CallRecord
from handover.history import Entry
from handover.models import BotApp, Identity, Source, Thread, ThreadEvent
from handover.ownership import Evidence, EvidenceKind, How, Owner, Picture

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AGENT_APP, BOT_APP, INBOX_APP = "800", "900", "263902037430900"

NOBODY_KNOWS = Picture()
BOT = Picture(Owner.BOT, BOT_APP, how=How.HANDOVER_EVENT, sure=True)
AGENT = Picture(Owner.AGENT, AGENT_APP, how=How.HANDOVER_EVENT, sure=True)
INBOX = Picture(Owner.INBOX, INBOX_APP, how=How.HANDOVER_EVENT, sure=True)


def page(foreign_id: str = "111", name: str = "Acme") -> Source:
    """A page with a bot."""
    source = Source.objects.create(
        channel_type="messenger",
        foreign_id=foreign_id,
        name=name,
        agent_app_id=AGENT_APP,
        control_mode="receivers",
        primary="bot",
    )
    BotApp.objects.create(source=source, app_id=BOT_APP, name="Acme bot")
    return source


def thread_on(source: Source, psid: str = "24001", first_name: str = "", last_name: str = "") -> Thread:
    """A person's thread, without any history."""
    person = Identity.objects.create(
        source=source, foreign_id=psid, first_name=first_name, last_name=last_name
    )
    return Thread.objects.create(source=source, identity=person)


def write(
    thread: Thread,
    name: str = "thread_control.observed",
    *,
    before: Picture = BOT,
    after: Picture = AGENT,
    actor: Actor = PLATFORM,
    cause: str = "a test",
    minutes: float = 0,
    call: CallRecord | None = None,
    **more: Any,
) -> ThreadEvent:
    """One line, so many minutes after noon."""
    with time_machine.travel(NOON + timedelta(minutes=minutes), tick=False), transaction.atomic():
        locked = threads.lock(thread.pk)
        locked.picture = after
        event = history.append(locked, Entry(name, actor, cause, before, after, call=call, **more))
        threads.save(locked)
    return event


def told(app_id: str, minutes: float, how: How = How.HANDOVER_EVENT) -> Evidence:
    """The platform's word that the app holds the thread, so many minutes after noon by its clock."""
    at = NOON + timedelta(minutes=minutes)
    return Evidence(EvidenceKind.HOLDS, at, at, how, app_id)
