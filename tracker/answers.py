"""What a person asks of the store: the list, who holds a security, what is loaded. Reads only."""

from __future__ import annotations

import difflib
import math
from datetime import date, timedelta

import polars as pl

from . import __version__, holders, performance, securities, symbols
from .errors import NotFoundError, SettingError
from .output import Answer, Column, money
from .quarters import Quarter
from .rankings import Parameters, rank
from .settings import Settings
from .store import Store
from .tables import COUNTED_ROLES, JUDGED_FILINGS, MANAGERS, REJECTS, RUNS, SECURITIES, SOURCES

CAVEATS = (
    "Counts are lower bounds: positions under 10,000 shares and under $200,000 may be left out of Form 13F, "
    "and confidential treatment leaves out more.",
    "Form 13F shows long positions at the quarter's end, up to 45 days later; options are counted apart.",
)

_RANK_COLUMNS = (
    Column("rank", "#", "integer"),
    Column("name", "Company"),
    Column("listing", "Listing"),
    Column("market_cap_usd", "Market cap", "usd"),
    Column("return_pct", "Performance", "change"),
    Column("holders", "Hedge funds", "integer"),
    Column("holders_previous", "Quarter before", "integer"),
)
_POSITION_COLUMNS = (
    Column("manager_name", "Hedge fund"),
    Column("cik", "CIK"),
    Column("shares", "Shares", "number"),
    Column("value_usd", "Value", "usd"),
    Column("portfolio_pct", "Of portfolio", "share"),
    Column("accession_number", "Filing"),
)


def top_list(settings: Settings, quarter: Quarter | None, parameters: dict[str, object]) -> Answer:
    """The ranked list. `parameters` are those fields of `rankings.Parameters` that the user chose."""
    with Store(settings) as store:
        quarter = store.require_quarter(quarter)
        chosen = _complete(store, quarter, parameters)
        until = max(chosen.end_date, chosen.cap_date) + timedelta(days=21)
        since = min(chosen.base_date, chosen.cap_date) - timedelta(days=21)
        prices = store.prices(since, until).collect()
        counts = store.holder_counts(quarter)
        names = securities.newest(store.read(SECURITIES))
        filings = store.read(JUDGED_FILINGS, period_of_report=quarter.end)
        managers = store.read(MANAGERS)
    caps = performance.latest(prices, chosen.cap_date)
    caps = caps.join(names.group_by("ticker").agg(pl.col("name").first().alias("_name")), on="ticker", how="left")
    caps = caps.with_columns(pl.coalesce("name", "_name", "ticker").alias("name")).drop("_name")
    returns = performance.returns(prices, chosen.base_date, chosen.end_date)
    ranking = rank(chosen, caps, returns, counts.filter(pl.col("ticker").is_not_null()))
    funds = managers.filter("is_hedge_fund").join(
        filings.filter(pl.col("role").is_in(COUNTED_ROLES)), on="cik", how="semi"
    )
    facts = {
        "methodology": {
            **chosen.as_dict(),
            "period_of_report": quarter.end,
            "newest_filing_date": filings["filing_date"].max(),
            "hedge_funds_counted": funds.height,
            "price_sources": sorted(prices["source"].unique()),
            "prices_from": prices["date"].min(),
            "prices_to": prices["date"].max(),
            "splits": "detected where the ratio of two closes disagrees with the day's reported change",
            "removed": ranking.removed,
            "held_back": ranking.held_back.to_dicts(),
            "caveats": list(CAVEATS),
            "version": __version__,
        }
    }
    rows = [{**row, "listing": f"{row['exchange'] or '?'}:{row['ticker']}"} for row in ranking.rows.to_dicts()]
    low, high = chosen.cap_min_usd, chosen.cap_max_usd
    band = f"{money(low)} to {money(high)}" if math.isfinite(high) else f"from {money(low)}"
    held_back = ranking.held_back.filter(pl.col("holders") >= chosen.min_holders)
    notes = [
        f"Performance: close of {chosen.base_date} to {chosen.end_date}, adjusted for splits, without dividends. "
        f"Market cap {band} on {chosen.cap_date}.",
        f"Hedge funds: {funds.height} counted from Form 13F for {quarter} ({quarter.end}), "
        f"filed up to {filings['filing_date'].max()}; at least {chosen.min_holders} must hold.",
        *CAVEATS,
        *_held_back_notes(held_back, chosen),
    ]
    count = len(rows)
    title = f"{count} {'best performing' if chosen.by == 'performance' else 'most held'} micro-cap stocks, {quarter}"
    return Answer(title, _RANK_COLUMNS, rows, facts, "rows", notes)


def _held_back_notes(held_back: pl.DataFrame, chosen: Parameters) -> list[str]:
    """Unclear jumps one by one; names without a price on one of the two dates together, as they are many."""
    is_priceless = pl.col("reason").str.starts_with("no ")
    unclear = held_back.filter(~is_priceless).select("ticker", "reason").rows()
    notes = [f"Held back: {ticker}: {reason}." for ticker, reason in unclear]
    new = held_back.filter(is_priceless)["ticker"].to_list()
    if new:
        more = f" and {len(new) - 30} more" if len(new) > 30 else ""
        notes.append(
            f"Held back, no close on {chosen.base_date} or {chosen.end_date}, nor in the "
            f"{performance.MAX_AGE_DAYS} days before: {', '.join(new[:30])}{more}."
        )
    return notes


def _complete(store: Store, quarter: Quarter, chosen: dict[str, object]) -> Parameters:
    """Parameters with the defaults that depend on the data: the newest year of prices that is loaded."""
    span = store.prices().select(pl.col("date").min().alias("first"), pl.col("date").max().alias("last")).collect()
    first, last = span.row(0)
    if last is None:
        raise NotFoundError("no prices are loaded: run `tracker prices import FILE` or `tracker prices fetch`")
    chosen = {key: value for key, value in chosen.items() if value is not None}
    end = chosen.setdefault("end_date", last)
    assert isinstance(end, date)
    chosen.setdefault("base_date", date(end.year - 1, 12, 31))
    chosen.setdefault("cap_date", end)
    parameters = Parameters(quarter=str(quarter), **chosen)  # type: ignore[arg-type]
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


def who_holds(settings: Settings, query: str, quarter: Quarter | None) -> Answer:
    """Each hedge fund that holds the security that `query` (ticker, CUSIP or part of the name) names."""
    with Store(settings) as store:
        quarter = store.require_quarter(quarter)
        names = securities.newest(store.read(SECURITIES))
        counts = store.holder_counts(quarter)
        ticker, name, cusips = _resolve(query, names, counts)
        positions = store.positions(quarter, cusip=cusips)
    shares = positions.filter((pl.col("put_call") == "") & (pl.col("share_type") == "SH"))
    others = positions.join(shares, on=positions.columns, how="anti", nulls_equal=True)
    total = holders.summarize(positions.with_columns(pl.lit("all").alias("security")))
    count = int(total["holders"].sum())
    order = ["shares", "cik"]
    facts = {
        "ticker": ticker,
        "cusip": (shares.sort("value_usd", descending=True)["cusip"].to_list() or cusips)[0],
        "cusips": cusips,
        "name": name,
        "period_of_report": quarter.end,
        "holders": count,
        "filers": int(total["filers"].sum()),
        "shares": int(shares["shares"].sum()),
        "value_usd": int(shares["value_usd"].sum()),
        "options_and_principal": _position_rows(others.sort("put_call", *order, descending=[False, True, False])),
        "caveats": list(CAVEATS),
    }
    notes = [
        f"{count} hedge funds hold {shares['shares'].sum():,.0f} shares "
        f"worth {money(float(shares['value_usd'].sum()))} at {quarter.end}.",
        *(
            f"Apart: {row['manager_name']} reports {(row['put_call'] or 'principal').lower()} "
            f"on {row['shares']:,.0f} ({money(row['value_usd'])}), {row['accession_number']}"
            for row in others.sort("put_call", *order, descending=[False, True, False]).to_dicts()
        ),
        CAVEATS[0],
    ]
    title = (
        f"{name or query} ({ticker or 'no ticker known'}, CUSIP {', '.join(cusips)}): {count} hedge funds, {quarter}"
    )
    rows = _position_rows(shares.sort(order, descending=[True, False]))
    return Answer(title, _POSITION_COLUMNS, rows, facts, "positions", notes)


def _position_rows(positions: pl.DataFrame) -> list[dict[str, object]]:
    return positions.select(
        "cik",
        "manager_name",
        "family",
        "cusip",
        "share_type",
        "put_call",
        "shares",
        "value_usd",
        "portfolio_pct",
        "accession_number",
        "filing_count",
    ).to_dicts()


def _resolve(query: str, names: pl.DataFrame, counts: pl.DataFrame) -> tuple[str | None, str | None, list[str]]:
    """Ticker, name and CUSIPs that `query` names; raises NotFoundError with the nearest where it is none or several."""
    known = (
        counts.select("cusip", "name_of_issuer")
        .join(names, on="cusip", how="full", coalesce=True, validate="1:1")
        .with_columns(pl.coalesce("name", "name_of_issuer").alias("name"))
    )
    wanted = query.strip().upper()
    found = known.filter(pl.col("cusip") == wanted)
    if found.is_empty():
        found = known.filter(pl.col("ticker") == symbols.normalise_text(wanted))
    if found.is_empty() and wanted:
        said = pl.col("name").str.to_uppercase().str.contains(wanted, literal=True)
        also = pl.col("name_of_issuer").str.to_uppercase().str.contains(wanted, literal=True)
        found = known.filter(said | also)
        # one company has several CUSIPs; it is the same security where they share the ticker
        if found.select(pl.coalesce("ticker", "cusip")).n_unique() > 1:
            candidates = _labels(found.sort(pl.col("name").str.len_chars(), "cusip").head(8))
            raise NotFoundError(f"{query!r} is ambiguous: {found.height} securities have it in their name", candidates)
    if found.is_empty():
        raise NotFoundError(
            f"{query!r} is no ticker, CUSIP or part of a name that is known here", _nearest(wanted, known)
        )
    ticker = found["ticker"].drop_nulls().to_list()
    if ticker:
        found = known.filter(pl.col("ticker") == ticker[0])
    held = found.sort(pl.col("name_of_issuer").is_null(), "cusip")
    return (
        (ticker or [None])[0],
        held["name"].drop_nulls().to_list()[0] if held["name"].drop_nulls().len() else None,
        held["cusip"].to_list(),
    )


def _nearest(wanted: str, known: pl.DataFrame) -> list[str]:
    """Up to 8 securities whose ticker, name or name's beginning is most like `wanted`, the likest first."""
    labels: dict[str, list[str]] = {}
    for row, label in zip(known.sort("cusip").iter_rows(named=True), _labels(known.sort("cusip")), strict=True):
        words = (row["name"] or "").upper().split()
        for alias in {row["ticker"] or "", *(" ".join(words[:count]) for count in (1, 2, len(words)))} - {""}:
            labels.setdefault(alias, []).append(label)
    near = difflib.get_close_matches(wanted, labels, 8, 0.6)
    return list(dict.fromkeys(label for alias in near for label in labels[alias]))[:8]


def _labels(rows: pl.DataFrame) -> list[str]:
    return [f"{row['ticker'] or row['cusip']} ({row['name']})" for row in rows.to_dicts()]


def status(settings: Settings, today: date) -> Answer:
    """What is loaded, how old each source is, and what was not taken."""
    with Store(settings) as store:
        runs, filings = store.read(RUNS), store.read(JUDGED_FILINGS)
        managers, rejects, sources = store.read(MANAGERS), store.read(REJECTS), store.read(SOURCES)
        quarters = store.quarters()
        prices = (
            store.prices()
            .group_by("source")
            .agg(
                pl.len(),
                pl.col("ticker").n_unique(),
                pl.col("date").min().alias("first"),
                pl.col("date").max().alias("last"),
            )
            .sort("source")
            .collect()
        )
    rows: list[dict[str, object]] = []

    def say(what: str, value: object, detail: str = "") -> None:
        rows.append({"what": what, "value": value, "detail": detail})

    for quarter in quarters:
        mine = filings.filter(pl.col("period_of_report") == quarter.end)
        run = runs.filter(pl.col("period_of_report") == quarter.end).row(-1, named=True)
        say(
            f"quarter {quarter}",
            mine.height,
            f"filings of {run['managers']:,} managers, {run['lines']:,} lines; {run['hedge_funds']:,} hedge funds hold "
            f"{run['securities']:,} securities, {run['mapped']:,} with a ticker; universe {run['universe']}, "
            f"refreshed {run['started_at']:%Y-%m-%d}",
        )
    partial = filings.filter(~pl.col("period_of_report").is_in([quarter.end for quarter in quarters]))
    say("filings of other periods", partial.height, "came along; not counted until their quarter is refreshed")
    say("managers", managers.height, f"{managers.filter('is_hedge_fund').height:,} of them hedge funds")
    for row in prices.to_dicts():
        say(f"prices, {row['source']}", row["len"], f"{row['ticker']:,} tickers, {row['first']} to {row['last']}")
    if prices.is_empty():
        say("prices", 0, "none: run `tracker prices import FILE` or `tracker prices fetch`")
    ages = sources.group_by("source").agg(pl.len(), pl.col("fetched_at").max()).sort("source")
    for row in ages.to_dicts():
        age = (today - row["fetched_at"].date()).days
        say(
            f"source, {row['source']}",
            row["len"],
            f"files; newest fetched {row['fetched_at']:%Y-%m-%d}, {age} days ago",
        )
    for severity in ("rejected", "flagged"):
        those = rejects.filter(pl.col("severity") == severity)
        say(
            f"{severity} filings",
            those["accession_number"].n_unique(),
            "listed in the table `rejects`" if those.height else "",
        )
        kinds = those.with_columns(pl.col("reason").str.replace_all(r"\d[\d,.:]*", "#").alias("kind"))
        for row in kinds.group_by("kind").len().sort(["len", "kind"], descending=[True, False]).head(10).to_dicts():
            say(f"  {severity}", row["len"], row["kind"])
    facts = {"home": str(settings.home), "quarters": [str(quarter) for quarter in quarters], "version": __version__}
    columns = (Column("what", "What"), Column("value", "Count", "integer"), Column("detail", "Detail"))
    notes = [] if quarters else ["Nothing is loaded: run `tracker refresh 2025Q3`, or `tracker demo` to look around."]
    return Answer(f"Store at {settings.home}", columns, rows, facts, "rows", notes)
