"""What one manager holds, hedge fund or not: positions, weights, changes, concentration, history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import polars as pl

from ..errors import NotFoundError
from ..filings import holdings
from ..lookup import find_manager
from ..output import Answer, Column, money, plural
from ..quarters import Quarter
from ..rankings import holder_counts
from ..securities import ticker_map
from ..settings import Settings
from ..store import Store, read_securities
from ..tables import (
    COUNTED_ROLES,
    CUSIP_MATCHES,
    FILINGS,
    HOLDINGS,
    JUDGED_FILINGS,
    MANAGERS,
    OPENING_ROLES,
    POSITIONS,
    HoldingsFrame,
    JudgedFilingsFrame,
    ManagerClass,
    ManagersFrame,
    PositionsFrame,
)
from . import methodology, quarter_splits
from .as_of import CAVEATS
from .position_changes import Change, by_security, compare_positions, reported_prices, with_values
from .security_names import with_stored_names

_COLUMNS = (
    Column("name", "Security"),
    Column("ticker", "Ticker"),
    Column("cusip", "CUSIP"),
    Column("what", "What"),
    Column("shares", "Shares", "number"),
    Column("value_usd", "Value", "usd"),
    Column("portfolio_pct", "Of portfolio", "share"),
    Column("change", "Change", about="what happened to the position since the quarter before; null if not known"),
    Column("shares_before", "Shares before", "number", "in the quarter before, adjusted for splits"),
    Column(
        "value_change_usd", "Bought or sold", "usd_change", "shares bought (negative: sold) at the quarter's end price"
    ),
    Column("accession_number", "Filing"),
)


class PortfolioSort(StrEnum):
    """What a portfolio begins with."""

    VALUE = "value"
    """the largest positions, then options, then what was closed"""
    CHANGE = "change"
    """what was bought or sold most, in dollars"""
    WEIGHT = "weight"
    """the largest shares of the portfolio, options last"""


def portfolio(
    settings: Settings,
    query: str,
    quarter: Quarter | None = None,
    known_on: date | None = None,
    top: int | None = None,
    sort: PortfolioSort = PortfolioSort.VALUE,
) -> Answer:
    """The portfolio of the manager named by `query` (CIK, name or a part of it).

    `quarter` is by default the newest with one of its reports. `value_change_usd` is what was bought or sold since the
    quarter before, at the price of the quarter's end. The portfolio is read from its filings, so it is
    available for managers that are not counted, too; `known_on` leaves out what was filed later. Raises NotFoundError.
    """
    with Store(settings) as store:
        quarters = store.quarters()
        store.require_quarter(quarter)
        cik, _ = find_manager(store, query)
        manager = store.read(MANAGERS, cik=cik)
        filed = store.read(JUDGED_FILINGS, cik=cik).partition_by("period_of_report", as_dict=True)
        filings = {each: filed[each.end,] for each in quarters if (each.end,) in filed}
        # of a hedge fund, what was counted now: the same
        is_counted = known_on is None and manager["is_hedge_fund"].item()
        held, positions = (
            store.counted_in(table, [*filings], cik=cik) if is_counted else {} for table in (HOLDINGS, POSITIONS)
        )
        found = {
            each: _counted_report(each, filings[each], held[each], positions[each])
            if each in held and each in positions
            else _report(store, each, manager, filings[each], known_on)
            for each in filings
        }
        reports = {each: report for each, report in found.items() if report}
        about = manager.row(0, named=True)
        chosen = quarter or max(reports, default=quarters[-1])
        if chosen not in reports:
            raise NotFoundError(
                f"{about['manager_name']} has no report for {chosen} that counts", [str(each) for each in reports]
            )
        ratios = quarter_splits.ratios(store, chosen)
        now, before = reports[chosen].positions, reports.get(chosen.previous)
        is_compared = before is not None and before.is_whole and reports[chosen].is_whole
        changes = compare_positions(now, before.positions if before and is_compared else None, ratios)
        changes = _sorted(with_values(changes, _prices_of_closed(store, chosen, changes)), sort)
        changes = with_stored_names(changes, store)
    history = [report.summary for report in reports.values()]
    summary = reports[chosen].summary
    facts = {
        "cik": cik,
        "manager_name": about["manager_name"],
        "family": about["family"],
        "period_of_report": chosen.end,
        "known_on": known_on,
        "is_hedge_fund": about["is_hedge_fund"],
        "manager_class": about["manager_class"],
        "basis": about["basis"],
        **{key: summary[key] for key in ("value_usd", "options_value_usd", "position_count", "top_ten_pct")},
        **_traded(changes),
        "changes": dict(changes.drop_nulls("change").group_by("change").len().sort("change").iter_rows()),
        "history": history,
        "caveats": list(CAVEATS),
    }
    notes = [
        *_about(about),
        f"The ten largest are {summary['top_ten_pct'] or 0:.1f}% of the portfolio. Options, not included: "
        f"{money(summary['options_value_usd'])}.",
        _changes_note(changes, chosen, is_compared, chosen.previous in quarters),
        *(
            f"{line['quarter']}: {money(line['value_usd'])} in {plural(line['position_count'], 'position')}"
            for line in history
        ),
        *([f"As filed by {known_on}."] if known_on else []),
        CAVEATS[0],
    ]
    size = f"{plural(summary['position_count'], 'position')}, {money(summary['value_usd'])}"
    title = f"{about['manager_name']} (CIK {cik}): {size}, {chosen}"
    shown = changes.head(top) if top else changes
    how = methodology.of_quarter(chosen, known_on, [methodology.EFFECTIVE, *CAVEATS])
    return Answer(title, _COLUMNS, shown.to_dicts(), facts, notes, methodology=how)


@dataclass(frozen=True)
class _Report:
    """One quarter's report: holdings with all that has a value, and positions, which leave out zero shares.

    It is not whole if only additions (NEW HOLDINGS) to it are loaded.
    """

    quarter: Quarter
    holdings: HoldingsFrame
    positions: PositionsFrame
    is_whole: bool

    @property
    def summary(self) -> dict[str, Any]:
        """Value and concentration, without options, and the value of those: as reported (see MANAGERS)."""
        kept = by_security(self.positions).filter(pl.col("put_call") == "")
        is_option = pl.col("put_call") != ""
        total = float(self.holdings.filter(~is_option)["value_usd"].sum())
        return {
            "quarter": str(self.quarter),
            "period_of_report": self.quarter.end,
            "value_usd": total,
            "options_value_usd": float(self.holdings.filter(is_option)["value_usd"].sum()),
            "position_count": kept.height,
            "top_ten_pct": float(kept["value_usd"].top_k(10).sum()) / total * 100 if total else None,
        }


def _prices_of_closed(store: Store, quarter: Quarter, changes: pl.DataFrame) -> pl.DataFrame:
    """`reported_prices` of what was closed, as those that hold it still report it."""
    closed = changes.filter(pl.col("change") == Change.CLOSED, pl.col("share_type") == "SH")
    tickers = closed["ticker"].drop_nulls().unique()
    others = closed.filter(pl.col("ticker").is_null())["cusip"].unique()
    asked = [where for where in ({"ticker": tickers}, {"cusip": others}) if next(iter(where.values())).len()]
    positions = [store.positions(quarter, **where) for where in asked]
    return reported_prices(pl.concat([POSITIONS.frame(), *positions]))


def _sorted(changes: pl.DataFrame, sort: PortfolioSort) -> pl.DataFrame:
    if sort == PortfolioSort.VALUE:
        return changes
    key = pl.col("value_change_usd").abs() if sort == PortfolioSort.CHANGE else pl.col("portfolio_pct")
    return changes.sort(key, descending=True, nulls_last=True, maintain_order=True)


def _counted_report(
    quarter: Quarter, filings: JudgedFilingsFrame, held: HoldingsFrame, positions: PositionsFrame
) -> _Report | None:
    """As `_report`, from what was counted."""
    if filings.filter(pl.col("role").is_in(COUNTED_ROLES)).is_empty():
        return None
    return _Report(quarter, held, positions, filings["role"].is_in(OPENING_ROLES).any())


def _report(
    store: Store, quarter: Quarter, manager: ManagersFrame, filings: JudgedFilingsFrame, known_on: date | None
) -> _Report | None:
    """What one manager reports, from its filings; None if it has no report for the quarter that counts."""
    if known_on is not None:
        filings = filings.filter(pl.col("filing_date") <= known_on)
    lines = store.lines(quarter.end, holdings.COLUMNS, filings["accession_number"])
    if known_on is not None and filings.height:
        # which filing replaces which is decided again; the unit stays, as all filings of the period decided it
        judged, _ = holdings.judge(FILINGS.fit(filings), lines, filings.drop_nulls("amendment_effect"))
        decided = filings.select("accession_number", "unit", "is_share_value")
        filings = judged.drop("unit", "is_share_value").join(decided, on="accession_number", validate="1:1")
    if filings.filter(pl.col("role").is_in(COUNTED_ROLES)).is_empty():
        return None
    matches = store.read(CUSIP_MATCHES, accession_number=filings["accession_number"])
    held = holdings.effective(filings, lines, matches)
    tickers = ticker_map.tickers(held, read_securities(store))
    counted = manager.with_columns(pl.lit(True).alias("is_hedge_fund"))
    is_whole = filings["role"].is_in(OPENING_ROLES).any()
    return _Report(quarter, held, holder_counts.positions(held, counted, tickers), is_whole)


def _about(manager: dict[str, Any]) -> list[str]:
    if manager["is_hedge_fund"]:
        return [f"Counted as a hedge fund: {manager['basis']}."]
    if manager["manager_class"] == ManagerClass.MARKET_MAKER:
        return [f"A market maker, counted only with `--with market-makers` ({manager['basis']})."]
    return [f"Not counted as a hedge fund ({manager['basis']}); shown as in its filings."]


def _traded(changes: pl.DataFrame) -> dict[str, float | None]:
    """bought_usd and sold_usd, without options and debt; null if no change is known."""
    traded = changes.filter(pl.col("what") == "shares")["value_change_usd"].drop_nulls()
    is_known = changes["change"].count() > 0
    return {
        "bought_usd": float(traded.filter(traded > 0).sum()) if is_known else None,
        "sold_usd": -float(traded.filter(traded < 0).sum()) if is_known else None,
    }


def _changes_note(changes: pl.DataFrame, quarter: Quarter, is_compared: bool, is_loaded: bool) -> str:
    if not is_compared:
        reason = "the manager has no whole report for both quarters" if is_loaded else "it is not loaded"
        return f"Changes since {quarter.previous} are unknown: {reason}."
    counts = dict(changes.group_by("change").len().iter_rows())
    parts = ", ".join(f"{counts[change]:,} {change}" for change in Change if change in counts)
    traded = _traded(changes)
    is_closed = (pl.col("change") == Change.CLOSED) & (pl.col("what") == "shares")
    unpriced = changes.filter(is_closed & pl.col("value_change_usd").is_null()).height
    lacking = f" without {plural(unpriced, 'closed position')} that no fund holds any more" if unpriced else ""
    return (
        f"Since {quarter.previous}, adjusted for splits if prices are loaded: {parts}. Shares bought "
        f"{money(traded['bought_usd'])}, sold {money(traded['sold_usd'])}{lacking}, at prices of {quarter.end}."
    )
