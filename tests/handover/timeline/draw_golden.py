"""The drawings in `golden/`.

After a wanted change run `python -m tests.handover.timeline.draw_golden`, and look at them.
"""

from __future__ import annotations

from pathlib import Path

from handover.timeline.drawing import draw
from handover.timeline.excerpt import last_part
from handover.timeline.sheet import FULL, NARROW, WIDE
from handover.timeline.story import tell
from tests.handover.timeline.stories import eventful, quiet

FOLDER = Path(__file__).parent / "golden"


def drawings() -> dict[str, str]:
    """Each by the name of its file."""
    return {
        "eventful-full.svg": draw(tell(eventful()), FULL, "full"),
        "eventful-wide.svg": draw(tell(eventful()), WIDE, "wide"),
        "eventful-narrow.svg": draw(tell(last_part(eventful(), 1 / 3)), NARROW, "narrow"),
        "quiet-full.svg": draw(tell(quiet()), FULL, "full"),
        "quiet-narrow.svg": draw(tell(quiet()), NARROW, "narrow"),
    }


def by_line(drawing: str) -> str:
    """As a file has it: a line an element, so that a difference can be read."""
    return drawing.replace("><", ">\n<") + "\n"


if __name__ == "__main__":
    for name, drawing in drawings().items():
        (FOLDER / name).write_text(by_line(drawing))
