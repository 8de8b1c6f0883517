"""Whatever is sent to the API, the answer is one that the contract states, and no error is logged.

Calls go through Django's test client, so what a server refuses by itself does not come in: control
characters in headers, a `Content-Length` longer than the body.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_from_bytes

from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from hypothesis import event, given
from hypothesis import strategies as st

from handover.actors import Actor
from handover.history import breaks
from handover.interventions import open_intervention
from handover.models import Content, Intervention, Thread
from handover.models.interventions import OVER
from handover.wire_ids import wire_id
from tests.people import agent_user
from tests.property import junk
from tests.property.profiles import often
from tests.property.tables import forget_conversations
from tests.property.watching import SUCCESS, as_agreed, quiet_log
from tests.world import AGENT, BOT, INBOX, MAYA, PAGE, World

STRANGER, NOAH = "99999", "24002"
NAMES = [
    *(
        "access_token",
        "identity_foreign_id",
        "from",
        "to",
        "type",
        "app_id",
        "source_id",
        "reason",
        "dry_run",
    ),
    *("thread_category_ids[]", "thread_category_ids", "intervention_id", "trigger", "impersonated_user_id"),
    *("offset", "limit", "q", "foreign_id", "thread_id", "format", "active", "permission"),
    *("content_id", "identity_id", "identity_id[]", "user_id", "status", "sort", "until", "body"),
    "close_thread",
]
COLLECTIONS = [
    *("bots/handovers", "content_sources", "identities", "content_threads", "contents", "interventions"),
    "events",
    "status",
]
ACTIONS = {
    "interventions": "POST",
    "interventions/{id}/close": "PUT",
    "interventions/{id}/cancel": "DELETE",
    "interventions/{id}/defer": "PUT",
    "interventions/{id}/reactivate": "PUT",
    "interventions/{id}/reassign": "PUT",
    "interventions/{id}/notes": "POST",
    "content_threads/{id}/update_categories": "PUT",
    "bots/engage": "POST",
    "bots/complete": "POST",
    "interventions/{id}/take_over": "PUT",
    "contents": "POST",
    "contents/{id}/retry": "PUT",
    "status": "PUT",
}
"""What changes something besides a handover, and by which method."""
PATHS = st.sampled_from(
    [
        "bots/handover",
        "bots",
        "schema",
        "",
        *COLLECTIONS,
        *(path.replace("{id}", wire_id(1)) for path in ACTIONS),
    ]
)
IDS = st.sampled_from(
    [wire_id(1), wire_id(2), "0" * 24, "f" * 24, "7" + "f" * 15, "8".zfill(24), "x" * 24]
) | (junk.TEXT.filter(lambda text: "/" not in text))
METHODS = st.sampled_from(
    ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "BREW"]
)


@st.composite
def paths(draw: st.DrawFn) -> str:
    """Below `/1.0/`: paths of ours, with ids and junk behind them, or junk alone."""
    if draw(st.integers(0, 5)) == 3:
        return "/1.0/" + quote_from_bytes(draw(st.binary(max_size=20)), safe="/")
    tail = draw(st.sampled_from(["", "", "/"]) | st.just("") | IDS.map(lambda text: f"/{text}") | junk.TEXT)
    return "/1.0/" + draw(PATHS) + quote_from_bytes(tail.encode(errors="surrogatepass"), safe="/")


AUTHORIZATIONS = st.sampled_from(
    ["", "Bearer", "Bearer None", "bearer {token}", "Bearer  {token} ", "Bearer {token}x", "Basic {token}"]
    + ["Bearer {token}", "Bearer {token}", "Bearer {token}"]
)
OTHER_HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "HTTP_ACCEPT": st.sampled_from(["application/xml", "text/html", "*/*;q=x", ";"]) | junk.HEADER_TEXT,
        "HTTP_X_REQUEST_ID": junk.HEADER_TEXT,
        "HTTP_X_FORWARDED_FOR": junk.HEADER_TEXT,
        "HTTP_X_FORWARDED_HOST": junk.HEADER_TEXT,
        "HTTP_COOKIE": junk.HEADER_TEXT,
        "HTTP_ACCEPT_LANGUAGE": junk.HEADER_TEXT,
        "HTTP_X_HTTP_METHOD_OVERRIDE": METHODS,
        "HTTP_IF_MODIFIED_SINCE": junk.HEADER_TEXT,
        "HTTP_RANGE": st.sampled_from(["bytes=0-1", "bytes=9-0"]) | junk.HEADER_TEXT,
    },
)
HOSTS = st.sampled_from(["localhost:1", "[::1]", "evil.example", "a b", ":", "_", ""]) | junk.HEADER_TEXT
ENCODINGS = st.sampled_from(["chunked", "gzip, chunked", ""])
QUERIES = st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=30) | st.lists(
    st.tuples(st.sampled_from(NAMES) | junk.TEXT, junk.SCALARS), max_size=4
).map(junk.as_query)
BODIES = (
    st.binary(max_size=60)
    | junk.any_json(st.sampled_from(NAMES)).map(junk.written)
    | st.dictionaries(st.sampled_from(NAMES), junk.any_json(), max_size=5).map(junk.written)
    | junk.DEPTHS.map(junk.deep)
    | st.lists(st.tuples(st.sampled_from(NAMES), junk.SCALARS), max_size=5).map(junk.as_multipart)
    | st.sampled_from([b"&" * 1500, b"a=1&" * 1500, b"x" * (1024 * 1024 + 1), b'{"a":' + b"9" * 5000 + b"}"])
)
LENGTHS = st.sampled_from(["", "0", "1", "abc", "9" * 30, "1048577", " 1", "٣"])


class Caller:
    """A bot that calls our API, and what it may never see."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client = Client(raise_request_exception=False)

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Send, check, and return answer and content."""
        with quiet_log():
            answer = self.client.generic(method, path, **options)
        event(f"{answer.status_code}")
        return answer, as_agreed(answer, method)

    def headers(self) -> dict[str, str]:
        return {"HTTP_AUTHORIZATION": f"Bearer {self.world.token}"}


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """A call that is in order, with any of its parts replaced by junk; `{token}` stands for a right one."""

    def perhaps(junk_part: st.SearchStrategy[Any], right: Any) -> Any:
        return draw(junk_part) if draw(st.integers(0, 3)) == 0 else right

    path = draw(paths())
    method = perhaps(
        METHODS, "POST" if path.startswith("/1.0/bots/handover") and path[18:] in ("", "/") else "GET"
    )
    options = {
        "HTTP_AUTHORIZATION": perhaps(AUTHORIZATIONS | junk.HEADER_TEXT, "Bearer {token}"),
        "HTTP_HOST": perhaps(HOSTS, "testserver"),
        "QUERY_STRING": perhaps(QUERIES, ""),
        "data": perhaps(BODIES, b"{}"),
        "content_type": perhaps(junk.content_types(), "application/json"),
        **perhaps(OTHER_HEADERS, {}),
    }
    length = perhaps(LENGTHS, None)
    if length is not None:
        options["CONTENT_LENGTH"] = length
        options["HTTP_TRANSFER_ENCODING"] = perhaps(ENCODINGS, "")
    return {"method": method, "path": path, **options}


@often(6)
@given(requests())
def test_any_request(stage: World, request_: dict[str, Any]) -> None:
    method, path = request_.pop("method"), request_.pop("path")
    authorization = request_["HTTP_AUTHORIZATION"].replace("{token}", stage.token)
    Caller(stage).call(method, path, **{**request_, "HTTP_AUTHORIZATION": authorization})


def nearly(*right: Any, wrong_in: int = 8) -> st.SearchStrategy[Any]:
    """Mostly right, else anything."""
    return st.integers(1, wrong_in).flatmap(lambda n: junk.any_json() if n == 3 else st.sampled_from(right))


ASKED = st.fixed_dictionaries(
    {
        "identity_foreign_id": nearly(MAYA, MAYA, MAYA, NOAH, STRANGER, int(MAYA), wrong_in=15),
        "type": nearly(*["messenger"] * 9, "engage_virtual_agent", wrong_in=15),
    },
    optional={
        "app_id": nearly(BOT, BOT, int(BOT), AGENT, INBOX, "950"),
        "source_id": nearly(PAGE, int(PAGE), wire_id(1), "222"),
        "reason": nearly("no idea", "\u00e4\U0001f600", "x" * 500),
        "dry_run": nearly("true", True, 1, "off", "on", "No"),
        "thread_category_ids[]": nearly("cat-1", "\U0001f600" * 64, []),
        "thread_category_ids": nearly(["cat-1", 2], [None], [["x"]]),
        "intervention_id": nearly("x"),
        "trigger": nearly({"a": 1}),
        "impersonated_user_id": junk.any_json(),
    },
)
SIDES = nearly(
    ("bot", "agent"), ("agent", "bot"), ("bot", "agent"), ("agent", "bot"), ("bot", "bot"), wrong_in=15
)


@st.composite
def asked(draw: st.DrawFn) -> dict[str, Any]:
    """A handover that is in order, or nearly so, as options of Django's client."""
    sides = draw(SIDES)
    from_party, to_party = sides if isinstance(sides, tuple) else (draw(junk.SCALARS), sides)
    return draw(junk.sent({"from": from_party, "to": to_party, **draw(ASKED)}))


HOLDERS = st.sampled_from(["nobody", "bot", "agent", "inbox", "idle"])


def _set(world: World, holder: str) -> None:
    """Maya's thread, held by somebody; Noah has never written but is known to Facebook."""
    forget_conversations()
    world.facebook.forget()
    world.add_page(PAGE, "receivers", BOT)
    world.facebook.subscribe(PAGE, AGENT)
    for psid, name in ((MAYA, "Maya"), (NOAH, "Noah")):
        world.facebook.add_person(PAGE, psid, name, "Lind")
    if holder == "nobody":
        return
    world.facebook.customer_writes(PAGE, MAYA, "Hello")
    if holder == "agent":
        world.facebook.app_passes(BOT, PAGE, MAYA, AGENT)
    if holder == "inbox":
        world.facebook.inbox_takes(PAGE, MAYA)
    if holder == "idle":
        world.facebook.app_releases(BOT, PAGE, MAYA)
    world.settle()


def _engage(world: World) -> User:
    user = agent_user("ann")
    open_intervention(world.thread, user, Actor.for_staff(user))
    return user


@often(1.5)
@given(HOLDERS, st.booleans(), asked())
def test_any_handover(stage: World, holder: str, is_engaged: bool, options: dict[str, Any]) -> None:
    _set(stage, holder)
    if is_engaged and holder != "nobody":
        _engage(stage)
    caller = Caller(stage)
    answer, content = caller.call("POST", "/1.0/bots/handover", **options, **caller.headers())
    stage.settle()
    if answer.status_code == 200:
        assert {name: content.get(name) for name in SUCCESS} == SUCCESS
        assert ("Handover-Id" in answer) != ("plan" in content)
    if "Handover-Id" in answer:
        _, record = caller.call("GET", f"/1.0/bots/handovers/{answer['Handover-Id']}", **caller.headers())
        assert record["id"] == answer["Handover-Id"]
        assert record["state"] in ("requested", "completed", "refused", "failed", "expired", "unknown")
    passes = any(call.edge == "pass_thread_control" and call.psid == MAYA for call in stage.facebook.calls)
    assert not (passes and is_engaged and holder != "nobody")
    assert not (passes and holder == "inbox")


FILTERS = st.dictionaries(
    st.sampled_from(NAMES),
    nearly(
        *(
            "0",
            "1",
            "150",
            "151",
            MAYA,
            wire_id(1),
            f"foreign:{MAYA}",
            'hello -text:"x y"',
            "identity:1",
            "-",
        ),
        *(f"-user:{wire_id(1)} order:created_at.asc", "name_in:a,b created_after:0001-01-01T00:00+14:00"),
    ),
    max_size=4,
)


@often(2)
@given(st.sampled_from(COLLECTIONS), st.none() | IDS, FILTERS.flatmap(junk.sent))
def test_any_reading(stage: World, collection: str, record_id: str | None, options: dict[str, Any]) -> None:
    if not stage.graph_calls("profile"):
        _set(stage, "agent")
        stage.agent_to_bot()
    caller = Caller(stage)
    tail = (
        "" if record_id is None else "/" + quote_from_bytes(record_id.encode(errors="surrogatepass"), safe="")
    )
    answer, content = caller.call("GET", f"/1.0/{collection}{tail}", **options, **caller.headers())
    if answer.status_code == 200 and "records" in content:
        assert set(content) == {"count", "offset", "limit", "records"}
        assert len(content["records"]) <= content["limit"] <= 150


def _ids(model: type[Model]) -> list[str]:
    return [wire_id(pk) for pk in model._default_manager.order_by("pk").values_list("pk", flat=True)]


ACTED_ON = st.fixed_dictionaries(
    {},
    optional={
        "until": nearly("2001-01-01T00:00:00Z", "tomorrow", "9999-12-31T23:59:59-10:00"),
        "body": nearly("Rings back", "\u00e4\U0001f600", " "),
        "close_thread": nearly(True, "off"),
        "status": nearly("available", "away"),
        "thread_category_ids[]": nearly("cat-1", []),
        "thread_category_ids": nearly(["cat-1", 2], [None], [["x"]]),
    },
)


@often(1.5)
@given(st.data(), st.sampled_from(sorted(ACTIONS)), st.sampled_from(["person", "bot", "nobody"]))
def test_any_action(stage: World, data: st.DataObject, path: str, engaged: str) -> None:
    _set(stage, "agent")
    if engaged != "nobody":
        user = agent_user("ann")
        open_intervention(stage.thread, user, Actor.for_staff(user), is_bots=engaged == "bot")

    def some(model: type[Model]) -> Any:
        return data.draw(nearly(*_ids(model) or [wire_id(1)]))

    asked = {
        "content_id": some(Content),
        "thread_id": some(Thread),
        "intervention_id": some(Intervention),
        "user_id": some(User),
        **data.draw(ACTED_ON),
    }
    for left_out in data.draw(st.lists(st.sampled_from(sorted(asked)), max_size=2)):
        asked.pop(left_out, None)
    options = data.draw(junk.sent(asked))
    owner = Thread if path.startswith("content_threads") else Intervention
    is_known = data.draw(st.integers(1, 8)) != 3
    record_id = data.draw(st.sampled_from(_ids(owner) or [wire_id(1)]) if is_known else IDS)
    address = path.replace("{id}", quote_from_bytes(record_id.encode(errors="surrogatepass"), safe=""))
    caller = Caller(stage)
    caller.call(ACTIONS[path], f"/1.0/{address}", **options, **caller.headers())
    persons = Intervention.objects.filter(is_bots=False).exclude(status__in=OVER)
    assert persons.count() <= 1
    assert list(breaks(stage.thread)) == []


def test_a_content_length_that_is_no_number_is_refused(stage: World) -> None:
    answer = Client().generic(
        "POST", "/1.0/bots/handover", b"{}", CONTENT_LENGTH="abc", HTTP_AUTHORIZATION=f"Bearer {stage.token}"
    )
    assert answer.status_code == 400
    assert as_agreed(answer, "POST")["error"] == "invalid_parameter"
