"""What each command loads of other people's packages: a heavy one that creeps in makes every answer wait for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tracker.cli.lazy_commands import MODULES
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
    "funds overlap 9000000013 9000000014": ANSWER,
    "holders QNLR MRWD": ANSWER,
    "compare 9000000013 9000000014": ANSWER,
    "consensus --fund 9000000013 --fund 9000000014": ANSWER,
    "boards": ANSWER,
    "funds why 9000000013": ANSWER,
    "rank --top 3 --format md": ANSWER,
    "rank --exchange NASDAQ --min-price 1.5 --top 3": ANSWER,
    "market": ANSWER,
    "status": ANSWER,
    "season --on 2025-11-14": ANSWER,
}

# of the commands' own modules, what every one needs
SHARED = {"app", "lazy_commands", "options", "plain_values"}
BESIDE = {"season": {"season_output"}}  # a command with a module of its own beside it

LISTED = """
import sys
from tracker.cli import main
try:
    main()
finally:
    others = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
    print("loaded:", *others, file=sys.stderr)
    ours = [name.removeprefix("tracker.cli.") for name in sys.modules if name.startswith("tracker.cli.")]
    print("commands:", *ours, file=sys.stderr)
"""


@pytest.mark.parametrize("words", MAY_LOAD)
def test_a_command_loads_what_it_needs(market: Settings, words: str) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    environment = {**inherited, "PYTHONPATH": str(ROOT), "TRACKER_HOME": str(market.home)}
    ran = subprocess.run(
        [sys.executable, "-c", LISTED, *words.split()], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    told = {line.partition(":")[0]: line.split()[1:] for line in ran.stderr.splitlines()}
    loaded = {name for name in told["loaded"] if not name.startswith("_")} - {"tracker"}
    # coverage and the like, which whoever runs the tests loads into every process
    started = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], env=environment, capture_output=True, text=True
    )
    assert loaded - {name.partition(".")[0] for name in started.stdout.split()} <= MAY_LOAD[words]
    if words != "--help":  # which lists them all
        name = words.split()[0]
        assert {*told["commands"]} - SHARED <= {MODULES.get(name)} | BESIDE.get(name, set())
