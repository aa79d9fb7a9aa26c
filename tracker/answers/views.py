"""A quarter as it is known now, or as it was known on a day; and which security a person means."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import date

import polars as pl

from .. import holders, holdings, securities, symbols
from ..errors import NotFoundError
from ..quarters import Quarter
from ..store import Store
from ..tables import COUNTED_ROLES, FILINGS, JUDGED_FILINGS, MANAGERS, SECURITIES

CAVEATS = (
    "Counts are lower bounds: positions under 10,000 shares and under $200,000 may be left out of Form 13F, "
    "and confidential treatment leaves out more.",
    "Form 13F shows long positions at the quarter's end, up to 45 days later; options are counted apart.",
)
BY_FILER = "Filing managers are counted, not families: several filers of one house count each."
NOW_KNOWN = "Who counts as a hedge fund, and which ticker a CUSIP has, are as decided now."


@dataclass(frozen=True)
class View:
    """One quarter: its JUDGED_FILINGS and HOLDER_COUNTS, from what had been filed by `known_on`.

    `positions` are POSITIONS where they were worked out for that day; None where they are those in the store.
    """

    quarter: Quarter
    known_on: date
    filings: pl.DataFrame
    positions: pl.DataFrame | None
    counts: pl.DataFrame
    funds: int  # hedge funds with a report that counts


def view(store: Store, quarter: Quarter | None, known_on: date | None = None, *, by_filer: bool = False) -> View:
    """The quarter (default: the newest loaded) with only what had been filed on or before `known_on` (default: all).

    With `by_filer` every filing manager is a house of its own: `holders` and its changes count filers. Raises
    NotFoundError where the quarter is not loaded, or nothing of it had been filed by then.
    """
    quarter = store.require_quarter(quarter)
    filings = store.read(JUDGED_FILINGS, period_of_report=quarter.end)
    managers = store.read(MANAGERS)
    if by_filer:
        managers = managers.with_columns(pl.format("{} (CIK {})", "manager_name", "cik").alias("family"))
    newest = filings["filing_date"].max()
    is_whole = known_on is None or newest is None or known_on >= _newest_counted(store, quarter)
    if is_whole:
        known_on = known_on or newest or quarter.end  # type: ignore[assignment]
    assert isinstance(known_on, date)
    if is_whole and not by_filer:
        positions, counts = None, store.holder_counts(quarter)
    else:
        filings, positions = _as_known(store, quarter, known_on, managers)
        if filings.is_empty():
            raise NotFoundError(f"nothing for {quarter} had been filed by {known_on}; choose a later day")
        earlier = quarter.previous in store.quarters()
        # what was filed for the quarter before since then is known now
        before_on = date.max if is_whole else known_on
        before = _as_known(store, quarter.previous, before_on, managers) if earlier else None
        reported = None if before is None else _families(managers, filings, before[0])
        counts = holders.count(positions, before and before[1], reported, store.split_ratios(quarter))
        counts = securities.with_kinds(counts, store.read(SECURITIES))
    live = filings.filter(pl.col("role").is_in(COUNTED_ROLES))
    funds = managers.filter("is_hedge_fund").join(live, on="cik", how="semi").height
    return View(quarter, known_on, filings, positions, counts, funds)


def _newest_counted(store: Store, quarter: Quarter) -> date:
    """The newest filing that the counts of `quarter` rest on: changes come from the quarter before."""
    both = store.read(JUDGED_FILINGS, period_of_report=[quarter.end, quarter.previous.end])
    newest = both["filing_date"].max()
    assert isinstance(newest, date)
    return newest


def _as_known(
    store: Store, quarter: Quarter, known_on: date, managers: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """JUDGED_FILINGS and POSITIONS of a quarter, decided anew from what had been filed by `known_on`."""
    filings = store.read(JUDGED_FILINGS, period_of_report=quarter.end).filter(pl.col("filing_date") <= known_on)
    lines = store.lines(quarter.end, holdings.COLUMNS, filings["accession_number"])
    judged, _ = holdings.judge(FILINGS.fit(filings), lines)
    funds = judged.join(managers.filter("is_hedge_fund"), on="cik", how="semi")
    held = holdings.effective(funds, lines)
    return judged, holders.positions(held, managers, securities.tickers(held, store.read(SECURITIES)))


def _families(managers: pl.DataFrame, *quarters: pl.DataFrame) -> pl.Series:
    """Families of which a report counts in each of the quarters' filings."""
    families = managers.filter("is_hedge_fund").select("cik", "family")
    for filings in quarters:
        reports = filings.filter(pl.col("role").is_in(COUNTED_ROLES)).join(managers, on="cik", validate="m:1")
        families = families.join(reports, on="family", how="semi")
    return families["family"].unique()


@dataclass(frozen=True)
class Security:
    """What a person asked for: the ticker if it has one, the name, and every CUSIP that is known for it."""

    ticker: str | None
    name: str | None
    cusips: list[str]
    notes: tuple[str, ...] = ()  # on former tickers, in sentences

    @property
    def label(self) -> str:
        """For a heading."""
        return f"{self.name or '(no name)'} ({self.ticker or 'no ticker known'}, CUSIP {', '.join(self.cusips)})"

    def of(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Its rows of a frame with columns ticker and cusip."""
        if self.ticker is None:
            return frame.filter(pl.col("cusip").is_in(self.cusips))
        return frame.filter(pl.col("ticker") == self.ticker)

    def positions(self, store: Store, seen: View) -> pl.DataFrame:
        """Its POSITIONS in a quarter; of the stored ones only these are read."""
        if seen.positions is not None:
            return self.of(seen.positions)
        which = {"cusip": self.cusips} if self.ticker is None else {"ticker": self.ticker}
        return store.positions(seen.quarter, **which)


def resolve(store: Store, query: str, counts: pl.DataFrame) -> Security:
    """The security that `query` (ticker, CUSIP or part of the name) names.

    `counts` is HOLDER_COUNTS of the quarters that are asked about. Raises NotFoundError, with the nearest names, where
    nothing or more than one answers.
    """
    known = _known(store, counts)
    wanted = query.strip().upper()
    found = known.filter(pl.col("cusip") == wanted)
    if found.is_empty():
        found = known.filter(pl.col("ticker") == symbols.normalise_text(wanted))
    notes: list[str] = []
    if found.is_empty():
        found, notes = _formerly(store, known, symbols.normalise_text(wanted))
    if found.is_empty() and wanted:
        said = pl.col("name").str.to_uppercase().str.contains(wanted, literal=True)
        also = pl.col("name_of_issuer").str.to_uppercase().str.contains(wanted, literal=True)
        found = known.filter(said | also)
        # one company has several CUSIPs; it is the same security where they share the ticker
        count = found.select(pl.coalesce("ticker", "cusip")).n_unique()
        if count > 1:
            first = found.sort(pl.col("name").str.len_chars(), "cusip").unique(
                "ticker", keep="first", maintain_order=True
            )
            raise NotFoundError(
                f"{query!r} is ambiguous: {count} securities have it in their name", _labels(first.head(8))
            )
    if found.is_empty():
        raise NotFoundError(
            f"{query!r} is no ticker, CUSIP or part of a name that is known here", _nearest(wanted, known)
        )
    ticker = next(iter(found["ticker"].drop_nulls().to_list()), None)
    mine = known.filter(pl.col("ticker") == ticker) if ticker else found
    mine = mine.sort(pl.col("name_of_issuer").is_null(), "cusip")
    notes += _others(store, ticker, mine["cusip"], counts)
    name = next(iter(mine["name"].drop_nulls().to_list()), None)
    return Security(ticker, name, mine["cusip"].to_list(), tuple(notes))


def _formerly(store: Store, known: pl.DataFrame, asked: str) -> tuple[pl.DataFrame, list[str]]:
    """The rows of `known` whose CUSIP had the ticker `asked` before, and a sentence; no rows where none had."""
    seen = store.read(SECURITIES, ticker=asked).select("cusip", "last_seen")
    found = known.join(seen, on="cusip", validate="1:1").filter(pl.col("ticker").is_not_null())
    if found.is_empty():
        return found.select(known.columns), []
    if found["ticker"].n_unique() > 1:
        raise NotFoundError(f"{asked!r} is a former ticker of several securities", _labels(found.unique("ticker")))
    ticker, last = found["ticker"][0], found["last_seen"].max()
    return found.select(known.columns), [f"{asked} is now {ticker}: last seen as {asked} on {last}."]


def _others(store: Store, ticker: str | None, mine: pl.Series, counts: pl.DataFrame) -> list[str]:
    """A sentence on each security in `counts` that had the ticker at another time and is another company's."""
    if ticker is None:
        return []
    held = counts.select(pl.col("cusips").str.split(" ").alias("cusip"), "name_of_issuer").explode("cusip")
    others = store.read(SECURITIES, ticker=ticker).filter(~pl.col("cusip").is_in(mine.implode()))
    others = others.join(held.unique("cusip"), on="cusip", validate="1:1")
    rows = others.select("cusip", "name_of_issuer", "first_seen", "last_seen").rows()
    return [f"Not counted here: {name}, CUSIP {one}, was {ticker} from {a} to {b}." for one, name, a, b in rows]


def _known(store: Store, counts: pl.DataFrame) -> pl.DataFrame:
    """Every CUSIP that is known: cusip, ticker, name, name_of_issuer."""
    stored = store.read(SECURITIES)
    held = (
        counts.select(pl.col("cusips").str.split(" ").alias("cusip"), "name_of_issuer")
        .explode("cusip")
        .unique("cusip", keep="last", maintain_order=True)
    )
    names = securities.newest(stored).select("cusip", "name", pl.col("ticker").alias("once"))
    known = held.join(names, on="cusip", how="full", coalesce=True, validate="1:1")
    tickers = securities.tickers(known, stored)
    return known.join(tickers, on="cusip", how="left", validate="1:1").with_columns(
        # the name belongs to the ticker: not to the CUSIP of another company that had it before
        pl.when(pl.col("ticker").is_not_null() | pl.col("once").is_null())
        .then(pl.coalesce("name", "name_of_issuer"))
        .otherwise("name_of_issuer")
        .alias("name")
    )


def _nearest(wanted: str, known: pl.DataFrame) -> list[str]:
    """Up to 8 securities whose ticker, name or name's beginning is most like `wanted`, the likest first."""
    labels: dict[str, list[str]] = {}
    for row, label in zip(known.sort("cusip").iter_rows(named=True), _labels(known.sort("cusip")), strict=True):
        words = (row["name"] or "").upper().split()
        for alias in {row["ticker"] or "", *(" ".join(words[:count]) for count in (1, 2, len(words)))} - {""}:
            labels.setdefault(alias, []).append(label)
    near = difflib.get_close_matches(wanted, labels, 8, 0.6)
    return list(dict.fromkeys(label for alias in near for label in labels[alias]))[:8]


def _labels(rows: pl.DataFrame) -> list[str]:
    return [f"{row['ticker'] or row['cusip']} ({row['name']})" for row in rows.to_dicts()]
