"""The page doctor's pages: all pages at a glance, and what was found on one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import F, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from channels_fb.doctor import examining
from channels_fb.doctor.finding import STATES, Finding, Remedy, State
from channels_fb.models import Examination, Page
from handover.console.navigation import Count
from handover.console.pages import ConsolePage
from handover.console.tables import reach_of

MAY_EXAMINE = "channels_fb.connect_page"

MOST_PAGES = 200
"""On the list of all; it begins with those that have most to fix."""

ICONS = {State.BROKEN: "stop", State.WATCH: "warn", State.FINE: "okc", State.NOT_CHECKED: "na"}

SECTIONS: tuple[tuple[str, tuple[State, ...]], ...] = (
    ("To fix", (State.BROKEN,)),
    ("To watch", (State.WATCH,)),
    ("Fine, or not checked", (State.FINE, State.NOT_CHECKED)),
)


@dataclass(frozen=True)
class Way:
    """A link to where a fix is carried out."""

    label: str
    url: str


@dataclass(frozen=True)
class Shown:
    """A finding with its picture, and the way to its fix for whoever may go there."""

    finding: Finding
    icon: str
    state: str
    way: Way | None


@dataclass(frozen=True)
class Section:
    """Findings under a heading."""

    heading: str
    shown: list[Shown]


class AllPages(ConsolePage):
    """Each page with the number of what is wrong, from the results that were kept."""

    http_method_names = ["get", "head"]
    permission = "channels_fb.view_page"
    template_name = "console/doctor_pages.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The worst first; a page that stands alone is shown at once."""
        order = (F("examination__broken").desc(nulls_last=True), "source__name", "pk")
        pages = list(_pages(request).order_by(*order)[: MOST_PAGES + 1])
        if len(pages) == 1:
            return HttpResponseRedirect(_address(pages[0]))
        return self.show(request, "Page doctor", pages=pages[:MOST_PAGES], most=MOST_PAGES, total=len(pages))


class OnePage(ConsolePage):
    """What was found on a page when it was examined last; nobody is asked."""

    http_method_names = ["get", "head"]
    permission = "channels_fb.view_page"
    template_name = "console/doctor.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The findings, the worst first."""
        page = _page(request, pk)
        examination: Examination | None = getattr(page, "examination", None)
        found = examining.findings_of(examination) if examination else []
        return self.show(
            request,
            "Page doctor",
            page=page,
            examination=examination,
            sections=_sections(request, page, found),
            fine=examining.counted(found, State.FINE),
            not_checked=examining.counted(found, State.NOT_CHECKED),
            may_examine=request.user.has_perm(MAY_EXAMINE),
            has_others=_pages(request).exclude(pk=pk).exists(),
        )


class Examine(ConsolePage):
    """Examine a page now."""

    http_method_names = ["post"]
    permission = MAY_EXAMINE

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask Facebook, keep what was found and show it."""
        page = _page(request, pk)
        examination = examining.examine(page)
        to_fix = f"{examination.broken} to fix, {examination.watched} to watch"
        messages.info(request, f"Page {page} was examined: {to_fix}. Nothing was changed.")
        return HttpResponseRedirect(_address(page))


class Report(ConsolePage):
    """What was found, as a file for whoever is to help."""

    http_method_names = ["get", "head"]
    permission = "channels_fb.view_page"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The object that `page_doctor --json` prints."""
        examination = get_object_or_404(
            Examination.objects.select_related("page__source"), page=_page(request, pk)
        )
        name = f"page-doctor-{examination.page.source.foreign_id}.json"
        answer = JsonResponse(examining.as_object(examination), json_dumps_params={"indent": 2})
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


def to_fix(request: HttpRequest) -> Count | None:
    """How much is broken on the active pages of whoever asks."""
    rows = Examination.objects.filter(page__source__is_active=True)
    total = reach_of(request).limit(rows, "page__source").aggregate(all=Sum("broken"))["all"]
    return Count(str(total), "to fix") if total else None


def _pages(request: HttpRequest) -> QuerySet[Page]:
    rows = Page.objects.select_related("source", "app", "examination")
    return reach_of(request).limit(rows)


def _page(request: HttpRequest, pk: int) -> Page:
    return get_object_or_404(_pages(request), pk=pk)


def _address(page: Page) -> str:
    return reverse("admin:channels_fb_page_doctor_of", args=[page.pk])


def _sections(request: HttpRequest, page: Page, found: list[Finding]) -> list[Section]:
    ways = _ways(request, page)
    shown = [
        Shown(finding, ICONS[finding.state], STATES[finding.state], ways.get(finding.remedy))
        for finding in found
    ]
    sections = [
        Section(heading, [each for each in shown if each.finding.state in states])
        for heading, states in SECTIONS
    ]
    return [section for section in sections if section.shown]


def _ways(request: HttpRequest, page: Page) -> Mapping[Remedy, Way]:
    """Where whoever asks may put things right."""
    failed = reverse("admin:channels_fb_deliveryitem_changelist")
    connect = reverse("admin:channels_fb_page_connect")
    ways = {
        Remedy.SUBSCRIBE: (
            MAY_EXAMINE,
            "Subscribe it…",
            reverse("admin:channels_fb_page_check", args=[page.pk]),
        ),
        Remedy.CONNECTION: (MAY_EXAMINE, "Open the form", f"{connect}?page={page.pk}"),
        Remedy.SETTINGS: (
            "handover.change_source",
            "Open the settings",
            reverse("admin:handover_source_change", args=[page.source_id]),
        ),
        Remedy.DELIVERIES: (
            "channels_fb.view_deliveryitem",
            "Failed items",
            f"{failed}?q={page.source.foreign_id}&kind__exact=failed",
        ),
    }
    return {
        remedy: Way(label, url)
        for remedy, (permission, label, url) in ways.items()
        if request.user.has_perm(permission)
    }
