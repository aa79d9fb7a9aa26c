"""What the counts of a quarter are made from, no more than that, and its fingerprints.

A price file, a fund, a split, a new fails-to-deliver file or another quarter touch few of the quarters that are loaded.
So a fingerprint is taken of what they mean for a quarter, not of the whole tables: of the tickers that its CUSIPs have,
the split ratios of the tickers held in it, the families that are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from ..filings import holdings
from ..filings.amendments import ORDER
from ..quarters import Quarter
from ..rankings.reporting import Reporting, who_reported
from ..securities import ticker_map
from ..store import Store, kept_frame
from ..tables import (
    COUNTED_FROM,
    COUNTED_ROLES,
    CUSIP_MATCHES,
    FAMILY_LINKS,
    HOLDINGS,
    MANAGERS,
    SECURITIES,
    SPLITS,
    CountedFromFrame,
    CusipMatchesFrame,
    FamilyEvidence,
    FamilyLinksFrame,
    HoldingsFrame,
    ManagersFrame,
    SplitRatiosFrame,
    SplitsFrame,
    SplitStatus,
)
from ..tables.row_keys import merge_rows
from . import counted_parts
from .counted_parts import SEED, Part
from .digests import digest

# All that holdings and reporting are made from: they get no other column, so that none is left out of the fingerprint.
_FILING_COLUMNS = (*ORDER, "cik", "period_of_report", "role", "unit", "is_share_value")
_MATCH_COLUMNS = ("accession_number", "cusip_as_filed", "name_of_issuer", "cusip", "evidence")
_ISSUERS = {"cusip": pl.String(), "name_of_issuer": pl.String()}


_FUND_COLUMNS = ("cik", "manager_name", "family", "crd_number", "sec_file_number")


@dataclass(frozen=True)
class CommonInputs:
    """What the counts of all quarters have in common; `newest_pairs` and `owners` are what `ticker_map.newest` and
    `ticker_map.ticker_owners` give, `splits` the SPLITS that are used."""

    funds: ManagersFrame
    links: FamilyLinksFrame
    newest_pairs: pl.DataFrame
    owners: pl.DataFrame
    splits: SplitsFrame

    @cached_property
    def digest(self) -> str:
        """A digest of all but the funds and the splits."""
        links = self.links.filter(pl.col("evidence") == FamilyEvidence.SUCCESSOR).select("cik", "other_cik")
        return digest(self.newest_pairs.select("cusip", "ticker", "kind"), self.owners, links, seed=SEED)

    @classmethod
    def read(cls, store: Store) -> CommonInputs:
        """From the store."""
        funds = store.read(MANAGERS).filter("is_hedge_fund")
        pairs = ticker_map.newest(store.read(SECURITIES)).sort("cusip")
        splits = store.read(SPLITS, status=SplitStatus.USED)
        return cls(funds, store.read(FAMILY_LINKS), pairs, ticker_map.ticker_owners(pairs), splits)


@dataclass(frozen=True)
class QuarterBefore:
    """What the next quarter is compared with: its filings, and the CUSIPs and tickers held in it.

    Where its positions had the fingerprint `digest_before`, these securities (columns security, cusip) have changed
    since; `changed` is None if that is not known.
    """

    quarter: Quarter
    filings: pl.DataFrame
    cusips: pl.Series
    tickers: pl.Series
    positions_digest: str
    digest_before: str | None
    changed: pl.DataFrame | None


@dataclass(eq=False)
class CountInputs:
    """What the counts of one quarter are made from; `previous` is None if the quarter before is not loaded.

    `stored` is the row of COUNTED_FROM of the counts that are in force; None if there are none. `changed` are the
    securities whose positions have changed since (see `QuarterBefore`).
    """

    store: Store
    common: CommonInputs
    quarter: Quarter
    previous: CountInputs | None = None
    stored: Mapping[str, str] | None = None
    changed: pl.DataFrame | None = None

    def close(self, changed: pl.DataFrame | None) -> None:
        """The quarter is counted: what the next one needs of it stays, the rest of the memory is given back."""
        self.previous, self.changed = None, changed
        for name in ("before", "holdings", "_holdings_before", "parts"):
            self.__dict__.pop(name, None)

    @cached_property
    def before(self) -> QuarterBefore | None:
        """What the quarter is compared with."""
        return None if self.previous is None else self.previous.as_before()

    @cached_property
    def state(self) -> str:
        """Another text whenever one of the fingerprints may be another; it takes a fraction of their time."""
        is_here = pl.col("date").is_between(self.quarter.start, self.quarter.end)
        splits = digest(self.common.splits.filter(is_here).select("ticker", "date", "ratio"))
        before = None if self.previous is None else self.previous.filed
        return f"{self.filed} {before} {splits} {self.store.price_state(self.quarter)}"

    @cached_property
    def filed(self) -> str:
        """A digest of who filed what, and of what is common to all quarters."""
        funds = self.common.funds.join(self.filings, on="cik", how="semi", maintain_order="left")
        matches = self.matches.select(_MATCH_COLUMNS)
        return digest(self.filings, funds.select(_FUND_COLUMNS), matches, seed=self.common.digest)

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
    def restated(self) -> pl.Series | None:
        """CIKs of the funds whose filings, or what was matched in them, are others than those behind the holdings in
        force; None if that is not known."""
        if self.stored is None:
            return None
        reports = counted_parts.kept_reports(self.store, self.quarter.end, self.stored["holdings"])
        return None if reports.is_empty() else counted_parts.changed(reports, self.reports)["cik"].unique()

    @cached_property
    def holdings(self) -> HoldingsFrame:
        """What the funds effectively hold: as it was stored, or worked out from the lines, of whom it has changed."""
        stored = self.store.holdings(self.quarter, self._holdings_digest)
        if stored is not None:
            return stored
        if self.restated is None or self._holdings_before is None:
            return self._effective(self.filings)
        is_restated = pl.col("cik").is_in(self.restated.implode())
        made = self._effective(self.filings.filter(is_restated))
        goes = self._holdings_before["cik"].is_in(self.restated.implode())
        return merge_rows(self._holdings_before, goes, made, "cik", HOLDINGS.key)

    @cached_property
    def issuers(self) -> pl.DataFrame:
        """Columns cusip, name_of_issuer: what is held, and as most name it; kept, so that holdings need not be read."""
        return self._kept_issuers(self._holdings_digest, self._name_issuers)

    @cached_property
    def tickers(self) -> pl.DataFrame:
        """Columns cusip, ticker: those of what is held."""
        return ticker_map.tickers_among(self.issuers, self.common.newest_pairs, self.common.owners)

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
    def reports(self) -> pl.DataFrame:
        """The filings that count and what was matched in them, as `counted_parts` notes them."""
        return counted_parts.reports(self._counted_filings, self.matches.select("cik", *_MATCH_COLUMNS))

    @cached_property
    def parts(self) -> pl.DataFrame:
        """All else, as `counted_parts` notes it."""
        reporting, ratios = self.reporting, self.split_ratios
        known = f"{reporting.expected > 0} {reporting.compared.len() > 0}"
        before = [] if self.before is None else [self.before.positions_digest]
        return pl.concat(
            [
                counted_parts.part(Part.FUND, self._funds["cik"], self._funds),
                counted_parts.part(Part.TICKER, self.tickers["cusip"], self.tickers),
                counted_parts.part(Part.KIND, self.kinds["cusip"], self.kinds),
                *([] if ratios is None else [counted_parts.part(Part.SPLIT, ratios["ticker"], ratios)]),
                counted_parts.part(Part.COMPARED, reporting.compared),
                counted_parts.part(Part.AWAITED, reporting.awaited),
                counted_parts.part(Part.BEFORE, pl.Series(before, dtype=pl.String)),
                counted_parts.part(Part.KNOWN, pl.Series([known])),
            ]
        )

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
            self.quarter,
            self.filings,
            self.issuers["cusip"],
            self.tickers["ticker"],
            self._positions_digest,
            None if self.stored is None else self.stored["positions"],
            self.changed,
        )

    @cached_property
    def _counted_filings(self) -> pl.DataFrame:
        return self.filings.filter(pl.col("role").is_in(COUNTED_ROLES))

    @cached_property
    def _funds(self) -> pl.DataFrame:
        """Columns cik, manager_name, family: of the funds that filed."""
        filers = self.filings.select(pl.col("cik").unique())
        funds = self.common.funds.join(filers, on="cik", how="semi", maintain_order="left")
        return funds.select("cik", "manager_name", "family")

    @cached_property
    def _holdings_before(self) -> HoldingsFrame | None:
        """Those behind the counts in force; None if they are not there."""
        return None if self.stored is None else self.store.holdings(self.quarter, self.stored["holdings"])

    def _effective(self, filings: pl.DataFrame) -> HoldingsFrame:
        lines = self.store.lines(self.quarter.end, holdings.COLUMNS, filings["accession_number"])
        matches = self.matches.join(filings, on="accession_number", how="semi", maintain_order="left")
        return holdings.effective(filings, lines, matches)

    def _name_issuers(self) -> pl.DataFrame:
        """The issuers of all that is held: as they were kept, of what nobody holds otherwise than before."""
        before = self._holdings_before
        if self.stored is None or self.restated is None or before is None:
            return ticker_map.issuers(self.holdings)
        kept = self._kept_issuers(self.stored["holdings"], lambda: pl.DataFrame(schema=_ISSUERS))
        if kept.is_empty():
            return ticker_map.issuers(self.holdings)
        is_restated = pl.col("cik").is_in(self.restated.implode())
        cusips = [frame.filter(is_restated)["cusip"] for frame in (before, self.holdings)]
        is_touched = pl.col("cusip").is_in(pl.concat(cusips).unique().implode())
        return pl.concat([kept.filter(~is_touched), ticker_map.issuers(self.holdings.filter(is_touched))])

    def _kept_issuers(self, holdings_digest: str, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        return kept_frame(self.store, f"issuers-{self.quarter.end}", holdings_digest, _ISSUERS, make)

    @cached_property
    def _holdings_digest(self) -> str:
        return digest(self._counted_filings, self.matches.select(_MATCH_COLUMNS), seed=SEED)

    @cached_property
    def _positions_digest(self) -> str:
        return digest(self._funds, self.tickers, seed=self._holdings_digest)

    @cached_property
    def _counts_digest(self) -> str:
        seed = f"{self._positions_digest} {self.reporting.expected > 0}"
        if self.before is None or self.split_ratios is None:
            return digest(self.kinds, seed=seed)
        compared = [self.reporting.compared.to_frame("family"), self.reporting.awaited.to_frame("cik")]
        seed = f"{seed} {self.before.positions_digest}"
        return digest(self.kinds, self.split_ratios, *compared, seed=seed)
