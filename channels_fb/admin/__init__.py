"""Facebook's side in Django's admin. Django finds this package; the modules register their models."""

from channels_fb.admin import apps, deliveries, pages
from channels_fb.admin.doctor import AllPages, Examine, OnePage, Report, to_fix
from handover.console import navigation, references
from handover.console.site import the_site

the_site().add_page("channels_fb/page/doctor/", AllPages, "channels_fb_page_doctor")
the_site().add_page("channels_fb/page/doctor/<int:pk>/", OnePage, "channels_fb_page_doctor_of")
the_site().add_page("channels_fb/page/doctor/<int:pk>/examine/", Examine, "channels_fb_page_examine")
the_site().add_page("channels_fb/page/doctor/<int:pk>/report/", Report, "channels_fb_page_report")

navigation.add("Set-up", "Connections", "hook", "admin:channels_fb_page_changelist", "channels_fb.view_page")
navigation.add(
    "Set-up",
    "Page doctor",
    "doctor",
    "admin:channels_fb_page_doctor",
    "channels_fb.view_page",
    to_fix,
)
navigation.add(
    "Set-up", "Deliveries", "down", "admin:channels_fb_delivery_changelist", "channels_fb.view_delivery"
)
references.add("delivery", "admin:channels_fb_delivery_change", "channels_fb.view_delivery")

__all__ = ["apps", "deliveries", "pages"]
