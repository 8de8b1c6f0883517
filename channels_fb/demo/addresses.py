"""Where the demo's servers listen."""

from dataclasses import dataclass
from typing import Self

from channels_fb.demo import loopback


@dataclass(frozen=True)
class Addresses:
    """As addresses without a slash at the end."""

    simulator: str
    web: str
    bot: str

    @classmethod
    def choose(cls, *, usual: bool) -> Self:
        """The usual ports where they are free, or in any case others."""
        found = [loopback.choose_port(port if usual else None) for port in (9000, 8000, 9001)]
        return cls(*(f"http://{loopback.ADDRESS}:{port}" for port in found))


def port_of(address: str) -> str:
    """The port alone, as programs want it."""
    return address.rpartition(":")[2]
