"""Precision and recall: the arithmetic, and what they are on managers that were labelled without looking at the rule.

`blind_labels.csv` has 407 filers drawn at random from 9,396, in strata of the value that they report and of how the
rule of that day reached them (`stratum_size` filers each), labelled from general knowledge by somebody who saw neither
rule nor list; `confidence` is from 1 (a guess by the name) to 5 (well known). 170 of them are kept for testing: no rule
may be tuned on those.
"""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tracker.managers import classification, fund_lists
from tracker.managers.evidence import Evidence
from tracker.managers.scoring import Share, score
from tracker.sources import advisers
from tracker.tables import EDGAR_FILERS, FUND_LIST, JUDGED_FILINGS, MANAGERS

LABELS = Path(__file__).parent / "blind_labels.csv"


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(8, 10, 49.0, 94.3), (0, 10, 0.0, 27.8), (10, 10, 72.2, 100.0), (81, 263, 25.5, 36.6)],
)
def test_the_interval_is_wilsons(part: int, whole: int, low: float, high: float) -> None:
    assert Share(part, whole).interval == (pytest.approx(low, abs=0.06), pytest.approx(high, abs=0.06))


def test_of_nothing_nothing_is_known() -> None:
    assert Share(0, 0).percent is None and Share(0, 0).interval is None


def test_both_are_worked_out_by_number_and_by_value_and_disagreements_are_named() -> None:
    managers = MANAGERS.frame(
        {"cik": cik, "manager_name": f"M{cik}", "is_hedge_fund": counted, "value_usd": value, "basis": "why"}
        for cik, counted, value in [
            (1, True, 60.0),
            (2, True, 20.0),
            (3, False, 30.0),
            (4, False, None),
            (5, True, 9e9),
        ]
    )
    labels = FUND_LIST.frame(
        {"cik": cik, "name": f"M{cik}", "is_hedge_fund": label}
        for cik, label in [(1, True), (2, False), (3, True), (4, True), (6, True)]
    )
    found = score(managers, labels)
    assert (found.precision, found.recall) == (Share(1, 2), Share(1, 3))
    assert (found.precision_by_value, found.recall_by_value) == (Share(60, 80), Share(60, 90))
    assert found.wrong["cik"].to_list() == [3, 2, 4]
    assert (found.absent, found.without_value) == (1, 1)


# ---- real filers --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def classified(shared: Path) -> dict[str, pl.DataFrame]:
    """All real filers, by the rule alone, and with the hand-kept list: MANAGERS."""
    filers = pl.read_csv(shared / "managers" / "filers.csv", schema_overrides={"latest_value_usd": pl.Float64})
    covers = filers.select(
        pl.format("{}-26-000001", pl.col("cik").cast(pl.String).str.zfill(10)).alias("accession_number"),
        "cik",
        pl.col("name").alias("manager_name"),
        pl.lit("13F-HR").alias("form_type"),
        pl.lit(date(2025, 12, 31)).alias("period_of_report"),
        pl.lit(date(2026, 2, 14)).alias("filing_date"),
        pl.lit("base").alias("role"),
        pl.lit("dollars").alias("unit"),
        pl.col("latest_value_usd").alias("value_total"),
        pl.lit(100).alias("line_count"),
    )
    roster = advisers.read(sorted((shared / "edgar").rglob("ia120125.zip")))
    filings = JUDGED_FILINGS.fit(covers)
    lists = {"rule alone": FUND_LIST.frame(), "rule and list": fund_lists.hand_kept()}
    edgar_filers = EDGAR_FILERS.fit(filers.select("cik", "name", "state"))
    return {
        name: classification.classify(filings, Evidence(roster, kept=kept, filers=edgar_filers))
        for name, kept in lists.items()
    }


def weighted(rows: list[tuple[bool, bool, float]]) -> tuple[float, float]:
    """Precision and recall over the filers that the sample stands for: rows of counted, label, weight."""
    both = sum(weight for counted, label, weight in rows if counted and label)
    counted_in_all = sum(weight for counted, _, weight in rows if counted)
    funds = sum(weight for _, label, weight in rows if label)
    return both / counted_in_all, both / funds


@pytest.mark.parametrize("by", ["rule alone", "rule and list"])
@pytest.mark.parametrize("which", ["tuned on", "unseen"])
def test_blind_precision_and_recall(classified: dict[str, pl.DataFrame], by: str, which: str) -> None:
    """`pytest tests/managers/test_scoring.py -k blind -s` prints the figures that the README gives."""
    managers = classified[by]
    labels = pl.read_csv(LABELS).with_columns(pl.col("is_hedge_fund") == "Y")
    strata = ["reach", "size"]
    labelled = (
        labels.filter(pl.col("part") == {"tuned on": "tune", "unseen": "test"}[which])
        .with_columns((pl.col("stratum_size") / pl.len().over(strata)).alias("weight"))
        .join(managers.select("cik", "value_usd", pl.col("is_hedge_fund").alias("counted")), on="cik", validate="1:1")
    )
    assert labelled.height == {"tuned on": 237, "unseen": 170}[which]
    reporting = labelled.filter(pl.col("value_usd") > 0).with_columns(pl.col("weight") * pl.col("value_usd"))
    by_value = weighted(reporting.select("counted", "is_hedge_fund", "weight").rows())
    groups = [group.select("counted", "is_hedge_fund", "weight").rows() for group in labelled.partition_by(strata)]
    draw = random.Random(13)  # noqa: S311 - a sample, not a secret
    resampled = [weighted([row for rows in groups for row in draw.choices(rows, k=len(rows))]) for _ in range(500)]
    whole = weighted([row for rows in groups for row in rows])
    print(f"\n{by}, {which}: {labelled.height} labels, "
          f"{managers['is_hedge_fund'].sum():,} of {managers.height:,} filers counted")  # fmt: skip
    for name, at in (("precision", 0), ("recall", 1)):
        values = sorted(each[at] for each in resampled)
        print(f"  {name} {whole[at]:.0%}, 95% interval {values[12]:.0%} to {values[-13]:.0%}")
        assert values[12] <= whole[at] <= values[-13]
    print(f"  by value, of {reporting.height} labels with one: precision {by_value[0]:.0%}, recall {by_value[1]:.0%}")
    assert 0.4 < whole[0] < 1 and 0.3 < whole[1] < 1  # where it stands: a change for the worse is seen
