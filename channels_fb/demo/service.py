"""Our own API as its clients see it, and each call as the curl that makes it."""

import shlex
from collections.abc import Mapping
from typing import Any

import requests

from channels_fb.demo import loopback
from channels_fb.demo.cast import PSID
from channels_fb.demo.errors import NotYet

Json = dict[str, Any]

# A handover may take 15 seconds to answer.
TIMEOUT = 20
PATH = "/1.0/bots/handover"


class Service:
    """Calls with one token."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self._session = loopback.session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def hand_over(self, parameters: Mapping[str, str]) -> requests.Response:
        """Ask for a handover."""
        return self._session.post(f"{self.url}{PATH}", data=dict(parameters), timeout=TIMEOUT)

    def handover(self, handover_id: str) -> Json:
        """What became of one."""
        return self._get(f"{PATH}s/{handover_id}")

    def thread_control(self) -> Json:
        """Who holds the customer's thread, as the service knows it."""
        threads = self._get("/1.0/content_threads", q=f"foreign:{PSID}")["records"]
        if not threads:
            raise NotYet("The service knows no thread of this customer.")
        return dict(threads[0]["thread_control"])

    def has_heard(self, text: str) -> bool:
        """Whether the service has this message of the thread."""
        return bool(self._get("/1.0/content_threads", q=f'foreign:{PSID} text:"{text}"')["count"])

    def _get(self, path: str, **parameters: str) -> Json:
        answer = self._session.get(f"{self.url}{path}", params=parameters, timeout=TIMEOUT)
        if answer.status_code != 200:
            raise NotYet(f"GET {path} is answered {answer.status_code}: {answer.text[:300]}")
        return dict(answer.json())


def handover_curl(url: str, token: str, parameters: Mapping[str, str]) -> list[str]:
    """The call of `hand_over`, to be pasted into a shell."""
    return _curl(f"-X POST {url}{PATH}", _authorization(token), *_form(parameters))


def control_curl(url: str, token: str) -> list[str]:
    """Who holds the thread."""
    return _curl(f"'{url}/1.0/content_threads?q=foreign:{PSID}'", _authorization(token))


def customer_curl(simulator: str, parameters: Mapping[str, str]) -> list[str]:
    """Make the customer write, at the simulator."""
    return _curl(f"{simulator}/_simulator/customer_writes", *_form(parameters))


def _curl(*lines: str) -> list[str]:
    return " \\\n  ".join(["curl " + lines[0], *lines[1:]]).split("\n")


def _authorization(token: str) -> str:
    return f"-H 'Authorization: Bearer {token}'"


def _form(parameters: Mapping[str, str]) -> list[str]:
    """A form's fields, four on a line."""
    fields = [f"-d {shlex.quote(f'{name}={value}')}" for name, value in parameters.items()]
    return [" ".join(fields[start : start + 4]) for start in range(0, len(fields), 4)]
