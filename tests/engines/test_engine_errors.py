"""What is missing is one line with its cure: an engine's package, Java, a master."""

from __future__ import annotations

import builtins
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.engines.helpers import A, HandMade, quarter_ends
from tracker.cli import app
from tracker.engines import spark_session as sessions
from tracker.engines.engine_inputs import EngineInputs, S3Access
from tracker.engines.engine_names import MODULES, Engine, count
from tracker.errors import SettingError, StoreError

(PERIOD,) = quarter_ends(1)
EXTRAS = [each for each in Engine if each is not Engine.polars]


def inputs(folder: Path) -> EngineInputs:
    made = HandMade()
    made.report(PERIOD, 1, (A, 1.0, 10.0))
    return made.write(folder)


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make a package one that is not installed."""
    given = builtins.__import__

    def hide(package: str) -> None:
        def refuse(name: str, *rest: object, **more: object) -> object:
            if name.partition(".")[0] == package:
                raise ModuleNotFoundError(f"No module named {package!r}", name=package)
            return given(name, *rest, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(builtins, "__import__", refuse)

    return hide


def test_every_engine_has_a_module() -> None:
    assert set(MODULES) == set(Engine)


@pytest.mark.parametrize("engine", EXTRAS, ids=str)
def test_an_engine_that_is_not_installed_is_named_with_its_extra(
    engine: Engine, absent: Callable[[str], None], tmp_path: Path
) -> None:
    files = inputs(tmp_path)
    absent("pyspark" if engine is Engine.spark else engine.value)
    with pytest.raises(SettingError, match=rf"--engine {engine} needs its package .*'\.\[{engine}\]'"):
        count(engine, files)


@pytest.mark.parametrize("engine", [each for each in Engine if each is not Engine.spark], ids=str)
def test_only_spark_has_a_master(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="use it with --engine spark"):
        count(engine, inputs(tmp_path), "spark://example.org")


@pytest.mark.parametrize("engine", ["duckdb", "datafusion"])
def test_a_file_that_cannot_be_read_is_one_line(engine: str, tmp_path: Path) -> None:
    pytest.importorskip(engine)
    files = inputs(tmp_path)
    Path(files.lines[PERIOD]).write_bytes(b"no Parquet")
    with pytest.raises(StoreError) as caught:
        count(Engine(engine), files)
    assert "\n" not in str(caught.value)


def test_an_unknown_engine_is_wrong_usage(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["--home", str(tmp_path), "count", "--engine", "abacus"])
    assert said.exit_code == 2


def test_spark_without_java_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    files = inputs(tmp_path)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingError, match=r"needs Java 17 or newer, and no `java` is on the PATH: install it"):
        count(Engine.spark, files)
    monkeypatch.setenv("JAVA_HOME", "/nonexistent")
    with pytest.raises(SettingError, match="JAVA_HOME is /nonexistent, which has no bin/java"):
        count(Engine.spark, files)


@pytest.mark.parametrize("master", ["foo://host", "localhost:7077", "", "yarn://x"])
def test_what_is_no_master_is_refused(master: str) -> None:
    with pytest.raises(SettingError, match=r"is not one of Spark's"), sessions.spark_session(master, None):
        pass


@pytest.mark.integration
def test_a_token_in_an_address_is_never_shown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"sc://127.0.0.1:{server.getsockname()[1]}"
    for master, problem in ((address, "does not answer"), ("what://127.0.0.1", "is not one of Spark's")):
        with (
            pytest.raises(SettingError, match=problem) as refused,
            sessions.spark_session(f"{master}/;token=s3cret;user_id=me", None),
        ):
            pass
        assert "s3cret" not in str(refused.value) and master in str(refused.value)


@pytest.mark.integration
@pytest.mark.parametrize("scheme", ["spark", "sc"])
def test_a_master_that_is_not_there_is_found_out_at_once(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with (
        pytest.raises(SettingError, match=rf"--master {scheme}://127.0.0.1:{port} does not answer \("),
        sessions.spark_session(f"{scheme}://127.0.0.1:{port}", None),
    ):
        pass


def test_nothing_is_written_to_the_terminal_in_silence() -> None:
    text = (
        "import os\nfrom tracker.engines.spark_session import _silence\n"
        "with _silence():\n    os.write(1, b'noise'); os.write(2, b'noise')\n    print('noise')\nprint('after')\n"
    )
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("after\n", "")


def test_s3_is_reached_as_amazons_programs_reach_it() -> None:
    given = {
        "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": " ",
        "AWS_DEFAULT_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:9000",
    }  # fmt: skip
    access = S3Access.from_environment(given)
    assert access == S3Access("key", "secret", None, "eu-west-1", "http://127.0.0.1:9000") and access.allows_http
    assert S3Access.from_environment({}) == S3Access() and not S3Access().allows_http


def test_files_are_named_below_a_folder_or_an_address(tmp_path: Path) -> None:
    local, remote = EngineInputs.below(tmp_path, [PERIOD]), EngineInputs.below("s3://bucket/a/db/", [PERIOD])
    assert local.bucket is None and remote.bucket == "bucket"
    assert remote.lines[PERIOD] == f"s3://bucket/a/db/lines/period={PERIOD}/part-0.parquet"
    assert Path(local.lines[PERIOD]) == tmp_path.resolve() / "lines" / f"period={PERIOD}" / "part-0.parquet"
    assert os.fspath(local.tables["filings"]).endswith("/tables/filings.parquet")
