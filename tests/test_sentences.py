"""Sentences are output: replace them all, and no figure, rank, count, group or choice changes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import rewording
from tests.rewording import REWORDED
from tracker.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tracker"
FOLDERS = ("filings", "managers", "newsletter", "output", "pipeline", "prices", "rankings", "reports", "store")
# Texts with a blank that are data: form items, SQL, and the name of a chart's series, which is a key of the document.
DATA = {
    *("filings.amendments", "filings.submission", "newsletter.price_levels"),
    *("store.sql_filings", "store.sql_tables", "store.sql_values"),
}
MODULES = [
    "tracker.lookup",
    *(
        f"tracker.{folder}.{path.stem}"
        for folder in FOLDERS
        for path in sorted((PACKAGE / folder).glob("[!_]*.py"))
        if f"{folder}.{path.stem}" not in DATA
    ),
]
"""Modules whose sentences are replaced: all but `sources` and `securities`, whose texts are columns and patterns."""


@pytest.fixture(scope="module")
def both(market: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """Answers as they are, and those of a process in which all sentences are replaced."""
    plain_home, reworded_home = (tmp_path_factory.mktemp(name) for name in ("plain", "reworded"))
    words = [sys.executable, "-m", "tests.rewording", str(reworded_home), *MODULES]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    plain = rewording.ask(Settings(Path(shutil.copytree(market.home, plain_home, dirs_exist_ok=True))))
    reworded, _ = process.communicate()
    return {"answers": json.loads(json.dumps(plain))}, json.loads(reworded)


def test_the_sentences_were_replaced(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    plain, reworded = both
    assert set(reworded["reworded"]) <= set(MODULES)
    assert sum(reworded["reworded"].values()) > 400
    assert REWORDED not in json.dumps(plain)


@pytest.mark.parametrize(
    "question",
    ["rank", "rank by change", "rank everything", "rank from the low", "filters", "changes", "market", "explain",
     "holders", "history", "portfolio", "season", "watch", "edition"],
)  # fmt: skip
def test_no_figure_depends_on_a_sentence(both: tuple[dict[str, Any], dict[str, Any]], question: str) -> None:
    plain, reworded = both
    assert plain["answers"].keys() == reworded["answers"].keys()
    assert plain["answers"][question] == reworded["answers"][question]
