"""The named rules: each looks at one frame of candidates and returns those that it would buy, the best first.

What is still tied goes to the larger company, then by the ticker, as in `rank`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from .stock_candidates import CandidatesFrame

Pick = Callable[[CandidatesFrame], CandidatesFrame]


def pick_consensus(candidates: CandidatesFrame) -> CandidatesFrame:
    """Most holders."""
    return _most(candidates, "holders")


def pick_conviction(candidates: CandidatesFrame) -> CandidatesFrame:
    """Most funds with 5% or more of their book in it."""
    return _most(candidates, "conviction_funds", "holders")


def pick_best_ideas(candidates: CandidatesFrame) -> CandidatesFrame:
    """Most funds whose largest over-weight it is."""
    return _most(candidates, "best_idea_funds", "holders")


def pick_new_buys(candidates: CandidatesFrame) -> CandidatesFrame:
    """Most new holders; those that are known to be none buy nothing."""
    return _most(candidates, "new", "holders")


def pick_increase(candidates: CandidatesFrame) -> CandidatesFrame:
    """Most holders with more shares than the quarter before."""
    return _most(candidates, "increased", "holders")


def pick_confidential(candidates: CandidatesFrame) -> CandidatesFrame:
    """Most funds that showed it late, in an amendment."""
    return _most(candidates, "confidential_funds", "holders")


def pick_list(candidates: CandidatesFrame) -> CandidatesFrame:
    """What `rank` would have printed: the best performing since the year's start, of those that a fund holds."""
    held = candidates.filter(pl.col("holders") > 0, pl.col("return_pct").is_not_null())
    return held.sort("return_pct", "holders", "market_cap_usd", "ticker", descending=[True, True, True, False])


RULES: Mapping[str, Pick] = {
    "consensus": pick_consensus,
    "conviction": pick_conviction,
    "best-ideas": pick_best_ideas,
    "new-buys": pick_new_buys,
    "increase": pick_increase,
    "confidential": pick_confidential,
    "list": pick_list,
}


def _most(candidates: CandidatesFrame, *measures: str) -> CandidatesFrame:
    """Candidates whose first measure is known and above zero, the largest first."""
    order = [*measures, "market_cap_usd", "ticker"]
    chosen = candidates.filter(pl.col(measures[0]) > 0)
    return chosen.sort(order, descending=[name != "ticker" for name in order], nulls_last=True)
