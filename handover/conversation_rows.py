"""Read a thread's conversation piece by piece, newest first. Costs the same however long it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import F, Q, QuerySet

from handover.conversation import Entry, Hold, Message, Piece, Turn, marked, newest
from handover.models import Author, Content, Thread, ThreadEvent
from handover.ownership import Owner

SIZE = 50
"""Entries in a piece."""

MOST = 300
"""Entries of a piece that grows at its newer end while somebody looks at it."""

_ABOUT_CONTROL = Q(name__startswith="thread_control.")
_MOVED = ~Q(owner_before=F("owner_after"), app_id_before=F("app_id_after"))
_QUIET = ("thread_control.observed", "thread_control.inferred", "thread_control.settled")
"""Lines that tell something to a reader only where the holder has changed."""
_TOLD = Q(name__startswith="intervention.") | _ABOUT_CONTROL & (_MOVED | ~Q(name__in=_QUIET))


@dataclass(frozen=True)
class Cursor:
    """A place in a conversation: before this message, and before this line of history."""

    sent_at: datetime
    content_id: int
    seq: int

    def __str__(self) -> str:
        return f"{self.sent_at.isoformat()}/{self.content_id}/{self.seq}"

    @classmethod
    def read(cls, text: str) -> Cursor:
        """Raises ValueError for what was not written by us."""
        sent_at, content_id, seq = text.split("/")
        moment, numbers = datetime.fromisoformat(sent_at), (int(content_id), int(seq))
        if moment.utcoffset() != timedelta(0) or not all(0 <= number < 2**63 for number in numbers):
            raise ValueError("no place in a conversation")
        return cls(moment, *numbers)


@dataclass(frozen=True)
class Read:
    """A piece, and the place where it begins: what is earlier is before that."""

    piece: Piece
    begins: Cursor


def last(thread: Thread, *, with_messages: bool = True) -> Read:
    """The newest piece."""
    return _read(thread, thread.contents.all(), thread.events.all(), SIZE, None, with_messages)


def before(thread: Thread, place: Cursor, *, with_messages: bool = True) -> Read:
    """The piece before a place."""
    contents = thread.contents.filter(_is_before(place), sent_at__lte=place.sent_at)
    events = thread.events.filter(seq__lt=place.seq)
    return _read(thread, contents, events, SIZE, place, with_messages)


def since(thread: Thread, place: Cursor, *, with_messages: bool = True) -> Read:
    """What has come since a place: the newest piece again, with what has been added to it."""
    contents = thread.contents.exclude(_is_before(place)).filter(sent_at__gte=place.sent_at)
    events = thread.events.filter(seq__gte=place.seq)
    read = _read(thread, contents, events, MOST, None, with_messages)
    return Read(read.piece, place)


def _is_before(place: Cursor) -> Q:
    return Q(sent_at__lt=place.sent_at) | Q(sent_at=place.sent_at, pk__lt=place.content_id)


def _read(
    thread: Thread,
    contents: QuerySet[Content],
    events: QuerySet[ThreadEvent],
    size: int,
    end: Cursor | None,
    with_messages: bool,
) -> Read:
    newest_first = contents.select_related("reply__user").order_by("-sent_at", "-pk")[: size + 1]
    told = events.filter(_TOLD).select_related("handover").order_by("-seq")[: size + 1]
    piece = newest(_messages(newest_first) if with_messages else (), _turns(told), size)
    begins = _beginning(thread, piece.entries, end)
    entries = tuple(marked(piece.entries, _hold_before(thread, piece.entries, begins)))
    return Read(Piece(entries, piece.has_earlier), begins)


def _messages(rows: Iterable[Content]) -> Iterator[Message]:
    for row in rows:
        is_customers, is_bots = row.author == Author.CUSTOMER, row.author == Author.BOT
        yield Message(row.sent_at, row, is_customers=is_customers, is_bots=is_bots)


def _turns(rows: Iterable[ThreadEvent]) -> Iterator[Turn]:
    for row in rows:
        before, after = Owner(row.owner_before), Owner(row.owner_after)
        yield Turn(row.evidence_at or row.at, row, before, after, row.sure_after)


def _beginning(thread: Thread, entries: Sequence[Entry], end: Cursor | None) -> Cursor:
    """Before all entries of a piece, and after all that are earlier."""
    if not entries:
        return end or Cursor(datetime.min.replace(tzinfo=UTC), 0, 0)
    contents = [(entry.at, int(entry.row.pk)) for entry in entries if isinstance(entry, Message)]
    lines = [int(entry.row.seq) for entry in entries if isinstance(entry, Turn)]
    first_message = (end.sent_at, end.content_id) if end else (min(entry.at for entry in entries), 0)
    next_line = end.seq if end else thread.history_length + 1
    return Cursor(*min(contents, default=first_message), min(lines, default=next_line))


def _hold_before(thread: Thread, entries: Sequence[Entry], begins: Cursor) -> Hold:
    """Who held the thread before the first entry."""
    first = next((entry for entry in entries if isinstance(entry, Turn)), None)
    if first is not None:
        return Hold(first.before, first.row.sure_before)
    line = thread.events.filter(seq__lt=begins.seq).order_by("-seq").first()
    return Hold(Owner(line.owner_after), line.sure_after) if line is not None else Hold()
