"""The loopback interface: nothing of the demo leaves this machine, nothing from outside gets in."""

import random
import socket

import requests

ADDRESS = "127.0.0.1"
# Below the range that systems take ports for outgoing connections from: one of those would be in the way.
_OTHERS = range(20_000, 30_000)


def choose_port(preferred: int | None) -> int:
    """The preferred port if it is free, else another that is. Take it soon: nothing keeps it free."""
    if preferred is not None and is_free(preferred):
        return preferred
    tried = random.sample(_OTHERS, 100)
    return next(port for port in tried if is_free(port))


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        # As servers do: what the last run left behind in the kernel does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
        return True


def session() -> requests.Session:
    """For calls to this machine: a proxy of the environment would stand in the way."""
    made = requests.Session()
    made.trust_env = False
    return made
