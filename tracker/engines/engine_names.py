"""The engines there are, as one table: an engine is one module and one line here."""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import SettingError

if TYPE_CHECKING:
    from ..tables import SecurityCountsFrame
    from .engine_inputs import EngineInputs


class Engine(StrEnum):
    """Who counts; each answers with the same rows."""

    polars = "polars"
    duckdb = "duckdb"
    datafusion = "datafusion"
    spark = "spark"


MODULES = {
    Engine.polars: "polars_count",
    Engine.duckdb: "duckdb_count",
    Engine.datafusion: "datafusion_count",
    Engine.spark: "spark_count",
}
"""the module of each engine, with a function `count(inputs, master)`; loaded when it is asked for"""


def count(engine: Engine, inputs: EngineInputs, master: str | None = None) -> SecurityCountsFrame:
    """SECURITY_COUNTS of all periods of `inputs`. Raises SettingError for a `master` of an engine that has none."""
    if master is not None and engine is not Engine.spark:
        raise SettingError(f"--master is a cluster's address, and {engine} has none: use it with --engine spark")
    if not inputs.lines:
        from ..tables import SECURITY_COUNTS

        return SECURITY_COUNTS.frame()
    counts: SecurityCountsFrame = import_module(f".{MODULES[engine]}", __package__).count(inputs, master)
    return counts
