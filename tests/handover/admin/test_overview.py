"""The overview: who sees which figures, what they lead to, and what it costs."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from handover.models import BotApp, Handover, Source
from tests.handover.admin.conftest import StaffWith
from tests.handover.figures.stage import asked, page, spoke_over, thread

pytestmark = pytest.mark.django_db

OVERVIEW = "/admin/overview/"
SEES = "handover.view_figures"


def shown(client: Client, **query: Any) -> str:
    answer = client.get(OVERVIEW, query)
    assert answer.status_code == 200
    return answer.content.decode()


def words(html: str) -> str:
    """What there is to read, without the marks of the page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def figure(html: str, label: str) -> str:
    """The number and the note under a label on top."""
    ((found, _),) = re.findall(
        rf"<div class=\"fig[^>]*><dt>((?:(?!</div>).)*{label}</dt>(.*?))</div>", html, re.S
    )
    return words(found.split("</dt>")[1]).strip()


def a_moment_ago() -> Any:
    return timezone.now() - timedelta(minutes=1)


def test_who_may_not_see_figures_is_refused(staff_with: StaffWith) -> None:
    assert staff_with("handover.view_handover").get(OVERVIEW).status_code == 403


def test_who_is_not_logged_in_is_sent_to_do_so(client: Client) -> None:
    assert client.get(OVERVIEW)["Location"].startswith("/admin/login/")


def test_nothing_can_be_posted(staff: Client) -> None:
    assert staff.post(OVERVIEW).status_code == 405


def test_it_stands_in_the_side_bar_for_whoever_may_see_it(staff_with: StaffWith) -> None:
    sees = staff_with(SEES)
    assert f'href="{OVERVIEW}" aria-current="page"' in shown(sees)
    others = staff_with("handover.view_source", username="alex")
    assert OVERVIEW not in others.get("/admin/tables/").content.decode()


class TestTheFigures:
    def test_are_of_all_handovers_of_the_span(self, staff: Client) -> None:
        source = page()
        asked(source, a_moment_ago(), took=24)
        asked(source, a_moment_ago(), to="bot")
        asked(source, a_moment_ago(), state="expired")
        asked(source, a_moment_ago(), state="refused", error="control_conflict")
        asked(source, timezone.now() - timedelta(days=8))
        html = shown(staff)
        assert figure(html, "Handovers") == "4 1 before"
        assert figure(html, "Completed") == "50.0% 2 of 4"
        assert figure(html, "Request to control") == "24 s p95 24 s"
        assert figure(html, "Expired") == "1 refused 1, failed 0"

    def test_tell_when_the_next_request_expires(self, staff: Client) -> None:
        deadline = timezone.now() + timedelta(minutes=4, seconds=58)
        asked(page(), a_moment_ago(), state="requested", deadline_at=deadline)
        assert figure(shown(staff), "Waiting for control").startswith("1 next deadline in 4 min 5")

    def test_tell_how_long_the_first_one_waits_for_nobody(self, staff: Client) -> None:
        source, an_hour_ago = page("Acme Home"), timezone.now() - timedelta(minutes=63)
        thread(source, owner="idle", waits_since=an_hour_ago, last_customer_at=an_hour_ago)
        html = shown(staff)
        assert figure(html, "Unattended") == "1 longest 1 h"
        assert "Acme Home 1 1 0 0" in words(html)

    def test_name_the_bot_that_spoke_while_an_agent_held_the_thread(self, staff: Client) -> None:
        spoke_over(page(), "900", a_moment_ago())
        assert "Acme bot 900 1" in words(shown(staff))

    def test_of_a_page_are_its_own(self, staff: Client) -> None:
        mine, other = page("Acme Home"), page("Acme Garden")
        asked(mine, a_moment_ago())
        asked(other, a_moment_ago())
        asked(other, a_moment_ago())
        assert figure(shown(staff, source=mine.pk), "Handovers") == "1 none before"

    def test_name_the_bot_whose_requests_took_how_long(self, staff: Client) -> None:
        source = page()
        BotApp.objects.create(source=source, app_id="901", name="Night bot")
        asked(source, a_moment_ago(), took=71, holder="901")
        asked(source, a_moment_ago(), took=2, holder="")
        html = words(shown(staff))
        assert "Night bot 901 1 1 min 11 s" in html
        assert "Holder not known 1 2 s" in html

    def test_of_holders_name_them_all(self, staff: Client) -> None:
        source = page()
        for owner in ("bot", "bot", "idle"):
            thread(source, owner=owner)
        html = words(shown(staff))
        assert "Bot 2 66.7%" in html
        assert "Inbox 0 0.0%" in html


class TestReach:
    @pytest.fixture
    def pages(self) -> tuple[Source, Source]:
        return page("Acme Home"), page("Acme Garden")

    def browser_with(self, *pages: Source) -> Client:
        """Of Kim, to whom these pages were given."""
        kim = User.objects.create_user("kim", is_staff=True)
        kim.user_permissions.add(Permission.objects.get(codename="view_figures"))
        kim.pages.set(pages)
        client = Client()
        client.force_login(kim)
        return client

    def test_is_the_pages_that_were_given(self, pages: tuple[Source, Source]) -> None:
        mine, other = pages
        for source in pages:
            asked(source, a_moment_ago(), state="requested")
        asked(other, a_moment_ago())
        html = shown(self.browser_with(mine))
        assert figure(html, "Handovers") == "1 none before"
        assert figure(html, "Waiting for control").startswith("1")
        assert "Acme Home" in html
        assert "Acme Garden" not in html

    def test_does_not_grow_by_naming_a_page(self, pages: tuple[Source, Source]) -> None:
        mine, other = pages
        kim = self.browser_with(mine)
        assert kim.get(OVERVIEW, {"source": mine.pk}).status_code == 200
        for key in (other.pk, 999_999, "none", "-1", "1" * 40):
            assert kim.get(OVERVIEW, {"source": key}).status_code == 404

    def test_of_no_page_is_told(self, pages: tuple[Source, Source]) -> None:
        html = shown(self.browser_with())
        assert "No page was given to you" in html
        assert "Acme" not in html


def test_without_the_right_to_see_handovers_nothing_leads_there(staff_with: StaffWith) -> None:
    asked(page(), a_moment_ago())
    assert "/admin/handover/handover/" not in shown(staff_with(SEES))


class TestTheSpan:
    @pytest.mark.parametrize("span", ["today", "24h", "7d", "30d"])
    def test_can_be_chosen(self, staff: Client, span: str) -> None:
        page()
        assert f'<option value="{span}" selected>' in shown(staff, span=span)

    def test_can_be_from_day_to_day(self, staff: Client) -> None:
        source = page()
        asked(source, timezone.now() - timedelta(days=60))
        day = (timezone.now() - timedelta(days=60)).date().isoformat()
        html = shown(staff, **{"span": "dates", "from": day, "to": day})
        assert figure(html, "Handovers") == "1 none before"
        assert f'value="{day}"' in html

    @pytest.mark.parametrize(
        ("query", "complaint"),
        [
            ({"span": "century"}, "There is no such span."),
            ({"span": "dates"}, "Both days are needed"),
            ({"span": "dates", "from": "<b>", "to": "2026-13-01"}, "Both days are needed"),
            ({"span": "dates", "from": "2000-01-01", "to": "2020-01-01"}, "At most 92 days"),
        ],
    )
    def test_that_cannot_be_is_answered_with_the_usual_one_and_why(
        self, staff: Client, query: dict[str, str], complaint: str
    ) -> None:
        page()
        html = shown(staff, **query)
        assert complaint in html
        assert '<option value="7d" selected>' in html
        assert "<b>" not in html.split("<h1>")[1].split("</form>")[0]

    def test_without_handovers_has_words_in_place_of_charts(self, staff: Client) -> None:
        page()
        html = shown(staff)
        assert "No handover in this direction was asked for in this time." in html
        assert "No request for control was granted in this time." in html
        assert "None was refused, failed or expired in this time." in html
        assert 'class="chart"' not in html


def test_each_number_leads_to_the_handovers_it_counts(staff: Client) -> None:
    mine, other = page("Acme Home"), page("Acme Garden")
    for state, error in (("completed", ""), ("refused", "control_conflict"), ("refused", "facebook_error")):
        asked(mine, a_moment_ago(), state=state, error=error)
        asked(other, a_moment_ago(), to="bot", state=state, error=error)
    asked(mine, timezone.now() - timedelta(days=20))
    links = re.findall(r'<a href="(/admin/handover/handover/[^"]+)">([\d,]+)</a>', shown(staff))
    assert len(links) > 10
    for address, number in links:
        rows = staff.get(unescape(address))
        assert rows.status_code == 200, address
        assert rows.context["cl"].result_count == int(number), address


def test_what_is_so_now_leads_to_the_threads(staff: Client) -> None:
    source, now = page("Acme Home"), timezone.now()
    page("Acme Garden")
    for owner in ("bot", "bot", "idle"):
        thread(source, owner=owner)
    thread(source, owner="idle", waits_since=now, last_customer_at=now)
    asked(source, a_moment_ago(), state="requested", deadline_at=now + timedelta(minutes=5))
    html = shown(staff)
    links = re.findall(
        r'<a href="(/admin/handover/thread/[^"]*)">([\d,]+)</a>', html.split('id="overview"')[1]
    )
    assert len(links) > 5
    for address, number in links:
        listed = staff.get(unescape(address))
        assert listed.status_code == 200, address
        assert listed.content.decode().count("<tr") - 1 == int(number), address


def test_what_others_wrote_is_text_and_nothing_else(staff: Client) -> None:
    hostile = "<script>alert('x')</script>"
    source = page(hostile)
    BotApp.objects.update(name=hostile)
    asked(source, a_moment_ago(), state="refused", error="facebook_error", outcome=hostile)
    asked(source, a_moment_ago())
    html = shown(staff)
    assert hostile not in html
    assert html.count("&lt;script&gt;") > 3


def test_it_is_renewed_as_one_part_under_the_same_address(staff: Client) -> None:
    source = page()
    html = shown(staff, source=source.pk, span="30d")
    assert f'hx-get="{OVERVIEW}?source={source.pk}&amp;span=30d"' in html
    assert html.count('id="overview"') == 1


def test_nothing_inline_is_in_it(staff: Client) -> None:
    asked(page(), a_moment_ago())
    html = shown(staff)
    assert " style=" not in html
    assert "<style" not in html
    assert not re.findall(r"<script(?![^>]* src=)", html)


def statements(client: Client, **query: Any) -> int:
    client.get(OVERVIEW, query)
    with CaptureQueriesContext(connection) as asked_for:
        shown(client, **query)
    return len(asked_for)


@pytest.mark.parametrize("span", ["today", "7d", "30d"])
def test_it_costs_as_many_statements_for_many_pages_as_for_one(staff: Client, span: str) -> None:
    def grow(count: int) -> None:
        for _ in range(count):
            source = page()
            thread(source, owner="agent")
            for state in ("completed", "refused", "requested"):
                for days in (0, 1, 5):
                    asked(source, a_moment_ago() - timedelta(days=days), state=state)

    grow(1)
    few = statements(staff, span=span)
    grow(6)
    assert statements(staff, span=span) == few <= 20


def test_of_very_many_pages_the_busiest_are_listed(staff: Client) -> None:
    for number in range(32):
        page(f"Quiet {number}")
    asked(page("Busy"), a_moment_ago())
    html = shown(staff)
    assert "3 more with fewer handovers" in html
    assert '<th scope="row">Busy</th>' in html


def test_a_handover_remembers_who_held_the_thread(world: Any) -> None:
    world.build()
    world.maya_writes()
    world.bot_to_agent()
    world.bot_passes_to_us()
    handover = Handover.objects.get()
    assert (handover.state, handover.holder_app_id) == ("completed", "900")
    assert "Acme bot 900 1" in words(shown(_lee()))


def _lee() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("lee"))
    return client
