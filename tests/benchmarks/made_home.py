"""A home to ask: the demo's fictional market, and a large one beside it, refreshed and priced by our own commands."""

from __future__ import annotations

import zipfile
from pathlib import Path

import polars as pl

from tracker.demo import fictional_market
from tracker.demo.write import write

from .made_data_set import FIRST_CIK, QUARTERS, fund_numbers, issuer_cusip, write_data_set
from .options import Options
from .runner import tracker

LOADED = QUARTERS[1:3]
FUND = FIRST_CIK  # the largest, and a hedge fund
NO_FUND = FIRST_CIK + 1
TICKERS_FILE = "cnsfails202509a.zip"


def ticker(number: int) -> str:
    """The ticker of the n-th issuer; each begins with Z, as none of the demo's does."""
    letters = ""
    for _ in range(3):
        number, place = divmod(number, 26)
        letters = chr(ord("A") + place) + letters
    return f"Z{letters}"


def write_downloads(home: Path, options: Options) -> None:
    """The demo's files, a data set a quarter, which tickers their CUSIPs have, and the list of who counts."""
    write(home)
    for quarter in LOADED:
        write_data_set(home / "filings" / "data-sets", quarter, options.lines, options.filers)
    write_tickers(home, options.names)
    write_funds(home, options)


def write_tickers(home: Path, names: int) -> None:
    """A fails-to-deliver file with the tickers of the first issuers."""
    folder = home / "filings" / "reference" / "fails-to-deliver"
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"20250910|{issuer_cusip(n)}|{ticker(n)}|100|EXAMPLE ISSUER {n}|1.00" for n in range(names)]
    text = "\n".join(["SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE", *rows])
    with zipfile.ZipFile(folder / TICKERS_FILE, "w") as archive:
        archive.writestr("cnsfails202509a.txt", f"{text}\nTrailer record count {len(rows)}\n")


def write_funds(home: Path, options: Options) -> None:
    """State in the user's own choices which filers are hedge funds."""
    home.mkdir(parents=True, exist_ok=True)
    funds = fund_numbers(options.funds, options.filers)
    rows = [f"{FIRST_CIK + n},MANAGER {n} LP,Y" for n in funds]
    (home / "funds.csv").write_text("\n".join(["cik,name,is_hedge_fund", *rows, ""]))


def write_prices(path: Path, names: int, sessions: int | None = None, first: int = 0) -> Path:
    """A year of daily closes and market caps of `names` securities (the last `sessions` of it), in steady moves."""
    days = fictional_market.DAYS[-(sessions or 0) :]
    wanted = range(first, first + names)
    securities = pl.DataFrame({"symbol": [ticker(n) for n in wanted], "n": list(wanted)})
    calendar = pl.DataFrame({"date": days, "d": list(range(len(days)))}, schema={"date": pl.Date(), "d": pl.Int64()})
    start = 2.0 + (pl.col("n") % 97).cast(pl.Float64) / 3.0
    drift = ((pl.col("n") % 41).cast(pl.Float64) - 17.0) / 41.0 / 252.0
    wave = (pl.col("d").cast(pl.Float64) / 9.0 + pl.col("n")).sin() * 0.02
    close = (start * (drift * pl.col("d") + wave).exp()).round(4)
    # from ten million dollars to ten billion, as many names at each size
    shares = (10.0 ** (7.0 + (pl.col("n") % 331).cast(pl.Float64) / 330.0 * 3.0) / start).round()
    prices = securities.join(calendar, how="cross").select(
        "date",
        "symbol",
        close.alias("close"),
        (close * shares).round().alias("market_cap"),
        (10_000 + pl.col("n") * 37 % 5_000).alias("volume"),
        pl.lit("NASDAQ").alias("exchange"),
        pl.format("Example Issuer {} Holdings", "n").alias("name"),
        pl.lit("Technology").alias("sector"),
    )
    prices.write_parquet(path)
    return path


def ready(options: Options) -> Path:
    """The home that was given, or the made-up one, which is made on first use and kept for the other subjects."""
    if options.home is not None:
        return options.home
    home = options.folder / "home"
    if not home.exists():
        write_downloads(home, options)
        for quarter in LOADED:
            tracker(home, "refresh", str(quarter), "--offline", codes=(0, 1))
        prices = write_prices(options.folder / "a-year.parquet", options.names)
        for path in (home / "prices.csv", prices):
            tracker(home, "prices", "import", str(path))
    return home
