"""What is loaded, how old it is, and what was not taken."""

from __future__ import annotations

from datetime import date

import polars as pl

from .. import __version__
from ..band import MICRO_CAP
from ..output import Answer, Column
from ..settings import Settings
from ..store import Store
from ..tables import JUDGED_FILINGS, MANAGERS, REJECTS, RUNS, SOURCES
from .coverage import measure, newest_caps


def status(settings: Settings, today: date) -> Answer:
    """What is loaded, how old each source is, and what was not taken."""
    with Store(settings) as store:
        runs, filings = store.read(RUNS), store.read(JUDGED_FILINGS)
        managers, rejects, sources = store.read(MANAGERS), store.read(REJECTS), store.read(SOURCES)
        quarters = store.quarters()
        prices = (
            store.prices()
            .group_by("source")
            .agg(
                pl.len(),
                pl.col("ticker").n_unique(),
                pl.col("date").min().alias("first"),
                pl.col("date").max().alias("last"),
            )
            .sort("source")
            .collect()
        )
        caps, on = newest_caps(store)
        covered = {one: measure(store, one, store.holder_counts(one), caps, MICRO_CAP, on) for one in quarters}
    rows: list[dict[str, object]] = []

    def say(what: str, value: object, detail: str = "") -> None:
        rows.append({"what": what, "value": value, "detail": detail})

    for quarter in quarters:
        mine = filings.filter(pl.col("period_of_report") == quarter.end)
        run = runs.filter(pl.col("period_of_report") == quarter.end).row(-1, named=True)
        say(
            f"quarter {quarter}",
            mine.height,
            f"filings of {run['managers']:,} managers, {run['lines']:,} lines; {run['hedge_funds']:,} hedge funds hold "
            f"{run['securities']:,} securities, {run['mapped']:,} with a ticker; universe {run['universe']}, "
            f"refreshed {run['started_at']:%Y-%m-%d}",
        )
        found, gaps = covered[quarter], covered[quarter].told_unmapped()
        say(f"coverage {quarter}", found.cusips_with_ticker, f"CUSIPs with a ticker. {found.told()} {gaps}".strip())
    partial = filings.filter(~pl.col("period_of_report").is_in([quarter.end for quarter in quarters]))
    say("filings of other periods", partial.height, "came along; not counted until their quarter is refreshed")
    say("managers", managers.height, f"{managers.filter('is_hedge_fund').height:,} of them hedge funds")
    for row in prices.to_dicts():
        say(f"prices, {row['source']}", row["len"], f"{row['ticker']:,} tickers, {row['first']} to {row['last']}")
    if prices.is_empty():
        say("prices", 0, "none: run `tracker prices import FILE` or `tracker prices fetch`")
    ages = sources.group_by("source").agg(pl.len(), pl.col("fetched_at").max()).sort("source")
    for row in ages.to_dicts():
        age = (today - row["fetched_at"].date()).days
        say(
            f"source, {row['source']}",
            row["len"],
            f"files; newest fetched {row['fetched_at']:%Y-%m-%d}, {age} days ago",
        )
    for severity in ("rejected", "flagged"):
        those = rejects.filter(pl.col("severity") == severity)
        say(
            f"{severity} filings",
            those["accession_number"].n_unique(),
            "listed in the table `rejects`" if those.height else "",
        )
        kinds = those.with_columns(pl.col("reason").str.replace_all(r"\d[\d,.:]*", "#").alias("kind"))
        for row in kinds.group_by("kind").len().sort(["len", "kind"], descending=[True, False]).head(10).to_dicts():
            say(f"  {severity}", row["len"], row["kind"])
    facts = {
        "home": str(settings.home),
        "quarters": [str(quarter) for quarter in quarters],
        "coverage": {str(quarter): one.as_dict() for quarter, one in covered.items()},
        "version": __version__,
    }
    columns = (Column("what", "What"), Column("value", "Count", "integer"), Column("detail", "Detail"))
    notes = [] if quarters else ["Nothing is loaded: run `tracker refresh 2025Q3`, or `tracker demo` to look around."]
    return Answer(f"Store at {settings.home}", columns, rows, facts, "rows", notes)
