"""Every frame that passes between folders: its name, its key, and one line per column.

Conventions, stated once:
- Names are the SEC's, in snake_case; a quantity carries its unit (`value_usd`, `return_pct`).
- `cik` is a whole number; `accession_number` is text with its dashes; `cusip` is text, of 9 characters if it is whole.
- `put_call` is `PUT`, `CALL` or empty text: empty for a holding of shares or principal.
- Missing is null, never zero and never empty text (except for `put_call`, which is part of keys).
- Dates are dates; times are SEC's Eastern wall-clock time, without a zone.
- A column that takes one of a few values has a StrEnum (`Role`, `Unit`, `Severity`, ...). Code decides by these, never
  by the text of a reason, which is for people.

A signature names the frame that it takes or returns: `LinesFrame` is a `pl.DataFrame` of the shape `LINES`. The alias
is for readers; `Table.check` proves a shape.

The SQLite tables are made from these declarations (see `store`), so there is no second schema.
"""

from __future__ import annotations

from .amended import AMENDMENT_CHOICES, DOUBTED, AmendmentChoicesFrame, AmendmentEffect, EffectEvidence
from .as_filed import (
    FILINGS,
    LINES,
    OTHER_MANAGERS,
    FilingsFrame,
    LinesFrame,
    OtherManagerRole,
    OtherManagersFrame,
    Submissions,
)
from .counted import COUNTED_FROM, HOLDER_COUNTS, CountedFromFrame, HolderCountsFrame
from .decided import (
    COUNTED_ROLES,
    CUSIP_MATCHES,
    HOLDINGS,
    JUDGED_FILINGS,
    OPENING_ROLES,
    POSITIONS,
    CusipMatchesFrame,
    HoldingsFrame,
    JudgedFilingsFrame,
    MatchEvidence,
    PositionsFrame,
    Role,
    Unit,
    UnitEvidence,
    dollars_per_unit,
)
from .delisted import DELISTINGS, LISTING_ENDS, DelistingsFrame, ListingEndsFrame
from .dictionary import column_types, descriptions
from .identity import (
    CUSIP_FIGIS,
    CUSIP_SYMBOLS,
    KINDS,
    RANKED_KINDS,
    SECURITIES,
    TICKERS,
    CusipFigisFrame,
    CusipSymbolsFrame,
    SecuritiesFrame,
    TickersFrame,
)
from .logged import RUNS, SOURCES, RunsFrame, SourcesFrame
from .priced import (
    COHORT,
    DIVIDENDS,
    PRICE_DAYS,
    PRICE_SPANS,
    PRICES,
    RETURNS,
    SHARES_OUTSTANDING,
    SPLIT_RATIOS,
    SPLITS,
    CohortFrame,
    DayStatus,
    DividendsFrame,
    HeldBack,
    PriceDaysFrame,
    PricesFrame,
    PriceSpansFrame,
    ReturnsFrame,
    SharesOutstandingFrame,
    SplitRatiosFrame,
    SplitsFrame,
    SplitStatus,
)
from .published import EDITIONS, RANKED, RANKINGS, EditionsFrame, RankedFrame, RankingsFrame
from .rejected import REJECTS, RejectKind, RejectsFrame, Severity, Step
from .table import DATE, FLAG, INT, REAL, TEXT, TIME, Table
from .who_counts import (
    ADVISERS,
    BOOK_SHAPES,
    EDGAR_FILERS,
    FAMILY_LINKS,
    FUND_LIST,
    MANAGERS,
    AdvisersFrame,
    BookShapesFrame,
    DecidedBy,
    EdgarFilersFrame,
    FamilyEvidence,
    FamilyLinksFrame,
    FundListFrame,
    LinkedBy,
    ManagerClass,
    ManagersFrame,
)

__all__ = [
    "ADVISERS",
    "AMENDMENT_CHOICES",
    "BOOK_SHAPES",
    "COHORT",
    "COUNTED_FROM",
    "COUNTED_ROLES",
    "CUSIP_FIGIS",
    "CUSIP_MATCHES",
    "CUSIP_SYMBOLS",
    "DATABASE",
    "DATE",
    "DELISTINGS",
    "DIVIDENDS",
    "DOUBTED",
    "EDGAR_FILERS",
    "EDITIONS",
    "FAMILY_LINKS",
    "FILINGS",
    "FLAG",
    "FUND_LIST",
    "HOLDER_COUNTS",
    "HOLDINGS",
    "INT",
    "JUDGED_FILINGS",
    "KINDS",
    "LINES",
    "LISTING_ENDS",
    "MANAGERS",
    "OPENING_ROLES",
    "OTHER_MANAGERS",
    "POSITIONS",
    "PRICES",
    "PRICE_DAYS",
    "PRICE_SPANS",
    "RANKED",
    "RANKED_KINDS",
    "RANKINGS",
    "REAL",
    "REJECTS",
    "RETURNS",
    "RUNS",
    "SECURITIES",
    "SHARES_OUTSTANDING",
    "SOURCES",
    "SPLITS",
    "SPLIT_RATIOS",
    "TEXT",
    "TICKERS",
    "TIME",
    "AdvisersFrame",
    "AmendmentChoicesFrame",
    "AmendmentEffect",
    "BookShapesFrame",
    "CohortFrame",
    "CountedFromFrame",
    "CusipFigisFrame",
    "CusipMatchesFrame",
    "CusipSymbolsFrame",
    "DayStatus",
    "DecidedBy",
    "DelistingsFrame",
    "DividendsFrame",
    "EdgarFilersFrame",
    "EditionsFrame",
    "EffectEvidence",
    "FamilyEvidence",
    "FamilyLinksFrame",
    "FilingsFrame",
    "FundListFrame",
    "HeldBack",
    "HolderCountsFrame",
    "HoldingsFrame",
    "JudgedFilingsFrame",
    "LinesFrame",
    "LinkedBy",
    "ListingEndsFrame",
    "ManagerClass",
    "ManagersFrame",
    "MatchEvidence",
    "OtherManagerRole",
    "OtherManagersFrame",
    "PositionsFrame",
    "PriceDaysFrame",
    "PriceSpansFrame",
    "PricesFrame",
    "RankedFrame",
    "RankingsFrame",
    "RejectKind",
    "RejectsFrame",
    "ReturnsFrame",
    "Role",
    "RunsFrame",
    "SecuritiesFrame",
    "Severity",
    "SharesOutstandingFrame",
    "SourcesFrame",
    "SplitRatiosFrame",
    "SplitStatus",
    "SplitsFrame",
    "Step",
    "Submissions",
    "Table",
    "TickersFrame",
    "Unit",
    "UnitEvidence",
    "column_types",
    "descriptions",
    "dollars_per_unit",
]

# The tables in SQLite, in the order in which a reader would want to see them.
DATABASE = (
    HOLDER_COUNTS, POSITIONS, JUDGED_FILINGS, MANAGERS, FAMILY_LINKS, OTHER_MANAGERS, SECURITIES, CUSIP_MATCHES,
    SPLITS, DIVIDENDS, PRICE_DAYS, EDITIONS, RANKINGS, REJECTS, SOURCES, RUNS, COUNTED_FROM,
)  # fmt: skip
