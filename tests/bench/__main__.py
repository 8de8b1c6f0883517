"""Measure everything, print the table and keep it in docs/performance.md. QUICK=1 only shows that it runs.

    python -m tests.bench [--only NAME]

With --only, one measurement is made, and nothing is kept.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import console, measurements, replies
from tests.bench.measurements import Row, Size
from tests.bench.processes import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
BEGINS, ENDS = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"

SIZES = {
    False: Size(rounds=5, calls=60, threads=20_000),
    True: Size(rounds=1, calls=8, threads=400),
}

MEASUREMENTS: tuple[Callable[[Size], list[Row]], ...] = (
    measurements.statements,
    measurements.handover_latency,
    measurements.handover_throughput,
    measurements.one_thread,
    measurements.webhook_throughput,
    measurements.large_deliveries,
    replies.reply_throughput,
    replies.reply_latency,
    measurements.writers,
    console.console_pages,
)


def main() -> None:
    """Run it all; one that fails stops everything, as half a table misleads."""
    is_quick = os.environ.get("QUICK", "0") not in ("", "0")
    wanted = chosen()
    load_before = os.getloadavg()[0]
    rows = []
    for measure in wanted:
        say(f"{measure.__name__.replace('_', ' ')} ...")
        rows += measure(SIZES[is_quick])
    report = f"{conditions(load_before)}\n\n{table(rows)}\n"
    sys.stdout.write(f"\n{report}")
    if is_quick:
        say("\nQUICK: these figures mean nothing, and are not kept.")
    if is_quick or len(wanted) < len(MEASUREMENTS):
        return
    keep(report)
    say(f"\nKept in {DOCUMENT.relative_to(ROOT)}.")


def chosen() -> tuple[Callable[[Size], list[Row]], ...]:
    """The measurements that the command line asks for: all, or one by its name."""
    by_name = {measure.__name__: measure for measure in MEASUREMENTS}
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--only", choices=by_name, help="one measurement, which is printed and not kept")
    only = parser.parse_args().only
    return MEASUREMENTS if only is None else (by_name[only],)


def conditions(load: float) -> str:
    """The machine and the command."""
    return (
        f"`make bench` on {datetime.now(UTC):%Y-%m-%d}: {processor()}, {os.cpu_count()} cores,"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version},"
        f" {platform.system()}; load average before: {load:.2f}. Callers, Facebook, and both services"
        " share these cores."
    )


def processor() -> str:
    """Its name, as far as the system tells."""
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text("utf-8"))
    except OSError:
        found = None
    return found[1].strip() if found else platform.machine()


def table(rows: list[Row]) -> str:
    """Markdown, readable as it stands."""
    head = ("", "ours", "beside", "figure", "aim", "met")
    met = {True: "yes", False: "**no**", None: ""}
    lines = [head, *((r.what, r.ours, r.beside, r.figure, r.aim, met[r.is_met]) for r in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    written = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    ]
    written.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(written)


def keep(report: str) -> None:
    """Put the report in its place in the document; what people wrote around it stays."""
    text = DOCUMENT.read_text("utf-8")
    before, begins, rest = text.partition(BEGINS)
    _, ends, after = rest.partition(ENDS)
    if not begins or not ends:
        raise SystemExit(f"{DOCUMENT} has lost the marks between which the figures stand.")
    DOCUMENT.write_text(f"{before}{BEGINS}\n{report}\n{ENDS}{after}", "utf-8")


def say(words: str) -> None:
    """To people."""
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    main()
