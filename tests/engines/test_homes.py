"""Loaded homes: every engine counts what a refresh published, and prints the same bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from tests.engines.conftest import Count
from tests.engines.helpers import as_counts
from tests.filings.helpers import A
from tests.homes import Real
from tests.pipeline.helpers import Q2, Q3, put, report
from tests.submissions import OtherManager, submission
from tracker.cli import app
from tracker.engines.counts_answer import count_securities
from tracker.engines.engine_inputs import EngineInputs
from tracker.engines.engine_names import Engine
from tracker.errors import NotFoundError, StoreError
from tracker.pipeline import refresh
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.store import Store, layout
from tracker.store.engine_files import write_table_files

Copied = Callable[[Path], Path]


@pytest.fixture(scope="module")
def loaded(market: Settings, copied: Copied) -> Settings:
    """The fictional market, which a count may write to."""
    return Settings(copied(market.home))


def inputs_of(settings: Settings) -> EngineInputs:
    with Store(settings) as store:
        write_table_files(store)
        return EngineInputs.below(settings.db, [quarter.end for quarter in store.quarters()])


def published(settings: Settings) -> pl.DataFrame:
    with Store(settings) as store:
        return pl.concat(as_counts(store.holder_counts(quarter)) for quarter in store.quarters())


def test_the_fictional_market_is_counted_as_it_was_published(loaded: Settings, count_by: Count) -> None:
    assert_frame_equal(count_by(inputs_of(loaded)), published(loaded))


def test_a_real_quarter_is_counted_as_it_was_published(real: Real, copied: Copied, count_by: Count) -> None:
    settings = Settings(copied(real.settings.home))
    wanted = published(settings)
    assert wanted.height > 100
    assert_frame_equal(count_by(inputs_of(settings)), wanted)


@pytest.mark.parametrize("form", ["csv", "json", "table", "md", "html"])
def test_a_count_is_printed_in_every_format(loaded: Settings, form: str) -> None:
    words = ["--home", str(loaded.home), "count", "--all", "--format", form]
    printed = [CliRunner().invoke(app, [*words, "--engine", name]).stdout for name in ("polars", "duckdb")]
    assert printed[0] == printed[1] and "QNLR" in printed[0]


def test_the_newest_quarter_is_counted_unless_others_are_named(loaded: Settings) -> None:
    with Store(loaded) as store:
        quarters = store.quarters()
    assert count_securities(loaded).facts["quarters"] == [str(quarters[-1])]
    assert count_securities(loaded, quarters[:1]).facts["quarters"] == [str(quarters[0])]
    assert count_securities(loaded, all_loaded=True).facts["quarters"] == [str(quarter) for quarter in quarters]
    with pytest.raises(NotFoundError, match="1999Q4 cannot be loaded"):
        count_securities(loaded, [Quarter(1999, 4)])


def test_quarters_are_named_once(loaded: Settings) -> None:
    for words in (["2025Q3", "--quarter", "2025Q3"], ["2025Q3", "--all"]):
        said = CliRunner().invoke(app, ["--home", str(loaded.home), "count", *words])
        assert said.exit_code == 2


def test_rows_come_by_period_and_cusip(loaded: Settings) -> None:
    keys = [(row["period_of_report"], row["cusip"]) for row in count_securities(loaded, all_loaded=True).rows]
    assert keys == sorted(keys) and len(set(keys)) == len(keys)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty bucket on a server that speaks the protocol of S3."""
    server_module = pytest.importorskip("moto.server")
    boto3 = pytest.importorskip("boto3")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        given = {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        }
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        boto3.client("s3", region_name="us-east-1", endpoint_url=given["AWS_ENDPOINT_URL"]).create_bucket(Bucket="home")
        yield "home"
    finally:
        server.stop()


@pytest.mark.integration
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("engine", [Engine.polars, Engine.duckdb, Engine.datafusion], ids=str, scope="module")
def test_a_home_in_a_bucket_is_counted_alike(loaded: Settings, bucket: str, count_by: Count) -> None:
    pytest.importorskip("s3fs")
    boto3 = pytest.importorskip("boto3")
    local = inputs_of(loaded)
    client = boto3.client("s3", region_name="us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    for path in (*local.lines.values(), *local.tables.values()):
        client.upload_file(path, bucket, f"a/home/{Path(path).relative_to(loaded.home)}")
    remote = EngineInputs.below(f"s3://{bucket}/a/home/db", local.lines)
    assert remote.bucket == bucket
    assert_frame_equal(count_by(remote), published(loaded))


@pytest.mark.parametrize("chosen", [each for each in Engine if each is not Engine.spark], ids=str)
def test_a_quarter_of_notices_alone_has_no_lines_to_count(tmp_path: Path, chosen: Engine) -> None:
    pytest.importorskip(chosen.value)
    settings, cik = Settings(tmp_path), 9_000_000_001
    (tmp_path / "list.csv").write_text(f"cik,name,family\n{cik},ONE LP,\n")
    notice = submission(2, cik=cik, form="13F-NT", filed=Q3.deadline, reported_by=[OtherManager("OTHER LLC")])
    put(tmp_path, report(1, cik, {A: 100_000}, Q2), notice)
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True, funds=tmp_path / "list.csv")
    both = count_securities(settings, engine=chosen, all_loaded=True)
    assert [(row["period_of_report"], row["cusip"], row["holders"]) for row in both.rows] == [(Q2.end, A, 1)]
    assert both.facts["quarters"] == ["2025Q2", "2025Q3"]
    assert list(count_securities(settings, [Q3], chosen).rows) == []


def test_lines_that_are_lost_are_no_lower_count(own_market: Settings) -> None:
    path = layout.lines_path(own_market.db, Q3.end)
    lines = pl.read_parquet(path, hive_partitioning=False)
    lines.head(lines.height - 1).write_parquet(path)
    with pytest.raises(StoreError, match=rf"{lines.height - 1:,} of {lines.height:,} lines for 2025Q3"):
        count_securities(own_market, [Q3])
    path.unlink()
    with pytest.raises(StoreError, match=rf"has 0 of {lines.height:,} lines for 2025Q3"):
        count_securities(own_market, all_loaded=True)
