"""What a person types, and what comes back: exit codes, streams, help."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.cli.commands import ROOT_COMMAND, commands
from tracker import __version__, cli
from tracker.band import Band
from tracker.cli.lazy_commands import MODULES
from tracker.demo.write import write
from tracker.errors import NotFoundError, SettingError
from tracker.reports import holders, status
from tracker.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Said:
    """How a run of the program ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


COMMANDS = dict(commands())
NAMED_VALUES = ("rank", "publish", "market", "holders", "explain", "filings", "status")
each_command = pytest.mark.parametrize("name", COMMANDS)


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("TRACKER_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture(scope="module")
def home(market: Settings) -> Path:
    """The fictional market, loaded."""
    return market.home


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The console script itself, in this process; typer would build all commands again for each run."""
    monkeypatch.setattr(typer.main, "get_command", lambda _: ROOT_COMMAND)

    def run(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["tracker", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        said = capsys.readouterr()
        code = stopped.value.code
        return Said(code if isinstance(code, int) else 0, said.out, said.err)

    return run


def start(*words: object, **given: Any) -> subprocess.Popen[str]:
    """The program in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tracker", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=given.pop("cwd", ROOT),
        env={**os.environ, "PYTHONPATH": str(ROOT), **given},
    )


def ended(process: subprocess.Popen[str], seconds: float = 60) -> Said:
    out, err = process.communicate(timeout=seconds)
    return Said(process.returncode, out, err)


# ---- exit codes and streams ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ["--version"],
        ["--help"],
        ["-h"],
        ["prices", "--help"],
        ["status"],
        ["rank"],
        ["rank", "2025q3", "--top", "3", "--by", "holders", "--order", "ascending", "--cap", "$50m:1.5B"],
        ["holders", "qnlr", "-q", "2025-Q2", "-f", "md"],
    ],
    ids=" ".join,
)
def test_an_answer_is_0_and_silent_on_stderr(run: Run, home: Path, words: list[str]) -> None:
    said = run("--home", home, *words)
    assert (said.code, said.err) == (0, "") and said.out


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (["rank", "2024Q1"], "run `tracker refresh 2024Q1`"),
        (["rank", "third"], "write it as 2025Q3"),
        (["rank", "--from", "2025-13-01"], "write it as 2025-12-31"),
        (["rank", "--from", "2020-01-01"], "prices are loaded from 2024-12-31 to 2026-01-05"),
        (["rank", "--cap", "50M"], "write it as 50M:300M"),
        (["rank", "--cap", "300M:50M"], "write the smaller amount first"),
        (["holders", "nonsense"], "'nonsense' is not a known ticker, CUSIP or part of a name"),
        (["holders", "QNLR", "--quarter", "2031Q4"], "run `tracker refresh 2031Q4`"),
        (["status", "--output", "."], "name one"),
        (["prices", "import", "no_such_file.csv"], "no_such_file.csv"),
        (["publish", "--slug", "../x"], "write it as micro-caps-2025q3"),
        (["publish", "--base-url", "editions"], "write it as https://example.org/editions"),
        (["publish", "--template", "no_such_folder"], "no_such_folder"),
        (["publish", "--check", "no_such_file.json"], "no_such_file.json"),
        (["refresh", "2025Q3..2025Q1", "--offline"], "write the older quarter first"),
        (["refresh", "2025Q3", "--offline", "--funds", "no_such_file.csv"], "no_such_file.csv"),
        (["refresh", "2025Q3"], 'TRACKER_IDENTITY="Name name@example.org"'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_error_is_1_and_one_line_that_says_the_cure(run: Run, home: Path, words: list[str], cure: str) -> None:
    said = run("--home", home, *words)
    first, *others = said.err.splitlines()
    assert (said.code, said.out) == (1, "")
    assert first.startswith("error: ") and cure in first
    assert all(line.startswith("  did you mean: ") for line in others)


@pytest.mark.parametrize(
    "words",
    [
        ["no-such-command"],
        ["rank", "--no-such-option"],
        ["rank", "--top", "0"],
        ["rank", "--top", "many"],
        ["rank", "--min-holders", "-1"],
        ["rank", "--format", "xml"],
        ["rank", "--by", "luck"],
        ["rank", "2025Q3", "2025Q2"],
        ["holders"],
        ["prices", "import"],
        ["prices"],
        [],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2(run: Run, words: list[str]) -> None:
    said = run(*words)
    assert said.code == 2 and "Usage:" in said.err + said.out
    assert "Traceback" not in said.err


def test_nearest_candidates_stand_below_the_error(run: Run, home: Path) -> None:
    said = run("--home", home, "holders", "Quenchligt")
    assert "  did you mean: QNLR (Quenchlight Robotics Inc)" in said.err.splitlines()


def test_names_from_outside_do_not_steer_the_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise NotFoundError("two\nlines\x1b[2J", ["ABC (\x9b2J\x1b]0;x\x07 Inc)"])

    monkeypatch.setattr(holders, "who_holds", fail)
    said = run("holders", "x")
    assert said.err == "error: two lines [2J\n  did you mean: ABC ( 2J ]0;x  Inc)\n"


def test_a_disk_that_is_full_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "db/tracker.db")

    monkeypatch.setattr(status, "status", fail)
    said = run("status")
    assert said.code == 1 and said.err.count("\n") == 1
    assert "the disk of db/tracker.db is full: free some space and run the same command again" in said.err
    assert "delete" not in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("funds", "export", "FOLDER"),
        ("funds", "export", "FILE/list.csv"),
        ("funds", "import", "FOLDER"),
        ("funds", "check", "FOLDER"),
        ("refresh", "2025Q3", "--offline", "--funds", "FOLDER"),
        ("prices", "import", "FOLDER"),
        ("prices", "import", "--splits", "FOLDER"),
        ("publish", "--template", "FILE"),
        ("publish", "--edition", "FOLDER"),
        ("publish", "--check", "FILE/edition.json"),
        ("rank", "--against", "FOLDER"),
        ("market", "--chart", "FOLDER.svg"),
        ("demo", "--keep", "FILE"),
        ("demo", "--keep", "FILE/below"),
        *(("status", "--output", place) for place in ("FOLDER", "FILE/list.csv")),
    ],
    ids=" ".join,
)
def test_a_path_that_does_not_fit_is_one_line_with_the_cure(
    run: Run, home: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "FOLDER").mkdir()
    (tmp_path / "FOLDER.svg").mkdir()
    (tmp_path / "FILE").write_text("x")
    there = [str(tmp_path / word) if word.startswith(("FOLDER", "FILE")) else word for word in words]
    said = run("--home", home, *there)
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert "Errno" not in said.err and "run the same command again" not in said.err


def test_a_home_that_is_a_file_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    said = run("--home", tmp_path / "file", "refresh", "2025Q3", "--offline")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "is not a folder: choose another with --home or TRACKER_HOME" in said.err


def test_a_stop_by_hand_is_130_and_says_how_to_go_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(status, "status", stop)
    assert run("status") == Said(
        130, "", "stopped; what has been downloaded is kept, run the same command again to continue\n"
    )


def test_data_goes_to_stdout_and_progress_to_stderr(run: Run, tmp_path: Path) -> None:
    made = write(tmp_path)
    said = run("--home", tmp_path, "refresh", "2025Q3", "--offline", "--funds", made.funds)
    assert said.code == 0
    assert said.out.startswith("2025Q3 (list fund_list.csv), ") and "  rejected     9000000022-25-000002: " in said.out
    assert "counting holders of 2025Q3" in said.err and "counting" not in said.out
    again = run("--home", tmp_path, "refresh", "2025Q3", "--offline", "--funds", made.funds)
    assert again.out.endswith("  nothing new: the store is unchanged\n")
    imported = run("--home", tmp_path, "prices", "import", made.prices)
    assert imported.out.startswith("19,042 prices of 76 tickers, 2024-12-31 to 2026-01-05: 19,042 new or corrected")
    assert imported.out.count("\n") == 1 and "reading prices.csv" in imported.err
    assert run("--home", tmp_path, "prices", "import", made.prices).out.endswith(": 0 new or corrected\n")


def test_json_on_stdout_is_one_document(run: Run, home: Path) -> None:
    rank = json.loads(run("--home", home, "rank", "--format", "json", "--top", 2).out)
    assert len(rank["rows"]) == 2
    assert json.loads(run("--home", home, "status", "--format", "json").out)["quarters"] == ["2025Q2", "2025Q3"]


def test_publishing_names_the_page_and_a_check_exits_with_1_when_it_differs(
    run: Run, home: Path, tmp_path: Path, undrawn: None
) -> None:
    shutil.copytree(home, tmp_path / "home")
    words = ("--home", tmp_path / "home", "publish")
    said = run(*words, "2025Q3", "--title", "A List", "--from", "2025-01-03", "--to", "2025-12-31", "--top", 1)
    folder = tmp_path / "home" / "editions" / "a-list"
    assert said == Said(0, f"{folder / 'index.html'}\n", "")
    assert run(*words, "--edition", folder / "edition.json") == said
    same = run(*words, "--check", folder / "edition.json")
    assert (same.code, same.err) == (0, "") and "no difference" in same.out
    (folder / "index.md").unlink()
    other = run(*words, "--check", folder / "edition.json", "--format", "json")
    assert (other.code, other.err) == (1, "") and json.loads(other.out)["differences"] == 1


def test_an_output_file_leaves_stdout_empty(run: Run, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    said = run("--home", home, "rank", "--format", "csv", "--output", path)
    assert said == Said(0, "", f"written: {path}\n")
    assert path.read_text() == run("--home", home, "rank", "--format", "csv").out


def test_the_demo_says_that_it_is_fictional(demo: Path) -> None:
    out, err = ((demo / name).read_text() for name in ("stdout", "stderr"))
    assert out.startswith("FICTIONAL DATA")
    assert "1  Quenchlight Robotics Inc" in out and "7 hedge funds (8 filers), 2025Q3" in out
    assert "tracker --home HOME status" in out
    pages = list((demo / "home" / "editions").glob("*/index.html"))
    assert len(pages) == 2 and "tried on 8 quarters without looking ahead" in out
    for page in pages:
        assert f": HOME/{page.relative_to(demo / 'home')}\n" in out and "Fictional" in page.read_text()
    assert "writing a fictional market" in err


# ---- where things lie ---------------------------------------------------------------------------------------------


def test_the_option_home_wins_over_the_variable(
    run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKER_HOME", str(home))
    assert run("status").out.startswith(f"Store at {home}\n")
    assert run("--home", tmp_path, "status").out.startswith(f"Store at {tmp_path}\n")


def test_without_either_it_is_the_current_folder(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    assert run("status").out.startswith(f"Store at {home}\n")


def test_an_option_may_be_a_variable(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_RANK_TOP", "2")
    assert run("--home", home, "rank").out.startswith("2 best performing")
    assert run("--home", home, "rank", "--top", "3").out.startswith("3 best performing")


@pytest.mark.parametrize("identity", [None, "", "Name", "name@example.org", "Name\r\nX: y name@example.org"])
def test_refreshing_needs_an_identity_before_anything_is_made(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, identity: str | None
) -> None:
    if identity is not None:
        monkeypatch.setenv("TRACKER_IDENTITY", identity)
    said = run("--home", tmp_path, "refresh", "2025Q3")
    assert said.code == 1 and said.err.count("\n") == 1 and "set TRACKER_IDENTITY=" in said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("50M:300M", (50e6, 300e6)),
        ("50m:1.5b", (50e6, 1.5e9)),
        ("$50M:$300M", (50e6, 300e6)),
        ("50,000,000:300000000", (50e6, 300e6)),
        (" 1K : 2T ", (1e3, 2e12)),
        (":300M", (0.0, 300e6)),
        ("50M:", (50e6, float("inf"))),
        ("5M:5M", (5e6, 5e6)),
    ],
)
def test_bands(text: str, band: tuple[float, float]) -> None:
    assert Band.parse(text) == band


@pytest.mark.parametrize(
    "text", ["", "50M", "50M-300M", "a:b", "50M:300M:", "-5M:5M", "50MM:300M", "nan:inf", "1e6:2e6"]
)
def test_a_band_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match="write"):
        Band.parse(text)


# ---- help ---------------------------------------------------------------------------------------------------------


def test_every_command_is_known_to_these_tests() -> None:
    assert {f"tracker {name}" for name in ("refresh", "rank", "holders", "status", "demo", "prices import")} <= set(
        COMMANDS
    )


def test_help_lists_every_command_in_the_order_of_the_work() -> None:
    assert tuple(vars(ROOT_COMMAND)["commands"]) == tuple(MODULES)


@each_command
def test_help_begins_with_one_imperative_sentence_and_ends_with_an_example(name: str) -> None:
    sentence, *_, example = COMMANDS[name].help.split("\n\n")
    assert "\n" not in sentence and sentence.endswith(".") and ". " not in sentence
    verb = sentence.split()[0]
    assert verb[0].isupper() and not verb.lower().endswith(("s", "ed", "ing"))
    assert example.startswith(f"Example: {name}")


@each_command
def test_the_example_can_be_typed(name: str) -> None:
    words = shlex.split(COMMANDS[name].help.partition("Example: ")[2])
    assert words[: len(name.split())] == name.split()
    COMMANDS[name].make_context(name, words[len(name.split()) :])  # raises for what cannot be parsed


@each_command
def test_every_option_and_argument_says_what_it_is(name: str) -> None:
    for parameter in COMMANDS[name].params:
        assert getattr(parameter, "help", None), f"{name}: {parameter.name}"


@each_command
def test_the_page_of_commands_names_every_option(name: str) -> None:
    page = (ROOT / "tracker" / "cli" / "README.md").read_text(encoding="utf-8")
    section = page.partition(f"# {name}\n")[2].partition("\n#")[0]
    options = {text for parameter in COMMANDS[name].params for text in parameter.opts if text.startswith("--")}
    assert {option for option in options if option not in section} == set()


@each_command
def test_the_variable_of_an_option_has_the_options_name(name: str) -> None:
    """`TRACKER_RANK_MIN_PRICE` is `tracker rank --min-price`."""
    options = [parameter for parameter in COMMANDS[name].params if parameter.param_type_name == "option"]
    for option in options:
        words = [*name.split(), max(option.opts, key=len).removeprefix("--")]
        assert option.envvar == "_".join(words).replace("-", "_").upper()


def test_the_global_option_is_a_variable_and_the_names_of_python_are_none() -> None:
    group = ROOT_COMMAND
    assert {option.name: option.envvar for option in group.params if option.name == "home"} == {"home": "TRACKER_HOME"}
    assert "auto_envvar_prefix" not in group.context_settings


def test_a_variable_is_read(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_RANK_TO", "2025-02-30")
    said = run("--home", home, "rank")
    assert said.code == 1 and "--to '2025-02-30'" in said.err


@pytest.mark.parametrize("name", NAMED_VALUES)
def test_help_names_the_value_that_an_option_takes(run: Run, name: str) -> None:
    """`--from DATE`, not `--from <str>`."""
    options = re.findall(r"^ +(?:-\w, )?(--[a-z-]+) <(?:str|int|float|path)", run(name, "--help").out, re.MULTILINE)
    assert options == []


@each_command
def test_help_of_every_command_is_shown(run: Run, name: str) -> None:
    said = run(*name.split()[1:], "--help")
    assert said.code == 0 and COMMANDS[name].help.splitlines()[0] in said.out


def test_version_is_the_packages(run: Run) -> None:
    assert run("--version") == Said(0, f"tracker {__version__}\n", "")


def test_a_variable_of_that_name_is_not_the_option(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_VERSION", "0.1.0")
    assert run("--home", home, "status").code == 0


def test_commands_are_all_there_before_any_is_loaded() -> None:
    script = """
import sys
import typer
from tracker.cli import app
commands = typer.main.get_command(app).commands
assert "rank" in commands and "prices" in commands and "rang" not in commands, "names"
assert commands.get("rang") is None and len(commands) == len(list(commands)), "others"
assert not any(name.startswith("tracker.cli.rank") for name in sys.modules), "loaded"
assert [command.name for command in commands.values()] == list(commands), "order"
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_command_with_a_slip_in_its_name_is_named(run: Run) -> None:
    said = run("holder", "QNLR")
    assert said.code == 2 and "Did you mean 'holders'?" in said.err


def test_help_loads_nothing_heavy() -> None:
    script = """
import sys
from tracker.cli import app
try:
    app(["--help"])
except SystemExit as end:
    assert end.code == 0
heavy = {"altair", "jinja2", "vl_convert", "polars", "sqlite_utils", "sqlite3", "lxml", "requests"}
heavy = (heavy | {"sec_edgar_downloader"}) & set(sys.modules)
sys.exit(f"loaded: {heavy}" if heavy else 0)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "") and "refresh" in done.stdout


# ---- true processes -----------------------------------------------------------------------------------------------


@pytest.mark.integration
def test_exit_codes_and_streams_of_a_true_process(home: Path, tmp_path: Path) -> None:
    started = [
        start("--home", home, "holders", "QNLR", "--format", "json"),
        start("refresh", "2025Q3", TRACKER_HOME=str(tmp_path)),
        start("rank", "--top", "none"),
    ]
    answer, no_identity, usage = map(ended, started)
    assert (answer.code, answer.err) == (0, "") and json.loads(answer.out)["holders"] == 7
    assert (no_identity.code, no_identity.out) == (1, "")
    assert no_identity.err.startswith("error: no identity is set: ") and no_identity.err.count("\n") == 1
    assert (usage.code, usage.out) == (2, "") and "--top" in usage.err


@pytest.mark.integration
def test_the_demo_in_a_process_of_its_own_draws_its_charts(tmp_path: Path) -> None:
    said = ended(start("demo", "--keep", tmp_path), seconds=180)
    assert said.code == 0 and said.out.startswith("FICTIONAL DATA")
    drawn = list(tmp_path.glob("editions/*/charts/*.svg"))
    assert len(drawn) == 2 * (1 + 2 * 9 + 3) and all(path.read_bytes().startswith(b"<svg") for path in drawn)


@pytest.mark.integration
def test_a_reader_that_has_gone_is_no_error_to_talk_of(home: Path) -> None:
    process = start("--home", home, "rank", "--format", "json")
    assert process.stdout and process.stderr
    process.stdout.close()  # as `| head` does, before anything is written
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() in (0, 1)


@pytest.mark.integration
def test_a_signal_stops_it_with_one_line(tmp_path: Path) -> None:
    process = start("--home", tmp_path, "demo", "--keep", tmp_path / "demo")
    deadline = time.monotonic() + 30
    while not (tmp_path / "demo" / "filings").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said = ended(process)
    assert said.code == 130 and "Traceback" not in said.err
    assert (
        said.err.splitlines()[-1] == "stopped; what has been downloaded is kept, run the same command again to continue"
    )
