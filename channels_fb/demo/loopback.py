"""The loopback interface: nothing of the demo leaves this machine, nothing from outside gets in."""

import errno
import random
import socket

import requests

ADDRESS = "127.0.0.1"
# Below the range that systems take ports for outgoing connections from: one of those would be in the way.
_OTHERS = range(20_000, 30_000)


def reserve_port(preferred: int | None) -> socket.socket:
    """Hold the preferred port if it is free, else another one, until the socket is closed."""
    candidates = [] if preferred is None else [preferred]
    for port in [*candidates, *random.sample(_OTHERS, 100)]:
        held = _hold(port)
        if held is not None:
            return held
    raise OSError(errno.EADDRINUSE, "no free port was found")


def _hold(port: int) -> socket.socket | None:
    """By listening, as a port that is only bound would be given to others too."""
    held = socket.socket()
    # As servers do: what the last run left behind in the kernel does not count.
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((ADDRESS, port))
        held.listen()
    except OSError:
        held.close()
        return None
    return held


def session() -> requests.Session:
    """For calls to this machine: a proxy of the environment would stand in the way."""
    made = requests.Session()
    made.trust_env = False
    return made
