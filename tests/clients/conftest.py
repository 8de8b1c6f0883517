"""What the tests with public clients share: the service as it runs, a bot that calls it, and ana's desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from channels_fb.simulator import Simulator
from handover import tokens
from tests.clients.client import Client
from tests.clients.story import Story
from tests.crash.processes import Process, until
from tests.people import agent_user
from tests.processes import COMMANDS, environment, free_port, is_listening
from tests.world import World


@pytest.fixture
def world(transactional_db: None, facebook: Simulator, settings: Any, tmp_path: Path) -> Iterator[World]:
    """The page is connected, and the service runs in the processes that `Procfile` names."""
    settings.GRAPH_API_URL = facebook.url
    port = free_port()
    world = World(f"http://127.0.0.1:{port}", facebook)
    variables = environment(tmp_path, facebook.url) | {"GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{port}"}
    running = {
        name: Process(command, variables, tmp_path / f"{name}.log") for name, command in COMMANDS.items()
    }
    try:
        until(lambda: running["web"].check() or is_listening(port))
        yield world.build()
    finally:
        for process in running.values():
            process.kill()
        world.http.close()


@pytest.fixture
def server(world: World) -> str:
    """The address that the clients are given."""
    return world.url


@pytest.fixture
def story(world: World, server: str, program: list[str]) -> Iterator[Story]:
    """Nothing has happened yet. `program`: the command of the one in which the client is."""
    bots_token = tokens.issue("Acme bot", rights=["handover"])
    desks_token = tokens.issue("desk", staff=agent_user("ana"), rights=["read", "reply"])
    with Client(program, server, bots_token) as bot, Client(program, server, desks_token) as desk:
        yield Story(world, bot, desk)
