"""A made-up quarter as large as a real one of all filers: every engine makes the same rows of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from tests.benchmarks.engines import FIRST, write_quarters
from tests.benchmarks.options import Options
from tests.engines.conftest import Count
from tracker.engines import polars_count
from tracker.engines.engine_inputs import EngineInputs

Prepare = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def quarter(prepare: Prepare, tmp_path_factory: pytest.TempPathFactory) -> EngineInputs:
    """A quarter of 3.4 million lines, made once."""
    options = Options(tmp_path_factory.mktemp("options"))
    db = prepare("made-up-quarter", partial(write_quarters, options=options, count=1))
    return EngineInputs.below(db, [FIRST.end])


@pytest.mark.slow
def test_every_engine_makes_the_same_of_a_whole_quarter(count_by: Count, quarter: EngineInputs) -> None:
    ours = polars_count.count(quarter)
    assert ours["filers"].sum() > 300_000
    assert_frame_equal(count_by(quarter), ours)
