"""Ctrl-C while the program starts: the exit code of a stop, and no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.homes import ROOT
from tracker import cli

SLOW = """
import time
print("importing", flush=True)
time.sleep(60)
"""
RUNS = [[sys.executable, "-m", "tracker"], [sys.executable, "-c", "from tracker.__main__ import main; main()"]]


def start(folder: Path, run: list[str], **options: object) -> subprocess.Popen[str]:
    """A run that is in the midst of importing."""
    (folder / "typer.py").write_text(SLOW)
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    process = subprocess.Popen(
        [*run, "status"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )  # type: ignore[call-overload]
    assert process.stdout.readline() == "importing\n"
    return process  # type: ignore[no-any-return]


@pytest.mark.parametrize("run", RUNS, ids=["module", "script"])
def test_a_stop_while_the_program_is_imported_is_no_traceback(tmp_path: Path, run: list[str]) -> None:
    process = start(tmp_path, run)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=20)
    assert (process.returncode, error) == (130, "")


def test_a_job_in_the_background_goes_on(tmp_path: Path) -> None:
    """A shell starts it with the signal ignored."""
    process = start(tmp_path, RUNS[0], preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.kill()
    process.communicate(timeout=20)


def test_a_stop_while_typer_does_not_listen_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules[cli.main.__module__], "app", stop)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 130
    assert capsys.readouterr().err.startswith("stopped; ")
