"""Who had the last word in a thread: what `attention` rests on, kept in step with the messages.

The thread is locked, and saved by the caller. What the channel's clock says decides, so the order in which
messages reach us does not. What has not gone out is no word yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max, Min

from handover import alerts
from handover.attention import ANSWERING
from handover.models import Author, Content, Synchronization, Thread
from handover.ownership import ANSWER_PRECISION, Owner, Picture
from handover.prepared import Given, Select

_FIRST_OF_CUSTOMER = Select(
    lambda: (
        Content.objects.filter(
            thread=Given("thread"), author=Author.CUSTOMER.value, sent_at__gt=Given("after")
        )
        .order_by("sent_at")
        .values_list("sent_at")[:1]
    )
)


def said(thread: Thread, content: Content) -> None:
    """A message is stored that went out, the customer's or anybody's."""
    thread.last_content_at = _later(thread.last_content_at, content.sent_at)
    if content.author == Author.CUSTOMER:
        _asked(thread, content.sent_at)
    else:
        answered(thread, content.sent_at)


def _asked(thread: Thread, at: datetime) -> None:
    thread.last_customer_at = _later(thread.last_customer_at, at)
    if thread.last_answer_at is None or at > thread.last_answer_at:
        waits = thread.customer_waits_since
        thread.customer_waits_since = at if waits is None else min(waits, at)


def answered(thread: Thread, at: datetime) -> None:
    """Somebody else than the customer had a word at that time."""
    if thread.last_answer_at is not None and at <= thread.last_answer_at:
        return
    thread.last_answer_at = at
    if thread.customer_waits_since is not None and thread.customer_waits_since <= at:
        thread.customer_waits_since = _first_of_customer(thread, at)


def _first_of_customer(thread: Thread, after: datetime) -> datetime | None:
    if thread.last_customer_at is None or thread.last_customer_at <= after:
        return None
    found = _FIRST_OF_CUSTOMER.first(thread=thread.pk, after=after)
    return found[0] if found else None


def dated_back(thread: Thread) -> None:
    """An answer was sent earlier than was thought, so whose word was last is read anew."""
    gone_out = thread.contents.filter(synchronization_status=Synchronization.SUCCESS)
    customers = thread.contents.filter(author=Author.CUSTOMER)
    thread.last_answer_at = gone_out.exclude(author=Author.CUSTOMER).aggregate(at=Max("sent_at"))["at"]
    if thread.last_answer_at is not None:
        customers = customers.filter(sent_at__gt=thread.last_answer_at)
    thread.customer_waits_since = customers.aggregate(at=Min("sent_at"))["at"]


def weighed(thread: Thread, before: Picture, contents: Sequence[Content]) -> None:
    """Messages were stored and the picture was brought up to date by them; `before`, it was so."""
    picture = thread.picture
    if any(_is_an_agents(content, picture) for content in contents):
        thread.agent_wanted_since = None
        alerts.stop(thread)
    has_moved = (picture.owner, picture.since) != (before.owner, before.since)
    if has_moved or any(content.author == Author.BOT for content in contents):
        _note_talking_over(thread, picture)


def _is_an_agents(content: Content, picture: Picture) -> bool:
    """A message by hand, since control last moved. The bot's goodbye may come late, and answers nothing."""
    is_by_hand = content.author not in (Author.CUSTOMER, Author.BOT)
    return is_by_hand and (picture.since is None or content.sent_at >= picture.since)


def _note_talking_over(thread: Thread, picture: Picture) -> None:
    """The bot wrote while our app held the thread; within a second of the change nobody can tell."""
    if picture.owner is not Owner.AGENT or picture.since is None or thread.last_answer_at is None:
        return
    since = picture.since + ANSWER_PRECISION
    if thread.last_answer_at > since:
        spoke = thread.contents.filter(author=Author.BOT, sent_at__gt=since).aggregate(at=Max("sent_at"))
        thread.talked_over_at = spoke["at"] or thread.talked_over_at


def control_moved(thread: Thread) -> None:
    """Who holds the thread now answers by themselves, so no agent is wanted any more."""
    if thread.picture.owner in ANSWERING:
        thread.agent_wanted_since = None


def _later(known: datetime | None, news: datetime) -> datetime:
    return news if known is None else max(known, news)
