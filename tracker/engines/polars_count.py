"""The contract by polars: a period at a time, its lines streamed, texts as numbers as early as possible.

The lines of a period lie sorted by CUSIP, so a CUSIP is a run of rows, and what is decided of it is decided once a run.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial

import polars as pl

from ..store.engine_files import COUNTED_FILINGS
from ..tables import (
    COUNTED_ROLES,
    CUSIP_MATCHES,
    CUSIP_SPELLINGS,
    CUSIP_TICKERS,
    LINE_CUSIPS,
    MANAGERS,
    MatchEvidence,
    Role,
    SecurityCountsFrame,
    Unit,
)
from ..tables.text_codes import TextCodes
from .contract import MILLION, finish, from_millionths
from .engine_inputs import LINE_COLUMNS, EngineInputs, S3Access

_ORDER = ("filing_date", "accepted_at", "amendment_number", "accession_number")
_AT_ONCE = 2  # periods: what one does a step after the other leaves cores to another
_SIDES = 8  # places for the six: shares, calls, puts, each of share type SH or PRN
_SHARES, _CALL, _PUT, _PRN = 0, 1, 2, 3
_EXACT = 2.0**53  # sums of whole numbers below this are exact in floats, in whatever order
_OPTION_NUMBERS = {"90": _CALL, "95": _PUT}  # characters 7 and 8 of a CUSIP that is an option's


def count(inputs: EngineInputs, master: str | None = None) -> SecurityCountsFrame:
    """SECURITY_COUNTS of all periods of `inputs`; there is no `master` to ask."""
    files = _Files(inputs)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return finish(pl.concat(pool.map(partial(_count_period, files), inputs.lines)))


@dataclass(frozen=True)
class _Files:
    """The files as lazy frames, wherever they lie."""

    inputs: EngineInputs

    def lines(self, period: date) -> pl.LazyFrame:
        return self._scan(self.inputs.lines[period])

    def table(self, name: str) -> pl.LazyFrame:
        return self._scan(self.inputs.tables[name])

    def _scan(self, path: str) -> pl.LazyFrame:
        if self.inputs.bucket is None:
            return pl.scan_parquet(path, hive_partitioning=False)
        return pl.scan_parquet(path, hive_partitioning=False, storage_options=_storage_options())

    def reports(self, period: date) -> pl.DataFrame:
        """The hedge funds' filings that count, by accession number: what a line takes from its filing.

        Columns accession_number, report (its place), cik and family as places among those of the period, place (the
        order in which they were filed), dollars, is_patch and is_share_value.
        """
        funds = self.table(MANAGERS.name).filter("is_hedge_fund").select("cik", "family")
        is_counted = (pl.col("period_of_report") == period) & pl.col("role").is_in(COUNTED_ROLES)
        filings = self.table(COUNTED_FILINGS.name).filter(is_counted).join(funds, on="cik")
        reports = filings.collect().sort(_ORDER, nulls_last=False).with_row_index("place")
        reports = reports.sort("accession_number").with_row_index("report")
        return reports.select(
            "accession_number",
            "report",
            "place",
            pl.col("cik", "family").rank("dense").cast(pl.UInt64) - 1,
            pl.when(pl.col("unit") == Unit.THOUSANDS).then(1000.0).otherwise(1.0).alias("dollars"),
            (pl.col("role") == Role.PATCH).alias("is_patch"),
            pl.col("is_share_value").fill_null(False),
        )

    def line_cusips(self, reports: pl.DataFrame) -> pl.DataFrame:
        """Columns report, line_number, cusip of the lines of `reports` under another security's CUSIP."""
        of_reports = reports.lazy().select("accession_number", "report")
        return self.table(LINE_CUSIPS.name).join(of_reports, on="accession_number").drop("accession_number").collect()


def _storage_options() -> dict[str, str]:
    access = S3Access.from_environment()
    given = {
        "aws_access_key_id": access.key,
        "aws_secret_access_key": access.secret,
        "aws_session_token": access.token,
        "aws_region": access.region,
        "aws_endpoint_url": access.endpoint,
        "aws_allow_http": "true" if access.allows_http else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _count_period(files: _Files, period: date) -> pl.DataFrame:
    reports = files.reports(period)
    others = files.line_cusips(reports)
    columns = LINE_COLUMNS if others.height else [name for name in LINE_COLUMNS if name != "line_number"]
    read = files.lines(period).select(columns).drop_nulls("cusip")
    lines = read.join(
        reports.lazy().select("accession_number", "report"), on="accession_number", maintain_order="left"
    ).drop("accession_number").collect(engine="streaming")  # fmt: skip
    codes, texts, is_matched = _cusips(files, lines, reports, others)
    side = _sides(lines, codes, texts, is_matched)
    managers = int(reports["cik"].max() or 0) + 1  # type: ignore[arg-type]
    key = (codes.cast(pl.UInt64) * managers + _gather(reports["cik"], lines)) * _SIDES + side
    amounts = _amounts(lines, reports)
    keyed = amounts.with_columns(key.alias("key"))
    if reports["is_patch"].any():
        keyed = _without_patched(keyed, lines, reports)
    holdings = keyed.lazy().group_by("key").agg(pl.all().exclude("is_unknown").sum(), _any_unknown(keyed))
    is_held = (pl.col("shares") > 0) & ~pl.col("is_unknown") | pl.col("is_unknown") & (pl.col("value") > 0)
    positions = (
        holdings.filter(is_held)
        .select(
            (pl.col("key") // (_SIDES * managers)).cast(pl.UInt32).alias("cusip"),
            (pl.col("key") // _SIDES % managers).alias("cik"),
            (pl.col("key") % _SIDES).cast(pl.UInt8).alias("side"),
            pl.when("is_unknown").then(pl.lit(0)).otherwise("shares").cast(amounts.schema["shares"]).alias("shares"),
            "value",
        )
        .collect(engine="streaming")
    )
    tickers = files.table(CUSIP_TICKERS.name).filter(pl.col("period_of_report") == period).collect()
    family_of = reports.unique("cik").sort("cik")["family"]
    return _count_positions(positions, texts, tickers, family_of).with_columns(pl.lit(period).alias("period_of_report"))


def _any_unknown(keyed: pl.DataFrame) -> pl.Expr:
    """Whether the shares of a holding are not known: a filing that repeats the value as shares adds to it."""
    return pl.col("is_unknown").any() if "is_unknown" in keyed.columns else pl.lit(False).first().alias("is_unknown")


def _gather(of_reports: pl.Series, lines: pl.DataFrame) -> pl.Series:
    """What is known of the filing of each line."""
    return of_reports.gather(lines["report"])


def _cusips(
    files: _Files, lines: pl.DataFrame, reports: pl.DataFrame, others: pl.DataFrame
) -> tuple[pl.Series, pl.Series, pl.Series]:
    """The clean CUSIP of each line as a code, the CUSIPs as text by code, and the rows whose CUSIP was matched."""
    run = lines["cusip"].rle_id()
    filed = lines["cusip"].filter(run != run.shift(fill_value=2**32 - 1))
    spellings, as_filed = files.table(CUSIP_SPELLINGS.name), filed.to_frame("cusip_as_filed").lazy()
    spelled = as_filed.join(spellings, on="cusip_as_filed", how="left", maintain_order="left")
    clean = spelled.select(pl.coalesce("cusip", "cusip_as_filed").alias("cusip")).collect().to_series()
    matches = (
        files.table(CUSIP_MATCHES.name)
        .filter(pl.col("evidence") == MatchEvidence.MATCHED)
        .select("accession_number", pl.col("cusip_as_filed").alias("filed"), pl.col("cusip").alias("whole"))
        .join(reports.lazy().select("accession_number", "report"), on="accession_number")
        .collect()
    )
    may_match = filed.is_in(matches["filed"].implode()).gather(run).arg_true()
    wholes = (
        lines.select("report", pl.col("cusip").alias("filed"))[may_match]
        .with_columns(may_match.alias("row"))
        .join(matches, on=["report", "filed"])
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
    return placed.join(others, on=["report", "line_number"], maintain_order="left").select("row", whole="cusip")


def _sides(lines: pl.DataFrame, codes: pl.Series, texts: pl.Series, is_matched: pl.Series) -> pl.Series:
    """The share type and option side of each line as a number below _SIDES."""
    number = texts.str.slice(6, 2).replace_strict(_OPTION_NUMBERS, default=_SHARES, return_dtype=pl.UInt8)
    by_cusip = number.gather(codes)
    if len(is_matched):
        by_cusip = by_cusip.scatter(is_matched, _SHARES)
    is_principal, put_call = pl.col("share_type") == "PRN", pl.col("put_call")
    stated = pl.when(put_call == "CALL").then(_CALL).when(put_call == "PUT").then(_PUT).otherwise(_SHARES)
    return lines.select(
        pl.when(is_principal)
        .then(stated + _PRN)
        .when(put_call == "")
        .then(by_cusip)
        .otherwise(stated)
        .cast(pl.UInt64)
        .alias("side")
    ).to_series()


def _amounts(lines: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Columns shares and value (in dollars), and is_unknown where a filing's shares are not known.

    As floats while all sums are exact in them, as whole millionths (Int128) where an amount has a fraction.
    """
    amounts = lines.select(pl.col("shares", "value").fill_null(0.0))
    is_whole, most = (pl.all() == pl.all().floor()).all(), pl.all().sum()
    has_thousands = bool((reports["dollars"] > 1).any())
    dollars = _gather(reports["dollars"], lines) if has_thousands else pl.lit(1.0)
    in_dollars = amounts.with_columns(pl.col("value") * dollars) if has_thousands else amounts
    if all(amounts.select(is_whole).row(0)) and max(in_dollars.select(most).row(0), default=0.0) < _EXACT:
        amounts = in_dollars
    else:
        amounts = amounts.select(_millionths(pl.all())).with_columns(pl.col("value") * pl.lit(dollars).cast(pl.Int128))
    if reports["is_share_value"].any():
        amounts = amounts.with_columns(_gather(reports["is_share_value"], lines).alias("is_unknown"))
    return amounts


def _millionths(amount: pl.Expr) -> pl.Expr:
    whole, fraction = amount.floor(), amount - amount.floor()
    return whole.cast(pl.Int128) * MILLION + (fraction * float(MILLION) + 0.5).floor().cast(pl.Int128)


def _without_patched(keyed: pl.DataFrame, lines: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """The lines but those that a later patch of the same holding takes the place of."""
    place, is_patch = _gather(reports["place"], lines), _gather(reports["is_patch"], lines)
    placed = keyed.with_columns(place.alias("place"))
    patches = placed.filter(is_patch).group_by("key").agg(pl.col("place").max().alias("patched_at"))
    kept = placed.join(patches, on="key", how="left", validate="m:1")
    return kept.filter(pl.col("patched_at").is_null() | (pl.col("place") >= pl.col("patched_at"))).drop(
        "place", "patched_at"
    )


def _count_positions(
    positions: pl.DataFrame, texts: pl.Series, tickers: pl.DataFrame, family_of: pl.Series
) -> pl.DataFrame:
    """SECURITY_COUNTS without the period; `texts` are the CUSIPs by code, `family_of` the family of each manager."""
    known = texts.to_frame("cusip").join(
        tickers.select("cusip", "ticker"), on="cusip", how="left", validate="1:1", maintain_order="left"
    )
    securities = TextCodes.of(known.select(pl.coalesce("ticker", "cusip")).to_series())
    held = positions.with_columns(
        securities.codes.gather(positions["cusip"]).alias("security"),
        family_of.gather(positions["cik"]).alias("family"),
    )
    shares = held.filter(pl.col("side") == _SHARES)
    counted = [_distinct(shares, "cik", "filers"), _distinct(shares, "family", "holders")]
    for side, name in ((_CALL, "call_holders"), (_PUT, "put_holders")):
        counted.append(_distinct(held.filter(pl.col("side") % _PRN == side), "family", name))
    sums = shares.lazy().group_by("security").agg(pl.col("shares", "value").sum())
    counts = _most_held(held, known)
    for frame in (*counted, sums.collect(engine="streaming")):
        counts = counts.join(frame, on="security", how="left", validate="1:1")
    names = ["holders", "filers", "call_holders", "put_holders"]
    counts = counts.with_columns(pl.col(names).fill_null(0).cast(pl.Int64), pl.col("shares", "value").fill_null(0))
    counts = counts.filter(pl.max_horizontal("holders", "call_holders", "put_holders") > 0)
    amounts = [_as_float(counts["shares"]), _as_float(counts["value"]).alias("value_usd")]
    return counts.select("cusip", "ticker", *names, *amounts)


def _distinct(held: pl.DataFrame, who: str, name: str) -> pl.DataFrame:
    """Columns security and `name`: how many different values of `who` it is held by."""
    size = int(held[who].max() or 0) + 1  # type: ignore[arg-type]
    pairs = (held["security"].cast(pl.UInt64) * size + held[who]).sort()
    securities = (pairs.filter(pairs != pairs.shift(fill_value=2**64 - 1)) // size).cast(pl.UInt32)
    return securities.rle().struct.unnest().select(pl.col("value").alias("security"), pl.col("len").alias(name))


def _most_held(held: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Columns security, cusip and ticker: of the CUSIPs of a security the one with the largest value in shares."""
    value = pl.when(pl.col("side") == _SHARES).then("value").otherwise(pl.lit(0).cast(held.schema["value"]))
    by_cusip = held.lazy().group_by("security", pl.col("cusip").alias("code")).agg(value.sum().alias("value"))
    values = by_cusip.collect(engine="streaming")
    values = values.with_columns(known[values["code"]])
    ordered = values.sort("value", "cusip", descending=[True, False])
    return ordered.unique("security", keep="first", maintain_order=True).select("security", "cusip", "ticker")


def _as_float(amounts: pl.Series) -> pl.Series:
    if amounts.dtype == pl.Float64:
        return amounts
    return pl.Series(amounts.name, [from_millionths(amount) for amount in amounts.to_list()], dtype=pl.Float64)
