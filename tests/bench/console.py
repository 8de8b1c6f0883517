"""The pages of the console where there are many threads, beside the same pages where there are few."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench import load, processes
from tests.bench.measurements import Row, Size, ms
from tests.bench.processes import Service

FEWER = 20
"""How many times as many threads one side has as the other."""

CONTENTS = 25
"""For each thread."""

NOWHERE = "http://127.0.0.1:9"
"""The pages show what is known; Facebook is not asked."""


@dataclass(frozen=True)
class Side:
    """A service with its load, and staff who have logged in. `pages`: paths by what the page is."""

    service: Service
    cookie: str
    pages: Mapping[str, str]

    def p50(self, page: str, calls: int) -> float:
        """Seconds, of one visitor who looks again and again."""
        request = load.get(self.pages[page], self.cookie)
        return load.run(self.service.port, [request] * calls, 1).must_be_all_right().p50


@contextmanager
def side(threads: int) -> Iterator[Side]:
    """A service of its own with so many threads."""
    with tempfile.TemporaryDirectory(prefix="ringcx-bots-bench-") as name:
        environment = processes.environment(Path(name), "ringcx_bots.settings", NOWHERE)
        processes.python(environment, "manage.py", "migrate", "--verbosity", "0")
        amount = ("--threads", str(threads), "--contents", str(threads * CONTENTS))
        processes.python(environment, "manage.py", "make_load", *amount)
        seen = json.loads(processes.python(environment, "-m", "tests.bench.staff", str(CONTENTS)))
        with processes.gunicorn("ringcx_bots.wsgi", environment, Path(name) / "web.log") as service:
            yield Side(service, **seen)


def console_pages(size: Size) -> list[Row]:
    """Each page on either side, in turns."""
    with side(size.threads) as many, side(size.threads // FEWER) as few:
        return [_row(page, size, many, few) for page in many.pages]


def _row(page: str, size: Size, many: Side, few: Side) -> Row:
    calls = max(size.calls // 3, 2)
    rounds = [(many.p50(page, calls), few.p50(page, calls)) for _ in range(size.rounds + 1)][1:]
    ours, beside = (median(times) for times in zip(*rounds, strict=True))
    ratio = median(mine / others for mine, others in rounds)
    return Row(
        f"Console, {page}: p50 with {size.threads:,} threads",
        ms(ours),
        f"{ms(beside)} (with {size.threads // FEWER:,} threads)",
        f"{ratio:.2f} times",
        "<= 1.5 times",
        ratio <= 1.5,
    )
