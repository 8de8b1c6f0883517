"""The face that looks like graph.facebook.com: paths, tokens and proofs, then the edge."""

import hashlib
import hmac
import re
import threading
from collections import deque
from dataclasses import dataclass, replace

from channels_fb.simulator import app_edges, edges, errors
from channels_fb.simulator.edges import Caller
from channels_fb.simulator.errors import GraphError
from channels_fb.simulator.http_messages import Answer, Request, json_answer
from channels_fb.simulator.knobs import Knobs
from channels_fb.simulator.parameters import Parameters
from channels_fb.simulator.platform import Platform
from channels_fb.simulator.records import GraphCall, Json

KEPT_CALLS = 10_000

SECRETS = ("access_token", "appsecret_proof", "input_token")

VERSION = re.compile(r"v\d+\.\d+")


@dataclass(frozen=True)
class _Target:
    version: str
    node: str
    edge: str


class GraphFace:
    """Answers one request at a time, from any number of threads; `calls` remembers them, oldest first."""

    def __init__(self, platform: Platform, knobs: Knobs, stopping: threading.Event) -> None:
        self.calls: deque[GraphCall] = deque(maxlen=KEPT_CALLS)
        self._platform = platform
        self._knobs = knobs
        self._stopping = stopping

    def answer(self, request: Request) -> Answer:
        """Delays are slept here, with no lock held."""
        target = self._target(request.path)
        self._sleep(self._knobs.seconds(target.edge, "before"))
        answer = self._recorded(request, target)
        self._sleep(self._knobs.seconds(target.edge, "after"))
        return answer

    def _recorded(self, request: Request, target: _Target) -> Answer:
        at = self._platform.clock.now()
        caller, given, answer = self._carried_out(request, target)
        answer = replace(answer, lost=self._knobs.loses(target.edge))
        call = GraphCall(
            at=at,
            method=request.method,
            edge=target.edge,
            version=target.version,
            page_id=caller.page_id if caller else None,
            app_id=caller.app_id if caller else None,
            psid=target.node if target.edge == "profile" else given.psid(),
            parameters=_without_secrets(given.values),
            status=answer.status,
            answer=answer.content(),
            lost=answer.lost,
        )
        self.calls.append(call)
        return answer

    def _carried_out(self, request: Request, target: _Target) -> tuple[Caller | None, Parameters, Answer]:
        """Who called, with what, and the answer; a planned failure comes before all else."""
        caller, given = None, Parameters({})
        planned = self._knobs.failure(target.edge)
        try:
            given = Parameters(request.parameters())
            if target.edge in app_edges.EDGES:
                return None, given, planned or self._run_for_app(request, target, given)
            caller = self._caller(_token(request, given), given)
            answer = planned or self._run(request.method, target, caller, given)
        except GraphError as error:
            answer = planned or json_answer(error.status, error.body())
        return caller, given, answer

    def _run(self, method: str, target: _Target, caller: Caller, given: Parameters) -> Answer:
        if target.edge == "profile":
            given = Parameters(given.values | {"recipient": {"id": target.node}})
        elif target.node not in ("me", caller.page_id):
            raise GraphError(errors.NO_SUCH_OBJECT)
        return json_answer(200, edges.run(self._platform, caller, method, target.edge, given))

    def _run_for_app(self, request: Request, target: _Target, given: Parameters) -> Answer:
        """Nobody but the app itself asks these, by its own token."""
        with self._platform.lock:
            world, now = self._platform.world, self._platform.clock.now()
            app = app_edges.app_of(world, _token(request, given) or "")
            self._check_proof(app.app_id, f"{app.app_id}|{app.secret}", given.text("appsecret_proof"))
            if request.method != "GET" or target.node not in ("", app.app_id):
                raise GraphError(errors.NO_SUCH_OBJECT)
            return json_answer(200, app_edges.run(world, app, target.edge, given, now))

    def _caller(self, token: str | None, given: Parameters) -> Caller:
        if not token:
            raise GraphError(errors.NO_TOKEN)
        with self._platform.lock:
            for page, connection in self._platform.world.tokens():
                if hmac.compare_digest(connection.token.encode(), token.encode(errors="replace")):
                    self._check_proof(connection.app_id, token, given.text("appsecret_proof"))
                    if connection.is_over(self._platform.clock.now()):
                        raise GraphError(errors.TOKEN_EXPIRED)
                    return Caller(page, connection)
        raise GraphError(errors.BAD_TOKEN)

    def _check_proof(self, app_id: str, token: str, proof: str | None) -> None:
        """Wrong proofs are refused always, missing ones where the app's "Require App Secret" is on."""
        app = self._platform.world.app(app_id)
        if proof is None and app.require_proof:
            raise GraphError(errors.PROOF_REQUIRED)
        right = hmac.new(app.secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if proof is not None and not hmac.compare_digest(right.encode(), proof.encode(errors="replace")):
            raise GraphError(errors.BAD_PROOF)

    def _target(self, path: str) -> _Target:
        """`/v26.0/{node}/{edge}`, `/{node}/{edge}` or a node alone; all else is an edge nobody knows."""
        parts = [part for part in path.split("/") if part]
        version = parts.pop(0) if parts and VERSION.fullmatch(parts[0]) else ""
        node = parts[0] if parts else ""
        if node == "debug_token":
            return _Target(version, "", node)
        if len(parts) == 1:
            is_page = node == "me" or node in self._platform.world.pages
            return _Target(version, node, "page" if is_page else "profile")
        return _Target(version, node, "/".join(parts[1:]))

    def _sleep(self, seconds: float) -> None:
        if seconds:
            self._stopping.wait(seconds)


def _token(request: Request, given: Parameters) -> str | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    bearer = value.strip() if scheme.lower() in ("bearer", "oauth") else None
    return given.text("access_token") or bearer


def _without_secrets(values: Json) -> Json:
    return {name: value for name, value in values.items() if name not in SECRETS}
