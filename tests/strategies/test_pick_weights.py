"""Which stocks are held, and how much of each."""

from __future__ import annotations

import pytest

from tests.strategies.helpers import candidates
from tracker.strategies.pick_weights import Weights, choose, weigh

RANKED = candidates(holders=[5, 4, 3, 2, 1])


def test_the_first_are_held_and_others_stay_while_they_are_near() -> None:
    assert choose(RANKED, (), 2, 2)["ticker"].to_list() == ["A", "B"]
    assert choose(RANKED, ("D",), 2, 4)["ticker"].to_list() == ["A", "D"]
    assert choose(RANKED, ("E",), 2, 4)["ticker"].to_list() == ["A", "B"]
    assert choose(RANKED, ("C", "D", "B"), 2, 4)["ticker"].to_list() == ["B", "C"]


def test_weights_add_up_to_one() -> None:
    assert weigh(RANKED.head(4), Weights.EQUAL)["weight"].to_list() == [0.25] * 4
    assert weigh(RANKED, Weights.HOLDERS)["weight"].to_list() == pytest.approx([5 / 15, 4 / 15, 3 / 15, 2 / 15, 1 / 15])
    valued = candidates(value_usd=[6.0, 3.0, None])
    assert weigh(valued, Weights.VALUE)["weight"].to_list() == pytest.approx([0.5, 0.25, 0.25])


def test_a_cap_hands_on_what_is_above_it() -> None:
    weights = weigh(candidates(value_usd=[90.0, *[1.0] * 10]), Weights.CAPPED)["weight"].to_list()
    assert weights == pytest.approx([0.1, *[0.09] * 10])
    assert weigh(candidates(value_usd=[90.0, 1.0]), Weights.CAPPED)["weight"].to_list() == pytest.approx([0.5, 0.5])


def test_no_picks_have_no_weights() -> None:
    for weights in Weights:
        assert weigh(RANKED.clear(), weights)["weight"].to_list() == []


def test_what_has_no_value_is_held_alike() -> None:
    assert weigh(candidates(value_usd=[0.0, 0.0]), Weights.VALUE)["weight"].to_list() == [0.5, 0.5]
