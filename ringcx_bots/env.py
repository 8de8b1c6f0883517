"""Typed readers of environment variables, so that settings.py reads as a table.

Each raises ImproperlyConfigured with one sentence that names the variable and says what would be right.
Secrets, and addresses that may hold one, are never repeated in it. An empty value counts as unset.
"""

import io
import math
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from environ import Env
from huey import Huey, RedisHuey
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.retry import Retry

from ringcx_bots.doorbell_queue import DoorbellStorage

ROOT = Path(__file__).resolve().parent.parent

TRUE = {"true", "1", "on", "yes"}
FALSE = {"false", "0", "off", "no"}
DAY = 86_400

DATABASE_ENGINES = {
    "postgres": "django.db.backends.postgresql",
    "postgresql": "django.db.backends.postgresql",
    "sqlite": "ringcx_bots.sqlite",
}
QUEUE_SCHEMES = ("redis", "rediss", "unix")
MAIL_SCHEMES = ("smtp", "smtp+tls", "smtp+ssl", "consolemail")
NO_MAIL = "django.core.mail.backends.dummy.EmailBackend"
MAIL_PATIENCE = 10
"""Seconds that a mail server may take for each of its answers."""

# A doorbell that cannot be rung costs seconds, a web request that waits for Redis costs more. The read
# time-out must stay above the one second for which the worker waits for a task.
QUEUE_PATIENCE: dict[str, Any] = {
    "socket_connect_timeout": 1,
    "socket_timeout": 3,
    "retry": Retry(NoBackoff(), 0),
}

NEW_SIGNING_KEY = 'python -c "import secrets; print(secrets.token_urlsafe(50))"'
NEW_FERNET_KEY = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'

Number = TypeVar("Number", int, float)


@contextmanager
def misconfiguration_stops_the_start() -> Iterator[None]:
    """End the process with the sentence alone: a traceback hides it from whoever has to mend the setting."""
    try:
        yield
    except ImproperlyConfigured as error:
        sys.exit(str(error))


def read_file(default: Path) -> None:
    """Take what the environment lacks from `default`, or else from the file ENV_FILE names (empty: none)."""
    named = os.environ.get("ENV_FILE")
    if named == "" or (named is None and not default.is_file()):
        return
    path = ROOT / named if named else default
    try:
        lines = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(
            f"The settings file {path} cannot be read ({type(error).__name__})."
        ) from error
    for number, line in enumerate(lines.splitlines(), start=1):
        # django-environ would log such a line, secret and all, and go on without it.
        if line and not line.startswith("#") and not re.match(r"(export )?\w+=", line):
            raise ImproperlyConfigured(f"Line {number} of the settings file {path} is not NAME=value.")
    Env.read_env(io.StringIO(lines))


def text(name: str, default: str = "", pattern: str = ".*", example: str = "") -> str:
    """The value as it stands, which must match all of `pattern`."""
    # Not `Env.str`: it takes a value that begins with `$`, as a generated key may, for a variable's name.
    value = Env.ENVIRON.get(name, "").strip() or default
    if not re.fullmatch(pattern, value):
        raise ImproperlyConfigured(f"{name} must look like {example}.")
    return value


def flag(name: str) -> bool:
    """A boolean, off unless set."""
    value = text(name, "off").lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be on or off (or true, 1, yes, false, 0, no).")
    return value in TRUE


def seconds(name: str, default: Number) -> Number:
    """A time span over zero and up to a day; in whole seconds where the default is whole."""
    kind = type(default)
    try:
        value = kind(text(name, str(default)))
    except ValueError:
        value = kind(0)
    if not (math.isfinite(value) and 0 < value <= DAY):
        whole = "whole " if kind is int else ""
        raise ImproperlyConfigured(f"{name} must be a number of {whole}seconds over 0 and up to {DAY}.")
    return value


def count(name: str, default: int) -> int:
    """A whole number from 1 to 10000."""
    value = text(name, str(default))
    if not re.fullmatch(r"[0-9]{1,5}", value) or not 1 <= int(value) <= 10_000:
        raise ImproperlyConfigured(f"{name} must be a whole number from 1 to 10000.")
    return int(value)


def port(name: str) -> int | None:
    """A TCP port, None if unset."""
    value = text(name)
    if not value:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", value) or not 0 < int(value) < 65_536:
        raise ImproperlyConfigured(f"{name} must be a port number from 1 to 65535.")
    return int(value)


def folder(name: str, default: Path) -> Path:
    """A folder, made if it is not there yet; a relative one is relative to the project's root."""
    path = ROOT / text(name, str(default))
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name} names {path}, a folder that cannot be made.") from error
    return path


def hosts(name: str, default: str) -> list[str]:
    """Host names for Django's ALLOWED_HOSTS."""
    names = [host.strip() for host in text(name, default).split(",") if host.strip()]
    for host in names:
        if not re.fullmatch(r"\*|\.?[\w.-]+|\[[0-9a-fA-F:.]+\]", host):
            raise ImproperlyConfigured(
                f"{name} must be host names separated by commas, without scheme, port or path."
            )
    return names


def web_address(name: str, default: str = "", *, bare: bool = False) -> str:
    """An http or https address without a slash at its end; `bare`: without any path."""
    value = text(name, default).rstrip("/")
    if not value:
        return ""
    parts = _split(name, value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ImproperlyConfigured(f"{name} must be an address that begins with https:// or http://.")
    if parts.username is not None or parts.query or parts.fragment or (bare and parts.path):
        raise ImproperlyConfigured(
            f"{name} must be an address without user name, query{' or path' if bare else ''}."
        )
    return parts.geturl()


def _split(name: str, address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  reading it is what checks it
    except ValueError:
        # Its words may repeat a part of the address, so they are not passed on.
        raise ImproperlyConfigured(f"{name} has a malformed host or port.") from None
    return parts


def secret_key(name: str, keep_in: Path | None) -> str:
    """The key that must be set, or else the one kept in the folder `keep_in`, made by the first to ask."""
    value = text(name)
    if value:
        return value
    if keep_in is None:
        raise ImproperlyConfigured(f"{name} is not set; make one with: {NEW_SIGNING_KEY}")
    return _kept_secret(keep_in / name.lower(), get_random_secret_key)


def fernet_keys(name: str, keep_in: Path | None) -> list[str]:
    """Fernet keys separated by commas, at least one; unset as in `secret_key`."""
    value = text(name)
    if not value:
        if keep_in is None:
            raise ImproperlyConfigured(f"{name} is not set; make a key with: {NEW_FERNET_KEY}")
        value = _kept_secret(keep_in / name.lower(), lambda: Fernet.generate_key().decode())
    keys = [key.strip() for key in value.split(",") if key.strip()]
    for position, key in enumerate(keys or [""], start=1):
        try:
            Fernet(key)
        except ValueError:
            raise ImproperlyConfigured(
                f"{name}: key {position} is not a Fernet key; make one with: {NEW_FERNET_KEY}"
            ) from None
    return keys


def _kept_secret(path: Path, make: Callable[[], str]) -> str:
    """Kept so that what one start encrypted or signed, the next can read."""
    if not path.exists():
        # Web and worker may start together. A link appears whole or fails, so both read the same key.
        with tempfile.NamedTemporaryFile("w", dir=path.parent) as draft:
            draft.write(make())
            draft.flush()
            with suppress(FileExistsError):
                os.link(draft.name, path)
    return path.read_text("utf-8").strip()


def database(name: str, default: Path, options: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Django's description of a database by URL, unset of the SQLite file `default`; `options` by engine."""
    url = text(name)
    config: dict[str, Any] = {"ENGINE": DATABASE_ENGINES["sqlite"], "NAME": default}
    if url:
        config = _database_by_url(name, url)
    config["OPTIONS"] = options[config["ENGINE"]] | config.get("OPTIONS", {})
    # Fixed, so that no URL's query can change them: a pool excludes persistent connections, and a transaction
    # around a whole request would stay open while Facebook is called.
    return config | {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}


def _database_by_url(name: str, url: str) -> dict[str, Any]:
    if url.partition("://")[0] not in DATABASE_ENGINES:
        raise ImproperlyConfigured(f"{name} must begin with postgres:// or sqlite:///.")
    _split(name, url)
    config: dict[str, Any] = Env.db_url_config(url, engine=DATABASE_ENGINES[url.partition("://")[0]])
    if config["NAME"] in ("", ":memory:"):
        # A database in memory would be another one in each process.
        raise ImproperlyConfigured(
            f"{name} must name a database, as in postgres://USER:PASSWORD@HOST:5432/NAME."
        )
    if config["ENGINE"] == DATABASE_ENGINES["sqlite"]:
        config["NAME"] = ROOT / config["NAME"]
    return config


def mail(name: str) -> dict[str, Any]:
    """Django's settings of the mail server by URL; unset none, and what is sent goes nowhere."""
    url = text(name)
    if not url:
        return {"EMAIL_BACKEND": NO_MAIL}
    parts = _split(name, url)
    if parts.scheme not in MAIL_SCHEMES or (parts.scheme != "consolemail" and not parts.hostname):
        raise ImproperlyConfigured(f"{name} must look like smtp+tls://USER:PASSWORD@HOST:587.")
    config: dict[str, Any] = Env.email_url_config(url)
    config["EMAIL_PORT"] = config["EMAIL_PORT"] or {"smtp+tls": 587, "smtp+ssl": 465}.get(parts.scheme, 25)
    config["EMAIL_HOST_USER"] = config["EMAIL_HOST_USER"] or ""
    config["EMAIL_HOST_PASSWORD"] = config["EMAIL_HOST_PASSWORD"] or ""
    return config | {"EMAIL_TIMEOUT": MAIL_PATIENCE}


def queue(name: str, default: Path) -> Huey:
    """The queue of background tasks: Redis by URL, unset the SQLite file `default`."""
    # Tasks are doorbells: nobody reads their results. `immediate` would follow DEBUG if it were left open.
    common = {"name": "ringcx_bots", "results": False, "immediate": False}
    url = text(name)
    if not url:
        return Huey(storage_class=DoorbellStorage, filename=str(default), **common)
    if _split(name, url).scheme not in QUEUE_SCHEMES:
        raise ImproperlyConfigured(f"{name} must begin with redis://, rediss:// or unix://.")
    try:
        pool = ConnectionPool.from_url(url, **QUEUE_PATIENCE)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must look like redis://:PASSWORD@HOST:6379/0.") from None
    return RedisHuey(connection_pool=pool, **common)
