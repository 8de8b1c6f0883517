"""Each page that can be reached: readable for everybody, in light and dark, at a desk and on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.accessibility import is_accessible
from tests.browser.conftest import PHONE, OpenAs
from tests.browser.crawling import crawl
from tests.browser.service import Running
from tests.browser.watching import width_of


@pytest.fixture
def played(service: Running) -> None:
    """Something of everything has happened."""
    dora, otto = service.customer("Dora"), service.customer("Otto")
    dora.writes("Where is my parcel?")
    dora.wants_a_human()
    otto.writes("Hello")


def pages(page: Page) -> list[str]:
    found = crawl(page.context.request, "/admin/")
    assert len(found) > 30, found
    return found


@pytest.mark.usefixtures("played")
def test_every_page_is_accessible_in_light_and_dark(open_as: OpenAs) -> None:
    page, faults = open_as("lee"), []
    for path in pages(page):
        page.goto(path)
        try:
            is_accessible(page)
        except AssertionError as error:
            faults.append(str(error))
    assert faults == [], "\n".join(faults)


@pytest.mark.usefixtures("played")
def test_no_page_scrolls_sideways_on_a_phone(open_as: OpenAs) -> None:
    page, wide = open_as("lee", viewport=PHONE), []
    for path in pages(page):
        page.goto(path)
        content, window = width_of(page)
        if content > window:
            wide.append(f"{path}: {content} px in {window}")
    assert wide == [], "\n".join(wide)
