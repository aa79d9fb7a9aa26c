"""What the fictional funds file: their portfolios, each written in its own way, and every special case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from .fictional_market import QUARTERS, Fund, Security
from .submission_text import OtherManager, check_digit, line

# Beside the portfolios. Quarter (0 is the first), fund, ticker, what, amount: options on shares, dollars of a bond.
_EXTRA_LINES = (
    (0, "N", "QNLR", "Put", 50_000),
    (1, "N", "QNLR", "Put", 80_000),
    (1, "N", "MRWD", "Call", 60_000),
    (1, "J", "FRTC", "Call", 150_000),
    (1, "g", "QNLR", "Call", 40_000),
    (1, "g", "QNLR", "Put", 40_000),
    (0, "N", "WXCB", "PRN", 2_000_000),
    (1, "N", "WXCB", "PRN", 2_000_000),
)
Book = dict[Security, int]


def arguments(funds: list[Fund], securities: list[Security]) -> Iterator[dict[str, Any]]:
    """The arguments of `submission` for every filing of both quarters."""
    tickers = {security.ticker: security for security in securities}
    others = {fund.key: fund.other for fund in funds}
    for quarter, period in enumerate(QUARTERS):
        for fund in funds:
            book = {s: s.shares_held(fund, quarter) for s in securities if fund.key in s.held[quarter]}
            filing = _cover(fund, quarter)
            if fund.key == "L":  # every holding is on three lines: two of other managers, and its own
                filing["included"] = [OtherManager("LORIMARSH EAST LP"), OtherManager("LORIMARSH WEST LP")]
            match fund.key if period == QUARTERS[1] else "":
                case "A":  # also reports for a subadviser, which files a notice
                    filing["included"] = [others["U"]]
                case "U":
                    yield {**filing, "form": "13F-NT", "reported_by": [others["A"]]}
                    continue
                case "H":  # everything doubled, and a security it does not hold; then restated
                    wrong = {**{s: 2 * shares for s, shares in book.items()}, tickers["GLIM"]: 90_000}
                    yield {**filing, "lines": _lines(fund, quarter, wrong)}
                    filing = _amend(filing, date(2025, 11, 25), "RESTATEMENT")
                case "I":  # two holdings are left out and added later
                    late = {tickers[name]: book.pop(tickers[name]) for name in ("MRWD", "HPIK")}
                    yield {**filing, "lines": _lines(fund, quarter, book)}
                    filing, book = _amend(filing, date(2025, 12, 9), "NEW HOLDINGS"), late
                case "S":  # sold everything: one zero line
                    book = {tickers["HBNE"]: 0}
                case "W":
                    filing["filed"] = period.deadline + timedelta(days=6)
            extra = [
                _extra_line(tickers[ticker], period.end, kind, amount)
                for when, key, ticker, kind, amount in _EXTRA_LINES
                if (when, key) == (quarter, fund.key)
            ]
            yield {**filing, "lines": _lines(fund, quarter, book) + extra}


def _cover(fund: Fund, quarter: int) -> dict[str, Any]:
    period = QUARTERS[quarter]
    filed = period.deadline - timedelta(days=fund.number % 9)
    return {
        "accession_number": f"{fund.cik}-25-{quarter + 1:06d}",
        "cik": fund.cik,
        "manager": fund.name,
        "form": "13F-HR",
        "period": period.end,
        "filed": filed - timedelta(days=max(0, filed.weekday() - 4)),
        "file_number": fund.other.file_number,
        "crd_number": fund.crd_number.zfill(9) if fund.matched_by == "crd" else "",
        "sec_file_number": fund.sec_file_number if fund.matched_by in ("crd", "sec") else "",
        "prefix": fund.prefix,
    }


def _amend(filing: dict[str, Any], filed: date, amendment_type: str) -> dict[str, Any]:
    number = f"{filing['cik']}-25-000003"
    return {**filing, "accession_number": number, "filed": filed, "amendment": (amendment_type, 1)}


def _lines(fund: Fund, quarter: int, book: Book) -> list[str]:
    """A portfolio as table lines, written in the fund's own way."""
    lines: list[str] = []
    day = QUARTERS[quarter].end
    for security, shares in book.items():
        cusip, name, unit = security.cusip_on(day), security.issuer, 1
        parts: list[tuple[int, str]] = [(shares, "")]
        match fund.key:
            case "A" if quarter and "U" in security.held[0]:
                parts = [(shares, "1")]
            case "K" if quarter:  # thousands, two years after the rule changed to dollars
                unit = 1000
            case "L":
                third = shares // 300 * 100
                parts = [(third, "1"), (third, "2"), (shares - 2 * third, "")]
            case "M":
                cusip = cusip.lower()
            case "R":  # as the company spells itself: `<` and `>` included
                name = security.name
        for amount, other in parts:
            # Its first line makes the last filing of V unreadable.
            written = "see note 3" if quarter and fund.key == "V" and not lines else amount
            value, discretion = round(amount * security.close(day) / unit), "DFND" if other else "SOLE"
            lines.append(
                line(cusip, value, written, name, title=security.title, discretion=discretion, other_manager=other)
            )
    return lines


def _extra_line(security: Security, day: date, kind: str, amount: int) -> str:
    if kind != "PRN":
        cusip, value = security.cusip_on(day), round(amount * security.close(day))
        return line(cusip, value, amount, security.issuer, title=security.title, put_call=kind)
    bond = security.cusip[:6] + "AA"
    bond, value = bond + check_digit(bond), amount * 97 // 100
    return line(bond, value, amount, security.issuer, title="NOTE 5.000% 6/1", share_type="PRN")
