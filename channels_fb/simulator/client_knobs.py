"""The knobs of a simulator in another process, named as `Knobs` and `WebhookQueues` name them."""

from collections.abc import Callable
from typing import Any

from channels_fb.simulator.events import IdStyle, TimeStyle
from channels_fb.simulator.knobs import Phase
from channels_fb.simulator.records import Json

Post = Callable[..., Any]


class ClientWebhookKnobs:
    def __init__(self, post: Post) -> None:
        self._post = post

    def hold(self) -> None:
        self._post("knobs/webhooks/hold")

    def release(self) -> None:
        self._post("knobs/webhooks/release")

    def drop_next(self, times: int = 1) -> None:
        self._post("knobs/webhooks/drop_next", times=times)

    def duplicate(self, times: int = 1) -> None:
        self._post("knobs/webhooks/duplicate", times=times)

    def reorder(self) -> None:
        self._post("knobs/webhooks/reorder")

    def batch(self, size: int) -> None:
        self._post("knobs/webhooks/batch", size=size)

    def reset(self) -> None:
        self._post("knobs/webhooks/reset")


class ClientKnobs:
    def __init__(self, post: Post) -> None:
        self.webhooks = ClientWebhookKnobs(post)
        self._post = post

    def fail_next(
        self,
        edge: str,
        times: int = 1,
        body: Json | bytes | str | None = None,
        status: int = 400,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Bytes must be UTF-8: they travel inside JSON."""
        sent = body.decode() if isinstance(body, bytes) else body
        self._post("knobs/fail_next", edge=edge, times=times, body=sent, status=status, headers=headers)

    def delay(self, edge: str, seconds: float, times: int | None = None, when: Phase = "before") -> None:
        self._post("knobs/delay", edge=edge, seconds=seconds, times=times, when=when)

    def lose_answer(self, edge: str, times: int = 1) -> None:
        self._post("knobs/lose_answer", edge=edge, times=times)

    def webhook_style(
        self,
        ids_as: IdStyle | None = None,
        timestamps: TimeStyle | None = None,
        delivery_receipts: bool | None = None,
    ) -> None:
        self._post(
            "knobs/webhook_style", ids_as=ids_as, timestamps=timestamps, delivery_receipts=delivery_receipts
        )

    def reset(self) -> None:
        self._post("knobs/reset")
