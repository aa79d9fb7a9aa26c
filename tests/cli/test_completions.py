"""What a shell is given to complete, as the shell asks for it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from tracker import cli
from tracker.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.delenv("TRACKER_HOME", raising=False)


def complete(home: Path, typed: str, shell: str = "bash") -> str:
    """What `tracker` prints to a shell in which `typed` stands before the cursor; it must end well and be silent."""
    words = [*re.split(r"(?<!\\) +", typed.rstrip(" ")), *([""] if typed.endswith(" ") else [])]
    asked = {
        "TRACKER_HOME": str(home),
        "_TRACKER_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": f"tracker {typed}",
        "COMP_CWORD": str(len(words)),
        "_TYPER_COMPLETE_ARGS": f"tracker {typed}",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_WORD_TO_COMPLETE": words[-1],
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in asked.items():
            patch.setenv(name, value)
        said = CliRunner().invoke(cli.app, [], prog_name="tracker")
    assert (said.exit_code, said.stderr) == (0, ""), said.output
    return said.stdout


def lines(home: Path, typed: str) -> list[str]:
    return complete(home, typed).split("\n")[:-1]


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("ran", ["rank"]),
        ("funds w", ["why"]),
        ("rank --min-p", ["--min-price"]),
        ("rank --by h", ["holders"]),
        ("holders QN", ["QNLR", "QNLRW"]),
        ("holders qn", ["qnlr", "qnlrw"]),
        ("explain QNLRW", ["QNLRW"]),
        ("rank 2025", ["2025Q3", "2025Q2"]),
        ("holders QNLR --quarter 2025Q2", ["2025Q2"]),
        ("rank --exchange N", ["NASDAQ", "NYSE"]),
        ("rank --exchange=A", ["AMEX"]),
        ("rank --kind ad", ["adr"]),
        ("prices fetch --source nas", ["nasdaq"]),
        ("fund 900000000", [f"900000000{number}" for number in range(1, 10)]),
        ("holders NOSUCH", [""]),
        ("no-such-command x", [""]),
        ("rank --no-such x", [""]),
        ("rank --top x --exchange A", ["AMEX"]),
        ("holders 'QNLRW", ["QNLRW"]),
    ],
)
def test_what_begins_so_is_completed(market: Settings, typed: str, completed: list[str]) -> None:
    found = lines(market.home, typed)
    assert found == completed or (len(completed) > 3 and set(found) <= set(completed) and found)


def test_a_name_with_blanks_is_one_word_for_bash(market: Settings) -> None:
    found = lines(market.home, "fund ")
    assert len(found) > 5
    for name in found:
        (word,) = shlex.split(name)
        assert " " not in word or "\\ " in name
        assert CliRunner().invoke(cli.app, ["--home", str(market.home), "fund", word]).exit_code == 0
    first = next(name for name in found if "\\ " in name)
    assert first in lines(market.home, f"fund {first.partition(' ')[0]} ".removesuffix(" ")[:-1])


def test_sectors_are_completed_once_an_answer_has_prepared_them(tmp_path: Path) -> None:
    prepared = tmp_path / "home" / "db" / "prepared"
    assert lines(tmp_path / "home", "rank --sector R") == [""]
    prepared.mkdir(parents=True)
    names = ["Real Estate", "Technology", None, "R$(touch hacked)", "Real Estate"]
    pl.DataFrame({"sector": names}).write_parquet(prepared / "price_spans.parquet")
    assert lines(tmp_path / "home", "rank --sector R") == ["Real\\ Estate"]
    assert lines(tmp_path / "home", "rank --sector Real\\ E") == ["Real\\ Estate"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_every_shell_is_answered(market: Settings, shell: str) -> None:
    assert "QNLR" in complete(market.home, "holders QNL", shell)


HOSTILE = [
    "$(touch hacked) LLC", "`touch hacked`", "A'; touch hacked; '", 'A"; touch hacked; "', "\\$(touch hacked)",
    "A\ntouch hacked", "A\x1b[2J", "[/red]", "A | B", "A > B", "*", "-rf", "--help", "~root", "!!", "A\x00B", "Ünited",
]  # fmt: skip


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_names_of_strangers_mean_nothing_to_a_shell(market: Settings, tmp_path: Path, shell: str) -> None:
    home = Path(shutil.copytree(market.home, tmp_path / "home"))
    connection = sqlite3.connect(home / "db" / "tracker.db")
    for number, name in enumerate(HOSTILE):
        connection.execute("UPDATE managers SET manager_name = ? WHERE cik = ?", (name, 9000000001 + number))
        connection.execute("UPDATE securities SET ticker = ? WHERE ticker = 'QNLR'", (name,)) if number == 0 else None
        connection.execute("INSERT INTO securities (cusip, ticker, name) VALUES (?, ?, ?)", (f"X{number}", name, name))
        connection.execute(
            "INSERT INTO securities (cusip, ticker, name) VALUES (?, ?, ?)", (f"Y{number}", f"ZZ{number}", name)
        )
    connection.commit()
    connection.close()
    for typed in ("fund ", "holders ", "holders ZZ", "fund 9"):
        said = complete(home, typed, shell)
        lost = said.replace("_arguments '*: :((", "").replace("))'", "").replace('":"', "")  # zsh's own
        assert not {"$", "`", ";", "|", ">", "<", "~", "!", "\x1b", "\x00", "[", "'"} & set(lost), said
        assert shell != "bash" or "touch" not in said  # others show the bare words as a description


@pytest.mark.parametrize("typed", ["holders A", "fund A", "rank 20", "rank --sector A", "rank --kind a", "ran"])
@pytest.mark.parametrize("broken", ["absent", "a file", "no database", "no folder", "bad toml"])
def test_a_broken_home_completes_nothing_and_stays_as_it_is(tmp_path: Path, typed: str, broken: str) -> None:
    home = tmp_path / "home"
    if broken == "a file":
        home.write_text("x")
    elif broken != "absent":
        (home / "db").mkdir(parents=True)
        (home / "db" / "tracker.db").write_bytes(b"" if broken == "no database" else b"x" * 9999)
        (home / "tracker.toml").write_text("[[[")
    if broken == "no folder":
        shutil.rmtree(home / "db")
    before = sorted(tmp_path.rglob("*"))
    found = complete(home, typed)
    assert found.strip() in ("", "rank", "adr")
    assert sorted(tmp_path.rglob("*")) == before


def test_nothing_is_made_in_a_loaded_home(market: Settings) -> None:
    before = sorted(market.home.rglob("*"))
    for typed in ("holders Q", "fund ", "rank 2", "rank --sector "):
        complete(market.home, typed)
    assert sorted(market.home.rglob("*")) == before


def test_every_parameter_that_names_something_in_the_store_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TRACKER_COMPLETE", "complete_bash")
    root: Any = typer.main.get_command(cli.app)

    def parameters(command: Any) -> list[Any]:
        return [
            *command.params,
            *(inner for child in getattr(command, "commands", {}).values() for inner in parameters(child)),
        ]

    named = [p for p in parameters(root) if any(word in (p.metavar or "") for word in ("SECURITY", "CIK_OR_NAME"))]
    named += [p for p in parameters(root) if "--exchange" in p.opts or (p.metavar or "") in ("QUARTER", "TICKER")]
    assert len(named) > 15 and [p.name for p in named if "shell_complete" not in vars(p)] == []


def test_the_script_for_a_shell_is_printed(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "_TRACKER_COMPLETE": "source_bash"}
    script = "import sys; sys.argv[0] = 'tracker'; from tracker.cli import main; main()"
    said = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert said.returncode == 0 and "complete -o default -F _tracker_completion tracker" in said.stdout


@pytest.mark.integration
@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here")
def test_bash_itself_completes_with_it(market: Settings, tmp_path: Path) -> None:
    """The script in a bash of its own, with a `tracker` that is this one."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    program = bin_folder / "tracker"
    program.write_text(f"#!{sys.executable}\nfrom tracker.cli import main\nmain()\n")
    program.chmod(0o755)
    found_first = {"PATH": f"{bin_folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **found_first, "TRACKER_HOME": str(market.home)}
    script = """
eval "$(_TRACKER_COMPLETE=source_bash tracker)"
COMP_WORDS=(tracker holders QN) COMP_CWORD=2
_tracker_completion tracker QN holders
printf '<%s>' "${COMPREPLY[@]}"
"""
    said = subprocess.run(["bash", "--norc", "-c", script], env=environment, capture_output=True, text=True)
    assert (said.stdout, said.stderr) == ("<QNLR><QNLRW>", "")
