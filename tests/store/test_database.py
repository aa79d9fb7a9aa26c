"""What is stored comes back as it was; a step that fails or is killed leaves what was there."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.conftest import fewer_examples
from tests.store.helpers import files
from tracker.errors import NotFoundError, StoreError
from tracker.quarters import Quarter
from tracker.store import sql_tables
from tracker.store.database import VERSION, Store
from tracker.store.layout import line_paths, lines_path, price_paths, prices_path, year_of
from tracker.tables import DATABASE, JUDGED_FILINGS, LINES, MANAGERS, POSITIONS, PRICES, REJECTS, RUNS, Table

PERIOD, BEFORE = date(2025, 9, 30), date(2025, 6, 30)
HOSTILE = ["' or 1=1 --", '"; drop table managers; --', "x'); delete from managers where ('1'='1", "%", "\x00", "?"]

VALUES: dict[pl.DataType, st.SearchStrategy[Any]] = {
    pl.String(): st.text(),
    pl.Int64(): st.integers(-(2**63), 2**63 - 1),
    pl.Float64(): st.floats(allow_nan=False),
    pl.Boolean(): st.booleans(),
    pl.Date(): st.dates(date(1900, 1, 1), date(9999, 12, 31)),
    pl.Datetime("us"): st.datetimes(datetime(1900, 1, 1), datetime(9999, 12, 31)),
}


@st.composite
def frames(draw: st.DrawFn, table: Table) -> pl.DataFrame:
    """A frame of `table`: any value, nulls outside of the key."""
    row = st.fixed_dictionaries(
        {
            name: VALUES[dtype] if name in table.key else st.none() | VALUES[dtype]
            for name, dtype in table.schema.items()
        }
    )
    rows = draw(st.lists(row, max_size=4, unique_by=lambda row: tuple(row[name] for name in table.key)))
    return pl.DataFrame(rows, schema=table.schema)


def managers(*ciks: int, **given: object) -> pl.DataFrame:
    return MANAGERS.frame({"cik": cik, "manager_name": f"FUND {cik}", "is_hedge_fund": True, **given} for cik in ciks)


def rejects(*reasons: str, step: str = "parse") -> pl.DataFrame:
    return REJECTS.frame(
        {"accession_number": "1", "step": step, "kind": reason, "reason": reason} for reason in reasons
    )


def lines(accession_number: str, *cusips: str) -> pl.DataFrame:
    return LINES.frame(
        {"accession_number": accession_number, "line_number": number, "cusip": cusip, "shares": 100.0 * number}
        for number, cusip in enumerate(cusips, 1)
    )


def price(ticker: str, day: date, close: float, source: str = "nasdaq", **given: object) -> dict[str, object]:
    return {"ticker": ticker, "date": day, "close": close, "source": source, "is_adjusted": False, **given}


# ---- SQLite -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", DATABASE, ids=lambda table: table.name)
@fewer_examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_stored_comes_back_as_it_was(store: Store, table: Table, data: st.DataObject) -> None:
    frame = data.draw(frames(table))
    store.replace(table, frame)
    found = store.read(table)
    assert found.schema == frame.schema
    assert found.equals(frame.sort(table.key))
    assert not store.replace(table, frame.reverse())


def test_text_comes_back_character_by_character(store: Store) -> None:
    names = [
        "",
        "Måneskär AB",
        "東京 ☃ 🦔",
        'O\'Neil "&" Co; --',
        "a\nb\tc\r\n",
        "nul\x00inside",
        "e\u0301",
        "00123",
        "1e5",
        "NULL",
    ]
    frame = MANAGERS.frame({"cik": cik, "manager_name": name} for cik, name in enumerate(names))
    store.replace(MANAGERS, frame)
    assert store.read(MANAGERS)["manager_name"].to_list() == names


def test_times_keep_their_microseconds(store: Store) -> None:
    moments = [datetime(2025, 11, 14, 17, 30, 0, micro) for micro in (0, 1, 999_999, 500_000)]
    store.append(RUNS, RUNS.frame({"started_at": moment} for moment in moments))
    assert store.read(RUNS)["started_at"].to_list() == sorted(moments)


def test_null_zero_and_empty_text_stay_apart(store: Store) -> None:
    frame = MANAGERS.frame(
        [
            {"cik": 1, "family": None, "is_hedge_fund": None, "value_usd": None},
            {"cik": 2, "family": "", "is_hedge_fund": False, "value_usd": 0.0},
        ]
    )
    store.replace(MANAGERS, frame)
    assert store.read(MANAGERS).select("family", "is_hedge_fund", "value_usd").rows() == [
        (None, None, None),
        ("", False, 0.0),
    ]


def test_replacing_with_the_same_rows_changes_nothing(store: Store) -> None:
    assert store.replace(MANAGERS, managers(2, 1, 3))
    before = store.settings.database.read_bytes()
    assert not store.replace(MANAGERS, managers(3, 2, 1))
    assert store.settings.database.read_bytes() == before
    assert store.replace(MANAGERS, managers(3, 2, 1).with_columns(pl.lit("other").alias("family")))


def test_replacing_with_nothing_empties_the_table(store: Store) -> None:
    store.replace(MANAGERS, managers(1))
    assert store.replace(MANAGERS, MANAGERS.frame())
    assert store.read(MANAGERS).is_empty()
    assert not store.replace(MANAGERS, MANAGERS.frame())


def test_replacing_where_leaves_the_other_rows(store: Store) -> None:
    store.replace(REJECTS, pl.concat([rejects("a", "b"), rejects("c", step="normalise")]))
    assert store.replace(REJECTS, rejects("d"), step="parse")
    assert sorted(store.read(REJECTS).select("step", "reason").rows()) == [("normalise", "c"), ("parse", "d")]
    assert not store.replace(REJECTS, rejects("d"), step="parse")


def test_reading_where_takes_a_value_or_any_of_several(store: Store) -> None:
    store.replace(MANAGERS, pl.concat([managers(1, 2, period_of_report=PERIOD), managers(3, period_of_report=BEFORE)]))
    assert store.read(MANAGERS, cik=2)["cik"].to_list() == [2]
    for several in ([1, 3], (1, 3), {1, 3}, pl.Series([1, 3])):
        assert store.read(MANAGERS, cik=several)["cik"].to_list() == [1, 3]
    assert store.read(MANAGERS, cik=[]).is_empty()
    assert store.read(MANAGERS, period_of_report=PERIOD)["cik"].to_list() == [1, 2]
    assert store.read(MANAGERS, period_of_report=PERIOD, cik=[2, 3])["cik"].to_list() == [2]


def test_reading_where_takes_days_times_flags_and_null(store: Store) -> None:
    moments = [datetime(2025, 11, 14, 17, 30), datetime(2025, 11, 14, 17, 30, 0, 1)]
    store.append(RUNS, RUNS.frame({"started_at": moment, "lines": number} for number, moment in enumerate(moments)))
    assert [store.read(RUNS, started_at=moment)["lines"].to_list() for moment in moments] == [[0], [1]]
    flags = [{"cik": 1, "is_hedge_fund": True}, {"cik": 2, "is_hedge_fund": False}, {"cik": 3, "is_hedge_fund": None}]
    store.replace(MANAGERS, MANAGERS.frame(flags))
    for flag, ciks in ((True, [1]), (False, [2]), (None, [3]), ([True, None], [1, 3])):
        assert store.read(MANAGERS, is_hedge_fund=flag)["cik"].to_list() == ciks
    assert not store.replace(MANAGERS, MANAGERS.frame(flags[2:]), is_hedge_fund=None)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_never_becomes_sql(store: Store, text: str) -> None:
    store.replace(MANAGERS, managers(1, 2))
    assert store.read(MANAGERS, manager_name=text).is_empty()
    assert store.read(MANAGERS, manager_name=[text, "FUND 1"])["cik"].to_list() == [1]
    hostile = managers(3, manager_name=text)
    store.replace(MANAGERS, hostile, manager_name=text)
    assert store.read(MANAGERS)["cik"].to_list() == [1, 2, 3]
    assert store.read(MANAGERS, manager_name=text)["manager_name"].to_list() == [text]


@pytest.mark.parametrize("name", ["no_such", 'cik" = 1 or "cik', "cik; drop table managers"])
def test_an_unknown_column_is_refused(store: Store, name: str) -> None:
    store.replace(MANAGERS, managers(1))
    with pytest.raises(ValueError, match="managers has no column"):
        store.read(MANAGERS, **{name: 1})
    with pytest.raises(ValueError, match="managers has no column"):
        store.replace(MANAGERS, managers(2), **{name: 1})
    assert store.read(MANAGERS)["cik"].to_list() == [1]


def test_a_replacement_that_fails_halfway_leaves_the_old_rows(store: Store) -> None:
    store.replace(REJECTS, pl.concat([rejects("a"), rejects("c", step="normalise")]))
    before = store.read(REJECTS)
    with pytest.raises(sqlite3.IntegrityError):  # the old row is deleted, then a key meets one that stays
        store.replace(REJECTS, pl.concat([rejects("b"), rejects("c", step="normalise")]), step="parse")
    assert store.read(REJECTS).equals(before)


def test_several_replacements_are_one(store: Store) -> None:
    store.replace(MANAGERS, managers(1))
    twice = pl.concat([rejects("a"), rejects("a")])
    with pytest.raises(ValueError, match="not unique"):
        store.replace_together([(MANAGERS, managers(2), {}), (REJECTS, twice, {})])
    assert store.read(MANAGERS)["cik"].to_list() == [1]
    assert store.replace_together([(MANAGERS, managers(2), {}), (REJECTS, rejects("a"), {})])
    assert not store.replace_together([(MANAGERS, managers(2), {}), (REJECTS, rejects("a"), {})])
    assert store.replace_together([(MANAGERS, managers(2), {}), (REJECTS, rejects("b"), {})])


def test_a_kill_in_the_middle_leaves_the_old_rows(store: Store) -> None:
    store.replace(MANAGERS, managers(1))
    script = """
import os, sys
from pathlib import Path
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import MANAGERS
store = Store(Settings(Path(sys.argv[1])))
with store.database.atomic():
    assert store.replace(MANAGERS, MANAGERS.frame({"cik": cik, "manager_name": "x" * 1000} for cik in range(5000)))
    os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", script, store.settings.home]).returncode == 9
    assert store.read(MANAGERS).equals(managers(1))


def test_appending_a_key_that_is_there_changes_nothing(store: Store) -> None:
    started = datetime(2025, 11, 20)
    store.append(RUNS, RUNS.frame([{"started_at": started, "lines": 1}]))
    with pytest.raises(sqlite3.IntegrityError):
        store.append(RUNS, RUNS.frame([{"started_at": datetime(2025, 11, 21)}, {"started_at": started, "lines": 2}]))
    assert store.read(RUNS).select("started_at", "lines").rows() == [(started, 1)]


def test_reading_where_nothing_is_makes_no_file(store: Store) -> None:
    assert store.read(MANAGERS).schema == MANAGERS.schema
    assert store.lines(PERIOD).schema == LINES.schema
    assert dict(store.prices().collect_schema()) == PRICES.schema
    assert store.quarters() == []
    assert not store.settings.db.exists()


def test_two_stores_of_one_home_see_the_same(store: Store) -> None:
    store.replace(MANAGERS, managers(1))
    with Store(store.settings) as other:
        assert other.read(MANAGERS).equals(store.read(MANAGERS))


# ---- a store that cannot be read ----------------------------------------------------------------------------------


def test_another_version_is_refused_with_the_way_to_rebuild(store: Store) -> None:
    store.replace(MANAGERS, managers(1))
    with sqlite3.connect(store.settings.database) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with (
        Store(store.settings) as newer,
        pytest.raises(StoreError, match=rf"schema {VERSION + 1}, this is {VERSION}.*: delete .* and refresh again"),
    ):
        newer.read(MANAGERS)


def test_a_database_of_somebody_else_is_not_written_to(store: Store) -> None:
    store.settings.db.mkdir()
    with sqlite3.connect(store.settings.database) as connection:
        connection.execute("create table theirs (id)")
    connection.close()
    before = store.settings.database.read_bytes()
    with pytest.raises(StoreError, match="another version"):
        store.replace(MANAGERS, managers(1))
    assert store.settings.database.read_bytes() == before


@pytest.mark.parametrize("keep", [0, 100, 8192])
def test_a_damaged_database_is_told_with_its_cure(store: Store, keep: int) -> None:
    store.replace(MANAGERS, managers(*range(1000)))
    path = store.settings.database
    whole = path.read_bytes()
    path.write_bytes(whole[:keep] + b"\x55" * (len(whole) - keep))
    with (
        Store(store.settings) as other,
        pytest.raises(StoreError, match=r"cannot be read .*: delete .* refresh again") as caught,
    ):
        other.read(MANAGERS)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_a_database_that_another_program_has_is_no_damage(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.replace(MANAGERS, managers(1))
    monkeypatch.setattr(sql_tables, "_WAIT_SECONDS", 0.0)
    other = sqlite3.connect(store.settings.database, isolation_level=None)
    other.execute("begin exclusive")
    with Store(store.settings) as reader:
        with pytest.raises(StoreError, match="another program is writing") as caught:
            reader.read(MANAGERS)
        assert "delete" not in str(caught.value)
        other.execute("rollback")
        assert reader.read(MANAGERS).height == 1
    other.close()


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: b"garbage",
        lambda whole: whole[:-20],
        lambda whole: whole[:4] + b"\x55" * 60 + whole[64:],
    ],
    ids=["empty", "garbage", "truncated", "overwritten"],
)
def test_a_damaged_lines_file_is_told_with_its_cure(store: Store, damage: Callable[[bytes], bytes]) -> None:
    store.add_lines(PERIOD, lines("1", "a", "b"))
    (path,) = line_paths(store.settings.db)
    path.write_bytes(damage(path.read_bytes()))
    for use in (lambda: store.lines(PERIOD), lambda: store.add_lines(PERIOD, lines("2", "c"))):
        with pytest.raises(StoreError, match=r"2025-09-30/part-0.parquet cannot be read .*: delete .* refresh again"):
            use()


def test_a_damaged_price_file_is_told_with_its_cure(store: Store) -> None:
    rows = PRICES.frame([price("ABC", date(2025, 1, 3), 1.0)])
    store.add_prices(rows)
    (path,) = price_paths(store.settings.db)
    path.write_bytes(path.read_bytes()[:200])
    for use in (lambda: store.prices().collect(), store.priced, lambda: store.add_prices(rows)):
        with pytest.raises(
            StoreError, match=r"=2025/part-0.parquet cannot be read .*: delete it and import prices again"
        ):
            use()


def test_parquet_of_another_version_is_refused(store: Store) -> None:
    store.add_lines(PERIOD, lines("1", "a"))
    (path,) = line_paths(store.settings.db)
    pl.read_parquet(path).rename({"cusip": "cusip9"}).write_parquet(path)
    with pytest.raises(StoreError, match="another version"):
        store.lines(PERIOD)


# ---- one writer ---------------------------------------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from tracker.settings import Settings
from tracker.store import Store
with Store(Settings(Path(sys.argv[1]))) as store, store.writing():
    print("writing", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that writes until its stdin is closed."""
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "writing\n"
        yield process
        process.kill()


def test_a_second_writer_is_refused_with_the_first_ones_pid(store: Store, writer: subprocess.Popen[str]) -> None:
    with pytest.raises(StoreError, match=rf"process {writer.pid}\) is writing .*: wait"), store.writing():
        pytest.fail("two write at once")
    assert store.read(MANAGERS).is_empty()  # reading needs no lock
    assert writer.stdin
    writer.stdin.close()
    writer.wait()
    with store.writing():
        assert (store.settings.db / "refresh.lock").read_text() == str(os.getpid())


def test_the_lock_of_a_killed_writer_is_taken_over(store: Store, writer: subprocess.Popen[str]) -> None:
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert (store.settings.db / "refresh.lock").read_text() == str(writer.pid)
    with store.writing():
        assert (store.settings.db / "refresh.lock").read_text() == str(os.getpid())


def test_the_lock_is_let_go_after_an_error(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.writing():
        raise ZeroDivisionError
    with store.writing():
        pass


def test_what_a_killed_writer_left_is_swept(store: Store, writer: subprocess.Popen[str]) -> None:
    writer.kill()
    writer.wait()
    leftover = lines_path(store.settings.db, PERIOD).with_name(f".incoming-{writer.pid}-0-part-0.parquet")
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"half")
    assert store.lines(PERIOD).is_empty()
    with store.writing():
        assert not leftover.exists()


# ---- table lines --------------------------------------------------------------------------------------------------


def test_lines_are_added_once_and_sorted_by_cusip(store: Store) -> None:
    for _ in range(2):
        store.add_lines(PERIOD, lines("1", "c", "a"))
        store.add_lines(PERIOD, lines("2", "b"))
    found = LINES.check(store.lines(PERIOD))
    assert found.select("cusip", "accession_number").rows() == [("a", "1"), ("b", "2"), ("c", "1")]


def test_lines_are_merged_range_by_range_as_they_would_be_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.store.merge.LINES_AT_ONCE", 3)
    store.add_lines(PERIOD, pl.concat([lines("1", *"gacxb"), lines("2", *"aaaaaz"), lines("3", "c")]))
    store.add_lines(PERIOD, pl.concat([lines("2", *"mna"), lines("4", *"zzk")]))
    everything = [("1", cusip) for cusip in "gacxb"] + [("2", cusip) for cusip in "mna"] + [("3", "c")]
    everything += [("4", cusip) for cusip in "zzk"]
    expected = sorted((cusip, number) for number, cusip in everything)
    found = LINES.check(store.lines(PERIOD))
    assert found.select("cusip", "accession_number").rows() == expected


def test_a_line_without_cusip_is_not_lost(store: Store) -> None:
    store.add_lines(PERIOD, pl.concat([lines("1", "a", "b"), lines("2", "a").with_columns(cusip=pl.lit(None))]))
    assert store.lines(PERIOD)["cusip"].to_list() == [None, "a", "b"]


@pytest.mark.parametrize("at_once", [10**6, 40_000])
def test_many_lines_are_merged_as_few_are(store: Store, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr("tracker.store.merge.LINES_AT_ONCE", at_once)
    number = pl.int_range(1, 150_001, eager=True).alias("line_number").to_frame()
    cusip = (pl.col("line_number").hash(1) % 5000).cast(pl.String)
    many = LINES.fit(number.with_columns(accession_number=pl.lit("1"), cusip=cusip))
    store.add_lines(PERIOD, many)
    store.add_lines(PERIOD, lines("2", "17"))
    expected = pl.concat([many, lines("2", "17")]).sort("cusip", "accession_number", "line_number")
    assert store.lines(PERIOD).equals(expected)


def test_a_submission_is_replaced_whole(store: Store) -> None:
    store.add_lines(PERIOD, pl.concat([lines("1", "a", "b", "c"), lines("2", "d")]))
    store.add_lines(PERIOD, lines("1", "e"))
    assert store.lines(PERIOD).select("accession_number", "cusip").rows() == [("2", "d"), ("1", "e")]


def test_periods_do_not_mix(store: Store) -> None:
    store.add_lines(PERIOD, lines("1", "a"))
    store.add_lines(BEFORE, lines("1", "b"))
    assert store.lines(PERIOD)["cusip"].to_list() == ["a"]
    assert store.lines(BEFORE)["cusip"].to_list() == ["b"]
    assert store.lines(date(2025, 3, 31)).is_empty()


def test_lines_of_one_key_twice_are_refused_and_nothing_changes(store: Store) -> None:
    store.add_lines(PERIOD, lines("1", "a"))
    before = files(store.settings.db)
    with pytest.raises(ValueError, match="not unique"):
        store.add_lines(PERIOD, pl.concat([lines("2", "b"), lines("2", "c")]))
    assert files(store.settings.db) == before


def test_a_kill_while_lines_are_written_leaves_the_old_file(store: Store) -> None:
    store.add_lines(PERIOD, lines("1", "a"))
    (path,) = line_paths(store.settings.db)
    before = path.read_bytes()
    script = """
import os, signal, sys
from pathlib import Path
from tracker.files import atomic_path
with atomic_path(Path(sys.argv[1])) as temporary:
    temporary.write_bytes(b"PAR1 half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", script, path]).returncode == -signal.SIGKILL
    assert path.read_bytes() == before and len(list(path.parent.iterdir())) == 2
    assert store.lines(PERIOD)["cusip"].to_list() == ["a"]
    with store.writing():
        assert list(path.parent.iterdir()) == [path]


# ---- prices -------------------------------------------------------------------------------------------------------


def test_the_same_prices_twice_change_nothing(store: Store) -> None:
    rows = PRICES.frame(
        [price("ABC", date(2025, 1, 3), 1.5, name=None), price("XYZ", date(2025, 1, 3), 2.0, volume=7.0)]
    )
    assert store.add_prices(rows) == 2
    before = files(store.settings.db)
    assert store.add_prices(rows) == 0
    assert store.add_prices(rows.reverse()) == 0
    assert files(store.settings.db) == before


def test_a_correction_replaces_by_ticker_day_and_source(store: Store) -> None:
    day, other = date(2025, 1, 3), date(2025, 1, 6)
    old = [price("ABC", day, 1.0, volume=7.0), price("ABC", other, 2.0), price("ABC", day, 3.0, "file:x")]
    store.add_prices(PRICES.frame([*old, price("XYZ", day, 4.0)]))
    assert store.add_prices(PRICES.frame([price("ABC", day, 1.5), price("ABC", other, 2.0)])) == 1
    assert store.prices().select("ticker", "date", "source", "close", "volume").collect().rows() == [
        ("ABC", day, "file:x", 3.0, None),
        ("ABC", day, "nasdaq", 1.5, None),
        ("ABC", other, "nasdaq", 2.0, None),
        ("XYZ", day, "nasdaq", 4.0, None),
    ]


def test_prices_lie_by_year_and_only_what_is_asked_for_comes(store: Store) -> None:
    days = [date(2024, 12, 31), date(2025, 1, 2), date(2025, 12, 31), date(2026, 1, 2)]
    assert store.add_prices(PRICES.frame(price("ABC", day, 1.0) for day in days)) == 4
    assert [year_of(path) for path in price_paths(store.settings.db)] == [2024, 2025, 2026]
    for path in price_paths(store.settings.db):
        assert {day.year for day in pl.read_parquet(path)["date"]} == {year_of(path)}
    assert store.prices(days[1], days[2]).collect()["date"].to_list() == days[1:3]
    assert store.prices(until=days[0]).collect()["date"].to_list() == days[:1]
    assert store.prices(since=days[2]).collect()["date"].to_list() == days[2:]
    assert store.prices().collect()["date"].to_list() == days


def test_years_that_are_not_asked_for_are_not_opened(store: Store) -> None:
    store.add_prices(PRICES.frame(price("ABC", date(year, 6, 1), 1.0) for year in (2024, 2025)))
    prices_path(store.settings.db, 2024).write_bytes(b"damaged")
    assert store.prices(since=date(2025, 1, 1)).collect().height == 1


def test_prices_of_one_key_twice_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="not unique"):
        store.add_prices(PRICES.frame([price("ABC", date(2025, 1, 3), close) for close in (1.0, 2.0)]))
    assert not (store.settings.db / "prices").exists()


def test_priced_tickers_come_once_with_their_newest_name(store: Store) -> None:
    rows = [
        price("ABC", date(2024, 6, 3), 1.0, name="Old Inc"),
        price("ABC", date(2025, 6, 3), 1.0, name="New Inc"),
        price("ABC", date(2025, 6, 4), 1.0, name=None),
        price("XYZ", date(2025, 6, 4), 1.0, name=None),
    ]
    store.add_prices(PRICES.frame(rows))
    assert store.priced().rows() == [("ABC", "New Inc"), ("XYZ", None)]


# ---- what is loaded -----------------------------------------------------------------------------------------------


def test_a_quarter_is_loaded_once_a_run_has_ended(store: Store) -> None:
    with pytest.raises(NotFoundError, match="no quarter is loaded: run `tracker refresh"):
        store.require_quarter(None)
    store.replace(JUDGED_FILINGS, JUDGED_FILINGS.frame([{"accession_number": "1", "period_of_report": PERIOD}]))
    assert store.quarters() == []  # filings alone are a run that did not end
    for day, period in ((20, PERIOD), (21, BEFORE), (22, PERIOD)):
        store.append(RUNS, RUNS.frame([{"started_at": datetime(2025, 11, day), "period_of_report": period}]))
    assert [str(quarter) for quarter in store.quarters()] == ["2025Q2", "2025Q3"]
    assert store.require_quarter(None) == Quarter(2025, 3)
    assert store.require_quarter(Quarter(2025, 2)) == Quarter(2025, 2)
    with pytest.raises(NotFoundError, match="2024Q4 is not loaded: run `tracker refresh 2024Q4`") as caught:
        store.require_quarter(Quarter(2024, 4))
    assert caught.value.candidates == ["2025Q2", "2025Q3"]


def test_positions_are_of_one_quarter(store: Store) -> None:
    rows = [
        {"period_of_report": period, "cusip": cusip, "cik": 1, "put_call": "", "share_type": "SH"}
        for period in (BEFORE, PERIOD)
        for cusip in ("a", "b")
    ]
    store.replace(POSITIONS, POSITIONS.frame(rows))
    assert store.positions(Quarter(2025, 3))["period_of_report"].unique().to_list() == [PERIOD]
    assert store.positions(Quarter(2025, 3), cusip=["b", "c"])["cusip"].to_list() == ["b"]


def test_a_table_that_was_read_is_read_again_once_it_is_written_to(store: Store) -> None:
    store.replace(MANAGERS, managers(1))
    assert store.read(MANAGERS)["cik"].to_list() == [1]
    with Store(store.settings) as other:
        other.replace(MANAGERS, managers(1, 2))
    assert store.read(MANAGERS)["cik"].to_list() == [1, 2]
    store.replace(MANAGERS, managers(3), cik=[1, 2])
    assert store.read(MANAGERS)["cik"].to_list() == [3]
    store.append(MANAGERS, managers(4))
    assert store.read(MANAGERS)["cik"].to_list() == [3, 4]
    with pytest.raises(ValueError, match="not unique"):
        store.replace_together([(MANAGERS, managers(5), {}), (REJECTS, pl.concat([rejects("a")] * 2), {})])
    assert store.read(MANAGERS)["cik"].to_list() == [3, 4]
