"""The contract by Spark SQL, all periods in one query: a cluster has use for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..tables import SecurityCountsFrame
from .contract import counts_sql, positions_sql, to_counts
from .engine_errors import failed, missing_extra
from .engine_inputs import LINE_COLUMNS, EngineInputs
from .spark_session import LOCAL, spark_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def count(inputs: EngineInputs, master: str | None = None) -> SecurityCountsFrame:
    """SECURITY_COUNTS of all periods of `inputs`, by Spark on `master` (default: on this machine, all cores).

    A master elsewhere has to reach the files by the same paths. Raises SettingError as `spark_session` does and without
    the package, StoreError if the files cannot be read.
    """
    try:
        import pyspark  # noqa: F401
    except ModuleNotFoundError as error:
        raise missing_extra("spark", error) from None
    with spark_session(master or LOCAL, inputs.bucket) as session:
        try:
            for name, path in inputs.tables.items():
                _view(session, name, path)
            _view(session, "lines", *inputs.lines.values(), columns=LINE_COLUMNS)
            session.sql(positions_sql(inputs)).persist().createOrReplaceTempView("positions")
            rows = session.sql(counts_sql()).collect()
        except Exception as error:
            raise failed("Spark", error) from None
    return to_counts(rows)


def _view(session: SparkSession, name: str, *paths: str, columns: tuple[str, ...] = ("*",)) -> None:
    addresses = [path.replace("s3://", "s3a://", 1) if path.startswith("s3://") else path for path in paths]
    session.read.parquet(*addresses).select(*columns).createOrReplaceTempView(name)
