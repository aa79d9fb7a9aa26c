"""What a reader has to know of a strategy, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..output import money, percent, plural
from .known_state import KnownState
from .strategy_plan import Plan
from .strategy_run import MIN_QUARTERS_FOR_A_CLAIM, StrategyRun


def run_notes(tried: StrategyRun, facts: Mapping[str, Any]) -> list[str]:
    """What became of the capital, and on what terms; `facts` are those of the run."""
    result = tried.simulation
    growth = (
        f"{money(tried.plan.capital_usd)} on {facts['from']} became {money(facts['end_value_usd'])} on {facts['to']}: "
        f"{percent(result.total_return_pct, '+')} after {money(facts['cost_usd'])} of costs."
    )
    bounds = f"{plural(facts['names_delisted'], 'pick')} delisted"
    bounds += (
        f": {percent(facts['low_pct'], '+')} if they ended at nothing, {percent(facts['high_pct'], '+')} if at their "
        "last close."
        if tried.low
        else "."
    )
    notes = [growth, f"{plural(facts['names_merged'], 'pick')} ended at the last close, as in a merger; {bounds}"]
    if tried.is_too_short:
        notes.append(
            f"Nothing is claimed from fewer than {MIN_QUARTERS_FOR_A_CLAIM} quarters: no comparison, no capacity."
        )
    else:
        capacity = tried.capacity_usd
        gone = f"is gone at {money(capacity)}" if capacity else "is left at every capital that was tried"
        notes.append(
            f"All candidates alike, without costs, made {percent(tried.band.total_return_pct, '+')}, and by market cap "
            f"{percent(tried.cap_weighted_band.total_return_pct, '+')}; what the rule made above all alike {gone}."
        )
    if facts["unclear_jumps"]:
        notes.append(
            f"Held over a jump that may be a split, taken as the change that the exchange reports, or none: "
            f"{', '.join(facts['unclear_jumps'])}."
        )
    if result.unlimited:
        notes.append(f"Traded without a limit, as volumes are not known: {', '.join(result.unlimited)}.")
    if result.unfilled:
        notes.append(f"{plural(result.unfilled, 'order')} found no close to fill at.")
    return [*notes, *common_notes(tried), *_delisting_notes(tried), terms_note(tried.plan)]


def common_notes(tried: StrategyRun) -> list[str]:
    """On the newest reports that were used, and on quarters that are not loaded."""
    notes = state_notes(tried.states[-1])
    if tried.missing:
        notes.append(
            f"Not loaded, so that picks were held on: {', '.join(map(str, tried.missing))}; `tracker refresh` them."
        )
    return notes


def state_notes(state: KnownState) -> list[str]:
    """Whose reports were known on a signal day, and who was left out."""
    share = state.priced_share
    priced = f"; {percent(share * 100)} of their value in shares has a price" if share is not None else ""
    notes = [
        f"{plural(state.funds, 'hedge fund')} had reported for {state.signal.quarter} by {state.signal.day}{priced}."
    ]
    if state.left_out:
        notes.append(f"Left out, as more than half of the book is options: {', '.join(state.left_out)}.")
    return notes


def comparison_notes(claims: dict[str, Any]) -> list[str]:
    """The percentile first, then what a reader compares with; nothing while the run is too short."""
    if claims["percentile"] is None:
        return []
    measures, luck = claims["measures"], claims["random_pct"]
    notes = [
        f"Better than {claims['percentile']:.0f}% of {claims['random_portfolios']:,} random portfolios of the same "
        f"stocks and days, which made {percent(luck['p5'], '+')} to {percent(luck['p95'], '+')} (nine of ten of them)."
    ]
    funds = [f"{ticker} {percent(made, '+')}" for ticker, made in claims["index_funds"].items() if made is not None]
    absent = [ticker for ticker, made in claims["index_funds"].items() if made is None]
    without = f"no closes of {', '.join(absent)} on both days; `tracker prices import` them" if absent else ""
    if funds:
        rest = f" ({without})" if without else ""
        notes.append(f"Index funds over the same days, without dividends: {', '.join(funds)}{rest}.")
    elif without:
        notes.append(f"Not compared with index funds: {without}.")
    figures = [
        ("a year", percent(measures["cagr_pct"], "+")),
        ("volatility", percent(measures["volatility_pct"])),
        ("Sharpe", _plainly(measures["sharpe"])),
        ("Sortino", _plainly(measures["sortino"])),
        ("deepest fall", _fall(measures)),
        ("beta to the band", _plainly(measures["beta"])),
        ("alpha a year", f"{percent(measures['alpha_pct'], '+')} (t {_plainly(measures['alpha_t'])})"),
        ("picks up", percent(measures["pick_hit_rate_pct"])),
        ("picks above the band", percent(measures["pick_win_rate_pct"])),
        ("quarters up", percent(measures["quarter_hit_rate_pct"])),
        ("quarters above the band", percent(measures["quarter_win_rate_pct"])),
        ("turnover a quarter", percent(measures["turnover_pct"])),
    ]
    return [*notes, "Measures: " + ", ".join(f"{name} {figure}" for name, figure in figures) + "."]


def terms_note(plan: Plan) -> str:
    """How orders fill, at which cost."""
    return (
        f"Orders fill at the next close; {plan.terms.cost_pct:g}% one way; at most {plan.terms.volume_share:.0%} of "
        "the median 20-day volume a day; a delisting costs 55% on Nasdaq and 30% on NYSE and AMEX."
    )


def _delisting_notes(tried: StrategyRun) -> list[str]:
    """From when on form indexes show delistings, where they do not cover the run."""
    if not tried.without_delistings:
        return []
    known = [quarter for quarter in tried.traded_quarters if quarter not in tried.without_delistings]
    if not known:
        return ["Ends of listings are seen by closes alone: no form index is on disk; `tracker refresh` saves them."]
    if known == tried.traded_quarters[-len(known) :]:
        return [f"Delistings known from {known[0]} on; before, closes alone show them."]
    return [f"Delistings not known in {', '.join(map(str, tried.without_delistings))}: closes alone show them."]


def _fall(measures: dict[str, Any]) -> str:
    """The deepest fall and how long it took until its high was reached again."""
    fall, days = percent(measures["max_drawdown_pct"]), measures["drawdown_days"]
    if days is None:
        return fall
    return f"{fall} ({plural(days, 'day')}{'' if measures['is_drawdown_over'] else ' so far'})"


def _plainly(figure: float | None) -> str:
    return "not known" if figure is None else f"{figure:.2f}"
