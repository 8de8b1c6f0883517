"""How long something took, as counts of tenths of a second: pure.

The database counts, so that no span is too long for an exact answer; what is left to do here is to walk
over the counts.
"""

from __future__ import annotations

from collections import Counter

Waits = Counter[int]
"""How often it took so many tenths of a second."""

TENTHS = 10
"""Of a second."""


def rounded(tenths: int) -> int:
    """From ten seconds on whole seconds are told apart; nobody reads more, and there is less to count."""
    return tenths if tenths < TENTHS * TENTHS else round(tenths / TENTHS) * TENTHS


def percentile(waits: Waits, percent: int) -> float | None:
    """In seconds: the shortest wait that so many of a hundred did not exceed; None where there is none.

    It is one of the waits themselves (the nearest-rank method), so never a time that nobody has waited.
    """
    rank = -(-waits.total() * percent // 100)
    for tenths in sorted(waits):
        rank -= waits[tenths]
        if rank <= 0:
            return tenths / TENTHS
    return None


def in_words(seconds: float) -> str:
    """Such as "0.4 s", "24 s", "2 min 3 s" or "3 h 5 min"."""
    if seconds < TENTHS:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole // 60, "min", whole % 60, "s")
    return _two(whole // 3600, "h", whole % 3600 // 60, "min")


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit}" + (f" {small} {small_unit}" if small else "")
