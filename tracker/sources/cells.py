"""Cells of price sources as values: numbers with their marks, exchanges by any of their names, what is empty."""

from __future__ import annotations

import polars as pl

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
    """`text` such as `$5.98`, `1,234.5` or `12.3%` as a number; null where it is none."""
    bare = text.str.strip_chars().str.replace(r"^([+-]?)\$", "$1").str.replace(r"\s*%$", "")
    grouped = bare.str.contains(r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
    read = pl.when(grouped).then(bare.str.replace_all(",", "")).otherwise(bare).cast(pl.Float64, strict=False)
    return pl.when(read.is_finite()).then(read)


def is_empty(text: pl.Expr) -> pl.Expr:
    """Whether `text` stands for a missing value."""
    return text.str.strip_chars().str.to_uppercase().is_in(["", "NA", "N/A", "NAN", "NULL", "NONE", "-", "--"])
