"""How names begin, and which beginnings two names may be joined by."""

from __future__ import annotations

import polars as pl
import pytest

from tracker.managers import name_stems


def stems(*names: str | None) -> list[str | None]:
    return (
        pl.DataFrame({"name": names}, schema={"name": pl.String})
        .select(name_stems.stem(pl.col("name")))["name"]
        .to_list()
    )


def common(one: str, other: str) -> str | None:
    frame = pl.DataFrame({"one": stems(one), "other": stems(other)}, schema={"one": pl.String, "other": pl.String})
    shared = frame.select(name_stems.common_stem("one", "other"))
    assert frame.select(name_stems.common_stem("other", "one")).to_series().equals(shared.to_series())
    return shared.item()


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("TWO SIGMA INVESTMENTS, LP", "TWO SIGMA"),
        ("Two Sigma Advisers, L.P.", "TWO SIGMA"),
        ("The Moss & Co., L.L.C./NY", "MOSS"),
        ("MOSS LP /ADV", "MOSS"),
        ("BAUPOST GROUP LLC/MA", "BAUPOST"),
        ("O'CONNOR, a unit", "OCONNOR A UNIT"),
        ("CAPITAL FUND MANAGEMENT S.A.", None),
        ("GLOBAL INVESTMENTS LTD", None),
        ("", None),
        (None, None),
    ],
)
def test_a_stem_is_what_is_before_the_words_that_every_firm_has(name: str | None, stem: str | None) -> None:
    assert stems(name) == [stem]


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("TWO SIGMA INVESTMENTS, LP", "Two Sigma Advisers LP", "TWO SIGMA"),
        ("SUSQUEHANNA ADVISORS GROUP", "SUSQUEHANNA FUNDAMENTAL INVESTMENTS", "SUSQUEHANNA"),
        ("RWC ASSET MANAGEMENT LLP", "RWC Asset Advisors (US) LLC", "RWC"),
        ("BLUE RIDGE CAPITAL", "BLUE HARBOUR GROUP", None),  # both begin with BLUE, and go on
        ("BLUE CAPITAL", "BLUE RIDGE CAPITAL", None),  # BLUE proves nothing
        ("FIRST ADVISORS", "FIRST CAPITAL", None),
        ("TWO SIGMA ADVISERS", "TWO RIVERS CAPITAL", None),
        ("MOSSGATE LP", "MOSSGATEWAY LP", None),  # words, not letters
        ("L1 CAPITAL", "L1 PARTNERS", None),  # too short
        ("ALPHA CAPITAL", "CAPITAL MANAGEMENT", None),
    ],
)
def test_names_begin_alike_if_the_beginning_distinguishes(one: str, other: str, shared: str | None) -> None:
    assert common(one, other) == shared
