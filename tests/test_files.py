"""Files that are whole or absent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tracker import files
from tracker.errors import SettingError


@pytest.fixture(autouse=True)
def flushing(no_flushing: Callable[[int], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Here files are flushed to disk."""
    monkeypatch.setattr(os, "fsync", no_flushing)


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    files.write_atomic(path, b"old")
    files.write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error), files.atomic_path(path) as temporary:
            assert temporary.parent == tmp_path
            assert temporary.name.startswith(files.INCOMING)
            temporary.write_bytes(b"half")
            raise error
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [("file", b"old")]


def test_only_what_dead_writers_left_is_swept(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in (f".incoming-{dead.pid}-0-x", f".incoming-{os.getppid()}-0-x", ".incoming-x", "x"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / f".incoming-{dead.pid}-abc" / "deep").mkdir(parents=True)
    mine = tmp_path / f".incoming-{os.getpid()}-1-x"
    mine.write_bytes(b"under way")
    forgotten = tmp_path / f".incoming-{os.getpid()}-2-x"
    forgotten.write_bytes(b"of a dead process that had our id")
    os.utime(forgotten, (time.time() - 1e6, time.time() - 1e6))
    assert files.sweep(tmp_path) == 3
    assert {entry.name for entry in tmp_path.iterdir()} == {
        f".incoming-{os.getppid()}-0-x",
        ".incoming-x",
        "x",
        mine.name,
    }


def dead_process() -> int:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    return dead.pid


def test_whoever_writes_to_a_folder_first_removes_what_the_dead_left_there(tmp_path: Path) -> None:
    left = tmp_path / f".incoming-{dead_process()}-0-file"
    left.write_bytes(b"half")
    files.write_atomic(tmp_path / "file", b"whole")
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_what_cannot_be_removed_keeps_nobody_from_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a folder for everybody, where the dead writer was somebody else."""
    (tmp_path / f".incoming-{dead_process()}-0-file").write_bytes(b"half")

    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(self)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        files.write_atomic(tmp_path / "file", b"whole")
    assert (tmp_path / "file").read_bytes() == b"whole"


def test_folders_below_are_swept_but_those_left_out(tmp_path: Path) -> None:
    name = f".incoming-{dead_process()}-0-file"
    for folder in ("", "prices", "prices/splits", "nasdaq/2025-01-03", "submissions/1"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / name).write_bytes(b"half")
    assert files.sweep_below(tmp_path, leave_out=("submissions",)) == 4
    assert list(tmp_path.rglob(".incoming*")) == [tmp_path / "submissions/1" / name]


def test_a_process_runs_or_it_does_not() -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    assert files.is_running(os.getpid())
    assert not files.is_running(dead.pid)


def test_a_file_that_a_person_chose_is_written_or_refused_by_the_name_they_gave(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("real")
    with files.chosen_file(tmp_path / "link", "--chart link") as chosen:
        files.write_atomic(chosen, b"x")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_bytes() == b"x"
    with pytest.raises(SettingError, match=r"^--chart there is an address; name a file of this machine$"):
        files.chosen_file(Path("s3://bucket/x.svg"), "--chart there").__enter__()
    with pytest.raises(SettingError, match=r"^--chart here is not a file; name one, such as "):
        files.chosen_file(tmp_path, "--chart here").__enter__()
    with (
        pytest.raises(SettingError, match=r"^--chart below cannot be written \(.+\); choose another path$"),
        files.chosen_file(tmp_path / "real" / "below", "--chart below") as chosen,
    ):
        files.write_atomic(chosen, b"x")
