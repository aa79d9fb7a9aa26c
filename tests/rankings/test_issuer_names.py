"""What a security is called."""

from __future__ import annotations

from typing import Any

import polars as pl

from tests.rankings.helpers import A, B, holding, manager, positions
from tracker.rankings.issuer_names import most_given

FUNDS = [manager(cik) for cik in range(1, 9)]


def names(*rows: dict[str, Any], column: str = "name_of_issuer") -> dict[str, str | None]:
    found = most_given(positions(rows, FUNDS))
    return dict(found.select("cusip", column).rows())


def named(cik: int, name: str | None, shares: float = 100, cusip: str = A, **given: Any) -> dict[str, Any]:
    return holding(cik, cusip, shares, name_of_issuer=name, **given)


def test_the_largest_holder_does_not_name_a_security_for_the_others() -> None:
    """One manager reports an ETF under the CUSIP of a furniture maker, in shares, calls and puts, the largest value."""
    etf = "GRAYSCALE ETHEREUM MINI TR E"
    own = [named(1, etf, 9_000, put_call=side, title_of_class="SHS NEW") for side in ("", "CALL", "PUT")]
    others = [
        named(2, "ETHAN ALLEN INTERIORS INC", title_of_class="COM"),
        named(3, "ETHAN   ALLEN    INTERIORS        INC", title_of_class="COM"),
    ]
    assert names(*own, *others) == {A: "ETHAN ALLEN INTERIORS INC"}
    assert names(*own, *others, column="title_of_class") == {A: "COM"}


def test_the_most_frequent_spelling_of_the_most_frequent_name_is_shown() -> None:
    rows = [
        named(1, "Acme Inc"),
        named(2, "ACME INC", 5),
        named(3, " Acme  Inc "),
        named(4, "OTHER", 99),
        named(5, "OTHER", 99),
    ]
    assert names(*rows) == {A: "Acme Inc"}


def test_ties_go_to_the_larger_value_then_to_the_alphabet() -> None:
    assert names(named(1, "ALPHA", 100), named(2, "BETA", 101)) == {A: "BETA"}
    assert names(named(1, "BETA", 100), named(2, "ALPHA", 100)) == {A: "ALPHA"}
    assert names(named(1, "Acme", 100), named(2, "ACME", 101)) == {A: "ACME"}


def test_who_gives_no_name_does_not_count() -> None:
    rows = [named(1, None), named(2, " "), named(3, ""), named(4, "ACME"), named(5, None, cusip=B)]
    assert names(*rows) == {A: "ACME", B: None}


def test_names_do_not_depend_on_the_order_of_the_rows() -> None:
    rows = [named(cik, name, cik * 7 % 5 + 1) for cik, name in enumerate("ABABCCab", 1)]
    frame = positions(rows, FUNDS)
    assert {str(most_given(frame.sample(fraction=1, shuffle=True, seed=seed)).rows()) for seed in range(5)} == {
        str(most_given(frame).rows())
    }
    assert most_given(frame.clear()).schema == {
        "cusip": pl.String, "name_of_issuer": pl.String, "title_of_class": pl.String
    }  # fmt: skip
