"""A step of a story in which somebody calls our API."""

from collections.abc import Callable, Iterable

import requests

from channels_fb.demo import stage
from channels_fb.demo.errors import NotYet
from channels_fb.demo.script import Step
from channels_fb.demo.service import Call, Service, shown


def step(
    sentence: str,
    caller: Service,
    what: Callable[[], Call],
    names: Iterable[str],
    look: Callable[[], Iterable[str]] = list,
) -> Step:
    """The call, answered with success and these fields among others; then `look` shows what came of it."""
    made: list[tuple[Call, requests.Response]] = []

    def act() -> None:
        call = what()
        made.append((call, caller.make(call)))

    def seen() -> list[str]:
        call, answer = made[-1]
        if answer.status_code != 200:
            raise NotYet(f"the answer was HTTP {answer.status_code} {answer.text}")
        return [*caller.curl(call), f"Answer: HTTP 200 with {shown(answer.json(), *names)}", *look()]

    return Step(sentence, stage.WEB, seen, act)
