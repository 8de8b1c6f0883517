"""Agents' replies on their way out: how many a second, and how soon one is with Graph."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.bench import load, processes
from tests.bench.measurements import Row, Size, ms
from tests.bench.processes import Service

THREADS, DELAY, CALLERS = 200, 0.2, 32
CONTENTS = "/1.0/contents"


@contextmanager
def desk(delay: float, people: int) -> Iterator[tuple[Service, str]]:
    """The service, its worker, and a Graph; we hold everybody's thread, and somebody is engaged in it.

    With a token whose replies are accepted.
    """
    with tempfile.TemporaryDirectory(prefix="ringcx-bots-bench-") as name:
        folder = Path(name)
        with processes.graph(folder, delay) as graph:
            environment = processes.environment(folder, "ringcx_bots.settings", graph)
            processes.python(environment, "manage.py", "migrate", "--verbosity", "0")
            token = processes.python(environment, "-m", "tests.bench.stage", str(people), "agent")
            processes.python(environment, "-m", "tests.bench.writing", "engage")
            with (
                processes.worker(environment, folder / "worker.log"),
                processes.gunicorn("ringcx_bots.wsgi", environment, folder / "web.log") as service,
            ):
                yield service, token


def reply_throughput(size: Size) -> list[Row]:
    """One reply to each of 200 people, all written at once, beside a client that only calls."""
    with desk(DELAY, THREADS) as (service, _):
        rounds = [(_replies(service), _bare_calls(service)) for _ in range(size.rounds + 1)][1:]
    ours, bare = (median(rates) for rates in zip(*rounds, strict=True))
    share = median(mine / others for mine, others in rounds)
    return [
        Row(
            f"Replies to {THREADS} threads, a Graph of 200 ms, one worker",
            f"{ours:.0f} a second",
            f"{bare:.0f} a second ({CALLERS} threads that only call, each on its connection)",
            f"{share:.2f} of it",
            ">= 0.7",
            share >= 0.7,
        )
    ]


def _replies(service: Service) -> float:
    return _rate(service, lambda: processes.python(service.environment, "-m", "tests.bench.writing", "write"))


def _bare_calls(service: Service) -> float:
    graph = service.environment["GRAPH_API_URL"]
    command = ("-m", "tests.bench.calling", graph, str(CALLERS), str(THREADS))
    return _rate(service, lambda: processes.python(service.environment, *command))


def _rate(service: Service, begin: Callable[[], object]) -> float:
    """Calls a second, from when the first came until the last was answered."""
    graph = service.environment["GRAPH_API_URL"]
    before = len(load.graph_calls(graph))
    begin()
    calls = _wait_for_calls(graph, before + THREADS)[before:]
    processes.python(service.environment, "-m", "tests.bench.writing", "wait")
    return THREADS / (calls[-1] + DELAY - calls[0])


def reply_latency(size: Size) -> list[Row]:
    """One reply after the other, each when the one before has gone out."""
    count = 2 * size.calls
    with desk(0, count) as (service, token):
        times = [_sent(service, token, number + 1) for number in range(count)][size.calls :]
    until_graph, until_answered = (median(each) for each in zip(*times, strict=True))
    return [
        Row(
            "From POST /1.0/contents to the Graph call, an idle system: p50",
            ms(until_graph),
            f"{ms(until_answered)} (until the POST is answered)",
            "",
            "< 60 ms",
            until_graph < 0.06,
        )
    ]


def _sent(service: Service, token: str, thread: int) -> tuple[float, float]:
    """Seconds until Graph was called, and until the POST was answered."""
    graph = service.environment["GRAPH_API_URL"]
    before = len(load.graph_calls(graph))
    request = load.reply(CONTENTS, token, thread)
    begun = time.monotonic()
    answered = load.run(service.port, [request], 1).must_be_all_right()
    calls = _wait_for_calls(graph, before + 1)
    time.sleep(0.05)  # The worker settles it, and has nothing to do any more.
    return calls[before] - begun, answered.p50


def _wait_for_calls(graph: str, count: int) -> list[float]:
    ends = time.monotonic() + 60
    while len(calls := load.graph_calls(graph)) < count:
        if time.monotonic() > ends:
            raise SystemExit(f"Graph was called {len(calls)} times only, not {count}.")
        time.sleep(0.02)
    return calls
