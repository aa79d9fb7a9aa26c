"""Every step of the decision on one manager, for a person to follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from ..output import plural
from ..tables import (
    DecidedBy,
    JudgedFilingsFrame,
    LinkedBy,
)
from . import adviser_rules, filer_rules
from .classification import weigh
from .decision_rules import Rule
from .evidence import Evidence
from .firm_links import FIRM_COLUMNS, LABELS, name_candidates

_SHOWN = 3
_ANSWERS = {True: "yes", False: "no", None: "not known"}


@dataclass(frozen=True)
class Explanation:
    """The decision on one manager, and the steps that lead to it.

    `steps` are rows of step, says (what the source states, or the answer to the rule's question) and verdict (True,
    False, None). The rules after the one that decides are included: what they would have decided.
    """

    is_hedge_fund: bool
    decided_by: DecidedBy
    basis: str
    steps: list[dict[str, Any]]


def explain(cik: int, filings: JudgedFilingsFrame, evidence: Evidence) -> Explanation | None:
    """How the manager is classified, from its `filings`; None if it has none."""
    manager = weigh(filings, evidence).filter(pl.col("cik") == cik)
    if manager.is_empty():
        return None
    known = manager.row(0, named=True)
    namesakes = name_candidates(manager, evidence.advisers, evidence.filers).filter(pl.col("cik") == cik)
    choice, kept = DecidedBy.USER_CHOICE, DecidedBy.HAND_KEPT_LIST
    steps = [
        _step("newest cover page", _cover(known)),
        _step("EDGAR", _edgar(known)),
        _step("newest book", _book(known)),
        _step("1 your choice", known[f"{choice}_reason"] or "none", known[choice]),
        _step("2 hand-kept list", known[f"{kept}_reason"] or "not in it", known[kept]),
        *_roster_steps(known, namesakes, manager),
        *_filer_steps(known, manager),
        _step("5 decision", known["basis"], known["is_hedge_fund"]),
    ]
    return Explanation(known["is_hedge_fund"], DecidedBy(known["decided_by"]), known["basis"], steps)


def _roster_steps(known: dict[str, Any], namesakes: pl.DataFrame, manager: pl.DataFrame) -> list[dict[str, Any]]:
    refused = [_namesake(row) for row in namesakes.filter(pl.col("crd_number") != (known["firm_crd"] or "")).to_dicts()]
    others = f"; of the same name, and not taken for it: {', '.join(refused[:_SHOWN])}" if refused else ""
    if known["linked_by"] is None:
        return [_step("3 adviser roster", f"no firm with its CRD number, SEC file number, CIK or name{others}")]
    way = LABELS[LinkedBy(known["linked_by"])]
    steps = [_step("3 adviser roster", f"{known['firm']} (CRD {known['firm_crd']}), found by {way}{others}")]
    steps += [_step(f"  {name}", _shown(known[name])) for name in FIRM_COLUMNS if known[name] is not None]
    if absent := [name for name in FIRM_COLUMNS if known[name] is None]:
        steps.append(_step("  not known", ", ".join(absent)))
    return [*steps, *_answers(adviser_rules.RULES, manager)]


def _filer_steps(known: dict[str, Any], manager: pl.DataFrame) -> list[dict[str, Any]]:
    """The rules for filers without a firm in the rosters."""
    if known["linked_by"] is not None:
        return [_step("4 industry, book and name", "not asked, since its firm is known")]
    decided = known[DecidedBy.INDUSTRY_AND_NAME]
    return [
        _step("4 industry, book and name", "asked of filers without a firm in the rosters", decided),
        *_answers(filer_rules.RULES, manager),
    ]


def _answers(rules: Sequence[Rule], manager: pl.DataFrame) -> list[dict[str, Any]]:
    """The answer to each question, from what is known of one `manager`, and what it decides or would have decided."""
    answers = manager.select(rule.answer.alias(str(at)) for at, rule in enumerate(rules)).row(0)
    reasons = manager.select(rule.reason.alias(str(at)) for at, rule in enumerate(rules)).row(0)
    steps = []
    for rule, answer, reason in zip(rules, answers, reasons, strict=True):
        if answer == rule.decisive:
            because = f"{_ANSWERS[answer]}: {reason}" if reason else _ANSWERS[answer]
            steps.append(_step(f"  {rule.question}", because, rule.verdict))
        else:
            steps.append(_step(f"  {rule.question}", _ANSWERS[answer]))
    return steps


def _cover(known: dict[str, Any]) -> str:
    numbers = [f"{key} {known[key]}" for key in ("crd_number", "sec_file_number") if known[key]]
    about = [str(known[key]) for key in ("manager_name", "period_of_report", "accession_number") if known[key]]
    return f"{', '.join(about)}; {', '.join(numbers) or 'no adviser number'}"


def _edgar(known: dict[str, Any]) -> str:
    """What EDGAR's list of the filer's submissions states."""
    industry = [known["sic_code"] and f"SIC {known['sic_code']}", known["sic_description"]]
    about = [str(each) for each in (*industry, known["edgar_state"]) if each]
    return ", ".join(about) or "industry and address not known: its list of submissions is not on disk"


def _book(known: dict[str, Any]) -> str:
    if known["position_count"] is None:
        return "not known: no lines are loaded"
    shares = {
        "ten largest": known["top_ten_share"],
        "options": known["option_share"],
        "funds": known["etf_share"],
        "new since the quarter before": known["turnover"],
    }
    parts = [f"{name} {'not known' if share is None else f'{share:.0%}'}" for name, share in shares.items()]
    return "; ".join([plural(known["position_count"], "position"), *parts])


def _namesake(firm: dict[str, Any]) -> str:
    return f"{firm['firm']} (CRD {firm['crd_number']}, {firm['firm_state'] or 'state not known'})"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return _ANSWERS[value]
    return f"{value:,.0f}" if isinstance(value, float) else str(value)


def _step(step: str, says: str, verdict: bool | None = None) -> dict[str, Any]:
    return {"step": step, "says": says, "verdict": verdict}
