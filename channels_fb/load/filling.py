"""Fill a database, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from random import Random

from django.db import transaction

from channels_fb.load import cast, words
from channels_fb.load.cast import PageCast
from channels_fb.load.plot import DAY, plot
from channels_fb.load.rows import Line, Rows, store
from channels_fb.load.telling import Telling
from handover.models import Identity, Thread

BATCH = 200
"""Threads for each transaction."""

LONG, LONG_EVERY = 8.0, 50
"""One thread in so many is so many times as long as the others."""

LIVE = 0.05
"""The share of threads in which something has happened within the last day."""
OLDEST = 90 * DAY


@dataclass(frozen=True)
class Load:
    """How much there is to be. The same seed draws the same people, messages and outcomes."""

    threads: int
    contents: int
    pages: int
    seed: int


def fill(load: Load, now: datetime, tell: Callable[[int], None]) -> None:
    """Make it all, counting back from `now`. `tell` hears how many threads there are after each batch."""
    pages = cast.gather(load.pages)
    shares = shares_of(load)
    for first in range(0, load.threads, BATCH):
        numbers = range(first, min(first + BATCH, load.threads))
        with transaction.atomic():
            _fill_batch(load, pages, [(number, shares[number]) for number in numbers], now)
        tell(numbers.stop)


def shares_of(load: Load) -> list[int]:
    """How many contents each thread has; together as many as there are to be."""
    rng = Random(load.seed)
    weights = [LONG if number % LONG_EVERY == 0 else rng.uniform(0.5, 1.5) for number in range(load.threads)]
    ends = [0.0, *accumulate(weights)]
    marks = [round(load.contents * end / ends[-1]) for end in ends]
    return [end - begin for begin, end in pairwise(marks)]


def _fill_batch(
    load: Load, pages: Sequence[PageCast], wanted: Sequence[tuple[int, int]], now: datetime
) -> None:
    rngs = [Random(f"{load.seed} {number}") for number, _ in wanted]
    on = [pages[number % len(pages)] for number, _ in wanted]
    batch = _threads(
        [_person(number, page, rng) for (number, _), page, rng in zip(wanted, on, rngs, strict=True)]
    )
    rows, lines = Rows(), list[Line]()
    for thread, page, rng, (_, messages) in zip(batch, on, rngs, wanted, strict=True):
        _tell(Telling(page, thread, rng, rows, lines, now), messages)
    store(rows, lines, batch)


def _person(number: int, page: PageCast, rng: Random) -> Identity:
    psid, names = str(7_000_000_000_000_000 + number), (rng.choice(words.FIRST), rng.choice(words.LAST))
    return Identity(source=page.source, foreign_id=psid, first_name=names[0], last_name=names[1])


def _threads(persons: list[Identity]) -> list[Thread]:
    Identity.objects.bulk_create(persons)
    return Thread.objects.bulk_create(Thread(source=person.source, identity=person) for person in persons)


def _tell(telling: Telling, messages: int) -> None:
    """The plot ends some time before the moment at which the telling stands."""
    age = _age(telling.rng)
    beats = plot(telling.rng, messages, age)
    telling.at -= timedelta(seconds=age + sum(beat.pause for beat in beats))
    for beat in beats:
        telling.tell(beat)


def _age(rng: Random) -> float:
    """Seconds since anything happened. Of the threads that live many did so just now."""
    return DAY * rng.random() ** 3 if rng.random() < LIVE else rng.uniform(DAY, OLDEST)
