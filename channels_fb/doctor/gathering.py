"""What our rows say about a page: how it is set, and what has come for it.

Looked at are the newest deliveries of its app and the threads that were active last, so that it costs the
same however much there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, Min, QuerySet
from django.db.models.functions import Length
from django.urls import reverse

from channels_fb.doctor.coming import MOST_ITEMS
from channels_fb.doctor.facts import Arrivals, Bot, Settings
from channels_fb.models import Delivery, DeliveryItem, Page
from channels_fb.subscription import FIELDS
from channels_fb.webhooks import events
from channels_fb.webhooks.events import News, RolesTold
from handover import agents
from handover.models import Author, Content, Source
from handover.news import ControlAsked, Message, OwnerChanged, Receipt
from handover.ownership import ControlMode

DELIVERIES, THREADS, DELAYS = 500, 50, 200
"""How many of each are looked at."""

LARGEST_BODY = 64 * 1024
"""Bytes. Larger deliveries are bundles of many items, which say nothing that the others do not."""

LOOKS_BACK = timedelta(days=30)


def settings_of(page: Page, now: datetime) -> Settings:
    """How the page is set, and what was learnt about it."""
    source: Source = page.source
    return Settings(
        page_id=source.foreign_id,
        app_id=page.app.app_id,
        app_name=page.app.name,
        primary=source.primary,
        wanted_fields=FIELDS,
        callback_url=callback_url(page.app.app_id),
        bots=_bots(source, now),
        is_active=source.is_active,
        mode=ControlMode(source.control_mode),
        requests_refused=source.requests_refused,
        can_take=source.can_take,
        may_tag_human_agent=source.may_tag_human_agent,
        absence=agents.absence(source, now),
        has_agents=agents.agents(now).exists(),
        old_secret_until=page.app.previous_secret_until,
    )


def callback_url(app_id: str) -> str:
    """Where the app's webhooks are taken; its path alone where the service does not know its address."""
    return f"{settings.PUBLIC_URL}{reverse('facebook_callback', args=[app_id])}"


def _bots(source: Source, now: datetime) -> tuple[Bot, ...]:
    spoke = _newest(_contents(source, now).filter(author=Author.BOT), "app_id")
    rows = source.bot_apps.filter(is_active=True).order_by("pk")
    return tuple(Bot(row.app_id, row.name, spoke.get((row.app_id,))) for row in rows)


def arrivals_of(page: Page, now: datetime) -> Arrivals:
    """What has come for the page."""
    seen, contents = _Seen(page.source.foreign_id), _contents(page.source, now)
    for delivery in _deliveries(page):
        seen.look_at(delivery)
    for (author, came_as, kind), at in _newest(contents, "author", "field", "kind").items():
        if name := _kind_of_row(author, came_as, kind):
            seen.note(name, at)
    return seen.arrivals(**_standby(contents), **_kept_items(page, now))


def _deliveries(page: Page) -> Iterator[Delivery]:
    rows = Delivery.objects.alias(size=Length("body")).filter(app=page.app, size__lte=LARGEST_BODY)
    return rows.order_by("-received_at")[:DELIVERIES].iterator(chunk_size=100)


def _contents(source: Source, now: datetime) -> QuerySet[Content]:
    """The messages of the threads that were active last."""
    recent = source.threads.filter(last_content_at__isnull=False).order_by("-last_content_at")
    keys = list(recent.values_list("pk", flat=True)[:THREADS])
    return Content.objects.filter(thread__in=keys, sent_at__gte=now - LOOKS_BACK)


def _newest(contents: QuerySet[Content], *by: str) -> dict[tuple[str, ...], datetime]:
    rows = contents.order_by().values_list(*by).annotate(newest=Max("received_at"))
    return {tuple(row[:-1]): row[-1] for row in rows}


def _kind_of_row(author: str, came_as: str, kind: str) -> str:
    """Named as Facebook's field; empty for what we wrote ourselves."""
    if author == Author.AGENT:
        return ""
    if came_as == Content.Field.STANDBY:
        return "standby"
    if author != Author.CUSTOMER:
        return "message_echoes"
    return "messaging_postbacks" if kind == Content.Kind.POSTBACK else "messages"


def _standby(contents: QuerySet[Content]) -> dict[str, Any]:
    """When a customer's message last came to us as the holder, and what came as a bystander since."""
    theirs = contents.filter(author=Author.CUSTOMER)
    newest = theirs.filter(field=Content.Field.MESSAGING).aggregate(at=Max("received_at"))["at"]
    standby = theirs.filter(field=Content.Field.STANDBY)
    since = standby if newest is None else standby.filter(received_at__gt=newest)
    return {
        "on_messaging_at": newest,
        "on_standby": since.count(),
        "on_standby_since": since.aggregate(at=Min("received_at"))["at"],
    }


def _kept_items(page: Page, now: datetime) -> dict[str, int]:
    """Counted up to one more than is shown."""
    rows = DeliveryItem.objects.filter(page_id=page.source.foreign_id, created_at__gte=now - LOOKS_BACK)
    kinds = DeliveryItem.Kind
    return {
        f"{kind.value}_items": rows.filter(kind=kind)[: MOST_ITEMS + 1].count()
        for kind in (kinds.FAILED, kinds.UNKNOWN)
    }


@dataclass
class _Seen:
    """What was found so far."""

    page_id: str
    last: dict[str, datetime] = field(default_factory=dict)
    looked_at: int = 0
    since: datetime | None = None
    delays: list[float] = field(default_factory=list)
    repeats: int = 0

    def look_at(self, delivery: Delivery) -> None:
        """The next older delivery."""
        self.looked_at += 1
        self.since = delivery.received_at
        ours = [item.news for item in events.parse(bytes(delivery.body)) if item.page_id == self.page_id]
        self.repeats += delivery.repeats if ours else 0
        for news in ours:
            self._see(news, delivery.received_at)

    def note(self, kind: str, at: datetime) -> None:
        """One of this kind came at `at`."""
        self.last[kind] = max(at, self.last.get(kind, at))

    def arrivals(self, **more: Any) -> Arrivals:
        """All of it."""
        return Arrivals(
            last=self.last,
            looked_at=self.looked_at,
            since=self.since,
            delays=tuple(self.delays),
            repeats=self.repeats,
            **more,
        )

    def _see(self, news: News, received_at: datetime) -> None:
        kind = _kind_of_news(news)
        if kind:
            self.note(kind, received_at)
        if isinstance(news, Message) and len(self.delays) < DELAYS:
            self.delays.append(max(0.0, (received_at - news.at).total_seconds()))


def _kind_of_news(news: News) -> str:
    """Named as Facebook's field; empty for what is not understood."""
    if isinstance(news, OwnerChanged | ControlAsked | RolesTold):
        return "messaging_handovers"
    if isinstance(news, Receipt):
        return "message_reads" if news.is_read else "message_deliveries"
    if not isinstance(news, Message):
        return ""
    if news.is_standby:
        return "standby"
    if not news.is_customers:
        return "message_echoes"
    return "messaging_postbacks" if news.is_postback else "messages"
