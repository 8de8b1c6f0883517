"""Addresses for e-mails, as staff type them into a page's form."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

MOST = 20


def read_addresses(text: str) -> list[str]:
    """The addresses of a text that has them separated by commas, semicolons or white space.

    Raises ValueError with one sentence that names the first that is none, or says that there are too many.
    """
    addresses = list(dict.fromkeys(re.split(r"[\s,;]+", text.strip()))) if text.strip() else []
    if len(addresses) > MOST:
        raise ValueError(f"Up to {MOST} addresses can be written to; a list of your own takes more.")
    for address in filter(None, addresses):
        _check(address)
    return [address for address in addresses if address]


def _check(address: str) -> None:
    try:
        validate_email(address)
    except ValidationError:
        raise ValueError(f"{address} is not an address for e-mails.") from None
