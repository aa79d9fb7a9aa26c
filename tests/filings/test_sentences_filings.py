"""Reasons are output: with every reason replaced, the same is rejected, flagged, decided and counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.data_sets import Line, Report, read_data_set, write
from tests.filings.helpers import FILINGS_FOLDER, A, B, C, D, book, number_in, parse
from tests.pipeline.helpers import put
from tests.submissions import line, submission
from tracker.filings import data_set_covers, data_set_lines, flags, holdings, rules, units
from tracker.filings.submission import Submissions
from tracker.pipeline import refresh
from tracker.quarters import Quarter
from tracker.reports.status import status
from tracker.tables import REJECTS, RejectKind, Role, UnitEvidence

REWORDED = "lorem ipsum"
PERIOD = Report().period


def hand_written() -> Submissions:
    """Every hand-written filing, and books that show each kind of evidence on a unit."""
    disagreeing = book(2014, *((cusip, 100, 1000) for cusip in (A, B, C, D)))
    honest = [book(fund, *((cusip, 10, 1000) for cusip in (A, B, C, D))) for fund in (2011, 2012, 2013)]
    texts = {number_in(path.read_bytes()): path.read_bytes() for path in sorted(FILINGS_FOLDER.glob("*.txt"))}
    return parse(*texts.values(), *honest, disagreeing)


def data_set_of_many(path: Path) -> Submissions:
    """A data set in which submissions are rejected and flagged for several kinds of reasons."""
    reports = [
        Report(1, [Line(A, 12500, 1000)]),
        Report(2, [Line(B, 1, 1), Line(A, "x", 1)]),
        Report(3, []),
        Report(4, [Line(C, 300, 30)], entry_total=3, value_total=99999),
        Report(5, [Line(C, 300, 30)], form="13F-X"),
    ]
    return read_data_set(write(path / "01sep2025-30nov2025_form13f.zip", reports), PERIOD)


def outcome(parsed: Submissions) -> list[pl.DataFrame]:
    """All that is decided, without the texts."""
    judged, flagged = holdings.judge(parsed.filings, parsed.lines)
    rejects = REJECTS.check(pl.concat([parsed.rejects, flagged])).drop("reason").sort(REJECTS.key)
    effective = holdings.effective(judged, parsed.lines)
    return [judged.drop("unit_basis").sort("accession_number"), rejects, effective]


def reword(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace every reason where it is written."""
    make: Callable[..., None] = rules.Problem.__init__

    def reworded(self: rules.Problem, kind: RejectKind, reason: str) -> None:
        make(self, kind, REWORDED)

    monkeypatch.setattr(rules.Problem, "__init__", reworded)
    for module in (data_set_covers, data_set_lines):
        for name, value in vars(module).copy().items():
            if isinstance(value, rules.Problem):
                monkeypatch.setattr(module, name, rules.Problem(value.kind, REWORDED))
    monkeypatch.setattr(units, "_basis", lambda: pl.lit(REWORDED))
    flagged = flags._flagged
    monkeypatch.setattr(flags, "_flagged", lambda filings, kind, reason: flagged(filings, kind, pl.lit(REWORDED)))


@pytest.mark.parametrize("source", ["submissions", "data set"])
def test_no_decision_depends_on_the_wording_of_a_reason(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read() -> Submissions:
        return hand_written() if source == "submissions" else data_set_of_many(tmp_path)

    expected = outcome(read())
    reword(monkeypatch)
    after = read()
    assert set(after.rejects["reason"]) == {REWORDED}
    for one, other in zip(expected, outcome(after), strict=True):
        assert one.equals(other)
    assert expected[1]["kind"].n_unique() > 3


def test_the_hand_written_filings_show_every_role_and_all_evidence_on_units() -> None:
    judged = outcome(hand_written())[0]
    assert set(judged["role"]) == set(Role)
    assert set(judged["unit_evidence"]) == set(UnitEvidence)


def test_a_submission_has_one_reason_of_a_kind_and_step() -> None:
    _, rejects, _ = outcome(hand_written())
    assert not rejects.select(REJECTS.key).is_duplicated().any()
    assert set(rejects["kind"]) <= set(RejectKind)


def test_status_groups_rejects_by_kind_whatever_their_wording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        submission(1, cik=9_000_001_001, lines=[line(A, 12500, 1000)], entry_total=2),
        submission(2, cik=9_000_001_002, lines=[line(A, 12500, 1000)], entry_total=7),
        submission(3, cik=9_000_001_003, lines=[line(A, -1, 1000)]),
        submission(4, cik=9_000_001_004, lines=[line(A, 1, "many"), line(B, 1, 1)]),
    ]

    def groups(name: str) -> list[tuple[object, object]]:
        settings = put(tmp_path / name, *texts)
        refresh.refresh(settings, Quarter.of(PERIOD), offline=True)
        rows = status(settings, PERIOD).rows
        return [(row["what"], row["value"]) for row in rows if str(row["what"]).startswith("  ")]

    before = groups("before")
    assert before == [("  rejected", 2), ("  flagged", 2), ("  flagged", 2)]  # one kind of line, of total, of unit
    reword(monkeypatch)
    assert groups("after") == before
