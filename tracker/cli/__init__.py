"""The commands: read options, call the corridor, print.

Data goes to stdout, progress and warnings to stderr. Exit codes: 0; 1 where something is missing or a TrackerError
says the cure; 2 for wrong usage. Heavy imports live inside the commands that use them: `--help` stays quick.
"""

from . import loading  # isort: skip (commands are listed in the order in which they are defined)
from . import pricing  # isort: skip
from . import asking, funds

from . import publishing  # isort: skip
from . import serving  # isort: skip
from .app import app, main
from .options import parse_band

__all__ = ["app", "asking", "funds", "loading", "main", "parse_band", "pricing", "publishing", "serving"]
