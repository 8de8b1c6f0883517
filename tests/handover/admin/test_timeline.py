"""The timeline picture in the console."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from handover.admin.timeline import timeline_context
from handover.models import Content, Identity, Source, Thread
from tests.handover.admin import scene
from tests.handover.admin.conftest import StaffWith

pytestmark = pytest.mark.django_db

MOST_STATEMENTS = 12


@pytest.fixture
def thread() -> Thread:
    """One with everything in it."""
    row = scene.build(1)[Thread]
    return Thread.objects.select_related("source", "identity").get(pk=row.pk)


def _address(thread: Thread) -> str:
    return reverse("admin:handover_thread_timeline", args=[thread.pk])


@pytest.mark.parametrize(
    "span", ["", "?span=1h", "?span=1d", "?span=7d", "?span=all", "?span=x", "?span=%00"]
)
def test_is_an_image_whatever_span_is_asked_for(staff: Client, thread: Thread, span: str) -> None:
    answer = staff.get(_address(thread) + span)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert ElementTree.fromstring(answer.content).attrib["role"] == "img"  # noqa: S314 - our own


def test_may_do_nothing_when_it_is_opened_by_itself(staff: Client, thread: Thread) -> None:
    answer = staff.get(_address(thread))
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


def test_needs_the_right_to_see_threads_and_none_to_read_them(staff_with: StaffWith, thread: Thread) -> None:
    reader = staff_with("handover.view_thread")
    assert reader.get(_address(thread)).status_code == 200
    other = staff_with("handover.view_content", username="lou")
    assert other.get(_address(thread)).status_code == 403


def test_a_thread_out_of_reach_is_not_there(staff_with: StaffWith, thread: Thread) -> None:
    reader = staff_with("handover.view_thread")
    kim = User.objects.get(username="kim")
    kim.user_permissions.remove(Permission.objects.get(codename="see_all_pages"))
    assert reader.get(_address(thread)).status_code == 404
    thread.source.staff.add(kim)
    assert reader.get(_address(thread)).status_code == 200


@pytest.mark.parametrize("pk", [0, 999, 10**30])
def test_no_thread_is_not_there_either(staff: Client, pk: int) -> None:
    assert staff.get(f"/admin/handover/thread/{pk}/timeline.svg").status_code == 404


def test_nobody_changes_anything_by_it(staff: Client, thread: Thread) -> None:
    assert staff.post(_address(thread)).status_code == 405


def test_holds_no_text_of_a_message_and_no_markup_of_a_name(staff: Client, thread: Thread) -> None:
    Content.objects.update(body="the parcel is broken")
    Identity.objects.update(first_name=scene.HOSTILE)
    Source.objects.update(name=scene.HOSTILE)
    for page in (staff.get(_address(thread)).content.decode(), _strip(thread)):
        assert "the parcel is broken" not in page
        assert "<script" not in page
        assert "&lt;script" in page


def _strip(thread: Thread) -> str:
    fresh = Thread.objects.select_related("source", "identity").get(pk=thread.pk)
    return render_to_string("console/timeline.html", timeline_context(fresh, timezone.now()))


def test_the_strip_has_a_drawing_for_a_desk_and_one_for_a_phone(thread: Thread) -> None:
    page = _strip(thread)
    assert page.count("<svg xmlns") == 2
    assert 'id="tl-wide-t"' in page
    assert 'id="tl-narrow-t"' in page
    assert f'{_address(thread)}?span=all"' in page


def test_the_strip_has_no_style_and_no_script_of_its_own(thread: Thread) -> None:
    page = _strip(thread)
    assert "<style" not in page
    assert " style=" not in page


def test_the_number_of_statements_does_not_grow(staff: Client) -> None:
    rows = scene.build(1)
    for number in range(2, 12):
        scene.grow(rows, number)
    with CaptureQueriesContext(connection) as queries:
        staff.get(_address(rows[Thread]) + "?span=all")
    assert len(queries) <= MOST_STATEMENTS
