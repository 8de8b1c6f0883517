"""Why a service did not do what it was asked: one exception, whose code stands in the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handover.decision import Decision
    from handover.models import Handover


class ServiceError(Exception):
    """A refusal or failure that the caller is told of.

    `code`: the wire's identifier. `message`: one helpful sentence. `handover`: the record of it, if there
    is one. `retry_after`: seconds, if known.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        handover: Handover | None = None,
        decision: Decision | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.handover = handover
        self.decision = decision
        self.retry_after = retry_after
