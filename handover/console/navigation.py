"""What stands in the side bar: entries that the packages add, shown to whoever may follow them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from handover.console.tables import sees_all_pages

SECTIONS = ("Work", "Set-up", "Administration")


@dataclass(frozen=True)
class Count:
    """A number beside an entry, with what is counted: 4, "unattended"."""

    number: str
    what: str

    def __str__(self) -> str:
        return f"{self.number} {self.what}"


Counting = Callable[[HttpRequest], Count | None]
"""Counts for whoever asks; None where nothing needs to be looked at."""


@dataclass(frozen=True)
class Entry:
    """A page that can be gone to, for whoever has `permission`.

    What belongs to no page alone is besides only for whoever sees them all: `is_of_no_page`.
    """

    section: str
    label: str
    icon: str
    url_name: str
    permission: str
    count: Counting | None = None
    is_of_no_page: bool = False

    def is_for(self, request: HttpRequest) -> bool:
        """Whether whoever asks may go there."""
        within = sees_all_pages(request) or not self.is_of_no_page
        return within and request.user.has_perm(self.permission)


@dataclass(frozen=True)
class Shown:
    """An entry as somebody sees it. `is_current`: it leads to the page that is shown, or to one above it."""

    label: str
    icon: str
    url: str
    is_current: bool
    count: Count | None


@dataclass(frozen=True)
class Section:
    """Entries under a heading."""

    name: str
    entries: list[Shown]


_entries: list[Entry] = []


def add(
    section: str,
    label: str,
    icon: str,
    url_name: str,
    permission: str,
    count: Counting | None = None,
    *,
    is_of_no_page: bool = False,
) -> None:
    """Put an entry into a section, after those that are there."""
    _entries.append(Entry(section, label, icon, url_name, permission, count, is_of_no_page))


def sections(request: HttpRequest) -> list[Section]:
    """The entries that whoever asks may follow; sections without any are left out."""
    allowed = [entry for entry in _entries if entry.is_for(request)]
    current = _current(request, allowed)
    found = ((name, [entry for entry in allowed if entry.section == name]) for name in SECTIONS)
    return [Section(name, [_show(entry, request, current) for entry in rows]) for name, rows in found if rows]


def _show(entry: Entry, request: HttpRequest, current: Entry | None) -> Shown:
    count = entry.count(request) if entry.count else None
    return Shown(entry.label, entry.icon, reverse(entry.url_name), entry is current, count)


def _current(request: HttpRequest, entries: list[Entry]) -> Entry | None:
    """The entry with the longest address that the page's begins with."""
    fitting = [entry for entry in entries if request.path.startswith(reverse(entry.url_name))]
    return max(fitting, key=lambda entry: len(reverse(entry.url_name)), default=None)
