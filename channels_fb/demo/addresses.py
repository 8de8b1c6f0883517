"""Where the demo's servers listen."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from socket import socket

from channels_fb.demo import loopback

_USUAL = {"simulator": 9000, "web": 8000, "bot": 9001}


@dataclass(frozen=True)
class Addresses:
    """As addresses without a slash at the end. Their ports are kept free until they are vacated."""

    simulator: str
    web: str
    bot: str
    held: Mapping[str, socket]

    def vacate(self, address: str) -> str:
        """The port alone, from now on free for the server that is to be started."""
        held = self.held[address]
        port = str(held.getsockname()[1])
        held.close()
        return port


@contextmanager
def choose(*, usual: bool) -> Iterator[Addresses]:
    """The usual ports where they are free, or in any case others."""
    with ExitStack() as stack:
        held = {
            name: stack.enter_context(loopback.reserve_port(port if usual else None))
            for name, port in _USUAL.items()
        }
        urls = {name: f"http://{loopback.ADDRESS}:{each.getsockname()[1]}" for name, each in held.items()}
        yield Addresses(**urls, held={urls[name]: each for name, each in held.items()})
