"""Driving a simulator that runs in another process, with the methods of `Simulator` itself."""

from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import requests

from channels_fb.simulator.client_knobs import ClientKnobs
from channels_fb.simulator.errors import GraphError, Refusal, UnknownThing, VerificationFailed
from channels_fb.simulator.model import FIELDS, Mode
from channels_fb.simulator.records import Delivery, GraphCall, Json, Line, SentEvent
from channels_fb.simulator.wire import to_record

RAISED: dict[str, type[Exception]] = {
    "UnknownThing": UnknownThing,
    "VerificationFailed": VerificationFailed,
    "TimeoutError": TimeoutError,
}


class SimulatorClient:
    """`base_url` is the simulator's address; its methods answer and raise as `Simulator`'s do."""

    def __init__(self, base_url: str) -> None:
        self.url = base_url.rstrip("/")
        self.knobs = ClientKnobs(self._post)
        self._session = requests.Session()
        self._session.trust_env = False  # A proxy of the environment would break loopback.

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Setting the stage

    def add_app(
        self,
        app_id: str,
        secret: str,
        name: str,
        callback_url: str | None = None,
        verify_token: str | None = None,
        require_proof: bool = False,
    ) -> None:
        self._post(
            "add_app",
            app_id=app_id,
            secret=secret,
            name=name,
            callback_url=callback_url,
            verify_token=verify_token,
            require_proof=require_proof,
        )

    def set_callback(self, app_id: str, url: str, verify_token: str) -> None:
        self._post("set_callback", app_id=app_id, url=url, verify_token=verify_token)

    def change_secret(self, app_id: str, secret: str) -> None:
        self._post("change_secret", app_id=app_id, secret=secret)

    def add_page(self, page_id: str, name: str, mode: Mode, primary_app_id: str | None = None) -> None:
        self._post("add_page", page_id=page_id, name=name, mode=mode, primary_app_id=primary_app_id)

    def connect(self, page_id: str, app_id: str, token: str, take_over: bool = False) -> None:
        self._post("connect", page_id=page_id, app_id=app_id, token=token, take_over=take_over)

    def subscribe(self, page_id: str, app_id: str, fields: Sequence[str] = FIELDS) -> None:
        self._post("subscribe", page_id=page_id, app_id=app_id, fields=list(fields))

    def grant(self, page_id: str, app_id: str, permissions: Sequence[str]) -> None:
        self._post("grant", page_id=page_id, app_id=app_id, permissions=list(permissions))

    def end_token(self, page_id: str, app_id: str, seconds: float) -> None:
        self._post("end_token", page_id=page_id, app_id=app_id, seconds=seconds)

    def list_fields(self, app_id: str, fields: Sequence[str]) -> None:
        self._post("list_fields", app_id=app_id, fields=list(fields))

    def add_person(self, page_id: str, psid: str, first_name: str = "", last_name: str = "") -> None:
        self._post("add_person", page_id=page_id, psid=psid, first_name=first_name, last_name=last_name)

    def set_mode(self, page_id: str, mode: Mode, primary_app_id: str | None = None) -> None:
        self._post("set_mode", page_id=page_id, mode=mode, primary_app_id=primary_app_id)

    def set_take_over(self, page_id: str, app_id: str, on: bool) -> None:
        self._post("set_take_over", page_id=page_id, app_id=app_id, on=on)

    # Time

    def now(self) -> datetime:
        return datetime.fromisoformat(self._get("now"))

    def advance(self, seconds: float) -> None:
        self._post("advance", seconds=seconds)

    def wait_until_quiet(self, timeout: float = 5) -> None:
        self._post("wait_until_quiet", timeout=timeout)

    # The customer

    def customer_writes(
        self, page_id: str, psid: str, text: str, attachments: list[Json] | None = None
    ) -> str:
        return str(
            self._post("customer_writes", page_id=page_id, psid=psid, text=text, attachments=attachments)
        )

    def customer_taps(self, page_id: str, psid: str, title: str, payload: str) -> str:
        return str(self._post("customer_taps", page_id=page_id, psid=psid, title=title, payload=payload))

    def customer_reads(self, page_id: str, psid: str) -> None:
        self._post("customer_reads", page_id=page_id, psid=psid)

    def customer_blocks(self, page_id: str, psid: str, blocked: bool = True) -> None:
        self._post("customer_blocks", page_id=page_id, psid=psid, blocked=blocked)

    # The Page Inbox

    def inbox_replies(self, page_id: str, psid: str, text: str, ai_generated: bool = False) -> str:
        mid = self._post("inbox_replies", page_id=page_id, psid=psid, text=text, ai_generated=ai_generated)
        return str(mid)

    def inbox_takes(self, page_id: str, psid: str) -> None:
        self._post("inbox_takes", page_id=page_id, psid=psid)

    def inbox_passes(self, page_id: str, psid: str, app_id: str) -> None:
        self._post("inbox_passes", page_id=page_id, psid=psid, app_id=app_id)

    def inbox_releases(self, page_id: str, psid: str) -> None:
        self._post("inbox_releases", page_id=page_id, psid=psid)

    # Other apps

    def app_sends(
        self,
        app_id: str,
        page_id: str,
        psid: str,
        text: str,
        metadata: str | None = None,
        tag: str | None = None,
    ) -> str:
        who = {"app_id": app_id, "page_id": page_id, "psid": psid}
        return str(self._post("app_sends", **who, text=text, metadata=metadata, tag=tag))

    def app_passes(
        self,
        app_id: str,
        page_id: str,
        psid: str,
        target_app_id: str | None = None,
        metadata: str | None = None,
    ) -> None:
        who = {"app_id": app_id, "page_id": page_id, "psid": psid}
        self._post("app_passes", **who, target_app_id=target_app_id, metadata=metadata)

    def app_takes(self, app_id: str, page_id: str, psid: str, metadata: str | None = None) -> None:
        self._post("app_takes", app_id=app_id, page_id=page_id, psid=psid, metadata=metadata)

    def app_requests(self, app_id: str, page_id: str, psid: str, metadata: str | None = None) -> None:
        self._post("app_requests", app_id=app_id, page_id=page_id, psid=psid, metadata=metadata)

    def app_releases(self, app_id: str, page_id: str, psid: str) -> None:
        self._post("app_releases", app_id=app_id, page_id=page_id, psid=psid)

    def app_extends(self, app_id: str, page_id: str, psid: str, seconds: int) -> None:
        self._post("app_extends", app_id=app_id, page_id=page_id, psid=psid, seconds=seconds)

    # Looking

    def owner(self, page_id: str, psid: str) -> str | None:
        found: str | None = self._get("owner", page_id=page_id, psid=psid)
        return found

    def transcript(self, page_id: str, psid: str) -> list[Line]:
        return [to_record(Line, line) for line in self._get("transcript", page_id=page_id, psid=psid)]

    @property
    def calls(self) -> list[GraphCall]:
        return [to_record(GraphCall, call) for call in self._get("calls")]

    @property
    def deliveries(self) -> list[Delivery]:
        return [to_record(Delivery, delivery) for delivery in self._get("deliveries")]

    def events(self, app_id: str) -> list[SentEvent]:
        return [to_record(SentEvent, event) for event in self._get("events", app_id=app_id)]

    def forget(self) -> None:
        self._post("forget")

    def state(self) -> Json:
        return dict(self._get("state"))

    def call(self, name: str, arguments: Json) -> Any:
        """Any driving method by its name, knobs as `knobs/fail_next`; for stages written down as data."""
        return self._post(name, **arguments)

    # Inside

    def _get(self, name: str, /, **arguments: str) -> Any:
        return _result(self._session.get(f"{self.url}/_simulator/{name}", params=arguments, timeout=60))

    def _post(self, name: str, /, **arguments: Any) -> Any:
        return _result(self._session.post(f"{self.url}/_simulator/{name}", json=arguments, timeout=60))


def _result(answer: requests.Response) -> Any:
    content = answer.json()
    if answer.status_code == 200:
        return content["result"]
    error = content["error"]
    if "code" in error:
        subcode = error.get("error_subcode")
        raise GraphError(
            Refusal(
                error["code"],
                subcode,
                error["message"],
                error["type"],
                answer.status_code,
                error.get("is_transient"),
            )
        )
    raise RAISED.get(error["kind"], ValueError)(error["message"])
