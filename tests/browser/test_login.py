"""The way into the console."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import is_accessible
from tests.browser.conftest import DESK, PHONE, log_in
from tests.browser.service import Running
from tests.browser.watching import Watch, width_of


@pytest.fixture
def stranger(new_context: Callable[..., BrowserContext], service: Running, watch: Watch) -> Page:
    """The browser of somebody who is not logged in."""
    context = new_context(base_url=service.url, viewport=PHONE)
    watch.over(context)
    return context.new_page()


def test_who_is_not_logged_in_is_asked_to_and_then_led_to_the_threads(stranger: Page) -> None:
    stranger.goto("/admin/")
    assert is_accessible(stranger)
    assert width_of(stranger) == (390, 390)
    log_in(stranger, "lee")
    expect(stranger.get_by_role("heading", level=1)).to_contain_text("hread")


def test_a_wrong_password_is_told(stranger: Page) -> None:
    log_in(stranger, "lee", "a guess")
    expect(stranger.get_by_text("Please enter the correct username and password")).to_be_visible()
    assert is_accessible(stranger)


def test_who_logs_out_is_out(stranger: Page) -> None:
    """With a session of its own: the others' are kept for the tests that follow."""
    stranger.set_viewport_size(DESK)
    log_in(stranger, "lee")
    stranger.get_by_role("button", name="Log out").click()
    stranger.goto("/admin/")
    expect(stranger.get_by_label("Password")).to_be_visible()
