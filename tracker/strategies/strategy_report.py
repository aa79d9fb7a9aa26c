"""What a reader sees of a strategy: answers for the terminal and for JSON.

The first line says what looks ahead, if anything, and how many quarters and names a result rests on. From fewer than
eight quarters nothing is claimed: figures of the portfolio are given, comparisons are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from ..errors import NotFoundError
from ..output import Answer, Column, plural
from ..securities import company_names
from ..settings import Settings
from ..store import Store
from . import user_rules
from .comparisons import compare_run, percentile
from .known_state import KnownState
from .listing_ends import End
from .pick_weights import choose, weigh
from .random_portfolios import COUNT
from .stock_candidates import CandidatesFrame
from .strategy_notes import common_notes, comparison_notes, run_notes, state_notes, terms_note
from .strategy_plan import Plan
from .strategy_run import StrategyRun, Trials

TOO_SHORT = "too short to tell"

_TRADES = (
    Column("quarter", "Quarter"),
    Column("ticker", "Ticker"),
    Column("name", "Name"),
    Column("holders", "Holders", "integer"),
    Column("bought_on", "Bought", "date"),
    Column("buy_price", "Price", "number"),
    Column("sold_on", "Sold", "date"),
    Column("sell_price", "Price", "number"),
    Column("return_pct", "Return", "change"),
    Column("end", "End"),
)
_RULES = (
    Column("rule", "Rule"),
    Column("quarters", "Quarters", "integer"),
    Column("names", "Names", "integer"),
    Column("percentile", "Percentile", "number"),
    Column("total_return_pct", "Return", "change"),
    Column("low_pct", "If -100%", "change"),
    Column("high_pct", "If 0%", "change"),
    Column("excess_pct", "Over the band", "change"),
    Column("cost_usd", "Costs", "usd"),
    Column("pick_hit_rate_pct", "Picks up", "share"),
    Column("names_delisted", "Delisted", "integer"),
)
_PICKS = (
    Column("rank", "#", "integer"),
    Column("ticker", "Ticker"),
    Column("name", "Name"),
    Column("weight_pct", "Weight", "share"),
    Column("holders", "Holders", "integer"),
    Column("new", "New", "integer"),
    Column("close", "Close", "number"),
    Column("market_cap_usd", "Market cap", "usd"),
)


def run(settings: Settings, rule: str, plan: Plan) -> Answer:
    """A rule over its quarters: a row for each pick. Raises SettingError, InputError, NotFoundError, StoreError."""
    with Store(settings) as store:
        return tell(try_rule(Trials(store), rule, plan))


def try_rule(trials: Trials, rule: str, plan: Plan) -> StrategyRun:
    """A rule over its quarters, by its name, file or SQL. Raises as `run` does."""
    tried = trials.run(_name(rule), user_rules.read_rule(rule), plan)
    if not tried.names:
        raise NotFoundError(
            f"{tried.rule} buys nothing on {plural(len(tried.states), 'signal day')} among {plan.band.label}: "
            "widen --cap, or look at `tracker strategy picks`"
        )
    return tried


def tell(tried: StrategyRun) -> Answer:
    """What a run comes to: a row for each pick; facts, of which those that claim something are null if it is short."""
    claims = {**compare_run(tried), **_claims(tried)}
    facts = {**_facts(tried), **claims, "daily": _plain(tried.simulation.daily)}
    trades = tried.trades.with_columns(
        pl.col("signal_date", "bought_on", "sold_on").cast(pl.String), company_names.display(tried.trades["name"])
    )
    title = f"{_warning(tried.looks_ahead)}{_title(tried.rule, tried)}"
    notes = [*comparison_notes(claims), *run_notes(tried, facts)]
    return Answer(title, _TRADES, trades.to_dicts(), facts, notes, methodology=_plan(tried.plan))


def compare(settings: Settings, rules: Sequence[str], plan: Plan) -> Answer:
    """Several rules over the same quarters: a row each, in the order given; one that buys nothing has no return.

    Raises as `run` does.
    """
    read = [(_name(rule), user_rules.read_rule(rule)) for rule in rules]
    with Store(settings) as store:
        trials = Trials(store)
        tried = [trials.run(name, pick, plan) for name, pick in read]
    first = tried[0]
    rows = [
        {
            **{key: value for key, value in _facts(one).items() if key not in ("plan", "signals")},
            "percentile": percentile(one, first.luck) if one.names and not one.is_too_short else None,
        }
        for one in tried
    ]
    names = {name for one in tried for name in one.trades["cusip"].fill_null(one.trades["ticker"])}
    judged = f": {TOO_SHORT}" if first.is_too_short else ""
    title = (
        f"{_warning(first.looks_ahead)}{plural(len(rows), 'rule')} over {plural(first.quarters, 'quarter')} and "
        f"{plural(len(names), 'name')}{judged}"
    )
    facts = {
        "looks_ahead": first.looks_ahead,
        "is_too_short": first.is_too_short,
        "signals": _signals(first),
        "plan": _plan(plan),
    }
    notes = [*common_notes(first), terms_note(plan)]
    return Answer(title, _RULES, rows, facts, notes, methodology=_plan(plan))


def picks(settings: Settings, rule: str, plan: Plan, on: date) -> Answer:
    """What a rule would buy with what is known at the end of a day. Raises as `run` does."""
    pick = user_rules.read_rule(rule)
    with Store(settings) as store:
        state = Trials(store).state_on(on, plan)
    chosen = weigh(choose(pick(state.candidates), (), plan.top, plan.top), plan.weights)
    title = (
        f"{_warning(state.looks_ahead)}{_name(rule)} would buy {plural(chosen.height, 'stock')} after the close of "
        f"{state.signal.day}, by the reports for {state.signal.quarter}"
    )
    facts = {
        "rule": _name(rule),
        "on": state.signal.day.isoformat(),
        "quarter": str(state.signal.quarter),
        **_state_facts(state),
        "candidates": state.candidates.height,
        "plan": _plan(plan),
    }
    return Answer(title, _PICKS, _pick_rows(chosen), facts, state_notes(state), methodology=_plan(plan))


def _pick_rows(chosen: CandidatesFrame) -> list[dict[str, Any]]:
    rows = chosen.with_columns(
        pl.col("close_date").cast(pl.String),
        (pl.col("weight") * 100).alias("weight_pct"),
        company_names.display(chosen["name"]),
    ).with_row_index("rank", 1)
    return rows.drop("weight").to_dicts()


def _facts(tried: StrategyRun) -> dict[str, Any]:
    """Figures of a run that claim nothing."""
    result, plan = tried.simulation, tried.plan
    values, has_names = result.daily["value_usd"], tried.names > 0
    low, high = tried.low or result, tried.high or result
    return {
        "rule": tried.rule,
        "quarters": tried.quarters,
        "names": tried.names,
        "is_too_short": tried.is_too_short,
        "looks_ahead": tried.looks_ahead,
        "from": result.daily["date"][0].isoformat(),
        "to": result.daily["date"][-1].isoformat(),
        "capital_usd": plan.capital_usd,
        "end_value_usd": values[-1],
        "total_return_pct": result.total_return_pct if has_names else None,
        "low_pct": low.total_return_pct if has_names else None,
        "high_pct": high.total_return_pct if has_names else None,
        "excess_pct": result.total_return_pct - tried.band.total_return_pct
        if has_names and not tried.is_too_short
        else None,
        "cost_usd": float(result.fills["cost_usd"].sum()),
        "traded_usd": float(result.fills["usd"].abs().sum()),
        "pick_hit_rate_pct": tried.trades.select((pl.col("return_pct") > 0).mean() * 100).item(),
        "names_delisted": tried.trades.filter(pl.col("end") == End.DELISTED)["ticker"].n_unique(),
        "names_merged": tried.trades.filter(pl.col("end") == End.MERGED)["ticker"].n_unique(),
        "unfilled_orders": result.unfilled,
        "volume_not_known": result.unlimited,
        "unclear_jumps": _jumps(tried),
        "quarters_without_delistings": [str(quarter) for quarter in tried.without_delistings],
        "quarters_not_loaded": [str(quarter) for quarter in tried.missing],
        "signals": _signals(tried),
        "plan": _plan(plan),
    }


def _claims(tried: StrategyRun) -> dict[str, Any]:
    """What compares a run with others: unknown while it is too short."""
    if tried.is_too_short:
        return {"band_return_pct": None, "cap_weighted_band_return_pct": None, "capacity_usd": None}
    return {
        "band_return_pct": tried.band.total_return_pct,
        "cap_weighted_band_return_pct": tried.cap_weighted_band.total_return_pct,
        "capacity_usd": tried.capacity_usd,
    }


def _jumps(tried: StrategyRun) -> list[str]:
    """Tickers that were held over a jump of the price that may be a split."""
    lots = tried.simulation.lots.join(tried.market.jumps, on="ticker", how="inner")
    last = pl.col("sold_on").fill_null(tried.market.horizon)
    return lots.filter(pl.col("date").is_between("bought_on", last, "right"))["ticker"].unique().sort().to_list()


def _signals(tried: StrategyRun) -> list[dict[str, Any]]:
    return [
        {"day": state.signal.day.isoformat(), "quarter": str(state.signal.quarter), **_state_facts(state)}
        for state in tried.states
    ]


def _state_facts(state: KnownState) -> dict[str, Any]:
    share = state.priced_share
    return {
        "looks_ahead": state.looks_ahead,
        "funds": state.funds,
        "left_out_options": state.left_out,
        "priced_pct": None if share is None else share * 100,
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "from": str(plan.first) if plan.first else None,
        "to": str(plan.last) if plan.last else None,
        "top": plan.top,
        "cap": str(plan.band),
        "lag": plan.lag,
        "signal_on": plan.signal_on.value,
        "capital_usd": plan.capital_usd,
        "cost_pct": plan.terms.cost_pct,
        "volume_share": plan.terms.volume_share,
        "weights": plan.weights.value,
        "hold_until": plan.hold_until or plan.top,
        "min_quarters": plan.min_quarters,
    }


def _title(rule: str, tried: StrategyRun) -> str:
    rests_on = f"{plural(tried.quarters, 'quarter')} and {plural(tried.names, 'name')}"
    if tried.is_too_short:
        return f"{rule} over {rests_on}: {TOO_SHORT}"
    better = percentile(tried, tried.luck)
    than = f": better than {better:.0f}% of {COUNT:,} random portfolios" if better is not None else ""
    return f"{rule} over {rests_on}{than}"


def _warning(looks_ahead: list[str]) -> str:
    """What looks ahead, ahead of everything else."""
    return "".join(f"{warning[0].upper()}{warning[1:]}. " for warning in looks_ahead)


def _name(rule: str) -> str:
    return Path(rule).name if rule.endswith(".py") else rule.strip()


def _plain(daily: pl.DataFrame) -> list[dict[str, Any]]:
    return daily.with_columns(pl.col("date").cast(pl.String)).to_dicts()
