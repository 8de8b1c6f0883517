"""The environment of the demo's processes: nothing of a real installation gets into it."""

import os
from pathlib import Path
from urllib.parse import quote

from channels_fb.demo.addresses import Addresses

# What a program needs to run at all. Everything else is left out: settings, known today or added later, that
# point at a real database, and proxies, which would break loopback.
_KEPT = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "PATH",
    "PYTHONPATH",
    "TMPDIR",
    "TZ",
    "VIRTUAL_ENV",
)

DATABASE = "demo.sqlite3"


def of_demo(folder: Path, at: Addresses) -> dict[str, str]:
    """Database, queue and keys are in `folder`; Facebook is the simulator; no settings file is read."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "DATABASE_URL": f"sqlite:///{quote(str(folder / DATABASE))}",
        "DEMO": "on",
        # Empty: none, instead of the one in the project's root.
        "ENV_FILE": "",
        "GRAPH_API_URL": at.simulator,
        "PUBLIC_URL": at.web,
        "PYTHONUNBUFFERED": "1",
        "VAR_DIR": str(folder),
    }
