"""Who may send what into a thread, and when ("Send messages" and "Conversation routing" pages)."""

from dataclasses import dataclass
from datetime import datetime

from channels_fb.simulator import errors
from channels_fb.simulator.control import check_target
from channels_fb.simulator.errors import GraphError, invalid
from channels_fb.simulator.model import DAY, Page, Thread
from channels_fb.simulator.parameters import Parameters
from channels_fb.simulator.records import Json

LONGEST_TEXT = 2000
HUMAN_AGENT = "HUMAN_AGENT"
WITHDRAWN_TAGS = ("CONFIRMED_EVENT_UPDATE", "ACCOUNT_UPDATE", "POST_PURCHASE_UPDATE")
SENDER_ACTIONS = ("typing_on", "typing_off", "mark_seen")


@dataclass(frozen=True)
class ControlAfter:
    """The `thread_control` object: what happens to control once the message is out."""

    passes: bool
    target: str | None


@dataclass(frozen=True)
class Outgoing:
    """What an app asks to send: a message, or only a sender action."""

    text: str | None
    attachments: list[Json]
    metadata: str | None
    sender_action: str | None
    tag: str | None
    control: ControlAfter | None


def outgoing(given: Parameters) -> Outgoing:
    """Read the parameters of the `messages` edge."""
    message = Parameters(given.object("message") or {})
    attachment = message.object("attachment")
    sending = Outgoing(
        text=message.text("text"),
        attachments=[attachment] if attachment else [],
        metadata=message.metadata(),
        sender_action=given.text("sender_action"),
        tag=given.text("tag"),
        control=_control_after(given),
    )
    _check_shape(sending)
    return sending


def check(page: Page, thread: Thread, caller: str, sending: Outgoing, now: datetime) -> None:
    """Refuse what Meta would refuse. Control comes before the window: Meta's own order is not documented."""
    if page.person(thread.psid).blocks_page:
        raise GraphError(errors.PERSON_UNAVAILABLE)
    if not (may_send(page, thread, caller, now) or takes_by_sending(page, caller, sending)):
        raise GraphError(errors.CONTROLLED_BY_ANOTHER)
    if sending.sender_action is None and not _in_window(thread, sending, now):
        raise GraphError(errors.OUTSIDE_WINDOW)
    if sending.control is not None:
        _check_control(page, caller, sending.control)


def may_send(page: Page, thread: Thread, caller: str, now: datetime) -> bool:
    """Only the owner; on an idle thread the default app, or everybody where there is none."""
    holder = thread.owner(now) or page.primary_app_id
    return holder is None or holder == caller


def takes_by_sending(page: Page, caller: str, sending: Outgoing) -> bool:
    """A send tagged HUMAN_AGENT takes control, if the app's take-over switch is on."""
    tagged = sending.tag == HUMAN_AGENT and sending.sender_action is None
    return tagged and page.mode == "routing" and page.connections[caller].take_over


def _in_window(thread: Thread, sending: Outgoing, now: datetime) -> bool:
    """24 h from the customer's last action, 7 days for what a human agent wrote."""
    length = 7 * DAY if sending.tag == HUMAN_AGENT else DAY
    return thread.last_customer_at is not None and now < thread.last_customer_at + length


def _check_control(page: Page, caller: str, control: ControlAfter) -> None:
    """Looked at before anything is sent, so that no message goes out whose second half then fails."""
    target = control.target or page.primary_app_id
    if page.mode != "routing" or target is None:
        raise GraphError(errors.SEND_CONTROL_NEEDS_ROUTING)
    if control.passes and target == caller:
        raise GraphError(errors.PASS_TO_ONESELF)
    if control.passes:
        check_target(page, target)


def _control_after(given: Parameters) -> ControlAfter | None:
    """`control_type` left out means release ("Conversation routing" page)."""
    if "thread_control" not in given:
        return None
    control = Parameters(given.object("thread_control") or {})
    kind = control.text("control_type") or "release"
    if kind not in ("pass", "release"):
        raise invalid("Param thread_control[control_type] must be one of {PASS, RELEASE}")
    return ControlAfter(kind == "pass", control.app_id("app_id"))


def _check_shape(sending: Outgoing) -> None:
    if sending.tag in WITHDRAWN_TAGS:
        raise GraphError(errors.TAG_WITHDRAWN)
    if sending.tag not in (None, HUMAN_AGENT):
        raise invalid("Param tag must be one of {HUMAN_AGENT}")
    if sending.sender_action is not None:
        if sending.sender_action not in SENDER_ACTIONS:
            raise invalid("Param sender_action must be one of {TYPING_ON, TYPING_OFF, MARK_SEEN}")
    elif sending.text is None and not sending.attachments:
        raise invalid("Message cannot be empty, must provide valid attachment or text")
    if sending.text is not None and len(sending.text) > LONGEST_TEXT:
        raise invalid(f"Length of param message[text] must be less than or equal to {LONGEST_TEXT}")
