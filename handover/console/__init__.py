"""What the pages of the console are built on: the site, its navigation, the base of a page."""
