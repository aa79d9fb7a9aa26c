"""CUSIPs as columns: normalisation, check digit, option numbers.

A CUSIP is 8 characters and a check digit (ANSI X9.6): the digits of each value count, every second one
doubled, letters being 10 to 35 and `*`, `@`, `#` 36 to 38. Form 13F's column 3 takes 9 letters and digits
(eis_13FDocument.xsd), but filers write lower case, drop the check digit, and mistype.
"""

from __future__ import annotations

import polars as pl

_CHARACTERS = pl.Series(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*@#"))


def _digit_sums(factor: int) -> pl.Series:
    """The sum of the digits of each character's value times `factor`."""
    return pl.Series([sum(divmod(factor * value, 10)) for value in range(len(_CHARACTERS))], dtype=pl.Int32)


_DIGIT_SUMS = (_digit_sums(1), _digit_sums(2))


def check_digit(cusip: pl.Expr) -> pl.Expr:
    """The check digit (text) of each CUSIP's first 8 characters; null if one of them is not a CUSIP character."""
    digits = [
        cusip.str.slice(place, 1).replace_strict(
            _CHARACTERS, _DIGIT_SUMS[place % 2], default=None, return_dtype=pl.Int32
        )
        for place in range(8)
    ]
    total = pl.sum_horizontal(digits, ignore_nulls=False)
    return ((10 - total % 10) % 10).cast(pl.String)


def is_valid(cusip: pl.Expr) -> pl.Expr:
    """Whether each has 9 characters and the right check digit."""
    return ((cusip.str.len_bytes() == 9) & (cusip.str.slice(8, 1) == check_digit(cusip))).fill_null(False)


def option_side(cusip: pl.Expr) -> pl.Expr:
    """`CALL` or `PUT` if the issue number (characters 7 and 8) denotes an option, else empty text.

    Issue numbers 90 to 99 are never assigned to shares; filers use 90 for calls and 95 for puts on the issuer.
    """
    issue = cusip.str.slice(6, 2)
    return pl.when(issue == "90").then(pl.lit("CALL")).when(issue == "95").then(pl.lit("PUT")).otherwise(pl.lit(""))


def read(filed: pl.Series) -> pl.DataFrame:
    """Each distinct CUSIP as filed, and what it denotes: columns `filed`, `cusip`, `is_valid`, `option_side`.

    The clean CUSIP is upper case, without spaces or dashes. Spreadsheets drop leading zeros from a CUSIP of digits:
    they are restored if the check digit is then right. Otherwise 8 characters lack their check digit. Nothing else
    is corrected: a CUSIP with a wrong check digit stays as filed, and is not valid.

    Computed once per distinct value, to be joined to lines: a CUSIP has a hundred lines.
    """
    plain, padded = pl.col("_plain"), pl.col("_padded")
    # step by step: one expression would compute each check digit several times
    frame = pl.DataFrame({"filed": filed.unique()}).with_columns(
        pl.col("filed").str.to_uppercase().str.replace_all(r"[\s\-]", "").alias("_plain")
    )
    frame = frame.with_columns(check_digit(plain).alias("_digit"), plain.str.zfill(9).alias("_padded"))
    frame = frame.with_columns((plain.str.contains("^[0-9]{7,8}$") & is_valid(padded)).alias("_lost_zeros"))
    lacks_digit = (plain.str.len_bytes() == 8) & pl.col("_digit").is_not_null()
    frame = frame.select(
        "filed",
        pl.when("_lost_zeros")
        .then(padded)
        .when(lacks_digit)
        .then(plain + pl.col("_digit"))
        .otherwise(plain)
        .alias("cusip"),
    )
    return frame.with_columns(
        is_valid(pl.col("cusip")).alias("is_valid"), option_side(pl.col("cusip")).alias("option_side")
    )
