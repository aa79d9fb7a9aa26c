"""The sources of prices, one row each: from here come the command's choices, precedence, folders and labels.

A new source is a module in `sources` with a `fetch_prices` (see `sources.price_request`) and a row here. Reading the
table loads neither polars nor requests, because the command line needs its names for `--help`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import SettingError
from ..settings import Settings

if TYPE_CHECKING:
    from ..sources.price_request import FetchedPrices, PriceRequest

    Fetch = Callable[[PriceRequest], FetchedPrices]

_FILE = "file:"


class Described(NamedTuple):
    """What the README's table of sources shows about a source."""

    data: str
    origin: str
    terms: str
    freshness: str


@dataclass(frozen=True)
class PriceSource:
    """A source of prices.

    `name` is its choice on the command line and its value in the column source, `label` its name for readers. Of
    several sources with a close for one ticker and day the lowest `rank` wins, after imported files. `folder` is where
    its answers are kept below `filings/`, empty if it has none of its own. With `takes_tickers` it is asked for single
    tickers, else it covers the whole market. With `has_history` it can be asked for days since one that is named.
    """

    name: str
    label: str
    rank: int
    folder: str
    fetch: Fetch
    described: Described
    takes_tickers: bool = False
    has_history: bool = False


def _in(module: str, function: str = "fetch_prices") -> Fetch:
    """`function` of a module named relative to this package, imported when it is called."""

    def fetch(request: PriceRequest) -> FetchedPrices:
        fetched: FetchedPrices = getattr(import_module(module, __package__), function)(request)
        return fetched

    return fetch


PRICE_SOURCES: tuple[PriceSource, ...] = (
    PriceSource(
        "nasdaq", "Nasdaq", 1, "nasdaq", _in("..sources.nasdaq"),
        Described("Prices, market caps, sectors", "Nasdaq screener (`tracker prices fetch`)",
                  "undocumented, keyless; check Nasdaq's terms", "today's"),
    ),
    PriceSource(
        "finviz", "Finviz", 2, "finviz", _in("..sources.finviz"),
        Described("Prices, market caps, sectors",
                  "Finviz Elite: an export downloaded by hand, or `--source finviz` with `FINVIZ_TOKEN`",
                  "paid account, for personal use; exports are limited (429)", "today's"),
    ),
    PriceSource(
        "yahoo", "Yahoo", 3, "yahoo", _in("..sources.yahoo"),
        Described("Closes, splits, dividends, index funds",
                  "Yahoo through [yfinance](https://github.com/ranaroussi/yfinance) (`pip install '.[yahoo]'`, "
                  "`--source yahoo`)",
                  "unofficial, for personal use; limits requests per address", "daily, with history"),
        takes_tickers=True,
    ),
    PriceSource(
        "massive", "Massive", 4, "massive", _in("..sources.massive"),
        Described("Closes and volumes of the whole market, delisted names included",
                  "[Massive](https://massive.com/docs) (formerly Polygon; `--source massive --since DATE` with "
                  "`MASSIVE_API_KEY`)",
                  "account with a key, for personal use; a free one has 5 requests a minute (a day each) and two years",
                  "daily, with history"),
        has_history=True,
    ),
    PriceSource(
        "sec", "SEC", 5, "shares", _in(".derived_prices", "fill_market_caps"),
        Described("Shares outstanding",
                  "SEC XBRL frames (`--source sec`): covers of 10-K and 10-Q; companies with several tickers are "
                  "left out",
                  "public", "quarterly"),
    ),
    PriceSource(
        "fails", "Fails-to-deliver", 6, "reference/fails-to-deliver", _in(".fails_closes"),
        Described("Closes of securities with fails, delisted names included",
                  "SEC's fails-to-deliver files that a refresh has downloaded (`--source fails`)",
                  "public", "half-monthly, some weeks late"),
    ),
    PriceSource(
        "13f", "Form 13F", 7, "", _in(".derived_prices", "imply_closes"),
        Described("Prices at quarters' ends",
                  "the 13F filings themselves (`--source 13f`): the median of value / shares of at least 3 filers",
                  "public", "as the filings"),
    ),
)  # fmt: skip


def ranked_names() -> list[str]:
    """The names of all sources, the one that wins first."""
    return [source.name for source in sorted(PRICE_SOURCES, key=lambda source: source.rank)]


def find(name: str) -> PriceSource:
    """The source called `name`. Raises SettingError with the names there are."""
    for source in PRICE_SOURCES:
        if source.name == name:
            return source
    raise SettingError(f"{name!r} is not a source of prices; choose one of {', '.join(ranked_names())}")


def folder_of(settings: Settings, name: str) -> Path:
    """Where the answers of the source called `name` are kept."""
    return settings.filings / find(name).folder


def label_of(name: str) -> str:
    """A value of the column source as readers know it: a source's label, or the name of an imported file."""
    labels = {source.name: source.label for source in PRICE_SOURCES}
    return labels.get(name, name.removeprefix(_FILE))
