"""The domain in Django's admin. Django finds this package; the modules register their models."""

from handover.admin import (
    availability,
    contents,
    handovers,
    history,
    interventions,
    overview,
    saved_replies,
    sources,
    thread_counts,
    threads,
    tokens,
    users,
)
from handover.admin.thread.page import EarlierPage, LivePage
from handover.admin.timeline import ADDRESS, TimelinePicture
from handover.console import navigation
from handover.console.site import the_site

navigation.add(
    *("Work", "Threads", "threads", "admin:handover_thread_changelist", "handover.view_thread"),
    count=thread_counts.beside_the_entry,
)
overview.mount()
navigation.add(
    "Work", "History", "history", "admin:handover_threadevent_changelist", "handover.view_threadevent"
)
navigation.add(
    "Work", "Agents", "agent", "admin:handover_availability_changelist", "handover.view_availability"
)
navigation.add("Set-up", "Pages", "page", "admin:handover_source_changelist", "handover.view_source")
navigation.add(
    "Set-up", "Saved replies", "threads", "admin:handover_savedreply_changelist", "handover.view_savedreply"
)
navigation.add(
    *("Set-up", "Tokens", "key", "admin:handover_apitoken_changelist", "handover.view_apitoken"),
    is_of_no_page=True,
)
navigation.add("Administration", "Users", "users", "admin:auth_user_changelist", "auth.view_user")
navigation.add("Administration", "Groups", "users", "admin:auth_group_changelist", "auth.view_group")
navigation.add("Administration", "All tables", "menu", "admin:tables", "handover.view_source")

the_site().add_page("handover/thread/<int:pk>/live/", LivePage, "handover_thread_live")
the_site().add_page("handover/thread/<int:pk>/earlier/", EarlierPage, "handover_thread_earlier")
the_site().add_page("handover/thread/<int:pk>/timeline.svg", TimelinePicture, ADDRESS)

__all__ = [
    "availability",
    "contents",
    "handovers",
    "history",
    "interventions",
    "overview",
    "saved_replies",
    "sources",
    "threads",
    "tokens",
    "users",
]
