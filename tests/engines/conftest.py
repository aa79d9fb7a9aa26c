"""The engines that are installed: each test that asks for `engine` runs with every one of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from tracker.engines.engine_inputs import EngineInputs
from tracker.engines.engine_names import Engine, count

PACKAGES = {Engine.duckdb: "duckdb", Engine.datafusion: "datafusion", Engine.spark: "pyspark"}
# a connection to its own Java is a connection
MARKS = {Engine.spark: [pytest.mark.integration, pytest.mark.filterwarnings("default")]}


@pytest.fixture(
    scope="module", params=[pytest.param(engine, marks=MARKS.get(engine, ()), id=engine.value) for engine in Engine]
)
def engine(request: pytest.FixtureRequest) -> Engine:
    """An engine that is installed."""
    chosen: Engine = request.param
    if chosen in PACKAGES and find_spec(PACKAGES[chosen]) is None:
        pytest.skip(f"{chosen} is not installed")
    if chosen is Engine.spark and shutil.which("java") is None:
        pytest.skip("Java is not installed")
    return chosen


Count = Callable[[EngineInputs], pl.DataFrame]


@pytest.fixture
def count_by(engine: Engine) -> Count:
    """The counts of some files by the engine."""
    return lambda inputs: count(engine, inputs)


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """A copy of a home that many tests read, to be written to."""
    return lambda home: Path(shutil.copytree(home, tmp_path_factory.mktemp("counted") / "home"))
