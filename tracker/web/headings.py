"""What a column is called on a page: words instead of its name."""

from __future__ import annotations

_WORDS = {
    "accession_number": "Filing",
    "as_of": "Date",
    "awaited": "Awaited",
    "base_date": "From",
    "cap_date": "Market caps of",
    "change": "Change",
    "cik": "CIK",
    "closed": "Closed",
    "cusip": "CUSIP",
    "cusips": "CUSIPs",
    "edition": "Edition",
    "end_date": "To",
    "family": "Family of funds",
    "hedge_funds": "Hedge funds counted",
    "holders": "Hedge funds",
    "holders_previous": "Quarter before",
    "increased": "More",
    "largest_holder": "Largest holder",
    "manager_name": "Hedge fund",
    "market_cap_usd": "Market cap",
    "name": "Company",
    "name_of_issuer": "Company",
    "new": "New",
    "ownership_pct": "Of all shares",
    "period_of_report": "Quarter to",
    "portfolio_pct": "Of portfolio",
    "put_call": "Put or call",
    "rank": "Rank",
    "reduced": "Less",
    "return_pct": "Performance",
    "share_type": "Shares or principal",
    "shares": "Shares",
    "slug": "Address",
    "split_ratio": "Split",
    "stocks": "Stocks",
    "ticker": "Ticker",
    "title": "Title",
    "value_usd": "Value",
}
_UNITS = {"usd": "", "pct": " (%)"}
_SHORT = {"cik": "CIK", "cusip": "CUSIP", "cusips": "CUSIPs", "id": "ID", "sec": "SEC", "crd": "CRD"}


def heading(column: str) -> str:
    """The heading of a column: of one that is not known its name in words."""
    if column in _WORDS:
        return _WORDS[column]
    stem, _, unit = column.rpartition("_")
    words, suffix = (stem, _UNITS[unit]) if stem and unit in _UNITS else (column, "")
    text = " ".join(_SHORT.get(word, word) for word in words.split("_") if word)
    return (text[:1].upper() + text[1:] + suffix) or column
