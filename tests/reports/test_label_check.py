"""`tracker funds check`: a user's labels against the classification."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.pipeline.helpers import CITADEL, RENAISSANCE, put, report
from tracker.errors import InputError, NotFoundError
from tracker.output import render
from tracker.pipeline import refresh
from tracker.quarters import Quarter
from tracker.reports.label_check import check_labels
from tracker.settings import Settings

A = "990101107"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("home")
    loaded = put(
        home, report(1, RENAISSANCE, {A: 100}), report(2, CITADEL, {A: 300}), report(3, 9_000_000_003, {A: 50})
    )
    refresh.refresh(loaded, Quarter(2025, 3), offline=True)
    return loaded


def write(folder: Path, *rows: str) -> Path:
    path = folder / "labels.csv"
    path.write_text("\n".join(["cik,name,is_hedge_fund", *rows]))
    return path


def test_disagreements_are_listed_and_both_shares_have_an_interval(settings: Settings, tmp_path: Path) -> None:
    path = write(tmp_path, f"{RENAISSANCE},R,Y", f"{CITADEL},C,N", "9000000003,Stranger,Y", "5,Not loaded,Y")
    answer = check_labels(settings, path)
    document = json.loads(render(answer, "json"))
    assert [(row["cik"], row["counted"], row["labelled"]) for row in document["rows"]] == [
        (CITADEL, "hedge fund", "not a hedge fund"),
        (9_000_000_003, "not a hedge fund", "hedge fund"),
    ]
    assert (document["precision"]["part"], document["precision"]["whole"]) == (1, 2)
    assert (document["recall"]["part"], document["recall"]["whole"]) == (1, 2)
    assert document["recall"]["interval_95"] == [pytest.approx(9.45, abs=0.01), pytest.approx(90.55, abs=0.01)]
    assert (document["labels"], document["absent"], document["precision_by_value"]) == (4, 1, pytest.approx(25))


def test_labels_that_cannot_be_read_are_named_with_their_line(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 2: is_hedge_fund is 'perhaps'"):
        check_labels(settings, write(tmp_path, f"{RENAISSANCE},R,perhaps"))


def test_an_empty_home_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="tracker refresh"):
        check_labels(Settings(tmp_path / "home"), write(tmp_path, "1,One,Y"))
