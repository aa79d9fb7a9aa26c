"""Many quarters in one refresh: what it leaves is what refreshes one by one leave, and one that fails is named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.data_sets import Line, Report, write
from tests.filings.helpers import A, B
from tests.pipeline.helpers import CITADEL, RENAISSANCE, counts, put, report, state
from tracker.errors import SettingError
from tracker.filings import data_set
from tracker.pipeline import history, refresh
from tracker.pipeline.history import Failure, refresh_history
from tracker.quarters import Quarter, parse_range
from tracker.settings import Settings
from tracker.sources.datasets import Window
from tracker.store import Store
from tracker.tables import JUDGED_FILINGS

QUARTERS = parse_range("2023Q3..2024Q2")
TODAY = date(2026, 1, 5)
NAMES = {
    QUARTERS[0]: "2023q4_form13f.zip",
    QUARTERS[1]: "01jan2024-29feb2024_form13f.zip",
    QUARTERS[2]: "01mar2024-31may2024_form13f.zip",
    QUARTERS[3]: "01jun2024-31aug2024_form13f.zip",
}


def write_sets(home: Path, quarters: Iterable[Quarter] = QUARTERS) -> Settings:
    """A data set a quarter; each but the first also has an amendment to the quarter before, filed late."""
    folder = home / "filings" / "data-sets"
    folder.mkdir(parents=True, exist_ok=True)
    for quarter in quarters:
        at = QUARTERS.index(quarter)
        mine = Report(10 * at + 1, [Line(A, 1000, 100 + at), Line(B, 500, 50)], RENAISSANCE, "RENAISSANCE")
        other = Report(10 * at + 2, [Line(A, 2000, 200)], CITADEL, "CITADEL")
        reports = [replace(each, period=quarter.end, filed=quarter.deadline) for each in (mine, other)]
        if at:
            late = replace(other, number=10 * at + 3, lines=[Line(A, 70, 7)])
            amendment = ("RESTATEMENT", 1)
            reports.append(replace(late, period=quarter.previous.end, filed=quarter.deadline, amendment=amendment))
        write(folder / NAMES[quarter], reports)
    return Settings(home)


def load(settings: Settings) -> list[refresh.Summary | Failure]:
    return list(refresh_history(settings, QUARTERS, offline=True, today=TODAY, source="datasets"))


def test_it_leaves_what_refreshes_one_by_one_leave(tmp_path: Path) -> None:
    together, one_by_one = write_sets(tmp_path / "1"), write_sets(tmp_path / "2")
    summaries = load(together)
    for quarter in QUARTERS:
        refresh.refresh(one_by_one, quarter, offline=True, today=TODAY, source="datasets")
    now, then = state(together), state(one_by_one)
    assert now.pop("runs") and then.pop("runs")
    assert now == then
    assert [summary.quarter for summary in summaries] == QUARTERS
    assert counts(together, QUARTERS[0])[A]["shares"] == 107  # by the late amendment
    with Store(together) as store:
        assert store.quarters() == QUARTERS


def test_each_data_set_is_read_once_the_newest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    read = data_set.read

    def noted(path: Path, *given: object, **named: object) -> object:
        asked.append(path.name)
        return read(path, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(data_set, "read", noted)
    load(write_sets(tmp_path))
    assert asked == [NAMES[quarter] for quarter in reversed(QUARTERS)]


def test_again_it_changes_nothing(tmp_path: Path) -> None:
    settings = write_sets(tmp_path)
    load(settings)
    before = state(settings)
    assert not any(isinstance(outcome, Failure) or outcome.changed for outcome in load(settings))
    assert state(settings) == before


@pytest.mark.parametrize("step", ["parse_data_set", "judge", "settle", "record"])
def test_after_a_kill_the_next_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    settings, whole = write_sets(tmp_path / "1"), write_sets(tmp_path / "2")
    load(whole)
    done, times = getattr(history, step), []

    def killed(*given: object, **named: object) -> object:
        times.append(1)
        if len(times) > (step in {"parse_data_set", "record"}):
            raise KeyboardInterrupt
        return done(*given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(history, step, killed)
        with pytest.raises(KeyboardInterrupt):
            load(settings)
    load(settings)
    now, then = state(settings), state(whole)
    assert [row[1:2] for row in now.pop("runs")] == [row[1:2] for row in then.pop("runs")]
    assert now == then


def test_a_damaged_data_set_fails_the_quarter_due_in_it_and_no_other(tmp_path: Path) -> None:
    settings = write_sets(tmp_path)
    path = settings.filings / "data-sets" / NAMES[QUARTERS[2]]
    path.write_bytes(path.read_bytes()[:200])
    failures = [outcome for outcome in load(settings) if isinstance(outcome, Failure)]
    assert [failure.quarter for failure in failures] == [QUARTERS[2]]
    assert path.name in failures[0].reason
    with Store(settings) as store:
        assert store.quarters() == [*QUARTERS[:2], QUARTERS[3]]
        # its late amendment is there, and no count that is made of it alone
        assert store.read(JUDGED_FILINGS, period_of_report=QUARTERS[2].end).height == 1
        assert store.holder_counts(QUARTERS[2]).is_empty()
        assert (
            store.holder_counts(QUARTERS[3])["new"].null_count() == 2  # compared with nothing
        )  # not compared with a quarter that is not there
    write_sets(tmp_path, QUARTERS[2:3])
    assert not [outcome for outcome in load(settings) if isinstance(outcome, Failure)]
    with Store(settings) as store:
        assert store.quarters() == QUARTERS


def test_a_quarter_with_late_reports_alone_fails(tmp_path: Path) -> None:
    """The naive way counts the one amendment that a later data set has, and calls the quarter loaded."""
    settings = write_sets(tmp_path, QUARTERS[1:])
    outcomes = load(settings)
    assert isinstance(outcomes[0], Failure)
    assert "2023-10-01 to 2023-12-31" in outcomes[0].reason
    with Store(settings) as store:
        assert store.quarters() == QUARTERS[1:]


def test_single_filings_are_a_quarter(tmp_path: Path) -> None:
    quarters = parse_range("2025Q2..2025Q3")
    settings = put(tmp_path, *(report(n, RENAISSANCE, {A: n}, quarter) for n, quarter in enumerate(quarters, 1)))
    summaries = list(refresh_history(settings, quarters, offline=True, today=TODAY))
    assert [isinstance(summary, Failure) for summary in summaries] == [False, False]
    assert counts(settings, quarters[1])[A]["increased"] == 1


@pytest.mark.parametrize(("text", "said"), [("2013Q1..2013Q3", "free text"), ("2025Q3..2026Q1", "2026-03-31")])
def test_a_quarter_that_cannot_have_reports_stops_it_before_anything(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        list(refresh_history(Settings(tmp_path), parse_range(text), offline=True, today=TODAY))
    assert not (tmp_path / "db").exists()


def test_what_the_disk_cannot_hold_is_refused_before_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = write_sets(tmp_path)
    monkeypatch.setattr("tracker.pipeline.history_needs.shutil.disk_usage", lambda _: _Disk(10))
    with pytest.raises(SettingError, match="name fewer quarters"):
        load(settings)
    with Store(settings) as store:
        assert store.quarters() == []


class _Disk:
    def __init__(self, free: int) -> None:
        self.free = free


def test_windows_are_where_the_tests_put_them() -> None:
    assert [str(Window.of(quarter.deadline).last) for quarter in QUARTERS] == [
        "2023-12-31",
        "2024-02-29",
        "2024-05-31",
        "2024-08-31",
    ]
