"""A database full of plausible threads, for measuring and looking around: `manage.py make_load`."""
