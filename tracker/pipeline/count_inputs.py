"""What the counts of a quarter are made from, no more than that, and its fingerprints.

A price file, a fund, a split, a new fails-to-deliver file or another quarter touch few of the quarters that are loaded.
So a fingerprint is taken of what they mean for a quarter, not of the whole tables: of the tickers that its CUSIPs have,
the split ratios of the tickers held in it, the families that are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from .. import __version__
from ..filings import holdings
from ..filings.amendments import ORDER
from ..quarters import Quarter
from ..rankings.reporting import Reporting, who_reported
from ..securities import ticker_map
from ..store import VERSION, Store, kept_frame
from ..tables import (
    COUNTED_FROM,
    COUNTED_ROLES,
    CUSIP_MATCHES,
    FAMILY_LINKS,
    MANAGERS,
    SECURITIES,
    CountedFromFrame,
    CusipMatchesFrame,
    FamilyLinksFrame,
    HoldingsFrame,
    ManagersFrame,
    SplitRatiosFrame,
)
from .digests import digest

_SEED = f"{__version__} {VERSION}"
# All that holdings and reporting are made from: they get no other column, so that none is left out of the fingerprint.
_FILING_COLUMNS = (*ORDER, "cik", "period_of_report", "role", "unit", "is_share_value")
_MATCH_COLUMNS = ("accession_number", "cusip_as_filed", "name_of_issuer", "cusip", "evidence")


@dataclass(frozen=True)
class CommonInputs:
    """What the counts of all quarters have in common; `newest_pairs` is what `ticker_map.newest` gives."""

    funds: ManagersFrame
    links: FamilyLinksFrame
    newest_pairs: pl.DataFrame

    @classmethod
    def read(cls, store: Store) -> CommonInputs:
        """From the store."""
        funds = store.read(MANAGERS).filter("is_hedge_fund")
        pairs = ticker_map.newest(store.read(SECURITIES)).sort("cusip")
        return cls(funds, store.read(FAMILY_LINKS), pairs)


@dataclass(frozen=True)
class QuarterBefore:
    """What the next quarter is compared with: its filings, and the CUSIPs and tickers held in it."""

    quarter: Quarter
    filings: pl.DataFrame
    cusips: pl.Series
    tickers: pl.Series
    positions_digest: str


@dataclass(frozen=True, eq=False)
class CountInputs:
    """What the counts of one quarter are made from; `before` is None if the quarter before is not loaded."""

    store: Store
    common: CommonInputs
    quarter: Quarter
    before: QuarterBefore | None

    @cached_property
    def filings(self) -> pl.DataFrame:
        """The hedge funds' filings (JUDGED_FILINGS), the columns that count."""
        filings = self.store.read_filings(_FILING_COLUMNS, self.quarter.end)
        return filings.join(self.common.funds, on="cik", how="semi", maintain_order="left")

    @cached_property
    def matches(self) -> CusipMatchesFrame:
        """What the wrong CUSIPs of those filings stand for."""
        matches = self.store.read(CUSIP_MATCHES, period_of_report=self.quarter.end).drop_nulls("cusip")
        return matches.join(self.filings, on="accession_number", how="semi", maintain_order="left")

    @cached_property
    def are_holdings_stored(self) -> bool:
        """Whether what the funds effectively hold was worked out from what there is now, and is there."""
        return self.store.has_holdings(self.quarter, self._holdings_digest)

    @cached_property
    def holdings(self) -> HoldingsFrame:
        """What the funds effectively hold: as it was stored, or worked out from the lines."""
        stored = self.store.holdings(self.quarter, self._holdings_digest)
        if stored is not None:
            return stored
        lines = self.store.lines(self.quarter.end, holdings.COLUMNS, self.filings["accession_number"])
        return holdings.effective(self.filings, lines, self.matches)

    @cached_property
    def issuers(self) -> pl.DataFrame:
        """Columns cusip, name_of_issuer: what is held, and as most name it; kept, so that holdings need not be read."""
        return kept_frame(
            self.store,
            f"issuers-{self.quarter.end}",
            self._holdings_digest,
            {"cusip": pl.String(), "name_of_issuer": pl.String()},
            lambda: ticker_map.issuers(self.holdings),
        )

    @cached_property
    def tickers(self) -> pl.DataFrame:
        """Columns cusip, ticker: those of what is held."""
        return ticker_map.tickers_among(self.issuers, self.common.newest_pairs)

    @cached_property
    def kinds(self) -> pl.DataFrame:
        """Columns cusip, kind: the kinds that tickers show, of what is held now or was in the quarter before."""
        now, before = self.issuers["cusip"], self.before
        held = now if before is None else pl.concat([now, before.cusips])
        pairs = self.common.newest_pairs.select("cusip", "kind")
        return pairs.join(held.to_frame(), on="cusip", how="semi", maintain_order="left")

    @cached_property
    def split_ratios(self) -> SplitRatiosFrame | None:
        """Those of tickers held now or in the quarter before; None if that is not loaded, as nothing is compared."""
        if self.before is None:
            return None
        held = pl.concat([self.tickers["ticker"], self.before.tickers])
        ratios = self.store.split_ratios(self.quarter)
        return ratios.join(held.to_frame(), on="ticker", how="semi", maintain_order="left")

    @cached_property
    def reporting(self) -> Reporting:
        """Who has reported, compared with the quarter before."""
        filings_before = None if self.before is None else self.before.filings
        return who_reported(self.common.funds, self.filings, filings_before, self.common.links)

    @cached_property
    def counted_from(self) -> CountedFromFrame:
        """COUNTED_FROM: the fingerprints."""
        row = {
            "period_of_report": self.quarter.end,
            "holdings": self._holdings_digest,
            "positions": self._positions_digest,
            "holder_counts": self._counts_digest,
        }
        return COUNTED_FROM.frame([row])

    def as_before(self) -> QuarterBefore:
        """What the next quarter is compared with."""
        return QuarterBefore(
            self.quarter, self.filings, self.issuers["cusip"], self.tickers["ticker"], self._positions_digest
        )

    @cached_property
    def _holdings_digest(self) -> str:
        counted = self.filings.filter(pl.col("role").is_in(COUNTED_ROLES))
        return digest(counted, self.matches.select(_MATCH_COLUMNS), seed=_SEED)

    @cached_property
    def _positions_digest(self) -> str:
        filers = self.filings.select(pl.col("cik").unique())
        funds = self.common.funds.join(filers, on="cik", how="semi", maintain_order="left")
        return digest(funds.select("cik", "manager_name", "family"), self.tickers, seed=self._holdings_digest)

    @cached_property
    def _counts_digest(self) -> str:
        seed = f"{self._positions_digest} {self.reporting.expected > 0}"
        if self.before is None or self.split_ratios is None:
            return digest(self.kinds, seed=seed)
        compared = [self.reporting.compared.to_frame("family"), self.reporting.awaited.to_frame("cik")]
        seed = f"{seed} {self.before.positions_digest}"
        return digest(self.kinds, self.split_ratios, *compared, seed=seed)
