"""Have deliveries processed again: one on its own page, some from the list. Who did it is logged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from channels_fb.admin import delivery_words
from channels_fb.models import Delivery
from channels_fb.webhooks import processing
from handover.admin_base import ActionPage

MOST = 1000
"""Deliveries that one press of a button has processed again."""

AT_ONCE = 20
"""Up to so many are processed while the browser waits; more are left to the worker."""

IN_HAND = "It is being processed right now, so it was left alone."


class ProcessPage(ActionPage):
    """Process one again, and tell on its page what came of it. It does no harm, so nothing is asked first."""

    http_method_names = ["post"]
    permission = "channels_fb.process_delivery"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it."""
        delivery = get_object_or_404(Delivery.objects.defer("body"), pk=pk)
        level, said = _again(delivery)
        self.model_admin.log_change(request, delivery, f"Processed again. {said}")
        messages.add_message(request, level, said)
        return self.back_to(delivery)


def process_some(model_admin: Any, request: HttpRequest, deliveries: list[Delivery]) -> None:
    """Process those chosen in the list again and tell what came of them, each in words or all by number."""
    if len(deliveries) > MOST:
        messages.error(request, f"Nothing was done: choose {MOST:,} deliveries at most.")
        return
    tell = _tell_each if len(deliveries) <= AT_ONCE else _tell_how_many
    tell(request, deliveries)
    for delivery in deliveries:
        model_admin.log_change(request, delivery, "Processed again, from the list.")


def _tell_each(request: HttpRequest, deliveries: Iterable[Delivery]) -> None:
    for delivery in deliveries:
        level, said = _again(delivery)
        messages.add_message(request, level, f"{delivery}: {said}")


def _tell_how_many(request: HttpRequest, deliveries: list[Delivery]) -> None:
    count = processing.process_again(deliveries)
    messages.warning(request, f"To be processed again by the worker, within seconds: {count}.")
    if count < len(deliveries):
        left = len(deliveries) - count
        messages.warning(request, f"Left alone, as they are being processed right now: {left}.")


def _again(delivery: Delivery) -> tuple[int, str]:
    if not processing.process_again_now(delivery):
        return messages.WARNING, IN_HAND
    return delivery_words.outcome(Delivery.objects.defer("body").get(pk=delivery.pk))
