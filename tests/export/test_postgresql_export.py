"""A database after an export has the rows of the home, and only what has changed is written again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest

from tests.cli.commands import Shell
from tests.export.conftest import Database
from tests.export.databases import PASSWORD, url_of
from tests.export.helpers import NEWER, OLDER, rows_of_home
from tracker.errors import ExportError, NotFoundError, SettingError, StoreError
from tracker.export.parts import LINES_OF_QUARTERS, TABLES, parts_of_quarters
from tracker.export.postgresql_export import Exported, export
from tracker.progress import Silent
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import (
    COUNTED_FROM,
    HOLDER_COUNTS,
    LINES,
    MANAGERS,
    POSITIONS,
    PRICE_DAYS,
    PRICES,
    RUNS,
    DayStatus,
    Table,
)
from tracker.tables.indexed import INDEXES

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parent.parent.parent


class Noted(Silent):
    """Keeps what was noted."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str, *, kind: str | None = None) -> None:
        self.notes.append(text)


def rows_there(database: Database, table: Table, schema: str = "tracker") -> pl.DataFrame:
    """The rows of a table in the database, in key order."""
    names = ", ".join(f'"{name}"' for name in table.columns)
    rows = database.rows(f'select {names} from "{schema}".{table.name}')
    return pl.DataFrame(rows, schema=table.schema, orient="row").sort(table.key)


def assert_equal(database: Database, settings: Settings, tables: tuple[Table, ...] = TABLES) -> None:
    for table in tables:
        there = rows_there(database, table)
        assert there.equals(rows_of_home(settings, table)), table.name


def marks(database: Database) -> dict[tuple[str, str], object]:
    """When each part was written."""
    rows = database.rows("select table_name, part, exported_at from tracker.exported")
    return {(name, part): at for name, part, at in rows}


def test_every_table_has_the_rows_of_the_home(market: Settings, database: Database) -> None:
    done = export(market, database.url, lines=True)
    assert_equal(database, market)
    with Store(market) as store:
        assert rows_there(database, POSITIONS).height == sum(store.positions(q).height for q in store.quarters())
        assert rows_there(database, HOLDER_COUNTS).height > 0 and done.has_lines
    counted = database.rows("select sum(row_count)::bigint from tracker.exported")
    assert counted == [(done.row_count,)] == [(sum(rows_there(database, table).height for table in TABLES),)]


def test_keys_indexes_and_comments_are_as_declared(market: Settings, database: Database) -> None:
    export(market, database.url, lines=True)
    for table in TABLES:
        keys = database.rows(
            "select array_agg(a.attname::text order by k.place) from pg_index i, "
            "unnest(i.indkey) with ordinality k(number, place), pg_attribute a where i.indisprimary "
            f"and i.indrelid = 'tracker.{table.name}'::regclass and a.attrelid = i.indrelid and a.attnum = k.number"
        )
        assert keys == [(list(table.key),)]
        indexed = database.rows(
            "select a.attname::text from pg_index i join pg_attribute a on a.attrelid = i.indrelid and "
            f"a.attnum = i.indkey[0] where not i.indisprimary and i.indrelid = 'tracker.{table.name}'::regclass"
        )
        assert {name for (name,) in indexed} == set(INDEXES.get(table.name, ()))
        ((about,),) = database.rows(f"select obj_description('tracker.{table.name}'::regclass, 'pg_class')")
        assert about.startswith(table.about)
        columns = database.rows(
            "select attname::text, col_description(attrelid, attnum) from pg_attribute "
            f"where attrelid = 'tracker.{table.name}'::regclass and attnum > 0 order by attnum"
        )
        assert columns == [(name, text) for name, (_, text) in table.columns.items()]


def test_a_second_run_copies_nothing(market: Settings, database: Database) -> None:
    first = export(market, database.url)
    before = marks(database)
    second = export(market, database.url)
    assert (first.changed, first.parts) == (second.parts, second.parts)
    assert (second.changed, second.removed, second.row_count) == (0, 0, 0) and marks(database) == before


def test_only_what_has_changed_is_replaced(own_market: Settings, database: Database) -> None:
    export(own_market, database.url)
    before = marks(database)
    with Store(own_market) as store:
        priced = store.prices().select(pl.col("date").max()).collect().item()
        (year,) = {priced.year}
        rows = store.prices(priced, priced).select(*PRICES.columns).collect()
        store.add_prices(rows.with_columns(pl.col("close") * 2))
        managers = store.read(MANAGERS)
        store.replace(MANAGERS, managers.with_columns(pl.col("basis") + " again"))
    done = export(own_market, database.url)
    after = marks(database)
    assert {key for key in after if after[key] != before.get(key)} == {("prices", str(year)), ("managers", "all")}
    assert done.changed == 2
    assert_equal(database, own_market, (PRICES, MANAGERS, POSITIONS))


def test_lines_are_left_out_until_asked_for_and_then_kept_up(own_market: Settings, database: Database) -> None:
    def is_there() -> bool:
        return database.rows("select to_regclass('tracker.lines') is not null") == [(True,)]

    assert not export(own_market, database.url).has_lines and not is_there()
    assert export(own_market, database.url, lines=True).changed == 2
    with Store(own_market) as store:
        lines = store.lines(NEWER.end).head(1).with_columns(accession_number=pl.lit("0000000000-25-000000"))
        store.add_lines(NEWER.end, lines)
    assert export(own_market, database.url).changed == 1
    assert_equal(database, own_market, (LINES_OF_QUARTERS,))
    assert export(own_market, database.url, lines=False).removed == 1 and not is_there()
    assert database.rows("select 1 from tracker.exported where table_name = 'lines'") == []


def test_a_quarter_that_is_no_longer_loaded_goes(own_market: Settings, database: Database) -> None:
    export(own_market, database.url, lines=True)
    with Store(own_market) as store:
        store.replace(RUNS, RUNS.frame(), period_of_report=OLDER.end)
        store.replace(COUNTED_FROM, COUNTED_FROM.frame(), period_of_report=OLDER.end)
    assert export(own_market, database.url).removed == 3
    for table in (LINES_OF_QUARTERS, POSITIONS, HOLDER_COUNTS):
        assert rows_there(database, table)["period_of_report"].unique().to_list() == [NEWER.end]


def test_lines_that_are_gone_from_the_home_do_not_go_from_the_database(
    own_market: Settings, database: Database
) -> None:
    export(own_market, database.url, lines=True)
    with Store(own_market) as store:
        store.parquet_files(LINES)[NEWER.end].unlink()
    with pytest.raises(StoreError, match=rf"db/lines has 0 of \d+ lines for {NEWER}, .* delete db/tracker.db"):
        export(own_market, database.url)
    assert rows_there(database, LINES_OF_QUARTERS)["period_of_report"].n_unique() == 2


def test_prices_are_under_the_sessions_that_they_are_of(own_market: Settings, database: Database) -> None:
    with Store(own_market) as store:
        prices = store.prices().select(*PRICES.columns).collect()
        of_nasdaq = prices.filter(pl.col("exchange") == "NASDAQ", pl.col("date") > date(2025, 1, 1)).sort("date")
        source, first, last = of_nasdaq["source"][0], of_nasdaq["date"][0], of_nasdaq["date"][-1]
        moved = {"source": source, "exchange": "NASDAQ", "supplied_date": last, "date": last + timedelta(days=3)}
        at_new_year = {**moved, "supplied_date": first, "date": date(2024, 12, 30)}
        rows = [{**each, "status": DayStatus.REDATED} for each in (moved, at_new_year)]
        store.replace(PRICE_DAYS, PRICE_DAYS.frame(rows))
    export(own_market, database.url)
    there = rows_there(database, PRICES)
    assert there.equals(rows_of_home(own_market, PRICES)) and not there.equals(prices.sort(PRICES.key))
    assert {date(2024, 12, 30), last + timedelta(days=3)} <= set(there.filter(exchange="NASDAQ")["date"])


KILLED = """
import os, signal, sys
from pathlib import Path
from tracker.export.postgresql_export import export
from tracker.progress import Silent
from tracker.settings import Settings

class Deadly(Silent):
    def start(self, task, total=None):
        self.is_second = task.endswith(sys.argv[3])
    def advance(self, n=1):
        if self.is_second:
            os.kill(os.getpid(), signal.SIGKILL)

export(Settings(Path(sys.argv[1])), sys.argv[2], lines=True, progress=Deadly())
"""


def test_a_run_that_is_killed_goes_on_where_it_was(market: Settings, database: Database) -> None:
    command = [sys.executable, "-c", KILLED, str(market.home), database.url, str(NEWER)]
    ran = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    before = marks(database)
    whole = {("lines", str(OLDER)), ("positions", str(OLDER)), ("holder_counts", str(OLDER))}
    assert {key for key in before if key[1] != "columns"} == whole
    assert rows_there(database, POSITIONS)["period_of_report"].unique().to_list() == [OLDER.end]
    export(market, database.url)
    after = marks(database)
    assert {key: after[key] for key in before} == before
    assert_equal(database, market)


def test_of_two_at_once_the_second_waits(market: Settings, database: Database) -> None:
    noted, results = Noted(), list[Exported]()
    database.run("select pg_advisory_lock(319, hashtext('tracker'))")
    run = threading.Thread(target=lambda: results.append(export(market, database.url, progress=noted)))
    run.start()
    while not noted.notes:
        time.sleep(0.01)
    assert "another export to schema tracker is running" in noted.notes[0]
    assert database.rows("select to_regclass('tracker.runs')") == [(None,)] and not results
    database.run("select pg_advisory_unlock(319, hashtext('tracker'))")
    run.join(60)
    assert results and results[0].changed > 0


def test_tables_of_others_are_left_alone(market: Settings, database: Database) -> None:
    database.run("create schema tracker; create table tracker.notes (text text); create table tracker.managers (x int)")
    database.run("insert into tracker.managers values (1)")
    with pytest.raises(ExportError, match="schema tracker has a managers that no export made"):
        export(market, database.url)
    assert database.rows("select x from tracker.managers") == [(1,)]
    database.run("drop table tracker.managers; create table tracker.positions_2025q3 (x int)")
    with pytest.raises(ExportError, match="has a positions_2025q3 that no export made"):
        export(market, database.url)
    database.run("drop table tracker.positions_2025q3")
    export(market, database.url, lines=True)
    export(market, database.url, lines=False)
    assert database.rows("select * from tracker.notes") == []


def test_a_table_whose_columns_have_changed_is_made_anew(market: Settings, database: Database) -> None:
    export(market, database.url)
    database.run(
        "update tracker.exported set fingerprint = 'older' where part = 'columns' and table_name = 'positions'"
    )
    database.run("create view tracker.own as select cik from tracker.positions")
    with pytest.raises(ExportError, match="it has to be replaced: drop what depends on it first"):
        export(market, database.url)
    database.run("drop view tracker.own")
    assert export(market, database.url).changed == 2
    assert_equal(database, market, (POSITIONS,))


def test_a_description_that_reads_differently_costs_no_copy(market: Settings, database: Database) -> None:
    export(market, database.url)
    database.run("update tracker.exported set fingerprint = left(fingerprint, 33) || 'older' where part = 'columns'")
    database.run("comment on column tracker.positions.cik is 'older'")
    assert export(market, database.url).changed == 0
    about = "select col_description('tracker.positions'::regclass, 2)"
    assert database.rows(about) == [(POSITIONS.columns["cik"][1],)]


def test_texts_are_what_they_were_but_for_nul(own_market: Settings, database: Database) -> None:
    hostile = [
        "a\0b\0",
        "\\.",
        "x\n\\.\ny",
        "\\N",
        'say "no",',
        "tab\there",
        " ",
        "",
        None,
        "a\r\nb",
        "é€😀",
        "{}%s%",
        "'; --",
    ]
    with Store(own_market) as store:
        managers = store.read(MANAGERS)
        names = pl.Series("manager_name", [hostile[n % len(hostile)] for n in range(managers.height)])
        assert managers.height >= len(hostile)
        store.replace(MANAGERS, managers.with_columns(names))
    noted = Noted()
    export(own_market, database.url, progress=noted)
    wanted = rows_of_home(own_market, MANAGERS).with_columns(pl.col("manager_name").str.replace_all("\0", "\ufffd"))
    assert rows_there(database, MANAGERS).equals(wanted)
    count = names.str.count_matches("\0").sum()
    assert f"managers: {count} NUL characters, which PostgreSQL does not store, are U+FFFD there" in noted.notes


def test_figures_are_what_they_were(own_market: Settings, database: Database) -> None:
    figures = [0.1, 1 / 3, -0.0, 5e-324, 1.7e308, float("inf"), float("-inf"), float("nan"), None, 1e16, 123456789.123]
    with Store(own_market) as store:
        lines = store.lines(NEWER.end).head(1)
        many = pl.concat([lines] * len(figures)).with_columns(
            pl.Series("shares", figures),
            pl.lit("0000000000-25-000000").alias("accession_number"),
            pl.int_range(len(figures), dtype=pl.Int64).alias("line_number") + 2**62,
        )
        store.add_lines(NEWER.end, many)
    export(own_market, database.url, lines=True)
    assert_equal(database, own_market, (LINES_OF_QUARTERS,))


def test_another_schema_has_tables_of_its_own(market: Settings, database: Database) -> None:
    export(market, database.url, schema='Desk "A"; drop')
    assert rows_there(database, MANAGERS, 'Desk ""A""; drop').equals(rows_of_home(market, MANAGERS))
    for schema in ("", "pg_own", "x" * 64, "a\0b", "information_schema"):
        with pytest.raises(SettingError, match="cannot be the name of a schema"):
            export(market, database.url, schema=schema)


# ---- what goes wrong ----------------------------------------------------------------------------------------------


def test_a_user_without_permission_is_told_what_to_ask_for(market: Settings, server: int, database: Database) -> None:
    name = database.connection.info.dbname
    database.run(f"create role reader_{name} login password 'word'")
    with pytest.raises(ExportError, match="let the owner of the database or schema grant CREATE") as raised:
        export(market, url_of(server, name, f"reader_{name}", "word"))
    assert "permission denied" in str(raised.value) and "word" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "cure"),
    [
        ({"password": "wrong"}, "check user, password"),
        ({"password": ""}, "PGPASSWORD"),
        ({"database": "no_such"}, "check user, password .* and database"),
        ({"port": 1}, "check host and port, whether the server runs"),
    ],
)
def test_what_cannot_be_opened_is_one_line_without_the_password(
    market: Settings, server: int, given: dict[str, object], cure: str
) -> None:
    url = url_of(**{"port": server, "database": "postgres", **given})  # type: ignore[arg-type]
    with pytest.raises(ExportError, match=cure) as raised:
        export(market, url)
    said = str(raised.value)
    assert "\n" not in said and said.startswith("postgresql://owner@127.0.0.1:")
    assert not {PASSWORD, quote(PASSWORD, safe=""), "wrong"} & set(said.split()) and PASSWORD not in said


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:se@cret@host/db",
        "postgresql://user:se/cret@host/db",
        "postgresql://user:12/cret@host/db",
        "postgresql://user:se%cret@host/db",
        "postgresql://user:secret@[::1/db",
        "postgresql://user:secret@host/db?sslmode",
    ],
)
def test_an_address_that_cannot_be_read_is_not_repeated(market: Settings, url: str) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(SettingError, match="the address of the database cannot be read") as raised:
        export(market, url)
    assert "cret" not in str(raised.value) and "12" not in str(raised.value)


def test_a_database_that_does_not_hold_every_name_is_refused(market: Settings, server: int, database: Database) -> None:
    name = f"{database.connection.info.dbname}_latin"
    database.run(f"create database {name} encoding 'LATIN1' locale 'C' template template0")
    with pytest.raises(ExportError, match="createdb --encoding UTF8"):
        export(market, url_of(server, name))


def test_nothing_loaded_is_told_before_anything_is_opened(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(NotFoundError, match="no quarter is loaded"):
        export(Settings(tmp_path), "postgresql://nobody@127.0.0.1:1/none")


def test_without_the_extra_a_line_says_what_to_install(market: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingError, match=r"pip install '\.\[postgresql\]'"):
        export(market, "postgresql://user@host/db")


def test_what_is_replaced_while_it_is_read_is_not_kept(own_market: Settings, database: Database) -> None:
    class Refreshing(Silent):
        def advance(self, n: int = 1) -> None:
            with Store(own_market) as other:
                lines = other.lines(NEWER.end)
                other.add_lines(NEWER.end, lines.with_columns(pl.col("shares") + 1))

    with pytest.raises(StoreError, match=f"lines of {NEWER} were replaced while they were read"):
        export(own_market, database.url, lines=True, progress=Refreshing())
    with Store(own_market) as store:
        assert {part.label for parts in parts_of_quarters(store).values() for part in parts} == {str(OLDER), str(NEWER)}
    assert ("lines", str(NEWER)) not in marks(database)


def test_the_command_takes_the_address_alone(
    market: Settings, database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = Shell(market.home, monkeypatch, capsys)
    first = shell("export", database.url, "--schema", "own")
    second = shell("export", "postgresql", database.url, "--schema", "own")
    assert (first.code, second.code) == (0, 0) and PASSWORD not in first.out + first.err
    assert "parts replaced" in first.out and "--lines adds them" in first.err
    assert second.out.endswith("schema own: nothing has changed since the last export\n")
