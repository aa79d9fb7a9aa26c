"""Splits that prices show.

Sources publish closes as traded. Across a split the ratio of two closes is not a return, but the day's change that the
exchange reports is: it compares with the previous close in today's shares. So `close / (1 + change)` is the *implied
previous close*, and

    factor = implied previous close / previous close in the data

is 1 on a common day (within 0.1% on 98.5% of 2 million rows of 2024-12 to 2026-02), `1/n` on the day of an n-for-1
split (to four digits), `n` on the day of a 1-for-n reverse split, and a little below 1 when a dividend is paid. The
difficulties, and what is done about them:

- A dividend only lowers the implied previous close. A factor above 1 between two closes of neighbouring sessions is a
  reverse split (or an exchange of shares in a merger), whatever the ratio: 1-for-17.85 happens.
- Below 1, whole and half ratios from 3:2 on are splits. Others (11:10, 1.3549:1) look like cash dividends: they count
  only if the shares outstanding (market cap / close) grow by the same ratio. Of the rest, a fall by a quarter or more
  is a large distribution or a spin-off: unclear.
- If sessions are missing, the factor also includes the drift of the missing days, and one biotech rose eightfold in one
  of them. There the shares outstanding decide, which follow a split within two sessions in 90% of cases. Sessions are
  missing for one ticker, or for all: on a day when more than 5% of the factors are off by more than 1%, the day before
  is not the session that the changes refer to (11 such days in that data; 0.5% is usual).
- A row for the same session as the row before (same implied previous close) shows nothing.
- A close that stands still while a large change is reported is one in old shares still: nobody traded on the first day
  of a split (QVCGB: 3.905, then 3.905 with -98%, then 198.01 with +4970%). The split is where the close moves.
- The reported change itself was not adjusted for one split in a hundred (mostly of depositary receipts). That shows in
  the shares outstanding, or in fewer shares traded on a day on which the price multiplied: real jumps trade many more.
- A day without a reported change is judged like one after missing sessions (it may be another security's first).

What is unclear is not repaired: it stays among the events without a ratio, with the figures, and returns across it are
held back.
"""

from __future__ import annotations

import math

import polars as pl

from ..tables import SPLITS, PricesFrame, SplitsFrame
from .splits import DETECTED, settle

_TOLERANCE = 5e-4  # of a factor against a plain ratio: changes are rounded to 0.001%, some sources' to 0.01%
_REVERSE = 1.25  # factors from here on are reverse splits; erroneous rows reach 1.16
_DISTRIBUTION = 1 / 0.75  # a fall from here on without a plain ratio is not a common dividend
_PLAIN = 1.45  # forward ratios from 3:2 on need no second evidence
_SMALL = 1.04  # 21:20 is the smallest stock dividend searched for
_DRIFT = 1.9  # beyond this, a move over missing sessions needs further evidence
_EXPLAINED = 1.5  # drift that may be left over once the growth in shares is taken out
_SAME_SHARES = 1.3  # shares outstanding within this ratio: there was no split
_RISE = 3.0  # a rise that unchanged shares explain at most: one split in ten shows in them only weeks later
_HIDDEN = 1.25  # factors nearer to 1 than this show that the close moved as reported
_LONG = 10  # missing sessions after which a ticker may be another security
_HALVES = 20  # shares give halves below this, and whole numbers from it on
_OFF = 0.02  # of a number that shares give; more would fit one number in ten by chance
_USUAL = (10, 12, 15, 20, 25, 30, 35, 40, 50, 60, 75, 80, 100, 120, 125, 150, 200, 250, 300, 400, 500)  # for 1
_ISSUED = 1.1  # growth of the shares outstanding while a ticker was missing
_ROWS_AFTER = 5  # rows in which shares outstanding may follow a split
_MARKET = 200  # tickers needed to judge a day as a whole
_MARKET_OFF = 0.05

# The columns of PRICES that `detect` needs.
COLUMNS = ("ticker", "date", "close", "pct_change", "market_cap_usd", "volume", "is_adjusted")


def detect(prices: PricesFrame) -> SplitsFrame:
    """Splits that `prices` (one row per ticker and day) show; their source is `detected`.

    Jumps that cannot be explained are among them, with a null ratio and status `unclear`.
    """
    return settle(_jumps(prices)) if prices.height else SPLITS.frame()


def _log(ratio: pl.Expr) -> pl.Expr:
    return ratio.log().abs()


def _within(ratio: pl.Expr, size: float) -> pl.Expr:
    """Whether `_log(ratio)` is less than `size`; quicker over millions of rows."""
    return (ratio > math.exp(-size)) & (ratio < math.exp(size))


def _factors(prices: PricesFrame) -> pl.DataFrame:
    """`prices` sorted by ticker and date, with what each row shows about the row before it.

    Adds `previous`, `previous_date` and `shares_before` (null on a ticker's first row), `factor` (the plain ratio of
    closes if no change is reported), `shares`, `traded` (volume relative to the row before), `skipped` (known sessions
    that the ticker missed), `gapped` (the row before may not be the session before) and `certain_before` (the row
    before fits its predecessor).
    """
    own = pl.col("ticker") == pl.col("ticker").shift()
    change = 1 + pl.col("pct_change") / 100
    cap = pl.when(pl.col("market_cap_usd") > 0).then(pl.col("market_cap_usd"))
    rows = (
        prices.lazy()
        .select(COLUMNS)
        .filter(pl.col("close") > 0)
        .collect()
        .sort("ticker", "date")
        .with_columns(own=own.fill_null(False))
        .with_columns(
            implied=pl.when(change.is_finite() & (change > 0)).then(pl.col("close") / change),
            shares=cap / pl.col("close"),
            plain=~pl.col("is_adjusted").fill_null(False),
            session=_sessions(prices["date"], pl.col("date")),
        )
        .with_columns(
            previous=pl.when("own").then(pl.col("close").shift()),
            previous_date=pl.when("own").then(pl.col("date").shift()),
            shares_before=pl.when("own").then(pl.col("shares").shift()),
            traded=pl.when("own").then(pl.col("volume") / pl.col("volume").shift()),
            skipped=pl.when("own").then(pl.col("session") - pl.col("session").shift() - 1),
            repeated=pl.col("own") & _within(pl.col("implied") / pl.col("implied").shift(), 1e-4),
            plain=pl.col("plain") & pl.col("own") & pl.col("plain").shift(),
        )
        .with_columns(factor=pl.coalesce("implied", "close") / pl.col("previous"))
        .with_columns(factor=pl.when(pl.col("repeated").fill_null(False)).then(1.0).otherwise("factor"))
    )
    rows = _where_closes_move(rows)
    off = ~_within(pl.col("factor"), 0.01) & pl.col("implied").is_not_null()
    market = rows.group_by("date").agg(count=pl.len(), off=off.mean())
    broken = market.filter(pl.col("count") >= _MARKET, pl.col("off") > _MARKET_OFF)["date"]
    away = (pl.col("date") - pl.col("previous_date")).dt.total_days() > 4
    gapped = (pl.col("skipped") > 0) | away | pl.col("implied").is_null() | pl.col("date").is_in(broken.implode())
    certain = _within(pl.col("factor"), 0.02).shift() & ~pl.col("gapped").fill_null(True).shift()
    return rows.with_columns(gapped=gapped).with_columns(certain_before=pl.col("own") & certain)


def _where_closes_move(rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` with the `factor` of a reverse split moved from a day on which the close stands still to the one after."""
    move = pl.col("close") / pl.col("previous")
    is_still = ((move == 1) & (pl.col("factor") > _RISE)).fill_null(False)
    announced = pl.when("own", is_still.shift()).then(pl.col("factor").shift())
    # the day after, the reported change is that of the close and leaves the split out
    is_due = _within(pl.col("factor"), math.log(_HIDDEN)) & _within(move / announced, math.log(_EXPLAINED))
    return rows.with_columns(factor=pl.when(is_still).then(1.0).when(is_due).then(announced).otherwise("factor"))


def _sessions(days: pl.Series, day: pl.Expr) -> pl.Expr:
    """The position of `day` among the distinct `days`, in order."""
    known = days.unique().sort()
    if known.is_empty():
        return pl.lit(0, pl.Int32)
    first = known[0]
    at = (known - first).dt.total_days()
    return (
        (day - pl.lit(first))
        .dt.total_days()
        .replace_strict(at, pl.Series(range(len(at)), dtype=pl.Int32), default=None, return_dtype=pl.Int32)
    )


def _jumps(prices: PricesFrame) -> pl.DataFrame:
    """Days on which a ticker's closes change their basis: columns ticker, date, ratio, source, evidence.

    `ratio` is new shares for one old share; null if it is unclear, for the reason in `evidence`.
    """
    rows = _factors(prices).with_row_index("row")
    size = _log(pl.col("factor"))
    move = pl.col("close") / pl.col("previous")
    hidden = (size < math.log(_HIDDEN)) & ((move >= _RISE) | (move <= 1 / _DRIFT))
    visible = size > pl.when("gapped").then(math.log(_REVERSE)).otherwise(math.log(_SMALL))
    jumps = rows.filter(pl.col("plain"), visible | hidden | (pl.col("skipped") > _LONG))

    # Shares outstanding on the day and in the rows after it, against those before: 0.1 after a 1-for-10 reverse split.
    growths = []
    for ahead in range(_ROWS_AFTER + 1):
        at = pl.when(jumps["row"] + ahead < rows.height).then(jumps["row"] + ahead)
        later = jumps.select(at=at)["at"]
        same = rows["ticker"].gather(later) == jumps["ticker"]
        growth = rows["shares"].gather(later) / jumps["shares_before"]
        growths.append(pl.select(pl.when(same).then(growth)).to_series().alias(f"growth_{ahead}"))
    growth_columns = [pl.col(series.name) for series in growths]
    last = pl.coalesce(reversed(growth_columns))

    factor = pl.col("factor")
    tolerance = _TOLERANCE + 1e-6 * pl.max_horizontal(factor, 1 / factor)

    def near(ratio: pl.Expr, parts: int) -> pl.Expr:
        """`ratio` at the nearest multiple of 1/parts, if it is one."""
        rounded = (ratio * parts).round() / parts
        return pl.when((ratio / rounded - 1).abs() < tolerance).then(rounded)

    def confirmed(ratio: pl.Expr, within: float) -> pl.Expr:
        """Whether the shares outstanding eventually change by `ratio`."""
        return pl.any_horizontal((growth / ratio - 1).abs() < within for growth in growth_columns).fill_null(False)

    def plain_growth(growth: pl.Expr, move: pl.Expr) -> pl.Expr:
        """`growth` of shares as the ratio of a split, if it is one and explains the move except for some drift."""
        size = pl.max_horizontal(growth, 1 / growth)
        rounded = pl.when(size < _HALVES).then((size * 2).round() / 2).otherwise(size.round())
        off = (size - rounded).abs()
        is_plain = (off < 1e-3 * size) & (off < _OFF) & (rounded >= 1.5)
        # shares are also issued while a ticker is missing, which makes a reverse split look smaller than it is
        usual = pl.coalesce(pl.when(size <= number, size * _ISSUED > number).then(float(number)) for number in _USUAL)
        over_a_gap = (pl.col("skipped") > _LONG) & (growth < 1)
        number = pl.when(is_plain).then(rounded).when(over_a_gap).then(usual)
        ratio = pl.when(growth < 1).then(1 / number).otherwise(number)
        return pl.when(_log(move * ratio) < math.log(_EXPLAINED)).then(ratio)

    reverse = 1 / pl.coalesce(
        near(factor, 1), near(factor, 20), pl.when("certain_before").then(factor.round_sig_figs(5))
    )
    small = pl.coalesce(*(near(1 / factor, parts) for parts in (2, 3, 4, 5, 10, 20)), (1 / factor).round_sig_figs(5))
    large = pl.when(1 / factor >= _PLAIN).then(near(1 / factor, 2))
    twentieths = [pl.when((growth * 20 - (growth * 20).round()).abs() < 1e-2).then((growth * 20).round() / 20)
                  for growth in growth_columns]  # fmt: skip
    # the same day's cash dividend lowers the implied previous close, too
    stock = pl.coalesce(pl.when(small / ratio - 1 >= 0, small / ratio - 1 < 0.01).then(ratio) for ratio in twentieths)
    forward = pl.coalesce(large, pl.when(confirmed(small, 0.01)).then(pl.coalesce(stock, small)))
    judged = jumps.with_columns(growths).with_columns(
        ratio=pl.when(hidden)
        .then(pl.coalesce(plain_growth(growth, move) for growth in growth_columns))
        .when("gapped")
        .then(pl.coalesce(plain_growth(growth, factor) for growth in growth_columns))
        .when(factor >= _REVERSE)
        .then(reverse)
        .when(factor < 1)
        .then(forward),
        growth=last,
    )
    no_split = (
        (_log(pl.col("growth")) < math.log(_SAME_SHARES)) & (factor < _RISE) & pl.col("implied").is_not_null()
    ).fill_null(False)
    shares_moved = (_log(pl.col("growth")) > math.log(_DRIFT)).fill_null(False)
    changed_hands = (pl.col("skipped") > _LONG) & ((move >= _RISE) | (shares_moved & (_log(move) > math.log(_REVERSE))))
    unbelieved = (move >= _RISE) & (
        (pl.col("traded") < move**-0.5).fill_null(False)
        | (shares_moved & (_log(pl.col("growth") * move) < math.log(_RISE)))
    )
    unclear = changed_hands | pl.when(hidden).then(unbelieved).when("gapped").then(
        (size > math.log(_DRIFT)) & ~no_split
    ).otherwise((factor >= _REVERSE) | (1 / factor >= _DISTRIBUTION))
    # rechunk: polars 2.1 panics when it formats text from columns of unlike chunks
    events = judged.filter(pl.col("ratio").is_not_null() | unclear).rechunk()
    return events.select("ticker", "date", "ratio", source=pl.lit(DETECTED), evidence=_evidence())


def _evidence() -> pl.Expr:
    """The figures behind a judged jump, in one line; parts with a missing figure are left out."""
    ratio = pl.col("ratio")
    unclear = (
        pl.when("gapped")
        .then(pl.lit("unclear jump over missing sessions: "))
        .when(_log(pl.col("factor")) < math.log(_HIDDEN))
        .then(pl.lit("unclear jump, perhaps a split that the reported change leaves out: "))
        .when(pl.col("factor") < 1)
        .then(pl.lit("distribution, spin-off or split without a plain ratio: "))
        .otherwise(pl.lit("unclear jump: "))
    )
    return pl.concat_str(
        pl.format("1-for-{} reverse split: ", pl.when(ratio < 1).then((1 / ratio).round(4))),
        pl.format("{}-for-1 split: ", pl.when(ratio >= 1).then(ratio.round(4))),
        pl.when(ratio.is_null()).then(unclear),
        pl.format("close {} on {}, {} on {}", "previous", "previous_date", "close", "date"),
        pl.format(", reported change {}% from {}", "pct_change", pl.col("implied").round_sig_figs(5)),
        pl.when(pl.col("implied").is_null()).then(pl.lit(", no change reported")),
        pl.format("; shares outstanding x {}", pl.col("growth").round_sig_figs(4)),
        pl.format("; shares traded x {}", pl.when(ratio.is_null()).then(pl.col("traded").round_sig_figs(2))),
        ignore_nulls=True,
    )
