"""Planned trouble for Graph calls: refusals, delays and lost answers, by edge. `queues` has webhooks'."""

import json
import threading
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from channels_fb.simulator.errors import TEMPORARY, error_body
from channels_fb.simulator.events import IdStyle, Style, TimeStyle
from channels_fb.simulator.http_messages import Answer
from channels_fb.simulator.queues import WebhookQueues
from channels_fb.simulator.records import Json

ANY_EDGE = "*"

Phase = Literal["before", "after"]


What = TypeVar("What")


@dataclass
class _Plan(Generic[What]):
    """One piece of trouble; `left` is None for one without end."""

    edge: str
    left: int | None
    what: What


class _Plans(Generic[What]):
    """Trouble of one kind, used up in the order it was planned."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: list[_Plan[What]] = []

    def add(self, edge: str, times: int | None, what: What) -> None:
        with self._lock:
            self._plans.append(_Plan(edge, times, what))

    def use(self, edge: str) -> What | None:
        """The first plan for this edge, which then counts as used once."""
        with self._lock:
            for plan in self._plans:
                if plan.edge in (edge, ANY_EDGE) and plan.left != 0:
                    plan.left = None if plan.left is None else plan.left - 1
                    return plan.what
            return None

    def clear(self) -> None:
        with self._lock:
            self._plans.clear()


class Knobs:
    """`edge` is the last part of the path (`messages`, `thread_owner`, ...), `page` for `GET /me`, `profile`
    for `GET /{psid}`, or `*` for all."""

    def __init__(self, style: Style, webhooks: WebhookQueues) -> None:
        self.webhooks = webhooks
        self._style = style
        self._failures: _Plans[Answer] = _Plans()
        self._lost: _Plans[bool] = _Plans()
        self._delays: dict[Phase, _Plans[float]] = {"before": _Plans(), "after": _Plans()}

    def fail_next(
        self,
        edge: str,
        times: int = 1,
        body: Json | bytes | str | None = None,
        status: int = 400,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Answer the next calls so, without any effect. Without a body: code 2, transient."""
        content = error_body(TEMPORARY) if body is None else body
        encoded = json.dumps(content).encode() if isinstance(content, dict) else content
        raw = encoded.encode() if isinstance(encoded, str) else encoded
        self._failures.add(edge, times, Answer(status, raw, headers or {}))

    def delay(self, edge: str, seconds: float, times: int | None = None, when: Phase = "before") -> None:
        """Wait before a call takes effect, or after, before it is answered; for ever unless `times`."""
        self._delays[when].add(edge, times, seconds)

    def lose_answer(self, edge: str, times: int = 1) -> None:
        """Let the next calls take effect, then close the connection without a word."""
        self._lost.add(edge, times, True)

    def webhook_style(
        self,
        ids_as: IdStyle | None = None,
        timestamps: TimeStyle | None = None,
        delivery_receipts: bool | None = None,
    ) -> None:
        """Change how events are written from now on; what is left out stays."""
        self._style.ids_as = ids_as or self._style.ids_as
        self._style.timestamps = timestamps or self._style.timestamps
        if delivery_receipts is not None:
            self._style.delivery_receipts = delivery_receipts

    def reset(self) -> None:
        """No trouble planned any more, of either kind, and events in their usual style."""
        self._failures.clear()
        self._lost.clear()
        for delays in self._delays.values():
            delays.clear()
        self.webhook_style("text", "milliseconds", False)
        self.webhooks.reset()

    # For the Graph face

    def failure(self, edge: str) -> Answer | None:
        return self._failures.use(edge)

    def seconds(self, edge: str, when: Phase) -> float:
        return self._delays[when].use(edge) or 0.0

    def loses(self, edge: str) -> bool:
        return self._lost.use(edge) is not None
