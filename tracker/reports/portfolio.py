"""What one manager holds, hedge fund or not: positions, weights, changes, concentration, history."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from ..errors import NotFoundError
from ..filings import holdings
from ..lookup import find_manager
from ..output import Answer, Column, money
from ..quarters import Quarter
from ..rankings import holder_counts
from ..securities import ticker_map
from ..settings import Settings
from ..store import Store
from ..tables import COUNTED_ROLES, FILINGS, JUDGED_FILINGS, MANAGERS, SECURITIES
from .as_of import CAVEATS

_COLUMNS = (
    Column("name_of_issuer", "Security"),
    Column("ticker", "Ticker"),
    Column("cusip", "CUSIP"),
    Column("what", "What"),
    Column("shares", "Shares", "number"),
    Column("value_usd", "Value", "usd"),
    Column("portfolio_pct", "Of portfolio", "share"),
    Column("change", "Change"),
    Column("shares_before", "Shares before", "number"),
    Column("accession_number", "Filing"),
)
_KEY = ["security", "share_type", "put_call"]


def portfolio(
    settings: Settings,
    query: str,
    quarter: Quarter | None = None,
    known_on: date | None = None,
    top: int | None = None,
) -> Answer:
    """The portfolio of the manager that `query` (CIK, name or a part of it) means.

    `quarter` is by default the newest with a report of it. Worked out from its filings, so it is there for managers
    that are not counted too; `known_on` leaves out what was filed later. Raises NotFoundError.
    """
    with Store(settings) as store:
        loaded = store.quarters()
        store.require_quarter(quarter)
        cik, _ = find_manager(store, query)
        manager = store.read(MANAGERS, cik=cik)
        held = {one: _held(store, one, manager, known_on) for one in loaded}
        about = manager.row(0, named=True)
        reported = [str(one) for one in loaded if held[one] is not None]
        chosen = quarter or max((one for one in loaded if held[one] is not None), default=loaded[-1])
        now = held[chosen]
        if now is None:
            raise NotFoundError(f"{about['manager_name']} has no report for {chosen} that counts", reported)
        ratios = store.split_ratios(chosen)
    then = held.get(chosen.previous)
    rows = _rows(now, then, ratios)
    history = [_summary(one, frame) for one, frame in held.items() if frame is not None]
    mine = _summary(chosen, now)
    facts = {
        "cik": cik,
        "manager_name": about["manager_name"],
        "family": about["family"],
        "period_of_report": chosen.end,
        "known_on": known_on,
        "is_hedge_fund": about["is_hedge_fund"],
        "basis": about["basis"],
        **{key: mine[key] for key in ("value_usd", "options_value_usd", "position_count", "top_ten_pct")},
        "changes": dict(rows.drop_nulls("change").group_by("change").len().sort("change").iter_rows()),
        "history": history,
        "caveats": list(CAVEATS),
    }
    notes = [
        *_about(about),
        f"The ten largest are {mine['top_ten_pct'] or 0:.1f}% of the portfolio. Options, apart: "
        f"{money(mine['options_value_usd'])}.",
        _changes_note(rows, chosen, then is not None, chosen.previous in loaded),
        *(f"{line['quarter']}: {money(line['value_usd'])} in {line['position_count']:,} positions" for line in history),
        *([f"As filed by {known_on}."] if known_on else []),
        CAVEATS[0],
    ]
    size = f"{mine['position_count']:,} positions, {money(mine['value_usd'])}"
    title = f"{about['manager_name']} (CIK {cik}): {size}, {chosen}"
    shown = rows.head(top) if top else rows
    return Answer(title, _COLUMNS, shown.to_dicts(), facts, "positions", notes)


def _held(store: Store, quarter: Quarter, manager: pl.DataFrame, known_on: date | None) -> pl.DataFrame | None:
    """POSITIONS of one manager, from its filings; None where it has no report for the quarter that counts."""
    filings = store.read(JUDGED_FILINGS, period_of_report=quarter.end, cik=manager["cik"])
    if known_on is not None:
        filings = filings.filter(pl.col("filing_date") <= known_on)
    lines = store.lines(quarter.end, holdings.COLUMNS, filings["accession_number"])
    if known_on is not None and filings.height:
        # what replaces what is decided anew; the unit stays: it was decided by all filings of the period
        judged, _ = holdings.judge(FILINGS.fit(filings), lines)
        decided = filings.select("accession_number", "unit", "is_share_value")
        filings = judged.drop("unit", "is_share_value").join(decided, on="accession_number", validate="1:1")
    if filings.filter(pl.col("role").is_in(COUNTED_ROLES)).is_empty():
        return None
    held = holdings.effective(filings, lines)
    tickers = ticker_map.tickers(held, store.read(SECURITIES))
    return holder_counts.positions(held, manager.with_columns(pl.lit(True).alias("is_hedge_fund")), tickers)


def _by_security(positions: pl.DataFrame) -> pl.DataFrame:
    """One row a security, share type and option side, under its largest CUSIP."""
    shares = pl.when(pl.col("shares").is_null().any()).then(None).otherwise(pl.col("shares").sum())
    return (
        positions.with_columns(holder_counts.SECURITY)
        .sort(["value_usd", "cusip"], descending=[True, False])
        .group_by(_KEY, maintain_order=True)
        .agg(
            pl.col("cusip", "ticker", "name_of_issuer", "title_of_class", "accession_number").first(),
            shares.alias("shares"),
            pl.col("value_usd").sum(),
            pl.when(pl.col("portfolio_pct").count() > 0).then(pl.col("portfolio_pct").sum()).alias("portfolio_pct"),
        )
    )


def _rows(now: pl.DataFrame, then: pl.DataFrame | None, ratios: pl.DataFrame) -> pl.DataFrame:
    """What is held, the largest first, then options, then what was closed; with the change since the quarter before."""
    mine = _by_security(now).with_columns(pl.lit(True).alias("_held"))
    if then is None:
        both = mine.with_columns(
            pl.lit(None, pl.Float64).alias("shares_before"), pl.lit(None, pl.String).alias("change")
        )
    else:
        before = _by_security(then).with_columns(pl.lit(True).alias("_held"))
        both = mine.join(before, on=_KEY, how="full", coalesce=True, suffix="_before", validate="1:1")
        named = ("cusip", "ticker", "name_of_issuer", "title_of_class")
        both = both.with_columns(pl.coalesce(name, f"{name}_before").alias(name) for name in named)
        both = both.join(ratios, left_on="security", right_on="ticker", how="left", validate="m:1")
        ratio = pl.col("split_ratio").fill_null(1.0)
        trade = holder_counts.traded(ratio)
        both = both.with_columns(
            pl.when(pl.col("_held_before").is_null())
            .then(pl.lit("new"))
            .when(pl.col("_held").is_null())
            .then(pl.lit("closed"))
            .when(pl.col("shares").is_null() | pl.col("shares_before").is_null())
            .then(pl.lit("not known"))
            .when(trade > 0)
            .then(pl.lit("increased"))
            .when(trade < 0)
            .then(pl.lit("reduced"))
            .otherwise(pl.lit("unchanged"))
            .alias("change"),
            (pl.col("shares_before") * ratio).alias("shares_before"),
        )
    is_held, is_option = pl.col("_held").is_not_null(), pl.col("put_call") != ""
    what = (
        pl.when(is_option)
        .then(pl.format("{}s", pl.col("put_call").str.to_lowercase()))
        .when(pl.col("share_type") == "PRN")
        .then(pl.lit("debt"))
        .otherwise(pl.lit("shares"))
    )
    return (
        both.with_columns(
            what.alias("what"),
            pl.when(is_held).then("shares").otherwise(0.0).alias("shares"),
            pl.when(is_held).then("value_usd").otherwise(0.0).alias("value_usd"),
        )
        .sort([~is_held, is_option, "value_usd", "cusip"], descending=[False, False, True, False])
        .select(
            "cusip",
            "ticker",
            "name_of_issuer",
            "title_of_class",
            "what",
            "share_type",
            "put_call",
            "shares",
            "value_usd",
            "portfolio_pct",
            "change",
            "shares_before",
            "accession_number",
        )
    )


def _summary(quarter: Quarter, positions: pl.DataFrame) -> dict[str, Any]:
    """Value and concentration of one quarter's portfolio; options apart."""
    rows = _by_security(positions)
    kept = rows.filter(pl.col("put_call") == "")
    total, largest = float(kept["value_usd"].sum()), float(kept["value_usd"].top_k(10).sum())
    return {
        "quarter": str(quarter),
        "period_of_report": quarter.end,
        "value_usd": total,
        "options_value_usd": float(rows["value_usd"].sum()) - total,
        "position_count": kept.height,
        "top_ten_pct": largest / total * 100 if total else None,
    }


def _about(manager: dict[str, Any]) -> list[str]:
    if manager["is_hedge_fund"]:
        return [f"Counted as a hedge fund: {manager['basis']}."]
    return [f"Not counted as a hedge fund ({manager['basis']}); shown as its filings have it."]


def _changes_note(rows: pl.DataFrame, quarter: Quarter, has_report: bool, is_loaded: bool) -> str:
    if not has_report:
        why = "it has no report for it" if is_loaded else "it is not loaded"
        return f"Changes since {quarter.previous} are not known: {why}."
    counts = dict(rows.group_by("change").len().iter_rows())
    order = ("new", "increased", "reduced", "unchanged", "closed", "not known")
    said = ", ".join(f"{counts[word]:,} {word}" for word in order if word in counts)
    return f"Since {quarter.previous}, adjusted for splits where prices are loaded: {said}."
