"""The tests stand in the folders of what they test, and share helpers, not one another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
PACKAGE = TESTS.parent / "tracker"
MODULES = {str(path.relative_to(TESTS)): path for path in sorted(TESTS.rglob("test_*.py"))}
# About several modules of a room, or about the repository.
EXCEPTIONS = {
    "cli/test_cli.py",
    "cli/test_imports.py",
    "cli/test_interrupts.py",
    "cli/test_loaded_home.py",
    "cli/test_sweep.py",
    "filings/test_fixtures.py",
    "engines/test_homes.py",
    "engines/test_made_up_quarter.py",
    "engines/test_spark_cluster.py",
    "hostile/test_hostile.py",
    "filings/test_shared_paths.py",
    "filings/test_sentences_filings.py",
    "managers/test_sentences_managers.py",
    "pipeline/test_import_files.py",
    "pipeline/test_stopped_imports.py",
    "prices/test_shared_prices.py",
    "reports/test_answers.py",
    "reports/test_known_results.py",
    "reports/test_rank_options.py",
    "strategies/test_peer_backtests.py",
    "tables/test_tables.py",
    "test_benchmarks.py",
    "test_mirror.py",
    "test_packaging.py",
    "test_readme.py",
    "test_sentences.py",
    "test_structure.py",
    "test_targets.py",
}


@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith("integration/")])
def test_a_test_module_is_named_after_the_module_that_it_tests(name: str) -> None:
    tested = PACKAGE / name.replace("test_", "", 1)
    assert tested.is_file() or tested.with_suffix("").is_dir() or name in EXCEPTIONS, (
        f"there is no tracker/{tested.relative_to(PACKAGE)}"
    )


@pytest.mark.parametrize("path", MODULES.values(), ids=MODULES.keys())
def test_no_test_module_imports_another(path: Path) -> None:
    assert re.findall(r"^from tests\S*\.test_\w+|^import tests\S*\.test_\w+", path.read_text(), re.MULTILINE) == []
