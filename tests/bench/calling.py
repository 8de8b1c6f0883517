"""The least that sends 200 messages: threads with a connection each, and nothing to keep.

python -m tests.bench.calling GRAPH THREADS CALLS
"""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.bench.cast import PAGE, PAGE_TOKEN
from tests.bench.stage import people

_local = threading.local()


def call(graph: str, psid: str) -> None:
    """Send one message."""
    if not hasattr(_local, "session"):
        _local.session = requests.Session()
        _local.session.trust_env = False
    answer = _local.session.post(
        f"{graph}/v26.0/{PAGE}/messages",
        json={"recipient": {"id": psid}, "messaging_type": "RESPONSE", "message": {"text": "On its way"}},
        headers={"Authorization": f"Bearer {PAGE_TOKEN}"},
        timeout=10,
    )
    answer.raise_for_status()


def main(graph: str, threads: int, calls: int) -> None:
    """All of them."""
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda psid: call(graph, psid), people(calls)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
