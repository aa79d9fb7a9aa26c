"""The Python interface: a loaded home, asked from a notebook or a program.

    import tracker

    home = tracker.open("~/13f")
    home.rank("2025Q3", since="2025-01-03", until="2025-12-31", cap_on="2026-01-05")
    home.holders("DUOT", quarter="2025Q3").methodology

`Home` answers with polars frames (`AnswerFrame`), `Questions` with what the command line prints. Both take quarters and
days as text or as values, and raise TrackerError with one line that states the cure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .home import Home, open_home
from .questions import Questions

if TYPE_CHECKING:
    from .frames import AnswerFrame

__all__ = ["AnswerFrame", "Home", "Questions", "open_home"]


def __getattr__(name: str) -> object:
    """`AnswerFrame`, when it is asked for: polars takes longer to load than a command line's help to print."""
    if name != "AnswerFrame":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .frames import AnswerFrame

    return AnswerFrame
