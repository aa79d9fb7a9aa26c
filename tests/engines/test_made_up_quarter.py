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


@pytest.mark.slow
def test_every_engine_makes_the_same_of_a_whole_quarter(count_by: Count, prepare: Prepare, tmp_path: Path) -> None:
    db = prepare("made-up-quarter", partial(write_quarters, options=Options(tmp_path), count=1))
    inputs = EngineInputs.below(db, [FIRST.end])
    ours = polars_count.count(inputs)
    assert ours["filers"].sum() > 500_000
    assert_frame_equal(count_by(inputs), ours)
