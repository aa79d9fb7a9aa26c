"""What SQLite knows, as Parquet beside the lines: `db/tables/<table>.parquet`, for engines that read files.

Each file has a digest of what it was made from in its footer, and is made again when that is another. Beside the tables
of SQLite there are three that hold what an engine should not have to work out: how CUSIPs are written in the lines,
which lines stand under another security's, and which ticker a CUSIP has in a period.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import polars as pl

from ..errors import StoreError
from ..files import atomic_path
from ..securities import cusips
from ..tables import (
    COUNTED_FROM,
    CUSIP_MATCHES,
    CUSIP_SPELLINGS,
    CUSIP_TICKERS,
    JUDGED_FILINGS,
    LINE_CUSIPS,
    MANAGERS,
    POSITIONS,
    SECURITIES,
    SPLITS,
    CusipMatchesFrame,
    CusipSpellingsFrame,
    CusipTickersFrame,
    JudgedFilingsFrame,
    LineCusipsFrame,
    MatchEvidence,
    Table,
)
from . import layout, prepared, written_cusips
from .database import Store

_OF_FILINGS = (
    "accession_number", "cik", "period_of_report", "form_type", "filing_date", "accepted_at", "amendment_number",
    "role", "unit", "is_share_value",
)  # fmt: skip
COUNTED_FILINGS = Table(
    JUDGED_FILINGS.name,
    "One row per submission: what decides whether and how its lines count.",
    JUDGED_FILINGS.key,
    {name: JUDGED_FILINGS.columns[name] for name in _OF_FILINGS},
)
"""JUDGED_FILINGS without what no engine needs"""

TABLES = (
    COUNTED_FILINGS, MANAGERS, CUSIP_MATCHES, SECURITIES, SPLITS, CUSIP_SPELLINGS, LINE_CUSIPS, CUSIP_TICKERS,
)  # fmt: skip
_FOLDER, _DIGEST = "tables", "sources"
_TRIES = 3  # a refresh may commit meanwhile


def table_path(db: Path, table: Table) -> Path:
    """Where a table lies as Parquet."""
    return db / _FOLDER / f"{table.name}.parquet"


def write_table_files(store: Store) -> list[Path]:
    """Bring all of TABLES up to date, file by file; returns those that were written.

    Raises StoreError if the folder cannot be written, or if another program keeps changing the database.
    """
    written: list[Path] = []
    for _ in range(_TRIES):
        state = _state(store)
        for table in TABLES:
            digest, make = _source(store, table, state)
            path = table_path(store.settings.db, table)
            if _digest_in(path) != digest:
                _write(path, table.check(make()), digest)
                written.append(path)
        if _state(store) == state:
            return written
    raise StoreError("the database changes while its tables are written: run the same command again when that is done")


def _state(store: Store) -> list[tuple[object, ...]]:
    _ = store.connection  # refuses a file of another version
    lines = layout.line_paths(store.settings.db)
    return [*prepared.states_of([store.settings.database]), *store.files.states(lines)]


def _source(store: Store, table: Table, state: Sequence[tuple[object, ...]]) -> tuple[str, Callable[[], pl.DataFrame]]:
    """What a table is made from, as a digest, and how."""
    if table is CUSIP_SPELLINGS:
        return prepared.digest_of(table.name, state[1:]), lambda: _spellings(store)
    if table is LINE_CUSIPS:
        matches = store.read(CUSIP_MATCHES, evidence=MatchEvidence.OTHER_SECURITY)
        return prepared.digest_of(
            table.name, matches.rows(), state[1:] if matches.height else []
        ), lambda: _line_cusips(store, matches)
    if table is CUSIP_TICKERS:
        counted = store.read(COUNTED_FROM).select("period_of_report", "positions").rows()
        return prepared.digest_of(table.name, counted), lambda: _tickers(store)
    digest = prepared.digest_of(table.name, list(table.columns), state[0])
    return digest, (lambda: _filings(store)) if table is COUNTED_FILINGS else (lambda: store.read(table))


def _filings(store: Store) -> JudgedFilingsFrame:
    """COUNTED_FILINGS, read a period at a time: SQLite hands rows over one by one, and there are many."""
    periods = store.connection.execute(f"select distinct period_of_report from {COUNTED_FILINGS.name}").fetchall()  # noqa: S608
    parts = [store.read(COUNTED_FILINGS, period_of_report=period) for (period,) in sorted(periods)]
    return pl.concat([COUNTED_FILINGS.frame(), *parts])


def _spellings(store: Store) -> CusipSpellingsFrame:
    parts = [written_cusips.spellings(store.files, path) for path in layout.line_paths(store.settings.db)]
    return pl.concat([CUSIP_SPELLINGS.frame(), *parts]).unique().sort(CUSIP_SPELLINGS.key)


def _line_cusips(store: Store, matches: CusipMatchesFrame) -> LineCusipsFrame:
    parts = [LINE_CUSIPS.frame()]
    key = {"accession_number": "accession_number", "cusip": "cusip_as_filed", "name_of_issuer": "name_of_issuer"}
    for (period,), rows in matches.partition_by("period_of_report", as_dict=True).items():
        written = cusips.read(rows["cusip_as_filed"])["cusip"].unique()
        lines = store.lines_of(period, written.to_list(), (*key, "line_number"))
        named = rows.select(pl.col(key.values()), counted_under="cusip").rename({"cusip_as_filed": "cusip"})
        found = lines.join(named, on=[*key], validate="m:1")
        parts.append(LINE_CUSIPS.fit(found.drop("cusip").rename({"counted_under": "cusip"})))
    return pl.concat(parts).sort(LINE_CUSIPS.key)


def _tickers(store: Store) -> CusipTickersFrame:
    return pl.concat([CUSIP_TICKERS.frame(), *_tickers_by_period(store)])


def _tickers_by_period(store: Store) -> Iterator[pl.DataFrame]:
    for period, fingerprint in store.read(COUNTED_FROM).select("period_of_report", POSITIONS.name).iter_rows():
        path = layout.counted_path(store.settings.db, POSITIONS.name, period, fingerprint)
        try:
            positions = store.files.scan(path).select(*CUSIP_TICKERS.columns).collect()
        except (OSError, pl.exceptions.PolarsError):  # SQLite has the same
            positions = store.read(POSITIONS, period_of_report=period)
        tickers = CUSIP_TICKERS.fit(positions.drop_nulls(["cusip", "ticker"]))
        yield tickers.unique().sort("cusip")


def _digest_in(path: Path) -> str | None:
    with suppress(pl.exceptions.PolarsError, OSError):
        if path.exists():
            return pl.read_parquet_metadata(path).get(_DIGEST)
    return None


def _write(path: Path, frame: pl.DataFrame, digest: str) -> None:
    try:
        with atomic_path(path) as temporary:
            frame.write_parquet(temporary, statistics=True, metadata={_DIGEST: digest})
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}), and engines read it: run `tracker count` once as a user who "
            "may write there"
        ) from None
