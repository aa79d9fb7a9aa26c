"""Splits, returns and last closes, one small frame a rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import fewer_examples
from tests.prices.helpers import MONDAY, Close, detect_splits, prices, returns, sessions
from tracker.prices import split_detection
from tracker.prices import splits as splitting
from tracker.prices.implied import implied_prices
from tracker.prices.returns import measure_returns as returns_of
from tracker.prices.selection import latest, preferred, typical_volume
from tracker.tables import DIVIDENDS, JUDGED_FILINGS, LINES, PRICES, RETURNS, SPLITS


def only(frame: pl.DataFrame, base: date, end: date, splits: pl.DataFrame | None = None) -> dict[str, object]:
    found = RETURNS.check(returns(frame, base, end, splits))
    assert found.height == 1
    return found.row(0, named=True)


def change_of(frame: pl.DataFrame) -> float | None:
    value = only(frame, frame["date"].min(), frame["date"].max())["return_pct"]
    return value if value is None else pytest.approx(value, abs=1e-6)


def test_a_plain_return() -> None:
    row = only(prices([(7.54, None), (8.0, 6.101), (11.25, 40.625)]), MONDAY, sessions(3)[-1])
    assert row["return_pct"] == pytest.approx(49.2042, abs=1e-4)
    assert (row["base_close"], row["end_close"], row["split_ratio"], row["held_back"]) == (7.54, 11.25, 1.0, None)


def test_a_reverse_split_is_no_gain() -> None:
    frame = prices([(0.31, None), (0.3, -3.226), (29.0, -3.333), (30.0, 3.448)])
    splits = SPLITS.check(detect_splits(frame))
    assert splits.row(0, named=True) == {
        "ticker": "ABC",
        "date": sessions(4)[2],
        "ratio": pytest.approx(0.01),
        "source": "detected",
        "status": "used",
        "evidence": "1-for-100.0 reverse split: close 0.3 on 2025-01-07, 29.0 on 2025-01-08, "
        "reported change -3.333% from 30.0",
    }
    assert change_of(frame) == (30 / 31 - 1) * 100


@pytest.mark.parametrize(
    ("before", "after", "change", "ratio"),
    [
        (134.59, 88.25, -1.646, 1.5),
        (102.31, 20.44, -0.108, 5.0),
        (1143.55, 112.93, -1.246, 10.0),
        (0.5235, 7.79, -16.635, 1 / 17.85),
        (0.2082, 2.03, -21.998, 0.08),
        (0.142, 6.87, -77.605, 1 / 216),
    ],
)
def test_ratios_that_happen(before: float, after: float, change: float, ratio: float) -> None:
    found = detect_splits(prices([(before, 0.0), (before, 0.0), (after, change), (after, 0.0)]))
    assert found["ratio"].to_list() == [pytest.approx(ratio)]


def test_a_reverse_split_of_no_plain_ratio_between_certain_closes() -> None:
    found = detect_splits(prices([(4.95, 0.0), (4.91, -0.808), (8.09, -0.663)]))
    assert found["ratio"].to_list() == [pytest.approx(0.6029, abs=1e-4)]


def test_a_rise_after_an_uncertain_close_is_held_back() -> None:
    # second day of a listing: the change still refers to the offering price of 4.00
    row = only(prices([(3.05, None), (1.39, -65.25)]), MONDAY, sessions(2)[-1])
    assert row["return_pct"] is None
    assert "unclear jump: close 3.05" in str(row["held_back"])


def test_a_real_fall_is_no_split() -> None:
    frame = prices([(10.0, 0.0), (4.0, -60.0), (4.1, 2.5)])
    assert detect_splits(frame).is_empty()
    assert change_of(frame) == -59


def test_a_real_rise_of_a_plain_ratio_is_no_split() -> None:
    frame = prices([(1.0, 0.0), (5.0, 400.0), (5.0, 0.0)])
    assert detect_splits(frame).is_empty()
    assert change_of(frame) == 400


def test_a_dividend_is_no_split() -> None:
    frame = prices([(20.0, 0.0), (19.0, 0.0), (19.0, 0.0)])
    assert detect_splits(frame).is_empty()
    assert change_of(frame) == -5


def test_a_stock_dividend_shows_in_the_shares_outstanding() -> None:
    closes = [(20.0, 0.0), (18.1818, 0.0), (18.1818, 0.0)]
    assert detect_splits(prices(closes, shares=1e6)).is_empty()
    frame = prices(closes, shares=[1e6, 1e6, 1.1e6])
    assert detect_splits(frame)["ratio"].to_list() == [pytest.approx(1.1)]
    assert change_of(frame) == pytest.approx(0, abs=1e-3)


def test_an_odd_forward_ratio_needs_the_shares_outstanding() -> None:
    closes = [(15.79, 0.0), (15.79, 0.0), (11.95, 2.54)]
    assert only(prices(closes), MONDAY, sessions(3)[-1])["return_pct"] is None
    assert detect_splits(prices(closes, shares=[1e7, 1e7, 1.3549e7]))["ratio"].to_list() == [
        pytest.approx(1.3549, abs=1e-3)
    ]


def test_a_large_distribution_is_held_back() -> None:
    row = only(prices([(20.39, 0.0), (1.5, 7.914), (1.5, 0.0)]), MONDAY, sessions(3)[-1])
    assert row["return_pct"] is None
    assert "distribution" in str(row["held_back"])


def test_a_split_on_the_last_day_counts_and_on_the_first_does_not() -> None:
    frame = prices([(1.0, 0.0), (10.0, 0.0), (11.0, 10.0)])
    days = sessions(3)
    assert only(frame, days[0], days[1])["return_pct"] == pytest.approx(0)
    assert only(frame, days[1], days[2])["return_pct"] == pytest.approx(10)
    assert only(frame, days[1], days[2])["split_ratio"] == 1.0


def test_a_close_is_at_most_a_week_old_and_never_a_later_one() -> None:
    days = [date(2025, 1, 3), date(2025, 1, 13)]
    frame = prices([(5.0, 0.0), (6.0, 20.0)], days=days)
    row = only(frame, date(2025, 1, 10), date(2025, 1, 14))
    assert (row["base_date"], row["end_date"]) == (days[0], days[1])
    assert row["return_pct"] == pytest.approx(20)
    row = only(frame, date(2025, 1, 11), date(2025, 1, 14))
    assert row["return_pct"] is None
    assert row["held_back"] == (
        "no close on 2025-01-11, nor in the 7 days before it: not quoted then, though on 2025-01-03"
    )
    assert row["held_back_kind"] == "not quoted then"
    row = only(frame, date(2025, 1, 3), date(2025, 1, 12))
    assert row["held_back"] == (
        "no close on 2025-01-12, nor in the 7 days before it: no longer quoted (delisted, merged or renamed), "
        "last close 2025-01-03"
    )
    assert row["held_back_kind"] == "no longer quoted"
    assert only(frame.tail(1), days[0], days[1])["held_back_kind"] == "newly listed"
    assert latest(frame, date(2025, 1, 12)).is_empty()
    assert latest(frame, date(2025, 1, 10))["close"].to_list() == [5.0]


def gap(closes: Sequence[Close], **options: object) -> pl.DataFrame:
    """Three sessions before and the rest after a hole of a week."""
    days = sessions(3) + sessions(len(closes) - 3, MONDAY + timedelta(days=14))
    return prices(closes, days=days, **options)  # type: ignore[arg-type]


def test_drift_over_missing_sessions_is_no_split() -> None:
    frame = gap([(10.0, 0.0), (10.0, 0.0), (10.0, 0.0), (15.0, 1.0), (15.0, 0.0)])
    assert detect_splits(frame).is_empty()
    assert change_of(frame) == 50


def test_a_split_over_missing_sessions_needs_the_shares_outstanding() -> None:
    closes = [(0.3, 0.0), (0.3, 0.0), (0.3, 0.0), (2.9, -5.0), (3.0, 3.448)]
    assert change_of(gap(closes)) is None
    assert change_of(gap(closes, shares=1e8)) is None  # unchanged: too large a rise to believe
    frame = gap(closes, shares=[1e8, 1e8, 1e8, 1e8, 1e7])
    assert detect_splits(frame)["ratio"].to_list() == [pytest.approx(0.1)]
    assert change_of(frame) == pytest.approx(0, abs=1e-6)


def test_unchanged_shares_clear_a_fall_over_missing_sessions() -> None:
    frame = gap([(10.0, 0.0), (10.0, 0.0), (10.0, 0.0), (3.3, -1.0), (3.3, 0.0)], shares=1e6)
    assert change_of(frame) == -67


def test_a_day_that_the_whole_market_disagrees_with_is_a_missing_session() -> None:
    days = sessions(4)
    many = [
        prices([(100.0, 0.0), (100.0, 0.0), (90.0 + number % 17, 1.0), (99.0, 0.0)], ticker=f"T{number}", days=days)
        for number in range(250)
    ]
    # 2.46 -> 1.23 in a missing session is a plain half by chance
    frame = pl.concat([*many, prices([(2.46, 0.0), (2.46, 0.0), (1.09, -11.382), (1.1, 0.9)], days=days, shares=3e6)])
    assert detect_splits(frame).is_empty()
    found = returns(frame, days[0], days[-1]).filter(ticker="ABC")
    assert found["return_pct"].to_list() == [pytest.approx((1.1 / 2.46 - 1) * 100)]


def test_a_repeated_row_shows_nothing() -> None:
    frame = prices([(8.87, 0.0), (64.17, 623.45), (64.17, 623.45), (40.61, -36.715)])
    assert detect_splits(frame).is_empty()


def test_a_null_change_with_a_large_jump_is_held_back() -> None:
    assert change_of(prices([(2.0, 0.0), (2.1, 5.0), (9.4, None)])) is None
    assert change_of(prices([(2.0, 0.0), (2.1, 5.0), (2.2, None)])) == pytest.approx(10)


def test_a_split_that_the_reported_change_leaves_out_shows_in_the_shares_outstanding() -> None:
    frame = prices([(0.3, 0.0), (0.3049, 1.63), (2.77, 808.495)], shares=[1e7, 1e7, 1e6])
    assert detect_splits(frame)["ratio"].to_list() == [pytest.approx(0.1)]
    assert change_of(frame) == pytest.approx((0.277 / 0.3 - 1) * 100)


def test_a_price_that_multiplies_while_fewer_shares_trade_is_held_back() -> None:
    closes = [(0.95, 0.0), (0.96, 1.053), (9.49, 888.542)]
    quiet = only(prices(closes, volumes=[1e6, 3e6, 6e5]), MONDAY, sessions(3)[-1])
    assert quiet["return_pct"] is None
    assert "perhaps a split" in str(quiet["held_back"])
    assert change_of(prices(closes, volumes=[1e6, 3e6, 9e7])) == pytest.approx((9.49 / 0.95 - 1) * 100)


def test_a_ticker_that_comes_back_with_other_shares_is_held_back() -> None:
    days = sessions(30)
    market = prices([(10.0, 0.0)] * 30, ticker="MKT", days=days)
    back = prices([(20.0, 0.0), (20.0, 0.0), (12.0, 1.0)], days=[days[0], days[1], days[29]], shares=[1e6, 1e6, 3e7])
    row = returns(pl.concat([market, back]), days[0], days[29]).filter(ticker="ABC").row(0, named=True)
    assert row["return_pct"] is None
    assert "missing sessions" in row["held_back"]


def test_adjusted_closes_are_left_alone() -> None:
    frame = prices([(1.0, 0.0), (10.0, 0.0), (11.0, 10.0)], adjusted=True)
    assert detect_splits(frame).is_empty()
    known = SPLITS.frame([{"ticker": "ABC", "date": sessions(3)[1], "ratio": 0.1, "source": "file:mine.csv"}])
    assert only(frame, MONDAY, sessions(3)[-1], known)["return_pct"] == pytest.approx(1000)


def test_known_splits_stand_instead_of_found_ones() -> None:
    frame = prices([(2.0, 0.0), (2.0, 0.0), (1.0, 0.0), (1.0, 0.0)])
    known = SPLITS.frame([{"ticker": "ABC", "date": sessions(4)[3], "ratio": 4.0, "source": "file:mine.csv"}])
    assert only(frame, MONDAY, sessions(4)[-1], known)["return_pct"] == pytest.approx(100)
    unclear = prices([(20.0, 0.0), (20.0, 0.0), (7.0, 0.0)])
    assert change_of(unclear) is None
    settled = SPLITS.frame([{"ticker": "ABC", "date": sessions(3)[2], "ratio": 20 / 7, "source": "file:mine.csv"}])
    assert only(unclear, MONDAY, sessions(3)[-1], settled)["return_pct"] == pytest.approx(0)


def test_a_window_that_runs_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="before the base"):
        returns(prices([(1.0, 0.0)]), date(2025, 2, 1), date(2025, 1, 1))


def test_empty_prices_give_empty_frames() -> None:
    assert RETURNS.check(returns(PRICES.frame(), MONDAY, MONDAY)).is_empty()
    assert SPLITS.check(detect_splits(PRICES.frame())).is_empty()
    assert latest(PRICES.frame(), MONDAY).is_empty()


def test_an_imported_file_wins_and_takes_the_cap_it_lacks_from_the_next() -> None:
    frame = pl.concat(
        [
            prices([(5.0, 0.0)], shares=1e6),
            prices([(5.1, 2.0)], source="file:a-2025.csv"),
            prices([(5.2, None)], source="file:b-2025.csv"),
        ]
    )
    row = PRICES.check(preferred(frame)).row(0, named=True)
    assert (row["close"], row["source"], row["pct_change"], row["market_cap_usd"]) == (
        5.2,
        "file:b-2025.csv",
        None,
        5e6,
    )
    assert preferred(frame, ["file:a-2025.csv"])["close"].to_list() == [5.1]
    assert preferred(frame, ["nasdaq"])["close"].to_list() == [5.0]
    assert latest(frame, MONDAY)["close"].to_list() == [5.2]


def test_of_two_rare_sources_one_wins_where_the_frequent_one_has_nothing() -> None:
    frequent = prices([(5.0, 0.0)] * 9, days=sessions(9))
    rare = [prices([(close, None)], ticker="RARE", source=f"file:{close:g}.csv") for close in (1.0, 2.0)]
    chosen = preferred(pl.concat([frequent, *rare]))
    assert chosen.filter(pl.col("ticker") == "RARE").select("close", "source").rows() == [(2.0, "file:2.csv")]
    assert preferred(pl.concat([frequent, rare[0]])).height == 10


def test_mixed_adjusted_and_unadjusted_closes_are_held_back() -> None:
    days = sessions(2)
    frame = pl.concat([prices([(1.0, 0.0)], days=days[:1]), prices([(2.0, 0.0)], days=days[1:], adjusted=True)])
    assert "adjusted" in str(only(frame, *days)["held_back"])


ratios = st.one_of(
    st.integers(2, 250).map(lambda number: 1 / number), st.integers(2, 20).map(float), st.sampled_from([1.5, 2.5, 3.5])
)


@fewer_examples()
@given(
    changes=st.lists(st.floats(-40, 60), min_size=4, max_size=12),
    ratio=ratios,
    place=st.integers(2, 100),
    start=st.floats(5, 500),
)
def test_a_split_in_a_path_leaves_the_return_unchanged(
    changes: list[float], ratio: float, place: int, start: float
) -> None:
    level, path = start, [start]
    for change in changes:
        level *= 1 + change / 100
        path.append(level)
    at = 2 + place % (len(path) - 2)
    reported = [0.0, *(round(change, 3) for change in changes)]
    whole = prices(list(zip(path, reported, strict=True)))
    split = prices([(close / ratio if number >= at else close, reported[number]) for number, close in enumerate(path)])
    days = sessions(len(path))
    expected = only(whole, days[0], days[-1])["return_pct"]
    row = only(split, days[0], days[-1])
    assert row["split_ratio"] == pytest.approx(ratio)
    assert row["return_pct"] == pytest.approx(expected)


# ---- from the low, with dividends, implied ------------------------------------------------------------------------


def measured(frame: pl.DataFrame, base: date, end: date, **given: Any) -> dict[str, Any]:
    events = splitting.settle(given.pop("events", split_detection.detect(frame)))
    return RETURNS.check(returns_of(frame, base, end, events, **given)).row(0, named=True)


def test_from_the_low_is_from_the_lowest_close_in_shares_of_the_end() -> None:
    days = sessions(5)
    # in shares of the end: 100, 80, 90, 60, 90 - the lowest close as traded is the second
    closes = [(10.0, 0.0), (8.0, -20.0), (9.0, 12.5), (60.0, -33.333), (90.0, 50.0)]
    row = measured(prices(closes, shares=[1e6, 1e6, 1e6, 1e5, 1e5]), days[0], days[-1], from_low=True)
    assert (row["base_date"], row["base_close"], row["split_ratio"]) == (days[3], 60.0, 1.0)
    assert row["return_pct"] == pytest.approx(50)


def test_from_the_low_an_unclear_jump_anywhere_holds_back() -> None:
    days = sessions(5)
    frame = prices([(20.0, 0.0), (20.0, 0.0), (7.0, 0.0), (6.0, -14.286), (9.0, 50.0)])
    assert measured(frame, days[3], days[-1])["return_pct"] == pytest.approx(50)
    row = measured(frame, days[0], days[-1], from_low=True)
    assert (row["base_date"], row["return_pct"], row["held_back_kind"]) == (days[3], None, "unclear")


def test_of_equal_lows_the_first_counts() -> None:
    days = sessions(4)
    row = measured(prices([(9.0, 0.0), (5.0, 0.0), (5.0, 0.0), (6.0, 20.0)]), days[0], days[-1], from_low=True,
                   events=SPLITS.frame())  # fmt: skip
    assert row["base_date"] == days[1]


def paid(*amounts: tuple[date, float]) -> pl.DataFrame:
    return DIVIDENDS.frame(
        {"ticker": "ABC", "date": day, "amount_usd": amount, "source": "yahoo"} for day, amount in amounts
    )


def test_dividends_buy_shares_at_the_close_of_their_day() -> None:
    days = sessions(4)
    frame = prices([(100.0, 0.0), (98.0, 0.0), (49.0, 0.0), (50.0, 2.041)], shares=[1e6, 1e6, 2e6, 2e6])
    dividends = paid((days[0], 50.0), (days[1], 2.0), (days[3], 1.0))
    row = measured(frame, days[0], days[-1], dividends=dividends, covered=["ABC"])
    assert row["dividend_factor"] == pytest.approx((1 + 2 / 98) * (1 + 1 / 50))
    assert row["return_pct"] == pytest.approx((50 * 2 * (1 + 2 / 98) * (1 + 1 / 50) / 100 - 1) * 100)
    assert measured(frame, days[0], days[-1])["dividend_factor"] == 1.0


def test_a_name_of_which_no_dividends_are_known_has_no_total_return() -> None:
    days = sessions(2)
    frame = prices([(100.0, 0.0), (98.0, -2.0)])
    row = measured(frame, *days, dividends=paid(), covered=["XYZ"])
    assert (row["return_pct"], row["held_back_kind"]) == (None, "no dividends")
    assert measured(frame, *days, dividends=paid(), covered=["ABC"])["return_pct"] == pytest.approx(-2)


def test_the_source_that_won_is_kept_for_both_ends() -> None:
    days = sessions(2)
    frame = pl.concat([prices([(1.0, 0.0), (2.0, 0.0)]), prices([(3.0, 0.0)], days=days[1:], source="file:mine.csv")])
    row = measured(preferred(frame), *days, events=SPLITS.frame())
    assert (row["base_source"], row["end_source"], row["end_close"]) == ("nasdaq", "file:mine.csv", 3.0)


def test_typical_volume_is_the_median_of_the_last_days() -> None:
    days = sessions(25)
    frame = prices([(1.0, 0.0)] * 25, days=days, volumes=[1e9] * 5 + [float(number) for number in range(20)])
    assert typical_volume(frame, days[-1])["typical_volume"].to_list() == [9.5]
    assert typical_volume(frame, days[-1] + timedelta(days=60)).is_empty()
    assert typical_volume(frame, days[-1], frame["ticker"].unique()).height == 1
    assert typical_volume(frame, days[-1], pl.Series(["OTHER"])).is_empty()


def filed(*filers: tuple[float, float, str], **given: Any) -> pl.DataFrame:
    """Implied prices where each filer tells value, shares and its unit."""
    numbers = [f"0001-25-{number}" for number in range(len(filers))]
    lines = LINES.frame(
        {"accession_number": number, "line_number": 1, "cusip": "266042407", "value": value, "shares": shares,
         "share_type": "SH", "put_call": "", **given}
        for number, (value, shares, _) in zip(numbers, filers, strict=True)
    )  # fmt: skip
    filings = JUDGED_FILINGS.frame(
        {"accession_number": number, "cik": at, "period_of_report": date(2025, 9, 30), "unit": unit, "role": "base",
         "is_share_value": False}
        for at, (number, (_, _, unit)) in enumerate(zip(numbers, filers, strict=True))
    )  # fmt: skip
    return implied_prices(lines, filings)


def test_filings_imply_the_price_at_the_quarters_end() -> None:
    found = filed((700.0, 100.0, "dollars"), (0.71, 100.0, "thousands"), (9000.0, 100.0, "dollars"))
    assert found.row(0, named=True) == {
        "period_of_report": date(2025, 9, 30), "cusip": "266042407", "price_usd": pytest.approx(7.1), "filers": 3
    }  # fmt: skip


@pytest.mark.parametrize("given", [{"put_call": "CALL"}, {"share_type": "PRN"}, {"shares": 0.0}, {"value": 0.0}])
def test_what_is_no_holding_of_shares_implies_nothing(given: dict[str, Any]) -> None:
    assert filed((700.0, 100.0, "dollars"), **given).is_empty()
