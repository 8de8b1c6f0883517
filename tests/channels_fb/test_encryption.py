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
    row = App.objects.get()
    with pytest.raises(UndecryptableSecret, match=r"app secret of App \(800\) .* FIELD_ENCRYPTION_KEYS"):
        _ = row.secret
    row.secret = "entered anew"
    row.save()
    assert App.objects.get().secret == "entered anew"


def test_what_is_not_read_stays_as_it_is_until_its_key_is_back(app: App, settings: Any) -> None:
    keys = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    App.objects.get().save()
    settings.FIELD_ENCRYPTION_KEYS = keys
    assert App.objects.get().secret == "s3cret"


def test_it_is_not_to_be_seen_by_accident(app: App) -> None:
    row = App.objects.get()
    assert "gAAAA" not in str(list(App.objects.values())) + str(vars(row))
    assert "s3cret" not in str(list(App.objects.values_list("secret"))) + str(vars(row))


def test_a_deferred_one_is_fetched_and_a_row_refreshed(app: App) -> None:
    assert App.objects.defer("secret").get().secret == "s3cret"
    assert App.objects.only("secret").get().secret == "s3cret"
    App.objects.update(secret="another")
    app.refresh_from_db()
    assert app.secret == "another"


def test_secrets_cannot_be_searched_for(app: App) -> None:
    with pytest.raises(FieldError):
        App.objects.filter(secret="s3cret")
    assert App.objects.filter(secret__isnull=False).exists()
