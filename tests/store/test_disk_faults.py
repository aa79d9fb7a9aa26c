"""Each fault of a disk is told as what it is, with its own cure; what was deleted is missed when it is read."""

from __future__ import annotations

import errno
import resource
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from tracker.errors import DiskError, StoreError
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.store import Store, disk_faults, prepared
from tracker.store.kept_delistings import keep_delistings, kept_delistings
from tracker.tables import DELISTED_STOCKS, JUDGED_FILINGS, LINES, MANAGERS, PRICES, RUNS

PERIOD, QUARTER = date(2025, 9, 30), Quarter(2025, 3)
PATH = Path("db/tracker.db")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(Settings(tmp_path)) as store:
        yield store


@contextmanager
def small_files(size: int = 20_000) -> Iterator[None]:
    """No file may grow beyond `size` bytes: the nearest that a test comes to a full disk."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def of_sqlite(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("whatever it says")
    error.sqlite_errorcode = code
    return error


FULL = "is full: free some space and run the same command again"
FORBIDDEN = "cannot be used .*choose another folder with --home"
FAILING = "reports an error .*check the disk"


@pytest.mark.parametrize(
    ("error", "kind", "told"),
    [
        (OSError(errno.ENOSPC, "x"), DiskError, FULL),
        (OSError(errno.EDQUOT, "x"), DiskError, FULL),
        (of_sqlite(sqlite3.SQLITE_FULL), DiskError, FULL),
        (pl.exceptions.ComputeError("underlying IO error: No space left on device (os error 28)"), DiskError, FULL),
        (OSError("No space left on device (os error 28): /x"), DiskError, FULL),  # as polars raises it
        (OSError(errno.EROFS, "x"), DiskError, "read-only disk: make it writable"),
        (PermissionError(errno.EACCES, "x"), DiskError, FORBIDDEN),
        (PermissionError("Permission denied (os error 13): /x"), DiskError, FORBIDDEN),
        (of_sqlite(sqlite3.SQLITE_CANTOPEN), DiskError, FORBIDDEN),
        (of_sqlite(sqlite3.SQLITE_READONLY_DBMOVED), DiskError, FORBIDDEN),
        (OSError(errno.EIO, "x"), DiskError, FAILING),
        (of_sqlite(sqlite3.SQLITE_IOERR_FSYNC), DiskError, FAILING),
        (OSError(errno.EFBIG, "x"), DiskError, "ulimit -f"),
        (of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), StoreError, "another program is writing"),
        (of_sqlite(sqlite3.SQLITE_CORRUPT), StoreError, "cannot be read .*delete db/tracker.db"),
        (of_sqlite(sqlite3.SQLITE_NOTADB), StoreError, "cannot be read .*delete db/tracker.db"),
    ],
    ids=str,
)
def test_each_fault_has_its_own_cure(error: Exception, kind: type, told: str) -> None:
    with pytest.raises(kind, match=told) as caught, disk_faults.told(PATH):
        raise error
    message = str(caught.value)
    assert str(PATH) in message and "\n" not in message
    assert kind is StoreError or "delete" not in message


@pytest.mark.parametrize("error", [of_sqlite(sqlite3.SQLITE_CONSTRAINT), ValueError("(os error 28)"), KeyError(28)])
def test_what_is_no_fault_of_a_disk_stays_as_it_was(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, disk_faults.told(PATH):
        raise error
    assert caught.value is error


def managers(*ciks: int) -> pl.DataFrame:
    return MANAGERS.frame([{"cik": cik, "manager_name": f"NAME {cik} " * 20, "is_hedge_fund": True} for cik in ciks])


def test_a_database_that_cannot_grow_keeps_what_it_had(store: Store) -> None:
    store.replace(MANAGERS, managers(1))
    with small_files(store.settings.database.stat().st_size), pytest.raises(DiskError):
        store.replace(MANAGERS, managers(*range(10_000)))
    with Store(store.settings) as other:
        assert other.read(MANAGERS).equals(store.read(MANAGERS)) and other.read(MANAGERS).height == 1


def test_parquet_that_cannot_grow_keeps_what_it_had(store: Store) -> None:
    one = {"ticker": "ABC", "date": PERIOD, "source": "nasdaq", "close": 1.0}
    store.add_prices(PRICES.frame([one]))
    many = [{**one, "ticker": f"T{number}", "close": number * 1.37} for number in range(20_000)]
    with small_files(), pytest.raises(DiskError, match="ulimit"):
        store.add_prices(PRICES.frame(many).sort(PRICES.key))
    assert store.prices().collect().height == 1


def test_an_answer_is_given_where_nothing_can_be_kept(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": pl.Series(range(100_000)).shuffle(1)})
    with small_files():
        assert prepared.frame(tmp_path / "db" / "x.parquet", "digest", frame.schema, lambda: frame).equals(frame)


# ---- what the store says it has -----------------------------------------------------------------------------------


def load_lines(store: Store, refreshed: bool) -> Path:
    """Two lines of a filing, of a quarter that was refreshed or not; where they are."""
    rows = [{"accession_number": "1", "line_number": number, "cusip": "a"} for number in (1, 2)]
    store.add_lines(PERIOD, LINES.frame(rows))
    filing = {"accession_number": "1", "cik": 1, "period_of_report": PERIOD, "line_count": 2}
    store.replace(JUDGED_FILINGS, JUDGED_FILINGS.frame([filing]))
    if refreshed:
        run = {"started_at": datetime(2025, 11, 20), "period_of_report": PERIOD, "lines": 2}
        store.append(RUNS, RUNS.frame([run]))
    (path,) = (store.settings.db / "lines").rglob("*.parquet")
    return path


@pytest.mark.parametrize("refreshed", [True, False])
def test_deleted_lines_are_missed(store: Store, refreshed: bool) -> None:
    load_lines(store, refreshed).unlink()
    for use in (lambda: store.lines(PERIOD), lambda: store.lines_of(PERIOD, ["a"])):
        with pytest.raises(StoreError, match=r"0 of 2 lines for 2025Q3.*delete db/tracker.db and db/lines and refresh"):
            use()
    assert store.lines(date(2025, 6, 30)).is_empty()  # nothing was read of it


def test_an_older_file_of_lines_is_missed(store: Store) -> None:
    path = load_lines(store, refreshed=True)
    pl.read_parquet(path).head(1).write_parquet(path)
    with pytest.raises(StoreError, match="1 of 2 lines"):
        store.lines(PERIOD)


def closes(year: int, *days: int) -> pl.DataFrame:
    return PRICES.frame(
        [{"ticker": "ABC", "date": date(year, 1, day), "source": "nasdaq", "close": 1.0} for day in days]
    )


def test_a_deleted_year_of_prices_is_missed_until_it_is_imported_again(store: Store) -> None:
    for year in (2024, 2025):
        store.add_prices(closes(year, 2, 3))
    (path,) = (path for path in (store.settings.db / "prices").rglob("*.parquet") if "2024" in str(path))
    path.unlink()
    with Store(store.settings) as other:
        with pytest.raises(StoreError, match=r"0 of 2 prices of 2024: import prices again"):
            other.prices().collect()
        assert other.prices(date(2025, 1, 1)).collect().height == 2  # those of other years are there
        other.add_prices(closes(2024, 2))
        assert other.prices().collect().height == 3


def test_an_older_file_of_prices_is_missed(store: Store) -> None:
    store.add_prices(closes(2025, 2, 3))
    (path,) = (store.settings.db / "prices").rglob("*.parquet")
    pl.read_parquet(path).head(1).write_parquet(path)
    with Store(store.settings) as other, pytest.raises(StoreError, match=r"1 of 2 prices of 2025"):
        other.prices()


@pytest.mark.parametrize("note", [b"", b"[]", b"[" * 100_000, b'{"x": 1}', b'{"2025": "y"}'])
def test_a_damaged_note_of_prices_is_no_note(store: Store, note: bytes) -> None:
    store.add_prices(closes(2025, 2, 3))
    (store.settings.db / "price_rows.json").write_bytes(note)
    assert store.prices().collect().height == 2


def test_an_unfinished_file_of_delistings_is_not_read(store: Store) -> None:
    keep_delistings(store.settings, QUARTER, DELISTED_STOCKS.frame(), "digest")
    (path,) = (store.settings.db / "delistings").iterdir()
    path.rename(path.with_name(f".incoming-1-0-{path.name}"))  # its writer was killed just before this
    assert kept_delistings(store.settings)[1] == []
    keep_delistings(store.settings, QUARTER, DELISTED_STOCKS.frame(), "digest")
    assert kept_delistings(store.settings)[1] == [QUARTER]


# ---- what is found in the middle of a file ------------------------------------------------------------------------


def test_damage_within_a_file_is_found_for_whoever_met_it(store: Store) -> None:
    rows = ({"ticker": f"T{n:05}", "date": PERIOD, "source": "x", "close": n * 1.1} for n in range(20_000))
    store.add_prices(PRICES.frame(list(rows)))
    (path,) = (store.settings.db / "prices").rglob("*.parquet")
    assert disk_faults.find_damage(store.settings.db) is None
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\x55" * 2_000 + whole[2_100:])  # the footer is sound
    with pytest.raises(pl.exceptions.PolarsError) as caught:
        store.prices().collect()
    assert disk_faults.is_of_polars(caught.value) and disk_faults.as_error(caught.value) is None
    assert "delete it and import prices again" in str(disk_faults.find_damage(store.settings.db))
