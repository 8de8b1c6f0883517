"""What integrators' programs do while a customer is helped by a person: the bot's program, and the desk's."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.clients.client import Client, Form
from tests.crash.processes import until
from tests.world import AGENT, MAYA, PAGE, World

QUESTION = "Where is my parcel?"
ANSWER = "It is at the café in São Paulo, and costs 5 € & 30 ¢ 🙂"

Json = dict[str, Any]


@dataclass
class Story:
    """One customer, Maya; `bot` and `desk` are the clients in two programs, each with its own token."""

    world: World
    bot: Client
    desk: Client

    def is_played(self, form: Form) -> None:
        """From Maya's question to the closed intervention, all calls that carry anything in one form."""
        assert self.begins(form) == {"status": 200, "message": "Success"}
        assert self.world.truth == AGENT
        assert self.active_interventions() == []

        opened = self.desk_opens(form)
        assert [each["id"] for each in self.active_interventions()] == [opened["id"]]
        self.desk_answers(form)
        self.desk_closes(opened)

        assert self.active_interventions() == []
        assert self.what_maya_sees() == [("customer", None, QUESTION), ("page", AGENT, ANSWER)]

    def begins(self, form: Form) -> Json:
        """Maya asks the bot, and the bot an agent; it passes control when Facebook asks it to."""
        self.world.maya_writes(QUESTION)
        answer = self.bot_hands_over("bot", "agent", form)
        assert self.world.graph_calls() == ["request_thread_control"]
        self.world.bot_passes_to_us()
        return answer

    def bot_hands_over(self, from_party: str, to_party: str, form: Form) -> Json:
        """What the bot gets for it."""
        parties = {"from": from_party, "to": to_party}
        answer: Json = self.bot.post(
            "/1.0/bots/handover", form, identity_foreign_id=MAYA, type="messenger", **parties
        )
        return answer

    def active_interventions(self) -> list[Json]:
        """Those with Maya, as the list has them."""
        [maya] = self.desk.get("/1.0/identities", foreign_id=MAYA)["records"]
        listed = self.desk.get("/1.0/interventions", identity_id=maya["id"], status="active", limit="30")
        assert listed["count"] == len(listed["records"])
        return list(listed["records"])

    def bot_wants_the_engaged_thread_back(self) -> Json:
        """Which is refused while somebody's intervention is open."""
        self.begins("json")
        self.desk_opens("json")
        return self.bot_hands_over("agent", "bot", "json")

    def desk_opens(self, form: Form) -> Json:
        """An intervention on Maya's message."""
        opened: Json = self.desk.post("/1.0/interventions", form, content_id=self._question()["id"])
        assert not opened["closed"]
        return opened

    def desk_answers(self, form: Form) -> None:
        """The answer is accepted at once, and exported after that."""
        question = self._question()
        reply = self.desk.post("/1.0/contents", form, body=ANSWER, in_reply_to_id=question["id"])
        assert (reply["body"], reply["in_reply_to_id"]) == (ANSWER, question["id"])
        assert reply["synchronization_status"] == "export_pending"
        content = f"/1.0/contents/{reply['id']}"
        self._sees(lambda: self.desk.get(content)["synchronization_status"], "success")

    def desk_closes(self, opened: Json) -> None:
        """The intervention is closed and, by that, the thread nobody's."""
        intervention = f"/1.0/interventions/{opened['id']}"
        self.desk.put(f"{intervention}/close")
        self._sees(lambda: self.desk.get(intervention)["closed"], True)
        until(lambda: self.world.truth is None)
        thread = f"/1.0/content_threads/{opened['thread_id']}"
        self._sees(lambda: self.desk.get(thread)["thread_control"]["owner"], "idle")

    def what_maya_sees(self) -> list[tuple[str, str | None, str | None]]:
        """By whom, by which app, and what."""
        return [(line.sender, line.app_id, line.text) for line in self.world.facebook.transcript(PAGE, MAYA)]

    def _question(self) -> Json:
        [question] = [each for each in self.desk.get("/1.0/contents")["records"] if each["body"] == QUESTION]
        return dict(question)

    def _sees(self, look: Callable[[], object], expected: object, seconds: float = 20) -> None:
        """In the end. It is asked for a few times a second: a token's calls are counted."""
        ends = time.monotonic() + seconds
        while (seen := look()) != expected:
            assert time.monotonic() < ends, f"{seen!r}, not {expected!r}"
            time.sleep(0.1)
