"""One zip of SEC's Form ADV filing data: the answers of its filings, parsed once and kept as Parquet beside the zip.

A zip has a hundred tables that FilingID joins, for registered advisers (`IA_`) and exempt ones (`ERA_`). Read are

    IA_ADV_Base_A_*.csv, ERA_ADV_Base_*.csv          FilingID,DateSubmitted,1A,1B1,1D,1E1 (CRD number),5F2c,5D3a,7B,...
    IA_1D3_CIK_*.csv, ERA_1D3_CIK_*.csv              FilingID,CIK: all of the firm's CIKs, item 1.D(3)
    IA_Schedule_D_7B1_*.csv, ERA_Schedule_D_7B1_*    FilingID,Fund ID,...,Feeder Fund,...,Master Fund ID,...,Fund Type,
                                                     Fund Type Other,Gross Asset Value: one row a private fund

The tables of 2011 to 2024 are in two zips, half a gigabyte unpacked: so a table is unpacked to a temporary file and
scanned, never held whole. The Parquet carries the digest of the zip and the version of this parser: it is rebuilt when
either changes or when it cannot be read, and may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

import polars as pl

from .. import bounds
from ..errors import SourceError
from ..files import INCOMING, atomic_path
from ..tables import ADVISERS, FLAG, INT, REAL, TIME
from ..zips import open_zip
from . import adviser_columns

# Raised whenever what is made of a file changes.
PARSER_VERSION = 1
_BLOCK = 1 << 20

ASSETS = (
    "hedge_fund_assets_usd",
    "private_equity_fund_assets_usd",
    "venture_fund_assets_usd",
    "other_private_fund_assets_usd",
)
COUNTS = ("hedge_fund_count", "private_equity_fund_count", "venture_fund_count", "other_fund_count")
# One row a filing. The base table of a filing may be in another zip than its schedule: then the firm is null here, or
# the assets of its funds are.
ADV_FILINGS = {"filing_id": INT, "filed_at": TIME, **ADVISERS.schema}

_BASE = re.compile(r"(?P<kind>IA_ADV_Base_A|ERA_ADV_Base)_\d.*\.csv", re.IGNORECASE)
_CIKS = re.compile(r"(?P<kind>IA|ERA)_1D3_CIK_\d.*\.csv", re.IGNORECASE)
_FUNDS = re.compile(r"(?P<kind>IA|ERA)_Schedule_D_7B1_\d.*\.csv", re.IGNORECASE)


def load(path: Path) -> pl.DataFrame:
    """The filings in the zip at `path` (ADV_FILINGS): the newest of each firm, and all that only a schedule has.

    Parsed, or as they were kept; in a folder that cannot be written to nothing is kept. Raises SourceError if the zip
    is damaged, or has none of the tables.
    """
    try:
        with path.open("rb") as file:
            made_from = f"{PARSER_VERSION} {hashlib.file_digest(file, 'blake2b').hexdigest()}"
    except OSError as error:
        raise SourceError(f"{path.name} cannot be read: {error.strerror}") from error
    kept = path.with_name(f"{path.name}.parquet")
    try:
        if pl.read_parquet_metadata(kept).get("made_from") == made_from:
            filings = pl.read_parquet(kept)
            if dict(filings.schema) == ADV_FILINGS:
                return filings
    except (OSError, pl.exceptions.PolarsError):
        pass
    filings = parse(path)
    with suppress(OSError), atomic_path(kept) as temporary:  # such as a read-only disk
        filings.write_parquet(temporary, metadata={"made_from": made_from})
    return filings


def parse(path: Path) -> pl.DataFrame:
    """Unpack and parse the zip at `path`, as `load` does."""
    with open_zip(path) as archive:
        bases = _read_each(path, archive, _BASE, _read_base)
        ciks = _read_each(path, archive, _CIKS, _read_ciks)
        funds = _read_each(path, archive, _FUNDS, _read_funds)
    if not bases and not funds:
        raise SourceError(f"{path.name} has no table of Form ADV filings; remove it and refresh again")
    firms = newest(pl.concat([pl.DataFrame(schema=ADV_FILINGS), *bases])).unique("filing_id", keep="last")
    assets = sum_assets(pl.concat([pl.DataFrame(schema=_FUND_SCHEMA), *funds]))
    listed = pl.concat([pl.DataFrame(schema={"filing_id": INT, "cik": INT}), *ciks])
    filings = (
        firms.drop("ciks", *ASSETS, *COUNTS)
        .join(assets, on="filing_id", how="full", coalesce=True, validate="1:1")
        .join(listed.group_by("filing_id").agg(pl.col("cik").unique().sort().alias("ciks")), on="filing_id", how="left")
    )
    return filings.select(pl.col(name).cast(dtype) for name, dtype in ADV_FILINGS.items()).sort("filing_id")


def newest(filings: pl.DataFrame) -> pl.DataFrame:
    """The newest filing of each firm by DateSubmitted; of one moment that with the highest FilingID."""
    ordered = filings.sort("filed_at", "filing_id", nulls_last=False)
    return ordered.unique("crd_number", keep="last", maintain_order=True)


# `fund_id` is the number of 805-1534393064; `fund_type` the place of the type's column in ASSETS.
_FUND_SCHEMA = {
    "filing_id": INT,
    "fund_id": INT,
    "is_feeder": FLAG,
    "master_fund_id": INT,
    "fund_type": pl.Int8(),
    "gross_asset_value": REAL,
}
_FUND_TYPES = ("hedge", "private equity", "venture")


def sum_assets(funds: pl.DataFrame) -> pl.DataFrame:
    """Columns filing_id, ASSETS, COUNTS: gross assets and number of a filing's private funds by type, 0 without any.

    `funds` has _FUND_SCHEMA. A feeder's assets are its master's, and left out where the filing lists the master; a fund
    that is listed twice counts once. The assets of a type are null if those of one of its funds are not known.
    """
    funds = funds.filter(pl.col("fund_id").is_null() | pl.struct("filing_id", "fund_id").is_first_distinct())
    masters = funds.select("filing_id", pl.col("fund_id").alias("master_fund_id")).drop_nulls()
    of_master = pl.col("is_feeder").fill_null(False) & pl.col("_has_master").fill_null(False)
    counted = funds.join(
        masters.with_columns(pl.lit(True).alias("_has_master")),
        on=["filing_id", "master_fund_id"],
        how="left",
        validate="m:1",
    ).with_columns(of_master.alias("_of_master"))
    sums = []
    for at, (assets, count) in enumerate(zip(ASSETS, COUNTS, strict=True)):
        values = pl.col("gross_asset_value").filter(pl.col("fund_type") == at, ~pl.col("_of_master"))
        sums.append(pl.when(values.null_count() == 0).then(values.sum()).alias(assets))
        sums.append((pl.col("fund_type") == at).sum().cast(pl.Int64).alias(count))
    return counted.group_by("filing_id").agg(sums)


def _read_base(path: Path, is_exempt: bool) -> pl.DataFrame:
    table = _scan(path)
    columns = table.collect_schema().names()
    headings = adviser_columns.find_headings(columns)
    own = {name: _heading(columns, name) for name in ("FilingID", "DateSubmitted")}
    if "crd_number" not in headings or None in own.values():
        raise SourceError(f"{path.name} lacks FilingID, DateSubmitted or 1E1")
    wanted = {*(str(each) for each in own.values()), *(each for parts in headings.values() for each in parts)}
    rows = table.select(sorted(wanted)).collect(engine="streaming")
    rows = rows.filter(pl.col(headings["crd_number"][0]).str.contains(r"^\s*0*[1-9]\d{0,9}\s*$").fill_null(False))
    firms, _ = adviser_columns.convert(rows, headings)
    dates = rows.select(
        _number(str(own["FilingID"])).alias("filing_id"),
        _moment(pl.col(str(own["DateSubmitted"]))).alias("filed_at"),
    )
    firms = firms.with_columns(
        *dates.get_columns(), pl.lit(is_exempt).alias("is_exempt"), dates["filed_at"].dt.date().alias("adv_filed_on")
    )
    return firms.select(ADV_FILINGS.keys()).drop_nulls(["filing_id", "filed_at"])


def _read_ciks(path: Path, _: bool) -> pl.DataFrame:
    table = _scan(path)
    columns = table.collect_schema().names()
    filing, cik = _heading(columns, "FilingID"), _heading(columns, "CIK")
    if not filing or not cik:
        raise SourceError(f"{path.name} lacks FilingID or CIK")
    rows = table.select(_number(filing).alias("filing_id"), _number(cik).alias("cik"))
    return rows.filter(pl.col("cik") > 0).drop_nulls().collect(engine="streaming")


def _read_funds(path: Path, _: bool) -> pl.DataFrame:
    table = _scan(path)
    columns = table.collect_schema().names()
    names = {
        "filing_id": "FilingID",
        "fund_id": "Fund ID",
        "is_feeder": "Feeder Fund",
        "master_fund_id": "Master Fund ID",
        "fund_type": "Fund Type",
        "gross_asset_value": "Gross Asset Value",
    }
    found = {ours: heading for ours, name in names.items() if (heading := _heading(columns, name))}
    for ours in ("filing_id", "fund_type", "gross_asset_value"):
        if ours not in found:
            raise SourceError(f"{path.name} lacks {names[ours]}")
    absent = [pl.lit(None, _FUND_SCHEMA[name]).alias(name) for name in names if name not in found]
    kind = pl.col(found["fund_type"]).fill_null("").str.to_lowercase().str.strip_chars()
    amount = pl.col(found["gross_asset_value"]).str.replace_all(r"[$, ]", "").cast(REAL, strict=False)
    known: dict[str, pl.Expr] = {
        **{name: _number(found[name]) for name in ("filing_id", "fund_id", "master_fund_id") if name in found},
        "fund_type": pl.coalesce(
            *(pl.when(kind.str.starts_with(name)).then(pl.lit(at)) for at, name in enumerate(_FUND_TYPES)),
            pl.lit(len(_FUND_TYPES)),
        ).cast(pl.Int8),
        "gross_asset_value": pl.when(amount.is_finite() & (amount >= 0)).then(amount),
    }
    if "is_feeder" in found:
        known["is_feeder"] = pl.col(found["is_feeder"]).str.strip_chars().str.to_uppercase() == "Y"
    funds = table.select(*absent, **known).drop_nulls("filing_id").collect(engine="streaming")
    return funds.select(_FUND_SCHEMA.keys())


def _number(heading: str) -> pl.Expr:
    """`2115188`, and that of `805-1534393064`; null if it is none."""
    return pl.col(heading).str.extract(r"^\s*(?:805-)?0*(\d{1,18})\s*$").cast(INT)


def _moment(text: pl.Expr) -> pl.Expr:
    """`06/24/2026 10:37:17 AM`, with or without the time."""
    text = text.str.strip_chars()
    moment = text.str.to_datetime("%m/%d/%Y %I:%M:%S %p", time_unit="us", strict=False)
    day = text.str.extract(r"^(\d{1,2}/\d{1,2}/\d{4})").str.to_date("%m/%d/%Y", strict=False)
    return pl.coalesce(moment, day.cast(TIME))


def _heading(columns: list[str], name: str) -> str | None:
    return next((each for each in columns if each.strip().casefold() == name.casefold()), None)


def _scan(path: Path) -> pl.LazyFrame:
    return pl.scan_csv(path, infer_schema=False, truncate_ragged_lines=True)


def _read_each(
    path: Path, archive: zipfile.ZipFile, pattern: re.Pattern[str], read: Callable[[Path, bool], pl.DataFrame]
) -> list[pl.DataFrame]:
    """What `read` makes of each member that matches, unpacked, and of whether it is of exempt advisers."""
    frames = []
    for entry in archive.infolist():
        match = pattern.fullmatch(PurePosixPath(entry.filename).name)
        if not match or entry.is_dir():
            continue
        with _unpacked(path, archive, entry) as member:
            try:
                frames.append(read(member, match["kind"].upper().startswith("ERA")))
            except pl.exceptions.PolarsError as error:
                reason = " ".join(str(error).split())[:200]
                raise SourceError(f"{path.name}: {entry.filename} cannot be read as CSV: {reason}") from error
            except SourceError as error:
                raise SourceError(f"{path.name}: {error}; remove it and refresh again") from error
    return frames


@contextmanager
def _unpacked(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[Path]:
    """A member as a file in UTF-8, below a temporary folder beside the zip if that can be written to."""
    folder = None
    with suppress(OSError):
        folder = tempfile.TemporaryDirectory(prefix=f"{INCOMING}{os.getpid()}-", dir=path.parent)
    with folder or tempfile.TemporaryDirectory() as name:
        target = Path(name, PurePosixPath(entry.filename).name[-100:])
        meter, encoding = bounds.Meter(bounds.ADV_TABLE), None
        with archive.open(entry) as source, target.open("wb") as file:
            while block := source.read(_BLOCK):
                if encoding is None:
                    encoding = "utf-8" if block.startswith(b"\xef\xbb\xbf") else "latin-1"
                    block = block.removeprefix(b"\xef\xbb\xbf")
                if beyond := meter.problem(block):
                    raise SourceError(f"{path.name}: {entry.filename} {beyond}, which cannot be right; remove it")
                file.write(block if encoding == "utf-8" else block.decode(encoding).encode())
        yield target
