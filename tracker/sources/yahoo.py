"""Yahoo Finance through yfinance (an extra): closes, volumes, splits and dividends of single symbols, ETFs too.

    python -m pip install '.[yahoo]'

Unofficial and for personal use; Yahoo limits requests per address and reports that in several ways (see `_explain`).
What yfinance returns is saved unedited as csv, one file per symbol: `<symbol>.csv`

    Date,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits
    2025-01-02,221.1,222.0,219.0,221.15,218.01,27000000,0.0,0.0

Yahoo's figures are adjusted for every split up to today even with `auto_adjust=False`, which leaves out dividends only:
closes and dividends before a split are divided by its ratio, volumes multiplied. `read` undoes that, so the history is
always fetched up to today: a split after its last day would be missed.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import polars as pl

from ..errors import IncompleteError, SettingError, SourceError
from ..output import plural
from ..progress import Progress, Silent
from ..securities import tickers as symbols
from ..tables import DIVIDENDS, PRICES, SPLITS, DividendsFrame, PricesFrame, SplitsFrame
from . import fetch_log
from .price_request import FetchedPrices, PriceRequest
from .written_days import in_range

SOURCE = "yahoo"
_COLUMNS = ("Date", "Close", "Volume", "Dividends", "Stock Splits")


class Answer(Protocol):
    """What yfinance returns: a pandas DataFrame, of which only this is used."""

    def to_csv(self) -> str:
        """The rows as csv, below their header."""
        ...


# Requests one symbol (in Yahoo's spelling) from a day on.
Ask = Callable[[str, date], Answer]


@dataclass(frozen=True)
class Actions:
    """Splits (without status) and dividends, which Yahoo reports beside prices."""

    splits: SplitsFrame
    dividends: DividendsFrame


def fetch_prices(request: PriceRequest) -> FetchedPrices:
    """Closes of `request.tickers` since December two years ago. Raises as `fetch` does."""
    since = date(request.now.year - 2, 12, 1)
    paths = fetch(request.folder, request.tickers, since, progress=request.progress)
    prices, actions = read(paths), read_actions(paths)
    if request.is_under_way:  # the last row is a trade, not a close
        prices = prices.filter(pl.col("date") < request.day)
    splits, dividends = plural(actions.splits.height, "split"), plural(actions.dividends.height, "dividend")
    return FetchedPrices(prices, f"{splits} and {dividends}")


def fetch(
    folder: Path, tickers: Sequence[str], since: date, ask: Ask | None = None, progress: Progress | None = None
) -> list[Path]:
    """Save the history of each ticker from `since` to today below `folder`, replacing an earlier one.

    Raises SettingError without yfinance, SourceError (with the cure) if Yahoo limits requests or does not know a
    symbol; what was saved until then is kept.
    """
    ask, progress = ask or _ask_yfinance(), progress or Silent()
    paths = []
    progress.start("asking Yahoo", len(tickers))
    for ticker in tickers:
        symbol = _yahoo_symbol(ticker)
        try:
            text = ask(symbol, since).to_csv()
        except Exception as error:  # yfinance raises its own kinds and requests'
            raise _explain(symbol, error) from error
        _check(symbol, text)
        path = folder / f"{symbol}.csv"
        fetch_log.keep(path, text.encode(), source=SOURCE, url=f"https://finance.yahoo.com/quote/{symbol}")
        paths.append(path)
        progress.advance(1)
    progress.end()
    return paths


def on_disk(folder: Path) -> list[Path]:
    """The histories saved below `folder`."""
    return sorted(folder.glob("[!.]*.csv"))


def read(paths: Iterable[Path]) -> PricesFrame:
    """Closes as traded, from saved histories. Raises SourceError for a file of another form."""
    prices = [PRICES.frame()]
    for path in paths:
        rows = _rows(path)
        prices.append(
            PRICES.fit(
                rows.filter(pl.col("close") > 0).with_columns(
                    close=pl.col("close") * pl.col("later"),
                    volume=pl.col("volume") / pl.col("later"),
                    is_adjusted=pl.lit(False),
                    source=pl.lit(SOURCE),
                )
            )
        )
    return pl.concat(prices).sort("ticker", "date")


def read_actions(paths: Iterable[Path]) -> Actions:
    """Splits and dividends in saved histories; dividends are in dollars per share of their day."""
    splits, dividends = [SPLITS.frame()], [DIVIDENDS.frame()]
    for path in paths:
        rows = _rows(path).with_columns(source=pl.lit(SOURCE))
        real = rows.filter(pl.col("split") > 0, pl.col("split") != 1)
        splits.append(SPLITS.fit(real.with_columns(ratio="split", evidence=pl.lit("reported by Yahoo"))))
        paid = rows.filter(pl.col("dividend") > 0).with_columns(amount_usd=pl.col("dividend") * pl.col("later"))
        dividends.append(DIVIDENDS.fit(paid))
    return Actions(pl.concat(splits), pl.concat(dividends))


def _rows(path: Path) -> pl.DataFrame:
    """Columns ticker, date, close, volume, dividend, split as Yahoo gives them; later, the product of later splits."""
    text = path.read_text(encoding="utf-8")
    _check(path.stem, text)
    raw = pl.read_csv(io.StringIO(text), infer_schema=False)
    try:
        rows = raw.select(
            ticker=symbols.normalise(pl.lit(path.stem)),
            date=in_range(pl.col("Date").str.head(10).str.to_date("%Y-%m-%d")),
            close=pl.col("Close").cast(pl.Float64),
            volume=pl.col("Volume").cast(pl.Float64),
            dividend=pl.col("Dividends").cast(pl.Float64),
            split=pl.col("Stock Splits").cast(pl.Float64),
        ).sort("date")
    except pl.exceptions.PolarsError as error:
        raise SourceError(f"{path}: not as yfinance writes it ({str(error).splitlines()[0]}); fetch it again") from None
    if rows["date"].null_count():
        raise SourceError(f"{path}: not as yfinance writes it (a row has no day that can be); fetch it again")
    factor = pl.when(pl.col("split") > 0).then("split").otherwise(1.0)
    return rows.with_columns(later=factor.cum_prod(reverse=True) / factor)


def _check(symbol: str, text: str) -> None:
    if text.lstrip().startswith("<"):
        raise IncompleteError(f"{symbol}: Yahoo answered with an HTML page; try again later")
    header, _, body = text.partition("\n")
    missing = [name for name in _COLUMNS if name not in header.strip().split(",")]
    if not body.strip():
        raise SourceError(
            f"{symbol}: Yahoo gives no prices: the symbol is unknown or delisted, or requests are limited "
            "(yfinance does not distinguish them); check the symbol, or try again in an hour"
        )
    if missing:
        raise SourceError(f"{symbol}: Yahoo's answer has no {', '.join(missing)}; its form seems to have changed")


def _explain(symbol: str, error: Exception) -> SourceError:
    """The cure for an error: yfinance reports rate limits as YFRateLimitError, `429` or `Too Many Requests`."""
    reason = f"{type(error).__name__}: {error}".splitlines()[0]
    if "RateLimit" in reason or "429" in reason or "too many requests" in reason.lower():
        return SourceError(f"{symbol}: Yahoo limits requests from this address (429); try again in an hour")
    return SourceError(f"{symbol}: Yahoo did not answer ({reason})")


def _yahoo_symbol(ticker: str) -> str:
    """A ticker in Yahoo's spelling: BRK.B is BRK-B, the preferred series ABC^A is ABC-PA."""
    return symbols.normalise_text(ticker).replace("^", "-P").replace(".", "-")


def _ask_yfinance() -> Ask:
    try:
        import yfinance  # type: ignore[import-not-found,import-untyped,unused-ignore]  # an extra
    except ImportError:
        cure = "run `python -m pip install '.[yahoo]'` in the source folder"
        raise SettingError(f"Yahoo needs yfinance: {cure}") from None

    def ask(symbol: str, since: date) -> Answer:
        history: Answer = yfinance.Ticker(symbol).history(
            start=since.isoformat(), auto_adjust=False, actions=True, raise_errors=True
        )
        return history

    return ask
