"""The overview: figures of the pages that somebody sees, over a span, in charts and in numbers."""

from handover.admin.overview.page import OverviewPage
from handover.console import navigation
from handover.console.site import the_site


def mount() -> None:
    """Put the page on the site and into the side bar."""
    the_site().add_page("overview/", OverviewPage, "overview")
    navigation.add("Work", "Overview", "chart", "admin:overview", OverviewPage.permission)


__all__ = ["OverviewPage", "mount"]
