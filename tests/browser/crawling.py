"""Which pages there are: whatever a member of staff reaches by links, each kind once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

from playwright.sync_api import APIRequestContext

OURS = '<body class="console'
"""How a page of ours can be told from one of Django's."""


class _Links(HTMLParser):
    """Where a page leads to by `a` elements."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        href = dict(attributes).get("href")
        if tag == "a" and href and not href.startswith("#"):
            self.found.append(href)


def kind(path: str) -> str:
    """The same for pages that differ in a row's key or in what is filtered by only."""
    parts = urlsplit(path)
    names = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return re.sub(r"\d+", "N", parts.path) + ("?" + "&".join(names) if names else "")


def crawl(browser: APIRequestContext, start: str) -> list[str]:
    """One path of each kind, in the order in which they are come upon. Only HTML pages count.

    Raises AssertionError where links lead to what is missing or broken or, on our own pages, refused.
    Django's forms link whatever a row points at, whoever looks.
    """
    waiting, came_from, ours = [start], {kind(start): start}, {start}
    pages, dead = list[str](), list[str]()
    while waiting:
        path = waiting.pop(0)
        answer, origin = browser.get(path), came_from[kind(path)]
        if answer.status != 200 and (answer.status != 403 or origin in ours):
            dead.append(f"HTTP {answer.status}: {path}, from {origin}")
        if answer.status != 200 or not answer.headers["content-type"].startswith("text/html"):
            continue
        pages.append(path)
        html = answer.text()
        if OURS in html:
            ours.add(path)
        for link in _links(answer.url, html):
            if kind(link) not in came_from and _is_followed(link, path, html):
                came_from[kind(link)] = path
                waiting.append(link)
    assert dead == [], "\n".join(dead)
    return pages


def _is_followed(link: str, path: str, html: str) -> bool:
    """Filters are followed on our own pages, one at a time: combined they have no end. Django's are alike."""
    return "?" not in link or (OURS in html and "?" not in path)


def _links(url: str, html: str) -> Iterator[str]:
    """Within the console, as paths."""
    links, host = _Links(), urlsplit(url).netloc
    links.feed(html)
    for href in links.found:
        parts = urlsplit(urljoin(url, href))
        if parts.netloc == host and parts.path.startswith("/admin/"):
            yield parts.path + (f"?{parts.query}" if parts.query else "")
