"""A made-up history: fifty quarters of a thousand funds, and daily closes of seven thousand names a year.

It is written as a loaded store has it: what a refresh and an import of prices cost is measured elsewhere.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl

from tracker.filings import holdings
from tracker.managers import fund_lists
from tracker.pipeline import update_splits
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.store import Store
from tracker.strategies.signal_days import sessions
from tracker.tables import FILINGS, FUND_LIST, JUDGED_FILINGS, LINES, PRICES, RUNS, SECURITIES

from .made_data_set import FIRST_CIK, issuer_cusip
from .options import Options

LAST = Quarter(2025, 3)
LINES_EACH = 100
_TURNOVER = 25  # one name in so many leaves each year, and another one comes


def history(options: Options) -> list[Quarter]:
    """The quarters that are made up, the oldest first."""
    quarters = [LAST]
    while len(quarters) < options.quarters:
        quarters.insert(0, quarters[0].previous)
    return quarters


def write_history(home: Path, options: Options) -> Settings:
    """Write the store of `options.quarters` quarters, `options.funds` funds and `options.names` names a year.

    The reports for the newest quarter are left for `load_newest`.
    """
    settings = Settings(home)
    home.mkdir(parents=True, exist_ok=True)
    quarters, listed = history(options), _listed(options)
    ciks = range(FIRST_CIK, FIRST_CIK + options.funds)
    choices = ({"cik": cik, "name": f"MANAGER {cik} LP", "is_hedge_fund": True, "checked_on": date(2013, 1, 1)}
               for cik in ciks)  # fmt: skip
    fund_lists.write_list(home / fund_lists.CHOICES, FUND_LIST.frame(choices))
    with Store(settings) as store:
        seen = {"first_seen": pl.col("first"), "last_seen": pl.col("last"), "source": pl.lit("fails-to-deliver")}
        store.replace(SECURITIES, SECURITIES.fit(listed.with_columns(**seen)).sort(SECURITIES.key))
        for number, quarter in enumerate(quarters[:-1]):
            _load(store, quarter, _lines(number, quarter, listed, options.funds))
        for year in range(quarters[0].start.year, quarters[-1].next.end.year + 1):
            store.add_prices(_prices(year, listed, quarters[-1].next.end))
        update_splits.renew(store)
    return settings


def load_newest(settings: Settings, options: Options) -> None:
    """Add the reports for the newest quarter to what `write_history` wrote."""
    with Store(settings) as store:
        _load(store, LAST, _lines(options.quarters - 1, LAST, _listed(options), options.funds))


def _load(store: Store, quarter: Quarter, lines: pl.DataFrame) -> None:
    judged, _ = holdings.judge(_filings(quarter, lines), lines)
    store.add_lines(quarter.end, lines)
    store.replace(JUDGED_FILINGS, judged, period_of_report=quarter.end)
    run = {"started_at": datetime.combine(quarter.deadline, time()), "period_of_report": quarter.end}
    store.append(RUNS, RUNS.frame([run]))


def _listed(options: Options) -> pl.DataFrame:
    quarters = history(options)
    return _listings(options.names, quarters[0].start.year, quarters[-1].next.end)


def _listings(names: int, first_year: int, until: date) -> pl.DataFrame:
    """Columns n, cusip, ticker, first and last (days of quotes): as many names at a time, some new each year."""
    rows = [(date(first_year, 1, 2), until) for _ in range(names)]
    current = list(range(names))
    for year in range(first_year, until.year):
        for slot in range(year % _TURNOVER, names, _TURNOVER):
            gone = date(year, 2, 1) + timedelta(days=slot * 37 % 300)
            rows[current[slot]] = (rows[current[slot]][0], gone)
            current[slot] = len(rows)
            rows.append((gone + timedelta(days=1), until))
    return pl.DataFrame(
        {
            "n": range(len(rows)),
            "cusip": [issuer_cusip(n) for n in range(len(rows))],
            "ticker": [_ticker(n) for n in range(len(rows))],
            "first": [row[0] for row in rows],
            "last": [row[1] for row in rows],
        }
    )


def _ticker(number: int) -> str:
    letters = ""
    for _ in range(4):
        number, place = divmod(number, 26)
        letters = chr(ord("A") + place) + letters
    return letters


def _price(day: pl.Expr) -> pl.Expr:
    """The close of the n-th name on the `day` (a number)."""
    start = 2.0 + (pl.col("n") % 97).cast(pl.Float64) / 3.0
    drift = ((pl.col("n") % 41).cast(pl.Float64) - 17.0) / 41.0 / 2000.0
    wave = (day.cast(pl.Float64) / 9.0 + pl.col("n")).sin() * 0.02
    return (start * (drift * day + wave).exp()).round(4)


def _prices(year: int, listed: pl.DataFrame, until: date) -> pl.DataFrame:
    """PRICES of a year: names from ten million dollars to ten billion, a fifth of them in the band of micro-caps."""
    days = list(sessions(date(year, 1, 1), min(date(year, 12, 31), until)))
    calendar = pl.DataFrame({"date": days}, schema={"date": pl.Date()})
    number = (pl.col("date") - date(2013, 1, 1)).dt.total_days()
    start = 2.0 + (pl.col("n") % 97).cast(pl.Float64) / 3.0
    shares = (10.0 ** (7.0 + (pl.col("n") % 331).cast(pl.Float64) / 330.0 * 3.0) / start).round()
    rows = listed.filter(pl.col("first") <= date(year, 12, 31), pl.col("last") >= date(year, 1, 1))
    rows = rows.join(calendar, how="cross").filter(pl.col("date").is_between("first", "last"))
    return PRICES.fit(
        rows.with_columns(close=_price(number)).with_columns(
            market_cap_usd=(pl.col("close") * shares).round(),
            volume=(10_000 + pl.col("n") * 37 % 5_000 + number % 500).cast(pl.Float64),
            pct_change=pl.lit(None, pl.Float64),
            exchange=pl.lit("NASDAQ"),
            name=pl.format("Example Issuer {} Common Stock", "n"),
            sector=pl.lit("Technology"),
            is_adjusted=pl.lit(False),
            source=pl.lit("file:history"),
        )
    ).sort(PRICES.key)


def _lines(number: int, quarter: Quarter, listed: pl.DataFrame, funds: int) -> pl.DataFrame:
    """LINES of all reports for the quarter, the `number`-th: a quarter of what each fund holds is new."""
    there = listed.filter(pl.col("first") <= quarter.end, pl.col("last") >= quarter.end).select("n", "cusip")
    there = there.with_row_index("place")
    slots = pl.DataFrame({"fund": range(funds)}).join(pl.DataFrame({"slot": range(LINES_EACH)}), how="cross")
    chosen = pl.struct("fund", "slot", ((pl.col("slot") + number) // 4).alias("turn")).hash(7)
    shares = (1_000 + chosen // 7 % 100_000 + pl.when(chosen % 3 == 0).then(number * 100).otherwise(0)).cast(pl.Float64)
    rows = slots.with_columns(place=(chosen % there.height).cast(pl.UInt32), shares=shares)
    rows = rows.unique(["fund", "place"], keep="first", maintain_order=True)
    rows = rows.join(there, on="place", how="left", validate="m:1", maintain_order="left")
    day = pl.lit((quarter.end - date(2013, 1, 1)).days)
    return LINES.fit(
        rows.with_columns(
            accession_number=_accession(quarter),
            line_number=pl.int_range(1, pl.len() + 1).over("fund").cast(pl.Int64),
            name_of_issuer=pl.format("EXAMPLE ISSUER {}", "n"),
            title_of_class=pl.lit("COM"),
            value=(pl.col("shares") * _price(day)).round(),
            share_type=pl.lit("SH"),
            put_call=pl.lit(""),
            investment_discretion=pl.lit("SOLE"),
            other_manager=pl.lit(""),
            figi=pl.lit(""),
            **{f"voting_{kind}": pl.lit(0.0) for kind in ("sole", "shared", "none")},
        )
    ).sort("cusip", "accession_number", "line_number")


def _filings(quarter: Quarter, lines: pl.DataFrame) -> pl.DataFrame:
    """FILINGS of the quarter: most reports come in the last days, one in fifty after the signal day."""
    totals = lines.group_by("accession_number").agg(
        line_count=pl.len().cast(pl.Int64), value_total=pl.col("value").sum()
    )
    fund = pl.col("cik") - FIRST_CIK
    days = pl.when(fund % 50 == 49).then(20).otherwise(-(fund % 20))
    filed = pl.lit(quarter.deadline).dt.offset_by(pl.format("{}d", days))
    return FILINGS.fit(
        totals.with_columns(cik=pl.col("accession_number").str.head(10).cast(pl.Int64)).with_columns(
            manager_name=pl.format("MANAGER {} LP", "cik"),
            form_type=pl.lit("13F-HR"),
            period_of_report=pl.lit(quarter.end),
            filing_date=filed,
            accepted_at=filed.cast(pl.Datetime("us")),
            report_type=pl.lit("13F HOLDINGS REPORT"),
            table_entry_total="line_count",
            table_value_total=pl.col("value_total").cast(pl.Int64),
            source=pl.lit("filing"),
        )
    ).sort("accession_number")


def _accession(quarter: Quarter) -> pl.Expr:
    filer = (pl.col("fund") + FIRST_CIK).cast(pl.String).str.zfill(10)
    return pl.format(f"{{}}-{quarter.end:%y}-{quarter.number:06d}", filer)
