"""The commands: read options, ask the reports or run the pipeline, print.

Data goes to stdout, progress and warnings to stderr. Exit codes: 0; 1 where something is missing or a TrackerError
says the cure; 2 for wrong usage. Heavy imports live inside the commands that use them: `--help` stays quick.
"""

# A command is there once its module is imported; `app.ORDER` says where help lists it.
from . import refresh_command  # isort: skip
from . import demo_command  # isort: skip
from . import prices_commands  # isort: skip
from . import market_command  # isort: skip
from . import rank_command  # isort: skip
from . import holders_command  # isort: skip
from . import explain_command  # isort: skip
from . import filings_command  # isort: skip
from . import status_command  # isort: skip
from . import funds_commands  # isort: skip
from . import strategy_commands  # isort: skip
from . import publish_command  # isort: skip
from . import serve_command  # isort: skip
from .app import app, main

__all__ = [
    "app",
    "demo_command",
    "explain_command",
    "filings_command",
    "funds_commands",
    "holders_command",
    "main",
    "market_command",
    "prices_commands",
    "publish_command",
    "rank_command",
    "refresh_command",
    "serve_command",
    "status_command",
    "strategy_commands",
]
