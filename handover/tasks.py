"""The background jobs. They are only doorbells: what is due stands on the rows."""

from __future__ import annotations

from huey.contrib.djhuey import db_task

from handover import alerts, attending, upkeep


@db_task()  # type: ignore[untyped-decorator]  # huey ships no types
def run_due() -> None:
    """Do whatever is due."""
    upkeep.run_due()


@db_task()  # type: ignore[untyped-decorator]
def attend(thread_id: int) -> None:
    """Attend to the agent's side of a thread."""
    attending.attend(thread_id)


@db_task()  # type: ignore[untyped-decorator]
def send_alert(thread_id: int) -> None:
    """Say by e-mail that a thread waits."""
    alerts.send(thread_id)
