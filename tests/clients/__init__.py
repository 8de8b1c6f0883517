"""The public clients of the API that ours is compatible with, unmodified, against the running service."""
