"""Every frame that passes between rooms: its name, key, and one line per column.

Conventions, stated once:
- Names are the SEC's, in snake_case; a quantity carries its unit (`value_usd`, `return_pct`).
- `cik` is a whole number; `accession_number` is text with its dashes; `cusip` is text of 9 characters.
- `put_call` is `PUT`, `CALL` or empty text: a holding of shares or principal is no option.
- Missing is null, never zero and never empty text (but for `put_call`, which is part of keys).
- Dates are dates; times are SEC's Eastern wall-clock time, without a zone.

The SQLite tables are made from these declarations (see `store`), so there is no second schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

TEXT, INT, REAL, FLAG, DATE, TIME = pl.String(), pl.Int64(), pl.Float64(), pl.Boolean(), pl.Date(), pl.Datetime("us")


@dataclass(frozen=True)
class Table:
    """A declared frame: `columns` maps each name to (polars type, what it says)."""

    name: str
    about: str
    key: tuple[str, ...]
    columns: Mapping[str, tuple[pl.DataType, str]]

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Column names and polars types, in order."""
        return {name: dtype for name, (dtype, _) in self.columns.items()}

    def frame(self, rows: Iterable[Mapping[str, object]] | Mapping[str, list[Any]] | None = None) -> pl.DataFrame:
        """A frame of this shape from row mappings or column lists; columns not given are null."""
        data = rows if isinstance(rows, Mapping) else list(rows or [])
        made = pl.DataFrame(data, schema_overrides=self.schema, strict=True) if data else pl.DataFrame()
        return self.fit(made)

    def fit(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` with exactly these columns in order: absent ones null, others dropped, types cast."""
        if not frame.width:
            return pl.DataFrame(schema=self.schema)
        absent = [pl.lit(None).alias(name) for name in self.columns if name not in frame.columns]
        return frame.with_columns(absent).select(
            # a cast copies, even to the type that is there already: 0.5 GB for a quarter's lines
            pl.col(name) if frame.schema.get(name) == dtype else pl.col(name).cast(dtype)
            for name, dtype in self.schema.items()
        )

    def check(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return `frame` if it has this shape and a unique key; ValueError says what is off."""
        if dict(frame.schema) != self.schema:
            raise ValueError(f"{self.name}: columns are {dict(frame.schema)}, declared {self.schema}")
        if self.key and frame.select(self.key).is_duplicated().any():
            raise ValueError(f"{self.name}: the key {self.key} is not unique")
        return frame


_FILING_COLUMNS: dict[str, tuple[pl.DataType, str]] = {
    "accession_number": (TEXT, "EDGAR's number of the submission, as 0001037389-25-000064"),
    "cik": (INT, "the filing manager's Central Index Key"),
    "manager_name": (TEXT, "cover page: name of the filing manager"),
    "form_type": (TEXT, "13F-HR, 13F-HR/A, 13F-NT or 13F-NT/A"),
    "period_of_report": (DATE, "the quarter's last day that the report is for"),
    "filing_date": (DATE, "the day EDGAR counts it as filed"),
    "accepted_at": (TIME, "when EDGAR accepted it (Eastern time); SEC's data sets do not tell"),
    "amendment_number": (INT, "cover page: number of the amendment"),
    "amendment_type": (TEXT, "cover page: RESTATEMENT or NEW HOLDINGS, as filed"),
    "report_type": (TEXT, "cover page: 13F HOLDINGS REPORT, 13F NOTICE or 13F COMBINATION REPORT"),
    "form13f_file_number": (TEXT, "cover page: the manager's 028- number"),
    "crd_number": (TEXT, "cover page: the adviser's CRD number, leading zeros removed"),
    "sec_file_number": (TEXT, "cover page: the adviser's 801- or 802- number"),
    "other_included_managers_count": (INT, "summary page: how many other managers the report includes"),
    "table_entry_total": (INT, "summary page: number of table lines, as declared"),
    "table_value_total": (INT, "summary page: sum of the value column, as declared, in the filing's own units"),
    "is_confidential_omitted": (FLAG, "summary page: holdings were left out under confidential treatment"),
    "line_count": (INT, "table lines that were read"),
    "value_total": (REAL, "sum of the value column as read, in the filing's own units"),
    "source": (TEXT, "`filing` (the submission itself) or the data set's file name"),
}

FILINGS = Table(
    "parsed_filings",
    "One row a submission, as filed: nothing is corrected here.",
    ("accession_number",),
    _FILING_COLUMNS,
)

LINES = Table(
    "lines",
    "One row a line of an information table, as filed (Form 13F, columns 1 to 8).",
    ("accession_number", "line_number"),
    {
        "accession_number": (TEXT, "the submission it stands in"),
        "line_number": (INT, "its place in the table, from 1"),
        "name_of_issuer": (TEXT, "column 1"),
        "title_of_class": (TEXT, "column 2"),
        "cusip": (TEXT, "column 3, as filed"),
        "figi": (TEXT, "column 3, the optional FIGI"),
        "value": (REAL, "column 4, in the filing's own units: dollars since 2023-01-03, thousands before"),
        "shares": (REAL, "column 5, sshPrnamt: shares, or principal amount in dollars where share_type is PRN"),
        "share_type": (TEXT, "column 5, sshPrnamtType: SH or PRN"),
        "put_call": (TEXT, "PUT, CALL or empty text"),
        "investment_discretion": (TEXT, "column 6: SOLE, DFND or OTR"),
        "other_manager": (TEXT, "column 7: numbers from the list of other included managers"),
        "voting_sole": (REAL, "column 8: shares with sole voting authority"),
        "voting_shared": (REAL, "column 8: shared"),
        "voting_none": (REAL, "column 8: none"),
    },
)

REJECTS = Table(
    "rejects",
    "What was not taken, or was taken with a doubt: one row for each reason.",
    ("accession_number", "step", "reason"),
    {
        "accession_number": (TEXT, "the submission"),
        "cik": (INT, "its filer, where known"),
        "period_of_report": (DATE, "its period, where known"),
        "step": (TEXT, "download, parse or normalise"),
        "severity": (TEXT, "`rejected`: nothing of it is counted; `flagged`: counted, with a doubt"),
        "reason": (TEXT, "what is wrong, in words"),
    },
)


@dataclass(frozen=True)
class Submissions:
    """Parsed submissions: FILINGS and LINES as filed, and REJECTS."""

    filings: pl.DataFrame
    lines: pl.DataFrame
    rejects: pl.DataFrame

    @classmethod
    def concat(cls, parts: Iterable[Submissions]) -> Submissions:
        """All parts below each other; an empty input gives empty frames."""
        parts = list(parts)
        return cls(
            pl.concat([FILINGS.frame(), *(part.filings for part in parts)]),
            pl.concat([LINES.frame(), *(part.lines for part in parts)]),
            pl.concat([REJECTS.frame(), *(part.rejects for part in parts)]),
        )


JUDGED_FILINGS = Table(
    "filings",
    "One row a submission: what was filed, and what was decided about it.",
    ("accession_number",),
    {
        **_FILING_COLUMNS,
        "unit": (TEXT, "what the value column counts: `dollars` or `thousands`"),
        "unit_basis": (TEXT, "why: the rule of the filing date, or the filing's own prices, in words"),
        "unit_ratio": (REAL, "median of its prices against the period's, as the rule would read them"),
        "unit_lines": (INT, "number of lines that were compared"),
        "is_share_value": (
            FLAG,
            "its share column repeats the value on every line: how many shares it holds is not known",
        ),
        "role": (TEXT, "base, restatement, new holdings, replaced, notice, or unknown amendment"),
        "replaced_by": (TEXT, "the accession number that replaces it"),
    },
)


def dollars_per_unit(unit: pl.Expr) -> pl.Expr:
    """What a value in JUDGED_FILINGS' `unit` is multiplied by to be in dollars."""
    return pl.when(unit == "thousands").then(1000.0).otherwise(1.0)


# The roles whose lines make up a manager's report for a period.
COUNTED_ROLES = ("base", "restatement", "new holdings")

HOLDINGS = Table(
    "holdings",
    "Effective holdings: after amendments, in dollars, lines of one security added up.",
    ("period_of_report", "cik", "cusip", "share_type", "put_call"),
    {
        "period_of_report": (DATE, "the quarter's last day"),
        "cik": (INT, "the filing manager"),
        "cusip": (TEXT, "upper case, 9 characters"),
        "share_type": (TEXT, "SH or PRN"),
        "put_call": (TEXT, "PUT, CALL or empty text"),
        "shares": (REAL, "shares, or principal in dollars where share_type is PRN; null where not known"),
        "value_usd": (REAL, "market value in dollars"),
        "line_count": (INT, "table lines that were added up"),
        "accession_number": (TEXT, "the newest filing that contributes"),
        "filing_count": (INT, "how many filings contribute (more than 1: NEW HOLDINGS amendments)"),
        "name_of_issuer": (TEXT, "as the filing names it"),
        "title_of_class": (TEXT, "as the filing names it"),
    },
)

POSITIONS = Table(
    "positions",
    "Effective holdings of the hedge funds, one row a security: what `holders` lists.",
    ("period_of_report", "cusip", "cik", "put_call", "share_type"),
    {
        **HOLDINGS.columns,
        "ticker": (TEXT, "the ticker that the CUSIP is known by; null where it is not known"),
        "manager_name": (TEXT, "the filing manager"),
        "family": (TEXT, "the house that the manager belongs to; a house counts once"),
        "portfolio_pct": (REAL, "share of the manager's reported value without options, in percent; null for options"),
    },
)

MANAGERS = Table(
    "managers",
    "Filing managers, whether each is a hedge fund, and why.",
    ("cik",),
    {
        "cik": (INT, "the filing manager"),
        "manager_name": (TEXT, "newest cover page"),
        "family": (TEXT, "the house it belongs to; its own name where none is known"),
        "is_hedge_fund": (FLAG, "whether it is counted"),
        "basis": (TEXT, "why, in words"),
        "crd_number": (TEXT, "the adviser's CRD number"),
        "sec_file_number": (TEXT, "the adviser's SEC file number"),
        "period_of_report": (DATE, "newest period it reported"),
        "value_usd": (REAL, "value of its report for that period, in dollars, as its lines add up"),
        "line_count": (INT, "table lines of that report"),
    },
)

ADVISERS = Table(
    "advisers",
    "SEC's roster of investment advisers (Form ADV), one row a firm.",
    ("crd_number",),
    {
        "crd_number": (TEXT, "Organization CRD#, without leading zeros"),
        "sec_file_number": (TEXT, "SEC#, as 801-53609"),
        "ciks": (pl.List(pl.Int64()), "CIK#: none, one or several"),
        "name": (TEXT, "Primary Business Name"),
        "legal_name": (TEXT, "Legal Name"),
        "regulatory_assets_usd": (REAL, "5F(2)(c): regulatory assets under management"),
        "pooled_assets_usd": (REAL, "5D(f)(3): of these, assets of pooled vehicles that are no investment companies"),
        "has_private_funds": (FLAG, "7B: advises private funds"),
        "has_hedge_funds": (FLAG, "Any Hedge Funds"),
        "hedge_fund_count": (INT, "Total number of Hedge funds"),
        "has_private_equity_funds": (FLAG, "Any PE Funds"),
        "private_fund_assets_usd": (REAL, "Total Gross Assets of Private Funds; null where the month's file lacks it"),
    },
)

FUND_LIST = Table(
    "fund_list",
    "A list that says of managers whether they are hedge funds: the hand-kept one or a user's.",
    ("cik",),
    {
        "cik": (INT, "the filing manager"),
        "name": (TEXT, "its name, for people"),
        "family": (TEXT, "the house, where it is not the manager itself"),
        "is_hedge_fund": (FLAG, "the list's word; null in a user's choices that speak of the family only"),
        "source": (TEXT, "where that is known from"),
        "checked_on": (DATE, "when a person last checked it"),
    },
)

TICKERS = Table(
    "tickers",
    "SEC's list of listed companies: today's tickers only.",
    ("ticker",),
    {
        "ticker": (TEXT, "as SEC writes it, classes as BRK-B"),
        "cik": (INT, "the company's CIK"),
        "name": (TEXT, "the company's conformed name"),
        "exchange": (TEXT, "Nasdaq, NYSE, CBOE, OTC; null where SEC names none"),
    },
)

CUSIP_SYMBOLS = Table(
    "cusip_symbols",
    "CUSIP and symbol as seen together in fails-to-deliver files.",
    ("cusip", "symbol"),
    {
        "cusip": (TEXT, "9 characters"),
        "symbol": (TEXT, "as the file writes it: classes without punctuation (BRKB)"),
        "description": (TEXT, "the newest description that was given"),
        "first_seen": (DATE, "oldest settlement date of the pair in the files read"),
        "last_seen": (DATE, "newest settlement date of the pair in the files read"),
    },
)

CUSIP_FIGIS = Table(
    "cusip_figis",
    "What OpenFIGI answered of a CUSIP.",
    ("cusip",),
    {
        "cusip": (TEXT, "9 characters"),
        "ticker": (TEXT, "its ticker in America, as listed; null where OpenFIGI knows none"),
        "name": (TEXT, "the security's name"),
        "security_type": (TEXT, "OpenFIGI's securityType, or the market sector of what is no equity"),
        "asked_on": (DATE, "the day of the answer"),
    },
)

CUSIP_FIGIS = Table(
    "cusip_figis",
    "What OpenFIGI answered about a CUSIP.",
    ("cusip",),
    {
        "cusip": (TEXT, "9 characters"),
        "ticker": (TEXT, "on the American composite, classes as BRK.B; null where it knows none"),
        "name": (TEXT, "the security, as OpenFIGI names it"),
        "security_type": (TEXT, "OpenFIGI's type (Common Stock, ADR, ETP, ...), or the market sector (Corp, Pfd)"),
        "asked_on": (DATE, "the day (UTC) on which it answered"),
    },
)

SECURITIES = Table(
    "securities",
    "Which ticker a CUSIP had, and when that was seen.",
    ("cusip", "ticker"),
    {
        "cusip": (TEXT, "9 characters"),
        "ticker": (TEXT, "as listed, classes as BRK.B"),
        "name": (TEXT, "the company, as SEC's ticker list or the fails-to-deliver file names it"),
        "kind": (TEXT, "kind of security, as its name and type tell; null where they do not"),
        "first_seen": (DATE, "oldest day on which the pair was seen"),
        "last_seen": (DATE, "newest day on which the pair was seen"),
        "is_listed": (FLAG, "whether SEC's ticker list or the prices loaded have the ticker"),
        "source": (TEXT, "who says so: `fails-to-deliver` or `openfigi`"),
    },
)

HOLDER_COUNTS = Table(
    "holder_counts",
    "Holders of each security among the hedge funds; a family counts once. Lower bounds (Form 13F, instruction 10).",
    ("period_of_report", "cusip"),
    {
        "period_of_report": (DATE, "the quarter's last day"),
        "cusip": (TEXT, "the security; where its ticker had several CUSIPs, the one that most is held of"),
        "ticker": (TEXT, "its ticker; null where not known: then it is known by this CUSIP alone"),
        "cusips": (TEXT, "all CUSIPs that are counted as this security, with spaces between"),
        "name_of_issuer": (TEXT, "as most filings name it"),
        "title_of_class": (TEXT, "as most filings name it"),
        "kind": (TEXT, "common, adr, preferred, warrant, unit, right, fund, bond, option or unknown (see `kinds`)"),
        "holders": (INT, "families with shares above zero; options and principal amounts left out"),
        "filers": (INT, "filing managers with shares above zero"),
        "holders_previous": (INT, "holders a quarter before; null where that quarter is not loaded"),
        "new": (INT, "families that hold now and did not a quarter before, though they reported; null as above"),
        "closed": (INT, "families that held a quarter before and do not now, though they report; null as above"),
        "increased": (INT, "families that hold more shares than a quarter before, adjusted for splits; null as above"),
        "reduced": (INT, "families that hold fewer shares than a quarter before, adjusted for splits; null as above"),
        "split_ratio": (REAL, "splits since the quarter before that were taken into account; null: no prices to tell"),
        "shares": (REAL, "shares that they hold together"),
        "value_usd": (REAL, "value of those shares in dollars at the quarter's end"),
        "largest_holder": (TEXT, "the family with the most shares"),
        "largest_holder_shares": (REAL, "its shares"),
        "call_holders": (INT, "families with calls on it"),
        "put_holders": (INT, "families with puts on it"),
    },
)

PRICES = Table(
    "prices",
    "Daily closes, unadjusted unless `is_adjusted`, one row a ticker, day and source.",
    ("ticker", "date", "source"),
    {
        "date": (DATE, "trading day"),
        "ticker": (TEXT, "upper case, classes as BRK.B, preferred series as ABC^A"),
        "close": (REAL, "closing price in dollars"),
        "market_cap_usd": (REAL, "market capitalization in dollars; null where the source gives none or zero"),
        "volume": (REAL, "shares traded that day"),
        "pct_change": (REAL, "the day's change in percent as the exchange reports it, mostly right across a split"),
        "exchange": (TEXT, "NASDAQ, NYSE or AMEX"),
        "name": (TEXT, "the security's name"),
        "sector": (TEXT, "the source's sector"),
        "industry": (TEXT, "the source's industry"),
        "country": (TEXT, "the source's country"),
        "is_adjusted": (FLAG, "whether closes are already adjusted for splits"),
        "source": (TEXT, "`nasdaq` or `file:` and the imported file's name"),
    },
)

SPLITS = Table(
    "splits",
    "Splits and reverse splits, found or reported, and jumps that may be some.",
    ("ticker", "date", "source"),
    {
        "ticker": (TEXT, "as in prices"),
        "date": (DATE, "first trading day at the new price"),
        "ratio": (REAL, "new shares for one old share: 2.0 is 2-for-1, 0.1 a 1-for-10 reverse split; null: unclear"),
        "source": (TEXT, "`detected` from prices, or who reported it: `yahoo`, or `file:` and a file's name"),
        "status": (TEXT, "`used`, `unclear` (no ratio), or `replaced` by what a better source says within a week"),
        "evidence": (TEXT, "the figures that show it"),
    },
)

DIVIDENDS = Table(
    "dividends",
    "Cash dividends, as a source reports them.",
    ("ticker", "date", "source"),
    {
        "ticker": (TEXT, "as in prices"),
        "date": (DATE, "ex-date: first trading day without it"),
        "amount_usd": (REAL, "dollars for one share of that day"),
        "source": (TEXT, "who reports it"),
    },
)

SHARES_OUTSTANDING = Table(
    "shares_outstanding",
    "Shares outstanding as companies tell on the cover of their reports.",
    ("cik", "as_of", "accession_number"),
    {
        "cik": (INT, "the company"),
        "as_of": (DATE, "the day that the number is of"),
        "accession_number": (TEXT, "the report that tells it"),
        "shares": (REAL, "shares of all its common classes that the report tells, added up"),
        "filed": (DATE, "when the report was filed; null where only a frame tells it"),
        "classes": (INT, "how many classes were added up"),
    },
)

RETURNS = Table(
    "returns",
    "Price change of each ticker between two dates, adjusted for splits.",
    ("ticker",),
    {
        "ticker": (TEXT, "as in prices"),
        "base_date": (DATE, "the close that is compared: on or up to 7 days before the date asked for"),
        "base_close": (REAL, "that close in dollars, as traded"),
        "base_source": (TEXT, "the source that won for that day"),
        "end_date": (DATE, "likewise"),
        "end_close": (REAL, "likewise"),
        "end_source": (TEXT, "likewise"),
        "split_ratio": (REAL, "product of the splits between the two dates; 1 where there was none"),
        "dividend_factor": (REAL, "shares that reinvested dividends make of one; 1 where returns are without them"),
        "return_pct": (
            REAL,
            "(end_close * split_ratio * dividend_factor / base_close - 1) * 100; null where held back",
        ),
        "held_back": (TEXT, "why no return is given; null where one is"),
        "held_back_kind": (TEXT, "newly listed, no longer quoted, unclear, mixed or no dividends; null as above"),
    },
)

RANKED = Table(
    "ranked",
    "The list: one row a stock.",
    ("rank",),
    {
        "rank": (INT, "1 is first"),
        "ticker": (TEXT, "as in prices"),
        "name": (TEXT, "company name"),
        "exchange": (TEXT, "NASDAQ, NYSE or AMEX"),
        "cusip": (TEXT, "the security, or the largest by value where a ticker had several"),
        "market_cap_usd": (REAL, "on the cap date"),
        "market_cap_date": (DATE, "the day that figure is from"),
        "market_cap_source": (TEXT, "the source of that day's close; its cap too, unless it gives none"),
        "return_pct": (REAL, "price change between the two dates, in percent, adjusted for splits"),
        "base_date": (DATE, "day of the first close"),
        "base_close": (REAL, "first close, as traded"),
        "base_source": (TEXT, "the source that won for that day"),
        "end_date": (DATE, "day of the last close"),
        "end_close": (REAL, "last close, as traded"),
        "end_source": (TEXT, "likewise"),
        "split_ratio": (REAL, "product of the splits between the two dates"),
        "dividend_factor": (REAL, "shares that reinvested dividends make of one; 1 where returns are without them"),
        "holders": (INT, "hedge-fund families that hold shares"),
        "holders_previous": (INT, "a quarter before; null where not loaded"),
        "change": (INT, "holders less holders_previous; null as above"),
        "shares": (REAL, "shares that they hold together, as filed"),
        "value_usd": (REAL, "value of those shares at the quarter's end"),
        "ownership_pct": (REAL, "those shares, in shares of the cap date, of the shares outstanding, in percent"),
        "typical_volume": (REAL, "shares traded a day, the median of the last 20 days before the cap date"),
        "sector": (TEXT, "the price source's sector"),
        "country": (TEXT, "the price source's country"),
        "largest_holder": (TEXT, "the family with the most shares"),
    },
)

EDITIONS = Table(
    "editions",
    "What was published: one row an edition, as its folder below editions/ says.",
    ("slug",),
    {
        "slug": (TEXT, "the folder's name, and the end of its address"),
        "title": (TEXT, "as printed"),
        "period_of_report": (DATE, "the quarter's last day"),
        "known_on": (DATE, "filings up to this day were taken"),
        "as_of": (DATE, "newest day that anything in it is from: the edition's date"),
        "base_date": (DATE, "first day of the performance, as asked for"),
        "end_date": (DATE, "last day of the performance, as asked for"),
        "cap_date": (DATE, "day of the market caps, as asked for"),
        "stocks": (INT, "length of the list"),
        "hedge_funds": (INT, "hedge funds counted"),
        "parameters": (TEXT, "everything that it was asked for, as JSON"),
        "state": (TEXT, "digests of the data that it was made from, as JSON"),
    },
)

RANKINGS = Table(
    "rankings",
    "The lists that were published: one row a stock of an edition.",
    ("edition", "rank"),
    {"edition": (TEXT, "slug of the edition"), **RANKED.columns},
)

SOURCES = Table(
    "sources",
    "Reference data at hand: what, when it was fetched, what it covers.",
    ("path",),
    {
        "path": (TEXT, "file below filings/"),
        "source": (TEXT, "tickers, fails-to-deliver, advisers, form index, ..."),
        "url": (TEXT, "where it came from"),
        "fetched_at": (TIME, "when, in UTC"),
        "bytes": (INT, "its size"),
    },
)

RUNS = Table(
    "runs",
    "Refreshes that ended, newest last.",
    ("started_at",),
    {
        "started_at": (TIME, "in UTC"),
        "seconds": (REAL, "how long it took"),
        "period_of_report": (DATE, "the quarter that was refreshed"),
        "universe": (TEXT, "which managers: hedge-funds, all, or the list that was given"),
        "expected": (INT, "filings that the form index names"),
        "downloaded": (INT, "of these fetched now"),
        "present": (INT, "of these already on disk"),
        "missing": (INT, "of these not to be had"),
        "rejected": (INT, "of the period's filings not readable"),
        "lines": (INT, "table lines of the period"),
        "managers": (INT, "managers with a report for the period"),
        "hedge_funds": (INT, "of these counted as hedge funds"),
        "securities": (INT, "CUSIPs held by them"),
        "mapped": (INT, "of these with a ticker"),
        "version": (TEXT, "version of this package"),
    },
)

COUNTED_FROM = Table(
    "counted_from",
    "What the counts of a quarter were made from, so that they are made again if that changes, and only then.",
    ("period_of_report",),
    {
        "period_of_report": (DATE, "the quarter's last day"),
        "fingerprint": (TEXT, "a digest of filings, hedge funds, tickers and splits, and of the quarter before"),
    },
)

# What lies in SQLite, in the order in which a reader would want to meet it.
DATABASE = (
    HOLDER_COUNTS, POSITIONS, JUDGED_FILINGS, MANAGERS, SECURITIES, SPLITS, DIVIDENDS, EDITIONS, RANKINGS, REJECTS,
    SOURCES, RUNS, COUNTED_FROM,
)  # fmt: skip
