"""The page of one thread: what was said, who holds it, and what may be done about it."""
