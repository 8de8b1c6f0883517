"""Delivering webhooks: signed, in order, repeated until it is answered 200 ("Webhooks" page)."""

import hashlib
import hmac
import json
import secrets
import threading
from collections import deque
from collections.abc import Callable

import requests

from channels_fb.simulator.clock import Clock, milliseconds
from channels_fb.simulator.errors import VerificationFailed
from channels_fb.simulator.model import App
from channels_fb.simulator.queues import WebhookQueues
from channels_fb.simulator.records import Delivery, Json, SentEvent

ANSWER_WITHIN = 5.0
"""Seconds Meta waits for the 200."""

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
"""Seconds between attempts, doubling. Meta's own schedule is not published; this one suits tests."""

KEPT_DELIVERIES = 10_000


class WebhookSender:
    """Owns the delivery threads; `log` is what it tried so far, oldest first."""

    def __init__(self, queues: WebhookQueues, clock: Clock, find_app: Callable[[str], App]) -> None:
        self.log: deque[Delivery] = deque(maxlen=KEPT_DELIVERIES)
        self._queues = queues
        self._clock = clock
        self._find_app = find_app
        self._threads: dict[str, threading.Thread] = {}

    def serve(self, app_id: str) -> None:
        """Start this app's thread, once."""
        if app_id in self._threads:
            return
        thread = threading.Thread(
            target=self._deliver_all, args=(app_id,), name=f"webhooks-{app_id}", daemon=True
        )
        self._threads[app_id] = thread
        thread.start()

    def join(self) -> None:
        """After the queues were stopped; a request still in flight may outlive this, being a daemon's."""
        for thread in self._threads.values():
            thread.join(timeout=1)

    def _deliver_all(self, app_id: str) -> None:
        with _session() as session:
            while batch := self._queues.take(app_id):
                self._deliver(session, app_id, encode(batch))
                self._queues.done(app_id)

    def _deliver(self, session: requests.Session, app_id: str, body: bytes) -> None:
        attempt, pause = 1, FIRST_PAUSE
        while self._attempt(session, app_id, body, attempt) != 200:
            if self._queues.pause(pause):
                return
            attempt, pause = attempt + 1, min(2 * pause, LONGEST_PAUSE)

    def _attempt(self, session: requests.Session, app_id: str, body: bytes, attempt: int) -> int | None:
        """The app is looked up each time: its callback or secret may have changed since."""
        at, app = self._clock.now(), self._find_app(app_id)
        status = _post(session, app.callback_url or "", app.secret, body)
        self.log.append(Delivery(at, app_id, attempt, status, body))
        return status


def encode(batch: list[SentEvent]) -> bytes:
    """One delivery; neighbours of the same page and key share an entry. Non-ASCII is escaped, as at Meta."""
    entries: list[Json] = []
    for sent in batch:
        if not (entries and entries[-1]["id"] == sent.page_id and sent.key in entries[-1]):
            entries.append({"id": sent.page_id, "time": milliseconds(sent.at), sent.key: []})
        entries[-1][sent.key].append(sent.event)
    return json.dumps({"object": "page", "entry": entries}, separators=(",", ":")).encode("ascii")


def signature(secret: str, body: bytes) -> str:
    """The value of `X-Hub-Signature-256`."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def verify_callback(url: str, verify_token: str) -> None:
    """Meta's GET before it saves a callback: the endpoint must echo the challenge with a 200."""
    challenge = str(secrets.randbelow(2**31))
    query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    try:
        with _session() as session:
            answer = session.get(url, params=query, timeout=ANSWER_WITHIN, allow_redirects=False)
    except requests.RequestException as error:
        raise VerificationFailed(f"the callback could not be reached: {type(error).__name__}") from None
    if answer.status_code != 200 or answer.text.strip() != challenge:
        raise VerificationFailed(f"the callback answered {answer.status_code} without the challenge")


def _post(session: requests.Session, url: str, secret: str, body: bytes) -> int | None:
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature(secret, body)}
    try:
        answer = session.post(url, data=body, headers=headers, timeout=ANSWER_WITHIN, allow_redirects=False)
    except requests.RequestException:
        return None
    return answer.status_code


def _session() -> requests.Session:
    """Straight to the callback: a proxy of the environment would break loopback."""
    session = requests.Session()
    session.trust_env = False
    return session
