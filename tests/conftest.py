"""Fixtures of the whole suite. No test reaches the network; integration tests reach the loopback."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:  # what only some tests need is imported by their fixtures
    from tests.homes import Closes, Real
    from tests.standin import Standin
    from tracker.settings import Settings

if "PYTEST_XDIST_WORKER" in os.environ:  # one core each; polars would start a thread per core in every worker
    os.environ.setdefault("POLARS_MAX_THREADS", "1")

# No test asserts a duration: how long an example takes depends on the machine more than on the code.
SLOW_IS_FINE = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile(
    "ci", deadline=None, max_examples=12, derandomize=True, suppress_health_check=SLOW_IS_FINE
)
hypothesis.settings.register_profile("nights", deadline=None, max_examples=100, suppress_health_check=SLOW_IS_FINE)
hypothesis.settings.load_profile("ci")

ROOT = Path(__file__).resolve().parent.parent


def fewer_examples(**more: Any) -> hypothesis.settings:
    """For tests each of whose examples is costly: half as many as the profile has."""
    return hypothesis.settings(max_examples=hypothesis.settings.default.max_examples // 2, **more)


def pytest_report_header(config: pytest.Config) -> str | None:
    left_out = _left_out(config)
    marks = " or ".join(left_out)
    return f"left out: tests marked {marks}; run them with `pytest -m '{marks}'`" if left_out else None


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """No workers for a single file or test, or with `-s`: they would take longer to start than the tests to run."""
    chosen = [argument.partition("::")[0] for argument in config.args]
    one_file = len(set(chosen)) == 1 and chosen[0].endswith(".py")
    return 0 if one_file or config.option.capture == "no" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("integration") is None:
            item.add_marker(pytest.mark.disable_socket)
    left_out = [item for item in items if any(item.get_closest_marker(mark) for mark in _left_out(config))]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def _left_out(config: pytest.Config) -> list[str]:
    """The marks of long tests that the command does not name, nor the tests by their own names."""
    if any("::" in argument for argument in config.args):
        return []
    return [mark for mark in ("slow", "hostile") if mark not in config.option.markexpr]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared material beside the repository."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"the shared material is not here: {folder.name}/ beside the repository")
    return folder


@pytest.fixture(scope="session", autouse=True)
def no_flushing() -> Iterator[Callable[[int], None]]:
    """Files are not flushed to disk: tests kill processes, but none cuts the power. Gives the true `os.fsync`."""
    flush = os.fsync
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield flush


Prepare = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def prepare(tmp_path_factory: pytest.TempPathFactory) -> Prepare:
    """Give this worker a copy of a folder that the session builds once: `prepare("market", load_market)`."""
    from tests.homes import build_once

    own = tmp_path_factory.getbasetemp()
    common = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def prepare(name: str, build: Callable[[Path], object]) -> Path:
        template = build_once(common / "built-once" / name, build)
        return Path(shutil.copytree(template, own / "prepared" / name))

    return prepare


@pytest.fixture(scope="session")
def market(prepare: Prepare) -> Settings:
    """The fictional market: two quarters refreshed, prices imported, nothing published. To read, not to write."""
    from tests.homes import load_market
    from tracker.settings import Settings

    return Settings(prepare("market", load_market))


@pytest.fixture
def own_market(market: Settings, tmp_path: Path) -> Settings:
    """The fictional market in a home that the test may change."""
    from tracker.settings import Settings

    return Settings(Path(shutil.copytree(market.home, tmp_path / "home")))


@pytest.fixture(scope="session")
def demo(prepare: Prepare) -> Path:
    """What `tracker demo --keep` made in `home`, charts not drawn; what it printed is in `stdout` and `stderr`."""
    from tests.homes import keep_demo

    return prepare("demo", keep_demo)


@pytest.fixture
def undrawn() -> Iterator[None]:
    """Charts of an edition are their data as text: for tests that look at everything but the pictures."""
    from tests.homes import charts_written_down

    with charts_written_down():
        yield


SIZES = ["few", pytest.param("whole", marks=pytest.mark.slow)]


@pytest.fixture(scope="session", params=SIZES)
def closes(request: pytest.FixtureRequest, shared: Path, prepare: Prepare) -> Closes:
    """Real closes of a year: of every tenth ticker and those that tests name, and (slow) two million rows."""
    from tests.homes import Closes, write_sample

    path = shared / "market" / "nasdaq_screener_daily.parquet"
    if not path.is_file():
        pytest.skip("no real closes")
    if request.param == "whole":
        return Closes(path, is_whole=True)
    folder = prepare("closes", lambda folder: write_sample(path, folder / path.name))
    return Closes(folder / path.name, is_whole=False)


@pytest.fixture(scope="session")
def real(closes: Closes, shared: Path, prepare: Prepare) -> Real:
    """Real reports for 2025-09-30 with their closes, refreshed: of four managers, and (slow) of all 103. To read."""
    from tests.homes import FEW, Real, load_real
    from tracker.settings import Settings

    name, ciks = ("real-whole", None) if closes.is_whole else ("real-few", FEW)
    home = prepare(name, lambda folder: load_real(shared, closes.path, folder, ciks))
    return Real(Settings(home), closes.is_whole)


@pytest.fixture
def edgar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    """A stand-in for EDGAR that serves `tmp_path/"edgar"`; only for tests marked `integration`."""
    from tests.standin import Standin

    folder = tmp_path / "edgar"
    folder.mkdir()
    with Standin(folder) as standin:
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        yield standin
