"""Which thread a reply is for, with the wire's errors."""

from __future__ import annotations

from handover.api.errors import ApiError
from handover.api.intervention_request import find_thread
from handover.api.parameters import Parameters
from handover.decision import RefusalCode
from handover.models import ApiToken, Content, Thread
from handover.wire_ids import key_of


def thread_and_content(sent: Parameters, token: ApiToken) -> tuple[Thread, Content | None]:
    """Where a reply goes, by `in_reply_to_id`, `thread_id` or both. Raises `ApiError`."""
    answered_id, thread_id = sent.text("in_reply_to_id"), sent.text("thread_id")
    if not answered_id and not thread_id:
        raise ApiError("missing_parameter", "Parameter in_reply_to_id or thread_id is missing.")
    if not answered_id:
        return find_thread(token, thread_id), None
    answered = _answered(answered_id, token)
    if thread_id and find_thread(token, thread_id) != answered.thread:
        raise _refused("The message in_reply_to_id is not in the thread thread_id.")
    return answered.thread, answered


def _answered(answered_id: str, token: ApiToken) -> Content:
    rows = Content.objects.filter(source__in=token.allowed_sources()).select_related("thread__source")
    content = rows.filter(pk=key_of(answered_id) or 0).first()
    if content is None:
        raise _refused("There is no message in_reply_to_id to reply to.")
    return content


def _refused(message: str) -> ApiError:
    return ApiError(RefusalCode.CONTENT_REFUSED, message)
