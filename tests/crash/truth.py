"""What must be so, whatever died."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from channels_fb.models import Delivery
from handover import history
from handover.models import Handover
from handover.ownership import Owner
from tests.crash.stage import Customer
from tests.world import AGENT, BOT

_HOLDERS = {AGENT: Owner.AGENT, BOT: Owner.BOT, "": Owner.IDLE}


def is_kept(customer: Customer) -> None:
    """Our picture is the truth or unsure, the history whole, and what is over is not leased to anybody."""
    _picture(customer)
    _history(customer)
    leased = Q(lease_until__isnull=False)
    assert not Handover.objects.filter(leased).exclude(state="unknown").exists()
    assert not Delivery.objects.filter(leased).exists()


def _picture(customer: Customer) -> None:
    picture, truth = customer.thread.picture.judged(timezone.now()), customer.truth or ""
    assert not picture.sure or (picture.owner, picture.app_id) == (_HOLDERS[truth], truth)


def _history(customer: Customer) -> None:
    """An unbroken chain, in which each line begins where the one before ended: no change lacks its line."""
    thread = customer.thread
    assert list(history.breaks(thread)) == []
    holder = (Owner.UNKNOWN.value, "", False)
    for event in thread.events.order_by("seq"):
        assert (event.owner_before, event.app_id_before, event.sure_before) == holder, event
        holder = (event.owner_after, event.app_id_after, event.sure_after)
    assert holder == (thread.owner, thread.owner_app_id, thread.owner_sure)
