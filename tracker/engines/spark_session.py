"""Sessions of Spark: in this process's own Java, on a master by its address, or on a Spark Connect server.

Spark logs to the terminal, tries for minutes to reach a master that is not there, and waits for ever for one without
workers. Here it is silent, and every wait has an end.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import SettingError
from ..time_limit import within
from .engine_errors import one_line
from .engine_inputs import S3Access

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOCAL = "local[*]"
_CONNECT, _STANDALONE = "sc", "spark"
_PORTS = {_CONNECT: 15002, _STANDALONE: 7077}  # where these listen if the address has no port
_FORMS = "local[2], spark://host:7077, sc://host:15002, yarn or k8s://https://host:443"
_ANSWER_SECONDS = 5.0  # a server that does not take a connection by then is not there
_START_SECONDS = 120.0  # Java takes seconds to start, on a busy machine many
_WORKER_SECONDS = 60.0
_S3A = "org.apache.hadoop.fs.s3a.S3AFileSystem"


@contextmanager
def spark_session(master: str, bucket: str | None) -> Iterator[SparkSession]:
    """A session on `master`, stopped afterwards; files of `bucket` can be read as s3a://.

    Raises SettingError if Java is absent, the master is not there or has no workers, or S3 cannot be read by it.
    """
    scheme = _scheme_of(master)
    if scheme in _PORTS:
        _require_answer(master, scheme)
    if scheme == _CONNECT:
        session = _connect(master)
    else:
        _require_java()
        session = _start(master, bucket)
    try:
        if scheme == _STANDALONE:
            _require_workers(session, master)
        if bucket is not None and scheme != _CONNECT:
            _require_s3(session)
        yield session
    finally:
        with _silence(), suppress(Exception):  # it may be gone already
            session.stop()


def _scheme_of(master: str) -> str:
    """The kind of a master. Raises SettingError for text that is none."""
    scheme, is_address, _ = master.partition("://")
    if is_address and scheme in (*_PORTS, "k8s"):
        return scheme
    if master == "yarn" or master.partition("[")[0] == "local":
        return master.partition("[")[0]
    raise SettingError(f"{_named(master)} is not one of Spark's: {_FORMS}")


def _named(master: str) -> str:
    """The option as messages have it: without the address's parameters, such as a token, as others see them, too."""
    return f"--master {master.partition(';')[0].rstrip('/')}"


def _require_answer(master: str, scheme: str) -> None:
    """Raise SettingError unless something takes connections there; of several masters one is enough."""
    problem = "it names no host"
    for address in master.partition("://")[2].partition("/")[0].split(","):
        try:
            place = urlsplit(f"//{address}")
            if not place.hostname:
                continue
            with socket.create_connection((place.hostname, place.port or _PORTS[scheme]), _ANSWER_SECONDS):
                return
        except (OSError, ValueError) as error:
            problem = getattr(error, "strerror", None) or str(error)
    raise SettingError(
        f"{_named(master)} does not answer ({problem}): start it, correct the address, or leave --master out to run "
        "Spark on this machine"
    )


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not (Path(home, "bin", "java").exists() if home else shutil.which("java")):
        where = f"JAVA_HOME is {home}, which has no bin/java" if home else "no `java` is on the PATH"
        raise SettingError(
            f"Spark needs Java 17 or newer, and {where}: install it (Debian: `apt-get install "
            "openjdk-17-jre-headless`), name a Spark Connect server with --master sc://HOST, or leave --engine out"
        )


def _start(master: str, bucket: str | None) -> SparkSession:
    from pyspark.sql import SparkSession

    def build() -> SparkSession:
        builder: Any = SparkSession.builder.appName("tracker count").master(master)
        for name, value in _configuration(master, bucket).items():
            builder = builder.config(name, value)
        return builder.getOrCreate()  # type: ignore[no-any-return]

    try:
        with _silence():
            return within(_START_SECONDS, build)
    except TimeoutError:
        raise SettingError(
            f"Spark did not start within {_START_SECONDS:.0f} s on {_named(master)}: see its own log, or leave "
            "--engine out"
        ) from None
    except Exception as error:
        raise SettingError(
            f"Spark does not start on {_named(master)} ({one_line(error)}): see whether `java -version` is 17 or "
            "newer and the master runs the same version of Spark, or leave --engine out"
        ) from None


def _configuration(master: str, bucket: str | None) -> dict[str, str]:
    """What Spark is told beside its own files of settings."""
    settings = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "OFF"}
    if master.startswith("local"):
        # the name of this machine need not lead to it, and 200 parts of a small table take longer than they save
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        settings |= {"spark.sql.shuffle.partitions": str(max(4, 2 * (os.cpu_count() or 1)))}
    if bucket is not None:
        access = S3Access.from_environment()
        given = {
            "access.key": access.key,
            "secret.key": access.secret,
            "session.token": access.token,
            "endpoint": access.endpoint,
            "endpoint.region": access.region,
            "path.style.access": "true" if access.endpoint else None,
            "connection.ssl.enabled": "false" if access.allows_http else None,
        }
        settings |= {f"spark.hadoop.fs.s3a.{name}": value for name, value in given.items() if value is not None}
    return settings


def _connect(master: str) -> SparkSession:
    try:
        with _silence():
            from pyspark.sql.connect.session import SparkSession
    except ImportError as error:  # it checks what it needs itself
        raise SettingError(
            f"{_named(master)} needs the client of Spark Connect ({one_line(error)}): run `python -m pip install "
            "'.[spark]'` in the source folder"
        ) from None
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")

    def build() -> SparkSession:
        session = SparkSession.builder.remote(master).create()
        session.sql("select 1").collect()
        return session

    try:
        with _silence():
            return within(_START_SECONDS, build)  # type: ignore[return-value]
    except Exception as error:
        problem = "no answer" if isinstance(error, TimeoutError) else one_line(error)
        raise SettingError(
            f"{_named(master)} is no Spark Connect server that answers within {_START_SECONDS:.0f} s ({problem}): "
            "see its log, or leave --master out to run Spark on this machine"
        ) from None


def _require_workers(session: SparkSession, master: str) -> None:
    end = time.monotonic() + _WORKER_SECONDS
    while time.monotonic() < end:
        context: Any = session.sparkContext
        with suppress(Exception):
            if context._jsc.sc().getExecutorMemoryStatus().size() > 1:  # the driver is one
                return
        time.sleep(0.2)
    with _silence(), suppress(Exception):
        session.stop()
    raise SettingError(
        f"{_named(master)} gave no worker within {_WORKER_SECONDS:.0f} s: see that one is running, is free, and has "
        "the same version of Spark and of Python, or leave --master out to run Spark on this machine"
    )


def _require_s3(session: SparkSession) -> None:
    context: Any = session.sparkContext
    try:
        context._jvm.java.lang.Class.forName(_S3A)
    except Exception:
        version = context._jvm.org.apache.hadoop.util.VersionInfo.getVersion()
        raise SettingError(
            f"Spark reads s3:// through hadoop-aws, which its Python package lacks: set PYSPARK_SUBMIT_ARGS="
            f'"--packages org.apache.hadoop:hadoop-aws:{version} pyspark-shell", or choose another engine'
        ) from None


@contextmanager
def _silence() -> Iterator[None]:
    """Send what this process and those it starts write to the terminal nowhere; Java keeps it so for its life."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [(number, os.dup(number)) for number in (1, 2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for number, _ in kept:
            os.dup2(nowhere, number)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, copy in kept:
            os.dup2(copy, number)
            os.close(copy)
        os.close(nowhere)
