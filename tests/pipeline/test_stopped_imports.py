"""An import that is stopped anywhere and run again leaves the home of one that was not."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stopped_writes import full_disk_at, kill_at
from tracker import files
from tracker.pipeline.add_prices import Actions, import_actions, import_file
from tracker.progress import Silent
from tracker.reports import price_window
from tracker.settings import Settings
from tracker.sources import user_files
from tracker.store import Store
from tracker.tables import SOURCES, SPLITS

IMPORT = """
import sys
from pathlib import Path
from tracker.pipeline.add_prices import import_file
from tracker.progress import Silent
from tracker.settings import Settings
import_file(Settings(Path(sys.argv[1])), Path(sys.argv[2]), Silent())
"""


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A file of prices that corrects one that was imported before it; that home is `tmp_path/"before"`."""
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text("date,symbol,close\n2025-01-03,AAA,1\n2025-12-31,AAA,2\n")
    new.write_text("date,symbol,close\n2025-12-31,AAA,3\n")
    import_file(Settings(tmp_path / "before"), old, Silent())
    return new


def state(home: Path) -> list[object]:
    """Everything in a home but the times: the files' names, what is kept, and what counts."""
    settings = Settings(home)
    kept = {
        path.relative_to(home).as_posix(): path.read_bytes() for path in settings.filings.rglob("*") if path.is_file()
    }
    for name, content in kept.items():
        if name.endswith(".meta.json"):
            kept[name] = json.dumps({**json.loads(content), "fetched_at": ""}).encode()
    with Store(settings) as store:
        sources = store.read(SOURCES).sort("fetched_at").drop("fetched_at").rows()
        prices = price_window.load(store).prices.sort("ticker", "date").rows()
        supplied = store.supplied_prices().collect().sort("ticker", "date", "source").rows()
    names = sorted(path.relative_to(home).as_posix() for path in home.rglob("*"))
    return [names, kept, sources, prices, supplied]


@pytest.mark.parametrize("each_step", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_an_import_that_is_killed_counts_once_it_is_run_again(tmp_path: Path, given: Path, each_step: bool) -> None:
    whole = Path(shutil.copytree(tmp_path / "before", tmp_path / "whole"))
    import_file(Settings(whole), given, Silent())
    expected = state(whole)
    assert [row[2] for row in price_window.load(Store(Settings(whole))).prices.sort("date").rows()] == [1.0, 3.0]
    for step in itertools.count():
        home = Path(shutil.copytree(tmp_path / "before", tmp_path / str(step)))
        is_killed = kill_at(
            step, home / ("" if each_step else "filings"), IMPORT, str(home), str(given), each_step=each_step
        )
        import_file(Settings(home), given, Silent())
        assert state(home) == expected, step
        if not is_killed:
            break
        shutil.rmtree(home)
    assert step > (10 if each_step else 1)


def test_an_import_on_a_full_disk_counts_once_there_is_room(tmp_path: Path, given: Path) -> None:
    whole = Path(shutil.copytree(tmp_path / "before", tmp_path / "whole"))
    import_file(Settings(whole), given, Silent())
    expected = state(whole)
    for step in itertools.count():
        home = Path(shutil.copytree(tmp_path / "before", tmp_path / str(step)))
        try:
            with full_disk_at(step, home / "filings"):
                import_file(Settings(home), given, Silent())
        except OSError:
            import_file(Settings(home), given, Silent())
            assert state(home) == expected, step
        else:
            assert state(home) == expected, step
            break
    assert step > 4


def test_a_copy_without_a_note_is_as_good_as_absent(tmp_path: Path, given: Path) -> None:
    """Homes have them from kills between the two writes of earlier versions."""
    home = tmp_path / "before"
    kept = user_files.price_folder(Settings(home)) / f"{'0' * 12}-new.csv"
    user_files.keep(given, kept.parent, "price file")
    (note,) = kept.parent.glob("*-new.csv.meta.json")
    note.unlink()
    assert [user_files.given_name(path) for path in user_files.oldest_first(kept.parent)] == ["old.csv"]
    import_file(Settings(home), given, Silent())
    assert note.exists()
    with Store(Settings(home)) as store:
        assert price_window.load(store).prices.sort("date")["close"].to_list() == [1.0, 3.0]


def test_a_file_handed_in_after_the_clock_was_set_back_is_still_the_newest(
    tmp_path: Path, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, now = Settings(tmp_path / "home"), user_files.fetch_log.now()
    monkeypatch.setattr(user_files.fetch_log, "now", lambda: now.replace(year=now.year + 1))
    import_file(home, tmp_path / "old.csv", Silent())
    monkeypatch.setattr(user_files.fetch_log, "now", lambda: now)
    import_file(home, given, Silent())
    with Store(home) as store:
        assert price_window.load(store).prices.sort("date")["close"].to_list() == [1.0, 3.0]


def test_splits_of_a_stopped_import_do_not_count_before_it_is_run_again(tmp_path: Path, given: Path) -> None:
    home, splits = Settings(tmp_path / "before"), tmp_path / "splits.csv"
    splits.write_text("date,symbol,ratio\n2025-06-30,AAA,0.5\n")
    files.write_atomic(user_files.split_folder(home) / "0123456789ab-splits.csv", splits.read_bytes())
    import_file(home, given, Silent())
    with Store(home) as store:
        assert "file:splits.csv" not in store.read(SPLITS)["source"]
    import_actions(home, [splits], Actions.SPLITS, Silent())
    with Store(home) as store:
        assert "file:splits.csv" in store.read(SPLITS)["source"]


def test_an_import_removes_what_dead_writers_left_in_every_folder(tmp_path: Path, given: Path) -> None:
    home = Settings(tmp_path / "before")
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for folder in ("", "prices", "prices/dividends", "data-sets", "nasdaq/2025-01-03", "openfigi", "reference/tickers"):
        (home.filings / folder).mkdir(parents=True, exist_ok=True)
        (home.filings / folder / f".incoming-{dead.pid}-0-x").write_bytes(b"half")
    import_file(home, given, Silent())
    assert not list(home.home.rglob(".incoming*"))
