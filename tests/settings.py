"""The service's settings, for tests: whatever the shell or a .env file says, only DATABASE_URL has a say."""

import os
import tempfile

from cryptography.fernet import Fernet
from huey import MemoryHuey

# Kept for as long as the tests run; the processes they start inherit VAR_DIR and both keys.
_folder = tempfile.TemporaryDirectory(prefix="ringcx-bots-tests-")

for _name in (
    "ALLOWED_HOSTS",
    "DEMO",
    "EMAIL_FROM",
    "EMAIL_URL",
    "GRAPH_API_URL",
    "GRAPH_API_VERSION",
    "GRAPH_CONCURRENCY",
    "GRAPH_CONNECT_TIMEOUT",
    "GRAPH_READ_TIMEOUT",
    "HANDOVER_DEADLINE",
    "HUEY_URL",
    "PORT",
    "PUBLIC_URL",
):
    os.environ.pop(_name, None)
os.environ.update(
    DEBUG="off",
    ENV_FILE="",
    FIELD_ENCRYPTION_KEYS=Fernet.generate_key().decode(),
    SECRET_KEY="for tests only, and of a decent length",
    VAR_DIR=_folder.name,
)

from ringcx_bots.settings import *  # noqa: E402, F403
from ringcx_bots.settings import DATABASES, LOGGING, VAR_DIR  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite"):
    # A file, not memory: other threads and processes take part in tests.
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}
    # No test cuts the power.
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF"
    DATABASES["default"]["OPTIONS"]["durable"] = False

# A task runs where it is called, at once.
HUEY = MemoryHuey("ringcx_bots", results=False, immediate=True)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Records are made, so that `caplog` sees them, but not printed.
LOGGING["handlers"]["console"] = {"class": "logging.NullHandler"}
