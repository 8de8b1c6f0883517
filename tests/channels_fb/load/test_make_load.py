"""`manage.py make_load`, with small numbers."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels_fb.models import Delivery
from handover import history
from handover.models import Content, Handover, Intervention, Reply, Source, Thread, ThreadEvent
from handover.ownership import Owner

pytestmark = pytest.mark.django_db


def make_load(**options: Any) -> str:
    out = StringIO()
    call_command("make_load", stdout=out, stderr=StringIO(), **{"threads": 40, "contents": 900, **options})
    return out.getvalue()


def told(seed: int) -> list[tuple[Any, ...]]:
    """Who was told what, in order. It is all undone again."""
    with transaction.atomic():
        make_load(threads=5, contents=50, seed=seed)
        rows = Content.objects.order_by("thread__identity__foreign_id", "sent_at", "pk")
        seen = list(rows.values_list("thread__identity__foreign_id", "thread__identity__first_name", "body"))
        transaction.set_rollback(True)
    return seen


def test_it_makes_as_much_as_was_asked_for_and_says_so() -> None:
    assert "40 threads with 900 contents on 2 pages" in make_load(pages=2)
    assert (Thread.objects.count(), Content.objects.count(), Source.objects.count()) == (40, 900, 2)
    assert {source.threads.count() for source in Source.objects.all()} == {20}


def test_every_history_is_whole_and_ends_where_its_thread_stands() -> None:
    make_load()
    for thread in Thread.objects.all():
        assert list(history.breaks(thread)) == []
        last = thread.events.order_by("seq").last()
        assert last is not None
        assert last.owner_after == thread.owner


def test_each_line_rests_on_what_is_there() -> None:
    make_load()
    observed = ThreadEvent.objects.filter(name="thread_control.observed").first()
    assert observed is not None
    assert observed.delivery_ref in {delivery.reference for delivery in Delivery.objects.all()}
    asked = ThreadEvent.objects.filter(name="thread_control.requested").select_related("handover").first()
    assert asked is not None
    assert asked.handover is not None
    assert asked.correlation_id == asked.handover.correlation_id != ""


def test_there_is_something_of_everything_and_nothing_lies_in_the_future() -> None:
    make_load(threads=60, contents=2000)
    for rows in (Handover.objects.all(), Intervention.objects.all(), Reply.objects.all()):
        assert rows.exists()
    assert not Content.objects.filter(sent_at__gt=timezone.now()).exists()
    held_by = {thread.picture.judged(timezone.now()).owner for thread in Thread.objects.all()}
    assert Owner.IDLE in held_by


def test_who_waits_what_failed_and_whom_the_bot_talked_over_stand_on_the_threads() -> None:
    make_load(threads=120, contents=4000)
    failed = Thread.objects.filter(failed_sends__gt=0)
    assert failed.exists()
    for thread in failed:
        assert thread.replies.filter(unhandled_since__isnull=False).count() == thread.failed_sends
    for thread in Thread.objects.filter(customer_waits_since__isnull=False):
        last = thread.contents.exclude(synchronization_status="export_failure").order_by("sent_at").last()
        assert last is not None
        assert last.author == "customer"


def test_the_same_seed_draws_the_same_again_and_another_does_not() -> None:
    assert told(seed=3) == told(seed=3) != told(seed=4)


def test_a_second_load_in_the_same_database_is_refused() -> None:
    make_load(threads=1, contents=1)
    with pytest.raises(CommandError, match="made here before"):
        make_load(yes=True)


def test_a_database_with_connected_pages_is_left_alone_unless_it_is_meant() -> None:
    Source.objects.create(channel_type="messenger", foreign_id="111", name="Acme")
    with pytest.raises(CommandError, match="--yes"):
        make_load()
    assert not Thread.objects.exists()
    make_load(threads=2, contents=10, yes=True)
    assert Thread.objects.count() == 2


@pytest.mark.parametrize("none", ["threads", "pages"])
def test_nothing_cannot_be_made(none: str) -> None:
    with pytest.raises(CommandError, match="at least"):
        make_load(**{none: 0})


def test_the_pages_about_it_open(admin_client: Client) -> None:
    make_load(threads=10, contents=300)
    thread = Thread.objects.order_by("-history_length").first()
    assert thread is not None
    for name in ("thread_changelist", "threadevent_changelist", "content_changelist"):
        assert admin_client.get(reverse(f"admin:handover_{name}")).status_code == 200
    assert admin_client.get(reverse("admin:handover_thread_change", args=[thread.pk])).status_code == 200
    assert admin_client.get(reverse("admin:channels_fb_delivery_changelist")).status_code == 200
