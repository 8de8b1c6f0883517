"""The Django admin as a console: it starts with the threads, and has a side bar."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.functional import SimpleLazyObject

from handover.console import navigation
from handover.console.pages import ConsolePage
from handover.console.tables import sees_no_page


class ConsoleSite(admin.AdminSite):
    """Django's site, with pages of its own beside those of the tables."""

    site_header = site_title = "RingCX Bots"
    index_title = "All tables"
    site_url = None
    """There is no other site to view: the bare address leads here, too."""
    enable_nav_sidebar = False

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._pages: list[tuple[str, type[ConsolePage], str]] = []

    def add_page(self, route: str, page: type[ConsolePage], name: str) -> None:
        """Mount a page of no table at `route` below the site; its address is called `admin:` and `name`."""
        self._pages.append((route, page, name))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Ours come first: what follows takes any address."""
        ours = [
            path(route, self.admin_view(page.as_view(site=self)), name=name)
            for route, page, name in self._pages
        ]
        start = path("", self.admin_view(self.start), name="index")
        tables = path("tables/", self.admin_view(self.index), name="tables")
        return [*ours, start, tables, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """With the side bar, and whether no page was given; each is found out only where it is shown."""
        return {
            **super().each_context(request),
            "navigation": SimpleLazyObject(lambda: navigation.sections(request)),
            "sees_no_page": SimpleLazyObject(lambda: sees_no_page(request)),
        }

    def start(self, request: HttpRequest) -> HttpResponse:
        """To the first page that whoever asks may see: the threads, for most."""
        entries = [entry for section in navigation.sections(request) for entry in section.entries]
        return HttpResponseRedirect(entries[0].url if entries else reverse("admin:tables"))


def the_site() -> ConsoleSite:
    """The one that `admin.site` stands for."""
    return cast(ConsoleSite, admin.site)
