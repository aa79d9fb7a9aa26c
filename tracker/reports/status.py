"""What is loaded, how old it is, and what was rejected or flagged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

import polars as pl

from .. import __version__
from ..output import Answer, Column, plural
from ..pipeline.filing_season import FilingSeason, describe, measure_season
from ..quarters import Quarter
from ..settings import Settings
from ..store import Store, facts_of_all, price_spans, read_contested_tickers
from ..tables import (
    HOLDER_COUNTS,
    INT,
    MANAGERS,
    REJECTS,
    RUNS,
    SOURCES,
    TEXT,
    ContestedTickersFrame,
    HolderCountsFrame,
    ManagersFrame,
    RunsFrame,
    Severity,
    SourcesFrame,
    Standing,
)
from .loaded_quarters import LoadedQuarters

_COLUMNS = (Column("what", "What"), Column("value", "Count", "integer"), Column("detail", "Detail"))
_KINDS_SHOWN, _TICKERS_SHOWN = 10, 5
_REJECT_KINDS = {"severity": TEXT, "kind": TEXT, "count": INT, "reason": TEXT, "submissions": INT}

Rows = Iterator[dict[str, object]]


def status(settings: Settings, today: date) -> Answer:
    """What is loaded, how old each source is, and what was rejected or flagged."""
    with Store(settings) as store:
        runs, managers = store.read(RUNS), store.read(MANAGERS)
        rejects = facts_of_all(store, "reject-kinds", _REJECT_KINDS, partial(_find_kinds, store))
        sources, contested = store.read(SOURCES), read_contested_tickers(store)
        figures = LoadedQuarters.read(store)
        quarters = [*figures.loaded]
        prices = _price_sources(store)
        season = measure_season(store, quarters[-1]) if quarters else None
        counts = store.holder_counts(quarters[-1]) if quarters else HOLDER_COUNTS.frame()
    rows = [
        *(row for quarter in quarters for row in _about_quarter(quarter, figures, runs)),
        *_about_season(season, quarters),
        *_about_managers(figures.other_filings, managers),
        *_about_prices(prices),
        *_about_sources(sources, today),
        *_about_tickers(contested, counts),
        *_about_amendments(figures.decided),
        *_about_rejects(rejects),
    ]
    facts = {
        "home": settings.place,
        "quarters": [str(quarter) for quarter in quarters],
        "coverage": {str(quarter): covered.as_dict() for quarter, covered in figures.coverage.items()},
        "season": season.as_dict() if season else None,
        "version": __version__,
    }
    notes = [] if quarters else ["Nothing is loaded: run `tracker refresh 2025Q3`, or `tracker demo` to look around."]
    return Answer(f"Store at {settings.place}", _COLUMNS, rows, facts, notes)


def _row(what: str, value: object, detail: str = "") -> dict[str, object]:
    return {"what": what, "value": value, "detail": detail}


def _about_quarter(quarter: Quarter, figures: LoadedQuarters, runs: RunsFrame) -> Rows:
    loaded, coverage = figures.loaded[quarter], figures.coverage[quarter]
    run = runs.filter(pl.col("period_of_report") == quarter.end).row(-1, named=True)
    yield _row(
        f"quarter {quarter}",
        loaded.filings,
        f"filings of {plural(loaded.managers, 'manager')}, {plural(loaded.lines, 'line')}; "
        f"{plural(loaded.hedge_funds, 'hedge fund')} with {plural(loaded.securities, 'security', 'securities')}, "
        f"{loaded.mapped:,} with a ticker; universe {run['universe']}, refreshed {run['started_at']:%Y-%m-%d}",
    )
    detail = f"CUSIPs with a ticker. {coverage.sentence()} {coverage.unmapped_sentence()}".strip()
    yield _row(f"coverage {quarter}", coverage.cusips_with_ticker, detail)


def _about_season(season: FilingSeason | None, quarters: list[Quarter]) -> Rows:
    """How many of the hedge funds known have filed for the newest loaded quarter."""
    for newest in quarters[-1:]:
        yield _row(f"season {newest}", season.filed if season else None, describe(season, newest))


def _about_managers(other_filings: int, managers: ManagersFrame) -> Rows:
    yield _row("filings of other periods", other_filings, "not counted until their quarter is refreshed")
    yield _row("managers", managers.height, plural(managers.filter("is_hedge_fund").height, "hedge fund"))


def _price_sources(store: Store) -> pl.DataFrame:
    """Columns source, closes, tickers, first, last."""
    return (
        price_spans(store)
        .group_by("source")
        .agg(
            pl.col("closes").sum(),
            pl.len().alias("tickers"),
            pl.col("first_date").min().alias("first"),
            pl.col("last_date").max().alias("last"),
        )
        .sort("source")
    )


def _about_prices(prices: pl.DataFrame) -> Rows:
    for row in prices.to_dicts():
        detail = f"{plural(row['tickers'], 'ticker')}, {row['first']} to {row['last']}"
        yield _row(f"prices, {row['source']}", row["closes"], detail)
    if prices.is_empty():
        yield _row("prices", 0, "none: run `tracker prices import FILE` or `tracker prices fetch`")


def _about_sources(sources: SourcesFrame, today: date) -> Rows:
    newest = sources.group_by("source").agg(pl.len().alias("files"), pl.col("fetched_at").max()).sort("source")
    for row in newest.to_dicts():
        fetched_on = row["fetched_at"].date()
        age = plural((today - fetched_on).days, "day")
        yield _row(f"source, {row['source']}", row["files"], f"newest file fetched {fetched_on}, {age} ago")


def _about_tickers(contested: ContestedTickersFrame, holder_counts: HolderCountsFrame) -> Rows:
    """CUSIPs in reports whose ticker is in doubt, those of which hedge funds held most in the newest quarter first."""
    doubtful = contested.filter(pl.col("standing") == Standing.DOUBTFUL, pl.col("name_of_issuer").is_not_null())
    detail = "CUSIPs with several tickers of which none is clearly theirs; all are in the table `contested_tickers`"
    yield _row("tickers in doubt", doubtful.height, detail if doubtful.height else "")
    if doubtful.is_empty():
        return
    others = contested.filter(pl.col("standing") != Standing.DOUBTFUL).group_by("cusip").agg(others="ticker")
    held = doubtful.join(holder_counts.select("cusip", "holders", "value_usd"), on="cusip", validate="1:1")
    largest = held.sort("value_usd", "cusip", descending=[True, False]).head(_TICKERS_SHOWN)
    for row in largest.join(others, on="cusip", maintain_order="left", validate="1:1").to_dicts():
        others_named = " or ".join(sorted(row["others"]))
        about = f"taken as {row['ticker']}, not as {others_named} ({row['name_of_issuer']}); hedge funds that hold it"
        yield _row(f"  {row['cusip']}", row["holders"], about)


def _about_amendments(decided: pl.DataFrame) -> Rows:
    """Amendments that do what evidence or the user says instead of what their covers say, the newest first."""
    detail = "see `tracker filings --amendments`; `tracker filings decide` overrules" if decided.height else ""
    yield _row("amendments decided", decided.height, detail)
    for row in decided.head(_KINDS_SHOWN).to_dicts():
        about = f"{row['manager_name']}, {Quarter.of(row['period_of_report'])}: {row['amendment_effect']}"
        yield _row(f"  {row['accession_number']}", row["line_count"], f"{about} ({row['effect_basis']})")


def _find_kinds(store: Store) -> pl.DataFrame:
    """REJECTS by severity and kind of reason, as `_REJECT_KINDS`."""
    rejects = store.read(REJECTS)  # in key order: the example is the first
    submissions = rejects.group_by("severity").agg(pl.col("accession_number").n_unique().alias("submissions"))
    kinds = rejects.group_by("severity", "kind").agg(pl.len().alias("count"), pl.col("reason").first())
    kinds = kinds.join(submissions, on="severity", validate="m:1")
    return kinds.select(pl.col(name).cast(dtype) for name, dtype in _REJECT_KINDS.items())


def _about_rejects(rejects: pl.DataFrame) -> Rows:
    """Submissions by severity, and below them the most frequent kinds of reasons, each with an example."""
    for severity in Severity:
        kinds = rejects.filter(pl.col("severity") == severity).sort(["count", "kind"], descending=[True, False])
        submissions = kinds["submissions"].max() or 0
        yield _row(f"{severity} filings", submissions, "listed in the table `rejects`" if submissions else "")
        for row in kinds.head(_KINDS_SHOWN).to_dicts():
            example = row["reason"] if row["count"] == 1 else f"for example: {row['reason']}"
            yield _row(f"  {severity}", row["count"], f"{example} ({row['kind']})")
