"""Each answer of the API that a contract test receives is also held against the API's own description."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.contract import description


@pytest.fixture(autouse=True)
def described(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the one place that all calls pass, `World.ask` and bare `requests` alike."""
    send = requests.Session.send

    def send_and_check(session: requests.Session, request: Any, **options: Any) -> requests.Response:
        answer = send(session, request, **options)
        description.check(answer)
        return answer

    monkeypatch.setattr(requests.Session, "send", send_and_check)
