"""How much is mapped, on the fictional market and on real filings (../shared)."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.homes import Real
from tracker.band import MICRO_CAP, Band
from tracker.pipeline.add_prices import import_file
from tracker.progress import Silent
from tracker.quarters import Quarter
from tracker.rankings.parameters import ListRequest
from tracker.reports.coverage import Coverage, measure, newest_caps
from tracker.reports.list_answer import top_list
from tracker.reports.status import status
from tracker.securities import company_names
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import PRICES

Q3 = Quarter(2025, 3)
CAP_ON = date(2026, 1, 5)


@pytest.fixture(scope="module")
def settings(market: Settings) -> Settings:
    """The fictional market, read and counted."""
    return market


def covered(settings: Settings, band: Band = MICRO_CAP) -> Coverage:
    with Store(settings) as store:
        caps, on = newest_caps(store)
        return measure(store, Q3, store.holder_counts(Q3), caps, band, on)


def test_every_share_is_worked_out_from_what_is_there(settings: Settings) -> None:
    found = covered(settings)
    with Store(settings) as store:
        counts = store.holder_counts(Q3)
    shares = counts.filter(pl.col("kind").is_in(["common", "adr", "unknown"]))
    assert found.value_usd == pytest.approx(shares["value_usd"].sum())
    gaps = shares.filter(pl.col("ticker").is_null(), pl.col("holders") > 0)
    assert found.value_usd - found.value_with_ticker_usd == pytest.approx(gaps["value_usd"].sum())
    assert gaps.height > 0 and {row["cusip"] for row in found.unmapped} == set(gaps["cusip"])
    assert 0 < found.cusips_with_ticker < found.cusips


def test_the_largest_gap_is_named_first(settings: Settings) -> None:
    found = covered(settings)
    values = [row["value_usd"] for row in found.unmapped]
    assert values == sorted(values, reverse=True) and len(values) <= 10
    name = company_names.titled(found.unmapped[0]["name_of_issuer"])
    assert found.unmapped_sentence().startswith(f"Largest without a ticker: {name} (")


def test_the_band_is_what_can_stand_on_a_list(settings: Settings) -> None:
    caps = PRICES.frame(
        {"ticker": ticker, "market_cap_usd": cap}
        for ticker, cap in (("QNLR", 100e6), ("NOSUCH", 300e6), ("SBF^A", 100e6), ("HPIK", 301e6), ("MRWD", None))
    )
    with Store(settings) as store:
        found = measure(store, Q3, store.holder_counts(Q3), caps, MICRO_CAP, CAP_ON)
    assert (found.band, found.band_with_cusip, found.as_dict()["band_with_cusip_pct"]) == (2, 1, 50.0)


def test_an_empty_band_has_no_share(settings: Settings) -> None:
    found = covered(settings, Band(1.0, 2.0))
    assert (found.band, found.as_dict()["band_with_cusip_pct"]) == (0, None)
    assert "band" not in found.sentence()


def test_almost_all_does_not_read_as_all() -> None:
    found = Coverage(100_000, 99_999, 1e9, 1e9 - 1, CAP_ON, 3, 3, [])
    assert found.sentence() == (
        "Coverage: 99.99% of the hedge funds' value in common shares and ADRs has a ticker; "
        "99.99% of the period's 100,000 CUSIPs; 100.00% of the 3 stocks in the band have a CUSIP."
    )
    assert found.unmapped_sentence() == ""


def test_status_and_every_list_say_it(settings: Settings) -> None:
    answer = top_list(
        settings,
        ListRequest(quarter=Q3, cap_date=CAP_ON, base_date=date(2025, 1, 3), end_date=date(2025, 12, 31)),
    )
    assert answer.methodology["coverage"] == covered(settings).as_dict()
    assert covered(settings).sentence() in answer.notes
    loaded = status(settings, date(2026, 1, 10))
    rows = {row["what"]: row for row in loaded.rows}
    assert covered(settings).sentence() in rows["coverage 2025Q3"]["detail"]
    assert loaded.facts["coverage"]["2025Q3"] == covered(settings).as_dict()


def test_what_a_list_leaves_out_is_counted_by_kind(settings: Settings) -> None:
    request = ListRequest(quarter=Q3, cap_date=CAP_ON, min_holders=0)
    everything = top_list(settings, request)
    answer = top_list(settings, replace(request, kind=("adr",)))
    removed = answer.methodology["removed"]
    by_kind = {why: count for why, count in removed.items() if why.startswith("kind of security: ")}
    assert "kind of security: common" in by_kind and "kind of security: adr" not in by_kind
    held_back = len(everything.methodology["held_back"]) - len(answer.methodology["held_back"])
    assert sum(by_kind.values()) == len(everything.rows) - len(answer.rows) + held_back


def test_a_renamed_stock_is_ranked_under_its_name_of_the_day(market: Settings, tmp_path: Path) -> None:
    """PNDL became PNDB on 2025-08-04: with prices of those days, its return runs across the change."""
    home = shutil.copytree(market.home, tmp_path / "home", ignore=shutil.ignore_patterns("prices"))
    settings, plain = Settings(Path(home)), market
    prices = pl.read_csv(settings.home / "prices.csv", try_parse_dates=True)
    is_old = (pl.col("symbol") == "PNDB") & (pl.col("date") < date(2025, 8, 4))
    named = prices.with_columns(pl.when(is_old).then(pl.lit("PNDL")).otherwise("symbol").alias("symbol"))
    assert named.filter(pl.col("symbol") == "PNDL").height > 0
    file = tmp_path / "as_named.csv"
    named.write_csv(file)
    import_file(settings, file, Silent())

    def row(of: Settings, ticker: str, **chosen: Any) -> dict[str, object]:
        request = ListRequest(quarter=Q3, cap_min_usd=0.0, cap_max_usd=1e15, min_holders=0, **chosen)
        return next(row for row in top_list(of, request).rows if row["ticker"] == ticker)

    year: dict[str, Any] = {"base_date": date(2025, 1, 3), "end_date": date(2025, 12, 31), "cap_date": CAP_ON}
    expected = row(plain, "PNDB", **year)
    for key in ("return_pct", "base_close", "end_close", "holders", "market_cap_usd"):
        assert row(settings, "PNDB", **year)[key] == expected[key]
    before = {**year, "end_date": date(2025, 7, 7), "cap_date": date(2025, 7, 7)}
    then = row(settings, "PNDL", **before)
    assert (then["holders"], then["cusip"]) == (expected["holders"], expected["cusip"])
    assert then["return_pct"] == row(plain, "PNDL", **before)["return_pct"]  # a source that knows the new name only


def test_real_hedge_funds_value_in_common_shares_is_mapped(real: Real) -> None:
    """Of fails-to-deliver files only two half-months are there."""
    settings = real.settings
    with Store(settings) as store:
        counts = store.holder_counts(Q3)
        measured = measure(store, Q3, counts, PRICES.frame(), MICRO_CAP, None)
    facts = measured.as_dict()
    assert measured.value_usd > (5e11 if real.is_whole else 1e11)
    assert isinstance(facts["value_with_ticker_pct"], float) and facts["value_with_ticker_pct"] > 99
    assert isinstance(facts["cusips_with_ticker_pct"], float) and facts["cusips_with_ticker_pct"] > 90
    held = counts.filter(pl.col("holders") > 0)
    unknown = held.filter(pl.col("kind") == "unknown")
    assert unknown.height < held.height / 100 and unknown["value_usd"].sum() < held["value_usd"].sum() / 1000
    bonds = held.filter(pl.col("cusip").str.slice(6, 2).str.contains("[A-Z]"))
    assert set(bonds["kind"]) == {"bond"} and bonds.height > (30 if real.is_whole else 1)
