"""Webhook events as Meta shapes them ("Webhook events" reference), inside `messaging[]` or `standby[]`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from channels_fb.simulator.clock import milliseconds
from channels_fb.simulator.control import Notice
from channels_fb.simulator.records import Json, Line

IdStyle = Literal["text", "number", "mixed"]
TimeStyle = Literal["milliseconds", "seconds"]


@dataclass
class Style:
    """Where Meta's own samples disagree: app ids as text or numbers or both at once, times in ms or s."""

    ids_as: IdStyle = "text"
    timestamps: TimeStyle = "milliseconds"
    delivery_receipts: bool = False

    def app_id(self, app_id: str, *, first: bool = False) -> str | int:
        """`first` marks the id that stays text when an event mixes both."""
        as_text = self.ids_as == "text" or (self.ids_as == "mixed" and first)
        return app_id if as_text else int(app_id)

    def time(self, moment: datetime) -> int:
        return milliseconds(moment) if self.timestamps == "milliseconds" else int(moment.timestamp())


@dataclass(frozen=True)
class Scene:
    """Page, customer and moment that every event names."""

    style: Style
    page_id: str
    psid: str
    at: datetime

    def from_customer(self) -> Json:
        return {
            "sender": {"id": self.psid},
            "recipient": {"id": self.page_id},
            "timestamp": self.style.time(self.at),
        }

    def from_page(self) -> Json:
        return self.from_customer() | {"sender": {"id": self.page_id}, "recipient": {"id": self.psid}}


def message(scene: Scene, line: Line) -> Json:
    return scene.from_customer() | {"message": _content(line)}


def postback(scene: Scene, mid: str, title: str, payload: str) -> Json:
    return scene.from_customer() | {"postback": {"title": title, "payload": payload, "mid": mid}}


def echo(scene: Scene, line: Line, metadata: str | None, extra: Json) -> Json:
    """Sender and recipient are swapped; `metadata` only where the sender set it."""
    content: Json = {"is_echo": True} | _content(line)
    if line.app_id is not None:
        content["app_id"] = scene.style.app_id(line.app_id)
    if metadata is not None:
        content["metadata"] = metadata
    return scene.from_page() | {"message": content | extra}


def delivery(scene: Scene, mid: str) -> Json:
    return scene.from_customer() | {"delivery": {"mids": [mid], "watermark": milliseconds(scene.at)}}


def read(scene: Scene) -> Json:
    return scene.from_customer() | {"read": {"watermark": milliseconds(scene.at)}}


def handover(scene: Scene, notice: Notice, metadata: str | None) -> Json:
    """`previous_owner_app_id` is null where the thread was idle."""
    if notice.verb == "request_thread_control":
        body: Json = {"requested_owner_app_id": scene.style.app_id(notice.new)}
    else:
        previous = None if notice.previous is None else scene.style.app_id(notice.previous, first=True)
        body = {"previous_owner_app_id": previous, "new_owner_app_id": scene.style.app_id(notice.new)}
    if metadata is not None:
        body["metadata"] = metadata
    return scene.from_customer() | {notice.verb: body}


def app_roles(style: Style, page_id: str, at: datetime, app_id: str, role: str) -> Json:
    """The only event without a sender."""
    return {"recipient": {"id": page_id}, "timestamp": style.time(at), "app_roles": {app_id: [role]}}


def _content(line: Line) -> Json:
    content: Json = {"mid": line.mid}
    if line.text:
        content["text"] = line.text
    if line.attachments:
        content["attachments"] = line.attachments
    return content
