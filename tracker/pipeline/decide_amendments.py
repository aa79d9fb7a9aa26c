"""The user's own decisions on amendments: choices kept in `<home>/amendments.csv`, and what they change, at once.

A choice overrides the cover and the evidence, and is never touched by a refresh. After a change the filings are judged
again and everything that is derived is settled, offline.
"""

from __future__ import annotations

import re
from datetime import date

import polars as pl

from ..errors import InputError, NotFoundError
from ..filings import amendment_choices
from ..output import plural
from ..progress import Progress, Silent
from ..quarters import Quarter
from ..settings import Settings
from ..store import Store
from ..tables import (
    AMENDMENT_CHOICES,
    COUNTED_FROM,
    DOUBTED,
    JUDGED_FILINGS,
    POSITIONS,
    RUNS,
    AmendmentChoicesFrame,
    AmendmentEffect,
    JudgedFilingsFrame,
)
from .judge_filings import judge
from .settle import classify, read_roster, settle

_CANDIDATES = 8
_DOES = {
    AmendmentEffect.REPLACE: "replaces the report",
    AmendmentEffect.PATCH: "corrects its own lines, the rest of the report stays",
    AmendmentEffect.ADD: "adds to the report",
}


def decide(
    settings: Settings,
    accession_number: str,
    effect: AmendmentEffect,
    *,
    note: str | None = None,
    today: date,
    progress: Progress | None = None,
) -> list[str]:
    """State what an amendment does, whatever its cover says; returns what that changed, in sentences.

    The note of an earlier choice stays unless one is given. Raises NotFoundError for a filing that is not loaded,
    InputError for one that amends no holdings report, StoreError.
    """
    with Store(settings) as store, store.writing():
        number = _normalise(accession_number)
        form_type = _form_type(store, number)
        if form_type != "13F-HR/A":
            raise InputError(
                f"{number} is a {form_type}, which amends no holdings report: only a 13F-HR/A can be decided"
            )
        choices = amendment_choices.read_choices(settings.home)
        is_its = pl.col("accession_number") == number
        earlier = choices.filter(is_its)["note"].to_list()
        choice = {
            "accession_number": number,
            "amendment_effect": effect,
            "note": note if note is not None else (earlier[0] if earlier else None),
            "decided_on": today,
        }
        changed = pl.concat([choices.filter(~is_its), AMENDMENT_CHOICES.frame([choice])])
        return _apply(store, changed, number, progress or Silent())


def forget(settings: Settings, accession_number: str, progress: Progress | None = None) -> list[str]:
    """Drop the choice on an amendment, so that cover and evidence decide. Raises NotFoundError if there is none."""
    with Store(settings) as store, store.writing():
        number = _normalise(accession_number)
        choices = amendment_choices.read_choices(settings.home)
        if number not in choices["accession_number"]:
            raise NotFoundError(
                f"you have made no choice on {number}", choices["accession_number"].head(_CANDIDATES).to_list()
            )
        return _apply(store, choices.filter(pl.col("accession_number") != number), number, progress or Silent())


def _apply(store: Store, choices: AmendmentChoicesFrame, number: str, progress: Progress) -> list[str]:
    """Write the changed choices, judge and settle; returns what that changed. The store's lock is held."""
    counted_before = store.read(COUNTED_FROM)
    before = store.read(JUDGED_FILINGS, accession_number=number)
    held_before = _held(store, before)
    amendment_choices.write_choices(store.settings.home, choices)
    judge(store, progress)
    # the weight of a manager is that of its report; a list given for one run stays in force
    is_listed = store.read(RUNS)["fund_list"].tail(1).drop_nulls().len() > 0
    settle(store, progress, managers=None if is_listed else classify(store, read_roster(store.settings, progress)))
    after = store.read(JUDGED_FILINGS, accession_number=number)
    recounted = store.read(COUNTED_FROM).join(counted_before, on=list(COUNTED_FROM.columns), how="anti")
    quarters = [str(quarter) for quarter in store.quarters() if quarter.end in recounted["period_of_report"]]
    return [
        *(_describe(row) for row in after.to_dicts()),
        *_about_positions(held_before, _held(store, after)),
        f"recounted: {', '.join(quarters)}" if quarters else "no loaded quarter is affected",
    ]


def _describe(filing: dict[str, object]) -> str:
    """`0001697591-26-000002: CAS INVESTMENT PARTNERS, 2025Q3, filed 2025-11-24: replaces the report (your choice)`."""
    period, effect = filing["period_of_report"], filing["amendment_effect"]
    assert isinstance(period, date)
    does = _DOES[AmendmentEffect(str(effect))] if effect else "is of unknown type and not counted"
    basis = f" ({filing['effect_basis']})" if filing["effect_basis"] else ""
    name = f"{filing['manager_name']}, {Quarter.of(period)}, filed {filing['filing_date']}"
    return f"{filing['accession_number']}: {name}: {does}{basis}"


def _held(store: Store, filings: JudgedFilingsFrame) -> int | None:
    """How many positions the manager of the filing is counted with for its period; None if it does not count."""
    held = [
        store.read(POSITIONS, cik=cik, period_of_report=period).height
        for cik, period in filings.select("cik", "period_of_report").rows()
    ]
    return held[0] if held and held[0] else None


def _about_positions(before: int | None, after: int | None) -> list[str]:
    if before is None and after is None:
        return ["the manager is not counted as a hedge fund: no count of holders changes"]
    return [f"{plural(after or 0, 'position')} counted, before {before or 0:,}"]


def _form_type(store: Store, number: str) -> str:
    """The form type of a filing; raises NotFoundError, with the amendments in doubt, if it is not loaded."""
    filings = store.read(JUDGED_FILINGS, accession_number=number)
    if filings.is_empty():
        doubted = store.read(JUDGED_FILINGS, effect_evidence=list(DOUBTED)).sort("filing_date", descending=True)
        labels = [
            f"{row['accession_number']} ({row['manager_name']}, {row['period_of_report']})"
            for row in doubted.head(_CANDIDATES).to_dicts()
        ]
        raise NotFoundError(f"no filing {number} is loaded; `tracker filings --amendments` lists them", labels)
    return str(filings["form_type"][0])


def _normalise(accession_number: str) -> str:
    """An accession number with its dashes, as a person may have left them out."""
    plain = accession_number.strip()
    digits = re.fullmatch(r"([0-9]{10})-?([0-9]{2})-?([0-9]{6})", plain, re.ASCII)
    if not digits:
        raise InputError(f"{plain!r:.60} is not an accession number; write it as 0001037389-25-000064")
    return "-".join(digits.groups())
