"""The Graph API client: one function that asks, and every way it can go wrong as an error of the port.

Where secrets go. The page token travels in the `Authorization` header and never in an address, as
addresses end up in exceptions and logs. `appsecret_proof` has no header at Meta: a POST carries it in its
body, a GET in its query, where it is of no use to anybody without the token. A token that Facebook is asked
about (`debug_token`) has to stand in the query, too: logs leave `input_token` out. Exceptions of the
libraries below hold the address, and with it the customer's id, so they are replaced and not chained.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.db import connections
from django.utils import timezone
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError, ProxyError
from urllib3.util import Timeout

from channels_fb.errors import GraphFault, channel_error, fault_of
from handover.channel import CallRecord, Deadline, OutcomeUnknown, Refused, Unavailable

LARGEST_ANSWER = 1024 * 1024
"""Bytes. Real answers have some hundred."""

CONNECTING = 2
"""How often a connection is tried. Nothing was asked before there is one, so this repeats nothing."""

LONGEST_WAIT_FOR_A_SLOT = 1.0
"""Seconds that a call waits while as many as may be are under way in this process."""

Json = dict[str, Any]


@dataclass(frozen=True)
class GraphRequest:
    """One call. `path` stands below the version; `fields` are the query of a GET, the body of a POST.

    `person` is the customer's id, and `inspected` a token that is asked about: both are kept out of error
    texts, as `token` is.
    """

    method: str
    path: str
    fields: Mapping[str, Any]
    token: str
    secret: str
    record: CallRecord
    person: str = ""
    inspected: str = ""


@dataclass(frozen=True)
class GraphAnswer:
    """An answer of HTTP. `body` is empty where it is no JSON object. `date`: Facebook's clock, if told."""

    status: int
    body: Json
    is_object: bool
    date: datetime | None
    headers: Mapping[str, str]

    @property
    def at(self) -> datetime:
        """Facebook's clock, in whole seconds; ours where the answer is not dated."""
        return self.date or timezone.now()

    @property
    def is_success(self) -> bool:
        """Meta's edges disagree on the body of a success: a 200 without an error counts."""
        return self.status == 200 and self.is_object and "error" not in self.body and not self.says_no

    @property
    def says_no(self) -> bool:
        return self.body.get("success") in (False, "false")


class _NotConnected(Exception):
    """There was no connection, so nothing was asked."""


def send(request: GraphRequest, deadline: Deadline) -> GraphAnswer:
    """Ask Facebook and return its success. Raises a `ChannelError` for everything else.

    Must be called outside of any transaction, and gives this thread's database connections back.
    """
    _leave_the_database()
    with _slot(request, deadline):
        answer = _ask(request, deadline)
    if answer.is_success:
        return answer
    raise channel_error(_fault(answer, request), request.record, answer.date, answer.headers)


def _fault(answer: GraphAnswer, request: GraphRequest) -> GraphFault:
    if answer.status == 200 and answer.says_no:
        return GraphFault(answer.status, text="it said that this was no success, and not why")
    return fault_of(answer.status, answer.body, lambda text: _without_secrets(text, request))


def _without_secrets(text: str, request: GraphRequest) -> str:
    """Some of Facebook's texts quote what they were sent: "Malformed access token EAA..."."""
    hidden = ((request.token, "[token]"), (request.inspected, "[token]"), (request.person, "[person]"))
    for word, stand_in in hidden:
        if word:
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", stand_in, text)
    return re.sub(r"\bEAA[A-Za-z0-9]{20,}", "[token]", text)


def _leave_the_database() -> None:
    """No lock, transaction or connection may wait for Facebook. SQLite in memory ignores `close()`."""
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            raise RuntimeError(
                f"Facebook was to be called inside a transaction on {connection.alias!r}: it would be held"
                " for as long as Facebook takes. Commit first, call, and settle in a second transaction."
            )
        connection.close()


class _Slots:
    """How many calls are under way or waiting to be, in this process.

    A thread that waits for Facebook cannot take a webhook. So both are few enough that web threads are left
    over, however slow Facebook is: three wait at most where four may call.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken = 0
        self._waiting = 0

    def take(self, seconds: float) -> bool:
        """False where there is no slot, and too many wait already or none came free in time."""
        most = settings.GRAPH_CONCURRENCY
        with self._changed:
            if self._taken >= most and self._waiting >= most * 3 // 4:
                return False
            self._waiting += 1
            try:
                is_free = self._changed.wait_for(lambda: self._taken < most, max(seconds, 0))
            finally:
                self._waiting -= 1
            self._taken += is_free
        return is_free

    def give_back(self) -> None:
        with self._changed:
            self._taken -= 1
            self._changed.notify()


_slots = _Slots()


@contextmanager
def _slot(request: GraphRequest, deadline: Deadline) -> Iterator[None]:
    if not _slots.take(min(LONGEST_WAIT_FOR_A_SLOT, deadline.remaining())):
        raise Unavailable(
            "Facebook was not asked: too many calls are waiting for its answer already.", request.record
        )
    try:
        yield
    finally:
        _slots.give_back()


def _ask(request: GraphRequest, deadline: Deadline) -> GraphAnswer:
    """Try to connect once more, by ourselves: urllib3 would log the address when it does."""
    reason = ""
    for _ in range(CONNECTING):
        if deadline.remaining() <= 0:
            reason = reason or "no time was left"
            break
        try:
            return _ask_once(request, deadline)
        except _NotConnected as error:
            reason = str(error)
    raise Unavailable(f"Facebook could not be asked: {reason}.", request.record)


def _ask_once(request: GraphRequest, deadline: Deadline) -> GraphAnswer:
    try:
        with _open(request, deadline) as response:
            return _answer(response, _read(response, deadline))
    except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
        reason, cause = _words(error), error
    if _never_connected(cause):
        raise _NotConnected(reason) from None
    if _cannot_be_sent(cause):
        raise Refused(f"Facebook cannot be asked so ({reason}): check token and address.", request.record)
    raise OutcomeUnknown(f"No answer came from Facebook: {reason}.", request.record) from None


def _open(request: GraphRequest, deadline: Deadline) -> requests.Response:
    fields = {**request.fields, "appsecret_proof": _proof(request.token, request.secret)}
    is_get = request.method == "GET"
    return _session().request(
        request.method,
        f"{settings.GRAPH_API_URL}/{settings.GRAPH_API_VERSION}/{request.path}",
        params=fields if is_get else None,
        json=None if is_get else fields,
        auth=_Bearer(request.token),
        timeout=_timeout(deadline),
        allow_redirects=False,
        stream=True,
    )


def _timeout(deadline: Deadline) -> Any:
    """`total` shortens the wait for an answer by what connecting took. (requests' types lack this form.)"""
    left = max(deadline.remaining(), 0.001)
    return Timeout(
        connect=min(settings.GRAPH_CONNECT_TIMEOUT, left),
        read=min(settings.GRAPH_READ_TIMEOUT, left),
        total=left,
    )


def _proof(token: str, secret: str) -> str:
    """Meta, "Securing Graph API calls": the token's HMAC by the app secret."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


class _Bearer(AuthBase):
    """The token as a header. Given as `auth`, it also keeps requests from taking one out of a .netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        if not (self._token.isascii() and self._token.isprintable()):
            raise requests.exceptions.InvalidHeader("the page token holds characters that no token has")
        prepared.headers["Authorization"] = f"Bearer {self._token}"
        return prepared


_local = threading.local()


def _session() -> requests.Session:
    """This thread's session, which keeps its connection open between calls.

    Proxies and certificates of the environment are honoured, as a server behind a firewall needs them to
    get out; except on the way to this machine, where a simulator runs.
    """
    session: requests.Session | None = getattr(_local, "session", None)
    if session is None:
        session = _local.session = requests.Session()
        session.headers.update({"User-Agent": "ringcx-bots", "Accept-Encoding": "identity"})
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.trust_env = not _is_this_machine(settings.GRAPH_API_URL)
    return session


def _is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read(response: requests.Response, deadline: Deadline) -> bytes:
    """The body, as long as time and space allow: a slow trickle never trips a socket's own time-out."""
    body = b""
    while chunk := _read_some(response, deadline):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise HTTPError("the answer is too long")
        if deadline.remaining() <= 0:
            raise TimeoutError("the answer came too slowly")
    return body


def _read_some(response: requests.Response, deadline: Deadline) -> bytes:
    socket = getattr(response.raw.connection, "sock", None)
    if socket is not None:
        socket.settimeout(max(deadline.remaining(), 0.001))
    chunk: bytes = response.raw.read1(65536, decode_content=False)
    return chunk


def _answer(response: requests.Response, raw: bytes) -> GraphAnswer:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    is_object = isinstance(body, dict)
    return GraphAnswer(
        status=response.status_code,
        body=body if is_object else {},
        is_object=is_object,
        date=_date(response.headers.get("Date", "")),
        headers=response.headers,
    )


def _date(header: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if not 2000 <= moment.year < 2100:  # What is reckoned with it must not leave the calendar.
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _never_connected(error: BaseException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    if isinstance(reason, NewConnectionError | ProxyError):
        return True
    return "CERTIFICATE_VERIFY_FAILED" in str(reason)  # Found before anything was asked.


def _cannot_be_sent(error: BaseException) -> bool:
    """An address or a header that is none: requests and http.client look before they send."""
    is_malformed = isinstance(error, requests.RequestException) and isinstance(error, ValueError)
    return is_malformed or isinstance(error, UnicodeEncodeError)


def _words(error: BaseException) -> str:
    """What went wrong, by type and by the operating system's words; other texts hold the address."""
    words = type(error).__name__
    root: BaseException | None = error
    for _ in range(10):
        if root is None or isinstance(root, OSError) and root.strerror:
            break
        root = _inner(root)
    return f"{words}, {root.strerror}" if isinstance(root, OSError) and root.strerror else words


def _inner(error: BaseException) -> BaseException | None:
    reason = getattr(error, "reason", None) or (error.args[0] if error.args else None)
    if isinstance(reason, BaseException):
        return reason
    return error.__cause__ or error.__context__
