"""The contract by polars: a period at a time, its lines by whole numbers that sort as its counts are made.

The lines of a period lie sorted by CUSIP, so a CUSIP is a run of rows, and what is decided of it is decided once a run.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial

import polars as pl

from ..tables import CUSIP_MATCHES, CUSIP_SPELLINGS, CUSIP_TICKERS, MatchEvidence, SecurityCountsFrame
from ..tables.text_codes import TextCodes
from .contract import MILLION, finish, from_millionths
from .engine_inputs import LINE_COLUMNS, EngineInputs
from .holding_keys import CALL, PRN, PUT, SHARES, HoldingKeys, Securities, line_sides
from .polars_files import PolarsFiles

_AT_ONCE = 2  # periods: what one does a step after the other leaves cores to another
_EXACT = 2.0**53  # sums of whole numbers below this are exact in floats, in whatever order
_NUMBERS = ["filers", "holders", "call_holders", "put_holders"]


def count(inputs: EngineInputs, master: str | None = None) -> SecurityCountsFrame:
    """SECURITY_COUNTS of all periods of `inputs`; there is no `master` to ask."""
    files = PolarsFiles(inputs)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return finish(pl.concat(pool.map(partial(count_period, files), inputs.lines)))


def count_period(files: PolarsFiles, period: date) -> pl.DataFrame:
    """SECURITY_COUNTS of one period, in no order."""
    reports = files.reports(period)
    others = files.line_cusips(reports)
    of_line = [name for name in LINE_COLUMNS if name != "accession_number"]
    columns = of_line if others.height else [name for name in of_line if name != "line_number"]
    lines = files.lines(period, reports, *columns)
    codes, texts, is_matched = _cusips(files, lines, reports, others)
    tickers = files.table(CUSIP_TICKERS).filter(pl.col("period_of_report") == period).select("cusip", "ticker")
    securities = Securities.of(texts, tickers.collect())
    keys = HoldingKeys.of(securities, reports)
    keyed = _amounts(lines, reports).with_columns(
        keys.of_lines(codes, lines["report"], line_sides(lines, codes, texts, is_matched)).alias("key")
    )
    if reports["is_patch"].any():
        keyed = _without_patched(keyed, lines, reports)
    counts = _count(_held(keyed), keys, securities)
    return counts.with_columns(pl.lit(period).alias("period_of_report"))


def _cusips(
    files: PolarsFiles, lines: pl.DataFrame, reports: pl.DataFrame, others: pl.DataFrame
) -> tuple[pl.Series, pl.Series, pl.Series]:
    """The clean CUSIP of each line as a code, the CUSIPs as text by code, and the rows whose CUSIP was matched."""
    run = lines["cusip"].rle_id()
    filed = lines["cusip"].filter(run != run.shift(fill_value=2**32 - 1))
    spellings, as_filed = files.table(CUSIP_SPELLINGS), filed.to_frame("cusip_as_filed").lazy()
    spelled = as_filed.join(spellings, on="cusip_as_filed", how="left", validate="m:1", maintain_order="left")
    clean = spelled.select(pl.coalesce("cusip", "cusip_as_filed").alias("cusip")).collect().to_series()
    numbered = reports.lazy().with_row_index("report").select("accession_number", "report")
    matches = (
        files.table(CUSIP_MATCHES)
        .filter(pl.col("evidence") == MatchEvidence.MATCHED)
        .select("accession_number", pl.col("cusip_as_filed").alias("filed"), pl.col("cusip").alias("whole"))
        .join(numbered, on="accession_number", validate="m:1")
        .collect()
    )
    may_match = filed.is_in(matches["filed"].implode()).gather(run).arg_true()
    wholes = (
        lines.select("report", pl.col("cusip").alias("filed"))[may_match]
        .with_columns(may_match.alias("row"))
        .join(matches, on=["report", "filed"], validate="m:1")
    )
    elsewhere = _elsewhere(lines, others)
    moved = pl.concat([wholes.select("row", "whole"), elsewhere])
    coded = TextCodes.of(pl.concat([clean, moved["whole"].alias("cusip")]))
    codes = coded.codes.head(len(clean)).gather(run)
    if moved.height:
        codes = codes.scatter(moved["row"], coded.codes.tail(moved.height))
    # another security's number is whole: whether it is an option's shows as in any other line
    return codes, coded.texts, wholes["row"]


def _elsewhere(lines: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Columns row, whole: the rows of lines that are counted under another CUSIP than their own."""
    if others.is_empty():
        return pl.DataFrame(schema={"row": pl.UInt32, "whole": pl.String})
    placed = lines.select("report", "line_number").with_row_index("row")
    return placed.join(others, on=["report", "line_number"], validate="1:1", maintain_order="left").select(
        "row", whole="cusip"
    )


def _amounts(lines: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Columns shares and value (in dollars), and is_unknown where a filing's shares are not known.

    As floats while all sums are exact in them, as whole millionths (Int128) where an amount has a fraction.
    """
    amounts = lines.select(pl.col("shares", "value").fill_null(0.0))
    is_whole, most = (pl.all() == pl.all().floor()).all(), pl.all().sum()
    has_thousands = bool((reports["dollars"] > 1).any())
    dollars = reports["dollars"].gather(lines["report"]) if has_thousands else pl.lit(1.0)
    in_dollars = amounts.with_columns(pl.col("value") * dollars) if has_thousands else amounts
    if all(amounts.select(is_whole).row(0)) and max(in_dollars.select(most).row(0), default=0.0) < _EXACT:
        amounts = in_dollars
    else:
        amounts = amounts.select(_millionths(pl.all())).with_columns(pl.col("value") * pl.lit(dollars).cast(pl.Int128))
    if reports["is_share_value"].any():
        amounts = amounts.with_columns(reports["is_share_value"].gather(lines["report"]).alias("is_unknown"))
    return amounts


def _millionths(amount: pl.Expr) -> pl.Expr:
    whole, fraction = amount.floor(), amount - amount.floor()
    return whole.cast(pl.Int128) * MILLION + (fraction * float(MILLION) + 0.5).floor().cast(pl.Int128)


def _without_patched(keyed: pl.DataFrame, lines: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """The lines but those that a later patch of the same holding takes the place of."""
    placed = keyed.with_columns(reports["place"].gather(lines["report"]))
    patches = placed.filter(reports["is_patch"].gather(lines["report"]))
    patched_at = patches.group_by("key").agg(pl.col("place").max().alias("patched_at"))
    kept = placed.join(patched_at, on="key", how="left", validate="m:1")
    return kept.filter(pl.col("patched_at").is_null() | (pl.col("place") >= pl.col("patched_at"))).drop(
        "place", "patched_at"
    )


def _held(keyed: pl.DataFrame) -> pl.DataFrame:
    """Columns key, shares and value of what is held, sorted by key.

    Shares that are not known are 0 here, and held if there is a value.
    """
    lines, sums = keyed.sort("key"), pl.col("shares", "value").sum()
    if "is_unknown" not in keyed.columns:
        return lines.group_by("key", maintain_order=True).agg(sums).filter(pl.col("shares") > 0)
    holdings = lines.group_by("key", maintain_order=True).agg(sums, pl.col("is_unknown").any())
    held = holdings.filter(pl.when("is_unknown").then(pl.col("value") > 0).otherwise(pl.col("shares") > 0))
    known = pl.when("is_unknown").then(pl.lit(0)).otherwise("shares").cast(keyed.schema["shares"])
    return held.select("key", known.alias("shares"), "value")


def _count(keyed: pl.DataFrame, keys: HoldingKeys, securities: Securities) -> pl.DataFrame:
    """SECURITY_COUNTS without the period; `keyed` as of `_held`."""
    held = keys.with_parts(keyed)
    security, manager, family = (pl.col(name) != pl.col(name).shift() for name in ("security", "manager", "family"))
    shares = held.filter(pl.col("side") == SHARES).with_columns(
        (security | manager).fill_null(True).alias("filers"), (security | family).fill_null(True).alias("holders")
    )
    sums = shares.group_by("security", maintain_order=True).agg(pl.col("filers", "holders", "shares", "value").sum())
    frames, options = [sums], held.filter(pl.col("side") % PRN > SHARES)
    for side, name in ((CALL, "call_holders"), (PUT, "put_holders")):
        of_side = options.filter(pl.col("side") % PRN == side)
        frames.append(of_side.group_by("security").agg(pl.col("family").n_unique().alias(name)))
    counts = held.select(pl.col("security").unique())
    for frame in frames:
        counts = counts.join(frame, on="security", how="left", validate="1:1")
    counts = counts.with_columns(pl.col(_NUMBERS).fill_null(0).cast(pl.Int64), pl.col("shares", "value").fill_null(0))
    counts = counts.filter(pl.max_horizontal("holders", "call_holders", "put_holders") > 0)
    amounts = [_as_float(counts["shares"]), _as_float(counts["value"]).alias("value_usd")]
    return counts.join(securities.most_held(held), on="security", validate="1:1", maintain_order="left").select(
        "cusip", "ticker", *_NUMBERS, *amounts
    )


def _as_float(amounts: pl.Series) -> pl.Series:
    if amounts.dtype == pl.Float64:
        return amounts
    return pl.Series(amounts.name, [from_millionths(amount) for amount in amounts.to_list()], dtype=pl.Float64)
