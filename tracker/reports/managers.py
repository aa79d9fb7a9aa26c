"""Which managers count as hedge funds, with their weight; and why, step by step."""

from __future__ import annotations

from typing import Literal

import polars as pl

from ..lookup import find_manager
from ..managers import decision_steps
from ..output import Answer, Column, in_a_line, money, plural
from ..progress import Silent
from ..settings import Settings
from ..store import Store
from ..tables import FAMILY_LINKS, JUDGED_FILINGS, MANAGERS, DecidedBy, ManagerClass, ManagersFrame
from .empty_lists import counts_of
from .link_counts import count_links, links_sentence

Which = Literal["hedge funds", "others", "unclassified"]

_LIST_COLUMNS = (
    Column("manager_name", "Manager"),
    Column("cik", "CIK"),
    Column("status", "Counted"),
    Column("manager_class", "Class"),
    Column("value_usd", "Reports", "usd"),
    Column("options_value_usd", "Options", "usd"),
    Column("line_count", "Lines", "integer"),
    Column("period_of_report", "Newest", "date"),
    Column("basis", "Why"),
)
_WHY_COLUMNS = (Column("step", "Step"), Column("says", "Finding"), Column("verdict", "Decides"))
_ROW_COLUMNS = (
    *("cik", "manager_name", "family", "is_hedge_fund", "status", "manager_class", "value_usd", "options_value_usd"),
    *("line_count", "period_of_report", "decided_by", "basis", "linked_by"),
)
_RULE = (
    "The first that knows a manager decides: your choice, the hand-kept list, SEC's adviser rosters, EDGAR's industry "
    "code; whom none knows is unclassified and not counted."
)
# In the order of the list: what a person may still have to decide comes first.
_STATUS_OF = {"unclassified": "unclassified", "hedge funds": "yes", "others": "no"}
_VERDICTS = {True: "hedge fund", False: "not a hedge fund", None: ""}


def list_funds(
    settings: Settings,
    *,
    name: str | None = None,
    basis: str | None = None,
    which: Which | None = None,
    manager_class: ManagerClass | None = None,
) -> Answer:
    """Managers with a loaded filing: first the unclassified, then hedge funds, then others, each by size.

    `name` (also of the family) and `basis` are searched for, in either case. `value_usd` is that of `portfolio`:
    options are left out, and have their own figure.
    """
    with Store(settings) as store:
        store.require_quarter(None)
        managers = store.read(MANAGERS)
    order = pl.col("status").replace_strict(
        {status: place for place, status in enumerate(_STATUS_OF.values())}, return_dtype=pl.Int8()
    )
    managers = managers.with_columns(_status().alias("status")).sort(
        [order, "value_usd", "cik"], descending=[False, True, False], nulls_last=True
    )
    listed = managers
    if which:
        listed = listed.filter(pl.col("status") == _STATUS_OF[which])
    if manager_class:
        listed = listed.filter(pl.col("manager_class") == manager_class)
    if name:
        listed = listed.filter(_contains("manager_name", name) | _contains("family", name))
    if basis:
        listed = listed.filter(_contains("basis", basis))
    funds, unclassified = (managers.filter(pl.col("status") == status) for status in ("yes", "unclassified"))
    families = funds["family"].n_unique()
    facts = {
        "managers": managers.height,
        "hedge_funds": funds.height,
        "families": families,
        "unclassified": unclassified.height,
        "linked_by": (links := count_links(managers)),
    }
    notes = [
        *_nothing_listed(managers, listed),
        f"{funds.height:,} of {plural(managers.height, 'manager')} counted as hedge funds "
        f"({plural(families, 'family', 'families')}); {unclassified.height:,} unclassified, "
        f"reporting {money(float(unclassified['value_usd'].sum()))}.",
        *filter(None, [links_sentence(links)]),
        "What a manager reports leaves out options; they are valued by the shares under them.",
        "`tracker funds why CIK` shows each step; `tracker funds add CIK` and `remove CIK` let you decide.",
    ]
    rows = listed.select(_ROW_COLUMNS).to_dicts()
    return Answer(plural(listed.height, "manager"), _LIST_COLUMNS, rows, facts, notes, methodology={"rules": [_RULE]})


def _nothing_listed(managers: ManagersFrame, listed: pl.DataFrame) -> list[str]:
    """What the filters could ask for, if nothing meets them."""
    if listed.height or managers.is_empty():
        return []
    return [
        in_a_line("Nothing matches; counted are", counts_of(managers, "status")),
        in_a_line("Classes there are", counts_of(managers, "manager_class")),
    ]


def _status() -> pl.Expr:
    return (
        pl.when("is_hedge_fund")
        .then(pl.lit("yes"))
        .when(pl.col("decided_by") == DecidedBy.UNCLASSIFIED)
        .then(pl.lit("unclassified"))
        .otherwise(pl.lit("no"))
    )


def _contains(column: str, text: str) -> pl.Expr:
    return pl.col(column).str.to_uppercase().str.contains(text.upper(), literal=True)


def why(settings: Settings, query: str) -> Answer:
    """Each step of the decision on one manager, with what each source states."""
    from ..pipeline import settle

    with Store(settings) as store:
        cik, name = find_manager(store, query, may_be_new=True)
        managers = store.read(MANAGERS, cik=cik)
        filings = store.read(JUDGED_FILINGS, cik=cik)
        if filings.is_empty():
            filings = JUDGED_FILINGS.frame(
                [{"accession_number": "no filing is loaded", "cik": cik, "manager_name": name or "?"}]
            )
        links, everyone = _links(store, cik), store.read(MANAGERS).select("cik", "manager_name", "family")
        evidence = settle.gather_evidence(store, settle.read_roster(settings, Silent()), filings)
    explanation = decision_steps.explain(cik, filings, evidence)
    assert explanation is not None  # there is at least the stand-in for a filing
    notes = [
        "The first step that decides is final, and of the roster's questions the first. Later questions show what they "
        "would have decided."
    ]
    for refreshed in managers.select("is_hedge_fund", "decided_by", "basis").to_dicts():
        now = explanation.is_hedge_fund, explanation.decided_by
        if (refreshed["is_hedge_fund"], refreshed["decided_by"]) != now:
            notes.append(f"The counts still follow the last refresh: {refreshed['basis']}.")
    facts = {
        "cik": cik,
        "manager_name": name,
        "is_hedge_fund": explanation.is_hedge_fund,
        "decided_by": explanation.decided_by,
        "basis": explanation.basis,
        "manager_class": next(iter(managers["manager_class"].to_list()), None),
        "family": next(iter(managers["family"].to_list()), None),
        "family_links": links.to_dicts(),
    }
    rows = [
        {**step, "verdict": _VERDICTS[step["verdict"]], "is_hedge_fund": step["verdict"]} for step in explanation.steps
    ]
    rows += _family_steps(managers, links, everyone)
    title = f"{name or '?'} (CIK {cik}): {_VERDICTS[explanation.is_hedge_fund]}"
    return Answer(title, _WHY_COLUMNS, rows, facts, notes, methodology={"rules": [_RULE]})


def _links(store: Store, cik: int) -> pl.DataFrame:
    """FAMILY_LINKS of one manager: other_cik, evidence, detail."""
    links = pl.concat([store.read(FAMILY_LINKS, cik=cik), store.read(FAMILY_LINKS, other_cik=cik)])
    other = pl.when(pl.col("cik") == cik).then("other_cik").otherwise("cik")
    return links.select(other.alias("other_cik"), "evidence", "detail").sort("other_cik", "evidence")


def _family_steps(managers: ManagersFrame, links: pl.DataFrame, everyone: ManagersFrame) -> list[dict[str, object]]:
    """The family of the last refresh with all its members, and the evidence that links this manager with others."""
    if managers.is_empty():
        return []
    family, cik = managers["family"][0], managers["cik"][0]
    members = everyone.filter((pl.col("family") == family) & (pl.col("cik") != cik))
    beside = ", ".join(f"{name or '?'} ({other})" for other, name in members.select("cik", "manager_name").iter_rows())
    says = f"{family}, with {beside}" if beside else f"{family}, alone"
    names = dict(everyone.select("cik", "manager_name").iter_rows())
    evidence = [
        (
            f"  {row['evidence'].replace('_', ' ')}",
            f"{names.get(row['other_cik']) or '?'} ({row['other_cik']}): {row['detail']}",
        )
        for row in links.to_dicts()
    ]
    steps = [("family", says), *evidence]
    return [{"step": step, "says": text, "verdict": "", "is_hedge_fund": None} for step, text in steps]
