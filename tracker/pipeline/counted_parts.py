"""What the counts of a quarter were made from, row by row: of another count, only what differs is made anew.

COUNTED_FROM has fingerprints, which say whether a count still holds. These notes say where it does not: whose reports,
names or families, which tickers, kinds and splits. They are kept in `db/prepared` under the fingerprint of what was
made from them; where they are not there, or are of another count, everything is counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import polars as pl

from .. import __version__
from ..store import VERSION, Store, kept_frame

SEED = f"{__version__} {VERSION}"
_REPORTS: Mapping[str, pl.DataType] = {"cik": pl.Int64(), "digest": pl.UInt64()}
_PARTS: Mapping[str, pl.DataType] = {"part": pl.String(), "key": pl.String(), "digest": pl.UInt64()}
_NONE = -1  # a CIK of nobody: a quarter without any report is noted, too


class Part(StrEnum):
    """What positions and holder counts are made from beside the reports, and by what each is noted."""

    FUND = "fund"  # by CIK: its name and its family
    TICKER = "ticker"  # by CUSIP
    KIND = "kind"  # by CUSIP
    SPLIT = "split"  # by ticker
    COMPARED = "compared"  # by family
    AWAITED = "awaited"  # by CIK
    BEFORE = "before"  # by the fingerprint of the positions of the quarter before
    KNOWN = "known"  # what is known of all: whether any family is compared, or was expected


def reports(filings: pl.DataFrame, matches: pl.DataFrame) -> pl.DataFrame:
    """Columns cik, digest: a row for each of these filings and of the CUSIPs matched in them, both with their `cik`."""
    rows = [
        frame.select("cik", frame.hash_rows(seed=seed).alias("digest")) for seed, frame in ((1, filings), (2, matches))
    ]
    return pl.concat([*rows, pl.DataFrame({"cik": [_NONE], "digest": [0]}, schema=_REPORTS)])


def part(name: Part, keys: pl.Series, values: pl.DataFrame | None = None) -> pl.DataFrame:
    """Columns part, key, digest: a row for each of `keys`, of what `values` have beside it."""
    digest = pl.zeros(keys.len(), dtype=pl.UInt64, eager=True) if values is None else values.hash_rows(seed=1)
    texts = keys.cast(pl.String)
    return pl.DataFrame([pl.repeat(str(name), keys.len(), eager=True), texts, digest], schema=_PARTS)


def changed(was: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """The rows that only one of two such frames has."""
    rows, rows_now = was.hash_rows(seed=1), now.hash_rows(seed=1)
    return pl.concat([was.filter(~rows.is_in(rows_now.implode())), now.filter(~rows_now.is_in(rows.implode()))])


def keys_of(parts: pl.DataFrame, *names: Part) -> pl.Series:
    """The keys of some parts."""
    return parts.filter(pl.col("part").is_in([str(name) for name in names]))["key"].unique()


def kept_reports(store: Store, period: date, holdings: str) -> pl.DataFrame:
    """What holdings with this fingerprint were made from; empty if it was not kept."""
    return _read(store, f"reports-{period}", holdings, _REPORTS)


def kept_parts(store: Store, period: date, holder_counts: str) -> pl.DataFrame:
    """What holder counts with this fingerprint were made from; empty if it was not kept."""
    return _read(store, f"parts-{period}", holder_counts, _PARTS)


def keep(store: Store, fingerprints: Mapping[str, object], of_reports: pl.DataFrame, parts: pl.DataFrame) -> None:
    """Keep what was counted, under the fingerprints of its row of COUNTED_FROM."""
    period = fingerprints["period_of_report"]
    kept_frame(store, f"reports-{period}", _digest(fingerprints["holdings"]), _REPORTS, lambda: of_reports)
    kept_frame(store, f"parts-{period}", _digest(fingerprints["holder_counts"]), _PARTS, lambda: parts)


def _read(store: Store, name: str, fingerprint: str, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return kept_frame(store, name, _digest(fingerprint), schema, lambda: pl.DataFrame(schema=schema))


def _digest(fingerprint: object) -> str:
    return f"{SEED} {fingerprint}"
