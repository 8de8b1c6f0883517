"""A missing or malformed setting stops the start with one sentence that names it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parent.parent.parent
FERNET_KEY = Fernet.generate_key().decode()


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": "", **variables}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def valid(tmp_path: Path) -> dict[str, str]:
    return {"SECRET_KEY": "valid", "FIELD_ENCRYPTION_KEYS": FERNET_KEY, "VAR_DIR": str(tmp_path)}


class TestMisconfiguration:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SECRET_KEY", ""),
            ("FIELD_ENCRYPTION_KEYS", ""),
            ("FIELD_ENCRYPTION_KEYS", ","),
            ("FIELD_ENCRYPTION_KEYS", "hunter2"),
            ("FIELD_ENCRYPTION_KEYS", f"{FERNET_KEY},hunter2"),
            ("DEBUG", "perhaps"),
            ("ALLOWED_HOSTS", "https://bots.example.com"),
            ("ALLOWED_HOSTS", "bots.example.com:8000"),
            ("PUBLIC_URL", "bots.example.com"),
            ("PUBLIC_URL", "ftp://bots.example.com"),
            ("PUBLIC_URL", "https://bots.example.com/path"),
            ("PUBLIC_URL", "https://"),
            ("DATABASE_URL", "hunter2"),
            ("DATABASE_URL", "mysql://root:hunter2@localhost/bots"),
            ("DATABASE_URL", "postgres://postgres:hunter2@localhost"),
            ("DATABASE_URL", "postgres://postgres:hunter2@localhost:port/bots"),
            ("DATABASE_URL", "sqlite://:memory:"),
            ("HUEY_URL", "amqp://guest:hunter2@localhost"),
            ("HUEY_URL", "redis://:hunter2@localhost:port/0"),
            ("EMAIL_URL", "hunter2"),
            ("EMAIL_URL", "filemail:///hunter2"),
            ("EMAIL_URL", "smtp+tls://desk:hunter2@"),
            ("EMAIL_URL", "smtp://desk:hunter2@localhost:port"),
            ("EMAIL_FROM", "RingCX Bots"),
            ("GRAPH_API_URL", "graph.facebook.com"),
            ("GRAPH_API_VERSION", "26"),
            ("GRAPH_CONNECT_TIMEOUT", "soon"),
            ("GRAPH_CONNECT_TIMEOUT", "-1"),
            ("GRAPH_READ_TIMEOUT", "0"),
            ("GRAPH_READ_TIMEOUT", "nan"),
            ("HANDOVER_DEADLINE", "1.5"),
            ("HANDOVER_DEADLINE", "1e9"),
        ],
    )
    def test_stops_the_start_with_one_sentence(self, valid: dict[str, str], name: str, value: str) -> None:
        ended = run("manage.py", "check", **(valid | {name: value}))

        assert ended.returncode == 1
        assert name in ended.stderr
        assert len(ended.stderr.splitlines()) == 1
        assert "hunter2" not in ended.stderr
        assert ended.stdout == ""

    @pytest.mark.parametrize(("name", "value"), [("SECRET_KEY", ""), ("PORT", "many")])
    def test_stops_gunicorn_too(self, valid: dict[str, str], name: str, value: str) -> None:
        ended = run("-m", "gunicorn", "ringcx_bots.wsgi", **(valid | {name: value}))

        assert ended.returncode == 1
        assert name in ended.stderr
        assert len(ended.stderr.splitlines()) == 1

    def test_broken_line_of_the_file_is_not_shown(self, valid: dict[str, str], tmp_path: Path) -> None:
        settings_file = tmp_path / "settings"
        settings_file.write_text("# Ours\nSECRET_KEY = hunter2\n")

        ended = run("manage.py", "check", **(valid | {"ENV_FILE": str(settings_file)}))

        assert ended.returncode == 1
        assert "Line 2" in ended.stderr
        assert "hunter2" not in ended.stderr


class TestSettings:
    def read(self, name: str, **variables: str) -> str:
        """What the settings make of the variables."""
        code = f"from django.conf import settings; print(settings.{name}, end='')"
        ended = run("-c", code, DJANGO_SETTINGS_MODULE="ringcx_bots.settings", **variables)
        assert ended.stderr == ""
        return ended.stdout

    def test_environment_wins_over_the_settings_file(self, valid: dict[str, str], tmp_path: Path) -> None:
        settings_file = tmp_path / "settings"
        settings_file.write_text("GRAPH_API_VERSION=v1.0\nHANDOVER_DEADLINE=7\n")
        variables = valid | {"ENV_FILE": str(settings_file), "GRAPH_API_VERSION": "v2.0"}

        assert self.read("GRAPH_API_VERSION", **variables) == "v2.0"
        assert self.read("HANDOVER_DEADLINE", **variables) == "7"

    def test_start_does_not_load_what_only_the_schema_needs(self, valid: dict[str, str]) -> None:
        code = (
            "import django; django.setup(); import ringcx_bots.urls, sys; print('django.test' in sys.modules)"
        )

        ended = run("-c", code, **(valid | {"DJANGO_SETTINGS_MODULE": "ringcx_bots.settings"}))

        assert (ended.stdout.strip(), ended.stderr) == ("False", "")

    def test_generated_key_may_begin_with_a_dollar(self, valid: dict[str, str]) -> None:
        assert self.read("SECRET_KEY", **(valid | {"SECRET_KEY": "$ecret"})) == "$ecret"

    @pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_ENCRYPTION_KEYS"])
    @pytest.mark.parametrize("mode", ["DEBUG", "DEMO"])
    def test_keys_made_for_development_outlive_a_restart(self, tmp_path: Path, mode: str, name: str) -> None:
        variables = {mode: "on", "VAR_DIR": str(tmp_path)}

        first = self.read(name, **variables)

        assert len(first) >= 40
        assert self.read(name, **variables) == first
        assert (tmp_path / name.lower()).stat().st_mode & 0o077 == 0

    def test_public_host_is_allowed(self, valid: dict[str, str]) -> None:
        hosts = self.read("ALLOWED_HOSTS", **(valid | {"PUBLIC_URL": "https://bots.example.com:8443/"}))

        assert hosts == "['localhost', '127.0.0.1', 'bots.example.com']"

    @pytest.mark.parametrize(("scheme", "secure"), [("https", "True"), ("http", "False")])
    def test_https_address_makes_cookies_secure(
        self, valid: dict[str, str], scheme: str, secure: str
    ) -> None:
        variables = valid | {"PUBLIC_URL": f"{scheme}://bots.example.com"}
        names = (
            "SESSION_COOKIE_SECURE",
            "CSRF_COOKIE_SECURE",
            "SECURE_HSTS_SECONDS > 0",
            "SECURE_SSL_REDIRECT",
        )

        read = [self.read(name, **variables) for name in names]

        assert read == [secure, secure, secure, "False"]

    def test_url_cannot_make_requests_atomic_or_connections_persistent(self, valid: dict[str, str]) -> None:
        url = "postgres://postgres@localhost/bots?conn_max_age=60&atomic_requests=true&sslmode=require"

        described = self.read("DATABASES['default']", **(valid | {"DATABASE_URL": url}))

        assert "'CONN_MAX_AGE': 0" in described
        assert "'ATOMIC_REQUESTS': False" in described
        assert "'sslmode': 'require'" in described
        assert "'max_size'" in described

    @pytest.mark.parametrize(
        ("url", "server"),
        [
            ("", "dummy.EmailBackend localhost 25"),
            ("smtp+tls://desk%40acme:hunter2@mail.example", "smtp.EmailBackend mail.example 587"),
            ("smtp://mail.example:2525", "smtp.EmailBackend mail.example 2525"),
        ],
    )
    def test_mail_server_is_read_from_a_url(self, valid: dict[str, str], url: str, server: str) -> None:
        names = ("EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_PORT")

        read = [self.read(name, **(valid | {"EMAIL_URL": url})) for name in names]

        assert " ".join(read) == f"django.core.mail.backends.{server}"
