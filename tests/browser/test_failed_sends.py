"""A reply that Facebook refuses, and what an agent can do about it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from channels_fb.demo import cast
from tests.browser.conftest import OpenAs
from tests.browser.service import Person, Running

SOON = 20_000


@pytest.fixture
def blocked(open_as: OpenAs, service: Running, maya: Person) -> Page:
    """Maya's page, on which a reply has failed: she does not want to hear from the page."""
    maya.wants_a_human()
    service.facebook.customer_blocks(cast.PAGE_ID, maya.psid)
    page = open_as("lee", "/admin/handover/thread/")
    page.get_by_role("link", name=maya.name).click()
    page.get_by_label("Reply to").fill("Your parcel is here.")
    page.locator("#send").click()
    expect(page.get_by_text("Not sent.")).to_be_visible(timeout=SOON)
    return page


def test_it_says_why_in_facebooks_words_and_goes_out_when_it_is_retried(
    blocked: Page, service: Running, maya: Person
) -> None:
    expect(blocked.locator(".msg--failed")).to_contain_text("This person isn't available right now.")
    service.facebook.customer_blocks(cast.PAGE_ID, maya.psid, blocked=False)
    blocked.get_by_role("link", name="Retry…").click()
    blocked.locator(".msg--failed").get_by_role("button").click()
    expect(blocked.locator(".msg--failed")).to_have_count(0, timeout=SOON)
    assert maya.was_told() == ["Your parcel is here."]
