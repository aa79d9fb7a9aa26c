"""The contract by DuckDB, a period at a time."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import SettingError
from ..tables import SecurityCountsFrame
from .contract import counts_sql, positions_sql, to_counts
from .engine_errors import failed, missing_extra
from .engine_inputs import LINE_COLUMNS, EngineInputs, S3Access

if TYPE_CHECKING:
    import duckdb


def count(inputs: EngineInputs, master: str | None = None) -> SecurityCountsFrame:
    """SECURITY_COUNTS of all periods of `inputs`; there is no `master` to ask.

    Raises SettingError without the package, StoreError if the files cannot be read.
    """
    try:
        import duckdb
    except ModuleNotFoundError as error:
        raise missing_extra("duckdb", error) from None
    atexit.unregister(gc.freeze)  # what the command line spares itself at its end, DuckDB would call leaks, at length
    rows: list[tuple[Any, ...]] = []
    with duckdb.connect() as connection:
        try:
            connection.execute("set enable_progress_bar = false")  # it would stand among the rows, on stdout
            if inputs.bucket is not None:
                connection.register_filesystem(_s3_files())
            _view(connection, inputs.tables)
            for period, path in inputs.lines.items():
                _view(connection, {"lines": path}, ", ".join(LINE_COLUMNS))
                kept = "create or replace temp table positions as "
                connection.execute(kept + positions_sql(inputs.of(period)))
                rows += connection.execute(counts_sql()).fetchall()
        except (duckdb.Error, OSError) as error:
            raise failed("DuckDB", error) from None
    return to_counts(rows)


def _view(connection: duckdb.DuckDBPyConnection, paths: Mapping[str, str], columns: str = "*") -> None:
    for name, path in paths.items():
        file = path.replace("'", "''")
        connection.execute(
            f"create or replace temp view {name} as "  # noqa: S608 (names are declared)
            f"select {columns} from read_parquet('{file}', hive_partitioning = false)"
        )


def _s3_files() -> Any:
    """S3 as files: DuckDB's own way is an extension that it downloads when it is first used."""
    try:
        from s3fs import S3FileSystem
    except ModuleNotFoundError as error:
        raise SettingError(
            f"DuckDB reads s3:// through s3fs (No module named {error.name!r}): run `python -m pip install s3fs`"
        ) from None
    access = S3Access.from_environment()
    return S3FileSystem(
        key=access.key,
        secret=access.secret,
        token=access.token,
        endpoint_url=access.endpoint,
        client_kwargs={"region_name": access.region},
    )
