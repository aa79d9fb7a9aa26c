"""Candidates for tests of rules and weights."""

from __future__ import annotations

from typing import Any

from tracker.strategies.stock_candidates import CANDIDATES, CandidatesFrame


def candidates(**columns: list[Any]) -> CandidatesFrame:
    """CANDIDATES with tickers A, B, ... and the columns given; counts are 0 and market caps equal."""
    height = len(next(iter(columns.values())))
    counts = dict.fromkeys(("holders", "conviction_funds", "best_idea_funds", "confidential_funds"), [0] * height)
    base: dict[str, list[Any]] = {"ticker": [chr(65 + number) for number in range(height)], **counts}
    return CANDIDATES.frame({**base, "market_cap_usd": [1e8] * height, **columns})
