"""What each path does, in words: one entry for each method of each view."""

from __future__ import annotations

from collections.abc import Mapping

from rest_framework.views import APIView

from handover.api import bots, contents, events, resources, status
from handover.api.schema import engaging, failures, parameters, replies
from handover.api.schema.operation import AGENTS, HANDOVERS, ITSELF, READING, Operation, collection, record
from handover.api.schema.plans import SUCCESS
from handover.api.schema.views import SchemaView
from handover.api.serializers import AgentStatusSerializer


def of(view: type[APIView], method: str) -> Operation:
    """The operation behind a view's method, in small letters. Raises KeyError where none is described."""
    return _OPERATIONS[view, method]


_HAND_OVER = Operation(
    "hand_over",
    HANDOVERS,
    "Hand a thread over",
    "From bot to agent: the platform was asked, and the handover is `requested` until control is granted. "
    "From agent to bot: control was passed. Either way also: the asked-for side holds the thread already.",
    lambda reference: SUCCESS,
    failures.of_handovers,
    parameters.of_handover,
    "From bot to agent control is requested, and the bot's app still has to pass it; where the platform "
    "takes no requests, it is taken. From agent to bot it is passed, unless an intervention is open. A "
    "request repeated while it waits is answered with the first one's `Handover-Id`.\n\n"
    "Parameters may stand in the query, in the body, or in both; the query wins. Of a repeated one the last "
    "counts.",
    takes_body=True,
    is_handover=True,
)
_LIST_STATUS = Operation(
    "list_agent_status",
    AGENTS,
    "Which agents are there",
    "All agents, oldest account first; in no envelope.",
    lambda reference: {"type": "array", "items": reference(AgentStatusSerializer)},
    words="An agent is an active member of staff who may open interventions. Whether a handover would be "
    "refused for want of one, its `dry_run` tells: not every page asks, and one that does may be closed.",
)
_SET_STATUS = Operation(
    "set_agent_status",
    AGENTS,
    "Be available, or away",
    "The agent as they are now.",
    lambda reference: reference(AgentStatusSerializer),
    failures.of_settings,
    lambda: (parameters.STATUS,),
    "For the token's user, who must be an agent; a service user is none. What is so already is no error.",
    takes_body=True,
)
_DESCRIBE = Operation(
    "describe",
    ITSELF,
    "This description",
    "The OpenAPI document.",
    lambda reference: {"type": "object"},
    failures.of_anybody,
    words="Wants no token.",
    needs_token=False,
)
_OPERATIONS: Mapping[tuple[type[APIView], str], Operation] = {
    (bots.HandoverView, "post"): _HAND_OVER,
    **collection(
        "list_handovers",
        HANDOVERS,
        "Handovers, newest first",
        bots.HandoverListView,
        parameters.HANDOVERS_OF,
    ),
    **record("get_handover", HANDOVERS, "What became of a handover", bots.HandoverRecordView),
    **collection(
        "list_content_sources",
        READING,
        "Pages, oldest first",
        resources.SourceListView,
        parameters.ACTIVE_FILTER,
        parameters.PERMISSION_FILTER,
    ),
    **record("get_content_source", READING, "A page", resources.SourceRecordView),
    **collection(
        "list_identities",
        READING,
        "People, newest first",
        resources.IdentityListView,
        parameters.FOREIGN_ID_FILTER,
        parameters.SOURCE_FILTER,
    ),
    **record("get_identity", READING, "A person", resources.IdentityRecordView),
    **collection(
        "list_content_threads",
        READING,
        "Threads, latest activity first",
        resources.ThreadListView,
        parameters.Q,
    ),
    **record("get_content_thread", READING, "A thread, with who holds it", resources.ThreadRecordView),
    **collection(
        "list_contents",
        READING,
        "Messages, newest first",
        contents.ContentListView,
        parameters.THREAD_FILTER,
        parameters.SOURCE_FILTER,
    ),
    **record("get_content", READING, "A message", contents.ContentRecordView),
    **collection(
        "list_events",
        READING,
        "The journal: changes of control and of interventions, newest first",
        events.EventListView,
        parameters.EVENTS_Q,
    ),
    **record("get_event", READING, "A line of the journal", events.EventRecordView),
    **replies.OPERATIONS,
    **engaging.OPERATIONS,
    (status.StatusView, "get"): _LIST_STATUS,
    (status.StatusView, "put"): _SET_STATUS,
    (SchemaView, "get"): _DESCRIBE,
}
