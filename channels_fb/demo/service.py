"""Our own API as its clients see it, and each call as the curl that makes it."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from channels_fb.demo import loopback
from channels_fb.demo.cast import PSID
from channels_fb.demo.errors import NotYet

Json = dict[str, Any]

# A handover may take 15 seconds to answer.
TIMEOUT = 20


@dataclass(frozen=True)
class Call:
    """A call that changes something; its parameters are sent as a form."""

    method: str
    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def handover_call(parameters: Mapping[str, str]) -> Call:
    """Ask for a handover."""
    return Call("POST", "/1.0/bots/handover", parameters)


class Service:
    """Calls with one token."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self._session = loopback.session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def make(self, call: Call) -> requests.Response:
        """The answer, whatever it is."""
        url, parameters = f"{self.url}{call.path}", dict(call.parameters)
        return self._session.request(call.method, url, data=parameters, timeout=TIMEOUT)

    def curl(self, call: Call) -> list[str]:
        """The same call, to be pasted into a shell."""
        first = f"-X {call.method} {self.url}{call.path}"
        return _curl(first, _authorization(self.token), *_form(call.parameters))

    def handover(self, handover_id: str) -> Json:
        """What became of one."""
        return self._get(f"/1.0/bots/handovers/{handover_id}")

    def thread(self, psid: str = PSID) -> Json:
        """A customer's thread."""
        return self._newest("/1.0/content_threads", q=f"foreign:{psid}")

    def thread_control(self) -> Json:
        """Who holds the customer's thread, as the service knows it."""
        return dict(self.thread()["thread_control"])

    def has_heard(self, text: str) -> bool:
        """Whether the service has this message of the thread."""
        return bool(self._get("/1.0/content_threads", q=f'foreign:{PSID} text:"{text}"')["count"])

    def intervention(self) -> Json:
        """The last one that was opened on the customer's thread."""
        return self._newest("/1.0/interventions", thread_id=self.thread()["id"])

    def reply(self) -> Json:
        """The last message of the thread that an agent has written."""
        contents = self._get("/1.0/contents", thread_id=self.thread()["id"])["records"]
        replies = [content for content in contents if content["author"] == "agent"]
        if not replies:
            raise NotYet("the thread has no message of an agent's.")
        return dict(replies[0])

    def _newest(self, path: str, **parameters: str) -> Json:
        records = self._get(path, **parameters)["records"]
        if not records:
            raise NotYet(f"GET {path} finds nothing of this customer.")
        return dict(records[0])

    def _get(self, path: str, **parameters: str) -> Json:
        answer = self._session.get(f"{self.url}{path}", params=parameters, timeout=TIMEOUT)
        if answer.status_code != 200:
            raise NotYet(f"GET {path} is answered {answer.status_code}: {answer.text[:300]}")
        return dict(answer.json())


def shown(record: Json, *names: str) -> str:
    """As JSON, with these fields alone."""
    return json.dumps({name: record[name] for name in names})


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
