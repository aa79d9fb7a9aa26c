"""`tracker.toml`: options that are not given, and one line for whatever is wrong with the file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup, TyperOption

from tracker import cli
from tracker.cli import option_file
from tracker.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
ROOT_COMMAND: Any = typer.main.get_command(cli.app)


@pytest.fixture
def home(market: Settings, tmp_path: Path) -> Path:
    return Path(shutil.copytree(market.home, tmp_path / "home"))


@pytest.fixture
def ask(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run the console script with a tracker.toml: exit code, stdout, stderr."""

    def ask(toml: str | bytes, *words: object) -> tuple[int, str, str]:
        Settings(home).option_file.write_bytes(toml if isinstance(toml, bytes) else toml.encode())
        monkeypatch.setattr(sys, "argv", ["tracker", "--home", str(home), *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return ended.value.code if isinstance(ended.value.code, int) else 0, said.out, said.err

    return ask


def test_the_command_line_wins_over_a_variable_and_a_variable_over_the_file(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = "[rank]\ntop = 2\n"
    assert ask(toml, "rank")[1].startswith("2 best performing")
    monkeypatch.setenv("TRACKER_RANK_TOP", "3")
    assert ask(toml, "rank")[1].startswith("3 best performing")
    assert ask(toml, "rank", "--top", 4)[1].startswith("4 best performing")


def test_options_of_every_kind_are_taken(ask: Any) -> None:
    toml = """
[rank]
min-price = 1          # a whole number for one with decimals, and the name as on the command line
min_holders = 2
exchange = ["NASDAQ", "NYSE"]
from = 2025-01-03      # TOML's own date
to = "2025-12-31"
by = "holders"
by_filer = true
format = "json"
"""
    code, out, err = ask(toml, "rank")
    assert (code, err) == (0, "")
    told = json.loads(out)
    flags = [*toml_words("--min-price 1 --min-holders 2 --exchange NASDAQ --exchange NYSE --from 2025-01-03")]
    flags += toml_words("--to 2025-12-31 --by holders --by-filer --format json")
    assert told == json.loads(ask("", "rank", *flags)[1]) and told["rows"]


def toml_words(words: str) -> list[str]:
    return words.split()


def test_a_flag_of_the_file_is_undone_by_its_variable(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    toml, bare = "[holders]\nby_filer = true\n", ask("", "holders", "QNLR")[1]
    assert ask(toml, "holders", "QNLR")[1] != bare
    monkeypatch.setenv("TRACKER_HOLDERS_BY_FILER", "0")
    assert ask(toml, "holders", "QNLR")[1] == bare


def test_a_command_below_a_command_has_a_section_of_its_own(ask: Any) -> None:
    toml = '[funds.list]\nname = "no such name"\n[filings]\ntop = 1\n'
    assert "no such name" not in ask("", "funds", "list")[1]
    assert ask(toml, "funds", "list")[1] != ask("", "funds", "list")[1]
    assert ask(toml, "filings", "--format", "csv")[1].count("\n") == 2


def test_a_path_is_relative_to_the_home(ask: Any, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = ask('[status]\noutput = "told.txt"\n', "status")
    assert (code, out, err) == (0, "", f"written: {home / 'told.txt'}\n") and (home / "told.txt").is_file()


@pytest.mark.parametrize(
    ("toml", "place", "cure"),
    [
        ("[rank]\nmin_prise = 1", "rank.min_prise", "did you mean min_price?"),
        ("[rnk]\ntop = 1", "rnk", "did you mean [rank]?"),
        ("[prices.fetsh]", "prices.fetsh", "did you mean [prices.fetch]?"),
        ("[status]\nabcdefgh = 1", "status.abcdefgh", "`tracker status --help` lists them"),
        ("[rank]\nquarter = '2025Q3'", "rank.quarter", "not an option of `tracker rank`"),  # an argument
        ("[rank]\nhelp = true", "rank.help", "not an option"),
        ("version = true", "version", "options stand below one"),
        ("home = '/'", "home", "the identity and keys are variables"),
        ("identity = 'A a@example.org'", "identity", "the identity and keys are variables"),
        ("finviz_token = 'abc'", "finviz_token", "the identity and keys are variables"),
        ("rank = 1", "rank", "[rank]"),
        ("[rank.top]\nx = 1", "rank.top", "a whole number from 1 to 1,000,000"),
        ("[rank]\nmin_price = 1\nmin-price = 1", "rank.min-price", "keep one"),
        ("[rank]\nmin_price = '1'", "rank.min_price", "a number, 0 or more"),
        ("[rank]\nmin_price = -0.5", "rank.min_price", "a number, 0 or more"),
        ("[rank]\nmin_price = nan", "rank.min_price", "a number, 0 or more"),
        ("[rank]\nmin_price = inf", "rank.min_price", "a number, 0 or more"),
        ("[rank]\nmin_price = true", "rank.min_price", "a number, 0 or more"),
        ("[rank]\ntop = 0", "rank.top", "a whole number from 1 to 1,000,000"),
        ("[rank]\ntop = 2.0", "rank.top", "a whole number from 1 to 1,000,000"),
        (f"[rank]\ntop = {10**400}", "rank.top", "a whole number from 1 to 1,000,000"),
        ("[rank]\nby_filer = 1", "rank.by_filer", "true or false"),
        ("[rank]\nby_filer = 'yes'", "rank.by_filer", "true or false"),
        ("[rank]\nby = 'name'", "rank.by", "one of performance, holders,"),
        ("[rank]\nby = ['holders']", "rank.by", "one of performance, holders,"),
        ("[rank]\ncap = 300", "rank.cap", "text in quotes"),
        ("[rank]\ncap = ''", "rank.cap", "text in quotes"),
        ('[rank]\ncap = "a\\u0000b"', "rank.cap", "text in quotes"),
        ("[rank]\nfrom = 2025-01-03T16:00:00", "rank.from", "text in quotes"),
        ("[rank]\nexchange = ['NYSE', 1]", "rank.exchange", "a list of values, each text in quotes"),
        ("[rank]\nexchange = {a = 1}", "rank.exchange", "a list of values, each text in quotes"),
        ("[status]\noutput = '~nobody-of-that-name/x'", "status.output", "a path that is there"),
        ("[prices.fetch]\nsource = 'nosuch'", "prices.fetch.source", "'nosuch' is not one of nasdaq, finviz"),
        ("[rank", "at end of document", "write options as [rank] and min_price = 1"),
        ("[rank]\ntop = 1\ntop = 2", "not TOML", "write options as [rank] and min_price = 1"),
        ("[rank]\ntop = " + "9" * 5000, "not TOML", "write options as [rank] and min_price = 1"),
        ("a = " + "[" * 30_000, "not TOML", "write options as [rank] and min_price = 1"),
        (b"[rank]\ncap = '\xff'", "not UTF-8 text (byte 14)", "save it as UTF-8"),
        ("#" * 70_000, "more than 65,536 bytes", "shorten it"),
        ("[rank]\n'\x1b[2J' = 1".replace("\x1b", ""), "rank.[2J", "not an option"),
        ('[rank]\n"\\u001b[2J\\n" = 1', "rank. [2J", "not an option"),
    ],
)
def test_whatever_is_wrong_is_one_line_with_file_key_and_cure(
    ask: Any, home: Path, toml: str | bytes, place: str, cure: str
) -> None:
    code, out, err = ask(toml, "status")  # whichever command is run
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(f"error: {home / 'tracker.toml'}") and place in err and cure in err
    assert "abc" not in err.replace("abcdefgh", "")  # a secret in the wrong place is not printed


def test_help_is_there_for_a_home_in_disorder_and_shows_what_is_built_in(ask: Any) -> None:
    assert (
        ask("[rank", "rank", "--help")[1] == ask("[rank]\nmin_holders = 7", "rank", "-h")[1] == ask("", "rank", "-h")[1]
    )
    assert ask("[rank", "--version")[0] == 0


def test_a_folder_of_that_name_is_one_line(ask: Any, home: Path) -> None:
    ask("", "status")
    Settings(home).option_file.unlink()
    Settings(home).option_file.mkdir()
    with pytest.raises(Exception, match="is not a file: remove it"):
        option_file.read_defaults(home / "tracker.toml", ROOT_COMMAND)


def test_without_the_file_nothing_is_loaded_to_read_it(market: Settings) -> None:
    script = "import sys; from tracker.cli import app; app(['status'], standalone_mode=False); print(*sys.modules)"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    environment = {**inherited, "PYTHONPATH": str(ROOT), "TRACKER_HOME": str(market.home)}
    ran = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert not {"tomllib", "tracker.cli.option_file", "tracker.cli.completions"} & set(ran.stdout.split())


def groups(command: Any = ROOT_COMMAND) -> list[Any]:
    return [
        command,
        *(inner for child in command.commands.values() if isinstance(child, TyperGroup) for inner in groups(child)),
    ]


@pytest.mark.parametrize("group", groups(), ids=lambda group: str(group.name))
def test_no_option_has_the_name_of_a_command_beside_it(group: Any) -> None:
    """A key of the file means one of the two."""
    options = {option.name for option in group.params if isinstance(option, TyperOption)}
    words = {word.removeprefix("--") for option in group.params for word in option.opts}
    assert (options | words) & set(group.commands) == set()
