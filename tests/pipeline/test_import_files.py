"""Several files in one import: one lock, one recount, and each file for itself."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tracker.errors import NotFoundError
from tracker.pipeline import add_prices
from tracker.pipeline.add_prices import Actions, FileReading, import_actions, import_file, import_files
from tracker.prices.returns import measure_returns
from tracker.progress import Silent
from tracker.reports import price_window
from tracker.settings import Settings
from tracker.sources import user_files
from tracker.store import Store
from tracker.tables import DIVIDENDS

BASE, END = date(2025, 1, 3), date(2025, 12, 31)


def put(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    return path


def closes(settings: Settings) -> list[tuple[str, float, str]]:
    with Store(settings) as store:
        return price_window.load(store).prices.sort("ticker", "date").select("ticker", "close", "source").rows()


def count_settling(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    settled: list[int] = []
    settle = add_prices.settle
    monkeypatch.setattr(add_prices, "settle", lambda *given: (settled.append(1), settle(*given)))
    return settled


def test_the_good_files_are_imported_and_the_bad_ones_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settled, settings = count_settling(monkeypatch), Settings(tmp_path / "home")
    paths = [
        put(tmp_path, "a.csv", "date,symbol,close\n2025-01-03,AAA,1\n"),
        put(tmp_path, "bad.csv", "date,symbol,close\n2025-01-03,BBB,x\n"),
        tmp_path / "absent.csv",
        put(tmp_path, "c.csv", "date,symbol,close\n2025-01-03,CCC,3\n2025-01-03,AAA,4\n"),
    ]
    imported = import_files(settings, paths, Silent())
    assert [each.file for each in imported] == paths
    assert [bool(each.error) for each in imported] == [False, True, True, False]
    assert imported[0].done == "1 price of 1 ticker, 2025-01-03 to 2025-01-03: 1 new or corrected"
    assert "row 2, column 'close': 'x'" in str(imported[1].error) and "no such file" in str(imported[2].error)
    assert closes(settings) == [("AAA", 4.0, "file:c.csv"), ("CCC", 3.0, "file:c.csv")]  # the later one wins
    assert len(settled) == 1
    kept = [user_files.given_name(path) for path in user_files.oldest_first(user_files.price_folder(settings))]
    assert kept == ["a.csv", "c.csv"]
    again = import_files(settings, paths, Silent())
    assert all(each.error or each.done.endswith(": 0 new or corrected") for each in again)


def test_together_they_leave_what_one_by_one_would(tmp_path: Path) -> None:
    rows = ["2025-01-03,AAA,1\n2025-01-06,AAA,2\n", "2025-01-06,AAA,3\n", "2025-01-03,BBB,5\n"]
    paths = [put(tmp_path, f"{number}.csv", f"date,symbol,close\n{text}") for number, text in enumerate(rows)]
    together, apart = Settings(tmp_path / "together"), Settings(tmp_path / "apart")
    import_files(together, paths, Silent())
    for path in paths:
        import_file(apart, path, Silent())
    assert closes(together) == closes(apart) and len(closes(apart)) == 3


def test_nothing_is_created_if_no_file_can_be_read(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "home")
    for imported in (
        import_files(settings, [tmp_path / "a.csv", tmp_path / "b.csv"], Silent()),
        import_actions(settings, [tmp_path / "a.csv"], Actions.DIVIDENDS, Silent()),
    ):
        assert all(each.error for each in imported)
    assert not settings.home.exists()


def test_each_file_of_one_ticker_has_it_in_its_name(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "home")
    paths = [put(tmp_path, f"{name}.csv", "date,close\n2025-01-03,7\n") for name in ("IWM", "SPY")]
    import_files(settings, paths, Silent(), FileReading(is_symbol_the_name=True))
    assert [ticker for ticker, _, _ in closes(settings)] == ["IWM", "SPY"]


PRICES = "date,symbol,close\n" + "".join(
    f"{day},{ticker},{close}\n"
    for ticker in ("PAYS", "NONE", "WHO")
    for day, close in (("2025-01-03", 10), ("2025-03-14", 8), ("2025-06-13", 10), ("2025-12-31", 12))
)
PAID = "ticker,ex_date,amount\nPAYS,2025-03-14,0.40\nPAYS,2025-06-13,0.50\nPAYS,2025-12-31,0\nNONE,2025-12-31,0\n"


def total_returns(settings: Settings) -> dict[str, tuple[float | None, str | None]]:
    with Store(settings) as store:
        window = price_window.load(store)
        dividends, covered = price_window.dividends(store, window.prices, BASE, END)
        found = measure_returns(window.prices, BASE, END, window.splits, dividends=dividends, covered=covered)
    return {row["ticker"]: (row["return_pct"], row["held_back_kind"]) for row in found.to_dicts()}


def test_dividends_of_a_file_are_reinvested_and_unknown_ones_hold_back(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "home")
    import_file(settings, put(tmp_path, "closes.csv", PRICES), Silent())
    with pytest.raises(NotFoundError, match="import --dividends FILE"):
        total_returns(settings)
    paid = put(tmp_path, "paid.csv", PAID)
    (told,) = import_actions(settings, [paid], Actions.DIVIDENDS, Silent())
    assert told.done == "4 dividends of 2 tickers from paid.csv"
    # by hand: 0.40 / 8 buys 5%, 0.50 / 10 another 5%
    expected = {"PAYS": ((1.2 * 1.05 * 1.05 - 1) * 100, None), "NONE": (20.0, None), "WHO": (None, "no dividends")}
    found = total_returns(settings)
    assert {ticker: kind for ticker, (_, kind) in found.items()} == {name: kind for name, (_, kind) in expected.items()}
    assert [found[name][0] for name in ("PAYS", "NONE")] == pytest.approx([expected["PAYS"][0], 20.0])
    with Store(settings) as store, store.writing():  # they outlive the database
        before = store.read(DIVIDENDS)
        store.replace(DIVIDENDS, DIVIDENDS.frame())
        add_prices.settle(store, Silent())
        assert store.read(DIVIDENDS).equals(before) and before.height == 4


def test_a_corrected_file_of_dividends_replaces_what_it_said(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "home")
    import_file(settings, put(tmp_path, "closes.csv", PRICES), Silent())
    import_actions(settings, [put(tmp_path, "paid.csv", PAID)], Actions.DIVIDENDS, Silent())
    corrected = PAID.replace("0.40", "4.00")
    import_actions(settings, [put(tmp_path, "paid.csv", corrected)], Actions.DIVIDENDS, Silent())
    assert total_returns(settings)["PAYS"][0] == pytest.approx((1.2 * 1.5 * 1.05 - 1) * 100)


def test_dividends_are_no_prices(tmp_path: Path) -> None:
    """What lies below the folder of prices is not read as prices."""
    settings = Settings(tmp_path / "home")
    import_actions(settings, [put(tmp_path, "paid.csv", PAID)], Actions.DIVIDENDS, Silent())
    with Store(settings) as store:
        assert isinstance(store.prices().collect(), pl.DataFrame) and store.prices().collect().is_empty()
