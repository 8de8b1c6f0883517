"""What is drawn for a thread."""

from collections import Counter
from random import Random

import pytest

from channels_fb.load.plot import DAY, MESSAGES, PATIENCE, Deed, plot


def deeds(seed: int, messages: int, age: float) -> list[Deed]:
    return [beat.deed for beat in plot(Random(seed), messages, age)]


@pytest.mark.parametrize("messages", [0, 1, 25, 400])
def test_a_plot_has_as_many_messages_as_were_asked_for(messages: int) -> None:
    for seed in range(20):
        assert sum(deed in MESSAGES for deed in deeds(seed, messages, DAY)) == messages


def test_the_same_seed_draws_the_same_plot() -> None:
    assert plot(Random(7), 50, DAY) == plot(Random(7), 50, DAY)
    assert plot(Random(7), 50, DAY) != plot(Random(8), 50, DAY)


def test_among_many_plots_everything_happens() -> None:
    told = Counter(deed for seed in range(200) for deed in deeds(seed, 40, DAY))
    assert set(told) == set(Deed)


def test_in_an_old_thread_nothing_is_left_open() -> None:
    for seed in range(300):
        told = Counter(deeds(seed, 21, 2 * DAY))
        assert told[Deed.AGENT_OPENS] == told[Deed.AGENT_CLOSES]
        assert told[Deed.BOT_ASKS] == told[Deed.BOT_PASSES] + told[Deed.REQUEST_EXPIRES]


def test_in_a_thread_of_a_moment_ago_somebody_is_engaged_or_asked_now_and_then() -> None:
    many = [Counter(deeds(seed, 21, PATIENCE - 1)) for seed in range(300)]
    assert any(told[Deed.AGENT_OPENS] > told[Deed.AGENT_CLOSES] for told in many)
    assert any(told[Deed.BOT_ASKS] > told[Deed.BOT_PASSES] + told[Deed.REQUEST_EXPIRES] for told in many)
