"""What processes of the service need to take part in a test: where to listen, and what to join."""

from __future__ import annotations

import os
import shlex
import socket
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parents[1]
COMMANDS = {
    name: shlex.split(command)
    for name, command in (line.split(": ") for line in (ROOT / "Procfile").read_text().splitlines())
}
"""What `Procfile` has the service run."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def environment(folder: Path, facebook_url: str) -> dict[str, str]:
    """Of the test's own database, and of the simulator; what else is kept goes into the folder."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "ringcx_bots.settings",
        "DATABASE_URL": _database_url(),
        "VAR_DIR": str(folder),
        "GRAPH_API_URL": facebook_url,
        "FIELD_ENCRYPTION_KEYS": ",".join(settings.FIELD_ENCRYPTION_KEYS),
    }


def _database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
