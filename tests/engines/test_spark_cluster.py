"""`tracker count` on a cluster of Spark's own: a master and a worker, each a process of its own, on the loopback."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.homes import ROOT
from tracker.settings import Settings

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed"),
]
_MASTER, _WORKER = "org.apache.spark.deploy.master.Master", "org.apache.spark.deploy.worker.Worker"
_START_SECONDS, _COUNT_SECONDS = 60.0, 240.0


@dataclass(frozen=True)
class Cluster:
    """A running master: its address, and what its processes and ours have in their environment."""

    master: str
    environment: Mapping[str, str]
    folder: Path

    @contextmanager
    def worker(self) -> Iterator[None]:
        """Within it, one worker with a core is registered."""
        words = [_WORKER, self.master, "--cores", "1", "--memory", "1g", "--work-dir", str(self.folder / "work")]
        with _running(words, self.environment, self.folder / "worker.log", "Successfully registered with master"):
            yield

    def count(self, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """What `tracker count` does in a home."""
        return subprocess.run(
            [sys.executable, "-m", "tracker", "--home", str(home), "count", "--all", "--format", "csv", *words],
            env={**self.environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=_COUNT_SECONDS,
        )


@contextmanager
def _running(words: list[str], environment: Mapping[str, str], log: Path, says: str) -> Iterator[str]:
    """A process of Spark, once its log says that it is ready; yields what the log says after that."""
    spark = Path(environment["SPARK_HOME"], "bin", "spark-class")
    ports = ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0"]
    with log.open("wb") as written:
        process = subprocess.Popen([spark, *words, *ports], env={**environment}, stdout=written, stderr=written)
    try:
        until = time.monotonic() + _START_SECONDS
        while (found := re.search(rf"{re.escape(says)} (\S+)", log.read_text())) is None:
            assert process.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        yield found[1]
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    pyspark = pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    folder = tmp_path_factory.mktemp("cluster")
    # of a table of some hundred rows, each of Spark's 200 parts would be a task of nothing
    (folder / "spark-defaults.conf").write_text("spark.sql.shuffle.partitions 4\nspark.driver.host 127.0.0.1\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "TRACKER_"))}
    environment = {
        **kept,
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "SPARK_CONF_DIR": str(folder),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
    }
    with ExitStack() as stack:
        master = stack.enter_context(
            _running([_MASTER], environment, folder / "master.log", "Starting Spark master at")
        )
        yield Cluster(master, environment, folder)


def test_a_cluster_counts_the_same_bytes(cluster: Cluster, market: Settings, copied: Callable[[Path], Path]) -> None:
    home = copied(market.home)
    with cluster.worker():
        by_cluster = cluster.count(home, "--engine", "spark", "--master", cluster.master)
    assert (by_cluster.returncode, by_cluster.stderr) == (0, "")
    assert by_cluster.stdout.count("\n") > 100
    assert by_cluster.stdout == cluster.count(home).stdout
    assert "Registered app tracker count" in (cluster.folder / "master.log").read_text()


def test_a_master_without_workers_is_waited_for_no_longer_than_a_minute(
    cluster: Cluster, market: Settings, copied: Callable[[Path], Path]
) -> None:
    said = cluster.count(copied(market.home), "--engine", "spark", "--master", cluster.master)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith(f"error: --master {cluster.master} gave no worker within 60 s: ")
    assert said.stderr.count("\n") == 1
