"""Splits of several sources, what holders' shares tell, and how well the prices show the splits of 2025."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.homes import Closes
from tests.prices.helpers import MONDAY, detect_splits, prices, sessions
from tracker.prices import misdated, split_detection, splits
from tracker.prices.returns import adjusted_closes
from tracker.sources import price_files
from tracker.store import session_dates
from tracker.tables import POSITIONS, SPLITS, SplitStatus

HAND = Path(__file__).parent / "splits_2025.csv"
DAY = date(2025, 3, 3)


def event(source: str, ratio: float | None, day: date = DAY, ticker: str = "ABC") -> dict[str, object]:
    return {"ticker": ticker, "date": day, "ratio": ratio, "source": source, "evidence": "said"}


def status(*events: dict[str, object], order: tuple[str, ...] = ()) -> dict[str, str]:
    settled = SPLITS.check(splits.settle(SPLITS.frame(events), order))
    return dict(settled.select("source", "status").rows())


def test_a_users_file_goes_before_a_vendor_and_that_before_prices() -> None:
    found = status(event("detected", 0.1), event("yahoo", 0.2), event("file:mine.csv", 0.25))
    assert found == {"detected": "replaced", "yahoo": "replaced", "file:mine.csv": "used"}
    assert status(event("detected", None), event("yahoo", 0.2)) == {"detected": "replaced", "yahoo": "used"}
    assert status(event("detected", None)) == {"detected": "unclear"}


def test_of_two_files_the_one_named_first_wins() -> None:
    pair = event("file:a.csv", 0.1), event("file:b.csv", 0.2)
    assert status(*pair, order=("file:a.csv",))["file:b.csv"] == "replaced"
    assert status(*pair, order=("file:b.csv", "file:a.csv"))["file:a.csv"] == "replaced"


@pytest.mark.parametrize(("days", "expected"), [(7, "replaced"), (-7, "replaced"), (8, "used")])
def test_a_report_stands_for_what_is_found_within_a_week(days: int, expected: str) -> None:
    told = event("file:mine.csv", 0.1, DAY + timedelta(days=days))
    assert status(event("detected", 0.1), told)["detected"] == expected


def test_another_ticker_is_not_touched() -> None:
    assert status(event("detected", 0.1), event("yahoo", 0.1, ticker="XYZ")) == {"detected": "used", "yahoo": "used"}


def test_two_splits_of_one_source_within_a_week_both_count() -> None:
    found = splits.settle(SPLITS.frame([event("yahoo", 0.1), event("yahoo", 2.0, DAY + timedelta(days=1))]))
    assert found["status"].to_list() == ["used", "used"]


def held(*shares: float | None, ticker: str = "ABC", **given: object) -> pl.DataFrame:
    return POSITIONS.frame(
        {"cik": cik, "cusip": str(cik), "ticker": ticker, "share_type": "SH", "put_call": "", "shares": count, **given}
        for cik, count in enumerate(shares)
    )


def test_holders_who_did_not_trade_tell_the_ratio() -> None:
    found = splits.by_holders(held(100, 200, 300, 400), held(10, 20, 30, 90)).row(0, named=True)
    assert (found["ratio"], found["holders"], found["agreeing"]) == (pytest.approx(0.1), 4, 0.75)


def test_too_few_holders_options_and_unknown_shares_tell_nothing() -> None:
    assert splits.by_holders(held(100, 200), held(10, 20)).is_empty()
    assert splits.by_holders(held(100, 200, None), held(10, 20, 30)).is_empty()
    assert splits.by_holders(held(1, 2, 3, put_call="CALL"), held(1, 2, 3, put_call="CALL")).is_empty()


@pytest.mark.parametrize(
    ("after", "ratio"), [((10, 20, 30, 90), 0.1), ((150, 300, 450, 600), 1.5), ((100, 200, 300, 400), None),
                         ((10, 40, 90, 200), None), ((70, 140, 210, 280), None)],
)  # fmt: skip
def test_an_unclear_jump_is_settled_by_a_plain_ratio_that_most_share(
    after: tuple[float, ...], ratio: float | None
) -> None:
    unclear = splits.settle(SPLITS.frame([event("detected", None)]))
    found = SPLITS.check(splits.confirm(unclear, splits.by_holders(held(100, 200, 300, 400), held(*after))))
    assert found["ratio"].to_list() == [ratio if ratio is None else pytest.approx(ratio)]
    assert found["status"].to_list() == ["unclear" if ratio is None else "used"]
    assert ("4 holders" in found["evidence"][0]) is (ratio is not None)


def test_what_is_settled_already_stays() -> None:
    settled = splits.settle(SPLITS.frame([event("detected", 0.2)]))
    told = splits.by_holders(held(100, 200, 300), held(10, 20, 30))
    assert splits.confirm(settled, told).equals(settled)


@given(ratios=st.lists(st.sampled_from([0.1, 0.5, 2.0, 1.5]), max_size=4), change=st.floats(0.9, 1.1))
def test_adjusted_closes_move_as_the_stock_did(ratios: list[float], change: float) -> None:
    days = sessions(6)
    given = [event("yahoo", ratio, days[at + 1]) for at, ratio in enumerate(ratios)]
    level, path = 100.0, [100.0]
    for at in range(1, 6):
        level *= change / (ratios[at - 1] if at <= len(ratios) else 1)
        path.append(level)
    frame = prices([(close, None) for close in path], days=days)
    found = adjusted_closes(frame, splits.settle(SPLITS.frame(given))).sort("date")["adjusted"]
    assert (found / found.shift()).drop_nulls().to_list() == [pytest.approx(change)] * 5
    assert found[-1] == pytest.approx(path[-1]) and days[0] == MONDAY


# ---- against a list checked by hand -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hand() -> pl.DataFrame:
    return pl.read_csv(HAND, try_parse_dates=True)


def test_the_hand_checked_list_is_large_and_of_every_kind(hand: pl.DataFrame) -> None:
    count = dict(hand["direction"].value_counts().rows())
    assert count["reverse"] >= 60 and count["forward"] >= 25 and count["none"] >= 40
    known = hand.filter(pl.col("direction") != "none")
    assert known["ratio"].null_count() == 0 and known["date"].min() == date(2025, 1, 2)
    assert known["date"].max() == date(2025, 12, 31)
    assert not hand.select("ticker", "date").is_duplicated().any()
    assert ((known["ratio"] < 1) == (known["direction"] == "reverse")).all()


@pytest.mark.parametrize("is_dated", [True, False])
def test_precision_and_recall_on_the_splits_of_2025(hand: pl.DataFrame, closes: Closes, is_dated: bool) -> None:
    """Under their sessions and as supplied: the list has dates as supplied."""
    found = price_files.read(closes.path)
    if is_dated:
        found = session_dates.dated(found.lazy(), misdated.judge(found)).collect()
    events = split_detection.detect(found).filter(pl.col("date").dt.year() == 2025)
    events = events.join(hand.select("ticker").unique(), on="ticker", how="semi")
    known = hand.filter(pl.col("direction") != "none")
    near = known.select("ticker", "date", true="ratio").join(
        events.rename({"date": "found_on"}), on="ticker", how="inner"
    )
    near = near.filter((pl.col("found_on") - pl.col("date")).abs() <= timedelta(days=4))
    right = near.filter((pl.col("ratio") / pl.col("true") - 1).abs() < 0.002)
    used = events.filter(pl.col("status") == SplitStatus.USED)
    held_back = near.filter(pl.col("status") == SplitStatus.UNCLEAR)
    precision, recall = right.height / used.height, right.height / known.height
    print(
        f"splits of 2025: {known.height} by hand, {right.height} found, {held_back.height} held back; "
        f"precision {precision:.1%}, recall {recall:.1%}"
    )
    assert precision >= 0.99  # a wrong split is worse than a missing one
    assert recall >= 0.90
    assert right.height + held_back.height == known.height  # none passes as a return
    falls = hand.filter(pl.col("direction") == "none").select("ticker", "date").join(
        events.rename({"date": "found_on"}), on="ticker"
    )  # fmt: skip
    falls = falls.filter((pl.col("found_on") - pl.col("date")).dt.total_days().is_between(-4, 0))
    assert falls.is_empty()  # real falls and rises are neither split nor doubted


def test_a_class_that_nobody_traded_on_the_first_day_is_split_once() -> None:
    """QVCGB, 2025-05-23: the change is in new shares, the close still in old ones; then the close moves."""
    closes = [(4.73, -6.522), (3.905, -17.442), (3.905, -98.0), (198.01, 4970.679), (200.0, 1.005)]
    old, new = 4.034e8, 8.07e6
    for shares in ([old, old, old, new, new], None):
        found = detect_splits(prices(closes, shares=shares))
        assert found.select("date", "ratio").rows() == [(sessions(5)[3], pytest.approx(0.02))]
    # the day after, the change is in new shares again
    adjusted = [*closes[:3], (198.01, 1.413), (200.0, 1.005)]
    assert detect_splits(prices(adjusted))["ratio"].to_list() == [pytest.approx(0.02)]


def test_a_close_that_stands_still_by_chance_is_no_split() -> None:
    assert detect_splits(prices([(2.0, 0.0), (2.1, 5.0), (2.1, 0.0), (2.0, -4.762)])).is_empty()
    halved = detect_splits(prices([(2.0, 0.0), (2.0, 0.0), (1.0, 0.0), (1.0, 0.0)]))
    assert halved["ratio"].to_list() == [2.0]


def with_gap(closes: list[tuple[float, float | None]], shares: list[float]) -> pl.DataFrame:
    """AIM: three sessions, fifty missing ones, and the rest; another ticker shows that there were sessions."""
    days = sessions(60)
    market = prices([(10.0, 0.0)] * 60, ticker="MKT", days=days)
    return pl.concat([market, prices(closes, days=[*days[:3], *days[53:]], shares=shares)])


@pytest.mark.parametrize(
    ("grown", "old_for_new"),
    [(1.0572, 100), (1.0, 100), (1.09, 100), (1.0, 94), (1.0, 28)],  # shares issued meanwhile; 1-for-94 if exact
)
def test_shares_issued_while_a_ticker_is_missing_do_not_make_an_odd_ratio(grown: float, old_for_new: int) -> None:
    before, after = 7.229e7, 7.229e7 / old_for_new * grown
    closes: list[tuple[float, float | None]] = [(0.121, 0.0), (0.121, 0.0), (0.1177, -2.727)]
    closes += [(round(0.0949 * old_for_new * 1.0695, 4), (old_for_new * 1.0695 - 1) * 100), (8.3, -18.227)]
    found = detect_splits(with_gap(closes, [before] * 3 + [after] * 2)).filter(pl.col("ticker") == "ABC")
    assert found["ratio"].to_list() == [pytest.approx(1 / old_for_new)]


def test_a_number_of_shares_that_fits_no_usual_ratio_stays_unclear() -> None:
    closes: list[tuple[float, float | None]] = [(0.121, 0.0), (0.121, 0.0), (0.1177, -2.727), (10.15, 10595.469)]
    events = split_detection.detect(with_gap(closes, [7.2e7] * 3 + [7.2e7 / 87.4])).filter(pl.col("ticker") == "ABC")
    assert events.select("ratio", "status").rows() == [(None, "unclear")]


@pytest.mark.parametrize(
    ("before", "after", "change", "grown", "ratio"),
    [
        (54.5, 50.59, -2.039, 1.05, 1.05),  # CBSH, and 0.275 in cash
        (73.15, 68.75, -0.95, 1.05, 1.05),
        (29.04, 27.6, -0.206, 1.05, 1.05),  # LARK, no cash
        (15.79, 11.95, 2.54, 1.3589, 1.3549),  # LSBK: shares grew by more, which no cash explains
    ],
)
def test_a_stock_dividend_is_told_from_the_cash_beside_it(
    before: float, after: float, change: float, grown: float, ratio: float
) -> None:
    closes = [(before, 0.0), (before, 0.0), (after, change), (after, 0.0)]
    found = detect_splits(prices(closes, shares=[1e8, 1e8, 1e8, 1e8 * grown]))
    assert found["ratio"].to_list() == [pytest.approx(ratio, abs=1e-4)]


def test_a_cash_dividend_without_new_shares_is_no_stock_dividend() -> None:
    assert detect_splits(prices([(54.5, 0.0), (54.5, 0.0), (50.59, -2.039), (50.6, 0.0)], shares=1e8)).is_empty()
