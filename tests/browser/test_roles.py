"""What staff of each role find in the console."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from channels_fb.demo.cast import PAGE_ID
from tests.browser.conftest import OpenAs
from tests.browser.crawling import crawl
from tests.browser.service import Person, Running
from tests.browser.watching import Watch

USERNAMES = {"Agent": "ana", "Supervisor": "sam", "Auditor": "ida", "Administrator": "zoe"}


@pytest.fixture(scope="module", autouse=True)
def staffed(service: Running) -> None:
    """One of each, with the page; and an agent to whom no page was given."""
    for role, username in USERNAMES.items():
        service.staff(username, "--group", role, "--page", PAGE_ID)
    service.staff("una", "--group", "Agent")


@pytest.fixture
def waiting(maya: Person) -> Person:
    """Maya has been handed over."""
    maya.writes("The parcel came without the lid.")
    maya.wants_a_human()
    return maya


def person_page(page: Page, person: Person) -> None:
    page.goto("/admin/handover/thread/")
    page.get_by_role("link", name=person.name).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(person.name)


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("username", USERNAMES.values(), ids=USERNAMES.keys())
def test_every_link_that_a_role_is_offered_opens(open_as: OpenAs, username: str) -> None:
    assert len(crawl(open_as(username).context.request, "/admin/")) >= 3


def test_an_agent_reads_the_transcript_of_a_thread_on_their_page(open_as: OpenAs, waiting: Person) -> None:
    page = open_as("ana")
    person_page(page, waiting)
    expect(page.locator("main")).to_contain_text("The parcel came without the lid.")


def test_an_agent_without_a_page_sees_no_thread(open_as: OpenAs, waiting: Person) -> None:
    page = open_as("una", "/admin/handover/thread/")
    expect(page.locator("main")).not_to_contain_text(waiting.name)


def test_an_auditor_reads_how_control_moved_but_no_transcript(open_as: OpenAs, waiting: Person) -> None:
    page = open_as("ida")
    person_page(page, waiting)
    expect(page.locator("main")).not_to_contain_text("The parcel came without the lid.")
    expect(page.locator("main")).to_contain_text(re.compile("passed|told", re.IGNORECASE))


def test_who_types_an_address_that_is_not_for_them_is_told_so(open_as: OpenAs, watch: Watch) -> None:
    page = open_as("ana")
    answer = page.goto("/admin/auth/user/")
    assert answer is not None
    assert answer.status == 403
    expect(page.locator("body")).to_contain_text(re.compile("permission|may not|not allowed", re.IGNORECASE))
    watch.forget("403")
