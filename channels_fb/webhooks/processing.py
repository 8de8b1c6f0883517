"""Deliveries: stored first, then processed, as often as it takes and with the same end."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from channels_fb.channel import CHANNEL_TYPE
from channels_fb.models import App, Delivery, DeliveryItem
from channels_fb.webhooks import events, roles
from channels_fb.webhooks.events import Item, RolesTold, Unknown
from handover import doorbell, durability, observations
from handover.models import Source
from handover.ownership import Cast
from handover.prepared import Given, Select, insert
from handover.text import storable

log = structlog.get_logger(__name__)

PROCESSED_AT_ONCE = 100
"""Items. A delivery of more is left to the worker: Facebook wants its answer within 5 seconds."""

KEPT_WITH_ITS_OUTCOME = 128 * 1024
"""Bytes. What is longer is kept before anybody looks at it."""

GRACE = timedelta(seconds=5)
"""How long a new delivery is left to the process that received it."""

LEASE = timedelta(minutes=2)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
ATTEMPTS = 20
"""Over about two and a half hours."""

OUTAGES = (OperationalError, InterfaceError)
"""The database's own trouble, rather than an item's. Seen so for the first attempts only: some limits of
PostgreSQL's, which an item may run into, carry the same name."""

BLAMED_ON_OUTAGES = 3


_CONNECTED = Select(
    lambda: Source.objects.filter(
        channel_type=CHANNEL_TYPE, foreign_id=Given("page_id"), facebook_page__app=Given("app")
    )
)


_KNOWN = Select(lambda: Delivery.objects.filter(app=Given("app"), sha256=Given("sha256")).values_list("pk"))


def keep_and_process(app: App, body: bytes) -> bool:
    """Keep a new delivery durably and process it, in a single transaction: as a rule nothing fails.

    False where something did, or the delivery is long or not new. Then nothing has happened: it is to be
    kept with `receive` and processed with care. Raises `OperationalError` where SQLite did not let us in to
    write: `receive` would wait as long once more.
    """
    if len(body) > KEPT_WITH_ITS_OUTCOME:
        return False
    try:
        return _keep_with_outcome(app, body, events.parse(body))
    except Exception as error:  # noqa: BLE001 - whatever it is, the other way finds the culprit.
        if isinstance(error, OperationalError) and "database is locked" in str(error):
            raise
        log.info("delivery.with_care", error=type(error).__name__)
        return False


def _keep_with_outcome(app: App, body: bytes, items: list[Item]) -> bool:
    """Threads are locked in the order that `process` takes them in, and roles, which lock pages, are left to
    it: so no two deliveries wait for each other."""
    if not 0 < len(items) <= PROCESSED_AT_ONCE or any(isinstance(item.news, RolesTold) for item in items):
        return False
    now, state = timezone.now(), Delivery.State.PROCESSED
    delivery = _delivery(app, body, now, state=state, attempts=1, processed_at=now)
    if _KNOWN.first(app=app.pk, sha256=delivery.sha256) is not None:
        return False
    run = _Run(delivery, items, all_or_nothing=True)
    with transaction.atomic():
        insert(delivery)
        DeliveryItem.objects.bulk_create(run.outcome().kept)
    return True


def receive(app: App, body: bytes) -> Delivery:
    """Keep a delivery durably. The same bytes again are the same delivery."""
    now = timezone.now()
    delivery = _delivery(app, body, now, next_attempt_at=now + GRACE)
    try:
        with transaction.atomic():
            insert(delivery)
        return delivery
    except IntegrityError:
        delivery = Delivery.objects.select_related("app").get(app=app, sha256=delivery.sha256)
    Delivery.objects.filter(pk=delivery.pk).update(repeats=F("repeats") + 1)
    delivery.repeats += 1
    return delivery


def _delivery(app: App, body: bytes, now: datetime, **columns: Any) -> Delivery:
    digest = hashlib.sha256(body).hexdigest()
    return Delivery(app=app, sha256=digest, body=body, received_at=now, **columns)


def process_soon(delivery: Delivery) -> None:
    """Process a delivery that has just come, or have the worker do so where it is long."""
    if delivery.state != Delivery.State.RECEIVED:
        return
    items = events.parse(bytes(delivery.body))
    if len(items) <= PROCESSED_AT_ONCE:
        process(delivery, items)
        return
    Delivery.objects.filter(pk=delivery.pk, attempts=0).update(next_attempt_at=timezone.now())
    doorbell.ring()


def process(delivery: Delivery, items: Sequence[Item] | None = None) -> bool:
    """Process a delivery unless somebody else is about it. `items`: as parsed, where that was done.

    False where it was not ours to process. Must run outside of any transaction: each thread has its own.
    """
    with durability.can_be_made_again():
        claim = _claim(delivery)
        if claim is None:
            return False
        try:
            found = events.parse(bytes(claim.body)) if items is None else items
            outcome = _Run(claim, _wanted(claim, found)).outcome()
        except OUTAGES as error:
            _put_back(claim, error)
            raise
        _settle(claim, outcome)
    return True


def due(now: datetime) -> QuerySet[Delivery]:
    """Deliveries that nobody is processing and whose time has come, oldest first."""
    rows = Delivery.objects.filter(_free(now), next_attempt_at__lte=now, attempts__lt=ATTEMPTS)
    return rows.defer("body").order_by("next_attempt_at", "pk")


def process_again(deliveries: Iterable[Delivery]) -> int:
    """Have deliveries processed anew, all their items; what is known already stays as it is."""
    count = _begin_anew(deliveries, timezone.now())
    doorbell.ring()
    return count


def process_again_now(delivery: Delivery) -> bool:
    """The same for one, at once unless it is long. What came of it stands on the row, an outage too.

    False where somebody is processing it. Must run outside of any transaction, as `process`.
    """
    if not _begin_anew([delivery], timezone.now() + GRACE):
        return False
    with suppress(*OUTAGES):
        process_soon(Delivery.objects.get(pk=delivery.pk))
    return True


def _begin_anew(deliveries: Iterable[Delivery], at: datetime) -> int:
    keys = [delivery.pk for delivery in deliveries]
    rows = Delivery.objects.filter(_free(timezone.now()), pk__in=keys)
    return rows.update(
        state=Delivery.State.RECEIVED, attempts=0, next_attempt_at=at, processed_at=None, error=""
    )


def _free(now: datetime) -> Q:
    return Q(lease_until=None) | Q(lease_until__lte=now)


def _claim(delivery: Delivery) -> Delivery | None:
    """Take the lease by one conditional update: of two processes only one gets it."""
    now = timezone.now()
    rows = Delivery.objects.filter(_free(now), pk=delivery.pk, attempts__lt=ATTEMPTS)
    won = rows.exclude(state=Delivery.State.PROCESSED).update(
        lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    return Delivery.objects.select_related("app").defer("body").get(pk=delivery.pk) if won else None


def _wanted(claim: Delivery, items: Sequence[Item]) -> list[Item]:
    """All items at first; after a failure only those that failed."""
    if claim.state != Delivery.State.FAILED:
        return list(items)
    failed = set(claim.items.filter(kind=DeliveryItem.Kind.FAILED).values_list("position", flat=True))
    return [item for item in items if item.position in failed]


@dataclass
class _Outcome:
    """What became of the items that were looked at."""

    seen: list[Item]
    kept: list[DeliveryItem] = field(default_factory=list)

    @property
    def failures(self) -> list[DeliveryItem]:
        return [item for item in self.kept if item.kind == DeliveryItem.Kind.FAILED]


class _Run:
    """One attempt at some items of a claimed delivery."""

    def __init__(self, claim: Delivery, items: list[Item], *, all_or_nothing: bool = False) -> None:
        self._all_or_nothing = all_or_nothing
        self._claim = claim
        self._items = items
        self._sources = _connected_sources(claim.app, {item.page_id for item in items})
        self._casts: dict[str, Cast] = {}
        self._outcome = _Outcome(items)

    def outcome(self) -> _Outcome:
        """One transaction a thread, in the order of the threads' ids, and one for each telling of roles."""
        threads: defaultdict[tuple[str, str], list[Item]] = defaultdict(list)
        for item in self._items:
            if isinstance(item.news, Unknown):
                self._keep_unknown(item, item.news.reason)
            elif item.page_id not in self._sources:
                self._keep_unknown(
                    item, f"page {item.page_id} is not connected to app {self._claim.app.app_id}"
                )
            elif isinstance(item.news, RolesTold):
                self._tell_roles(item, item.news)
            else:
                threads[item.page_id, item.psid].append(item)
        for _, items in sorted(threads.items()):
            self._record(items)
        return self._outcome

    def _record(self, items: list[Item]) -> None:
        """All of a thread at once; where that fails, one by one, so that only the culprit stays behind."""
        if self._all_or_nothing:
            self._record_together(items)
            return
        try:
            self._record_together(items)
        except Exception as error:  # noqa: BLE001 - whatever it is, other threads must not wait for it.
            if len(items) == 1:
                self._keep_failed(items[0], error)
                return
            self._raise_outage(error)
            for item in items:
                self._record([item])

    def _record_together(self, items: list[Item]) -> None:
        first = items[0]
        news = [item.news for item in items if not isinstance(item.news, Unknown | RolesTold)]
        source = self._sources[first.page_id]
        observations.record(source, self._cast_of(source), first.psid, news, self._claim.reference)

    def _cast_of(self, source: Source) -> Cast:
        """One query for each page, however many of its threads there are."""
        if source.foreign_id not in self._casts:
            self._casts[source.foreign_id] = source.cast()
        return self._casts[source.foreign_id]

    def _tell_roles(self, item: Item, told: RolesTold) -> None:
        try:
            if not roles.record(self._sources[item.page_id], told):
                self._keep_unknown(item, "app_roles does not tell who is primary")
        except Exception as error:  # noqa: BLE001 - as above.
            self._keep_failed(item, error)

    def _raise_outage(self, error: Exception) -> None:
        if isinstance(error, OUTAGES) and self._claim.attempts <= BLAMED_ON_OUTAGES:
            raise error

    def _keep_failed(self, item: Item, error: Exception) -> None:
        self._raise_outage(error)
        log.exception("delivery.item_failed", delivery=self._claim.pk, position=item.position)
        self._keep(item, DeliveryItem.Kind.FAILED, f"{type(error).__name__}: {error}")

    def _keep_unknown(self, item: Item, reason: str) -> None:
        self._keep(item, DeliveryItem.Kind.UNKNOWN, reason)

    def _keep(self, item: Item, kind: DeliveryItem.Kind, note: str) -> None:
        kept = DeliveryItem(
            delivery=self._claim,
            position=item.position,
            page_id=item.page_id,
            psid=item.psid,
            kind=kind,
            note=storable(note)[:500],
            raw=item.raw,
        )
        self._outcome.kept.append(kept)


def _connected_sources(app: App, page_ids: set[str]) -> dict[str, Source]:
    """By page id; only of this app: its signature says nothing about another app's pages."""
    rows = (_CONNECTED.first(app=app.pk, page_id=page_id) for page_id in sorted(page_ids))
    return {source.foreign_id: source for source in rows if source is not None}


def _settle(claim: Delivery, outcome: _Outcome) -> None:
    """Keep what failed or is unknown, and let the lease go, if it still is ours."""
    now, failures = timezone.now(), outcome.failures
    again = failures and claim.attempts < ATTEMPTS
    with transaction.atomic():
        won = Delivery.objects.filter(pk=claim.pk, lease_until=claim.lease_until).update(
            state=Delivery.State.FAILED if failures else Delivery.State.PROCESSED,
            processed_at=None if failures else now,
            next_attempt_at=now + pause_after(claim.attempts) if again else None,
            lease_until=None,
            error=failures[0].note if failures else "",
        )
        if won:
            claim.items.filter(position__in=[item.position for item in outcome.seen]).delete()
            DeliveryItem.objects.bulk_create(outcome.kept)


def _put_back(claim: Delivery, error: Exception) -> None:
    """The database is in trouble; if it does not even take this, the lease runs out by itself."""
    log.warning("delivery.put_back", delivery=claim.pk, error=type(error).__name__)
    Delivery.objects.filter(pk=claim.pk, lease_until=claim.lease_until).update(
        lease_until=None,
        next_attempt_at=timezone.now() + pause_after(claim.attempts),
        error=storable(f"{type(error).__name__}: {error}")[:500],
    )


def pause_after(attempts: int) -> timedelta:
    """Doubles with each attempt, counted from 1."""
    return min(FIRST_PAUSE * (1 << (attempts - 1)), LONGEST_PAUSE)
