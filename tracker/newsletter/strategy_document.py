"""Everything that the edition of a strategy says, as one JSON-ready document: a run, its path and its picks."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from .. import __version__
from ..band import Band
from ..edgar_facts import SUBMISSION_ADDRESS
from ..errors import InputError, SettingError
from ..output import plural
from ..quarters import Quarter
from ..settings import Settings
from ..store import Store
from ..strategies import strategy_run
from ..strategies.pick_weights import Weights
from ..strategies.signal_days import SignalOn
from ..strategies.strategy_plan import Plan
from ..strategies.strategy_report import tell, try_rule
from ..strategies.strategy_run import StrategyRun, Trials
from . import strategy_charts
from .chart_style import Chart
from .steady_values import digest, steady
from .strategy_paths import daily_paths, quarter_table, year_table

KIND = "strategy"
_RULE_LENGTH = 60  # in a title


@dataclass(frozen=True)
class StrategyRequest:
    """What was asked for. The same request and the same data give the same edition, byte for byte.

    `rule_sha256` is that of the rule's file, if it is one: the request is refused if the file has changed.
    """

    rule: str
    plan: Plan = field(default_factory=Plan)
    title: str | None = None
    slug: str | None = None
    base_url: str | None = None
    rule_sha256: str | None = None


@dataclass(frozen=True)
class GatheredStrategy:
    """The document (see `gather`), and the path that its charts show (see `strategy_paths.daily_paths`)."""

    document: dict[str, Any]
    paths: pl.DataFrame
    pictures: Mapping[str, bytes] = field(default_factory=dict)

    def draw(self) -> dict[str, Chart]:
        """The charts by name: `growth`, `drawdowns`, `quarters`."""
        return {
            "growth": strategy_charts.draw_growth(self.paths),
            "drawdowns": strategy_charts.draw_drawdowns(self.paths),
            "quarters": strategy_charts.draw_quarters(self.document["quarters"]),
        }


def gather(settings: Settings, request: StrategyRequest) -> GatheredStrategy:
    """Try the rule, and read everything that the edition says.

    The document has `title`, `slug`, `methodology` (rule and plan), `result` (what `strategy run --format json` has
    beside rows), `notes`, `signals`, `years`, `quarters`, `rows` (the picks), `filings` (by accession number: who filed
    it, when, where it is), `daily` and `state`. Raises what `strategy_report.try_rule` raises, and InputError if the
    rule's file has changed.
    """
    rule_sha256 = _file_digest(request.rule)
    if request.rule_sha256 and rule_sha256 != request.rule_sha256:
        raise InputError(f"{request.rule} has changed since the edition was published; restore it, or publish anew")
    with Store(settings) as store:
        trials = Trials(store)
        tried = try_rule(trials, request.rule, request.plan)
        answer = tell(tried)
        plan = _pinned(tried, store.quarters())
        filings = _filings(trials, tried)
    facts = dict(answer.facts)
    signals, planned = facts.pop("signals"), facts.pop("plan")
    del facts["daily"]
    paths = daily_paths(tried)
    document = {
        "kind": KIND,
        "title": request.title or _title(tried.rule, plan),
        "slug": request.slug,
        "base_url": request.base_url,
        "as_of": plan.until,
        "methodology": {**_methodology(request.rule, plan, planned), "rule_sha256": rule_sha256},
        "result": facts,
        "notes": list(answer.notes),
        "signals": signals,
        "years": year_table(paths).to_dicts(),
        "quarters": quarter_table(tried, paths).to_dicts(),
        "filings": filings,
        "state": _state(tried),
        "rows": answer.rows,
        "daily": paths.to_dicts(),
    }
    return GatheredStrategy(steady(document), paths)


def requested(document: Mapping[str, Any]) -> StrategyRequest:
    """The request that the document answers. Raises InputError if it states none."""
    try:
        method = document["methodology"]
        low, high = float(method["cap_min_usd"]), method["cap_max_usd"]
        plan = Plan(
            first=Quarter.parse(method["first_quarter"]),
            last=Quarter.parse(method["quarter"]),
            until=date.fromisoformat(method["until"]),
            band=Band(low, math.inf if high is None else float(high)),
            signal_on=SignalOn(method["signal_on"]),
            weights=Weights(method["weights"]),
            **{name: int(method[name]) for name in ("top", "lag", "hold_until", "min_quarters")},
            capital_usd=float(method["capital_usd"]),
            cost_pct=float(method["cost_pct"]),
        )
        given = {name: document[name] for name in ("title", "slug", "base_url")}
        if _is_file(method["rule"]) and not method["rule_sha256"]:
            raise ValueError("a rule in a file has a digest")
        return StrategyRequest(str(method["rule"]), plan, **given, rule_sha256=method["rule_sha256"])
    except (AttributeError, KeyError, OverflowError, SettingError, TypeError, ValueError) as error:
        raise InputError(f"the edition does not state what was tried ({error!r:.80}); publish it anew") from None


def _pinned(tried: StrategyRun, loaded: list[Quarter]) -> Plan:
    """The plan that gives the same run when more quarters and prices are loaded."""
    plan = tried.plan
    first, last = plan.first or loaded[0], plan.last or loaded[-1]
    chosen = [quarter for quarter in loaded if first <= quarter <= last]
    return replace(plan, first=chosen[0], last=chosen[-1], until=tried.market.horizon)


def _title(rule: str, plan: Plan) -> str:
    short = rule if len(rule) <= _RULE_LENGTH else f"{rule[: _RULE_LENGTH - 3].rstrip()}..."
    return f"{short[:1].upper()}{short[1:]}: {plural(plan.top, 'stock')} a quarter, {plan.first} to {plan.last}"


def _methodology(rule: str, plan: Plan, planned: Mapping[str, Any]) -> dict[str, Any]:
    """The plan as facts; `quarter` is the last one, as in the methodology of a list."""
    assert plan.last
    return {
        "rule": rule,
        "quarter": str(plan.last),
        "first_quarter": str(plan.first),
        "period_of_report": plan.last.end,
        "until": plan.until,
        "cap_min_usd": plan.band.low_usd,
        "cap_max_usd": plan.band.high_usd,  # null if there is none
        **{name: value for name, value in planned.items() if name not in ("from", "to", "cap")},
        "quarters_for_a_claim": strategy_run.MIN_QUARTERS_FOR_A_CLAIM,
        "version": __version__,
    }


def _filings(trials: Trials, tried: StrategyRun) -> dict[str, dict[str, Any]]:
    """The filings that holders reported the picks in, by accession number."""
    numbers = tried.trades.select(pl.col("accession_numbers").explode().alias("accession_number")).drop_nulls().unique()
    known = trials.archive.reports.filings.join(numbers, on="accession_number", how="semi").sort("accession_number")
    columns = ("accession_number", "cik", "manager_name", "form_type", "filing_date")
    rows = known.select(columns).unique("accession_number", keep="first", maintain_order=True).to_dicts()
    return {
        row.pop("accession_number"): {**row, "url": SUBMISSION_ADDRESS.format(row["cik"], number)}
        for row in rows
        for number in (row["accession_number"],)
    }


def _state(tried: StrategyRun) -> dict[str, Any]:
    """Digests of what the run rests on: they tell what has changed since, without storing it."""
    signals = {str(state.signal.day): digest(_candidates(state.candidates)) for state in tried.states}
    return {
        "version": __version__,
        "known_on": tried.states[-1].signal.day,
        "candidates_sha256": signals,
        "closes_sha256": digest(
            [(ticker, day, f"{close:.6g}") for ticker, day, close in
             tried.market.closes.select("ticker", "date", "adjusted").sort("ticker", "date").iter_rows()]
        ),
    }  # fmt: skip


def _candidates(candidates: pl.DataFrame) -> list[tuple[object, ...]]:
    columns = (
        "ticker",
        "cusip",
        "holders",
        "new",
        "closed",
        "conviction_funds",
        "best_idea_funds",
        "accession_numbers",
    )
    return candidates.select(columns).sort("ticker").rows()


def _file_digest(rule: str) -> str | None:
    """SHA-256 of the rule's file; None if the rule is none. What cannot be read is told when the rule is read."""
    path = Path(rule.strip()).expanduser()
    if not _is_file(rule) or not path.is_file():
        return None
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _is_file(rule: str) -> bool:
    return rule.strip().endswith(".py")
