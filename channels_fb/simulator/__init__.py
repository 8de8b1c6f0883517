"""A Messenger Platform that obeys Meta's rules of thread control, for demos, training and tests.

Nothing in here imports Django. `Simulator` runs it inside this process, `SimulatorClient` drives one in
another.
"""

from channels_fb.simulator.client import SimulatorClient
from channels_fb.simulator.errors import GraphError, UnknownThing, VerificationFailed
from channels_fb.simulator.model import INBOX_APP_ID
from channels_fb.simulator.records import Delivery, GraphCall, Line, SentEvent
from channels_fb.simulator.simulator import Simulator

__all__ = [
    "INBOX_APP_ID",
    "Delivery",
    "GraphCall",
    "GraphError",
    "Line",
    "SentEvent",
    "Simulator",
    "SimulatorClient",
    "UnknownThing",
    "VerificationFailed",
]
