"""The platform's word that a message of our app's went out: known again by the metadata that we sent along.

Only an echo of our own app settles a reply, as whoever else sends on the page can write any metadata.
"""

from __future__ import annotations

from django.utils import timezone

from handover import reply_queue
from handover.models import Content, Reply, Thread
from handover.news import Message
from handover.wire_ids import key_of


def settle(thread: Thread, message: Message) -> Content | None:
    """The reply that a message is the echo of, settled as sent; None for any other message.

    The thread is locked; the caller saves it.
    """
    reply = _reply_of(thread, message)
    if reply is None or reply.echoed_at is not None:
        return None
    if reply.content.foreign_id not in (None, message.foreign_id):
        return None  # The same content a second time would be another message, to be seen as such.
    reply.echoed_at = timezone.now()
    reply_queue.succeed(thread, reply, message.foreign_id, message.at)
    return reply.content


def _reply_of(thread: Thread, message: Message) -> Reply | None:
    if message.is_customers or message.app_id != thread.source.agent_app_id:
        return None
    key = key_of(message.metadata)
    if key is None:
        return None
    rows = Reply.objects.select_related("content", "user", "token")
    return rows.filter(content=key, thread=thread).first()
