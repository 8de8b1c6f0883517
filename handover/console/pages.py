"""The base of a page of the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.views import View


class ConsolePage(View):
    """A page for staff with `permission`; others are answered 403, before anything is looked up.

    `site` is the admin site that the page is mounted on. No transaction is open, so services may call the
    platform.
    """

    http_method_names = ["get", "head", "post"]
    permission = ""
    template_name = ""
    site: AdminSite = admin.site

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Permission comes before everything else."""
        if not self.allows(request):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def allows(self, request: HttpRequest) -> bool:
        """Whether whoever asks may use the page."""
        return request.user.has_perm(self.permission)

    def frame(self, request: HttpRequest) -> dict[str, Any]:
        """What the templates of the frame need."""
        return self.site.each_context(request)

    def show(self, request: HttpRequest, title: str, **context: Any) -> HttpResponse:
        """The page, in the console's frame."""
        return TemplateResponse(
            request, self.template_name, {**self.frame(request), "title": title, **context}
        )
