"""Reasons are output: with every reason replaced, the same managers count, and the same are left to a person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from tests.filings.helpers import A, B
from tests.managers.helpers import RULED, filing, ruled
from tests.pipeline.helpers import CITADEL, Q3, RENAISSANCE, put, report
from tracker.managers import adviser_rules, classification, filer_rules
from tracker.managers.evidence import Evidence
from tracker.pipeline import refresh
from tracker.reports.managers import list_funds
from tracker.store import Store
from tracker.tables import ADVISERS, FUND_LIST, HOLDER_COUNTS, JUDGED_FILINGS, MANAGERS

STRANGER = 9_000_000_003
REWORDED = "lorem ipsum"


def reword(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace every reason where it is written."""
    for module in (adviser_rules, filer_rules):
        rules = tuple(replace(rule, question=REWORDED, reason=pl.lit(REWORDED)) for rule in module.RULES)
        monkeypatch.setattr(module, "RULES", rules)
    monkeypatch.setattr(classification, "_LABELS", dict.fromkeys(classification._LABELS, REWORDED))
    monkeypatch.setattr(classification, "_unclassified_reason", lambda: pl.lit(REWORDED))


@pytest.mark.parametrize("is_list_given", [False, True])
def test_no_classification_depends_on_the_wording_of_a_reason(
    is_list_given: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {cik: ruled(given) for cik, (given, _, _) in enumerate(RULED, start=100)}
    roster = ADVISERS.frame({**firm, "crd_number": str(cik), "ciks": [cik]} for cik, (_, (firm,)) in rows.items())
    covers = [{**cover, "cik": cik} for cik, ((cover,), _) in rows.items()]
    others = [filing(cik) for cik in (RENAISSANCE, CITADEL, STRANGER, 9)]
    others.append(filing(10, manager_name="TEN CAPITAL LP"))
    filings = JUDGED_FILINGS.frame([*covers, *others])
    listed = FUND_LIST.frame([{"cik": STRANGER, "is_hedge_fund": True}, {"cik": CITADEL, "is_hedge_fund": False}])
    only = listed if is_list_given else None

    def outcome() -> pl.DataFrame:
        return classification.classify(filings, Evidence(roster, listed), only)

    before = outcome()
    reword(monkeypatch)
    after = outcome()
    assert after["basis"].str.contains(REWORDED).any()
    assert after.drop("basis").equals(before.drop("basis"))


def test_no_status_or_count_depends_on_the_wording_of_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def outcome(name: str) -> tuple[pl.DataFrame, list[object], dict[str, object]]:
        settings = put(
            tmp_path / name,
            report(1, RENAISSANCE, {A: 100, B: 100}),
            report(2, CITADEL, {A: 7}),
            report(3, STRANGER, {B: 7}),
        )
        refresh.refresh(settings, Q3, offline=True)
        with Store(settings) as store:
            counts, managers = store.read(HOLDER_COUNTS), store.read(MANAGERS)
        assert (REWORDED in "".join(managers["basis"])) == (name == "after")
        answer = list_funds(settings)
        return counts, [(row["cik"], row["status"]) for row in answer.rows], answer.facts

    before = outcome("before")
    reword(monkeypatch)
    after = outcome("after")
    assert after[0].equals(before[0])
    assert after[1:] == before[1:]
    assert {status for _, status in before[1]} == {"yes", "unclassified"}  # type: ignore[misc]
