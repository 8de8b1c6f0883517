"""Rows of every kind that the admin shows, for tests of its lists and pages. No Facebook takes part."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from channels_fb.models import App, Delivery, DeliveryItem, Examination, Page
from handover import history, threads, tokens
from handover.actors import SYSTEM
from handover.history import Entry
from handover.models import (
    ApiToken,
    Availability,
    AvailabilityChange,
    BotApp,
    Content,
    Handover,
    HandoverState,
    Intervention,
    Reply,
    SavedReply,
    Source,
    Synchronization,
    Thread,
    ThreadEvent,
)
from handover.ownership import How, Owner, Picture

SECRETS = {
    "app secret": "app-secret-0123",
    "previous secret": "previous-secret-0123",
    "verify token": "verify-token-0123",
    "page token": "page-token-0123",
}
HOSTILE = "<script>alert('x')</script>"


def build(number: int) -> dict[type[Model], Any]:
    """One row of everything, each hanging on rows of its own. Returns them by model."""
    user = User.objects.create_user(f"user{number}", is_staff=True)
    group = Group.objects.create(name=f"Group {number}")
    group.permissions.set(Permission.objects.all()[:5])
    user.groups.add(group)
    app = App.objects.create(
        app_id=f"8{number:03}",
        name=f"App {number}",
        secret=SECRETS["app secret"],
        previous_secret=SECRETS["previous secret"],
        previous_secret_until=timezone.now() + timedelta(hours=1),
        verify_token=SECRETS["verify token"],
    )
    source = Source.objects.create(
        channel_type="messenger",
        foreign_id=f"1{number:03}",
        name=f"Page {number}",
        agent_app_id=app.app_id,
        control_mode="receivers",
        primary="bot",
        needs_agent=True,
        opening_hours="Mon-Sun 00:00-24:00",
    )
    bot = BotApp.objects.create(source=source, app_id=f"9{number:03}", name=f"Bot {number}")
    page = Page.objects.create(source=source, app=app, page_token=SECRETS["page token"])
    Examination.objects.create(page=page, at=page.created_at, seconds=1, broken=0, watched=0, findings=[])
    with transaction.atomic():
        thread = threads.lock_or_create(source, f"24{number:03}", is_known=True)
        thread.picture = Picture(Owner.BOT, bot.app_id, how=How.HANDOVER_EVENT)
        threads.save(thread)
    saved = SavedReply.objects.create(source=source, title=f"Hours {number}", text=HOSTILE)
    token = tokens.row_of(tokens.issue(f"token {number}", sources=[source]))
    rows: dict[type[Model], Any] = {
        type(row): row for row in (user, group, app, source, bot, page, thread, thread.identity, token, saved)
    }
    return {**rows, **grow(rows, number)}


def grow(rows: dict[type[Model], Any], number: int) -> dict[type[Model], Any]:
    """One more of everything that hangs on the rows of a scene."""
    thread, app, token = rows[Thread], rows[App], rows[ApiToken]
    user = User.objects.create_user(f"agent {thread.pk} {number}", is_staff=True)
    at = datetime(2026, 10, 1, 12, tzinfo=UTC) + timedelta(minutes=number)
    BotApp.objects.get_or_create(source=thread.source, app_id=f"95{thread.pk}{number}")
    content = Content.objects.create(
        source=thread.source,
        thread=thread,
        foreign_id=f"m_{thread.pk}_{number}",
        author="customer",
        field="messaging",
        body=HOSTILE,
        sent_at=at,
        received_at=at,
    )
    intervention = Intervention.objects.create(
        source=thread.source,
        thread=thread,
        identity=thread.identity,
        content=content,
        user=user,
        status="closed",
        opened_at=at,
        closed_at=at,
    )
    intervention.comments.create(user=user, body=HOSTILE)
    _failed_reply(intervention, at)
    handover = Handover.objects.create(
        source=thread.source,
        thread=thread,
        from_party="bot",
        to_party="agent",
        state=HandoverState.COMPLETED,
        reason=HOSTILE,
        token=token,
        user=user,
        requested_at=at,
    )
    event = _event(thread, handover, intervention)
    delivery = Delivery.objects.create(
        app=app, body=HOSTILE.encode(), sha256=f"{app.pk}-{number}", received_at=at
    )
    item = rows.get(Delivery, delivery).items.create(
        position=number, kind=DeliveryItem.Kind.UNKNOWN, note="a reaction", raw=HOSTILE
    )
    there = Availability.objects.create(user=user, state="available", since=at)
    change = AvailabilityChange.objects.create(
        user=user, state="available", at=at, actor_kind="staff", actor_label=user.username
    )
    saved = SavedReply.objects.create(title=f"Hours {number}", text=HOSTILE, source=thread.source)
    made = (content, intervention, handover, event, event.text, delivery, item, there, change, saved)
    return {type(row): row for row in made}


def _failed_reply(intervention: Intervention, at: datetime) -> None:
    content = Content.objects.create(
        source=intervention.source,
        thread=intervention.thread,
        author="agent",
        field="messaging",
        body=HOSTILE,
        sent_at=at,
        received_at=at,
        synchronization_status=Synchronization.EXPORT_FAILURE,
        synchronization_error=f"not delivered - {HOSTILE}",
    )
    Reply.objects.create(
        content=content,
        thread=intervention.thread,
        intervention=intervention,
        user=intervention.user,
        is_pending=False,
        queued_at=at,
        due_at=at,
        expires_at=at,
    )


def _event(thread: Thread, handover: Handover, intervention: Intervention) -> ThreadEvent:
    entry = Entry(
        name="thread_control.observed",
        actor=SYSTEM,
        cause="a test",
        before=thread.picture,
        after=thread.picture,
        handover=handover,
        intervention=intervention,
        texts={"reason": HOSTILE},
    )
    event = history.append(thread, entry)
    threads.save(thread)
    return event


def page_form(source: Source, **changes: Any) -> dict[str, Any]:
    """What a browser sends for a page's form."""
    bots = {"bot_apps-TOTAL_FORMS": 0, "bot_apps-INITIAL_FORMS": 0}
    agents_side = {"reply_max_age": source.reply_max_age, "after_closing": source.after_closing}
    fields = {"name": source.name, "is_active": "on", "primary": source.primary, **agents_side}
    return {**fields, **bots, **changes}
