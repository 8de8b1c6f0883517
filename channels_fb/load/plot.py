"""What happens in a thread, drawn at random: pure.

A plot is a list of beats in the order in which they happen. The last conversation stops wherever the
messages run out; in a thread that nobody has touched for a day somebody has tidied up behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

DAY, PATIENCE = 86_400.0, 300.0
"""Seconds: how long a conversation rests at least, and how long a request for control stays open."""

BREAKS_OFF = 0.3
"""How likely nothing more happens, each time that something could after the last message."""


class Deed(StrEnum):
    """What somebody does."""

    CUSTOMER_WRITES = "customer writes"
    BOT_WRITES = "bot writes"
    AGENT_WRITES = "agent writes"
    AGENT_FAILS = "agent writes in vain"
    INBOX_WRITES = "inbox writes"
    BOT_ASKS = "bot asks for an agent"
    BOT_PASSES = "bot passes control"
    REQUEST_EXPIRES = "request expires"
    HANDOVER_REFUSED = "bot is refused the thread"
    INBOX_TAKES = "inbox takes control"
    AGENT_OPENS = "agent opens an intervention"
    AGENT_NOTES = "agent writes a note"
    AGENT_CLOSES = "agent closes the intervention"


MESSAGES = frozenset(
    {Deed.CUSTOMER_WRITES, Deed.BOT_WRITES, Deed.AGENT_WRITES, Deed.AGENT_FAILS, Deed.INBOX_WRITES}
)
_AT_ONCE = frozenset({Deed.BOT_WRITES, Deed.BOT_ASKS, Deed.BOT_PASSES, Deed.HANDOVER_REFUSED})


@dataclass(frozen=True)
class Beat:
    """A deed, and how many seconds after the one before it."""

    deed: Deed
    pause: float


def plot(rng: Random, messages: int, age: float) -> list[Beat]:
    """A thread of so many messages, in which nothing has happened for `age` seconds."""
    told: list[Beat] = []
    for beat in _conversations(rng):
        if not messages and (beat.deed in MESSAGES or rng.random() < BREAKS_OFF):
            break
        messages -= beat.deed in MESSAGES
        told.append(beat)
    return [*told, *_ending([beat.deed for beat in told], age)]


def _ending(deeds: list[Deed], age: float) -> Iterator[Beat]:
    """What time itself brings about."""
    if _is_open(deeds, Deed.BOT_ASKS, Deed.BOT_PASSES, Deed.REQUEST_EXPIRES) and age > PATIENCE:
        yield Beat(Deed.REQUEST_EXPIRES, PATIENCE)
    if _is_open(deeds, Deed.AGENT_OPENS, Deed.AGENT_CLOSES) and age > DAY:
        yield Beat(Deed.AGENT_CLOSES, PATIENCE)


def _is_open(deeds: list[Deed], begins: Deed, *ends: Deed) -> bool:
    return next((deed is begins for deed in reversed(deeds) if deed in (begins, *ends)), False)


def _conversations(rng: Random) -> Iterator[Beat]:
    """One after the other, for ever."""
    while True:
        rest = rng.uniform(DAY, 10 * DAY)
        for deed in _conversation(rng):
            yield Beat(deed, rest or _pause(rng, deed))
            rest = 0.0


def _pause(rng: Random, deed: Deed) -> float:
    """Programs are quick, people are not."""
    if deed is Deed.REQUEST_EXPIRES:
        return PATIENCE
    return rng.uniform(1, 4) if deed in _AT_ONCE else rng.uniform(20, 240)


def _conversation(rng: Random) -> Iterator[Deed]:
    yield from _talk(rng, Deed.BOT_WRITES)
    lot = rng.random()
    if lot < 0.4:
        yield from _handover(rng)
    elif lot < 0.45:
        yield Deed.INBOX_TAKES
        yield from (Deed.INBOX_WRITES, Deed.CUSTOMER_WRITES, Deed.INBOX_WRITES)


def _talk(rng: Random, answers: Deed) -> Iterator[Deed]:
    """Questions, each with its answer."""
    for _ in range(rng.randint(1, 4)):
        yield Deed.CUSTOMER_WRITES
        yield answers


def _handover(rng: Random) -> Iterator[Deed]:
    yield from (Deed.CUSTOMER_WRITES, Deed.BOT_WRITES, Deed.BOT_ASKS)
    if rng.random() < 0.08:
        yield from (Deed.REQUEST_EXPIRES, Deed.BOT_WRITES)
        return
    yield Deed.BOT_PASSES
    if rng.random() < 0.06:
        yield Deed.BOT_WRITES  # Out of turn.
    yield Deed.AGENT_OPENS
    yield from _engaged(rng)
    yield Deed.AGENT_CLOSES


def _engaged(rng: Random) -> Iterator[Deed]:
    yield Deed.AGENT_WRITES
    yield from _talk(rng, Deed.AGENT_WRITES)
    for deed, likelihood in (
        (Deed.AGENT_NOTES, 0.3),
        (Deed.HANDOVER_REFUSED, 0.05),
        (Deed.AGENT_FAILS, 0.04),
    ):
        if rng.random() < likelihood:
            yield deed
