"""Shares outstanding from the covers of 10-K and 10-Q reports: `dei:EntityCommonStockSharesOutstanding`.

Two addresses publish them, both without a key:

    data.sec.gov/api/xbrl/frames/dei/EntityCommonStockSharesOutstanding/shares/CY2025Q3I.json
      {"data": [{"accn": "...", "cik": 1396536, "entityName": "...", "end": "2025-11-10", "val": 20413000}]}
    data.sec.gov/api/xbrl/companyconcept/CIK0001396536/dei/EntityCommonStockSharesOutstanding.json
      {"cik": 1396536, "units": {"shares": [{"end": "2025-11-10", "val": 20413000, "accn": "...", "form": "10-Q",
        "filed": "2025-11-13", ...}]}}

A frame is one call for all companies, but does not state when its numbers were filed: using it for the past looks
ahead. A concept is one call per company and does state it: `known_on` uses what had been filed by a day. A company with
several share classes either reports each (several values of one day in one filing: they are added up, `classes` counts
them) or only by axes that these addresses omit: then it is missing here. Numbers cover all classes of a company, so
the product with one ticker's price is its market cap only if it has a single common class.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from ..edgar_facts import DATA_HOST, cik_label
from ..errors import IncompleteError, SourceError
from ..json_text import parse_json
from ..quarters import Quarter
from ..tables import SHARES_OUTSTANDING, PricesFrame, SharesOutstandingFrame, TickersFrame
from . import fetch_log
from .http import Client
from .written_days import in_range

_CONCEPT = "dei/EntityCommonStockSharesOutstanding"
FRAME_URL = f"https://{DATA_HOST}/api/xbrl/frames/{_CONCEPT}/shares/CY{{}}Q{{}}I.json"
CONCEPT_URL = f"https://{DATA_HOST}/api/xbrl/companyconcept/{{}}/{_CONCEPT}.json"


def fetch_frame(client: Client, folder: Path, quarter: Quarter) -> Path:
    """Save the frame of all companies' numbers from within `quarter`. Raises SourceError as `Client.get` does."""
    path = folder / f"{quarter}.json"
    url = FRAME_URL.format(quarter.year, quarter.number)
    return fetch_log.save(client, url, path, source="shares outstanding", check=_check)


def fetch_concept(client: Client, folder: Path, cik: int) -> Path:
    """Save one company's numbers over the years. Raises SourceError as `Client.get` does."""
    path = folder / f"{cik_label(cik)}.json"
    return fetch_log.save(client, CONCEPT_URL.format(cik_label(cik)), path, source="shares outstanding", check=_check)


def read(paths: Iterable[Path]) -> SharesOutstandingFrame:
    """The numbers in saved frames and concepts; `filed` is null for those that only frames have.

    A number without a readable day is left out. Raises SourceError for a file that is neither.
    """
    rows: list[dict[str, Any]] = []
    for path in paths:
        rows += _entries(path.read_bytes(), path.name)
    facts = pl.DataFrame(
        rows, schema={"cik": pl.Int64, "end": pl.Date, "val": pl.Float64, "accn": pl.String, "filed": pl.Date}
    )
    key = ["cik", "as_of", "accession_number"]
    return SHARES_OUTSTANDING.fit(
        facts.filter(pl.col("val") > 0)
        .select(
            "cik",
            as_of=in_range(pl.col("end")),
            accession_number="accn",
            shares="val",
            filed=in_range(pl.col("filed")),
        )
        .drop_nulls("as_of")
        .group_by(key)
        # equal numbers are one fact from both addresses, different numbers are classes
        .agg(pl.col("shares").unique().sum(), pl.col("filed").min(), classes=pl.col("shares").n_unique().cast(pl.Int64))
        .sort(key)
    )


def known_on(shares: SharesOutstandingFrame, day: date) -> SharesOutstandingFrame:
    """Each company's newest number that had been filed by `day`: one row per cik.

    Numbers without a filing date are ignored: it is unknown when they became public.
    """
    known = shares.filter(pl.col("filed") <= day, pl.col("as_of") <= day)
    return known.sort("as_of", "filed").unique("cik", keep="last", maintain_order=True).sort("cik")


def market_caps(shares: SharesOutstandingFrame, tickers: TickersFrame, prices: PricesFrame) -> PricesFrame:
    """`prices` (one row per ticker), with market caps from shares outstanding (one row per cik) where they lack one.

    Companies with several tickers, not counting preferred series, units, warrants and rights, are left alone: the
    number does not show how many shares belong to which ticker.
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
    """cik, end, val, accn and filed (None in a frame) of each entry; SourceError describes what it is instead."""
    start = body.lstrip()[:1]
    if not start:
        raise SourceError(f"{name}: SEC's answer is empty; try again later")
    if start == b"<":
        raise SourceError(f"{name}: SEC answered with an HTML page instead of JSON; try again later")
    try:
        content = parse_json(body)
        if "units" in content:
            entries = [{**entry, "cik": content["cik"]} for entry in content["units"]["shares"]]
        else:
            entries = content["data"]
        return [
            {
                "cik": _cik(entry["cik"]),
                "end": date.fromisoformat(entry["end"]),
                "val": float(entry["val"]),
                "accn": str(entry["accn"]),
                "filed": date.fromisoformat(entry["filed"]) if entry.get("filed") else None,
            }
            for entry in entries
        ]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise SourceError(f"{name}: neither a frame nor a concept of shares outstanding ({error!r:.60})") from None


def _cik(value: object) -> int:
    cik = int(str(value))
    if not 0 < cik < 10**10:
        raise ValueError(f"CIK {str(cik)[:40]}")
    return cik
