"""CUSIPs as columns: normalisation, check digit, option numbers.

A CUSIP is 8 characters and a check digit (ANSI X9.6): the digits of each value count, every second one
doubled, letters being 10 to 35 and `*`, `@`, `#` 36 to 38. Form 13F's column 3 takes 9 letters and digits
(eis_13FDocument.xsd), but filers write lower case, lose a character, and mistype. A number that nobody filed is never
made up: what a shortened CUSIP stands for is shown by the period's other filings (see `filings.cusip_matches`).
"""

from __future__ import annotations

import polars as pl

_CHARACTERS = pl.Series(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*@#"))
LENGTH = 9
# Filers write it where a security has no CUSIP; its check digit is right by accident.
PLACEHOLDER = "000000000"


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
    """Whether each has 9 characters and the right check digit, and is not the placeholder of nine zeros."""
    has_digit = (cusip.str.len_bytes() == LENGTH) & (cusip.str.slice(8, 1) == check_digit(cusip))
    return (has_digit & (cusip != PLACEHOLDER)).fill_null(False)


def option_side(cusip: pl.Expr) -> pl.Expr:
    """`CALL` or `PUT` if the issue number (characters 7 and 8) denotes an option, else empty text.

    Issue numbers 90 to 99 are never assigned to shares; filers use 90 for calls and 95 for puts on the issuer.
    """
    issue = cusip.str.slice(6, 2)
    return pl.when(issue == "90").then(pl.lit("CALL")).when(issue == "95").then(pl.lit("PUT")).otherwise(pl.lit(""))


def is_shortened(cusip: pl.Expr) -> pl.Expr:
    """Whether each may be a CUSIP that lost characters: 8 of any kind, or 6 or 7 digits without their leading zeros."""
    return cusip.str.contains("^([0-9A-Z*@#]{8}|[0-9]{6,7})$")


def shorten(cusip: pl.Expr) -> pl.Expr:
    """What each CUSIP of 9 characters may be filed as after a loss, as a list: without any one of its characters, and
    without two or three leading zeros."""
    one_lost = [pl.concat_str(cusip.str.slice(0, place), cusip.str.slice(place + 1, None)) for place in range(LENGTH)]
    zeros_lost = [
        pl.when(cusip.str.starts_with("0" * zeros)).then(cusip.str.slice(zeros, None)).otherwise(None)
        for zeros in (2, 3)
    ]
    return pl.concat_list(*one_lost, *zeros_lost).list.drop_nulls().list.unique()


def read(filed: pl.Series) -> pl.DataFrame:
    """Each distinct CUSIP as filed, and what it denotes: columns `filed`, `cusip`, `is_valid`, `option_side`.

    The clean CUSIP is upper case, without spaces or dashes; nothing else is corrected. One with a wrong check digit, or
    of other than 9 characters, stays as filed and is not valid.

    Computed once per distinct value, to be joined to lines: a CUSIP has a hundred lines.
    """
    frame = pl.DataFrame({"filed": filed.unique()}).with_columns(
        pl.col("filed").str.to_uppercase().str.replace_all(r"[\s\-]", "").alias("cusip")
    )
    return frame.with_columns(
        is_valid(pl.col("cusip")).alias("is_valid"), option_side(pl.col("cusip")).alias("option_side")
    )
