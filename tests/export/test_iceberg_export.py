"""Iceberg tables after an export have the rows of the home, in its own files, and keep what they showed before."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cli.commands import Shell
from tests.export.helpers import NEWER, rows_of_home
from tracker.errors import ExportError, NotFoundError, SettingError, StoreError
from tracker.export import iceberg_place, iceberg_tables
from tracker.export.iceberg_export import export
from tracker.export.parts import LINES_OF_QUARTERS, TABLES
from tracker.settings import Settings
from tracker.store import Store
from tracker.store.write_lock import hold
from tracker.tables import HOLDER_COUNTS, LINES, POSITIONS, PRICE_DAYS, PRICES, RUNS, DayStatus, Table

pytest.importorskip("pyiceberg", reason="the extra `iceberg` is not installed")
pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # of connections that others leave
    pytest.mark.filterwarnings("ignore::polars.exceptions.PerformanceWarning"),  # a faster planner could be installed
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of the libraries below pyiceberg
]


def opened(folder: Path, table: Table) -> Any:
    """An Iceberg table of a folder, as a reader finds it in the catalog."""
    from pyiceberg.catalog.sql import SqlCatalog

    catalog = SqlCatalog("tracker", uri=f"sqlite:///{folder}/catalog.db")
    return catalog.load_table(f"tracker.{table.name}")


def rows_there(there: Any, table: Table) -> pl.DataFrame:
    """The rows of a table as pyiceberg reads them, in key order."""
    rows = pl.DataFrame(pl.from_arrow(there.scan().to_arrow()))
    return rows.select(pl.col(name).cast(dtype) for name, dtype in table.schema.items()).sort(table.key)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ice berg é"


def test_every_table_has_the_rows_of_the_home(market: Settings, folder: Path) -> None:
    done = export(market, str(folder))
    assert done.tables == len(TABLES) and done.copied == 0
    for table in TABLES:
        there = opened(folder, table)
        assert rows_there(there, table).equals(rows_of_home(market, table)), table.name
        assert {field.name: field.doc for field in there.schema().fields} == {
            name: about for name, (_, about) in table.columns.items()
        }
        assert there.properties["comment"] == table.about


def test_polars_and_duckdb_count_the_same_by_quarter(market: Settings, folder: Path) -> None:
    """Of lines the quarter is not in the file: a reader has it from the partition."""
    duckdb = pytest.importorskip("duckdb")
    export(market, str(folder))
    there = opened(folder, LINES_OF_QUARTERS)
    with Store(market) as store:
        wanted = [(quarter.end, store.lines(quarter.end).height) for quarter in store.quarters()]
    native = pl.scan_iceberg(there, reader_override="native").group_by("period_of_report").len("n")
    assert native.sort("period_of_report").collect().rows() == wanted
    newest = pl.scan_iceberg(there).filter(pl.col("period_of_report") == NEWER.end)
    assert newest.select(pl.len()).collect().item() == dict(wanted)[NEWER.end]
    scanned = there.scan().to_arrow_batch_reader()  # noqa: F841 (DuckDB finds it by its name)
    assert duckdb.sql("select period_of_report, count(*) from scanned group by 1 order by 1").fetchall() == wanted
    planned = [task.file for task in there.scan(row_filter=f"period_of_report = '{NEWER.end}'").plan_files()]
    assert len(planned) == 1 and NEWER.end == wanted[-1][0]


def test_the_files_are_the_home_s_own(market: Settings, folder: Path) -> None:
    done = export(market, str(folder))
    with Store(market) as store:
        own = [
            path for table in (LINES, POSITIONS, HOLDER_COUNTS, PRICES) for path in store.parquet_files(table).values()
        ]
    assert done.linked == len(own) and done.copied_bytes == 0
    there = {path.stat().st_ino for path in folder.rglob("*.parquet")}
    assert {path.stat().st_ino for path in own} <= there


def test_a_second_run_adds_nothing(market: Settings, folder: Path) -> None:
    export(market, str(folder))
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.name != "export.lock"}
    done = export(market, str(folder))
    assert (done.added, done.removed) == (0, 0)
    files = {path: time for path, time in before.items() if path.is_file()}
    assert {path: path.stat().st_mtime_ns for path in files} == files


def test_a_quarter_that_changes_is_replaced_in_one_snapshot(own_market: Settings, folder: Path) -> None:
    export(own_market, str(folder))
    first = opened(folder, LINES_OF_QUARTERS).current_snapshot()
    before = rows_of_home(own_market, LINES_OF_QUARTERS)
    with Store(own_market) as store:
        lines = store.lines(NEWER.end).head(1).with_columns(accession_number=pl.lit("0000000000-25-000000"))
        store.add_lines(NEWER.end, lines)
    done = export(own_market, str(folder))
    assert (done.added, done.removed) == (1, 1)
    there = opened(folder, LINES_OF_QUARTERS)
    newest = there.current_snapshot()
    assert newest.parent_snapshot_id == first.snapshot_id and len(there.snapshots()) == 2
    assert newest.summary["added-data-files"] == newest.summary["deleted-data-files"] == "1"
    assert rows_there(there, LINES_OF_QUARTERS).equals(rows_of_home(own_market, LINES_OF_QUARTERS))
    old = pl.DataFrame(pl.from_arrow(there.scan(snapshot_id=first.snapshot_id).to_arrow()))
    old = old.select(pl.col(name).cast(dtype) for name, dtype in LINES_OF_QUARTERS.schema.items())
    assert old.sort(LINES_OF_QUARTERS.key).equals(before)  # although the home has another file in its place
    assert len(opened(folder, POSITIONS).snapshots()) == 1


def test_a_run_that_ends_in_between_goes_on(market: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(there: Any, *more: object) -> None:
        if there.name()[-1] == HOLDER_COUNTS.name:
            raise KeyboardInterrupt
        real(there, *more)

    real = iceberg_tables.replace_files
    monkeypatch.setattr(iceberg_tables, "replace_files", stopped)
    with pytest.raises(KeyboardInterrupt):
        export(market, str(folder))
    monkeypatch.undo()
    assert rows_there(opened(folder, POSITIONS), POSITIONS).equals(rows_of_home(market, POSITIONS))
    assert opened(folder, HOLDER_COUNTS).current_snapshot() is None
    done = export(market, str(folder))
    assert done.added == sum(len(opened(folder, t).inspect.files()) for t in TABLES) - 4
    for table in (HOLDER_COUNTS, PRICES):
        assert rows_there(opened(folder, table), table).equals(rows_of_home(market, table))
    assert len(opened(folder, POSITIONS).snapshots()) == 1


def test_prices_under_other_sessions_are_written_anew(own_market: Settings, folder: Path) -> None:
    with Store(own_market) as store:
        of_nasdaq = store.prices().filter(pl.col("exchange") == "NASDAQ").sort("date").collect()
        source, last = of_nasdaq["source"][-1], of_nasdaq["date"][-1]
        row = {"source": source, "exchange": "NASDAQ", "supplied_date": last, "date": None}
        store.replace(PRICE_DAYS, PRICE_DAYS.frame([{**row, "status": DayStatus.REPEATED}]))
    export(own_market, str(folder))
    there = rows_there(opened(folder, PRICES), PRICES)
    assert there.equals(rows_of_home(own_market, PRICES))
    assert there.filter(exchange="NASDAQ", date=last).is_empty() and not of_nasdaq.filter(date=last).is_empty()


def test_another_file_system_gets_copies(market: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refused)
    done = export(market, str(folder))
    assert done.linked == 0 and done.copied > 0 and done.copied_bytes > 0
    assert rows_there(opened(folder, POSITIONS), POSITIONS).equals(rows_of_home(market, POSITIONS))


def test_a_table_with_other_columns_is_made_anew(market: Settings, folder: Path) -> None:
    export(market, str(folder))
    with opened(folder, POSITIONS).update_schema() as update:
        update.rename_column("family", "clan")
    done = export(market, str(folder))
    assert done.added == 2
    assert rows_there(opened(folder, POSITIONS), POSITIONS).equals(rows_of_home(market, POSITIONS))


def test_a_reader_without_the_catalog_finds_the_newest_state(market: Settings, folder: Path) -> None:
    from pyiceberg.table import StaticTable

    export(market, str(folder))
    there = StaticTable.from_metadata(str(folder / "positions"))
    assert rows_there(there, POSITIONS).equals(rows_of_home(market, POSITIONS))


# ---- a bucket -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A bucket of a server that speaks S3."""
    pytest.importorskip("moto.server", reason="moto is not installed")
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_") or name.upper().endswith("_PROXY")]:
            patch.delenv(name)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        boto3.client("s3").create_bucket(Bucket="lists")
        yield "lists"
    server.stop()


def test_to_a_bucket_files_are_uploaded_and_read_back(own_market: Settings, bucket: str) -> None:
    from pyiceberg.table import StaticTable

    def there(table: Table) -> Any:
        reader = {"py-io-impl": "pyiceberg.io.fsspec.FsspecFileIO"}
        return StaticTable.from_metadata(f"s3://{bucket}/team/13f/{table.name}", reader)

    first = export(own_market, f"s3://{bucket}/team/13f/")
    assert first.linked == 0 and first.copied > 0
    for table in (LINES_OF_QUARTERS, POSITIONS, PRICES, RUNS):
        assert rows_there(there(table), table).equals(rows_of_home(own_market, table)), table.name
    second = export(own_market, f"s3://{bucket}/team/13f")
    assert (second.added, second.removed, second.copied) == (0, 0, 0)
    with Store(own_market) as store:
        lines = store.lines(NEWER.end).head(1).with_columns(accession_number=pl.lit("0000000000-25-000000"))
        store.add_lines(NEWER.end, lines)
    third = export(own_market, f"s3://{bucket}/team/13f")
    assert (third.added, third.removed, third.copied) == (1, 1, 1)
    assert rows_there(there(LINES_OF_QUARTERS), LINES_OF_QUARTERS).equals(rows_of_home(own_market, LINES_OF_QUARTERS))
    with pytest.raises(ExportError, match=r"s3://no-such-bucket/x cannot be used .*: check the bucket"):
        export(own_market, "s3://no-such-bucket/x")


# ---- what goes wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["", "db", "db/iceberg", "editions", "filings/iceberg"])
def test_tables_are_not_laid_among_the_home_s_own(own_market: Settings, place: str) -> None:
    with pytest.raises(SettingError, match="itself: name another folder"):
        export(own_market, str(own_market.home / place))
    assert not [*own_market.home.rglob("catalog.db")]


def test_two_exports_to_one_folder_are_refused(market: Settings, folder: Path) -> None:
    with hold(folder / "export.lock"), pytest.raises(StoreError, match=r"is writing to .*: wait for it to end"):
        export(market, str(folder))


def test_a_folder_that_is_damaged_says_what_to_do(market: Settings, folder: Path) -> None:
    export(market, str(folder))
    metadata = next((folder / "managers" / "metadata").glob("00001-*.metadata.json"))
    good = metadata.read_bytes()
    cure = f": delete {folder} and export again"
    for bad in (None, b"", b"{", b"{}"):
        metadata.unlink(missing_ok=True)
        if bad is not None:
            metadata.write_bytes(bad)
        with pytest.raises(ExportError, match=r"managers cannot be read \(") as refused:
            export(market, str(folder))
        assert str(refused.value).endswith(cure) and "\n" not in str(refused.value)
    metadata.write_bytes(good)
    assert export(market, str(folder)).added == 0
    (folder / "catalog.db").write_bytes(b"no database" * 100)
    with pytest.raises(ExportError, match=r"catalog\.db cannot be read \(file is not a database\)") as refused:
        export(market, str(folder))
    assert str(refused.value).endswith(cure)


@pytest.fixture
def unknown_storage() -> Iterator[None]:
    """s3fs keeps connections by their options, to which variables do not belong: here it has none, and leaves none."""
    storage = pytest.importorskip("s3fs").S3FileSystem
    storage.clear_instance_cache()
    yield
    storage.clear_instance_cache()


@pytest.mark.parametrize(
    ("keys", "problem"),
    [({}, "credentials"), ({"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}, "127.0.0.1:9")],
)
def test_a_bucket_that_cannot_be_reached_is_told_in_one_line(
    market: Settings, unknown_storage: None, monkeypatch: pytest.MonkeyPatch, keys: dict[str, str], problem: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    more = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1"}
    for name, value in {**keys, **more}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ExportError, match=rf"^s3://bucket/13f cannot be used \(.*{problem}.*\): check the bucket"):
        export(market, "s3://bucket/13f")


@pytest.mark.parametrize("target", ["s3://", "s3:///", "gs://bucket/x", "file:///tmp/x", "a#b", "a?b", "50%"])
def test_a_place_that_is_none_is_refused(market: Settings, target: str) -> None:
    with pytest.raises(SettingError, match=r"is no bucket|neither a folder nor|which readers misread"):
        export(market, target)


@pytest.mark.parametrize("target", ["file:///x", "file:/x", "gs://x", "gs:/x", "s3:/bucket/x", "az:///x"])
def test_an_address_never_becomes_a_folder(
    market: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingError, match="neither a folder nor s3://BUCKET/PREFIX"):
        export(market, target)
    assert not any(tmp_path.iterdir())


def test_a_file_is_no_place(market: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingError, match="is not a folder"):
        export(market, str(tmp_path / "file"))


def test_nothing_loaded_leaves_nothing(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(NotFoundError, match="no quarter is loaded"):
        export(Settings(tmp_path), str(folder))
    assert not folder.exists()


def test_without_the_extra_a_line_says_what_to_install(
    market: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyiceberg.catalog.sql", None)
    with pytest.raises(SettingError, match=r"pip install '\.\[iceberg\]'"):
        export(market, str(folder))


def test_the_command_says_what_it_did(
    market: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = Shell(market.home, monkeypatch, capsys)
    said = shell("export", "iceberg", str(folder))
    assert said.code == 0 and f"{len(TABLES)} tables; " in said.out and "0 copied (0.0 MB)" in said.out
    assert shell("export", "iceberg", str(folder)).out == f"{folder}: nothing has changed since the last export\n"
    assert iceberg_place.NAMESPACE == "tracker"
