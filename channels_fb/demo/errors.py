"""How the demo ends early."""

from pathlib import Path


class Interrupted(Exception):
    """A signal told us to stop."""


class DemoFailed(Exception):
    """Something did not go as it should. `log`: where to look for the reason."""

    def __init__(self, message: str, log: Path | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.log = log


class NotYet(Exception):
    """What is waited for has not happened; the text says what there is instead."""
