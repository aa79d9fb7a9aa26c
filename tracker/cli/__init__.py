"""The commands: read options, ask the reports or run the pipeline, print.

Data goes to stdout, progress and warnings to stderr. Exit codes: 0; 1 where something is missing or a TrackerError
says the cure; 2 for wrong usage. Of `watch` 1 means that something is new, and 3 an error. A command's module is loaded
when the command is asked for (see `lazy_commands`), and heavy imports live inside the commands that use them: answers
and `--help` stay quick.
"""

from .app import app, main

__all__ = ["app", "main"]
