"""Log a member of staff in, and say where the pages are that are measured; as JSON.

python -m tests.bench.staff CONTENTS
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django

USUAL_HISTORY = 12
"""Lines of history that a thread of the load has, more or less."""


def cookie() -> str:
    """Of somebody who may do everything."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    user = User.objects.create_superuser("bench")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def pages(contents: int) -> dict[str, str]:
    """Where they are, by what they are called in the table. The thread has about so many contents."""
    from django.urls import reverse

    return {
        "thread list": reverse("admin:handover_thread_changelist"),
        "thread page": reverse("admin:handover_thread_change", args=[_usual_thread(contents)]),
        "history": reverse("admin:handover_threadevent_changelist"),
        "overview": reverse("admin:overview"),
    }


def _usual_thread(contents: int) -> Any:
    """Like any other, so that it is as long in a small load as in a large one."""
    from django.db.models import Count, F
    from django.db.models.functions import Abs

    from handover.models import Thread

    unlike = Abs(F("count") - contents) + Abs(F("history_length") - USUAL_HISTORY)
    return (
        Thread.objects.annotate(count=Count("contents")).order_by(unlike, "pk").values_list("pk").first()[0]
    )


if __name__ == "__main__":
    django.setup()
    json.dump({"cookie": cookie(), "pages": pages(int(sys.argv[1]))}, sys.stdout)
