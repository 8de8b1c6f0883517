"""Who signed a delivery."""

from __future__ import annotations

import pytest

from channels_fb.webhooks.signature import is_signed
from tests.channels_fb.stage import signed

BODY = b'{"text":"\\u00e4"}'


def test_the_raw_bytes_decide() -> None:
    assert is_signed(signed(BODY, "s"), BODY, ["s"])
    assert not is_signed(signed(BODY, "s"), '{"text":"ä"}'.encode(), ["s"])


def test_either_of_two_secrets_will_do() -> None:
    assert is_signed(signed(BODY, "old"), BODY, ["new", "old"])
    assert is_signed(signed(BODY, "new"), BODY, ["new", "old"])
    assert not is_signed(signed(BODY, "older"), BODY, ["new", "old"])


def test_an_empty_secret_is_none() -> None:
    assert not is_signed(signed(BODY, ""), BODY, ["", ""])
    assert not is_signed(signed(BODY, "s"), BODY, [])


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256=",
        "sha256=xyz",
        signed(BODY, "s").removeprefix("sha256="),
        signed(BODY, "s") + "00",
        signed(BODY, "s") + "\n",
        signed(BODY, "s").replace("sha256", "sha1"),
        signed(BODY, "s").replace("=", " = "),
        "sha256=" + "é" * 64,
        "sha256=" + "٣" * 64,
    ],
)
def test_a_malformed_header_is_no_signature(header: str) -> None:
    assert not is_signed(header, BODY, ["s"])


def test_case_does_not_matter() -> None:
    name, _, digits = signed(BODY, "s").partition("=")
    assert is_signed(f"{name}={digits.upper()}", BODY, ["s"])
