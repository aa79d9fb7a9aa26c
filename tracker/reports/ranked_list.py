"""The ranked list, and what of a published one would differ now."""

from __future__ import annotations

import math
from datetime import date, timedelta

import polars as pl

from .. import __version__
from ..errors import NotFoundError, SettingError
from ..output import Answer, Column, money
from ..prices import selection
from ..prices.returns import BREAK, GONE, NEW, measure_returns
from ..quarters import Quarter
from ..rankings.ranking import ALL_KINDS, KINDS, TIES, Parameters, Ranking, rank
from ..securities import ticker_map
from ..settings import Settings
from ..store import Store
from ..tables import SECURITIES, SPLITS
from . import price_window
from .as_of import BY_FILER, CAVEATS, NOW_KNOWN, View, view
from .coverage import Coverage, measure

_RANK_COLUMNS = (
    Column("rank", "#", "integer"),
    Column("name", "Company"),
    Column("listing", "Listing"),
    Column("market_cap_usd", "Market cap", "usd"),
    Column("return_pct", "Performance", "change"),
    Column("holders", "Hedge funds", "integer"),
    Column("holders_previous", "Quarter before", "integer"),
)
_BY_COLUMNS = {
    "change": (Column("change", "Change", "integer"),),
    "value": (Column("value_usd", "Value held", "usd"),),
    "ownership": (Column("ownership_pct", "Held", "share"),),
}
_BY_TITLES = {
    "performance": "best performing",
    "holders": "most held",
    "change": "most bought",
    "value": "most heavily held",
    "ownership": "most closely held",
}
_FILTER_COLUMNS = (
    Column("filter", "Filter"),
    Column("removed", "Removed", "integer"),
    Column("left", "Left", "integer"),
)


def top_list(
    settings: Settings,
    quarter: Quarter | None,
    parameters: dict[str, object],
    known_on: date | None = None,
    explain_filters: bool = False,
) -> Answer:
    """The ranked list. `parameters` are those fields of `rankings.Parameters` that the user chose.

    With `explain_filters` the filters instead: how many names each removed.
    """
    with Store(settings) as store:
        seen, chosen, ranking, about, gone = _rank(store, quarter, parameters, known_on)
    coverage = about["coverage"]
    assert isinstance(coverage, Coverage)
    if explain_filters:
        return _explain_filters(seen, chosen, ranking)
    facts = {
        "methodology": {
            **chosen.as_dict(),
            "period_of_report": seen.quarter.end,
            "known_on": seen.known_on,
            "hedge_funds_counted": seen.funds,
            **about,
            "coverage": coverage.as_dict(),
            "splits": "as reported; detected where the ratio of two closes disagrees with the day's reported change",
            "ties": [*TIES[chosen.by], "market_cap_usd", "ticker"],
            "removed": ranking.removed,
            "held_back": ranking.held_back.to_dicts(),
            "no_longer_quoted": gone.to_dicts(),
            "caveats": list(CAVEATS),
            "version": __version__,
        }
    }
    rows = [{**row, "listing": f"{row['exchange'] or '?'}:{row['ticker']}"} for row in ranking.rows.to_dicts()]
    low, high = chosen.cap_min_usd, chosen.cap_max_usd
    band = f"{money(low)} to {money(high)}" if math.isfinite(high) else f"from {money(low)}"
    held_back = ranking.held_back.filter(pl.col("holders") >= chosen.min_holders)
    since = f"each stock's lowest close since {chosen.base_date}" if chosen.from_low else f"close of {chosen.base_date}"
    dividends = "with dividends reinvested" if chosen.total_return else "without dividends"
    notes = [
        f"Performance: {since} to {chosen.end_date}, adjusted for splits, {dividends}. "
        f"Market cap {band} on {chosen.cap_date}.",
        *_filter_notes(chosen),
        f"Hedge funds: {seen.funds} counted from Form 13F for {seen.quarter} ({seen.quarter.end}), "
        f"filed up to {seen.known_on}; at least {chosen.min_holders} must hold.",
        *([BY_FILER] if chosen.by_filer else []),
        *([NOW_KNOWN] if known_on else []),
        *CAVEATS,
        coverage.told(),
        *([coverage.told_unmapped()] if coverage.unmapped else []),
        *_held_back_notes(held_back, chosen),
        *_gone_notes(gone, chosen),
    ]
    columns = [*_RANK_COLUMNS, *_BY_COLUMNS.get(chosen.by, ())]
    footer = (
        f"{chosen.base_date} to {chosen.end_date} · cap {band} on {chosen.cap_date} · {seen.funds} hedge funds, "
        f"13F {seen.quarter} filed up to {seen.known_on} · by {chosen.by}"
    )
    title = f"{len(rows)} {_BY_TITLES[chosen.by]} micro-cap stocks, {seen.quarter}"
    return Answer(title, columns, rows, facts, "rows", notes, footer)


def _rank(
    store: Store, quarter: Quarter | None, parameters: dict[str, object], known_on: date | None
) -> tuple[View, Parameters, Ranking, dict[str, object], pl.DataFrame]:
    seen = view(store, quarter, known_on, by_filer=bool(parameters.get("by_filer")))
    chosen = _complete(store, seen.quarter, parameters)
    since = min(chosen.base_date, chosen.cap_date) - timedelta(days=60)  # for the typical volume
    known, on = store.read(SECURITIES), chosen.cap_date
    prices = ticker_map.follow(price_window.load(store, since, max(chosen.end_date, on)), known, on)
    splits = ticker_map.follow(store.read(SPLITS), known, on)
    names = ticker_map.newest(known, on).group_by("ticker").agg(pl.col("name").first().alias("_name"))
    caps = selection.latest(prices, chosen.cap_date).join(names, on="ticker", how="left", validate="1:1")
    caps = caps.with_columns(pl.coalesce("name", "_name", "ticker").alias("name")).drop("_name")
    dividends, covered = price_window.dividends(store, prices) if chosen.total_return else (None, [])
    returns = measure_returns(
        prices,
        chosen.base_date,
        chosen.end_date,
        splits,
        from_low=chosen.from_low,
        dividends=dividends,
        covered=covered,
    )
    about: dict[str, object] = {
        "price_sources": sorted(prices["source"].unique()),
        "prices_from": prices["date"].min(),
        "prices_to": prices["date"].max(),
        "coverage": measure(store, seen.quarter, seen.counts, caps, chosen.cap_min_usd, chosen.cap_max_usd, on),
    }
    held = ticker_map.with_tickers_of(seen.counts, known, on).filter(pl.col("ticker").is_not_null())
    details = _details(store, chosen, prices, splits, known, seen.quarter)
    ranking = rank(chosen, caps, returns, held, details)
    return seen, chosen, ranking, about, _gone(chosen, prices, returns, held)


def _details(
    store: Store,
    chosen: Parameters,
    prices: pl.DataFrame,
    splits: pl.DataFrame,
    known: pl.DataFrame,
    quarter: Quarter,
) -> pl.DataFrame:
    """What `rankings.rank` wants to know of each ticker beside its price."""
    details = selection.typical_volume(prices, chosen.cap_date)
    first = store.prices().group_by("ticker", "source").agg(pl.col("date").min()).collect()
    first = ticker_map.follow(first, known, chosen.cap_date)  # a new name is no new listing
    first = first.group_by("ticker").agg(pl.col("date").min().alias("first_date"))
    since = splits.filter(pl.col("status") == "used", pl.col("date").is_between(quarter.end, chosen.cap_date, "right"))
    since = since.group_by("ticker").agg(pl.col("ratio").product().alias("split_since"))
    return first.join(details, on="ticker", how="left", validate="1:1").join(
        since, on="ticker", how="left", validate="1:1"
    )


def _gone(chosen: Parameters, prices: pl.DataFrame, returns: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Stocks that hedge funds held and that are quoted no more: ticker, name, holders, last_date.

    Those whose last market cap lies in the band.
    """
    left = returns.filter(pl.col("held_back_kind") == GONE).select("ticker")
    last = prices.join(left, on="ticker", how="semi").sort("date").group_by("ticker", maintain_order=True).last()
    in_band = pl.col("market_cap_usd").is_between(chosen.cap_min_usd, chosen.cap_max_usd)
    known = held.filter(pl.col("holders") >= chosen.min_holders, pl.col("kind").is_in(chosen.kind))
    found = last.filter(in_band).join(known, on="ticker", how="inner", validate="1:1")
    return found.select("ticker", "name", "holders", pl.col("date").alias("last_date")).sort("ticker")


def _explain_filters(seen: View, chosen: Parameters, ranking: Ranking) -> Answer:
    steps = ranking.steps()
    start = int(str(steps[0]["left"])) + int(str(steps[0]["removed"]))
    rows = [{"filter": f"prices on {chosen.cap_date}", "removed": 0, "left": start}, *steps]
    title = f"What each filter removed, {seen.quarter}: {start:,} names, {ranking.on_list:,} left"
    return Answer(title, _FILTER_COLUMNS, rows, {"methodology": chosen.as_dict()}, "filters")


def _filter_notes(chosen: Parameters) -> list[str]:
    """The filters that were asked for beside the band, in a sentence."""
    said = [
        f"price at least ${chosen.min_price:g}" if chosen.min_price is not None else "",
        f"typically at least {chosen.min_volume:,.0f} shares a day" if chosen.min_volume is not None else "",
        f"listed for at least {chosen.min_age} days" if chosen.min_age is not None else "",
        *(
            f"{name} {' or '.join(values)}"
            for name, values in (
                ("exchange", chosen.exchange),
                ("sector", chosen.sector),
                ("country", chosen.country),
                ("kind", chosen.kind if chosen.kind != KINDS else ()),
            )
            if values
        ),
    ]
    told = [text for text in said if text]
    return [f"Only: {'; '.join(told)}."] if told else []


def _gone_notes(gone: pl.DataFrame, chosen: Parameters) -> list[str]:
    if gone.is_empty():
        return []
    named = [f"{ticker} ({last})" for ticker, last in gone.select("ticker", "last_date").head(30).rows()]
    more = f" and {gone.height - 30} more" if gone.height > 30 else ""
    return [
        f"Held by hedge funds, but without a close on {chosen.end_date} (delisted, merged or renamed), "
        f"with the last one: {', '.join(named)}{more}."
    ]


def _held_back_notes(held_back: pl.DataFrame, chosen: Parameters) -> list[str]:
    """Unclear jumps one by one; names without a price on one of the two dates together, as they are many."""
    is_priceless = pl.col("reason").str.starts_with("no close").fill_null(False)
    unclear = held_back.filter(~is_priceless).select("ticker", "reason").rows()
    notes = [f"Held back: {ticker}: {reason}." for ticker, reason in unclear]
    for kind, what in (
        (NEW, f"newly listed, no close on {chosen.base_date}"),
        (BREAK, f"not quoted then, no close on {chosen.base_date}"),
        (GONE, f"no close on {chosen.end_date}"),
    ):
        found = held_back.filter(is_priceless, pl.col("reason").str.contains(kind, literal=True))["ticker"].to_list()
        if found:
            more = f" and {len(found) - 30} more" if len(found) > 30 else ""
            notes.append(
                f"Held back, {what}, nor in the {selection.MAX_AGE_DAYS} days before: {', '.join(found[:30])}{more}."
            )
    return notes


def _complete(store: Store, quarter: Quarter, chosen: dict[str, object]) -> Parameters:
    """Parameters with the defaults that depend on the data: the newest year of prices that is loaded."""
    # index funds have no market cap, and other days
    capped = pl.col("date").filter(pl.col("market_cap_usd").is_not_null())
    span = store.prices().select(
        first=pl.coalesce(capped.min(), pl.col("date").min()), last=pl.coalesce(capped.max(), pl.col("date").max())
    )
    first, last = span.collect().row(0)
    if last is None:
        raise NotFoundError("no prices are loaded: run `tracker prices import FILE` or `tracker prices fetch`")
    chosen = {key: value for key, value in chosen.items() if value is not None}
    end = chosen.setdefault("end_date", last)
    assert isinstance(end, date)
    chosen.setdefault("base_date", date(end.year - 1, 12, 31))
    chosen.setdefault("cap_date", end)
    parameters = Parameters(quarter=str(quarter), **chosen)  # type: ignore[arg-type]
    if parameters.min_age is not None and (parameters.cap_date - first).days < parameters.min_age:
        raise SettingError(
            f"--min-age {parameters.min_age}: prices are loaded from {first}, so nothing is known to be that old; "
            "import older prices or choose fewer days"
        )
    unknown = sorted({*parameters.kind} - ALL_KINDS)
    if unknown:
        raise SettingError(f"--kind {unknown[0]!r} is no kind; choose of {', '.join(sorted(ALL_KINDS))}")
    if parameters.base_date >= parameters.end_date:
        raise SettingError(f"--from {parameters.base_date} is not before --to {parameters.end_date}")
    for option, day in (
        ("--from", parameters.base_date),
        ("--to", parameters.end_date),
        ("--cap-on", parameters.cap_date),
    ):
        if not first <= day <= last + timedelta(days=selection.MAX_AGE_DAYS):
            raise NotFoundError(
                f"{option} {day}: prices are loaded from {first} to {last}; import more or choose a day in between"
            )
    return parameters
