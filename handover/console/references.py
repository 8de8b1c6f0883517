"""What the history names by a word and a key, such as "delivery 12": where that can be looked at.

The packages whose rows they are say so; the history itself knows no table but the domain's.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

_pages: dict[str, tuple[str, str]] = {}


def add(word: str, url_name: str, permission: str) -> None:
    """Rows that are called so have a page, which takes their key, for whoever has the permission."""
    _pages[word] = (url_name, permission)


def url_of(reference: str, request: HttpRequest) -> str:
    """The address of what is referred to; empty where there is none, or none for whoever asks."""
    word, _, key = reference.partition(" ")
    url_name, permission = _pages.get(word, ("", ""))
    if not url_name or not key.isdecimal() or not request.user.has_perm(permission):
        return ""
    return reverse(url_name, args=[key])
