"""Secrets in the database."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError
from django.db import connection

from channels_fb.encryption import UndecryptableSecret
from channels_fb.models import App

pytestmark = pytest.mark.django_db


@pytest.fixture
def app() -> App:
    return App.objects.create(app_id="800", secret="s3cret", verify_token="vérify")


def stored(column: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM channels_fb_app")  # noqa: S608 - a name of ours.
        return str(cursor.fetchone()[0])


def test_a_secret_reads_as_it_was_written_and_is_not_to_be_seen_in_the_database(app: App) -> None:
    again = App.objects.get()
    assert (again.secret, again.verify_token, again.previous_secret) == ("s3cret", "vérify", "")
    assert "s3cret" not in stored("secret")
    assert stored("previous_secret") == ""


def test_an_update_encrypts_too(app: App) -> None:
    App.objects.update(secret="another")
    assert App.objects.get().secret == "another"
    assert "another" not in stored("secret")
    app.secret = "third"
    App.objects.bulk_update([app], ["secret"])
    assert App.objects.get().secret == "third"
    assert "third" not in stored("secret")


def test_the_first_key_encrypts_and_the_others_still_decrypt(app: App, settings: Any) -> None:
    old, new = settings.FIELD_ENCRYPTION_KEYS, Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [new, *old]
    App.objects.get().save()
    settings.FIELD_ENCRYPTION_KEYS = [new]
    assert App.objects.get().secret == "s3cret"


def test_a_lost_key_is_said_clearly_and_does_not_lock_out_the_row(app: App, settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(UndecryptableSecret, match=r"channels_fb.App.secret .* FIELD_ENCRYPTION_KEYS"):
        App.objects.get()
    row = App.objects.defer("secret", "previous_secret", "verify_token").get()
    row.secret = "entered anew"
    row.save()
    assert App.objects.defer("verify_token").get().secret == "entered anew"


def test_secrets_cannot_be_searched_for(app: App) -> None:
    with pytest.raises(FieldError):
        App.objects.filter(secret="s3cret")
    assert App.objects.filter(secret__isnull=False).exists()
