"""Cells of price sources as values: numbers with their marks, exchanges by any of their names, what is empty."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ..output import plural

_EXCHANGES = {
    "NASDAQ": (
        "NASDAQ", "NAS", "NMS", "NGM", "NCM", "NASDAQGS", "NASDAQGM", "NASDAQCM", "XNAS", "NASDAQSTOCKMARKET",
        "NASDAQGLOBALSELECT", "NASDAQGLOBALMARKET", "NASDAQCAPITALMARKET", "NASD",
    ),
    "NYSE": ("NYSE", "NYQ", "XNYS", "NEWYORKSTOCKEXCHANGE"),
    "AMEX": ("AMEX", "ASE", "NYSEAMERICAN", "NYSEMKT", "NYSEAMEX", "XASE", "AMERICANSTOCKEXCHANGE", "NYSEAMERICANLLC"),
}  # fmt: skip


def exchange(name: pl.Expr) -> pl.Expr:
    """`name` (text) as NASDAQ, NYSE or AMEX; others in upper case, empty ones null."""
    upper = name.str.strip_chars().str.to_uppercase()
    known = {variant: ours for ours, variants in _EXCHANGES.items() for variant in variants}
    mapped = upper.str.replace_all(r"[^A-Z]", "").replace_strict(known, default=None, return_dtype=pl.String)
    return pl.coalesce(mapped, pl.when(upper != "").then(upper))


def number(text: pl.Expr) -> pl.Expr:
    """`text` such as `$5.98`, `1,234.5` or `12.3%` as a number; null if it is not one."""
    bare = text.str.strip_chars().str.replace(r"^([+-]?)\$", "$1").str.replace(r"\s*%$", "")
    grouped = bare.str.contains(r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
    read = pl.when(grouped).then(bare.str.replace_all(",", "")).otherwise(bare).cast(pl.Float64, strict=False)
    return pl.when(read.is_finite()).then(read)


def is_empty(text: pl.Expr) -> pl.Expr:
    """Whether `text` is a missing value."""
    return text.str.strip_chars().str.to_uppercase().is_in(["", "NA", "N/A", "NAN", "NULL", "NONE", "-", "--"])


def blank_to_null(text: pl.DataFrame) -> pl.DataFrame:
    """`text`, whose columns are all text, stripped and with null for missing values."""
    stripped = text.with_columns(pl.all().str.strip_chars())
    return stripped.with_columns(pl.when(~is_empty(pl.all())).then(pl.all()).name.keep())


def with_numbers(text: pl.DataFrame, names: Sequence[str]) -> tuple[pl.DataFrame, str | None]:
    """`text` (with a column ticker) with its columns `names` as numbers, and what is wrong with the first that is not.

    Columns of `names` that `text` lacks are ignored.
    """
    present = [name for name in names if name in text.columns]
    values = text.with_columns(number(pl.col(name)) for name in present)
    for name in present:
        wrong = text.filter(values[name].is_null() & text[name].is_not_null())
        if wrong.height:
            shown = ", ".join(f"{row['ticker']}: {row[name]!r}" for row in wrong.head(3).iter_rows(named=True))
            verb = "is not a number" if wrong.height == 1 else "are not numbers"
            return values, f"{plural(wrong.height, 'value')} of {name} {verb} ({shown})"
    return values, None
