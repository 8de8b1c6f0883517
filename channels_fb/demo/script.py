"""What a story is made of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """`look` returns the lines that show it, or raises NotYet. `culprit`: the process that has to act."""

    sentence: str
    culprit: str
    look: Callable[[], Iterable[str]]
    act: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Act:
    """Steps, in the order in which they happen."""

    title: str
    steps: list[Step]
