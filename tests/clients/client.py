"""A public client in a process of its own, which makes the calls that it is told.

The programs in which the clients run read a call a line from standard input and write what they saw of the
answer to standard output, a line each, both as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Literal, Self

from tests.processes import ROOT

Form = Literal["query", "form", "json"]
"""How a call carries its parameters."""


class Raised(Exception):
    """The client raised an error. `seen`: what could be read from it, as the client's own program tells."""

    def __init__(self, seen: dict[str, Any]) -> None:
        super().__init__(seen)
        self.seen = seen


class Client:
    """`with Client(...)`: the program runs until the block ends."""

    def __init__(self, program: Sequence[str], server: str, token: str) -> None:
        """Of the environment it gets no more than it needs: a proxy would stand in the way."""
        self._process = subprocess.Popen(
            program,
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "RINGCENTRAL_ENGAGE_SERVER_URL": server,
                "RINGCENTRAL_ENGAGE_API_TOKEN": token,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def get(self, path: str, **parameters: str) -> Any:
        """What the client sees of the answer's body. Raises `Raised`."""
        return self._call("get", path, "query", parameters)

    def post(self, path: str, form: Form, **parameters: str) -> Any:
        """As `get`."""
        return self._call("post", path, form, parameters)

    def put(self, path: str) -> Any:
        """As `get`."""
        return self._call("put", path, "query", {})

    def _call(self, method: str, path: str, form: Form, parameters: dict[str, str]) -> Any:
        call = {"method": method, "path": path, "form": form, "parameters": parameters}
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps(call), file=self._process.stdin, flush=True)
        seen = json.loads(self._process.stdout.readline())
        if "raised" in seen:
            raise Raised(seen)
        assert seen["status"] == 200
        return seen["body"]
