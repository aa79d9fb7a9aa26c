"""What a newcomer, an analyst and an editor run into on a home that is loaded, as they type it."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.cli.helpers import ask
from tracker import cli
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import CONTESTED_TICKERS, SECURITIES

LIST = "2025Q3 --from 2025-01-03 --to 2025-12-31 --cap-on 2026-01-05"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("TRACKER_"):
            monkeypatch.delenv(name)
    yield


def closes(path: Path, first: date, last: date) -> Path:
    """A file of one close a weekday, rising by a cent a day from 100."""
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    weekdays = [day for day in days if day.weekday() < 5]
    rows = [f"{day},{100 + at / 100:.2f}" for at, day in enumerate(weekdays)]
    path.write_text("date,close\n" + "\n".join(rows) + "\n")
    return path


def done(home: Path, words: str) -> str:
    code, out, error = ask(home, words)
    assert code == 0, error
    return out


def refused(home: Path, words: str) -> str:
    code, out, error = ask(home, words)
    assert code == 1 and out == "" and "\n" not in error.strip()
    return error


# ---- dates --------------------------------------------------------------------------------------------------------


def test_the_date_that_is_not_covered_is_blamed_and_not_its_neighbour(market: Settings) -> None:
    for command in ("rank", "market"):
        assert refused(market.home, f"{command} --to 2099-01-01").startswith("--to 2099-01-01")
        assert refused(market.home, f"{command} --from 1999-12-31").startswith("--from 1999-12-31")
        assert "--from 2030-01-01 is not before --to" in refused(market.home, f"{command} --from 2030-01-01")
    assert refused(market.home, "rank --cap-on 2099-01-01").startswith("--cap-on 2099-01-01")


def test_a_quarter_of_free_text_is_refused_at_once(market: Settings) -> None:
    assert "structured ones begin with 2013Q2" in refused(market.home, "refresh 1999Q1 --offline")


# ---- homes --------------------------------------------------------------------------------------------------------


def test_the_demo_does_not_mix_with_what_is_there(own_market: Settings) -> None:
    before = done(own_market.home, "status")
    assert "is not empty; name a new folder" in refused(own_market.home, f"demo --keep '{own_market.home}'")
    assert done(own_market.home, "status") == before


def test_an_offline_refresh_of_an_empty_home_loads_nothing(tmp_path: Path) -> None:
    home = tmp_path / "empty"
    code, out, error = ask(home, "refresh 2025Q3 --offline")
    assert code == 1 and "leave out --offline to download it" in error and "not loaded" in out
    assert "no quarter is loaded" in refused(home, "rank")


def test_a_home_that_cannot_be_written_to_is_one_line_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "db").write_text("a file where the folder of the database should be")
    monkeypatch.setattr(sys, "argv", ["tracker", "--home", str(tmp_path / "home"), "refresh", "2025Q3", "--offline"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    error = capsys.readouterr().err.splitlines()
    assert stopped.value.code == 1 and len(error) == 1
    assert "cannot be used (" in error[0] and "--home" in error[0] and "Errno" not in error[0]


# ---- tickers ------------------------------------------------------------------------------------------------------


def add_fails(home: Path, *rows: str) -> None:
    """Add rows to the newest fails-to-deliver file."""
    path = home / "filings" / "reference" / "fails-to-deliver" / "cnsfails202512b.zip"
    with zipfile.ZipFile(path) as opened:
        (name,) = opened.namelist()
        lines = opened.read(name).decode("latin-1").split("\r\n")
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(name, "\r\n".join([lines[0], *rows, *lines[1:]]))


def test_a_second_symbol_does_not_take_a_company_s_holders(own_market: Settings) -> None:
    home = own_market.home
    before = {ticker: done(home, f"holders {ticker}") for ticker in ("CBWK", "HPIK")}
    with Store(own_market) as store:
        seen = store.read(SECURITIES, ticker="CBWK")["last_seen"].max()
    # a shorter symbol, and that of another company, on the day on which CBWK was seen last
    day = f"{seen:%Y%m%d}"
    add_fails(home, *(f"{day}|9908J6101|{symbol}|100|COBBLEWICK FOODS INC COM|14.70" for symbol in ("CB", "HPIK")))
    done(home, f"refresh 2025Q3 --offline --funds '{home / 'fund_list.csv'}'")
    assert {ticker: done(home, f"holders {ticker}") for ticker in before} == before
    with Store(own_market) as store:
        standing = store.read(CONTESTED_TICKERS, cusip="9908J6101").select("ticker", "standing").rows()
    assert standing == [("CB", "set_aside"), ("CBWK", "chosen"), ("HPIK", "set_aside")]


def test_tickers_in_doubt_are_flagged(own_market: Settings) -> None:
    assert "tickers in doubt" in done(own_market.home, "status")
    given = {"cusip": "9908J6101", "name_of_issuer": "COBBLEWICK FOODS INC", "is_of_other": False, "score": 3}
    standings = {"CBWK": "doubtful", "CBWA": "set_aside"}
    with Store(own_market) as store, store.writing():
        store.replace(
            CONTESTED_TICKERS,
            CONTESTED_TICKERS.frame({**given, "ticker": ticker, "standing": to} for ticker, to in standings.items()),
        )
    rows = {row["what"].strip(): row for row in json.loads(done(own_market.home, "status -f json"))["rows"]}
    assert rows["tickers in doubt"]["value"] == 1
    assert rows["9908J6101"]["detail"].startswith("taken as CBWK, not as CBWA (COBBLEWICK FOODS INC)")


# ---- prices of index funds, and of days ---------------------------------------------------------------------------


def test_caps_are_of_the_newest_day_that_has_them(own_market: Settings, tmp_path: Path, undrawn: None) -> None:
    home = own_market.home
    published = home / "editions" / "{}" / "edition.json"
    done(home, "publish --title Before")
    spy = closes(tmp_path / "SPY.csv", date(2024, 12, 2), date(2026, 6, 30))
    done(home, f"prices import '{spy}' --symbol SPY")
    done(home, "publish --title After")
    before, after = (json.loads(Path(str(published).format(name)).read_text()) for name in ("before", "after"))
    assert [row["ticker"] for row in after["rows"]] == [row["ticker"] for row in before["rows"]] != []
    assert after["methodology"]["end_date"] == before["methodology"]["end_date"]
    coverage = json.loads(done(home, "status -f json"))["coverage"]["2025Q3"]
    assert coverage["band"] > 0 and coverage["band_on"] < "2026-06-30"


def test_a_benchmark_covers_the_window_or_says_that_it_does_not(
    own_market: Settings, tmp_path: Path, undrawn: None
) -> None:
    home = own_market.home
    for name, first, last in (
        ("IWC", date(2025, 8, 20), date(2025, 8, 20)),  # an export of one day
        ("OEF", date(2024, 12, 2), date(2025, 9, 26)),
        ("SPY", date(2024, 12, 2), date(2026, 3, 31)),
    ):
        done(home, f"prices import '{closes(tmp_path / f'{name}.csv', first, last)}' --symbol {name}")
    answer = json.loads(done(home, "market --from 2024-12-31 --to 2025-09-30 -f json"))
    whole = next(row for row in answer["rows"] if row["window"] == "whole")
    assert "IWC" not in whole and whole["SPY"] > 0 and whole["OEF"] > 0
    short = {(row["benchmark"], row["window"], row["end_date"]) for row in answer["benchmarks_short"]}
    assert {("OEF", "2025Q3", "2025-09-26"), ("OEF", "window", "2025-09-26")} <= short
    assert {name for name, _, _ in short} == {"OEF"}
    assert "OEF lacks closes" in done(home, "market --from 2024-12-31 --to 2025-09-30")
    done(home, "publish 2025Q3 --from 2024-12-31 --to 2025-09-30 --cap-on 2025-09-30 --title 'To September'")
    edition = json.loads((home / "editions" / "to-september" / "edition.json").read_text())
    assert set(edition["market"]["benchmarks"]) == {"SPY"}
    assert all("IWC" not in stock["index"] and "SPY" in stock["index"] for stock in edition["stocks"])


def test_a_day_that_may_be_two_is_refused_and_so_is_one_to_come(own_market: Settings, tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    path.write_text("date,symbol,close\n03/01/2025,ZZZX,3.2\n04/01/2025,ZZZX,3.3\n")
    error = refused(own_market.home, f"prices import '{path}'")
    assert "03/01/2025 may be 2025-03-01 or 2025-01-03" in error and "--month-first or --day-first" in error
    assert "2025-01-03 to 2025-01-04" in done(own_market.home, f"prices import '{path}' --day-first")
    assert "2025-03-01 to 2025-04-01" in done(own_market.home, f"prices import '{path}' --month-first")
    path.write_text("date,symbol,close\n2099-01-02,ZZZX,3.2\n")
    assert "row 2 is of a day to come: 2099-01-02" in refused(own_market.home, f"prices import '{path}'")
    assert "--on 2099-01-02" in refused(own_market.home, f"prices import '{path}' --on 2099-01-02")


# ---- lists --------------------------------------------------------------------------------------------------------


def test_a_sector_that_another_source_knows_can_be_asked_for(own_market: Settings, tmp_path: Path) -> None:
    home = own_market.home
    described = tmp_path / "described.csv"
    described.write_text(
        "date,symbol,close,sector,country\n2025-08-20,QNLR,8.1,Technology,USA\n2025-08-20,PNDB,9.4,Technology,Canada\n"
    )
    done(home, f"prices import '{described}'")

    def listed(options: str) -> set[str]:
        return {row["ticker"] for row in json.loads(done(home, f"rank {LIST} {options} -f json"))["rows"]}

    assert listed("--sector technology") == {"QNLR", "PNDB"}
    assert listed("--sector Technology --country USA") == {"QNLR"}
    assert listed("--country Canada") == {"PNDB"}


def test_a_list_is_compared_with_its_own_quarter_and_options(market: Settings, tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    done(market.home, f"rank {LIST} --top 3 --output '{path}'")
    assert "A list of 2025Q3" in done(market.home, f"rank --against '{path}'")
    assert "no difference" in done(market.home, f"rank 2025Q3 --against '{path}'")
    assert "is a list of 2025Q3, not of 2025Q2" in refused(market.home, f"rank 2025Q2 --against '{path}'")
    assert "leave out --top" in refused(market.home, f"rank --top 9 --against '{path}'")


@pytest.mark.parametrize(
    ("name", "options", "begins"),
    [
        ("list.json", "", "{"),
        ("list.csv", "", "rank,ticker,"),
        ("list.md", "", "## "),
        ("list.txt", "", "3 best performing"),
        ("list.data", "", "3 best performing"),
        ("list.JSON", "--format csv", "rank,ticker,"),
    ],
)
def test_a_file_s_suffix_is_its_format_unless_another_is_named(
    market: Settings, tmp_path: Path, name: str, options: str, begins: str
) -> None:
    for order in (f"--output '{tmp_path / name}' {options}", f"{options} --output '{tmp_path / name}'"):
        done(market.home, f"rank {LIST} --top 3 {order}")
        assert (tmp_path / name).read_text().startswith(begins)


def test_a_published_title_is_replaced_only_on_request(own_market: Settings, undrawn: None) -> None:
    home = own_market.home
    words = f"publish {LIST} --title 'A List' --top 1"
    done(home, words)
    before = (home / "editions" / "a-list" / "edition.json").read_bytes()
    assert "replace that edition with --replace" in refused(home, words.replace("--top 1", "--top 2"))
    assert (home / "editions" / "a-list" / "edition.json").read_bytes() == before
    done(home, words.replace("--top 1", "--top 2") + " --replace")
    assert (home / "editions" / "a-list" / "edition.json").read_bytes() != before
    # before anything is read: the quarter is not loaded
    assert "--slug '../../x' cannot be the name of a folder" in refused(home, "publish 2031Q1 --slug ../../x")


def test_what_is_not_known_is_not_told_as_python_does(own_market: Settings, tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    done(own_market.home, f"rank {LIST} --output '{path}'")
    document = json.loads(path.read_text())
    for row in document["rows"][:3]:
        row.update(market_cap_date=None, market_cap_usd=1, split_ratio=None, return_pct=1)
    path.write_text(json.dumps(document))
    said = done(own_market.home, f"rank --against '{path}'")
    assert "was unknown, is" in said and "None" not in said


def test_a_list_is_not_exported_into_a_folder(market: Settings) -> None:
    assert "is not a file; name one" in refused(market.home, "funds export /etc")
