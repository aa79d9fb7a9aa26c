"""The contract by DataFusion, a period at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..tables import SecurityCountsFrame
from .contract import counts_sql, positions_sql, to_counts
from .engine_errors import failed, missing_extra
from .engine_inputs import EngineInputs, S3Access

if TYPE_CHECKING:
    from datafusion import SessionContext


def count(inputs: EngineInputs, master: str | None = None) -> SecurityCountsFrame:
    """SECURITY_COUNTS of all periods of `inputs`; there is no `master` to ask.

    Raises SettingError without the package, StoreError if the files cannot be read.
    """
    try:
        import datafusion
    except ModuleNotFoundError as error:
        raise missing_extra("datafusion", error) from None
    rows: list[tuple[Any, ...]] = []
    context = datafusion.SessionContext()
    try:
        if inputs.bucket is not None:
            context.register_object_store("s3://", _bucket(inputs.bucket))
        _register(context, inputs.tables)
        for period, path in inputs.lines.items():
            for name in ("lines", "positions"):
                context.deregister_table(name)
            _register(context, {"lines": path})
            context.register_view("positions", context.sql(positions_sql(inputs.of(period))).cache())
            for batch in context.sql(counts_sql()).collect():
                rows += zip(*(column.to_pylist() for column in batch.columns), strict=True)
    except Exception as error:
        raise failed("DataFusion", error) from None
    return to_counts(rows)


def _register(context: SessionContext, paths: Mapping[str, str]) -> None:
    for name, path in paths.items():
        context.register_parquet(name, path)


def _bucket(name: str) -> Any:
    from datafusion.object_store import AmazonS3

    access = S3Access.from_environment()
    return AmazonS3(
        bucket_name=name,
        region=access.region,
        access_key_id=access.key,
        secret_access_key=access.secret,
        session_token=access.token,
        endpoint=access.endpoint,
        allow_http=access.allows_http,
    )
