"""Inside a process of the service: counts the steps of its work, and carries out an order to die at one.

Steps are SQL statements, COMMITs, and the answer to a request, which is a piece of work, named by its path.
Whoever attends to a thread makes fewer: what only reads leaves nothing behind that the next change does not.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponseBase
from django.urls import get_resolver

from tests.crash.orders import ATTENDING, COMMITTING, FOLDER, WRITING, Order, Orders

_CHANGES = ("INSERT", "UPDATE", "DELETE")
_SWEEP = "sweep"
"""The worker's thread that rings for others, and attends to none itself."""

_orders = Orders(Path(os.environ[FOLDER]))


class _Work(threading.local):
    """What this thread is about, as far as there is an order for it."""

    order: Order | None = None
    step = 0
    has_changed = False
    """Since the last COMMIT."""

    def begin(self, work: str) -> None:
        if self.order is None:
            self.order, self.step = _orders.take(work), 0

    def end(self) -> None:
        self.order = None

    def before_sql(self, sql: str) -> None:
        changes = sql.startswith(_CHANGES)
        if changes and threading.current_thread().name != _SWEEP:
            self.begin(ATTENDING)
        self.has_changed |= changes
        if changes or not self.is_attending:
            self.before(sql)

    def before_commit(self) -> None:
        if self.has_changed or not self.is_attending:
            self.before("COMMIT")
        self.has_changed = False

    @property
    def is_attending(self) -> bool:
        return self.order is not None and self.order.work == ATTENDING

    def before(self, step: str) -> None:
        self.step += 1
        if self.order is not None and self.step == self.order.step:
            _orders.carry_out(self.order, step)


_work = _Work()


class DyingMiddleware:
    """The outermost one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        # gunicorn has not forked yet: who replaces a killed process need not load this at its first request.
        _ = get_resolver().url_patterns

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        _work.begin(request.path)
        response = self._get_response(request)
        _work.before("the answer")
        _work.end()
        return response


def _watch(connection: Any, **_: Any) -> None:
    """A thread has one such connection, which sends the signal each time that it is opened."""
    if _statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(_statement)
        connection.commit = partial(_commit, connection.commit)


def _statement(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    if not sql.startswith("SELECT"):
        _work.begin(WRITING)
    _work.before_sql(sql)
    return execute(sql, params, many, context)


def _commit(commit: Callable[[], None]) -> None:
    _work.begin(COMMITTING)
    _work.before_commit()
    commit()


connection_created.connect(_watch)
