"""Price files are taken as a whole or refused with row and column."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from tracker.errors import InputError
from tracker.sources.price_files import exchange, read
from tracker.tables import PRICES

DAY = date(2025, 1, 3)


def write(folder: Path, text: str, name: str = "prices.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def test_a_full_csv(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "Date,Ticker,Closing Price,Market Cap,Volume,% Change,Exchange,Company,Sector,Industry,Country,Notes\n"
        '2025-01-03,duot,$7.54,"65,432,100","1,234",-3.079%,NasdaqCM,"Duos, Inc.",Technology,Software,USA,x\n'
        "2025-01-03,BRK/B,453.20,,,,NYSE,,,,,\n",
    )
    frame = PRICES.check(read(path))
    assert frame.sort("ticker", descending=True).row(0, named=True) == {
        "date": DAY,
        "ticker": "DUOT",
        "close": 7.54,
        "market_cap_usd": 65432100.0,
        "volume": 1234.0,
        "pct_change": -3.079,
        "exchange": "NASDAQ",
        "name": "Duos, Inc.",
        "sector": "Technology",
        "industry": "Software",
        "country": "USA",
        "is_adjusted": False,
        "source": "file:prices.csv",
    }
    other = frame.filter(ticker="BRK.B").row(0, named=True)
    assert (other["market_cap_usd"], other["volume"], other["pct_change"], other["name"]) == (None, None, None, None)


@pytest.mark.parametrize(
    "header",
    [
        "date,symbol,close",
        "DATE,Symbol,CLOSE",
        " Date , Ticker , Close ",
        "trade_date,SYMBOL,close_usd",
        "Date;Ticker;Close",
    ],
)
def test_column_names_are_matched_loosely(tmp_path: Path, header: str) -> None:
    mark = ";" if ";" in header else ","
    assert read(write(tmp_path, f"{header}\n2025-01-03{mark}DUOT{mark}7.54\n"))["close"].to_list() == [7.54]


@pytest.mark.parametrize("name", ["market_cap", "Market Cap", "market_cap_usd", "MarketCap", "MARKET-CAP"])
def test_names_of_the_market_cap(tmp_path: Path, name: str) -> None:
    frame = read(write(tmp_path, f"date,symbol,close,{name}\n2025-01-03,DUOT,7.54,1.5e6\n"))
    assert frame["market_cap_usd"].to_list() == [1.5e6]


@pytest.mark.parametrize(
    "written",
    ["2025-01-03", "20250103", "2025-01-03T16:00:00", "2025-01-03 00:00:00", " 2025-01-03 "],
)
def test_dates(tmp_path: Path, written: str) -> None:
    assert read(write(tmp_path, f"date,symbol,close\n{written},DUOT,7.54\n"))["date"].to_list() == [DAY]


def test_byte_order_mark_line_ends_and_lines_without_a_value(tmp_path: Path) -> None:
    path = write(tmp_path, "date,symbol,close\r\n2025-01-03,DUOT,7.54\r\n,,\r\n\r\n", encoding="utf-8-sig")
    assert read(path).height == 1


@pytest.mark.parametrize("empty", ["", "NA", "n/a", "-", "0", "0.00"])
def test_no_market_cap_is_null_and_never_zero(tmp_path: Path, empty: str) -> None:
    frame = read(write(tmp_path, f"date,symbol,close,market_cap\n2025-01-03,DUOT,7.54,{empty}\n"))
    assert frame["market_cap_usd"].to_list() == [None]


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("2025-13-03,DUOT,7.54,1", "date", "'2025-13-03'"),
        ("13/13/2025,DUOT,7.54,1", "date", "'13/13/2025'"),
        (",DUOT,7.54,1", "date", "empty"),
        ("2025-01-03, ,7.54,1", "symbol", "' '"),
        ("2025-01-03,,7.54,1", "symbol", "empty"),
        ("2025-01-03,DUOT,abc,1", "close", "'abc'"),
        ("2025-01-03,DUOT,,1", "close", "empty"),
        ("2025-01-03,DUOT,0,1", "close", "'0'"),
        ("2025-01-03,DUOT,-7.54,1", "close", "'-7.54'"),
        ("2025-01-03,DUOT,inf,1", "close", "'inf'"),
        ("2025-01-03,DUOT,7.54,lots", "Market Cap", "'lots'"),
        ("2025-01-03,DUOT,7.54,-5", "Market Cap", "'-5'"),
        ("2025-01-03,DUOT,7.54", "", ""),
    ],
)
def test_an_unreadable_row_is_named_and_nothing_is_taken(tmp_path: Path, row: str, column: str, value: str) -> None:
    path = write(tmp_path, f"date,symbol,close,Market Cap\n2025-01-02,DUOT,7.50,1\n{row}\n2025-01-06,DUOT,7.6,1\n")
    if not column:  # a short row lacks optional cells only
        assert read(path)["market_cap_usd"].null_count() == 1
        return
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value) == (
        f"{path}: nothing was imported, 1 row is unreadable: row 3, column {column!r}: {value}"
    )


def test_many_unreadable_rows_are_counted_and_the_first_shown(tmp_path: Path) -> None:
    path = write(tmp_path, "date,symbol,close\n" + "2025-01-03,DUOT,x\n" * 1200)
    with pytest.raises(InputError, match=r"1,200 rows are unreadable: row 2, .*row 6, column 'close': 'x'; \.\.\.$"):
        read(path)


def test_two_closes_of_one_day_are_refused_and_the_same_row_twice_is_taken_once(tmp_path: Path) -> None:
    same = write(tmp_path, "date,symbol,close\n2025-01-03,DUOT,7.54\n2025-01-03,duot,7.54\n")
    assert read(same).height == 1
    other = write(tmp_path, "date,symbol,close\n2025-01-03,BRK/B,7.54\n2025-01-02,X,1\n2025-01-03,BRK.B,7.55\n")
    with pytest.raises(InputError, match=r"row 4, column 'close': '7.55' for BRK.B on 2025-01-03, but 7.54 in row 2"):
        read(other)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("date,symbol,price2\n2025-01-03,DUOT,7.54\n", "no column close; needed are date"),
        ("symbol,close\nDUOT,7.54\n", "no column date"),
        ("date,close\n2025-01-03,7.54\n", r"no column symbol \(or ticker\)"),
        ("date,symbol,close,MarketCap,Market Cap\n2025-01-03,DUOT,7.54,1,2\n", "both name the market_cap_usd"),
        ("date,symbol,close\n", "no rows"),
        ("", "empty"),
        ("date,symbol,close\n2025-01-03,DUOT,7.54,9,9\n", "not readable"),
    ],
)
def test_files_of_another_form(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read(write(tmp_path, text))


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "absent.csv")
    with pytest.raises(InputError, match="not a csv or parquet file"):
        read(write(tmp_path, "x", name="prices.xlsx"))
    with pytest.raises(InputError, match="not readable"):
        read(write(tmp_path, "no parquet", name="prices.parquet"))
    with pytest.raises(InputError, match="not UTF-8"):
        read(write(tmp_path, "date,symbol,close,name\n2025-01-03,DUOT,7.5,Müller\n", encoding="latin-1"))


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "prices.parquet"
    pl.DataFrame(
        {
            "Date": [datetime(2025, 1, 3, 16), datetime(2025, 1, 2)],
            "SYMBOL": ["duot", "abc^a"],
            "close": [7.54, 25.0],
            "market_cap": [0.0, float("nan")],
            "volume": [10, None],
            "exchange": ["amex", "otc"],
        }
    ).write_parquet(path)
    frame = PRICES.check(read(path, "file:mine", is_adjusted=True))
    assert frame.select("date", "ticker", "market_cap_usd", "volume", "exchange", "is_adjusted", "source").rows() == [
        (date(2025, 1, 2), "ABC^A", None, None, "OTC", True, "file:mine"),
        (DAY, "DUOT", None, 10.0, "AMEX", True, "file:mine"),
    ]


def test_a_bad_row_of_a_parquet_file_counts_from_one(tmp_path: Path) -> None:
    path = tmp_path / "prices.parquet"
    pl.DataFrame({"date": [DAY, DAY], "symbol": ["A", "B"], "close": [1.0, None]}).write_parquet(path)
    with pytest.raises(InputError, match="row 2, column 'close': empty"):
        read(path)


def test_exchanges_have_one_way_of_writing() -> None:
    names = ["nasdaq", "NasdaqGS", "Nasdaq Global Select", "NYSE", "nyse american", "NYSE MKT", "AMEX", "OTC Pink", " "]
    found = pl.DataFrame({"name": names}).select(exchange(pl.col("name")))["name"].to_list()
    assert found == ["NASDAQ", "NASDAQ", "NASDAQ", "NYSE", "AMEX", "AMEX", "AMEX", "OTC PINK", None]
