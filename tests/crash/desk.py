"""An agent, and the thread that they answer: what they write there, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import requests
from django.utils.timezone import now

from channels_fb.simulator.records import Line
from handover import tokens
from handover.models import Author, Intervention, Reply, Synchronization
from handover.wire_ids import wire_id
from tests.crash import truth
from tests.crash.processes import until
from tests.crash.stage import CONTENTS, INTERVENTIONS, Customer, Stage
from tests.people import agent_user
from tests.world import AGENT, BOT, PAGE

SENT, UNKNOWN = "success", "outcome unknown"


@dataclass
class Desk:
    """One customer's thread, and the agent who has it. `doubted`: what nobody can know to have gone out."""

    customer: Customer
    token: str = ""
    doubted: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.token = self.token or tokens.issue(f"desk of {self.customer.psid}", staff=agent_user("ana"))

    # What the agent does

    def calls(self, method: str, path: str, **parameters: str) -> requests.Response:
        return self.customer.stage.ask(method, path, self.token, params=parameters)

    def asks_to_open(self) -> requests.Response:
        return self.calls("POST", INTERVENTIONS, thread_id=wire_id(self.customer.thread.pk))

    def opens(self) -> None:
        _accepted(self.asks_to_open())

    def asks_to_send(self, text: str) -> requests.Response:
        return self.calls("POST", CONTENTS, thread_id=wire_id(self.customer.thread.pk), body=text)

    def writes(self, *texts: str) -> None:
        for text in texts:
            _accepted(self.asks_to_send(text))

    def retrying(self, text: str) -> str:
        """Where a reply is retried."""
        [content_id] = [reply.content_id for reply in self.replies if reply.content.body == text]
        return f"{CONTENTS}/{wire_id(content_id)}/retry"

    def asks_to_retry(self, text: str) -> requests.Response:
        """One that has failed."""
        return self.calls("PUT", self.retrying(text))

    def retries(self, text: str) -> None:
        _accepted(self.asks_to_retry(text))
        self.doubted.discard(text)

    @property
    def closing(self) -> str:
        """Where the intervention is closed."""
        return f"{INTERVENTIONS}/{wire_id(self.intervention.pk)}/close"

    def asks_to_close(self) -> requests.Response:
        return self.calls("PUT", self.closing)

    def closes(self) -> None:
        _accepted(self.asks_to_close())

    # What is so

    @property
    def intervention(self) -> Intervention:
        return Intervention.objects.get(thread__identity__foreign_id=self.customer.psid)

    @property
    def replies(self) -> list[Reply]:
        """In the order in which they go out."""
        rows = Reply.objects.filter(thread__identity__foreign_id=self.customer.psid)
        return list(rows.select_related("content").order_by("queued_at", "pk"))

    def ends(self) -> dict[str, str]:
        """How far each text has come: its state, or the first words of why it has failed."""
        return {reply.content.body: _end(reply) for reply in self.replies}

    def said(self) -> list[str]:
        """What the customer got of us, by Facebook."""
        return [str(line.text) for line in self._lines()]

    def _lines(self) -> list[Line]:
        lines = self.customer.stage.facebook.transcript(PAGE, self.customer.psid)
        return [line for line in lines if line.app_id == AGENT]

    def is_at_rest(self) -> bool:
        """Nobody is about the thread, and nothing has to be done about it."""
        thread = self.customer.thread
        return thread.attend_at is None and thread.attended_until is None

    def all_is_sent(self) -> bool:
        return self.is_at_rest() and not any(reply.is_pending for reply in self.replies)

    def is_given_back(self) -> bool:
        return self.is_at_rest() and self.intervention.status == "closed"

    def waits_for_control(self) -> bool:
        """Control was asked for, and is not looked for at this moment."""
        thread, asked = self.customer.thread, self.customer.handovers(AGENT)
        is_attended = thread.attended_until is not None or (thread.attend_at or now()) <= now()
        return not is_attended and any(handover.state == "requested" for handover in asked)

    def has_asked_for_control(self) -> bool:
        """Without a reply that waits for it."""
        return self.is_at_rest() and bool(self.customer.handovers(AGENT))

    # What must be so

    def notes_what_is_known(self) -> None:
        """A process has died. What Facebook was being asked to send, and no word has come of, is in doubt."""
        self.customer.stage.settle()
        asked = {reply.content.body for reply in self.replies if reply.is_pending and reply.asked_at}
        self.doubted |= asked.difference(self.said())

    def is_closed_at_last(self) -> None:
        """By the agent; all that was written has come to an end, and control is nobody's again."""
        self.closes()
        self.comes_to_its_end(holder=None)
        self.all_went_well()

    def comes_to_its_end(self, holder: str | None) -> None:
        """The intervention is closed, and who shall holds the thread, by Facebook and by our own picture."""
        until(self.is_given_back)
        assert self.customer.truth == holder
        self.customer.stage.worker_rests()
        assert self.customer.thread.owner_app_id == (holder or "")

    def all_went_well(self) -> None:
        """Each text reached the customer once, in order; or failed, where nobody can know."""
        self.customer.stage.settle()
        written = [reply.content.body for reply in self.replies]
        assert self.ends() == {text: UNKNOWN if text in self.doubted else SENT for text in written}
        assert self.said() == [text for text in written if text not in self.doubted]
        ours = self.customer.thread.contents.filter(author=Author.AGENT)
        assert ours.count() == len(written), "an echo is no message of its own"
        assert set(ours.exclude(foreign_id=None).values_list("foreign_id", flat=True)) == {
            line.mid for line in self._lines()
        }
        truth.is_kept(self.customer)


def _accepted(answer: requests.Response) -> None:
    assert answer.status_code == 200, answer.text


def _end(reply: Reply) -> str:
    content = reply.content
    if content.synchronization_status == Synchronization.EXPORT_FAILURE:
        return content.synchronization_error.split(" - ")[0]
    return str(content.synchronization_status)


def whose_thread_is_ours(stage: Stage) -> Customer:
    """A customer who has written, to us or to the bot, which has passed their thread to us."""
    customer = stage.somebody()
    customer.writes()
    if customer.truth == BOT:
        customer.is_passed_to_us()
    assert customer.truth == AGENT
    return customer


class Neighbour:
    """Somebody else's desk, who writes on whatever dies."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._desk = Desk(whose_thread_is_ours(stage))
        self._desk.opens()
        self._count = 0

    def is_served(self) -> None:
        """One more reply reaches its customer."""
        self._count += 1
        self._desk.writes(f"Step {self._count}")
        until(self._desk.all_is_sent)
        self._desk.all_went_well()
