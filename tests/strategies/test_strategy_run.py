"""A rule over six quarters of a market worked by hand: the value of the portfolio, to the cent."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import polars as pl
import pytest

from tests.strategies import hand_market
from tests.strategies.hand_market import CIKS, CUSIPS, FIRST, LAST, QUARTERS
from tests.submissions import line, submission
from tracker.errors import NotFoundError, SettingError
from tracker.managers import fund_lists
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.store import Store
from tracker.store.kept_delistings import keep_delistings
from tracker.strategies import strategy_report
from tracker.strategies.signal_days import SignalOn, sessions
from tracker.strategies.strategy_plan import Plan
from tracker.strategies.strategy_rules import RULES
from tracker.strategies.strategy_run import StrategyRun, Trials
from tracker.tables import DELISTED_STOCKS, FILINGS, PRICES

PLAN = Plan(top=2, capital_usd=100_000, cost_pct=0.5)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return hand_market.build(tmp_path_factory.mktemp("hand") / "home")


@pytest.fixture(scope="module")
def worked(settings: Settings) -> StrategyRun:
    with Store(settings) as store:
        return Trials(store).run("consensus", RULES["consensus"], PLAN)


def test_the_portfolio_has_the_value_worked_out_on_paper(worked: StrategyRun) -> None:
    """The two stocks that most funds hold, half each; a trade costs 0.5%, so 100,000 buy 100,000 / 1.005.

    2024-05-24  A, B at 12.50, 25.00     100,000.00 / 1.005 = 99,502.49: 49,751.24 each
    2024-07-15  A is split 2-for-1: 12.50 -> 6.25, twice the shares
    2024-08-23  A  8.00: 49,751.24 x 2 x 8.00/12.50 = 63,681.59   B 30.00: 49,751.24 x 1.2 = 59,701.49
                together 123,383.08, half is 61,691.54: sell A 1,990.05 and all of B = 61,691.54, cost 308.46;
                buy C at 20.00 for 61,383.08 / 1.005 = 61,077.70, cost 305.39                 -> 122,769.24
    2024-11-25  A 10.00: 61,691.54 x 1.25 = 77,114.43   C 22.00: 61,077.70 x 1.1 = 67,185.47
                together 144,299.89, half is 72,149.95: sell A 77,114.43, cost 385.57;
                buy C for 4,964.48 and D for 72,149.95, both x 0.995/1.005 = 4,915.08 + 71,432.04, cost 381.74
                                                                                              -> 143,532.59
    2025-01-10  C merges at 24.00: 72,100.55 x 24/22 = 78,655.14 in cash, without cost
    2025-02-26  D  6.00: 71,432.04 x 1.2 = 85,718.44; together 164,373.59, half is 82,186.79:
                sell D 3,531.65, cost 17.66; buy E at 10.00 for 82,169.14 / 1.005 = 81,760.33, cost 408.80
                                                                                              -> 163,947.13
    2025-04-10  E is delisted from Nasdaq after a close of 4.00: 4.00 x 0.45 = 1.80 a share,
                81,760.33 x 1.80/10.00 = 14,716.86 in cash
    2025-05-27  D  7.50: 82,186.79 x 1.25 = 102,733.49, sold at a cost of 513.67; cash is 116,936.69;
                buy F at 16.00 and G at 32.00 (H has two holders: the third is shown on 2025-06-20):
                116,936.69 / 1.005                                                            -> 116,354.91
    2025-07-01  F is FN
    2025-08-25  FN 20.00: 58,177.46 x 1.25 = 72,721.82   G 24.00: 58,177.46 x 0.75 = 43,633.09
                together 116,354.91, half is 58,177.46: sell FN 14,544.36 and G 43,633.09, cost 290.89;
                buy H at 50.00 for 57,886.57 / 1.005 = 57,598.58                              -> 115,776.03
    2025-08-29  FN 22.00, H 55.00: both x 1.1                                                 -> 127,353.63
    """
    values = dict(worked.simulation.daily.iter_rows())
    assert {day: round(value, 2) for day, value in values.items() if day in PAPER} == PAPER
    assert worked.simulation.daily.row(0) == (date(2024, 5, 23), 100_000.0)


PAPER = {
    date(2024, 5, 23): 100_000.00,
    date(2024, 5, 24): 99_502.49,
    date(2024, 7, 15): 99_502.49,
    date(2024, 8, 23): 122_769.24,
    date(2024, 11, 25): 143_532.59,
    date(2025, 2, 26): 163_947.13,
    date(2025, 5, 27): 116_354.91,
    date(2025, 8, 25): 115_776.03,
    date(2025, 8, 29): 127_353.63,
}


def test_every_pick_is_told_with_its_end(worked: StrategyRun) -> None:
    rows = worked.trades.select("quarter", "ticker", "holders", "bought_on", "sold_on", "end").rows()
    d = date
    assert rows == [
        ("2024Q1", "A", 3, d(2024, 5, 24), d(2024, 8, 23), "held"),
        ("2024Q1", "B", 3, d(2024, 5, 24), d(2024, 8, 23), "sold"),
        ("2024Q2", "A", 4, d(2024, 8, 23), d(2024, 11, 25), "sold"),
        ("2024Q2", "C", 3, d(2024, 8, 23), d(2024, 11, 25), "held"),
        ("2024Q3", "C", 3, d(2024, 11, 25), d(2025, 1, 10), "merged"),
        ("2024Q3", "D", 4, d(2024, 11, 25), d(2025, 2, 26), "held"),
        ("2024Q4", "D", 5, d(2025, 2, 26), d(2025, 5, 27), "sold"),
        ("2024Q4", "E", 4, d(2025, 2, 26), d(2025, 4, 10), "delisted"),
        ("2025Q1", "F", 5, d(2025, 5, 27), d(2025, 8, 25), "renamed"),
        ("2025Q1", "G", 3, d(2025, 5, 27), d(2025, 8, 25), "sold"),
        ("2025Q2", "FN", 4, d(2025, 8, 25), None, "held"),
        ("2025Q2", "H", 4, d(2025, 8, 25), None, "held"),
    ]
    returns = dict(worked.trades.select(pl.col("quarter") + pl.col("ticker"), "return_pct").iter_rows())
    assert returns["2024Q1A"] == pytest.approx(28) and returns["2024Q4E"] == pytest.approx(-82)
    assert returns["2024Q3C"] == pytest.approx(100 * 24 / 22 - 100) and returns["2025Q1F"] == pytest.approx(25)
    first = worked.trades.row(0, named=True)
    assert (first["buy_price"], first["sell_price"], first["cusip"]) == (12.5, 8.0, CUSIPS["A"])
    assert len(first["accession_numbers"]) == 3


def test_bounds_are_a_loss_of_all_and_of_nothing(worked: StrategyRun) -> None:
    """E is worth 0.00, or 4.00 a share: cash of 2025-05-27 is 102,219.83, or 102,219.83 + 32,704.13."""
    assert worked.low and worked.high
    assert worked.low.daily["value_usd"][-1] == pytest.approx(102_219.8254 / 1.005 * 0.995025 * 1.1, abs=0.5)
    assert worked.high.daily["value_usd"][-1] == pytest.approx(134_923.9591 / 1.005 * 0.995025 * 1.1, abs=0.5)
    assert (worked.low.total_return_pct, worked.high.total_return_pct) == pytest.approx((11.3258, 46.9432), abs=1e-4)


def test_a_form_shows_the_end_of_a_listing_sooner(settings: Settings) -> None:
    form = {"ticker": "E", "cik": 1, "filing_date": date(2025, 4, 11), "form_type": "25", "accession_number": "1"}
    with Store(settings) as store:
        told = Trials(store, DELISTED_STOCKS.frame([form])).run("consensus", RULES["consensus"], PLAN)
    values = dict(told.simulation.daily.iter_rows())
    # D at 6.00 is 82,186.79; E is worth 4.00 or 1.80 a share
    assert values[date(2025, 4, 10)] == pytest.approx(82_186.79 + 81_760.33 * 0.4, abs=0.01)
    assert values[date(2025, 4, 11)] == pytest.approx(82_186.79 + 81_760.33 * 0.18, abs=0.01)
    assert round(told.simulation.daily["value_usd"][-1], 2) == PAPER[date(2025, 8, 29)]


def test_what_is_short_is_said_to_be(worked: StrategyRun) -> None:
    assert (worked.quarters, worked.names, worked.is_too_short, worked.looks_ahead) == (6, 8, True, [])


def test_holding_on_trades_less(settings: Settings) -> None:
    """B is third of 2024Q2 and stays for it, A is third of 2024Q3; only what has left the first four makes room."""
    with Store(settings) as store:
        kept = Trials(store).run("consensus", RULES["consensus"], Plan(top=2, hold_until=4))
    picks = kept.trades.group_by("quarter", maintain_order=True).agg("ticker").rows()
    assert picks[1:3] == [("2024Q2", ["A", "B"]), ("2024Q3", ["A", "D"])]


def test_the_quarters_asked_for_are_tried(settings: Settings) -> None:
    with Store(settings) as store:
        trials = Trials(store)
        some = trials.run("consensus", RULES["consensus"], Plan(top=2, first=QUARTERS[1], last=QUARTERS[2]))
        assert (some.quarters, some.simulation.daily["date"][0]) == (2, date(2024, 8, 22))
        assert some.simulation.daily["date"][-1] == date(2025, 2, 25)  # the next signal day
        with pytest.raises(SettingError, match="write the older quarter first"):
            trials.run("consensus", RULES["consensus"], Plan(first=QUARTERS[2], last=QUARTERS[1]))
        with pytest.raises(NotFoundError, match="run `tracker refresh 2020Q2`"):
            trials.run("consensus", RULES["consensus"], Plan(first=Quarter(2020, 1), last=Quarter(2020, 2)))


def test_a_store_without_anything_says_what_to_do(tmp_path: Path) -> None:
    with Store(Settings(tmp_path)) as store, pytest.raises(NotFoundError, match="tracker refresh"):
        Trials(store).run("consensus", RULES["consensus"], PLAN)


def test_later_filings_never_raise_a_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """K rises 1% a session from the day after it is first reported: each day of delay costs as much."""
    filed = date(2025, 5, 6)
    text = submission(
        77, cik=CIKS[1], manager="FUND 1", period=QUARTERS[4].end, filed=filed,
        lines=[line(CUSIPS["K"], 1_000_000, 100_000, "K CORP")],
    )  # fmt: skip
    first = hand_market.parse(text)

    def rising() -> pl.DataFrame:
        days = [day for day in sessions(FIRST, LAST) if day > filed]
        level = {day: 10 * 1.01 ** (number + 1) for number, day in enumerate(days)}
        return hand_market_prices.with_columns(
            close=pl.when(pl.col("ticker") == "K")
            .then(pl.col("date").replace_strict(level, default=10.0, return_dtype=pl.Float64))
            .otherwise("close"),
            pct_change=pl.when(pl.col("ticker") == "K").then(1.0).otherwise("pct_change"),
        )

    hand_market_prices = hand_market.prices()
    monkeypatch.setattr(hand_market, "reports", lambda: first)
    monkeypatch.setattr(hand_market, "prices", lambda: PRICES.fit(rising()))
    plan = Plan(top=2, first=QUARTERS[4], last=QUARTERS[4], signal_on=SignalOn.FILING, cost_pct=0.5)
    results = []
    for days in range(6):

        def delay(filings: pl.DataFrame, days: int = days) -> pl.DataFrame:
            return FILINGS.fit(filings.with_columns(pl.col("filing_date", "accepted_at").dt.offset_by(f"{days}d")))

        with Store(hand_market.build(tmp_path / str(days), delay=delay)) as store:
            tried = Trials(store).run("consensus", RULES["consensus"], plan)
            results.append(tried.simulation.daily["value_usd"][-1])
    assert results == sorted(results, reverse=True) and results[0] > results[-1] > 1e6
    # Tuesday to Wednesday: bought at a close that is 1% higher
    assert results[0] / results[1] == pytest.approx(1.01)
    assert datetime.combine(filed, time()).weekday() == 1


def test_kept_forms_are_used_and_what_no_index_covers_is_told(tmp_path: Path) -> None:
    """The form of 2025-04-11 ends E a week before its missing closes would; quarters without an index are named."""
    settings = hand_market.build(tmp_path / "home")
    form = {"ticker": "E", "cik": 1, "filing_date": date(2025, 4, 11), "form_type": "25", "accession_number": "1"}
    for quarter in (Quarter(2025, 2), Quarter(2025, 3)):
        rows = [form] if quarter == Quarter(2025, 2) else []
        keep_delistings(settings, quarter, DELISTED_STOCKS.frame(rows), "digest")
    with Store(settings) as store:
        told = Trials(store).run("consensus", RULES["consensus"], PLAN)
    values = dict(told.simulation.daily.iter_rows())
    assert values[date(2025, 4, 11)] == pytest.approx(82_186.79 + 81_760.33 * 0.18, abs=0.01)
    assert told.without_delistings == [Quarter(2024, 2), Quarter(2024, 3), Quarter(2024, 4), Quarter(2025, 1)]
    notes = strategy_report.tell(told).notes
    assert "Delistings known from 2025Q2 on; before, closes alone show them." in notes


def test_states_are_found_out_again_when_something_has_changed(tmp_path: Path) -> None:
    """A report that is loaded later is in the next run, though the states of the first one were kept."""
    settings = hand_market.build(tmp_path / "home")

    def holders() -> list[int]:
        with Store(settings) as store:
            return Trials(store).run("consensus", RULES["consensus"], PLAN).trades["holders"].to_list()

    first = holders()
    assert list((settings.db / "prepared").glob("state-*.parquet")) and holders() == first
    path = settings.home / fund_lists.CHOICES
    fund_lists.write_list(path, fund_lists.read_choices(settings.home).filter(pl.col("cik") != CIKS[1]))
    assert holders() != first


def test_the_band_by_market_cap_is_not_the_band_of_all_alike(worked: StrategyRun) -> None:
    equal, weighted = worked.band.daily, worked.cap_weighted_band.daily
    assert equal["date"].to_list() == weighted["date"].to_list() and equal["date"].is_sorted()
    assert (equal.row(0), weighted.row(0)) == ((date(2024, 5, 23), 1e6), (date(2024, 5, 23), 1e6))
    # bought at the close of 2024-05-24 after B's rise, held to 2024-08-23: A +28%, B +20%, C +11%, J -10%, of eleven
    growth = worked.growth.filter(pl.col("quarter") == "2024Q1", pl.col("date") == date(2024, 8, 23))
    made = {"A": 1.28, "B": 1.2, "C": 20 / 18, "J": 0.9}
    assert dict(growth.select("ticker", "growth").iter_rows()) == pytest.approx(
        {**dict.fromkeys(["D", "E", "FN", *"GHIK"], 1.0), **made}
    )
    mean = (sum(made.values()) + 7) / 11
    assert dict(equal.iter_rows())[date(2024, 8, 23)] == pytest.approx(1e6 * mean)
    # market caps of 2024-05-23, in millions
    caps = {"A": 100, "B": 80, "C": 108, "D": 80, "E": 90, "FN": 112, "G": 120, "H": 225, "I": 100, "J": 150, "K": 80}
    by_cap = sum(cap * made.get(ticker, 1.0) for ticker, cap in caps.items()) / sum(caps.values())
    assert dict(weighted.iter_rows())[date(2024, 8, 23)] == pytest.approx(1e6 * by_cap)
