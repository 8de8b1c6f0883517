"""Callers: connections that are kept open, each sending ready-made bytes and waiting for the answer."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from statistics import median, quantiles
from urllib.request import urlopen

from tests.bench.cast import AGENT_SECRET

_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
ANSWERED_WITHIN = 60


@dataclass
class Result:
    """What the callers saw. Times are in seconds."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Successes a second."""
        return self.statuses[200] / self.seconds

    @property
    def p50(self) -> float:
        return median(self.times)

    @property
    def p99(self) -> float:
        return quantiles(self.times, n=100)[98] if len(self.times) > 1 else self.times[0]

    def must_be_all_right(self) -> Result:
        if set(self.statuses) != {200}:
            raise SystemExit(f"Not every call was answered 200: {dict(self.statuses)}")
        return self


def post(path: str, body: bytes, **headers: str) -> bytes:
    """A request as bytes."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def get(path: str, cookie: str) -> bytes:
    """A page for whoever has logged in."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: {cookie}"]
    return "\r\n".join([*lines, "", ""]).encode()


def handover(path: str, token: str, psid: str, to: str = "agent") -> bytes:
    """A call of the Bots API."""
    sides = {"from": "bot" if to == "agent" else "agent", "to": to}
    content = {"identity_foreign_id": psid, "type": "messenger", **sides}
    return post(
        path, json.dumps(content).encode(), Content_Type="application/json", Authorization=f"Bearer {token}"
    )


def reply(path: str, token: str, thread: int) -> bytes:
    """An agent's reply on the thread of this key."""
    content = {"thread_id": f"{thread:024x}", "body": "On its way"}
    return post(
        path, json.dumps(content).encode(), Content_Type="application/json", Authorization=f"Bearer {token}"
    )


def delivery(path: str, body: bytes) -> bytes:
    """A delivery as Facebook signs it."""
    return post(path, body, Content_Type="application/json", X_Hub_Signature_256=signature(body))


def signature(body: bytes) -> str:
    """The header's value."""
    return "sha256=" + hmac.new(AGENT_SECRET.encode(), body, hashlib.sha256).hexdigest()


def run(port: int, requests: Iterable[bytes], callers: int) -> Result:
    """Send the requests from so many callers at once, each taking the next one when it has its answer."""
    return asyncio.run(_run(port, iter(requests), callers))


async def _run(port: int, requests: Iterator[bytes], callers: int) -> Result:
    wires = [await asyncio.open_connection("127.0.0.1", port) for _ in range(callers)]
    result = Result()
    begun = time.perf_counter()
    await asyncio.gather(*(_call(wire, port, requests, result) for wire in wires))
    result.seconds = time.perf_counter() - begun
    return result


_Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _call(wire: _Wire, port: int, requests: Iterator[bytes], result: Result) -> None:
    reader, writer = wire
    for request in requests:
        begun = time.perf_counter()
        writer.write(request)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), ANSWERED_WITHIN)
        length = _LENGTH.search(head)
        await reader.readexactly(int(length[1]) if length else 0)
        result.times.append(time.perf_counter() - begun)
        result.statuses[int(head[9:12])] += 1
        if b"connection: close" in head.lower():
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


def graph_calls(address: str) -> list[float]:
    """When each call came to the fake Graph, by the machine's monotonic clock."""
    with urlopen(f"{address}/calls", timeout=5) as answer:  # noqa: S310 - it is http.
        return list(json.load(answer))
