"""What findings are drawn from: Facebook's answers, our settings, and what has come from Facebook. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from handover.ownership import ControlMode

NO_SUCH_APP = 101
"""Graph's code for an app that it cannot find."""


@dataclass(frozen=True)
class Trouble:
    """A question that Facebook did not answer as hoped. `words`: a sentence, with its own text.

    `is_silence`: nobody answered, or with a failure of its own, so nothing is known. Otherwise it refused,
    with this code and subcode, or it could not be asked for want of a secret.
    """

    words: str
    is_silence: bool = False
    code: int | None = None
    subcode: int | None = None

    @property
    def is_about_secret(self) -> bool:
        """The app secret does not fit: a proof by it is refused, or a token that is made of it."""
        words = self.words.lower()
        return "appsecret_proof" in words or "access token signature" in words

    @property
    def is_about_another_app(self) -> bool:
        """The token that was asked about is not this app's."""
        return "did not match the viewing app" in self.words.lower()

    @property
    def is_about_unknown_app(self) -> bool:
        """There is no app of this id."""
        return self.code == NO_SUCH_APP


@dataclass(frozen=True)
class Token:
    """What Facebook says of the page's token. `page_id`, `app_id`: empty where it does not say.

    `ends_at` is None for one without an end. `kind` is Facebook's word, empty where it says none. `words`:
    why it is not valid.
    """

    is_valid: bool
    app_id: str = ""
    page_id: str = ""
    ends_at: datetime | None = None
    permissions: frozenset[str] = frozenset()
    words: str = ""
    kind: str = ""

    @property
    def is_a_pages(self) -> bool:
        """Rather than a user's, with which nothing about threads can be done."""
        return self.kind in ("", "PAGE")


@dataclass(frozen=True)
class Callback:
    """The webhooks in the app's dashboard."""

    url: str
    is_active: bool
    fields: frozenset[str]


@dataclass(frozen=True)
class Answers:
    """What Facebook answered, question by question.

    `fields` maps each app that the page is subscribed for to its fields. `callback` is None where the
    dashboard has none. `is_primary`: None where it does not tell. `clock_ahead`: by how many seconds
    Facebook's clock is ahead of ours; None where no answer had a date.
    """

    mode: ControlMode | Trouble
    fields: Mapping[str, frozenset[str]] | Trouble
    is_primary: bool | Trouble | None
    token: Token | Trouble
    callback: Callback | Trouble | None
    clock_ahead: float | None = None

    @property
    def troubles(self) -> list[Trouble]:
        """The questions that nobody answered."""
        answers = (self.mode, self.fields, self.is_primary, self.token, self.callback)
        return [answer for answer in answers if isinstance(answer, Trouble) and answer.is_silence]

    @property
    def questions(self) -> int:
        """How many were asked."""
        return 5


@dataclass(frozen=True)
class Bot:
    """A bot app of the page. `spoke_at`: its newest message that we heard of, None where there is none."""

    app_id: str
    name: str
    spoke_at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.name or 'Bot'} ({self.app_id})"


@dataclass(frozen=True)
class Settings:
    """What is set here, and what was learnt from Facebook's answers.

    `callback_url` is where webhooks are taken, or only its path where the service does not know its address.
    `absence` is why no agent answers now, empty where one does, None where the page does not ask.
    """

    page_id: str
    app_id: str
    app_name: str
    primary: str
    wanted_fields: tuple[str, ...]
    callback_url: str
    bots: tuple[Bot, ...] = ()
    is_active: bool = True
    mode: ControlMode = ControlMode.UNKNOWN
    requests_refused: bool = False
    can_take: bool | None = None
    may_tag_human_agent: bool = False
    absence: str | None = None
    has_agents: bool = True
    old_secret_until: datetime | None = None

    @property
    def app(self) -> str:
        """The agent app, as people know it."""
        return self.app_name or f"app {self.app_id}"


@dataclass(frozen=True)
class Arrivals:
    """What came from Facebook for the page, by our clock.

    `last` maps kinds, named as Facebook's fields, to when one came last. The newest `looked_at` deliveries of
    the app were looked at, back to `since`. `delays`: seconds from an event to its arrival.
    `on_messaging_at`: when a customer's message last came to us as the holder; `on_standby`: how many came to
    us as a bystander since then.
    """

    last: Mapping[str, datetime] = field(default_factory=dict)
    looked_at: int = 0
    since: datetime | None = None
    delays: tuple[float, ...] = ()
    on_messaging_at: datetime | None = None
    on_standby: int = 0
    on_standby_since: datetime | None = None
    failed_items: int = 0
    unknown_items: int = 0
    repeats: int = 0


@dataclass(frozen=True)
class Facts:
    """All of it, at `at` by our clock."""

    at: datetime
    settings: Settings
    answers: Answers
    arrivals: Arrivals
