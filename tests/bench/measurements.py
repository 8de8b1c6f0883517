"""What is measured. Each measurement runs both sides in turns, as a machine's speed changes by the minute."""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from channels_fb.simulator import SimulatorClient
from tests.bench import load, processes, stage
from tests.bench.cast import AGENT, AGENT_SECRET, BOT, PAGE, PAGE_TOKEN
from tests.bench.load import Result
from tests.bench.processes import Service
from tests.bench.statements import MOST

HANDOVER, BARE_HANDOVER = "/1.0/bots/handover", "/handover"
WEBHOOK, BARE_WEBHOOK = f"/webhooks/facebook/{AGENT}", "/webhook"


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    rounds: int
    calls: int
    """In a round from one caller; with many callers a multiple."""
    threads: int
    """In the database whose size is what is measured."""


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    what: str
    ours: str
    beside: str
    figure: str
    aim: str
    is_met: bool | None = None
    """None where there is no aim."""


@dataclass(frozen=True)
class Pair:
    """The service and the baseline, both running."""

    ours: Service
    bare: Service
    token: str
    folder: Path


@contextmanager
def both(graph: str, people: int = 1, owner: str = "bot") -> Iterator[Pair]:
    """Both services, each with a new database."""
    with tempfile.TemporaryDirectory(prefix="ringcx-bots-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        ours = processes.environment(folder, "ringcx_bots.settings", graph)
        bare = {**ours, "DJANGO_SETTINGS_MODULE": "tests.bench.baseline.settings"}
        processes.python(ours, "manage.py", "migrate", "--verbosity", "0")
        processes.python(bare, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0")
        token = processes.python(ours, "-m", "tests.bench.stage", str(people), owner)
        yield Pair(
            stack.enter_context(processes.gunicorn("ringcx_bots.wsgi", ours, folder / "ours.log")),
            stack.enter_context(processes.gunicorn("tests.bench.baseline.wsgi", bare, folder / "bare.log")),
            token,
            folder,
        )


@contextmanager
def at_the_simulator(people: list[str], delay: float) -> Iterator[Pair]:
    """Both services before the simulated Facebook."""
    with (
        tempfile.TemporaryDirectory(prefix="ringcx-bots-bench-") as name,
        simulator(Path(name), people, delay) as graph,
        both(graph, len(people)) as pair,
    ):
        yield pair


@contextmanager
def at_a_fast_graph(people: list[str], delay: float) -> Iterator[Pair]:
    """Both services before a Graph that costs next to nothing itself."""
    with (
        tempfile.TemporaryDirectory(prefix="ringcx-bots-bench-") as name,
        processes.graph(Path(name), delay) as graph,
        both(graph, len(people)) as pair,
    ):
        yield pair


@contextmanager
def simulator(folder: Path, people: list[str], delay: float) -> Iterator[str]:
    """The simulated Facebook, in a process of its own, where everybody has written to the page."""
    port = processes.free_port()
    environment = processes.environment(folder, "ringcx_bots.settings", "http://127.0.0.1:9")
    command = ("manage.py", "messenger_simulator", "--port", str(port))
    with processes.running(environment, port, folder / "simulator.log", *command):
        url = f"http://127.0.0.1:{port}"
        with SimulatorClient(url) as facebook:
            facebook.add_app(BOT, "bot-secret", "Acme bot")
            facebook.add_app(AGENT, AGENT_SECRET, "RingCX Bots")
            facebook.add_page(PAGE, "Acme", "receivers", BOT)
            facebook.connect(PAGE, BOT, "bot-page-token")
            facebook.connect(PAGE, AGENT, PAGE_TOKEN)
            for psid in people:
                facebook.add_person(PAGE, psid)
                facebook.customer_writes(PAGE, psid, "Hello")
            facebook.knobs.delay("*", delay, times=None)
        yield url


# Statements.


def statements(size: Size) -> list[Row]:
    """As the tests bound them."""
    rows = []
    with tempfile.TemporaryDirectory() as name, processes.graph(Path(name), 0) as graph:
        for what, most in MOST.items():
            folder = Path(name) / what.replace(" ", "-")
            folder.mkdir()
            environment = processes.environment(folder, "ringcx_bots.settings", graph)
            processes.python(environment, "manage.py", "migrate", "--verbosity", "0")
            owner = "agent" if what.startswith("a") else "bot"
            count = int(processes.python(environment, "-m", "tests.bench.stage", "1", owner, what))
            rows.append(Row(f"SQL statements: {what}", str(count), "", "", f"<= {most}", count <= most))
    return rows


# Handover.


def handover_latency(size: Size) -> list[Row]:
    """One caller, one call after the other, against the simulator."""
    people = stage.people((size.rounds + 1) * size.calls)
    with at_the_simulator(people, 0.05) as pair:
        rounds = [_latency_round(pair, people, size, number) for number in range(size.rounds + 1)][1:]
    ours, bare = (median(times) for times in zip(*rounds, strict=True))
    ratio = median(mine / others for mine, others in rounds)
    return [
        Row(
            "Handover, bot to agent: p50 less Graph's 50 ms",
            ms(ours),
            f"{ms(bare)} (bare DRF view: the same call, two rows)",
            f"{ratio:.2f} times",
            "<= 1.5 times",
            ratio <= 1.5,
        )
    ]


def _latency_round(pair: Pair, people: list[str], size: Size, number: int) -> tuple[float, float]:
    mine = people[number * size.calls : (number + 1) * size.calls]
    ours = load.run(pair.ours.port, (load.handover(HANDOVER, pair.token, psid) for psid in mine), 1)
    bare = load.run(pair.bare.port, (load.handover(BARE_HANDOVER, "", psid) for psid in mine), 1)
    return ours.must_be_all_right().p50 - 0.05, bare.must_be_all_right().p50 - 0.05


def handover_throughput(size: Size) -> list[Row]:
    """64 callers at a Graph that takes 200 ms: 320 calls a second are possible."""
    calls = 20 * size.calls
    people = stage.people((size.rounds + 1) * calls)
    with at_a_fast_graph(people, 0.2) as pair:
        rounds = [
            (_handovers(pair, people[number * calls :][:calls]), _bare_handovers(pair, people[:calls]))
            for number in range(size.rounds + 1)
        ][1:]
    ours, bare = (median(result.rate for result in side) for side in zip(*rounds, strict=True))
    share = ours / 320
    return [
        Row(
            "Handover under 64 callers, a Graph of 200 ms (320 a second are possible)",
            f"{ours:.0f} a second, p99 {ms(median(mine.p99 for mine, _ in rounds))}",
            f"{bare:.0f} a second (bare DRF view)",
            f"{share:.2f} of what is possible",
            ">= 0.85",
            share >= 0.85,
        )
    ]


def _handovers(pair: Pair, people: list[str]) -> Result:
    requests = (load.handover(HANDOVER, pair.token, psid) for psid in people)
    return load.run(pair.ours.port, requests, 64).must_be_all_right()


def _bare_handovers(pair: Pair, people: list[str]) -> Result:
    requests = (load.handover(BARE_HANDOVER, "", psid) for psid in people)
    return load.run(pair.bare.port, requests, 64).must_be_all_right()


def one_thread(size: Size) -> list[Row]:
    """32 callers ask for the same thread at once: one of them asks Facebook, the others are told so."""
    people = stage.people(2 * size.rounds + 40)
    with at_a_fast_graph(people, 0.05) as pair:
        _handovers(pair, people[2 * size.rounds :])
        rounds = [_crowd(pair, *people[2 * number : 2 * number + 2]) for number in range(size.rounds)]
    alone, crowd = (median(times) for times in zip(*[times for times, _ in rounds], strict=True))
    slower = median(many / one for (one, many), _ in rounds)
    calls = {calls for _, calls in rounds}
    return [
        Row(
            "32 callers on one thread: until the last is answered; Graph calls",
            f"{ms(crowd)}; {', '.join(map(str, sorted(calls)))}",
            f"{ms(alone)} (one caller)",
            f"{slower:.2f} times",
            "<= 2 times; 1 call",
            slower <= 2 and calls == {1},
        )
    ]


def _crowd(pair: Pair, first: str, second: str) -> tuple[tuple[float, float], int]:
    graph = pair.ours.environment["GRAPH_API_URL"]
    alone = load.run(pair.ours.port, [load.handover(HANDOVER, pair.token, first)], 1)
    before = len(load.graph_calls(graph))
    crowd = load.run(pair.ours.port, [load.handover(HANDOVER, pair.token, second)] * 32, 32)
    return (max(alone.times), max(crowd.times)), len(load.graph_calls(graph)) - before


# The queue of writers.


def writers(size: Size) -> list[Row]:
    """Two processes of 32 threads that write without a pause."""
    seconds = min(size.calls / 10, 5.0)
    rounds = [
        (_written("ringcx_bots.sqlite", seconds), _written("django.db.backends.sqlite3", seconds))
        for _ in range(size.rounds)
    ]
    ours, stock = (
        (median(result.rate for result in side), median(result.p99 for result in side), longest(side))
        for side in zip(*rounds, strict=True)
    )
    return [
        Row(
            "SQLite, 64 writers in two processes: transactions",
            f"{ours[0]:.0f} a second",
            f"{stock[0]:.0f} a second (stock backend)",
            f"{ours[0] / stock[0]:.2f} of it",
            "",
        ),
        Row("SQLite, the same: p99", ms(ours[1]), ms(stock[1]), f"{ours[1] / stock[1]:.2f} of it", ""),
        Row(
            "SQLite, the same: the longest",
            ms(ours[2]),
            ms(stock[2]),
            f"{ours[2] / stock[2]:.2f} of it",
            "",
        ),
    ]


def longest(results: Iterable[Result]) -> float:
    return max(max(result.times) for result in results)


def _written(engine: str, seconds: float) -> Result:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = processes.environment(folder, "", "http://127.0.0.1:9")
        command = ("-m", "tests.bench.writers", str(folder / "writers.sqlite3"), engine)
        processes.python(environment, *command, "0", "0")
        with ThreadPoolExecutor(2) as pool:
            printed = pool.map(
                lambda _: processes.python(environment, *command, "32", str(seconds)), range(2)
            )
        times = [each for text in printed for each in json.loads(text)]
    return Result(seconds, times, Counter({200: len(times)}))


# Webhooks.

_mids = count(1)
NOW_MS = int(time.time() * 1000)


def _event(psid: str) -> dict[str, Any]:
    number = next(_mids)
    return {
        "sender": {"id": psid},
        "recipient": {"id": PAGE},
        "timestamp": NOW_MS + number,
        "message": {"mid": f"m_{number}", "text": "Where is my parcel?"},
    }


def _delivery(psids: list[str]) -> bytes:
    entry = {"id": PAGE, "time": NOW_MS, "messaging": [_event(psid) for psid in psids]}
    return json.dumps({"object": "page", "entry": [entry]}).encode()


def webhook_throughput(size: Size) -> list[Row]:
    """Single messages of 200 people, from 32 callers."""
    people, calls = stage.people(200), 20 * size.calls
    with both("http://127.0.0.1:9", len(people)) as pair:
        rounds = [_webhook_round(pair, people, calls) for _ in range(size.rounds + 1)][1:]
    ours, bare = (median(result.rate for result in side) for side in zip(*rounds, strict=True))
    ratio = median(mine.rate / others.rate for mine, others in rounds)
    p99 = median(mine.p99 for mine, _ in rounds)
    return [
        Row(
            "Webhooks: signed single messages, 32 callers",
            f"{ours:.0f} a second",
            f"{bare:.0f} a second (verify, insert the body)",
            f"{ratio:.2f} of it",
            ">= 0.4",
            ratio >= 0.4,
        ),
        Row(
            "Webhooks: p99 of the same",
            ms(p99),
            ms(median(r.p99 for _, r in rounds)),
            "",
            "< 250 ms",
            p99 < 0.25,
        ),
    ]


def _webhook_round(pair: Pair, people: list[str], calls: int) -> tuple[Result, Result]:
    bodies = [_delivery([people[number % len(people)]]) for number in range(calls)]
    ours = load.run(pair.ours.port, [load.delivery(WEBHOOK, body) for body in bodies], 32)
    bare = load.run(pair.bare.port, [load.delivery(BARE_WEBHOOK, body) for body in bodies], 32)
    return ours.must_be_all_right(), bare.must_be_all_right()


def large_deliveries(size: Size) -> list[Row]:
    """50 messages in one delivery, of one person and of 50, beside a single one."""
    people = stage.people(50)
    with both("http://127.0.0.1:9", len(people)) as pair:
        rounds = [_sizes_round(pair, people, size.calls) for _ in range(size.rounds + 1)][1:]
    single, *large = (median(times) for times in zip(*rounds, strict=True))
    rows = []
    for position, (words, p50) in enumerate(zip(("one person", "50 people"), large, strict=True), start=1):
        ratio = median(times[position] / times[0] for times in rounds)
        rows.append(
            Row(
                f"A delivery of 50 messages of {words}",
                ms(p50),
                f"{ms(single)} (a single message)",
                f"{ratio:.1f} times",
                "<= 8 times",
                ratio <= 8,
            )
        )
    return rows


def _sizes_round(pair: Pair, people: list[str], calls: int) -> tuple[float, float, float]:
    def p50(make: Callable[[int], list[str]], times: int) -> float:
        requests = [load.delivery(WEBHOOK, _delivery(make(number))) for number in range(times)]
        return load.run(pair.ours.port, requests, 1).must_be_all_right().p50

    few = max(calls // 4, 4)
    return (
        p50(lambda number: [people[number % 50]], calls),
        p50(lambda number: [people[number % 50]] * 50, few),
        p50(lambda number: people, few),
    )


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
