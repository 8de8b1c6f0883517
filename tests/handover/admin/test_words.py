"""What staff read in the place of names that the code goes by."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

import handover
from handover import labels
from handover.models import Handover, Source, Thread, ThreadEvent, ThreadEventText
from tests.handover.admin.scene import build
from tests.handover.admin.test_lists import form_of, list_of, shown

pytestmark = pytest.mark.django_db

CODE = Path(handover.__file__).parent


def test_every_event_of_the_history_has_words() -> None:
    written = "".join(path.read_text("utf-8") for path in CODE.glob("*.py") if path.name != "labels.py")
    names = set(
        re.findall(
            r'"((?:thread_control|content_thread|content|intervention|intervention_comment)\.[a-z_]+)"',
            written,
        )
    )
    assert names == set(labels.EVENTS)


def test_the_history_is_told_in_words(staff: Client) -> None:
    rows = build(0)
    for path in (form_of(rows[ThreadEvent]),):
        text = shown(staff, path)
        assert "Holder observed" in text
        assert "Bot (9000), unsure" in text
    assert "#1 Holder observed" in shown(staff, list_of(ThreadEventText))
    assert "Reason: &lt;script&gt;" in shown(staff, form_of(rows[ThreadEventText]))


def test_a_call_is_told_line_by_line(staff: Client) -> None:
    event = build(0)[ThreadEvent]
    assert "None was made." in shown(staff, form_of(event))
    call = {"edge": "pass_thread_control", "as_app_id": "800", "status": 200, "code": None, "message": ""}
    copy = ThreadEvent.objects.get(pk=event.pk)
    copy.pk, copy.seq, copy.evidence_key, copy.call = None, 2, None, call
    copy.save()
    text = shown(staff, form_of(copy))
    assert "Call: pass_thread_control<br>As app: 800<br>HTTP status: 200" in text


def test_holders_parties_and_modes_have_their_names(staff: Client) -> None:
    rows = build(0)
    assert all(f">{word}</option>" in shown(staff, list_of(Thread)) for word in labels.HOLDERS.values())
    assert "Bot → Agent" in shown(staff, list_of(Handover))
    assert "Bot → Agent" in shown(staff, form_of(rows[Handover]))
    assert "Handover protocol, with a primary app" in shown(staff, list_of(Source))


@pytest.mark.parametrize(
    ("learnt", "words"),
    [
        ({"can_take": True}, "on"),
        ({"can_take": False}, "off"),
        ({"can_take": None}, "not known before a take"),
        ({"requests_refused": True}, "refused by the platform"),
        ({"requests_refused": False}, "not refused so far"),
    ],
)
def test_what_was_learnt_of_a_page_is_told(staff: Client, learnt: dict[str, bool], words: str) -> None:
    source = build(0)[Source]
    Source.objects.update(**learnt)
    assert f'<div class="readonly">{words}' in shown(staff, form_of(source))


def test_the_frame_names_the_service_and_leads_nowhere_else(staff: Client) -> None:
    text = shown(staff, "/admin/tables/")
    assert "RingCX Bots" in text
    assert "Django" not in text
    assert "View site" not in text
