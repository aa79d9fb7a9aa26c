"""What families did with a security: against the counts, and against what a naive comparison would say."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import polars as pl
import pytest

from tracker.errors import NotFoundError
from tracker.quarters import Quarter
from tracker.reports.holder_moves import holder_moves
from tracker.reports.near_codes import KnownCode, find_code, near_managers, near_stocks
from tracker.reports.stock_editions import stock_editions
from tracker.settings import Settings
from tracker.store import Store

Q2, Q3 = Quarter(2025, 2), Quarter(2025, 3)


def test_the_moves_add_up_to_the_counts_of_every_security(market: Settings) -> None:
    with Store(market) as store:
        counts = store.holder_counts(Q3).filter(pl.sum_horizontal("new", "closed", "increased", "reduced") > 0)
    assert counts.height > 20
    for row in counts.to_dicts():
        found = holder_moves(market, row["ticker"] or row["cusip"], Q3)
        told = {name: found.facts["changes"].get(name, 0) for name in ("new", "closed", "increased", "reduced")}
        assert told == {name: row[name] for name in told}, row["ticker"]
        assert sum(told.values()) <= len(found.rows)


def test_shares_before_are_adjusted_for_splits(market: Settings) -> None:
    with Store(market) as store:
        counts = store.holder_counts(Q3).filter(pl.col("split_ratio").is_not_null() & (pl.col("split_ratio") != 1.0))
    assert counts.height
    for row in counts.to_dicts():
        found = holder_moves(market, row["ticker"], Q3)
        with Store(market) as store:
            before = store.positions(Q2, ticker=row["ticker"], share_type="SH", put_call="")
        shares = dict(before.group_by("family").agg(pl.col("shares").sum()).iter_rows())
        for move in found.rows:
            expected = shares.get(move["family"], 0.0) * row["split_ratio"]
            assert move["shares_before"] == pytest.approx(expected), row["ticker"]


def test_nothing_is_told_of_a_first_quarter(market: Settings) -> None:
    found = holder_moves(market, "QNLR", Q2)
    assert not found.facts["is_compared"] and found.rows == []


def test_an_unknown_security_is_not_found(market: Settings) -> None:
    with pytest.raises(NotFoundError, match="NOSUCH"):
        holder_moves(market, "NOSUCH", Q3)


@pytest.mark.parametrize(
    ("code", "is_known"),
    [("QNLR", True), (" qnlr ", True), ("9901B7102", True), ("sbf/b", True), ("", False), ("NOSUCH", False)],
)
def test_which_codes_are_known(market: Settings, code: str, is_known: bool) -> None:
    assert (find_code(market, code) == KnownCode()) is is_known
    assert find_code(market, code + "X" * 30) is None


def test_a_slip_of_the_keys_comes_first(market: Settings) -> None:
    assert [row["key"] for row in near_stocks(market, "qnrl").rows][:1] == ["QNLR"]
    assert "9000000002" in [row["key"] for row in near_managers(market, "9000000092").rows]
    assert near_stocks(market, "").rows == [] == near_stocks(market, "?" * 5000).rows


def test_the_editions_of_a_stock_are_the_newest_first(market: Settings, tmp_path: Path) -> None:
    shutil.copytree(market.home / "db", tmp_path / "db")
    with sqlite3.connect(tmp_path / "db" / "tracker.db") as database:
        for slug, day in (("old", "2025-11-20"), ("new", "2026-01-05"), ("other", "2026-02-01")):
            database.execute("insert into editions (slug, title, as_of) values (?, 'T', ?)", (slug, day))
            ticker = "QNLR" if slug != "other" else "MRWD"
            database.execute("insert into rankings (edition, rank, ticker) values (?, 3, ?)", (slug, ticker))
    database.close()
    rows = stock_editions(Settings(tmp_path), "QNLR").rows
    assert [(row["slug"], row["rank"], row["return_pct"]) for row in rows] == [("new", 3, None), ("old", 3, None)]
    assert stock_editions(Settings(tmp_path), "NOSUCH").rows == []
