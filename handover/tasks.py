"""The background job. It is only a doorbell: what is due stands on the rows."""

from __future__ import annotations

from huey.contrib.djhuey import db_task

from handover import upkeep


@db_task()  # type: ignore[untyped-decorator]  # huey ships no types
def run_due() -> None:
    """Do whatever is due."""
    upkeep.run_due()
