"""What each rule buys, the best first."""

from __future__ import annotations

import pytest

from tests.strategies.helpers import candidates
from tracker.strategies.strategy_rules import RULES


@pytest.mark.parametrize(
    ("rule", "column"),
    [
        ("consensus", "holders"),
        ("conviction", "conviction_funds"),
        ("best-ideas", "best_idea_funds"),
        ("new-buys", "new"),
        ("increase", "increased"),
        ("confidential", "confidential_funds"),
    ],
)
def test_a_rule_wants_the_most_and_nothing_without(rule: str, column: str) -> None:
    assert RULES[rule](candidates(**{column: [1, 3, 0, 2]}))["ticker"].to_list() == ["B", "D", "A"]


def test_what_is_not_known_is_not_bought() -> None:
    assert RULES["new-buys"](candidates(new=[None, None])).is_empty()


def test_ties_go_to_the_larger_company_and_then_by_ticker() -> None:
    tied = candidates(holders=[2, 2, 2], market_cap_usd=[1e8, 2e8, 1e8])
    assert RULES["consensus"](tied)["ticker"].to_list() == ["B", "A", "C"]


def test_the_list_is_what_rank_would_have_printed() -> None:
    frame = candidates(return_pct=[5.0, 50.0, None, 9.0], holders=[1, 0, 3, 1])
    assert RULES["list"](frame)["ticker"].to_list() == ["D", "A"]
