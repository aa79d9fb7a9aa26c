"""What is known of managers besides their filings, gathered in one place; every part may be missing."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..tables import (
    ADVISERS,
    BOOK_SHAPES,
    EDGAR_FILERS,
    FAMILY_LINKS,
    FUND_LIST,
    AdvisersFrame,
    BookShapesFrame,
    EdgarFilersFrame,
    FamilyLinksFrame,
    FundListFrame,
)
from .fund_lists import hand_kept


@dataclass(frozen=True, eq=False)
class Evidence:
    """The sources of `classification`; each is empty if it is not available.

    `choices` are the user's: a null `is_hedge_fund` leaves the decision to the other sources. `kept` is the hand-kept
    list. `shapes` is what `book_shape.measure` returns, `filers` what EDGAR knows of the managers, `links` what
    `family_links.find_links` returns.
    """

    advisers: AdvisersFrame = field(default_factory=ADVISERS.frame)
    choices: FundListFrame = field(default_factory=FUND_LIST.frame)
    kept: FundListFrame = field(default_factory=hand_kept)
    shapes: BookShapesFrame = field(default_factory=BOOK_SHAPES.frame)
    filers: EdgarFilersFrame = field(default_factory=EDGAR_FILERS.frame)
    links: FamilyLinksFrame = field(default_factory=FAMILY_LINKS.frame)
