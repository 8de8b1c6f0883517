"""What the paths of agents' replies do, and what they are told."""

from __future__ import annotations

from collections.abc import Mapping

from rest_framework.views import APIView

from handover.api import contents
from handover.api.schema import failures
from handover.api.schema.operation import REPLIES, Operation, Reference
from handover.api.schema.parameters import RECORD_ID, Parameter
from handover.api.schema.values import ID, Schema
from handover.api.serializers import ContentSerializer

_BODY = Parameter("body", {"type": "string"}, "Required. The text, for Messenger of at most 2000 characters.")
_ANSWERED = Parameter("in_reply_to_id", ID, "The message that is answered; it says which thread is meant.")
_THREAD = Parameter("thread_id", ID, "The thread. One of the two is required.")


def _content(reference: Reference) -> Schema:
    return reference(ContentSerializer)


OPERATIONS: Mapping[tuple[type[APIView], str], Operation] = {
    (contents.ContentListView, "post"): Operation(
        "reply",
        REPLIES,
        "Reply to a customer",
        "The reply, which waits to be sent: `export_pending`.",
        _content,
        failures.of_replies,
        lambda: (_BODY, _ANSWERED, _THREAD),
        "Needs a person's intervention that is open on the thread. Replies of a thread go out one after the "
        "other. Where another app holds the thread, control is asked for or taken, and the reply goes out "
        "once it has come. In the end it is `success`, or `export_failure` with its `synchronization_error`.",
        takes_body=True,
    ),
    (contents.RetryView, "put"): Operation(
        "retry",
        REPLIES,
        "Retry a failed reply",
        "The reply, which waits again.",
        _content,
        failures.of_retries,
        lambda: (RECORD_ID,),
        "It goes out behind whatever waits by then. Where the outcome was unknown, the customer may get it "
        "twice.",
    ),
}
