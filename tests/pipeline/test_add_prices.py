"""Which source wins, what a user's splits do, and that an import changes nothing the second time."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from tests.prices.panels import late, midway, panel, sessions, without
from tests.sources.helpers import HISTORY
from tests.store.helpers import files
from tracker.band import Band
from tracker.demo.fictional_market import QUARTERS
from tracker.errors import InputError, NotFoundError, NotPublishedError, SettingError
from tracker.pipeline import update_splits
from tracker.pipeline.add_prices import fetch, import_file, import_splits
from tracker.prices.returns import measure_returns as returns
from tracker.progress import Silent
from tracker.reports import price_window
from tracker.reports.market import survey
from tracker.settings import Settings
from tracker.sources import user_files
from tracker.sources.http import Answer, Client
from tracker.store import Store
from tracker.tables import PRICE_DAYS, SPLITS

DAY = date(2025, 1, 3)


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def take(settings: Settings, name: str, text: str, **given: object) -> str:
    return import_file(settings, put(settings.home, name, text), Silent(), **given)  # type: ignore[arg-type]


def won(settings: Settings) -> list[tuple[float, str]]:
    with Store(settings) as store:
        return price_window.load(store).prices.select("close", "source").rows()


CLOSE = "date,symbol,close\n2025-01-03,ABC,{}\n"


def test_the_newest_import_wins_whatever_its_name(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    take(settings, "z.csv", CLOSE.format(1))
    take(settings, "a.csv", CLOSE.format(2))
    assert won(settings) == [(2.0, "file:a.csv")]
    take(settings, "m.csv", CLOSE.format(3))
    assert won(settings) == [(3.0, "file:m.csv")]


def test_a_file_again_is_not_newer_and_a_corrected_one_is(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    take(settings, "a.csv", CLOSE.format(1))
    take(settings, "b.csv", CLOSE.format(2))
    before = files(tmp_path / "db")
    assert take(settings, "a.csv", CLOSE.format(1)).endswith(": 0 new or corrected")
    assert files(tmp_path / "db") == before and won(settings) == [(2.0, "file:b.csv")]
    assert take(settings, "a.csv", CLOSE.format(5)).endswith(": 1 new or corrected")
    assert won(settings) == [(5.0, "file:a.csv")]
    with Store(settings) as store:
        assert store.prices().collect().height == 2


def test_adjusted_closes_are_marked_and_not_searched_for_splits(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    text = "date,symbol,close,pct_change\n" + "".join(
        f"2025-01-{day:02},ABC,{close},0\n" for day, close in ((6, 1), (7, 1), (8, 10), (9, 10))
    )
    take(settings, "a.csv", text)
    with Store(settings) as store:
        assert store.read(SPLITS)["ratio"].to_list() == [pytest.approx(0.1)]
    take(settings, "a.csv", text, is_adjusted=True)
    with Store(settings) as store:
        assert store.read(SPLITS).is_empty() and price_window.load(store).prices["is_adjusted"].all()


def test_a_file_of_one_ticker_is_told_which(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    bare = "Date,Open,High,Low,Close,Adj Close,Volume\n2025-01-03,1,1,1,225.5,220.1,7\n"
    with pytest.raises(InputError, match="--symbol IWM"):
        take(settings, "IWM.csv", bare)
    take(settings, "IWM.csv", bare, symbol="IWM")
    assert won(settings) == [(225.5, "file:IWM.csv")]
    with pytest.raises(InputError, match="leave out --symbol"):
        take(settings, "a.csv", CLOSE.format(1), symbol="ABC")


def test_an_export_of_finviz_needs_its_day(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    export = '"No.","Ticker","Market Cap","Price"\n1,"ABC",116.49,6.00\n'
    with pytest.raises(InputError, match="--on 2025-08-20"):
        take(settings, "export.csv", export)
    assert "2025-01-03" in take(settings, "export.csv", export, day=DAY)
    assert won(settings) == [(6.0, "file:export.csv")]


JUMP = (
    "date,symbol,close,pct_change\n2025-01-02,ABC,20,0\n2025-01-03,ABC,20,0\n2025-01-06,ABC,7,0\n2025-01-07,ABC,7,0\n"
)


def change(settings: Settings) -> tuple[float | None, str | None]:
    with Store(settings) as store:
        found = returns(price_window.load(store).prices, date(2025, 1, 2), date(2025, 1, 7), store.read(SPLITS))
    return found.select("return_pct", "held_back_kind").row(0)  # type: ignore[return-value]


@pytest.mark.parametrize(("said", "expected"), [("20:7", 0.0), ("1", -65.0), ("2-for-1", -30.0), ("0.5", -82.5)])
def test_a_users_split_settles_an_unclear_jump(tmp_path: Path, said: str, expected: float) -> None:
    settings = Settings(tmp_path)
    take(settings, "a.csv", JUMP)
    assert change(settings) == (None, "unclear")
    told = import_splits(settings, put(tmp_path, "mine.csv", f"ticker,date,ratio\nabc,2025-01-06,{said}\n"), Silent())
    assert told == "1 split of 1 ticker from mine.csv"
    assert change(settings) == (pytest.approx(expected), None)
    with Store(settings) as store:
        rows = store.read(SPLITS).select("source", "status").rows()
    assert rows == [("detected", "replaced"), ("file:mine.csv", "used")]


def test_a_corrected_file_of_splits_replaces_what_it_said(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    take(settings, "a.csv", JUMP)
    for said in ("2", "4"):
        import_splits(settings, put(tmp_path, "mine.csv", f"ticker,date,ratio\nABC,2025-01-06,{said}\n"), Silent())
    assert change(settings) == (pytest.approx(40), None)


@pytest.mark.parametrize("said", ["0", "-2", "x", "1-for-0", "", "1:"])
def test_a_ratio_that_is_none_is_refused_with_its_row(tmp_path: Path, said: str) -> None:
    path = put(tmp_path, "mine.csv", f"ticker,date,ratio\nABC,2025-01-06,2\nABC,2025-02-06,{said}\n")
    with pytest.raises(InputError, match="row 3"):
        import_splits(Settings(tmp_path), path, Silent())
    assert not user_files.split_folder(Settings(tmp_path)).exists()


def test_splits_and_dividends_of_yahoo_outlive_the_database(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    put((tmp_path / "filings" / "yahoo").resolve() if (tmp_path / "filings" / "yahoo").mkdir(parents=True) else
        tmp_path / "filings" / "yahoo", "ABC.csv", HISTORY)  # fmt: skip
    with Store(settings) as store, store.writing():
        assert update_splits.renew(store)
        assert not update_splits.renew(store)
        assert store.read(SPLITS, status="used")["ratio"].to_list() == [2.0, 0.25]


def test_total_returns_need_dividends(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    take(settings, "a.csv", JUMP)
    with Store(settings) as store, pytest.raises(NotFoundError, match="--source yahoo"):
        price_window.dividends(store, price_window.load(store).prices, DAY, DAY)


def test_a_source_that_is_none_or_takes_no_tickers_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="nasdaq, finviz, yahoo, massive, sec, fails, 13f"):
        fetch(Settings(tmp_path), "stooq", datetime.now().astimezone(), Silent())
    with pytest.raises(SettingError, match="--source yahoo"):
        fetch(Settings(tmp_path), "nasdaq", datetime.now().astimezone(), Silent(), ["ABC"])


# ---- without a vendor ---------------------------------------------------------------------------------------------


def test_filings_imply_closes_at_the_quarters_ends(own_market: Settings) -> None:
    settings = own_market
    now = datetime.now().astimezone()
    assert "the median of at least 3 filers each" in fetch(settings, "13f", now, Silent())
    with Store(settings) as store:
        both = store.prices().collect()
        named = price_window.load(store).prices
    implied = both.filter(pl.col("source") == "13f")
    traded = both.filter(pl.col("source") == "file:prices.csv")
    pairs = implied.join(traded, on=["ticker", "date"], validate="1:1")
    off = (pairs["close"] / pairs["close_right"] - 1).abs()
    assert implied["date"].unique().sort().to_list() == [quarter.end for quarter in QUARTERS]
    assert pairs.height > 100 and off.max() < 0.01  # type: ignore[operator]
    assert named.filter(pl.col("source") == "13f").height == implied.height - pairs.height  # the import goes before


def test_shares_outstanding_fill_in_the_caps_that_closes_lack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(tmp_path, "Name name@example.org")
    take(settings, "a.csv", "date,symbol,close,market_cap\n2025-01-03,ABC,2,\n2025-01-03,XYZ,3,900\n")
    now = datetime(2025, 1, 4, tzinfo=UTC)
    with pytest.raises(NotFoundError, match="run `tracker refresh` first"):
        fetch(settings, "sec", now, Silent())
    listed = tmp_path / "filings" / "reference" / "tickers"
    listed.mkdir(parents=True)
    rows = [[1, "Abc Inc", "ABC", "NYSE"], [2, "Xyz Inc", "XYZ", "NYSE"]]
    put(
        listed,
        "company_tickers_exchange.json",
        json.dumps({"fields": ["cik", "name", "ticker", "exchange"], "data": rows}),
    )
    answer = {"data": [{"cik": cik, "end": "2024-11-10", "val": 50, "accn": "1"} for cik in (1, 2)]}

    def ask(self: Client, url: str, **_: object) -> Answer:
        if "CY2025Q1I" in url:
            raise NotPublishedError("not yet")
        return Answer(json.dumps(answer).encode(), datetime(2025, 1, 6))

    monkeypatch.setattr(Client, "ask", ask)
    assert fetch(settings, "sec", now, Silent()).endswith("1 new or corrected; 0 closes still without a market cap")
    with Store(settings) as store:
        rows_now = price_window.load(store).prices.select("ticker", "close", "market_cap_usd", "source").rows()
    assert sorted(rows_now) == [("ABC", 2.0, 100.0, "file:a.csv"), ("XYZ", 3.0, 900.0, "file:a.csv")]


# ---- days that a source misdates ----------------------------------------------------------------------------------


def put_panel(settings: Settings, prices: pl.DataFrame, name: str = "panel.parquet") -> Path:
    prices.select("date", symbol="ticker", close="close", pct_change="pct_change", exchange="exchange",
                  market_cap=pl.col("close") * 1e6).write_parquet(settings.home / name)  # fmt: skip
    return settings.home / name


def test_a_stretch_that_is_a_session_late_is_repaired_when_it_is_imported_and_nothing_is_lost(tmp_path: Path) -> None:
    days = sessions(24)
    right = panel(days)
    supplied = late(right, days[5:9], snapshot=True)
    settings = Settings(tmp_path)
    path = put_panel(settings, supplied)
    told = import_file(settings, path, Silent())
    assert told.endswith(
        ": 2,880 new or corrected; 4 days dated a session late (counted on the session before); 1 day taken before the "
        "close (left out)"
    )
    key = ["ticker", "date", "close"]
    with Store(settings) as store:
        assert store.prices().select(key).collect().sort(key).equals(without(right, [days[9]]).select(key).sort(key))
        assert store.supplied_prices().select(key).collect().sort(key).equals(supplied.select(key).sort(key))
        window = store.prices(days[5], days[8]).select("date").unique().collect()["date"]
        assert window.sort().to_list() == days[5:9]
        assert store.read(SPLITS).is_empty()
    before = files(tmp_path / "db")
    assert ": 0 new or corrected" in import_file(settings, path, Silent())
    assert files(tmp_path / "db") == before
    (tmp_path / "db" / "tracker.db").unlink()  # what is derived is made again
    import_file(settings, path, Silent())
    with Store(settings) as store:
        assert store.read(PRICE_DAYS, status="redated").height == 4


def test_a_stretch_is_repaired_once_the_rows_that_show_its_end_are_there(tmp_path: Path) -> None:
    days = sessions(24)
    supplied = late(panel(days), days[5:9], snapshot=False)
    settings = Settings(tmp_path)
    import_file(settings, put_panel(settings, supplied.filter(pl.col("date") <= days[9])), Silent())
    with Store(settings) as store:
        assert store.read(PRICE_DAYS).is_empty()
    assert "4 days dated a session late" in import_file(settings, put_panel(settings, supplied), Silent())


def test_windows_over_days_in_doubt_say_so(tmp_path: Path) -> None:
    days = sessions(24)
    right = panel(days)
    wrong = midway(right.filter(pl.col("date") == days[12]))
    settings = Settings(tmp_path)
    import_file(settings, put_panel(settings, pl.concat([without(right, [days[4], days[12]]), wrong])), Silent())
    with Store(settings) as store:
        for since, until, is_told in (
            (days[0], days[11], False), (days[13], days[20], False), (days[12], days[20], True),
            (days[0], days[12], True), (days[0], days[20], True),
        ):  # fmt: skip
            told = price_window.doubts(store, since, until)
            assert bool(told) == is_told
            assert not told or f"closes of panel.parquet on {days[12]} and" in told[0]
    answer = survey(settings, days[0], days[20], Band(1e6, 1e9))
    assert answer.facts["doubts"] == told and told[0] in answer.notes
