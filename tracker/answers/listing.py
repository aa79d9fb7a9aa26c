"""The ranked list, and what of a published one would differ now."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from .. import __version__, performance, quotes, securities
from ..errors import InputError, NotFoundError, SettingError
from ..output import Answer, Column, money
from ..quarters import Quarter
from ..rankings import ALL_KINDS, KINDS, TIES, Parameters, Ranking, rank
from ..settings import Settings
from ..store import Store
from ..tables import SECURITIES, SPLITS
from .coverage import Coverage, measure
from .explanation import COUNTED, fates
from .views import BY_FILER, CAVEATS, NOW_KNOWN, View, resolve, view

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
_DIFFERENCE_COLUMNS = (
    Column("ticker", "Ticker"),
    Column("what", "What"),
    Column("then", "Published", "number"),
    Column("now", "Now", "number"),
    Column("because", "Because"),
)
_COMPARED = ("rank", "holders", "return_pct", "market_cap_usd")


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
    prices = securities.follow(quotes.load(store, since, max(chosen.end_date, on)), known, on)
    splits = securities.follow(store.read(SPLITS), known, on)
    names = securities.newest(known, on).group_by("ticker").agg(pl.col("name").first().alias("_name"))
    caps = performance.latest(prices, chosen.cap_date).join(names, on="ticker", how="left", validate="1:1")
    caps = caps.with_columns(pl.coalesce("name", "_name", "ticker").alias("name")).drop("_name")
    dividends, covered = quotes.dividends(store, prices) if chosen.total_return else (None, [])
    returns = performance.returns(
        prices,
        chosen.base_date,
        chosen.end_date,
        splits,
        from_low=chosen.from_low,
        dividends=dividends,
        covered=covered,
    )
    about = {
        "price_sources": sorted(prices["source"].unique()),
        "prices_from": prices["date"].min(),
        "prices_to": prices["date"].max(),
        "coverage": measure(store, seen.quarter, seen.counts, caps, chosen.cap_min_usd, chosen.cap_max_usd, on),
    }
    held = securities.retell(seen.counts, known, on).filter(pl.col("ticker").is_not_null())
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
    details = performance.typical_volume(prices, chosen.cap_date)
    first = store.prices().group_by("ticker", "source").agg(pl.col("date").min()).collect()
    first = securities.follow(first, known, chosen.cap_date)  # a new name is no new listing
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
    left = returns.filter(pl.col("held_back_kind") == performance.GONE).select("ticker")
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
        (performance.NEW, f"newly listed, no close on {chosen.base_date}"),
        (performance.BREAK, f"not quoted then, no close on {chosen.base_date}"),
        (performance.GONE, f"no close on {chosen.end_date}"),
    ):
        found = held_back.filter(is_priceless, pl.col("reason").str.contains(kind, literal=True))["ticker"].to_list()
        if found:
            more = f" and {len(found) - 30} more" if len(found) > 30 else ""
            notes.append(
                f"Held back, {what}, nor in the {performance.MAX_AGE_DAYS} days before: {', '.join(found[:30])}{more}."
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
        if not first <= day <= last + timedelta(days=performance.MAX_AGE_DAYS):
            raise NotFoundError(
                f"{option} {day}: prices are loaded from {first} to {last}; import more or choose a day in between"
            )
    return parameters


def compare(settings: Settings, edition: Path, known_on: date | None = None) -> Answer:
    """What of a published list (`rank --format json`) would differ now, and which filing caused it.

    The list's own parameters are used. Raises InputError where the file is no such list.
    """
    method, published = read_list(edition)
    given = parameters_of(method)
    quarter, then_known = Quarter.parse(method["quarter"]), date.fromisoformat(method["known_on"])
    with Store(settings) as store:
        seen, _, ranking, _, _ = _rank(store, quarter, given, known_on)
        now = {row["ticker"]: row for row in ranking.rows.to_dicts()}
        then = {row["ticker"]: row for row in published}
        differ = sorted(ticker for ticker in now.keys() | then.keys() if _differs(then.get(ticker), now.get(ticker)))
        causes = {ticker: _causes(store, seen, ticker, then_known) for ticker in differ}
    held_back = dict(ranking.held_back.select("ticker", "reason").rows())
    rows = []
    for ticker in differ:
        before, after = then.get(ticker, {}), now.get(ticker, {})
        because = {
            "holders": causes[ticker]
            or "no filing: who is a hedge fund, or which CUSIP this is, is decided otherwise now",
            "return_pct": _prices_differ(before, after, ("base_close", "end_close", "split_ratio")),
            "market_cap_usd": _prices_differ(before, after, ("market_cap_usd", "market_cap_date")),
            "rank": held_back.get(ticker)
            or ("other names moved" if before and after else causes[ticker] or "see the others"),
        }
        rows += [
            {"ticker": ticker, "what": what, "then": before.get(what), "now": after.get(what), "because": because[what]}
            for what in _COMPARED
            if not _is_same(before.get(what), after.get(what)) and (what == "rank" or (before and after))
        ]
    facts = {
        "edition": edition.name,
        "published_known_on": then_known,
        "known_on": seen.known_on,
        "differences": len(rows),
    }
    title = f"{edition.name} against what is known now: " + (f"{len(rows)} differences" if rows else "no difference")
    notes = [f"Published with filings up to {then_known}; compared with filings up to {seen.known_on}."]
    return Answer(title, _DIFFERENCE_COLUMNS, rows, facts, "rows", notes)


def parameters_of(method: Mapping[str, Any]) -> dict[str, object]:
    """The fields of `rankings.Parameters` (without the quarter) that a list's methodology, read from JSON, names."""
    names = {field.name for field in fields(Parameters)} - {"quarter"}
    given = {
        key: date.fromisoformat(value) if key.endswith("_date") else tuple(value) if isinstance(value, list) else value
        for key, value in method.items()
        if key in names
    }
    # JSON has no infinity: a band that is open at its end is null there
    return {**given, "cap_max_usd": math.inf if given.get("cap_max_usd") is None else given["cap_max_usd"]}


def read_list(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Methodology and rows of a list in JSON (`rank --format json`, or an edition). Raises InputError."""
    try:
        edition = json.loads(path.read_bytes())
        method, rows = edition["methodology"], edition["rows"]
        Quarter.parse(method["quarter"])
        for key in ("base_date", "end_date", "cap_date", "known_on"):
            date.fromisoformat(method[key])
        if not all(isinstance(row["ticker"], str) for row in rows):
            raise TypeError("a row without a ticker")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, SettingError) as error:
        raise InputError(f"{path} is no list of `tracker rank --format json` ({error!r:.80})") from None
    return method, rows


def _differs(then: dict[str, Any] | None, now: dict[str, Any] | None) -> bool:
    if then is None or now is None:
        return True
    return any(not _is_same(then.get(what), now.get(what)) for what in _COMPARED)


def _is_same(then: object, now: object) -> bool:
    if isinstance(then, int | float) and isinstance(now, int | float):
        return math.isclose(then, now, rel_tol=1e-9, abs_tol=1e-6)
    return then == now


def _causes(store: Store, seen: View, ticker: str, then_known: date) -> str:
    """The filings that are counted now and were not then, or the other way round."""
    security = resolve(store, ticker, store.holder_counts(seen.quarter))
    then = view(store, seen.quarter, then_known)
    told = [fates(store, moment, security) for moment in (then, seen)]
    counted = [
        {row["accession_number"]: row for row in frame.filter(pl.col("fate") == COUNTED).to_dicts()} for frame in told
    ]
    fate = dict(told[1].select("accession_number", "fate").rows())
    gone = [
        f"{number} ({row['manager_name']}) no longer counts{f': {fate[number]}' if number in fate else ''}"
        for number, row in counted[0].items()
        if number not in counted[1]
    ]
    new = [
        f"{number} ({row['manager_name']}, {row['form_type']} filed {row['filing_date']}) counts now"
        for number, row in counted[1].items()
        if number not in counted[0]
    ]
    return "; ".join(gone + new)


def _prices_differ(then: dict[str, Any], now: dict[str, Any], keys: tuple[str, ...]) -> str:
    said = [
        f"{key} was {then.get(key)}, is {now.get(key)}" for key in keys if not _is_same(then.get(key), now.get(key))
    ]
    return "prices: " + "; ".join(said) if said else ""
