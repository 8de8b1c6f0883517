"""What people are called, and what is said."""

from __future__ import annotations

from random import Random

from channels_fb.load.plot import Deed

FIRST = (
    *("Ada", "Amir", "Bea", "Carl", "Chiara", "Dana", "Elif", "Emil", "Farah", "Finn", "Greta", "Hugo"),
    *("Ines", "Ivo", "Jana", "Kofi", "Lena", "Luca", "Mira", "Noor", "Olga", "Pavel", "Rosa", "Sami"),
    *("Tilda", "Uma", "Vera", "Wanda", "Yusuf", "Zoe"),
)
LAST = (
    *("Adler", "Baker", "Costa", "Dahl", "Egger", "Fischer", "Gruber", "Horvat", "Ito", "Jansen", "Khan"),
    *("Lind", "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Silva", "Toth", "Varga", "Weber"),
)

_SAID = {
    Deed.CUSTOMER_WRITES: (
        "Where is order {number}?",
        "The parcel {number} came without the lid. What can I do?",
        "Thank you!",
        "Do you have it in green, too?",
        "I have been charged twice for order {number}.",
        "Can I talk to a person, please?",
        "When do you open on Saturday?",
        "That did not help. I mean the invoice of order {number}, which has the wrong address on it.",
    ),
    Deed.BOT_WRITES: (
        "Order {number} left the depot this morning.",
        "We are open from 8 to 18.",
        "I have found three that fit. Shall I show them?",
        "One moment please.",
        "Your return label for order {number} is ready.",
    ),
    Deed.AGENT_WRITES: (
        "Hello, let me look into order {number}.",
        "A new one leaves today, by express. You need not send the old one back.",
        "I have put that right.",
        "You are welcome. Is there anything else?",
        "The refund for {number} takes three to five days.",
    ),
    Deed.AGENT_FAILS: ("I will write to you as soon as {number} is there.",),
    Deed.INBOX_WRITES: ("Hi, this is the shop. You can pick {number} up here.", "Until six, yes."),
}
_NOTES = ("Wants to be called back.", "Order {number} was sent twice.", "Second complaint this month.")


def said(rng: Random, deed: Deed) -> str:
    """What somebody writes."""
    return rng.choice(_SAID[deed]).format(number=rng.randint(10_000, 99_999))


def noted(rng: Random) -> str:
    """What an agent writes for the others."""
    return rng.choice(_NOTES).format(number=rng.randint(10_000, 99_999))
