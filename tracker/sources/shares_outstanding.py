"""Shares outstanding as companies tell SEC on the cover of a 10-K or 10-Q: `dei:EntityCommonStockSharesOutstanding`.

Two addresses give it, both public and keyless:

    data.sec.gov/api/xbrl/frames/dei/EntityCommonStockSharesOutstanding/shares/CY2025Q3I.json
      {"data": [{"accn": "...", "cik": 1396536, "entityName": "...", "end": "2025-11-10", "val": 20413000}]}
    data.sec.gov/api/xbrl/companyconcept/CIK0001396536/dei/EntityCommonStockSharesOutstanding.json
      {"cik": 1396536, "units": {"shares": [{"end": "2025-11-10", "val": 20413000, "accn": "...", "form": "10-Q",
        "filed": "2025-11-13", ...}]}}

A frame is one call for all companies, but does not say when its numbers were filed: looking back with it sees the
future. A concept is one call a company and says it: `known_on` takes what had been filed by then. A company with
several share classes either tells each (several values of one day in one filing: they are added up, `classes` says how
many) or only by axes that these addresses leave out: then it is missing here. Numbers count all classes of the company,
so the product with one ticker's price is its market cap only where it has a single common class.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from ..errors import IncompleteError, SourceError
from ..quarters import Quarter
from ..settings import Settings
from ..tables import SHARES_OUTSTANDING
from . import fetch_log
from .http import Client

_CONCEPT = "dei/EntityCommonStockSharesOutstanding"
FRAME_URL = f"https://data.sec.gov/api/xbrl/frames/{_CONCEPT}/shares/CY{{}}Q{{}}I.json"
CONCEPT_URL = f"https://data.sec.gov/api/xbrl/companyconcept/CIK{{:010d}}/{_CONCEPT}.json"


def fetch_frame(client: Client, settings: Settings, quarter: Quarter) -> Path:
    """Save the frame of all companies' numbers from within `quarter`. Raises SourceError as `Client.get` does."""
    path = settings.filings / "shares" / f"{quarter}.json"
    url = FRAME_URL.format(quarter.year, quarter.number)
    return fetch_log.save(client, url, path, source="shares outstanding", check=_check)


def fetch_concept(client: Client, settings: Settings, cik: int) -> Path:
    """Save what one company has told over the years. Raises SourceError as `Client.get` does."""
    path = settings.filings / "shares" / f"CIK{cik:010d}.json"
    return fetch_log.save(client, CONCEPT_URL.format(cik), path, source="shares outstanding", check=_check)


def read(paths: Iterable[Path]) -> pl.DataFrame:
    """What saved frames and concepts tell (tables.SHARES_OUTSTANDING); `filed` is null for what only frames tell.

    Raises SourceError for a file that is neither.
    """
    rows: list[dict[str, Any]] = []
    for path in paths:
        rows += _entries(path.read_bytes(), path.name)
    told = pl.DataFrame(
        rows, schema={"cik": pl.Int64, "end": pl.String, "val": pl.Float64, "accn": pl.String, "filed": pl.String}
    )
    key = ["cik", "as_of", "accession_number"]
    return SHARES_OUTSTANDING.fit(
        told.filter(pl.col("val") > 0)
        .select(
            "cik",
            as_of=pl.col("end").str.to_date("%Y-%m-%d"),
            accession_number="accn",
            shares="val",
            filed=pl.col("filed").str.to_date("%Y-%m-%d"),
        )
        .group_by(key)
        # the same number twice is one fact told by both addresses, different numbers are classes
        .agg(pl.col("shares").unique().sum(), pl.col("filed").min(), classes=pl.col("shares").n_unique().cast(pl.Int64))
        .sort(key)
    )


def known_on(shares: pl.DataFrame, day: date) -> pl.DataFrame:
    """Of each company the newest number that had been filed by `day` (tables.SHARES_OUTSTANDING, one row a cik).

    Numbers without a filing date are passed over: nobody can say who knew them.
    """
    known = shares.filter(pl.col("filed") <= day, pl.col("as_of") <= day)
    return known.sort("as_of", "filed").unique("cik", keep="last", maintain_order=True).sort("cik")


def market_caps(shares: pl.DataFrame, tickers: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """`prices` (tables.PRICES, one row a ticker) with market caps from shares outstanding where they have none.

    `shares` has one row a cik, `tickers` is tables.TICKERS. Companies with more than one ticker that is no preferred
    series, unit, warrant or right are left alone: which shares are whose is not told.
    """
    common = tickers.filter(~pl.col("ticker").str.contains(r"\^|[.\-](?:WS|WT|W|U|UN|R|RT)$"))
    single = common.filter(pl.len().over("cik") == 1)
    known = single.join(shares.select("cik", "shares"), on="cik", validate="1:1").select("ticker", "shares")
    return prices.join(known, on="ticker", how="left", validate="m:1").with_columns(
        market_cap_usd=pl.coalesce("market_cap_usd", pl.col("shares") * pl.col("close"))
    ).drop("shares")  # fmt: skip


def _check(body: bytes) -> None:
    try:
        _entries(body, "the answer")
    except SourceError as error:
        raise IncompleteError(str(error)) from None


def _entries(body: bytes, name: str) -> list[dict[str, Any]]:
    """cik, end, val, accn and filed (None in a frame) of each entry; SourceError says what it is instead."""
    start = body.lstrip()[:1]
    if not start:
        raise SourceError(f"{name}: SEC's answer is empty; try again later")
    if start == b"<":
        raise SourceError(f"{name}: SEC answered with an HTML page instead of JSON; try again later")
    try:
        content = json.loads(body)
        if "units" in content:
            found = [{**entry, "cik": content["cik"]} for entry in content["units"]["shares"]]
        else:
            found = content["data"]
        return [
            {
                "cik": int(entry["cik"]),
                "end": entry["end"],
                "val": float(entry["val"]),
                "accn": entry["accn"],
                "filed": entry.get("filed"),
            }
            for entry in found
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{name}: not SEC's frame or concept of shares outstanding ({error!r:.60})") from None
