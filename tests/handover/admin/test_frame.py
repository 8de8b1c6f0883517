"""The frame around every page: where it starts, what the side bar leads to, who sees which pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser, User
from django.template import engines
from django.test import Client

from handover.console.navigation import Count, Entry, sections
from handover.models import Source, Thread
from handover.ownership import How, Owner, Picture
from handover.reach import Reach
from tests.handover.admin.conftest import StaffWith
from tests.handover.admin.scene import build

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def drawn(text: str, **context: object) -> str:
    """A piece of a template."""
    return str(engines["django"].from_string("{% load console %}" + text).render(context))


def picture(owner: Owner, sure: bool = True, app_id: str = "") -> Picture:
    return Picture(owner=owner, app_id=app_id, how=How.OWNER_READ, sure=sure)


def test_the_console_starts_with_the_threads(staff: Client) -> None:
    assert staff.get("/admin/").headers["Location"] == "/admin/handover/thread/"


def test_it_starts_elsewhere_for_whoever_may_not_see_threads(staff_with: StaffWith) -> None:
    tokens = staff_with("handover.view_apitoken")
    assert tokens.get("/admin/").headers["Location"] == "/admin/handover/apitoken/"
    nobody = staff_with(username="mo")
    assert nobody.get("/admin/", follow=True).status_code == 200


def test_the_side_bar_leads_where_one_may_go_and_nowhere_else(staff_with: StaffWith) -> None:
    text = staff_with("handover.view_thread").get("/admin/tables/").content.decode()
    assert 'href="/admin/handover/thread/"' in text
    assert 'href="/admin/handover/apitoken/"' not in text
    assert "Set-up" not in text


def test_the_side_bar_says_where_one_is(staff: Client) -> None:
    text = staff.get("/admin/handover/source/").content.decode()
    assert text.count('href="/admin/handover/source/" aria-current="page"') == 2
    assert text.count("aria-current") == 2


def test_whoever_is_not_logged_in_gets_no_side_bar() -> None:
    text = Client().get("/admin/login/").content.decode()
    assert "RingCX Bots" in text
    assert 'aria-label="Console"' not in text


def test_a_count_stands_beside_its_entry(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    request = staff.get("/admin/tables/").wsgi_request
    entry = Entry(
        "Work", "Threads", "threads", "admin:tables", "handover.view_thread", lambda _: Count("4", "waiting")
    )
    monkeypatch.setattr("handover.console.navigation._entries", [entry])
    (work,) = sections(request)
    assert str(work.entries[0].count) == "4 waiting"
    assert work.entries[0].is_current


def test_staff_reach_the_pages_given_to_them() -> None:
    threads = [build(number)[Thread] for number in range(2)]
    kim = User.objects.create_user("kim", is_staff=True)
    threads[0].source.staff.add(kim)
    reach = Reach.of_staff(kim)
    assert list(reach.sources()) == [threads[0].source]
    assert list(reach.limit(Thread.objects.all())) == [threads[0]]
    assert reach.includes(threads[0].source)
    assert not reach.includes(threads[1].source)


def test_nobody_reaches_a_page_without_being_given_it() -> None:
    build(0)
    assert not Reach.of_staff(User.objects.create_user("kim", is_staff=True)).sources().exists()
    assert not Reach.of_staff(AnonymousUser()).sources().exists()


def test_whoever_may_see_all_pages_does(staff_with: StaffWith, lee: User) -> None:
    build(0)
    staff_with("handover.see_all_pages")
    for user in (lee, User.objects.get(username="kim")):
        assert Reach.of_staff(user).sources().count() == Source.objects.count() == 1


@pytest.mark.parametrize(
    ("owner", "look", "word"),
    [
        (Owner.BOT, "bot", "Bot"),
        (Owner.AGENT, "agent", "Agent"),
        (Owner.INBOX, "inbox", "Inbox"),
        (Owner.OTHER, "other", "Other app"),
        (Owner.IDLE, "idle", "Idle"),
        (Owner.UNKNOWN, "unsure", "Unsure"),
    ],
)
def test_a_holder_is_told_by_colour_icon_and_word(owner: Owner, look: str, word: str) -> None:
    badge = drawn("{% holder picture %}", picture=picture(owner))
    assert f"own--{look}" in badge
    assert f"icons.svg#{look}" in badge
    assert f">{word}</span>" in badge


def test_a_holder_that_is_not_sure_never_looks_so() -> None:
    badge = drawn("{% holder picture %}", picture=picture(Owner.AGENT, sure=False))
    assert "own--unsure" in badge
    assert "Agent, unsure" in badge


@pytest.mark.parametrize(
    ("passed", "words"), [(40, "40 s"), (300, "5 min"), (7_300, "2 h"), (200_000, "2 d"), (-5, "0 s")]
)
def test_how_long_ago_is_told_in_one_unit(passed: int, words: str) -> None:
    with time_machine.travel(NOON, tick=False):
        text = drawn("{% ago at %}", at=NOON - timedelta(seconds=passed))
    assert f">{words.replace(' ', chr(160))}<" in text
    assert "UTC" in text


@pytest.mark.parametrize(
    ("name", "letters"), [("Maya Lind", "ML"), ("robin", "RO"), ("24001", "24"), ("😀", "?"), ("", "?")]
)
def test_a_person_has_initials(name: str, letters: str) -> None:
    assert drawn("{{ name|initials }}", name=name) == letters
