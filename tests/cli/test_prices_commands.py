"""`tracker prices import`: what is printed of several files, and how it ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tracker.cli import app
from tracker.errors import TrackerError


def run(home: Path, *words: object) -> Any:
    return CliRunner().invoke(app, ["--home", str(home), "prices", "import", *map(str, words)])


def put(folder: Path, name: str, rows: str, header: str = "date,symbol,close") -> Path:
    path = folder / name
    path.write_text(f"{header}\n{rows}\n")
    return path


def test_a_bad_file_is_named_the_others_are_imported_and_it_ends_with_1(tmp_path: Path) -> None:
    good = [put(tmp_path, name, f"2025-01-03,{name[0].upper()},1") for name in ("a.csv", "c.csv")]
    bad = put(tmp_path, "b.csv", "2025-01-03,B,x")
    said = run(tmp_path / "home", good[0], bad, good[1])
    assert said.exit_code == 1
    assert [line.partition(": ")[0] for line in said.stdout.splitlines()] == [str(path) for path in good]
    errors = [line for line in said.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1 and str(bad) in errors[0] and "row 2" in errors[0]
    assert run(tmp_path / "home", *good).exit_code == 0


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (["--symbol", "X", "a.csv", "b.csv"], "use --symbol-from-name"),
        (["--splits", "--dividends", "a.csv"], "import one kind, then the other"),
        (["--dividends", "--adjusted", "a.csv"], "--dividends cannot be combined"),
        (["--dividends", "no_such_file.csv"], "no such file"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_done(
    tmp_path: Path, words: list[str], cure: str
) -> None:
    said = run(tmp_path / "home", *words)
    assert said.exit_code == 1 and isinstance(said.exception, TrackerError) and cure in str(said.exception)
    assert not (tmp_path / "home").exists()


def test_dividends_are_imported(tmp_path: Path) -> None:
    paths = [put(tmp_path, f"{n}.csv", f"ABC,2025-0{n}-03,0.1", "ticker,ex_date,amount") for n in (1, 2)]
    said = run(tmp_path / "home", "--dividends", *paths)
    assert said.exit_code == 0 and said.stdout.count("1 dividend of 1 ticker from") == 2
