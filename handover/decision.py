"""May this handover happen, and by which calls: one pure function. No Django, no ORM, no network.

The endpoint, its dry run and the admin all ask `decide`. The rules come from the guide of the Bots API
(a bot's handover *requests* control, an agent's *passes* it, never while an intervention is engaged),
from Meta's pages on conversation routing (where requests are refused, control is taken), and from the page's
administrator (who may want threads to go to the agents only while one is there).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from handover.holders import describe
from handover.ownership import Cast, ControlMode, Owner, Party, Picture


class Verb(StrEnum):
    """What can be asked of a channel about control."""

    READ_OWNER = "read_owner"
    REQUEST = "request"
    TAKE = "take"
    PASS = "pass"
    RELEASE = "release"
    SEND = "send"
    """A message rather than control; it stands in plans beside what is done for its sake."""


class RefusalCode(StrEnum):
    """The identifiers of refusals by rule, as they stand in an answer's `error`."""

    IDENTITY_NOT_FOUND = "identity_not_found"
    AMBIGUOUS_IDENTITY = "ambiguous_identity"
    SOURCE_INACTIVE = "source_inactive"
    MISSING_PARAMETER = "missing_parameter"
    INVALID_BOT_APP = "invalid_bot_app"
    INTERVENTION_ENGAGED = "intervention_engaged"
    INTERVENTION_IN_PROGRESS = "intervention_in_progress"
    FORBIDDEN = "forbidden"
    CONTENT_REFUSED = "content_refused"
    HANDOVER_IN_PROGRESS = "handover_in_progress"
    NO_AGENT_AVAILABLE = "no_agent_available"
    CONTROL_CONFLICT = "control_conflict"


class Answer(StrEnum):
    """What is to be done about what was asked."""

    REFUSE = "refuse"
    REPEAT = "repeat"
    """The same handover is already requested: answer with that one."""
    NOTHING_TO_DO = "nothing_to_do"
    """The asked-for side holds the thread."""
    CALL = "call"
    RECORD = "record"
    """Only our own rows change: the platform is asked nothing."""


@dataclass(frozen=True)
class Ask:
    """What was asked. `app_id` is the bot's app, empty where none was named."""

    from_party: Party
    to_party: Party
    app_id: str = ""
    in_person: bool = False
    """Asked by a member of staff who is there, not by a program."""
    for_reply: bool = False
    """Control is wanted for an agent's reply: it is taken where our app is primary (the guide, "HOP
    features")."""
    may_take: bool = True
    """False where control was taken for this reply before: a second take would be a tug of war."""
    by_force: bool = False
    """A person says "take over", whoever holds the thread."""


@dataclass(frozen=True)
class Situation:
    """All that a decision rests on, as seen at `now` (our clock). `picture` is judged at `now`."""

    now: datetime
    picture: Picture
    cast: Cast
    source_active: bool = True
    requests_refused: bool = False
    """Learnt: the platform refused a request of ours on this source."""
    takes_refused: bool = False
    """Learnt: it refused a take."""
    engagement: str = ""
    """Whose intervention is open and since when, in words; empty where none is."""
    engaged: str = ""
    """That intervention's status; empty where none is open."""
    in_progress: str = ""
    """What is being carried out on the thread right now, in words; empty where nothing is."""
    is_given_back: bool = False
    """Control is being given back right now, after an intervention."""
    is_requested: bool = False
    """Control was asked for and not granted yet, and the deadline has not passed."""
    has_loose_ends: bool = False
    """A handover was left behind by a killed process: its outcome has to be read first."""
    just_read: bool = False
    """The owner was read from the platform for this very decision."""
    absence: str | None = None
    """Why no agent would answer, in words; empty where one would, None where the page does not ask."""


@dataclass(frozen=True)
class Rule:
    """One rule's verdict, in words that an integrator can act on."""

    name: str
    holds: bool
    because: str


@dataclass(frozen=True)
class Call:
    """One call to the channel. `target_app_id` is set for a pass only."""

    verb: Verb
    target_app_id: str = ""


@dataclass(frozen=True)
class Refusal:
    """Why not. `message` is one helpful sentence."""

    code: RefusalCode
    message: str


@dataclass(frozen=True)
class Decision:
    """The answer, the rules that led to it in order, and the calls that would be made, in order."""

    answer: Answer
    rules: tuple[Rule, ...]
    calls: tuple[Call, ...] = ()
    refusal: Refusal | None = None
    app_id: str = ""
    """The app that would hold the thread afterwards."""
    agent_app_id: str = ""
    """The app that makes the calls."""

    @property
    def why_not(self) -> Refusal:
        """The refusal of a decision that refuses. Raises ValueError for any other."""
        if self.refusal is None:
            raise ValueError("this decision refuses nothing")
        return self.refusal


@dataclass(frozen=True)
class Verdict:
    """What one rule says; `code` where it is broken."""

    because: str
    code: RefusalCode | None = None


def decide(ask: Ask, situation: Situation) -> Decision:
    """The plan for a handover, or the refusal with its reason. The first broken rule decides."""
    decision = Decision(
        Answer.CALL, (), app_id=target_app_id(ask, situation.cast), agent_app_id=situation.cast.agent_app_id
    )
    decision = judged(decision, ((name, judge(ask, situation)) for name, judge in _rules_for(ask, situation)))
    if decision.answer is Answer.REFUSE:
        return decision
    answer, calls = _moves(ask, situation, decision.app_id)
    return replace(decision, answer=answer, calls=calls)


def decide_opening(situation: Situation, *, is_bots: bool = False) -> Decision:
    """The plan for opening an intervention, or the refusal with its reason.

    The bot's own (`is_bots`) keeps nobody from handing over, so it need not wait for a handover either.
    """
    ask = Ask(Party.BOT, Party.AGENT)  # Whoever opens one means the agent to speak.
    rules = _OPENING_THE_BOTS if is_bots else _OPENING
    return judged(Decision(Answer.RECORD, ()), ((name, judge(ask, situation)) for name, judge in rules))


def judged(decision: Decision, verdicts: Iterable[tuple[str, Verdict]]) -> Decision:
    """The decision with its rules, up to the first broken one: none after it is judged."""
    rules: list[Rule] = []
    for name, verdict in verdicts:
        rules.append(Rule(name, verdict.code is None, verdict.because))
        if verdict.code is not None:
            refusal = Refusal(verdict.code, verdict.because)
            return replace(decision, answer=Answer.REFUSE, rules=tuple(rules), refusal=refusal)
    return replace(decision, rules=tuple(rules))


def target_app_id(ask: Ask, cast: Cast) -> str:
    """The app that is to hold the thread: ours, or the bot's named or only one; empty where undecided."""
    if ask.to_party is Party.AGENT:
        return cast.agent_app_id
    return ask.app_id or cast.only_bot_app_id


def takes(ask: Ask, situation: Situation) -> bool:
    """Whether control is taken rather than asked for: where the platform takes no requests from us, and for a
    reply also where our app is the primary one."""
    if ask.for_reply and situation.cast.default is Party.AGENT and not situation.takes_refused:
        return True
    return situation.cast.mode is ControlMode.ROUTING or situation.requests_refused


# The rules, in the order in which refusals are looked for.


def _source_is_active(ask: Ask, situation: Situation) -> Verdict:
    if situation.source_active:
        return Verdict("The page is active.")
    return Verdict("The page is disabled; enable it to hand over its threads.", RefusalCode.SOURCE_INACTIVE)


def _bot_app_is_known(ask: Ask, situation: Situation) -> Verdict:
    bots = situation.cast.bot_app_ids
    if ask.app_id and ask.app_id in bots:
        return Verdict(f"App {ask.app_id} is a bot app of the page.")
    if ask.app_id:
        return Verdict(f"App {ask.app_id} is not a bot app of this page.", RefusalCode.INVALID_BOT_APP)
    if len(bots) == 1:
        return Verdict(f"No app_id was given and the page has one bot app, {next(iter(bots))}.")
    return Verdict(
        f"Parameter app_id is missing, and the page has {len(bots)} bot apps to choose from.",
        RefusalCode.MISSING_PARAMETER,
    )


def _no_intervention_is_engaged(ask: Ask, situation: Situation) -> Verdict:
    if not situation.engagement:
        return Verdict("No intervention of a person's is open on the thread.")
    return Verdict(
        f"An intervention is currently engaged with this identity: {situation.engagement}.",
        RefusalCode.INTERVENTION_ENGAGED,
    )


def _nothing_is_in_progress(ask: Ask, situation: Situation) -> Verdict:
    return _unless_busy(situation.in_progress)


def _nor_is_control_given_back(ask: Ask, situation: Situation) -> Verdict:
    """Whoever wants the agent to have control must not be told that it has what it is about to lose."""
    given_back = "Giving control back after an intervention" if situation.is_given_back else ""
    return _unless_busy(situation.in_progress or given_back)


def _unless_busy(in_progress: str) -> Verdict:
    if not in_progress:
        return Verdict("Nothing else is being carried out on the thread.")
    return Verdict(
        f"{in_progress} is being carried out on this thread right now; try again in a moment.",
        RefusalCode.HANDOVER_IN_PROGRESS,
    )


def _agent_is_available(ask: Ask, situation: Situation) -> Verdict:
    """Somebody has to be there only for a thread that is still to come to the agents."""
    if ask.in_person:
        return Verdict("A member of staff asks, so somebody is there.")
    if situation.is_requested:
        return Verdict("Control was asked for already.")
    if situation.picture.owner is Owner.AGENT:
        return Verdict("The thread is the agents' already, as far as we know.")
    if situation.has_loose_ends and not situation.just_read:
        return Verdict("The thread may be the agents' already; the owner is read first.")
    if not situation.absence:
        return Verdict("The page is open and an agent is available.")
    return Verdict(situation.absence, RefusalCode.NO_AGENT_AVAILABLE)


def _control_is_free(ask: Ask, situation: Situation) -> Verdict:
    """Someone else's thread is left alone, once the picture is fresh enough to say that it is."""
    if not _is_someone_elses(ask, situation):
        return Verdict(f"{describe(situation.picture)}, so control can be moved.")
    if not _is_settled(ask, situation):
        return Verdict(f"{describe(situation.picture)}; the owner is read first.")
    return Verdict(
        f"{describe(situation.picture)}; {_way_out(ask, situation)}.", RefusalCode.CONTROL_CONFLICT
    )


def _way_out(ask: Ask, situation: Situation) -> str:
    """Whoever holds a thread can pass it to whom it will."""
    app_id = target_app_id(ask, situation.cast)
    if situation.picture.owner is Owner.INBOX:
        return "the person there has to give it up first"
    return (
        f"nothing is taken from an app that may not be the bot's, but its holder can pass it to app {app_id}"
    )


def _taken_once(ask: Ask, situation: Situation) -> Verdict:
    """Looked at for replies only."""
    if ask.may_take or not takes(ask, situation) or situation.picture.owner is Owner.AGENT:
        return Verdict("Control was not taken for this reply yet.")
    return Verdict(
        f"{describe(situation.picture)}; control was taken for this reply once and is lost again: take over"
        " by hand.",
        RefusalCode.CONTROL_CONFLICT,
    )


def _is_someone_elses(ask: Ask, situation: Situation) -> bool:
    picture = situation.picture
    if ask.to_party is Party.BOT:
        if picture.owner is Owner.BOT:
            return not _bot_holds_already(ask, situation)
        return picture.owner in (Owner.INBOX, Owner.OTHER)
    if situation.is_requested or picture.owner is Owner.AGENT or ask.by_force:
        return False
    if takes(ask, situation):
        return picture.owner not in (Owner.BOT, Owner.IDLE) or not picture.sure
    is_named = picture.owner is Owner.INBOX or (picture.owner is Owner.OTHER and picture.app_id != "")
    return ask.for_reply and is_named


def _bot_holds_already(ask: Ask, situation: Situation) -> bool:
    picture, target = situation.picture, target_app_id(ask, situation.cast)
    return picture.owner is Owner.BOT and picture.app_id == target


def _is_settled(ask: Ask, situation: Situation) -> bool:
    """Whether the picture is good enough. A refused reply tells that another app holds the thread and not
    which, so there reading the owner may tell more."""
    picture = situation.picture
    is_unnamed = ask.for_reply and picture.owner is Owner.OTHER and not picture.app_id
    is_known = picture.is_fresh(situation.now) and not is_unnamed and not situation.has_loose_ends
    return situation.just_read or is_known


_Judge = Callable[[Ask, Situation], Verdict]
_TO_AGENT: tuple[tuple[str, _Judge], ...] = (
    ("source_active", _source_is_active),
    ("nothing_in_progress", _nor_is_control_given_back),
    ("control_free", _control_is_free),
)
_TO_AN_AVAILABLE_AGENT = (*_TO_AGENT[:2], ("agent_available", _agent_is_available), *_TO_AGENT[2:])
_TO_BOT: tuple[tuple[str, _Judge], ...] = (
    ("source_active", _source_is_active),
    ("bot_app_known", _bot_app_is_known),
    ("no_intervention_engaged", _no_intervention_is_engaged),
    ("nothing_in_progress", _nothing_is_in_progress),
    ("control_free", _control_is_free),
)
_OPENING: tuple[tuple[str, _Judge], ...] = (
    ("nothing_in_progress", _nothing_is_in_progress),
    ("no_intervention_engaged", _no_intervention_is_engaged),
)
_OPENING_THE_BOTS = _OPENING[1:]


def _rules_for(ask: Ask, situation: Situation) -> tuple[tuple[str, _Judge], ...]:
    if ask.to_party is Party.BOT:
        return _TO_BOT
    if ask.for_reply:  # Whoever replies is there.
        return (*_TO_AGENT, ("taken_once", _taken_once))
    return _TO_AGENT if situation.absence is None else _TO_AN_AVAILABLE_AGENT


# The moves, once every rule holds.


def _moves(ask: Ask, situation: Situation, app_id: str) -> tuple[Answer, tuple[Call, ...]]:
    if ask.to_party is Party.AGENT:
        return _moves_to_agent(ask, situation)
    return _moves_to_bot(ask, situation, app_id)


def _moves_to_agent(ask: Ask, situation: Situation) -> tuple[Answer, tuple[Call, ...]]:
    if situation.is_requested and not (ask.by_force and takes(ask, situation)):
        return Answer.REPEAT, ()
    if situation.picture.owner is Owner.AGENT:
        return _stay(ask, situation)
    if not takes(ask, situation):
        return _call(situation, Call(Verb.REQUEST), needs_reading=_is_someone_elses(ask, situation))
    return _call(situation, Call(Verb.TAKE), needs_reading=not (_is_settled(ask, situation) or ask.by_force))


def _moves_to_bot(ask: Ask, situation: Situation, app_id: str) -> tuple[Answer, tuple[Call, ...]]:
    if _bot_holds_already(ask, situation):
        return _stay(ask, situation)
    needs_reading = _is_someone_elses(ask, situation)
    return _call(situation, Call(Verb.PASS, app_id), needs_reading=needs_reading)


def _stay(ask: Ask, situation: Situation) -> tuple[Answer, tuple[Call, ...]]:
    if _is_settled(ask, situation):
        return Answer.NOTHING_TO_DO, ()
    return Answer.CALL, (Call(Verb.READ_OWNER),)


def _call(situation: Situation, call: Call, *, needs_reading: bool) -> tuple[Answer, tuple[Call, ...]]:
    read_first = needs_reading or (situation.has_loose_ends and not situation.just_read)
    return Answer.CALL, (Call(Verb.READ_OWNER), call) if read_first else (call,)
