"""Which filing managers are hedge funds, which house they belong to, and why.

In this order, the first that knows the manager decides, and its words are kept as `basis`:
1. a list the user gives for a run (`--funds`), which is then the whole universe;
2. the hand-kept list `data/hedge_funds.csv`, for what no rule can see;
3. SEC's roster of investment advisers (Form ADV), joined by the cover page's CRD number, its SEC file number, or
   the CIK: a firm that advises hedge funds (section 7.B.(1) of Schedule D), unless private funds are known to be
   less than half of its regulatory assets;
4. otherwise it is not one, and says so.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from importlib import resources
from pathlib import Path

import polars as pl

from .errors import InputError
from .tables import COUNTED_ROLES, FUND_LIST, JUDGED_FILINGS, MANAGERS

MIN_PRIVATE_FUND_SHARE = 0.5
_YES, _NO = {"y", "yes", "true", "1"}, {"n", "no", "false", "0"}


def hand_kept() -> pl.DataFrame:
    """The list that comes with the package: FUND_LIST."""
    file = resources.files("tracker").joinpath("data", "hedge_funds.csv")
    return _read_list(file.read_text(encoding="utf-8"), "hedge_funds.csv")


def read_list(path: Path) -> pl.DataFrame:
    """A user's list of managers, as csv with columns cik and name, optionally family and is_hedge_fund: FUND_LIST.

    Raises InputError with file and line for a missing column, a CIK that is none, or one that stands twice.
    """
    try:
        return _read_list(path.read_text(encoding="utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None


def _read_list(text: str, where: str) -> pl.DataFrame:
    reader = csv.DictReader(io.StringIO(text))
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or []]
    if missing := {"cik", "name"} - set(reader.fieldnames):
        raise InputError(f"{where}: no column {', '.join(sorted(missing))}; its first line must name cik and name")
    rows: dict[int, dict[str, object]] = {}
    for row in reader:
        at = f"{where}, line {reader.line_num}"
        said = {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}
        if not any(said.values()):
            continue
        cik = said["cik"]
        if not (cik.isascii() and cik.isdigit() and len(cik) <= 10 and int(cik)):
            raise InputError(f"{at}: {cik!r} is not a CIK; write up to 10 digits, as 1037389")
        if int(cik) in rows:
            raise InputError(f"{at}: CIK {int(cik)} stands there twice")
        word = said.get("is_hedge_fund", "").lower() or "y"
        if word not in _YES | _NO:
            raise InputError(f"{at}: is_hedge_fund is {word!r}; write Y or N")
        try:
            checked = date.fromisoformat(said["checked_on"]) if said.get("checked_on") else None
        except ValueError:
            raise InputError(f"{at}: checked_on is {said['checked_on']!r}; write it as 2025-12-31") from None
        rows[int(cik)] = {
            "cik": int(cik),
            "name": said["name"] or None,
            "family": said.get("family") or None,
            "is_hedge_fund": word in _YES,
            "source": said.get("source") or None,
            "checked_on": checked,
        }
    if not rows:
        raise InputError(f"{where}: names no manager")
    return FUND_LIST.check(FUND_LIST.frame(rows.values()))


def classify(filings: pl.DataFrame, advisers: pl.DataFrame, only: pl.DataFrame | None = None) -> pl.DataFrame:
    """MANAGERS: every filer of `filings` (JUDGED_FILINGS), with the weight of its newest report.

    `advisers` is ADVISERS, empty where the roster is not at hand; `only` is a FUND_LIST that is the universe.
    """
    covers = _newest_covers(filings)
    kept = hand_kept() if only is None else only
    known = covers.join(
        kept.select("cik", "family", "source", pl.col("is_hedge_fund").alias("_kept")),
        on="cik",
        how="left",
        validate="1:1",
    ).join(_roster(covers, advisers), on="cik", how="left", validate="1:1")
    kept_says = pl.format(
        "{}: {}",
        pl.lit("hand-kept list" if only is None else "the list given for this run"),
        pl.when("_kept").then(pl.lit("a hedge fund")).otherwise(pl.lit("not a hedge fund")),
    ) + pl.when(pl.col("source").is_not_null()).then(pl.format(" ({})", "source")).otherwise(pl.lit(""))
    if only is not None:
        is_fund = pl.col("_kept").fill_null(False)
        basis = pl.when(pl.col("_kept").is_not_null()).then(kept_says).otherwise(pl.lit("not in the list for this run"))
    else:
        is_fund = pl.coalesce("_kept", "_rostered", pl.lit(False))
        basis = pl.coalesce(
            pl.when(pl.col("_kept").is_not_null()).then(kept_says),
            "_roster_says",
            pl.lit("unclassified: neither in the hand-kept list nor in SEC's adviser roster"),
        )
    # managers of one name are not one house unless a list says so
    own_house = (
        pl.when(pl.col("manager_name").is_duplicated() | pl.col("manager_name").is_null())
        .then(pl.format("{} (CIK {})", pl.col("manager_name").fill_null("?"), "cik"))
        .otherwise("manager_name")
    )
    return MANAGERS.check(
        MANAGERS.fit(
            known.with_columns(
                is_fund.alias("is_hedge_fund"),
                basis.alias("basis"),
                pl.coalesce("family", own_house).alias("family"),
            )
        )
    )


def to_fetch(stored: pl.DataFrame, advisers: pl.DataFrame) -> set[int]:
    """CIKs of the hedge funds known before a period is read: hand-kept, stored MANAGERS, and the roster's own CIKs."""
    kept = hand_kept()
    yes = kept.filter("is_hedge_fund")["cik"]
    rostered = advisers.filter(_is_fund_by_roster().fill_null(False))["ciks"].explode().drop_nulls()
    funds = {*yes, *stored.filter("is_hedge_fund")["cik"], *rostered}
    return funds - set(kept.filter(~pl.col("is_hedge_fund"))["cik"])


def _newest_covers(filings: pl.DataFrame) -> pl.DataFrame:
    """One row a filer: its newest cover page, and value and lines of what counts for that period."""
    ordered = JUDGED_FILINGS.fit(filings).sort(
        "period_of_report", "filing_date", "accepted_at", "accession_number", nulls_last=False
    )
    covers = ordered.group_by("cik", maintain_order=True).agg(
        pl.col("manager_name", "period_of_report").last(),
        pl.col("crd_number", "sec_file_number").drop_nulls().last(),
    )
    dollars = pl.col("value_total") * pl.when(pl.col("unit") == "thousands").then(1000.0).otherwise(1.0)
    weights = (
        ordered.filter(pl.col("role").is_in(COUNTED_ROLES))
        .group_by("cik", "period_of_report")
        .agg(dollars.sum().alias("value_usd"), pl.col("line_count").sum())
    )
    return covers.join(weights, on=["cik", "period_of_report"], how="left", validate="1:1")


def _is_fund_by_roster() -> pl.Expr:
    share = pl.col("private_fund_assets_usd") / pl.col("regulatory_assets_usd")
    return pl.col("has_hedge_funds") & (share >= MIN_PRIVATE_FUND_SHARE).fill_null(True)


def _roster(covers: pl.DataFrame, advisers: pl.DataFrame) -> pl.DataFrame:
    """What the roster says of each filer it knows: cik, _rostered, _roster_says."""
    firms = advisers.with_columns(
        _is_fund_by_roster().alias("_rostered"),
        (pl.col("private_fund_assets_usd") / pl.col("regulatory_assets_usd")).alias("_share"),
    ).select("crd_number", "sec_file_number", "ciks", "name", "has_hedge_funds", "_rostered", "_share")
    by_cik = firms.explode("ciks").rename({"ciks": "cik"}).drop_nulls("cik").unique("cik", keep="none")
    by_number = firms.drop_nulls("sec_file_number").unique("sec_file_number", keep="none")
    ways = [
        (covers.select("cik", "crd_number").join(firms, on="crd_number", validate="m:1"), "CRD number"),
        (
            covers.select("cik", "sec_file_number").join(by_number, on="sec_file_number", validate="m:1"),
            "SEC file number",
        ),
        (covers.select("cik").join(by_cik, on="cik", validate="1:1"), "CIK"),
    ]
    found = pl.concat(
        frame.select("cik", "name", "has_hedge_funds", "_rostered", "_share", pl.lit(way).alias("_way"))
        for frame, way in ways
    ).unique("cik", keep="first", maintain_order=True)
    says = (
        pl.when(~pl.col("has_hedge_funds"))
        .then(pl.lit("advises no hedge funds"))
        .when(pl.col("_share").is_null())
        .then(pl.lit("advises hedge funds (their share of its assets is not known)"))
        .otherwise(
            pl.format(
                "advises hedge funds; private funds are {}% of its assets",
                (pl.col("_share") * 100).round(0).cast(pl.Int64),
            )
        )
    )
    return found.filter(pl.col("_rostered").is_not_null()).select(
        "cik", "_rostered", pl.format("adviser roster, by {}: {} {}", "_way", "name", says).alias("_roster_says")
    )
