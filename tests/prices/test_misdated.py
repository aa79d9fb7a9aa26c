"""Whole days that a source misdates: found by the changes that it reports itself, and undone exactly."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import fewer_examples
from tests.homes import Closes
from tests.prices.panels import late, midway, panel, sessions, without
from tracker.prices import misdated
from tracker.sources import price_files
from tracker.store import session_dates
from tracker.tables import PRICE_DAYS, PRICES, DayStatus

DAYS = sessions(24)
RIGHT = panel(DAYS)
CRASH = panel(DAYS, market={DAYS[10]: -0.06, DAYS[11]: -0.05, DAYS[13]: 0.09})


def repaired(prices: pl.DataFrame) -> pl.DataFrame:
    days = PRICE_DAYS.check(misdated.judge(prices))
    return PRICES.check(session_dates.dated(prices.lazy(), days).collect()).sort(PRICES.key)


def statuses(prices: pl.DataFrame) -> dict[date, str]:
    return dict(misdated.judge(prices).select("supplied_date", "status").rows())


@fewer_examples()
@given(
    start=st.integers(2, 12),
    length=st.integers(1, 9),
    snapshot=st.booleans(),
    market=st.sampled_from([RIGHT, CRASH]),
)
def test_a_stretch_that_is_a_session_late_is_undone_exactly(
    start: int, length: int, snapshot: bool, market: pl.DataFrame
) -> None:
    stretch = DAYS[start : start + length]
    supplied = late(market, stretch, snapshot=snapshot)
    lost = DAYS[start + length]
    assert repaired(supplied).equals(without(market, [lost]))
    assert set(statuses(supplied).values()) <= {"redated", "superseded"}


@pytest.mark.parametrize("days", [DAYS, DAYS[:6] + DAYS[7:], DAYS[:6] + DAYS[9:], DAYS[::5]])
@pytest.mark.parametrize("market", [RIGHT, CRASH])
def test_a_right_panel_is_not_touched(market: pl.DataFrame, days: list[date]) -> None:
    assert misdated.judge(market.filter(pl.col("date").is_in(days))).is_empty()


def test_a_panel_without_changes_or_with_few_names_is_left_alone() -> None:
    shifted = late(RIGHT, DAYS[5:15], snapshot=True)
    assert not misdated.judge(shifted).is_empty()
    assert misdated.judge(shifted.with_columns(pct_change=None)).is_empty()
    few = shifted.filter(pl.col("ticker") < "NYSE060")
    assert misdated.judge(few).is_empty()


def test_changes_that_a_file_works_out_from_its_own_closes_show_nothing() -> None:
    change = (pl.col("close") / pl.col("close").shift().over("ticker") - 1) * 100
    assert misdated.judge(without(RIGHT, DAYS[8:10]).with_columns(pct_change=change)).is_empty()


def test_a_copy_on_a_saturday_does_not_count() -> None:
    friday = next(day for day in DAYS[5:] if day.weekday() == 4)
    copied = RIGHT.filter(pl.col("date") == friday).with_columns(date=pl.lit(friday + timedelta(days=1)))
    supplied = pl.concat([RIGHT, copied])
    assert statuses(supplied) == {friday + timedelta(days=1): "repeated"}
    assert repaired(supplied).equals(RIGHT)


def test_fridays_rows_under_a_saturday_count_for_friday() -> None:
    friday = next(day for day in DAYS[5:] if day.weekday() == 4)
    supplied = RIGHT.with_columns(pl.col("date").replace({friday: friday + timedelta(days=1)}))
    assert statuses(supplied) == {friday + timedelta(days=1): "redated"}
    assert repaired(supplied).equals(RIGHT)


def test_an_exchange_whose_rows_were_not_renewed_is_judged_alone() -> None:
    other = panel(DAYS, exchange="NASDAQ", seed=2)
    stale = other.filter(pl.col("date") == DAYS[8]).with_columns(date=pl.lit(DAYS[9]))
    supplied = pl.concat([RIGHT, without(other, [DAYS[9]]), stale])
    assert misdated.judge(supplied).select("exchange", "supplied_date", "status").rows() == [
        ("NASDAQ", DAYS[9], "repeated")
    ]
    assert repaired(supplied).equals(pl.concat([RIGHT, without(other, [DAYS[9]])]).sort(PRICES.key))


def test_exchanges_too_small_to_judge_alone_are_judged_together() -> None:
    parts = [panel(DAYS, names=60, exchange=name, seed=seed) for seed, name in enumerate(("AMEX", "NYSE"))]
    right = pl.concat(parts).sort(PRICES.key)
    assert repaired(late(right, DAYS[5:9], snapshot=True)).equals(without(right, [DAYS[9]]))
    nameless = right.with_columns(exchange=pl.lit(None, pl.String))
    assert repaired(late(nameless, DAYS[5:9], snapshot=True)).equals(without(nameless, [DAYS[9]]))


def test_a_small_exchange_follows_the_large_ones_where_they_agree() -> None:
    nasdaq, small = panel(DAYS, exchange="NASDAQ", seed=2), panel(DAYS, names=20, exchange="AMEX", seed=3)
    right = pl.concat([RIGHT, nasdaq, small]).sort(PRICES.key)
    assert repaired(late(right, DAYS[5:9], snapshot=True)).equals(without(right, [DAYS[9]]))
    supplied = pl.concat([RIGHT, late(nasdaq, DAYS[5:9], snapshot=True), small])
    assert set(misdated.judge(supplied)["exchange"]) == {"NASDAQ"}


def test_each_source_is_judged_by_itself() -> None:
    other = panel(DAYS, source="file:b.csv")
    supplied = pl.concat([late(RIGHT, DAYS[5:9], snapshot=True), other])
    assert set(misdated.judge(supplied)["source"]) == {"file:a.csv"}
    assert repaired(supplied).filter(pl.col("source") == "file:b.csv").equals(other)


def test_files_of_one_day_each_are_judged_together() -> None:
    """A user saves every screen under its day; dates and closes are as in one file."""
    supplied = late(RIGHT, DAYS[5:9], snapshot=True)
    apart = supplied.with_columns(source="file:screen " + pl.col("date").cast(pl.String) + ".csv").sort(PRICES.key)
    assert misdated.judge(apart).drop("source").equals(misdated.judge(supplied).drop("source"))
    assert misdated.judge(apart).select("source", "supplied_date").unique().height == 5
    assert repaired(apart).drop("source").equals(without(RIGHT, [DAYS[9]]).drop("source"))
    right = RIGHT.with_columns(source="file:screen " + pl.col("date").cast(pl.String) + ".csv").sort(PRICES.key)
    assert misdated.judge(right).is_empty()


def test_closes_that_the_next_day_contradicts_are_doubtful_and_stay() -> None:
    """A missing session before the run shows that it is not late as a whole; without one all its days are in doubt."""
    wrong = midway(RIGHT.filter(pl.col("date") == DAYS[12]))
    supplied = pl.concat([without(RIGHT, [DAYS[4], DAYS[12]]), wrong]).sort(PRICES.key)
    assert statuses(supplied) == {DAYS[12]: "doubtful"}
    assert repaired(supplied).equals(supplied)
    supplied = pl.concat([without(RIGHT, [DAYS[12]]), wrong]).sort(PRICES.key)
    assert statuses(supplied) == dict.fromkeys(DAYS[:13], "doubtful")


def test_a_stretch_without_an_end_is_repaired_only_if_a_session_is_seen_twice() -> None:
    """Until a later day shows its end, a file that goes on after a missing session may also be right."""
    broken = without(RIGHT, [DAYS[4]])  # shows that the changes are the exchange's
    supplied = late(broken, DAYS[16:23], snapshot=True)
    assert repaired(supplied).equals(without(broken, [DAYS[23]]))
    supplied = late(broken, DAYS[16:23], snapshot=False)
    assert statuses(supplied) == dict.fromkeys(DAYS[17:], "doubtful")


def test_a_file_that_begins_within_a_stretch_is_in_doubt() -> None:
    supplied = late(RIGHT, DAYS[5:12], snapshot=True).filter(pl.col("date") > DAYS[8])
    assert statuses(supplied) == dict.fromkeys(DAYS[9:13], "doubtful")


def test_a_ticker_that_changes_exchanges_keeps_one_row_a_session() -> None:
    other = late(panel(DAYS, exchange="NASDAQ", seed=2), DAYS[5:9], snapshot=True)
    moving = pl.when(pl.col("date") > DAYS[6]).then(pl.col("ticker").str.replace("NASDAQ", "NYSE")).otherwise("ticker")
    supplied = pl.concat([RIGHT.filter(pl.col("date") <= DAYS[6]), other.with_columns(ticker=moving)])
    assert not repaired(supplied).select(PRICES.key).is_duplicated().any()


def test_the_stretches_of_a_real_panel(closes: Closes) -> None:
    """Sessions by known market days: the low of 2025-04-08, the rise of 04-09, a copy on a Saturday."""
    prices = price_files.read(closes.path)
    days = misdated.judge(prices)
    whole = days.filter(pl.col("exchange") == "NASDAQ")
    redated = dict(whole.filter(pl.col("status") == DayStatus.REDATED).select("supplied_date", "date").rows())
    assert redated[date(2025, 4, 4)] == date(2025, 4, 3) and redated[date(2025, 5, 14)] == date(2025, 5, 13)
    assert redated[date(2025, 4, 21)] == date(2025, 4, 17)  # over Good Friday
    assert len(redated) == 63
    others = dict(whole.filter(pl.col("status") != DayStatus.REDATED).select("supplied_date", "status").rows())
    assert others == {
        date(2025, 3, 12): "superseded",
        date(2025, 4, 3): "superseded",
        date(2025, 6, 10): "superseded",
        date(2025, 10, 6): "superseded",
        date(2025, 7, 12): "repeated",
        date(2026, 2, 4): "repeated",
        date(2026, 2, 25): "doubtful",
    }
    right = repaired(prices)
    start = pl.col("close") / (1 + pl.col("pct_change") / 100)
    ago = (pl.col("date") - pl.col("date").shift()).over("ticker").dt.total_days()
    off = (
        right.with_columns(off=((start / pl.col("close").shift().over("ticker") - 1).abs() > 0.01), ago=ago)
        .filter(pl.col("ago") <= 4)
        .group_by("date")
        .agg(pl.len(), pl.col("off").mean(), pl.col("pct_change").median())
        .filter(pl.col("len") > 200)
    )
    contradicted = off.filter(pl.col("off") > 0.05)["date"].sort().to_list()
    # after sessions that the panel lacks, and after the day in doubt
    lacking = ["2025-03-31", "2025-05-15", "2025-06-17", "2025-11-03", "2026-02-05", "2026-02-20", "2026-02-25"]
    assert [str(day) for day in contradicted] == [*lacking, "2026-02-26"]
    best = off.filter(pl.col("date").dt.year() == 2025).sort("pct_change")["date"]
    assert best[-1] == date(2025, 4, 9) and {date(2025, 4, 3), date(2025, 4, 4)} == {best[0], best[1]}
