"""The files that engines count from, by path or address: the lines of each period, and the tables beside them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

from ..store import layout
from ..store.engine_files import COUNTED_FILINGS, table_path
from ..tables import CUSIP_MATCHES, CUSIP_SPELLINGS, CUSIP_TICKERS, LINE_CUSIPS, MANAGERS

READ = (COUNTED_FILINGS, MANAGERS, CUSIP_MATCHES, CUSIP_SPELLINGS, LINE_CUSIPS, CUSIP_TICKERS)
LINE_COLUMNS = ("accession_number", "line_number", "cusip", "value", "shares", "share_type", "put_call")
_SCHEME = "://"


@dataclass(frozen=True)
class EngineInputs:
    """`lines` has the file of each period, `tables` that of each table in READ: absolute paths, or s3:// addresses."""

    lines: Mapping[date, str]
    tables: Mapping[str, str]

    @classmethod
    def below(cls, db: str | Path, periods: Iterable[date]) -> EngineInputs:
        """The files of some periods below `db`: the folder of a home, or its address (`s3://bucket/prefix/db`)."""
        return cls(
            {period: _below(db, layout.lines_path(Path(), period)) for period in sorted({*periods})},
            {table.name: _below(db, table_path(Path(), table)) for table in READ},
        )

    @property
    def bucket(self) -> str | None:
        """The bucket of S3 that all files are in; None if they are on this machine."""
        scheme, is_address, rest = next(iter(self.tables.values())).partition(_SCHEME)
        return rest.partition("/")[0] if is_address and scheme == "s3" else None

    def of(self, period: date) -> EngineInputs:
        """The inputs of one period."""
        return EngineInputs({period: self.lines[period]}, self.tables)


def _below(db: str | Path, path: Path) -> str:
    if isinstance(db, str) and _SCHEME in db:
        return f"{db.rstrip('/')}/{PurePosixPath(path)}"
    return str(Path(db).resolve() / path)


@dataclass(frozen=True)
class S3Access:
    """How S3 is reached: the variables that Amazon's own programs read, and `AWS_ENDPOINT_URL` for other servers."""

    key: str | None = None
    secret: str | None = None
    token: str | None = None
    region: str = "us-east-1"
    endpoint: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> S3Access:
        """Blank variables count as not set."""

        def given(*names: str) -> str | None:
            return next((value for name in names if (value := environment.get(name, "").strip())), None)

        return cls(
            given("AWS_ACCESS_KEY_ID"),
            given("AWS_SECRET_ACCESS_KEY"),
            given("AWS_SESSION_TOKEN"),
            given("AWS_REGION", "AWS_DEFAULT_REGION") or cls.region,
            given("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
        )

    @property
    def allows_http(self) -> bool:
        """Whether the server is asked without encryption, as its address says."""
        return (self.endpoint or "").startswith("http://")
