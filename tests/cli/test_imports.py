"""What each command loads of other people's packages: a heavy one that creeps in makes every answer wait for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tracker.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
HELP = {"annotated_doc", "shellingham", "typer"}
ANSWER = {*HELP, "polars", "typing_extensions"}
# One more package in a row below needs a reason: that the command cannot do without it.
MAY_LOAD = {
    "--help": HELP,
    "--version": HELP,
    "publish --help": HELP,
    "holders QNLR": ANSWER,
    "holders QNLR --history --format json": ANSWER,
    "holders QNLR --by-filer": ANSWER,
    "explain QNLR --known-on 2025-12-31": ANSWER,
    "fund 9000000013 --top 5": ANSWER,
    "funds list --format csv": ANSWER,
    "filings --amendments": ANSWER,
    "rank --top 3 --format md": ANSWER,
    "market": ANSWER,
    "status": ANSWER,
    "season --on 2025-11-14": ANSWER,
}

LISTED = """
import sys
from tracker.cli import main
try:
    main()
finally:
    others = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
    print("loaded:", *others, file=sys.stderr)
"""


@pytest.mark.parametrize("words", MAY_LOAD)
def test_a_command_loads_what_it_needs(market: Settings, words: str) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    environment = {**inherited, "PYTHONPATH": str(ROOT), "TRACKER_HOME": str(market.home)}
    ran = subprocess.run(
        [sys.executable, "-c", LISTED, *words.split()], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    (line,) = (line for line in ran.stderr.splitlines() if line.startswith("loaded:"))
    loaded = {name for name in line.split()[1:] if not name.startswith("_")} - {"tracker"}
    # coverage and the like, which whoever runs the tests loads into every process
    started = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], env=environment, capture_output=True, text=True
    )
    assert loaded - {name.partition(".")[0] for name in started.stdout.split()} <= MAY_LOAD[words]
