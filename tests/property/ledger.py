"""What agents have written, in the order in which it is to go out, held against what reached the customer.

Each reply says something that no other says, so that it is known again in Facebook's transcript.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from channels_fb.simulator import Line
from handover.models import Content, Reply, Synchronization
from handover.replying import Doubt, End

_REASON = re.compile(r"^[a-z_ ]+ - \S.*")
"""An identifier, a dash, a sentence."""


@dataclass
class _Turn:
    """One acceptance of a text: its place in the queue, and whether it has reached the customer since."""

    number: int
    may_double: bool
    """Retried by hand, though an earlier turn may have reached the customer."""
    has_arrived: bool = False


@dataclass
class Ledger:
    """Kept by the machine, from what it asked for and what the service answered."""

    texts: dict[int, str] = field(default_factory=dict)
    """By content."""
    _turns: dict[str, list[_Turn]] = field(default_factory=dict)
    _seen: int = 0
    _last: int = -1

    def queued(self, content: Content, *, may_double: bool = False) -> None:
        """A reply was accepted, or a failed one is to be sent after all: its turn comes after all others'."""
        self.texts[content.pk] = content.body
        number = sum(map(len, self._turns.values()))
        self._turns.setdefault(content.body, []).append(_Turn(number, may_double))

    def look_at(self, lines: Sequence[Line]) -> None:
        """`lines`: all that our app has told the customer. In order, each turn at most once, and nothing
        twice but for whoever retried what was of unknown outcome."""
        for line in lines[self._seen :]:
            turns = self._turns[str(line.text)]
            assert turns[-1].number > self._last, f"{line.text} came twice, or behind a later one"
            assert turns[-1].may_double or not any(turn.has_arrived for turn in turns), f"{line.text} twice"
            turns[-1].has_arrived, self._last = True, turns[-1].number
        self._seen = len(lines)

    def compare(self, rows: Sequence[Reply], lines: Sequence[Line]) -> None:
        """Nothing is lost, and what is claimed of each reply is so."""
        assert {row.content_id: row.content.body for row in rows} == self.texts
        mids = {line.mid: line.text for line in lines}
        for row in rows:
            _CLAIMS[Synchronization(row.content.synchronization_status)](self, row, mids)

    def _has_arrived(self, row: Reply) -> bool:
        return self._turns[row.content.body][-1].has_arrived

    def _is_pending(self, row: Reply, mids: dict[str, str | None]) -> None:
        assert row.is_pending
        assert row.content.synchronization_error == ""
        if self._has_arrived(row):
            assert row.asked_at is not None and row.doubt != Doubt.FAILED, f"{row.content.body} may go again"

    def _is_success(self, row: Reply, mids: dict[str, str | None]) -> None:
        assert not row.is_pending
        assert row.content.synchronization_error == ""
        assert mids[str(row.content.foreign_id)] == row.content.body

    def _is_failure(self, row: Reply, mids: dict[str, str | None]) -> None:
        assert not row.is_pending
        error = row.content.synchronization_error
        assert _REASON.match(error), error
        if self._has_arrived(row):
            assert error.startswith(End.OUTCOME_UNKNOWN), f"{row.content.body} arrived, but: {error}"


_CLAIMS = {
    Synchronization.EXPORT_PENDING: Ledger._is_pending,
    Synchronization.SUCCESS: Ledger._is_success,
    Synchronization.EXPORT_FAILURE: Ledger._is_failure,
}
