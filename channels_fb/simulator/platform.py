"""What customers, apps and the Inbox do: the rules applied, and told to the apps that must hear."""

import secrets
import threading
from collections.abc import Callable
from datetime import datetime

from channels_fb.simulator import control, events, routing, sending
from channels_fb.simulator.clock import Clock
from channels_fb.simulator.control import Notice
from channels_fb.simulator.events import Scene, Style
from channels_fb.simulator.model import INBOX_APP_ID, Mode, Page, Person, Thread, World
from channels_fb.simulator.records import Json, Line, SentEvent
from channels_fb.simulator.sending import Outgoing

AI_ECHO: Json = {"ai_generated": True, "metadata": '{"source":"axon"}'}
"""What Meta's Business AI adds to its echoes, recorded live; it speaks under the Inbox's app id."""


class Platform:
    """All state behind one lock. `tell` must only queue: it is called with the lock held."""

    def __init__(self, clock: Clock, style: Style, tell: Callable[[SentEvent], None]) -> None:
        self.lock = threading.RLock()
        self.world = World()
        self.clock = clock
        self._style = style
        self._tell = tell

    # What the customer does

    def customer_writes(self, page_id: str, psid: str, text: str, attachments: list[Json]) -> str:
        with self.lock:
            page, thread, now = self._wake(page_id, psid)
            line = Line(now, "customer", None, text, new_mid(), attachments)
            thread.lines.append(line)
            self._publish(page, thread, "messages", events.message(self._scene(page, thread, now), line))
            return line.mid

    def customer_taps(self, page_id: str, psid: str, title: str, payload: str) -> str:
        """A tapped button: the customer sees its title as their own message."""
        with self.lock:
            page, thread, now = self._wake(page_id, psid)
            line = Line(now, "customer", None, title, new_mid())
            thread.lines.append(line)
            event = events.postback(self._scene(page, thread, now), line.mid, title, payload)
            self._publish(page, thread, "messaging_postbacks", event)
            return line.mid

    def customer_reads(self, page_id: str, psid: str) -> None:
        with self.lock:
            page, thread = self._find(page_id, psid)
            event = events.read(self._scene(page, thread, self.clock.now()))
            self._publish(page, thread, "message_reads", event)

    # What apps do; each raises GraphError where Meta would refuse

    def passes(self, page_id: str, app_id: str, psid: str, target: str | None, metadata: str | None) -> None:
        with self.lock:
            page, thread = self._find(page_id, psid)
            notice = control.pass_control(page, thread, app_id, target, self.clock.now())
            self._notify(page, thread, notice, metadata)

    def takes(self, page_id: str, app_id: str, psid: str, metadata: str | None) -> None:
        with self.lock:
            page, thread = self._find(page_id, psid)
            notice = control.take_control(page, thread, app_id, self.clock.now())
            self._notify(page, thread, notice, metadata)

    def requests(self, page_id: str, app_id: str, psid: str, metadata: str | None) -> None:
        with self.lock:
            page, thread = self._find(page_id, psid)
            notice = control.request_control(page, thread, app_id, self.clock.now())
            self._notify(page, thread, notice, metadata)

    def releases(self, page_id: str, app_id: str, psid: str) -> None:
        with self.lock:
            _, thread = self._find(page_id, psid)
            control.release_control(thread, app_id, self.clock.now())

    def extends(self, page_id: str, app_id: str, psid: str, seconds: int) -> None:
        with self.lock:
            _, thread = self._find(page_id, psid)
            control.extend_control(thread, app_id, seconds, self.clock.now())

    def visible_owner(self, page_id: str, app_id: str, psid: str) -> Json | None:
        """The `thread_owner` object as this app may see it, None while idle."""
        with self.lock:
            page, thread = self._find(page_id, psid)
            seen = control.visible_owner(page, thread, app_id, self.clock.now())
            if seen and "app_id" in seen:
                seen["app_id"] = self._style.app_id(str(seen["app_id"]), first=True)
            return seen

    def sends(self, page_id: str, app_id: str, psid: str, message: Outgoing) -> str | None:
        """The new message's id, None for a mere sender action.

        The echo comes after the message's own `thread_control`, so it reaches a new owner on `messaging`.
        """
        with self.lock:
            page, thread = self._find(page_id, psid)
            now = self.clock.now()
            sending.check(page, thread, app_id, message, now)
            if message.sender_action is not None:
                return None
            if sending.takes_by_sending(page, app_id, message) and thread.owner(now) != app_id:
                self._notify(page, thread, control.seize(thread, app_id, now), None)
            line = Line(now, "page", app_id, message.text, new_mid(), message.attachments)
            self._control_after(page, thread, app_id, message)
            self._speak(page, thread, line, message.metadata)
            return line.mid

    # What people do in the Page Inbox, on pages of every mode

    def inbox_replies(self, page_id: str, psid: str, text: str, ai_generated: bool) -> str:
        """Answering takes control without asking. Meta's Business AI does so unannounced (seen live)."""
        with self.lock:
            page, thread = self._find(page_id, psid)
            self._inbox_seizes(page, thread, announced=not ai_generated)
            line = Line(self.clock.now(), "page", INBOX_APP_ID, text, new_mid())
            self._speak(page, thread, line, None, AI_ECHO if ai_generated else {})
            return line.mid

    def inbox_takes(self, page_id: str, psid: str) -> None:
        with self.lock:
            self._inbox_seizes(*self._find(page_id, psid), announced=True)

    # How the page is set up

    def set_mode(self, page_id: str, mode: Mode, primary_app_id: str | None) -> None:
        """Every connected app whose role changed is told, on pages of the old handover protocol only."""
        with self.lock:
            old = self.world.page(page_id)
            new = Page(page_id, old.name, mode, primary_app_id, old.connections, old.people, old.threads)
            self.world.pages[page_id] = new
            for app_id in new.connections:
                role = new.role(app_id)
                if role is not None and role != old.role(app_id):
                    self._tell_handover(new, app_id, self._roles_event(page_id, app_id, role))

    def owner(self, page_id: str, psid: str) -> str | None:
        with self.lock:
            return self._find(page_id, psid)[1].owner(self.clock.now())

    # Inside

    def _find(self, page_id: str, psid: str) -> tuple[Page, Thread]:
        page = self.world.page(page_id)
        return page, page.thread(psid)

    def _wake(self, page_id: str, psid: str) -> tuple[Page, Thread, datetime]:
        """Whoever writes to a page thereby becomes known on it."""
        page = self.world.page(page_id)
        page.people.setdefault(psid, Person(psid))
        thread, now = page.thread(psid), self.clock.now()
        thread.hear_customer(now, page.primary_app_id)
        return page, thread, now

    def _inbox_seizes(self, page: Page, thread: Thread, *, announced: bool) -> None:
        now = self.clock.now()
        if thread.owner(now) == INBOX_APP_ID:
            return
        notice = control.seize(thread, INBOX_APP_ID, now)
        if announced:
            self._notify(page, thread, notice, None)

    def _control_after(self, page: Page, thread: Thread, app_id: str, message: Outgoing) -> None:
        """Unlike the control calls this works on an idle thread too, where a release changes nothing."""
        now = self.clock.now()
        if message.control is None:
            return
        if message.control.passes:
            notice = control.pass_control(page, thread, app_id, message.control.target, now)
            self._notify(page, thread, notice, None)
        else:
            thread.free()

    def _speak(
        self, page: Page, thread: Thread, line: Line, metadata: str | None, extra: Json | None = None
    ) -> None:
        thread.lines.append(line)
        scene = self._scene(page, thread, line.at)
        self._publish(page, thread, "message_echoes", events.echo(scene, line, metadata, extra or {}))
        if self._style.delivery_receipts:
            self._publish(page, thread, "message_deliveries", events.delivery(scene, line.mid))

    def _scene(self, page: Page, thread: Thread, at: datetime) -> Scene:
        return Scene(self._style, page.page_id, thread.psid, at)

    def _publish(self, page: Page, thread: Thread, field: str, event: Json) -> None:
        now = self.clock.now()
        for app_id, key in routing.listeners(page, thread, field, now):
            if not self._is_on_dashboard(app_id, field if key == "messaging" else "standby"):
                continue
            self._tell(SentEvent(now, app_id, page.page_id, key, routing.as_heard(key, event)))

    def _notify(self, page: Page, thread: Thread, notice: Notice, metadata: str | None) -> None:
        """The Inbox is Meta's own and has no connection here, so it is never told."""
        if notice.told is not None:
            scene = self._scene(page, thread, self.clock.now())
            self._tell_handover(page, notice.told, events.handover(scene, notice, metadata))

    def _tell_handover(self, page: Page, app_id: str, event: Json) -> None:
        connection = page.connections.get(app_id)
        is_wanted = connection is not None and "messaging_handovers" in connection.fields
        if is_wanted and self._is_on_dashboard(app_id, "messaging_handovers"):
            self._tell(SentEvent(self.clock.now(), app_id, page.page_id, "messaging", event))

    def _is_on_dashboard(self, app_id: str, field: str) -> bool:
        """A field has to be subscribed by the page and in the app's dashboard, too."""
        return field in self.world.app(app_id).fields

    def _roles_event(self, page_id: str, app_id: str, role: str) -> Json:
        return events.app_roles(self._style, page_id, self.clock.now(), app_id, role)


def new_mid() -> str:
    """A message id, opaque and never repeated."""
    return "m_" + secrets.token_urlsafe(24)
