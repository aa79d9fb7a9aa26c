"""How much of a quarter has a ticker, and how much of the band has a CUSIP: what a list cannot see."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from .. import __version__
from ..band import Band
from ..output import money, part
from ..pipeline.digests import digest
from ..prices import selection
from ..quarters import Quarter
from ..securities import company_names, cusips, ticker_map, types
from ..store import Store, facts_of_lines, price_spans, read_securities
from ..tables import INT, PRICES, TEXT, HolderCountsFrame, PricesFrame, SecuritiesFrame, Table

SHOWN = 10
UNMAPPED = ("cusip", "name_of_issuer", "title_of_class", "value_usd", "holders")
_MAPPED = Table(
    "mapped_cusips",
    "How many CUSIPs all reports of a period have, and how many of them have a ticker.",
    (),
    {"cusips": (INT, "valid CUSIPs, without options"), "cusips_with_ticker": (INT, "those with a ticker")},
)
_FILED_ISSUERS = Table(
    "filed_issuers",
    "The valid CUSIPs in all reports of a period, without options, with a name that one of these gives.",
    (),
    {"cusip": (TEXT, "the CUSIP, once for each way in which it is written"), "name_of_issuer": (TEXT, "as filed")},
)


@dataclass(frozen=True)
class Coverage:
    """How many CUSIPs and dollars there are, and how many of them are mapped; `unmapped` has the largest that are not.

    `cusips`: valid CUSIPs in all reports of the period, without options. `value_usd`: what hedge funds hold in common
    shares and ADRs (and in securities of unknown kind). `band`: stocks with a market cap in the band on `band_on`.
    """

    cusips: int
    cusips_with_ticker: int
    value_usd: float
    value_with_ticker_usd: float
    band_on: date | None
    band: int
    band_with_cusip: int
    unmapped: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """The fields, and each share in percent (null if there is nothing to have a share of)."""
        return {
            **asdict(self),
            "cusips_with_ticker_pct": _percent(self.cusips_with_ticker, self.cusips),
            "value_with_ticker_pct": _percent(self.value_with_ticker_usd, self.value_usd),
            "band_with_cusip_pct": _percent(self.band_with_cusip, self.band),
        }

    def sentence(self) -> str:
        """The shares, as a sentence."""
        facts = self.as_dict()
        value, of_cusips = facts["value_with_ticker_pct"], facts["cusips_with_ticker_pct"]
        parts = [
            f"{part(value)} of the hedge funds' value in common shares and ADRs has a ticker",
            f"{part(of_cusips)} of the period's {self.cusips:,} CUSIPs",
        ]
        if self.band:
            parts.append(f"{part(facts['band_with_cusip_pct'])} of the {self.band:,} stocks in the band have a CUSIP")
        return "Coverage: " + "; ".join(parts) + "."

    def unmapped_sentence(self) -> str:
        """The largest positions without a ticker, as a sentence; empty if there are none."""
        named = [
            f"{company_names.titled(row['name_of_issuer'] or '?')} ({row['cusip']}, {money(row['value_usd'])})"
            for row in self.unmapped
        ]
        return f"Largest without a ticker: {', '.join(named)}." if named else ""


@dataclass(frozen=True, eq=False)
class CoverageMeasure:
    """Coverage of quarters, and of the stocks of `caps` (one row a ticker) in the band: what they share is found once.

    `newest_pairs` are `ticker_map.newest` of all SECURITIES on the day `on`, if they are there already.
    """

    store: Store
    caps: PricesFrame
    band: Band
    on: date | None
    newest_pairs: pl.DataFrame | None = None

    def of(self, quarter: Quarter, counts: HolderCountsFrame) -> Coverage:
        """Coverage of a quarter with these holder counts."""
        mapped = self._mapped(quarter).row(0)
        shares = counts.filter(pl.col("kind").is_in(types.RANKED_KINDS))
        unmapped = shares.filter(pl.col("ticker").is_null(), pl.col("holders") > 0)
        largest = unmapped.sort(["value_usd", "cusip"], descending=[True, False]).head(SHOWN)
        return Coverage(
            cusips=mapped[0],
            cusips_with_ticker=mapped[1],
            value_usd=float(shares["value_usd"].sum()),
            value_with_ticker_usd=float(shares.filter(pl.col("ticker").is_not_null())["value_usd"].sum()),
            band_on=self.on,
            band=self._stocks.height,
            band_with_cusip=self._band_with_cusip,
            unmapped=largest.select(UNMAPPED).to_dicts(),
        )

    def _mapped(self, quarter: Quarter) -> pl.DataFrame:
        """_MAPPED: kept while the lines and the tickers are the same, whatever else is written."""

        def count() -> pl.DataFrame:
            issuers = _filed_issuers(self.store, quarter)
            mapped = ticker_map.tickers_among(issuers, *self._pairs_and_owners).height
            return _MAPPED.frame([{"cusips": issuers["cusip"].n_unique(), "cusips_with_ticker": mapped}])

        return facts_of_lines(self.store, _MAPPED, [quarter.end], self._securities_digest, count)

    @cached_property
    def _pairs_and_owners(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        pairs = ticker_map.newest(self._securities)
        return pairs, ticker_map.ticker_owners(pairs)

    @cached_property
    def _securities(self) -> SecuritiesFrame:
        return read_securities(self.store)

    @cached_property
    def _securities_digest(self) -> str:
        return digest(self._securities, seed=__version__)

    @cached_property
    def _stocks(self) -> PricesFrame:
        is_preferred = pl.col("ticker").str.contains("^", literal=True)
        return self.caps.filter(pl.col("market_cap_usd").is_between(*self.band) & ~is_preferred)

    @cached_property
    def _band_with_cusip(self) -> int:
        newest_pairs = self.newest_pairs
        if newest_pairs is None:
            of_stocks = self._securities.join(self._stocks, on="ticker", how="semi")
            newest_pairs = ticker_map.newest(self._securities.join(of_stocks, on="cusip", how="semi"), self.on)
        return self._stocks.join(newest_pairs, on="ticker", how="semi").height


def measure(
    store: Store,
    quarter: Quarter,
    counts: HolderCountsFrame,
    caps: PricesFrame,
    band: Band,
    on: date | None,
    newest_pairs: pl.DataFrame | None = None,
) -> Coverage:
    """Coverage of one quarter: see `CoverageMeasure`."""
    return CoverageMeasure(store, caps, band, on, newest_pairs).of(quarter, counts)


def _filed_issuers(store: Store, quarter: Quarter) -> pl.DataFrame:
    """_FILED_ISSUERS: kept while the lines are the same, as tickers change more often."""

    def read() -> pl.DataFrame:
        lines = store.lines(quarter.end, ["cusip", "name_of_issuer"]).unique("cusip", keep="first")
        filed = cusips.read(lines["cusip"]).filter(pl.col("is_valid") & (pl.col("option_side") == ""))
        return filed.join(lines, left_on="filed", right_on="cusip", validate="m:1").select("cusip", "name_of_issuer")

    return facts_of_lines(store, _FILED_ISSUERS, [quarter.end], __version__, read)


def newest_caps(store: Store) -> tuple[PricesFrame, date | None]:
    """The newest row of each ticker with market caps, and its day; None if none are loaded.

    Index funds have no market cap, and may have later days.
    """
    last = price_spans(store)["last_capped"].max()
    if not isinstance(last, date):
        return PRICES.frame(), None
    recent = store.prices(last - timedelta(days=selection.MAX_AGE_DAYS), last).collect()
    return selection.latest(recent, last), last


def _percent(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None
