"""Who counts as a hedge fund, with its weight; and why, step by step."""

from __future__ import annotations

from typing import Literal

import polars as pl

from ..lookup import find_manager
from ..managers import classification, fund_lists
from ..output import Answer, Column, money
from ..settings import Settings
from ..store import Store
from ..tables import JUDGED_FILINGS, MANAGERS

Which = Literal["hedge funds", "others", "unclassified"]

_LIST_COLUMNS = (
    Column("manager_name", "Manager"),
    Column("cik", "CIK"),
    Column("status", "Counted"),
    Column("value_usd", "Reports", "usd"),
    Column("line_count", "Lines", "integer"),
    Column("period_of_report", "Newest", "date"),
    Column("basis", "Why"),
)
_WHY_COLUMNS = (Column("step", "Step"), Column("says", "What it says"), Column("verdict", "Decides"))
_VERDICTS = {True: "hedge fund", False: "no hedge fund", None: ""}


def list_funds(
    settings: Settings, *, name: str | None = None, basis: str | None = None, which: Which | None = None
) -> Answer:
    """Managers with a filing that is loaded: the unclassified first, then hedge funds, then others, by size.

    `name` and `basis` are parts of these, in either case; the name's may be the family's.
    """
    with Store(settings) as store:
        store.require_quarter(None)
        known = store.read(MANAGERS)
    status = (
        pl.when("is_hedge_fund")
        .then(pl.lit("yes"))
        .when(pl.col("basis").str.starts_with(classification.UNCLASSIFIED))
        .then(pl.lit(classification.UNCLASSIFIED))
        .otherwise(pl.lit("no"))
    )
    place = pl.col("status").replace_strict({classification.UNCLASSIFIED: 0, "yes": 1, "no": 2}, return_dtype=pl.Int8())
    known = known.with_columns(status.alias("status")).sort(
        [place, "value_usd", "cik"], descending=[False, True, False], nulls_last=True
    )
    found = known
    if which:
        found = found.filter(pl.col("status") == {"hedge funds": "yes", "others": "no"}.get(which, which))
    if name:
        has = (pl.col(one).str.to_uppercase().str.contains(name.upper(), literal=True) for one in _NAMES)
        found = found.filter(pl.any_horizontal(*has))
    if basis:
        found = found.filter(pl.col("basis").str.to_uppercase().str.contains(basis.upper(), literal=True))
    counted, open_ = known.filter("is_hedge_fund"), known.filter(pl.col("status") == classification.UNCLASSIFIED)
    facts = {
        "managers": known.height,
        "hedge_funds": counted.height,
        "families": counted["family"].n_unique(),
        "unclassified": open_.height,
    }
    notes = [
        f"{counted.height:,} of {known.height:,} managers are counted ({facts['families']:,} families); "
        f"{open_.height:,} are unclassified and report {money(float(open_['value_usd'].sum()))}.",
        "`tracker funds why CIK` shows each step; `tracker funds add CIK` and `remove CIK` decide it yourself.",
    ]
    rows = found.select("cik", "manager_name", "family", "is_hedge_fund", "status", *_WEIGHT, "basis").to_dicts()
    return Answer(f"{found.height:,} managers", _LIST_COLUMNS, rows, facts, "managers", notes)


_NAMES = ("manager_name", "family")
_WEIGHT = ("value_usd", "line_count", "period_of_report")


def why(settings: Settings, query: str) -> Answer:
    """Each step of the decision on one manager, and what each source says."""
    from ..pipeline import settle
    from ..sources import advisers

    with Store(settings) as store:
        cik, name = find_manager(store, query, may_be_new=True)
        stored = store.read(MANAGERS, cik=cik)
        filings = store.read(JUDGED_FILINGS, cik=cik)
        if filings.is_empty():
            filings = JUDGED_FILINGS.frame(
                [{"accession_number": "no filing is loaded", "cik": cik, "manager_name": name or "?"}]
            )
        roster = advisers.read(advisers.on_disk(settings))
        choices, shapes = fund_lists.read_choices(settings.home), settle.shapes(store, filings)
    steps = classification.why(cik, filings, roster, choices=choices, shapes=shapes)
    last = steps[-1]
    basis = stored["basis"][0] if stored.height else None
    notes = [
        "The first step that decides holds. Of the roster's lines the first that applies; the later ones only show "
        "what they would say."
    ]
    if basis is not None and basis != last["says"]:
        notes.append(f"Counted as decided at the last refresh: {basis}.")
    facts = {"cik": cik, "manager_name": name, "is_hedge_fund": last["verdict"], "basis": last["says"]}
    rows = [{**step, "verdict": _VERDICTS[step["verdict"]], "is_hedge_fund": step["verdict"]} for step in steps]
    verdict = _VERDICTS[last["verdict"]] or "no hedge fund"
    return Answer(f"{name or '?'} (CIK {cik}): {verdict}", _WHY_COLUMNS, rows, facts, "steps", notes)
