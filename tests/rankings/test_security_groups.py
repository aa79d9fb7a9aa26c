"""Securities that share a CUSIP, in this quarter or the one before, are counted together."""

from __future__ import annotations

import polars as pl

from tests.rankings.helpers import BEFORE, A, B, C, D, holding, manager, positions
from tracker.rankings import holder_counts, security_groups
from tracker.rankings.quarter_changes import SECURITY
from tracker.tables import POSITIONS

FUNDS = [manager(cik) for cik in (1, 2, 3)]


def pairs(*rows: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"security": pl.String, "cusip": pl.String}, orient="row")


def test_each_cusip_that_is_held_is_there_once_under_its_security() -> None:
    held = positions([holding(1), holding(2), holding(1, C), holding(3, D), holding(2, D, put_call="PUT")], FUNDS)
    assert sorted(security_groups.securities(held).rows()) == [(A, A), ("BRND", C), ("BRND", D)]
    assert security_groups.securities(POSITIONS.frame()).rows() == []


def test_a_group_is_all_that_hangs_together_by_cusips() -> None:
    known = pairs(("X", A), ("Y", A), ("Y", B), ("Z", B), ("OTHER", C), ("ALONE", D))
    assert sorted(security_groups.whole_groups(pl.Series(["X"]), known)) == ["X", "Y", "Z"]
    assert sorted(security_groups.whole_groups(pl.Series(["ALONE", "GONE"]), known)) == ["ALONE", "GONE"]
    assert security_groups.whole_groups(pl.Series([], dtype=pl.String), known).to_list() == []


def test_a_whole_group_is_counted_alone_as_with_all_others() -> None:
    now = positions([holding(1, shares=7.5), holding(2, B), holding(3, C, name_of_issuer="OTHER")], FUNDS)
    before = positions([holding(1), holding(2, D, shares=0.1), holding(3, D, shares=0.2)], FUNDS, BEFORE)
    counts = holder_counts.count(now, before)
    known = pl.concat([security_groups.securities(now), security_groups.securities(before)])
    for security in counts.select(SECURITY).to_series():
        is_of_group = SECURITY.is_in(security_groups.whole_groups(pl.Series([security]), known).implode())
        alone = holder_counts.count(now.filter(is_of_group), before.filter(is_of_group))
        assert alone.rows() == counts.filter(is_of_group).rows()
