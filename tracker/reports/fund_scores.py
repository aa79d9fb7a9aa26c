"""Which hedge funds pick well: what their disclosed books returned from filing on, drawn towards the mean of all."""

from __future__ import annotations

import polars as pl

from ..lookup import find_manager
from ..output import Answer, Column, percent, plural
from ..rankings import book_measures, shrinkage
from ..settings import Settings
from ..store import Store
from ..tables import MANAGERS, POSITIONS
from .book_returns import book_returns, excess_of_peers

TOO_SHORT = "too short to tell"

_COLUMNS = (
    Column("manager_name", "Manager"),
    Column("quarters", "Quarters", "integer"),
    Column("score", "Score"),
    Column("mean_return_pct", "A quarter", "change"),
    Column("mean_excess_pct", "To peers", "change"),
    Column("interval", "95% interval"),
    Column("active_share_pct", "Active share", "share"),
    Column("top_ten_pct", "Ten largest", "share"),
    Column("turnover_pct", "Turnover", "share"),
    Column("priced_pct", "Priced", "share"),
    Column("options_pct", "Options", "share"),
)
_ROW_COLUMNS = (
    *("cik", "manager_name", "family", "quarters", "years", "is_too_short", "score", "score_pct", "score_low_pct"),
    *("score_high_pct", "shrink_factor", "mean_return_pct", "mean_excess_pct", "excess_low_pct", "excess_high_pct"),
    *("interval", "active_share_pct", "position_count", "effective_positions", "top_ten_pct", "turnover_pct"),
    *("priced_pct", "options_pct", "period_of_report"),
)
_METHOD = (
    "A book is followed from the close of the first session after its filing to the next book's, with the weights "
    "reported; shares only, without shorts, options, cash and trades in between.",
    "To peers: less the mean of all counted funds' books of that quarter. Score: that mean drawn towards the mean of "
    "all funds by empirical Bayes, since most of what differs between funds is chance (see the README).",
    "Which funds count is as decided now, and stocks that are no longer quoted are sold at their last close: a score "
    "is a look back. No rule of a strategy uses it.",
)


def score_funds(settings: Settings, query: str | None = None, top: int | None = None) -> Answer:
    """Each hedge fund with its score: the best first, then those with fewer than eight quarters.

    `query` (CIK, name or part of it) shows one fund alone; its score is still one among all. Percentages are of a
    quarter, unless their name says otherwise. Raises NotFoundError.
    """
    with Store(settings) as store:
        store.require_quarter(None)
        wanted = find_manager(store, query)[0] if query else None
        managers = store.read(MANAGERS).select("cik", "manager_name", "family")
        positions = store.read(POSITIONS)
        books = book_measures.weights(positions)
        results = excess_of_peers(book_returns(store, books))
    funds = _scores(results, books, positions).join(managers, on="cik", validate="1:1")
    scored = funds.filter(pl.col("score_pct").is_not_null()).height
    listed = funds.sort(
        ["score_pct", "quarters", "cik"], descending=[True, True, False], nulls_last=True, maintain_order=True
    )
    if wanted is not None:
        listed = listed.filter(pl.col("cik") == wanted)
    listed = listed.head(top) if top else listed
    facts = {
        "fund_count": funds.height,
        "funds_scored": scored,
        "fewest_quarters": shrinkage.FEWEST_QUARTERS,
        "longest_quarters": funds["quarters"].max(),
        "is_too_short": scored == 0,
        "method": list(_METHOD),
    }
    return Answer(
        _title(funds.height, scored), _COLUMNS, listed.select(_ROW_COLUMNS).to_dicts(), facts,
        [_told(funds, scored), *_METHOD], methodology={"rules": list(_METHOD)},
    )  # fmt: skip


def _title(count: int, scored: int) -> str:
    if not scored:
        return f"Who picks well: {TOO_SHORT}"
    return f"Who picks well: {scored:,} of {plural(count, 'hedge fund')} with a score"


def _told(funds: pl.DataFrame, scored: int) -> str:
    """How much the answer rests on, in a sentence."""
    fewest = shrinkage.FEWEST_QUARTERS
    if not scored:
        longest = plural(funds.select(pl.col("quarters").max().fill_null(0)).item() if funds.height else 0, "quarter")
        needed = f"{shrinkage.FEWEST_FUNDS} funds with {fewest} quarters that are over and priced"
        return f"{TOO_SHORT.capitalize()}: a score takes {needed}; the longest record here is {longest}."
    factor = funds.select(pl.col("shrink_factor").max()).item()
    if not factor:
        return "The means differ no more than chance makes them: every score is the mean of all."
    others = plural(funds.height - scored, "fund")
    return (
        f"Of a fund's difference to the mean of all, at most {percent(100 * factor)} is taken to be its own; {others} "
        f"with fewer than {fewest} quarters: {TOO_SHORT}."
    )


def _scores(results: pl.DataFrame, books: pl.DataFrame, positions: pl.DataFrame) -> pl.DataFrame:
    """One row a fund with a book: the columns of `_ROW_COLUMNS` without its name and family."""
    means = results.filter(pl.col("return_pct").is_not_null()).group_by("cik").agg(
        mean_return_pct=pl.col("return_pct").mean()
    )  # fmt: skip
    priced = results.group_by("cik").agg(pl.col("priced_pct").mean())
    is_option = pl.col("put_call") != ""
    newest = positions.filter(pl.col("period_of_report") == pl.col("period_of_report").max().over("cik"))
    options = newest.group_by("cik").agg(
        options_pct=pl.when(pl.col("value_usd").sum() > 0).then(
            pl.col("value_usd").filter(is_option).sum() / pl.col("value_usd").sum() * 100
        )
    )
    funds = book_measures.shapes(books)
    for part in (shrinkage.score(results), means, priced, options, book_measures.turnover(books)):
        funds = funds.join(part, on="cik", how="left", validate="1:1")
    quarters = pl.col("quarters").fill_null(0)
    is_short = quarters < shrinkage.FEWEST_QUARTERS
    return funds.with_columns(quarters=quarters, years=quarters / 4, is_too_short=is_short).with_columns(
        score=pl.when("is_too_short").then(pl.lit(TOO_SHORT)).otherwise(_signed("score_pct")),
        interval=pl.format("{} to {}", _signed("excess_low_pct"), _signed("excess_high_pct")),
    )


def _signed(column: str) -> pl.Expr:
    """A percentage as text, with its sign; null stays null."""
    rounded = pl.col(column).round(2)
    sign = pl.when(rounded < 0).then(pl.lit("-")).otherwise(pl.lit("+"))
    cents = (rounded.abs() * 100).round().cast(pl.Int64)
    return pl.format("{}{}.{}%", sign, cents // 100, (cents % 100).cast(pl.String).str.zfill(2))
