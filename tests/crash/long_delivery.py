"""A delivery of so many items that it is left to the worker."""

from __future__ import annotations

from channels_fb.models import Delivery, DeliveryItem
from channels_fb.webhooks.processing import PROCESSED_AT_ONCE
from handover.models import Content
from tests.crash import truth
from tests.crash.stage import Customer, Stage
from tests.world import AGENT, BOT, PAGE


class LongDelivery:
    """Messages of some customers, whose threads the bot holds; then it passes the last one's to us."""

    def __init__(self, stage: Stage, customers: list[Customer]) -> None:
        self._stage = stage
        self._customers = customers
        self._mids: list[str] = []
        self._body = stage.untold(self._happens)

    def _happens(self) -> None:
        facebook, each = self._stage.facebook, PROCESSED_AT_ONCE // len(self._customers) + 1
        for customer in self._customers:
            self._mids += [facebook.customer_writes(PAGE, customer.psid, "And?") for _ in range(each)]
        facebook.app_passes(BOT, PAGE, self._customers[-1].psid, AGENT)

    def comes(self) -> None:
        assert self._stage.deliver(self._body).status_code == 200

    def is_processed(self) -> bool:
        return not Delivery.objects.exclude(state="processed", lease_until=None).exists()

    def is_half_recorded(self) -> bool:
        return 0 < self._recorded() < len(self._mids)

    def was_recorded_once(self) -> None:
        assert self._recorded() == len(self._mids)
        assert not DeliveryItem.objects.exists()
        for customer in self._customers:
            truth.is_kept(customer)
        assert self._customers[-1].thread.events.filter(owner_after="agent").count() == 1

    def _recorded(self) -> int:
        return Content.objects.filter(foreign_id__in=self._mids).count()
