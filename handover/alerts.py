"""Say by e-mail that a thread waits for an agent and nobody looks.

A page may name addresses, and how long nobody may look (`Source.alert_to`, `Source.alert_after`). The clock
starts where a handover to the agents completes, where control comes to our app unasked, and where a customer
writes while our app holds the thread or a person's intervention is not over. It stops where somebody who
may answer looks (`looking`), writes or engages; until then there is one e-mail, however much the customer
writes. `Thread.alert_at` says when it is due, `alert_sent_at` that it went out. It has no word of the
customer's, as it leaves the house.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from handover.holders import describe
from handover.mail_addresses import read_addresses
from handover.models import Author, Content, Intervention, Source, Thread
from handover.models.interventions import NOT_OVER
from handover.ownership import Owner, Picture

log = structlog.get_logger(__name__)

NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"
"""The backend where EMAIL_URL is not set."""

_sending = threading.BoundedSemaphore(2)
"""So few of a process's workers may wait for a mail server at a time: the others have replies to send."""


def agent_wanted(thread: Thread) -> None:
    """A handover to the agents has completed. The thread is locked; the caller saves it."""
    now = timezone.now()
    if thread.agent_wanted_since is None:
        thread.agent_wanted_since, thread.alert_sent_at = now, None
    _start(thread, now)


def news(thread: Thread, before: Picture, contents: Sequence[Content]) -> None:
    """Messages were stored, or control has moved; `before`, the picture was so. As `agent_wanted`."""
    if not _is_on(thread.source):
        return
    now = timezone.now()
    is_ours = thread.picture.judged(now).owner is Owner.AGENT
    customer_wrote = any(content.author == Author.CUSTOMER for content in contents)
    has_come = is_ours and before.owner is not Owner.AGENT
    if has_come:
        thread.alert_sent_at = None
    if (has_come or customer_wrote) and (is_ours or _is_engaged(thread)):
        _start(thread, now)


def _start(thread: Thread, now: datetime) -> None:
    if _is_on(thread.source) and thread.alert_at is None and thread.alert_sent_at is None:
        thread.alert_at = now + timedelta(seconds=thread.source.alert_after or 0)


def stop(thread: Thread) -> None:
    """Somebody is there. The thread is locked; the caller saves it."""
    thread.alert_at = thread.alert_sent_at = None


def _is_on(source: Source) -> bool:
    return source.alert_after is not None and bool(source.alert_to)


def _is_engaged(thread: Thread) -> bool:
    return Intervention.objects.filter(thread=thread, is_bots=False, status__in=NOT_OVER).exists()


def due(now: datetime) -> QuerySet[Thread]:
    """The threads whose e-mail is due."""
    return Thread.objects.filter(alert_at__lte=now)


def send(thread_id: int) -> None:
    """Send a thread's e-mail if it is still wanted. Goes over the network.

    What fails is logged and stays due; so does what comes while enough others are being sent.
    """
    if not _sending.acquire(blocking=False):
        return
    try:
        for thread in Thread.objects.select_related("source").filter(pk=thread_id):
            _send(thread)
    finally:
        _sending.release()


def _send(thread: Thread) -> None:
    if thread.alert_at is None:
        return
    if not _is_wanted(thread):
        _done(thread)
    elif settings.EMAIL_BACKEND == NO_MAIL:
        log.warning("alert.no_mail_server", thread=thread.pk)
        _done(thread)
    else:
        _deliver(thread)


def _is_wanted(thread: Thread) -> bool:
    """Somebody may have answered, or taken the thread, since the clock started."""
    if not _is_on(thread.source) or thread.waits_since is None:
        return False
    return thread.picture.judged(timezone.now()).owner is Owner.AGENT or _is_engaged(thread)


def _deliver(thread: Thread) -> None:
    try:
        message(thread).send()
    except (OSError, SMTPException) as error:
        log.warning("alert.not_sent", thread=thread.pk, error=type(error).__name__)
    else:
        log.info("alert.sent", thread=thread.pk)
        _done(thread, timezone.now())


def _done(thread: Thread, sent_at: datetime | None = None) -> None:
    """Unless somebody has looked meanwhile."""
    Thread.objects.filter(pk=thread.pk, alert_at=thread.alert_at).update(alert_at=None, alert_sent_at=sent_at)


def message(thread: Thread) -> EmailMessage:
    """The e-mail about a thread."""
    source = thread.source
    holder = describe(thread.picture.judged(timezone.now()))
    lines = [
        f"A thread of the page {source.name} waits for an agent, and nobody has looked at it for"
        f" {source.alert_after} seconds.",
        "",
        f"{holder}.",
        f"Somebody waits since {thread.waits_since:%Y-%m-%d %H:%M:%S} UTC.",
        "",
        _address(thread),
    ]
    return EmailMessage(
        subject=f"{_one_line(source.name)}: a thread waits for an agent",
        body="\n".join(lines),
        to=read_addresses(source.alert_to),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _address(thread: Thread) -> str:
    """Where the thread is in the console. Without PUBLIC_URL nobody knows the host."""
    return f"{settings.PUBLIC_URL}{reverse('admin:handover_thread_change', args=[thread.pk])}"
