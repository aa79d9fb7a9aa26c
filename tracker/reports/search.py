"""Securities and managers by a word or two of their name, a ticker, a CUSIP or a CIK."""

from __future__ import annotations

from enum import StrEnum

import polars as pl

from ..errors import SettingError
from ..lookup import known_securities
from ..output import Answer, Column, plural
from ..securities import company_names
from ..settings import Settings
from ..store import Store, shared
from ..tables import MANAGERS

LONGEST = 200  # characters of a question; no name is longer
_COLUMNS = (
    Column("kind", "Kind"),
    Column("key", "Ask by"),
    Column("name", "Name"),
    Column("holders", "Hedge funds", "integer"),
    Column("value_usd", "Reports", "usd"),
)


class FoundKind(StrEnum):
    """What was found: the values of `kind`."""

    SECURITY = "security"
    FUND = "fund"
    MANAGER = "manager"  # one that is not counted as a hedge fund


def search(settings: Settings, text: str, top: int = 20) -> Answer:
    """What has every word of `text` in its name, or begins with it as a ticker, CUSIP or CIK; the likeliest first.

    Rows are a security (`key` is its ticker, else its CUSIP; `holders` of the newest quarter) or a manager (`key` is
    its CIK, `value_usd` what it reports). Exact matches come first, then names that begin with the text, then those
    that more funds hold, or that report more. Raises NotFoundError if no quarter is loaded, SettingError if `text` is
    blank or over 200 characters.
    """
    wanted = " ".join(text.upper().removeprefix("$").split())
    if not wanted or len(wanted) > LONGEST:
        raise SettingError("write a name, a ticker, a CUSIP or a CIK to search for, up to 200 characters")
    with Store(settings) as store:
        quarter = store.require_quarter(None)
        counts = store.holder_counts(quarter)
        key = ("known securities", quarter)
        securities = shared(store.settings.db, key, lambda: known_securities(store, counts))
        managers = store.read(MANAGERS)
    named = securities.with_columns(key=pl.coalesce("ticker", "cusip")).filter(
        _has_words("name", wanted) | _has_words("name_of_issuer", wanted) | _begins(("ticker", "cusip"), wanted)
    )
    held = (
        counts.select(key=pl.coalesce("ticker", "cusip"), holders="holders")
        .group_by("key")
        .agg(pl.col("holders").max())
    )
    found_securities = (
        named.sort(pl.col("name").str.len_chars(), "cusip")
        .unique("key", keep="first", maintain_order=True)
        .join(held, on="key", how="left", validate="1:1")
        .select(
            "key",
            "name",
            "holders",
            kind=pl.lit(str(FoundKind.SECURITY)),
            value_usd=pl.lit(None, pl.Float64),
            weight=pl.col("holders").fill_null(0).cast(pl.Float64),
        )
    )
    found_managers = managers.filter(
        _has_words("manager_name", wanted) | _has_words("family", wanted) | (pl.col("cik").cast(pl.String) == wanted)
    ).select(
        pl.col("cik").cast(pl.String).alias("key"),
        pl.col("manager_name").alias("name"),
        pl.lit(None, pl.Int64).alias("holders"),
        kind=pl.when("is_hedge_fund").then(pl.lit(str(FoundKind.FUND))).otherwise(pl.lit(str(FoundKind.MANAGER))),
        value_usd=pl.col("value_usd").cast(pl.Float64),
        weight=pl.col("value_usd").fill_null(0).cast(pl.Float64),
    )
    found = pl.concat([found_securities, found_managers], how="diagonal_relaxed").sort(
        pl.col("key").str.to_uppercase() != wanted,
        ~pl.col("name").fill_null("").str.to_uppercase().str.starts_with(wanted),
        # a word of several names: securities by holders, then managers by what they report
        pl.col("kind") != FoundKind.SECURITY,
        pl.col("weight"),
        "key",
        descending=[False, False, False, True, False],
    )
    shown = found.head(top)
    is_security = shown["kind"] == FoundKind.SECURITY
    names = pl.select(
        pl.when(is_security).then(company_names.display(shown["name"])).otherwise(shown["name"])
    ).to_series()
    rows = shown.with_columns(names.alias("name")).select("kind", "key", "name", "holders", "value_usd").to_dicts()
    title = f"{plural(found.height, 'match', 'matches')} for {text.strip()!r}" + (
        f", {top} shown" if found.height > top else ""
    )
    return Answer(title, _COLUMNS, rows, {"found": found.height, "quarter": str(quarter)})


def _has_words(column: str, wanted: str) -> pl.Expr:
    name = pl.col(column).fill_null("").str.to_uppercase()
    return pl.all_horizontal(name.str.contains(word, literal=True) for word in wanted.split())


def _begins(columns: tuple[str, ...], wanted: str) -> pl.Expr:
    return pl.any_horizontal(pl.col(column).fill_null("").str.starts_with(wanted) for column in columns)
